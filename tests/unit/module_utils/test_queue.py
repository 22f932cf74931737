# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of an answer is a queue, and how users see it."""

from __future__ import annotations

import pytest

from ansible_collections.evolux.contact_center.plugins.module_utils._queue import (
    NOT_SHOWN,
    Queue,
    Wanted,
    differing,
    parse_queue,
)

DOCUMENTED = {"id": 42, "name": "Do not panic", "slug": "do_not_panic", "number": "1234", "public_number": None}


def test_the_documented_answer() -> None:
    queue = parse_queue(DOCUMENTED)
    assert queue == Queue.of(id=42, slug="do_not_panic", name="Do not panic", number="1234")
    assert queue.public() == {**DOCUMENTED, "archived": False, "extra": {}}


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


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "queue",
        {key: value for key, value in DOCUMENTED.items() if key != "number"},
        {**DOCUMENTED, "id": "42"},
        {**DOCUMENTED, "id": True},
        {**DOCUMENTED, "slug": None},
        {**DOCUMENTED, "name": 7},
        {**DOCUMENTED, "number": [1]},
        {**DOCUMENTED, "number": 1.5},
        {**DOCUMENTED, "public_number": False},
        {**DOCUMENTED, "max_wait_time": "soon"},
        {**DOCUMENTED, "max_wait_time": True},
        {**DOCUMENTED, "max_wait_time": 1.5},
        {**DOCUMENTED, "max_wait_time": -1.5},
        {**DOCUMENTED, "max_wait_time": float("inf")},
        {**DOCUMENTED, "max_wait_time": {}},
    ],
)
def test_other_shapes_are_refused(data: object) -> None:
    with pytest.raises(ValueError, match="queue"):
        parse_queue(data)


def test_only_given_fields_are_compared() -> None:
    queue = parse_queue({**DOCUMENTED, "public_number": "5584"})
    assert differing(Wanted.of(slug="do_not_panic"), queue) == {}
    assert differing(Wanted.of(name="x", number="1234", public_number=""), queue) == {"name": "x", "public_number": ""}


def test_a_foreseen_queue_has_no_id() -> None:
    with pytest.raises(ValueError, match="no id"):
        print(Queue.of(id=None, slug=None, name="x", number="1").known_id)
