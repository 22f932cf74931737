# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Runs modules inside Ansible's worker on the controller, which saves packaging them and starting a Python.

In a loop, that is almost all of the time. If the result could differ in any way, Ansible runs the module as usual.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import io
import itertools
import json
import os
import sys
import threading
import traceback
import warnings as python_warnings
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any, Final, NamedTuple

from ansible import constants as C
from ansible.module_utils import basic
from ansible.module_utils.common import json as module_json
from ansible.module_utils.common import warnings
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.release import __version__
from ansible.utils.display import Display

from ansible_collections.evolux.contact_center.plugins.module_utils._threads import leave_signals_to_the_main_thread

# The variable with which users switch it off.
VARIABLE: Final = "evolux_run_in_worker"
# The versions of ansible-core for which the results are known to be the same. Others run modules as usual.
_CORE: Final = tuple(map(int, __version__.split(".")[:2]))
_IS_KNOWN_CORE: Final = (2, 16) <= _CORE <= (2, 21)
# What a task's environment may set. Other variables could affect how Python starts, or modules already imported.
_PROXIES: Final = frozenset(("http_proxy", "https_proxy", "all_proxy", "no_proxy"))
# How cores since 2.19 encode modules' arguments and results.
_ENCODING: Final = "legacy" if hasattr(module_json, "get_module_encoder") else None


# What is kept from item to item of a loop. A worker runs one task for one host, then ends.
_KEPT: dict[Hashable, Any] = {}
# How many workers Ansible is about to start for modules of this collection, or has started.
_WORKERS: Final = itertools.count(1)

# A Python module, a name in it, and a function for the value that it has when a module's process starts.
_State = tuple[ModuleType, str, Callable[[], Any]]


class _Private(NamedTuple):
    """The parts of Ansible's private API that are used here.

    encoder: for a task's arguments, as keywords for json.dumps. state: what differs in a module's own process.
    broke: reports a module's exception, and exits. finished: turns a module's result into the task's.
    """

    encoder: Mapping[str, Any]
    state: Sequence[_State]
    broke: Callable[[BaseException], Any]
    finished: Callable[[Any], Any]


@functools.cache
def _private() -> _Private:
    """Look everything up before running anything. Raises AttributeError or ImportError if this core lacks something."""
    state: list[_State] = [(basic, "_ANSIBLE_ARGS", lambda: None)]
    # Controllers show warnings at once, but modules return them, so earlier items of a loop must not leave any.
    state += [(warnings, name, type(getattr(warnings, name))) for name in ("_global_warnings", "_global_deprecations")]
    encoder: dict[str, Any]
    if not _ENCODING:
        from ansible.utils.unsafe_proxy import wrap_var
        from ansible.vars.clean import remove_internal_keys

        encoder = {"cls": module_json.AnsibleJSONEncoder, "vault_to_text": True}
        found = _Private(encoder, state, _traceback, lambda result: remove_internal_keys(result) or wrap_var(result))
    else:
        from ansible.module_utils import _internal
        from ansible.module_utils._internal._ansiballz._loader import _handle_exception

        state += [
            (basic, "_ANSIBLE_PROFILE", lambda: _ENCODING),
            (basic, "_PARSED_MODULE_ARGS", lambda: None),
            (_internal, "is_controller", lambda: False),
        ]
        encoder = {"cls": module_json.get_module_encoder(_ENCODING, module_json.Direction.CONTROLLER_TO_MODULE)}
        found = _Private(encoder, state, lambda error: _handle_exception(error, _ENCODING), _finished())
    for owner, name, _start in state:
        getattr(owner, name)
    return found


def _finished() -> Callable[[Any], Any]:
    """Turns a module's result into the task's, since ansible-core 2.19. Raises AttributeError or ImportError."""
    if _CORE < (2, 21):
        from ansible.vars.clean import remove_internal_keys

        return lambda result: remove_internal_keys(result) or result
    from ansible._internal._task import UnifiedTaskResult

    remove, as_dict = UnifiedTaskResult.remove_internal_keys, UnifiedTaskResult.as_result_dict
    return lambda result: remove(result) or as_dict(result, for_round_trip=True)


class _Call(NamedTuple):
    """A module to run, with everything that differs between its own process and the worker.

    parsed: reads the module's output.
    """

    module: ModuleType
    arguments: bytes
    folder: str
    environment: Mapping[str, Any]
    parsed: Callable[..., Any]


@functools.cache
def _imported(name: str) -> ModuleType | None:
    """A module of this collection, by its name; None if it should be imported only in its own process."""
    if not _IS_KNOWN_CORE:
        return None
    try:
        # A library's warnings on import aren't seen in a module's own process, either.
        with python_warnings.catch_warnings():
            python_warnings.simplefilter("ignore")
            return importlib.import_module(f"ansible_collections.evolux.contact_center.plugins.modules.{name}")
    except Exception:  # A broken library must fail the task that needs it, not the whole run.
        return None


class _BeforeEachWorker:
    """BYPASS_HOST_LOOP, which Ansible looks up in its main process before it starts a worker.

    Each worker has what was imported before it started. The first worker imports its module by itself: if there is no
    other worker, and it ships the module, nothing needs it.
    """

    def __get__(self, _action: InWorkerAction | None, owner: type[InWorkerAction]) -> bool:
        if next(_WORKERS) > 1:
            _imported(owner.module)
        return False


class InWorkerAction(NormalAction):
    """The action plugin for the module whose name a subclass sets."""

    module: str
    BYPASS_HOST_LOOP = _BeforeEachWorker()

    def _execute_module(self, *args: Any, task_vars: Mapping[str, Any], **kwargs: Any) -> Any:
        """Run the task's module, or another module of this collection if one is named, as Ansible would."""
        name = (kwargs.get("module_name") or self.module).rpartition(".")[2]
        with _ending_with_ansible(), _sparing_what_ansible_has_loaded():
            call = self._call(name, kwargs.get("module_args"), task_vars)
            if call is None:
                return super()._execute_module(*args, task_vars=task_vars, **kwargs)
            Display().vvv(f"Running {self._task.action} inside the worker")
            # Process the result like that of any module.
            return _private().finished(call.parsed(_run(call), *([_ENCODING] if _ENCODING else [])))

    def _is_plain(self) -> bool:
        """Whether Ansible would run the module on this machine, as this user, and wait for it."""
        return (
            # macOS kills forked processes, such as workers, when they ask the system for its proxies.
            sys.platform != "darwin"
            and self._connection.transport == "local"
            and not self._connection.become
            and not self._task.async_val
            # A timeout couldn't end the module's threads.
            and not self._task.timeout
            and not C.DEFAULT_KEEP_REMOTE_FILES
            and self._play_context.executable == "/bin/sh"
        )

    def _call(self, name: str, own_args: dict[str, Any] | None, task_vars: Mapping[str, Any]) -> _Call | None:
        """What to run; None if the module needs its own process, or if anything is wrong with the task.

        own_args: the module's arguments, if they aren't the task's.
        """
        try:
            if not self._is_plain():
                return None
            own: dict[str, Any] = {}
            self._compute_environment_string(own)
            environment = {**self._connection._shell.env, **own}
            delegate = self._task.delegate_to
            there = task_vars["ansible_delegated_vars"][delegate] if delegate else task_vars
            folder = self._loader.get_basedir()
            if not (
                self._is_on(task_vars)
                and self._is_on(there)
                and self._interpreter(there) == sys.executable
                and all(name.startswith("EVOLUX_") or name.lower() in _PROXIES for name in environment)
                # The module's folder must exist, and so must the current one, to return to.
                and os.access(folder, os.X_OK)
                and os.access(os.getcwd(), os.X_OK)
                # Last, since a module that is shipped isn't needed here.
                and (module := _imported(name))
            ):
                return None
            arguments = self._task.args if own_args is None else own_args
            self._update_module_args(self._task.action, arguments, task_vars)
            return _Call(module, _encoded(arguments), folder, environment, self._parse_returned_data)
        except Exception:  # Ansible will report it in its own words, or has renamed something that is used here.
            return None

    def _is_on(self, variables: Mapping[str, Any]) -> bool:
        """Whether a host's variables leave it on. Raises TypeError for a value that isn't a boolean."""
        value = self._templar.template(variables.get(VARIABLE))
        return value in (None, "") or boolean(value)

    def _interpreter(self, variables: Mapping[str, Any]) -> Any:
        """The Python interpreter on a host; "auto" and the like if Ansible would look for one."""
        return self._templar.template(C.config.get_config_value("INTERPRETER_PYTHON", variables=variables))


@contextlib.contextmanager
def _ending_with_ansible() -> Iterator[None]:
    """End this worker, and the module that it waits for, if Ansible itself is gone: nobody would read the result."""
    over, parent = threading.Event(), os.getppid()

    def watch() -> None:
        leave_signals_to_the_main_thread()
        while not over.wait(0.1):
            if os.getppid() != parent:
                os._exit(1)

    watcher = threading.Thread(target=watch, daemon=True)
    with contextlib.suppress(RuntimeError):  # the system has no thread left
        watcher.start()
    try:
        yield
    finally:
        over.set()
        if watcher.ident is not None:
            watcher.join()


@contextlib.contextmanager
def _sparing_what_ansible_has_loaded() -> Iterator[None]:
    """Keep Python from searching all that this worker has from Ansible for garbage, over and over.

    Packing a module to ship it creates so many objects that these searches take as long as the packing.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _encoded(arguments: Mapping[str, Any]) -> bytes:
    """A task's arguments as modules read them. Raises TypeError if they can't be encoded."""
    return json.dumps({"ANSIBLE_MODULE_ARGS": arguments}, **_private().encoder).encode()


def _run(call: _Call) -> dict[str, Any]:
    """Run a module, and return its output and its exit code like those of a command."""
    code: Any = 0
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), _as_a_module(call):
        try:
            _main(call.module)
        except SystemExit as end:
            code = end.code
    return {"rc": code, "stdout": out.getvalue(), "stderr": err.getvalue()}


def _main(module: ModuleType) -> None:
    """Run a module as Ansible's own wrapper does. Raises SystemExit."""
    try:
        module.main()
    except Exception as error:
        _private().broke(error)


def _traceback(_error: BaseException) -> None:
    traceback.print_exc()
    sys.exit(1)


@contextlib.contextmanager
def _as_a_module(call: _Call) -> Iterator[None]:
    """Make this process look like a module's own, and restore the worker's state afterwards."""
    from ansible_collections.evolux.contact_center.plugins.module_utils import _module

    with contextlib.ExitStack() as afterwards:
        afterwards.enter_context(_set(_module, "kept", _KEPT))
        for owner, name, start in _private().state:
            afterwards.enter_context(_set(owner, name, start()))
        vars(basic)["_ANSIBLE_ARGS"] = call.arguments
        # A module may silence a library.
        afterwards.enter_context(python_warnings.catch_warnings())
        afterwards.callback(_go_to, os.getcwd())
        afterwards.callback(_use, dict(os.environ))
        # Older cores have their own type of text, which must not get into the environment.
        os.environ.update({name: "".join(str(value)) for name, value in call.environment.items()})
        # Where local connections run modules; a relative ca_path depends on it.
        os.chdir(call.folder)
        yield


def _go_to(folder: str) -> None:
    """Return to a folder if it still exists: the module's result must be reported in any case."""
    with contextlib.suppress(OSError):
        os.chdir(folder)


def _use(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)


@contextlib.contextmanager
def _set(owner: ModuleType, name: str, value: Any) -> Iterator[None]:
    kept = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, kept)
