# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module costs before it does anything: its imports, and what Ansible ships of it to a target."""

from __future__ import annotations

import base64
import io
import os
import re
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from common import ROOT, Sandbox, playbook, queues, run

MODULES = ("evolux_queue", "evolux_queues", "evolux_queue_info")
PACKAGE = "ansible_collections.evolux.contact_center.plugins"


def imports(module: str, rounds: int) -> dict[str, Any]:
    """Milliseconds until it is imported, the whole, what of it is requests and what is Ansible; medians."""
    found: dict[str, list[float]] = {"whole": [], "requests": [], "ansible": []}
    code = f"import {PACKAGE}.modules.{module}"
    environment = os.environ | {"PYTHONPATH": str(ROOT / ".cache" / "tree")}
    for _round in range(rounds + 1):
        listing = [sys.executable, "-X", "importtime", "-c", code]
        told = subprocess.run(listing, env=environment, capture_output=True, text=True, check=True).stderr
        lines = re.findall(r"import time:\s+\d+ \|\s+(\d+) \|\s+(\S+)", told)
        took = {name: int(microseconds) / 1000 for microseconds, name in lines}
        found["whole"].append(took[f"{PACKAGE}.modules.{module}"])
        found["requests"].append(took["requests"])
        found["ansible"].append(took["ansible.module_utils.basic"])
    # The first round wrote the compiled files.
    return {name: statistics.median(times[1:]) for name, times in found.items()}


def shipped(sandbox: Sandbox) -> dict[str, Any]:
    """Kilobytes that Ansible sends to a target, and how many files of this collection are in them."""
    found = {}
    for name, book in (("ping", "ping"), ("evolux_queue", "loop"), ("evolux_queues", "bulk")):
        tenant = sandbox.tenant(queues=queues(1))
        with tempfile.TemporaryDirectory() as folder:
            facts = f'{{"evolux_queues": [{str(queues(1)[0]).replace(chr(39), chr(34))}]}}'
            options = ["--extra-vars", facts, "--extra-vars", f"ansible_remote_tmp={folder}"]
            os.environ["ANSIBLE_KEEP_REMOTE_FILES"] = "1"
            try:
                run([*playbook(book, way="shipped"), *options], tenant)
            finally:
                del os.environ["ANSIBLE_KEEP_REMOTE_FILES"]
            (file,) = Path(folder).glob("*/AnsiballZ_*.py")
            text = file.read_text(encoding="utf-8")
        packed = max(re.findall(r"[A-Za-z0-9+/=]{1000,}", text), key=len)
        names = zipfile.ZipFile(io.BytesIO(base64.b64decode(packed))).namelist()
        own = [path for path in names if "/evolux/contact_center/plugins/" in path and not path.endswith("__init__.py")]
        found[name] = {"kilobytes": len(text) / 1000, "files": len(names), "own": len(own)}
    return found
