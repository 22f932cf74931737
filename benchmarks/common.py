# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the benchmarks share: queues, the sandbox, and running commands on it."""

from __future__ import annotations

import contextlib
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
from types import MappingProxyType, TracebackType
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / ".cache" / "tree")]

import trustme  # noqa: E402
from distance import Distance  # noqa: E402

from sandbox.control import Sandbox, Tenant  # noqa: E402

__all__ = [
    "HERE",
    "ROOT",
    "SLOW",
    "SPREAD",
    "Network",
    "Sandbox",
    "Tenant",
    "command",
    "medians",
    "playbook",
    "queue",
    "queues",
    "run",
]

# For the inventories and an empty configuration; removed at the end.
FOLDER = tempfile.TemporaryDirectory(prefix="evolux-benchmark-")
CONFIGURATION = Path(FOLDER.name) / "ansible.cfg"
CONFIGURATION.touch()
PLAYBOOKS = HERE / "playbooks"
Queues = list[dict[str, str]]


class Network:
    """Sandboxes at these distances in milliseconds. 0 is plain HTTP on this machine; all others are reached over TLS.

    ca: the certificate to trust.
    """

    def __init__(self, distances: Iterable[int]) -> None:
        self._distances = distances
        self._open = contextlib.ExitStack()
        self._urls: dict[int, str] = {}
        self.ca = Path(FOLDER.name) / "ca.pem"

    def __enter__(self) -> Network:
        key, chain = self.ca.with_name("key.pem"), self.ca.with_name("chain.pem")
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1")
        authority.cert_pem.write_to_path(str(self.ca))
        certificate.private_key_pem.write_to_path(str(key))
        chain.write_bytes(b"".join(blob.bytes() for blob in (*certificate.cert_chain_pems, authority.cert_pem)))
        self._near = self._open.enter_context(Sandbox())
        self._far = self._open.enter_context(Sandbox(tls_cert=chain, tls_key=key))
        for distance in self._distances:
            if distance:
                there = self._open.enter_context(Distance(int(self._far.url.rpartition(":")[2]), distance))
                self._urls[distance] = f"https://127.0.0.1:{there.port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def sandbox(self, distance: int) -> Sandbox:
        """The server at this distance."""
        return self._far if distance else self._near

    def environment(self, distance: int) -> dict[str, str]:
        """The environment that a command needs besides its tenant."""
        return {"EVOLUX_API_URL": self._urls[distance], "EVOLUX_CA_PATH": str(self.ca)} if distance else {}


def queue(number: int) -> dict[str, str]:
    return {"name": f"Queue {number}", "slug": f"queue_{number}", "number": f"{number:07}"}


def queues(size: int, *, differing: bool = False) -> Queues:
    """This many queues; with `differing`, every tenth has another name."""
    return [queue(n) | ({"name": "Other"} if differing and n % 10 == 0 else {}) for n in range(size)]


SLOW = 8  # seconds
# For each contender that ran several times, the largest deviation from its median, as a fraction of the median.
SPREAD: list[float] = []


def medians(contenders: Iterable[str], rounds: int, once: Callable[[str], float]) -> dict[str, float]:
    """The median seconds of each contender. In each round, all run in turn, each time starting with a different one.

    Slow contenders run in the first round only, since their noise is relatively small.
    """
    took: dict[str, list[float]] = {name: [] for name in contenders}
    order = deque(took)
    for _round in range(rounds):
        for name in order:
            if not took[name] or took[name][0] <= SLOW:
                took[name].append(once(name))
        order.rotate(-1)
    middle = {name: statistics.median(seconds) for name, seconds in took.items()}
    SPREAD.extend(
        max(abs(each - middle[name]) for each in seconds) / middle[name]
        for name, seconds in took.items()
        if len(seconds) > 1
    )
    return middle


def command(name: str) -> str:
    """The path of a command in this Python's environment."""
    return str(Path(sys.executable).with_name(name))


def playbook(
    name: str, *, way: str = "in worker", inventory: dict[str, Any] | None = None, forks: int = 5
) -> list[str]:
    """The beginning of the command that runs a playbook.

    way: "in worker", or "shipped" as Ansible runs other modules. inventory: each host's variables; default: localhost.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".json", dir=FOLDER.name, delete=False) as file:
        json.dump({"all": {"hosts": inventory or {"localhost": {}}}}, file)
    variables = json.dumps({"evolux_run_in_worker": way == "in worker"})
    options = ["--inventory", file.name, "--forks", str(forks), "--extra-vars", variables]
    return [command("ansible-playbook"), str(PLAYBOOKS / f"{name}.yml"), *options]


def run(arguments: list[str], tenant: Tenant, environment: Mapping[str, str] = MappingProxyType({})) -> float:
    """Run a command on a tenant and return the seconds that it took. A failure ends the benchmark."""
    environment = {
        # Otherwise the user's own settings would apply.
        **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
        "ANSIBLE_CONFIG": str(CONFIGURATION),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_DEPRECATION_WARNINGS": "false",
        "EVOLUX_API_URL": tenant.url,
        "EVOLUX_API_TOKEN": tenant.token,
        **environment,
    }
    start = time.perf_counter()
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
    took = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{arguments} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return took
