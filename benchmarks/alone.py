# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module costs before it does anything: how much Ansible ships to a target, and how long it takes to load."""

from __future__ import annotations

import base64
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common import Sandbox, playbook, queues, run

OWN = "ansible_collections.evolux.contact_center.plugins"
# Each module with the playbook that runs it.
MODULES = {
    "ansible.modules.ping": "ping",
    f"{OWN}.modules.evolux_queue": "loop",
    f"{OWN}.modules.evolux_queues": "bulk",
}


def alone(sandbox: Sandbox, rounds: int) -> Iterator[dict[str, Any]]:
    """Rows with kilobytes, numbers of files, and medians in milliseconds."""
    for module, book in MODULES.items():
        shipped = ship(sandbox, book)
        with tempfile.NamedTemporaryFile(suffix=".zip") as file:
            file.write(packed(shipped))
            file.flush()
            files = zipfile.ZipFile(file.name).namelist()
            times = [loading(module, file.name) for _round in range(rounds)]
        yield {
            "module": module.rpartition(".")[2],
            "kilobytes": len(shipped) / 1000,
            "files": len(files),
            "own": sum(OWN.replace(".", "/") in name and not name.endswith("__init__.py") for name in files),
            "milliseconds": {part: statistics.median(took[part] for took in times) for part in times[0]},
        }


def ship(sandbox: Sandbox, book: str) -> bytes:
    """What Ansible writes to a target to run a playbook's module there."""
    with tempfile.TemporaryDirectory() as folder:
        facts = json.dumps({"evolux_queues": queues(1), "ansible_remote_tmp": folder})
        arguments = [*playbook(book, way="shipped"), "--extra-vars", facts]
        run(arguments, sandbox.tenant(queues=queues(1)), {"ANSIBLE_KEEP_REMOTE_FILES": "1"})
        (file,) = Path(folder).glob("*/AnsiballZ_*.py")
        return file.read_bytes()


def packed(shipped: bytes) -> bytes:
    """The archive of Python files inside it."""
    return base64.b64decode(max(re.findall(rb"[A-Za-z0-9+/=]{1000,}", shipped), key=len))


def loading(module: str, archive: str) -> dict[str, float]:
    """Milliseconds until Python has imported the module from the archive, by the owner of the code."""
    listing = [sys.executable, "-X", "importtime", "-c", f"import {module}"]
    environment = os.environ | {"PYTHONPATH": archive}
    told = subprocess.run(listing, env=environment, capture_output=True, text=True, check=True).stderr
    # Everything before this line is Python's own startup.
    told = told[told.index("| site\n") :]
    lines = re.findall(r"import time:\s+(\d+) \|\s+(\d+) \|\s+(\S+)", told)
    itself = {name: int(microseconds) / 1000 for microseconds, _cumulative, name in lines}
    took = {
        "own": sum(spent for name, spent in itself.items() if name.startswith("ansible_collections")),
        "requests": sum(int(cumulative) / 1000 for _self, cumulative, name in lines if name == "requests"),
        "ansible": sum(spent for name, spent in itself.items() if re.match(r"ansible(\.|$)", name)),
        "all": sum(itself.values()),
    }
    return took | {"python": took["all"] - took["own"] - took["requests"] - took["ansible"]}
