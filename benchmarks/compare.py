# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What it costs to keep queues, compared with the alternatives and with the fastest that is possible.

In each round, the contenders do the same work one after the other, each on its own tenant.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import psutil
from common import HERE, Network, Queues, command, medians, playbook, queues, run

STATES = FRESH, DRIFT, NOTHING = ("fresh", "10 % drift", "nothing to do")
AT_ONCE = (1, 8, 16)
URI, PING = "uri tasks", "one ping"
LOOP, SHIPPED_LOOP, SHIPPED = "evolux_queue in a loop", "evolux_queue in a loop, shipped", "evolux_queues 8, shipped"
LOOP_SCRIPT = "script of a loop"


class Scene(NamedTuple):
    """A number of queues in a state, and how far away the tenant is, in milliseconds."""

    queues: int
    distance: int
    state: str


# At close range, Ansible and the modules dominate the time; far away, the requests do.
SCENES = (
    *(Scene(200, 0, state) for state in STATES),
    *(Scene(size, 0, state) for size in (1, 50) for state in (FRESH, NOTHING)),
    Scene(1000, 0, NOTHING),
    Scene(1, 50, NOTHING),
    *(Scene(size, 50, state) for size in (20, 50, 200) for state in (FRESH, NOTHING)),
    *(Scene(50, distance, NOTHING) for distance in (10, 200)),
)
QUICK = (Scene(1, 0, NOTHING), Scene(50, 0, NOTHING), Scene(20, 50, FRESH), Scene(50, 50, NOTHING))


def ours(at_once: int) -> str:
    return f"evolux_queues {at_once}"


def script(at_once: int) -> str:
    return f"script {at_once}"


def before(scene: Scene) -> Queues:
    """The tenant's queues before a contender's work, including sixty that nobody asks for.

    This way there are never exactly 50, the API's usual page size, which would take one more request to check for more.
    """
    others = [{"name": f"Other {n}", "slug": f"other_{n}", "number": f"99{n:05}"} for n in range(60)]
    return others + ([] if scene.state == FRESH else queues(scene.queues, differing=scene.state == DRIFT))


def contenders(scene: Scene) -> dict[str, list[str]]:
    """The commands, without their last argument, by their names in the report."""
    python = [command("python"), str(HERE / "script.py")]
    found = {PING: playbook("ping")}
    if scene.queues <= 200:
        found |= {URI: playbook("uri"), LOOP: playbook("loop"), LOOP_SCRIPT: [*python, "loop"]}
    # A process for each item takes the same time anywhere.
    if scene.queues == 1 or (scene.queues == 50 and not scene.distance):
        found[SHIPPED_LOOP] = playbook("loop", way="shipped")
    for at_once in AT_ONCE:
        found[ours(at_once)] = [*playbook("bulk"), "--extra-vars", f"concurrency={at_once}"]
        found[script(at_once)] = [*python, str(at_once)]
    if not scene.distance:
        found[SHIPPED] = playbook("bulk", way="shipped")
    return found


def measure(network: Network, scene: Scene, rounds: int) -> dict[str, Any]:
    """One row: the medians in seconds, the number of requests, and how busy the server was."""
    found = contenders(scene)
    sent: dict[str, Counter[str]] = {}
    busy: dict[str, float] = {}
    sandbox, environment = network.sandbox(scene.distance), network.environment(scene.distance)
    server = psutil.Process(sandbox.pid)
    wanted = {(queue["slug"], queue["name"], queue["number"]) for queue in queues(scene.queues)}

    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"evolux_queues": queues(scene.queues)}, file)
        file.flush()

        def once(name: str) -> float:
            tenant = sandbox.tenant(queues=before(scene))
            start = server.cpu_times()
            given = [file.name] if name.startswith("script") else ["--extra-vars", f"@{file.name}"]
            took = run([*found[name], *given], tenant, environment)
            end = server.cpu_times()
            if name != PING and not wanted <= {(q["slug"], q["name"], q["number"]) for q in tenant.queues()}:
                raise SystemExit(f"{name} didn't do its work.")
            busy[name] = (end.user + end.system - start.user - start.system) / took
            sent[name] = Counter(entry["method"] for entry in tenant.requests())
            return took

        seconds = medians(found, rounds, once)
    # Otherwise the limit would be for different work.
    for name, bare in ((LOOP, LOOP_SCRIPT), *((ours(at_once), script(at_once)) for at_once in AT_ONCE)):
        if sent.get(name) != sent.get(bare):
            raise SystemExit(f"{name} sent {sent[name]} requests, but the script sent {sent[bare]}.")
    return {
        **scene._asdict(),
        "seconds": seconds,
        "requests": {name: sum(count.values()) for name, count in sent.items()},
        "busy": busy,
    }


def compare(network: Network, scenes: Iterable[Scene], rounds: int) -> Iterator[dict[str, Any]]:
    """One row for each scene."""
    for scene in scenes:
        # One queue takes so little time that more rounds are affordable, and necessary.
        yield measure(network, scene, 2 * rounds + 1 if scene.queues == 1 else rounds)
