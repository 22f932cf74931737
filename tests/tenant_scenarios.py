# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What evolux_queues should do, scenario by scenario, both in-process and with ansible-playbook.

Every scenario proves that check mode writes nothing and predicts the run, that the second run writes nothing, that
the server never had to refuse a planned write, and that the token doesn't appear.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

from sandbox.control import Sandbox
from scenarios import CONSTRAINT, DID, OTHER_DID, Runner, between, foreseeable, hold_told, methods

A = {"name": "Alfa", "slug": "a", "number": "1"}
B = {"name": "Beta", "slug": "b", "number": "2"}
C = {"name": "Gama", "slug": "c", "number": "3"}
OLD = {"name": "Velha", "slug": "old", "number": "1", "archived": True}
NEW = {"name": "Nova", "slug": "new", "number": "9"}
ARCHIVE = {"state": "archived"}


@dataclass
class Scenario:
    """A tenant, the entries of a task, and the expected outcome.

    before, switches, faults: of the tenant. options: of the task, besides its queues.
    fates: action and status of each entry, then of each unlisted queue. writes: how many of each method, None if
    that depends on timing. error, says: code and message of the whole failure; errors: the codes of failed entries.
    after: facts by slug. warns: a part of the only warning. shows: parts of the diff.
    predicted: False if another run or the server interferes after check mode has read the tenant.
    """

    queues: list[dict[str, Any]]
    fates: list[tuple[str, str]]
    before: tuple[dict[str, Any], ...] = (A, B, C)
    options: dict[str, Any] = field(default_factory=dict)
    switches: dict[str, Any] = field(default_factory=dict)
    faults: tuple[tuple[str, dict[str, Any]], ...] = ()
    writes: dict[str, int] | None = field(default_factory=dict)
    again: dict[str, int] | None = field(default_factory=dict)
    lists: int | None = None
    refused: bool = False
    error: str | None = None
    errors: dict[int, str] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    after: dict[str, dict[str, Any]] = field(default_factory=dict)
    unverified: dict[int, list[str]] = field(default_factory=dict)
    warns: str | None = None
    shows: tuple[str, ...] = ()
    predicted: bool = True


def refusal(
    queues: list[dict[str, Any]], error: str, says: tuple[str, ...], failed: tuple[int, ...], **more: Any
) -> Scenario:
    """A scenario that is refused before the first write. errors: set if failed entries' codes differ from `error`."""
    fates = [("none", "failed" if index in failed else "not_attempted") for index in range(len(queues))]
    errors = more.pop("errors", dict.fromkeys(failed, error))
    return Scenario(queues, fates, refused=True, error=error, errors=errors, says=says, **more)


DONE = ("none", "done")
CREATED, UPDATED, ARCHIVED = ("create", "done"), ("update", "done"), ("archive", "done")
SCENARIOS = {
    # ---- nothing to do ----
    "nothing": Scenario([A, B], [DONE, DONE], lists=1),
    "no-queues": Scenario([], [], lists=1),
    "nothing-by-name-and-id": Scenario(
        [{"name": "Alfa", "number": "1"}, {"queue_id": 2, "number": "2"}], [DONE, DONE], lists=1
    ),
    "archived-already": Scenario([{"slug": "old", **ARCHIVE}], [DONE], before=(A, OLD), lists=2),
    "archived-nowhere": Scenario([{"slug": "ghost", **ARCHIVE}], [DONE], lists=2, warns="ghost"),
    "empty-strings": Scenario(
        [{"id": "", "slug": "a", "name": "", "number": "", "max_wait_time": "", "state": "", "archived": ""}],
        [DONE],
        options={"archive_unlisted": "", "archive_unlisted_limit": "", "concurrency": "", "update_max_wait_time": ""},
    ),
    "nulls": Scenario(
        [{"slug": "a", "name": None, "public_number": None, "state": None}],
        [DONE],
        options={"archive_unlisted": None, "archive_unlisted_limit": None, "concurrency": None},
    ),
    "numbers-as-json": Scenario([A, B], [DONE, DONE], switches={"numbers_as_json": True}),
    "listed-in-pages": Scenario([A, B, C], [DONE] * 3, switches={"list_page_cap": 2}),
    # ---- create, update, archive ----
    "fresh": Scenario(
        [A, B, {**C, "public_number": DID}],
        [CREATED] * 3,
        before=(),
        writes={"POST": 3},
        after={"a": {"number": "1"}, "c": {"public_number": DID}},
        shows=("+ c  Gama, number 3, public_number 558432220000", "create 3, update 0, archive 0, unchanged 0"),
    ),
    "fresh-without-slugs": Scenario(
        [{"name": "Alfa", "number": "1"}, {"name": "Beta", "number": "02"}],
        [CREATED] * 2,
        before=(),
        writes={"POST": 2},
        after={"alfa": {"number": "1"}, "beta": {"number": "02"}},
    ),
    "all-kinds": Scenario(
        [{"slug": "a", "name": 'Outra: "nível" 1'}, {"slug": "b", **ARCHIVE}, C, NEW],
        [UPDATED, ARCHIVED, DONE, CREATED],
        writes={"PUT": 1, "DELETE": 1, "POST": 1},
        after={"a": {"name": 'Outra: "nível" 1'}, "b": {"archived": True}, "new": {"number": "9"}},
        shows=("~ a", 'name           Alfa -> Outra: "nível" 1', "- b", "+ new", "unchanged 1"),
    ),
    "clear-did": Scenario(
        [{"slug": "a", "public_number": ""}, {"slug": "b", "public_number": ""}],
        [UPDATED, DONE],
        before=({**A, "public_number": DID}, B),
        writes={"PUT": 1},
        after={"a": {"public_number": None}},
    ),
    "a-did-changes-hands": Scenario(
        [{"slug": "a", "public_number": DID}, {"slug": "b", "public_number": OTHER_DID}],
        [UPDATED, UPDATED],
        before=(A, {**B, "public_number": DID}),
        writes={"PUT": 2},
        after={"a": {"public_number": DID}, "b": {"public_number": OTHER_DID}},
    ),
    "dids-are-swapped": Scenario(
        [{"slug": "a", "public_number": OTHER_DID}, {"slug": "b", "public_number": DID}],
        [UPDATED, UPDATED],
        before=({**A, "public_number": DID}, {**B, "public_number": OTHER_DID}),
        writes={"PUT": 2},
        after={"a": {"public_number": OTHER_DID}, "b": {"public_number": DID}},
    ),
    # ---- numbers change hands ----
    "number-of-an-edited-queue": Scenario(
        [{"slug": "a", "number": "2"}, {"slug": "b", "number": "9"}],
        [UPDATED] * 2,
        writes={"PUT": 2},
        after={"a": {"number": "2"}, "b": {"number": "9"}},
    ),
    "number-of-an-archived-queue": Scenario(
        [{**NEW, "number": "1"}, {"slug": "a", **ARCHIVE}],
        [CREATED, ARCHIVED],
        writes={"POST": 1, "DELETE": 1},
        after={"new": {"number": "1"}},
    ),
    "number-of-an-unlisted-queue": Scenario(
        [{"slug": "a", "number": "3"}],
        [UPDATED, ARCHIVED, ARCHIVED],
        options={"archive_unlisted": True, "archive_unlisted_limit": 2},
        writes={"PUT": 1, "DELETE": 2},
        after={"a": {"number": "3"}, "b": {"archived": True}, "c": {"archived": True}},
        shows=("- b  Beta, number 2, not listed",),
    ),
    "chain": Scenario(
        [
            {"slug": "a", "number": "2"},
            {"slug": "b", "number": "3"},
            {"slug": "c", "number": "4"},
            {**NEW, "number": "1"},
        ],
        [UPDATED, UPDATED, UPDATED, CREATED],
        writes={"PUT": 3, "POST": 1},
        after={"a": {"number": "2"}, "b": {"number": "3"}, "c": {"number": "4"}, "new": {"number": "1"}},
    ),
    "number-that-was-an-archived-queue's": Scenario(
        [{**NEW, "number": "1"}], [CREATED], before=(B, OLD), writes={"POST": 1}, after={"new": {"number": "1"}}
    ),
    # ---- how long callers wait ----
    "wait-time-unseen": Scenario(
        [{**A, "max_wait_time": 60}, {**B, "max_wait_time": 60}, C],
        [UPDATED, UPDATED, DONE],
        writes={"PUT": 2},
        again={"PUT": 2},
        unverified={0: ["max_wait_time"], 1: ["max_wait_time"]},
        after={"a": {"max_wait_time": 60}},
        shows=("max_wait_time  (not shown by the API) -> 60",),
    ),
    "wait-time-on-create": Scenario(
        [{**A, "max_wait_time": 60}, {**NEW, "max_wait_time": 0}],
        [DONE, CREATED],
        options={"update_max_wait_time": "on_create"},
        writes={"POST": 1, "PUT": 1},
        unverified={1: ["max_wait_time"]},
        after={"a": {"max_wait_time": None}, "new": {"max_wait_time": 0}},
    ),
    "wait-time-shown": Scenario(
        [{**A, "max_wait_time": 60}, {**B, "max_wait_time": 30}, {**NEW, "max_wait_time": 5}],
        [UPDATED, DONE, CREATED],
        before=(A, {**B, "max_wait_time": 30}),
        switches={"show_max_wait_time": "always"},
        writes={"POST": 1, "PUT": 2},
        after={"a": {"max_wait_time": 60}, "new": {"max_wait_time": 5}},
    ),
    "wait-time-shown-by-id": Scenario(
        [{**A, "max_wait_time": 60}, {**B, "max_wait_time": 30}, C],
        [UPDATED, DONE, DONE],
        before=(A, {**B, "max_wait_time": 30}, C),
        switches={"show_max_wait_time": "read"},
        writes={"PUT": 1},
        after={"a": {"max_wait_time": 60}},
    ),
    # ---- unlisted queues ----
    "archive-unlisted": Scenario(
        [A, B], [DONE, DONE, ARCHIVED], options={"archive_unlisted": True}, writes={"DELETE": 1}
    ),
    "archive-unlisted-of-a-file-cut-in-half": refusal(
        [A],
        "invalid",
        ("2 of 3 active queues", "30% (1)", "'Beta' (id 2, slug b)", "set archive_unlisted_limit to 2"),
        (),
        options={"archive_unlisted": True},
    ),
    "archive-unlisted-of-an-empty-list": refusal(
        [], "invalid", ("queues is empty",), (), options={"archive_unlisted": True, "archive_unlisted_limit": 9}
    ),
    "archive-unlisted-at-the-limit": Scenario(
        [A],
        [DONE, ARCHIVED, ARCHIVED],
        options={"archive_unlisted": True, "archive_unlisted_limit": 2},
        writes={"DELETE": 2},
    ),
    "archive-unlisted-over-the-limit": refusal(
        [A, NEW],
        "invalid",
        (
            "2 of 3 active queues",
            "the 1 that archive_unlisted_limit allows",
            "'Beta' (id 2, slug b)",
            "'Gama' (id 3, slug c)",
        ),
        (),
        options={"archive_unlisted": True, "archive_unlisted_limit": 1},
    ),
    # ---- refused before the first write ----
    "same-queue-twice": refusal([A, B, {"id": 1}, {"name": "Alfa"}], "conflict", ("0", "2", "3", "Alfa"), (0, 2, 3)),
    "same-new-queue-twice": refusal([NEW, {**NEW, "number": "8"}], "conflict", ("slug 'new'",), (0, 1)),
    "same-new-name-twice": refusal(
        [{"name": "N", "number": "8"}, {"name": "N", "number": "9"}], "conflict", ("name 'N'",), (0, 1)
    ),
    "a-name-that-would-be-two-queues'": refusal(
        [{"name": "Alfa"}, {"slug": "b", "name": "Alfa"}], "conflict", ("'Alfa'", "slugs"), (0, 1)
    ),
    "a-name-that-would-find-the-new-queue": refusal(
        [{"name": "Alfa", **ARCHIVE}, {**NEW, "name": "Alfa"}], "conflict", ("'Alfa'",), (0, 1)
    ),
    "one-number-twice": refusal([{"slug": "a", "number": "9"}, NEW], "conflict", ("same number, 9",), (0, 1)),
    "number-of-an-unlisted-one": refusal(
        [{**NEW, "number": "1"}], "conflict", ("Entry 0", "number 1", "Alfa", "id 1"), (0,)
    ),
    "number-of-a-listed-one": refusal([{**NEW, "number": "1"}, {"slug": "a"}], "conflict", ("Entry 0", "Alfa"), (0,)),
    "number-that-stays": refusal([{**NEW, "number": "1"}, A], "conflict", ("same number, 1",), (0, 1)),
    "swap": refusal(
        [{"slug": "a", "number": "2"}, B | {"number": "1"}, C], "conflict", ("circle", "Alfa", "Beta"), (0, 1)
    ),
    "swap-through-a-spare-number": Scenario(
        [{"slug": "a", "number": "2"}, B | {"number": "1"}, C],
        [UPDATED, UPDATED, DONE],
        options={"spare_number": "9"},
        writes={"PUT": 3},
        after={"a": {"number": "2"}, "b": {"number": "1"}},
        shows=("number         1 -> 9 -> 2", "number         2 -> 1"),
    ),
    "circle-of-three-that-a-queue-leaves-the-spare-number-for": Scenario(
        [{**C, "number": "1"}, {"slug": "a", "number": "2"}, {"slug": "b", "number": "3"}, {**NEW, "number": "8"}],
        [UPDATED] * 4,
        before=(A, B, C, NEW),
        options={"spare_number": "9"},
        writes={"PUT": 5},
        after={"a": {"number": "2"}, "b": {"number": "3"}, "c": {"number": "1"}, "new": {"number": "8"}},
    ),
    "two-swaps-through-one-spare-number": Scenario(
        [
            {**C, "number": "9"},
            {**A, "number": "2", "public_number": DID},
            {**B, "number": "1", "public_number": OTHER_DID},
            {**NEW, "number": "3"},
        ],
        [UPDATED] * 4,
        before=({**A, "public_number": OTHER_DID}, {**B, "public_number": DID}, C, NEW),
        options={"spare_number": "0777"},
        writes={"PUT": 6},
        after={"a": {"number": "2", "public_number": DID}, "c": {"number": "9"}, "new": {"number": "3"}},
    ),
    "a-spare-number-that-nobody-needs": Scenario(
        [A | {"number": "9"}, B], [UPDATED, DONE], options={"spare_number": "3"}, writes={"PUT": 1}
    ),
    **{
        f"a-spare-number-that-{name}": refusal(
            [{"slug": "a", "number": "2"}, B | {"number": "1"}, C, *entries],
            "conflict",
            says,
            (),
            options={"spare_number": spare},
            before=(A, B, C, {"name": "Delta", "slug": "d", "number": "4"}),
        )
        for name, spare, entries, says in [
            ("a-listed-queue-keeps", "3", [], ("spare_number 3", "Gama", "no active queue has or will get")),
            ("an-unlisted-queue-has", "4", [], ("spare_number 4", "Delta")),
            ("a-new-queue-gets", "9", [NEW], ("spare_number 9", "Nova", "will be created")),
            ("a-queue-of-the-circle-has", "2", [], ("spare_number 2",)),
        ]
    },
    "a-circle-and-a-number-requested-twice": refusal(
        [{"slug": "a", "number": "3"}, B | {"number": "1"}, C | {"number": "1"}, {"slug": "d", "number": "2"}],
        "conflict",
        ("circle", "'Alfa' (id 1, slug a) to 3", "'Gama' (id 3, slug c) to 1", "the same number", "number 1"),
        (0, 1, 2),
        options={"spare_number": "4"},
        before=(A, B, C, {"name": "Delta", "slug": "d", "number": "4"}),
    ),
    "the-expected-plan-is-none": Scenario([A, B], [DONE, DONE], options={"expected_plan": "none"}, lists=1),
    "another-plan-is-expected": Scenario(
        [A | {"number": "9"}, B, NEW | {"number": "8"}],
        [("update", "not_attempted"), ("none", "not_attempted"), ("create", "not_attempted")],
        options={"expected_plan": "abcdef012345"},
        refused=True,
        error="stale_plan",
        says=("Nothing was changed", "abcdef012345 was expected, but the plan is now"),
        shows=("number         1 -> 9", "Fingerprint: "),
    ),
    "nothing-is-left-of-the-expected-plan": Scenario(
        [A, B],
        [("none", "not_attempted")] * 2,
        options={"expected_plan": " ABCDEF012345 "},
        refused=True,
        error="stale_plan",
        says=("abcdef012345 was expected, but there is nothing left to do",),
    ),
    "circle-of-three": refusal(
        [{"slug": "a", "number": "2"}, {"slug": "b", "number": "3"}, {"slug": "c", "number": "1"}],
        "conflict",
        ("circle", "Alfa", "Beta", "Gama"),
        (0, 1, 2),
    ),
    "waiting-for-a-circle": refusal(
        [
            {"slug": "a", "number": "2"},
            {"slug": "b", "number": "1"},
            {"slug": "c", "number": "4"},
            {**NEW, "number": "3"},
        ],
        "conflict",
        ("circle",),
        (0, 1),
    ),
    "many-problems": refusal(
        [
            {"slug": "q"},
            A,
            {"slug": "old", "name": "x", "number": "7"},
            {"id": 99},
            {},
            {"slug": "a", "max_wait_time": -1},
        ],
        "invalid",
        (
            "Nothing was changed: 6 problems in 6 of 6 entries.\n",
            "\n  entry 0 (slug q): no name and no number\n",
            "\n  entry 2 (slug old): 'Velha' (id 7, slug old)\n",
            "\n  entry 3 (id 99): id 99\n",
            "\nNothing identifies this queue; specify its id, slug or name.\n  entry 4\n",
            "\n  entries 1 (slug a) and 5 (slug a): 'Alfa' (id 1, slug a)",
            "\n  entry 5 (slug a): max_wait_time -1",
        ),
        (0, 1, 2, 3, 4, 5),
        errors={0: "invalid", 1: "conflict", 2: "archived", 3: "not_found", 4: "invalid", 5: "conflict"},
        before=(A, {**OLD, "id": 7}),
    ),
    "ambiguous-name": refusal(
        [{"name": "Alfa"}], "conflict", ("id 1", "id 2"), (0,), before=(A, {**B, "name": "Alfa"})
    ),
    "slug-of-another": refusal([{"id": 1, "slug": "b"}], "conflict", ("'a'",), (0,)),
    "archived-slug": refusal(
        [{"slug": "old", "name": "Velha", "number": "7"}], "archived", ("restore it in Evolux",), (0,), before=(A, OLD)
    ),
    "a-slug-that-evolux-would-make-twice": refusal(
        [{"name": "Nova", "number": "8"}, {"slug": "nova", "name": "Outra", "number": "9"}],
        "conflict",
        ("slug 'nova'", "its own slug"),
        (0, 1),
    ),
    "a-slug-that-would-be-archived-next-time": refusal(
        [{"name": "Nova", "number": "8"}, {"slug": "nova", **ARCHIVE}], "conflict", ("slug 'nova'",), (0, 1)
    ),
    "a-slug-that-an-archived-queue-keeps": refusal(
        [{"name": "A", "number": "1"}, {"slug": "a", **ARCHIVE}], "conflict", ("slug 'a'", "'Alfa' (id 1"), (0,)
    ),
    "a-slug-that-an-unlisted-queue-keeps": refusal(
        [{"name": "A", "number": "1"}], "conflict", ("slug 'a'", "'Alfa'"), (0,), options={"archive_unlisted": True}
    ),
    "a-slug-that-evolux-would-make-of-two-names": refusal(
        [{"name": "Nova!", "number": "8"}, {"name": "Nova?", "number": "9"}], "conflict", ("slug 'nova'",), (0, 1)
    ),
    "a-slug-that-an-active-queue-has": refusal(
        [{"name": "B", "number": "8"}], "conflict", ("slug 'b'", "the active queue 'Beta' (id 2, slug b)"), (0,)
    ),
    "a-slug-that-a-queue-archived-long-ago-has": refusal(
        [{"name": "Old", "number": "8"}],
        "conflict",
        ("slug 'old'", "the archived queue 'Velha'"),
        (0,),
        before=(A, OLD),
    ),
    "values-in-other-forms": refusal(
        [
            {**NEW, "slug": "Nova-2", "number": "40 01"},
            {"slug": "a", "public_number": "+55 (84) 3222-0000"},
            {"slug": "b", "number": "2"},
        ],
        "invalid",
        (
            "3 problems in 2 of 3 entries.\n",
            "\n  entry 0 (slug Nova-2): slug 'Nova-2' (did you mean 'nova_2'?)\n",
            (
                "\n  entry 0 (slug Nova-2): number '40 01' (did you mean '4001'?)\n"
                "  entry 1 (slug a): public_number '+55 (84) 3222-0000' (did you mean '558432220000'?)"
            ),
        ),
        (0, 1),
    ),
    "one-cause-of-many-refusals": refusal(
        [{"slug": slug} for slug in ("x", "y", "z")],
        "invalid",
        (
            (
                "Nothing was changed: 3 problems in 3 of 3 entries.\n"
                "There is no such queue, and creating it requires a name and a number; add what is missing.\n"
                "  entry 0 (slug x): no name and no number\n"
                "  entry 1 (slug y): no name and no number\n"
                "  entry 2 (slug z): no name and no number"
            ),
        ),
        (0, 1, 2),
    ),
    # ---- unquoted values in YAML, and typos ----
    "numbers-without-quotes": Scenario(
        [{"slug": "a", "number": 448}, {"slug": "b", "name": 7}, {"id": 3, "public_number": ""}],
        [UPDATED, UPDATED, DONE],
        writes={"PUT": 2},
        after={"a": {"number": "448"}, "b": {"name": "7"}},
        warns="number of entry 0 (slug a) as '448', name of entry 1 (slug b) as '7'.",
    ),
    "what-is-no-text": Scenario(
        [{"slug": "a", "name": True}, {"slug": False, "number": 1.5}, {"name": "x", "public_number": ["5"]}, C],
        [],
        refused=True,
        error="invalid",
        says=(
            "Nothing was changed: 4 problems in 3 of 4 entries.\n",
            "quote it.\n  entry 0 (slug a): name is the boolean True\n",
            "\n  entry 1: slug is the boolean False\n  entry 1: number is the decimal number 1.5\n",
            "\n  entry 2 (name x): public_number is ['5']",
        ),
    ),
    "a-misspelled-key": Scenario(
        [A, {"slug": "b", "nmae": "x"}],
        [],
        refused=True,
        error="invalid",
        says=(
            (
                "Nothing was changed. Entry 1 (slug b): A queue has no key 'nmae' (did you mean name?); correct it. "
                "Valid keys are id, slug, name, number, public_number, max_wait_time, state."
            ),
        ),
    ),
    # ---- the server refuses, or can't be reached ----
    "many-archives-refused": Scenario(
        [{"slug": "a", **ARCHIVE}],
        [("archive", "failed")] * 3,
        before=tuple({**queue, "enabled": True} for queue in (A, B, C)),
        options={"archive_unlisted": True, "archive_unlisted_limit": 2},
        writes={"DELETE": 3},
        again={"DELETE": 3},
        error="enabled",
        errors=dict.fromkeys(range(3), "enabled"),
        says=(
            (
                "3 of 3 queues failed.\n"
                "The server returned HTTP 422 (Enabled queue can not be archived); disable the queue in Evolux first, "
                "because the API can't do that.\n"
                "  entry 0 (slug a)\n"
                "  the unlisted queue 'Beta' (id 2, slug b)\n"
                "  the unlisted queue 'Gama' (id 3, slug c)"
            ),
        ),
    ),
    "many-creates-that-are-half-done": Scenario(
        [{**NEW, "max_wait_time": 5}, {"name": "Dez", "number": "10", "max_wait_time": 6}],
        [("create", "failed")] * 2,
        before=(),
        options={"concurrency": 1},
        faults=(("answer", {"method": "PUT", "status": 422, "times": 2}),),
        writes={"POST": 2, "PUT": 2},
        again={"PUT": 2},
        error="api",
        errors={0: "api", 1: "api"},
        says=(
            "2 of 2 queues failed.\nThe queue was created, but its max_wait_time couldn't be set: ",
            (
                "Once that is fixed, run again to finish the job.\n"
                "  entry 0 (slug new): 'Nova' (id 1, slug new)\n"
                "  entry 1 (name Dez): 'Dez' (id 2)"
            ),
        ),
    ),
    "many-refused-for-one-cause": Scenario(
        [{"slug": slug, "public_number": f"55{slug}".translate({97: "1", 98: "2"})} for slug in "ab"],
        [("update", "failed")] * 2,
        writes={"PUT": 2},
        again={"PUT": 2},
        error="constraint",
        errors={0: "constraint", 1: "constraint"},
        says=(
            (
                "2 of 2 queues failed.\n"
                "The DID doesn't exist in this tenant: create it in Evolux, or correct public_number.\n"
                "  entry 0 (slug a): DID 551\n  entry 1 (slug b): DID 552"
            ),
        ),
    ),
    "a-refused-archive-keeps-nobody-from-its-did": Scenario(
        [{"slug": "a", "name": "x", "public_number": DID}, {"slug": "b", **ARCHIVE}],
        [UPDATED, ("archive", "failed")],
        before=(A, {**B, "public_number": DID, "enabled": True}),
        writes={"PUT": 1, "DELETE": 1},
        again={"DELETE": 1},
        error="enabled",
        errors={1: "enabled"},
        after={"a": {"public_number": DID}},
    ),
    "a-wait-time-that-gets-lost": Scenario(
        [{**A, "max_wait_time": 70}, {**NEW, "max_wait_time": 5}],
        [DONE, ("create", "failed")],
        options={"retries": 0},
        before=({**A, "max_wait_time": 70},),
        switches={"show_max_wait_time": "read"},
        faults=(("answer", {"method": "PUT", "status": 200, "json": {"meta": {}}}),),
        writes={"POST": 1, "PUT": 1},
        again={"PUT": 1},
        error="ignored",
        errors={1: "ignored"},
        says=("was created",),
    ),
    "where-reads-lag": Scenario(
        [{**A, "name": "Outra"}, NEW, {"slug": "b", "state": "archived"}],
        [UPDATED, CREATED, ARCHIVED],
        options={"retries": 2},
        switches={"reads_lag": 2},
        writes={"POST": 1, "PUT": 1, "DELETE": 1},
    ),
    "edits-without-effect": Scenario(
        [{**A, "name": "Outra"}, {**B, "number": "4009"}, {**C, "name": "Outra", "number": "4010"}],
        [("update", "failed"), UPDATED, ("update", "failed")],
        options={"retries": 0},
        switches={"edit_without_effect": ["name"]},
        writes={"PUT": 3},
        again={"PUT": 2},
        error="ignored",
        errors={0: "ignored", 2: "ignored"},
        after={"b": {"number": "4009"}, "c": {"number": "4010"}},
    ),
    "edits-as-json": Scenario(
        [{**A, "name": "Outra"}, {**B, "name": "Mais"}],
        [UPDATED, UPDATED],
        options={"concurrency": 1},
        switches={"edit_as": "json"},
        writes={"PUT": 3},
    ),
    "gone-in-the-middle-of-a-look": Scenario(
        [{**NEW, "public_number": "5500"}, {"slug": "a", "name": "x"}],
        [("create", "failed"), ("update", "not_attempted")],
        options={"concurrency": 1, "retries": 0},
        faults=(("cut", {"method": "GET", "skip": 4, "times": 1}),),
        writes={"POST": 1},
        again={"POST": 1, "PUT": 1},
        error="constraint",
        errors={0: "constraint"},
    ),
    "one-refused": Scenario(
        [{**A, "public_number": "5500"}, {"slug": "b", "name": "Outra"}, NEW],
        [("update", "failed"), UPDATED, CREATED],
        writes={"PUT": 2, "POST": 1},
        again={"PUT": 1},
        error="constraint",
        errors={0: "constraint"},
        says=("1 of 3 queues failed.", "Entry 0 (slug a): ", "DID 5500 doesn't exist"),
        after={"b": {"name": "Outra"}, "new": {"number": "9"}},
    ),
    "one-refused-and-those-that-wait-for-it": Scenario(
        [{**NEW, "number": "2"}, {"slug": "b", **ARCHIVE}, {"slug": "c", "name": "Outra"}],
        [("create", "not_attempted"), ("archive", "failed"), UPDATED],
        before=(A, {**B, "enabled": True}, C),
        writes={"DELETE": 1, "PUT": 1},
        again={"DELETE": 1},
        error="enabled",
        errors={1: "enabled"},
        says=("1 of 3 queues failed and 1 was not attempted", "Entry 1", "disable"),
    ),
    "an-unlisted-one-refused": Scenario(
        [A],
        [DONE, ("archive", "failed"), ARCHIVED],
        before=(A, {**B, "enabled": True}, C),
        options={"archive_unlisted": True, "archive_unlisted_limit": 2},
        writes={"DELETE": 2},
        again={"DELETE": 1},
        error="enabled",
        errors={1: "enabled"},
        says=("The unlisted queue 'Beta' (id 2, slug b)",),
    ),
    "token-revoked": Scenario(
        [{**A, "name": "x"}, {**B, "name": "y"}, {**C, "name": "z"}],
        [("update", "failed"), ("update", "not_attempted"), ("update", "not_attempted")],
        options={"concurrency": 1},
        faults=(("answer", {"method": "PUT", "status": 401, "times": 2}),),
        writes={"PUT": 1},
        again={"PUT": 1},
        error="auth",
        errors={0: "auth"},
        says=("api_token", "2 were not attempted"),
    ),
    "server-gone": Scenario(
        [{**A, "name": "x"}, {**B, "name": "y"}, {**C, "name": "z"}],
        [UPDATED, ("update", "failed"), ("update", "not_attempted")],
        options={"concurrency": 1, "retries": 0},
        faults=(("cut", {"method": "PUT", "skip": 1}),),
        writes={"PUT": 2},
        again={"PUT": 2},
        error="unreachable",
        errors={1: "unreachable"},
    ),
    "wait-time-refused-after-create": Scenario(
        [{**NEW, "max_wait_time": 60}, A],
        [("create", "failed"), DONE],
        faults=(("answer", {"method": "PUT", "status": 422}),),
        writes={"POST": 1, "PUT": 1},
        again={"PUT": 1},
        error="api",
        errors={0: "api"},
        says=("was created", "run again to finish the job", "id 4"),
    ),
    "answers-lost": Scenario(
        [{"slug": "a", "name": "x"}, {"slug": "b", **ARCHIVE}, NEW],
        [UPDATED, ARCHIVED, CREATED],
        faults=tuple(("cut", {"method": method, "when": "after"}) for method in ("PUT", "DELETE", "POST")),
        writes={"PUT": 2, "DELETE": 2, "POST": 1},
        after={"a": {"name": "x"}, "b": {"archived": True}, "new": {"number": "9"}},
    ),
    "created-by-another-run": Scenario(
        [NEW, A],
        [DONE, DONE],
        predicted=False,
        faults=(("answer", {"method": "POST", "when": "after", **CONSTRAINT}),),
        writes={"POST": 1},
    ),
    "list-afterwards-lost": Scenario(
        [NEW],
        [CREATED],
        options={"retries": 0},
        before=(),
        faults=(("cut", {"method": "GET", "skip": 4}),),
        writes={"POST": 1},
        error="unreachable",
        says=("The changes were made", "couldn't be read back"),
    ),
    "list-refused": Scenario(
        [A], [], faults=(("answer", {"status": 403, "times": None}),), refused=True, error="auth", says=("api_token",)
    ),
}


def fates(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(entry["action"], entry["status"]) for entry in result.get("results", [])]


def with_slugs(result: dict[str, Any], queues: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str | None]]:
    """The entries of a result, including unlisted queues, each with the slug that the task gives."""
    slugs = [entry.get("slug") for entry in queues]
    return itertools.zip_longest(result["results"], slugs)


def foreseeable_results(result: dict[str, Any], queues: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What check mode can know about a run's results: writes are only planned."""
    return [
        {
            **entry,
            "status": "planned" if entry["status"] == "done" and entry["action"] != "none" else entry["status"],
            "queue": foreseeable(entry["queue"], entry["action"], slug),
        }
        for entry, slug in with_slugs(result, queues)
    ]


def foreseeable_queues(result: dict[str, Any], queues: list[dict[str, Any]]) -> list[dict[str, Any] | None]:
    """What check mode can know about the tenant's queues after a run."""
    entries = with_slugs(result, queues)
    created = {entry["queue"]["id"]: slug for entry, slug in entries if entry["action"] == "create"}
    return [
        foreseeable(queue, "create" if queue["id"] in created else None, created.get(queue["id"]))
        for queue in result["queues"]
    ]


def prove(name: str, sandbox: Sandbox, runner: Runner, readings: Mapping[str, Any] = MappingProxyType({})) -> None:
    """Run a scenario and check its outcome. readings: switches in addition to the scenario's."""
    scenario = SCENARIOS[name]
    switches = {**readings, **scenario.switches}
    tenant = sandbox.tenant(queues=scenario.before, dids=(DID, OTHER_DID), switches=switches)
    before = tenant.queues()
    for kind, options in scenario.faults:
        tenant.fault(kind, **options)
    runs = runner(tenant, {"queues": scenario.queues, **scenario.options})
    assert tenant.token not in json.dumps(runs)
    (check_failed, predicted), (run_failed, result), (_again_failed, again) = (
        runs["check"],
        runs["run"],
        runs["again"],
    )
    log = tenant.log()
    assert methods(between(log, "check")) == ()
    writes = Counter(methods(between(log, "run")))
    assert writes == scenario.writes
    assert Counter(methods(between(log, "again"))) == scenario.again
    lists = [entry for entry in between(log, "again") if entry["path"] == "/api/v1/queues"]
    assert scenario.lists in (None, len(lists))
    if not (scenario.faults or scenario.error or {"reads_lag", "edit_as"} & scenario.switches.keys()):
        assert all(entry["status"] < 300 for entry in log if entry.get("method") in ("POST", "PUT", "DELETE"))
        kinds = {"GET/api/v1/queues": "l", "GET": "r"}
        steps = "".join(
            kinds.get(entry["method"] + entry["path"], kinds.get(entry["method"], "w")) for entry in between(log, "run")
        )
        assert steps.partition("w")[0].count("l") <= 2
        assert steps.partition("w")[2].count("l") <= 1
        if scenario.switches.get("show_max_wait_time") != "read":
            assert steps.count("r") <= 1

    assert (check_failed, run_failed) == (scenario.refused, scenario.error is not None), result
    assert fates(result) == scenario.fates
    for index, entry in enumerate(result.get("results", [])):
        assert entry.get("error", {}).get("code") == scenario.errors.get(index)
        assert ("error" in entry) == (entry["status"] == "failed")
        if entry["status"] == "done":
            assert entry["unverified"] == scenario.unverified.get(index, [])
    for text in scenario.says:
        assert text in result["msg"], result["msg"]
    active = [queue for queue in tenant.queues() if not queue["archived"]]
    if scenario.error:
        assert result["error"]["code"] == scenario.error
        written = any(status == "done" and action != "none" for action, status in fates(result))
        assert result["changed"] is (written or "was created" in result["msg"])
    else:
        assert result["changed"] is any(action != "none" for action, _status in scenario.fates)
        assert again["changed"] is bool(scenario.again)
        told = [
            {key: queue[key] for key in ("id", "slug", "name", "number", "public_number")} for queue in result["queues"]
        ]
        real = [{key: queue[key] for key in ("id", "slug", "name", "number", "public_number")} for queue in active]
        assert told == sorted(real, key=lambda queue: queue["slug"])
    if scenario.refused:
        assert {**predicted, "invocation": None} == {**result, "invocation": None}
        assert tenant.queues() == before
    elif scenario.predicted:
        assert predicted["diff"] == result["diff"]
        assert predicted["plan"] == result["plan"]
        assert [entry["changes"] for entry in predicted["results"]] == [entry["changes"] for entry in result["results"]]
        assert [entry["action"] for entry in predicted["results"]] == [entry["action"] for entry in result["results"]]
        if not scenario.error:
            assert predicted["changed"] is result["changed"]
            assert predicted["summary"] == result["summary"]
            assert predicted["results"] == foreseeable_results(result, scenario.queues)
            order = partial(sorted, key=lambda queue: (queue["slug"] or "", queue["name"], queue["number"]))
            expected = foreseeable_queues(result, scenario.queues)
            told_queues = predicted["queues"]
            if scenario.switches.get("show_max_wait_time") == "read":
                # After a write, the list of all queues lacks the fields that only reads by id had shown before.
                told_queues = [{**queue, "max_wait_time": None} for queue in told_queues]
                expected = [{**(queue or {}), "max_wait_time": None} for queue in expected]
            assert order(told_queues) == order(expected)
    hold_told(scenario.warns, runs)
    for _failed, ended in runs.values():
        if plan := ended.get("plan"):
            text = ended["diff"]["prepared"]
            assert text.endswith(f"\nFingerprint: {plan}\n") if plan != "none" else text == ""
    if not scenario.error:
        assert (again["plan"] != "none") is bool(scenario.again)
    for entry in result.get("results", []):
        assert bool(entry["changes"]) == (entry["action"] in ("create", "update"))
    if result.get("results"):
        assert sum(result["summary"].values()) == len(result["results"])
    for text in scenario.shows:
        assert text in result["diff"]["prepared"], result["diff"]["prepared"]
    if scenario.warns:
        assert scenario.warns in str(result["warnings"])
    now = {queue["slug"]: queue for queue in tenant.queues()}
    for slug, facts in scenario.after.items():
        assert {key: now[slug][key] for key in facts} == facts
