# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""What becomes of each wanted queue, as tasks tell it. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple

from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._plan import Step
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import Queue
from ansible_collections.evolux.contact_center.plugins.module_utils._text import shown, told_apart


class Outcome(NamedTuple):
    """What became of one wanted queue.

    step: what was done in the end; another run's work may have made it less than what was planned.
    status: done, failed, not_attempted, or planned in check mode.
    changed: whether anything was written, or may have been.
    queue: as it is now, as far as that is known.
    unverified: the fields that were sent and that reads don't show.
    warning: what the user should know though nothing failed.
    """

    step: Step
    status: str
    changed: bool
    queue: Queue | None
    unverified: tuple[str, ...] = ()
    warning: str | None = None
    error: EvoluxError | None = None

    def public(self) -> dict[str, Any]:
        """What the modules return of each queue."""
        return {
            "action": self.step.action,
            "queue": self.queue.public() if self.queue else None,
            "unverified": list(self.unverified),
        }

    def diff(self) -> dict[str, dict[str, Any]]:
        """What the step changes, as people see it: texts that would look alike are told apart."""
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
    """The outcome of a step that changes nothing, and of any in check mode."""
    if step.action == "none":
        warning = (
            None
            if step.queue
            else f"No {step.wanted} was found, neither active nor archived, so there is nothing to archive."
        )
        return Outcome(step, "done", False, step.queue, warning=warning)
    return Outcome(step, "planned", True, step.foreseen(), step.unverified)
