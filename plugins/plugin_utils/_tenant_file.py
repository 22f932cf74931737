# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tenant's queues as a variables file, and whether such a file may be replaced. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ansible_collections.evolux.contact_center.plugins.module_utils._queue import CLEARABLE, FIELDS
from ansible_collections.evolux.contact_center.plugins.module_utils._text import shown

_MARK: Final = re.compile(rb"^# Written for (?P<tenant>.*); checksum (?P<checksum>[0-9a-f]{64})$", re.MULTILINE)
_VAULT: Final = b"$ANSIBLE_VAULT;"


def render(queues: Iterable[Mapping[str, Any]], tenant: str) -> bytes:
    """The file: managed fields only, and in the header whose it is and a checksum of the rest.

    queues: as evolux_queue_info returns them. tenant: its host and address.
    """
    entries = [_entry(queue) for queue in queues]
    text = (
        "---\n"
        "# The active queues of a tenant, as export_tenant found them. To bring a tenant to this state:\n"
        "# ansible-playbook evolux.contact_center.provision_tenant -e @THIS_FILE --check --diff\n"
        f"# Written for {shown(tenant)}; checksum {'0' * 64}\n"
        f"evolux_queues:{'' if entries else ' []'}\n{''.join(entries)}"
    ).encode()
    return text.replace(b"0" * 64, _checksum(text), 1)


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _entry(queue: Mapping[str, Any]) -> str:
    shown = {field: queue.get(field) for field in ("slug", *FIELDS)}
    # A queue without a DID is to stay without one.
    shown |= {field: shown[field] or "" for field in CLEARABLE}
    lines = [f"{field}: {_scalar(value)}\n" for field, value in shown.items() if value is not None]
    return f"  - {'    '.join(lines)}"


def _scalar(value: object) -> str:
    """A text in double quotes, since YAML has its own ideas of 0700123, yes and null; a whole number as it is.

    What looks like a template is marked, so that Ansible doesn't take a queue's name for one.
    """
    if not isinstance(value, str):
        return str(value)
    mark = "!unsafe " if any(opening in value for opening in ("{{", "{%", "{#")) else ""
    return f'{mark}"{"".join(map(_quoted, value))}"'


def _quoted(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    code = ord(character)
    if shown(character) == character:
        return character
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def why_not_to_replace(content: bytes, tenant: str, overwrite: bool) -> str | None:
    """Why a file's content is not to be lost, and what to do; None if it may be replaced.

    tenant: whose queues are to be written. overwrite: whether people have said that they don't need the content.
    """
    if _VAULT in content:
        return "it holds something vaulted, which would be lost; choose another file"
    if overwrite or not content:
        return None
    mark = _MARK.search(content)
    if mark is None:
        return "it wasn't written by export_tenant; choose another file, or set evolux_export_overwrite to true"
    start, end = mark.span("checksum")
    if mark["checksum"] != _checksum(content[:start] + b"0" * 64 + content[end:]):
        return "it was changed since it was written; choose another file, or set evolux_export_overwrite to true"
    if (whose := mark["tenant"].decode(errors="replace")) != shown(tenant):
        return f"it holds the queues of {whose}; choose another file, or set evolux_export_overwrite to true"
    return None
