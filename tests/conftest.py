# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all tests share: one sandbox for each process, on which each test has tenants of its own.

It holds every request of the client and every answer of its own to the API's description.
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

# What holds for many tests says what it found, too.
pytest.register_assert_rewrite("player", "scenarios", "tenant_scenarios")
# Before anything imports the collection or Ansible.
installed.isolate()
installed.link_tree()
# What is started in the background ignores Ctrl-C, and so would all that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
# What this machine trusts is not a test's.
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
    os.environ.pop(name, None)

DESCRIPTION = Path(__file__).resolve().parents[1] / "docs" / "api" / "openapi.yaml"

# How long an example takes is the machine's business, not the test's.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(description=DESCRIPTION) as running:
        yield running
        judgement = running.judgement()
        assert judgement["objections"] == []
