# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports: their data, their lines for a terminal, and the files for browsers, tickets and programs."""

from __future__ import annotations

import importlib
import json
import re
import string
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from markdown_it import MarkdownIt

from ansible_collections.evolux.contact_center.plugins.module_utils._queue import FIELDS, NOT_SHOWN
from ansible_collections.evolux.contact_center.plugins.module_utils._text import shown
from ansible_collections.evolux.contact_center.plugins.plugin_utils import _report_page
from ansible_collections.evolux.contact_center.plugins.plugin_utils._report_page import (
    ACTIONS,
    FORMS,
    STATUSES,
    kept,
    may_be_replaced,
    overview,
    rendered,
    report,
    tenant,
)
from ansible_collections.evolux.contact_center.plugins.plugin_utils._report_texts import TEXTS, Words

ROOT = Path(__file__).resolve().parents[3]
TEMPLATE = Path(_report_page.__file__).with_suffix(".html.j2").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "docs/schema/report.json").read_text(encoding="utf-8"))
# A new queue may also get a slug.
CHANGEABLE = ("slug", *FIELDS)
WHEN = "2026-11-25T08:00:00Z"
COUNTS = dict.fromkeys(("create", "update", "archive", "none", "failed", "not_attempted"), 0)
HOSTILE = [
    "<script>alert(1)</script>",
    "</pre></details><img src=x onerror=alert(1)>",
    "a | b `c` ``d",
    "`",
    " \u202eevil\u2066 \u200b",
    "[x](javascript:alert(1)) ![y](https://example.org/z.png) https://example.org @all #1",
    "# heading\n- item\r\n```\n</bdi>",
    "{{ 7 * 7 }}{% raw %}",
    "العربية עברית",
    "x" * 300,
    "\ud800",
    "&lt;b&gt; *a* _b_ ~~c~~ \\",
]


def queue(name: Any, slug: str | None = "support", number: str = "3001") -> dict[str, Any]:
    return {"id": 1, "slug": slug, "name": name, "number": number, "public_number": None, "archived": False}


def entry(action: str, status: str = "planned", **facts: Any) -> dict[str, Any]:
    return {"action": action, "status": status, "queue": queue("Suporte"), "unverified": [], "changes": [], **facts}


def change(field: str, before: Any, after: Any) -> dict[str, Any]:
    return {"field": field, "before": before, "after": after}


def result(*entries: dict[str, Any], **facts: Any) -> dict[str, Any]:
    actions = [each["action"] for each in entries]
    summary = {**COUNTS, **{action: actions.count(action) for action in (*ACTIONS, "none")}}
    changed = any(action != "none" for action in actions)
    return {"changed": changed, "results": list(entries), "summary": summary, "plan": "abac862986e9b27a", **facts}


SAME = result(entry("none", "done"))
MOVED = result(
    entry("update", changes=[change("number", "3001", "3101"), change("max_wait_time", NOT_SHOWN, 60)]),
    entry("create", queue=queue("Vendas", None), changes=[change(name, None, "Vendas") for name in CHANGEABLE]),
    entry("archive", queue=queue("Old", "old")),
    entry("none"),
)
REFUSED = {"failed": True, "changed": False, "msg": "The token was refused.", "error": {"code": "auth"}}
REFUSAL = {"code": "constraint", "msg": "No."}
BROKEN = result(
    entry(
        "update", "failed", changes=[change("public_number", None, "55")], error={"code": "constraint", "msg": "No."}
    ),
    entry("update", "not_attempted", changes=[change("name", "Suporte", "Suporte")]),
    failed=True,
    msg="1 of 2 queues failed.\nThe DID doesn't exist.\n  entry 0",
    error={"code": "constraint"},
    summary={**COUNTS, "failed": 1, "not_attempted": 1, "update": 0},
)
CASES: dict[str, Any] = {"acme": SAME, "beta": MOVED, "gama": REFUSED, "delta": BROKEN, "epsilon": None}


def made(
    results: dict[str, Any], purpose: str = "provision", *, check: bool = False, language: str = "en", **unlisted: Any
) -> dict[str, Any]:
    rows = [
        tenant(found, host, f"https://{host}.example.org", purpose, check, unlisted.get(host, []))
        for host, found in results.items()
    ]
    return report(rows, purpose, check, WHEN, language)


# Texts


def test_every_language_has_every_text() -> None:
    english, *others = TEXTS.values()
    for other in others:
        assert other.keys() == english.keys()
        for key, text in other.items():
            assert text.strip(), key
            fields = {part[1] for part in string.Formatter().parse(text) if part[1]}
            assert fields <= {"create", "update", "archive", "none", "queues", "more"}, key


def test_whatever_there_is_has_its_words() -> None:
    module = importlib.import_module("ansible_collections.evolux.contact_center.plugins.modules.evolux_queues")
    returned = yaml.safe_load(module.RETURN)
    codes = set(re.findall(r"V\((\w+)\)", str(returned["error"]["contains"]["code"]["description"])))
    needed = {
        *(f"field_{field}" for field in CHANGEABLE),
        *(f"do_{code}" for code in codes),
        *(f"{action}_{mode}" for action in ACTIONS for mode in ("run", "plan", "audit")),
        *STATUSES,
        *(f"{name}_queues" for name in ("unlisted", "unserved", "still_served")),
    }
    assert len(codes) > 10
    assert needed <= TEXTS["en"].keys()


def test_an_unknown_code_has_words() -> None:
    assert Words("en").error("new_code") == Words("en").error(None) == TEXTS["en"]["do_unknown"]


# Lines for a terminal


@pytest.mark.parametrize(
    ("results", "how", "lines"),
    [
        ({"acme": SAME}, {}, ["0 queues created, 0 changed, 0 archived, 1 unchanged"]),
        ({"acme": MOVED}, {}, ["1 queue created, 1 changed, 1 archived, 1 unchanged"]),
        ({"acme": MOVED}, {"check": True}, ["1 queue would be created, 1 changed, 1 archived, 1 unchanged"]),
        ({"acme": MOVED}, {"language": "pt-BR"}, ["Filas criadas: 1, alteradas: 1, arquivadas: 1, sem mudança: 1"]),
        ({"acme": REFUSED}, {}, ["acme: failed (auth)"]),
        ({"acme": SAME}, {"purpose": "audit"}, ["acme: as listed"]),
        ({"acme": MOVED}, {"purpose": "audit", "check": True}, ["acme: 1 missing, 1 different, 1 to be archived"]),
        ({"acme": SAME}, {"purpose": "audit", "acme": [queue("x")]}, ["acme: 1 not listed"]),
        (
            CASES,
            {},
            [
                "beta: 1 created, 1 changed, 1 archived",
                "gama: failed (auth)",
                "delta: failed (constraint)",
                "epsilon: not reached",
                "5 tenants: 1 as listed, 1 changed, 2 failed, 1 not reached",
            ],
        ),
        (
            {
                "acme": MOVED,
                "beta": {"failed": True, "msg": ""},
                "gama": {**BROKEN, "summary": {**COUNTS, "update": 2}},
            },
            {"language": "pt-BR"},
            [
                "acme: 1 criada, 1 alterada, 1 arquivada",
                "beta: falhou",
                "gama: falhou (constraint), 2 alteradas",
                "3 tenants: 1 alterado, 2 falharam",
            ],
        ),
        ({f"t{n}": SAME for n in range(300)}, {"purpose": "audit"}, ["300 tenants: 300 as listed"]),
        (
            {"acme": SAME, **{f"t{n}": None for n in range(12)}},
            {},
            [
                "t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, +2: not reached",
                "13 tenants: 1 as listed, 12 not reached",
            ],
        ),
    ],
)
def test_overview(results: dict[str, Any], how: dict[str, Any], lines: list[str]) -> None:
    data = made(results, **how)
    assert overview(data) == lines
    assert kept(data) == {"lines": lines, "counts": data["counts"]}


@pytest.mark.parametrize(("language", "more"), [("en", "and 250 more"), ("pt-BR", "e mais 250")])
def test_what_is_kept_of_many_tenants_is_short(language: str, more: str) -> None:
    results = {f"{'t' * 200}{number:03}": MOVED if number < 299 else REFUSED for number in range(300)}
    data = made(results, language=language)
    told = kept(data)
    assert told["counts"] == {**dict.fromkeys(STATUSES, 0), "tenants": 300, "changed": 299, "failed": 1}
    assert told["lines"][0].startswith("t" * 200 + "299: ")
    assert told["lines"][50:] == [more, overview(data)[-1]]
    assert len(json.dumps(told)) < 20_000


@pytest.mark.parametrize(
    ("found", "purpose", "check", "unlisted", "status"),
    [
        (SAME, "provision", False, [], "as_listed"),
        (SAME, "audit", True, [], "as_listed"),
        (SAME, "audit", True, [queue("x")], "differs"),
        (MOVED, "provision", False, [], "changed"),
        (MOVED, "provision", True, [], "would_change"),
        (MOVED, "audit", True, [], "differs"),
        (REFUSED, "audit", True, [], "failed"),
        (BROKEN, "provision", False, [], "failed"),
        (None, "provision", False, [], "not_reached"),
    ],
)
def test_status(found: Any, purpose: str, check: bool, unlisted: list[Any], status: str) -> None:
    assert tenant(found, "acme", None, purpose, check, unlisted)["status"] == status


def agent(*queues: int, archived: bool = False, enabled: bool = True) -> dict[str, Any]:
    return {"id": 1, "login": "ana", "name": "Ana", "archived": archived, "enabled": enabled, "queues": list(queues)}


SERVED = result(
    entry("none", "done", queue={**queue("Suporte"), "id": 1}),
    entry("archive", queue={**queue("Old", "old"), "id": 2}),
    entry("create", queue={**queue("New", None), "id": None}),
    queues=[
        {**queue("Suporte"), "id": 1},
        {**queue("Vendas", "sales"), "id": 3},
        {**queue("New", None), "id": None},
    ],
)


@pytest.mark.parametrize(
    ("agents", "served"),
    [
        (None, None),
        ([], [("support", 0, False), ("sales", 0, False), ("old", 0, True)]),
        ([agent(1, 2), agent(1), agent(9)], [("support", 2, False), ("sales", 0, False), ("old", 1, True)]),
        (
            [agent(1, archived=True), agent(3, enabled=False), agent(3)],
            [("support", 0, False), ("sales", 1, False), ("old", 0, True)],
        ),
    ],
)
def test_who_serves_the_queues(agents: Any, served: Any) -> None:
    found = tenant(SERVED, "acme", None, "audit", True, [], agents)["served"]
    assert (found and [(each["slug"], each["agents"], each["to_archive"]) for each in found]) == served


@pytest.mark.parametrize("form", [".html", ".md"])
@pytest.mark.parametrize(
    ("agents", "holds", "lacks"),
    [
        (None, [], ["Agents per queue", "nobody", "though"]),
        (
            [agent(2)],
            ["2 without agents", "1 to be archived but still served by agents", "Agents per queue (3)"],
            [],
        ),
        ([agent(1, 3)], ["Agents per queue (3)"], ["nobody", "though"]),
    ],
)
def test_a_report_points_out_who_serves_what(agents: Any, holds: list[str], lacks: list[str], form: str) -> None:
    rows = [tenant(SERVED, "acme", None, "audit", True, [], agents)]
    text = rendered(report(rows, "audit", True, WHEN, "en"), form, TEMPLATE)
    assert [part for part in holds if part not in text] == []
    assert [part for part in lacks if part in text] == []


def test_a_tenant_as_listed_needs_attention_if_nobody_serves_a_queue() -> None:
    found = result(entry("none", "done"), queues=[queue("Suporte")])
    rows = [tenant(found, host, None, "audit", True, [], agents) for host, agents in (("a", []), ("b", [agent(1)]))]
    text = rendered(report(rows, "audit", True, WHEN, "en"), ".md", TEMPLATE)
    assert "## `a`: as listed, 1 without agents" in text
    assert "## `b`" not in text
    assert "**2 tenants: 2 as listed**" in text


# Files


class Page(HTMLParser):
    """The tags and the text of a page; fails if a tag isn't closed correctly."""

    VOID = ("meta", "br", "img", "link", "input")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.text = ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def structure(self) -> list[str]:
        """The tags, without those that occur once per line of a message."""
        return [tag for tag, _attributes in self.tags if tag not in ("bdi", "p")]

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile(text: str) -> dict[str, Any]:
    """A report in which everything that others choose is this text."""
    moved = result(
        entry(
            "update", queue=queue(text, text, text), changes=[change("name", "old", text), change("number", text, "1")]
        ),
        entry("update", "failed", queue=queue(text, text), error={"code": "api", "msg": f"It said: {text}"}),
    )
    failed = {"failed": True, "changed": False, "msg": f"{text}\n{text}", "error": {"code": "api"}}
    moved["queues"] = [queue(text, text, text)]
    rows = [
        tenant(moved, text, text, "audit", True, [queue(text, text, text)], []),
        tenant(failed, f"{text}2", text, "audit", True, []),
        tenant(SAME, f"{text}3", text, "audit", True, []),
        tenant(None, f"{text}4", None, "audit", True, []),
    ]
    return report(rows, "audit", True, WHEN, "en")


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_is_shown_as_text(text: str) -> None:
    data, harmless = hostile(text), hostile("plain")
    page = Page(rendered(data, ".html", TEMPLATE))
    expected = Page(rendered(harmless, ".html", TEMPLATE))
    lines = text.count("\n")  # each line of an error is shown on a separate line
    assert page.structure() == expected.structure()
    assert lines or page.tags == expected.tags
    assert shown(text) in page.text

    markdown = MarkdownIt("gfm-like", {"linkify": False, "html": True})

    def kinds(data: dict[str, Any]) -> list[str]:
        tokens = markdown.parse(rendered(data, ".md", TEMPLATE))
        return [part.type for token in tokens for part in (token, *(token.children or ()))]

    assert kinds(data) == kinds(harmless) or lines
    assert not {"link_open", "image", "html_inline", "table_open"} & set(kinds(data))
    assert kinds(data).count("html_block") == 5  # ours
    for form in (".md", ".html"):
        for hidden in ("\u202e", "\u2066", "\u200b"):
            assert hidden not in rendered(data, form, TEMPLATE)


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize(("purpose", "check"), [("audit", True), ("provision", True), ("provision", False)])
def test_json_is_as_described(purpose: str, check: bool, language: str) -> None:
    unlisted = {"acme": [queue("x")]} if purpose == "audit" else {}
    data = made(CASES, purpose, check=check, language=language, **unlisted)
    read = json.loads(rendered(data, ".json", TEMPLATE))
    jsonschema.validate(read, SCHEMA, format_checker=jsonschema.FormatChecker())
    assert read == data
    assert SCHEMA["$defs"]["queue"]["properties"]["changes"]["items"]["properties"]["field"]["enum"] == [*CHANGEABLE]
    assert [row["host"] for row in read["tenants"]] == list(CASES)


@pytest.mark.parametrize("text", HOSTILE)
def test_json_of_foreign_text(text: str) -> None:
    read = rendered(hostile(text), ".json", TEMPLATE).encode()
    jsonschema.validate(json.loads(read), SCHEMA)


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("form", FORMS)
def test_all_forms_say_the_same(form: str, language: str) -> None:
    text = rendered(made(CASES, check=True, language=language), form, TEMPLATE)
    assert text.endswith("\n")
    assert rendered(made(CASES, check=True, language=language), form, TEMPLATE) == text
    for fact in ("https://beta.example.org", "3101", "Vendas", "abac862986e9b27a", "The token was refused.", "entry 0"):
        assert fact in text
    if form != ".json":
        assert TEXTS[language]["do_auth"].split("'")[0] in text
        assert TEXTS[language]["hidden"] in text
        other = next(each for each in TEXTS if each != language)
        assert TEXTS[other]["attention"] not in text
    if form == ".html":
        page = Page(text)
        assert dict(page.tags)["html"] == {"lang": language}
        assert not [tag for tag, attrs in page.tags if tag in ("script", "link", "img") or "src" in attrs]


@pytest.mark.parametrize("form", FORMS)
def test_a_report_may_be_replaced_by_the_next(form: str) -> None:
    assert may_be_replaced(rendered(made(CASES), form, TEMPLATE).encode())
    assert may_be_replaced(b"")
    assert not may_be_replaced(b"evolux_queues: []")


def test_values_that_look_alike_are_shown_differently() -> None:
    same = result(entry("update", changes=[change("name", "Suporte", "Suporte\u200b")]))
    for form in (".html", ".md"):
        assert "\\u200b" in rendered(made({"acme": same}), form, TEMPLATE)


PALETTES = [
    dict(re.findall(r"--([\w-]+): (#\w+)", rules)) for rules in re.findall(r":root \{(.*?)\}", TEMPLATE, re.DOTALL)
]


def luminance(color: str) -> float:
    """The relative luminance of a color, as WCAG defines it."""
    digits = color[1:] if len(color) == 7 else "".join(digit * 2 for digit in color[1:])
    parts = [int(digits[index : index + 2], 16) / 255 for index in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("palette", PALETTES, ids=["light", "dark", "print"])
@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("text", "back"),
        ("text", "card"),
        ("text", "bad-back"),
        ("soft", "back"),
        ("soft", "card"),
        ("old", "card"),
        ("link", "card"),
        ("bad", "bad-back"),
        ("new", "new-back"),
        ("warn", "warn-back"),
    ],
)
def test_colors_have_enough_contrast(text: str, back: str, palette: dict[str, str]) -> None:
    dark, bright = sorted((luminance(palette[text]), luminance(palette[back])))
    assert (bright + 0.05) / (dark + 0.05) >= 4.5


def test_links_lead_somewhere() -> None:
    page = Page(rendered(made(CASES), ".html", TEMPLATE))
    targets = {f"#{attrs['id']}" for _tag, attrs in page.tags if "id" in attrs}
    links = {attrs["href"] for tag, attrs in page.tags if tag == "a"}
    assert links
    assert links <= targets
