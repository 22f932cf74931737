# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Applies a plan, checks by reading what happened if an answer got lost, and reports each queue's outcome."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Final, TypeVar

from ansible_collections.evolux.contact_center.plugins.module_utils._api import Api
from ansible_collections.evolux.contact_center.plugins.module_utils._conflicts import explain_constraint
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError, broken, interrupted
from ansible_collections.evolux.contact_center.plugins.module_utils._http import Tries
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
    is_absence,
    is_archived,
    read_everything,
    read_hidden,
    read_one,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._report import Outcome, foresee
from ansible_collections.evolux.contact_center.plugins.module_utils._steps import Step, Tenant
from ansible_collections.evolux.contact_center.plugins.module_utils._text import in_quotes
from ansible_collections.evolux.contact_center.plugins.module_utils._threads import Crew

_T = TypeVar("_T")
GRACE: Final = 0.2  # seconds to wait for answers when the task is interrupted

# Answers that don't show whether the server understood the write: a queue that looks right may do so by chance.
_UNCLEAR: Final = ("bad_answer", "redirect")


def apply(
    api: Api,
    steps: Sequence[Step],
    on_create_only: Collection[str] = (),
    concurrency: int = 1,
    detours: Sequence[Step] = (),
) -> list[Outcome]:
    """Apply the plan with as much concurrency as it allows, and return the outcome of each step, in order.

    Doesn't raise errors: a failure is part of its step's outcome, with what was written before it. Steps that need a
    failed one aren't attempted; after an error that stops the task, no further step is.

    on_create_only: as in plan_queues. concurrency: how many steps may run at once. detours: as in a Plan.
    """
    outcomes = _apply(api, [*steps, *detours], on_create_only, concurrency)
    index_of = {step.key: index for index, step in enumerate(steps) if step.through}
    for detour in outcomes[len(steps) :]:
        index = index_of[detour.step.key]
        outcomes[index] = _with_detour(outcomes[index], detour)
    return outcomes[: len(steps)]


def _with_detour(outcome: Outcome, detour: Outcome) -> Outcome:
    """The outcome of a queue that uses a spare number temporarily."""
    if detour.error:
        return outcome._replace(status="failed", changed=detour.changed, queue=detour.queue, error=detour.error)
    if not detour.changed:
        return outcome
    if outcome.status != "not_attempted":
        return outcome._replace(changed=True)
    step, queue = outcome.step, detour.queue
    cause = "The queue has the spare number for now because its own isn't free yet; run again once the others are done."
    about = f"{queue}: number {step.through} instead of {step.fields['number']}"
    error = EvoluxError("conflict", f"{about}. {cause}", cause=cause, about=about)
    return outcome._replace(status="failed", changed=True, queue=queue, error=error)


def _apply(api: Api, steps: Sequence[Step], on_create_only: Collection[str], concurrency: int) -> list[Outcome]:
    outcomes = [foresee(step) if step.action == "none" else _not_attempted(step) for step in steps]
    owners = _Owners(steps)
    schedule = _Schedule(steps)
    crew: Crew[int, Outcome] = Crew(api.http.threads, concurrency)

    def tell(ended: Iterable[tuple[int, Future[Outcome]]]) -> None:
        for index, future in ended:
            outcome = outcomes[index] = future.result()
            if outcome.error and outcome.error.stops:
                schedule.stop()
            schedule.over(index, done=outcome.error is None)

    try:
        while schedule.ready or crew.is_busy:
            while schedule.ready:
                index = schedule.ready[0]
                if not crew.take(index, _Run(api, steps[index], on_create_only, owners).outcome):
                    break
                schedule.ready.popleft()
            tell(crew.ended())
    except KeyboardInterrupt:
        api.http.stop()
        # Answers on their way may still arrive. After that, stop waiting for others.
        tell(crew.ended_within(GRACE))
        api.http.give_up()
        tell(crew.ended_within(GRACE))
        for index in crew.leave():
            outcomes[index] = Outcome(steps[index], "failed", True, steps[index].queue, error=interrupted())
    return outcomes


class _Schedule:
    """Which steps can start, as others end.

    ready: the indexes of the steps that can start now.
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
        """Record that a step has ended. If it failed, steps that need it never start."""
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
        """Let no more steps start."""
        self.ready.clear()
        self._never.update(range(len(self._missing)))


class _Owners:
    """Which queue belongs to which step, so that no step adopts a queue of another step."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = {step.queue.id: step for step in steps if step.queue}

    def claim(self, id: int | None, step: Step) -> bool:
        """Whether the queue with this id belongs to the step. A queue without an owner does from now on."""
        return self._steps.setdefault(id, step) is step


def read_back(api: Api, outcome: Outcome) -> Outcome:
    """The outcome with its queue as a read by id shows it, if something was written."""
    queue = outcome.queue
    if queue is None or outcome.error or not outcome.changed:
        return outcome

    def read() -> dict[int | None, Queue]:
        try:
            return {queue.id: api.read_queue(queue.known_id)}
        except EvoluxError as error:
            if is_archived(error) or is_absence(error):
                return {}
            raise

    try:
        return _as_read(api, [outcome], read)[0][0]
    except EvoluxError as error:
        text = f"The queue {queue} was {outcome.step.action}d, but it couldn't be read back: {error}"
        return outcome._replace(status="failed", error=error.explained(text))


def read_all_back(api: Api, outcomes: Sequence[Outcome], concurrency: int) -> tuple[list[Outcome], tuple[Queue, ...]]:
    """The outcomes with their queues as one list shows them, and the active queues. Raises EvoluxError.

    concurrency: how many reads may run at once if single queues have to be read.
    """
    sent = {o.queue.id: MAY_BE_HIDDEN & o.step.fields.keys() for o in outcomes if o.queue and o.changed and not o.error}
    # Planning has already read existing queues by id if one of these fields was wanted.
    asked = [o.step.queue.hidden(MAY_BE_HIDDEN & o.step.wanted.fields.keys()) for o in outcomes if o.step.queue]
    never = frozenset().union(*asked)

    def read() -> dict[int | None, Queue]:
        tenant = Tenant(tuple(api.list_queues()))
        unseen = {queue.known_id: queue.hidden(sent.get(queue.id, frozenset()) - never) for queue in tenant.active}
        tenant = read_hidden(api, tenant, {id: names for id, names in unseen.items() if names}, concurrency)
        return {queue.id: queue for queue in tenant.active}

    outcomes, active = _as_read(api, outcomes, read)
    return outcomes, tuple(active.values())


def _as_read(
    api: Api, outcomes: Sequence[Outcome], read: Callable[[], dict[int | None, Queue]]
) -> tuple[list[Outcome], dict[int | None, Queue]]:
    """The outcomes as reads show them, and the last read. Reads may lag behind writes, so it may read several times.

    read: reads the active queues, by id.
    """
    active = read()
    for attempt in range(api.http.retries):
        if not any(_unseen(outcome, active) for outcome in outcomes):
            break
        api.http.back_off(attempt)
        active = read()
    return [_as_shown(outcome, active) for outcome in outcomes], active


def _unseen(outcome: Outcome, active: Mapping[int | None, Queue]) -> list[str]:
    """What was written but isn't visible yet: "created", "archived", or the fields with the old value."""
    step = outcome.step
    if outcome.queue is None or outcome.error or not outcome.changed:
        return []
    queue = active.get(outcome.queue.id)
    if step.action == "archive":
        return ["archived"] if queue else []
    if queue is None:
        return ["created"] if step.action == "create" else []
    before: Mapping[str, Any] = step.queue.fields if step.queue else {}
    return [name for name in _visibly_differing(step.fields, queue) if queue.fields.get(name, "") == before.get(name)]


def _as_shown(outcome: Outcome, active: Mapping[int | None, Queue]) -> Outcome:
    if outcome.queue is None:
        return outcome
    queue = active.get(outcome.queue.id)
    if unseen := _unseen(outcome, active):
        return _ignored(outcome, queue or outcome.queue, unseen)
    if outcome.queue.archived:
        return outcome
    if queue:
        return shown_as(outcome, queue)
    return outcome._replace(warning=f"The queue {outcome.queue} is no longer among the active queues.")


def _ignored(outcome: Outcome, queue: Queue, unseen: Sequence[str]) -> Outcome:
    """The failure of a step that the server accepted although reads don't show it."""
    step, advice = outcome.step, "check it in Evolux, and run again"
    if unseen == ["created"]:
        cause = f"The server accepted the new queue but doesn't show it; {advice}, which finds the queue if it exists."
        code, changed, about = "not_found", True, str(queue)
    elif unseen == ["archived"]:
        cause = f"The server accepted the request to archive the queue but still shows it as active; {advice}."
        code, changed, about = "ignored", False, str(queue)
    else:
        done = "The queue was created. The server" if step.action == "create" else "The server"
        cause = f"{done} accepted the change but still shows the old value; {advice}."
        about = f"{queue}: " + ", ".join(
            "{} is {}, not {}".format(name, *in_quotes(queue.fields[name], step.fields[name])) for name in unseen
        )
        # Fields that reads don't show can't be checked, and the API has no partial edits.
        code = "ignored"
        changed = step.action == "create" or bool(step.fields.keys() - set(unseen) - queue.hidden())
    error = EvoluxError(code, f"{about}. {cause}", cause=cause, about=about)
    return outcome._replace(status="failed", changed=changed, queue=queue, unverified=(), error=error)


def shown_as(outcome: Outcome, queue: Queue) -> Outcome:
    """The outcome with its queue as the server shows it after all writes."""
    if outcome.error or not outcome.changed:
        if outcome.queue is not None:
            # A list may show less than the earlier read.
            queue = queue.having({name: outcome.queue.fields[name] for name in queue.hidden()})
        return outcome._replace(queue=queue)
    hidden = queue.hidden()
    other = _visibly_differing(outcome.step.fields, queue)
    warning = (
        f"The server accepted the change to the queue {queue} but shows different values: "
        + ", ".join(
            "{} is {}, not {}".format(name, *in_quotes({"slug": queue.slug, **queue.fields}[name], value))
            for name, value in other.items()
        )
        if other
        else None
    )
    return outcome._replace(
        queue=queue, unverified=tuple(name for name in outcome.unverified if name in hidden), warning=warning
    )


def _not_attempted(step: Step) -> Outcome:
    return Outcome(step, "not_attempted", False, step.queue)


class _Run:
    """Applies one step, and keeps track of what was written in case it fails."""

    def __init__(self, api: Api, step: Step, on_create_only: Collection[str], owners: _Owners) -> None:
        self._owners = owners
        self._planned = step
        self._api = api
        self._step = step
        self._on_create_only = on_create_only
        self._queue = step.queue
        self._changed = self._is_writing = False

    def outcome(self) -> Outcome:
        """Apply the step."""
        try:
            if self._step.action == "create":
                self._create()
            elif self._step.action == "update":
                self._edit(self._step.fields)
            else:
                self._archive()
        except EvoluxError as error:
            return Outcome(self._step, "failed", self._changed, self._queue, error=error)
        except Exception as bug:  # the outcomes of the others must be reported all the same
            told = broken(bug, self._api.http.without_token)
            return Outcome(self._step, "failed", self._changed or self._is_writing, self._queue, error=told)
        return Outcome(self._step, "done", self._changed, self._afterwards(), self._step.unverified)

    def _afterwards(self) -> Queue | None:
        """The queue after the step, as far as that is known without reading it."""
        foreseen = self._step.foreseen()
        return foreseen and self._queue and foreseen._replace(id=self._queue.id, slug=self._queue.slug)

    def _write(self, write: Callable[..., _T], *args: Any) -> _T:
        """Send a write. After an unexpected error, it isn't known whether it was done."""
        self._is_writing = True
        try:
            return write(*args)
        except EvoluxError:
            self._is_writing = False  # the error has maybe_done
            raise

    def _id(self) -> int:
        if self._queue is None:
            raise ValueError("the queue hasn't been created yet")
        return self._queue.known_id

    def _create(self) -> None:
        """Create the queue, or adopt it if it turns out to exist, and set the fields that create doesn't accept."""
        fields = self._step.fields
        now = {name: value for name, value in fields.items() if name not in FIELDS or FIELDS[name].on_create}
        mine = False
        tries = Tries(self._api.http)
        while True:
            try:
                id = self._write(self._api.create_queue, payload(now))
            except EvoluxError as error:
                # Wait before each look, as the server may still be working on it.
                again = tries.again(error)
                if error.unanswered and not again and not error.is_limit:
                    self._api.http.back_off(tries.attempt)
                mine = mine or error.maybe_done
                # A rate limit means that nothing was done. If it was done after all, a retry breaks a constraint.
                in_doubt = error.code == "constraint" or (error.maybe_done and not (again and error.is_limit))
                if not in_doubt:
                    if again:
                        continue
                    raise
                step = self._settle(error, mine)
                if step is not None:
                    self._adopt(step, mine)
                    return
                if not again:
                    so_far = "The queue doesn't exist yet; if the server still creates it, the next run will find it."
                    raise error.explained(f"{error} {so_far}", cause=f"{error.cause} {so_far}") from None
            else:
                self._changed = True
                self._owners.claim(id, self._planned)
                foreseen = self._step.foreseen()
                self._queue = foreseen and foreseen._replace(id=id)
                self._finish({name: value for name, value in fields.items() if name not in now})
                return

    def _settle(self, error: EvoluxError, mine: bool) -> Step | None:
        """After a create without a clear answer, the step that is left for the queue; None if there is no such queue.

        mine: whether this run may have created it. Raises EvoluxError if the create has failed.
        """
        self._changed = mine
        try:
            tenant = read_everything(self._api)
        except EvoluxError as second:
            unknown = (
                f"Checking whether the queue exists now failed, too: {second} If it exists, the next run will find it."
            )
            raise error.explained(f"{error} {unknown}", second, cause=f"{error.cause} {unknown}") from None
        wanted = self._step.wanted
        found = [queue for queue in tenant.find(wanted) if self._owners.claim(queue.id, self._planned)]
        self._changed = mine and bool(found)
        if not found:
            if error.code == "constraint":
                raise self._explained(error, self._step.fields, None, tenant)
            return None
        self._queue = found[0]
        if error.code in _UNCLEAR:
            raise error
        plan = plan_queues([wanted], tenant, () if mine else self._on_create_only)
        if plan.problems:
            raise plan.refusal()
        return plan.steps[0]

    def _adopt(self, step: Step, mine: bool) -> None:
        """Continue with a queue that turned out to exist."""
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
            remedy = "run again to finish the job"
            if kept := [name for name in fields if name in self._on_create_only]:
                remedy = (
                    f"run once with {' and '.join(f'update_{name}' for name in kept)} set to always to finish the job"
                )
            raise error.explained(
                f"The queue {self._queue} was created, but its {' and '.join(fields)} couldn't be set: {error} "
                f"Once that is fixed, {remedy}.",
                cause=f"The queue was created, but its {' and '.join(fields)} couldn't be set: {error.cause} "
                f"Once that is fixed, {remedy}.",
                about=", ".join(filter(None, (str(self._queue), error.about))),
            ) from None

    def _edit(self, fields: Mapping[str, Any]) -> None:
        """Edit fields. If that fails but reads show the wanted values, it counts as done."""
        try:
            self._write(self._api.edit_queue, self._id(), fields)
        except EvoluxError as error:
            if error.maybe_done:
                done = self._seen(error, lambda queue: _shows(fields, queue))
                self._changed = self._changed or done is not False
                if done and error.code not in _UNCLEAR:
                    return
            if error.code != "constraint":
                raise
            try:
                tenant = read_everything(self._api)
            except EvoluxError as second:
                raise error.explained(str(error), second, cause=error.cause) from None
            raise self._explained(error, fields, self._id(), tenant) from None
        self._changed = True

    def _archive(self) -> None:
        """Archive the queue. If that fails but it is archived, by this run or somebody else, it counts as done."""
        try:
            self._write(self._api.archive_queue, self._id())
        except EvoluxError as error:
            self._changed = error.maybe_done
            if error.code in ("auth", "enabled"):
                raise
            done = self._seen(error, lambda queue: queue.archived)
            self._changed = error.maybe_done and bool(done)
            if not done or error.code in _UNCLEAR:
                raise
            if not self._changed:
                self._step = self._step._replace(action="none", queue=self._queue)
        else:
            self._changed = True

    def _seen(self, error: EvoluxError, is_done: Callable[[Queue], bool | None]) -> bool | None:
        """Whether a write that failed was done all the same; None if reads can't show it.

        Reads may lag behind writes, so if the write may have been done, it reads several times. Raises the error if the
        queue can't be read. is_done: whether a queue shows the write.
        """
        done: bool | None = False
        for attempt in range(self._api.http.retries + 1 if error.maybe_done else 1):
            if attempt:
                self._api.http.back_off(attempt - 1)
            try:
                queue = read_one(self._api, self._id())
            except EvoluxError as second:
                self._changed = self._changed or error.maybe_done
                raise error.explained(str(error), second, cause=error.cause) from None
            self._queue = queue or self._queue
            done = queue is not None and is_done(queue)
            if done is not False:
                break
        return done

    def _explained(self, error: EvoluxError, fields: Mapping[str, Any], id: int | None, tenant: Tenant) -> EvoluxError:
        """The error of a broken constraint, with an explanation which constraint it was."""
        asked = f"Creating the queue '{fields['name']}'" if id is None else f"Editing the queue {self._queue}"
        reason = explain_constraint(fields, id, tenant)
        return error.explained(
            f"{asked} failed: the server returned HTTP {error.status} ({error.message}), because {reason.text}.",
            cause=reason.cause,
            about=reason.about,
        )


def _shows(fields: Mapping[str, Any], queue: Queue) -> bool | None:
    """Whether a queue shows that changed fields were set; None if it shows none of them."""
    if _visibly_differing(fields, queue):
        return False
    return True if fields.keys() - queue.hidden() else None


def _visibly_differing(fields: Mapping[str, Any], queue: Queue) -> dict[str, Any]:
    """The fields for which reads show another value."""
    wanted, hidden = Wanted.of(**fields), queue.hidden()
    other = {name: value for name, value in differing(wanted, queue).items() if name not in hidden}
    return other | ({"slug": wanted.slug} if wanted.slug not in (None, queue.slug) else {})
