# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-lint finds wrong options of our modules in users' playbooks, and reports nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("ansiblelint")

QUEUE = "evolux.contact_center.evolux_queue"
SUPPORT = {"slug": "support", "name": "Support", "number": "3001"}
WRONG: list[tuple[str, dict[str, Any], str]] = [
    (QUEUE, {"slug": "support", "nmae": "Support"}, "nmae"),
    (QUEUE, {"slug": "support", "state": "absent"}, "state must be one of"),
    (QUEUE, {"number": "3001"}, "one of the following is required: id, slug, name"),
    (f"{QUEUE}s", {"queues": [SUPPORT], "archive_unlistd": True}, "archive_unlistd"),
    (f"{QUEUE}s", {"queues": [{**SUPPORT, "nmber": "1"}]}, "queues.nmber"),
    (f"{QUEUE}s", {"concurrency": "many", "queues": []}, "concurrency"),
    (f"{QUEUE}s", {}, "queues"),
    (f"{QUEUE}_info", {"include_archivd": True}, "include_archivd"),
]
RIGHT: list[tuple[str, dict[str, Any]]] = [
    (QUEUE, SUPPORT),
    (
        QUEUE,
        {"queue_id": "{{ id }}", "max_wait_time": "{{ seconds }}", "state": "{{ state }}", "retries": "{{ some }}"},
    ),
    (QUEUE, {**SUPPORT, "api_url": "https://acme.evolux.net.br", "api_token": "{{ token }}"}),
    (f"{QUEUE}s", {"queues": "{{ queues }}", "archive_unlisted_limit": "{{ limit }}"}),
    (f"{QUEUE}s", {"queues": [{**SUPPORT, "max_wait_time": "{{ seconds }}", "state": "{{ state }}"}]}),
    (f"{QUEUE}_info", {"slug": "{{ slug }}"}),
]


def test_options_in_peoples_playbooks(tmp_path: Path) -> None:
    tasks = [{"name": f"Task {n}", module: options} for n, (module, options, *_says) in enumerate([*WRONG, *RIGHT])]
    play = {"name": "Play", "hosts": "localhost", "gather_facts": False, "tasks": tasks}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play], sort_keys=False, explicit_start=True))
    (tmp_path / ".ansible-lint").write_text("offline: true\nwarn_list: []\nenable_list: [args]\n")
    command = [sys.executable, "-m", "ansiblelint", "--format", "json", "-q", "play.yml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout, done.stderr
    found = [issue for issue in json.loads(done.stdout) if issue["check_name"] == "args[module]"]
    assert len(found) == len(WRONG), done.stdout
    for issue, (_module, _options, says) in zip(found, WRONG, strict=True):
        assert says in issue["description"], issue
