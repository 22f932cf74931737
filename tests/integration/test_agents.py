# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""evolux_agent_info through ansible-playbook, in each way that modules can be run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.control import Sandbox

from .conftest import WAYS, Ansible, each_core, only_ci

AGENTS = "evolux.contact_center.evolux_agent_info"
QUEUE = {"name": "Support", "slug": "support", "number": "3001"}
PEOPLE: list[dict[str, Any]] = [
    {"login": f"agent{n}", "name": f"Agent {n}", "queues": [1] * (n % 2), "archived": n % 4 == 3} for n in range(60)
]


@pytest.mark.parametrize("way", [each_core(WAYS[0]), *map(only_ci, WAYS[1:])])
def test_agents_in_check_mode_and_out_of_it(way: str, sandbox: Sandbox, tmp_path: Path) -> None:
    tenant = sandbox.tenant(queues=[QUEUE], agents=PEOPLE)
    uses: dict[str, tuple[Any, int]] = {
        "all": ({"include_archived": True}, 60),
        "who serves": ({"queue": "support"}, 15),
        # A template with an integer yields an integer on some versions of ansible-core, and text on others.
        "by id": ({"queue": "{{ served.agents[0].queues[0] }}"}, 15),
        "nobody": ({"login": "ghost"}, 0),
    }
    tasks = [
        {"name": f"{name}, check mode {check}", AGENTS: options, "check_mode": check, "register": "served"}
        for check in (True, False)
        for name, (options, _count) in uses.items()
    ]
    run = Ansible(tenant, tmp_path, way).play(*tasks)
    assert run.code == 0, run.output
    for name, (_options, count) in uses.items():
        foreseen, result = (run.result(f"{name}, check mode {check}") for check in (True, False))
        assert foreseen["agents"] == result["agents"]
        assert (len(result["agents"]), result["changed"]) == (count, False)
    assert tenant.writes() == []


@pytest.mark.parametrize("way", WAYS)
def test_a_server_without_agents(way: str, sandbox: Sandbox, tmp_path: Path) -> None:
    tenant = sandbox.tenant(queues=[QUEUE], switches={"agents": False})
    task = {"name": "old", AGENTS: {}, "ignore_errors": True}
    result = Ansible(tenant, tmp_path, way).play(task).result("old")
    error = result["error"]
    assert (error["code"], error["status"], error["message"]) == ("not_found", 404, "Not found")
    assert (error["method"], error["path"]) == ("GET", "/api/v1/agents")
    assert result["msg"] == (
        "Listing the agents failed: the server returned HTTP 404 (Not found), so it has no API for agents, which was "
        "added in Evolux 6.15.0; ask Evolux for an update, or check that api_url is this tenant's address."
    )
