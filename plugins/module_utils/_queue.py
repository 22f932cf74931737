# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The queue: one table of its fields, and what follows from it: options, comparison, payload, the public form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from ansible_collections.evolux.contact_center.plugins.module_utils._text import shown

# Stands for a value that the API doesn't show, as None is a value. Compare with `is`: a queue could have this name.
NOT_SHOWN: Final = "(not shown by the API)"


class Kind(NamedTuple):
    """The kind of a field's values.

    type: of the option, in Ansible's terms.
    parse: converts what the API shows to such a value or None; raises ValueError if it can't.
    wrong: what is wrong in that case.
    """

    type: str
    parse: Callable[[Any], Any]
    wrong: str


class Field(NamedTuple):
    """A property of a queue that users manage.

    needed: whether creating a queue requires it.
    on_create: whether create accepts it; edit accepts all fields.
    clearable: whether an empty text removes the value from the queue.
    always_shown: whether every read shows it. If not, an option update_... decides whether it is sent.
    """

    kind: Kind
    needed: bool = False
    on_create: bool = True
    clearable: bool = False
    always_shown: bool = True


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError


def _digits(value: object) -> str | None:
    """A number as text, because a server may return JSON numbers."""
    if value is None or value == "":
        return None
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return str(value)
    raise ValueError


def _seconds(value: object) -> int | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)) or int(value) != float(value):
        raise ValueError
    return int(value)


TEXT: Final = Kind("str", _text, "is not text")
DIGITS: Final = Kind("str", _digits, "is neither text nor a whole number")
SECONDS: Final = Kind("int", _seconds, "is not a whole number of seconds")  # 0 or more

# In the order of the API's documentation. slug isn't among them because it is fixed at creation.
FIELDS: Final = {
    "name": Field(TEXT, needed=True),
    "number": Field(DIGITS, needed=True),
    "public_number": Field(DIGITS, clearable=True),
    "max_wait_time": Field(SECONDS, on_create=False, always_shown=False),
}

# ---- what follows from the table ----

NEEDED: Final = tuple(name for name, field in FIELDS.items() if field.needed)
CLEARABLE: Final = frozenset(name for name, field in FIELDS.items() if field.clearable)
NUMBERS: Final = tuple(name for name, field in FIELDS.items() if field.kind is DIGITS)
MAY_BE_HIDDEN: Final = frozenset(name for name, field in FIELDS.items() if not field.always_shown)

# What users specify for a queue, as an argument spec.
OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "id": {"type": "int", "aliases": ["queue_id"]},
    "slug": {"type": "str"},
    **{name: {"type": field.kind.type} for name, field in FIELDS.items()},
    "state": {"type": "str", "choices": ["present", "archived"], "default": "present"},
}
# Options that decide when a field is sent that reads don't show.
UPDATE_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    f"update_{name}": {"type": "str", "choices": ["always", "on_create"], "default": "always"}
    for name, field in FIELDS.items()
    if not field.always_shown
}

_REQUIRED: Final = frozenset(("id", "slug", *(name for name, field in FIELDS.items() if field.always_shown)))
_KNOWN: Final = frozenset(("id", "slug", *FIELDS))


def fields_on_create_only(options: Mapping[str, Any]) -> frozenset[str]:
    """The fields that a task sends only to new queues if reads don't show them."""
    return frozenset(name for name in MAY_BE_HIDDEN if options[f"update_{name}"] == "on_create")


class Queue(NamedTuple):
    """A queue as the API shows it.

    id: None for a queue that check mode only predicts; slug: None if the server hasn't chosen it yet.
    fields: the value of each field in the table, None if the queue has none, NOT_SHOWN if the API doesn't show it.
    extra: everything else that the API shows.
    """

    id: int | None
    slug: str | None
    fields: Mapping[str, Any]
    archived: bool = False
    extra: Mapping[str, Any] = MappingProxyType({})

    def __str__(self) -> str:
        return f"'{shown(self.name)}' (id {self.id}" + (f", slug {shown(self.slug)})" if self.slug else ")")

    @staticmethod
    def of(*, id: int | None = None, slug: str | None = None, archived: bool = False, **fields: Any) -> Queue:
        """A queue with these fields, and for the others, what reads show if they are empty."""
        empty = {name: None if field.always_shown else NOT_SHOWN for name, field in FIELDS.items()}
        return Queue(id, slug, {**empty, **fields}, archived)

    @property
    def name(self) -> str:
        """The name that people see; empty if it isn't known yet."""
        return self.fields["name"] or ""

    @property
    def number(self) -> str | None:
        """The digits that reach the queue inside the telephone system."""
        number: str | None = self.fields["number"]
        return number

    @property
    def known_id(self) -> int:
        """The id of a queue that the API has shown. Raises ValueError for one that is only predicted."""
        if self.id is None:
            raise ValueError("a queue that is only predicted has no id")
        return self.id

    @property
    def state(self) -> str:
        """The state, as messages name it: active or archived."""
        return "archived" if self.archived else "active"

    def hidden(self, names: Iterable[str] = MAY_BE_HIDDEN) -> frozenset[str]:
        """Those of the named fields that the API didn't show."""
        return frozenset(name for name in names if self.fields[name] is NOT_SHOWN)

    def having(self, values: Mapping[str, Any]) -> Queue:
        """The queue with other values of some fields."""
        return self._replace(fields={**self.fields, **values})

    def public(self) -> dict[str, Any]:
        """The form in which all modules return a queue."""
        return {
            "id": self.id,
            "slug": self.slug,
            **{name: value for name, value in self.fields.items() if value is not NOT_SHOWN},
            "archived": self.archived,
            "extra": dict(self.extra),
        }


class Wanted(NamedTuple):
    """What a task requests for one queue.

    fields: the managed fields and their wanted values, in the order of the table; other fields are left alone.
    """

    id: int | None
    slug: str | None
    fields: Mapping[str, Any]
    state: str

    def __str__(self) -> str:
        key, value = self.key
        return f"queue with {key} '{shown(value)}'"

    @staticmethod
    def of(*, id: int | None = None, slug: str | None = None, state: str = "present", **options: Any) -> Wanted:
        """A wanted queue from a task's options, which may include other options. None means "not given"."""
        fields = {name: value for name in FIELDS if (value := options.get(name)) is not None}
        return Wanted(id, slug, fields, state)

    @property
    def name(self) -> str | None:
        """The wanted name, by which the queue is found if it has neither id nor slug."""
        return self.fields.get("name")

    @property
    def number(self) -> str | None:
        """The wanted number."""
        return self.fields.get("number")

    @property
    def label(self) -> str:
        """What people know the queue by, for lists of many queues; empty if nothing identifies it."""
        if self.slug:
            return f"slug {shown(self.slug)}"
        return f"name {shown(self.name)}" if self.name else "" if self.id is None else f"id {self.id}"

    @property
    def key(self) -> tuple[str, object]:
        """What identifies the queue: the id if there is one, else the slug, else the exact name."""
        if self.id is not None:
            return "id", self.id
        return ("name", self.name) if self.slug is None else ("slug", self.slug)


def listed(queues: Iterable[Queue]) -> list[dict[str, Any]]:
    """Queues as all modules return them, sorted by slug; queues whose slug isn't known yet come first, by name."""
    return [queue.public() for queue in sorted(queues, key=lambda queue: (queue.slug or "", queue.name))]


def differing(wanted: Wanted, queue: Queue) -> dict[str, Any]:
    """The managed fields whose wanted value the queue doesn't show, including those that aren't shown at all."""
    return {
        name: value for name, value in wanted.fields.items() if (None if value == "" else value) != queue.fields[name]
    }


def payload(fields: Mapping[str, Any]) -> dict[str, str]:
    """Fields as the API accepts them: all values are text."""
    return {name: str(value) for name, value in fields.items()}


def likely_slug(name: str) -> str:
    """The slug by the documented rule: lowercase, no special characters, underscores for spaces."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"\s+", "_", re.sub(r"[^a-z0-9_\s]", "", plain).strip())


def parse_queue(data: object) -> Queue:
    """A queue from the data of an answer ("API - Filas": Leitura).

    Raises ValueError with what is wrong if it doesn't have the documented form.
    """
    if not isinstance(data, dict):
        raise ValueError("a queue is not an object")
    if missing := sorted(_REQUIRED - data.keys()):
        raise ValueError(f"a queue lacks {', '.join(missing)}")
    id = data["id"]
    if not isinstance(id, int) or isinstance(id, bool):
        raise ValueError("a queue's id is not a whole number")
    slug = _parsed(TEXT, data["slug"])
    fields = {name: _parsed(field.kind, data[name]) if name in data else NOT_SHOWN for name, field in FIELDS.items()}
    return Queue(id, slug, fields, extra={key: value for key, value in data.items() if key not in _KNOWN})


def _parsed(kind: Kind, value: object) -> Any:
    try:
        return kind.parse(value)
    except (ValueError, OverflowError):
        names = [*(["slug"] if kind is TEXT else []), *(name for name, field in FIELDS.items() if field.kind is kind)]
        raise ValueError(f"a queue's {' or '.join(names)} {kind.wrong}") from None
