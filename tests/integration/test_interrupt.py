# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ctrl-C and SIGTERM, with real signals to a real ansible-playbook: it sends nothing more, and leaves no process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.control import Sandbox, Tenant

from .conftest import LOADED, WAYS, Ansible, each_core, only_ci

QUEUES = [{"slug": f"q{n}", "name": f"Queue {n}", "number": str(3000 + n), "max_wait_time": 30} for n in range(30)]
TASK = {"name": "keep", "evolux.contact_center.evolux_queues": {"queues": QUEUES, "concurrency": 3}}
# Seconds after which nothing may be sent any more, and seconds within which all processes must be gone.
NOTHING_SENT, GONE = 0.5, 5

# The point in the task -> the fault that the server applies there, and the request to wait for.
STAGES: dict[str, tuple[dict[str, Any], str]] = {
    "reading": ({"kind": "latency", "seconds": 2, "method": "GET", "times": None}, "GET"),
    "writing": ({"kind": "latency", "seconds": 0.15, "times": None}, "POST"),
    "waiting for an answer": ({"kind": "hang", "method": "POST", "times": None}, "POST"),
    "told to wait": (
        {"kind": "answer", "status": 429, "headers": {"Retry-After": "2"}, "method": "POST", "times": None},
        "POST",
    ),
    "backing off": ({"kind": "answer", "status": 502, "method": "PUT", "times": None}, "PUT"),
}
# A terminal sends Ctrl-C to all of its processes.
SIGNALS: dict[str, tuple[Callable[[int, int], None], int]] = {
    "Ctrl-C": (os.killpg, signal.SIGINT),
    "SIGINT": (os.kill, signal.SIGINT),
    "SIGTERM": (os.kill, signal.SIGTERM),
}
# In these stages, each signal is sent, and SIGTERM in both ways.
ON_EACH_CORE = ("writing", "waiting for an answer")
# Each signal in at least two stages, and each stage in both ways of running a module, some of them in CI.
CELLS = [
    (each_core if stage in ON_EACH_CORE else only_ci if (number + shift) % 2 else pytest.param)(
        way, stage, list(SIGNALS)[(number + shift) % len(SIGNALS)]
    )
    for shift, way in enumerate(WAYS)
    for number, stage in enumerate(STAGES)
]


def processes(mark: str) -> list[str]:
    """The processes that have a mark in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (
                mark.encode() in (folder / "environ").read_bytes()
                and "State:\tZ" not in (folder / "status").read_text()
            ):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # it has ended, or belongs to another user
            continue
    return found


def wait_until(is_so: Callable[[], Any], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def asked(tenant: Tenant, method: str) -> int:
    return sum(entry.get("method") == method for entry in tenant.log())


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to find processes")
@pytest.mark.parametrize(("way", "stage", "told"), CELLS)
def test_nothing_is_sent_and_nothing_is_left(way: str, stage: str, told: str, sandbox: Sandbox, tmp_path: Path) -> None:
    fault, method = STAGES[stage]
    send, number = SIGNALS[told]
    tenant = sandbox.tenant()
    tenant.fault(**fault)
    playbook = tmp_path / "playbook.yml"
    playbook.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": [TASK]}]))
    mark = f"EVOLUX_TEST_MARK_{uuid.uuid4().hex}"
    environment = LOADED | {"EVOLUX_API_URL": tenant.url, "EVOLUX_API_TOKEN": tenant.token, mark: "1"}
    command = [str(Path(sys.executable).with_name("ansible-playbook")), str(playbook)]
    command += ["--extra-vars", json.dumps({"evolux_run_in_worker": way == "in worker"})]

    with subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as running:
        try:
            assert wait_until(lambda: asked(tenant, method), 60)
            assert len(processes(mark)) >= 2
            send(running.pid, number)
            signalled = time.monotonic()
            assert wait_until(lambda: running.poll() is not None, GONE), processes(mark)
            assert wait_until(lambda: not processes(mark), GONE), processes(mark)
            time.sleep(max(0, signalled + NOTHING_SENT - time.monotonic()))
            log = len(tenant.log())
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)
            output, _nothing = running.communicate(timeout=GONE)
    assert tenant.token.encode() not in output
    # Only a process could still send something, and there is none.
    assert len(tenant.log()) == log

    # The next run finishes the job.
    tenant.clear_faults()
    run = Ansible(tenant, tmp_path).play(TASK)
    assert run.code == 0, run.output
    assert [queue["max_wait_time"] for queue in tenant.queues()] == [30] * len(QUEUES)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_module_reports_what_it_knows(number: int, sandbox: Sandbox, tmp_path: Path) -> None:
    tenant = sandbox.tenant()
    # The first two are created, and the others get no answer in time.
    tenant.fault("latency", method="POST", seconds=30, times=None, skip=2)
    module = "ansible_collections.evolux.contact_center.plugins.modules.evolux_queues"
    options = {"queues": QUEUES[:6], "concurrency": 1, "api_url": tenant.url, "api_token": tenant.token}
    collections = str(Path(__file__).resolve().parents[2] / ".cache" / "collections")
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", SHIPPED, module],
        env={**LOADED, "PYTHONPATH": collections},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=tmp_path,
    ) as running:
        assert running.stdin
        running.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode())
        running.stdin.close()
        running.stdin = None
        assert wait_until(lambda: asked(tenant, "POST") == 3, 30)
        running.send_signal(number)
        output, _nothing = running.communicate(timeout=GONE)
    result = json.loads(output)
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, True, "interrupted")
    fates = [entry["status"] for entry in result["results"]]
    assert fates == ["done", "done", "failed", "not_attempted", "not_attempted", "not_attempted"]
    assert result["results"][2]["error"]["code"] == "interrupted"
    assert tenant.token not in output.decode()


# A module as Ansible runs it: it reads its options from standard input.
SHIPPED = """
import importlib, sys
from ansible.module_utils import basic
basic._ANSIBLE_ARGS = sys.stdin.buffer.read()
if hasattr(basic, "_ANSIBLE_PROFILE"):
    basic._ANSIBLE_PROFILE = "legacy"
importlib.import_module(sys.argv[1]).main()
"""
