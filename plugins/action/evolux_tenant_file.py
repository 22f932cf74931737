# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes a tenant's queues to a file on the controller without losing anything that people wrote there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.evolux.contact_center.plugins.plugin_utils._file import read, target, write
from ansible_collections.evolux.contact_center.plugins.plugin_utils._tenant_file import (
    render,
    render_csv,
    why_not_to_replace,
    why_not_to_replace_csv,
)
from ansible_collections.evolux.contact_center.plugins.plugin_utils._told import refused

OPTIONS: dict[str, dict[str, Any]] = {
    "path": {"type": "str", "required": True},
    "queues": {"type": "list", "elements": "dict", "required": True},
    "tenant": {"type": "str", "required": True},
    "format": {"type": "str", "choices": ["yaml", "csv"], "default": "yaml"},
    "source": {"type": "str"},
    "places": {"type": "list", "elements": "str", "default": []},
    "schema": {"type": "str"},
    "overwrite": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """The class that Ansible looks for."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: Any = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        # An empty survey answer counts as not given. For a missing path, target() has a better message than Ansible.
        self._task.args = {"path": "", **{name: value for name, value in self._task.args.items() if value is not None}}
        for name in ("overwrite", "places", "format"):
            if self._task.args.get(name) == "":
                del self._task.args[name]
        _result, options = self.validate_argument_spec(OPTIONS)
        host = str((task_vars or {}).get("inventory_hostname", ""))
        try:
            file = target(options["path"], host, "acme.yml")
            old = read(file)
            new, why = _content(old, options)
            if why and old != new:
                raise ValueError(f"{file} was not overwritten: {why}.")
            if old != new and not self._task.check_mode:
                write(file, new, old)
        except (OSError, ValueError) as error:
            return refused(error)
        result: dict[str, Any] = {"changed": old != new, "path": file}
        if self._task.diff:
            texts = {"before": (old or b"").decode(errors="replace"), "after": new.decode()}
            result["diff"] = {**texts, "before_header": file, "after_header": file}
        return result


def _content(old: bytes | None, options: Mapping[str, Any]) -> tuple[bytes, str | None]:
    """The new content of the file, and the reason why the old content must not be replaced, if there is one."""
    queues, tenant, overwrite = options["queues"], options["tenant"], options["overwrite"]
    if options["format"] == "csv":
        return render_csv(queues), None if old is None else why_not_to_replace_csv(old, overwrite)
    if options["places"] and len(options["places"]) != len(queues):
        raise ValueError(
            f"There are {len(options['places'])} places for {len(queues)} queues; give one for each queue."
        )
    facts = {name: options[name] for name in ("source", "places", "schema")}
    writer = "import_tenant" if options["source"] else "export_tenant"
    why = None if old is None else why_not_to_replace(old, tenant, overwrite, writer)
    return render(queues, tenant, **facts), why
