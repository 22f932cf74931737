# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long evolux_queues takes to plan a big tenant, and how much memory the whole module needs for that.

Each figure comes from a separate process, since a process's peak of memory never goes down.
"""

from __future__ import annotations

import itertools
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from common import HERE, ROOT, Sandbox, queue, queues

SIZES = (1_000, 10_000)


# A number of queues -> what the tenant has, and what is wanted.
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


def planning(
    sandbox: Sandbox, cases: Mapping[str, Case], sizes: Iterable[int], rounds: int
) -> Iterator[dict[str, Any]]:
    """Rows with the medians of so many rounds, each in a separate process."""
    for (case, made), size in itertools.product(cases.items(), sizes):
        current, wanted = made(size)
        tenant = sandbox.tenant(queues=current)
        runs = []
        for _round in range(rounds):
            child = subprocess.run(
                [sys.executable, str(HERE / "planned.py"), str(ROOT / ".cache" / "tree"), tenant.url, tenant.token],
                input=json.dumps(wanted),
                capture_output=True,
                text=True,
                check=True,
            )
            runs.append(json.loads(child.stdout))
        yield {"case": case, "queues": size, **{name: statistics.median(run[name] for run in runs) for name in runs[0]}}
