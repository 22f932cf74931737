# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run every benchmark, tell what comes out, and write docs/performance.md with its plot.

run.py             about an hour, in which the machine should do nothing else
run.py --quick     a few minutes, smaller, and nothing is written: to try out a change
run.py --report    write the page anew from the last results
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Iterable
from typing import Any

from alone import alone
from common import HERE, Sandbox
from compare import compare
from planning import CASES, SIZES, planning
from report import promises, write
from tenants import tenants

RESULTS = HERE / "results.json"


def told(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows as they come, each printed."""
    kept = []
    for row in rows:
        print(json.dumps(row), flush=True)
        kept.append(row)
    return kept


def measured(sandbox: Sandbox, *, quick: bool) -> dict[str, Any]:
    from ansible.release import __version__

    rounds = 1 if quick else 3
    return {
        "machine": {
            "cores": os.cpu_count(),
            "system": platform.system(),
            "python": platform.python_version(),
            "ansible": __version__,
        },
        "alone": told(alone(sandbox, 5 * rounds)),
        "planning": told(planning(sandbox, CASES, SIZES)),
        "tenants": told(tenants(sandbox, (1, 10) if quick else (1, 10, 50, 100), (5, 10, 25, 50), rounds)),
        "compare": told(compare(sandbox, (1, 50) if quick else (1, 50, 200, 1000), (0, 50), rounds)),
    }


def main() -> None:
    start = time.monotonic()
    if "--report" in sys.argv:
        results = json.loads(RESULTS.read_text(encoding="utf-8"))
    else:
        quick = "--quick" in sys.argv
        with Sandbox() as sandbox:
            results = measured(sandbox, quick=quick)
        print(f"\n{(time.monotonic() - start) / 60:.0f} minutes\n")
        if quick:
            return
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    write(results)
    for what, ratio, bound, kept in promises(results):
        print(f"{'ok  ' if kept else 'MISS'} {what}: {ratio:.2f}, {bound}")


if __name__ == "__main__":
    main()
