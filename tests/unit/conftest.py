# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs modules in this process, as the action plugins do in Ansible's worker."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.evolux.contact_center.plugins.plugin_utils import _in_worker
from sandbox.control import Tenant

# module, tenant, options, check mode or not -> whether it failed, and its result
RunModule = Callable[..., tuple[bool, dict[str, Any]]]


@pytest.fixture
def run_module() -> Iterator[RunModule]:
    """Each run behaves as if in a new worker, unless it is the next item of a loop."""

    def end_worker() -> None:
        for api in _in_worker._KEPT.values():
            api.http.close()
        _in_worker._KEPT.clear()

    def run(
        module: Any, tenant: Tenant, options: dict[str, Any], *, check_mode: bool = False, is_next_item: bool = False
    ) -> tuple[bool, dict[str, Any]]:
        if not is_next_item:
            end_worker()
        connection = {"api_url": tenant.url, "api_token": f"{tenant.token}\n"}
        internal = {
            "_ansible_check_mode": check_mode,
            "_ansible_remote_tmp": "/tmp",
            "_ansible_keep_remote_files": False,
        }
        arguments = _in_worker._encoded({**connection, **options, **internal})
        done = _in_worker._run(_in_worker._Call(module, arguments, os.getcwd(), {}, dict))
        assert done["stdout"], done["stderr"]
        result = json.loads(done["stdout"])
        assert done["rc"] == int(result.get("failed", False))
        # Tells ansible-core 2.22 and newer what to mask; users don't see it.
        result.pop("_ansible_new_secrets", None)
        return result.get("failed", False), result

    yield run
    end_worker()


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Without Python's search for garbage, as in a module's own process."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def run_thrice(
    run_module: RunModule,
) -> Callable[[Any, Tenant, dict[str, Any]], dict[str, tuple[bool, dict[str, Any]]]]:
    """Run a module in check mode, for real and again, and mark each run in the sandbox's log."""

    def run(module: Any, tenant: Tenant, options: dict[str, Any]) -> dict[str, tuple[bool, dict[str, Any]]]:
        runs = {}
        for label in ("check", "run", "again"):
            tenant.mark(label)
            runs[label] = run_module(module, tenant, options, check_mode=label == "check")
        return runs

    return run
