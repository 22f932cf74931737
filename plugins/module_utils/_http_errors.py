# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""What a failed request means: the error to report, and whether the request may have taken effect anyway."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple
from urllib.parse import urlsplit

try:
    import requests
    import urllib3
except ImportError:
    pass  # without them, no request has been sent

from ansible_collections.evolux.contact_center.plugins.module_utils._connection import (
    Answer,
    Connection,
    Request,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError, interrupted

EXCERPT: Final = 200  # characters of an answer that a message quotes
EXCERPT_OF: Final = 2**16  # bytes of it that are searched for the token
CONSTRAINT: Final = "database constraint"

# What the API says when the status alone doesn't explain its answer.
SAYINGS: Final = ("queue not found", "missing fields")

NO_LOGIN: Final = 407  # a proxy asks for a login

# OpenSSL's codes for certificate errors. Its messages differ between versions.
_NOT_NOW: Final = (9, 10)
_OTHER_HOST: Final = (62, 64)
_UNTRUSTED: Final = (2, 18, 19, 20, 21, 27)

# Its reasons when the other side doesn't speak TLS, and when both sides can't agree on how to.
_NO_TLS: Final = ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
_NO_AGREEMENT: Final = (
    "PROTOCOL_VERSION|HANDSHAKE_FAILURE|INSUFFICIENT_SECURITY|UNSUPPORTED|NO_PROTOCOLS|NO_CIPHERS|TOO_SMALL|TOO_WEAK"
    "|LEGACY|ALERT.*CERTIFICATE|UNRECOGNIZED_NAME"
)

HINTS: Final = {
    "auth": "check that api_token (or EVOLUX_API_TOKEN) is a valid token for this tenant and has access to its queues",
    "not_found": "check the id, and make sure that api_url is this tenant's address",
    "archived": "restore the queue in Evolux first, because the API can't edit or restore archived queues",
    "enabled": "disable the queue in Evolux first, because the API can't do that",
    "constraint": "check that the slug and the number are free and that public_number is an existing DID",
    "conflict": "check the queue in Evolux, then run again",
    "rate_limit": "run again later, or increase retries",
    "unreachable": "run again when Evolux is reachable",
    "redirect": "check that api_url is the tenant's own address",
    "bad_answer": "check that api_url is the address of an Evolux tenant and that no proxy is answering in its place",
    "other_product": "api_url is the address of another product's API; use the tenant's address, such as "
    "https://acme.evolux.net.br",
    "api": "fix the problem that the server reports, then run again",
    "trouble": "run again later, and contact Evolux support if this keeps happening",
}


class _Reason(NamedTuple):
    """Why there is no answer, what to do, whether to try again, and whether the request may have arrived."""

    text: str
    hint: str = HINTS["unreachable"]
    again: bool = True
    sent: bool = False


class HttpErrors:
    """The errors that requests on a connection can cause."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def bad_answer(self, answer: Answer, why: str) -> EvoluxError:
        """The error for a 2xx that isn't an API answer. It quotes the beginning of the body."""
        request = answer.request
        hint = HINTS["other_product" if self._is_other_product(answer) else "bad_answer"]
        text = (
            f"the server returned HTTP {answer.status}, but not a valid Evolux API response: {why} "
            f"({self._excerpt(answer) or 'empty body'})"
        )
        return EvoluxError(
            "bad_answer",
            f"{request.asked} failed: {text}; {hint}.",
            cause=_in_general(text, hint),
            status=answer.status,
            method=request.method,
            path=request.path,
            maybe_done=request.writes,
        )

    def _excerpt(self, answer: Answer) -> str:
        """The beginning of the body, without the token."""
        return self._connection.without_token(answer.body[:EXCERPT_OF].decode(errors="replace"))[:EXCERPT]

    def no_answer(self, request: Request, error: Exception) -> EvoluxError:
        """The error for an answer that didn't come, or not completely."""
        reason = self._reason(error)
        return EvoluxError(
            "unreachable",
            f"{request.asked} failed: {reason.text}; {reason.hint}.",
            cause=_in_general(reason.text, reason.hint),
            method=request.method,
            path=request.path,
            unanswered=reason.again,
            maybe_done=reason.sent and request.writes,
        )

    def late(self, request: Request, *, has_sent: bool, has_begun: bool) -> EvoluxError:
        """The error for an answer that took too long in total. The API doesn't trickle its answers to reads."""
        deadline = f"{self._connection.deadline:g} s"
        if not has_sent:
            text = f"could not connect to {self._connection.url} within {deadline}"
        else:
            text = f"the response was incomplete after {deadline}"
        is_bad = has_begun and not request.writes
        hint = HINTS["bad_answer" if is_bad else "unreachable"]
        return EvoluxError(
            "bad_answer" if is_bad else "unreachable",
            f"{request.asked} failed: {text}; {hint}.",
            cause=_in_general(text, hint),
            method=request.method,
            path=request.path,
            unanswered=not is_bad,
            maybe_done=has_sent and request.writes,
        )

    def interrupted(self, request: Request, *, maybe_done: bool) -> EvoluxError:
        """The error for a request that was cut short or never sent because the task was interrupted."""
        error = interrupted()
        what = "cut short" if maybe_done else "not started"
        return EvoluxError(
            error.code,
            f"{request.asked} was {what}: the task was interrupted; run again to finish the job.",
            cause=error.cause,
            method=request.method if maybe_done else None,
            path=request.path if maybe_done else None,
            maybe_done=maybe_done and request.writes,
        )

    def _reason(self, error: Exception) -> _Reason:
        url, timeout = self._connection.url, self._connection.timeout
        cause = _cause(error)
        through_proxy = isinstance(error, requests.exceptions.ProxyError)
        # urllib3 before 2 compares host names itself, and raises its own error.
        if isinstance(cause, ssl.SSLCertVerificationError) or type(cause).__name__ == "CertificateError":
            return self._bad_certificate(cause, through_proxy)
        if through_proxy:
            return self._no_proxy(cause)
        if isinstance(error, requests.exceptions.SSLError):
            return self._no_tls(cause)
        no_address = (
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidSchema,
            urllib3.exceptions.LocationParseError,
        )
        if isinstance(error, no_address) or isinstance(cause, http.client.InvalidURL):
            # The tenant's address has been checked already, so this is the proxy's.
            return _Reason(
                "the proxy's address isn't valid, or the requests library doesn't support that type of proxy here",
                f"set {self._proxy_variable} to an address such as http://proxy.example:3128",
                again=False,
            )
        if isinstance(error, requests.ConnectTimeout):
            return _Reason(f"could not connect to {url} within {timeout:g} s")
        within = error.args[0] if error.args else None
        # Where an answer stops in the middle, urllib3's own error comes through.
        timed_out = urllib3.exceptions.ReadTimeoutError
        if isinstance(error, (requests.Timeout, timed_out)) or isinstance(within, timed_out):
            return _Reason(f"no response within {timeout:g} s", sent=True)
        if isinstance(getattr(within, "reason", None), urllib3.exceptions.NewConnectionError):
            return _Reason(
                f"could not connect to {url} because {_no_connection(cause)}",
                "check api_url and the network, then run again",
            )
        return _Reason("the connection was lost before the response was complete", sent=True)

    def _bad_certificate(self, cause: BaseException, through_proxy: bool) -> _Reason:
        owner, setting = (self._proxy, self._proxy_variable) if through_proxy else (self._host, "api_url")
        code = getattr(cause, "verify_code", None)
        words = getattr(cause, "verify_message", "") or "no reason given"
        if type(cause).__name__ == "CertificateError" or code in _OTHER_HOST:
            text = f"{owner} presented a certificate for a different host"
            hint = f"check the host name in {setting}"
        elif code in _NOT_NOW:
            text = f"the certificate of {owner} isn't currently valid ({words})"
            hint = "check this machine's clock and, if it is correct, have the certificate renewed"
        elif code in _UNTRUSTED:
            text = f"the certificate of {owner} isn't trusted ({words})"
            hint = self._add_ca
        else:
            text = f"the certificate of {owner} was rejected ({words})"
            hint = "ask the server's administrator to fix the certificate"
        return _Reason(text, hint, again=False)

    @property
    def _add_ca(self) -> str:
        from ansible_collections.evolux.contact_center.plugins.module_utils._trust import chosen_bundle

        found = chosen_bundle(self._connection.ca_path)
        only = "" if found is None or found[0] == "ca_path" else f"; currently, only the CAs in {found[0]} are trusted"
        return f"set ca_path (or EVOLUX_CA_PATH) to a file with the CA certificate that issued it{only}"

    def _no_tls(self, cause: BaseException) -> _Reason:
        why = getattr(cause, "reason", None) or ""
        if why in _NO_TLS:
            return _Reason(
                f"the server at {self._connection.url} doesn't speak TLS",
                "check that the port in api_url is an HTTPS port",
                again=False,
            )
        if re.search(_NO_AGREEMENT, why):
            return _Reason(
                f"the TLS handshake with {self._host} failed ({why.lower().replace('_', ' ')})",
                "the server may be too old for this machine or require a client certificate; ask its administrator",
                again=False,
            )
        return _Reason(
            "the TLS connection was lost", "check that api_url is an HTTPS address, then run again", sent=True
        )

    def _no_proxy(self, cause: BaseException) -> _Reason:
        """Why the proxy made no connection. Nothing was sent through it."""
        variable = self._proxy_variable
        if refused := re.search(r"Tunnel connection failed: (\d+)", str(cause)):
            status = int(refused[1])
            if status == NO_LOGIN:
                return _Reason(f"{self._proxy} requires a login (HTTP 407)", self._login, again=False)
            return _Reason(
                f"{self._proxy} didn't connect to {self._host} (HTTP {status})",
                f"check api_url, ask the proxy's administrator, or bypass the proxy with no_proxy={self._host}",
                again=status >= 500,
            )
        if getattr(cause, "reason", None) in _NO_TLS:
            return _Reason(
                f"{self._proxy} doesn't speak TLS, but {variable} begins with https://",
                f"use http:// in {variable} (traffic to Evolux is still encrypted)",
                again=False,
            )
        return _Reason(
            f"could not connect to {self._proxy} because {_no_connection(cause)}",
            f"check {variable}, or bypass the proxy with no_proxy={self._host}",
        )

    @property
    def _host(self) -> str:
        return urlsplit(self._connection.url).hostname or ""

    @property
    def _proxy(self) -> str:
        """The proxy for messages, without the login that its address may contain."""
        url = self._connection.url
        address = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url)) or ""
        return f"the proxy {re.sub('^([a-z0-9]+://)?(.*@)?', '', address, flags=re.IGNORECASE)}".rstrip("/ ")

    @property
    def _proxy_variable(self) -> str:
        return f"{urlsplit(self._connection.url).scheme}_proxy"

    @property
    def _login(self) -> str:
        return f"set the user name and password in {self._proxy_variable}, as in http://USER:PASSWORD@HOST:PORT"

    def refusal(self, answer: Answer, status: int) -> EvoluxError:
        """The error for an answer that isn't a success."""
        request = answer.request
        meta = answer.json.get("meta")
        words = meta.get("message") if isinstance(meta, dict) else answer.json.get("message")
        words = words if isinstance(words, str) else ""
        message = self._connection.without_token(words) or None
        details = answer.json.get("errors")
        details = self._connection.cleaned(details) if isinstance(details, dict) and details else None
        said = message or " ".join(self._excerpt(answer).split())
        if details:
            said = "; ".join(
                filter(None, [message, *(f"{name}: {_in_words(value)}" for name, value in details.items())])
            )
        text = f"the server returned HTTP {status}" + (f" ({said})" if said else "")
        # Decide by the original words, not by the masked ones.
        code, hint = _code(status, words)
        if status == NO_LOGIN:
            hint = self._login
        elif self._is_other_product(answer):
            hint = HINTS["other_product"]
        if code == "redirect":
            target = (
                self._connection.without_token(answer.headers.get("Location", ""))[:EXCERPT] or "an unspecified address"
            )
            text += f", a redirect to {target}, which is not followed"
        lost = status in (408, 502, 503, 504) or (status >= 500 and code == "api")
        return EvoluxError(
            code,
            f"{request.asked} failed: {text}; {hint}.",
            cause=_in_general(text, hint),
            status=status,
            message=message,
            details=details,
            saying=next((saying for saying in SAYINGS if saying in words.lower()), None),
            method=request.method,
            path=request.path,
            # After another 5xx, a create that wasn't carried out won't be carried out any more.
            unanswered=(code in ("rate_limit", "unreachable") and status != NO_LOGIN)
            or (lost and request.method != "POST"),
            # Some servers redirect to what they have just created.
            maybe_done=(lost or code == "redirect") and request.writes,
            retry_after=_retry_after(answer.headers) if status in (429, 503) else None,
        )

    def _is_other_product(self, answer: Answer) -> bool:
        """Whether the answer comes from another product's address and doesn't look like Evolux's."""
        return self._host.endswith(".evolux.cx") and not isinstance(answer.json.get("meta"), dict)


def _in_words(value: object) -> str:
    """What the API says about a parameter, on one line."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _cause(error: BaseException) -> BaseException:
    """The innermost of the errors that libraries have wrapped in each other."""
    while True:
        within = (*error.args, getattr(error, "reason", None), getattr(error, "original_error", None), error.__cause__)
        cause = next((each for each in within if isinstance(each, BaseException)), None)
        if cause is None:
            return error
        error = cause


def _no_connection(cause: BaseException) -> str:
    # For an unknown name, urllib3 before 2 keeps only the message.
    words = r"name resolution|getaddrinfo|not known|No address"
    unknown = isinstance(cause, socket.gaierror) or re.search(words, str(cause))
    return "the host name can't be resolved" if unknown else "the connection was refused or could not be established"


def _in_general(text: str, hint: str) -> str:
    """A sentence about the failure, the same for all requests that failed this way."""
    return f"{text[0].upper()}{text[1:]}; {hint}."


def _code(status: int, message: str) -> tuple[str, str]:
    """The code of a refusal, and what to do. The API documents some messages without a status: the words decide."""
    words = message.lower()
    if 300 <= status < 400:
        code = "redirect"
    elif status in (401, 403) or (status == 400 and "token" in words):
        code = "auth"
    elif status < 500 and "enabled queue" in words:
        code = "enabled"
    elif status < 500 and ("archived queue" in words or "queue archived" in words):
        code = "archived"
    elif status == 500 and CONSTRAINT in words:
        code = "constraint"
    elif status in (NO_LOGIN, 408, 502, 503, 504):
        code = "unreachable"
    else:
        code = {404: "not_found", 409: "conflict", 429: "rate_limit"}.get(status, "api")
    return code, HINTS["trouble" if code == "api" and status >= 500 else code]


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds to wait, 0 or more, from either form of Retry-After; None if it is missing or malformed."""
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]+", value):
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
