# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every scenario of evolux_queue through ansible-playbook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.control import Sandbox, Tenant
from scenarios import SALES, SCENARIOS, SUPPORT, prove

from .conftest import Ansible

TASK = "evolux.contact_center.evolux_queue"


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str, sandbox: Sandbox, tmp_path: Path) -> None:
    def runner(tenant: Tenant, options: dict[str, Any]) -> dict[str, tuple[bool, dict[str, Any]]]:
        task = {TASK: options, "ignore_errors": True}
        run = Ansible(tenant, tmp_path).play(
            {"name": "check", "check_mode": True, **task},
            {"name": "run", **task},
            {"name": "again", **task},
            args=("--diff",),
        )
        return {name: (run.failed(name), run.result(name)) for name in ("check", "run", "again")}

    prove(name, sandbox, runner)


@pytest.mark.parametrize("task", [{"slug": "support"}, {"name": "Support"}, {"id": 1}])
def test_steady_state_costs_one_request(task: dict[str, Any], sandbox: Sandbox, tmp_path: Path) -> None:
    tenant = sandbox.tenant(queues=(SUPPORT, SALES))
    run = Ansible(tenant, tmp_path).play({"name": "steady", TASK: {**SUPPORT, "slug": "", "name": "", **task}})
    assert run.result("steady")["changed"] is False
    assert len(tenant.requests()) == 1
