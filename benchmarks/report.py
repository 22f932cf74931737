# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results as people read them: the tables and the plot in docs/, from performance.md.j2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jinja2
import matplotlib as mpl
from common import HERE, ROOT
from compare import AT_ONCE, LOOP, PING, SHIPPED, SHIPPED_LOOP, STATES, URI, ours, script

PAGE = ROOT / "docs" / "performance.md"
PLOT = ROOT / "docs" / "images" / "performance.svg"
# The contenders, and how the table's head names them.
COLUMNS = {
    PING: "one ping",
    URI: "uri tasks",
    SHIPPED_LOOP: "loop, shipped",
    LOOP: "loop",
    SHIPPED: "bulk 8, shipped",
    **{ours(at_once): f"bulk {at_once}" for at_once in AT_ONCE},
    **{script(at_once): f"script {at_once}" for at_once in AT_ONCE},
}
Results = dict[str, Any]


def limit(seconds: dict[str, float], at_once: int) -> float:
    """What a run can't be faster than: a playbook with one module, and the bare requests."""
    return seconds[PING] + seconds[script(at_once)]


def promises(results: Results) -> Iterator[tuple[str, float, str, bool]]:
    """What is promised, the ratio that was measured, its bound, and whether it is kept."""

    def at_most(what: str, ratio: float, bound: float) -> tuple[str, float, str, bool]:
        return what, ratio, f"at most {bound:g}", ratio <= bound

    def at_least(what: str, ratio: float, bound: float) -> tuple[str, float, str, bool]:
        return what, ratio, f"at least {bound:g}", ratio >= bound

    rows = {(row["queues"], row["latency"], row["state"]): row for row in results["compare"]}
    fresh, _drift, nothing = STATES

    for latency, bound in ((50, 1.25), (0, 1.35)):
        took = rows[200, latency, fresh]["seconds"]
        if latency:
            for at_once, times in ((8, 25), (16, 35)):
                what = f"200 fresh queues, {latency} ms: `uri` / `evolux_queues` with {at_once} at once"
                yield at_least(what, took[URI] / took[ours(at_once)], times)
        for at_once in (8, 16):
            what = f"200 fresh queues, {latency} ms: `evolux_queues` with {at_once} at once / limit"
            yield at_most(what, took[ours(at_once)] / limit(took, at_once), bound)
    for size, bound in ((200, 1.25), (1000, 1.5)):
        row = rows[size, 0, nothing]
        what = f"{size:,} queues, nothing to do: `evolux_queues` / `ping`"
        yield at_most(what, row["seconds"][ours(8)] / row["seconds"][PING], bound)
        yield at_most(f"{size:,} queues, nothing to do: requests", row["requests"][ours(8)], 1)
    one = rows[1, 0, nothing]["seconds"]
    yield at_most("one queue, nothing to do: `evolux_queue` shipped / `ping`", one[SHIPPED_LOOP] / one[PING], 1.3)
    yield at_most("one queue, nothing to do: `evolux_queue` in the worker / `ping`", one[LOOP] / one[PING], 1)
    fifty = rows[50, 0, nothing]["seconds"]
    what = "loop over 50 queues, nothing to do: shipped / in the worker"
    yield at_least(what, fifty[SHIPPED_LOOP] / fifty[LOOP], 10)

    inventory = {(row["tenants"], row["forks"]): row["seconds"] for row in results["tenants"]}
    many, few = inventory[100, 5], inventory[10, 5]
    for name, bound in (("evolux_queues", 1.0), ("evolux_queues, shipped", 1.5)):
        where = "shipped" if "shipped" in name else "in the worker"
        what = f"time for each of 100 tenants / for each of 10, {where}"
        yield at_most(what, (many[name] / 100) / (few[name] / 10), 1)
        yield at_most(f"100 tenants, nothing to do: {where} / `ping`", many[name] / many["ping"], bound)

    planned = {(row["case"], row["queues"]): row for row in results["planning"]}
    worst = max(row["planning"] for row in planned.values())
    yield at_most("10,000 queues: seconds of planning, the worst case", worst, 2)
    yield at_most("10,000 queues: peak memory in MB", max(row["megabytes"] for row in planned.values()), 300)
    cases = {case for case, _size in planned}
    growth = max(planned[case, 10_000]["module"] / planned[case, 1_000]["module"] for case in cases)
    yield at_most("10,000 queues / 1,000 queues: time of the module, the worst case", growth, 12)


def plot(results: Results) -> None:
    """Draw how long the contenders take, and how the time of a run grows with its tenants."""
    mpl.use("svg")
    from matplotlib import pyplot

    # Text stays text, and the same figures give the same file.
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "evolux", "font.size": 9})
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    (row,) = (
        row for row in results["compare"] if (row["queues"], row["latency"]) == (200, 50) and row["state"] == "fresh"
    )
    names = [URI, LOOP, *map(ours, AT_ONCE), PING]
    bars = left.barh(names[::-1], [row["seconds"][name] for name in names[::-1]], color="#2b6cb0")
    left.bar_label(bars, fmt="%.1f s", padding=3)
    left.set_xscale("log")
    left.margins(x=0.15)
    left.set_title("200 new queues, 50 ms a request")
    left.set_xlabel("seconds, logarithmic")
    for name, color in (("ping", "#718096"), ("evolux_queues, shipped", "#dd6b20"), ("evolux_queues", "#2b6cb0")):
        points = [(row["tenants"], row["seconds"][name]) for row in results["tenants"] if row["forks"] == 5]
        right.plot(*zip(*points, strict=True), marker="o", label=name, color=color)
    right.set_title("Many tenants with nothing to do, 5 forks")
    right.set_xlabel("tenants, 50 queues each")
    right.set_ylabel("seconds")
    right.set_ylim(bottom=0)
    right.legend()
    figure.savefig(PLOT, metadata={"Date": None, "Creator": None})


def write(results: Results) -> None:
    """Write the page and its plot."""
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    template = environment.from_string((HERE / "performance.md.j2").read_text(encoding="utf-8"))
    (loading,) = (row["milliseconds"] for row in results["alone"] if row["module"] == "evolux_queues")
    page = template.render(
        results=results,
        columns=COLUMNS,
        promises=list(promises(results)),
        limit=limit,
        ours=ours,
        busiest=max(share for row in results["compare"] for share in row["busy"].values()),
        loading=loading,
    )
    PAGE.write_text(page, encoding="utf-8")
    plot(results)
