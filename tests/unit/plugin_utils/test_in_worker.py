# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module finds in a worker, and that it leaves nothing behind."""

from __future__ import annotations

import gc
import importlib.util
import itertools
import json
import os
import pkgutil
import shutil
import sys
import threading
import warnings as python_warnings
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings
from ansible.plugins.action.normal import ActionModule as NormalAction

from ansible_collections.evolux.contact_center.plugins.plugin_utils import _in_worker

# Each test is about something of ansible-core's own.
pytestmark = pytest.mark.each_core


def run(main: Callable[[], None], folder: Path, **environment: Any) -> dict[str, Any]:
    module = ModuleType("module")
    vars(module)["main"] = main
    arguments = _in_worker._encoded({"slug": "support"})
    return _in_worker._run(_in_worker._Call(module, arguments, str(folder), environment, dict))


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
        process = (os.getcwd(), dict(os.environ), sys.stdout, sys.stderr, [*python_warnings.filters])
        return (
            *worker,
            options,
            *process,
            threading.enumerate(),
            os.listdir(tmp_path),
            sorted(os.listdir("/proc/self/fd")),
        )

    def untidy() -> None:
        os.environ["LEFT"] = "behind"
        del os.environ["PATH"]
        os.chdir("/")
        python_warnings.simplefilter("ignore")
        real_module()

    before = state()
    for _item in range(2):
        result = json.loads(run(untidy, tmp_path, EVOLUX_API_URL="https://acme.example")["stdout"])
        assert len(result["warnings"]) == 1
        assert "look at support" in str(result["warnings"])
        assert state() == before


def test_what_ansible_has_loaded_is_not_searched_for_garbage_meanwhile() -> None:
    assert gc.get_freeze_count() == 0
    with _in_worker._sparing_what_ansible_has_loaded():
        assert gc.get_freeze_count() > 10_000
    assert gc.get_freeze_count() == 0


def test_a_module_that_crashes_fails_as_a_process_would(tmp_path: Path) -> None:
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


@pytest.fixture(autouse=True)
def _nothing_imported() -> Iterator[None]:
    _in_worker._imported.cache_clear()
    yield
    _in_worker._imported.cache_clear()


@pytest.mark.parametrize(("code", "found"), [("", True), ("raise RuntimeError", False)])
def test_importing_a_module(code: str, found: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"ansible_collections.evolux.contact_center.plugins.modules.{tmp_path.name}"
    (tmp_path / "module.py").write_text(f"import warnings\nwarnings.warn('old')\n{code}")
    spec = importlib.util.spec_from_file_location(name, tmp_path / "module.py")
    assert spec
    monkeypatch.setattr(importlib, "import_module", lambda wanted: loaded(spec) if wanted == name else None)
    with python_warnings.catch_warnings():
        python_warnings.simplefilter("error")
        assert (_in_worker._imported(tmp_path.name) is not None) == found


def loaded(spec: ModuleSpec) -> ModuleType:
    module = importlib.util.module_from_spec(spec)
    assert spec.loader
    spec.loader.exec_module(module)
    return module


def test_a_core_that_nobody_has_tried_gets_no_module(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _in_worker._imported("evolux_queue")
    _in_worker._imported.cache_clear()
    monkeypatch.setattr(_in_worker, "_IS_KNOWN_CORE", False)
    assert _in_worker._imported("evolux_queue") is None


def test_from_the_second_worker_on_they_share_the_imported_module(monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    monkeypatch.setattr(_in_worker, "_imported", names.append)
    monkeypatch.setattr(_in_worker, "_WORKERS", itertools.count(1))
    actions = [type("ActionModule", (_in_worker.InWorkerAction,), {"module": name}) for name in ("first", "second")]
    for plugin, told in ((actions[0], []), (actions[1], ["second"]), (actions[0], ["second", "first"])):
        assert plugin.BYPASS_HOST_LOOP is False  # type: ignore[attr-defined]
        assert names == told


def test_a_module_that_is_shipped_is_not_imported_first(monkeypatch: pytest.MonkeyPatch) -> None:
    found = action(monkeypatch)
    monkeypatch.setattr(_in_worker, "_imported", lambda name: pytest.fail("It isn't needed."))
    monkeypatch.setattr(found._connection, "transport", "ssh")
    assert execute(found) == {"shipped": True}


# ---- what Ansible may rename ----


def action(monkeypatch: pytest.MonkeyPatch) -> _in_worker.InWorkerAction:
    """A task that would run in the worker, on this version of ansible-core."""
    module = ModuleType("module")
    vars(module)["main"] = real_module
    found = _in_worker.InWorkerAction.__new__(_in_worker.InWorkerAction)
    connection = SimpleNamespace(transport="local", become=None, _shell=SimpleNamespace(env={}))
    task = SimpleNamespace(async_val=0, timeout=0, action="module", args={"slug": "support"}, delegate_to=None)
    values = {
        "module": "evolux_queue",
        "_connection": connection,
        "_task": task,
        "_play_context": SimpleNamespace(executable="/bin/sh"),
        "_loader": SimpleNamespace(get_basedir=os.getcwd),
        "_templar": SimpleNamespace(template=lambda value: value),
    }
    for name, value in values.items():
        setattr(found, name, value)
    for name in ("_compute_environment_string", "_update_module_args"):
        monkeypatch.setattr(NormalAction, name, lambda *args, **kwargs: None)
    monkeypatch.setattr(NormalAction, "_execute_module", lambda *args, **kwargs: {"shipped": True})
    monkeypatch.setattr(_in_worker, "_imported", {"evolux_queue": module}.get)
    return found


def execute(found: _in_worker.InWorkerAction) -> dict[str, Any]:
    _in_worker._private.cache_clear()
    try:
        return found._execute_module(task_vars={"ansible_python_interpreter": sys.executable})
    finally:
        _in_worker._private.cache_clear()


def private() -> list[str]:
    """The private names of this ansible-core that the worker uses, with their location."""
    found = ["module_utils.basic._ANSIBLE_ARGS"]
    found += ["vars.clean.remove_internal_keys"] if _in_worker._CORE < (2, 21) else []
    found += [f"module_utils.common.warnings._global_{name}" for name in ("warnings", "deprecations")]
    names = ("_compute_environment_string", "_update_module_args", "_parse_returned_data")
    found += [f"plugins.action.normal.ActionModule.{name}" for name in names]
    if _in_worker._ENCODING is None:
        return [*found, "utils.unsafe_proxy.wrap_var", "module_utils.common.json.AnsibleJSONEncoder"]
    found += [f"module_utils.basic.{name}" for name in ("_ANSIBLE_PROFILE", "_PARSED_MODULE_ARGS")]
    found += ["module_utils._internal.is_controller", "module_utils._internal._ansiballz._loader._handle_exception"]
    found += [f"module_utils.common.json.{name}" for name in ("get_module_encoder", "Direction")]
    if _in_worker._CORE >= (2, 21):
        names = ("remove_internal_keys", "as_result_dict")
        found += [f"_internal._task.UnifiedTaskResult.{name}" for name in names]
    return found


def test_a_task_that_is_plain_runs_in_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    result = execute(action(monkeypatch))
    assert result["folder"] == os.getcwd()


def test_on_macos_the_module_is_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    found = action(monkeypatch)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert execute(found) == {"shipped": True}


@pytest.mark.parametrize("place", private())
def test_without_one_of_ansibles_own_names_the_module_is_shipped(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = action(monkeypatch)
    where, _dot, name = f"ansible.{place}".rpartition(".")
    owner = pkgutil.resolve_name(where)
    for kind in owner.__mro__ if isinstance(owner, type) else ():
        if name in vars(kind):
            owner = kind
            monkeypatch.delattr(kind, name)
    if not isinstance(owner, type):
        monkeypatch.delattr(owner, name)
    assert execute(found) == {"shipped": True}


@pytest.mark.parametrize("owner", ["_connection", "_task", "_play_context", "_loader", "_templar"])
def test_without_one_of_an_actions_own_names_the_module_is_shipped(owner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in vars(getattr(action(monkeypatch), owner)):
        if name == "action":  # the name of the task's own action
            continue
        found = action(monkeypatch)
        delattr(getattr(found, owner), name)
        assert execute(found) == {"shipped": True}, name
