# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people read in AWX is there in each language, and languages differ in nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from awx_assets import ASSETS, LANGUAGES, REFERENCE, TEXTS, VARIABLES, assets, load, text_of

# The keys whose values people read. Names are others: objects are found by them.
READ = {"description", "help_text", "label", "question_description", "question_name"}
# What people in Brazil call the same.
SAME = {"DID", "Slug", "Tenant", "Tenants"}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Each value that isn't a collection, with its keys and indices."""
    if isinstance(value, (dict, list)):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(each, (*path, key))
    else:
        yield path, value


def is_read(path: tuple[Any, ...]) -> bool:
    return path[-1] in READ or path[-2:] == ("approval", "name")


def texts() -> dict[str, set[str]]:
    """The path of each text, and its languages."""
    found: dict[str, set[str]] = {}
    for path, _text in leaves(TEXTS):
        found.setdefault(".".join(path[:-1]), set()).add(path[-1])
    return found


def test_each_text_is_there_in_each_language() -> None:
    assert {path: languages for path, languages in texts().items() if languages != set(LANGUAGES)} == {}
    assert [path for path, text in leaves(TEXTS) if not isinstance(text, str) or not text.strip()] == []


def test_translations_are_translated() -> None:
    same = {text_of(path)["en"] for path in texts() if len(set(text_of(path).values())) == 1}
    assert same == SAME


def test_texts_end_alike() -> None:
    """A text that is a sentence in one language isn't a title in the other, and has as many sentences there."""
    uneven = [
        path for path in texts() if len({(text[-1] in ".?", text.count(". ")) for text in text_of(path).values()}) != 1
    ]
    assert uneven == []


@pytest.mark.parametrize("variable", VARIABLES)
def test_whatever_people_read_comes_from_the_texts(variable: str) -> None:
    found = list(leaves(load(VARIABLES[variable])))
    assert [path for path, value in found if is_read(path) and not REFERENCE.fullmatch(str(value))] == []
    # AWX finds and compares by the others.
    assert [path for path, value in found if not is_read(path) and "awx_texts" in str(value)] == []


@pytest.mark.parametrize("variable", VARIABLES)
def test_languages_differ_in_nothing_else(variable: str) -> None:
    bare = [
        [(path, value) for path, value in leaves(assets(variable, language)) if not is_read(path)]
        for language in LANGUAGES
    ]
    assert bare == [bare[0]] * len(LANGUAGES)


def test_each_text_is_used() -> None:
    used = [path for file in ASSETS.glob("*.yml") for path in REFERENCE.findall(file.read_text(encoding="utf-8"))]
    assert set(used) == set(texts())


def test_setup_reads_the_files() -> None:
    (play,) = yaml.safe_load((ASSETS / "setup.yml").read_text(encoding="utf-8"))
    matching = play["tasks"][0]["ansible.builtin.include_vars"]["files_matching"]
    read = {file.name for file in ASSETS.glob("*.yml") if re.search(matching, file.name)}
    assert read == {"texts.yml", *VARIABLES.values()}
    assert play["vars"]["awx_language"] == LANGUAGES[0]
