# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every scenario of evolux_queues in this process, without ansible-playbook."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from tenant_scenarios import SCENARIOS, prove

from ansible_collections.evolux.contact_center.plugins.modules import evolux_queues
from sandbox.control import Sandbox
from scenarios import other_readings


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str, sandbox: Sandbox, run_thrice: Any) -> None:
    prove(name, sandbox, partial(run_thrice, evolux_queues))


# test_any_server.py tries other combinations.
@pytest.mark.only_ci
@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_on_another_server(name: str, sandbox: Sandbox, run_thrice: Any) -> None:
    prove(name, sandbox, partial(run_thrice, evolux_queues), other_readings(name))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"concurrency": 0}, "concurrency is 0"),
        ({"concurrency": 17}, "concurrency is 17"),
        ({"archive_unlisted_limit": -1}, "archive_unlisted_limit is -1"),
        ({"archive_unlisted": True}, "queues is empty"),
        ({"spare_number": "30 01"}, "spare_number is '30 01', but the API accepts only digits; use '3001'"),
        ({"expected_plan": "yes"}, "expected_plan is 'yes', which isn't a plan's fingerprint"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    options: dict[str, Any], says: str, sandbox: Sandbox, run_module: Any
) -> None:
    tenant = sandbox.tenant()
    failed, result = run_module(evolux_queues, tenant, {"queues": [], **options})
    assert (failed, result["error"]["code"]) == (True, "invalid")
    assert says in result["msg"]
    assert tenant.requests() == []


def test_many_failures_are_one_short_message(sandbox: Sandbox, run_module: Any) -> None:
    tenant = sandbox.tenant()
    entries = [{"slug": f"queue_{n}", "name": f"Queue {n}", "number": str(3000 + n)} for n in range(40)]
    for n in range(0, 40, 4):
        entries[n]["public_number"] = str(558400000000 + n)
    failed, result = run_module(evolux_queues, tenant, {"queues": entries})
    assert failed
    counts, cause, *lines = result["msg"].splitlines()
    assert counts == "10 of 40 queues failed."
    assert cause == "The DID doesn't exist in this tenant: create it in Evolux, or correct public_number."
    assert lines == [f"  entry {n} (slug queue_{n}): DID {558400000000 + n}" for n in range(0, 40, 4)]
    assert result["results"][4]["error"]["msg"].startswith("Creating the queue 'Queue 4' failed: the server returned")


def test_a_file_cut_in_half_archives_nothing(sandbox: Sandbox, run_module: Any) -> None:
    queues = [{"slug": f"queue_{n}", "name": f"Queue {n}", "number": str(3000 + n)} for n in range(12)]
    tenant = sandbox.tenant(queues=queues)
    task = {"queues": queues[:6], "archive_unlisted": True}
    failed, result = run_module(evolux_queues, tenant, task)
    assert (failed, result["error"]["code"], tenant.writes()) == (True, "invalid", [])
    assert "6 of 12 active queues, more than the default limit of 30% (4)" in result["msg"]
    assert not run_module(evolux_queues, tenant, {**task, "archive_unlisted_limit": 6})[0]
    assert len(tenant.writes()) == 6
