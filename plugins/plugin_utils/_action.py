# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of a module: paths and, in the role, which tenant to use and what to show to people.

The role's tasks don't set the connection. It is set here, from the host's variables or from the environment but never
from both, so that no task of the role can forget it or mix it up.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from ansible.module_utils import basic
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.vars import load_extra_vars

from ansible_collections.evolux.contact_center.plugins.plugin_utils._in_worker import InWorkerAction
from ansible_collections.evolux.contact_center.plugins.plugin_utils._report_file import checked, language
from ansible_collections.evolux.contact_center.plugins.plugin_utils._report_page import tenant
from ansible_collections.evolux.contact_center.plugins.plugin_utils._tenant import (
    CONNECTION,
    connection,
    is_blank,
    misspelt,
)
from ansible_collections.evolux.contact_center.plugins.plugin_utils._told import not_listed, refused, told

ROLE: Final = "evolux.contact_center.tenant"
AGENTS: Final = "evolux.contact_center.evolux_agent_info"
# The purposes that end with a report.
REPORTED: Final = ("provision", "audit")
MODULES: Final = "ansible_collections.evolux.contact_center.plugins.modules"
# Each may set the certificates to trust; the first one that is set counts. A test compares them with the modules'.
CA_VARIABLES: Final = ("EVOLUX_CA_PATH", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def is_of_the_role(task: Any) -> bool:
    """Whether a task belongs to the role."""
    return task._role is not None and task._role.get_name() == ROLE


def value_of(action: ActionBase, variables: Mapping[str, Any], name: str) -> Any:
    """The value of a variable, with its templates resolved; None if it isn't set."""
    value = action._templar.template(variables.get(name))
    # Before ansible-core 2.19, vaulted values have their own type.
    return str(value) if hasattr(value, "vault") else value


def check_variables(action: ActionBase, variables: Mapping[str, Any]) -> None:
    """Raise ValueError if variables of the role are misspelled, missing, or set where they can't work."""
    host = variables["inventory_hostname"]
    extra = load_extra_vars(action._loader)
    for wrong, right in misspelt(variables).items():
        raise ValueError(f"Unknown variable {wrong}; did you mean {right}?")
    # If the command line sets it, the playbooks see it in time, and it overrides the inventory.
    if "evolux_hosts" not in extra:
        names = [host, *(variables["groups"]["all"] if host == "localhost" else ())]
        if found := [name for name in names if "evolux_hosts" in variables["hostvars"][name]]:
            raise ValueError(
                f"The inventory sets evolux_hosts (for {found[0]}), but a play's hosts can't be chosen there; "
                "remove it from the inventory, and set it on the command line: -e evolux_hosts=..."
            )
    for needed in variables["__tenant_needs"]:
        # One of several is enough.
        name, *others = needed.split(" or ")
        if all(is_blank(value_of(action, variables, each)) for each in (name, *others)):
            file = extra.get("_raw_params")
            missing = f"{name} (or {' or '.join(others)})" if others else name
            raise ValueError(
                f"{missing} is missing; set it in the host's variables, or in a file passed with -e @FILE."
                + (f" '-e {file}' doesn't read a file: write -e @{file}." if file else "")
            )


class EvoluxAction(InWorkerAction):
    """The action plugin of a module that talks to a tenant.

    from_variables: in the role, the options to take from variables unchanged, each with its variable. In a template,
        Ansible would convert some texts to other values.
    """

    from_variables: Mapping[str, str] = MappingProxyType({})
    _tenant = ""
    _address = ""

    def run(self, tmp: Any = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        variables = task_vars or {}
        is_of_role = is_of_the_role(self._task)
        own: dict[str, Any] = {}
        self._compute_environment_string(own)
        environment = {**os.environ, **own}
        try:
            if is_of_role:
                self._prepare(variables, environment)
            self._find_ca(environment)
        except ValueError as refusal:
            result = refused(refusal)
        else:
            result = super().run(tmp, task_vars)
        return self._told(result, variables) if is_of_role else result

    def _told(self, result: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        """The result, with what the role shows people about it."""
        purpose, check = variables["__tenant_purpose"], self._task.check_mode
        ignored = value_of(self, variables, "evolux_audit_ignore_unlisted")
        unlisted = is_blank(ignored) or not boolean(ignored)
        kept = told(result, purpose, check=check, diff=self._task.diff, unlisted=unlisted)
        if check and purpose == "provision" and not kept.get("failed"):
            kept["ansible_stats"] = self._handed_on(kept["plan"], variables)
        if purpose in REPORTED:
            address = value_of(self, variables, "evolux_api_url")
            strangers = not_listed(result) if purpose == "audit" and unlisted else []
            host = variables["inventory_hostname"]
            where = self._address or (None if is_blank(address) else str(address))
            row = tenant(result, host, where, purpose, check, strangers, self._agents(result, purpose, variables))
            # Of a failed task's result, this is the part that Ansible doesn't print below -vvv.
            kept["diff"] = {**kept.get("diff", {}), "report": row, "report_of": self._use(purpose)}
        return {**kept, "tenant": self._tenant} if self._tenant else kept

    def _use(self, purpose: str) -> dict[str, Any]:
        """Which use of the role this is. Results outlast it, and the same play or the next may use the role again.

        in_step: whether all hosts have run this task before the next one begins.
        """
        play = self._task.get_play()
        return {
            "play": play._uuid,
            "purpose": purpose,
            "in_step": play.strategy.rpartition(".")[2] in ("linear", "debug"),
        }

    def _agents(self, result: Mapping[str, Any], purpose: str, variables: Mapping[str, Any]) -> Any:
        """The tenant's agents for an audit's report; None if there is no report or they can't be read."""
        if result.get("failed") or purpose != "audit" or is_blank(value_of(self, variables, "evolux_report_file")):
            return None
        options = {option: self._task.args[option] for option in CONNECTION if option in self._task.args}
        found = self._execute_module(module_name=AGENTS, module_args=options, task_vars=variables)
        return found.get("agents")

    def _prepare(self, variables: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        """Give the module the host's tenant. Raises ValueError if the tenant or a variable of the role isn't valid."""
        if self._connection.transport != "local" or self._connection.become:
            raise ValueError(
                "The role runs on the controller, as the user who started Ansible; don't override its connection or "
                "become settings."
            )
        host = variables["inventory_hostname"]
        check_variables(self, variables)
        if variables["__tenant_purpose"] in REPORTED:
            language(value_of(self, variables, "evolux_report_language"))
            checked(value_of(self, variables, "evolux_report_file"), host)
        given = {option: value_of(self, variables, f"evolux_{option}") for option in CONNECTION}
        options = {option: value for option, value in given.items() if not is_blank(value)}
        whose = connection(host, options, environment)
        self._task.args.update(options, **whose)
        self._address = whose["api_url"].strip()
        self._tenant = f"{host}, {self._address}"
        for option, variable in self.from_variables.items():
            value = value_of(self, variables, variable)
            if isinstance(value, (int, float)) and "awx_job_id" in variables:
                raise ValueError(
                    f"{variable} was read as the number {value}, so the text that was entered is lost; enter it in "
                    "double quotes, or use an execution environment with ansible-core 2.18."
                )
            if isinstance(value, str):
                # In AWX, quotes keep ansible-core 2.19 and newer from converting it to a number.
                value = value.strip().strip('"') if option.endswith("number") else value.strip()
            if not is_blank(value):
                self._task.args.setdefault(option, value)
        if variables["__tenant_purpose"] == "provision" and (plan := self._expected_plan(host, variables)):
            self._task.args["expected_plan"] = plan

    def _expected_plan(self, host: str, variables: Mapping[str, Any]) -> str | None:
        """The plan that was approved for the host; None if no approval is required. Raises ValueError."""
        one, plans = (value_of(self, variables, f"evolux_expected_{name}") for name in ("plan", "plans"))
        if is_blank(plans):
            return None if is_blank(one) else str(one)
        if not isinstance(plans, Mapping):
            raise ValueError("evolux_expected_plans isn't a dictionary; map the name of each host to its plan.")
        if is_blank(plans.get(host)):
            raise ValueError(
                f"{host} isn't in evolux_expected_plans, so no plan was approved for it; plan its changes first."
            )
        if not is_blank(one) and str(one) != str(plans[host]):
            raise ValueError("evolux_expected_plan and evolux_expected_plans disagree; set only one of them.")
        return str(plans[host])

    def _handed_on(self, plan: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """A plan in the form of set_stats, for the run that carries it out: AWX passes it from job to job."""
        data: dict[str, Any] = {"evolux_expected_plans": {variables["inventory_hostname"]: plan}}
        if len(variables["ansible_play_hosts_all"]) == 1:
            data["evolux_expected_plan"] = plan
        return {"data": data, "per_host": False, "aggregate": True}

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
