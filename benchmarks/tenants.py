# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the time of one run grows with the tenants in its inventory: 50 queues each, nothing to do."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

from common import Sandbox, Tenant, medians, playbook, queues, run

PING, OURS, SHIPPED = "ping", "evolux_queues", "evolux_queues, shipped"


def tenants(sandbox: Sandbox, hosts: Iterable[int], forks: Iterable[int], rounds: int) -> Iterator[dict[str, Any]]:
    """Rows with the medians in seconds."""
    wanted = queues(50)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"evolux_queues": wanted}, file)
        file.flush()
        for count, at_once in itertools.product(hosts, forks):
            if at_once > max(count, 5):  # as with fewer
                continue
            made = {f"tenant{n:03}": sandbox.tenant(queues=wanted) for n in range(count)}
            inventory = {host: {"token": tenant.token} for host, tenant in made.items()}
            contenders = {
                PING: playbook("ping", inventory=inventory, forks=at_once),
                OURS: playbook("bulk", inventory=inventory, forks=at_once),
                SHIPPED: playbook("bulk", way="shipped", inventory=inventory, forks=at_once),
            }
            first = next(iter(made.values()))

            def once(name: str, contenders: dict[str, list[str]] = contenders, first: Tenant = first) -> float:
                return run([*contenders[name], "--extra-vars", f"@{file.name}"], first)

            yield {"tenants": count, "forks": at_once, "seconds": medians(contenders, rounds, once)}
            if {entry["method"] for tenant in made.values() for entry in tenant.requests()} != {"GET"}:
                raise SystemExit("There was nothing to do.")
