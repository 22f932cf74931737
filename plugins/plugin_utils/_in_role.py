# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens before and after a module of the role: which tenant to use, and what to show people.

The role's tasks don't set the connection. It is set here, from the host's variables or from the environment but never
from both, so that no task of the role can forget it or mix it up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.vars import load_extra_vars

from ansible_collections.evolux.contact_center.plugins.plugin_utils._report_file import checked, language
from ansible_collections.evolux.contact_center.plugins.plugin_utils._report_page import tenant
from ansible_collections.evolux.contact_center.plugins.plugin_utils._tenant import (
    CONNECTION,
    connection,
    is_blank,
    misspelt,
)
from ansible_collections.evolux.contact_center.plugins.plugin_utils._told import not_listed, told

if TYPE_CHECKING:
    from ansible_collections.evolux.contact_center.plugins.plugin_utils._action import EvoluxAction

AGENTS: Final = "evolux.contact_center.evolux_agent_info"
# The purposes that end with a report.
REPORTED: Final = ("provision", "audit")


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


class InRole:
    """A task of the role that runs a module on a host's tenant."""

    def __init__(self, action: EvoluxAction, variables: Mapping[str, Any]) -> None:
        self._action = action
        self._task = action._task
        self._variables = variables
        self._host: str = variables["inventory_hostname"]
        self._purpose: str = variables["__tenant_purpose"]
        self._tenant = ""
        self._address = ""

    def _value(self, name: str) -> Any:
        return value_of(self._action, self._variables, name)

    def prepare(self, environment: Mapping[str, str]) -> None:
        """Give the module the host's tenant. Raises ValueError if the tenant or a variable of the role isn't valid."""
        if self._action._connection.transport != "local" or self._action._connection.become:
            raise ValueError(
                "The role runs on the controller, as the user who started Ansible; don't override its connection or "
                "become settings."
            )
        check_variables(self._action, self._variables)
        if self._purpose in REPORTED:
            language(self._value("evolux_report_language"))
            checked(self._value("evolux_report_file"), self._host)
        given = {option: self._value(f"evolux_{option}") for option in CONNECTION}
        options = {option: value for option, value in given.items() if not is_blank(value)}
        whose = connection(self._host, options, environment)
        self._task.args.update(options, **whose)
        self._address = whose["api_url"].strip()
        self._tenant = f"{self._host}, {self._address}"
        for option, variable in self._action.from_variables.items():
            value = self._value(variable)
            if isinstance(value, (int, float)) and "awx_job_id" in self._variables:
                raise ValueError(
                    f"{variable} was read as the number {value}, so the text that was entered is lost; enter it in "
                    "double quotes, or use an execution environment with ansible-core 2.18."
                )
            if isinstance(value, str):
                # In AWX, quotes keep ansible-core 2.19 and newer from converting it to a number.
                value = value.strip().strip('"') if option.endswith("number") else value.strip()
            if not is_blank(value):
                self._task.args.setdefault(option, value)
        if self._purpose == "provision" and (plan := self._expected_plan()):
            self._task.args["expected_plan"] = plan

    def finish(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """The result, with what the role shows people about it."""
        check = self._task.check_mode
        ignored = self._value("evolux_audit_ignore_unlisted")
        unlisted = is_blank(ignored) or not boolean(ignored)
        kept = told(result, self._purpose, check=check, diff=self._task.diff, unlisted=unlisted)
        if check and self._purpose == "provision" and not kept.get("failed"):
            kept["ansible_stats"] = self._handed_on(kept["plan"])
        if self._purpose in REPORTED:
            address = self._value("evolux_api_url")
            strangers = not_listed(result) if self._purpose == "audit" and unlisted else []
            where = self._address or (None if is_blank(address) else str(address))
            row = tenant(result, self._host, where, self._purpose, check, strangers, self._agents(result))
            # Of a failed task's result, this is the part that Ansible doesn't print below -vvv.
            kept["diff"] = {**kept.get("diff", {}), "report": row, "report_of": self._use()}
        return {**kept, "tenant": self._tenant} if self._tenant else kept

    def _expected_plan(self) -> str | None:
        """The plan that was approved for the host; None if no approval is required. Raises ValueError."""
        one, plans = (self._value(f"evolux_expected_{name}") for name in ("plan", "plans"))
        if is_blank(plans):
            return None if is_blank(one) else str(one)
        if not isinstance(plans, Mapping):
            raise ValueError("evolux_expected_plans isn't a dictionary; map the name of each host to its plan.")
        if is_blank(plans.get(self._host)):
            raise ValueError(
                f"{self._host} isn't in evolux_expected_plans, so no plan was approved for it; plan its changes first."
            )
        if not is_blank(one) and str(one) != str(plans[self._host]):
            raise ValueError("evolux_expected_plan and evolux_expected_plans disagree; set only one of them.")
        return str(plans[self._host])

    def _agents(self, result: Mapping[str, Any]) -> Any:
        """The tenant's agents for an audit's report; None if there is no report or they can't be read."""
        if result.get("failed") or self._purpose != "audit" or is_blank(self._value("evolux_report_file")):
            return None
        options = {option: self._task.args[option] for option in CONNECTION if option in self._task.args}
        found = self._action._execute_module(module_name=AGENTS, module_args=options, task_vars=self._variables)
        return found.get("agents")

    def _use(self) -> dict[str, Any]:
        """Which use of the role this is. Results outlast it, and the same play or the next may use the role again.

        in_step: whether all hosts have run this task before the next one begins.
        """
        play = self._task.get_play()
        return {
            "play": play._uuid,
            "purpose": self._purpose,
            "in_step": play.strategy.rpartition(".")[2] in ("linear", "debug"),
        }

    def _handed_on(self, plan: str) -> dict[str, Any]:
        """A plan in the form of set_stats, for the run that carries it out: AWX passes it from job to job."""
        data: dict[str, Any] = {"evolux_expected_plans": {self._host: plan}}
        if len(self._variables["ansible_play_hosts_all"]) == 1:
            data["evolux_expected_plan"] = plan
        return {"data": data, "per_host": False, "aggregate": True}
