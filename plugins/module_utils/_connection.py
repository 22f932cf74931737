# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""How to reach a tenant, and what passes between it and a client."""

from __future__ import annotations

import base64
import json
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import ip_address
from typing import Any, Final, NamedTuple
from urllib.parse import quote, quote_plus, urlsplit

try:
    import requests
except ImportError:
    HAS_REQUESTS = False
else:
    HAS_REQUESTS = True

from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._text import whole

API: Final = "/api/v1"
MAX_TIMEOUT: Final = 86400.0  # seconds
ANSWER_TIMEOUTS: Final = 10  # an answer as a whole may take that many timeouts
MASK: Final = "********"  # Ansible's own


@dataclass(frozen=True)
class Connection:
    """How to reach a tenant.

    url: the tenant's address, without a path.
    timeout: seconds to connect and between two reads; an answer as a whole may take ten times that.
    retries: how many times a request is sent again where that is safe.
    """

    url: str
    token: str = field(repr=False)
    validate_certs: bool = True
    ca_path: str | None = None
    timeout: float = 30
    retries: int = 3

    @staticmethod
    def checked(
        *,
        api_url: str,
        api_token: str,
        validate_certs: bool = True,
        ca_path: str | None = None,
        timeout: float = 30,
        retries: int = 3,
        allow_plain_http: bool = False,
    ) -> Connection:
        """A connection out of the modules' options. Raises EvoluxError (invalid) before anything is sent."""
        token = api_token.strip()
        if not token:
            raise EvoluxError("invalid", "api_token is empty; give a token here or in EVOLUX_API_TOKEN.")
        if not re.fullmatch(r"[\x20-\x7e]+", token):
            raise EvoluxError(
                "invalid",
                "api_token holds a line break or another character that no HTTP header can carry; copy it again.",
            )
        if not 0 < timeout <= MAX_TIMEOUT:
            raise EvoluxError("invalid", f"timeout is {timeout}; give a number of seconds above 0, a day at most.")
        if retries < 0:
            raise EvoluxError("invalid", f"retries is {retries}; give 0 or more.")
        if ca_path and validate_certs:
            _check_ca(ca_path)
        url = _checked_url(api_url.strip(), allow_plain_http)
        return Connection(url, token, validate_certs, ca_path, timeout, retries)

    @property
    def deadline(self) -> float:
        """The seconds that an answer as a whole may take."""
        return ANSWER_TIMEOUTS * self.timeout

    def secrets(self) -> set[str]:
        """The forms in which the token might come back out of a server, a proxy or a library."""
        token = self.token
        return {
            token,
            quote(token),
            quote(token, safe=""),
            quote_plus(token),
            base64.b64encode(token.encode()).decode(),
            base64.b64encode(token.encode()).decode().rstrip("="),
            repr(token)[1:-1],
            json.dumps(token)[1:-1],
        }

    def without_token(self, text: str) -> str:
        """A text with each form of the token masked."""
        # The longest first: one form may be part of another.
        for secret in sorted(self.secrets(), key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text


def _checked_url(given: str, allow_plain_http: bool) -> str:
    example = "give an address like https://acme.evolux.net.br"
    try:
        parts = urlsplit(given)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise EvoluxError("invalid", f"api_url is no valid address; {example}.") from None
    if parts.username is not None or parts.password is not None:
        raise EvoluxError("invalid", f"api_url holds a user name or password; {example}, and the token in api_token.")
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment or re.search(r"\s", given):
        raise EvoluxError("invalid", f"api_url '{given}' is no valid address; {example}.")
    try:
        requests.Request("GET", f"{parts.scheme}://{parts.netloc}").prepare()
    except (requests.RequestException, ValueError):
        raise EvoluxError("invalid", f"api_url '{given}' is no valid address; {example}.") from None
    path = parts.path.rstrip("/")
    if path not in ("", API):
        raise EvoluxError("invalid", f"api_url '{given}' has a path that is not {API}; {example}.")
    if parts.scheme == "http" and not (is_loopback(host) or allow_plain_http):
        raise EvoluxError(
            "invalid",
            f"api_url '{given}' would send the token unencrypted; use https://, "
            "or set allow_plain_http to true if the network may see the token.",
        )
    return f"{parts.scheme}://{parts.netloc}"


def _check_ca(path: str) -> None:
    where = {"capath": path} if os.path.isdir(path) else {"cafile": path}
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(**where)
    except (OSError, ValueError):
        raise EvoluxError(
            "invalid", f"ca_path '{path}' can't be read as CA certificates; give a file that holds them."
        ) from None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Request(NamedTuple):
    """A request, and in words what it asks."""

    asked: str
    method: str
    path: str

    @property
    def writes(self) -> bool:
        """Whether it changes something where it arrives."""
        return self.method != "GET"


@dataclass(frozen=True)
class Answer:
    """An answer whose whole body has come."""

    request: Request
    status: int
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def json(self) -> dict[str, Any]:
        """The JSON object of the answer, empty for whatever else came."""
        try:
            answer = json.loads(self.body)
            if re.search(rb"\\u[dD]|\xed[\xa0-\xbf]|\0", self.body):  # most answers have none of what whole replaces
                answer = whole(answer)
        except (ValueError, RecursionError):
            return {}
        return answer if isinstance(answer, dict) else {}


class Late(OSError):
    """A call took longer than it may."""
