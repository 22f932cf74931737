# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Carries a plan out, settles by reading what a lost answer left open, and tells what became of each queue."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from ansible_collections.evolux.contact_center.plugins.module_utils._api import Api
from ansible_collections.evolux.contact_center.plugins.module_utils._conflicts import explain_constraint
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._plan import plan_queues
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import (
    FIELDS,
    MAY_BE_HIDDEN,
    Queue,
    Wanted,
    differing,
    payload,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._read import (
    read_everything,
    read_hidden,
    read_one,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._report import Outcome, foresee
from ansible_collections.evolux.contact_center.plugins.module_utils._steps import Step, Tenant
from ansible_collections.evolux.contact_center.plugins.module_utils._text import in_quotes


def apply(api: Api, steps: Sequence[Step], on_create_only: Collection[str] = (), concurrency: int = 1) -> list[Outcome]:
    """Do what the plan says, as much at once as it allows, and tell what became of each step, in their order.

    Raises nothing: a failure is part of its step's outcome, with what was written before it. It leaves those that
    need it undone; one that stops leaves all that isn't begun undone.

    on_create_only: as in plan_queues. concurrency: how many steps may be under way at once.
    """
    outcomes = [foresee(step) if step.action == "none" else _not_attempted(step) for step in steps]
    owners = _Owners(steps)
    schedule = _Schedule(steps)
    running: dict[Future[Outcome], int] = {}
    with ThreadPoolExecutor(concurrency) as pool:
        while schedule.ready or running:
            while schedule.ready and len(running) < concurrency:
                index = schedule.ready.popleft()
                running[pool.submit(_Run(api, steps[index], on_create_only, owners).outcome)] = index
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                index = running.pop(future)
                outcome = outcomes[index] = future.result()
                if outcome.error and outcome.error.stops:
                    schedule.stop()
                schedule.over(index, done=outcome.error is None)
    return outcomes


class _Schedule:
    """Which steps can be begun, as others are over.

    ready: the indexes of those that can be begun now.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self.ready = deque(
            i for i, step in enumerate(steps) if step.action != "none" and not step.needs + step.prefers_after
        )
        self._missing = [len(step.needs) + len(step.prefers_after) for step in steps]
        self._needing: dict[int, list[int]] = defaultdict(list)
        self._preferring: dict[int, list[int]] = defaultdict(list)
        for index, step in enumerate(steps):
            for giver in step.needs:
                self._needing[giver].append(index)
            for giver in step.prefers_after:
                self._preferring[giver].append(index)
        self._never: set[int] = set()

    def over(self, index: int, *, done: bool) -> None:
        """A step has ended, or will never be begun: then neither will those that need it."""
        ended = [(index, done)]
        while ended:
            giver, done = ended.pop()
            released = list(self._preferring[giver])
            if done:
                released += self._needing[giver]
            else:
                lost = set(self._needing[giver]) - self._never
                self._never |= lost
                ended += [(taker, False) for taker in lost]
            for taker in released:
                self._missing[taker] -= 1
                if not self._missing[taker] and taker not in self._never:
                    self.ready.append(taker)

    def stop(self) -> None:
        """No step is to be begun any more."""
        self.ready.clear()
        self._never.update(range(len(self._missing)))


class _Owners:
    """Whose queue is whose, so that no step takes another's queue for one that somebody else created meanwhile."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = {step.queue.id: step for step in steps if step.queue}

    def claim(self, id: int | None, step: Step) -> bool:
        """Whether the queue with this id is the step's, now if it was nobody's."""
        return self._steps.setdefault(id, step) is step


def shown_as(outcome: Outcome, queue: Queue) -> Outcome:
    """The outcome with its queue as the server shows it after the writes."""
    if outcome.error or not outcome.changed:
        if outcome.queue is not None:
            # A list may show less than the read before it did.
            queue = queue.having({name: outcome.queue.fields[name] for name in queue.hidden()})
        return outcome._replace(queue=queue)
    hidden = queue.hidden()
    ignored = _visibly_differing(outcome.step.fields, queue)
    warning = (
        f"The server accepted the change of {queue} but shows other values than were sent: "
        + ", ".join(
            "{} is {}, not {}".format(name, *in_quotes({"slug": queue.slug, **queue.fields}[name], value))
            for name, value in ignored.items()
        )
        if ignored
        else None
    )
    return outcome._replace(
        queue=queue, unverified=tuple(name for name in outcome.unverified if name in hidden), warning=warning
    )


def read_back(api: Api, outcome: Outcome) -> Outcome:
    """The outcome with its queue as a read by id shows it, where something was written that can be read."""
    if outcome.queue is None or outcome.queue.archived or outcome.error or not outcome.changed:
        return outcome
    try:
        return shown_as(outcome, api.read_queue(outcome.queue.known_id))
    except EvoluxError as error:
        text = f"The queue {outcome.queue} was written, but could not be read back: {error}"
        return outcome._replace(status="failed", error=error.explained(text))


def read_all_back(
    api: Api, outcomes: Sequence[Outcome], concurrency: int = 1
) -> tuple[list[Outcome], tuple[Queue, ...]]:
    """The outcomes with their queues as one list shows them, and the active queues. Raises EvoluxError.

    concurrency: how many reads may be under way at once, where it takes reads of single queues.
    """
    tenant = Tenant(tuple(api.list_queues()))
    sent = {o.queue.id: MAY_BE_HIDDEN & o.step.fields.keys() for o in outcomes if o.queue and o.changed and not o.error}
    # Planning has asked by id already where a field of an existing queue was wanted.
    asked = [o.step.queue.hidden(MAY_BE_HIDDEN & o.step.wanted.fields.keys()) for o in outcomes if o.step.queue]
    never = frozenset().union(*asked)
    unseen = {queue.known_id: queue.hidden(sent.get(queue.id, frozenset()) - never) for queue in tenant.active}
    tenant = read_hidden(api, tenant, {id: names for id, names in unseen.items() if names}, concurrency)
    by_id = {queue.id: queue for queue in tenant.active}
    return [_as_listed(outcome, by_id) for outcome in outcomes], tenant.active


def _as_listed(outcome: Outcome, by_id: Mapping[int | None, Queue]) -> Outcome:
    if outcome.queue is None or outcome.queue.archived:
        return outcome
    if found := by_id.get(outcome.queue.id):
        return shown_as(outcome, found)
    return outcome._replace(warning=f"The queue {outcome.queue} is not among the active queues any more.")


def _not_attempted(step: Step) -> Outcome:
    return Outcome(step, "not_attempted", False, step.queue)


class _Run:
    """One step being carried out; what was written so far is kept for the case that it fails."""

    def __init__(self, api: Api, step: Step, on_create_only: Collection[str], owners: _Owners) -> None:
        self._owners = owners
        self._planned = step
        self._api = api
        self._step = step
        self._on_create_only = on_create_only
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
        except EvoluxError as error:
            return Outcome(self._step, "failed", self._changed, self._queue, error=error)
        return Outcome(self._step, "done", self._changed, self._afterwards(), self._step.unverified)

    def _afterwards(self) -> Queue | None:
        """The queue after the step, as far as that is known without reading it."""
        foreseen = self._step.foreseen()
        return foreseen and self._queue and foreseen._replace(id=self._queue.id, slug=self._queue.slug)

    def _id(self) -> int:
        if self._queue is None:
            raise ValueError("the queue isn't created yet")
        return self._queue.known_id

    def _create(self) -> None:
        """Create the queue, or adopt it where it turns out to exist, and set what create doesn't take."""
        fields = self._step.fields
        now = {name: value for name, value in fields.items() if name not in FIELDS or FIELDS[name].on_create}
        mine = False
        for left in range(self._api.http.retries, -1, -1):
            try:
                id = self._api.create_queue(payload(now))
            except EvoluxError as error:
                again = error.unanswered and left > 0
                in_doubt = error.maybe_done or error.code == "constraint"
                if not (in_doubt or again):
                    raise
                mine = mine or error.maybe_done
                if error.unanswered:
                    # Before a look as well: the server may still be at it.
                    self._api.http.back_off(error, self._api.http.retries - left)
                if not in_doubt:
                    continue
                step = self._settle(error, mine)
                if step is not None:
                    self._adopt(step, mine)
                    return
                if not again:
                    so_far = (
                        "The queue doesn't exist so far; should the server still create it, running again finds it."
                    )
                    raise error.explained(
                        f"{error} {so_far}", cause=f"{error.cause} {so_far}", about=error.about
                    ) from None
            else:
                self._changed = True
                self._owners.claim(id, self._planned)
                foreseen = self._step.foreseen()
                self._queue = foreseen and foreseen._replace(id=id)
                self._finish({name: value for name, value in fields.items() if name not in now})
                return

    def _settle(self, error: EvoluxError, mine: bool) -> Step | None:
        """After a create without a clear answer: what is left to do on the queue, None if there is no such queue.

        mine: whether one of this run's creates may have made it. Raises EvoluxError where the create has failed.
        """
        self._changed = mine
        try:
            tenant = read_everything(self._api)
        except EvoluxError as second:
            unknown = (
                f"Whether the queue exists now could not be read either: {second} Running again finds it if it does."
            )
            raise error.explained(
                f"{error} {unknown}", second, cause=f"{error.cause} {unknown}", about=error.about
            ) from None
        wanted = self._step.wanted
        found = [queue for queue in tenant.find(wanted) if self._owners.claim(queue.id, self._planned)]
        self._changed = mine and bool(found)
        if not found:
            if error.code == "constraint":
                raise self._explained(error, self._step.fields, None, tenant)
            return None
        self._queue = found[0]
        if error.code == "bad_answer":
            raise error
        plan = plan_queues([wanted], tenant, () if mine else self._on_create_only)
        if plan.problems:
            raise plan.refusal()
        return plan.steps[0]

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
            if kept := [name for name in fields if name in self._on_create_only]:
                remedy = (
                    f"run once with {' and '.join(f'update_{name}' for name in kept)} set to always to finish the job"
                )
            raise error.explained(
                f"The queue {self._queue} was created, but its {' and '.join(fields)} could not be set: {error} "
                f"When that is mended, {remedy}.",
                cause=f"The queue was created, but its {' and '.join(fields)} could not be set: {error.cause} "
                f"When that is mended, {remedy}.",
                about=", ".join(filter(None, (str(self._queue), error.about))),
            ) from None

    def _edit(self, fields: Mapping[str, Any]) -> None:
        try:
            self._api.edit_queue(self._id(), payload(fields))
        except EvoluxError as error:
            self._changed = self._changed or (error.maybe_done and self._may_show(fields))
            if error.code != "constraint":
                raise
            try:
                tenant = read_everything(self._api)
            except EvoluxError as second:
                raise error.explained(str(error), second, cause=error.cause, about=error.about) from None
            raise self._explained(error, fields, self._id(), tenant) from None
        self._changed = True

    def _may_show(self, fields: Mapping[str, Any]) -> bool:
        """Whether an edit that got no clear answer has been done, or may have been, as far as reading can tell."""
        try:
            queue = read_one(self._api, self._id())
        except EvoluxError:
            return True
        self._queue = queue or self._queue
        return queue is not None and not _visibly_differing(fields, queue)

    def _archive(self) -> None:
        """Archive the queue. Where that fails and yet it is archived, by a lost request or by somebody, it is done."""
        id = self._id()
        try:
            self._api.archive_queue(id)
        except EvoluxError as error:
            self._changed = error.maybe_done
            if error.code in ("auth", "enabled", "redirect"):
                raise
            try:
                queue = read_one(self._api, id)
            except EvoluxError as second:
                raise error.explained(str(error), second, cause=error.cause, about=error.about) from None
            done = queue is not None and queue.archived
            self._changed = error.maybe_done and done
            self._queue = queue or self._queue
            if not done or error.code == "bad_answer":
                raise
            if not self._changed:
                self._step = self._step._replace(action="none", queue=queue)
        else:
            self._changed = True

    def _explained(self, error: EvoluxError, fields: Mapping[str, Any], id: int | None, tenant: Tenant) -> EvoluxError:
        """The broken constraint's error, saying which constraint it was."""
        asked = f"Creating the queue '{fields['name']}'" if id is None else f"Editing the queue {self._queue}"
        reason = explain_constraint(fields, id, tenant)
        return error.explained(
            f"{asked} failed: the server answered HTTP {error.status} ({error.message}), because {reason.text}.",
            cause=reason.cause,
            about=reason.about,
        )


def _visibly_differing(fields: Mapping[str, Any], queue: Queue) -> dict[str, Any]:
    """Those of the fields that reads show with another value."""
    wanted, hidden = Wanted.of(**fields), queue.hidden()
    other = {name: value for name, value in differing(wanted, queue).items() if name not in hidden}
    return other | ({"slug": wanted.slug} if wanted.slug not in (None, queue.slug) else {})
