# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The Evolux queue API over HTTP. Source: the vendor's page "API - Filas"; it knows nothing of Ansible."""

from __future__ import annotations

import base64
import json
import os
import random
import re
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cached_property
from ipaddress import ip_address
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import quote, quote_plus, urlsplit

try:
    import requests
    import urllib3
except ImportError:
    HAS_REQUESTS = False
else:
    HAS_REQUESTS = True

from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import Queue, parse_queue

API: Final = "/api/v1"
USER_AGENT: Final = "evolux.contact_center (Ansible collection)"
PAUSES_A_PAGE: Final = 50  # the documented maximum
MAX_PAGES: Final = 1000
MAX_ANSWER_BYTES: Final = 64 * 2**20
MAX_WAIT: Final = 60.0  # seconds before a request is sent again, whatever the server asks for
MAX_TIMEOUT: Final = 86400.0  # seconds
ANSWER_TIMEOUTS: Final = 10  # an answer as a whole may take that many timeouts
MAX_CONCURRENCY: Final = 16  # requests under way at once
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
    if parts.scheme == "http" and not (_is_loopback(host) or allow_plain_http):
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


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Request(NamedTuple):
    """A request, and in words what it asks."""

    asked: str
    method: str
    path: str

    @property
    def writes(self) -> bool:
        return self.method != "GET"


@dataclass(frozen=True)
class _Answer:
    """An answer whose whole body has come."""

    request: _Request
    status: int
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def json(self) -> dict[str, Any]:
        """The JSON object of the answer, empty for whatever else came."""
        try:
            answer = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return answer if isinstance(answer, dict) else {}


class Client:
    """One tenant's queue API. Every method raises EvoluxError; all may be called from several threads.

    Reads, edits and archives are sent again where the server gave no answer. A create is not: whether that is safe
    needs a look at the tenant, which is the caller's.

    sleep: waits that many seconds, exchangeable for tests.
    """

    def __init__(self, connection: Connection, sleep: Callable[[float], None] = time.sleep) -> None:
        self.retries = connection.retries
        self._url = connection.url
        self._token = connection.token
        self._timeout = connection.timeout
        self._deadline = ANSWER_TIMEOUTS * connection.timeout
        self._sleep = sleep
        self._verify: bool | str = connection.validate_certs and (connection.ca_path or True)
        if not connection.validate_certs:
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        self._session = requests.Session()
        # As many connections are kept alive as may be in use at once.
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=MAX_CONCURRENCY))
        # Neither netrc nor REQUESTS_CA_BUNDLE: of the environment only the proxies are taken, and not for an
        # unencrypted request to this machine itself, which no other may see.
        self._session.trust_env = False
        host = urlsplit(self._url).hostname or ""
        if not (self._url.startswith("http://") and _is_loopback(host)):
            self._session.proxies.update(requests.utils.get_environ_proxies(self._url))
        self._session.headers.update({"token": self._token, "Accept": "application/json", "User-Agent": USER_AGENT})

    def list_queues(self, *, include_archived: bool = False) -> list[Queue]:
        """All active queues, and the archived ones with them if asked; nothing in an answer tells them apart."""
        query = {"include_archived": "true"} if include_archived else {}
        queues: dict[int | None, Queue] = {}
        for answer in self._pages(_Request("Listing the queues", "GET", f"{API}/queues"), query):
            for queue in (self._queue(item, answer) for item in answer.json["data"]):
                if queue.id in queues:
                    raise self._bad_answer(answer, "two queues have one id")
                queues[queue.id] = queue
        return list(queues.values())

    def read_queue(self, id: int, *, include_archived: bool = False) -> Queue:
        """One queue. Raises EvoluxError: not_found, or archived if it is and wasn't asked for."""
        query = {"include_archived": "true"} if include_archived else {}
        answer = self._send(_Request(f"Reading the queue with id {id}", "GET", f"{API}/queues/{id}"), params=query)
        found = self._queue(answer.json.get("data"), answer)
        if found.id != id:
            raise self._bad_answer(answer, "the queue has another id")
        return found

    def list_pauses(self, id: int) -> list[dict[str, Any]]:
        """All pauses of a queue, as the API shows them."""
        request = _Request(f"Listing the pauses of the queue with id {id}", "GET", f"{API}/queues/{id}/pauses")
        pages = self._pages(request, {"limit": str(PAUSES_A_PAGE), "page": "1"})
        return [self._with_clean_keys(pause) for answer in pages for pause in answer.json["data"]]

    def create_queue(self, fields: Mapping[str, str]) -> int:
        """Create a queue and return its id. Fields: name, number, and optionally slug and public_number."""
        answer = self._send(
            _Request(f"Creating the queue '{fields['name']}'", "POST", f"{API}/queues"), json=dict(fields)
        )
        data = answer.json.get("data")
        id = data.get("id") if isinstance(data, dict) else None
        if not isinstance(id, int) or isinstance(id, bool):
            raise self._bad_answer(answer, "there is no id")
        return id

    def edit_queue(self, id: int, fields: Mapping[str, str]) -> None:
        """Change name, number, public_number or max_wait_time (seconds) of a queue; the page wants form-data."""
        form = {name: (None, value) for name, value in fields.items()}
        self._send(_Request(f"Editing the queue with id {id}", "PUT", f"{API}/queues/{id}"), files=form)

    def archive_queue(self, id: int) -> None:
        """Archive a queue, which the API can't undo."""
        self._send(_Request(f"Archiving the queue with id {id}", "DELETE", f"{API}/queues/{id}"))

    def pause(self, error: EvoluxError, attempt: int) -> None:
        """Wait before a request is sent again: as the server asked, else exponentially longer, with jitter."""
        backoff = 0.5 * 2 ** min(attempt, 10) * random.uniform(0.5, 1)
        wait = backoff if error.retry_after is None else error.retry_after
        self._sleep(min(wait, MAX_WAIT))

    def secrets(self) -> set[str]:
        """The forms in which the token might come back out of a server, a proxy or a library."""
        token = self._token
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

    # ---- pages and shapes ----

    def _pages(self, request: _Request, query: Mapping[str, str]) -> Iterator[_Answer]:
        """The answers of all pages. Pages are counted: the URLs in an answer are plain http and would show the token.

        A list of queues is not paged as documented, so its first request asks for no page; pauses are, and the
        server may give fewer a page than it was asked for, so only an empty page tells the end where no
        pagination object does.
        """
        previous: object = None
        for page in range(1, MAX_PAGES + 1):
            answer = self._send(request, params=query if page == 1 else {**query, "page": str(page)})
            data = answer.json.get("data")
            if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
                raise self._bad_answer(answer, "data is no list of objects")
            if not data or data == previous:
                return
            yield answer
            previous = data
            pagination = answer.json.get("pagination")
            more = pagination.get("next_url", True) if isinstance(pagination, dict) else "page" in query
            if not more:
                return
        raise self._bad_answer(answer, f"there are more than {MAX_PAGES} pages")

    def _queue(self, data: object, answer: _Answer) -> Queue:
        try:
            found = parse_queue(data)
        except ValueError as error:
            raise self._bad_answer(answer, str(error)) from None
        return found._replace(extra=self._with_clean_keys(found.extra)) if found.extra else found

    def _with_clean_keys(self, value: Any) -> Any:
        """What the API shows beyond its page, without the token in keys: Ansible masks it in values alone."""
        if isinstance(value, Mapping):
            return {self._without_token(key): self._with_clean_keys(inner) for key, inner in value.items()}
        return [self._with_clean_keys(inner) for inner in value] if isinstance(value, list) else value

    def _bad_answer(self, answer: _Answer, why: str) -> EvoluxError:
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

    def _excerpt(self, answer: _Answer) -> str:
        """The beginning of what came, without the token."""
        return self._without_token(answer.body.decode(errors="replace"))[:EXCERPT]

    def _without_token(self, text: str) -> str:
        # The longest first: one form may be part of another.
        for secret in sorted(self.secrets(), key=len, reverse=True):
            text = text.replace(secret, "********")
        return text

    # ---- one request and its answer ----

    def _send(self, request: _Request, **parts: Any) -> _Answer:
        """Send a request, again where that is safe, and return the success that it was answered with."""
        attempt = 0
        maybe_done = False
        while True:
            try:
                answer = self._exchange(request, parts)
                self._check(answer)
                return answer
            except EvoluxError as error:
                # What an attempt before this one may have done stays done.
                maybe_done = error.maybe_done = maybe_done or error.maybe_done
                if not error.unanswered or request.method == "POST" or attempt >= self.retries:
                    raise
                self.pause(error, attempt)
                attempt += 1

    def _exchange(self, request: _Request, parts: Mapping[str, Any]) -> _Answer:
        """One request and its whole answer, whatever it says."""

        def exchange() -> _Answer:
            with self._session.request(
                request.method,
                self._url + request.path,
                timeout=(self._timeout, self._timeout),
                verify=self._verify,
                allow_redirects=False,  # requests would take the token to the other host
                stream=True,
                **parts,
            ) as response:
                body = bytearray()
                for chunk in response.iter_content(2**16):
                    body += chunk
                    if len(body) > MAX_ANSWER_BYTES:
                        break
                told = response.headers.get("Content-Length", "")
                if told.isdigit() and response.raw.tell() < min(int(told), MAX_ANSWER_BYTES):
                    raise requests.ConnectionError  # urllib3 before 2 doesn't notice
                return _Answer(request, response.status_code, response.headers, bytes(body))

        try:
            answer = _within(self._deadline, exchange)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise self._no_answer(request, error) from None
        if len(answer.body) > MAX_ANSWER_BYTES:
            raise self._bad_answer(answer, f"it has more than {MAX_ANSWER_BYTES} bytes")
        return answer

    def _no_answer(self, request: _Request, error: Exception) -> EvoluxError:
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
        elif isinstance(error, _Late):
            text = f"the answer was not complete after {self._deadline:g} s"
            sent = True
        elif isinstance(error, requests.ConnectTimeout):
            text = f"no connection to {self._url} within {self._timeout:g} s"
        elif isinstance(error, requests.Timeout) or isinstance(reason, urllib3.exceptions.ReadTimeoutError):
            text = f"no answer within {self._timeout:g} s"
            sent = True
        elif isinstance(error, requests.exceptions.ProxyError):
            text = "the proxy could not be reached or refused to connect"
            hint = "check the proxy settings (https_proxy, no_proxy), then run again"
        elif isinstance(reason, urllib3.exceptions.NewConnectionError):
            # urllib3 before 2 has no type of its own for a name that isn't known.
            unknown = re.search(r"resolve|getaddrinfo|not known|No address", str(reason))
            what = "the name can't be resolved" if unknown else "it was refused or could not be made"
            text = f"no connection to {self._url}, since {what}"
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

    def _check(self, answer: _Answer) -> None:
        """Raise EvoluxError where an answer is no success, or is none of the API's."""
        status = answer.status
        if not 200 <= status < 300:
            raise self._refusal(answer, status)
        if answer.body.strip() in (b"", b"{}") and answer.request.method in ("PUT", "DELETE"):
            return  # the page doesn't say what they are answered with
        meta = answer.json.get("meta", {})
        if not answer.json or not isinstance(meta, (dict, type(None))):
            raise self._bad_answer(answer, "it is no JSON object with meta and data")
        said = meta.get("status") if meta else None
        # A 2xx that calls itself a failure is one; otherwise meta.status is no mirror of the HTTP status.
        if isinstance(said, int) and said >= 400:
            raise self._refusal(answer, said)

    def _refusal(self, answer: _Answer, status: int) -> EvoluxError:
        """The error that an answer other than success stands for."""
        request = answer.request
        meta = answer.json.get("meta")
        words = meta.get("message") if isinstance(meta, dict) else answer.json.get("message")
        message = self._without_token(words) if isinstance(words, str) else None
        said = message or " ".join(self._excerpt(answer).split())
        text = f"{request.asked} failed: the server answered HTTP {status}" + (f" ({said})" if said else "")
        code, hint = _code(status, message or "")
        if code == "redirect":
            target = self._without_token(answer.headers.get("Location", ""))[:EXCERPT] or "no address"
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
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    if re.fullmatch(r"[0-9]+", value):
        return MAX_WAIT
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


_T = TypeVar("_T")


class _Late(OSError):
    """A call took longer than it may."""


def _within(seconds: float, call: Callable[[], _T]) -> _T:
    """Call in a thread of its own, since the library's timeouts start anew with every byte that drips in.

    Raises _Late when there is no result in that time; the thread is left behind and ends with the process.
    """
    outcome: Future[_T] = Future()

    def work() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:  # handed on to the caller, whatever it is
            outcome.set_exception(error)

    try:
        threading.Thread(target=work, daemon=True).start()
    except RuntimeError:  # the system has no thread left
        work()
    if not wait([outcome], seconds).done:
        raise _Late
    return outcome.result()
