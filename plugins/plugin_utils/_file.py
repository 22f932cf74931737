# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes a file on the controller at once, where nothing that people have there is lost."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from typing import Final

from ansible_collections.evolux.contact_center.plugins.plugin_utils._tenant import is_blank

NEW_MODE: Final = 0o644


def target(path: str, host: str, example: str) -> str:
    """The absolute path of the file, from where Ansible was started; links are resolved in its folder alone.

    host: whose name must not lead elsewhere. example: of a file's name.
    Raises ValueError for what can't be such a file.
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
    """What the file holds, None if there is none. Raises ValueError for what is no plain file."""
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
    """Put the new content in place at once; the mode and, where that is allowed, the owner of a file stay.

    Raises FileExistsError if somebody else has made the file in between, OSError if the folder can't be written to.
    """
    folder, name = os.path.split(file)
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    except OSError as error:
        # Of the file that is there for a moment, nobody knows.
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
            # Unlike a replacement, this fails if somebody else has made the file in between.
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, NEW_MODE))
        os.replace(temporary, file)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
