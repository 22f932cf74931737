# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes a tenant's queues as a variables file, and decides whether such a file may be replaced. Pure."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

from ansible_collections.evolux.contact_center.plugins.module_utils._queue import (
    CLEARABLE,
    FIELDS,
    MAY_BE_HIDDEN,
    NUMBERS,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._text import shown
from ansible_collections.evolux.contact_center.plugins.plugin_utils._sheet_cells import dressed, dressed_number

_MARK: Final = re.compile(rb"^# Written for (?P<tenant>.*); checksum (?P<checksum>[0-9a-f]{64})$", re.MULTILINE)
_VAULT: Final = b"$ANSIBLE_VAULT;"
_VAULTED: Final = "it contains vaulted content, which would be lost; choose another file"


def render(
    queues: Iterable[Mapping[str, Any]],
    tenant: str,
    *,
    source: str | None = None,
    places: Sequence[str] = (),
    schema: str | None = None,
) -> bytes:
    """The file: managed fields only, with the tenant and a checksum of the rest in its header.

    queues: as evolux_queue_info returns them, or as a tenant file contains them. tenant: its host and address.
    source: the name of the spreadsheet that they are from; None if they are from a tenant. places: where each is from.
    schema: where editors find the file's schema.
    """
    entries = [_entry(queue, place) for queue, place in zip_longest(queues, places)]
    what = (
        f"The queues of a tenant, as import_tenant read them from {_line(source)}"
        if source
        else "The active queues of a tenant, as export_tenant found them"
    )
    for_editors = f"# yaml-language-server: $schema={_line(schema)}\n" if schema else ""
    text = (
        f"{for_editors}---\n"
        f"# {what}. To bring a tenant to this state:\n"
        "# ansible-playbook evolux.contact_center.provision_tenant -e @THIS_FILE --check --diff\n"
        f"# Written for {_line(tenant)}; checksum {'0' * 64}\n"
        f"evolux_queues:{'' if entries else ' []'}\n{''.join(entries)}"
    ).encode()
    return text.replace(b"0" * 64, _checksum(text), 1)


def render_csv(queues: Iterable[Mapping[str, Any]]) -> bytes:
    """The same as a CSV file that spreadsheet programs open correctly, and that can be imported again unchanged.

    It has a byte order mark, which shows them that it is UTF-8, and the semicolons that they expect in countries with
    decimal commas.
    """
    rows = [{field: queue.get(field) for field in ("name", "slug", *FIELDS)} for queue in queues]
    # An empty column of wait times would mean nothing, but an empty column of DIDs means that the queues have none.
    fields = [
        field
        for field in dict.fromkeys(("name", "slug", *FIELDS))
        if field not in MAY_BE_HIDDEN or any(row[field] is not None for row in rows)
    ]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(fields)
    writer.writerows([_csv_cell(field, row[field]) for field in fields] for row in rows)
    return codecs.BOM_UTF8 + text.getvalue().encode()


def _csv_cell(field: str, value: object) -> str:
    if value is None or value == "":
        return ""
    if not isinstance(value, str):
        return str(value)
    return dressed_number(value) if field in NUMBERS else dressed(value)


def why_not_to_replace_csv(content: bytes, overwrite: bool) -> str | None:
    """Like `why_not_to_replace`, for a CSV file, which can't contain a checksum."""
    if _VAULT in content:
        return _VAULTED
    if overwrite or not content:
        return None
    return (
        "it has different content, and a CSV file can't show where that came from; choose another file, or set "
        "evolux_export_overwrite to true"
    )


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _entry(queue: Mapping[str, Any], place: str | None) -> str:
    facts = {field: queue[field] for field in ("slug", *FIELDS, "state") if field in queue}
    # A queue without a DID must stay without one.
    facts.update({field: facts[field] or "" for field in CLEARABLE if field in facts})
    lines = [f"{field}: {_scalar(value)}\n" for field, value in facts.items() if value is not None]
    comment = f"  # {_line(place)}\n" if place else ""
    return f"{comment}  - {'    '.join(lines)}"


def _line(text: str) -> str:
    """A text for a comment."""
    return "".join(map(_escaped, text))


def _scalar(value: object) -> str:
    """A text in double quotes, as YAML would convert 0700123, yes and null; a whole number unchanged.

    Anything that looks like a template is marked, so that Ansible doesn't evaluate a queue's name.
    """
    if not isinstance(value, str):
        return str(value)
    mark = "!unsafe " if any(opening in value for opening in ("{{", "{%", "{#")) else ""
    return f'{mark}"{"".join(map(_quoted, value))}"'


def _quoted(character: str) -> str:
    return f"\\{character}" if character in '"\\' else _escaped(character)


def _escaped(character: str) -> str:
    """A character, escaped if a terminal would obey or hide it, or if YAML doesn't allow it."""
    code = ord(character)
    if shown(character) == character and code not in (0xFFFE, 0xFFFF):
        return character
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def why_not_to_replace(content: bytes, tenant: str, overwrite: bool, writer: str = "export_tenant") -> str | None:
    """Why a file's content must not be replaced, and what to do; None if it may be replaced.

    tenant: the tenant whose queues will be written. overwrite: whether the user agreed to lose the content.
    writer: the playbook that writes the file.
    """
    if _VAULT in content:
        return _VAULTED
    if overwrite or not content:
        return None
    mark = _MARK.search(content)
    if mark is None:
        return f"it wasn't written by {writer}; choose another file, or set evolux_export_overwrite to true"
    start, end = mark.span("checksum")
    if mark["checksum"] != _checksum(content[:start] + b"0" * 64 + content[end:]):
        return "it has been changed since it was written; choose another file, or set evolux_export_overwrite to true"
    if (whose := mark["tenant"].decode(errors="replace")) != _line(tenant):
        return f"it contains the queues of {whose}; choose another file, or set evolux_export_overwrite to true"
    return None
