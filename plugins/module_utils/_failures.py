# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""What it means that a request failed: the error to tell, and whether it may have been carried out all the same."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

try:
    import requests
    import urllib3
except ImportError:
    pass  # without them, no request has been sent

from ansible_collections.evolux.contact_center.plugins.module_utils._connection import (
    Answer,
    Connection,
    Late,
    Request,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError

EXCERPT: Final = 200  # characters of an answer that a message quotes
CONSTRAINT: Final = "database constraint"

_BAD_CERTIFICATE: Final = r"certificate verify failed: (.+?)\.?(?: \(_ssl|\"|$)|doesn't match"

HINTS: Final = {
    "auth": "check that api_token (or EVOLUX_API_TOKEN) holds a valid token of this tenant, with access to its queues",
    "not_found": "check the id, and that api_url is this tenant's address",
    "archived": "the API neither edits nor restores an archived queue: restore it in Evolux",
    "enabled": "disable the queue in Evolux first, the API can't",
    "constraint": "check that the slug and the number are free, and that public_number is an existing DID",
    "conflict": "look at the queue in Evolux and run again",
    "rate_limit": "run again later, or raise retries",
    "unreachable": "run again once Evolux can be reached",
    "redirect": "check that api_url is the tenant's own address",
    "bad_answer": "check that api_url is the address of an Evolux tenant and that no proxy answers in its place",
    "api": "change what the server objects to and run again",
    "trouble": "run again later, and ask Evolux if it stays so",
}


class Failures:
    """The errors that a connection's requests can end in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def bad_answer(self, answer: Answer, why: str) -> EvoluxError:
        """The error of a 2xx that isn't what the API answers, quoting the beginning of what came."""
        request = answer.request
        return EvoluxError(
            "bad_answer",
            f"{request.asked} failed: the server answered HTTP {answer.status} with what is no answer of the Evolux "
            f"API, since {why} ({self._excerpt(answer) or 'nothing'}); {HINTS['bad_answer']}.",
            status=answer.status,
            method=request.method,
            path=request.path,
            maybe_done=request.writes,
        )

    def _excerpt(self, answer: Answer) -> str:
        """The beginning of what came, without the token."""
        return self._connection.without_token(answer.body.decode(errors="replace"))[:EXCERPT]

    def no_answer(self, request: Request, error: Exception) -> EvoluxError:
        """Why no whole answer came, and whether the request can have reached the server."""
        reason = getattr(error.args[0] if error.args else None, "reason", None)
        hint = HINTS["unreachable"]
        again, sent = True, False
        if isinstance(error, requests.exceptions.SSLError) and (why := re.search(_BAD_CERTIFICATE, str(error))):
            text = f"the server's certificate was not accepted ({why[1] or 'it is for another host'})"
            hint = "give the CA that signed it in ca_path (or EVOLUX_CA_PATH), and check api_url"
            again = False
        elif isinstance(error, requests.exceptions.SSLError):
            text = "the TLS connection failed"
            hint = "check that api_url speaks https there, then run again"
            sent = True
        elif isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
            text = "the address, or that of a proxy, is not valid or of a kind that requests can't use here"
            hint = "check api_url and the proxy settings (https_proxy)"
            again = False
        elif isinstance(error, Late):
            text = f"the answer was not complete after {self._connection.deadline:g} s"
            sent = True
        elif isinstance(error, requests.ConnectTimeout):
            text = f"no connection to {self._connection.url} within {self._connection.timeout:g} s"
        elif isinstance(error, requests.Timeout) or isinstance(reason, urllib3.exceptions.ReadTimeoutError):
            text = f"no answer within {self._connection.timeout:g} s"
            sent = True
        elif isinstance(error, requests.exceptions.ProxyError):
            text = "the proxy could not be reached or refused to connect"
            hint = "check the proxy settings (https_proxy, no_proxy), then run again"
        elif isinstance(reason, urllib3.exceptions.NewConnectionError):
            # urllib3 before 2 has no type of its own for a name that isn't known.
            unknown = re.search(r"resolve|getaddrinfo|not known|No address", str(reason))
            what = "the name can't be resolved" if unknown else "it was refused or could not be made"
            text = f"no connection to {self._connection.url}, since {what}"
            hint = "check api_url and the network, then run again"
        else:
            text = "the connection broke before the answer was complete"
            sent = True
        return EvoluxError(
            "unreachable",
            f"{request.asked} failed: {text}; {hint}.",
            method=request.method,
            path=request.path,
            unanswered=again,
            maybe_done=sent and request.writes,
        )

    def refusal(self, answer: Answer, status: int) -> EvoluxError:
        """The error that an answer other than success stands for."""
        request = answer.request
        meta = answer.json.get("meta")
        words = meta.get("message") if isinstance(meta, dict) else answer.json.get("message")
        message = self._connection.without_token(words) if isinstance(words, str) else None
        said = message or " ".join(self._excerpt(answer).split())
        text = f"{request.asked} failed: the server answered HTTP {status}" + (f" ({said})" if said else "")
        code, hint = _code(status, message or "")
        if code == "redirect":
            target = self._connection.without_token(answer.headers.get("Location", ""))[:EXCERPT] or "no address"
            text += f", a redirect to {target} that is not followed"
        lost = status in (502, 503, 504) or (status >= 500 and code == "api")
        return EvoluxError(
            code,
            f"{text}; {hint}.",
            status=status,
            message=message,
            method=request.method,
            path=request.path,
            # A create that was answered with another 5xx has failed, if it isn't done.
            unanswered=code in ("rate_limit", "unreachable") or (lost and request.method != "POST"),
            maybe_done=lost and request.writes,
            retry_after=_retry_after(answer.headers) if status in (429, 503) else None,
        )


def _code(status: int, message: str) -> tuple[str, str]:
    """What a refusal is, and what to do. The status of some documented messages isn't documented: the words decide."""
    words = message.lower()
    if 300 <= status < 400:
        code = "redirect"
    elif status in (401, 403):
        code = "auth"
    elif status < 500 and "enabled queue" in words:
        code = "enabled"
    elif status < 500 and ("archived queue" in words or "queue archived" in words):
        code = "archived"
    elif status == 500 and CONSTRAINT in words:
        code = "constraint"
    elif status in (502, 503, 504):
        code = "unreachable"
    else:
        code = {404: "not_found", 409: "conflict", 429: "rate_limit"}.get(status, "api")
    return code, HINTS["trouble" if code == "api" and status >= 500 else code]


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, 0 or more, from either form of Retry-After; None without one that can be understood."""
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]+", value):
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
