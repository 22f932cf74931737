# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""What people and playbooks get to see: each queue's outcome, the plan as text, counts and failures. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._plan import Plan
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import FIELDS, Queue, Wanted
from ansible_collections.evolux.contact_center.plugins.module_utils._steps import Problem, Step, named
from ansible_collections.evolux.contact_center.plugins.module_utils._text import columns, padded, shown, told_apart

_COUNTS: Final = ("create", "update", "archive", "none", "failed", "not_attempted")
_SLUG_TO_COME: Final = "(new slug)"
_WIDEST_SLUG: Final = 24  # longer ones exceed the column
_FIELD_WIDTH: Final = max(map(len, FIELDS))


class Outcome(NamedTuple):
    """The outcome for one wanted queue.

    step: what was actually done; it can be less than planned if another run did part of it.
    status: done, failed, not_attempted, or planned in check mode.
    changed: whether anything was written or may have been written.
    queue: the queue now, as far as that is known.
    unverified: the fields that were sent but that reads don't show.
    warning: what the user should know although nothing failed.
    """

    step: Step
    status: str
    changed: bool
    queue: Queue | None
    unverified: tuple[str, ...] = ()
    warning: str | None = None
    error: EvoluxError | None = None

    def public(self) -> dict[str, Any]:
        """What the modules return for each queue."""
        return {
            "action": self.step.action,
            "queue": self.queue.public() if self.queue else None,
            "unverified": list(self.unverified),
        }

    def diff(self) -> dict[str, dict[str, Any]]:
        """The step's changes for people: texts that would look alike are made distinguishable."""
        before, after = self.step.diff().values()
        pairs = {name: _pair(before.get(name), after.get(name)) for name in {**before, **after}}
        return {
            "before": {name: pairs[name][0] for name in before},
            "after": {name: pairs[name][1] for name in after},
        }


def _pair(before: Any, after: Any) -> tuple[Any, Any]:
    if isinstance(before, str) and isinstance(after, str):
        return told_apart(before, after)
    return shown(before) if isinstance(before, str) else before, shown(after) if isinstance(after, str) else after


def foresee(step: Step) -> Outcome:
    """The outcome of a step that changes nothing, or of any step in check mode."""
    if step.action == "none":
        warning = (
            None if step.queue else f"No {step.wanted} was found, active or archived, so there is nothing to archive."
        )
        return Outcome(step, "done", False, step.queue, warning=warning)
    return Outcome(step, "planned", True, step.foreseen(), step.unverified)


# ---- many queues ----


def plan_as_text(plan: Plan, listed: int, fingerprint: str) -> str:
    """The plan for people, without queues that stay as they are; empty if all do.

    listed: how many steps are for queues that the task lists.
    """
    changing = [step for step in plan.steps if step.action != "none"]
    if not changing:
        return ""
    width = min(max(columns(_slug(step)) for step in changing), _WIDEST_SLUG)
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
            lines.append(f"  {sign} {padded(_slug(step), width)}  {_facts(step)}{note}")
            lines += _changes(step)
    counts.append(f"unchanged {len(plan.steps) - len(changing)}")
    return "\n".join([*lines[1:], "", f"Plan: {', '.join(counts)}", f"Fingerprint: {fingerprint}", ""])


def _slug(step: Step) -> str:
    return shown((step.queue.slug if step.queue else step.wanted.slug) or _SLUG_TO_COME)


def _facts(step: Step) -> str:
    if step.action == "create":
        facts = [f"{name} {shown(step.fields[name])}" for name in FIELDS if name in step.fields and name != "name"]
        return ", ".join([shown(step.fields["name"]), *facts])
    if step.queue is None:
        return ""
    return shown(step.queue.name) + (f", number {shown(step.queue.number)}" if step.action == "archive" else "")


def _changes(step: Step) -> Iterator[str]:
    if step.action != "update":
        return
    for name, old, new in step.changes():
        before, after = told_apart(old, new)
        way = [before, *([step.through] if step.through and name == "number" else []), after]
        yield f"      {name:{_FIELD_WIDTH}}  {' -> '.join(way)}"


def results(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The returned keys changed, results and summary: each queue's outcome, and the counts."""
    told = []
    for outcome in outcomes:
        changes = [{"field": name, "before": before, "after": after} for name, before, after in outcome.step.changes()]
        result = {**outcome.public(), "status": outcome.status, "changes": changes}
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
    """A plan's problems as one error, and the outcomes: entries with problems failed, others weren't attempted."""
    problems: dict[int, list[Problem]] = defaultdict(list)
    for problem in plan.problems:
        for index in problem.entries:
            problems[index].append(problem)
    outcomes = []
    for index, entry in enumerate(wanted):
        own = Plan(problems=tuple(problems[index])).refusal() if index in problems else None
        outcomes.append(Outcome(Step(entry, "none"), "failed" if own else "not_attempted", False, None, error=own))
    return refusal(
        [(problem.who(wanted), problem.error) for problem in plan.problems], len(problems), len(wanted)
    ), outcomes


def refusal(problems: Sequence[tuple[str, EvoluxError]], having: int, entries: int) -> EvoluxError:
    """All problems of a task as one error, with the code and other details of the first one.

    problems: each with its entries, empty for the task as a whole. having: how many entries have problems.
    """
    where = f" in {having} of {entries} entries" if having else ""
    return _together(problems, "Nothing was changed.", f"Nothing was changed: {len(problems)} problems{where}.")


def failure(outcomes: Sequence[Outcome], wanted: Sequence[Wanted]) -> EvoluxError | None:
    """All failures as one error, with the code and other details of the first one; None if there are none."""
    failed = [(index, outcome.error) for index, outcome in enumerate(outcomes) if outcome.error]
    if not failed:
        return None
    left = sum(outcome.status == "not_attempted" for outcome in outcomes)
    rest = f" and {left} {'was' if left == 1 else 'were'} not attempted" if left else ""
    counts = f"{len(failed)} of {len(outcomes)} queues failed{rest}."
    who = [
        (named((index,), wanted) if index < len(wanted) else f"the unlisted queue {outcomes[index].step.queue}", error)
        for index, error in failed
    ]
    return _together(who, counts, counts)


def _together(errors: Sequence[tuple[str, EvoluxError]], alone: str, several: str) -> EvoluxError:
    """One error as a sentence; several as causes, each once with a line for every entry that has it."""
    (who, first), *others = errors
    if not others:
        return first.explained(f"{alone} {who and f'{who[0].upper()}{who[1:]}: '}{first}")
    causes: dict[str, list[str]] = defaultdict(list)
    for who, error in errors:
        causes[error.cause].append("  " + (": ".join(filter(None, (who, error.about))) or "the task as a whole"))
    return first.explained(several, lines=[line for cause, lines in causes.items() for line in (cause, *lines)])
