# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every scenario of evolux_queue in this process, without ansible-playbook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ansible.module_utils import basic

from ansible_collections.evolux.contact_center.plugins.modules import evolux_queue
from sandbox.control import Sandbox, Tenant
from scenarios import SCENARIOS, prove


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(
    name: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(tenant: Tenant, options: dict[str, Any], *, check_mode: bool) -> tuple[bool, dict[str, Any]]:
        connection = {"api_url": tenant.url, "api_token": f"{tenant.token}\n"}
        internal = {
            "_ansible_check_mode": check_mode,
            "_ansible_remote_tmp": "/tmp",
            "_ansible_keep_remote_files": False,
        }
        arguments = json.dumps({"ANSIBLE_MODULE_ARGS": {**connection, **options, **internal}})
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", arguments.encode())
        # Newer cores want to know how the arguments are encoded, and older ones don't ask.
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        with pytest.raises(SystemExit):
            evolux_queue.main()
        result = json.loads(capsys.readouterr().out)
        return result.get("failed", False), result

    def runner(tenant: Tenant, options: dict[str, Any]) -> dict[str, tuple[bool, dict[str, Any]]]:
        runs = {}
        for label in ("check", "run", "again"):
            tenant.mark(label)
            runs[label] = run(tenant, options, check_mode=label == "check")
        return runs

    prove(name, sandbox, runner)
