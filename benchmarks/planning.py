# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long evolux_queues takes to plan a big tenant, and how much memory the whole module takes for it.

Each figure comes from a process of its own, since a process never gives its peak of memory back.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from common import Sandbox, queue, queues

SIZES = (1_000, 10_000)
RUNS = 3


# What the tenant has, and what is wanted, from the number of queues.
Case = Callable[[int], tuple[list[dict[str, Any]], list[dict[str, Any]]]]
CASES: dict[str, Case] = {
    "nothing to do": lambda size: (queues(size), queues(size)),
    "every tenth differs": lambda size: (queues(size, differing=True), queues(size)),
    "one chain of numbers": lambda size: (
        queues(size),
        [queue(n) | {"number": f"{n + 1:07}"} for n in range(size)],
    ),
    "empty tenant": lambda size: ([], queues(size)),
}


def module_in_check_mode(url: str, token: str, wanted: list[dict[str, Any]]) -> dict[str, float]:
    """Run the module in this process; how long planning and all of it took, and the peak of memory."""
    from ansible.module_utils import basic

    from ansible_collections.evolux.contact_center.plugins.modules import evolux_queues

    options = {
        "api_url": url,
        "api_token": token,
        "queues": wanted,
        "_ansible_check_mode": True,
        "_ansible_remote_tmp": "/tmp",
        "_ansible_keep_remote_files": False,
    }
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode()
    basic._ANSIBLE_PROFILE = "legacy"
    planning = 0.0
    plan_queues = evolux_queues.plan_queues

    def timed(*args: Any, **kwargs: Any) -> Any:
        nonlocal planning
        start = time.perf_counter()
        plan = plan_queues(*args, **kwargs)
        planning = time.perf_counter() - start
        return plan

    evolux_queues.plan_queues = timed
    start = time.perf_counter()
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.suppress(SystemExit):
        evolux_queues.main()
    if json.loads(output.getvalue()).get("failed"):
        raise RuntimeError(output.getvalue())
    whole = time.perf_counter() - start
    return {
        "planning": planning,
        "module": whole,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def planning(sandbox: Sandbox, cases: Mapping[str, Case], sizes: Iterable[int]) -> Iterator[dict[str, Any]]:
    """Rows with the medians of several runs, each in a process of its own."""
    for (case, made), size in itertools.product(cases.items(), sizes):
        current, wanted = made(size)
        tenant = sandbox.tenant(queues=current)
        runs = []
        for _run in range(RUNS):
            child = subprocess.run(
                [sys.executable, __file__, tenant.url, tenant.token],
                input=json.dumps(wanted),
                capture_output=True,
                text=True,
                check=True,
            )
            runs.append(json.loads(child.stdout))
        yield {"case": case, "queues": size, **{name: statistics.median(run[name] for run in runs) for name in runs[0]}}


if __name__ == "__main__":
    print(json.dumps(module_in_check_mode(*sys.argv[1:], json.load(sys.stdin))))
