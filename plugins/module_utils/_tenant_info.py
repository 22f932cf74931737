# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""What a first look at a tenant reveals: how its server answers, without any names or numbers from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from ansible_collections.evolux.contact_center.plugins.module_utils._queue import NUMBERS, Queue


class Sight(NamedTuple):
    """What was seen of an answer when it began to arrive.

    seconds: from the request to the answer's headers. received: when they arrived, in seconds since 1970.
    date: the Date header; empty if there is none.
    tls: the TLS version; None without TLS.
    certificate: the server's, as Python decodes it; empty if it wasn't checked.
    """

    seconds: float
    received: float
    date: str = ""
    tls: str | None = None
    certificate: Mapping[str, Any] = {}

    @staticmethod
    def of(seconds: float, received: float, headers: Mapping[str, str], socket: Any) -> Sight:
        """What an answer shows. socket: the one that it arrives on; None if the library doesn't expose it."""
        version = socket.version() if hasattr(socket, "version") else None
        certificate = socket.getpeercert() if version else None
        return Sight(seconds, received, headers.get("Date", ""), version, certificate or {})

    def public_tls(self) -> dict[str, str | None] | None:
        """The returned key C(tls)."""
        if self.tls is None:
            return None
        # In certificates, the most general part comes first: country, organization, name.
        parts = [value for part in self.certificate.get("issuer", ()) for _name, value in part]
        expires = _moment(self.certificate.get("notAfter", ""))
        return {
            "version": self.tls,
            "issuer": ", ".join(reversed(parts)) or None,
            "expires": expires.strftime("%Y-%m-%dT%H:%M:%SZ") if expires else None,
        }


def _moment(text: str) -> datetime | None:
    """The time in a header or a certificate, in UTC; None if it can't be parsed."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or timezone.utc).astimezone(timezone.utc)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def latency(sights: Sequence[Sight]) -> dict[str, float]:
    """The minimum and the median time of an odd number of answers, in seconds."""
    times = sorted(sight.seconds for sight in sights)
    return {"min": round(times[0], 3), "median": round(times[len(times) // 2], 3)}


def clock_skew(sights: Sequence[Sight]) -> int | None:
    """How many seconds the server's clock is ahead of this machine's; None if the server doesn't send its time."""
    # The faster the answer, the more accurate its time.
    best = min(sights, key=lambda sight: sight.seconds)
    date = _moment(best.date)
    # A Date has whole seconds: on average, the real time is half a second later.
    return round(date.timestamp() + 0.5 - (best.received - best.seconds / 2)) if date else None


def difference(every: int | None, active: int | None) -> int | None:
    """How many of all are archived; None if that isn't known, or if the two counts can't both be right."""
    return None if every is None or active is None or every < active else every - active


def shows(name: str, listed: Iterable[Queue], read: Sequence[Queue]) -> str | None:
    """Which requests show a field: list, only read (by id), or no; None without a queue.

    listed: queues as lists show them. read: some of them as reads by id show them.
    """
    if not read:
        return None
    # A server may omit it for queues that have no value.
    if any(not queue.hidden((name,)) for queue in listed):
        return "list"
    return "no" if all(queue.hidden((name,)) for queue in read) else "read"


def numbers_as(items: Iterable[Mapping[str, Any]]) -> str | None:
    """Whether the API shows queues' numbers as text, as number or mixed; None if no queue has one."""
    values = [item.get(name) for item in items for name in NUMBERS]
    kinds = {"text" if isinstance(value, str) else "number" for value in values if value not in (None, "")}
    return "mixed" if len(kinds) > 1 else next(iter(kinds), None)


def extra_fields(queues: Iterable[Queue]) -> list[str]:
    """The names of the undocumented fields that the API shows for queues."""
    return sorted({name for queue in queues for name in queue.extra})
