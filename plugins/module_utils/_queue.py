# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The queue: which fields it has, how wanted and current values compare, and the one shape that users see."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from ansible_collections.evolux.contact_center.plugins.module_utils._text import shown

# The API takes max_wait_time but doesn't show it (documented). None would be a value.
NOT_SHOWN: Final = "(not shown by the API)"


class Field(NamedTuple):
    """A fact of a queue that users manage.

    type: of the option, in Ansible's terms.
    on_create: whether create takes it; edit takes every one.
    """

    type: str
    on_create: bool = True


# In the order of the API page; slug is no such field: it is fixed at creation.
FIELDS: Final = {
    "name": Field("str"),
    "number": Field("str"),
    "public_number": Field("str"),
    "max_wait_time": Field("int", on_create=False),
}

# What people write of a queue.
QUEUE_KEYS: Final = ("id", "slug", *FIELDS, "state")


class Queue(NamedTuple):
    """A queue as the API shows it.

    id: None for one that check mode only foresees; slug: None where the server is yet to choose it.
    number, public_number: digits; public_number is None without a DID.
    max_wait_time: seconds, None, or NOT_SHOWN.
    extra: whatever else the API shows.
    """

    id: int | None
    slug: str | None
    name: str
    number: str | None
    public_number: str | None = None
    max_wait_time: int | str | None = NOT_SHOWN
    archived: bool = False
    extra: Mapping[str, Any] = MappingProxyType({})

    def __str__(self) -> str:
        return f"'{shown(self.name)}' (id {self.id}" + (f", slug {shown(self.slug)})" if self.slug else ")")

    @property
    def known_id(self) -> int:
        """The id of a queue that the API has shown. Raises ValueError for one that is only foreseen."""
        if self.id is None:
            raise ValueError("a queue that is only foreseen has no id")
        return self.id

    @property
    def state(self) -> str:
        """In the modules' terms: active or archived."""
        return "archived" if self.archived else "active"

    def public(self) -> dict[str, Any]:
        """The shape in which every module returns a queue."""
        shown = {
            "id": self.id,
            "slug": self.slug,
            "name": self.name,
            "number": self.number,
            "public_number": self.public_number,
            "archived": self.archived,
            "extra": dict(self.extra),
        }
        if self.max_wait_time != NOT_SHOWN:
            shown["max_wait_time"] = self.max_wait_time
        return shown


class Wanted(NamedTuple):
    """What a task says of one queue. None is "not said": such a field is not managed."""

    id: int | None = None
    slug: str | None = None
    name: str | None = None
    number: str | None = None
    public_number: str | None = None
    max_wait_time: int | None = None
    state: str = "present"

    def __str__(self) -> str:
        key, value = self.key
        return f"queue with {key} '{shown(value)}'"

    @property
    def label(self) -> str:
        """What people know the queue by, for a list of many; empty if nothing says which queue it is."""
        if self.slug:
            return f"slug {shown(self.slug)}"
        return f"name {shown(self.name)}" if self.name else "" if self.id is None else f"id {self.id}"

    @property
    def key(self) -> tuple[str, object]:
        """What says which queue it is: the id if there is one, else the slug, else the exact name."""
        key = "id" if self.id is not None else "slug" if self.slug is not None else "name"
        return key, getattr(self, key)

    def fields(self) -> dict[str, Any]:
        """The managed fields and their wanted values."""
        return {name: value for name in FIELDS if (value := getattr(self, name)) is not None}


def listed(queues: Iterable[Queue]) -> list[dict[str, Any]]:
    """Queues as every module returns them, sorted by slug; those whose slug is not known yet come first, by name."""
    return [queue.public() for queue in sorted(queues, key=lambda queue: (queue.slug or "", queue.name))]


def differing(wanted: Wanted, queue: Queue) -> dict[str, Any]:
    """The managed fields whose wanted value the queue doesn't show, among them those that it shows no value of."""
    return {
        name: value
        for name, value in wanted.fields().items()
        if (None if value == "" else value) != getattr(queue, name)
    }


def payload(fields: Mapping[str, Any]) -> dict[str, str]:
    """Fields as the API takes them: every value is text."""
    return {name: str(value) for name, value in fields.items()}


def likely_slug(name: str) -> str:
    """The slug that the page describes: lowercase, no special characters, underscores for spaces."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"\s+", "_", re.sub(r"[^a-z0-9_\s]", "", plain).strip())


def parse_queue(data: object) -> Queue:
    """A queue out of an answer's data ("API - Filas": Leitura).

    Raises ValueError, which says what is wrong, where it has another shape than the page documents.
    """
    if not isinstance(data, dict):
        raise ValueError("a queue is not an object")
    known = {"id", "slug", "name", "number", "public_number"}
    if missing := sorted(known - data.keys()):
        raise ValueError(f"a queue lacks {', '.join(missing)}")
    id, slug, name = data["id"], data["slug"], data["name"]
    if not isinstance(id, int) or isinstance(id, bool):
        raise ValueError("a queue's id is not a whole number")
    if not isinstance(slug, str) or not isinstance(name, str):
        raise ValueError("a queue's slug or name is not text")
    max_wait_time = _seconds(data["max_wait_time"]) if "max_wait_time" in data else NOT_SHOWN
    return Queue(
        id=id,
        slug=slug,
        name=name,
        number=_digits(data["number"]),
        public_number=_digits(data["public_number"]),
        max_wait_time=max_wait_time,
        extra={key: value for key, value in data.items() if key not in known | {"max_wait_time"}},
    )


def _digits(value: object) -> str | None:
    """A number as text: a server may answer with JSON numbers."""
    if value is None or value == "":
        return None
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return str(value)
    raise ValueError("a queue's number or public_number is neither text nor a whole number")


def _seconds(value: object) -> int | None:
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)) or int(value) != float(value):
            raise ValueError
        return int(value)
    except (ValueError, OverflowError):
        raise ValueError("a queue's max_wait_time is not a whole number of seconds") from None
