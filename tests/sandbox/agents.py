# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Agents, as the page "API - Agente" shows them. They are read-only, so they come from seeds alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .switches import SeedError, is_positive

Agent = dict[str, Any]

# The values of an agent that a seed doesn't set.
_DEFAULTS: Agent = {
    "archived": False,
    "enable": True,
    "queues": [],
    "current_extension": None,
    "last_pause": None,
    "last_login": None,
    "current_pause": None,
    "current_outbound_queue": None,
}


def agents_of(seeds: Sequence[Any]) -> list[Agent]:
    """The agents that these seeds describe, sorted by id. Fields that the page doesn't document are shown, too.

    Raises SeedError.
    """
    agents: dict[int, Agent] = {}
    for position, seed in enumerate(seeds):
        if not isinstance(seed, dict) or not all(isinstance(seed.get(name), str) for name in ("login", "name")):
            raise SeedError(f"agent {position}: login and name are required")
        agent = {"id": max(agents, default=0) + 1, **_DEFAULTS, **seed}
        if not is_positive(agent["id"]) or agent["id"] in agents:
            raise SeedError(f"agent {position}: id must be a positive integer that no other agent has")
        agents[agent["id"]] = agent
    return [agents[id] for id in sorted(agents)]
