# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For any task and any failure, a tenant ends up as listed, or nothing is written and every problem is reported."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from ansible_collections.evolux.contact_center.plugins.module_utils._api import Api
from ansible_collections.evolux.contact_center.plugins.module_utils._apply import apply
from ansible_collections.evolux.contact_center.plugins.module_utils._connection import Connection
from ansible_collections.evolux.contact_center.plugins.module_utils._http import Client
from ansible_collections.evolux.contact_center.plugins.module_utils._plan import Plan, plan_queues
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import Wanted
from ansible_collections.evolux.contact_center.plugins.module_utils._read import read_for_all
from ansible_collections.evolux.contact_center.plugins.module_utils._steps import Tenant as Seen
from ansible_collections.evolux.contact_center.plugins.modules import evolux_queues
from sandbox.control import Sandbox, Tenant

# ---- a connection that breaks ----

BEFORE = [
    {"name": "Suporte", "slug": "support", "number": "1"},
    {"name": "Vendas", "slug": "sales", "number": "2", "public_number": "5511"},
    {"name": "Financeiro", "slug": "billing", "number": "3"},
    {"name": "Natal", "slug": "christmas", "number": "4"},
    {"name": "Antiga", "slug": "old", "number": "5", "archived": True},
]
# A mix: a chain of numbers, an archived queue that frees one, a DID that moves, wait times, queues without a slug.
WANTED = [
    {"slug": "support", "number": "2", "public_number": "5511"},
    {"slug": "sales", "number": "4", "public_number": ""},
    {"slug": "christmas", "state": "archived"},
    {"slug": "new", "name": "Nova", "number": "1", "max_wait_time": 60},
    {"name": "Sem slug", "number": "6", "max_wait_time": 30},
    {"slug": "billing", "name": "Cobrança", "max_wait_time": 90},
]
AFTER = {
    ("support", "Suporte", "2", "5511", None, False),
    ("sales", "Vendas", "4", None, None, False),
    ("billing", "Cobrança", "3", None, 90, False),
    ("christmas", "Natal", "4", None, None, True),
    ("old", "Antiga", "5", None, None, True),
    ("new", "Nova", "1", None, 60, False),
    ("sem_slug", "Sem slug", "6", None, 30, False),
}
COLUMNS = ("slug", "name", "number", "public_number", "max_wait_time", "archived")


def state(tenant: Tenant) -> list[tuple[Any, ...]]:
    return sorted((tuple(queue[column] for column in COLUMNS) for queue in tenant.queues()), key=str)


def requests_of_a_whole_run(sandbox: Sandbox, run_module: Any, concurrency: int) -> int:
    tenant = sandbox.tenant(queues=BEFORE, dids=["5511"])
    failed, result = run_module(evolux_queues, tenant, {"queues": WANTED, "concurrency": concurrency})
    assert not failed, result
    assert state(tenant) == sorted(AFTER, key=str)
    return len(tenant.requests())


@pytest.mark.parametrize(("retries", "times"), [(3, 1), (0, 1), (0, None)])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_cut_at_any_request_is_mended_by_the_next_run(
    concurrency: int,
    when: str,
    retries: int,
    times: int | None,
    sandbox: Sandbox,
    run_module: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Client, "back_off", lambda *_attempt: None)
    total = requests_of_a_whole_run(sandbox, run_module, concurrency)
    assert total > len(WANTED)
    for position in range(total):
        tenant = sandbox.tenant(queues=BEFORE, dids=["5511"])
        untouched = state(tenant)
        tenant.fault("cut", when=when, skip=position, times=times)
        task = {"queues": WANTED, "concurrency": concurrency, "retries": retries}
        failed, result = run_module(evolux_queues, tenant, task)
        assert not (failed and retries), result
        assert failed or times, result
        if failed:
            assert result["changed"] or state(tenant) == untouched, (position, result)
            tenant.clear_faults()
            failed, result = run_module(evolux_queues, tenant, task)
            assert not failed, (position, result)
        assert state(tenant) == sorted(AFTER, key=str), position


SWAPS = [queue for queue in itertools.permutations("1234") if queue != tuple("1234")]


@pytest.mark.parametrize(("concurrency", "when"), [(1, "before"), (4, "after")])
def test_numbers_that_go_round_through_a_spare_one_survive_a_cut_at_any_write(
    concurrency: int, when: str, sandbox: Sandbox, run_module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every permutation of four numbers."""
    monkeypatch.setattr(Client, "back_off", lambda *_attempt: None)
    before = [{"name": f"Queue {n}", "slug": f"q{n}", "number": n} for n in "1234"]
    for numbers in SWAPS:
        task = {
            "queues": [{"slug": f"q{n}", "number": number} for n, number in zip("1234", numbers, strict=True)],
            "spare_number": "9",
            "concurrency": concurrency,
            "retries": 0,
        }
        for position in itertools.count():
            tenant = sandbox.tenant(queues=before)
            tenant.fault("cut", when=when, method="PUT", skip=position, times=1)
            failed, result = run_module(evolux_queues, tenant, task)
            is_cut = len(tenant.writes()) > position
            assert failed is (is_cut and when == "before"), (numbers, position, result)
            at_spare = [queue["slug"] for queue in tenant.queues() if queue["number"] == "9"]
            moved = {entry["queue"]["slug"]: entry for entry in result["results"] if entry["queue"]["number"] == "9"}
            # A queue that is left with the spare number is reported as a failure.
            assert set(at_spare) == {slug for slug, entry in moved.items() if entry["status"] == "failed"}
            if failed:
                again_failed, again = run_module(evolux_queues, tenant, task)
                assert not again_failed, (numbers, position, again)
            assert tuple(queue["number"] for queue in tenant.queues()) == numbers
            # Two queues never had the same number: the server would have refused that.
            assert all(entry["status"] in (200, 0, None) for entry in tenant.writes()), tenant.writes()
            assert run_module(evolux_queues, tenant, task)[1]["changed"] is False
            if not is_cut:
                break


# ---- any tenant, any task ----

# Few values, so that they collide. From the name "b", the server derives a slug that a queue may already have.
SLUGS, NAMES, NUMBERS, DIDS = ["a", "b", "c", "d"], ["N1", "N2", "N3", "N4", "b"], list("12345"), ["5511", "5522"]
maybe = st.none


@st.composite
def tenants(draw: Any) -> list[dict[str, Any]]:
    slugs = draw(st.lists(st.sampled_from(SLUGS), unique=True))
    numbers = draw(st.permutations(NUMBERS))
    return [
        {
            "slug": slug,
            "name": draw(st.sampled_from(NAMES)),
            "number": number,
            "public_number": draw(maybe() | st.sampled_from(DIDS)),
            "max_wait_time": draw(maybe() | st.just(30)),
            "archived": draw(st.sampled_from([False, False, False, True])),
        }
        for slug, number in zip(slugs, numbers, strict=False)
    ]


entries = st.builds(
    Wanted.of,
    id=maybe() | maybe() | st.integers(1, 4),
    slug=maybe() | st.sampled_from(SLUGS) | st.sampled_from(SLUGS),
    name=maybe() | st.sampled_from(NAMES),
    number=maybe() | st.sampled_from(NUMBERS) | st.sampled_from(NUMBERS),
    public_number=maybe() | st.sampled_from([*DIDS, ""]),
    max_wait_time=maybe() | maybe() | st.sampled_from([30, 60]),
    state=st.sampled_from(["present", "present", "present", "archived"]),
)


@st.composite
def reshuffles(draw: Any, current: list[dict[str, Any]]) -> list[Wanted]:
    """Sensible entries, in any order: queues stay, go, appear, and pass on numbers and DIDs to each other."""
    active = [(index, queue) for index, queue in enumerate(current, 1) if not queue["archived"]]
    numbers = iter(draw(st.permutations(NUMBERS)))
    wanted = []
    for id, queue in active:
        key = draw(st.sampled_from([{"id": id}, {"slug": queue["slug"]}, {"id": id, "slug": queue["slug"]}]))
        fate = draw(st.sampled_from(["stay", "number", "number", "number", "archived", "unlisted"]))
        if fate == "archived":
            wanted.append(Wanted.of(**key, state="archived"))
        elif fate != "unlisted":
            did = draw(maybe() | st.sampled_from([*DIDS, ""]))
            number = next(numbers) if fate == "number" else None
            wanted.append(Wanted.of(**key, number=number, public_number=did))
    for slug in draw(st.lists(st.sampled_from(["x", "y", None]), unique=True)):
        if number := next(numbers, None):
            wanted.append(
                Wanted.of(slug=slug, name=f"New {slug}", number=number, max_wait_time=draw(maybe() | st.just(9)))
            )
    return list(draw(st.permutations(wanted)))


@st.composite
def wishes(draw: Any) -> tuple[list[dict[str, Any]], list[Wanted]]:
    current = draw(tenants())
    return current, draw(reshuffles(current) if draw(st.booleans()) else st.lists(entries, max_size=5))


def holds(tenant: Tenant, wanted: Wanted) -> bool:
    """Whether the tenant's database has the queue as the entry describes it."""
    key, value = wanted.key
    found = [queue for queue in tenant.queues() if queue[key] == value and not queue["archived"]]
    if wanted.state == "archived":
        return not found
    if len(found) != 1:
        return False
    fields = {name: value or None if value == "" else value for name, value in wanted.fields.items()}
    return {name: found[0][name] for name in fields} == fields


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wish=wishes(),
    unlisted=st.booleans(),
    shows=st.sampled_from(["never", "read", "always"]),
    concurrency=st.sampled_from([1, 4]),
    spare=st.sampled_from([None, "5", "9"]),
)
def test_all_problems_or_the_wanted_state(
    sandbox: Sandbox, wish: tuple[Any, list[Wanted]], unlisted: bool, shows: str, concurrency: int, spare: str | None
) -> None:
    current, wanted = wish
    # New queues get ids that no entry uses: nobody can know them in advance.
    tenant = sandbox.tenant(queues=current, dids=DIDS, switches={"show_max_wait_time": shows}, next_id=100)
    api = Api(Client(Connection.checked(api_url=tenant.url, api_token=tenant.token, retries=0)))
    before = {queue["id"]: queue for queue in tenant.queues()}

    def plan(seen: Seen, mode: tuple[str, ...] = ()) -> Plan:
        return plan_queues(wanted, seen, mode, archive_unlisted=unlisted, archive_unlisted_limit=3, spare_number=spare)

    seen = read_for_all(api, wanted, concurrency)
    first = plan(seen)
    if first.problems:
        event("refused: " + ", ".join(sorted({problem.error.code for problem in first.problems})))
        assert not first.steps
        assert all(set(problem.entries) <= set(range(len(wanted))) for problem in first.problems)
        assert not tenant.writes()
        assert spare != "9" or not any("circle" in str(problem.error) for problem in first.problems)
        return
    event(f"detours: {len(first.detours)}")
    event(f"steps that wait for another: {sum(bool(step.needs) for step in first.steps)}")
    outcomes = apply(api, first.steps, (), concurrency, first.detours)

    # No write broke a rule on the way, and every outcome is reported correctly.
    assert all(entry["status"] < 300 for entry in tenant.writes()), tenant.writes()
    assert [outcome.status for outcome in outcomes] == ["done"] * len(first.steps)
    # The tenant is as listed, and nothing else has changed.
    assert all(holds(tenant, entry) for entry in wanted)
    touched = {outcome.queue.id for outcome in outcomes if outcome.queue and outcome.changed}
    now = {queue["id"]: queue for queue in tenant.queues()}
    assert {id: queue for id, queue in now.items() if id not in touched} == {
        id: queue for id, queue in before.items() if id not in touched
    }
    if unlisted:
        listed = {outcome.queue.id for outcome in outcomes[: len(wanted)] if outcome.queue}
        assert {queue["id"] for queue in tenant.queues() if not queue["archived"]} <= listed
    # The prediction was right, and a new plan has no steps.
    foreseen = {(q.name, q.number, q.fields["public_number"]) for q in first.afterwards(seen)}
    assert foreseen == {(q["name"], q["number"], q["public_number"]) for q in tenant.queues() if not q["archived"]}
    again = plan(read_for_all(api, wanted, concurrency), ("max_wait_time",))
    assert not again.problems, [str(problem.error) for problem in again.problems]
    assert {step.action for step in again.steps} <= {"none"}
