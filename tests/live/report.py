# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The output: the table for the terminal, and the report that people can attach to an issue. Pure."""

from __future__ import annotations

import json
import shlex
import textwrap
from collections import Counter
from collections.abc import Sequence

from .questions import AS_ASSUMED, HANDLED, NOT_HANDLED, UNKNOWN, Row, shown

WIDTH = 100  # columns, at most
HEADS = ("assumption", "documented", "ours", "observed", "verdict")
WIDTHS = (22, 10, 10, 28, 22)


def cells(row: Row) -> tuple[str, ...]:
    question = row.question
    return question.name, question.documented, shown(question.assumed), shown(row.observed), row.verdict


def table(rows: Sequence[Row]) -> str:
    """For a terminal. Long cells continue on the next line of their column."""
    lines = [HEADS, tuple("-" * width for width in WIDTHS)]
    for row in rows:
        wrapped = [
            textwrap.wrap(cell, width, subsequent_indent=" ") for cell, width in zip(cells(row), WIDTHS, strict=True)
        ]
        for number in range(max(map(len, wrapped))):
            lines.append(tuple(cell[number] if number < len(cell) else "" for cell in wrapped))
    text = ("  ".join(cell.ljust(width) for cell, width in zip(line, WIDTHS, strict=True)).rstrip() for line in lines)
    return "\n".join(text)


def summary(rows: Sequence[Row]) -> str:
    """How many questions have each verdict."""
    count = Counter(row.verdict for row in rows)
    return "; ".join(f"{verdict}: {count[verdict]}" for verdict in (AS_ASSUMED, HANDLED, NOT_HANDLED, UNKNOWN))


def sandbox_command(rows: Sequence[Row]) -> str | None:
    """The command that starts a sandbox with the same readings; None if they are its defaults."""
    turned = [row for row in rows if row.question.is_switch and row.verdict in (HANDLED, NOT_HANDLED)]
    options = " ".join(f"--switch {shlex.quote(f'{row.question.name}={_value(row)}')}" for row in turned)
    return f"make sandbox ARGS={shlex.quote(options)}" if options else None


def _value(row: Row) -> str:
    """A reading as the sandbox's option expects it: text that JSON would read as something else is quoted."""
    if row.question.name == "extra_fields":
        return json.dumps(dict.fromkeys(row.observed))
    if isinstance(row.observed, str) and not row.observed[:3].isdigit():
        return row.observed
    return json.dumps(row.observed)


def report(rows: Sequence[Row], version: str, *, wrote: bool, sent: int, broken_off: str | None) -> str:
    """The report in Markdown, without any name, number, slug, address or token of the tenant."""
    head = [
        "# Which readings of the API a tenant follows",
        "",
        f"evolux.contact_center {version}, `make live{' WRITE=yes' if wrote else ''}`, {sent} requests:",
        f"{summary(rows)}.",
    ]
    if broken_off:
        head += ["", f"It ended early. {broken_off}"]
    lines = [f"| {' | '.join(line)} |" for line in (HEADS, ("---",) * len(HEADS), *map(cells, rows))]
    command = sandbox_command(rows)
    tail = ["", "A sandbox with the same readings:", "", "```console", f"$ {command}", "```"] if command else []
    return "\n".join([*head, "", *lines, *tail, ""])
