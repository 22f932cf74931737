# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""What plans consist of: the tenant as it was read, a step for each wanted queue, and problems. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import FIELDS, MAY_BE_HIDDEN, Queue, Wanted


@dataclass(frozen=True)
class Tenant:
    """The queues of a tenant that a plan needs; archived ones are read only if an active one wasn't found."""

    active: tuple[Queue, ...] = ()
    archived: tuple[Queue, ...] = ()

    def find(self, wanted: Wanted) -> list[Queue]:
        """The active queues that match the wanted one: by id if it has one, else by slug, else by the exact name."""
        return self._active.get(wanted.key, [])

    def find_archived(self, wanted: Wanted) -> list[Queue]:
        """The archived queues that match the wanted one."""
        return self._archived.get(wanted.key, [])

    def holding(self, number: str) -> list[Queue]:
        """The active queues that have a number."""
        return self._active.get(("number", number), [])

    @cached_property
    def hides(self) -> frozenset[str]:
        """The fields that reads of this tenant don't show for any queue."""
        return MAY_BE_HIDDEN.intersection(*(queue.hidden() for queue in self.active))

    @cached_property
    def _active(self) -> dict[tuple[str, object], list[Queue]]:
        return _indexed(self.active)

    @cached_property
    def _archived(self) -> dict[tuple[str, object], list[Queue]]:
        return _indexed(self.archived)


def _indexed(queues: Iterable[Queue]) -> dict[tuple[str, object], list[Queue]]:
    index: dict[tuple[str, object], list[Queue]] = defaultdict(list)
    for queue in queues:
        for key in ("id", "slug", "name", "number"):
            index[key, getattr(queue, key)].append(queue)
    return index


class Step(NamedTuple):
    """What to do for one wanted queue.

    action: create, update, archive or none.
    queue: the queue that was found; None if there is none yet.
    fields: what to set when creating or editing the queue.
    unverified: those of the fields that the API accepts but doesn't show.
    needs: the indexes of the plan's steps that have to succeed before this one.
    prefers_after: the indexes of the steps that have to end before this one, successfully or not.
    through: a number that the queue uses temporarily, so that others in its circle can get their numbers.
    """

    wanted: Wanted
    action: str
    queue: Queue | None = None
    fields: Mapping[str, Any] = MappingProxyType({})
    unverified: tuple[str, ...] = ()
    needs: tuple[int, ...] = ()
    prefers_after: tuple[int, ...] = ()
    through: str | None = None

    @property
    def key(self) -> tuple[str, object]:
        """What identifies the queue: the id of the queue that was found, else what the entry gives."""
        return ("id", self.queue.id) if self.queue else self.wanted.key

    def foreseen(self) -> Queue | None:
        """The queue after this step, as far as that can be predicted."""
        if self.action == "archive" and self.queue is not None:
            return self.queue._replace(archived=True)
        if self.action in ("create", "update"):
            known: dict[str, Any] = {
                n: _shown(value) for n, value in self.fields.items() if n in FIELDS and n not in self.unverified
            }
            return self.queue.having(known) if self.queue else Queue.of(slug=self.fields.get("slug"), **known)
        return self.queue

    def gives_up(self, field: str) -> bool:
        """Whether the queue that was found no longer has its number, or its public_number, after this step."""
        return self.queue is not None and (self.action == "archive" or field in self.fields)

    def changes(self) -> list[tuple[str, Any, Any]]:
        """What the step sets: each field with its values before and after, as reads show them."""
        before = self.queue.fields if self.queue else {}
        return [(name, before.get(name), _shown(value)) for name, value in self.fields.items()]

    def diff(self) -> dict[str, dict[str, Any]]:
        """The properties that the task manages, before and after, without what the server chooses (id, slug)."""
        if self.action == "create":
            return {"before": {}, "after": {**self.fields, "archived": False}}
        if self.queue is None:
            return {"before": {}, "after": {}}
        if self.wanted.state == "archived":
            facts = {"slug": self.queue.slug, "name": self.queue.name, "number": self.queue.number}
            return {"before": {**facts, "archived": self.queue.archived}, "after": {**facts, "archived": True}}
        before = {"slug": self.queue.slug}
        before.update({name: self.queue.fields[name] for name in self.wanted.fields})
        after = {**before, **{name: _shown(value) for name, value in self.fields.items()}}
        return {"before": before, "after": after}


def _shown(value: object) -> object:
    """A value as reads show it: a cleared field is null."""
    return None if value == "" else value


class Problem(NamedTuple):
    """A reason why the wanted queues are refused.

    entries: the indexes of the wanted queues concerned; none if it concerns the task as a whole.
    field: the field concerned; None if it concerns the queue as a whole.
    """

    error: EvoluxError
    entries: tuple[int, ...] = ()
    field: str | None = None

    def who(self, wanted: Sequence[Wanted]) -> str:
        """The entries, by index and label; empty if it concerns the task as a whole."""
        return named(self.entries, wanted)


def named(entries: Sequence[int], wanted: Sequence[Wanted]) -> str:
    """Entries of a task by index, and by slug, name or id if they have one; empty for none."""
    if not entries:
        return ""
    labels = [f"{index}{(label := wanted[index].label) and f' ({label})'}" for index in entries]
    return f"{'entries' if len(labels) > 1 else 'entry'} {' and '.join(labels)}"
