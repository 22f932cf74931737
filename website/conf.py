# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sphinx's settings. build.py arranges the pages as in the repository, so that links between them work in both."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Container
from pathlib import Path
from typing import Any, Final

import yaml

_ROOT = Path(__file__).resolve().parents[1]
_GALAXY = yaml.safe_load((_ROOT / "galaxy.yml").read_text(encoding="utf-8"))

project = f"{_GALAXY['namespace']}.{_GALAXY['name']}"
copyright = f"the {project} contributors"  # noqa: A001 - Sphinx's name
version = release = _GALAXY["version"]

extensions = ["myst_parser", "sphinx_antsibull_ext"]
root_doc = "index"
myst_heading_anchors = 4
# Don't fetch anything: the site builds without a network.
intersphinx_mapping: dict[str, object] = {}
highlight_language = "yaml"
antsibull_ext_color_scheme = "none"  # site.css has one

html_theme = "furo"
html_title = f"{project} {release}"
html_show_sphinx = False
html_use_index = False
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
templates_path = ["_templates"]
html_theme_options = {"top_of_page_buttons": ["edit"]}
# Pages for GitHub sometimes start with a level-2 heading, and blocks marked console aren't always complete sessions.
suppress_warnings = ["myst.header", "misc.highlighting_failure", "toc.not_included"]

PORTUGUESE: Final = {
    "Back to top": "Voltar ao topo",
    "Edit this page": "Editar esta página",
    "Guides": "Guias em inglês",
    "Home": "Início",
    "Next": "Próxima",
    "On this page": "Nesta página",
    "Previous": "Anterior",
    "Reference": "Referência (em inglês)",
    "Search": "Buscar",
    "Skip to content": "Ir para o conteúdo",
    "Take part": "Contribuir (em inglês)",
}
HOMES: Final = {"index": "pt-BR", "README": "README.pt-BR"}
FILES: Final = {
    "module": "plugins/modules/{}.py",
    "lookup": "plugins/lookup/{}.py",
    "role": "roles/{}/meta/argument_specs.yml",
}


def twin(page: str, pages: Container[str]) -> str:
    """The same page in the other language, if it exists, or else that language's start page."""
    for english, portuguese in HOMES.items():
        if page in (english, portuguese):
            return portuguese if page == english else english
    if page.startswith("docs/pt-BR/"):
        other, home = page.replace("pt-BR/", ""), "index"
    else:
        other, home = page.replace("docs/", "docs/pt-BR/"), "pt-BR"
    return other if other != page and other in pages else home


def source(page: str) -> str | None:
    """The file in the repository that a page is made from, or None if there isn't one."""
    if generated := re.fullmatch(r"modules/(\w+)_(module|lookup|role)", page):
        return FILES[generated[2]].format(generated[1])
    files = (f"{folder}{page}{suffix}" for folder in ("", "website/") for suffix in (".md", ".rst"))
    return next((file for file in files if (_ROOT / file).is_file()), None)


def without_translated(navigation: str, page: str, pages: Container[str]) -> str:
    """A part of the navigation of a Portuguese page, without the English pages that have a twin."""

    def keep(entry: re.Match[str]) -> str:
        linked = posixpath.normpath(posixpath.join(posixpath.dirname(page), entry[1]))
        return entry[0] if twin(linked, pages) == HOMES["index"] else ""

    return re.sub(r'<li class="toctree-l1"><a [^>]*href="([^"#]+)\.html">[^<]*</a></li>', keep, navigation)


def _add_to_page(app: Any, page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Give a page its edit link, the link to its twin, and the text and the navigation of its language."""
    edit = source(page)
    context["page_source_suffix"] = edit and Path(edit).suffix
    context["theme_source_edit_link"] = f"{_GALAXY['repository']}/edit/main/{edit}"

    is_portuguese = "pt-BR" in page
    context["twin"] = twin(page, app.env.found_docs)
    context["twin_language"] = "en" if is_portuguese else "pt-BR"
    context["language"] = "pt-BR" if is_portuguese else "en"
    # Each part of the navigation starts with its caption.
    home, *parts = re.split(r'(?=<p class="caption")', context["furo_navigation_tree"])
    ours, others = ([part for part in parts if (">Português<" in part) is own] for own in (True, False))
    if not is_portuguese:
        context["furo_navigation_tree"] = home + "".join(others)
        return
    captions = re.compile(r"(?<=>)(Guides|Reference|Take part)(?=</span>)")
    for other in others:
        part = without_translated(other, page, app.env.found_docs)
        ours.append(captions.sub(lambda found: PORTUGUESE[found[0]], part))
    context["furo_navigation_tree"] = home + "".join(part for part in ours if "<li" in part)
    context["master_doc"] = "pt-BR"
    context["_"] = context["gettext"] = lambda text: PORTUGUESE.get(text, text)


def setup(app: Any) -> None:
    """Register what the pages get, to run after the theme."""
    app.connect("html-page-context", _add_to_page, priority=900)
