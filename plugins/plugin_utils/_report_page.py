# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report about a run's tenants: its data, its lines for a terminal, and its file for people or programs. Pure.

The JSON file contains the data as docs/schema/report.json describes it. The other formats show it to people.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from ansible_collections.evolux.contact_center.plugins.module_utils._queue import MAY_BE_HIDDEN, NOT_SHOWN
from ansible_collections.evolux.contact_center.plugins.module_utils._text import shown, told_apart, whole
from ansible_collections.evolux.contact_center.plugins.plugin_utils._report_texts import Words

VERSION: Final = 1
# Marks a file, in its first lines, as a report that the next one may replace.
GENERATOR: Final = "evolux.contact_center report"
# In the order in which counts are shown.
STATUSES: Final = ("as_listed", "changed", "would_change", "differs", "failed", "not_reached")
ACTIONS: Final = ("create", "update", "archive")
# What an audit points out about agents.
_AGENTS: Final = ("unserved", "still_served")
_NAMES_IN_A_LINE: Final = 10
_LINES_KEPT: Final = 50
_HEAD: Final = 500  # bytes


# ---- the data ----


def tenant(
    result: Mapping[str, Any] | None,
    host: str,
    address: str | None,
    purpose: str,
    check: bool,
    unlisted: Sequence[Any],
    agents: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """What a report says about one tenant.

    result: of evolux_queues; None for a tenant that wasn't reached. address: its URL, if known.
    purpose: audit or provision. check: whether it was run in check mode. unlisted: the unlisted queues to report.
    agents: of evolux_agent_info; None if they can't be read.
    """
    facts = result or {}
    told = (entry for entry in facts.get("results", ()) if entry["action"] != "none" or "error" in entry)
    return {
        "host": host,
        "address": address,
        "status": _status(result, purpose, check, unlisted),
        "error": _error(facts) if facts.get("failed") else None,
        "plan": facts.get("plan"),
        "counts": dict(facts["summary"]) if "summary" in facts else None,
        "queues": list(map(_queue, told)),
        "unlisted": list(map(_named, unlisted)),
        "served": None if agents is None else _served(facts, agents),
    }


def _named(queue: Mapping[str, Any]) -> dict[str, Any]:
    return {name: queue.get(name) for name in ("slug", "name", "number")}


def _served(result: Mapping[str, Any], agents: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each active queue, with the number of active, enabled agents who serve it."""
    serving = Counter(id for agent in agents if agent["enabled"] and not agent["archived"] for id in agent["queues"])
    going = [entry["queue"] for entry in result["results"] if entry["action"] == "archive"]
    return [
        {**_named(queue), "agents": serving[queue["id"]], "to_archive": to_archive}
        for to_archive, queues in ((False, result["queues"]), (True, going))
        for queue in queues
        if queue["id"] is not None
    ]


def _status(result: Mapping[str, Any] | None, purpose: str, check: bool, unlisted: Sequence[Any]) -> str:
    if result is None:
        return "not_reached"
    if result.get("failed"):
        return "failed"
    if not result["changed"] and not unlisted:
        return "as_listed"
    return "differs" if purpose == "audit" else "would_change" if check else "changed"


def _error(result: Mapping[str, Any]) -> dict[str, Any]:
    first, *causes = [*str(result.get("msg", "")).splitlines(), *result.get("causes", ())] or [""]
    return {"code": result.get("error", {}).get("code"), "msg": first, "causes": causes}


def _queue(entry: Mapping[str, Any]) -> dict[str, Any]:
    queue = entry["queue"] or {}
    after = {change["field"]: change["after"] for change in entry["changes"]}
    error = entry.get("error")
    return {
        "action": entry["action"],
        "status": entry["status"],
        "slug": queue.get("slug"),
        "name": queue.get("name", after.get("name")),
        "number": queue.get("number", after.get("number")),
        "changes": [{key: change[key] for key in ("field", "before", "after")} for change in entry["changes"]],
        "error": {"code": error["code"], "msg": error["msg"]} if error else None,
    }


def report(tenants: Iterable[Mapping[str, Any]], purpose: str, check: bool, when: str, language: str) -> dict[str, Any]:
    """All the data of a report. when: the time in UTC, such as 2026-01-31T08:00:00Z."""
    rows = list(tenants)
    statuses = Counter(row["status"] for row in rows)
    return {
        "generator": GENERATOR,
        "version": VERSION,
        "language": language,
        "purpose": purpose,
        "check": check,
        "when": when,
        "counts": {"tenants": len(rows), **{status: statuses[status] for status in STATUSES}},
        "tenants": rows,
    }


# ---- its lines for a terminal ----


def overview(data: Mapping[str, Any], most: int | None = None) -> list[str]:
    """A line for each tenant that isn't as listed, then the counts. For a single tenant, its result.

    most: how many tenants may have a line, failed ones first; None for all.
    """
    words = Words(data["language"])
    rows = data["tenants"]
    if len(rows) == 1:
        return [_alone(rows[0], data, words)]
    told = [row for row in rows if row["status"] not in ("as_listed", "not_reached")]
    more = 0 if most is None else max(len(told) - most, 0)
    if more:
        told = sorted(told, key=lambda row: row["status"] != "failed")[:most]
    lines = [f"{shown(row['host'])}: {_summary(row, data, words)}" for row in told]
    if more:
        lines.append(words("more").format(more=more))
    if missing := [shown(row["host"]) for row in rows if row["status"] == "not_reached"]:
        left = len(missing) - _NAMES_IN_A_LINE
        names = ", ".join([*missing[:_NAMES_IN_A_LINE], *([f"+{left}"] if left > 0 else [])])
        lines.append(f"{names}: {words('not_reached', len(missing))}")
    return [*lines, _counts(data, words)]


def kept(data: Mapping[str, Any]) -> dict[str, Any]:
    """The overview that AWX keeps with a job: a limited number of lines, and the counts."""
    return {"lines": overview(data, _LINES_KEPT), "counts": data["counts"]}


def _counts(data: Mapping[str, Any], words: Words) -> str:
    counts = data["counts"]
    told = [f"{counts[status]} {words(status, counts[status])}" for status in STATUSES if counts[status]]
    return f"{counts['tenants']} {words('tenants', counts['tenants'])}: {', '.join(told) or 0}"


def _alone(row: Mapping[str, Any], data: Mapping[str, Any], words: Words) -> str:
    if row["counts"] and row["status"] != "failed" and data["purpose"] != "audit":
        queues = words("queues", row["counts"]["create"])
        return words("counts_plan" if data["check"] else "counts_run").format(queues=queues, **row["counts"])
    return f"{shown(row['host'])}: {_summary(row, data, words)}"


def _summary(row: Mapping[str, Any], data: Mapping[str, Any], words: Words) -> str:
    """A tenant's result, or how it differs, in a few words."""
    counts = {action: (row["counts"] or {}).get(action, 0) for action in ACTIONS}
    # For a failure, show what was written anyway. A failed plan wrote nothing.
    mode = "run" if row["status"] == "failed" else _mode(data)
    parts = [f"{count} {words(f'{action}_{mode}', count)}" for action, count in counts.items() if count]
    if data["check"] and row["status"] == "failed":
        parts = []
    if row["unlisted"]:
        parts.append(f"{len(row['unlisted'])} {words('not_listed', len(row['unlisted']))}")
    if row["status"] == "failed":
        code = row["error"]["code"]
        return ", ".join([f"{words('failed')}{f' ({code})' if code else ''}", *parts])
    return ", ".join(parts) or words(row["status"])


def _mode(data: Mapping[str, Any]) -> str:
    return "audit" if data["purpose"] == "audit" else "plan" if data["check"] else "run"


# ---- the file ----


def rendered(data: Mapping[str, Any], ending: str, template: str) -> str:
    """The file's text. ending: one of FORMS. template: the Jinja template for HTML."""
    if ending == ".json":
        return json.dumps(whole(dict(data)), ensure_ascii=False, indent=2) + "\n"
    page = _page(data)
    return _markdown(page) if ending == ".md" else _html(page, template)


FORMS: Final = (".html", ".md", ".json")


def may_be_replaced(content: bytes) -> bool:
    """Whether a file is a report or empty."""
    return not content or GENERATOR.encode() in content[:_HEAD]


def _page(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data in words for people, without anything that a terminal or a browser would obey or hide."""
    words = Words(data["language"])
    rows = [{**_section(row, data, words), "anchor": f"t{index}"} for index, row in enumerate(data["tenants"], 1)]
    return {
        "words": words,
        "language": data["language"],
        "generator": data["generator"],
        "title": words(f"title_{_mode(data)}"),
        "counts": _counts(data, words),
        "when": data["when"].replace("T", " ").replace("Z", " UTC"),
        "iso": data["when"],
        "attention": sorted((row for row in rows if row["attention"]), key=lambda row: row["status"] != "failed"),
        "as_listed": [row for row in rows if not row["attention"]],
    }


def _section(row: Mapping[str, Any], data: Mapping[str, Any], words: Words) -> dict[str, Any]:
    error = row["error"]
    served = [{**queue, **_texts(queue)} for queue in row["served"] or ()]
    lists = {
        "unlisted": list(map(_texts, row["unlisted"])),
        "unserved": [queue for queue in served if not queue["agents"] and not queue["to_archive"]],
        "still_served": [queue for queue in served if queue["agents"] and queue["to_archive"]],
    }
    notes = [f"{len(lists[name])} {words(name, len(lists[name]))}" for name in _AGENTS if lists[name]]
    return {
        "host": shown(row["host"]),
        "address": shown(row["address"]) if row["address"] else words("no_address"),
        "status": row["status"],
        "summary": ", ".join([_summary(row, data, words), *notes]),
        "error": error
        and {
            "do": words.error(error["code"]),
            "lines": [_line(line) for line in (error["msg"], *error["causes"])],
        },
        "plan": row["plan"],
        "queues": [_entry(entry, data, words) for entry in row["queues"]],
        "lists": {name: queues for name, queues in lists.items() if queues},
        "served": served,
        "attention": row["status"] != "as_listed" or bool(lists["unserved"]),
    }


def _texts(queue: Mapping[str, Any]) -> dict[str, str]:
    return {name: shown(queue[name]) for name in ("slug", "name", "number")}


def _line(text: str) -> str:
    return shown(text) if text else ""


def _entry(entry: Mapping[str, Any], data: Mapping[str, Any], words: Words) -> dict[str, Any]:
    fate = {"failed": "queue_failed", "not_attempted": "not_attempted"}.get(entry["status"])
    word = words(fate) if fate else words(f"{entry['action']}_{_mode(data)}")
    return {
        "action": entry["action"],
        "word": word,
        "failed": bool(fate),
        "slug": shown(entry["slug"]) if entry["slug"] else words("slug_to_come"),
        "name": shown(entry["name"]),
        "number": shown(entry["number"]),
        "changes": [_change(change, entry["action"], words) for change in entry["changes"]],
        "error": entry["error"] and [_line(line) for line in entry["error"]["msg"].splitlines()],
    }


def _change(change: Mapping[str, Any], action: str, words: Words) -> dict[str, Any]:
    field, before, after = change["field"], change["before"], change["after"]
    if field in MAY_BE_HIDDEN and before == NOT_SHOWN:
        old, new = words("hidden"), shown(after)
    else:
        old, new = told_apart(before, after)
    return {
        "label": words(f"field_{field}"),
        "before": None if action == "create" else words("none") if before in (None, "") else old,
        "after": words("none") if after in (None, "") else new,
    }


def _html(page: Mapping[str, Any], template: str) -> str:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template).render(page) + "\n"


def _markdown(page: Mapping[str, Any]) -> str:
    words = page["words"]
    lines = [
        f"<!-- {page['generator']} -->",
        "",
        f"# {page['title']}",
        "",
        f"**{page['counts']}** ({page['when']})",
        "",
    ]
    for row in page["attention"]:
        lines += [f"## {_code(row['host'])}: {row['summary']}", "", _code(row["address"]), ""]
        if row["error"]:
            lines += [f"**{words('what_to_do')}:** {row['error']['do']}", "", *_fenced(row["error"]["lines"]), ""]
        for entry in row["queues"]:
            number = [] if entry["changes"] else [_code(entry["number"])]
            lines.append(f"- {entry['word']}: {', '.join([_code(entry['slug']), _code(entry['name']), *number])}")
            for change in entry["changes"]:
                before = f"{_code(change['before'])} → " if change["before"] is not None else ""
                lines.append(f"  - {change['label']}: {before}{_code(change['after'])}")
            lines += [f"  - {words('error')}: {_code(line)}" for line in entry["error"] or () if line]
        for name, queues in row["lists"].items():
            lines += ["", f"{words(f'{name}_queues')} ({len(queues)}):", ""]
            lines += [f"- {', '.join(_code(queue[key]) for key in ('slug', 'name', 'number'))}" for queue in queues]
        if row["served"]:
            lines += ["", *_folded(words("agents_per_queue"), row["served"], _with_agents)]
        if row["plan"]:
            lines += ["", f"{words('fingerprint')}: {_code(row['plan'])}"]
        lines.append("")
    if page["as_listed"]:
        lines += _folded(words("all_as_listed"), page["as_listed"], _with_address)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip("\n") + "\n"


def _folded(title: str, rows: Sequence[Mapping[str, Any]], line: Callable[[Mapping[str, Any]], str]) -> list[str]:
    lines = [f"- {line(row)}" for row in rows]
    return ["<details>", f"<summary>{title} ({len(rows)})</summary>", "", *lines, "", "</details>"]


def _with_address(row: Mapping[str, Any]) -> str:
    return f"{_code(row['host'])} {_code(row['address'])}"


def _with_agents(queue: Mapping[str, Any]) -> str:
    return f"{_code(queue['slug'])}, {_code(queue['name'])}: {queue['agents']}"


def _code(text: str) -> str:
    """A one-line text as code, so that Markdown, HTML, mentions and links in it have no effect."""
    ticks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    blank = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{ticks}{blank}{text}{blank}{ticks}"


def _fenced(lines: Sequence[str]) -> list[str]:
    fence = "`" * (1 + max(2, *(len(run) for line in lines for run in re.findall("`+", line)), 2))
    return [f"{fence}text", *lines, fence]
