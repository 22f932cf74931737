# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How fast a task proceeds with a server that limits its requests, in simulated time."""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections.abc import Callable

import pytest

from ansible_collections.evolux.contact_center.plugins.module_utils._pace import Pace

CREATES = 60
# Called with the time of a request. Returns None if the server accepts it, else the seconds to wait, 0 if unstated.
Server = Callable[[float], "float | None"]


def sliding(most: int, told: float = 1.0, *, counts_refusals: bool = False) -> Server:
    """Allows this many requests in any one second."""
    times: list[float] = []

    def ask(now: float) -> float | None:
        times[:] = [time for time in times if time > now - 1]
        if len(times) < most or counts_refusals:
            times.append(now)
        return None if len(times) < most or (times[-1] == now and len(times) <= most) else told

    return ask


def by_the_clock(most: int, seconds: int) -> Server:
    """Allows this many requests in each fixed window of this many seconds; the first began some time ago."""
    seen: dict[int, int] = {}

    def ask(now: float) -> float | None:
        span, into = divmod(now + 0.37 * seconds, seconds)
        seen[int(span)] = seen.get(int(span), 0) + 1
        return None if seen[int(span)] <= most else math.ceil(seconds - into)

    return ask


def bucket(most: int) -> Server:
    """Adds this many tokens per second, up to the same number."""
    left, last = float(most), 0.0

    def ask(now: float) -> float | None:
        nonlocal left, last
        now = max(now, last)
        left, last = min(most, left + (now - last) * most + 1e-9), now
        if left < 1:
            return 1.0
        left -= 1
        return None

    return ask


SERVERS = {
    "sliding window": sliding,
    "sliding window that counts refusals": lambda most: sliding(most, counts_refusals=True),
    "sliding window that asks for no wait": lambda most: sliding(most, 0),
    "each second": lambda most: by_the_clock(most, 1),
    "token bucket": bucket,
}


def play(server: Server, concurrency: int, round_trip: float, chance: random.Random) -> tuple[float, int]:
    """The seconds that the creates take after one read, and the number of refused requests."""
    pace: Pace | None = None
    taken, refusals, end = [0.0], 0, 0.0
    assert server(0.0) is None
    order = itertools.count()
    events: list[tuple[float, int, bool, float, float | None]] = []

    def turn(now: float) -> None:
        wait = pace.turn(now) if pace else 0.0
        if wait:
            heapq.heappush(events, (now + wait, next(order), False, 0, None))
        else:
            said = server(now + round_trip / 2 * chance.uniform(0.8, 1.2))
            heapq.heappush(events, (now + round_trip * chance.uniform(1, 1.5), next(order), True, now, said))

    left = CREATES - min(concurrency, CREATES)
    for _worker in range(CREATES - left):
        turn(round_trip)
    while events:
        now, _order, is_answer, begun, said = heapq.heappop(events)
        if not is_answer:
            turn(now)
        elif said is None:
            end = now
            taken.append(begun)
            if pace:
                pace.took(begun)
            if left:
                left -= 1
                turn(now)
        else:
            refusals += 1
            pace = pace or Pace(taken)
            guess = 0.5 * 2**pace.refusals * chance.uniform(0.5, 1)
            pace.refused(begun, now, said * chance.uniform(1, 1.1) or guess)
            turn(now)
    assert len(taken) == CREATES + 1
    return end, refusals


@pytest.mark.parametrize("round_trip", [0.005, 0.05])
@pytest.mark.parametrize("concurrency", [1, 8, 16])
@pytest.mark.parametrize("most", [1, 2, 5, 20])
@pytest.mark.parametrize("server", SERVERS)
def test_a_limited_server_is_used_nearly_as_fast_as_it_allows(
    server: str, most: int, concurrency: int, round_trip: float
) -> None:
    ideal = max((CREATES + 1 - most) / most, CREATES / concurrency * round_trip)
    for seed in range(10):
        seconds, refusals = play(SERVERS[server](most), concurrency, round_trip, random.Random(seed))
        assert seconds <= 1.3 * ideal + 2
        # Those that were on their way when the first was refused, and an occasional probe.
        assert refusals <= concurrency + ideal / 2 + 5


def test_a_limit_by_the_minute_is_waited_for_once() -> None:
    seconds, refusals = play(by_the_clock(40, 60), 8, 0.01, random.Random(1))
    assert 37 < seconds < 60
    assert refusals <= 8


def test_no_more_wait_than_was_asked_for() -> None:
    pace = Pace([0.0])
    pace.refused(0.1, 0.2, 7)
    assert pace.turn(1.2) == pytest.approx(6)
    # A refusal of a request that was on its way all the while adds nothing.
    pace.refused(0.15, 3, 7)
    assert pace.turn(3) == pytest.approx(4.2)
    assert pace.turn(7.3) == 0
