# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all tests share: one sandbox for each process, on which each test has its own tenants.

The sandbox checks every request of the client and every answer of its own against the API's description.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import installed
from sandbox.control import Sandbox

# Shared assertions show their values, too.
pytest.register_assert_rewrite("player", "scenarios", "tenant_scenarios")
# This must run before anything imports the collection or Ansible.
installed.isolate()
installed.link_tree()
# A process started in the background ignores Ctrl-C, and so would everything that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Tests must not depend on what this machine trusts.
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
    os.environ.pop(name, None)

DESCRIPTION = Path(__file__).resolve().parents[1] / "docs" / "api" / "openapi.yaml"

# How long an example takes depends on the machine.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(description=DESCRIPTION) as running:
        yield running
        judgement = running.judgement()
        assert judgement["objections"] == []
