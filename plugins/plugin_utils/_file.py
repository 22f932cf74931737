# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes a file on the controller atomically, without losing anything that people wrote there."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from typing import Final

from ansible_collections.evolux.contact_center.plugins.plugin_utils._tenant import is_blank

NEW_MODE: Final = 0o644


def target(path: str, host: str, example: str) -> str:
    """The absolute path of the file, from where Ansible was started. Only links in its folder's path are resolved.

    host: the host whose name the path may contain. example: an example of a file name.
    Raises ValueError if the path can't be such a file.
    """
    if os.sep in host and host in path:
        raise ValueError(
            f"The host name {host} contains a {os.sep}, which would put the file in another folder; choose a file name "
            "without the host name."
        )
    place = os.path.abspath(os.path.expanduser(path))
    if is_blank(path) or path.endswith(os.sep) or os.path.isdir(place):
        raise ValueError(f"'{path}' isn't a file that can be written; give a file name, such as {example}.")
    folder, name = os.path.split(place)
    if not os.path.isdir(folder):
        raise ValueError(f"The folder {folder} doesn't exist; create it, or choose another file.")
    return os.path.join(os.path.realpath(folder), name)


def read(file: str) -> bytes | None:
    """The file's content; None if it doesn't exist. Raises ValueError if it isn't a regular file."""
    try:
        kind = os.lstat(file).st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(kind):
        what = "a symbolic link" if stat.S_ISLNK(kind) else "not a regular file"
        raise ValueError(f"{file} is {what}, so it was not written; choose another file.")
    with open(file, "rb", opener=_without_links) as content:
        return content.read()


def _without_links(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def write(file: str, new: bytes, old: bytes | None) -> None:
    """Replace the content atomically. The file keeps its mode and, where permitted, its owner.

    Raises FileExistsError if someone else has created the file in between, OSError if the folder isn't writable.
    """
    folder, name = os.path.split(file)
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    except OSError as error:
        # Name the folder: nobody knows about the temporary file.
        raise OSError(error.errno, error.strerror, folder) from error
    try:
        with open(descriptor, "wb") as content:
            content.write(new)
            if old is None:
                os.fchmod(descriptor, NEW_MODE)
            else:
                kept = os.lstat(file)
                with contextlib.suppress(PermissionError):
                    os.fchown(descriptor, kept.st_uid, kept.st_gid)
                os.fchmod(descriptor, stat.S_IMODE(kept.st_mode))
            content.flush()
            os.fsync(descriptor)
        if old is None:
            # Unlike os.replace, this fails if someone else has created the file in between.
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, NEW_MODE))
        os.replace(temporary, file)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
