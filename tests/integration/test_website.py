# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The website as people see it, opened from a folder, without a network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import installed
from node_tools import install, program

from .conftest import only_ci

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="Chromium isn't installed")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The website's HTML."""
    installed.install()
    folder = tmp_path_factory.mktemp("website")
    subprocess.run([sys.executable, ROOT / "website" / "build.py", folder], check=True)
    return folder / "html"


def test_links_of_the_frame_lead_somewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        edited = re.search(r'href="[^"]*/edit/main/([^"]*)" rel="edit"', text)
        assert edited is None or (ROOT / edited[1]).is_file(), page
        other = re.search(r'class="language" href="([^"]*)"', text)
        assert page.name == "search.html" if other is None else (page.parent / other[1]).is_file(), page


@needs_chromium
@pytest.mark.parametrize("word", ["fingerprint", "arquivada"])
def test_the_search_needs_no_network(site: Path, word: str) -> None:
    address = f"{(site / 'search.html').as_uri()}?q={word}"
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=10000", "--dump-dom")
    shown = subprocess.run([CHROMIUM, *options, address], check=True, capture_output=True, text=True).stdout
    assert re.search(r'class="search">.*?<a href="docs/', shown)


# A page of each kind: prose, long tables, code, options of a module.
KINDS = ("index", "README", "CHANGELOG", "docs/errors", "docs/pt-BR/awx", "modules/evolux_queues_module")


@needs_chromium
@pytest.mark.parametrize("pages", [KINDS, only_ci(())], ids=["of each kind", "all"])
def test_everything_can_be_read(pages: tuple[str, ...], site: Path) -> None:
    assert all((site / f"{page}.html").exists() for page in pages)
    command: list[str | Path] = [program("node"), install() / "look.mjs", CHROMIUM, site]
    environment = os.environ | {"PAGES": ",".join(pages)}
    looked = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True, env=environment)
    assert looked.returncode == 0, looked.stdout
