# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role shows people of a module's result: a few lines instead of its data. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._text import shown

_DONE: Final = {"create": "created", "update": "changed", "archive": "archived"}
_WAIT_TIMES: Final = {
    "list": "shown in lists",
    "read": "shown only in reads by id",
    "no": "not shown",
    None: "unknown because there are no queues",
}
_NUMBERS: Final = {
    "text": "shown as text",
    "number": "shown as JSON numbers",
    "mixed": "shown partly as text, partly as JSON numbers",
    None: "unknown because no queue has a number",
}
_MANY: Final = 20  # names on a line
_DIFFERS: Final = {"create": "missing", "update": "different", "archive": "to be archived"}


def told(
    result: Mapping[str, Any], purpose: str, *, check: bool = False, diff: bool = False, unlisted: bool = True
) -> dict[str, Any]:
    """A result as the role returns it: for a failure, only what people need; for a success, also what to say.

    purpose: audit, check (a first look at the tenant), or anything else. check: whether it was run in check mode.
    diff: whether to show what was planned.
    unlisted: whether an audit treats unlisted queues as a difference.
    The key say is a sentence, empty if there is nothing to say. For a first look, it is a list of lines.
    """
    if result.get("failed"):
        return _failure(result, diff) if "error" in result else dict(result)
    if purpose == "audit":
        return _audit(result, unlisted)
    if purpose == "check":
        return {**result, "say": _first_look(result)}
    return {**result, "say": _one(result, check) if "action" in result else ""}


def refused(problem: Exception, **more: Any) -> dict[str, Any]:
    """The result of a task that failed before anything was sent, with an error to branch on, as modules return it."""
    text = f"{problem.strerror}: {problem.filename}" if isinstance(problem, OSError) else str(problem)
    return {"failed": True, "changed": False, "msg": text, "error": EvoluxError("invalid", text).public(), **more}


def _failure(result: Mapping[str, Any], diff: bool) -> dict[str, Any]:
    """A failed result, reduced to lines: Ansible prints all keys of a failure, but not its diff."""
    kept = {key: result[key] for key in ("failed", "changed", "warnings") if key in result}
    words = result["error"].get("message")
    kept["error"] = {**result["error"], **({"message": shown(words)} if words else {})}
    first, *causes = str(result["msg"]).splitlines()
    kept["msg"] = first
    if causes:
        kept["causes"] = causes
    # For a stale plan, show the current plan, which needs a new approval.
    plan = (diff or result["error"].get("code") == "stale_plan") and result.get("diff", {}).get("prepared")
    if plan:
        kept["plan"] = plan.splitlines()
    # One cause per line, rather than all on one line.
    return {**kept, "_ansible_verbose_always": True} if causes or plan else kept


def _one(result: Mapping[str, Any], check: bool) -> str:
    queue = result["queue"]
    which = f"{shown(queue['name'])}, number {shown(queue['number'])}" if queue else "there is no such queue"
    if result["action"] == "none":
        return f"nothing to do: {which}"
    return f"{'would be ' if check else ''}{_DONE[result['action']]}: {which}"


def _audit(result: Mapping[str, Any], unlisted: bool) -> dict[str, Any]:
    strangers = not_listed(result) if unlisted else []
    differences = [f"{count} {word}" for action, word in _DIFFERS.items() if (count := result["summary"][action])]
    plan, reason = result["diff"]["prepared"], ""
    if strangers:
        differences.append(f"{len(strangers)} not listed")
        plan += "\n".join([*([""] if plan else []), f"Not listed ({len(strangers)})", *map(_line, strangers), ""])
    if differences:
        reason = f"The tenant differs from its variables: {', '.join(differences)}."
    if result["changed"]:
        reason += " Run provision_tenant to make the listed queues match again."
    if strangers:
        reason += " Unlisted queues are kept unless evolux_archive_unlisted is true."
    # Ansible only shows the diff of a task that reports a change.
    return {**result, "changed": bool(differences), "diff": {"prepared": plan}, "say": reason}


def not_listed(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The active queues that no entry of a task refers to; none if the tenant couldn't be read."""
    listed = {entry["queue"]["id"] for entry in result.get("results", ()) if entry["queue"]}
    return [queue for queue in result.get("queues", ()) if queue["id"] not in listed]


def _first_look(result: Mapping[str, Any]) -> list[str]:
    """The result of evolux_tenant_info as lines."""
    queues, latency, tls = (result[key] for key in ("queues", "latency", "tls"))
    fields = [shown(name) for name in result["extra_fields"][:_MANY]]
    if more := len(result["extra_fields"]) - len(fields):
        fields.append(f"and {more} more")
    lines = {
        "Queues": f"{_known(queues['active'])} active, {_known(queues['archived'])} archived",
        "Agents": _known(result["agents"]),
        "Wait times": _WAIT_TIMES[result["shows_max_wait_time"]],
        "Numbers": _NUMBERS[result["numbers_as"]],
        "Lists": "in pages" if result["lists_paged"] else "in one response",
        "Extra fields": ", ".join(fields) or "none",
        "Latency": f"{latency['median'] * 1000:.0f} ms, at best {latency['min'] * 1000:.0f} ms",
        "Clock": _clock(result["clock_skew"]),
        "TLS": tls["version"] if tls else "none",
    }
    if tls:
        lines["Certificate"] = _certificate(tls)
    what = "For bug reports: these lines contain no token and no names or numbers of queues or agents."
    return [*(f"{label:<14}{text}" for label, text in lines.items()), what]


def _known(count: int | None) -> str:
    return "unknown" if count is None else str(count)


def _clock(skew: int | None) -> str:
    if skew is None:
        return "unknown because the server doesn't send its time"
    if abs(skew) <= 1:
        return "same as this machine's"
    return f"{abs(skew)} s {'ahead of' if skew > 0 else 'behind'} this machine's"


def _certificate(tls: Mapping[str, Any]) -> str:
    parts = [
        *([f"issued by {shown(tls['issuer'])}"] if tls["issuer"] else []),
        *([f"valid until {tls['expires']}"] if tls["expires"] else []),
    ]
    return ", ".join(parts) or "not checked"


def _line(queue: Mapping[str, Any]) -> str:
    return f"  {shown(queue['slug'])}  {shown(queue['name'])}, number {shown(queue['number'])}"
