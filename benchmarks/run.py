# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run every benchmark, report which promises were kept, and write docs/performance.md with its plot.

run.py             half an hour, during which the machine should do nothing else
run.py --quick     three minutes, only a part, and writes nothing: to try out a change
run.py --report    rewrite the page from this machine's latest results
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
from common import ROOT, SPREAD, Network
from compare import QUICK, SCENES, compare
from network import DISTANCES, first_look, limited, theory
from planning import CASES, SIZES, planning
from report import promises, write
from tenants import tenants

RESULTS = ROOT / ".cache" / "benchmark.json"


def told(what: str, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Print and collect the rows as they come."""
    kept = []
    print(f"\n{what}")
    for row in rows:
        print("  " + _line(row), flush=True)
        kept.append(row)
    return kept


def _line(row: dict[str, Any]) -> str:
    """A row as text: the facts, then the measurements."""
    facts = {name: value for name, value in row.items() if not isinstance(value, dict)}
    times = row.get("seconds") or row.get("milliseconds")
    measured = times if isinstance(times, dict) else {}
    return ", ".join(
        f"{name} {value:.2f}" if isinstance(value, float) else f"{name} {value}"
        for name, value in (facts | measured).items()
    )


def measured(network: Network, *, quick: bool) -> dict[str, Any]:
    """All results, in the form that the page is written from."""
    from ansible.release import __version__

    near, rounds = network.sandbox(0), 1 if quick else 2
    found = {
        "machine": {
            "cores": os.cpu_count(),
            "system": platform.system(),
            "python": platform.python_version(),
            "ansible": __version__,
        },
        "theory": told("Round trips, in theory 3 and 1", theory(network, DISTANCES, 5 * rounds)),
        "alone": told("What is shipped of a module, in kB, and loading it, in ms", alone(near, 3 * rounds)),
        "planning": told("Planning, in seconds and MB", planning(near, CASES, SIZES[-1:] if quick else SIZES, rounds)),
        "first_look": told("A first look, in seconds", first_look(network, (0, 50), rounds)),
        "limited": told(
            "60 creates where requests are limited, in seconds", limited(network, (5,) if quick else (5, 20))
        ),
        "compare": told("Side by side, in seconds", compare(network, QUICK if quick else SCENES, rounds)),
    }
    if not quick:
        found["tenants"] = told("Many tenants, in seconds", tenants(network, (1, 10, 100), (5,), rounds))
    return {**found, "spread": sorted(SPREAD)}


def main() -> None:
    start = time.monotonic()
    quick = "--quick" in sys.argv
    if "--report" in sys.argv:
        results = json.loads(RESULTS.read_text(encoding="utf-8"))
    else:
        with Network((0, *DISTANCES)) as network:
            results = measured(network, quick=quick)
        print(f"\n{(time.monotonic() - start) / 60:.0f} minutes")
        if not quick:
            RESULTS.write_text(json.dumps(results) + "\n", encoding="utf-8")
    if not quick:
        write(results)
    print("\nPromises")
    for what, ratio, bound, kept in promises(results):
        print(f"  {'ok  ' if kept else 'MISS'} {what}: {ratio:.2f}, {bound}")


if __name__ == "__main__":
    main()
