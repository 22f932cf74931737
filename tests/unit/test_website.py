# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the links on the website's pages lead."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONF = runpy.run_path(str(ROOT / "website" / "conf.py"))
PAGES = {"index", "pt-BR", "README", "README.pt-BR", "docs/git", "docs/pt-BR/git", "docs/awx", "modules/x_module"}


@pytest.mark.parametrize(
    ("page", "twin"),
    [
        ("index", "pt-BR"),
        ("pt-BR", "index"),
        ("README", "README.pt-BR"),
        ("README.pt-BR", "README"),
        ("docs/git", "docs/pt-BR/git"),
        ("docs/pt-BR/git", "docs/git"),
        pytest.param("docs/awx", "pt-BR", id="not translated"),
        pytest.param("docs/pt-BR/filas", "index", id="only in Portuguese"),
        ("modules/x_module", "pt-BR"),
    ],
)
def test_the_switch_leads_to_the_same_page_or_to_the_start(page: str, twin: str) -> None:
    assert CONF["twin"](page, PAGES) == twin


@pytest.mark.parametrize(
    ("page", "source"),
    [
        ("index", "website/index.md"),
        ("ansible", "website/ansible.rst"),
        ("README.pt-BR", "README.pt-BR.md"),
        ("docs/pt-BR/git", "docs/pt-BR/git.md"),
        ("tests/sandbox/README", "tests/sandbox/README.md"),
        ("modules/evolux_queue_module", "plugins/modules/evolux_queue.py"),
        ("modules/tenants_lookup", "plugins/lookup/tenants.py"),
        ("modules/tenant_role", "roles/tenant/meta/argument_specs.yml"),
        pytest.param("modules/environment_variables", None, id="collected from many files"),
        ("search", None),
    ],
)
def test_the_edit_link_leads_to_the_file_that_the_page_is_made_from(page: str, source: str | None) -> None:
    assert CONF["source"](page) == source


def test_portuguese_pages_list_only_those_english_ones_that_have_no_twin() -> None:
    pages = ("../git", "../awx", "../../modules/x_module")
    entries = [f'<li class="toctree-l1"><a href="{page}.html">x</a></li>' for page in pages]
    assert CONF["without_translated"]("".join(entries), "docs/pt-BR/git", PAGES) == "".join(entries[1:])


def test_the_portuguese_start_page_links_to_portuguese_pages() -> None:
    english = re.findall(r"\]\(docs/([\w-]+\.md)", (ROOT / "website" / "pt-BR.md").read_text(encoding="utf-8"))
    assert [page for page in english if (ROOT / "docs" / "pt-BR" / page).exists()] == []
