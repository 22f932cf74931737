# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module finds in a worker, and what it leaves there: nothing."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
import warnings as python_warnings
from collections.abc import Callable
from importlib.machinery import ModuleSpec
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
    return _in_worker._run(_in_worker._Call(module, _in_worker._encoded({"slug": "support"}), str(folder), environment))


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
        options = getattr(basic, "_PARSED_MODULE_ARGS", None)
        return (*worker, options, os.getcwd(), dict(os.environ), sys.stdout, sys.stderr)

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
    assert done["rc"] == 1
    assert "RuntimeError: a bug" in done["stderr"] if _in_worker._ENCODING is None else "a bug" in done["stdout"]
    assert os.getcwd() == before


def test_the_result_outlives_the_folder_to_go_back_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    before = dict(os.environ)

    def removing() -> None:
        shutil.rmtree(here)
        real_module()

    done = run(removing, tmp_path, EVOLUX_API_URL="https://acme.example")
    assert json.loads(done["stdout"])["url"] == "https://acme.example"
    assert dict(os.environ) == before


def test_a_module_says_by_its_code_that_it_failed(tmp_path: Path) -> None:
    def failing() -> None:
        basic.AnsibleModule({"slug": {"type": "str"}}).fail_json(msg="no")

    done = run(failing, tmp_path)
    assert (done["rc"], json.loads(done["stdout"])["msg"]) == (1, "no")


@pytest.mark.parametrize(("code", "found"), [("", True), ("raise RuntimeError", False)])
def test_importing_a_module(code: str, found: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"ansible_collections.evolux.contact_center.plugins.modules.{tmp_path.name}"
    (tmp_path / "module.py").write_text(f"import warnings\nwarnings.warn('old')\n{code}")
    spec = importlib.util.spec_from_file_location(name, tmp_path / "module.py")
    assert spec
    monkeypatch.setattr(importlib, "import_module", lambda wanted: loaded(spec) if wanted == name else None)
    with python_warnings.catch_warnings():
        python_warnings.simplefilter("error")
        assert (_in_worker.imported(tmp_path.name) is not None) == found


def loaded(spec: ModuleSpec) -> ModuleType:
    module = importlib.util.module_from_spec(spec)
    assert spec.loader
    spec.loader.exec_module(module)
    return module


def test_a_core_that_nobody_has_tried_gets_no_module(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _in_worker.imported("evolux_queue")
    monkeypatch.setattr(_in_worker, "_IS_KNOWN_CORE", False)
    assert _in_worker.imported("evolux_queue") is None
