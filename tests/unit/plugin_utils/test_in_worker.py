# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module finds in a worker, and what it leaves there: nothing."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings

from ansible_collections.evolux.contact_center.plugins.plugin_utils import _in_worker


def run(main: Callable[[], None], folder: Path, **environment: Any) -> dict[str, Any]:
    module = ModuleType("module")
    vars(module)["main"] = main
    return _in_worker._run(module, _in_worker._encoded({"slug": "support"}), str(folder), environment)


def real_module() -> None:
    module = basic.AnsibleModule({"slug": {"type": "str"}})
    module.warn(f"look at {module.params['slug']}")
    module.exit_json(changed=False, folder=os.getcwd(), url=os.environ.get("EVOLUX_API_URL"))


def test_a_module_finds_its_arguments_environment_and_folder(tmp_path: Path) -> None:
    done = run(real_module, tmp_path, EVOLUX_API_URL="https://acme.example")
    result = json.loads(done["stdout"])
    assert (result["folder"], result["url"]) == (str(tmp_path), "https://acme.example")
    assert (done["rc"], done["stderr"]) == (0, "")


def test_a_module_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVOLUX_API_URL", "https://before.example")

    def state() -> tuple[Any, ...]:
        internal = sys.modules.get("ansible.module_utils._internal")
        worker = (getattr(internal, "is_controller", None), warnings.get_warning_messages(), basic._ANSIBLE_ARGS)
        return (*worker, os.getcwd(), dict(os.environ), sys.stdout, sys.stderr)

    def untidy() -> None:
        os.environ["LEFT"] = "behind"
        del os.environ["PATH"]
        os.chdir("/")
        real_module()

    before = state()
    for _item in range(2):
        result = json.loads(run(untidy, tmp_path, EVOLUX_API_URL="https://acme.example")["stdout"])
        assert len(result["warnings"]) == 1
        assert "look at support" in str(result["warnings"])
        assert state() == before


def test_a_module_that_breaks_tells_as_a_process_would(tmp_path: Path) -> None:
    def broken() -> None:
        print("half a resu")
        raise RuntimeError("a bug")

    before = os.getcwd()
    done = run(broken, tmp_path)
    assert (done["rc"], done["stdout_lines"]) == (1, ["half a resu"])
    assert done["stderr_lines"][-1] == "RuntimeError: a bug"
    assert os.getcwd() == before


def test_a_module_says_by_its_code_that_it_failed(tmp_path: Path) -> None:
    def failing() -> None:
        basic.AnsibleModule({"slug": {"type": "str"}}).fail_json(msg="no")

    done = run(failing, tmp_path)
    assert (done["rc"], json.loads(done["stdout"])["msg"]) == (1, "no")
