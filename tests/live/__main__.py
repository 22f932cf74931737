# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find out which readings of the API documentation a tenant follows: `make live` or PYTHONPATH=tests python -m live."""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import report
from .questions import rows
from .visit import BURST, Given, Visit
from .wire import Stop, Wire

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / ".cache" / "live.md"

READING = """\
This finds out which readings of the API documentation a tenant follows. It sends about 25 read requests, one of them
with a token that is off by one letter. It doesn't print or keep any name, number, address or token."""
NOT_WRITING = "It doesn't write anything. Some questions need writing: see docs/limits.md."
WRITING = """\
Then it writes, but changes only its own queues:
- It creates two queues, edits them, and archives them at the end, even if it is interrupted.
- It tries to create seven queues that should be refused. If one is accepted, that queue is archived, too.
- Archived queues stay in the tenant forever, with their slugs. Their names begin with "{prefix}".
- If this tenant enables new queues, the API can't archive them: disable and archive them in Evolux."""
ACTIVE = """\
The API can't archive {count} of its queues, so they stay active. Disable and archive them in Evolux: their names
begin with "{prefix}"."""
NOBODY_KNOWS = """\
{why} Look in Evolux for active queues whose names begin with "{prefix}", and archive them."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="live",
        description="Find out which readings of the API documentation a tenant follows.",
        epilog="EVOLUX_API_URL and EVOLUX_API_TOKEN identify the tenant. Writing needs EVOLUX_LIVE_NUMBERS, three to "
        "five free numbers separated by commas, and, for some questions, EVOLUX_LIVE_DID, a DID that no queue has.",
    )
    parser.add_argument("--write", action="store_true", help="create two queues, and archive them")
    parser.add_argument("--burst", action="store_true", help=f"also send {BURST} reads at once to find a rate limit")
    parser.add_argument(
        "--report", metavar="F", type=Path, default=REPORT, help="where to write the report (default: .cache/live.md)"
    )
    return parser.parse_args()


def _given() -> Given:
    numbers = re.split(r"[,\s]+", os.environ.get("EVOLUX_LIVE_NUMBERS", "").strip(", \n"))
    return Given(tuple(filter(None, numbers)), os.environ.get("EVOLUX_LIVE_DID", "").strip() or None)


def _version() -> str:
    found = re.search(r"(?m)^version: (\S+)", (ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    return found[1] if found else "(unknown version)"


def _interrupt(*_signal: Any) -> None:
    raise KeyboardInterrupt


def ask(visit: Visit, *, write: bool, burst: bool = False) -> tuple[str | None, str | None]:
    """Ask all questions. Returns why it ended early, and what people have to archive themselves; None if all is well.

    It archives all queues that it created in any case, and ignores signals while it does so.
    """
    broken_off = left = None
    try:
        visit.read()
        if burst:
            visit.hurry()
        if write:
            visit.write()
    except Stop as stop:
        broken_off = str(stop)
    except KeyboardInterrupt:
        broken_off = "It was interrupted."
    finally:
        if write and visit.has_written:
            with _without_signals():
                left = _tidy(visit)
    return broken_off, left


@contextmanager
def _without_signals() -> Iterator[None]:
    """Ignore signals that would interrupt it."""
    before = [(number, signal.signal(number, signal.SIG_IGN)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _tidy(visit: Visit) -> str | None:
    prefix = visit.given.prefix
    try:
        count = visit.tidy()
    except Stop as stop:
        return NOBODY_KNOWS.format(why=stop, prefix=prefix)
    return ACTIVE.format(count=count, prefix=prefix) if count else None


def main() -> int:
    arguments = _arguments()
    signal.signal(signal.SIGTERM, _interrupt)
    given = _given()
    try:
        wire = Wire(os.environ.get("EVOLUX_API_URL", ""), os.environ.get("EVOLUX_API_TOKEN", ""))
        if arguments.write:
            given.check()
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 2
    print(READING, WRITING.format(prefix=given.prefix) if arguments.write else NOT_WRITING, "", sep="\n", flush=True)
    visit = Visit(wire, given, lambda text: print(f"Asking: {text}", flush=True))
    broken_off, left = ask(visit, write=arguments.write, burst=arguments.burst)
    found = rows(visit.seen)
    text = report.report(found, _version(), wrote=arguments.write, sent=wire.sent, broken_off=broken_off)
    arguments.report.parent.mkdir(parents=True, exist_ok=True)
    arguments.report.write_text(text, encoding="utf-8")
    command = report.sandbox_command(found)
    print("", report.table(found), "", f"{report.summary(found)}.", sep="\n")
    print(*([f"A sandbox with the same readings: {command}"] if command else []), sep="\n", end="\n" if command else "")
    print(f"The report is in {arguments.report}. It has no data of the tenant, so you can attach it to an issue.")
    for trouble in filter(None, (broken_off, left)):
        print(trouble, file=sys.stderr)
    return 1 if broken_off or left else 0


if __name__ == "__main__":
    sys.exit(main())
