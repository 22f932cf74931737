# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data of extensions/awx, in each of its languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ASSETS = Path(__file__).resolve().parent.parent / "extensions" / "awx"
# A reference to a text in texts.yml, as the other files have it in the place of the text.
REFERENCE = re.compile(r"\{\{ awx_texts\.([\w.]+)\[awx_language\] \}\}")


class Loader(yaml.SafeLoader):
    """Takes what Ansible must not evaluate as the text that it is."""


def unsafe(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
    return loader.construct_scalar(node)


Loader.add_constructor("!unsafe", unsafe)


def load(name: str) -> dict[str, Any]:
    """The variables of a file, with the references in the place of texts."""
    variables: dict[str, Any] = yaml.load((ASSETS / name).read_text(encoding="utf-8"), Loader)
    return variables


TEXTS: dict[str, Any] = load("texts.yml")["awx_texts"]
LANGUAGES: list[str] = load("texts.yml")["awx_languages"]
# Each variable with data for AWX, and its file.
VARIABLES = {
    "awx_credential_type": "credential_type.yml",
    "awx_job_templates": "job_templates.yml",
    "awx_workflows": "workflows.yml",
}


def text_of(path: str) -> dict[str, str]:
    """One text in all languages, by its path: the keys with dots between them."""
    found = TEXTS
    for key in path.split("."):
        found = found[key]
    return found


def in_language(value: Any, language: str) -> Any:
    """Data with its texts in the place of the references."""
    if isinstance(value, dict):
        return {key: in_language(each, language) for key, each in value.items()}
    if isinstance(value, list):
        return [in_language(each, language) for each in value]
    reference = REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return text_of(reference[1])[language] if reference else value


def assets(variable: str, language: str) -> Any:
    """What Ansible makes of one of the variables."""
    return in_language(load(VARIABLES[variable])[variable], language)
