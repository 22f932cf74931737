# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every scenario of the modules that write, through ansible-playbook, in each way to run a module."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tenant_scenarios

import scenarios
from sandbox.control import Sandbox, Tenant
from scenarios import SALES, SUPPORT, Runner

from .conftest import WAYS, Ansible, each_core, only_ci

QUEUE = "evolux.contact_center.evolux_queue"
QUEUES = "evolux.contact_center.evolux_queues"
ALL: dict[str, tuple[str, Any, Callable[[str, Sandbox, Runner], None]]] = {
    **{f"queue-{name}": (QUEUE, found, scenarios.prove) for name, found in scenarios.SCENARIOS.items()},
    **{f"queues-{name}": (QUEUES, found, tenant_scenarios.prove) for name, found in tenant_scenarios.SCENARIOS.items()},
}


# A scenario of each kind of option and result that ansible-core handles: it reads options, shows a diff, a warning or a
# failure, and hides the token. They run on each ansible-core, and as a whole in each way to run a module.
ON_EACH_CORE = {
    *("queue-create", "queue-a-number-without-quotes", "queue-null-is-not-given"),
    *("queues-all-kinds", "queues-a-misspelled-key", "queues-one-refused"),
}
STEPS = ("check", "run", "again")
EACH_WAY = [(way,) * 3 for way in WAYS]
# In CI, the other scenarios alternate: one way predicts, the other runs, and the first then finds nothing to do.
MIXED = [(WAYS[0], WAYS[-1], WAYS[0])]


def values(given: Any, path: str = "") -> Iterator[tuple[object, ...]]:
    """What Ansible could treat differently in options: their names, and the types and kinds of text of their values."""
    if isinstance(given, dict):
        for name, value in given.items():
            yield from values(value, f"{path}.{name}")
    elif isinstance(given, (list, tuple)) and given:
        for value in given:
            yield from values(value, path)
    else:
        yield path, type(given), given == "", str(given).isascii()


def traits(id: str) -> set[tuple[object, ...]]:
    """What a scenario has in common with others as far as Ansible is concerned: its options, and how it ends."""
    module, scenario, _prove = ALL[id]
    ends = (scenario.error, bool(scenario.warns), bool(scenario.unverified), bool(scenario.again))
    if module == QUEUE:
        return {(module, *ends, scenario.action, scenario.changed), *values(scenario.task, module)}
    fates = {(module, fate) for fate in scenario.fates}
    return {(module, *ends, scenario.refused), *fates, *values({"queues": scenario.queues, **scenario.options}, module)}


def runs() -> Iterator[Any]:
    """All scenarios. `make test` runs those that have a trait of their own, in one way; the unit tests run them all."""
    shown = set[tuple[object, ...]]()
    for id in ALL:
        if id in ON_EACH_CORE:
            yield each_core(id, EACH_WAY, id=id)
        else:
            yield only_ci(id, MIXED, id=f"{id}, mixed")
            if traits(id) - shown:
                yield pytest.param(id, EACH_WAY[:1], id=id)
        shown |= traits(id)


def test_each_core_has_its_scenarios() -> None:
    assert set(ALL) >= ON_EACH_CORE


@pytest.mark.parametrize(("id", "each"), list(runs()))
def test_scenario(id: str, each: list[tuple[str, ...]], sandbox: Sandbox, tmp_path: Path) -> None:
    module, scenario, prove = ALL[id]
    warns = (scenario.warns,) if scenario.warns else ()
    name = id.partition("-")[2]
    told = []
    for ways in each:

        def runner(
            tenant: Tenant, options: dict[str, Any], ways: tuple[str, ...] = ways
        ) -> dict[str, tuple[bool, dict[str, Any]]]:
            tasks = (
                {
                    "name": name,
                    module: options,
                    "check_mode": name == "check",
                    "ignore_errors": True,
                    "vars": {"evolux_run_in_worker": way == "in worker"},
                }
                for name, way in zip(STEPS, ways, strict=True)
            )
            run = Ansible(tenant, tmp_path).play(*tasks, args=("--diff",), warns=warns)
            assert run.ways == ways
            # When several queues are created at the same time, their ids depend on chance.
            told.append(re.sub(r'"id": \d+', '"id": 0', json.dumps(run.results)))
            return {name: (run.failed(name), run.result(name)) for name in STEPS}

        prove(name, sandbox, runner)
    # When several requests are sent at the same time, chance also decides which one meets a fault.
    if module == QUEUE or not scenario.faults:
        assert told[0] == told[-1]


@pytest.mark.parametrize("task", [{"slug": "support"}, {"name": "Support"}, {"id": 1}])
def test_steady_state_costs_one_request(task: dict[str, Any], sandbox: Sandbox, tmp_path: Path) -> None:
    tenant = sandbox.tenant(queues=(SUPPORT, SALES))
    run = Ansible(tenant, tmp_path).play({"name": "steady", QUEUE: {**SUPPORT, "slug": "", "name": "", **task}})
    assert run.result("steady")["changed"] is False
    assert len(tenant.requests()) == 1


def test_nothing_to_do_on_many_queues_costs_one_request(sandbox: Sandbox, tmp_path: Path) -> None:
    queues = [{"name": f"Queue {n}", "slug": f"queue_{n}", "number": f"0{n:04}"} for n in range(500)]
    tenant = sandbox.tenant(queues=queues)
    run = Ansible(tenant, tmp_path).play({"name": "steady", QUEUES: {"queues": queues}}, verbosity="-v")
    result = run.result("steady")
    assert (result["changed"], result["summary"]["none"], len(result["queues"])) == (False, 500, 500)
    assert len(tenant.requests()) == 1


@pytest.mark.each_core
def test_what_info_returns_changes_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    old = {"name": "Old", "slug": "old", "number": "3001", "archived": True}
    tenant = sandbox.tenant(
        queues=[{**SUPPORT, "public_number": scenarios.DID, "pauses": [{"name": "lunch"}]}, SALES, old],
        dids=[scenarios.DID],
        switches={"extra_fields": {"strategy": "ringall"}, "numbers_as_json": True},
    )
    info = {"include_archived": True, "include_pauses": True}
    run = Ansible(tenant, tmp_path).play(
        {"evolux.contact_center.evolux_queue_info": info, "register": "tenant"},
        {"name": "back", QUEUES: {"queues": "{{ tenant.queues }}", "archive_unlisted": True}},
    )
    assert run.result("back")["changed"] is False
    assert run.result("back")["summary"]["none"] == 3
    assert tenant.writes() == []


TYPOS: list[tuple[dict[str, Any], str]] = [
    ({"queues": [{**SUPPORT, "nubmer": "1"}]}, "nubmer"),
    ({"queues": [SUPPORT], "concurrency": 0}, "concurrency"),
    ({"queues": [SUPPORT], "concurrency": 17}, "concurrency"),
    ({"queues": [SUPPORT], "archive_unlisted_limit": -1}, "archive_unlisted_limit"),
    ({"queues": [{**SUPPORT, "state": "absent"}]}, "absent"),
    ({}, "queues"),
]


@pytest.mark.parametrize("way", WAYS)
def test_typos_are_refused_before_anything_is_sent(way: str, tenant: Tenant, tmp_path: Path) -> None:
    tasks = ({"name": "wrong", QUEUES: options, "ignore_errors": True} for options, _says in TYPOS)
    run = Ansible(tenant, tmp_path, way).play(*tasks)
    for entry, (_options, says) in zip(run.results, TYPOS, strict=True):
        assert entry["failed"], run.output
        assert says in entry["result"]["msg"]
        assert entry["result"]["error"]["code"] == "invalid"
    assert tenant.requests() == []
