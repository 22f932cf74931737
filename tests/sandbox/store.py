# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tenants and their queues, in an in-memory SQLite database, so that broken constraints are real ones."""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from .switches import SeedError, Switches, is_positive

_SCHEMA = """
PRAGMA foreign_keys = ON;
CREATE TABLE tenants (
    token TEXT PRIMARY KEY,
    next_id INTEGER NOT NULL
);
CREATE TABLE dids (
    tenant TEXT NOT NULL REFERENCES tenants (token) ON DELETE CASCADE,
    number TEXT NOT NULL,
    PRIMARY KEY (tenant, number)
);
CREATE TABLE queues (
    tenant TEXT NOT NULL REFERENCES tenants (token) ON DELETE CASCADE,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    number TEXT NOT NULL,
    public_number TEXT,
    max_wait_time INTEGER,
    enabled INTEGER NOT NULL,
    archived INTEGER NOT NULL,
    -- Values that must be unique; null where they needn't be.
    held_slug TEXT,
    held_number TEXT,
    held_did TEXT,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, held_slug),
    UNIQUE (tenant, held_number),
    UNIQUE (tenant, held_did),
    FOREIGN KEY (tenant, public_number) REFERENCES dids (tenant, number)
);
CREATE TABLE pauses (
    tenant TEXT NOT NULL,
    queue INTEGER NOT NULL,
    position INTEGER NOT NULL,
    pause TEXT NOT NULL,
    PRIMARY KEY (tenant, queue, position),
    FOREIGN KEY (tenant, queue) REFERENCES queues (tenant, id) ON DELETE CASCADE
);
"""

# The columns that a seed or a poke may set, with their types; True if null is allowed.
_COLUMNS: dict[str, tuple[type, bool]] = {
    "name": (str, False),
    "slug": (str, False),
    "number": (str, False),
    "public_number": (str, True),
    "max_wait_time": (int, True),
    "enabled": (bool, False),
    "archived": (bool, False),
}
_MAX_ID = 2**53


@dataclass(frozen=True)
class Queue:
    """One queue with all its columns, including those that the API doesn't show."""

    id: int
    name: str
    slug: str
    number: str
    public_number: str | None
    max_wait_time: int | None
    enabled: bool
    archived: bool


def slugify(name: str, accents: str = "folded") -> str:
    """Lowercase, no special characters, underscores for spaces ("API - Filas"); how accents are handled is assumed."""
    folded = (unicodedata.normalize("NFKD", name) if accents == "folded" else name).lower()
    return "_".join(re.sub(r"[^a-z0-9_\s]", "", folded).split())


def _check_columns(columns: Mapping[str, Any], what: str) -> None:
    for name, value in columns.items():
        if name not in _COLUMNS:
            raise SeedError(f"{what}: unknown field {name}")
        kind, nullable = _COLUMNS[name]
        # In Python, bool is a subclass of int.
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        if not fits and not (value is None and nullable):
            raise SeedError(f"{what}: {name} must be {kind.__name__}{' or null' if nullable else ''}")
        if isinstance(value, int) and not 0 <= value <= _MAX_ID:
            raise SeedError(f"{what}: {name} is out of range")


class Store:
    """All tenants. No method awaits anything, so concurrent requests can't interfere with each other."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:", isolation_level=None)
        self._db.executescript(_SCHEMA)
        self.switches: dict[str, Switches] = {}

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        self._db.close()

    # The control side

    def replace_tenant(
        self,
        token: str,
        dids: Sequence[str] = (),
        queues: Sequence[Mapping[str, Any]] = (),
        next_id: int | None = None,
        switches: Switches | None = None,
    ) -> None:
        """Create or replace the tenant. An invalid seed changes nothing."""
        before = self.switches.get(token)
        self.switches[token] = switches or Switches()
        try:
            self._replace_tenant(token, dids, queues, next_id)
        except BaseException:
            if before is None:
                del self.switches[token]
            else:
                self.switches[token] = before
            raise

    def _replace_tenant(
        self, token: str, dids: Sequence[str], queues: Sequence[Mapping[str, Any]], next_id: int | None
    ) -> None:
        with self._transaction():
            self._db.execute("DELETE FROM tenants WHERE token = ?", (token,))
            self._db.execute("INSERT INTO tenants VALUES (?, 1)", (token,))
            for did in dids:
                if not isinstance(did, str) or not did:
                    raise SeedError(f"did {did!r}: must be a string of digits")
                try:
                    self._db.execute("INSERT INTO dids VALUES (?, ?)", (token, did))
                except sqlite3.IntegrityError as error:
                    raise SeedError(f"did {did}: {error}") from None
            for position, queue in enumerate(queues):
                self._seed_queue(token, queue, f"queue {position}")
            if next_id is not None:
                if not is_positive(next_id) or next_id < self._next_id(token):
                    raise SeedError("next_id must be an integer above every queue's id")
                self._set_next_id(token, next_id)

    def _seed_queue(self, token: str, seed: Mapping[str, Any], what: str) -> None:
        if not isinstance(seed, dict):
            raise SeedError(f"{what}: must be an object")
        columns = dict(seed)
        what = f"{what} ({columns.get('name')!r})"
        pauses = columns.pop("pauses", [])
        if not isinstance(pauses, list):
            raise SeedError(f"{what}: pauses must be a list")
        id = columns.pop("id", None)
        if id is None:
            id = self._next_id(token)
        elif not is_positive(id):
            raise SeedError(f"{what}: id must be a positive integer")
        if columns.get("slug") is None:
            columns.pop("slug", None)
        _check_columns(columns, what)
        for name in ("name", "number"):
            if name not in columns:
                raise SeedError(f"{what}: {name} is missing")
        queue = Queue(
            id=id,
            name=columns["name"],
            slug=columns.get("slug") or self._slug(token, columns["name"], id),
            number=columns["number"],
            public_number=columns.get("public_number"),
            max_wait_time=columns.get("max_wait_time"),
            enabled=columns.get("enabled", False),
            archived=columns.get("archived", False),
        )
        try:
            self._insert(token, queue)
        except sqlite3.IntegrityError as error:
            raise SeedError(f"{what}: {error}") from None
        self._db.executemany(
            "INSERT INTO pauses VALUES (?, ?, ?, ?)",
            [(token, id, position, json.dumps(pause)) for position, pause in enumerate(pauses)],
        )
        self._set_next_id(token, max(self._next_id(token), id + 1))

    def delete_tenant(self, token: str) -> None:
        self._db.execute("DELETE FROM tenants WHERE token = ?", (token,))
        del self.switches[token]

    def dids(self, token: str) -> list[str]:
        return [row[0] for row in self._db.execute("SELECT number FROM dids WHERE tenant = ? ORDER BY rowid", (token,))]

    def poke(self, token: str, id: int, columns: Mapping[str, Any]) -> None:
        """Change any columns, as a person does in the web interface."""
        _check_columns(columns, f"queue {id}")
        try:
            self.update(token, id, columns)
        except sqlite3.IntegrityError as error:
            raise SeedError(f"queue {id}: {error}") from None

    # The API side. A broken constraint raises sqlite3.IntegrityError

    def queues(self, token: str, include_archived: bool) -> list[Queue]:
        rows = self._db.execute(
            "SELECT id, name, slug, number, public_number, max_wait_time, enabled, archived"
            " FROM queues WHERE tenant = ? AND archived <= ? ORDER BY id",
            (token, include_archived),
        )
        return [_queue(row) for row in rows]

    def queue(self, token: str, id: int) -> Queue | None:
        row = self._db.execute(
            "SELECT id, name, slug, number, public_number, max_wait_time, enabled, archived"
            " FROM queues WHERE tenant = ? AND id = ?",
            (token, id),
        ).fetchone()
        return _queue(row) if row else None

    def create(
        self, token: str, name: str, number: str, slug: str | None, public_number: str | None, enabled: bool
    ) -> int:
        """Insert a queue and return its id. A refused queue doesn't use up an id."""
        with self._transaction():
            id = self._next_id(token)
            self._set_next_id(token, id + 1)
            slug = slug or self._slug(token, name, id)
            self._insert(token, Queue(id, name, slug, number, public_number, None, enabled, False))
        return id

    def update(self, token: str, id: int, columns: Mapping[str, Any]) -> None:
        """Set columns; their names come from this package, never from a request."""
        queue = self.queue(token, id)
        if columns and queue:
            columns = {**columns, **self._held(token, replace(queue, **columns))}
            assignments = ", ".join(f"{name} = ?" for name in columns)
            self._db.execute(
                f"UPDATE queues SET {assignments} WHERE tenant = ? AND id = ?", (*columns.values(), token, id)
            )

    def _slug(self, token: str, name: str, id: int) -> str:
        return slugify(name, self.switches[token].accents_in_slugs) or f"queue_{id}"

    def _held(self, token: str, queue: Queue) -> dict[str, str | None]:
        """The values that no other queue may have while this one has them, by the switches at the time of writing."""
        switches = self.switches[token]
        numbers = {"all": True, "active": not queue.archived, "none": False}[switches.unique_numbers]
        return {
            "held_slug": queue.slug if switches.archived_slugs == "kept" or not queue.archived else None,
            "held_number": queue.number if numbers else None,
            "held_did": queue.public_number if switches.dids == "exclusive" and not queue.archived else None,
        }

    def count_pauses(self, token: str, id: int) -> int:
        row = self._db.execute("SELECT count(*) FROM pauses WHERE tenant = ? AND queue = ?", (token, id)).fetchone()
        return int(row[0])

    def pauses(self, token: str, id: int, limit: int, offset: int) -> list[Any]:
        rows = self._db.execute(
            "SELECT pause FROM pauses WHERE tenant = ? AND queue = ? ORDER BY position LIMIT ? OFFSET ?",
            (token, id, limit, offset),
        )
        return [json.loads(row[0]) for row in rows]

    def _insert(self, token: str, queue: Queue) -> None:
        columns = {"tenant": token, **asdict(queue), **self._held(token, queue)}
        self._db.execute(
            f"INSERT INTO queues ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
            tuple(columns.values()),
        )

    def _next_id(self, token: str) -> int:
        return int(self._db.execute("SELECT next_id FROM tenants WHERE token = ?", (token,)).fetchone()[0])

    def _set_next_id(self, token: str, next_id: int) -> None:
        self._db.execute("UPDATE tenants SET next_id = ? WHERE token = ?", (next_id, token))


def _queue(row: Sequence[Any]) -> Queue:
    return Queue(row[0], row[1], row[2], row[3], row[4], row[5], bool(row[6]), bool(row[7]))
