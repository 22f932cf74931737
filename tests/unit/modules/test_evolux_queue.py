# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every scenario of evolux_queue in this process, without ansible-playbook."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from ansible_collections.evolux.contact_center.plugins.modules import evolux_queue
from sandbox.control import Sandbox
from scenarios import SCENARIOS, prove


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str, sandbox: Sandbox, run_thrice: Any) -> None:
    prove(name, sandbox, partial(run_thrice, evolux_queue))
