# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The fingerprint of a plan, which identifies the plan that an approval is for. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any, Final

from ansible_collections.evolux.contact_center.plugins.module_utils._address import address
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._steps import Step

NOTHING: Final = "none"
_DIGITS: Final = 16


def fingerprint(steps: Iterable[Step], url: str) -> str:
    """The identifier of a tenant's plan: hexadecimal digits, or NOTHING if there is nothing to do.

    It depends on the tenant's address, however that is written, and on each step's action, queue and changes. People
    approve it, so it must stay the same from one release to the next.
    """
    facts = sorted(json.dumps(_facts(step), sort_keys=True) for step in steps if step.action != "none")
    if not facts:
        return NOTHING
    digest = hashlib.sha256(json.dumps([address(url), facts]).encode()).hexdigest()
    # Begin with a letter: YAML would read 1234567890123456 as a number.
    return "abcdef"[int(digest[0], 16) % 6] + digest[1:_DIGITS]


def _facts(step: Step) -> dict[str, Any]:
    facts: dict[str, Any] = {"action": step.action, "changes": sorted(step.changes(), key=lambda change: change[0])}
    if step.queue:
        facts["queue"] = [step.queue.id, step.queue.slug]
    if step.through is not None:
        facts["through"] = step.through
    return facts


def given_fingerprint(expected: str | None) -> str | None:
    """The fingerprint that the user gave; None if it is empty. Raises EvoluxError (invalid) if it can't be one."""
    given = (expected or "").strip().lower()
    if given and given != NOTHING and not re.fullmatch(r"[0-9a-f]{12,}", given):
        raise EvoluxError(
            "invalid",
            f"expected_plan is '{given}', which isn't a plan's fingerprint; copy it from the plan's last line.",
        )
    return given or None


def stale_plan(expected: str, now: str) -> EvoluxError:
    """The error for a plan that isn't the expected one."""
    what = "there is nothing left to do" if now == NOTHING else f"the plan is now {now}"
    return EvoluxError(
        "stale_plan",
        f"Nothing was changed because the plan isn't the expected one: {expected} was expected, but {what}. "
        "The tenant, its address or the requested state has changed; review the current plan and approve it.",
    )
