# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results for people to read: the tables and the plot in docs/, from performance.md.j2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jinja2
import matplotlib as mpl
from common import HERE, ROOT, SLOW
from compare import AT_ONCE, FRESH, LOOP, LOOP_SCRIPT, NOTHING, PING, SHIPPED, SHIPPED_LOOP, URI, Scene, ours, script

PAGE = ROOT / "docs" / "performance.md"
PLOT = ROOT / "docs" / "images" / "performance.svg"
# The contenders, and their names in the table's header.
COLUMNS = {
    PING: "one ping",
    URI: "uri tasks",
    SHIPPED_LOOP: "loop, shipped",
    LOOP: "loop",
    LOOP_SCRIPT: "script of the loop",
    SHIPPED: "bulk 8, shipped",
    **{ours(at_once): f"bulk {at_once}" for at_once in AT_ONCE},
    **{script(at_once): f"script {at_once}" for at_once in AT_ONCE},
}
Results = dict[str, Any]


def limit(seconds: dict[str, float], at_once: int) -> float:
    """The time that a run can't beat: that of a playbook with one module plus that of the bare requests."""
    return seconds[PING] + seconds[script(at_once)]


def promises(results: Results) -> Iterator[tuple[str, float, str, bool]]:
    """The promises about what was measured: a description, the ratio, its bound, and whether it was kept."""
    for what, ratio, bound, is_floor in (*_side_by_side(results), *_others(results)):
        kept = ratio >= bound if is_floor else ratio <= bound
        yield what, ratio, f"{'at least' if is_floor else 'at most'} {bound:g}", kept


# A description, the measured ratio, its bound, and whether that is a lower (or an upper) bound.
_Promise = tuple[str, float, float, bool]


def _side_by_side(results: Results) -> Iterator[_Promise]:
    for row in results["compare"]:
        scene = Scene(row["queues"], row["distance"], row["state"])
        took = row["seconds"]
        where = f"{scene.queues:,} queue{'s'[: scene.queues > 1]}, {scene.state}, {scene.distance} ms"
        if scene == Scene(200, 50, FRESH):
            for at_once, times in ((8, 25), (16, 40)):
                yield (
                    f"{where}: `uri` / `evolux_queues` with {at_once} at once",
                    took[URI] / took[ours(at_once)],
                    times,
                    True,
                )
        if scene.state == FRESH and scene.queues == 200:
            for at_once, most in ((8, 1.15 if scene.distance else 1.35), (16, 1.25 if scene.distance else 1.35)):
                what = f"{where}: `evolux_queues` with {at_once} at once / limit"
                yield what, took[ours(at_once)] / limit(took, at_once), most, False
        if scene == Scene(50, 50, NOTHING):
            what = f"{where}: loop / script on one connection, and a `ping`"
            yield what, took[LOOP] / (took[LOOP_SCRIPT] + took[PING]), 1.5, False
        if scene == Scene(50, 0, NOTHING):
            yield f"{where}: loop shipped / in the worker", took[SHIPPED_LOOP] / took[LOOP], 10, True
        if scene.queues in (200, 1000) and scene[1:] == (0, NOTHING):
            most = 0.9 if scene.queues == 200 else 1.5
            yield f"{where}: `evolux_queues` / `ping`", took[ours(8)] / took[PING], most, False
            yield f"{where}: requests", row["requests"][ours(8)], 1, False
        if scene == Scene(1, 0, NOTHING):
            yield f"{where}: `evolux_queue` shipped / `ping`", took[SHIPPED_LOOP] / took[PING], 1.3, False
            yield f"{where}: `evolux_queue` in the worker / `ping`", took[LOOP] / took[PING], 1, False


def _others(results: Results) -> Iterator[_Promise]:
    for row in results["limited"]:
        what = f"60 creates, {row['rate']} requests a second, {row['at_once']} at once: time / ideal"
        if row["rate"] == 5:
            yield what, row["seconds"] / row["ideal"], 1.3, False
    near = {(row["tenants"], row["forks"]): row["seconds"] for row in results.get("tenants", ()) if not row["distance"]}
    if near:
        many, few = near[100, 5], near[10, 5]
        for name, most in (("evolux_queues", 1.0), ("evolux_queues, shipped", 1.5)):
            way = "shipped" if "shipped" in name else "in the worker"
            each = (many[name] / 100) / (few[name] / 10)
            yield f"time for each of 100 tenants / for each of 10, {way}", each, 1, False
            yield f"100 tenants, nothing to do: {way} / `ping`", many[name] / many["ping"], most, False
    big = [row for row in results["planning"] if row["queues"] == 10_000]
    yield "10,000 queues: seconds of planning, the worst case", max(row["planning"] for row in big), 0.3, False
    yield "10,000 queues: peak memory in MB", max(row["megabytes"] for row in big), 100, False


def plot(results: Results) -> None:
    """Plot how long the contenders take, and how the time of a run grows with its tenants."""
    mpl.use("svg")
    from matplotlib import pyplot

    # Text stays text, and the same figures produce the same file.
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "evolux", "font.size": 11, "axes.titlesize": 12})
    # One above the other, so that the text is readable on a phone.
    figure, (left, right) = pyplot.subplots(2, 1, figsize=(6.4, 6.6), layout="constrained")
    (row,) = (row for row in results["compare"] if (row["queues"], row["distance"], row["state"]) == (200, 50, FRESH))
    names = [URI, LOOP, *map(ours, AT_ONCE), PING]
    bars = left.barh(names[::-1], [row["seconds"][name] for name in names[::-1]], color="#2b6cb0")
    left.bar_label(bars, fmt="%.1f s", padding=3)
    left.set_xscale("log")
    left.margins(x=0.25)
    left.set_title("200 new queues, 50 ms away")
    left.set_xlabel("seconds, logarithmic")
    near = [row for row in results["tenants"] if row["forks"] == 5 and not row["distance"]]
    for name, color in (("ping", "#718096"), ("evolux_queues, shipped", "#dd6b20"), ("evolux_queues", "#2b6cb0")):
        points = [(row["tenants"], row["seconds"][name]) for row in near]
        right.plot(*zip(*points, strict=True), marker="o", label=name, color=color)
    right.set_title("Many tenants, nothing to do")
    right.set_xlabel("tenants, 40 queues each")
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

    def at(share: float) -> float:
        return results["spread"][int(share * (len(results["spread"]) - 1))]

    page = template.render(
        results=results,
        columns=COLUMNS,
        promises=list(promises(results)),
        limit=limit,
        ours=ours,
        slow=SLOW,
        spread={"half": at(0.5), "most": at(0.9)},
        in_use=lambda rows: [name for name in COLUMNS if any(name in row["seconds"] for row in rows)],
        busiest=max(share for row in results["compare"] for share in row["busy"].values()),
    )
    PAGE.write_text(page, encoding="utf-8")
    plot(results)
