# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of a module: paths and, for a task of the role, what `_in_role` does."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from ansible.module_utils import basic

from ansible_collections.evolux.contact_center.plugins.plugin_utils._in_worker import InWorkerAction
from ansible_collections.evolux.contact_center.plugins.plugin_utils._tenant import is_blank

if TYPE_CHECKING:
    from ansible_collections.evolux.contact_center.plugins.plugin_utils._in_role import InRole

ROLE: Final = "evolux.contact_center.tenant"
MODULES: Final = "ansible_collections.evolux.contact_center.plugins.modules"
# Each may set the certificates to trust; the first one that is set counts. A test compares them with the modules'.
CA_VARIABLES: Final = ("EVOLUX_CA_PATH", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def is_of_the_role(task: Any) -> bool:
    """Whether a task belongs to the role."""
    return task._role is not None and task._role.get_name() == ROLE


class EvoluxAction(InWorkerAction):
    """The action plugin of a module that talks to a tenant.

    from_variables: in the role, the options to take from variables unchanged, each with its variable. In a template,
        Ansible would convert some texts to other values.
    """

    from_variables: Mapping[str, str] = MappingProxyType({})

    def run(self, tmp: Any = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        own: dict[str, Any] = {}
        self._compute_environment_string(own)
        environment = {**os.environ, **own}
        role = self._in_role(task_vars or {})
        try:
            if role:
                role.prepare(environment)
            self._find_ca(environment)
        except ValueError as refusal:
            # Imported late, as most tasks aren't refused.
            from ansible_collections.evolux.contact_center.plugins.plugin_utils._told import refused

            result = refused(refusal)
        else:
            result = super().run(tmp, task_vars)
        return role.finish(result) if role else result

    def _in_role(self, variables: Mapping[str, Any]) -> InRole | None:
        """What is done before and after a task of the role; None for other tasks."""
        if not is_of_the_role(self._task):
            return None
        # Imported late: Ansible compiles a collection's files in each run, and other tasks need none of these.
        from ansible_collections.evolux.contact_center.plugins.plugin_utils._in_role import InRole

        return InRole(self, variables)

    def _find_ca(self, environment: Mapping[str, str]) -> None:
        """Resolve a relative ca_path from where Ansible was started, as modules run in the playbook's folder."""
        path = self._task.args.get("ca_path")
        if is_blank(path):
            path = next((environment[name] for name in CA_VARIABLES if not is_blank(environment.get(name))), None)
        if not is_blank(path) and self._connection.transport == "local":
            path = os.path.expanduser(os.path.expandvars(str(path)))
            if not os.path.isabs(path):
                self._task.args["ca_path"] = os.path.abspath(path)


def check_options(name: str) -> None:
    """Check a task's options against a module's. ansible-lint puts them where modules look for theirs.

    It replaces AnsibleModule with its own class, so nothing is run. Options that the environment can set aren't
    missing, and the values in a list's entries may be templates.
    """
    # Imported late: a broken library must fail only the task that needs it.
    from ansible_collections.evolux.contact_center.plugins.module_utils._module import CONNECTION_OPTIONS

    spec: dict[str, Any] = importlib.import_module(f"{MODULES}.{name}").SPEC
    options = {
        **{option: {**facts, "required": False, "fallback": (None,)} for option, facts in CONNECTION_OPTIONS.items()},
        **{option: _with_raw_entries(facts) for option, facts in spec["options"].items()},
    }
    basic.AnsibleModule(options, supports_check_mode=True, required_one_of=spec.get("required_one_of"))


def _with_raw_entries(option: Mapping[str, Any]) -> dict[str, Any]:
    if "options" not in option:
        return dict(option)
    entries = {name: {"type": "raw", "aliases": facts.get("aliases", [])} for name, facts in option["options"].items()}
    return {**option, "options": entries}
