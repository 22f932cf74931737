# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Calls in other threads: as many at once as allowed, and as the system has threads for."""

from __future__ import annotations

import signal
import threading
import weakref
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import partial
from queue import SimpleQueue
from typing import Any, Final, Generic, TypeVar

_T = TypeVar("_T")
_K = TypeVar("_K", bound=Hashable)
_Call = tuple[Future[Any], Callable[[], Any]]  # with what its result goes to


# Signals that end a process. Python handles them in the main thread, which wakes up only if the signal is sent to it.
ENDING: Final = (signal.SIGINT, signal.SIGTERM)


def leave_signals_to_the_main_thread() -> None:
    """Block these signals in this thread, so that the system sends them to another one."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)


def _called(future: Future[_T], call: Callable[[], _T]) -> Callable[[], None]:
    """Call, and return what settles the future."""
    try:
        return partial(future.set_result, call())
    except BaseException as error:  # passed on to the caller
        return partial(future.set_exception, error)
    finally:
        del future, call  # the error refers to this call, which must not refer to the error


class Threads:
    """Threads that make one call after another, because starting one takes time.

    After end(), or without this object, each ends as soon as it has no call under way.
    """

    def __init__(self) -> None:
        # Where each idle thread waits for its next call, or for None, which ends it.
        self._idle: list[SimpleQueue[_Call | None]] = []
        self._lock = threading.Lock()
        self._is_over = False

    def start(self, call: Callable[[], _T]) -> Future[_T] | None:
        """Call in another thread; None if the system has no thread left."""
        future: Future[_T] = Future()
        with self._lock:
            calls = self._idle.pop() if self._idle else None
        if calls is None:
            calls = SimpleQueue()
            try:
                threading.Thread(target=_work, args=(weakref.ref(self), calls), daemon=True).start()
            except (RuntimeError, MemoryError):
                return None
        calls.put((future, call))
        return future

    def rest(self, calls: SimpleQueue[_Call | None]) -> None:
        """Note that a thread has no call under way any more."""
        with self._lock:
            if self._is_over:
                calls.put(None)
            else:
                self._idle.append(calls)

    def end(self) -> None:
        """Let each thread end as soon as it has no call under way."""
        with self._lock:
            self._is_over = True
            for calls in self._idle:
                calls.put(None)
            self._idle.clear()

    def __del__(self) -> None:
        self.end()


def _work(owner: weakref.ref[Threads], calls: SimpleQueue[_Call | None]) -> None:
    leave_signals_to_the_main_thread()
    while call := calls.get():
        settle = _called(*call)
        if threads := owner():
            threads.rest(calls)
        else:
            calls.put(None)
        settle()
        # An idle thread keeps nothing.
        del call, settle, threads


class Crew(Generic[_K, _T]):
    """Calls under way, each with a key. If few threads are left, it makes do with those, or with the caller's alone.

    most: how many calls may be under way at once.
    """

    def __init__(self, threads: Threads, most: int) -> None:
        self._threads = threads
        self._most = most
        self._running: dict[Future[_T], _K] = {}

    @property
    def is_busy(self) -> bool:
        """Whether calls are under way."""
        return bool(self._running)

    def take(self, key: _K, call: Callable[[], _T]) -> bool:
        """Begin a call; False if another one has to end first."""
        if len(self._running) >= self._most:
            return False
        future = self._threads.start(call)
        if future is None and self._running:
            return False
        if future is None:
            future = Future()
            _called(future, call)()
        self._running[future] = key
        return True

    def ended(self) -> list[tuple[_K, Future[_T]]]:
        """The calls that have ended, at least one."""
        return self._ended(wait(self._running, return_when=FIRST_COMPLETED).done)

    def ended_within(self, seconds: float) -> list[tuple[_K, Future[_T]]]:
        """The calls that have ended within that time, perhaps none."""
        return self._ended(wait(self._running, seconds).done)

    def _ended(self, done: Iterable[Future[_T]]) -> list[tuple[_K, Future[_T]]]:
        return [(self._running.pop(future), future) for future in done]

    def leave(self) -> list[_K]:
        """Stop waiting for calls. Returns those that haven't ended."""
        left = list(self._running.values())
        self._running.clear()
        return left


def at_once(threads: Threads, calls: Iterable[tuple[_K, Callable[[], _T]]], most: int) -> dict[_K, _T]:
    """The results of calls by their keys. Raises the exception of the first call to fail."""
    crew: Crew[_K, _T] = Crew(threads, most)
    left = list(calls)[::-1]
    results: dict[_K, _T] = {}
    while left or crew.is_busy:
        while left and crew.take(*left[-1]):
            left.pop()
        results.update((key, future.result()) for key, future in crew.ended())
    return results
