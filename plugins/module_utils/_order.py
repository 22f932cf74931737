# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""In which order steps can be done, so that every number stays with one queue, and why there may be none. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._plan import Problem, Step, Tenant
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import Queue, likely_slug


def in_order(steps: Sequence[Step], tenant: Tenant) -> tuple[list[Step], list[Problem]]:
    """The steps, each with those that it has to wait for, and all conflicts between them and with the tenant."""
    problems = [*_ambiguous_afterwards(steps, tenant), *_slugs_to_come(steps, tenant), *_same_number(steps)]
    after, taken = _hand_overs(steps, tenant)
    problems += taken
    problems += _circles(steps, after)
    behind = _did_hand_overs(steps, after)
    waiting = [
        step._replace(after=tuple(sorted(after[i])), behind=tuple(behind[i])) if after[i] or behind[i] else step
        for i, step in enumerate(steps)
    ]
    return waiting, problems


def _ambiguous_afterwards(steps: Sequence[Step], tenant: Tenant) -> Iterator[Problem]:
    """Entries that have only a name, and after which another queue has that name: the next run would not know which."""
    by_name = {step.wanted.name: index for index, step in enumerate(steps) if step.wanted.key[0] == "name"}
    step_of = {step.queue.id: index for index, step in enumerate(steps) if step.queue}
    if not by_name:
        return
    others: list[tuple[int | None, Queue]] = [(None, queue) for queue in tenant.active if queue.id not in step_of]
    others += [(index, queue) for index, step in enumerate(steps) if (queue := step.foreseen()) and not queue.archived]
    for other, queue in others:
        index = by_name.get(queue.name)
        if index is None or len(tenant.find(steps[index].wanted)) > 1:
            continue
        if other is not None and steps[index].key == steps[other].key:
            continue
        entries = (index,) if other is None else tuple(sorted((index, other)))
        text = (
            f"Another queue would then have the name '{queue.name}' too, so that the name alone no longer says which "
            "queue is meant; give slugs to tell them apart."
        )
        cause = (
            "Another queue would then have the same name, so that the name alone no longer says which queue is meant; "
            "give slugs to tell them apart."
        )
        yield Problem(EvoluxError("conflict", text, cause=cause, about=f"name '{queue.name}'"), entries)


def _slugs_to_come(steps: Sequence[Step], tenant: Tenant) -> Iterator[Problem]:
    """New queues without a slug for which Evolux would make one that another queue has, or is to get."""
    owners = {queue.slug: queue for queue in (*tenant.archived, *tenant.active)}
    wanted = {step.wanted.slug: index for index, step in enumerate(steps) if step.wanted.slug and not step.queue}
    cause = "Evolux would make a slug of the name that another queue has or is to get; give each its own slug."
    for index, step in enumerate(steps):
        slug = likely_slug(step.wanted.name or "")
        # Of some names nothing is left, and what Evolux makes then isn't known.
        if step.action != "create" or step.wanted.slug is not None or not slug:
            continue
        other = wanted.setdefault(slug, index)
        made = f"Evolux would make the slug '{slug}' of the name '{step.wanted.name}'"
        if steps[other].key != step.key:
            text, about = f"{made}; give each its own slug.", f"slug '{slug}'"
            yield Problem(EvoluxError("conflict", text, cause=cause, about=about), tuple(sorted((index, other))))
        elif owner := owners.get(slug):
            text = (
                f"{made}, but that is the {owner.state} queue {owner}, which keeps it; give the new queue another slug."
            )
            about = f"slug '{slug}' of the {owner.state} queue {owner}"
            yield Problem(EvoluxError("conflict", text, cause=cause, about=about), (index,))


def _same_number(steps: Sequence[Step]) -> Iterator[Problem]:
    entries: dict[str, dict[object, int]] = defaultdict(dict)
    for index, step in enumerate(steps):
        if step.wanted.state == "present" and step.wanted.number:
            entries[step.wanted.number][step.key] = index
    for number, indexes in entries.items():
        # What a tenant has already changes nothing, however odd.
        if len(indexes) > 1 and any("number" in steps[index].fields for index in indexes.values()):
            text = f"They want the same number, {number}; a number belongs to one active queue."
            cause = "Several entries want the same number; a number belongs to one active queue."
            error = EvoluxError("conflict", text, cause=cause, about=f"number {number}")
            yield Problem(error, tuple(indexes.values()))


def _hand_overs(steps: Sequence[Step], tenant: Tenant) -> tuple[list[set[int]], list[Problem]]:
    """Which steps each has to wait for, because they free its number, and the numbers that aren't freed."""
    step_of = {step.queue.id: index for index, step in enumerate(steps) if step.queue}
    after: list[set[int]] = [set() for _step in steps]
    problems = []
    for index, step in enumerate(steps):
        number = step.fields.get("number")
        for holder in tenant.holding(number) if number else ():
            giver = step_of.get(holder.id)
            if giver is not None and steps[giver].gives_up("number"):
                after[index].add(giver)
            elif giver is None or steps[giver].wanted.number != number:
                text = (
                    f"The number {number} wanted for the {step.wanted} already belongs to the active queue {holder}; "
                    "choose another number, or give that queue another one first."
                )
                cause = (
                    "The number already belongs to another active queue; choose another number, or give that queue "
                    "another one first."
                )
                error = EvoluxError("conflict", text, cause=cause, about=f"number {number} of {holder}")
                problems.append(Problem(error, (index,)))
    return after, problems


def _circles(steps: Sequence[Step], after: Sequence[Collection[int]]) -> Iterator[Problem]:
    """The steps that wait for each other in a circle, each circle once."""
    stuck = _stuck(after)
    while stuck:
        way = [min(stuck)]
        while (giver := min(stuck.intersection(after[way[-1]]), default=None)) not in way and giver is not None:
            way.append(giver)
        if giver is not None:
            circle = way[way.index(giver) :]
            queues = ", ".join(f"{steps[index].queue} to {steps[index].fields['number']}" for index in circle)
            text = (
                f"They would pass their numbers on in a circle ({queues}), and no order makes that possible; "
                "give one of them a free number first, then run again with the final numbers."
            )
            cause = (
                "Queues would pass their numbers on in a circle, and no order makes that possible; give one of them a "
                "free number first, then run again with the final numbers."
            )
            yield Problem(EvoluxError("conflict", text, cause=cause, about=queues), tuple(sorted(circle)))
        stuck -= set(way)


def _did_hand_overs(steps: Sequence[Step], after: Sequence[set[int]]) -> list[set[int]]:
    """Which steps each is better behind, because they free its DID, save in circles.

    Whether two queues may have one DID isn't documented; this works either way.
    """
    giver = {
        step.queue.public_number: index
        for index, step in enumerate(steps)
        if step.queue and step.queue.public_number and step.gives_up("public_number")
    }
    behind: list[set[int]] = [
        {giver[did]} if (did := step.fields.get("public_number")) in giver and giver[did] != index else set()
        for index, step in enumerate(steps)
    ]
    stuck = _stuck([one | other for one, other in zip(after, behind)])
    return [set() if index in stuck else givers for index, givers in enumerate(behind)]


def _stuck(after: Sequence[Collection[int]]) -> set[int]:
    """The steps that can't be begun, since they wait for themselves in the end, or for such a one."""
    waiting = {index: len(waits) for index, waits in enumerate(after) if waits}
    takers: dict[int, list[int]] = defaultdict(list)
    for index in waiting:
        for giver in after[index]:
            takers[giver].append(index)
    free = [giver for giver in takers if giver not in waiting]
    while free:
        for taker in takers[free.pop()]:
            waiting[taker] -= 1
            if not waiting[taker]:
                del waiting[taker]
                free.append(taker)
    return set(waiting)
