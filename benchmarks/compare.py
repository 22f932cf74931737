# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeping queues costs, beside what people would do otherwise and what it can't be faster than.

In each round every contender does the same work once, one after the other, on a tenant of its own.
"""

from __future__ import annotations

import itertools
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import psutil
from common import HERE, Queues, Sandbox, Tenant, command, medians, playbook, queues, run

STATES = ("fresh", "10 % drift", "nothing to do")
AT_ONCE = (1, 8, 16)
URI, PING = "uri tasks", "one ping"
LOOP, SHIPPED_LOOP, SHIPPED = "evolux_queue in a loop", "evolux_queue in a loop, shipped", "evolux_queues 8, shipped"


def ours(at_once: int) -> str:
    return f"evolux_queues {at_once}"


def script(at_once: int) -> str:
    return f"script {at_once}"


def before(size: int, state: str) -> Queues:
    """The tenant's queues before a contender's work."""
    return [] if state == "fresh" else queues(size, differing=state == STATES[1])


def contenders(size: int, state: str) -> dict[str, list[str]]:
    """The commands, less their last argument, by the names that the report has for them."""
    found = {PING: playbook("ping"), LOOP: playbook("loop"), URI: playbook("uri")}
    if size <= 50:
        found[SHIPPED_LOOP] = playbook("loop", way="shipped")
    for at_once in AT_ONCE:
        found[ours(at_once)] = [*playbook("bulk"), "--extra-vars", f"concurrency={at_once}"]
        found[script(at_once)] = [command("python"), str(HERE / "script.py"), str(at_once)]
    found[SHIPPED] = playbook("bulk", way="shipped")
    return found


def work(name: str, arguments: list[str], tenant: Tenant, size: int, wanted: Path) -> float:
    """How many seconds a contender took; it must have done its work."""
    given = str(wanted) if name.startswith("script") else f"@{wanted}"
    took = run([*arguments, *([] if name.startswith("script") else ["--extra-vars"]), given], tenant)
    wanted_facts = {queue["slug"]: (queue["name"], queue["number"]) for queue in queues(size)}
    if name != PING and {q["slug"]: (q["name"], q["number"]) for q in tenant.queues()} != wanted_facts:
        raise SystemExit(f"{name} has not done its work.")
    return took


def measure(sandbox: Sandbox, size: int, latency: int, state: str, rounds: int) -> dict[str, Any]:
    """One row: the medians in seconds, how many requests were sent, and how busy the server was at most."""
    found = contenders(size, state)
    sent: dict[str, Counter[str]] = {}
    busy: dict[str, float] = {}
    server = psutil.Process(sandbox.pid)

    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"evolux_queues": queues(size)}, file)
        file.flush()

        def once(name: str) -> float:
            tenant = sandbox.tenant(queues=before(size, state))
            if latency:
                tenant.fault("latency", seconds=latency / 1000, times=None)
            start = server.cpu_times()
            took = work(name, found[name], tenant, size, Path(file.name))
            end = server.cpu_times()
            busy[name] = (end.user + end.system - start.user - start.system) / took
            sent[name] = Counter(entry["method"] for entry in tenant.requests())
            return took

        seconds = medians(found, rounds, once)
    for at_once in AT_ONCE:
        # Otherwise the limit would be one of other work.
        if sent[ours(at_once)] != sent[script(at_once)]:
            raise SystemExit(f"{sent[ours(at_once)]} requests are not the script's {sent[script(at_once)]}.")
    return {
        "queues": size,
        "latency": latency,
        "state": state,
        "seconds": seconds,
        "requests": {name: sum(count.values()) for name, count in sent.items()},
        "busy": busy,
    }


def compare(sandbox: Sandbox, sizes: Iterable[int], latencies: Iterable[int], rounds: int) -> Iterator[dict[str, Any]]:
    for size, latency, state in itertools.product(sizes, latencies, STATES):
        # One queue takes little time, and so does a closer look, which such short times need.
        yield measure(sandbox, size, latency, state, 3 * rounds if size == 1 else rounds)
