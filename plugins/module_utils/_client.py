# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The Evolux queue API over HTTP. Source: the vendor's page "API - Filas"; it knows nothing of Ansible."""

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
    API,
    Answer,
    Connection,
    Late,
    Request,
    is_loopback,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import Queue, parse_queue

if TYPE_CHECKING:
    from ansible_collections.evolux.contact_center.plugins.module_utils._failures import Failures

USER_AGENT: Final = "evolux.contact_center (Ansible collection)"
PAUSES_A_PAGE: Final = 50  # the documented maximum
MAX_PAGES: Final = 1000
MAX_ANSWER_BYTES: Final = 64 * 2**20
MAX_WAIT: Final = 60.0  # seconds before a request is sent again, whatever the server asks for
MAX_CONCURRENCY: Final = 16  # requests under way at once


class Client:
    """One tenant's queue API. Every method raises EvoluxError; all may be called from several threads.

    Reads, edits and archives are sent again where the server gave no answer. A create is not: whether that is safe
    needs a look at the tenant, which is the caller's.

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

    def list_queues(self, *, include_archived: bool = False) -> list[Queue]:
        """All active queues, and the archived ones with them if asked; nothing in an answer tells them apart."""
        query = {"include_archived": "true"} if include_archived else {}
        queues: dict[int | None, Queue] = {}
        for answer in self._pages(Request("Listing the queues", "GET", f"{API}/queues"), query):
            for queue in (self._queue(item, answer) for item in answer.json["data"]):
                if queue.id in queues:
                    raise self._failures.bad_answer(answer, "two queues have one id")
                queues[queue.id] = queue
        return list(queues.values())

    def read_queue(self, id: int, *, include_archived: bool = False) -> Queue:
        """One queue. Raises EvoluxError: not_found, or archived if it is and wasn't asked for."""
        query = {"include_archived": "true"} if include_archived else {}
        answer = self._send(Request(f"Reading the queue with id {id}", "GET", f"{API}/queues/{id}"), params=query)
        found = self._queue(answer.json.get("data"), answer)
        if found.id != id:
            raise self._failures.bad_answer(answer, "the queue has another id")
        return found

    def list_pauses(self, id: int) -> list[dict[str, Any]]:
        """All pauses of a queue, as the API shows them."""
        request = Request(f"Listing the pauses of the queue with id {id}", "GET", f"{API}/queues/{id}/pauses")
        pages = self._pages(request, {"limit": str(PAUSES_A_PAGE), "page": "1"})
        return [self._with_clean_keys(pause) for answer in pages for pause in answer.json["data"]]

    def create_queue(self, fields: Mapping[str, str]) -> int:
        """Create a queue and return its id. Fields: name, number, and optionally slug and public_number."""
        answer = self._send(
            Request(f"Creating the queue '{fields['name']}'", "POST", f"{API}/queues"), json=dict(fields)
        )
        data = answer.json.get("data")
        id = data.get("id") if isinstance(data, dict) else None
        if not isinstance(id, int) or isinstance(id, bool):
            raise self._failures.bad_answer(answer, "there is no id")
        return id

    def edit_queue(self, id: int, fields: Mapping[str, str]) -> None:
        """Change name, number, public_number or max_wait_time (seconds) of a queue; the page wants form-data."""
        form = {name: (None, value) for name, value in fields.items()}
        self._send(Request(f"Editing the queue with id {id}", "PUT", f"{API}/queues/{id}"), files=form)

    def archive_queue(self, id: int) -> None:
        """Archive a queue, which the API can't undo."""
        self._send(Request(f"Archiving the queue with id {id}", "DELETE", f"{API}/queues/{id}"))

    def pause(self, error: EvoluxError, attempt: int) -> None:
        """Wait before a request is sent again: as the server asked, else exponentially longer, with jitter."""
        backoff = 0.5 * 2 ** min(attempt, 10) * random.uniform(0.5, 1)
        wait = backoff if error.retry_after is None else error.retry_after
        self._sleep(min(wait, MAX_WAIT))

    # ---- pages and shapes ----

    def _pages(self, request: Request, query: Mapping[str, str]) -> Iterator[Answer]:
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
                raise self._failures.bad_answer(answer, "data isn't a list of objects")
            if not data or data == previous:
                return
            yield answer
            previous = data
            pagination = answer.json.get("pagination")
            more = pagination.get("next_url", True) if isinstance(pagination, dict) else "page" in query
            if not more:
                return
        raise self._failures.bad_answer(answer, f"there are more than {MAX_PAGES} pages")

    def _queue(self, data: object, answer: Answer) -> Queue:
        try:
            found = parse_queue(data)
        except ValueError as error:
            raise self._failures.bad_answer(answer, str(error)) from None
        return found._replace(extra=self._with_clean_keys(found.extra)) if found.extra else found

    def _with_clean_keys(self, value: Any) -> Any:
        """What the API shows beyond its page, without the token in keys: Ansible masks it in values alone."""
        if isinstance(value, Mapping):
            return {self._connection.without_token(key): self._with_clean_keys(inner) for key, inner in value.items()}
        return [self._with_clean_keys(inner) for inner in value] if isinstance(value, list) else value

    # ---- one request and its answer ----

    @cached_property
    def _failures(self) -> Failures:
        """What the requests can end in. Most runs meet no failure, and starting them is to be fast."""
        from ansible_collections.evolux.contact_center.plugins.module_utils._failures import Failures

        return Failures(self._connection)

    def _send(self, request: Request, **parts: Any) -> Answer:
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
            raise self._failures.no_answer(request, error) from None
        if len(answer.body) > MAX_ANSWER_BYTES:
            raise self._failures.bad_answer(answer, f"it has more than {MAX_ANSWER_BYTES} bytes")
        return answer

    def _check(self, answer: Answer) -> None:
        """Raise EvoluxError where an answer is no success, or is none of the API's."""
        status = answer.status
        if not 200 <= status < 300:
            raise self._failures.refusal(answer, status)
        if answer.body.strip() in (b"", b"{}") and answer.request.method in ("PUT", "DELETE"):
            return  # the page doesn't say what they are answered with
        meta = answer.json.get("meta", {})
        if not answer.json or not isinstance(meta, (dict, type(None))):
            raise self._failures.bad_answer(answer, "it isn't a JSON object with meta and data")
        said = meta.get("status") if meta else None
        # A 2xx that calls itself a failure is one; otherwise meta.status is no mirror of the HTTP status.
        if isinstance(said, int) and said >= 400:
            raise self._failures.refusal(answer, said)


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
