# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the benchmarks share: queues, the sandbox, and running commands on it."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / ".cache" / "tree")]

from sandbox.control import Sandbox, Tenant  # noqa: E402

__all__ = ["HERE", "ROOT", "Sandbox", "Tenant", "command", "medians", "playbook", "queue", "queues", "run"]

# Of the inventories and an empty configuration; gone at the end.
FOLDER = tempfile.TemporaryDirectory(prefix="evolux-benchmark-")
CONFIGURATION = Path(FOLDER.name) / "ansible.cfg"
CONFIGURATION.touch()
PLAYBOOKS = HERE / "playbooks"
Queues = list[dict[str, str]]


def queue(number: int) -> dict[str, str]:
    return {"name": f"Queue {number}", "slug": f"queue_{number}", "number": f"{number:07}"}


def queues(size: int, *, differing: bool = False) -> Queues:
    """So many queues; every tenth has another name if they differ."""
    return [queue(n) | ({"name": "Other"} if differing and n % 10 == 0 else {}) for n in range(size)]


def medians(contenders: Iterable[str], rounds: int, once: Callable[[str], float]) -> dict[str, float]:
    """The median seconds of each contender; in each round all run, one after the other, each time another one first.

    What takes more than twenty seconds runs in the first round alone: beside that, its noise is small.
    """
    took: dict[str, list[float]] = {name: [] for name in contenders}
    order = deque(took)
    for _round in range(rounds):
        for name in order:
            if not took[name] or took[name][0] <= 20:
                took[name].append(once(name))
        order.rotate(-1)
    return {name: statistics.median(seconds) for name, seconds in took.items()}


def command(name: str) -> str:
    """A command of this Python's environment."""
    return str(Path(sys.executable).with_name(name))


def playbook(
    name: str, *, way: str = "in worker", inventory: dict[str, Any] | None = None, forks: int = 5
) -> list[str]:
    """The beginning of a command that plays it.

    way: "in worker", or "shipped" as Ansible runs other modules. inventory: of all hosts; without, localhost alone.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".json", dir=FOLDER.name, delete=False) as file:
        json.dump({"all": {"hosts": inventory or {"localhost": {}}}}, file)
    variables = json.dumps({"evolux_run_in_worker": way == "in worker"})
    options = ["--inventory", file.name, "--forks", str(forks), "--extra-vars", variables]
    return [command("ansible-playbook"), str(PLAYBOOKS / f"{name}.yml"), *options]


def run(arguments: list[str], tenant: Tenant, environment: Mapping[str, str] = MappingProxyType({})) -> float:
    """Run a command on a tenant; how many seconds it took. Its failure ends the benchmark."""
    environment = {
        # The user's own settings would decide, otherwise.
        **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
        **environment,
        "ANSIBLE_CONFIG": str(CONFIGURATION),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_DEPRECATION_WARNINGS": "false",
        "EVOLUX_API_URL": tenant.url,
        "EVOLUX_API_TOKEN": tenant.token,
    }
    start = time.perf_counter()
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
    took = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{arguments} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return took
