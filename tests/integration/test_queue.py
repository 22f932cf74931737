# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every scenario of the modules that write, through ansible-playbook, in each way to run a module."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tenant_scenarios

import scenarios
from sandbox.control import Sandbox, Tenant
from scenarios import SALES, SUPPORT, Runner

from .conftest import WAYS, Ansible

QUEUE = "evolux.contact_center.evolux_queue"
QUEUES = "evolux.contact_center.evolux_queues"
ALL: dict[str, tuple[str, Any, Callable[[str, Sandbox, Runner], None]]] = {
    **{f"queue-{name}": (QUEUE, found, scenarios.prove) for name, found in scenarios.SCENARIOS.items()},
    **{f"queues-{name}": (QUEUES, found, tenant_scenarios.prove) for name, found in tenant_scenarios.SCENARIOS.items()},
}


# Scenarios that depend on ansible-core: it reads options, shows a diff, a warning or a failure, or hides a token.
ON_EVERY_CORE = {
    *("queue-create", "queue-create-with-wait-time", "queue-a-number-without-quotes", "queue-slug-that-is-False"),
    *("queue-name-that-is-['a']", "queue-numbers-as-json", "queue-empty-is-not-given", "queue-null-is-not-given"),
    *("queue-archive-nothing", "queue-archive-enabled", "queue-list-redirected", "queue-create-answers-html"),
    *("queues-all-kinds", "queues-empty-strings", "queues-nulls", "queues-numbers-without-quotes"),
    *("queues-what-is-no-text", "queues-a-misspelled-key", "queues-many-problems", "queues-one-refused"),
    *("queues-archived-nowhere", "queues-fresh"),
}
STEPS = ("check", "run", "again")
EACH_WAY = [(way,) * 3 for way in WAYS]
# The other scenarios alternate: one way predicts, the other runs, and the first then finds nothing to do.
MIXED = [(WAYS[0], WAYS[-1], WAYS[0])]
SCENARIOS = [id if id in ON_EVERY_CORE else pytest.param(id, marks=pytest.mark.any_core) for id in ALL]


def test_every_core_has_its_scenarios() -> None:
    assert set(ALL) >= ON_EVERY_CORE


@pytest.mark.parametrize("id", SCENARIOS)
def test_scenario(id: str, sandbox: Sandbox, tmp_path: Path) -> None:
    module, scenario, prove = ALL[id]
    warns = (scenario.warns,) if scenario.warns else ()
    name = id.partition("-")[2]
    told = []
    for ways in EACH_WAY if id in ON_EVERY_CORE else MIXED:

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


@pytest.mark.any_core
@pytest.mark.parametrize("task", [{"slug": "support"}, {"name": "Support"}, {"id": 1}])
def test_steady_state_costs_one_request(task: dict[str, Any], sandbox: Sandbox, tmp_path: Path) -> None:
    tenant = sandbox.tenant(queues=(SUPPORT, SALES))
    run = Ansible(tenant, tmp_path).play({"name": "steady", QUEUE: {**SUPPORT, "slug": "", "name": "", **task}})
    assert run.result("steady")["changed"] is False
    assert len(tenant.requests()) == 1


@pytest.mark.any_core
def test_nothing_to_do_on_many_queues_costs_one_request(sandbox: Sandbox, tmp_path: Path) -> None:
    queues = [{"name": f"Queue {n}", "slug": f"queue_{n}", "number": f"0{n:04}"} for n in range(500)]
    tenant = sandbox.tenant(queues=queues)
    run = Ansible(tenant, tmp_path).play({"name": "steady", QUEUES: {"queues": queues}}, verbosity="-v")
    result = run.result("steady")
    assert (result["changed"], result["summary"]["none"], len(result["queues"])) == (False, 500, 500)
    assert len(tenant.requests()) == 1


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


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"queues": [{**SUPPORT, "nubmer": "1"}]}, "nubmer"),
        ({"queues": [SUPPORT], "concurrency": 0}, "concurrency"),
        ({"queues": [SUPPORT], "concurrency": 17}, "concurrency"),
        ({"queues": [SUPPORT], "archive_unlisted_limit": -1}, "archive_unlisted_limit"),
        ({"queues": [{**SUPPORT, "state": "absent"}]}, "absent"),
        ({}, "queues"),
    ],
)
def test_typos_are_refused_before_anything_is_sent(
    options: dict[str, Any], says: str, way: str, tenant: Tenant, tmp_path: Path
) -> None:
    run = Ansible(tenant, tmp_path, way).play({"name": "wrong", QUEUES: options})
    assert run.failed("wrong")
    assert says in run.result("wrong")["msg"]
    assert run.result("wrong")["error"]["code"] == "invalid"
    assert tenant.requests() == []
