# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages match the tables of the tests, their twins in the other language, and the targets of their links."""

from __future__ import annotations

import os.path
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.evolux.contact_center.plugins.module_utils._connection import (
    ANSWER_TIMEOUTS,
    MAX_DEPTH,
    MAX_VALUES,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._http import (
    MAX_ANSWER_BYTES,
    MAX_PAGES,
    USUAL_PAGE,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._plan import UNLISTED_AT_MOST, UNLISTED_PERCENT
from ansible_collections.evolux.contact_center.plugins.plugin_utils._report_texts import TEXTS
from awx_assets import VARIABLES, assets
from fault_matrix import documentation
from live.questions import AS_ASSUMED, HANDLED, NOT_HANDLED, UNKNOWN
from matrix import ENDS, OLDEST_HTTP

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
# Pages for people who work on the collection are only in English.
FOR_DEVELOPERS = {"faults.md", "how-it-works.md", "performance.md"}
GUIDES = sorted({page.name for page in DOCS.glob("*.md")} - FOR_DEVELOPERS)
# Each English page and its Portuguese twin.
TWINS = {"README.md": "README.pt-BR.md", **{f"docs/{name}": f"docs/pt-BR/{name}" for name in GUIDES}}
# The website's start pages have their own layout; their links are relative to the repository's root.
STARTS = {"website/index.md": "website/pt-BR.md"}
PAGES = [*TWINS.values(), *TWINS, *(f"docs/{name}" for name in sorted(FOR_DEVELOPERS))]
# Names in the examples of the Portuguese pages, and their English equivalents.
NAMES = {
    "Comercial": "Selling",
    "Novos": "New",
    "Plantão": "Night",
    "Suporte": "Support",
    "Teste": "Test",
    "Vendas": "Sales",
    "agora": "now",
    "auditoria": "audit",
    "clientes": "customers",
    "filas": "queues",
    "plantao": "night",
    "suporte": "support",
    "teste": "test",
    "vendas": "sales",
}
# Words to avoid, and the word that Portuguese pages and reports use instead.
WORDS = {
    r"ambiente de (ensaio|teste)|tenant de ensaio": "tenant de teste",
    r"cifr(ad|ar)|encriptad": "criptografado",
    r"código de área": "DDD",
    r"desativ": "desabilitar",
    r"início rápido": "primeiros passos",
    r"modo de verificação": "check mode",
    r"\bum issue|\bo branch|\bum branch": "uma issue, a branch",
}
_BLOCK = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_NOTE = re.compile(r"^<!-- (run: .*?|not run|fails|from the demo)(?:: .*?)? -->$", re.MULTILINE)


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def prose(text: str) -> str:
    return _BLOCK.sub("", text)


def headings(text: str) -> list[tuple[str, str]]:
    """The level of each heading, as number signs, and its text."""
    return re.findall(r"^(#+) (.+)$", prose(text), re.MULTILINE)


def tables(text: str) -> list[list[int]]:
    """The number of cells in each row of each table."""
    found = re.findall(r"(?:^ *\|.*\n)+", prose(text), re.MULTILINE)
    return [[len(re.findall(r"(?<!\\)\|", row)) - 1 for row in table.splitlines()] for table in found]


def commands(body: str) -> list[str]:
    return re.findall(r"^\$ .*(?:(?<=\\)\n.*)*", body, re.MULTILINE)


def settings(body: str) -> list[str]:
    """The lines of a YAML block, without names and comments, which are prose; a comment that names the file is kept."""
    bare = re.sub(r"(?:^|(?<=\s))#(?! [\w./-]+\.yml$| yaml-).*", "", body, flags=re.MULTILINE)
    bare = re.sub(r"\bname: (?!\S+$|\").*", "name: ...", bare, flags=re.MULTILINE)
    return [line.rstrip() for line in bare.splitlines() if line.strip()]


def does(text: str) -> list[tuple[str, Any]]:
    """What a page asks its readers to do: its notes for the test of the guides, and its blocks without their output."""
    shown = {"console": commands, "yaml": settings}
    found: list[tuple[int, tuple[str, Any]]] = [(note.start(), ("note", note[1])) for note in _NOTE.finditer(text)]
    for block in _BLOCK.finditer(text):
        body = shown.get(block["kind"], str.splitlines)(block["body"])
        found.append((block.start(), (block["kind"], body)))
    return [what for _place, what in sorted(found, key=lambda item: item[0])]


def in_english(text: str) -> str:
    """A page with the names of the English examples. Pages may choose the language of reports and of AWX."""
    text = re.sub(r" -e evolux_report_language=pt-BR\b", "", text)
    text = re.sub(r"^( *awx_language: )pt-BR$", r"\1en", text, flags=re.MULTILINE)
    return re.sub(r"\w+", lambda word: NAMES.get(word[0], word[0]), text)


def shape(text: str) -> dict[str, list[Any]]:
    """What a page must have in common with its twin."""
    text = in_english(text)
    return {"headings": [level for level, _words in headings(text)], "tables": tables(text), "does": does(text)}


def links(page: str) -> list[tuple[str, str]]:
    """The pages and files that a page links to, as paths in the repository, each with its anchor, if any."""
    folder = "" if page in (*STARTS, *STARTS.values()) else os.path.dirname(page)
    found = re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", prose(read(page)))
    return [(os.path.normpath(os.path.join(folder, path)) if path else page, anchor) for path, anchor in found]


def anchors(page: str) -> set[str]:
    """The anchors that GitHub and the website derive from headings."""
    return {re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-") for _level, words in headings(read(page))}


def test_the_page_of_faults_is_what_the_matrix_says() -> None:
    assert read("docs/faults.md") == documentation(), "update it with: python tests/fault_matrix.py > docs/faults.md"


def test_the_page_of_figures_is_what_its_template_says() -> None:
    """The figures themselves come from `make bench`, which takes too long for a test."""

    def lines(text: str) -> list[str]:
        return [line for line in text.splitlines() if line.strip() and not line.startswith(("|", "{%"))]

    page, template = lines(read("docs/performance.md")), lines(whole := read("benchmarks/performance.md.j2"))
    always = lines(re.sub(r"^{% if .*?^{% endif %}$", "", whole, flags=re.MULTILINE | re.DOTALL))
    # What is in braces is a figure, or braces of its own.
    patterns = {line: re.compile(".+".join(map(re.escape, re.split(r"\{\{ .*? \}\}", line)))) for line in template}
    assert [line for line in page if not any(pattern.fullmatch(line) for pattern in patterns.values())] == []
    assert [line for line in always if not any(map(patterns[line].fullmatch, page))] == []


def test_pages_give_the_limits_that_the_code_has() -> None:
    limits, twin = (" ".join(read(f"docs/{folder}limits.md").split()) for folder in ("", "pt-BR/"))
    assert ANSWER_TIMEOUTS == 10  # which is a word there
    for count, english, portuguese in (
        (MAX_ANSWER_BYTES / 2**20, "MiB", "MiB"),
        (MAX_VALUES, "values", "valores"),
        (MAX_DEPTH, "levels", "níveis"),
        (MAX_PAGES, "pages", "páginas"),
        (USUAL_PAGE, "queues", "filas"),
    ):
        assert f"{count:,.0f} {english}" in limits
        assert f"{count:,.0f}".replace(",", ".") + f" {portuguese}" in twin
    for page in (limits, twin):
        verdicts = (AS_ASSUMED, HANDLED, NOT_HANDLED, UNKNOWN)
        assert re.findall(r"\| `([a-z ,]+)` \|(?! `)", page.partition("### ")[2].partition("## ")[0]) == [*verdicts]
    for name, oldest in OLDEST_HTTP.items():
        for page in (limits, twin):
            assert re.search(rf"\b{name} .{{0,20}}\b{re.escape(oldest.removesuffix('.0'))}\b", page)
    assert f"ansible-core is version {ENDS[0]} to {ENDS[1]}" in read("docs/performance.md")
    for page in ("docs/security.md", "docs/pt-BR/security.md"):
        assert re.search(rf"\b{UNLISTED_AT_MOST},.{{1,20}} {UNLISTED_PERCENT}%", read(page))


@pytest.mark.parametrize("english", TWINS)
def test_both_languages_are_in_step(english: str) -> None:
    """Portuguese readers get the same sections, tables, files and commands, in the same order."""
    portuguese = TWINS[english]
    assert (ROOT / portuguese).exists(), f"{portuguese} is missing"
    assert shape(read(portuguese)) == shape(read(english))


def test_no_portuguese_page_is_alone() -> None:
    there = {str(page.relative_to(ROOT)) for page in DOCS.glob("pt-BR/**/*.md")}
    assert there - set(TWINS.values()) == set()


@pytest.mark.parametrize("page", [*PAGES, *STARTS, *STARTS.values()])
def test_links_lead_somewhere(page: str) -> None:
    lost = [
        (target, anchor)
        for target, anchor in links(page)
        if not (ROOT / target).exists() or (anchor and target.endswith(".md") and anchor not in anchors(target))
    ]
    assert lost == []


@pytest.mark.parametrize(("english", "portuguese"), [*TWINS.items(), *STARTS.items()])
def test_portuguese_pages_link_to_portuguese_ones(english: str, portuguese: str) -> None:
    assert [target for target, _anchor in links(portuguese) if target in TWINS and target != english] == []


@pytest.mark.parametrize(("other", "word"), WORDS.items())
def test_portuguese_has_one_word_for_each_thing(other: str, word: str) -> None:
    texts = {page: read(page) for page in (*TWINS.values(), *STARTS.values())} | {
        "reports": "\n".join(TEXTS["pt-BR"].values()),
        "awx": yaml.safe_dump([assets(variable, "pt-BR") for variable in VARIABLES], allow_unicode=True, width=1000),
    }
    assert [name for name, text in texts.items() if re.search(other, text, re.IGNORECASE)] == [], f"use {word} instead"


def test_the_website_lists_every_guide_in_both_languages() -> None:
    contents = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "website").glob("*.md"))
    pages = [page.removesuffix(".md") for page in PAGES if page != "README.md"]
    assert [page for page in pages if not re.search(rf"^(?:.* <)?{re.escape(page)}>?$", contents, re.MULTILINE)] == []


PAGE = """# Title

| a | b |
|---|---|
| 1 | 2 |

<!-- fails -->
```console
$ run \\
    now
output
$ run
```

```yaml
# acme.yml
- name: Keep it  # always
  slug: support
```
"""


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("Title", "Título", True),
        ("output", "outra saída", True),
        ("# always", "# sempre", True),
        ("Keep it", "Mantenha assim", True),
        ("slug: support", "slug: suporte", True),
        ("$ run\n", "$ run -e evolux_report_language=pt-BR\n", True),
        ("# Title", "## Title", False),
        ("| 1 | 2 |\n", "", False),
        ("| 1 | 2 |", "| 1 |", False),
        ("    now", "    then", False),
        ("$ run\n", "", False),
        ("<!-- fails -->\n", "", False),
        ("acme.yml", "beta.yml", False),
        ("slug: support", "slug: sales", False),
        ("slug: support", "awx_language: pt-BR", False),
    ],
)
def test_what_is_in_step(old: str, new: str, same: bool) -> None:
    assert (shape(PAGE) == shape(PAGE.replace(old, new))) is same


@pytest.mark.parametrize("page", ["README.md", "README.pt-BR.md"])
def test_all_content_is_listed(page: str) -> None:
    content = [*ROOT.glob("plugins/modules/*.py"), *ROOT.glob("plugins/lookup/*.py"), *ROOT.glob("playbooks/*.yml")]
    assert {path.stem for path in content} - set(re.findall(r"`(\w+)`", read(page))) == set()
