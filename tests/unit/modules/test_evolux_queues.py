# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every scenario of evolux_queues in this process, without ansible-playbook."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from tenant_scenarios import SCENARIOS, prove

from ansible_collections.evolux.contact_center.plugins.modules import evolux_queues
from sandbox.control import Sandbox


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str, sandbox: Sandbox, run_thrice: Any) -> None:
    prove(name, sandbox, partial(run_thrice, evolux_queues))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"concurrency": 0}, "concurrency is 0"),
        ({"concurrency": 17}, "concurrency is 17"),
        ({"archive_unlisted_limit": -1}, "archive_unlisted_limit is -1"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(
    options: dict[str, Any], says: str, sandbox: Sandbox, run_module: Any
) -> None:
    tenant = sandbox.tenant()
    failed, result = run_module(evolux_queues, tenant, {"queues": [], **options})
    assert (failed, result["error"]["code"]) == (True, "invalid")
    assert says in result["msg"]
    assert tenant.requests() == []
