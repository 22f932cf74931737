# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""What can't be together: the order of steps, what the API can't take, and which constraint a write broke. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import DIGITS, FIELDS, likely_slug
from ansible_collections.evolux.contact_center.plugins.module_utils._steps import Problem, Step, Tenant

_NUMBERS: Final = tuple(name for name, field in FIELDS.items() if field.kind is DIGITS)

# ---- steps compared with each other ----


def in_order(steps: Sequence[Step], tenant: Tenant) -> tuple[list[Step], list[Problem]]:
    """The steps, each with those that it has to wait for, and all conflicts between them and with the tenant."""
    problems = [*_ambiguous_afterwards(steps, tenant), *_slugs_to_come(steps, tenant), *_same_number(steps)]
    needs, taken = _hand_overs(steps, tenant)
    problems += taken
    problems += _circles(steps, needs)
    prefers_after = _did_hand_overs(steps, needs)
    waiting = [
        step._replace(needs=tuple(sorted(needs[i])), prefers_after=tuple(prefers_after[i]))
        for i, step in enumerate(steps)
    ]
    return waiting, problems


def _ambiguous_afterwards(steps: Sequence[Step], tenant: Tenant) -> Iterator[Problem]:
    """Entries that have only a name, and after which another queue has that name: the next run would not know which."""
    by_name = {step.wanted.name: index for index, step in enumerate(steps) if step.wanted.key[0] == "name"}
    for other, step in enumerate(steps):
        queue = step.foreseen()
        if queue is None or queue.archived or queue.name not in by_name:
            continue
        index = by_name[queue.name]
        if steps[index].key == step.key or len(tenant.find(steps[index].wanted)) > 1:
            continue
        text = (
            f"Another queue would then have the name '{queue.name}' too, so that the name alone no longer says which "
            "queue is meant; give slugs to tell them apart."
        )
        cause = (
            "Another queue would then have the same name, so that the name alone no longer says which queue is meant; "
            "give slugs to tell them apart."
        )
        yield Problem(
            EvoluxError("conflict", text, cause=cause, about=f"name '{queue.name}'"), tuple(sorted((index, other)))
        )


def _slugs_to_come(steps: Sequence[Step], tenant: Tenant) -> Iterator[Problem]:
    """New queues without a slug for which Evolux would make one that another queue has, or is to get."""
    owners = {queue.slug: queue for queue in (*tenant.archived, *tenant.active)}
    wanted = {step.wanted.slug: index for index, step in enumerate(steps) if not step.queue}
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
    entries: dict[str | None, dict[object, int]] = defaultdict(dict)
    for index, step in enumerate(steps):
        if step.wanted.state == "present":
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
                    f"The number {number} wanted for the {step.wanted} already belongs to the active queue {holder}; "
                    "choose another number, or give that queue another one first."
                )
                cause = (
                    "The number already belongs to another active queue; choose another number, or give that queue "
                    "another one first."
                )
                error = EvoluxError("conflict", text, cause=cause, about=f"number {number} of {holder}")
                problems.append(Problem(error, (index,)))
    return needs, problems


def _circles(steps: Sequence[Step], needs: Sequence[Collection[int]]) -> Iterator[Problem]:
    """The steps that wait for each other in a circle, each circle once."""
    stuck = _stuck(needs)
    while stuck:
        way = [min(stuck)]
        while (giver := min(stuck.intersection(needs[way[-1]]), default=None)) not in way and giver is not None:
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


def _did_hand_overs(steps: Sequence[Step], needs: Sequence[set[int]]) -> list[set[int]]:
    """Which steps each had better come after, because they free its DID, save in circles.

    Whether two queues may have one DID isn't documented; this works either way.
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
    """The steps that can't be begun, since they wait for themselves in the end, or for such a one."""
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


# ---- slugs and numbers that the API can't take, and what was likely meant ----


def malformed(steps: Sequence[Step], tenant: Tenant) -> Iterator[Problem]:
    """What would be sent and has a form that the API's page rules out. What a tenant has already may have any form."""
    for index, step in enumerate(steps):
        slug = step.wanted.slug
        new = step.action == "create" and not tenant.find_archived(step.wanted)
        if new and slug and not re.fullmatch(r"[a-z0-9_]+", slug):
            yield Problem(_bad_slug(slug), (index,))
        for field in _NUMBERS:
            value = step.fields.get(field)
            if value and not re.fullmatch(r"[0-9]+", value):
                yield Problem(_bad_number(field, value), (index,))


def _bad_slug(slug: str) -> EvoluxError:
    likely = _likely_slug(slug)
    return EvoluxError(
        "invalid",
        f"A new queue can't have the slug '{slug}': slugs have only lowercase letters without accents, digits and "
        f"underscores; give {_quoted(likely) or 'such a slug'}.",
        cause="A new queue's slug can have only lowercase letters without accents, digits and underscores; correct it.",
        about=f"slug '{slug}'" + (f", which could be '{likely}'" if likely else ""),
    )


def _bad_number(field: str, value: str) -> EvoluxError:
    likely = _likely_digits(value)
    return EvoluxError(
        "invalid",
        f"{field} is '{value}', and the API takes digits only; give {_quoted(likely) or 'digits'}.",
        cause=f"The API takes only digits as {' and '.join(_NUMBERS)}; correct them.",
        about=f"{field} '{value}'" + (f", which could be '{likely}'" if likely else ""),
    )


def _quoted(likely: str) -> str:
    return likely and f"'{likely}'"


def _likely_slug(slug: str) -> str:
    plain = unicodedata.normalize("NFKD", slug).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def _likely_digits(value: str) -> str:
    """The digits of a number that is written with blanks and signs; empty where letters make it something else."""
    if any(character.isalpha() for character in value):
        return ""
    return "".join(str(unicodedata.digit(character)) for character in value if character.isdecimal())


# ---- which constraint a write broke: the server says only that it was one ----


class Reason(NamedTuple):
    """Why a write broke a constraint, to be said after "because".

    cause: the same for many queues at once, and what to do; about: what is particular of this one.
    """

    text: str
    cause: str
    about: str


def explain_constraint(fields: Mapping[str, Any], id: int | None, tenant: Tenant) -> Reason:
    """Which constraint a write broke, from the whole tenant, archived queues included; the API doesn't say.

    fields: what was sent; id: of the queue that was edited, None for a create.
    """
    found = []
    others = [queue for queue in (*tenant.active, *tenant.archived) if queue.id != id]
    if id is None:
        slug = fields.get("slug") or likely_slug(fields["name"])
        whence = "" if "slug" in fields else ", which Evolux would make of the name,"
        found += [
            Reason(
                f"the slug '{slug}'{whence} already belongs to the {queue.state} queue {queue}: choose another slug"
                + (", or restore that queue in Evolux" if queue.archived else ""),
                "The slug already belongs to another queue: choose another, or restore it if it is archived.",
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
                f"the DID {did} can't be given to this queue, and it belongs to the queue {holder}: choose another "
                "public_number",
                "The DID belongs to another queue: choose another public_number.",
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
        text = "neither the slug, the number nor public_number explains it: look at the queue's values in Evolux"
        return Reason(text, f"The values break a constraint of Evolux's database, and {text}.", "")
    return Reason(
        "; ".join(reason.text for reason in found),
        " ".join(dict.fromkeys(reason.cause for reason in found)),
        ", ".join(reason.about for reason in found),
    )
