# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""What has to be done so that a tenant has the wanted queue. Pure: no I/O, no clock."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

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

    def shows_max_wait_time(self) -> bool:
        """Whether this tenant's reads show how long a caller waits."""
        return any(queue.max_wait_time != NOT_SHOWN for queue in self.active)


@dataclass(frozen=True)
class Step:
    """What is to be done for one wanted queue.

    action: create, update, archive or none.
    queue: the queue that was found, None where there is none yet.
    fields: what create or edit is to set.
    unverified: those of them that the API takes but doesn't show.
    """

    wanted: Wanted
    action: str
    queue: Queue | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    unverified: tuple[str, ...] = ()

    def foreseen(self) -> Queue | None:
        """The queue as it is after this step, as far as that is known before."""
        if self.action == "archive" and self.queue is not None:
            return replace(self.queue, archived=True)
        if self.action in ("create", "update"):
            new = Queue(id=None, slug=None, name="", number=None)
            values: dict[str, Any] = {n: _shown(v) for n, v in self.fields.items() if n not in self.unverified}
            return replace(self.queue or new, **values)
        return self.queue

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


def find(wanted: Wanted, queues: Iterable[Queue]) -> list[Queue]:
    """The queues that are the wanted one: by id if it has one, else by slug, else by its exact name."""
    key = "id" if wanted.id is not None else "slug" if wanted.slug is not None else "name"
    return [queue for queue in queues if getattr(queue, key) == getattr(wanted, key)]


def plan_queue(wanted: Wanted, tenant: Tenant, update_max_wait_time: str) -> Step:
    """The step that brings a tenant to the wanted queue.

    update_max_wait_time: always or on_create; whether a value that reads don't show is sent to an existing queue.
    Raises EvoluxError where the task has to be refused: invalid, not_found, archived or conflict.
    """
    if wanted.state == "present" and wanted.max_wait_time is not None and wanted.max_wait_time < 0:
        raise EvoluxError("invalid", f"max_wait_time is {wanted.max_wait_time}; give 0 or more seconds.")
    active, archived = find(wanted, tenant.active), find(wanted, tenant.archived)
    if len(active) > 1:
        raise EvoluxError(
            "conflict",
            f"Several active queues have the name '{wanted.name}': {', '.join(map(str, active))}; "
            "say which one by id or slug.",
        )
    for queue in (active or archived)[:1]:
        if wanted.id is not None and wanted.slug is not None and wanted.slug != queue.slug:
            raise EvoluxError(
                "conflict",
                f"The queue with id {wanted.id} has the slug '{queue.slug}', not '{wanted.slug}'; "
                "a slug can't be changed, so correct or leave out one of the two.",
            )
    if wanted.state == "archived":
        if active:
            return Step(wanted, "archive", active[0])
        return Step(wanted, "none", archived[0] if archived else None)
    if active:
        return _plan_update(wanted, active[0], tenant, update_max_wait_time)
    return _plan_create(wanted, archived, tenant)


def _plan_update(wanted: Wanted, queue: Queue, tenant: Tenant, update_max_wait_time: str) -> Step:
    fields = differing(wanted, queue)
    hidden = tuple(name for name in fields if getattr(queue, name) == NOT_SHOWN)
    if update_max_wait_time == "on_create":
        for name in hidden:
            del fields[name]
        hidden = ()
    if "number" in fields:
        _refuse_taken_number(wanted, queue, tenant)
    return Step(wanted, "update" if fields else "none", queue, fields, hidden)


def _plan_create(wanted: Wanted, archived: list[Queue], tenant: Tenant) -> Step:
    if archived:
        raise EvoluxError(
            "archived",
            f"The {wanted} is archived, as {' and '.join(map(str, archived))}, and the API can't restore it; "
            "restore it in Evolux, or choose another slug.",
        )
    if wanted.id is not None:
        raise EvoluxError(
            "not_found",
            f"There is no {wanted}, and ids are the server's to choose; correct the id, "
            "or leave it out to create a queue by slug or name.",
        )
    if missing := [name for name in ("name", "number") if not getattr(wanted, name)]:
        raise EvoluxError(
            "invalid",
            f"There is no {wanted}, and creating it needs a name and a number; give {' and '.join(missing)} too.",
        )
    _refuse_taken_number(wanted, None, tenant)
    fields = {"slug": wanted.slug} if wanted.slug is not None else {}
    # An empty public_number says "none", which is what a new queue has.
    fields.update({name: value for name, value in wanted.fields().items() if value != ""})
    later = tuple(name for name in fields if name in FIELDS and not FIELDS[name].on_create)
    return Step(wanted, "create", None, fields, () if tenant.shows_max_wait_time() else later)


def _refuse_taken_number(wanted: Wanted, queue: Queue | None, tenant: Tenant) -> None:
    for other in tenant.active:
        if other.number == wanted.number and (queue is None or other.id != queue.id):
            raise EvoluxError(
                "conflict",
                f"The number {wanted.number} wanted for the {wanted} already belongs to the active queue {other}; "
                "choose another number, or give that queue another one first.",
            )


def explain_constraint(fields: Mapping[str, Any], id: int | None, tenant: Tenant) -> str:
    """Which constraint a write broke, in words, from the whole tenant, archived queues included; the API doesn't say.

    fields: what was sent; id: of the queue that was edited, None for a create.
    """
    found = []
    others = [queue for queue in (*tenant.active, *tenant.archived) if queue.id != id]
    if id is None:
        slug = fields.get("slug") or _likely_slug(fields["name"])
        whence = "" if "slug" in fields else ", which Evolux would make of the name,"
        found += [
            f"the slug '{slug}'{whence} already belongs to the {queue.state} queue {queue}: choose another slug"
            + (", or restore that queue in Evolux" if queue.archived else "")
            for queue in others
            if queue.slug == slug
        ]
    found += [
        f"the number {queue.number} already belongs to the active queue {queue}: choose another number"
        for queue in others
        if not queue.archived and queue.number == fields.get("number")
    ]
    did = fields.get("public_number")
    if did and not found:
        holders = [f", and it belongs to the queue {queue}" for queue in others if queue.public_number == did]
        if holders:
            found.append(f"the DID {did} can't be given to this queue{holders[0]}: choose another public_number")
        else:
            found.append(f"the DID {did} does not exist in this tenant: create it in Evolux, or correct public_number")
    return "; ".join(found) or (
        "neither the slug, the number nor public_number explains it: look at the queue's values in Evolux"
    )


def _likely_slug(name: str) -> str:
    """The slug that the page describes: lowercase, no special characters, underscores for spaces."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"\s+", "_", re.sub(r"[^a-z0-9_\s]", "", plain).strip())
