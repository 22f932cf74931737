# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From each page of ansible-doc, readers find the others and the guides; its examples are named as tasks are."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.evolux.contact_center.plugins.doc_fragments._guides import ModuleDocFragment as Guides

ROOT = Path(__file__).resolve().parents[3]
PREFIX = "evolux.contact_center."
GUIDES = f"{PREFIX}_guides."
ROLE = "role tenant"
ADDRESS = f"{yaml.safe_load((ROOT / 'galaxy.yml').read_text(encoding='utf-8'))['repository']}/blob/main/"
ENTRY_POINTS = yaml.safe_load((ROOT / "roles/tenant/meta/argument_specs.yml").read_text(encoding="utf-8"))
# What the examples do. A new verb is welcome; a name that doesn't begin with one isn't.
VERBS = re.compile(
    "(Add|Archive|Audit|Bring|Carry|Change|Check|Create|Export|Find|Give|Import|Look|Manage|Plan|Provision|Read|Remove|"
    "Rename|Replace|Require|Share|Show|Stop|Swap|Warn|Write) "
)


def plugin(kind: str, name: str) -> Any:
    return importlib.import_module(f"ansible_collections.evolux.contact_center.plugins.{kind}.{name}")


PLUGINS = {
    f"{kind} {path.stem}": plugin(folder, path.stem)
    for kind, folder in (("module", "modules"), ("lookup", "lookup"))
    for path in sorted((ROOT / "plugins" / folder).glob("[!_]*.py"))
}
EXAMPLES = {
    **{name: each.EXAMPLES for name, each in PLUGINS.items()},
    **{f"{ROLE}, {name}": facts["examples"] for name, facts in ENTRY_POINTS["argument_specs"].items()},
}


def see_also() -> dict[str, list[dict[str, str]]]:
    """What each page leads to, the guides of fragments included."""
    found = {}
    for name, each in PLUGINS.items():
        documentation = yaml.safe_load(each.DOCUMENTATION)
        parts = [part for part in documentation["extends_documentation_fragment"] if part.startswith(GUIDES)]
        guides = [getattr(Guides, part.removeprefix(GUIDES).upper()) for part in parts]
        found[name] = [
            *documentation.get("seealso", ()),
            *(entry for text in guides for entry in yaml.safe_load(text)["seealso"]),
        ]
    found[ROLE] = [entry for facts in ENTRY_POINTS["argument_specs"].values() for entry in facts["seealso"]]
    return found


SEE_ALSO = see_also()


def target(entry: dict[str, str]) -> str | None:
    """The page of ansible-doc that an entry leads to, None for a guide."""
    if "link" in entry:
        return ROLE if entry["link"] == f"{ADDRESS}roles/tenant/README.md" else None
    kind, name = entry.get("plugin_type", "module"), entry.get("module") or entry["plugin"]
    return f"{kind} {name.removeprefix(PREFIX)}"


def named(nodes: list[dict[str, Any]]) -> Iterator[str]:
    for node in nodes:
        yield node["name"]
        for part in ("tasks", "block"):
            yield from named(node.get(part, []))


def test_what_a_page_leads_to_leads_back() -> None:
    ways = {(name, to) for name, entries in SEE_ALSO.items() for to in map(target, entries) if to}
    assert {(to, name) for name, to in ways} == ways


@pytest.mark.parametrize("name", SEE_ALSO)
def test_a_page_leads_to_the_role_and_to_guides(name: str) -> None:
    assert ROLE in (name, *map(target, SEE_ALSO[name]))
    assert None in map(target, SEE_ALSO[name])
    assert all(entry["description"].endswith(".") for entry in SEE_ALSO[name])


def test_a_guide_is_there_and_is_described_alike_everywhere() -> None:
    guides = {
        (entry["link"], entry["name"], entry["description"])
        for entries in SEE_ALSO.values()
        for entry in entries
        if "link" in entry
    }
    pages = [link.removeprefix(ADDRESS) for link, _name, _description in guides]
    assert [page for page in pages if not (ROOT / page).is_file()] == []
    assert len(set(pages)) == len(guides)
    named_otherwise = [
        name
        for link, name, _description in guides
        if "/docs/" in link and f"# {name}" != (ROOT / link.removeprefix(ADDRESS)).read_text("utf-8").partition("\n")[0]
    ]
    assert named_otherwise == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_have_imperative_names_and_fit_in_a_terminal(name: str) -> None:
    assert [text for text in named(yaml.safe_load(EXAMPLES[name])) if not VERBS.match(text)] == []
    assert [line for line in EXAMPLES[name].splitlines() if len(line) > 80] == []
