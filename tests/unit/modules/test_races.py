# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Others change the same tenant: simultaneous runs, and people between our read and our write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.evolux.contact_center.plugins.module_utils._api import Api
from ansible_collections.evolux.contact_center.plugins.module_utils._connection import Connection
from ansible_collections.evolux.contact_center.plugins.module_utils._http import Client
from ansible_collections.evolux.contact_center.plugins.modules import evolux_queue, evolux_queues
from sandbox.control import Sandbox, Tenant

# ---- runs at the same time ----

# Waits for a signal, so that Python's startup time doesn't make the runs start one after another.
PROCESS = """
import json, sys
from ansible.module_utils import basic
from ansible_collections.evolux.contact_center.plugins.modules import evolux_queues
basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = sys.argv[1].encode(), "legacy"
print("ready", flush=True)
sys.stdin.readline()
evolux_queues.main()
"""


def at_once(tenant: Tenant, tasks: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Run evolux_queues for each list of entries, simultaneously in separate processes, and return the results."""
    running = []
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    for entries in tasks:
        arguments = {"api_url": tenant.url, "api_token": tenant.token, "queues": entries}
        command = [sys.executable, "-c", PROCESS, json.dumps({"ANSIBLE_MODULE_ARGS": arguments})]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        running.append(subprocess.Popen(command, env=environment, text=True, **pipes))
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return [json.loads(process.communicate(timeout=120)[0]) for process in running]


def entries(first: int, last: int) -> list[dict[str, Any]]:
    return [
        {"slug": f"queue_{number}", "name": f"Queue {number}", "number": str(3000 + number), "max_wait_time": number}
        for number in range(first, last)
    ]


def columns(tenant: Tenant) -> list[tuple[Any, ...]]:
    return sorted((q["slug"], q["name"], q["number"], q["max_wait_time"]) for q in tenant.queues())


def asked(tasks: list[list[dict[str, Any]]]) -> list[tuple[Any, ...]]:
    everything = {entry["slug"]: entry for entries in tasks for entry in entries}
    return sorted((e["slug"], e["name"], e["number"], e["max_wait_time"]) for e in everything.values())


@pytest.mark.parametrize("processes", [2, 8])
@pytest.mark.parametrize("shift", [0, 5], ids=["same", "overlapping"])
@pytest.mark.parametrize("seconds", [0.0, 0.03], ids=["at-once", "with-latency"])
def test_runs_at_once(processes: int, shift: int, seconds: float, sandbox: Sandbox) -> None:
    tenant = sandbox.tenant()
    if seconds:
        tenant.fault("latency", seconds=seconds, times=None)
    tasks = [entries(shift * index, shift * index + 10) for index in range(processes)]
    results = at_once(tenant, tasks)
    assert [result.get("msg") for result in results if result.get("failed")] == []
    assert columns(tenant) == asked(tasks)


@pytest.mark.parametrize("processes", [2, 8])
def test_runs_at_once_that_contradict_each_other(processes: int, sandbox: Sandbox) -> None:
    """All runs want the same number for different queues: one gets it, and the others learn which queue has it."""
    tenant = sandbox.tenant()
    tenant.fault("latency", seconds=0.03, times=None)
    tasks = [[{"slug": f"mine_{index}", "name": f"Mine {index}", "number": "3000"}] for index in range(processes)]
    results = at_once(tenant, tasks)
    (winner,) = tenant.queues()
    failed = [result for result in results if result.get("failed")]
    assert len(failed) == processes - 1
    for result in failed:
        assert result["error"]["code"] in ("constraint", "conflict")
        assert result["changed"] is False
        assert winner["slug"] in result["msg"]


# ---- people in between ----

SUPPORT = {"name": "Support", "slug": "support", "number": "3001"}
SALES = {"name": "Sales", "slug": "sales", "number": "3002"}
MODULES = {"queue": (evolux_queue, lambda entry: entry), "queues": (evolux_queues, lambda entry: {"queues": [entry]})}


@pytest.fixture(params=MODULES)
def play(
    request: pytest.FixtureRequest, sandbox: Sandbox, run_module: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Tenant, dict[str, Any]]]:
    module, options = MODULES[request.param]

    def run(entry: dict[str, Any], before: str, meanwhile: Callable[[Tenant], Any]) -> tuple[Tenant, dict[str, Any]]:
        """Let somebody do something right before our first write of that kind."""
        tenant = sandbox.tenant(queues=[SUPPORT, SALES], dids=["5511"])
        write_ours = getattr(Api, before)
        somebody = [lambda: meanwhile(tenant)]

        def write(api: Api, *args: Any) -> Any:
            while somebody:
                somebody.pop()()
            return write_ours(api, *args)

        monkeypatch.setattr(Api, before, write)
        _failed, result = run_module(module, tenant, options(entry))
        return tenant, result

    return run


# The original, before a test lets somebody interfere.
ours = Api.create_queue


def of(tenant: Tenant, slug: str) -> dict[str, Any]:
    return next(queue for queue in tenant.queues() if queue["slug"] == slug)


def post(tenant: Tenant, **queue: Any) -> None:
    """Somebody creates a queue."""
    ours(Api(Client(Connection(tenant.url, tenant.token))), queue)


def test_archived_before_our_edit(play: Any) -> None:
    tenant, result = play({"slug": "support", "number": "3009"}, "edit_queue", lambda t: t.poke(1, archived=True))
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, False, "archived")
    assert of(tenant, "support")["number"] == "3001"


def test_archived_before_our_archive(play: Any) -> None:
    tenant, result = play({"slug": "support", "state": "archived"}, "archive_queue", lambda t: t.poke(1, archived=True))
    assert (result.get("failed", False), result["changed"]) == (False, False)
    assert of(tenant, "support")["archived"]


def test_enabled_before_our_archive(play: Any) -> None:
    tenant, result = play({"slug": "support", "state": "archived"}, "archive_queue", lambda t: t.poke(1, enabled=True))
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, False, "enabled")
    assert not of(tenant, "support")["archived"]


@pytest.mark.parametrize("theirs", [{"name": "Theirs"}, {"public_number": "5511"}, {"max_wait_time": 77}])
def test_changed_before_our_edit(theirs: dict[str, Any], play: Any) -> None:
    """Fields that the task doesn't name keep the values that somebody has set."""
    tenant, result = play({"slug": "support", "number": "3009"}, "edit_queue", lambda t: t.poke(1, **theirs))
    assert (result.get("failed", False), result["changed"]) == (False, True)
    assert of(tenant, "support").items() >= {"number": "3009", **theirs}.items()


def test_the_number_is_taken_before_our_edit(play: Any) -> None:
    tenant, result = play({"slug": "support", "number": "3009"}, "edit_queue", lambda t: t.poke(2, number="3009"))
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, False, "constraint")
    assert "'Sales' (id 2, slug sales)" in result["msg"]
    assert of(tenant, "support")["number"] == "3001"


NIGHT = {"slug": "night", "name": "Night", "number": "3005"}


def test_the_queue_is_created_before_our_create(play: Any) -> None:
    tenant, result = play(NIGHT, "create_queue", lambda t: post(t, **NIGHT))
    assert (result.get("failed", False), result["changed"]) == (False, False)
    assert len(tenant.queues()) == 3


def test_the_queue_is_created_differently_before_our_create(play: Any) -> None:
    tenant, result = play(NIGHT, "create_queue", lambda t: post(t, **{**NIGHT, "number": "3006"}))
    assert (result.get("failed", False), result["changed"]) == (False, True)
    assert of(tenant, "night")["number"] == "3005"
    assert len(tenant.queues()) == 3


def test_the_number_is_taken_before_our_create(play: Any) -> None:
    tenant, result = play(NIGHT, "create_queue", lambda t: post(t, **{**NIGHT, "slug": "day", "name": "Day"}))
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, False, "constraint")
    assert "slug day" in result["msg"]
    assert {queue["slug"] for queue in tenant.queues()} == {"support", "sales", "day"}


def test_the_slug_is_archived_before_our_create(play: Any) -> None:
    def create_and_archive(tenant: Tenant) -> None:
        post(tenant, **NIGHT)
        tenant.poke(of(tenant, "night")["id"], archived=True)

    tenant, result = play(NIGHT, "create_queue", create_and_archive)
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["error"]["code"] in ("archived", "constraint")
    assert len(tenant.queues()) == 3


def test_queue_and_number_are_taken_before_our_create(play: Any) -> None:
    def both(tenant: Tenant) -> None:
        post(tenant, **{**NIGHT, "number": "3006"})
        tenant.poke(2, number="3005")

    tenant, result = play(NIGHT, "create_queue", both)
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, False, "conflict")
    assert "'Sales' (id 2, slug sales)" in result["msg"]
    assert of(tenant, "night")["number"] == "3006"
