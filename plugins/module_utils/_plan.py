# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""What has to be done so that a tenant has the wanted queues. Pure: no I/O, no clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import (
    FIELDS,
    NOT_SHOWN,
    Queue,
    Wanted,
    differing,
)


@dataclass(frozen=True)
class Tenant:
    """The queues of a tenant as far as a plan needs them; archived ones only where no active one was found."""

    active: tuple[Queue, ...] = ()
    archived: tuple[Queue, ...] = ()

    def find(self, wanted: Wanted) -> list[Queue]:
        """The active queues that are the wanted one: by id if it has one, else by slug, else by its exact name."""
        return self._active.get(wanted.key, [])

    def find_archived(self, wanted: Wanted) -> list[Queue]:
        """The archived queues that are the wanted one."""
        return self._archived.get(wanted.key, [])

    def holding(self, number: str) -> list[Queue]:
        """The active queues that have a number."""
        return self._active.get(("number", number), [])

    @cached_property
    def shows_max_wait_time(self) -> bool:
        """Whether this tenant's reads show how long a caller waits."""
        return any(queue.max_wait_time != NOT_SHOWN for queue in self.active)

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
    """What is to be done for one wanted queue.

    action: create, update, archive or none.
    queue: the queue that was found, None where there is none yet.
    fields: what create or edit is to set.
    unverified: those of them that the API takes but doesn't show.
    after: the indexes of the plan's steps that have to be done before this one.
    behind: the indexes of those that have to be over, done or not.
    """

    wanted: Wanted
    action: str
    queue: Queue | None = None
    fields: Mapping[str, Any] = MappingProxyType({})
    unverified: tuple[str, ...] = ()
    after: tuple[int, ...] = ()
    behind: tuple[int, ...] = ()

    @property
    def key(self) -> tuple[str, object]:
        """Which queue this is: by the id of the one that was found, else by what the entry says."""
        return ("id", self.queue.id) if self.queue else self.wanted.key

    def foreseen(self) -> Queue | None:
        """The queue as it is after this step, as far as that is known before."""
        if self.action == "archive" and self.queue is not None:
            return self.queue._replace(archived=True)
        if self.action in ("create", "update"):
            new = Queue(id=None, slug=None, name="", number=None)
            values: dict[str, Any] = {n: _shown(v) for n, v in self.fields.items() if n not in self.unverified}
            return (self.queue or new)._replace(**values)
        return self.queue

    def gives_up(self, field: str) -> bool:
        """Whether the queue that was found no longer has its number, or its public_number, after this step."""
        return self.queue is not None and (self.action == "archive" or field in self.fields)

    def diff(self) -> dict[str, dict[str, Any]]:
        """The facts that the task manages, before and after. The server's choices (id, slug) aren't among them."""
        if self.action == "create":
            return {"before": {}, "after": {**self.fields, "archived": False}}
        if self.queue is None:
            return {"before": {}, "after": {}}
        if self.wanted.state == "archived":
            facts = {"slug": self.queue.slug, "name": self.queue.name, "number": self.queue.number}
            return {"before": {**facts, "archived": self.queue.archived}, "after": {**facts, "archived": True}}
        before = {"slug": self.queue.slug}
        before.update({name: getattr(self.queue, name) for name in self.wanted.fields()})
        after = {**before, **{name: _shown(value) for name, value in self.fields.items()}}
        return {"before": before, "after": after}


def _shown(value: object) -> object:
    """A value as reads show it: an emptied field is null."""
    return None if value == "" else value


class Problem(NamedTuple):
    """Why the wanted queues can't be had.

    entries: the indexes of the wanted queues that it is about, none where it is about the task as a whole.
    """

    error: EvoluxError
    entries: tuple[int, ...] = ()

    def where(self, wanted: Sequence[Wanted]) -> str:
        """The entries by index, as the beginning of a sentence."""
        names = " and ".join(f"{index} ({wanted[index]})" for index in self.entries) if wanted else ""
        return f"{'Entries' if len(self.entries) > 1 else 'Entry'} {names}: " if names else ""


class Plan(NamedTuple):
    """The steps, one for each wanted queue in their order and then one for each unlisted queue, or all the problems."""

    steps: tuple[Step, ...] = ()
    problems: tuple[Problem, ...] = ()

    def refusal(self, wanted: Sequence[Wanted] = ()) -> EvoluxError:
        """All problems as one error that says how to mend them; its code is the first one's.

        wanted: where given, each problem names its entries by index.
        """
        texts = [f"{problem.where(wanted)}{problem.error}" for problem in self.problems]
        return EvoluxError(self.problems[0].error.code, " ".join(texts))

    def afterwards(self, tenant: Tenant) -> list[Queue]:
        """The tenant's active queues as they are after all steps, as far as that is known before."""
        gone = {step.queue.id for step in self.steps if step.queue and step.action != "none"}
        foreseen = [step.foreseen() for step in self.steps if step.action in ("create", "update")]
        return [queue for queue in tenant.active if queue.id not in gone] + [queue for queue in foreseen if queue]


def plan_queues(
    wanted: Sequence[Wanted],
    tenant: Tenant,
    update_max_wait_time: str,
    *,
    archive_unlisted: bool = False,
    archive_unlisted_limit: int = 0,
) -> Plan:
    """The steps that bring a tenant to the wanted queues, in an order that keeps every number with one queue.

    update_max_wait_time: always or on_create; whether a value that reads don't show is sent to an existing queue.
    archive_unlisted: whether active queues that aren't wanted are archived, archive_unlisted_limit of them at most.
    The problems' codes are invalid, not_found, archived and conflict.
    """
    problems = [Problem(error, (index,)) for index, entry in enumerate(wanted) for error in _refusals(entry, tenant)]
    steps = [_step(entry, tenant, update_max_wait_time) for entry in wanted]
    problems += _same_queue(steps)
    if archive_unlisted:
        listed = {queue.id for entry in wanted for queue in tenant.find(entry)}
        unlisted = [queue for queue in tenant.active if queue.id not in listed]
        if len(unlisted) > archive_unlisted_limit:
            problems.append(Problem(_too_many(unlisted, archive_unlisted_limit)))
        steps += [Step(Wanted(id=queue.id, slug=queue.slug, state="archived"), "archive", queue) for queue in unlisted]
    if any(step.fields for step in steps):
        # Most runs change nothing, and starting them is to be fast.
        from ansible_collections.evolux.contact_center.plugins.module_utils._order import in_order

        steps, conflicts = in_order(steps, tenant)
        problems += conflicts
    if problems:
        return Plan(problems=tuple(sorted(problems, key=lambda problem: problem.entries or (len(wanted),))))
    return Plan(tuple(steps))


# ---- one entry ----


def _refusals(wanted: Wanted, tenant: Tenant) -> Iterator[EvoluxError]:
    """Why this queue can't be had, whatever the others are."""
    active, archived = tenant.find(wanted), tenant.find_archived(wanted)
    shown = active[0].max_wait_time if active else None
    if wanted.state == "present" and (wanted.max_wait_time or 0) < 0 and wanted.max_wait_time != shown:
        yield EvoluxError("invalid", f"max_wait_time is {wanted.max_wait_time}; give 0 or more seconds.")
    if wanted.id is None and not wanted.slug and not wanted.name:
        yield EvoluxError("invalid", "Nothing says which queue this is; give its id, slug or name.")
        return
    if len(active) > 1:
        yield EvoluxError(
            "conflict",
            f"Several active queues have the name '{wanted.name}': {', '.join(map(str, active))}; "
            "say which one by id or slug.",
        )
    elif wanted.id is not None and wanted.slug is not None and any(q.slug != wanted.slug for q in active or archived):
        yield EvoluxError(
            "conflict",
            f"The queue with id {wanted.id} has the slug '{(active or archived)[0].slug}', not '{wanted.slug}'; "
            "a slug can't be changed, so correct or leave out one of the two.",
        )
    elif wanted.state == "archived" or active:
        return
    elif archived:
        yield EvoluxError(
            "archived",
            f"The {wanted} is archived, as {' and '.join(map(str, archived))}, and the API can't restore it; "
            "restore it in Evolux, or choose another slug.",
        )
    elif wanted.id is not None:
        yield EvoluxError(
            "not_found",
            f"There is no {wanted}, and ids are the server's to choose; correct the id, "
            "or leave it out to create a queue by slug or name.",
        )
    elif missing := [name for name in ("name", "number") if not getattr(wanted, name)]:
        yield EvoluxError(
            "invalid",
            f"There is no {wanted}, and creating it needs a name and a number; give {' and '.join(missing)} too.",
        )


def _step(wanted: Wanted, tenant: Tenant, update_max_wait_time: str) -> Step:
    """What is to be done for one queue, if nothing speaks against it."""
    active, archived = tenant.find(wanted), tenant.find_archived(wanted)
    if len(active) > 1:
        return Step(wanted, "none")
    if wanted.state == "archived":
        return Step(wanted, "archive", active[0]) if active else Step(wanted, "none", archived[0] if archived else None)
    if not active:
        fields = {"slug": wanted.slug} if wanted.slug is not None else {}
        # An empty public_number says "none", which is what a new queue has.
        fields.update({name: value for name, value in wanted.fields().items() if value != ""})
        later = tuple(name for name in fields if name in FIELDS and not FIELDS[name].on_create)
        return Step(wanted, "create", None, fields, () if tenant.shows_max_wait_time else later)
    fields = differing(wanted, active[0])
    hidden = tuple(name for name in fields if getattr(active[0], name) == NOT_SHOWN)
    if update_max_wait_time == "on_create":
        fields = {name: value for name, value in fields.items() if name not in hidden}
        hidden = ()
    return Step(wanted, "update" if fields else "none", active[0], fields, hidden)


def _same_queue(steps: Sequence[Step]) -> Iterator[Problem]:
    entries: dict[tuple[str, object], list[int]] = defaultdict(list)
    for index, step in enumerate(steps):
        entries[step.key].append(index)
    for key, indexes in entries.items():
        if len(indexes) > 1 and key != ("name", None):
            queue = steps[indexes[0]].queue or f"with the {key[0]} '{key[1]}'"
            text = f"They name the same queue, {queue}; leave only one of them."
            yield Problem(EvoluxError("conflict", text), tuple(indexes))


def _too_many(unlisted: Sequence[Queue], limit: int) -> EvoluxError:
    return EvoluxError(
        "invalid",
        f"archive_unlisted would archive {len(unlisted)} queues, and archive_unlisted_limit allows {limit}: "
        f"{', '.join(map(str, unlisted))}; list those that are to stay, or raise the limit.",
    )
