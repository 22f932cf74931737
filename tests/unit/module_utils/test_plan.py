# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan, without a server: cases that the scenarios can't reach or would reach only slowly."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.evolux.contact_center.plugins.module_utils._conflicts import explain_constraint
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._fingerprint import fingerprint
from ansible_collections.evolux.contact_center.plugins.module_utils._plan import plan_queues
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import NOT_SHOWN, Queue, Wanted
from ansible_collections.evolux.contact_center.plugins.module_utils._report import plan_as_text
from ansible_collections.evolux.contact_center.plugins.module_utils._steps import Step, Tenant

SUPPORT = Queue.of(id=1, slug="support", name="Support", number="3001")
SALES = Queue.of(id=2, slug="sales", name="Sales", number="3002", public_number="5584", max_wait_time=60)
OLD = Queue.of(id=3, slug="old", name="Old", number="3001", archived=True)
UNNUMBERED = Queue.of(id=4, slug="unnumbered", name="Unnumbered", number=None, max_wait_time=-1)
TENANT = Tenant((SUPPORT, SALES, UNNUMBERED), (OLD,))


def plan(tenant: Tenant = TENANT, mode: tuple[str, ...] = (), **wanted: object) -> Step:
    plan = plan_queues([Wanted.of(**wanted)], tenant, mode)
    assert not plan.problems
    return plan.steps[0]


def refused(**wanted: object) -> EvoluxError:
    plan = plan_queues([Wanted.of(**wanted)], TENANT)
    assert not plan.steps
    return plan.refusal()


@pytest.mark.parametrize(
    ("wanted", "action", "fields"),
    [
        ({"slug": "support"}, "none", {}),
        ({"slug": "support", "number": "3001"}, "none", {}),
        ({"slug": "support", "number": "03001"}, "update", {"number": "03001"}),
        ({"slug": "support", "name": "sales"}, "update", {"name": "sales"}),
        ({"name": "help", "number": "1"}, "create", {"name": "help", "number": "1"}),
        ({"slug": "sales", "public_number": ""}, "update", {"public_number": ""}),
        ({"slug": "support", "public_number": ""}, "none", {}),
        ({"slug": "sales", "max_wait_time": 60}, "none", {}),
        ({"slug": "sales", "max_wait_time": 0}, "update", {"max_wait_time": 0}),
        ({"slug": "support", "max_wait_time": 0}, "update", {"max_wait_time": 0}),
        ({"id": 1, "name": "Sales"}, "update", {"name": "Sales"}),
        ({"slug": "sales", "state": "archived"}, "archive", {}),
        ({"slug": "unnumbered", "max_wait_time": -1}, "none", {}),
        ({"slug": "sales", "max_wait_time": -1, "state": "archived"}, "archive", {}),
        ({"slug": "old", "state": "archived"}, "none", {}),
        ({"slug": "ghost", "state": "archived"}, "none", {}),
    ],
)
def test_action_and_fields(wanted: dict[str, object], action: str, fields: dict[str, object]) -> None:
    step = plan(**wanted)
    assert (step.action, dict(step.fields)) == (action, fields)


def test_a_shown_wait_time_is_compared_on_create_only_too() -> None:
    step = plan(mode=("max_wait_time",), slug="sales", max_wait_time=10)
    assert (step.action, step.unverified) == ("update", ())


def test_a_hidden_wait_time_is_unverified() -> None:
    assert plan(slug="support", max_wait_time=10).unverified == ("max_wait_time",)
    assert plan(mode=("max_wait_time",), slug="support", max_wait_time=10).action == "none"


def test_a_queue_that_is_named_like_what_is_not_shown_is_compared() -> None:
    tenant = Tenant((SUPPORT.having({"name": str(bytes(NOT_SHOWN, "ascii"), "ascii")}),))
    step = plan(tenant, ("name",), slug="support", name="Support")
    assert (step.action, step.unverified) == ("update", ())


def test_the_foreseen_queue() -> None:
    created = plan(name="New", number="1", max_wait_time=5, tenant=Tenant()).foreseen()
    assert created == Queue.of(id=None, slug=None, name="New", number="1", max_wait_time=NOT_SHOWN)
    cleared = plan(slug="sales", public_number="").foreseen()
    assert cleared is not None
    assert cleared.fields["public_number"] is None
    archived = plan(slug="sales", state="archived").foreseen()
    assert archived is not None
    assert archived.archived


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"id": 9}, "not_found"),
        ({"slug": "new", "number": "1"}, "invalid"),
        ({"slug": "new", "name": "New"}, "invalid"),
        ({"slug": "old"}, "archived"),
        ({"id": 3}, "archived"),
        ({"name": "Old", "number": "1"}, "archived"),
        ({"id": 1, "slug": "sales"}, "conflict"),
        ({"id": 3, "slug": "sales", "state": "archived"}, "conflict"),
        ({"slug": "support", "number": "3002"}, "conflict"),
        ({"name": "New", "number": "3001"}, "conflict"),
        ({"slug": "support", "max_wait_time": -1}, "invalid"),
        ({"slug": "new", "name": "New", "number": "1", "max_wait_time": -1}, "invalid"),
    ],
)
def test_refusals(wanted: dict[str, object], code: str) -> None:
    error = refused(**wanted)
    assert error.code == code
    assert (error.method, error.path, error.status) == (None, None, None)


def test_several_problems_of_one_queue_are_sentences() -> None:
    text = str(refused(slug="new", name="New", max_wait_time=-1))
    assert text.startswith("max_wait_time is -1; set it to 0 or more seconds. There is no queue with slug 'new', and ")


OF_THE_NAME = ", which Evolux would derive from the name,"


@pytest.mark.parametrize(
    ("fields", "id", "words", "cause", "about"),
    [
        (
            {"slug": "support", "name": "x", "number": "1"},
            None,
            f"the slug 'support' already belongs to the active queue {SUPPORT}: choose another slug",
            "The slug already belongs to another queue: ",
            f"slug 'support' of the active queue {SUPPORT}",
        ),
        (
            {"slug": "old", "name": "x", "number": "1"},
            None,
            f"the archived queue {OLD}: choose another slug, or restore that queue in Evolux",
            "The slug already belongs to another queue: ",
            f"slug 'old' of the archived queue {OLD}",
        ),
        (
            {"name": "Óld", "number": "1"},
            None,
            f"the slug 'old'{OF_THE_NAME} already belongs to the archived queue {OLD}: ",
            "The slug already belongs to another queue: ",
            f"slug 'old' of the archived queue {OLD}",
        ),
        (
            {"name": "x", "number": "3002"},
            None,
            f"the number 3002 already belongs to the active queue {SALES}: choose another number",
            "The number already belongs to another active queue: ",
            f"number 3002 of {SALES}",
        ),
        (
            {"number": "3001"},
            2,
            f"the number 3001 already belongs to the active queue {SUPPORT}: choose another number",
            "The number already belongs to another active queue: ",
            f"number 3001 of {SUPPORT}",
        ),
        (
            {"name": "Support", "number": "3002", "public_number": "5584"},
            None,
            f"the active queue {SUPPORT}: choose another slug; the number 3002 already belongs to ",
            "The slug already belongs to another queue: choose another, or restore that queue if it is archived. The ",
            f"slug 'support' of the active queue {SUPPORT}, number 3002 of {SALES}",
        ),
        (
            {"public_number": "77"},
            2,
            "the DID 77 doesn't exist in this tenant: create it in Evolux, or correct public_number",
            "The DID doesn't exist in this tenant: ",
            "DID 77",
        ),
        (
            {"public_number": "5584"},
            1,
            f"the DID 5584 already belongs to the queue {SALES}: choose another ",
            "The DID already belongs to another queue: ",
            f"DID 5584 of {SALES}",
        ),
        (
            {"public_number": ""},
            2,
            "of something other than the slug, the number or public_number: check",
            "Evolux's database rejects something other than the slug, the ",
            "",
        ),
        ({"number": "3001"}, 1, "of something other", "Evolux's database rejects ", ""),
        ({"name": "x", "number": "1"}, None, "of something other", "Evolux's database rejects ", ""),
    ],
)
def test_which_constraint_broke(fields: dict[str, str], id: int | None, words: str, cause: str, about: str) -> None:
    reason = explain_constraint(fields, id, TENANT)
    assert words in reason.text
    assert reason.cause.startswith(cause)
    assert reason.about == about


def test_what_a_tenant_has_can_be_wanted_however_odd() -> None:
    twins = (SUPPORT.having({"number": "1"}), SALES.having({"number": "1"}))
    wanted = [Wanted.of(slug=queue.slug, name=queue.name, number=queue.number) for queue in twins]
    assert [step.action for step in plan_queues(wanted, Tenant(twins)).steps] == ["none", "none"]
    wanted.append(Wanted.of(slug="unnumbered", name="Other"))
    steps = plan_queues(wanted, Tenant((*twins, UNNUMBERED))).steps
    assert [step.action for step in steps] == ["none", "none", "update"]


# ---- several entries, where mutations of the code survived the scenarios ----


def problems(*entries: dict[str, object], tenant: Tenant = TENANT) -> list[tuple[tuple[int, ...], str]]:
    return [
        (problem.entries, str(problem.error))
        for problem in plan_queues([Wanted.of(**entry) for entry in entries], tenant).problems
    ]


def test_entries_for_the_same_queue_name_it() -> None:
    ((entries, text),) = problems({"id": 1, "name": "A"}, {"slug": "support", "number": "7"})
    assert entries == (0, 1)
    assert "'Support' (id 1, slug support)" in text
    ((entries, text),) = problems(
        {"slug": "new", "name": "A", "number": "7"}, {"slug": "new", "name": "A", "number": "8"}
    )
    assert "slug 'new'; keep" in text


def test_a_new_queue_with_a_slug_may_have_any_name() -> None:
    assert problems({"slug": "help", "name": "Support", "number": "7"}) == []


def test_a_slug_to_come_is_seen_behind_other_entries() -> None:
    entries = [{"slug": "support"}, {"slug": "a_b", "name": "X", "number": "7"}, {"name": "A b", "number": "8"}]
    ((found, text),) = problems(*entries)
    assert found == (1, 2)
    assert "'a_b'" in text


def test_an_archived_entry_wants_no_number() -> None:
    assert (
        problems({"slug": "support", "number": "3009", "state": "archived"}, {"slug": "sales", "number": "3009"}) == []
    )


def test_problems_name_their_entries() -> None:
    wanted = [Wanted.of(slug="ghost"), Wanted.of(slug="sales", number="5"), Wanted.of(slug="support", number="5")]
    found = plan_queues(wanted, TENANT).problems
    assert [problem.who(wanted) for problem in found] == [
        "entry 0 (slug ghost)",
        "entries 1 (slug sales) and 2 (slug support)",
    ]


@pytest.mark.parametrize(
    ("wanted", "label"),
    [
        (Wanted.of(id=7, slug="sales", name="Sales"), "slug sales"),
        (Wanted.of(id=7, name="Sales"), "name Sales"),
        (Wanted.of(id=7), "id 7"),
        (Wanted.of(), ""),
        (Wanted.of(name="\x1b[2K"), "name \\u001b[2K"),
    ],
)
def test_what_people_know_a_queue_by(wanted: Wanted, label: str) -> None:
    assert wanted.label == label


@pytest.mark.parametrize(
    ("active", "unlisted", "given", "words"),
    [
        (10, 3, None, None),
        (10, 4, None, "4 of 10 active queues, more than the default limit of 30% (3): "),
        (11, 4, None, None),
        (12, 6, None, "6 of 12 active queues, more than the default limit of 30% (4)"),
        (1, 1, None, None),
        (33, 10, None, None),
        (34, 11, None, "11 of 34 active queues, more than the default limit of 10: "),
        (50, 11, None, "set archive_unlisted_limit to 11 to archive them all."),
        (50, 11, 11, None),
        (10, 10, 10, None),
        (10, 1, 0, "1 of 10 active queues, more than the 0 that archive_unlisted_limit allows"),
        (40, 20, None, "slug q19); list the queues to keep"),
        (40, 21, None, "slug q19) and 1 more; list the queues to keep"),
        (40, 30, None, "slug q19) and 10 more; list the queues to keep"),
    ],
)
def test_how_many_unlisted_queues_may_go(active: int, unlisted: int, given: int | None, words: str | None) -> None:
    queues = tuple(Queue.of(id=n, slug=f"q{n}", name=f"Q{n}", number=str(n)) for n in range(active))
    wanted = [Wanted.of(slug=queue.slug) for queue in queues[unlisted:]]
    found = plan_queues(wanted, Tenant(queues), (), archive_unlisted=True, archive_unlisted_limit=given)
    assert [problem.error.code for problem in found.problems] == (["invalid"] if words else [])
    assert not words or words in str(found.refusal())
    for problem in found.problems:
        assert problem.error.about.startswith("not listed: 'Q0' (id 0, slug q0)")
        assert "Q0" not in problem.error.cause


def test_an_unlisted_queue_goes_as_if_an_entry_said_so() -> None:
    steps = plan_queues([Wanted.of(slug="support")], Tenant((SUPPORT, SALES)), archive_unlisted=True).steps
    assert steps[1] == plan(id=2, slug="sales", state="archived")


TWO_PAIRS = Tenant(
    (
        Queue.of(id=1, slug="a", name="Twin", number="1"),
        Queue.of(id=2, slug="b", name="Twin", number="2"),
        Queue.of(id=3, slug="c", name="Pair", number="3"),
        Queue.of(id=4, slug="d", name="Pair", number="4"),
    ),
    (
        Queue.of(id=5, slug="e", name="Old", number="1", archived=True),
        Queue.of(id=6, slug="f", name="Older", number="2", archived=True),
    ),
)


@pytest.mark.parametrize(
    ("entries", "cause", "about"),
    [
        (
            [{"slug": "a", "max_wait_time": -2}, {"slug": "b", "max_wait_time": -3}],
            "max_wait_time is negative; set it to 0 or more seconds.",
            ["max_wait_time -2", "max_wait_time -3"],
        ),
        ([{}, {}], "Nothing identifies this queue; specify its id, slug or name.", ["", ""]),
        (
            [{"name": "Twin"}, {"name": "Pair"}],
            "Several active queues have this name; specify one by its id or slug.",
            ["'Twin' (id 1, slug a), 'Twin' (id 2, slug b)", "'Pair' (id 3, slug c), 'Pair' (id 4, slug d)"],
        ),
        (
            [{"id": 1, "slug": "b"}, {"id": 5, "slug": "c"}],
            "The id and the slug belong to different queues, and a slug can't be changed; correct or omit one.",
            ["the queue with id 1 has the slug 'a'", "the queue with id 5 has the slug 'e'"],
        ),
        (
            [{"slug": "e"}, {"name": "Older"}],
            "The queue is archived, and the API can't restore it; restore it in Evolux, or choose another slug.",
            ["'Old' (id 5, slug e)", "'Older' (id 6, slug f)"],
        ),
        (
            [{"id": 8}, {"id": 9}],
            "There is no queue with this id, and only the server can assign ids; correct the id, or ",
            ["id 8", "id 9"],
        ),
        (
            [{"slug": "x"}, {"slug": "y", "number": "9"}],
            "There is no such queue, and creating it requires a name and a number; add what is missing.",
            ["no name and no number", "no name"],
        ),
        (
            [{"id": 1}, {"slug": "a"}, *[{"slug": "x", "name": "X", "number": "8"}] * 2],
            "Several entries describe the same queue; keep only one of them.",
            ["'Twin' (id 1, slug a)", "slug 'x'"],
        ),
        (
            [
                {"name": "X", "number": "8"},
                {"slug": "a", "name": "X"},
                {"name": "Y", "number": "9"},
                {"slug": "b", "name": "Y"},
            ],
            "Another queue would have the same name, so the name alone would no longer identify a queue; add slugs ",
            ["name 'X'", "name 'Y'"],
        ),
        (
            [
                {"name": "A", "number": "5"},
                {"name": "E", "number": "6"},
                {"name": "X", "number": "7"},
                {"slug": "x", "name": "N", "number": "8"},
            ],
            "From the name, Evolux would derive a slug that another queue already has or will get; give each its own ",
            [
                "slug 'a' of the active queue 'Twin' (id 1, slug a)",
                "slug 'e' of the archived queue 'Old' (id 5, slug e)",
                "slug 'x'",
            ],
        ),
        (
            [{"slug": slug, "number": number} for slug, number in zip("abcd", "8899", strict=True)],
            "Several entries request the same number, but only one active queue can have it; give each its own.",
            ["number 8", "number 9"],
        ),
        (
            [{"slug": "a", "number": "2"}, {"slug": "c", "number": "4"}],
            "The number already belongs to another active queue; choose another number, or ",
            ["number 2 of 'Twin' (id 2, slug b)", "number 4 of 'Pair' (id 4, slug d)"],
        ),
        (
            [{"slug": slug, "number": number} for slug, number in zip("abcd", "2143", strict=True)],
            "Queues would swap numbers in a circle, and no order of changes allows that; set spare_number to a free ",
            [
                "'Twin' (id 1, slug a) to 2, 'Twin' (id 2, slug b) to 1",
                "'Pair' (id 3, slug c) to 4, 'Pair' (id 4, slug d) to 3",
            ],
        ),
        (
            [{"slug": slug, "name": f"New {slug}", "number": f"1{n}"} for n, slug in enumerate(("Nó -a", "_é!", "!"))],
            "A new slug can contain only lowercase letters without accents, digits and underscores; correct it.",
            ["slug 'Nó -a' (did you mean 'no_a'?)", "slug '_é!' (did you mean 'e'?)", "slug '!'"],
        ),
        (
            [{"slug": "a", "number": "40 01"}, {"slug": "b", "public_number": "x1"}],
            "The API accepts only digits in number and public_number; correct them.",
            ["number '40 01' (did you mean '4001'?)", "public_number 'x1'"],
        ),
    ],
)
def test_each_problem_has_a_common_cause_and_its_own_details(
    entries: list[dict[str, object]], cause: str, about: list[str]
) -> None:
    errors = [problem.error for problem in plan_queues([Wanted.of(**entry) for entry in entries], TWO_PAIRS).problems]
    (told,) = {error.cause for error in errors}
    assert told.startswith(cause)
    assert [error.about for error in errors] == about


def test_dids_are_taken_after_they_are_given_up_whatever_the_order() -> None:
    giver, taker = {"slug": "sales", "public_number": ""}, {"slug": "support", "public_number": "5584"}
    first, second = plan_queues([Wanted.of(**giver), Wanted.of(**taker)], TENANT).steps
    assert (first.prefers_after, second.prefers_after) == ((), (0,))
    first, second = plan_queues([Wanted.of(**taker), Wanted.of(**giver)], TENANT).steps
    assert (tuple(first.prefers_after), tuple(second.prefers_after)) == ((1,), ())
    keeper = {"slug": "sales", "name": "Sales"}
    _first, second = plan_queues([Wanted.of(**keeper), Wanted.of(**taker)], TENANT).steps
    assert second.prefers_after == ()


def test_dids_that_are_passed_on_in_a_row_wait_for_each_other() -> None:
    queues = tuple(Queue.of(id=n, slug=f"q{n}", name=f"Q{n}", number=str(n), public_number=f"55{n}") for n in range(4))
    wanted = [Wanted.of(id=n, public_number=f"55{n + 1}" if n < 3 else "") for n in range(4)]
    steps = plan_queues(wanted, Tenant(queues)).steps
    assert [step.prefers_after for step in steps] == [(1,), (2,), (3,), ()]


def test_problems_come_in_the_order_of_their_entries_and_the_first_gives_the_code() -> None:
    twice = {"slug": "support", "name": "A"}
    found = problems(twice, {"slug": "ghost"}, {**twice, "name": "B"})
    assert [entries for entries, _text in found] == [(0, 2), (1,)]
    wanted = [Wanted.of(**twice), Wanted.of(slug="ghost"), Wanted.of(**twice)]
    assert plan_queues(wanted, TENANT).refusal().code == "conflict"
    assert plan_queues(wanted[1:2], TENANT).refusal().code == "invalid"


def test_a_name_that_two_queues_have_is_one_problem_whatever_the_other_entries_want() -> None:
    twins = Tenant((SUPPORT, SALES.having({"name": "Support"})))
    new = {"slug": "new", "name": "New", "number": "7"}
    for slug, others in (("support", []), ("sales", []), ("support", [new]), ("sales", [new])):
        ((entries, text),) = problems({"name": "Support"}, {"slug": slug, "name": "Support"}, *others, tenant=twins)
        assert entries == (0,)
        assert "Several active queues" in text


def test_a_new_name_that_another_queue_is_given_too() -> None:
    ((entries, text),) = problems({"name": "New", "number": "3009"}, {"slug": "support", "name": "New"})
    assert entries == (0, 1)
    assert "also be named 'New'" in text


def test_a_name_that_has_its_queue_needs_no_slug() -> None:
    tenant = Tenant((SUPPORT._replace(slug="help"),))
    new = {"slug": "support", "name": "S", "number": "7"}
    assert problems({"name": "Support"}, new, tenant=tenant) == []
    assert problems({"name": "Support", "state": "archived"}, new, tenant=tenant) == []


def test_an_archived_queue_that_is_wanted_is_one_problem_whatever_its_slug() -> None:
    ((entries, text),) = problems(
        {"slug": "Old!", "name": "Old", "number": "7"}, tenant=Tenant((), (OLD._replace(slug="Old!"),))
    )
    assert entries == (0,)
    assert "is archived" in text


def test_archived_queues_may_share_a_name() -> None:
    tenant = Tenant((SUPPORT,), (OLD, OLD._replace(id=4, slug="older")))
    archived = ({"name": "Old", "state": "archived"}, {"slug": "older", "state": "archived"})
    assert problems(*archived, {"slug": "support", "name": "Help"}, tenant=tenant) == []


def test_steps_that_wait_for_a_circle_are_not_part_of_it() -> None:
    swap = ({"slug": "support", "number": "3002"}, {"slug": "sales", "number": "3001"})
    (circle, both) = problems(*swap, {"slug": "new", "name": "New", "number": "3002"})
    assert (circle[0], both[0]) == ((0, 1), (0, 2))
    assert "in a circle" in circle[1]
    assert "They request the same number, 3002" in both[1]


@pytest.mark.parametrize("numbers", ["1234", "1134", "1122"])
@pytest.mark.parametrize("spare", "12345")
def test_numbers_that_several_request_or_have_are_no_trap_for_a_spare_number(numbers: str, spare: str) -> None:
    tenant = Tenant(tuple(Queue.of(id=id, slug=f"q{id}", name="Q", number=number) for id, number in enumerate(numbers)))
    for targets in itertools.product("1234", repeat=len(numbers)):
        wanted = [Wanted.of(id=id, number=number) for id, number in enumerate(targets)]
        planned = plan_queues(wanted, tenant, spare_number=spare)
        assert all(set(problem.entries) <= set(range(len(wanted))) for problem in planned.problems), targets
        # Without problems, each step gets its turn.
        waiting = dict(enumerate([*planned.steps, *planned.detours]))
        while ready := [index for index, step in waiting.items() if not waiting.keys() & step.needs]:
            for index in ready:
                del waiting[index]
        assert not waiting, targets


def test_the_diff_of_an_archive() -> None:
    facts = {"slug": "sales", "name": "Sales", "number": "3002"}
    assert plan(slug="sales", state="archived").diff() == {
        "before": {**facts, "archived": False},
        "after": {**facts, "archived": True},
    }


def test_the_tenant_afterwards_has_each_queue_once() -> None:
    wanted = [
        Wanted.of(slug="support", name="Help"),
        Wanted.of(slug="sales", state="archived"),
        Wanted.of(slug="unnumbered"),
    ]
    afterwards = plan_queues(wanted, TENANT).afterwards(TENANT)
    assert sorted(queue.name for queue in afterwards) == ["Help", "Unnumbered"]


# ---- big tenants ----


def entries(size: int, shift: int = 0) -> list[dict[str, Any]]:
    """So many queues; with a shift, each has the number, and the DID, of one that many further on."""
    return [
        {"slug": f"q{n}", "name": f"Q{n}", "number": str(100 + n + shift), "public_number": str(5500 + n + shift)}
        for n in range(size)
    ]


def lines_run(call: Callable[[], object]) -> int:
    """How many lines of Python a call runs."""
    count, before = 0, sys.gettrace()

    def trace(_frame: object, event: str, _what: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


# What a tenant has, what is wanted, and how, from the number of queues.
BIG: dict[str, Callable[[int], tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]]] = {
    "nothing to do": lambda size: (entries(size), entries(size), {}),
    "empty tenant": lambda size: ([], entries(size), {}),
    "empty tenant, slugs to come": lambda size: (
        [],
        [{"name": f"Q{n}", "number": str(n)} for n in range(size)],
        {},
    ),
    "all unlisted": lambda size: (entries(size), [], {"archive_unlisted": True, "archive_unlisted_limit": size}),
    "one chain of numbers": lambda size: (entries(size), entries(size, 1), {}),
    "one circle of numbers": lambda size: (
        entries(size),
        [*entries(size - 1, 1), {**entries(size)[-1], "number": "100"}],
        {"spare_number": "99"},
    ),
    "many circles of numbers": lambda size: (
        entries(size),
        [{"slug": f"q{n}", "number": str(100 + (n ^ 1))} for n in range(size)],
        {"spare_number": "99"},
    ),
}


@pytest.mark.parametrize("case", BIG)
def test_twice_as_many_queues_take_twice_as_long(case: str) -> None:
    def work(size: int) -> int:
        has, wants, options = BIG[case](size)
        tenant = Tenant(tuple(Queue.of(id=n, **queue) for n, queue in enumerate(has, 1)))
        wanted = [Wanted.of(**entry) for entry in wants]

        def planned() -> None:
            found = plan_queues(wanted, tenant, (), **options)
            assert not found.problems
            plan_as_text(found, len(wanted), fingerprint(found.steps, "https://acme.example"))

        return lines_run(planned)

    work(2)  # what is looked up once
    assert work(400) < 2.2 * work(200)
