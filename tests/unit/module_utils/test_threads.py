# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Threads are used again, keep nothing of a call that has ended, and end when they are told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from ansible_collections.evolux.contact_center.plugins.module_utils._threads import Threads


@pytest.fixture
def threads() -> Iterator[Threads]:
    threads = Threads()
    yield threads
    threads.end()


def started(future: Future[Any] | None) -> Future[Any]:
    assert future is not None
    return future


def test_a_thread_makes_one_call_after_another(threads: Threads) -> None:
    used = {started(threads.start(threading.current_thread)).result(5) for _call in range(20)}
    assert len(used) == 1
    assert used != {threading.current_thread()}


def test_calls_at_the_same_time_have_their_own_threads(threads: Threads) -> None:
    together = threading.Barrier(3, timeout=5)

    def meet() -> threading.Thread:
        together.wait()
        return threading.current_thread()

    assert len({future.result(5) for future in [started(threads.start(meet)) for _call in range(3)]}) == 3


def test_a_thread_goes_on_after_a_failure(threads: Threads) -> None:
    def fail() -> None:
        raise KeyboardInterrupt(threading.current_thread().name)

    with pytest.raises(KeyboardInterrupt) as failed:
        started(threads.start(fail)).result(5)
    assert started(threads.start(lambda: threading.current_thread().name)).result(5) == str(failed.value)


def test_an_idle_thread_keeps_nothing(threads: Threads) -> None:
    freed = threading.Event()

    class Answer:
        def __del__(self) -> None:
            freed.set()

    assert started(threads.start(Answer)).result(5)
    assert freed.wait(5)


def test_a_failure_is_freed_without_a_search_for_garbage(threads: Threads, uncollected: None) -> None:
    freed = threading.Event()

    class Half:
        def __del__(self) -> None:
            freed.set()

    def fail() -> None:
        half = Half()
        raise ValueError(str(half))

    with pytest.raises(ValueError, match="Half"):
        started(threads.start(fail)).result(5)
    assert freed.wait(5)


def test_each_thread_ends_with_its_last_call() -> None:
    threads, begun, free = Threads(), threading.Event(), threading.Event()
    idle = started(threads.start(threading.current_thread)).result(5)

    def hang() -> None:
        begun.set()
        free.wait()

    # The busy one is the thread that was idle, and another one is idle.
    busy = started(threads.start(hang))
    assert begun.wait(5)
    other = started(threads.start(threading.current_thread)).result(5)
    threads.end()
    other.join(5)
    assert (idle.is_alive(), other.is_alive()) == (True, False)
    free.set()
    busy.result(5)
    idle.join(5)
    assert not idle.is_alive()
    # What is started late ends by itself.
    late = started(threads.start(threading.current_thread)).result(5)
    late.join(5)
    assert not late.is_alive()


def test_threads_end_without_their_owner() -> None:
    threads: Threads | None = Threads()
    assert threads is not None
    free = threading.Event()
    busy = started(threads.start(lambda: free.wait() and threading.current_thread()))
    idle = started(threads.start(threading.current_thread)).result(5)
    threads = None
    idle.join(5)
    free.set()
    busy.result(5).join(5)
    assert [thread.is_alive() for thread in (idle, busy.result(5))] == [False, False]
