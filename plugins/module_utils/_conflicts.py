# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Conflicts: the order of steps, values that the API rejects, and which constraint a write broke. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import NUMBERS, Queue, likely_slug
from ansible_collections.evolux.contact_center.plugins.module_utils._steps import Problem, Step, Tenant
from ansible_collections.evolux.contact_center.plugins.module_utils._text import shown

# ---- steps compared with each other ----


def in_order(
    steps: Sequence[Step], tenant: Tenant, spare: str | None = None
) -> tuple[list[Step], list[Step], list[Problem]]:
    """The steps, each with those that it has to wait for; detours; all conflicts between steps or with the tenant.

    spare: a number that one queue of each circle uses temporarily. It gets the number in a detour, which is a step of
        its own; the indexes of the detours follow those of the steps.
    """
    problems = [*_ambiguous_afterwards(steps, tenant), *_slugs_to_come(steps, tenant), *_same_number(steps)]
    needs, taken = _hand_overs(steps, tenant)
    problems += taken
    every = list(steps)
    circles = _circles(needs)
    if circles and spare:
        owners = _owners(spare, steps, tenant)
        problems += [_spare_taken(spare, owner) for owner in owners]
        if not owners:
            _pass_through(spare, circles, every, needs)
        # If several queues have or request the same number, circles may overlap. The one with a detour is named.
        left = [] if owners else _circles(needs)
        circles = [circles[max(circle) - len(steps)] if max(circle) >= len(steps) else circle for circle in left]
    problems += [_in_a_circle(steps, circle) for circle in circles]
    prefers_after = _did_hand_overs(every, needs)
    waiting = [
        step._replace(needs=tuple(sorted(needs[i])), prefers_after=tuple(prefers_after[i]))
        for i, step in enumerate(every)
    ]
    return waiting[: len(steps)], waiting[len(steps) :], problems


def _ambiguous_afterwards(steps: Sequence[Step], tenant: Tenant) -> Iterator[Problem]:
    """Entries with only a name that another queue would get, too: the next run couldn't tell which queue is meant."""
    by_name = {step.wanted.name: index for index, step in enumerate(steps) if step.wanted.key[0] == "name"}
    for other, step in enumerate(steps):
        queue = step.foreseen()
        if queue is None or queue.archived or queue.name not in by_name:
            continue
        index = by_name[queue.name]
        if steps[index].key == step.key or len(tenant.find(steps[index].wanted)) > 1:
            continue
        text = (
            f"Another queue would also be named '{queue.name}', so the name alone would no longer identify a queue; "
            "add slugs to tell them apart."
        )
        cause = (
            "Another queue would have the same name, so the name alone would no longer identify a queue; add slugs to "
            "tell them apart."
        )
        yield Problem(
            EvoluxError("conflict", text, cause=cause, about=f"name '{queue.name}'"),
            tuple(sorted((index, other))),
            "name",
        )


def _slugs_to_come(steps: Sequence[Step], tenant: Tenant) -> Iterator[Problem]:
    """New queues without a slug for which Evolux would derive one that another queue has or will get."""
    owners = {queue.slug: queue for queue in (*tenant.archived, *tenant.active)}
    wanted = {step.wanted.slug: index for index, step in enumerate(steps) if not step.queue}
    cause = (
        "From the name, Evolux would derive a slug that another queue already has or will get; give each its own slug."
    )
    for index, step in enumerate(steps):
        slug = likely_slug(step.wanted.name or "")
        # For some names, nothing is left, and it isn't known what Evolux uses instead.
        if step.action != "create" or step.wanted.slug is not None or not slug:
            continue
        other = wanted.setdefault(slug, index)
        made = f"Evolux would derive the slug '{slug}' from the name '{step.wanted.name}'"
        if steps[other].key != step.key:
            text, about = f"{made}, so both would have it; give each its own slug.", f"slug '{slug}'"
            yield Problem(
                EvoluxError("conflict", text, cause=cause, about=about), tuple(sorted((index, other))), "name"
            )
        elif owner := owners.get(slug):
            text = f"{made}, but that slug belongs to the {owner.state} queue {owner}; give the new queue another slug."
            about = f"slug '{slug}' of the {owner.state} queue {owner}"
            yield Problem(EvoluxError("conflict", text, cause=cause, about=about), (index,), "name")


def _same_number(steps: Sequence[Step]) -> Iterator[Problem]:
    entries: dict[str | None, dict[object, int]] = defaultdict(dict)
    for index, step in enumerate(steps):
        if step.wanted.state == "present":
            entries[step.wanted.number][step.key] = index
    for number, indexes in entries.items():
        # Numbers that the tenant already has change nothing, however odd.
        if len(indexes) > 1 and any("number" in steps[index].fields for index in indexes.values()):
            text = f"They request the same number, {number}, but only one active queue can have it; give each its own."
            cause = "Several entries request the same number, but only one active queue can have it; give each its own."
            error = EvoluxError("conflict", text, cause=cause, about=f"number {number}")
            yield Problem(error, tuple(indexes.values()), "number")


def _hand_overs(steps: Sequence[Step], tenant: Tenant) -> tuple[list[set[int]], list[Problem]]:
    """For each step, the steps that free its number first; and problems for numbers that aren't freed."""
    step_of = {step.queue.id: index for index, step in enumerate(steps) if step.queue}
    needs: list[set[int]] = [set() for _step in steps]
    problems = []
    for index, step in enumerate(steps):
        number = step.fields.get("number")
        for holder in tenant.holding(number) if number else ():
            giver = step_of.get(holder.id)
            if giver is not None and steps[giver].gives_up("number"):
                needs[index].add(giver)
            elif giver is None or steps[giver].wanted.number != number:
                text = (
                    f"The number {number} requested for the {step.wanted} already belongs to the active queue "
                    f"{holder}; choose another number, or change that queue's number first."
                )
                cause = (
                    "The number already belongs to another active queue; choose another number, or change that queue's "
                    "number first."
                )
                error = EvoluxError("conflict", text, cause=cause, about=f"number {number} of {holder}")
                problems.append(Problem(error, (index,)))
    return needs, problems


def _circles(needs: Sequence[Collection[int]]) -> list[list[int]]:
    """The circles of steps that wait for each other, each circle once and in the order of waiting."""
    found = []
    stuck = _stuck(needs)
    for first in sorted(stuck):
        way: dict[int, None] = {}
        index = first if first in stuck else None
        while index is not None and index not in way:
            way[index] = None
            index = min(stuck.intersection(needs[index]), default=None)
        if index is not None:
            found.append(list(way)[list(way).index(index) :])
        stuck -= way.keys()
    return found


def _in_a_circle(steps: Sequence[Step], circle: Sequence[int]) -> Problem:
    queues = ", ".join(f"{steps[index].queue} to {steps[index].fields['number']}" for index in circle)
    why = "swap numbers in a circle"
    advice = "no order of changes allows that; set spare_number to a free number that one of them can use meanwhile."
    return Problem(
        EvoluxError(
            "conflict",
            f"They would {why} ({queues}), and {advice}",
            cause=f"Queues would {why}, and {advice}",
            about=queues,
        ),
        tuple(sorted(circle)),
    )


def _owners(number: str, steps: Sequence[Step], tenant: Tenant) -> list[Queue]:
    """The active queues that will have a number after all steps."""
    going = {step.queue.id for step in steps if step.queue and step.gives_up("number")}
    getting = [queue for step in steps if step.fields.get("number") == number and (queue := step.foreseen())]
    return [*getting, *(queue for queue in tenant.holding(number) if queue.id not in going)]


def _spare_taken(number: str, owner: Queue) -> Problem:
    whose = str(owner) if owner.id is not None else f"'{shown(owner.name)}', which will be created"
    cause = "spare_number belongs to another queue; choose a number that no active queue has or will get."
    text = f"spare_number {number} belongs to the queue {whose}; choose a number that no active queue has or will get."
    return Problem(EvoluxError("conflict", text, cause=cause, about=f"number {number} of {whose}"))


def _pass_through(spare: str, circles: Sequence[Sequence[int]], steps: list[Step], needs: list[set[int]]) -> None:
    """Add a detour for each circle to the steps and their needs, one after the other."""
    takers: dict[int, list[int]] = defaultdict(list)
    for index, waits in enumerate(needs):
        for giver in waits:
            takers[giver].append(index)
    free = {index for index, step in enumerate(steps) if step.queue and step.queue.number == spare}
    for circle in circles:
        # The same queue for any order of the entries.
        index = min(circle, key=lambda i: steps[i].key)
        detour = len(steps)
        for taker in takers[index]:
            needs[taker].remove(index)
            needs[taker].add(detour)
        needs.append(free)
        needs[index].add(detour)
        steps.append(Step(steps[index].wanted, "update", steps[index].queue, {"number": spare}))
        steps[index] = steps[index]._replace(through=spare)
        free = {index}


def _did_hand_overs(steps: Sequence[Step], needs: Sequence[set[int]]) -> list[set[int]]:
    """For each step, the steps that free its DID and should come first, except in circles.

    It isn't documented whether two queues can have the same DID; this works in both cases.
    """
    giver = {
        step.queue.fields["public_number"]: index
        for index, step in enumerate(steps)
        if step.queue and step.queue.fields["public_number"] and step.gives_up("public_number")
    }
    prefers_after: list[set[int]] = [
        {giver[did]} if (did := step.fields.get("public_number")) in giver else set() for step in steps
    ]
    stuck = _stuck([one | other for one, other in zip(needs, prefers_after)])
    return [set() if index in stuck else givers for index, givers in enumerate(prefers_after)]


def _stuck(needs: Sequence[Collection[int]]) -> set[int]:
    """The steps that are part of a circle or depend on one, so that they could never start."""
    waiting = {index: len(waits) for index, waits in enumerate(needs) if waits}
    takers: dict[int, list[int]] = defaultdict(list)
    for index in waiting:
        for giver in needs[index]:
            takers[giver].append(index)
    free = [giver for giver in takers if giver not in waiting]
    while free:
        for taker in takers[free.pop()]:
            waiting[taker] -= 1
            if not waiting[taker]:
                del waiting[taker]
                free.append(taker)
    return set(waiting)


# ---- slugs and numbers that the API rejects, and what was likely meant ----


def malformed(steps: Sequence[Step], tenant: Tenant) -> Iterator[Problem]:
    """Values to be sent in a form that the API's documentation rules out. Existing values may have any form."""
    for index, step in enumerate(steps):
        slug = step.wanted.slug
        new = step.action == "create" and not tenant.find_archived(step.wanted)
        if new and slug and not re.fullmatch(r"[a-z0-9_]+", slug):
            yield Problem(_bad_slug(slug), (index,), "slug")
        for field in NUMBERS:
            if error := bad_number(field, step.fields.get(field)):
                yield Problem(error, (index,), field)


def _bad_slug(slug: str) -> EvoluxError:
    likely = _likely_slug(slug)
    return EvoluxError(
        "invalid",
        f"A new queue can't have the slug '{slug}': a slug can contain only lowercase letters without accents, digits "
        f"and underscores; use {_quoted(likely) or 'another slug'}.",
        cause="A new slug can contain only lowercase letters without accents, digits and underscores; correct it.",
        about=f"slug '{slug}'" + (f" (did you mean '{likely}'?)" if likely else ""),
    )


def bad_number(field: str, value: str | None) -> EvoluxError | None:
    """What is wrong with a number that the API rejects, and what was likely meant; None if it is valid."""
    if not value or re.fullmatch(r"[0-9]+", value):
        return None
    likely = _likely_digits(value)
    return EvoluxError(
        "invalid",
        f"{field} is '{value}', but the API accepts only digits; use {_quoted(likely) or 'digits'}.",
        cause=f"The API accepts only digits in {' and '.join(NUMBERS)}; correct them.",
        about=f"{field} '{value}'" + (f" (did you mean '{likely}'?)" if likely else ""),
    )


def _quoted(likely: str) -> str:
    return likely and f"'{likely}'"


def _likely_slug(slug: str) -> str:
    plain = unicodedata.normalize("NFKD", slug).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def _likely_digits(value: str) -> str:
    """The digits of a number that is written with spaces and punctuation; empty if it contains letters."""
    if any(character.isalpha() for character in value):
        return ""
    return "".join(str(unicodedata.digit(character)) for character in value if character.isdecimal())


# ---- which constraint a write broke: the server only says that there was one ----


class Reason(NamedTuple):
    """Why a write broke a constraint, as words that follow "because".

    cause: the same for several queues, with what to do; about: the details of this queue.
    """

    text: str
    cause: str
    about: str


def explain_constraint(fields: Mapping[str, Any], id: int | None, tenant: Tenant) -> Reason:
    """Find out from all queues of the tenant, including archived ones, which constraint a write broke.

    fields: what was sent; id: of the queue that was edited, None for a create.
    """
    found = []
    others = [queue for queue in (*tenant.active, *tenant.archived) if queue.id != id]
    if id is None:
        slug = fields.get("slug") or likely_slug(fields["name"])
        whence = "" if "slug" in fields else ", which Evolux would derive from the name,"
        found += [
            Reason(
                f"the slug '{slug}'{whence} already belongs to the {queue.state} queue {queue}: choose another slug"
                + (", or restore that queue in Evolux" if queue.archived else ""),
                "The slug already belongs to another queue: choose another, or restore that queue if it is archived.",
                f"slug '{slug}' of the {queue.state} queue {queue}",
            )
            for queue in others
            if queue.slug == slug
        ]
    found += [
        Reason(
            f"the number {queue.number} already belongs to the active queue {queue}: choose another number",
            "The number already belongs to another active queue: choose another number.",
            f"number {queue.number} of {queue}",
        )
        for queue in others
        if not queue.archived and queue.number is not None and queue.number == fields.get("number")
    ]
    did = fields.get("public_number")
    if did and not found:
        holder = next((queue for queue in others if queue.fields["public_number"] == did), None)
        found.append(
            Reason(
                f"the DID {did} already belongs to the queue {holder}: choose another public_number",
                "The DID already belongs to another queue: choose another public_number.",
                f"DID {did} of {holder}",
            )
            if holder
            else Reason(
                f"the DID {did} doesn't exist in this tenant: create it in Evolux, or correct public_number",
                "The DID doesn't exist in this tenant: create it in Evolux, or correct public_number.",
                f"DID {did}",
            )
        )
    if not found:
        others_than = "something other than the slug, the number or public_number: check the queue's values in Evolux"
        return Reason(f"of {others_than}", f"Evolux's database rejects {others_than}.", "")
    return Reason(
        "; ".join(reason.text for reason in found),
        " ".join(dict.fromkeys(reason.cause for reason in found)),
        ", ".join(reason.about for reason in found),
    )
