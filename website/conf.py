# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sphinx's settings. build.py lays the pages out as in the repository, so that links between them work in both."""

from __future__ import annotations

from pathlib import Path

import yaml

_GALAXY = yaml.safe_load((Path(__file__).resolve().parents[1] / "galaxy.yml").read_text(encoding="utf-8"))

project = f"{_GALAXY['namespace']}.{_GALAXY['name']}"
copyright = f"the {project} contributors"  # noqa: A001 - Sphinx's name
version = release = _GALAXY["version"]

extensions = ["myst_parser", "sphinx_antsibull_ext"]
root_doc = "index"
myst_heading_anchors = 4
# Nothing is fetched: the site builds without a network.
intersphinx_mapping: dict[str, object] = {}
highlight_language = "yaml"

html_theme = "furo"
html_title = f"{project} {release}"
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {"source_repository": _GALAXY["repository"], "source_branch": "main", "source_directory": ""}
# GitHub's pages start with a level-2 heading now and then, and blocks marked console aren't always a whole session.
suppress_warnings = ["myst.header", "misc.highlighting_failure", "toc.not_included"]
