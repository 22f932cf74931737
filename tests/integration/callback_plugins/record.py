# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes every task's result to a file, and marks in the sandbox's log where each task starts."""

from __future__ import annotations

import json
import os
import urllib.request
from pathlib import Path

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: aggregate
short_description: Records results for tests
description:
  - Writes every task's result to a file and marks in the sandbox's log where a task begins.
"""


class CallbackModule(CallbackBase):
    """RECORD_FILE names the file (one JSON object per line), RECORD_MARKS the address that accepts marks."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "record"
    CALLBACK_NEEDS_ENABLED = False

    def v2_playbook_on_task_start(self, task, is_conditional):
        body = json.dumps({"label": task.get_name()}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(os.environ["RECORD_MARKS"], data=body, headers=headers)
        urllib.request.urlopen(request, timeout=10).close()

    def v2_runner_on_ok(self, result):
        self._write(result, failed=False)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._write(result, failed=True)

    def v2_runner_on_unreachable(self, result):
        self._write(result, failed=True)

    def _write(self, result, failed):
        entry = {
            "host": result._host.get_name(),
            "task": result._task.get_name(),
            "failed": failed,
            "result": result._result,
        }
        with Path(os.environ["RECORD_FILE"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, default=str) + "\n")
