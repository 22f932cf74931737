# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan's fingerprint: the same for equal plans, and a different one for anything else that would be approved."""

from __future__ import annotations

import math
import random
import re
from typing import Any

import pytest
import yaml
from hypothesis import event, given, settings
from hypothesis import strategies as st

from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._fingerprint import (
    fingerprint,
    given_fingerprint,
    stale_plan,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._plan import plan_queues
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import NOT_SHOWN, Queue, Wanted
from ansible_collections.evolux.contact_center.plugins.module_utils._steps import Step, Tenant

URL = "https://acme.evolux.net.br"
ACTIVE = tuple(
    Queue(n, f"q{n}", {"name": f"Queue {n}", "number": str(n), "public_number": None, "max_wait_time": NOT_SHOWN})
    for n in range(1, 6)
)
TENANT = Tenant(ACTIVE)


def planned(*entries: dict[str, Any], tenant: Tenant = TENANT, **options: Any) -> list[Step]:
    plan = plan_queues([Wanted.of(**entry) for entry in entries], tenant, **options)
    assert not plan.problems, [str(problem.error) for problem in plan.problems]
    return list(plan.steps)


@pytest.mark.each_core
def test_it_is_the_same_on_every_core_and_python_and_in_every_release() -> None:
    """Approval and run may happen on different machines."""
    steps = planned(
        {"slug": "q1", "number": "99", "max_wait_time": 60},
        {"slug": "q2", "state": "archived"},
        {"slug": "nova", "name": "Não", "number": "077", "public_number": "558432220000"},
    )
    assert fingerprint(steps, URL) == "abac862986e9b27a"


def test_nothing_to_do_has_a_name_of_its_own() -> None:
    assert fingerprint(planned(), URL) == "none"
    assert fingerprint(planned({"slug": "q1", "number": "1"}, {"slug": "ghost", "state": "archived"}), URL) == "none"


@pytest.mark.parametrize(
    "address",
    [f"{URL}/", f"{URL}/api/v1", f"{URL}:443", "https://ACME.evolux.net.br", "HTTPS://acme.evolux.net.br.", f" {URL} "],
)
def test_an_address_may_be_written_in_any_way(address: str) -> None:
    steps = planned({"slug": "q1", "number": "99"})
    assert fingerprint(steps, address) == fingerprint(steps, URL)


CHANGED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"number": "99"}, {"number": "98"}),
    ({"number": "99"}, {"number": "099"}),
    ({"number": "99"}, {"public_number": "99"}),
    ({"number": "99"}, {"number": "99", "max_wait_time": 0}),
    ({"max_wait_time": 1}, {"max_wait_time": 2}),
    ({"name": "x"}, {"name": "X"}),
    ({"name": "x"}, {"name": "x "}),
    ({"name": "é"}, {"name": "e\u0301"}),
    ({"number": "99"}, {"state": "archived"}),
]


@pytest.mark.parametrize(("one", "other"), CHANGED)
def test_what_else_would_be_approved(one: dict[str, Any], other: dict[str, Any]) -> None:
    prints = {fingerprint(planned({"slug": "q1", **entry}), URL) for entry in (one, other)}
    assert len(prints) == 2


def test_what_was_before_belongs_to_a_plan() -> None:
    moved = Tenant((ACTIVE[0].having({"number": "77"}), *ACTIVE[1:]))
    entry = {"slug": "q1", "number": "99"}
    assert fingerprint(planned(entry), URL) != fingerprint(planned(entry, tenant=moved), URL)


def test_a_spare_number_that_is_used_belongs_to_a_plan() -> None:
    swap = [{"slug": "q1", "number": "2"}, {"slug": "q2", "number": "1"}]
    nine, eight = (fingerprint(planned(*swap, spare_number=spare), URL) for spare in ("9", "8"))
    assert nine != eight
    assert nine == fingerprint(planned(*reversed(swap), spare_number="9"), URL)
    alone = {"slug": "q1", "number": "99"}
    assert fingerprint(planned(alone, spare_number="9"), URL) == fingerprint(planned(alone), URL)


# ---- any plans ----

VALUES = {
    "name": st.sampled_from(["Vendas", "vendas", "Sales"]),
    "number": st.sampled_from(["1", "01", "10"]),
    "public_number": st.sampled_from([None, "1", "5511"]),
    "max_wait_time": st.sampled_from([None, 0, 1, 60, NOT_SHOWN]),
}
queues = st.tuples(st.integers(1, 3), st.sampled_from(["a", "b"]), st.fixed_dictionaries(VALUES)).map(
    lambda found: Queue(*found, extra={"noise": 1})
)
SET = {name: values.filter(lambda value: value not in (None, NOT_SHOWN)) for name, values in VALUES.items()}
fields = st.fixed_dictionaries({}, optional=SET).filter(bool)
steps = st.one_of(
    fields.map(lambda found: Step(Wanted.of(), "create", None, found)),
    st.tuples(queues, fields).map(lambda found: Step(Wanted.of(), "update", *found)),
    queues.map(lambda queue: Step(Wanted.of(), "archive", queue)),
    queues.map(lambda queue: Step(Wanted.of(), "none", queue)),
)


def meaning(plan: list[Step], host: str) -> object:
    """What a plan does, computed without the code under test."""
    told = [
        (
            step.action,
            (step.queue.id, step.queue.slug) if step.queue else None,
            sorted(
                (name, repr(step.queue and step.queue.fields[name]), repr(value)) for name, value in step.fields.items()
            ),
        )
        for step in plan
        if step.action != "none"
    ]
    return (sorted(map(repr, told)), host if told else None)


@settings(max_examples=1000)
@given(one=st.lists(steps, max_size=3), data=st.data())
def test_equal_plans_have_equal_fingerprints_and_no_others(one: list[Step], data: st.DataObject) -> None:
    """The second plan is the same in another order, or differs in one detail."""
    other, host = list(one), URL
    what = data.draw(st.sampled_from(["order", "one step", "one more", "one less", "host", "one field"]))
    if what == "order":
        random.Random(data.draw(st.integers())).shuffle(other)
    elif what == "one more":
        other.append(data.draw(steps))
    elif what == "host":
        host = "https://beta.evolux.net.br"
    elif other:
        index = data.draw(st.integers(0, len(other) - 1))
        if what == "one less":
            del other[index]
        elif what == "one step":
            other[index] = data.draw(steps)
        elif other[index].fields:
            name = data.draw(st.sampled_from(sorted(other[index].fields)))
            value = data.draw(SET[name])
            other[index] = other[index]._replace(fields={**other[index].fields, name: value})
    same = meaning(one, URL) == meaning(other, host)
    event(f"{what}: {'the same' if same else 'another'}")
    assert (fingerprint(one, URL) == fingerprint(other, host)) is same


@given(st.lists(steps, min_size=1))
def test_its_form(plan: list[Step]) -> None:
    name = fingerprint(plan, URL)
    assert re.fullmatch("none|[a-f][0-9a-f]{11,}", name)
    # It stays text, however it is passed on.
    assert yaml.safe_load(f"plan: {name}") == {"plan": name}
    with pytest.raises(ValueError, match="could not convert"):
        math.isnan(float(name))


@pytest.mark.parametrize(
    ("given", "taken"), [(None, None), ("", None), (" \n", None), ("none", "none"), (" D9AF284B4B0E ", "d9af284b4b0e")]
)
def test_a_fingerprint_as_people_give_it(given: str | None, taken: str | None) -> None:
    assert given_fingerprint(given) == taken


@pytest.mark.parametrize("given", ["yes", "d9af284b4b0", "d9af284b4b0g", "d9af284b4b0e …"])
def test_what_is_not_a_fingerprint(given: str) -> None:
    with pytest.raises(EvoluxError, match="isn't a plan's fingerprint") as caught:
        given_fingerprint(given)
    assert caught.value.code == "invalid"


def test_a_stale_plan_says_what_is_expected_and_what_is() -> None:
    assert "abc was expected, but the plan is now def." in str(stale_plan("abc", "def"))
    assert "there is nothing left to do" in str(stale_plan("abc", "none"))
