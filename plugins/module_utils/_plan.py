# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Plans the steps that give a tenant the wanted queues. Pure: no I/O, no clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import (
    FIELDS,
    NEEDED,
    SECONDS,
    Queue,
    Wanted,
    differing,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._steps import Problem, Step, Tenant
from ansible_collections.evolux.contact_center.plugins.module_utils._text import listing

UNLISTED_AT_MOST: Final = 10
UNLISTED_PERCENT: Final = 30
_TIMES: Final = tuple(name for name, field in FIELDS.items() if field.kind is SECONDS)
_NEEDS: Final = " and ".join(f"a {name}" for name in NEEDED)


class Plan(NamedTuple):
    """Either the steps, one for each wanted queue in order and then one for each unlisted queue, or all problems.

    detours: extra edits for the steps that use a spare number temporarily; their indexes follow those of the steps.
    """

    steps: tuple[Step, ...] = ()
    detours: tuple[Step, ...] = ()
    problems: tuple[Problem, ...] = ()

    def refusal(self) -> EvoluxError:
        """All problems as one error that says how to fix them, with the code of the first problem."""
        return EvoluxError(self.problems[0].error.code, " ".join(str(problem.error) for problem in self.problems))

    def afterwards(self, tenant: Tenant) -> list[Queue]:
        """The tenant's active queues after all steps, as far as they can be predicted."""
        gone = {step.queue.id for step in self.steps if step.queue and step.action != "none"}
        foreseen = [step.foreseen() for step in self.steps if step.action in ("create", "update")]
        return [queue for queue in tenant.active if queue.id not in gone] + [queue for queue in foreseen if queue]


def plan_queues(
    wanted: Sequence[Wanted],
    tenant: Tenant,
    on_create_only: Collection[str] = (),
    *,
    archive_unlisted: bool = False,
    archive_unlisted_limit: int | None = None,
    spare_number: str | None = None,
) -> Plan:
    """Plan the steps to the wanted queues, in an order in which no two active queues ever have the same number.

    on_create_only: the fields that are sent only to new queues if reads don't show them.
    archive_unlisted: whether to archive active queues that aren't wanted, at most archive_unlisted_limit of them; if
        that is None, at most UNLISTED_AT_MOST, and at most UNLISTED_PERCENT of all active queues, rounded up.
    spare_number: a number that queues can use temporarily if they swap numbers in a circle.
    The problems' codes are invalid, not_found, archived and conflict.
    """
    problems = [Problem(error, (index,)) for index, entry in enumerate(wanted) for error in _refusals(entry, tenant)]
    steps = [_step(entry, tenant, on_create_only) for entry in wanted]
    problems += _same_queue(steps)
    if archive_unlisted:
        listed = {queue.id for entry in wanted for queue in tenant.find(entry)}
        unlisted = [queue for queue in tenant.active if queue.id not in listed]
        problems += [Problem(error) for error in _too_many(unlisted, len(tenant.active), archive_unlisted_limit)]
        steps += [
            Step(Wanted.of(id=queue.id, slug=queue.slug, state="archived"), "archive", queue) for queue in unlisted
        ]
    detours: list[Step] = []
    if any(step.fields for step in steps):
        # Most runs change nothing, and they should start fast.
        from ansible_collections.evolux.contact_center.plugins.module_utils._conflicts import in_order, malformed

        problems += malformed(steps, tenant)
        steps, detours, conflicts = in_order(steps, tenant, spare_number)
        problems += conflicts
    if problems:
        return Plan(problems=tuple(sorted(problems, key=lambda problem: problem.entries or (len(wanted),))))
    return Plan(tuple(steps), tuple(detours))


# ---- one entry ----


def _refusals(wanted: Wanted, tenant: Tenant) -> Iterator[EvoluxError]:
    """Why this entry is refused, regardless of the other entries."""
    active, archived = tenant.find(wanted), tenant.find_archived(wanted)
    for name in _TIMES if wanted.state == "present" else ():
        value = wanted.fields.get(name, 0)
        # A value that the queue already has is accepted, however odd.
        if value < 0 and not (active and active[0].fields[name] == value):
            yield EvoluxError(
                "invalid",
                f"{name} is {value}; set it to 0 or more seconds.",
                cause=f"{name} is negative; set it to 0 or more seconds.",
                about=f"{name} {value}",
            )
    if wanted.id is None and not wanted.slug and not wanted.name:
        yield EvoluxError("invalid", "Nothing identifies this queue; specify its id, slug or name.")
        return
    if len(active) > 1:
        yield EvoluxError(
            "conflict",
            f"Several active queues are named '{wanted.name}': {listing(active)}; specify one by its id or slug.",
            cause="Several active queues have this name; specify one by its id or slug.",
            about=listing(active),
        )
    elif wanted.slug is not None and any(queue.slug != wanted.slug for queue in active or archived):
        yield EvoluxError(
            "conflict",
            f"The queue with id {wanted.id} has the slug '{(active or archived)[0].slug}', not '{wanted.slug}'; "
            "a slug can't be changed, so correct or omit one of the two.",
            cause="The id and the slug belong to different queues, and a slug can't be changed; correct or omit one.",
            about=f"the queue with id {wanted.id} has the slug '{(active or archived)[0].slug}'",
        )
    elif wanted.state == "archived" or active:
        return
    elif archived:
        yield EvoluxError(
            "archived",
            f"The {wanted} is archived: {' and '.join(map(str, archived))}; the API can't restore it, so restore it in "
            "Evolux, or choose another slug.",
            cause="The queue is archived, and the API can't restore it; restore it in Evolux, or choose another slug.",
            about=listing(archived),
        )
    elif wanted.id is not None:
        yield EvoluxError(
            "not_found",
            f"There is no {wanted}, and only the server can assign ids; correct the id, or omit it to create a queue "
            "by slug or name.",
            cause="There is no queue with this id, and only the server can assign ids; correct the id, or omit it to "
            "create a queue by slug or name.",
            about=f"id {wanted.id}",
        )
    elif missing := [name for name in NEEDED if not wanted.fields.get(name)]:
        yield EvoluxError(
            "invalid",
            f"There is no {wanted}, and creating it requires {_NEEDS}; specify {' and '.join(missing)}, too.",
            cause=f"There is no such queue, and creating it requires {_NEEDS}; add what is missing.",
            about=f"no {' and no '.join(missing)}",
        )


def _step(wanted: Wanted, tenant: Tenant, on_create_only: Collection[str]) -> Step:
    """The step for one queue, assuming that there are no problems."""
    active, archived = tenant.find(wanted), tenant.find_archived(wanted)
    if len(active) > 1:
        return Step(wanted, "none")
    if wanted.state == "archived":
        return Step(wanted, "archive", active[0]) if active else Step(wanted, "none", archived[0] if archived else None)
    if not active:
        fields = {"slug": wanted.slug} if wanted.slug is not None else {}
        # An empty public_number means "none", which a new queue has anyway.
        fields.update({name: value for name, value in wanted.fields.items() if value != ""})
        return Step(wanted, "create", None, fields, tuple(name for name in fields if name in tenant.hides))
    fields = differing(wanted, active[0])
    hidden = active[0].hidden(fields)
    fields = {name: value for name, value in fields.items() if not (name in hidden and name in on_create_only)}
    unverified = tuple(name for name in fields if name in hidden)
    return Step(wanted, "update" if fields else "none", active[0], fields, unverified)


def _same_queue(steps: Sequence[Step]) -> Iterator[Problem]:
    entries: dict[tuple[str, object], list[int]] = defaultdict(list)
    for index, step in enumerate(steps):
        entries[step.key].append(index)
    for key, indexes in entries.items():
        if len(indexes) > 1 and key != ("name", None):
            queue = steps[indexes[0]].queue or f"{key[0]} '{key[1]}'"
            text = f"They describe the same queue: {queue}; keep only one of them."
            cause = "Several entries describe the same queue; keep only one of them."
            yield Problem(EvoluxError("conflict", text, cause=cause, about=str(queue)), tuple(indexes), key[0])


def _too_many(unlisted: Sequence[Queue], active: int, given: int | None) -> Iterator[EvoluxError]:
    """Refuse to archive too many unlisted queues. active: how many the tenant has; given: archive_unlisted_limit."""
    share = -(-active * UNLISTED_PERCENT // 100)
    limit = min(UNLISTED_AT_MOST, share) if given is None else given
    if len(unlisted) <= limit:
        return
    if given is not None:
        bound = f"the {given} that archive_unlisted_limit allows"
    elif limit == UNLISTED_AT_MOST:
        bound = f"the default limit of {limit}"
    else:
        bound = f"the default limit of {UNLISTED_PERCENT}% ({limit})"
    what = f"archive_unlisted would archive {len(unlisted)} of {active} active queues, more than {bound}"
    how = f"list the queues to keep, or set archive_unlisted_limit to {len(unlisted)} to archive them all."
    names = listing(unlisted)
    yield EvoluxError("invalid", f"{what}: {names}; {how}", cause=f"{what}; {how}", about=f"not listed: {names}")
