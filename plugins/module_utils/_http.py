# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""A tenant over HTTP: requests, their answers and pages, and what is sent again. It knows nothing of queues."""

from __future__ import annotations

import random
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, wait
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

try:
    import requests
    import urllib3
except ImportError:
    pass  # the modules say so before they need it

from ansible_collections.evolux.contact_center.plugins.module_utils._connection import (
    Answer,
    Connection,
    Late,
    Request,
    is_loopback,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError

if TYPE_CHECKING:
    from ansible_collections.evolux.contact_center.plugins.module_utils._http_errors import HttpErrors

USER_AGENT: Final = "evolux.contact_center (Ansible collection)"
MAX_PAGES: Final = 1000
USUAL_PAGE: Final = 50  # items, on those of the API's pages that document one
MAX_ANSWER_BYTES: Final = 64 * 2**20
MAX_WAIT: Final = 60.0  # seconds before a request is sent again, whatever the server asks for
MAX_CONCURRENCY: Final = 16  # requests under way at once


class Client:
    """One tenant's API. Every method raises EvoluxError; all may be called from several threads.

    GET, PUT and DELETE are sent again where the server gave no answer. POST is not: whether that is safe needs a look
    at the tenant, which is the caller's.

    sleep: waits that many seconds, exchangeable for tests.
    """

    def __init__(self, connection: Connection, sleep: Callable[[float], None] = time.sleep) -> None:
        self.retries = connection.retries
        self._connection = connection
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
        url = connection.url
        if not (url.startswith("http://") and is_loopback(urlsplit(url).hostname or "")):
            self._session.proxies.update(requests.utils.get_environ_proxies(url))
        self._session.headers.update(
            {"token": connection.token, "Accept": "application/json", "User-Agent": USER_AGENT}
        )

    def close(self) -> None:
        """Close the connections that are kept alive."""
        self._session.close()

    def back_off(self, attempt: int, retry_after: float | None = None) -> None:
        """Wait before something is asked again: as the server said, else exponentially longer, with jitter.

        attempt: how often it was asked again so far. retry_after: the seconds that the server asked to wait.
        """
        backoff = 0.5 * 2 ** min(attempt, 10) * random.uniform(0.5, 1)
        self._sleep(min(backoff if retry_after is None else retry_after, MAX_WAIT))

    def pages(self, request: Request, query: Mapping[str, str]) -> Iterator[Answer]:
        """The answers of all pages. Pages are counted: the URLs in an answer are plain http and would show the token.

        query: of the first request. Without a page in it, an answer without a pagination object counts as whole, save
            one of USUAL_PAGE items: then there may be more. With a page, only the end of the pages tells the end: the
            server may give fewer items a page than asked.
        """
        previous: object = None
        promised = True
        for page in range(1, MAX_PAGES + 1):
            try:
                answer = self.send(request, params=query if page == 1 else {**query, "page": str(page)})
            except EvoluxError as error:
                if not promised and error.is_refusal:
                    return
                raise
            data = answer.json.get("data")
            if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
                raise self.bad_answer(answer, "data isn't a list of objects")
            if not data or data == previous:
                return
            yield answer
            previous = data
            pagination = answer.json.get("pagination")
            if isinstance(pagination, dict):
                more = pagination.get("next_url", True)
                promised = bool(pagination.get("next_url"))
            else:
                more, promised = "page" in query or len(data) == USUAL_PAGE, False
            if not more:
                return
        raise self.bad_answer(answer, f"there are more than {MAX_PAGES} pages")

    def bad_answer(self, answer: Answer, why: str) -> EvoluxError:
        """The error of a success that isn't what the API answers."""
        return self._errors.bad_answer(answer, why)

    def without_token(self, value: Any) -> Any:
        """What the API shows beyond its page, without the token."""
        return self._connection.cleaned(value)

    # ---- one request and its answer ----

    @cached_property
    def _errors(self) -> HttpErrors:
        """What the requests can end in. Most runs meet no failure, and starting them is to be fast."""
        from ansible_collections.evolux.contact_center.plugins.module_utils._http_errors import HttpErrors

        return HttpErrors(self._connection)

    def send(self, request: Request, **parts: Any) -> Answer:
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
                self.back_off(attempt, error.retry_after)
                attempt += 1

    def _exchange(self, request: Request, parts: Mapping[str, Any]) -> Answer:
        """One request and its whole answer, whatever it says."""

        def exchange() -> Answer:
            with self._session.request(
                request.method,
                self._connection.url + request.path,
                timeout=(self._connection.timeout, self._connection.timeout),
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
                return Answer(request, response.status_code, response.headers, bytes(body))

        try:
            answer = _within(self._connection.deadline, exchange)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise self._errors.no_answer(request, error) from None
        if len(answer.body) > MAX_ANSWER_BYTES:
            raise self.bad_answer(answer, f"it has more than {MAX_ANSWER_BYTES} bytes")
        return answer

    def _check(self, answer: Answer) -> None:
        """Raise EvoluxError where an answer is no success, or is none of the API's."""
        status = answer.status
        if not 200 <= status < 300:
            raise self._errors.refusal(answer, status)
        if answer.body.strip() in (b"", b"{}") and answer.request.method in ("PUT", "DELETE"):
            return  # the page doesn't say what they are answered with
        if answer.excess:
            raise self.bad_answer(answer, answer.excess)
        meta = answer.json.get("meta", {})
        if not answer.json or not isinstance(meta, (dict, type(None))):
            raise self.bad_answer(answer, "it isn't a JSON object with meta and data")
        said = meta.get("status") if meta else None
        # A 2xx that calls itself a failure is one; otherwise meta.status is no mirror of the HTTP status.
        if isinstance(said, int) and said >= 400:
            raise self._errors.refusal(answer, said)


_T = TypeVar("_T")


def _within(seconds: float, call: Callable[[], _T]) -> _T:
    """Call in a thread of its own, since the library's timeouts start anew with every byte that drips in.

    Raises Late when there is no result in that time; the thread is left behind and ends with the process.
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
        raise Late
    return outcome.result()
