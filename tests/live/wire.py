# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Raw requests to a tenant's API, and the answers exactly as they arrive."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, TypeGuard
from urllib.parse import urlsplit

import requests

API = "/api/v1"
TIMEOUT = 30  # seconds to connect, and between two pieces of an answer
MAX_BYTES = 32 * 2**20
TRIES = 20  # of a request that a rate limit refuses
MAX_WAIT = 60.0  # seconds between two of them


def is_number(value: object) -> TypeGuard[int]:
    """Whether it's a whole number. In Python, booleans are integers, too."""
    return isinstance(value, int) and not isinstance(value, bool)


class Stop(Exception):
    """No more questions can be asked. The text says why, without any name, number, address or token."""


@dataclass(frozen=True)
class Answer:
    """What came back. http: its status, 0 if no complete answer arrived. json: the body; None if it isn't JSON."""

    http: int
    json: Any = None
    is_empty: bool = True
    retry_after: str | None = None

    @property
    def _meta(self) -> dict[str, Any]:
        meta = self.json.get("meta") if isinstance(self.json, dict) else None
        return meta if isinstance(meta, dict) else {}

    @property
    def in_meta(self) -> bool:
        """Whether HTTP reports success but meta.status an error."""
        return 200 <= self.http < 300 and self.status >= 400

    @property
    def status(self) -> int:
        """The status that counts: meta's if only that one is an error, else HTTP's."""
        status = self._meta.get("status")
        inner = status if is_number(status) else 0
        return inner if 200 <= self.http < 300 and 400 <= inner < 600 else self.http

    @property
    def is_done(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_refusal(self) -> bool:
        """Whether the API refused the request, rather than being in trouble or overloaded."""
        return 400 <= self.status <= 500 and self.status not in (408, 429)

    @property
    def message(self) -> str:
        return str(self._meta.get("message", ""))

    @property
    def data(self) -> Any:
        return self.json.get("data") if isinstance(self.json, dict) else None

    @property
    def object(self) -> dict[str, Any]:
        """The object in the answer; empty if there is none."""
        return self.data if isinstance(self.data, dict) else {}

    @property
    def items(self) -> list[dict[str, Any]]:
        """The objects of a list."""
        return [item for item in self.data if isinstance(item, dict)] if isinstance(self.data, list) else []

    @property
    def pagination(self) -> dict[str, Any] | None:
        found = self.json.get("pagination") if isinstance(self.json, dict) else None
        return found if isinstance(found, dict) else None

    @property
    def page_size(self) -> int | None:
        """How many items a page has, if the answer says so."""
        limit = (self.pagination or {}).get("limit")
        return limit if is_number(limit) and limit > 0 else None


@dataclass(frozen=True)
class Limit:
    """The refusal of one request too many. passed: how many were answered in the second before it."""

    answer: Answer
    passed: int


def checked_url(url: str) -> str:
    """The address without a trailing slash. Raises Stop: the token is sent encrypted or not at all."""
    parts = urlsplit(url.strip())
    host = parts.hostname or ""
    if parts.username or parts.password or parts.query or parts.fragment or parts.path.strip("/") or not host:
        raise Stop("EVOLUX_API_URL isn't a tenant's address; set it to an address like https://acme.evolux.net.br.")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        raise Stop("EVOLUX_API_URL doesn't begin with https://; plain http would expose the token, so use https://.")
    return f"{parts.scheme}://{parts.netloc}"


def checked_token(token: str) -> str:
    """The token without the line break that a file may have added. Raises Stop."""
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable():
        raise Stop("EVOLUX_API_TOKEN isn't a token; set it to the token exactly as Evolux shows it.")
    return token


def _is_loopback(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


@dataclass
class Wire:
    """A connection to one tenant. sent: how many requests were sent. limits: the rate limits that refused some."""

    url: str
    token: str = field(repr=False)
    sent: int = 0
    limits: list[Limit] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.url, self.token = checked_url(self.url), checked_token(self.token)
        self._session = self._new_session()
        self._passed: deque[float] = deque(maxlen=1000)

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        session.headers["User-Agent"] = "evolux-live-check"
        # No proxy between this machine and itself; elsewhere proxies and their CAs are used as curl does.
        session.trust_env = not _is_loopback(urlsplit(self.url).hostname or "")
        # Don't send credentials from .netrc.
        session.auth = lambda request: request
        return session

    def send(self, method: str, path: str, *, token: str | None = None, **parts: Any) -> Answer:
        """Send a request, and repeat it while a rate limit refuses it. Redirects aren't followed."""
        for _each in range(TRIES):
            begun = time.monotonic()
            answer = self._once(self._session, method, path, token or self.token, parts)
            if not _is_limit(answer):
                self._passed.append(begun)
                return answer
            self.limits.append(Limit(answer, sum(begun - 1 < each for each in self._passed)))
            time.sleep(_wait(answer))
        raise Stop(f"The server's rate limit refused a request {TRIES} times. Run again later.")

    def burst(self, count: int) -> None:
        """Read the list of queues this many times at once to find a rate limit."""
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(10) as pool:

            def read(_each: int) -> Answer:
                with self._new_session() as session:
                    return self._once(session, "GET", "/queues", self.token, {})

            answers = list(pool.map(read, range(count)))
        refused = [answer for answer in answers if _is_limit(answer)]
        if refused:
            self.limits.append(Limit(refused[0], len(answers) - len(refused)))
            time.sleep(max(map(_wait, refused)))

    def _once(self, session: requests.Session, method: str, path: str, token: str, parts: dict[str, Any]) -> Answer:
        self.sent += 1
        try:
            with session.request(
                method,
                f"{self.url}{API}{path}",
                headers={"token": token},
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
                **parts,
            ) as response:
                body = b""
                for piece in response.iter_content(2**16):
                    body += piece
                    if len(body) > MAX_BYTES:
                        return Answer(0)
                return Answer(response.status_code, _json(body), not body, response.headers.get("Retry-After"))
        except requests.RequestException:
            return Answer(0)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _is_limit(answer: Answer) -> bool:
    # A 503 without Retry-After is a server in trouble.
    return answer.status == 429 or (answer.status == 503 and answer.retry_after is not None)


def _wait(answer: Answer) -> float:
    """How many seconds to wait; one second if the header has a date."""
    text = answer.retry_after or ""
    return min(float(text), MAX_WAIT) if text.isascii() and text.isdigit() else 1.0
