# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs modules in this process, without ansible-playbook."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible.module_utils import basic

from sandbox.control import Tenant

# module, tenant, options and whether in check mode -> whether it failed, and its result
RunModule = Callable[..., tuple[bool, dict[str, Any]]]


@pytest.fixture
def run_module(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunModule:
    def run(
        module: Any, tenant: Tenant, options: dict[str, Any], *, check_mode: bool = False
    ) -> tuple[bool, dict[str, Any]]:
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
            module.main()
        result = json.loads(capsys.readouterr().out)
        # By this, modules tell ansible-core 2.22 and newer what to mask; it is no part of what users see.
        result.pop("_ansible_new_secrets", None)
        return result.get("failed", False), result

    return run


@pytest.fixture
def run_thrice(
    run_module: RunModule,
) -> Callable[[Any, Tenant, dict[str, Any]], dict[str, tuple[bool, dict[str, Any]]]]:
    """In check mode, for real and again, each under its mark in the sandbox's log."""

    def run(module: Any, tenant: Tenant, options: dict[str, Any]) -> dict[str, tuple[bool, dict[str, Any]]]:
        runs = {}
        for label in ("check", "run", "again"):
            tenant.mark(label)
            runs[label] = run_module(module, tenant, options, check_mode=label == "check")
        return runs

    return run
