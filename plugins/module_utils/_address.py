# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""A tenant's address in a form that doesn't depend on how it is written. Pure."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def address(text: str) -> tuple[str, ...]:
    """A key that is equal for two texts if they are the same tenant's address."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").rstrip(".")
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return (text,)
    path = parts.path.rstrip("/").removesuffix("/api/v1").rstrip("/")
    return parts.scheme, _host(host), str(port), path, parts.query, parts.fragment, parts.username or ""


def _host(name: str) -> str:
    try:
        return str(ip_address(name))
    except ValueError:
        pass
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return name
