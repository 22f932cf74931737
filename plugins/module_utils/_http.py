# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""A tenant over HTTP: requests, their answers and pages, and retries. It knows nothing about queues."""

from __future__ import annotations

import random
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

try:
    import requests
    import urllib3
except ImportError:
    pass  # the modules report that before they need it

from ansible_collections.evolux.contact_center.plugins.module_utils._connection import (
    MAX_DEPTH,
    MAX_VALUES,
    Answer,
    Connection,
    Late,
    Request,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError, let_go
from ansible_collections.evolux.contact_center.plugins.module_utils._threads import Threads

if TYPE_CHECKING:
    from ansible_collections.evolux.contact_center.plugins.module_utils._http_errors import HttpErrors
    from ansible_collections.evolux.contact_center.plugins.module_utils._pace import Pace
    from ansible_collections.evolux.contact_center.plugins.module_utils._wire import Attempt

MAX_PAGES: Final = 1000
USUAL_PAGE: Final = 50  # items, where the API documents a page size
MAX_ANSWER_BYTES: Final = 64 * 2**20  # all pages together
MAX_WAIT: Final = 60.0  # seconds before a request is sent again, even if the server asks for more
MAX_REST: Final = 60.0  # seconds without a request after which a device on the way may have dropped the connection
MAX_CONCURRENCY: Final = 16  # requests under way at once
_EXCERPT: Final = 2**16  # bytes to keep of an answer that is too large
_NO_CONTENT: Final = 204


class Clock:
    """The real time, in seconds."""

    now = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)


class Budget:
    """What is left for an answer, all its pages together: bytes, seconds, and values in its JSON."""

    def __init__(self, seconds: float) -> None:
        self.bytes, self.seconds, self.values = MAX_ANSWER_BYTES, seconds, MAX_VALUES

    def spend(self, answer: Answer, seconds: float) -> None:
        """Subtract what an answer took."""
        self.bytes -= len(answer.body)
        self.seconds -= seconds
        self.values -= answer.values


class Tries:
    """How often to try a request, or what it is for. attempt: how often it has been retried so far."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.attempt = 0
        self._taken = client.taken

    def again(self, error: EvoluxError) -> bool:
        """Whether to try again after an error. If so, the wait is already over."""
        client, taken = self._client, self._client.taken
        if not error.unanswered or not client.retries:
            return False
        # If the server takes other requests in between, the task gets slower rather than failing in part.
        goes_on = error.is_limit and taken - self._taken > client.retries
        self._taken = taken
        if not goes_on and self.attempt >= client.retries:
            return False
        self.attempt += not goes_on
        if not error.is_limit:  # a limit's wait applies to all requests, so it is kept elsewhere
            client.back_off(self.attempt - 1)
        return True


class Client:
    """One tenant's API. Every method raises EvoluxError; all may be called from several threads.

    GET, PUT and DELETE are sent again if the server gave no answer. POST isn't: the caller must look at the tenant to
    know whether that is safe.

    clock: replaced in tests.
    taken: how many requests the server has accepted, that is, not refused because of its rate limit.
    has_written: whether a write may have reached the server.
    threads: for calls that send requests at the same time, and for the requests themselves.
    watch: called when an answer begins, with the seconds that it took, its headers and its socket.
    """

    def __init__(self, connection: Connection, clock: Clock | None = None) -> None:
        self.retries = connection.retries
        self.taken = 0
        self._stopped = threading.Event()
        self._under_way: set[Attempt] = set()
        self._connection = connection
        self._clock = clock or Clock()
        self._session = self._new_session(MAX_CONCURRENCY)
        self._is_unsteady = False
        self._lock = threading.Lock()
        self._starts: list[float] = []
        self._pace: Pace | None = None
        self._last = 0.0
        self.begin()

    def _new_session(self, most: int) -> requests.Session:
        # Imports requests, which is known to be there by now.
        from ansible_collections.evolux.contact_center.plugins.module_utils._wire import new_session

        return new_session(self._connection, most)

    def begin(self, *, again: bool = False) -> None:
        """Start a module's run. again: reuse what an earlier run in this process has left."""
        self.threads = Threads()
        self.has_written = False
        self.watch: Callable[[float, Mapping[str, str], Any], None] | None = None
        self._is_old = again
        if again and self._clock.now() - self._last > MAX_REST:
            self._session.close()
        if not self._connection.validate_certs:
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)

    def close(self) -> None:
        """Close the kept-alive connections."""
        self._session.close()

    @property
    def is_stopped(self) -> bool:
        """Whether sending has been stopped."""
        return self._stopped.is_set()

    def secrets(self) -> set[str]:
        """The forms in which a server, a proxy or a library might return the token."""
        return self._connection.secrets()

    def stop(self) -> None:
        """Stop sending: the task was interrupted. Requests under way may still be answered."""
        self._stopped.set()

    def give_up(self) -> None:
        """Stop waiting for answers."""
        for attempt in list(self._under_way):
            attempt.give_up()

    def back_off(self, attempt: int) -> None:
        """Wait before asking again: exponential backoff with jitter.

        attempt: how often it has been asked again so far.
        """
        self._sleep(_growing(attempt))

    def _sleep(self, seconds: float) -> None:
        try:
            self._clock.sleep(seconds)
        except KeyboardInterrupt:
            self.stop()

    def pages(self, request: Request, query: Mapping[str, str]) -> Iterator[Answer]:
        """The answers of all pages, by number: the URLs in an answer are plain http and would expose the token.

        query: of the first request. Without a page number, an answer without a pagination object counts as complete,
            unless it has exactly USUAL_PAGE items: then there may be more. With a page number, read until the pages
            end: the server may return fewer items per page than requested.
        """
        budget = Budget(self._connection.deadline)
        previous: object = None
        promised = True
        for page in range(1, MAX_PAGES + 1):
            try:
                answer = self.send(request, budget, params=query if page == 1 else {**query, "page": str(page)})
            except EvoluxError as error:
                if not promised and error.is_refusal:
                    return
                raise
            data = answer.json.get("data")
            if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
                raise self.bad_answer(answer, "'data' isn't a list of objects")
            if not data or data == previous:
                return
            yield answer
            previous = data
            more, promised = more_pages(answer, query)
            if not more:
                return
            if budget.seconds <= 0:
                raise self.bad_answer(answer, f"its pages were incomplete after {self._connection.deadline:g} s")
        raise self.bad_answer(answer, f"it has more than {MAX_PAGES} pages")

    def bad_answer(self, answer: Answer, why: str) -> EvoluxError:
        """The error for a success that isn't an API answer."""
        return self._errors.bad_answer(answer, why)

    def without_token(self, value: Any) -> Any:
        """Undocumented data from the API, without the token."""
        return self._connection.cleaned(value)

    # ---- one request and its answer ----

    @cached_property
    def _errors(self) -> HttpErrors:
        """The errors of requests. Imported late: most runs meet no error, and startup should be fast."""
        from ansible_collections.evolux.contact_center.plugins.module_utils._http_errors import HttpErrors

        return HttpErrors(self._connection)

    def send(self, request: Request, budget: Budget | None = None, **parts: Any) -> Answer:
        """Send a request, with retries where that is safe, and return the successful answer.

        budget: the answer's limits; by default, its own.
        """
        tries = Tries(self)
        maybe_done = False
        while True:
            try:
                own = budget or Budget(self._connection.deadline)
                answer = self._in_turn(request, own, parts, again=tries.attempt > 0)
                self._check(answer)
                return answer
            except EvoluxError as error:
                let_go(error)
                # An earlier attempt may have taken effect.
                maybe_done = error.maybe_done = maybe_done or error.maybe_done
                if request.method == "POST" or not tries.again(error):
                    raise

    def _in_turn(self, request: Request, budget: Budget, parts: Mapping[str, Any], *, again: bool) -> Answer:
        """Send one request when the rate limit allows. The limit is shared by all requests."""
        while self._pace:
            with self._lock:
                wait = self._pace.turn(self._clock.now())
            if not wait or self._stopped.is_set():
                break
            self._sleep(wait)
        begun = self._clock.now()
        answer = self._exchange(request, budget, parts, again=again)
        error = self._errors.refusal(answer, answer.status) if answer.status in (429, 503) else None
        with self._lock:
            if error is None or not error.is_limit:
                self.taken += 1
                self._starts.append(begun)
                if self._pace:
                    self._pace.took(begun)
                return answer
            if self._pace is None:
                # Few servers have a limit, and startup should be fast.
                from ansible_collections.evolux.contact_center.plugins.module_utils._pace import Pace

                self._pace = Pace(self._starts)
            told = error.retry_after
            wait = _growing(self._pace.refusals) if told is None else told * random.uniform(1, 1.1)
            self._pace.refused(begun, self._clock.now(), min(wait, MAX_WAIT))
        raise error

    def _exchange(self, request: Request, budget: Budget, parts: Mapping[str, Any], *, again: bool) -> Answer:
        """Send one request and return its complete answer, success or not."""
        from ansible_collections.evolux.contact_center.plugins.module_utils._wire import Attempt

        if self._stopped.is_set():
            raise self._errors.interrupted(request, maybe_done=False)
        attempt = Attempt(self.threads, self._stopped)
        self._under_way.add(attempt)
        began = self._last = self._clock.now()
        try:
            answer = attempt.within(
                budget.seconds, lambda: self._answer(request, attempt, budget.bytes, parts, again=again)
            )
        except Late:
            raise self._errors.late(request, has_sent=attempt.has_sent, has_begun=attempt.has_begun) from None
        except KeyboardInterrupt:
            self.stop()
            raise self._errors.interrupted(request, maybe_done=attempt.has_sent) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            if self._stopped.is_set():
                raise self._errors.interrupted(request, maybe_done=attempt.has_sent) from None
            self._is_unsteady = True
            raise self._errors.no_answer(request, error) from None
        finally:
            self._under_way.discard(attempt)
            self.has_written = self.has_written or (attempt.has_sent and request.writes)
        if len(answer.body) > budget.bytes:
            excerpt = Answer(request, answer.status, answer.headers, bytes(answer.body[:_EXCERPT]))
            raise self.bad_answer(excerpt, f"it is larger than {MAX_ANSWER_BYTES} bytes")
        budget.spend(answer, self._clock.now() - began)
        if budget.values < 0:
            raise self.bad_answer(answer, f"it contains more than {MAX_VALUES} values")
        if (coding := answer.headers.get("Content-Encoding", "").strip().lower()) not in ("identity", ""):
            raise self.bad_answer(answer, f"it is compressed ({coding}), which the request didn't ask for")
        return answer

    def _answer(
        self, request: Request, attempt: Attempt, most: int, parts: Mapping[str, Any], *, again: bool
    ) -> Answer:
        is_old, self._is_old = self._is_old, False
        try:
            return self._answer_once(request, attempt, most, parts, again=again)
        except requests.ConnectionError:
            # The server may have closed a connection that an earlier run left. That doesn't mean it is failing.
            if not (is_old and attempt.has_sent) or attempt.has_begun or request.writes:
                raise
            self._session.close()
            return self._answer_once(request, attempt, most, parts, again=again)

    def _answer_once(
        self, request: Request, attempt: Attempt, most: int, parts: Mapping[str, Any], *, again: bool
    ) -> Answer:
        # Where one connection broke, other kept-alive ones may be broken, too. So retries get a new connection, and so
        # do creates, because nothing would show whether a create arrived.
        fresh = self._is_unsteady and (again or request.method == "POST")
        session = self._new_session(1) if fresh else self._session
        try:
            with session.request(
                request.method,
                self._connection.url + request.path,
                timeout=(self._connection.timeout, self._connection.timeout),
                verify=self._connection.validate_certs,
                allow_redirects=False,  # requests would take the token to the other host
                stream=True,
                **parts,
            ) as response:
                attempt.begin_answer()
                if self.watch:
                    self.watch(response.elapsed.total_seconds(), response.headers, attempt.socket)
                body = bytearray()
                # As received: don't decompress what wasn't requested compressed.
                for chunk in response.raw.stream(2**16, decode_content=False):
                    body += chunk
                    if len(body) > most:
                        break
                told = response.headers.get("Content-Length", "")
                if told.isdigit() and len(body) < min(int(told), most) and response.status_code != _NO_CONTENT:
                    raise requests.ConnectionError  # urllib3 before 2 doesn't notice
                return Answer(request, response.status_code, response.headers, body)
        finally:
            if fresh:
                session.close()

    def _check(self, answer: Answer) -> None:
        """Raise EvoluxError if an answer isn't a success, or isn't from the API."""
        status = answer.status
        if not 200 <= status < 300:
            raise self._errors.refusal(answer, status)
        if answer.body.strip() in (b"", b"{}") and answer.request.method in ("PUT", "DELETE"):
            return  # the API's page doesn't document these answers
        if answer.is_too_deep:
            raise self.bad_answer(answer, f"it is nested more than {MAX_DEPTH} levels deep")
        meta = answer.json.get("meta", {})
        if not answer.json or not isinstance(meta, (dict, type(None))):
            raise self.bad_answer(answer, "it isn't a JSON object with 'meta' and 'data'")
        said = meta.get("status") if meta else None
        # A 2xx that says it is a failure is one. Otherwise, meta.status may differ from the HTTP status.
        if isinstance(said, int) and said >= 400:
            raise self._errors.refusal(answer, said)


def more_pages(answer: Answer, query: Mapping[str, str]) -> tuple[bool, bool]:
    """Whether there may be another page, and whether the server promises one. query: of the first request."""
    pagination = answer.json.get("pagination")
    if isinstance(pagination, dict):
        return bool(pagination.get("next_url", True)), bool(pagination.get("next_url"))
    return "page" in query or len(answer.json["data"]) == USUAL_PAGE, False


def _growing(attempt: int) -> float:
    """The seconds to wait after that many retries."""
    wait: float = 0.5 * 2 ** min(attempt, 10) * random.uniform(0.5, 1)
    return min(wait, MAX_WAIT)
