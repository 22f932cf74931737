# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""What people and playbooks are told of many queues: the plan as text, each entry's fate, the counts. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._outcome import Outcome
from ansible_collections.evolux.contact_center.plugins.module_utils._plan import Plan, Problem, Step
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import FIELDS, Wanted

_COUNTS: Final = ("create", "update", "archive", "none", "failed", "not_attempted")
_SLUG_TO_COME: Final = "(new slug)"
_WIDEST_SLUG: Final = 24  # what is longer stands out of its column
_FIELD_WIDTH: Final = max(map(len, FIELDS))


def plan_as_text(plan: Plan, listed: int) -> str:
    """The plan as people read it, nothing about queues that stay as they are; empty if all do.

    listed: how many of the steps are for queues that the task lists.
    """
    changing = [step for step in plan.steps if step.action != "none"]
    if not changing:
        return ""
    width = min(max(len(_slug(step)) for step in changing), _WIDEST_SLUG)
    unlisted = {id(step) for step in plan.steps[listed:]}
    lines: list[str] = []
    counts = []
    for action, sign in (("create", "+"), ("update", "~"), ("archive", "-")):
        steps = [step for step in changing if step.action == action]
        counts.append(f"{action} {len(steps)}")
        if steps:
            lines += ["", f"{action.capitalize()} ({len(steps)})"]
        for step in steps:
            note = ", not listed" if id(step) in unlisted else ""
            lines.append(f"  {sign} {_slug(step):{width}}  {_facts(step)}{note}")
            lines += _changes(step)
    counts.append(f"unchanged {len(plan.steps) - len(changing)}")
    return "\n".join([*lines[1:], "", f"Plan: {', '.join(counts)}", ""])


def _slug(step: Step) -> str:
    return _one_line((step.queue.slug if step.queue else step.wanted.slug) or _SLUG_TO_COME)


def _facts(step: Step) -> str:
    if step.action == "create":
        facts = [f"{name} {_one_line(step.fields[name])}" for name in FIELDS if name in step.fields and name != "name"]
        return ", ".join([_one_line(step.fields["name"]), *facts])
    if step.queue is None:
        return ""
    return _one_line(step.queue.name) + (f", number {step.queue.number}" if step.action == "archive" else "")


def _changes(step: Step) -> Iterator[str]:
    if step.action != "update":
        return
    for name, value in step.fields.items():
        before = getattr(step.queue, name)
        yield f"      {name:{_FIELD_WIDTH}}  {_one_line(before)} -> {_one_line(value)}"


def _one_line(value: object) -> str:
    return "(none)" if value in (None, "") else " ".join(str(value).split())


def results(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The returned keys changed, results and summary: each queue's fate, and how many share it."""
    told = []
    for outcome in outcomes:
        result = {**outcome.public(), "status": outcome.status}
        if outcome.error:
            result["error"] = {**outcome.error.public(), "msg": str(outcome.error)}
        told.append(result)
    fates = [outcome.status if outcome.status in _COUNTS else outcome.step.action for outcome in outcomes]
    return {
        "changed": any(outcome.changed for outcome in outcomes),
        "results": told,
        "summary": {count: fates.count(count) for count in _COUNTS},
    }


def refused(plan: Plan, wanted: Sequence[Wanted]) -> tuple[EvoluxError, list[Outcome]]:
    """A plan's problems as one error, and each entry's fate: nothing was attempted, for its own sake or another's."""
    problems: dict[int, list[Problem]] = defaultdict(list)
    for problem in plan.problems:
        for index in problem.entries:
            problems[index].append(problem)
    outcomes = []
    for index, entry in enumerate(wanted):
        own = Plan(problems=tuple(problems[index])).refusal() if index in problems else None
        outcomes.append(Outcome(Step(entry, "none"), "failed" if own else "not_attempted", False, None, error=own))
    error = plan.refusal(wanted)
    return error.explained(f"Nothing was written. {error}"), outcomes


def failure(outcomes: Sequence[Outcome], wanted: Sequence[Wanted]) -> EvoluxError | None:
    """All failures as one error, None if there is none; its other facts are those of the first."""
    failed = [(index, outcome.error) for index, outcome in enumerate(outcomes) if outcome.error]
    if not failed:
        return None
    left = sum(outcome.status == "not_attempted" for outcome in outcomes)
    texts = [f"{len(failed)} of {len(outcomes)} queues failed{f' and {left} were not attempted' if left else ''}."]
    for index, error in failed:
        where = (
            f"Entry {index} ({wanted[index]})"
            if index < len(wanted)
            else f"The unlisted queue {outcomes[index].step.queue}"
        )
        texts.append(f"{where}: {error}")
    return failed[0][1].explained(" ".join(texts))
