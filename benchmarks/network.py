# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the simulated network behaves as it should, and how long work takes on a server that limits its requests."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import requests
from common import Network, Tenant, medians, playbook, queues, run

DISTANCES = (10, 50, 200)
_CREATES = 60


def theory(network: Network, distances: Iterable[int], rounds: int) -> Iterator[dict[str, Any]]:
    """Rows with the round trips that requests take over TLS 1.3: the first on a connection, and a later one."""
    for distance in distances:
        tenant = network.sandbox(distance).tenant()
        url = f"{network.environment(distance)['EVOLUX_API_URL']}/api/v1/queues"
        took: dict[str, list[float]] = {"first": [], "another": []}
        for _round in range(rounds):
            with requests.Session() as session:
                session.trust_env, session.verify = False, str(network.ca)
                session.headers["token"] = tenant.token
                for times in took.values():
                    start = time.perf_counter()
                    session.get(url, timeout=30).raise_for_status()
                    times.append((time.perf_counter() - start) * 1000 / distance)
        yield {"distance": distance, **{name: statistics.median(times) for name, times in took.items()}}


def limited(network: Network, rates: Iterable[int]) -> Iterator[dict[str, Any]]:
    """Rows with the seconds that creates take, by concurrency and by the server's limit of requests per second."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"evolux_queues": queues(_CREATES)}, file)
        file.flush()
        ping = run(playbook("ping"), network.sandbox(0).tenant())
        for rate in rates:
            for at_once in (1, 8, 16):
                tenant = network.sandbox(0).tenant(switches={"requests_per_second": rate})
                arguments = ["--extra-vars", f"concurrency={at_once}", "--extra-vars", f"@{file.name}"]
                seconds = run([*playbook("bulk"), *arguments], tenant)
                answers = [entry["status"] for entry in tenant.requests()]
                if len(tenant.queues()) != _CREATES:
                    raise SystemExit("Not all queues were created.")
                taken = sum(status != 429 for status in answers)
                yield {
                    "rate": rate,
                    "at_once": at_once,
                    "seconds": seconds,
                    "ideal": ping + taken / rate,
                    "refused": len(answers) - taken,
                }


def first_look(network: Network, distances: Iterable[int], rounds: int) -> Iterator[dict[str, Any]]:
    """Rows with the seconds and the requests of evolux_tenant_info, compared with a ping."""
    for distance in distances:
        tenant = network.sandbox(distance).tenant(queues=queues(40))
        books = {"ping": playbook("ping"), "info": playbook("info")}
        seconds = medians(books, rounds, partial(_timed, books, tenant, network.environment(distance)))
        yield {"distance": distance, **seconds, "requests": len(tenant.requests()) // rounds}


def _timed(books: Mapping[str, list[str]], tenant: Tenant, environment: Mapping[str, str], name: str) -> float:
    return run(books[name], tenant, environment)
