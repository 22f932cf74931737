# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs if a module has its own process. The page of figures says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.control import Tenant

from .conftest import WAYS, Ansible

INFO = "evolux.contact_center.evolux_queue_info"


@pytest.mark.parametrize("way", WAYS)
def test_what_is_set_for_the_processes_of_modules(way: str, tenant: Tenant, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import requests, resource\n"
        "def send(*args, **kwargs):\n"
        "    raise RuntimeError(f'{resource.getrlimit(resource.RLIMIT_NOFILE)[0]} files')\n"
        "requests.Session.send = send\n"
    )
    run = Ansible(tenant, tmp_path, way).play(
        {"name": "read", INFO: {}, "vars": {"ansible_python_module_rlimit_nofile": 321}, "ignore_errors": True},
        env={"PYTHONPATH": str(tmp_path)},
    )
    assert ("RuntimeError: 321 files" in run.result("read")["msg"]) is (way == "shipped")


@pytest.mark.parametrize("way", WAYS)
def test_what_the_system_ends(way: str, tenant: Tenant, tmp_path: Path) -> None:
    """A process of its own is one failed task; a worker takes the run with it. The page of figures warns of that."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, requests, signal\n"
        "requests.Session.send = lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    run = Ansible(tenant, tmp_path, way).play(
        {"name": "read", INFO: {}, "ignore_errors": True},
        {"name": "on", "ansible.builtin.debug": {"msg": "It goes on"}},
        env={"PYTHONPATH": str(tmp_path)},
        warns=None,
    )
    assert ("It goes on" in run.output) is (way == "shipped"), run.output
    assert (run.code == 0) is (way == "shipped")
