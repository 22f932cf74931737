# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task's options as YAML read them, before Ansible turns them into text."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.evolux.contact_center.plugins.module_utils._given import as_given

KEYS = {"id", "queue_id", "slug", "name", "number", "public_number", "max_wait_time", "state", "archived", "extra"}


@pytest.mark.parametrize(
    ("entry", "taken", "abouts"),
    [
        ({"number": 448}, {"number": "448"}, []),
        ({"name": -1, "public_number": 0}, {"name": "-1", "public_number": "0"}, []),
        ({"slug": "a", "id": 1, "max_wait_time": 1.5, "archived": True}, None, []),
        ({"slug": None, "name": "True"}, None, []),
        ({"name": True}, None, ["name is the boolean True"]),
        ({"number": 1e3}, None, ["number is the decimal number 1000.0"]),
        ({"slug": {"a": "\x1b"}}, None, ["slug is {'a': '\\x1b'}"]),
        ({"nmae": "x"}, {}, ["'nmae' (did you mean name?)"]),
        ({"Name": "x"}, {}, ["'Name' (did you mean name?)"]),
        ({"numero": "1"}, {}, ["'numero' (did you mean number?)"]),
        ({"archive": True, "extras": {}}, {}, ["'archive'", "'extras'"]),
        ({"x\x1b": "x", 7: 7}, {}, ["'x\\u001b'", "'7'"]),
        ({"queue_id": "1", "extra": {}}, None, []),
    ],
)
def test_what_an_entry_gives(entry: dict[Any, Any], taken: dict[str, Any] | None, abouts: list[str]) -> None:
    given = as_given({"queues": [entry]}, KEYS)
    assert given.options == {"queues": [entry if taken is None else taken]}
    assert [error.about for _who, error in given.problems] == abouts
    assert {error.code for _who, error in given.problems} <= {"invalid"}


@pytest.mark.parametrize(
    ("entry", "who"),
    [
        ({"slug": "a", "name": "A"}, "entry 0 (slug a)"),
        ({"slug": False, "name": "A"}, "entry 0 (name A)"),
        ({"slug": 700, "name": "A"}, "entry 0 (slug 700)"),
        ({"id": 7}, "entry 0 (id 7)"),
        ({"id": True}, "entry 0"),
        ({}, "entry 0"),
    ],
)
def test_how_an_entry_is_named(entry: dict[str, Any], who: str) -> None:
    ((found, _error), *_others) = as_given({"queues": [{**entry, "number": 1.5}]}, KEYS).problems
    assert found == who


def test_one_warning_lists_all_whole_numbers() -> None:
    assert as_given({"slug": "a", "number": "1"}).warning is None
    assert "for example 0700 to 448" in str(as_given({"number": 448}).warning)
    assert str(as_given({"number": 448}).warning).endswith("read as follows: number as '448'.")
    warning = str(as_given({"queues": [{"slug": f"q{n}", "number": n} for n in range(30)]}, KEYS).warning)
    assert "number of entry 19 (slug q19) as '19' and 10 more." in warning


@pytest.mark.parametrize("queues", ["a,b", None, {"slug": "a"}, ["slug=a", 7, None]])
def test_what_is_not_a_list_of_entries_is_left_to_ansible(queues: object) -> None:
    assert as_given({"queues": queues}, KEYS) == ({"queues": queues}, (), None)
