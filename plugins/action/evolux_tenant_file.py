# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes a tenant's queues to a file on the controller, where nothing that people have there is lost."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.evolux.contact_center.plugins.plugin_utils._tenant import is_blank
from ansible_collections.evolux.contact_center.plugins.plugin_utils._tenant_file import render, why_not_to_replace

NEW_MODE = 0o644
OPTIONS: dict[str, dict[str, Any]] = {
    "path": {"type": "str", "required": True},
    "queues": {"type": "list", "elements": "dict", "required": True},
    "tenant": {"type": "str", "required": True},
    "overwrite": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):
    """What Ansible looks for."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: Any = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        # An empty answer to a survey counts as not given; of the path, more is said than that it is missing.
        self._task.args = {"path": "", **{name: value for name, value in self._task.args.items() if value is not None}}
        if self._task.args.get("overwrite") == "":
            del self._task.args["overwrite"]
        _result, options = self.validate_argument_spec(OPTIONS)
        host = str((task_vars or {}).get("inventory_hostname", ""))
        try:
            target = _target(options["path"], host)
            old = _read(target)
            if old is not None and (why := why_not_to_replace(old, options["tenant"], options["overwrite"])):
                raise ValueError(f"{target} is left as it is: {why}.")
            new = render(options["queues"], options["tenant"])
            if old != new and not self._task.check_mode:
                _write(target, new, old)
        except (OSError, ValueError) as error:
            text = f"{error.strerror}: {error.filename}" if isinstance(error, OSError) else str(error)
            return {"failed": True, "changed": False, "msg": text}
        result: dict[str, Any] = {"changed": old != new, "path": target}
        if self._task.diff:
            texts = {"before": (old or b"").decode(errors="replace"), "after": new.decode()}
            result["diff"] = {**texts, "before_header": target, "after_header": target}
        return result


def _target(path: str, host: str) -> str:
    """The absolute path of the file, from where Ansible was started; links are resolved in its folder alone.

    Raises ValueError for what can't be a tenant's file.
    """
    if os.sep in host and host in path:
        raise ValueError(
            f"The name of the host {host} would lead the file to another folder; choose a file without it."
        )
    place = os.path.abspath(os.path.expanduser(path))
    if is_blank(path) or path.endswith(os.sep) or os.path.isdir(place):
        raise ValueError(f"'{path}' can't be the file to write; give a file's name, such as acme.yml.")
    folder, name = os.path.split(place)
    if not os.path.isdir(folder):
        raise ValueError(f"There is no folder {folder}; make it, or choose another file.")
    return os.path.join(os.path.realpath(folder), name)


def _read(target: str) -> bytes | None:
    """What the file holds, None if there is none. Raises ValueError for what is no plain file."""
    try:
        kind = os.lstat(target).st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(kind):
        what = "a link" if stat.S_ISLNK(kind) else "not a plain file"
        raise ValueError(f"{target} is {what}, so it isn't written; choose another file.")
    with open(target, "rb", opener=_without_links) as file:
        return file.read()


def _without_links(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _write(target: str, new: bytes, old: bytes | None) -> None:
    """Put the new content in place at once; the mode and, where that is allowed, the owner of a file stay.

    Raises FileExistsError if somebody else has made the file in between.
    """
    descriptor, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(target)}.", dir=os.path.dirname(target))
    try:
        with open(descriptor, "wb") as file:
            file.write(new)
            if old is None:
                os.fchmod(descriptor, NEW_MODE)
            else:
                kept = os.lstat(target)
                with contextlib.suppress(PermissionError):
                    os.fchown(descriptor, kept.st_uid, kept.st_gid)
                os.fchmod(descriptor, stat.S_IMODE(kept.st_mode))
            file.flush()
            os.fsync(descriptor)
        if old is None:
            # Unlike a replacement, this fails if somebody else has made the file in between.
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, NEW_MODE))
        os.replace(temporary, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
