# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""How fast a server with a rate limit takes requests, learned from its refusals. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# The shortest window of a limit, in seconds: most limits are per second.
USUAL_WINDOW: Final = 1.05
# How many windows without a refusal it takes to allow one more request per window: usually, and after a refusal.
CALM: Final = 1
CAREFUL: Final = 4


class Pace:
    """Allows as many requests per window as the server took before it refused one, for the whole task.

    refusals: how many there were since the last accepted request.

    All times are seconds of one clock. taken: when the requests that the server has accepted so far began.
    """

    def __init__(self, taken: Iterable[float]) -> None:
        self.refusals = 0
        self._taken = list(taken)
        self._most = 0  # until the first refusal is counted
        self._window = 0.0
        self._refused = float("-inf")
        self._closed_until = float("-inf")
        self._is_to_count = False
        self._begun: list[float] = []
        self._calm_since = self._careful_until = float("-inf")

    def took(self, begun: float) -> None:
        """Note that the server accepted a request that began at that time."""
        self._taken = [time for time in self._taken if time > begun - 2 * self._window]
        self._taken.append(begun)
        self.refusals = 0

    def refused(self, begun: float, now: float, wait: float) -> None:
        """Note that the server refused a request that began at that time. wait: seconds to wait, told or guessed."""
        if begun < self._refused:
            return  # it was already under way when another one was refused
        self.refusals += 1
        self._refused, self._closed_until = now, now + wait
        self._window = max(wait, USUAL_WINDOW) if wait else 0.0  # a server that asks for no wait gets none
        # Not now: other answers may still be on their way.
        self._is_to_count = True

    def turn(self, now: float) -> float:
        """0 if a request may begin now, which is noted; else the seconds after which to ask again."""
        if now < self._closed_until:
            return self._closed_until - now
        if self._is_to_count:
            self._count(now)
        most = self._most
        if now - self._calm_since > CALM * self._window and now > self._careful_until:
            most += 1
            self._most, self._calm_since = most, now
        self._begun = [time for time in self._begun if time > now - self._window]
        if len(self._begun) < most:
            self._begun.append(now)
            return 0.0
        return sorted(self._begun)[-most] + self._window - now + 1e-6

    def _count(self, now: float) -> None:
        """Adopt the number of requests that the server took in the last window before it refused one."""
        self._is_to_count = False
        if self._most:
            self._careful_until = now + CAREFUL * self._window
        self._most = max(1, sum(time > self._refused - self._window for time in self._taken))
        self._begun = [time for time in self._taken if time > now - self._window]
        self._calm_since = now
