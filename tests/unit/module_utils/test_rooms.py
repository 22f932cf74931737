# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which file may import which: in one direction only, including lazy imports and those for type checkers."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.control import Sandbox

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
PREFIX = "ansible_collections.evolux.contact_center.plugins.module_utils."
# Each file imports only files before it.
ROOMS = (
    "_own_process",
    "_text",
    "_errors",
    "_trust",
    "_address",
    "_connection",
    "_http_errors",
    "_threads",
    "_wire",
    "_pace",
    "_http",
    "_queue",
    "_agent",
    "_tenant_info",
    "_given",
    "_api",
    "_steps",
    "_fingerprint",
    "_read",
    "_conflicts",
    "_plan",
    "_report",
    "_apply",
    "_module",
)
# Pure logic: these files don't send or read anything.
PURE = {
    "_text",
    "_errors",
    "_queue",
    "_agent",
    "_tenant_info",
    "_given",
    "_steps",
    "_address",
    "_fingerprint",
    "_conflicts",
    "_plan",
    "_report",
    "_pace",
}
NETWORK = {"requests", "urllib3", "http", "socket", "ssl", "os", "time", "threading", "concurrent"}


def imported(file: Path) -> set[str]:
    """The modules that a file imports anywhere."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name} uses a relative import"
            found.add(str(node.module))
    return found


def rooms_of(room: str) -> set[str]:
    return {name.removeprefix(PREFIX) for name in imported(PLUGINS / "module_utils" / f"{room}.py") if PREFIX in name}


def test_every_room_has_its_place() -> None:
    files = {path.stem for path in (PLUGINS / "module_utils").glob("*.py")}
    assert sorted(files) == sorted(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_imports_run_one_way(room: str) -> None:
    assert rooms_of(room) <= set(ROOMS[: ROOMS.index(room)])


@pytest.mark.parametrize("room", sorted(PURE))
def test_what_is_pure_imports_nothing_that_is_not(room: str) -> None:
    assert rooms_of(room) <= PURE
    assert not {name.partition(".")[0] for name in imported(PLUGINS / "module_utils" / f"{room}.py")} & NETWORK


def test_http_knows_no_queue() -> None:
    assert "_queue" not in rooms_of("_http") | rooms_of("_http_errors") | rooms_of("_connection")


@pytest.mark.parametrize("file", sorted(PLUGINS.glob("module*/*.py")), ids=lambda file: file.stem)
def test_only_the_last_room_and_the_modules_know_ansible(file: Path) -> None:
    knows = any(name.partition(".")[0] == "ansible" for name in imported(file))
    assert not knows or file.stem == "_module" or file.parent.name == "modules"


# ---- what a run loads: not more than it uses ----

# A module as Ansible runs it, and the rooms that it has loaded in the end.
RUN = """
import atexit, json, sys
sys.path.insert(0, ".cache/tree")
from ansible.module_utils import basic
basic._ANSIBLE_ARGS = sys.stdin.buffer.read()
basic._ANSIBLE_PROFILE = "legacy"
prefix = "ansible_collections.evolux.contact_center.plugins.module_utils."
atexit.register(lambda: print(json.dumps([name[len(prefix):] for name in sys.modules if name.startswith(prefix)])))
from ansible_collections.evolux.contact_center.plugins.modules import evolux_queues
evolux_queues.main()
"""
SUPPORT = {"slug": "support", "name": "Support", "number": "3001"}


@pytest.mark.parametrize(
    ("options", "fault", "loads"),
    [
        pytest.param({"queues": [SUPPORT]}, {}, set(), id="nothing to do"),
        pytest.param({"queues": [{**SUPPORT, "name": "Help"}]}, {}, {"_apply", "_conflicts"}, id="a change"),
        pytest.param(
            {"queues": [{**SUPPORT, "name": "Help"}], "_ansible_check_mode": True}, {}, {"_conflicts"}, id="check mode"
        ),
        pytest.param({"queues": [SUPPORT]}, {"kind": "answer", "status": 403}, {"_http_errors"}, id="a refusal"),
        pytest.param(
            {"queues": [SUPPORT]}, {"kind": "answer", "status": 429}, {"_http_errors", "_pace"}, id="a rate limit"
        ),
    ],
)
def test_a_run_loads_what_it_uses(
    options: dict[str, Any], fault: dict[str, Any], loads: set[str], sandbox: Sandbox
) -> None:
    tenant = sandbox.tenant(queues=[SUPPORT])
    if fault:
        tenant.fault(**fault, json={"meta": {}}, headers={"Retry-After": "0"})
    given = {"api_url": tenant.url, "api_token": tenant.token, **options}
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": {"_ansible_remote_tmp": "/tmp", **given}}),
        cwd=PLUGINS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    result, loaded = done.stdout.strip().splitlines()
    assert "msg" not in json.loads(result) or fault, result
    # Of the others, each is of use to any run, save for what reads agents or looks at a tenant.
    lazy = {"_apply", "_conflicts", "_http_errors", "_pace", "_trust", "_agent", "_tenant_info"}
    assert set(json.loads(loaded)) & lazy == loads
