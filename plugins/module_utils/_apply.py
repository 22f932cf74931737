# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Carries a plan out, settles by reading what a lost answer left open, and tells what became of the queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.evolux.contact_center.plugins.module_utils._client import Client
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._lookup import look_at_all, read_one
from ansible_collections.evolux.contact_center.plugins.module_utils._plan import (
    Step,
    Tenant,
    explain_constraint,
    find,
    plan_queue,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import (
    FIELDS,
    NOT_SHOWN,
    Queue,
    Wanted,
    differing,
    payload,
)


@dataclass(frozen=True)
class Outcome:
    """What became of one wanted queue.

    step: what was done in the end; another run's work may have made it less than what was planned.
    changed: whether anything was written, or may have been.
    queue: as it is now, as far as that is known.
    unverified: the fields that were sent and that reads don't show.
    warning: what the user should know though nothing failed.
    """

    step: Step
    changed: bool
    queue: Queue | None
    unverified: tuple[str, ...] = ()
    warning: str | None = None
    error: EvoluxError | None = None


def foresee(step: Step) -> Outcome:
    """The outcome that check mode shows."""
    return Outcome(step, step.action != "none", step.foreseen(), step.unverified)


def apply(client: Client, step: Step, update_max_wait_time: str) -> Outcome:
    """Do what the plan says. Raises nothing: a failure is part of the outcome, with what was written before it."""
    if step.action == "none":
        return foresee(step)
    return _Run(client, step, update_max_wait_time).outcome()


class _Run:
    """One step being carried out; what was written so far is kept for the case that it fails."""

    def __init__(self, client: Client, step: Step, update_max_wait_time: str) -> None:
        self._client = client
        self._step = step
        self._update_max_wait_time = update_max_wait_time
        self._queue = step.queue
        self._changed = False

    def outcome(self) -> Outcome:
        """Carry the step out."""
        try:
            if self._step.action == "create":
                self._create()
            elif self._step.action == "update":
                self._edit(self._step.fields)
            else:
                self._archive()
            return self._read_back()
        except EvoluxError as error:
            return Outcome(self._step, self._changed, self._queue, error=error)

    def _id(self) -> int:
        if self._queue is None:
            raise ValueError("the queue isn't created yet")
        return self._queue.known_id

    def _create(self) -> None:
        """Create the queue, or adopt it where it turns out to exist, and set what create doesn't take."""
        fields = self._step.fields
        now = {name: value for name, value in fields.items() if name not in FIELDS or FIELDS[name].on_create}
        mine = False
        for left in range(self._client.retries, -1, -1):
            try:
                id = self._client.create_queue(payload(now))
            except EvoluxError as error:
                if not (error.maybe_done or error.code == "constraint"):
                    raise
                mine = mine or error.maybe_done
                again = error.unanswered and left > 0
                if error.unanswered:
                    # Before a look as well: the server may still be at it.
                    self._client.pause(error, self._client.retries - left)
                step = self._settle(error, mine)
                if step is not None:
                    self._adopt(step, mine)
                    return
                if not again:
                    raise error.explained(
                        f"{error} The queue does not exist so far; should the server still create it, running again "
                        "finds it."
                    ) from None
            else:
                self._changed = True
                foreseen = self._step.foreseen()
                self._queue = foreseen and replace(foreseen, id=id)
                self._finish({name: value for name, value in fields.items() if name not in now})
                return

    def _settle(self, error: EvoluxError, mine: bool) -> Step | None:
        """After a create without a clear answer: what is left to do on the queue, None if there is no such queue.

        mine: whether one of this run's creates may have made it. Raises EvoluxError where the create has failed.
        """
        self._changed = mine
        try:
            tenant = look_at_all(self._client)
        except EvoluxError as second:
            raise error.explained(
                f"{error} Whether the queue exists now could not be read either: {second} "
                "Running again finds it if it does."
            ) from None
        wanted = self._step.wanted
        found = find(wanted, tenant.active)
        self._changed = mine and bool(found)
        if not found:
            if error.code == "constraint":
                raise self._explained(error, self._step.fields, None, tenant)
            return None
        self._queue = found[0]
        if error.code == "bad_answer":
            raise error
        return plan_queue(wanted, tenant, "always" if mine else self._update_max_wait_time)

    def _adopt(self, step: Step, mine: bool) -> None:
        """Go on with a queue that was found to exist."""
        if mine:
            self._finish(step.fields)
            return
        self._step = step
        if step.fields:
            self._edit(step.fields)

    def _finish(self, fields: Mapping[str, Any]) -> None:
        """Set the rest of the fields of a queue that this run created."""
        if not fields:
            return
        try:
            self._edit(fields)
        except EvoluxError as error:
            self._changed = True
            remedy = "running again finishes the job"
            if self._update_max_wait_time == "on_create":
                remedy = "run once with update_max_wait_time set to always to finish the job"
            raise error.explained(
                f"The queue {self._queue} was created, but its {' and '.join(fields)} could not be set: {error} "
                f"When that is mended, {remedy}."
            ) from None

    def _edit(self, fields: Mapping[str, Any]) -> None:
        try:
            self._client.edit_queue(self._id(), payload(fields))
        except EvoluxError as error:
            self._changed = self._changed or (error.maybe_done and self._may_show(fields))
            if error.code != "constraint":
                raise
            try:
                tenant = look_at_all(self._client)
            except EvoluxError:
                raise error from None
            raise self._explained(error, fields, self._id(), tenant) from None
        self._changed = True

    def _may_show(self, fields: Mapping[str, Any]) -> bool:
        """Whether an edit that got no clear answer has been done, or may have been, as far as reading can tell."""
        try:
            queue = read_one(self._client, self._id())
        except EvoluxError:
            return True
        self._queue = queue or self._queue
        return queue is not None and not _visibly_differing(fields, queue)

    def _archive(self) -> None:
        """Archive the queue. Where that fails and yet it is archived, by a lost request or by somebody, it is done."""
        id = self._id()
        try:
            self._client.archive_queue(id)
        except EvoluxError as error:
            self._changed = error.maybe_done
            if error.code in ("auth", "enabled", "redirect"):
                raise
            try:
                queue = read_one(self._client, id)
            except EvoluxError:
                raise error from None
            done = queue is not None and queue.archived
            self._changed = error.maybe_done and done
            self._queue = queue or self._queue
            if not done or error.code == "bad_answer":
                raise
            if not self._changed:
                self._step = replace(self._step, action="none", queue=queue)
        else:
            self._changed = True

    def _explained(self, error: EvoluxError, fields: Mapping[str, Any], id: int | None, tenant: Tenant) -> EvoluxError:
        """The broken constraint's error, saying which constraint it was."""
        asked = f"Creating the queue '{fields['name']}'" if id is None else f"Editing the queue {self._queue}"
        return error.explained(
            f"{asked} failed: the server answered HTTP {error.status} ({error.message}), "
            f"because {explain_constraint(fields, id, tenant)}."
        )

    def _read_back(self) -> Outcome:
        """The outcome with the queue as the server shows it after the writes."""
        queue = self._queue
        if self._step.action == "archive":
            return Outcome(self._step, self._changed, self._step.foreseen())
        if not self._changed:
            return Outcome(self._step, False, queue)
        try:
            queue = self._queue = self._client.read_queue(self._id())
        except EvoluxError as error:
            raise error.explained(f"The queue {self._queue} was written, but could not be read back: {error}") from None
        hidden = tuple(name for name in self._step.fields if getattr(queue, name) == NOT_SHOWN)
        ignored = _visibly_differing(self._step.fields, queue)
        warning = (
            f"The server accepted the change of {queue} but shows other values than were sent: "
            + ", ".join(f"{name} is '{getattr(queue, name)}', not '{value}'" for name, value in ignored.items())
            if ignored
            else None
        )
        return Outcome(self._step, True, queue, hidden, warning)


def _visibly_differing(fields: Mapping[str, Any], queue: Queue) -> dict[str, Any]:
    """Those of the fields that reads show with another value."""
    wanted = Wanted(**{name: value for name, value in fields.items() if name in FIELDS})
    return {name: value for name, value in differing(wanted, queue).items() if getattr(queue, name) != NOT_SHOWN}
