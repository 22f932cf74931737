# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parsing a queue from an answer, and how users see it."""

from __future__ import annotations

import pytest

from ansible_collections.evolux.contact_center.plugins.module_utils._queue import (
    NOT_SHOWN,
    Queue,
    Wanted,
    differing,
    listed,
    parse_queue,
)

DOCUMENTED = {"id": 42, "name": "Do not panic", "slug": "do_not_panic", "number": "1234", "public_number": None}


def test_the_documented_answer() -> None:
    queue = parse_queue(DOCUMENTED)
    assert queue == Queue.of(id=42, slug="do_not_panic", name="Do not panic", number="1234")
    assert queue.public() == {**DOCUMENTED, "archived": False, "extra": {}}
    shown = {**DOCUMENTED, "max_wait_time": 60}
    assert parse_queue(shown).public() == {**shown, "archived": False, "extra": {}}


@pytest.mark.parametrize(
    ("shown", "attribute", "value"),
    [
        ({"number": 1234}, "number", "1234"),
        ({"public_number": 558432220000}, "public_number", "558432220000"),
        ({"public_number": ""}, "public_number", None),
        ({"max_wait_time": "60"}, "max_wait_time", 60),
        ({"max_wait_time": 60.0}, "max_wait_time", 60),
        ({"max_wait_time": None}, "max_wait_time", None),
        ({"max_wait_time": ""}, "max_wait_time", None),
        ({}, "max_wait_time", NOT_SHOWN),
        ({"archived": True, "strategy": "ringall"}, "extra", {"archived": True, "strategy": "ringall"}),
    ],
)
def test_what_else_a_server_may_show(shown: dict[str, object], attribute: str, value: object) -> None:
    queue = parse_queue({**DOCUMENTED, **shown})
    assert (queue.extra if attribute == "extra" else queue.fields[attribute]) == value


TEXT = "a queue's slug or name is not text"
DIGITS = "a queue's number or public_number is neither text nor a whole number"
SECONDS = "a queue's max_wait_time is not a whole number of seconds"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (None, "a queue is not an object"),
        ([], "a queue is not an object"),
        ("queue", "a queue is not an object"),
        ({key: value for key, value in DOCUMENTED.items() if key not in ("number", "id")}, "a queue lacks id, number"),
        ({**DOCUMENTED, "id": "42"}, "a queue's id is not a whole number"),
        ({**DOCUMENTED, "id": True}, "a queue's id is not a whole number"),
        ({**DOCUMENTED, "slug": None}, TEXT),
        ({**DOCUMENTED, "name": 7}, TEXT),
        ({**DOCUMENTED, "number": [1]}, DIGITS),
        ({**DOCUMENTED, "number": 1.5}, DIGITS),
        ({**DOCUMENTED, "public_number": False}, DIGITS),
        ({**DOCUMENTED, "max_wait_time": "soon"}, SECONDS),
        ({**DOCUMENTED, "max_wait_time": True}, SECONDS),
        ({**DOCUMENTED, "max_wait_time": 1.5}, SECONDS),
        ({**DOCUMENTED, "max_wait_time": -1.5}, SECONDS),
        ({**DOCUMENTED, "max_wait_time": float("inf")}, SECONDS),
        ({**DOCUMENTED, "max_wait_time": {}}, SECONDS),
    ],
)
def test_other_shapes_are_refused(data: object, why: str) -> None:
    with pytest.raises(ValueError, match=f"^{why}$"):
        parse_queue(data)


def test_queues_are_listed_by_slug_those_without_one_first() -> None:
    queues = [Queue.of(slug="1", name="A"), Queue.of(slug="0", name="B"), Queue.of(name="D"), Queue.of(name="C")]
    assert [queue["name"] for queue in listed(queues)] == ["C", "D", "B", "A"]


def test_only_given_fields_are_compared() -> None:
    queue = parse_queue({**DOCUMENTED, "public_number": "5584"})
    assert differing(Wanted.of(slug="do_not_panic"), queue) == {}
    assert differing(Wanted.of(name="x", number="1234", public_number=""), queue) == {"name": "x", "public_number": ""}


def test_a_name_that_is_not_known_is_empty() -> None:
    assert Queue.of(slug="x", number="1").name == ""


def test_a_foreseen_queue_has_no_id() -> None:
    with pytest.raises(ValueError, match="no id"):
        print(Queue.of(id=None, slug=None, name="x", number="1").known_id)
