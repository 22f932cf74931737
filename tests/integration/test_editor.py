# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How an editor handles tenant files: the YAML language server checks them with the schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from language_server import LanguageServer
from node_tools import install, program

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "docs/schema/tenant.json"
EXAMPLES = sorted(ROOT.glob("docs/examples/**/*_vars/**/*.yml"))


@pytest.fixture(scope="module")
def server() -> Iterator[LanguageServer]:
    server = install() / "node_modules/yaml-language-server/bin/yaml-language-server"
    with LanguageServer(program("node"), server) as running:
        yield running


def written(folder: Path, *lines: str, name: str = "acme.yml") -> Path:
    """A tenant file that names the schema."""
    file = folder / name
    first = f"# yaml-language-server: $schema={SCHEMA.as_uri()}"
    file.write_text("\n".join([first, "---", *lines]) + "\n", encoding="utf-8")
    return file


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: "/".join(file.parts[-2:]))
def test_examples(server: LanguageServer, example: Path, tmp_path: Path) -> None:
    assert server.problems(written(tmp_path, *example.read_text(encoding="utf-8").splitlines()[1:])) == []


@pytest.mark.parametrize(
    ("lines", "at", "says"),
    [
        (["evolux_queues:", "  - nmae: Support"], 3, "Property nmae is not allowed"),
        (["evolux_queues:", "  - slug: support", "    number: 3001"], 4, 'Quote it, such as "3001"'),
        (["evolux_queues:", "  - slug: after-sales"], 3, "such as after_sales"),
        (["evolux_queues:", "  - slug: support", '    number: "30 01"'], 4, "Give digits alone"),
        (["evolux_queues:", "  - slug: support", "    state: absent"], 4, "present"),
        (["evolux_queues:", '  - number: "3001"'], 3, "slug"),
        (["evolux_concurrency: 17"], 2, "16"),
    ],
)
def test_what_is_wrong_is_marked(server: LanguageServer, lines: list[str], at: int, says: str, tmp_path: Path) -> None:
    found = server.problems(written(tmp_path, *lines))
    assert [(line, message) for line, message in found if line == at and says in message], found


@pytest.mark.parametrize("guide", ["editor.md", "pt-BR/editor.md"])
def test_the_guides_quote_the_editor(server: LanguageServer, guide: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / guide).read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+: .*?)` \| (.*) \|$", text, re.MULTILINE)
    assert len(rows) == 4
    for at, (fact, says) in enumerate(rows):
        file = written(tmp_path, "evolux_queues:", "  - id: 1", f"    {fact}", name=f"{at}.yml")
        assert server.problems(file) == [(4, says)]


def test_templates_and_vaulted_values_are_fine(server: LanguageServer, tmp_path: Path) -> None:
    lines = [
        "evolux_api_token: !vault |",
        "  $ANSIBLE_VAULT;1.1;AES256",
        "  3030",
        'evolux_report_file: !unsafe "{{ x }}.md"',
        'evolux_queues: "{{ evolux_base_queues + own_queues }}"',
        "evolux_base_queues:",
        '  - slug: "{{ area }}_support"',
    ]
    assert server.problems(written(tmp_path, *lines)) == []


def test_keys_are_offered(server: LanguageServer, tmp_path: Path) -> None:
    file = written(tmp_path, "evolux_queues:", "  - slug: support", "    ")
    server.problems(file)
    assert {"name", "number", "public_number", "max_wait_time", "state"} <= set(server.completions(file, 4, 4))
    assert "evolux_archive_unlisted" in server.completions(file, 5, 0)
