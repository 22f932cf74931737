# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Races with other people and runs between our read and our write, also if reads fail, too."""

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
from ansible_collections.evolux.contact_center.plugins.module_utils._threads import Crew
from clock import FakeClock
from sandbox.control import Sandbox, Tenant

SUPPORT = {"name": "Support", "slug": "support", "number": "3001"}
SALES = {"name": "Sales", "slug": "sales", "number": "3002"}
NEW = {"name": "New", "number": "9", "max_wait_time": 5}
CONSTRAINT = "Data insertion may break a database constraint"


@pytest.fixture
def tenant(sandbox: Sandbox) -> Tenant:
    return sandbox.tenant(queues=[SUPPORT, SALES])


def client_of(tenant: Tenant, **options: Any) -> Api:
    connection = Connection.checked(api_url=tenant.url, api_token=tenant.token, **options)
    return Api(Client(connection, clock=FakeClock([])))


def keep(
    tenant: Tenant, meanwhile: Callable[[], Any], mode: tuple[str, ...] = (), retries: int = 3, **wanted: Any
) -> Outcome:
    """Plan, let something happen in between, then apply."""
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
    assert "Checking whether the queue exists now failed, too: " in str(outcome.error)
    assert len(tenant.writes()) == 1
    # The next run finds the queue.
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


@pytest.mark.parametrize(
    ("answers", "requests", "waits"),
    [
        ([], ["POST"], 0),
        # A server that reports a rate limit hasn't done anything.
        ([{"status": 429}], ["POST", "POST"], 1),
        ([{"status": 429}] * 2, ["POST", "POST"], 1),
        ([{"status": 503, "headers": {"Retry-After": "1"}}], ["POST", "POST"], 1),
        # Before it gives up, the client still looks for the queue, if it may exist. It waits before it looks, too.
        ([{"status": 503, "headers": {"Retry-After": "1"}}] * 2, ["POST", "POST", "GET", "GET"], 3),
        ([{"status": 503}], ["POST", "GET", "GET", "POST"], 1),
        ([{"status": 503}] * 2, ["POST", "GET", "GET", "POST", "GET", "GET"], 2),
        ([{"status": 400}], ["POST"], 0),
        (
            [{"status": 500, "json": {"meta": {"message": CONSTRAINT}}}],
            ["POST", "GET", "GET"],
            0,
        ),
    ],
)
def test_how_often_a_create_is_sent_and_looked_for(
    tenant: Tenant, answers: list[dict[str, Any]], requests: list[str], waits: int
) -> None:
    waited: list[float] = []
    connection = Connection.checked(api_url=tenant.url, api_token=tenant.token, retries=1)
    for answer in answers:
        tenant.fault("answer", method="POST", **answer)
    fields = {"name": "New", "number": "9"}
    apply(Api(Client(connection, FakeClock(waited))), [Step(Wanted.of(**fields), "create", fields=fields)])
    assert [request["method"] for request in tenant.requests()] == requests
    assert len(waited) == waits


def test_a_create_that_the_server_carries_out_late_is_ours(tenant: Tenant) -> None:
    class Late(Api):
        tries = 0

        def create_queue(self, fields: Mapping[str, str]) -> int:
            self.tries += 1
            if self.tries == 1:
                raise EvoluxError("unreachable", "No answer.", unanswered=True, maybe_done=True)
            super().create_queue(fields)
            return super().create_queue(fields)

    api = Late(Client(Connection.checked(api_url=tenant.url, api_token=tenant.token), FakeClock([])))
    step = Step(Wanted.of(**NEW), "create", fields=NEW)
    (outcome,) = apply(api, [step], ("max_wait_time",))
    assert (outcome.step.action, error_of(outcome)) == ("create", (None, True))
    assert [queue["max_wait_time"] for queue in tenant.queues() if queue["name"] == "New"] == [5]


BROKE = "the connection was lost before the response was complete; run again when Evolux is reachable."
BREAKS = {"kind": "answer", "method": "PUT", "status": 500, "json": {"meta": {"message": CONSTRAINT}}}
REFUSES = {"kind": "answer", "method": "PUT", "status": 400, "json": {"meta": {"message": "No"}}}
NO_CREATE, NO_ARCHIVE = {"kind": "cut", "method": "POST"}, {"kind": "cut", "method": "DELETE"}
NO_READS = {"kind": "cut", "method": "GET", "times": None}
NOT_SO_FAR = " The queue doesn't exist yet; if the server still creates it, the next run will find it."
NOBODY_KNOWS = f" Checking whether the queue exists now failed, too: Listing the queues failed: {BROKE} "
MAY_BE = "; check that the slug and the number are free and that public_number is an existing DID."


def failing(tenant: Tenant, *faults: dict[str, Any]) -> Callable[[], None]:
    def fault() -> None:
        for each in faults:
            tenant.fault(**each)

    return fault


@pytest.mark.parametrize(
    ("wanted", "faults", "asked", "answer"),
    [
        (NEW, [NO_CREATE], "Creating the queue 'New'", BROKE + NOT_SO_FAR),
        (
            NEW,
            [NO_CREATE, NO_READS],
            "Creating the queue 'New'",
            f"{BROKE}{NOBODY_KNOWS}If it exists, the next run will find it.",
        ),
        (
            {"slug": "support", "name": "New"},
            [BREAKS, NO_READS],
            "Editing the queue with id 1",
            f"the server returned HTTP 500 ({CONSTRAINT}){MAY_BE}",
        ),
        ({"slug": "support", "state": "archived"}, [NO_ARCHIVE, NO_READS], "Archiving the queue with id 1", BROKE),
    ],
)
def test_a_failed_write_has_a_cause_to_report_once(
    tenant: Tenant, wanted: dict[str, Any], faults: list[dict[str, Any]], asked: str, answer: str
) -> None:
    error = keep(tenant, failing(tenant, *faults), retries=0, **wanted).error
    assert error is not None
    assert str(error) == f"{asked} failed: {answer}"
    assert (error.cause, error.about) == (answer[0].upper() + answer[1:], "")


@pytest.mark.parametrize(
    ("on_create_only", "remedy"),
    [
        ((), "run again to finish the job"),
        (("max_wait_time",), "run once with update_max_wait_time set to always to finish the job"),
    ],
)
def test_a_create_that_is_done_in_part_says_how_it_is_finished(
    tenant: Tenant, on_create_only: tuple[str, ...], remedy: str
) -> None:
    error = keep(tenant, failing(tenant, REFUSES), on_create_only, **NEW).error
    assert error is not None
    answer = "the server returned HTTP 400 (No); fix the problem that the server reports, then run again."
    assert str(error) == (
        "The queue 'New' (id 3) was created, but its max_wait_time couldn't be set: Editing the queue with id 3 "
        f"failed: {answer} Once that is fixed, {remedy}."
    )
    assert error.cause == (
        f"The queue was created, but its max_wait_time couldn't be set: T{answer[1:]} Once that is fixed, {remedy}."
    )
    assert error.about == "'New' (id 3)"


def test_a_create_that_is_done_in_part_has_changed_the_tenant(sandbox: Sandbox) -> None:
    tenant = sandbox.tenant(switches={"show_max_wait_time": "always"})
    outcome = keep(tenant, failing(tenant, {"kind": "cut", "method": "PUT"}), retries=0, **NEW)
    assert error_of(outcome) == ("unreachable", True)


def test_a_create_whose_number_is_taken_before_it_is_finished_names_both_queues(tenant: Tenant) -> None:
    # The answer is lost. Somebody changes our queue's number, and gives its old number to Sales while we restore it.
    class Late(Api):
        def list_queues(self, *, include_archived: bool = False) -> Any:
            tenant.poke(3, number="8")
            return super().list_queues(include_archived=include_archived)

        def edit_queue(self, id: int, fields: Mapping[str, str]) -> None:
            tenant.poke(2, number="9")
            super().edit_queue(id, fields)

    tenant.fault("cut", method="POST", when="after")
    api = Late(Client(Connection.checked(api_url=tenant.url, api_token=tenant.token), FakeClock([])))
    (outcome,) = apply(api, [Step(Wanted.of(**NEW), "create", fields=NEW)])
    assert error_of(outcome) == ("constraint", True)
    assert outcome.error is not None
    for text in (str(outcome.error), outcome.error.cause):
        assert " was created, but its number and max_wait_time couldn't be set: " in text
    assert outcome.error.about == "'New' (id 3, slug new), number 9 of 'Sales' (id 2, slug sales)"


@pytest.mark.parametrize(
    ("wanted", "asked"),
    [
        ({"name": "New", "number": "9"}, "Creating the queue 'New'"),
        ({"slug": "support", "number": "9"}, "Editing the queue 'Support' (id 1, slug support)"),
    ],
)
def test_a_number_that_somebody_takes_has_a_cause_and_an_owner(
    tenant: Tenant, wanted: dict[str, Any], asked: str
) -> None:
    error = keep(tenant, lambda: tenant.poke(2, number="9"), **wanted).error
    assert error is not None
    assert str(error) == (
        f"{asked} failed: the server returned HTTP 500 ({CONSTRAINT}), because the number 9 already belongs to the "
        "active queue 'Sales' (id 2, slug sales): choose another number."
    )
    assert error.cause == "The number already belongs to another active queue: choose another number."
    assert error.about == "number 9 of 'Sales' (id 2, slug sales)"


def test_a_create_lost_after_the_first_try_is_ours(tenant: Tenant) -> None:
    def fault() -> None:
        tenant.fault("cut", method="POST")
        tenant.fault("cut", method="POST", when="after")

    outcome = keep(tenant, fault, ("max_wait_time",), name="New", number="9", max_wait_time=7)
    assert (outcome.step.action, error_of(outcome)) == ("create", (None, True))
    assert outcome.unverified == ("max_wait_time",)
    assert [queue["max_wait_time"] for queue in tenant.queues() if queue["name"] == "New"] == [7]


def test_a_value_that_the_server_accepts_but_does_not_keep_is_reported(tenant: Tenant) -> None:
    def fault() -> None:
        tenant.fault("answer", method="PUT", status=200, json={"meta": {"status": 200, "message": "OK"}})

    outcome = keep(tenant, fault, slug="support", name="New")
    assert error_of(outcome) == ("ignored", False)
    assert "name is 'Support', not 'New'" in str(outcome.error)


def test_a_queue_that_is_created_between_two_lists_is_not_archived(tenant: Tenant) -> None:
    class Late(Api):
        def list_queues(self, *, include_archived: bool = False, **options: Any) -> Any:
            if include_archived:
                client_of(tenant).create_queue({"name": "New", "number": "9"})
            return super().list_queues(include_archived=include_archived, **options)

    wanted = Wanted.of(name="New", number="9")
    api = Late(Client(Connection.checked(api_url=tenant.url, api_token=tenant.token)))
    assert plan_queues([wanted], read_for_one(api, wanted)).steps[0].action == "none"


# ---- what reads after the writes add ----

CREATE = Step(Wanted.of(), "create", fields={"name": "New", "number": "9", "max_wait_time": 5})
CREATED = Queue.of(id=7, slug="new", name="New", number="9")
WRITTEN = Outcome(CREATE, "done", True, CREATED, unverified=("max_wait_time",))


@pytest.mark.parametrize(
    ("outcome", "seen", "unverified", "differing"),
    [
        (WRITTEN, CREATED, ("max_wait_time",), None),
        (WRITTEN, CREATED.having({"max_wait_time": 5}), (), None),
        (
            WRITTEN,
            CREATED.having({"number": "8", "max_wait_time": 6}),
            (),
            "number is '8', not '9', max_wait_time is '6', not '5'",
        ),
        (WRITTEN._replace(error=EvoluxError("api", "No.")), CREATED.having({"max_wait_time": None}), None, None),
        (WRITTEN._replace(changed=False), CREATED.having({"name": "Other"}), None, None),
    ],
)
def test_what_is_seen_after_the_writes(
    outcome: Outcome, seen: Queue, unverified: tuple[str, ...] | None, differing: str | None
) -> None:
    now = shown_as(outcome, seen)
    assert now.queue == seen
    assert now.unverified == (outcome.unverified if unverified is None else unverified)
    accepted = "The server accepted the change to the queue 'New' (id 7, slug new) but shows different values: "
    assert now.warning == (differing and accepted + differing)


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
    assert str(outcome.error).startswith(
        "The queue 'New' (id 1, slug support) was updated, but it couldn't be read back: Reading the queue"
    )


def test_a_queue_that_somebody_archives_after_the_write_is_reported(tenant: Tenant) -> None:
    outcome = Outcome(Step(Wanted.of(), "update"), "done", True, Queue.of(id=1, slug="support", name="Support"))
    tenant.poke(1, archived=True)
    ((told,), active) = read_all_back(client_of(tenant), [outcome], 1)
    assert told.warning == "The queue 'Support' (id 1, slug support) is no longer among the active queues."
    assert [queue.slug for queue in active] == ["sales"]
    assert read_back(client_of(tenant), outcome) == told


LOOK = "check it in Evolux, and run again"
IGNORED = f"The server accepted the change but still shows the old value; {LOOK}."


@pytest.mark.parametrize(
    ("switches", "wanted", "code", "changed", "about", "cause"),
    [
        (
            {"reads_lag": 9},
            {"name": "New", "number": "9"},
            *("not_found", True, "'New' (id 3)"),
            f"The server accepted the new queue but doesn't show it; {LOOK}, which finds the queue if it exists.",
        ),
        (
            {"archive_without_effect": True},
            {"slug": "support", "state": "archived"},
            *("ignored", False, "'Support' (id 1, slug support)"),
            f"The server accepted the request to archive the queue but still shows it as active; {LOOK}.",
        ),
        (
            {"edit_without_effect": ["name", "number"]},
            {"slug": "support", "name": "New", "number": "9"},
            "ignored",
            False,
            "'Support' (id 1, slug support): name is 'Support', not 'New', number is '3001', not '9'",
            IGNORED,
        ),
        (
            {"edit_without_effect": ["name"]},
            {"slug": "support", "name": "New", "number": "9"},
            *("ignored", True, "'Support' (id 1, slug support): name is 'Support', not 'New'"),
            IGNORED,
        ),
        # Nothing that was sent shows.
        (
            {"edit_without_effect": ["name", "max_wait_time"]},
            {"slug": "support", "name": "New", "max_wait_time": 9},
            *("ignored", False, "'Support' (id 1, slug support): name is 'Support', not 'New'"),
            IGNORED,
        ),
        (
            {"edit_without_effect": ["max_wait_time"], "show_max_wait_time": "always"},
            {"name": "New", "number": "9", "max_wait_time": 5},
            *("ignored", True, "'New' (id 3, slug new): max_wait_time is '(none)', not '5'"),
            f"The queue was created. {IGNORED}",
        ),
    ],
)
def test_what_the_server_accepts_and_never_shows_has_failed(
    switches: dict[str, Any],
    wanted: dict[str, Any],
    code: str,
    changed: bool,
    about: str,
    cause: str,
    sandbox: Sandbox,
) -> None:
    tenant = sandbox.tenant(queues=[SUPPORT, SALES], switches=switches)
    outcome = keep(tenant, lambda: None, retries=0, **wanted)
    assert (outcome.status, *error_of(outcome)) == ("failed", code, changed)
    assert outcome.error is not None
    assert (str(outcome.error), outcome.error.cause, outcome.error.about) == (f"{about}. {cause}", cause, about)
    assert outcome.unverified == ()


class Choreography(Api):
    """Edits that end when the test decides, without a server."""

    def __init__(self, edit: Callable[[int], None]) -> None:
        super().__init__(Client(Connection.checked(api_url="http://127.0.0.1:9", api_token="token")))
        self._edit = edit

    def edit_queue(self, id: int, fields: Mapping[str, str]) -> None:
        self._edit(id)


OURS = Queue.of(id=1, slug="support", name="Support", number="3001")
RENAMED = OURS.having({"name": "New"})
EDIT = Step(Wanted.of(id=1, name="New"), "update", OURS, {"name": "New"})
EDITED = Outcome(EDIT, "done", True, RENAMED)
FAILED = Outcome(EDIT, "failed", True, OURS, error=EvoluxError("api", "No."))
LEFT = Outcome(EDIT, "not_attempted", False, OURS)
# Planning had read the wait time by id.
SLOW = Step(Wanted.of(id=1, max_wait_time=5), "update", OURS.having({"max_wait_time": 3}), {"max_wait_time": 5})
GONE = Outcome(Step(Wanted.of(id=1, state="archived"), "archive", OURS), "done", True, OURS._replace(archived=True))
NOWHERE = Outcome(Step(Wanted.of(slug="ghost", state="archived"), "none"), "done", False, None)
FULL = CREATED.having({"max_wait_time": 5})


@pytest.mark.parametrize(
    ("outcomes", "lists", "by_id", "status", "queues"),
    [
        ([EDITED], [[RENAMED]], [], "done", [RENAMED]),
        ([EDITED], [[OURS], [RENAMED]], [], "done", [RENAMED]),
        ([EDITED], [[OURS]] * 4, [], "failed", [OURS]),
        ([GONE], [[OURS], []], [], "done", [GONE.queue]),
        ([WRITTEN], [[], [CREATED]], [7], "done", [FULL]),
        # The list shows everything that was sent for one queue, but not for the other.
        ([EDITED, WRITTEN], [[RENAMED, CREATED]], [7], "done", [RENAMED, FULL]),
        # A write that failed can't show.
        ([FAILED], [[OURS]], [], "failed", [OURS]),
        ([WRITTEN._replace(status="failed", error=FAILED.error)], [[CREATED]], [], "failed", [CREATED]),
        ([LEFT], [[OURS]], [], "not_attempted", [OURS]),
        ([LEFT._replace(step=SLOW, queue=SLOW.queue)], [[OURS]], [], "not_attempted", [SLOW.queue]),
        ([NOWHERE], [[OURS]], [], "done", [None]),
    ],
)
def test_reads_are_repeated_until_they_show_what_was_written(
    outcomes: list[Outcome],
    lists: list[list[Queue]],
    by_id: list[int],
    status: str,
    queues: list[Queue | None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[int] = []
    left, read = list(lists), []

    class Shown(Choreography):
        def list_queues(self, *, include_archived: bool = False) -> list[Queue]:
            return left.pop(0)

        def read_queue(self, id: int, *, include_archived: bool = False) -> Queue:
            read.append(id)
            return FULL

    api = Shown(lambda _id: None)
    monkeypatch.setattr(api.http, "back_off", waits.append)
    told, active = read_all_back(api, outcomes, 1)
    assert (left, waits, read) == ([], list(range(len(lists) - 1)), by_id)
    assert ({outcome.status for outcome in told}, [outcome.queue for outcome in told]) == ({status}, queues)
    assert [queue.id for queue in active] == [queue.id for queue in lists[-1]]
    assert {outcome.warning for outcome in told} == {None}


def edits(count: int, **waits: tuple[int, ...]) -> list[Step]:
    queues = [Queue.of(id=id, slug=str(id), name="", number=str(id)) for id in range(count)]
    return [
        Step(Wanted.of(id=id), "update", queue, {"name": "new"}, needs=waits.get(f"step{id}", ()))
        for id, queue in enumerate(queues)
    ]


def test_as_many_steps_as_allowed_are_under_way_at_once() -> None:
    # No step continues until three have arrived.
    together = threading.Barrier(3)
    api = Choreography(lambda _id: together.wait(20) and None)
    assert {outcome.status for outcome in apply(api, edits(9), (), 3)} == {"done"}


def test_a_step_waits_for_nothing_but_what_it_needs() -> None:
    # Step 1 needs step 0, which doesn't end until the independent steps 2 and 3 have ended.
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
    assert [outcome.changed for outcome in outcomes] == [False, False, False, True, True]


def test_an_interrupted_task_takes_the_answers_that_still_come(monkeypatch: pytest.MonkeyPatch) -> None:
    # The answer to step 0 is on its way, the answer to step 1 breaks off, step 2 never ends, and step 3 never starts.
    begun = threading.Barrier(4)
    stopped, given_up, never = threading.Event(), threading.Event(), threading.Event()

    def edit(id: int) -> None:
        begun.wait(20)
        assert stopped.wait(20)
        if id == 0:
            assert not given_up.wait(0.05)
        if id == 1:
            assert given_up.wait(20)
            raise EvoluxError("bad_answer", "It ends in the middle.")
        if id == 2:
            never.wait(20)

    def interrupt(_crew: Crew[Any, Any]) -> None:
        begun.wait(20)
        raise KeyboardInterrupt

    api, steps = Choreography(edit), edits(4)
    monkeypatch.setattr(Crew, "ended", interrupt)
    monkeypatch.setattr(api.http, "stop", stopped.set)
    monkeypatch.setattr(api.http, "give_up", given_up.set)
    outcomes = apply(api, steps, (), 3)
    never.set()
    assert [(outcome.status, *error_of(outcome)) for outcome in outcomes] == [
        ("done", None, True),
        ("failed", "bad_answer", False),
        ("failed", "interrupted", True),
        ("not_attempted", None, False),
    ]
    assert [outcome.queue and outcome.queue.name for outcome in outcomes] == ["new", "", "", ""]


BUG = ZeroDivisionError("division by zero")
REFUSED = EvoluxError("constraint", "No.")


@pytest.mark.parametrize(
    ("action", "raised", "changed"),
    [
        # In the middle of a write, nobody knows whether it was done.
        ("update", {"edit_queue": BUG}, True),
        # Nothing had been written.
        ("update", {"edit_queue": REFUSED, "list_queues": BUG}, False),
        # The queue had been created.
        ("create", {"edit_queue": REFUSED, "list_queues": BUG}, True),
    ],
)
def test_a_fault_of_our_own_says_whether_something_may_be_written(
    action: str, raised: dict[str, Exception], changed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raising(error: Exception) -> Callable[..., None]:
        def fail(*_arguments: Any, **_more: Any) -> None:
            raise error

        return fail

    api = Choreography(lambda _id: None)
    monkeypatch.setattr(api, "create_queue", lambda _fields: 7)
    for name, error in raised.items():
        monkeypatch.setattr(api, name, raising(error))
    (outcome,) = apply(api, [CREATE if action == "create" else edits(1)[0]])
    assert (outcome.status, *error_of(outcome)) == ("failed", "api", changed)
    assert outcome.queue is not None
    assert "An unexpected error occurred in this collection: ZeroDivisionError: division by zero" in str(outcome.error)


def test_nothing_starts_once_the_server_is_gone() -> None:
    # Step 1 is running when step 0 fails. Step 2 could follow step 1, but doesn't start any more. Neither does step 3.
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


TIMED = Step(Wanted.of(id=1), "update", OURS, {"max_wait_time": 5})
BOTH = Step(Wanted.of(id=1), "update", OURS, {"name": "New", "max_wait_time": 5}, ("max_wait_time",))
REMOVE = Step(Wanted.of(id=1, state="archived"), "archive", OURS)
REMOVED = OURS._replace(archived=True)


def lost(code: str = "unreachable") -> EvoluxError:
    return EvoluxError(code, "Lost.", maybe_done=True)


@pytest.mark.parametrize(
    ("step", "error", "seen", "action", "code", "changed"),
    [
        # Reads may lag behind, so they are repeated if they don't show the change.
        (EDIT, lost(), [OURS, RENAMED], "update", None, True),
        (EDIT, lost(), [OURS] * 4, "update", "unreachable", False),
        (EDIT, lost(), [None] * 4, "update", "unreachable", False),
        # Reads don't show this field.
        (TIMED, lost(), [OURS], "update", "unreachable", True),
        (BOTH, lost(), [RENAMED], "update", None, True),
        # The values may match by coincidence.
        (EDIT, lost("bad_answer"), [RENAMED], "update", "bad_answer", True),
        (EDIT, lost("redirect"), [RENAMED], "update", "redirect", True),
        (EDIT, EvoluxError("api", "No."), [], "update", "api", False),
        (REMOVE, lost(), [OURS, REMOVED], "archive", None, True),
        (REMOVE, lost(), [OURS] * 4, "archive", "unreachable", False),
        (REMOVE, lost("bad_answer"), [REMOVED], "archive", "bad_answer", True),
        (REMOVE, lost("redirect"), [REMOVED], "archive", "redirect", True),
        # Somebody else archived it.
        (REMOVE, EvoluxError("not_found", "No."), [REMOVED], "none", None, False),
        (REMOVE, EvoluxError("not_found", "No."), [OURS], "archive", "not_found", False),
        (REMOVE, EvoluxError("not_found", "No."), [None], "archive", "not_found", False),
        # There is nothing to check, or reads would fail, too.
        (REMOVE, EvoluxError("enabled", "No."), [], "archive", "enabled", False),
        (REMOVE, EvoluxError("auth", "No."), [], "archive", "auth", False),
        (REMOVE, lost("auth"), [], "archive", "auth", True),
    ],
)
def test_what_reads_say_of_a_write_without_a_clear_answer(
    step: Step,
    error: EvoluxError,
    seen: list[Queue | None],
    action: str,
    code: str | None,
    changed: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[int] = []
    left = list(seen)

    class Unclear(Choreography):
        def edit_queue(self, id: int, fields: Mapping[str, str]) -> None:
            raise error

        def archive_queue(self, id: int) -> None:
            raise error

        def read_queue(self, id: int, *, include_archived: bool = False) -> Queue:
            if (queue := left.pop(0)) is None:
                raise EvoluxError("not_found", "No.", saying="queue not found")
            return queue

    api = Unclear(lambda _id: None)
    monkeypatch.setattr(api.http, "back_off", waits.append)
    (outcome,) = apply(api, [step])
    assert (outcome.step.action, *error_of(outcome)) == (action, code, changed)
    assert (left, waits) == ([], list(range(len(seen) - 1)))
    assert outcome.queue == (seen[-1] if seen and seen[-1] else OURS)


# For each step, which steps it needs and which it should preferably follow.
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
        # Steps that are only preferred may fail, or never start.
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
    # Evolux derives slugs in a way that the plan doesn't predict: the first step's queue gets the second one's slug.
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


def test_a_slug_that_the_server_changes_is_reported(tenant: Tenant) -> None:
    class Tidy(Api):
        def create_queue(self, fields: Mapping[str, str]) -> int:
            return super().create_queue({**fields, "slug": fields["slug"].strip("_")})

    api = Tidy(Client(Connection.checked(api_url=tenant.url, api_token=tenant.token)))
    plan = plan_queues([Wanted.of(slug="new_", name="New", number="9")], read_for_all(api, []))
    outcome = read_back(api, apply(api, plan.steps)[0])
    assert "slug is 'new', not 'new_'" in str(outcome.warning)
