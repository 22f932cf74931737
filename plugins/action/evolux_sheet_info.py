# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the queues that a spreadsheet on the controller describes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.evolux.contact_center.plugins.module_utils._text import shown
from ansible_collections.evolux.contact_center.plugins.plugin_utils._action import is_of_the_role
from ansible_collections.evolux.contact_center.plugins.plugin_utils._sheet import read_queues
from ansible_collections.evolux.contact_center.plugins.plugin_utils._sheet_file import LARGEST, read_table
from ansible_collections.evolux.contact_center.plugins.plugin_utils._told import refused

OPTIONS: dict[str, dict[str, Any]] = {
    "path": {"type": "str", "required": True},
    "sheet": {"type": "str"},
    "ignore": {"type": "list", "elements": "str", "default": []},
    "propose_slugs": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """The class that Ansible looks for."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: Any = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        try:
            if is_of_the_role(self._task):
                # Imported late, as other tasks don't need it.
                from ansible_collections.evolux.contact_center.plugins.plugin_utils._in_role import check_variables

                check_variables(self, task_vars or {})
            # An empty answer to a survey counts as not given.
            self._task.args = {name: value for name, value in self._task.args.items() if value not in (None, "")}
            _result, options = self.validate_argument_spec(OPTIONS)
            return _read(**options)
        except (OSError, ValueError) as error:
            return refused(error)


def _read(path: str, sheet: str | None, ignore: list[str], propose_slugs: bool) -> dict[str, Any]:
    """The task's result. Raises OSError, or ValueError for a file that isn't a spreadsheet."""
    file = os.path.abspath(os.path.expanduser(path))
    name = os.path.basename(file)
    if not os.path.isfile(file):
        raise ValueError(f"There is no file {shown(file)} to import; correct the path.")
    with open(file, "rb") as content:
        try:
            table = read_table(content.read(LARGEST + 1), name, sheet)
        except ImportError as error:
            raise ValueError(
                f"{shown(name)} is an XLSX file, which can't be read without the Python library openpyxl ({error}); "
                "install it where Ansible runs (pip install openpyxl), or save the sheet as CSV."
            ) from error
    read = read_queues(table, ignore, propose_slugs)
    if read.problems:
        count = "1 problem" if read.wrong == 1 else f"{read.wrong} problems"
        return refused(
            ValueError(f"{table.name} has {count}, so nothing was imported; correct the sheet, then run again."),
            causes=list(read.problems),
            warnings=list(read.warnings),
            # One problem per line, rather than all on one line.
            _ansible_verbose_always=True,
        )
    return {
        "changed": False,
        "queues": list(read.queues),
        "places": list(read.places),
        "source": name,
        "notes": list(read.notes),
        "warnings": list(read.warnings),
    }
