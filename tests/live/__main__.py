# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask a tenant which readings of the API's pages it follows: `make live`, or PYTHONPATH=tests python -m live."""

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
This asks a tenant which readings of the API's pages it follows. It reads with about 25 requests, one of them with a
token that is wrong by a letter, and prints and keeps no name, number, address or token."""
NOT_WRITING = "It writes nothing: for what only writing shows, see docs/limits.md."
WRITING = """\
Then it writes, and changes no queue but its own:
- It makes two queues, edits them, and archives them at the end, also if it breaks off.
- It tries seven creates that should be refused. One that isn't makes another queue, which is archived, too.
- Archived queues stay in the tenant for ever, with their slugs. The names begin with "{prefix}".
- If this tenant enables new queues, the API can't archive them: disable and archive them in Evolux."""
ACTIVE = """\
{count} of its queues can't be archived by the API and stay active. Disable and archive them in Evolux: their names
begin with "{prefix}"."""
NOBODY_KNOWS = """\
{why} Look in Evolux for active queues whose names begin with "{prefix}", and archive them."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="live",
        description="Ask a tenant which readings of the API's pages it follows.",
        epilog="EVOLUX_API_URL and EVOLUX_API_TOKEN name the tenant. Writing needs EVOLUX_LIVE_NUMBERS, three to five "
        "free numbers with commas between them, and for some questions EVOLUX_LIVE_DID, a DID that no queue has.",
    )
    parser.add_argument("--write", action="store_true", help="make two queues, and archive them")
    parser.add_argument("--burst", action="store_true", help=f"also send {BURST} reads at once, to meet a limit")
    parser.add_argument("--report", metavar="F", type=Path, default=REPORT, help="where (default: .cache/live.md)")
    return parser.parse_args()


def _given() -> Given:
    numbers = re.split(r"[,\s]+", os.environ.get("EVOLUX_LIVE_NUMBERS", "").strip(", \n"))
    return Given(tuple(filter(None, numbers)), os.environ.get("EVOLUX_LIVE_DID", "").strip() or None)


def _version() -> str:
    found = re.search(r"(?m)^version: (\S+)", (ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    return found[1] if found else "of an unknown version"


def _interrupt(*_signal: Any) -> None:
    raise KeyboardInterrupt


def ask(visit: Visit, *, write: bool, burst: bool = False) -> tuple[str | None, str | None]:
    """Ask all. Why it ended early, and what people have to archive themselves; None each if all is well.

    What was written is archived whatever happens; signals wait until then.
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
    """What would break it off is ignored."""
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
    print(f"The report is in {arguments.report}: attach it to an issue, it holds nothing of the tenant.")
    for trouble in filter(None, (broken_off, left)):
        print(trouble, file=sys.stderr)
    return 1 if broken_off or left else 0


if __name__ == "__main__":
    sys.exit(main())
