# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Calls in their own threads: as many at once as allowed, and as the system has threads for."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Final, Generic, TypeVar

_T = TypeVar("_T")
_K = TypeVar("_K", bound=Hashable)


def start(call: Callable[[], _T]) -> Future[_T] | None:
    """Call in a new thread, which ends with the process; None if the system has no thread left."""
    future: Future[_T] = Future()
    try:
        threading.Thread(target=_work, args=(future, call), daemon=True).start()
    except (RuntimeError, MemoryError):
        return None
    return future


# Signals that end a process. Python handles them in the main thread, which wakes up only if the signal is sent to it.
ENDING: Final = (signal.SIGINT, signal.SIGTERM)


def leave_signals_to_the_main_thread() -> None:
    """Block these signals in this thread, so that the system sends them to another one."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)


def _work(future: Future[_T], call: Callable[[], _T]) -> None:
    leave_signals_to_the_main_thread()
    _settle(future, call)


def _settle(future: Future[_T], call: Callable[[], _T]) -> None:
    try:
        future.set_result(call())
    except BaseException as error:  # passed on to the caller
        future.set_exception(error)


class Crew(Generic[_K, _T]):
    """Threads for calls, each with a key. If few threads are left, it makes do with those, or with the caller's alone.

    most: how many calls may be under way at once.
    """

    def __init__(self, most: int) -> None:
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
        future = start(call)
        if future is None and self._running:
            return False
        if future is None:
            future = Future()
            _settle(future, call)
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


def at_once(calls: Iterable[tuple[_K, Callable[[], _T]]], most: int) -> dict[_K, _T]:
    """The results of calls by their keys. Raises the exception of the first call to fail."""
    crew: Crew[_K, _T] = Crew(most)
    left = list(calls)[::-1]
    results: dict[_K, _T] = {}
    while left or crew.is_busy:
        while left and crew.take(*left[-1]):
            left.pop()
        results.update((key, future.result()) for key, future in crew.ended())
    return results
