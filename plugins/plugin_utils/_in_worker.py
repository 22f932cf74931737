# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Runs a module's own code inside Ansible's worker, where packing it and starting a Python would only take time.

In a loop that is almost all of the time. Whatever could make a difference beyond it leaves the module to Ansible.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, Final

from ansible import constants as C
from ansible.module_utils import basic
from ansible.module_utils.common import json as module_json
from ansible.module_utils.common import warnings
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.release import __version__

# By this variable users switch it off.
VARIABLE: Final = "evolux_run_in_worker"
# The versions of ansible-core on which the results are known to be the same; others run modules as ever.
_CORES: Final = ((2, 16), (2, 21))
# What a task's environment may set. The rest could matter to how a Python starts, or to what is imported already.
_PROXIES: Final = frozenset(("http_proxy", "https_proxy", "all_proxy", "no_proxy"))
# How cores since 2.19 exchange data with modules.
_PROFILE: Final = "legacy" if hasattr(module_json, "get_module_encoder") else None


class InWorkerAction(NormalAction):
    """The action plugin of the module that a subclass names."""

    module: ModuleType

    def _execute_module(self, *args: Any, task_vars: Mapping[str, Any], **kwargs: Any) -> Any:
        own: dict[str, Any] = {}
        self._compute_environment_string(own)
        environment = {**self._connection._shell.env, **own}
        if not self._makes_no_difference(task_vars, environment):
            return super()._execute_module(*args, task_vars=task_vars, **kwargs)
        self._update_module_args(self._task.action, self._task.args, task_vars)
        done = _run(self.module, _encoded(self._task.args), self._loader.get_basedir(), environment)
        return self._result(done)

    def _makes_no_difference(self, task_vars: Mapping[str, Any], environment: Mapping[str, Any]) -> bool:
        """Whether Ansible would run the module with this Python, on this machine, for this user, and wait for it."""
        return (
            _CORES[0] <= tuple(map(int, __version__.split(".")[:2])) <= _CORES[1]
            # macOS ends forked processes, such as workers, when they ask the system for its proxies.
            and sys.platform != "darwin"
            and self._connection.transport == "local"
            and not self._connection.become
            and not self._task.async_val
            # It couldn't end the module's threads.
            and not self._task.timeout
            and not C.DEFAULT_KEEP_REMOTE_FILES
            and self._play_context.executable == "/bin/sh"
            and all(name.startswith("EVOLUX_") or name.lower() in _PROXIES for name in environment)
            and boolean(self._templar.template(task_vars.get(VARIABLE, True)))
            and self._interpreter(task_vars) == sys.executable
        )

    def _interpreter(self, task_vars: Mapping[str, Any]) -> str:
        """The Python that the module is to run on; "auto" and the like where Ansible would look for one."""
        if self._task.delegate_to:
            task_vars = task_vars["ansible_delegated_vars"][self._task.delegate_to]
        return str(self._templar.template(C.config.get_config_value("INTERPRETER_PYTHON", variables=task_vars)))

    def _result(self, done: dict[str, Any]) -> Any:
        """The module's result from what it has printed, as Ansible takes it from any module."""
        result = self._parse_returned_data(done, *([_PROFILE] if _PROFILE else []))
        if not isinstance(result, dict):  # ansible-core 2.21
            result.remove_internal_keys()
            return result.as_result_dict(for_round_trip=True)
        from ansible.vars.clean import remove_internal_keys

        remove_internal_keys(result)
        if _PROFILE:
            return result
        from ansible.utils.unsafe_proxy import wrap_var

        return wrap_var(result)


def _encoded(arguments: Mapping[str, Any]) -> bytes:
    """A task's arguments as modules read them."""
    encoder: dict[str, Any] = (
        {"cls": module_json.get_module_encoder(_PROFILE, module_json.Direction.CONTROLLER_TO_MODULE)}
        if _PROFILE
        else {"cls": module_json.AnsibleJSONEncoder, "vault_to_text": True}
    )
    return json.dumps({"ANSIBLE_MODULE_ARGS": arguments}, **encoder).encode()


def _run(module: ModuleType, arguments: bytes, folder: str, environment: Mapping[str, Any]) -> dict[str, Any]:
    """Run a module to its end; what it has printed and returned, as from a command."""
    code: Any = 0
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), _as_a_module(arguments, folder, environment):
        try:
            module.main()
        except SystemExit as end:
            code = end.code
        except Exception:
            traceback.print_exc()
            code = 1
    stdout, stderr = out.getvalue(), err.getvalue()
    return {
        "rc": code,
        "stdout": stdout,
        "stdout_lines": stdout.splitlines(),
        "stderr": stderr,
        "stderr_lines": stderr.splitlines(),
    }


@contextlib.contextmanager
def _as_a_module(arguments: bytes, folder: str, environment: Mapping[str, Any]) -> Iterator[None]:
    """Let this process look to a module like one of its own, and be the worker again afterwards."""
    kept_environment, kept_folder = dict(os.environ), os.getcwd()
    with contextlib.ExitStack() as stack:
        stack.enter_context(_set(basic, _ANSIBLE_ARGS=arguments))
        # Controllers show warnings at once, modules return theirs; a loop's earlier items must have left none.
        stack.enter_context(_set(warnings, _global_warnings=type(warnings._global_warnings)()))
        stack.enter_context(_set(warnings, _global_deprecations=type(warnings._global_deprecations)()))
        if _PROFILE:
            from ansible.module_utils import _internal as internal

            stack.enter_context(_set(internal, is_controller=False))
            stack.enter_context(_set(basic, _ANSIBLE_PROFILE=_PROFILE))
        try:
            os.environ.update({name: str(value) for name, value in environment.items()})
            # Where local connections run modules, which a relative ca_path rests on.
            os.chdir(folder)
            yield
        finally:
            os.chdir(kept_folder)
            os.environ.clear()
            os.environ.update(kept_environment)


@contextlib.contextmanager
def _set(owner: ModuleType, **values: Any) -> Iterator[None]:
    kept = {name: getattr(owner, name) for name in values}
    vars(owner).update(values)
    try:
        yield
    finally:
        vars(owner).update(kept)
