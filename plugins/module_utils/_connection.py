# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""How to reach a tenant, and the requests and answers exchanged with it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, quote_plus, unquote, urlsplit

try:
    import requests
except ImportError:
    HAS_REQUESTS = False
else:
    HAS_REQUESTS = True

from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._text import whole

if TYPE_CHECKING:
    import ssl

API: Final = "/api/v1"
MAX_TIMEOUT: Final = 86400.0  # seconds
ANSWER_TIMEOUTS: Final = 10  # a complete answer may take that many timeouts
MASK: Final = "********"  # Ansible's own
MAX_ENCODINGS: Final = 50  # ways to decode a text that is shown
_URL_SAFE: Final = str.maketrans("-_", "+/")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))")
MAX_DEPTH: Final = 100  # levels of nested lists and objects
MAX_VALUES: Final = 500_000  # in one answer: three times those of 10,000 queues
_HOST: Final = re.compile(r"[\w.-]*\w\.?|[0-9a-f:.]*:[0-9a-f:.]*(%[\w.-]+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Connection:
    """How to reach a tenant.

    url: the tenant's address, without a path.
    ca_path: a file or folder of certificates to trust instead of all others.
    timeout: seconds to connect and between two reads; a complete answer may take ten times that.
    retries: how many times to send a request again where that is safe.
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
        """A connection from the modules' options. Raises EvoluxError (invalid) before anything is sent."""
        token = api_token.strip()
        if not token:
            raise EvoluxError("invalid", "api_token is empty; set it (or EVOLUX_API_TOKEN) to the tenant's token.")
        if not re.fullmatch(r"[\x20-\x7e]+", token):
            raise EvoluxError(
                "invalid",
                "api_token contains a line break or another character that can't be sent; copy the token again.",
            )
        if not 0 < timeout <= MAX_TIMEOUT:
            raise EvoluxError(
                "invalid", f"timeout is {timeout}; it must be greater than 0 and at most {MAX_TIMEOUT:g} seconds."
            )
        if retries < 0:
            raise EvoluxError("invalid", f"retries is {retries}; it must be 0 or greater.")
        url = _checked_url(api_url.strip(), allow_plain_http)
        connection = Connection(url, token, validate_certs, ca_path, timeout, retries)
        if validate_certs and (ca_path or url.startswith("https:")):
            # Plain http doesn't need this, and importing it takes time.
            from ansible_collections.evolux.contact_center.plugins.module_utils._trust import chosen_bundle

            if chosen_bundle(ca_path):
                connection.tls  # noqa: B018 - it raises
        return connection

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """The context for TLS connections. Raises EvoluxError (invalid) if ca_path makes no sense."""
        from ansible_collections.evolux.contact_center.plugins.module_utils._trust import tls_context

        return tls_context(self.validate_certs, self.ca_path)

    @property
    def deadline(self) -> float:
        """How many seconds a complete answer may take."""
        return ANSWER_TIMEOUTS * self.timeout

    def secrets(self) -> set[str]:
        """The forms in which a server, a proxy or a library might return the token."""
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
        """A text with each form of the token masked; masked as a whole if the token could still be read from it."""
        if len(text) < len(self.token):
            return text
        for form in self._forms:
            text = text.replace(form, MASK)
        return MASK if self._can_be_read(text) else text

    @cached_property
    def _forms(self) -> list[str]:
        """The longest first: one form may be part of another."""
        return sorted(self.secrets(), key=len, reverse=True)

    @cached_property
    def _in_base64(self) -> list[str]:
        """The token in base64, at each position that it can have in an encoded text."""
        found = []
        for before in range(3):
            encoded = base64.b64encode(b" " * before + self.token.encode() + b" " * 3).decode()
            # The first and last characters also hold bits of their neighbors.
            inner = encoded[-(-before * 8 // 6) : (before + len(self.token)) * 8 // 6]
            if len(inner) > 7:  # anything shorter occurs by chance in many texts
                found.append(inner.translate(_URL_SAFE))
        return found

    def _can_be_read(self, text: str) -> bool:
        """Whether a text contains the token as web frameworks encode it, any number of times over."""
        plain = text.translate(_URL_SAFE)
        if any(part in plain for part in self._in_base64):
            return True
        # Imported late: it has a long table, and few texts get here.
        import html

        # Forms encode spaces as plus signs.
        token = self.token.replace("+", " ")
        seen, left = {text}, [text]
        while left:
            encoded = left.pop()
            for decode in (unquote, html.unescape, _unescaped):
                decoded = decode(encoded)
                if token in decoded.replace("+", " ") or len(seen) > MAX_ENCODINGS:
                    return True
                if decoded not in seen:
                    seen.add(decoded)
                    left.append(decoded)
        return False

    def cleaned(self, value: Any) -> Any:
        """Data from an answer, without the token: Ansible masks few of its forms, and none in keys."""
        if isinstance(value, Mapping):
            return {self.without_token(key): self.cleaned(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.cleaned(inner) for inner in value]
        return self.without_token(value) if isinstance(value, str) else value


def _unescaped(text: str) -> str:
    """A text without the escapes of JSON and similar languages."""

    def meant(escape: re.Match[str]) -> str:
        code = escape[1] or escape[2]
        return chr(int(code, 16)) if code else escape[3]

    return _ESCAPE.sub(meant, text)


def _checked_url(given: str, allow_plain_http: bool) -> str:
    def refused(why: str) -> EvoluxError:
        return EvoluxError("invalid", f"api_url {why}; use an address such as https://acme.evolux.net.br.")

    if not given:
        raise refused("is empty")
    if "@" in given:  # don't show a password
        raise refused("contains a user name, a password or an @")
    if not given.isprintable() or " " in given:
        raise refused(f"{given!r} contains a space or an invisible character")
    scheme, separator, _rest = given.partition("://")
    if not separator or scheme.lower() not in ("http", "https"):
        raise refused(f"{given!r} doesn't begin with https://")
    try:
        parts = urlsplit(given)
        host = parts.hostname or ""
        # What these reject would otherwise fail while connecting.
        requests.Request("GET", f"{parts.scheme}://{parts.netloc}").prepare()
        host.encode("idna")
        valid = bool(_HOST.fullmatch(host)) and parts.port != 0
    except (requests.RequestException, ValueError):
        valid = False
    if not valid:
        raise refused(f"{given!r} isn't a valid address")
    if parts.path.rstrip("/") not in ("", API) or parts.query or parts.fragment:
        raise refused(f"{given!r} has something other than {API} after the host")
    if parts.scheme == "http" and not (is_loopback(host) or allow_plain_http):
        raise EvoluxError(
            "invalid",
            f"api_url {given!r} would send the token unencrypted; use https://, "
            "or set allow_plain_http to true if you trust the network with the token.",
        )
    return f"{parts.scheme}://{parts.netloc}"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Request(NamedTuple):
    """A request, with what it does in words."""

    asked: str
    method: str
    path: str

    @property
    def writes(self) -> bool:
        """Whether it changes something on the server."""
        return self.method != "GET"


@dataclass(frozen=True)
class Answer:
    """An answer with its complete body."""

    request: Request
    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray

    @cached_property
    def values(self) -> int:
        """About how many values its JSON contains."""
        return self.body.count(b"[") + self.body.count(b"{") + self.body.count(b",")

    @cached_property
    def is_too_deep(self) -> bool:
        """Whether it isn't parsed because Python or Ansible could fail on it."""
        return self.values > MAX_DEPTH and _is_deeper(self.body, MAX_DEPTH)

    @cached_property
    def json(self) -> dict[str, Any]:
        """The JSON object of the answer; empty if the body is anything else."""
        if self.is_too_deep:
            return {}
        try:
            answer = json.loads(self.body)
            if re.search(rb"\\u[dD]|\xed[\xa0-\xbf]|\0", self.body):  # rarely: whole() is slow
                answer = whole(answer)
        except ValueError:
            return {}
        return answer if isinstance(answer, dict) else {}


_NEITHER_QUOTES_NOR_BRACKETS: Final = bytes(set(range(256)) - set(b'"[]{}'))


def _is_deeper(text: bytes | bytearray, levels: int) -> bool:
    """Whether lists and objects in a JSON text are nested more than that many levels deep."""
    if b"\\" in text:
        text = re.sub(rb"\\.", b"", text, flags=re.DOTALL)
    # Most strings contain no bracket, which leaves two quotes next to each other.
    text = text.translate(None, _NEITHER_QUOTES_NOR_BRACKETS).replace(b'""', b"")
    text = re.sub(rb'"[^"]*"', b"", text)
    for level in range(levels + 1):
        left = re.sub(rb"\[\]|\{\}", b"", text)
        if left == text:  # nothing is left, or only what isn't closed
            return level + left.count(b"[") + left.count(b"{") > levels
        text = left
    return True


class Late(OSError):
    """A call took longer than allowed."""
