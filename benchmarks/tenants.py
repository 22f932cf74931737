# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the time of one run grows with the tenants in its inventory: 40 queues each, nothing to do."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from common import Network, Tenant, medians, playbook, queues, run

PING, OURS, SHIPPED = "ping", "evolux_queues", "evolux_queues, shipped"


def tenants(network: Network, hosts: Iterable[int], forks: Iterable[int], rounds: int) -> Iterator[dict[str, Any]]:
    """Rows with the medians in seconds, including one for distant tenants, each with its own connection."""
    wanted = queues(40)
    cases = [(count, at_once, 0) for count, at_once in itertools.product(hosts, forks) if at_once <= max(count, 5)]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"evolux_queues": wanted}, file)
        file.flush()
        for count, at_once, distance in (*cases, (50, 50, 50)):
            made = [network.sandbox(distance).tenant(queues=wanted) for _host in range(count)]
            seconds = measure(made, at_once, file.name, rounds, network.environment(distance))
            yield {"tenants": count, "forks": at_once, "distance": distance, "seconds": seconds}


def measure(
    made: list[Tenant], forks: int, wanted: str, rounds: int, environment: Mapping[str, str]
) -> dict[str, float]:
    inventory = {f"tenant{n:03}": {"token": tenant.token} for n, tenant in enumerate(made)}
    contenders = {
        PING: playbook("ping", inventory=inventory, forks=forks),
        OURS: playbook("bulk", inventory=inventory, forks=forks),
        SHIPPED: playbook("bulk", way="shipped", inventory=inventory, forks=forks),
    }

    def once(name: str) -> float:
        return run([*contenders[name], "--extra-vars", f"@{wanted}"], made[0], environment)

    found = medians(contenders, rounds, once)
    if {entry["method"] for tenant in made for entry in tenant.requests()} != {"GET"}:
        raise SystemExit("A run wrote, although there was nothing to do.")
    return found
