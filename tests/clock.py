# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fake clock: waiting takes no real time, and the clock records how long it was asked to wait."""

from __future__ import annotations


class FakeClock:
    """Replaces the client's clock; `waits` records the seconds of each wait."""

    def __init__(self, waits: list[float]) -> None:
        self._waits = waits
        self._now = 0.0

    def now(self) -> float:
        """The seconds waited so far."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Record the wait, but don't wait."""
        self._waits.append(seconds)
        self._now += seconds
