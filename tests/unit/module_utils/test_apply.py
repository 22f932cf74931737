# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Races with other people and runs between our read and our write, and looks that fail as well."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ansible_collections.evolux.contact_center.plugins.module_utils._api import Api
from ansible_collections.evolux.contact_center.plugins.module_utils._apply import (
    _Schedule,
    apply,
    read_all_back,
    read_back,
    shown_as,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._connection import Connection
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._http import Client
from ansible_collections.evolux.contact_center.plugins.module_utils._plan import plan_queues
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import Queue, Wanted
from ansible_collections.evolux.contact_center.plugins.module_utils._read import read_for_all, read_for_one
from ansible_collections.evolux.contact_center.plugins.module_utils._report import Outcome
from ansible_collections.evolux.contact_center.plugins.module_utils._steps import Step
from clock import FakeClock
from sandbox.control import Sandbox, Tenant

pytestmark = pytest.mark.any_core

SUPPORT = {"name": "Support", "slug": "support", "number": "3001"}
SALES = {"name": "Sales", "slug": "sales", "number": "3002"}


@pytest.fixture
def tenant(sandbox: Sandbox) -> Tenant:
    return sandbox.tenant(queues=[SUPPORT, SALES])


def client_of(tenant: Tenant, **options: Any) -> Api:
    connection = Connection.checked(api_url=tenant.url, api_token=tenant.token, **options)
    return Api(Client(connection, clock=FakeClock([])))


def keep(
    tenant: Tenant, meanwhile: Callable[[], Any], mode: tuple[str, ...] = (), retries: int = 3, **wanted: Any
) -> Outcome:
    """Plan, let something happen meanwhile, apply."""
    api = client_of(tenant, retries=retries)
    plan = plan_queues([Wanted.of(**wanted)], read_for_one(api, Wanted.of(**wanted)), mode)
    meanwhile()
    return read_back(api, apply(api, plan.steps, mode)[0])


def create(tenant: Tenant, fields: Mapping[str, str]) -> Callable[[], int]:
    return lambda: client_of(tenant).create_queue(fields)


def error_of(outcome: Outcome) -> tuple[str | None, bool]:
    return outcome.error.code if outcome.error else None, outcome.changed


def test_another_run_creates_the_queue_with_other_values(tenant: Tenant) -> None:
    other = create(tenant, {"name": "New", "slug": "new", "number": "9"})
    outcome = keep(tenant, other, slug="new", name="New", number="10", max_wait_time=5)
    assert (outcome.step.action, error_of(outcome)) == ("update", (None, True))
    assert [(queue["number"], queue["max_wait_time"]) for queue in tenant.queues() if queue["slug"] == "new"] == [
        ("10", 5)
    ]


def test_another_run_creates_the_queue_and_a_wait_time_is_only_for_new_ones(tenant: Tenant) -> None:
    other = create(tenant, {"name": "New", "slug": "new", "number": "9"})
    outcome = keep(tenant, other, ("max_wait_time",), slug="new", name="New", number="9", max_wait_time=5)
    assert (outcome.step.action, error_of(outcome)) == ("none", (None, False))


def test_somebody_takes_the_number_of_a_new_queue(tenant: Tenant) -> None:
    outcome = keep(tenant, lambda: tenant.poke(1, number="9"), name="New", number="9")
    assert error_of(outcome) == ("constraint", False)
    assert "number 9 already belongs to the active queue 'Support'" in str(outcome.error)


def test_somebody_takes_the_number_of_an_edited_queue(tenant: Tenant) -> None:
    outcome = keep(tenant, lambda: tenant.poke(2, number="9"), slug="support", number="9")
    assert error_of(outcome) == ("constraint", False)
    assert "number 9 already belongs to the active queue 'Sales'" in str(outcome.error)


def test_somebody_archives_the_queue_before_the_edit(tenant: Tenant) -> None:
    outcome = keep(tenant, lambda: tenant.poke(1, archived=True), slug="support", name="New")
    assert error_of(outcome) == ("archived", False)


def test_somebody_archives_the_queue_before_we_do(tenant: Tenant) -> None:
    outcome = keep(tenant, lambda: tenant.poke(1, archived=True), slug="support", state="archived")
    assert (outcome.step.action, error_of(outcome)) == ("none", (None, False))
    assert outcome.queue is not None
    assert outcome.queue.archived


def test_the_archive_is_refused_for_no_reason_that_reading_shows(tenant: Tenant) -> None:
    def fault() -> None:
        tenant.fault("answer", method="DELETE", status=404, json={"meta": {"message": "Queue not found"}})

    assert error_of(keep(tenant, fault, slug="support", state="archived")) == ("not_found", False)


def test_nobody_can_say_whether_the_archive_was_done(tenant: Tenant) -> None:
    def fault() -> None:
        tenant.fault("cut", method="DELETE", when="after")
        tenant.fault("cut", method="GET", times=None)

    outcome = keep(tenant, fault, retries=0, slug="support", state="archived")
    assert error_of(outcome) == ("unreachable", True)
    assert outcome.error is not None
    assert outcome.error.method == "DELETE"


def test_nobody_can_say_whether_the_edit_was_done(tenant: Tenant) -> None:
    def fault() -> None:
        tenant.fault("cut", method="PUT")
        tenant.fault("cut", method="GET", times=None)

    assert error_of(keep(tenant, fault, retries=0, slug="support", name="New")) == ("unreachable", True)


def test_nobody_can_say_whether_the_create_was_done(tenant: Tenant) -> None:
    def fault() -> None:
        tenant.fault("cut", method="POST", when="after")
        tenant.fault("cut", method="GET", times=None)

    outcome = keep(tenant, fault, retries=0, name="New", number="9")
    assert error_of(outcome) == ("unreachable", True)
    assert "could not be read either" in str(outcome.error)
    assert len(tenant.writes()) == 1
    # And the next run finds it.
    tenant.clear_faults()
    assert keep(tenant, lambda: None, name="New", number="9").step.action == "none"


def test_a_broken_constraint_that_can_not_be_looked_into(tenant: Tenant) -> None:
    def fault() -> None:
        tenant.poke(2, number="9")
        tenant.fault("cut", method="GET", times=None)

    outcome = keep(tenant, fault, retries=0, slug="support", number="9")
    assert error_of(outcome) == ("constraint", False)
    assert outcome.error is not None
    assert outcome.error.message == "Data insertion may break a database constraint"


def test_creates_that_stay_without_an_answer_end(tenant: Tenant) -> None:
    outcome = keep(tenant, lambda: tenant.fault("cut", method="POST", times=None), retries=2, name="New", number="9")
    assert error_of(outcome) == ("unreachable", False)
    assert len(tenant.writes()) == 3


def test_a_queue_that_was_found_is_known_with_its_slug(tenant: Tenant) -> None:
    tenant.fault("cut", method="POST", when="after")
    step = Step(Wanted.of(name="New", number="9"), "create", fields={"name": "New", "number": "9"})
    (outcome,) = apply(client_of(tenant), [step])
    assert outcome.queue is not None
    assert (outcome.queue.id, outcome.queue.slug) == (3, "new")


def test_a_create_waits_longer_each_time_before_it_looks(tenant: Tenant) -> None:
    waits: list[float] = []
    connection = Connection.checked(api_url=tenant.url, api_token=tenant.token, retries=2)
    tenant.fault("cut", method="POST", times=None)
    apply(Api(Client(connection, FakeClock(waits))), [Step(Wanted.of(), "create", fields={"name": "x", "number": "9"})])
    assert [0.25 * 2**attempt <= wait <= 0.5 * 2**attempt for attempt, wait in enumerate(waits)] == [True] * 3


BROKE = "The connection broke before the answer was complete; run again once Evolux can be reached."
NO = {"meta": {"message": "No"}}


@pytest.mark.parametrize(
    ("faults", "cause", "about"),
    [
        ([{"kind": "cut", "method": "POST"}], f"{BROKE} The queue doesn't exist so far; should the server still ", ""),
        (
            [{"kind": "cut", "method": "POST"}, {"kind": "cut", "method": "GET", "times": None}],
            f"{BROKE} Whether the queue exists now could not be read either: Listing the queues failed: the connection",
            "",
        ),
        (
            [{"kind": "answer", "method": "PUT", "status": 400, "json": NO}],
            "The queue was created, but its max_wait_time could not be set: The server answered HTTP 400 (No); change ",
            "'New' (id 3)",
        ),
    ],
)
def test_a_create_that_fails_has_a_cause_to_be_told_once_and_what_is_particular(
    tenant: Tenant, faults: list[dict[str, Any]], cause: str, about: str
) -> None:
    def fault() -> None:
        for each in faults:
            tenant.fault(**each)

    error = keep(tenant, fault, retries=0, name="New", number="9", max_wait_time=5).error
    assert error is not None
    assert error.cause.startswith(cause)
    assert error.about == about


def test_a_create_lost_after_the_first_try_is_ours(tenant: Tenant) -> None:
    def fault() -> None:
        tenant.fault("cut", method="POST")
        tenant.fault("cut", method="POST", when="after")

    outcome = keep(tenant, fault, ("max_wait_time",), name="New", number="9", max_wait_time=7)
    assert (outcome.step.action, error_of(outcome)) == ("create", (None, True))
    assert outcome.unverified == ("max_wait_time",)
    assert [queue["max_wait_time"] for queue in tenant.queues() if queue["name"] == "New"] == [7]


def test_a_value_that_the_server_takes_and_does_not_keep_is_told(tenant: Tenant) -> None:
    def fault() -> None:
        tenant.fault("answer", method="PUT", status=200, json={"meta": {"status": 200, "message": "OK"}})

    outcome = keep(tenant, fault, slug="support", name="New")
    assert error_of(outcome) == ("ignored", False)
    assert "name is 'Support', not 'New'" in str(outcome.error)


def test_a_queue_that_is_created_between_two_lists_is_not_archived(tenant: Tenant) -> None:
    class Late(Api):
        def list_queues(self, *, include_archived: bool = False) -> Any:
            if include_archived:
                client_of(tenant).create_queue({"name": "New", "number": "9"})
            return super().list_queues(include_archived=include_archived)

    wanted = Wanted.of(name="New", number="9")
    api = Late(Client(Connection.checked(api_url=tenant.url, api_token=tenant.token)))
    assert plan_queues([wanted], read_for_one(api, wanted)).steps[0].action == "none"


# ---- what a read after the writes adds ----

CREATE = Step(Wanted.of(), "create", fields={"name": "New", "number": "9", "max_wait_time": 5})
CREATED = Queue.of(id=7, slug="new", name="New", number="9")
WRITTEN = Outcome(CREATE, "done", True, CREATED, unverified=("max_wait_time",))


@pytest.mark.parametrize(
    ("outcome", "seen", "unverified", "warns"),
    [
        (WRITTEN, CREATED, ("max_wait_time",), False),
        (WRITTEN, CREATED.having({"max_wait_time": 5}), (), False),
        (WRITTEN, CREATED.having({"max_wait_time": 6}), (), True),
        (WRITTEN._replace(error=EvoluxError("api", "No.")), CREATED.having({"max_wait_time": None}), None, False),
        (WRITTEN._replace(changed=False), CREATED.having({"name": "Other"}), None, False),
    ],
)
def test_what_is_seen_after_the_writes(
    outcome: Outcome, seen: Queue, unverified: tuple[str, ...] | None, warns: bool
) -> None:
    now = shown_as(outcome, seen)
    assert now.queue == seen
    assert now.unverified == (outcome.unverified if unverified is None else unverified)
    assert (now.warning is not None) is warns


def test_where_nothing_was_written_nothing_is_read_back(tenant: Tenant) -> None:
    api = client_of(tenant)
    for outcome in (WRITTEN._replace(changed=False), WRITTEN._replace(error=EvoluxError("api", "No."))):
        assert read_back(api, outcome) is outcome
    assert tenant.requests() == []


def test_what_was_written_and_can_not_be_read_back_has_failed(tenant: Tenant) -> None:
    def fault() -> None:
        tenant.fault("cut", method="GET", path="/queues/1$", times=None)

    outcome = keep(tenant, fault, retries=0, slug="support", name="New")
    assert (outcome.status, *error_of(outcome)) == ("failed", "unreachable", True)
    assert "was written, but could not be read back: Reading the queue" in str(outcome.error)


def test_a_queue_that_somebody_archives_after_the_write_is_told(tenant: Tenant) -> None:
    outcome = Outcome(Step(Wanted.of(), "update"), "done", True, Queue.of(id=1, slug="support", name="Support"))
    tenant.poke(1, archived=True)
    ((told,), active) = read_all_back(client_of(tenant), [outcome], 1)
    assert told.warning == "The queue 'Support' (id 1, slug support) is not among the active queues any more."
    assert [queue.slug for queue in active] == ["sales"]


class Choreography(Api):
    """Edits that end when the test says so, without a server."""

    def __init__(self, edit: Callable[[int], None]) -> None:
        super().__init__(Client(Connection.checked(api_url="http://127.0.0.1:9", api_token="token")))
        self._edit = edit

    def edit_queue(self, id: int, fields: Mapping[str, str]) -> None:
        self._edit(id)


def edits(count: int, **waits: tuple[int, ...]) -> list[Step]:
    queues = [Queue.of(id=id, slug=str(id), name="", number=str(id)) for id in range(count)]
    return [
        Step(Wanted.of(id=id), "update", queue, {"name": "new"}, needs=waits.get(f"step{id}", ()))
        for id, queue in enumerate(queues)
    ]


def test_as_many_steps_as_allowed_are_under_way_at_once() -> None:
    # Nobody passes before three have come.
    together = threading.Barrier(3)
    api = Choreography(lambda _id: together.wait(20) and None)
    assert {outcome.status for outcome in apply(api, edits(9), (), 3)} == {"done"}


def test_a_step_waits_for_nothing_but_what_it_needs() -> None:
    # Step 1 needs step 0, which doesn't end before the independent steps 2 and 3 have.
    others = {2: threading.Event(), 3: threading.Event()}
    ended: list[int] = []

    def edit(id: int) -> None:
        if id == 0:
            assert all(event.wait(20) for event in others.values())
        ended.append(id)
        if id in others:
            others[id].set()

    outcomes = apply(Choreography(edit), edits(4, step1=(0,)), (), 2)
    assert [outcome.status for outcome in outcomes] == ["done"] * 4
    assert sorted(ended[:2]) == [2, 3]
    assert ended[2:] == [0, 1]


def test_what_waits_for_a_failed_step_is_not_attempted() -> None:
    def edit(id: int) -> None:
        if id == 0:
            raise EvoluxError("api", "No.")

    outcomes = apply(Choreography(edit), edits(5, step1=(0,), step2=(1,), step4=(3,)), (), 2)
    statuses = [outcome.status for outcome in outcomes]
    assert statuses == ["failed", "not_attempted", "not_attempted", "done", "done"]


def test_nothing_is_begun_once_the_server_is_gone() -> None:
    # Step 1 is under way when step 0 fails; step 2 could follow it but is no more begun, and 3 isn't either.
    begun, failed = threading.Event(), threading.Event()

    def edit(id: int) -> None:
        if id == 0:
            assert begun.wait(20)
            failed.set()
            raise EvoluxError("auth", "No.")
        begun.set()
        assert failed.wait(20)

    outcomes = apply(Choreography(edit), edits(4, step2=(1,), step3=()), (), 2)
    assert outcomes[0].status == "failed"
    assert [outcome.status for outcome in outcomes][2:] == ["not_attempted", "not_attempted"]


# For each step, which others it needs and which it had better come after.
TWO_GIVERS = [((), ()), ((), ()), ((0, 1), ())]
A_CHAIN = [((), ()), ((0,), ()), ((), (1,))]
LOST_TWICE = [*TWO_GIVERS, ((), ()), ((), (2, 3))]


@pytest.mark.parametrize(
    ("waits", "over", "ready"),
    [
        (TWO_GIVERS, [], [0, 1]),
        (TWO_GIVERS, [(0, True)], [0, 1]),
        (TWO_GIVERS, [(0, True), (1, True)], [0, 1, 2]),
        (TWO_GIVERS, [(0, False), (1, True)], [0, 1]),
        # What is only preferred may fail, or never be begun.
        (A_CHAIN, [(0, True)], [0, 1]),
        (A_CHAIN, [(0, True), (1, False)], [0, 1, 2]),
        (A_CHAIN, [(0, False)], [0, 2]),
        (LOST_TWICE, [(0, False), (1, False)], [0, 1, 3]),
        (LOST_TWICE, [(0, False), (1, False), (3, True)], [0, 1, 3, 4]),
    ],
)
def test_when_a_step_can_begin(
    waits: list[tuple[tuple[int, ...], tuple[int, ...]]], over: list[tuple[int, bool]], ready: list[int]
) -> None:
    schedule = _Schedule([Step(Wanted.of(), "update", needs=needs, prefers_after=after) for needs, after in waits])
    for index, done in over:
        schedule.over(index, done=done)
    assert list(schedule.ready) == ready
    schedule.stop()
    for index in range(len(waits)):
        schedule.over(index, done=True)
    assert list(schedule.ready) == []


def test_a_queue_is_archived_while_its_wait_time_is_asked(tenant: Tenant) -> None:
    class Late(Api):
        def read_queue(self, id: int, *, include_archived: bool = False) -> Queue:
            tenant.poke(1, archived=True)
            return super().read_queue(id, include_archived=include_archived)

    wanted = [Wanted.of(slug="support", max_wait_time=5), Wanted.of(slug="sales", max_wait_time=5)]
    seen = read_for_all(Late(Client(Connection.checked(api_url=tenant.url, api_token=tenant.token))), wanted)
    assert ([queue.slug for queue in seen.active], [queue.slug for queue in seen.archived]) == (["sales"], ["support"])
    (problem,) = plan_queues(wanted, seen).problems
    assert (problem.entries, problem.error.code) == ((0,), "archived")


def test_no_step_takes_the_queue_of_another(tenant: Tenant) -> None:
    # Evolux makes slugs in a way that the plan doesn't foresee: the first step's queue gets the second one's slug.
    class Whimsical(Api):
        def create_queue(self, fields: Mapping[str, str]) -> int:
            return super().create_queue({"slug": "taken", **fields})

    api = Whimsical(Client(Connection.checked(api_url=tenant.url, api_token=tenant.token)))
    wanted = [Wanted.of(name="One", number="8"), Wanted.of(slug="taken", name="Two", number="9")]
    plan = plan_queues(wanted, read_for_all(api, wanted))
    outcomes = apply(api, plan.steps)
    assert [outcome.status for outcome in outcomes] == ["done", "failed"]
    assert outcomes[1].error is not None
    assert "the slug 'taken' already belongs to the active queue 'One'" in str(outcomes[1].error)
    assert [queue["name"] for queue in tenant.queues() if queue["slug"] == "taken"] == ["One"]


def test_a_slug_that_the_server_changes_is_told(tenant: Tenant) -> None:
    class Tidy(Api):
        def create_queue(self, fields: Mapping[str, str]) -> int:
            return super().create_queue({**fields, "slug": fields["slug"].strip("_")})

    api = Tidy(Client(Connection.checked(api_url=tenant.url, api_token=tenant.token)))
    plan = plan_queues([Wanted.of(slug="new_", name="New", number="9")], read_for_all(api, []))
    outcome = read_back(api, apply(api, plan.steps)[0])
    assert "slug is 'new', not 'new_'" in str(outcome.warning)
