# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the answers of a first look are interpreted."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.evolux.contact_center.plugins.module_utils._queue import Queue
from ansible_collections.evolux.contact_center.plugins.module_utils._tenant_info import (
    Sight,
    clock_skew,
    difference,
    extra_fields,
    latency,
    numbers_as,
    shows,
)

NOON = 1795608000.0  # Wed, 25 Nov 2026 12:00:00 GMT
DATE = "Wed, 25 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("seconds", "median"), [([0.01234], 0.012), ([3, 1, 2], 2), ([0.5, 0.1, 0.4, 0.2, 9], 0.4), ([0.0004] * 5, 0.0)]
)
def test_latency(seconds: list[float], median: float) -> None:
    assert latency([Sight(each, 0) for each in seconds]) == {"min": round(min(seconds), 3), "median": median}


@pytest.mark.parametrize(
    ("date", "received", "seconds", "skew"),
    [
        (DATE, NOON + 0.1, 0.01, 0),
        (DATE, NOON + 0.999, 0.01, 0),
        (DATE, NOON + 60.5, 0, -60),
        (DATE, NOON - 3600, 0.1, 3601),
        # When a slow answer arrives, half of its duration has passed since the server noted the time.
        (DATE, NOON + 4.5, 8, 0),
        ("Wed, 25 Nov 2026 09:00:00 -0300", NOON, 0, 0),
        ("Wed, 25 Nov 2026 12:00:00 -0000", NOON, 0, 0),
        ("Wed Nov 25 12:00:00 2026", NOON, 0, 0),
        *((wrong, NOON, 0, None) for wrong in ("", "now", "0", "Wed, 99 Nov 2026 12:00:00 GMT", "9" * 500)),
    ],
)
def test_clock_skew(date: str, received: float, seconds: float, skew: int | None) -> None:
    assert clock_skew([Sight(seconds + 9, 0), Sight(seconds, received, date)]) == skew


class Wrapped:
    """A connection's socket with TLS."""

    def __init__(self, certificate: dict[str, Any] | None, version: str | None = "TLSv1.3") -> None:
        self.certificate, self._version = certificate, version

    def version(self) -> str | None:
        return self._version

    def getpeercert(self) -> dict[str, Any] | None:
        return self.certificate


ISSUER = ((("countryName", "US"),), (("organizationName", "Let's Encrypt"),), (("commonName", "R11"),))


@pytest.mark.parametrize(
    ("socket", "issuer", "expires"),
    [
        (
            Wrapped({"issuer": ISSUER, "notAfter": "Feb  1 10:00:00 2027 GMT"}),
            "R11, Let's Encrypt, US",
            "2027-02-01T10:00:00Z",
        ),
        (Wrapped({"issuer": ((("commonName", "A"), ("userId", "7")),)}), "7, A", None),
        (Wrapped({"issuer": (), "notAfter": "never"}), None, None),
        (Wrapped({}), None, None),
        (Wrapped(None), None, None),
    ],
)
def test_tls(socket: Wrapped, issuer: str | None, expires: str | None) -> None:
    told = Sight.of(0, 0, {}, socket).public_tls()
    assert told == {"version": "TLSv1.3", "issuer": issuer, "expires": expires}


@pytest.mark.parametrize("socket", [None, object(), Wrapped({}, None)])
def test_no_tls(socket: Any) -> None:
    assert Sight.of(0, 0, {}, socket).public_tls() is None


@pytest.mark.parametrize(
    ("every", "active", "archived"), [(5, 3, 2), (3, 3, 0), (2, 3, None), (None, 3, None), (3, None, None)]
)
def test_difference(every: int | None, active: int | None, archived: int | None) -> None:
    assert difference(every, active) == archived


HIDDEN, SHOWN, EMPTY = Queue.of(id=1), Queue.of(id=2, max_wait_time=60), Queue.of(id=3, max_wait_time=None)


@pytest.mark.parametrize(
    ("listed", "read", "where"),
    [
        ([], [], None),
        ([HIDDEN], [HIDDEN], "no"),
        ([HIDDEN], [SHOWN], "read"),
        ([HIDDEN], [EMPTY], "read"),
        ([HIDDEN, HIDDEN], [HIDDEN, SHOWN], "read"),
        ([SHOWN], [SHOWN], "list"),
        ([HIDDEN, EMPTY], [HIDDEN], "list"),
    ],
)
def test_where_a_field_is_shown(listed: list[Queue], read: list[Queue], where: str | None) -> None:
    assert shows("max_wait_time", listed, read) == where


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [
        ([], None),
        ([None, ""], None),
        (["1", None], "text"),
        (["1", ""], "text"),
        ([1, None], "number"),
        ([1, "02"], "mixed"),
    ],
)
def test_numbers_as(numbers: list[Any], kind: str | None) -> None:
    assert numbers_as([{"number": number} for number in numbers]) == kind
    assert numbers_as([{"number": None, "public_number": number} for number in numbers]) == kind


def test_extra_fields() -> None:
    queues = [HIDDEN._replace(extra={"b": 1}), SHOWN, EMPTY._replace(extra={"a": 1, "b": 2})]
    assert extra_fields(queues) == ["a", "b"]
