# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a report: checks whether they can be written, and writes them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ansible_collections.evolux.contact_center.plugins.plugin_utils._file import read, target, write
from ansible_collections.evolux.contact_center.plugins.plugin_utils._report_page import FORMS, may_be_replaced, rendered
from ansible_collections.evolux.contact_center.plugins.plugin_utils._report_texts import ENGLISH, TEXTS
from ansible_collections.evolux.contact_center.plugins.plugin_utils._tenant import is_blank

_TEMPLATE: Final = Path(__file__).with_name("_report_page.html.j2")


def language(given: object) -> str:
    """The requested language, English by default. Raises ValueError for an unknown one."""
    if is_blank(given):
        return ENGLISH
    if given not in TEXTS:
        raise ValueError(f"evolux_report_language is {given}; it must be {' or '.join(TEXTS)}.")
    return str(given)


def checked(given: object, host: str) -> list[str]:
    """The paths of the requested files, if any. Raises ValueError for a file that can't be written.

    given: one file or a list of files. host: the inventory name of the host that requests them.
    """
    names = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    return [_checked(str(name), host) for name in names if not is_blank(name)]


def _checked(name: str, host: str) -> str:
    with _explained():
        file = target(name, host, "report.html")
        _old(file)
    if os.path.splitext(file)[1] not in FORMS:
        raise ValueError(f"evolux_report_file is {name}; its name must end in {', '.join(FORMS[:-1])} or {FORMS[-1]}.")
    return file


def write_report(file: str, data: Mapping[str, Any]) -> None:
    """Write a report to a file that `checked` has returned. Raises ValueError."""
    text = rendered(data, os.path.splitext(file)[1], _TEMPLATE.read_text(encoding="utf-8")).encode()
    with _explained():
        try:
            write(file, text, _old(file))
        except FileExistsError:  # another host's task was faster
            write(file, text, _old(file))


def _old(file: str) -> bytes | None:
    content = read(file)
    if content is not None and not may_be_replaced(content):
        raise ValueError(f"{file} was not overwritten: it isn't a report; choose another file.")
    return content


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ValueError(f"{error.filename} can't be written: {error.strerror}.") from error
