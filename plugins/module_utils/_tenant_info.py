# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""What a first look at a tenant tells: how its server answers, and no name or number that is in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from ansible_collections.evolux.contact_center.plugins.module_utils._queue import NUMBERS, Queue


class Sight(NamedTuple):
    """What was seen of an answer when it began to come.

    seconds: from the request to the answer's headers. received: when that was, in seconds since 1970.
    date: the header Date, empty without one.
    tls: the version of TLS, None without TLS.
    certificate: the server's, as Python decodes it; empty if it wasn't checked.
    """

    seconds: float
    received: float
    date: str = ""
    tls: str | None = None
    certificate: Mapping[str, Any] = {}

    @staticmethod
    def of(seconds: float, received: float, headers: Mapping[str, str], socket: Any) -> Sight:
        """What there is to see. socket: what the answer comes in on; None if the library doesn't show it."""
        version = socket.version() if hasattr(socket, "version") else None
        certificate = socket.getpeercert() if version else None
        return Sight(seconds, received, headers.get("Date", ""), version, certificate or {})

    def public_tls(self) -> dict[str, str | None] | None:
        """The returned key C(tls)."""
        if self.tls is None:
            return None
        # From the most general part to the name, as certificates have it: country, organization, name.
        parts = [value for part in self.certificate.get("issuer", ()) for _name, value in part]
        expires = _moment(self.certificate.get("notAfter", ""))
        return {
            "version": self.tls,
            "issuer": ", ".join(reversed(parts)) or None,
            "expires": expires.strftime("%Y-%m-%dT%H:%M:%SZ") if expires else None,
        }


def _moment(text: str) -> datetime | None:
    """The time that a header or a certificate names, in UTC; None if it can't be understood."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or timezone.utc).astimezone(timezone.utc)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def latency(sights: Sequence[Sight]) -> dict[str, float]:
    """The least and the middle time of an odd number of answers, in seconds."""
    times = sorted(sight.seconds for sight in sights)
    return {"min": round(times[0], 3), "median": round(times[len(times) // 2], 3)}


def clock_skew(sights: Sequence[Sight]) -> int | None:
    """How many seconds the server's clock is ahead of this machine's; None where it doesn't say its time."""
    # The faster an answer, the less its time can have changed on the way.
    best = min(sights, key=lambda sight: sight.seconds)
    date = _moment(best.date)
    # A Date has no fractions: on average, half a second has passed since.
    return round(date.timestamp() + 0.5 - (best.received - best.seconds / 2)) if date else None


def difference(every: int | None, active: int | None) -> int | None:
    """How many of all are archived; None where that isn't known, or where the two counts can't both be right."""
    return None if every is None or active is None or every < active else every - active


def shows(name: str, listed: Iterable[Queue], read: Sequence[Queue]) -> str | None:
    """Which reads show a field: list, only read (by id), or no; None without a queue.

    listed: queues as lists show them. read: some of them as reads by id show them.
    """
    if not read:
        return None
    # A server may leave it out of those that have none.
    if any(not queue.hidden((name,)) for queue in listed):
        return "list"
    return "no" if all(queue.hidden((name,)) for queue in read) else "read"


def numbers_as(items: Iterable[Mapping[str, Any]]) -> str | None:
    """Whether queues as the API shows them have their numbers as text, as number or mixed; None without one."""
    values = [item.get(name) for item in items for name in NUMBERS]
    kinds = {"text" if isinstance(value, str) else "number" for value in values if value not in (None, "")}
    return "mixed" if len(kinds) > 1 else next(iter(kinds), None)


def extra_fields(queues: Iterable[Queue]) -> list[str]:
    """The names of what the API shows of queues beyond its page."""
    return sorted({name for queue in queues for name in queue.extra})
