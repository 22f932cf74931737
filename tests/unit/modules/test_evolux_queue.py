# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every scenario of evolux_queue in this process, without ansible-playbook."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from ansible_collections.evolux.contact_center.plugins.module_utils._http import Client
from ansible_collections.evolux.contact_center.plugins.modules import evolux_queue
from sandbox.control import Sandbox
from scenarios import SCENARIOS, other_readings, prove


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str, sandbox: Sandbox, run_thrice: Any) -> None:
    prove(name, sandbox, partial(run_thrice, evolux_queue))


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_on_another_server(name: str, sandbox: Sandbox, run_thrice: Any) -> None:
    prove(name, sandbox, partial(run_thrice, evolux_queue), other_readings(name))


def test_a_create_is_sent_no_more_often_than_retries_allow(
    sandbox: Sandbox, run_module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Client, "back_off", lambda *_attempt: None)
    tenant = sandbox.tenant()
    for status in (429, 503) * 10:
        tenant.fault("answer", method="POST", status=status)
    task = {"slug": "night", "name": "Night", "number": "3005", "retries": 2}
    failed, result = run_module(evolux_queue, tenant, task)
    assert (failed, result["changed"]) == (True, False)
    assert len(tenant.writes()) == 3
