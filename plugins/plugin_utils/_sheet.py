# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The queues that a sheet describes, or everything that is wrong with it, by row and column. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from ansible_collections.evolux.contact_center.plugins.module_utils._plan import plan_queues
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import (
    CLEARABLE,
    DIGITS,
    FIELDS,
    NEEDED,
    SECONDS,
    TEXT,
    Wanted,
    likely_slug,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._steps import Tenant
from ansible_collections.evolux.contact_center.plugins.module_utils._text import listing, shown
from ansible_collections.evolux.contact_center.plugins.plugin_utils import _sheet_cells as cells
from ansible_collections.evolux.contact_center.plugins.plugin_utils._sheet_cells import Cell
from ansible_collections.evolux.contact_center.plugins.plugin_utils._sheet_file import (
    HEADINGS_WITHIN,
    Row,
    Table,
    letter,
    quoted,
)
from ansible_collections.evolux.contact_center.plugins.plugin_utils._sheet_headings import (
    HEADINGS,
    known,
    meaning,
    nearest,
    same,
)

_MISSING: Final = {name: f"A queue has no {name}; give it one." for name in NEEDED}
_NO_COLUMN: Final = {
    name: f"There is no column for the {name}; use one of these headings: {', '.join(HEADINGS[name])}."
    for name in NEEDED
}
_NO_HEADING: Final = (
    "A cell has a value, but its column has no heading; add a heading, or put quotes around the cell that contains the "
    "separator."
)
_UNKNOWN: Final = (
    "A heading isn't recognized; correct it, or ignore its column with evolux_import_ignore. Recognized headings are "
    f"{', '.join(HEADINGS)}, and the usual words for them in English and Portuguese."
)
_DOUBLED: Final = "Two columns have the same meaning; correct a heading, or ignore a column with evolux_import_ignore."
_NOT_THERE: Final = "evolux_import_ignore names a column that the sheet doesn't have; correct it."
_SLUGS_HELP: Final = " Or set evolux_import_slugs to true to give each a slug."
# Service numbers such as 0800, which easily lose their leading zero.
_SERVICE_NUMBER: Final = re.compile(r"[3589]00\d{7}")
_ZEROS: Final = 3  # how many leading zeros may be lost, at most
# A number after scientific notation has rounded it: 558432000000 from 5,58432E+11.
_ROUNDED: Final = re.compile(r"\d{6,}00000")
# Accents from MS-DOS and old Macs (Excel still writes both), as they look in Windows-1252 within a word.
_MISREAD: Final = re.compile(
    "[A-Za-z][\u0192\u201a\u02c6\u00a1\u00a2\u201c\u2021\u00b5\u20ac\u00b6\u00a3\u2039\u203a\u2030\u00c6\u017d]+[a-z\u00e4]"
)


class Import(NamedTuple):
    """The result of reading a sheet.

    queues: as in tenant files, in the sheet's order; places: where each one comes from.
    notes: how it was read and what was changed; warnings: what may be wrong with it. One line each.
    problems: lines, each cause once with its places below it. If there are any, only the warnings are set, too.
    wrong: how many places have a problem.
    """

    queues: Sequence[dict[str, Any]] = ()
    places: Sequence[str] = ()
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()
    problems: Sequence[str] = ()
    wrong: int = 0


class _Column(NamedTuple):
    at: int
    heading: str
    unit: int


class _Entry(NamedTuple):
    """A queue as rows describe it. values: by field; said: what invalid cells show, by field."""

    rows: list[int]
    values: dict[str, Any]
    said: dict[str, str]


class _Change(NamedTuple):
    """A cell whose value was changed when it was read."""

    row: int
    before: str
    after: object


class _Problems:
    """Problems, each with its place and its cause."""

    def __init__(self, table: Table, headings: Sequence[str]) -> None:
        self._table = table
        self._headings = headings
        self._found: list[tuple[tuple[int, int], str, str]] = []

    def add(self, cause: str, row: int, column: int | None = None, about: str = "") -> None:
        """Add a problem. column: its index; about: details of this place."""
        where = f"{self._table.name}, row {row}"
        if column is not None:
            heading = self._headings[column] if column < len(self._headings) else ""
            where += f", column {letter(column + 1)}" + (f" ({shown(heading)})" if heading else "")
        order = (row, -1 if column is None else column)
        self._found.append((order, cause, f"  {where}" + (f": {about}" if about else "")))

    def lines(self) -> list[str]:
        """Each cause with its places, in the order of the sheet."""
        causes: dict[str, list[str]] = defaultdict(list)
        for _order, cause, line in sorted(self._found, key=lambda found: found[0]):
            causes[cause].append(line)
        return [line for cause, lines in causes.items() for line in (cause, *lines)]

    def __len__(self) -> int:
        return len(self._found)


def read_queues(table: Table, ignore: Collection[str] = (), propose_slugs: bool = False) -> Import:
    """The queues of a sheet, or all its problems.

    ignore: the headings of columns to ignore. propose_slugs: whether to give new queues without a slug one.
    Raises ValueError for a sheet without headings, or without anything below them.
    """
    first, *rows = table.rows or [Row(1, [])]
    headings = [_heading(cell) for cell in first.cells]
    _check_headings(table, headings)
    problems = _Problems(table, headings)
    columns = _columns(first.number, headings, ignore, problems)
    changes: dict[str, list[_Change]] = defaultdict(list)
    entries, skipped = [], []
    for row in rows:
        for index, cell in enumerate(row.cells):
            if not (index < len(headings) and headings[index]) and not cells.is_empty(cell):
                problems.add(_NO_HEADING, row.number, index, _quoted(cell))
        own = {field: row.cells[column.at] for field, column in columns.items() if column.at < len(row.cells)}
        own = {field: cell for field, cell in own.items() if not cells.is_empty(cell)}
        if own:
            entries.append(_entry(row.number, own, columns, problems, changes))
        else:
            skipped.append(row.number)
    if not entries and not problems:
        raise ValueError(f"{table.name} has headings, but no queues below them{_other_sheets(table)}.")
    entries, merged = _merged(entries)
    notes = [f"Read as {table.form}.", *merged]
    if propose_slugs:
        notes += _propose_slugs(entries)
    _check_together(entries, columns, problems, propose_slugs)
    warnings = list(_warnings(entries, table.hidden))
    if problems:
        return Import(warnings=warnings, problems=problems.lines(), wrong=len(problems))
    if skipped:
        notes.append(f"Nothing was imported from {_some(skipped)}: only ignored columns have values there.")
    notes += [_said(kind, found) for kind, found in changes.items()]
    return Import(
        [_public(entry) for entry in entries],
        [f"{table.name}, {_rows(entry.rows)}" for entry in entries],
        notes,
        warnings,
    )


# ---- headings ----


def _heading(cell: Cell) -> str:
    return " ".join(cells.shown_cell(cell).split())


def _key(heading: str) -> str:
    """A key that is the same for equal headings; headings without letters or digits are compared as they are."""
    return same(heading) or heading.strip()


def _check_headings(table: Table, headings: Sequence[str]) -> None:
    """Raises ValueError if the first row with a value doesn't contain the headings."""
    if not headings:
        raise ValueError(f"{table.name} is empty{_other_sheets(table)}.")
    found = known(headings)
    for row in table.rows[1:HEADINGS_WITHIN]:
        if found < 2 and known(map(_heading, row.cells)) > max(found, 1):
            raise ValueError(
                f"{table.name}, row {row.number}: the headings are here, not in the first row with a value; delete the "
                f"rows above them, starting with row {table.rows[0].number}{_such_as(headings)}."
            )
    if not found:
        raise ValueError(
            f"{table.name}, row {table.rows[0].number}: the first row with a value has no recognized heading"
            f"{_such_as(headings)}; start with a row of headings, such as name and number, or nome and ramal"
            f"{_other_sheets(table)}."
        )


def _such_as(headings: Sequence[str]) -> str:
    """The values of a row, in parentheses; empty if there are none."""
    found = quoted(list(filter(None, headings)))
    return f" ({found})" if found else ""


def _other_sheets(table: Table) -> str:
    if len(table.sheets) < 2:
        return ""
    return f". The workbook has the sheets {quoted(table.sheets)}; choose one with evolux_import_sheet"


def _columns(row: int, headings: Sequence[str], ignore: Collection[str], problems: _Problems) -> dict[str, _Column]:
    """The column of each field."""
    left_out = {_key(name): name for name in ignore if name.strip()}
    columns: dict[str, _Column] = {}
    meant = set()
    for index, heading in enumerate(headings):
        if not heading or _key(heading) in left_out:
            continue
        found = meaning(heading)
        if found is None:
            near = nearest(heading)
            meant.add(near and meaning(near))
            problems.add(_UNKNOWN, row, index, f"did you mean {near}?" if near else "")
        elif found.field in columns:
            other = columns[found.field]
            about = f"{found.field}, like column {letter(other.at + 1)} ({shown(other.heading)})"
            problems.add(_DOUBLED, row, index, about)
        else:
            columns[found.field] = _Column(index, heading, found.unit)
    there = set(map(_key, headings))
    for key, name in left_out.items():
        if key not in there:
            problems.add(_NOT_THERE, row, None, _quoted(name))
    for field in NEEDED:
        if field not in columns and not any(guess and guess.field == field for guess in meant):
            problems.add(_NO_COLUMN[field], row)
    return columns


# ---- rows ----


def _entry(
    number: int,
    row: Mapping[str, Cell],
    columns: Mapping[str, _Column],
    problems: _Problems,
    changes: Mapping[str, list[_Change]],
) -> _Entry:
    """A row as a queue. row: its non-empty cells, by field."""
    # If there is a column of DIDs, a queue without one should have none.
    entry = _Entry([number], {field: "" for field in CLEARABLE if field in columns}, {})
    for field, cell in row.items():
        try:
            entry.values[field] = value = _value(field, cell, columns[field].unit)
        except cells.Wrong as wrong:
            entry.values.pop(field, None)
            entry.said[field] = cells.shown_cell(cell)
            problems.add(str(wrong), number, columns[field].at, _quoted(cell) if entry.said[field] else "")
            continue
        if isinstance(cell, (str, int)) and cells.plain(cell) != str(value) and field != "state":
            changes[_KINDS[field]].append(_Change(number, str(cell), value))
    if entry.values.get("state") == "archived":
        # As in a task, its other values only serve to find it.
        needed = [] if "slug" in row else ["name"]
    else:
        needed = [field for field in NEEDED if field in columns]
    for field in needed:
        if field not in row:
            entry.said[field] = ""
            problems.add(_MISSING[field], number, columns[field].at if field in columns else None)
    return entry


def _value(field: str, cell: Cell, unit: int) -> Any:
    if field == "state":
        return cells.state(cell)
    kind = TEXT if field == "slug" else FIELDS[field].kind
    if kind is SECONDS:
        return cells.seconds(cell, unit)
    return cells.text(cell) if kind is TEXT else cells.digits(cell)


_KINDS: Final = {
    "slug": "Extra spaces were removed",
    **{
        name: "Spaces and punctuation were removed from numbers"
        if field.kind is DIGITS
        else "Wait times were converted to seconds"
        if field.kind is SECONDS
        else "Extra spaces were removed"
        for name, field in FIELDS.items()
    },
}


def _said(kind: str, changes: Sequence[_Change]) -> str:
    row, before, after = changes[0]
    return f"{kind} ({len(changes)}); for example, {_quoted(before)} in row {row} becomes {shown(after)}."


def _merged(entries: Sequence[_Entry]) -> tuple[list[_Entry], list[str]]:
    """The entries without duplicates, and notes on these."""
    kept: dict[tuple[Any, ...], _Entry] = {}
    notes = []
    for entry in entries:
        facts = (*sorted(entry.values.items()), None, *sorted(entry.said.items()))
        first = kept.setdefault(facts, entry)
        if first is not entry:
            notes.append(f"Row {entry.rows[0]} repeats row {first.rows[0]}, so they were imported as one queue.")
            first.rows.append(entry.rows[0])
    return list(kept.values()), notes


def _propose_slugs(entries: Sequence[_Entry]) -> list[str]:
    """Give slugs to new queues that have none, and return notes on that."""
    taken = {entry.values.get("slug") for entry in entries}
    last: dict[str, int] = {}
    proposed, others, none = [], [], []
    for entry in entries:
        name, row = entry.values.get("name"), entry.rows[0]
        if not name or {"slug", "state"} & entry.said.keys() or _is_archived(entry) or "slug" in entry.values:
            continue
        base = slug = likely_slug(name)
        if not base:
            none.append(row)
            continue
        while slug in taken:
            last[base] = last.get(base, 1) + 1
            slug = f"{base}_{last[base]}"
        taken.add(slug)
        entry.values["slug"] = slug
        proposed.append(_Change(row, name, slug))
        if slug != base:
            others.append(f"The slug proposed for {_quoted(name)} in row {row} is {slug} because {base} is taken.")
    notes = [_said("Slugs were proposed", proposed)] if proposed else []
    if none:
        notes.append(f"Where no slug can be derived from the name, Evolux will choose one: {_some(none)}.")
    return notes + others


def _is_archived(entry: _Entry) -> bool:
    return entry.values.get("state") == "archived"


def _check_together(
    entries: Sequence[_Entry], columns: Mapping[str, _Column], problems: _Problems, with_slugs: bool
) -> None:
    """Add the problems that the modules would find in the entries for a tenant without queues."""
    wanted = [Wanted.of(**entry.values) for entry in entries]
    for problem in plan_queues(wanted, Tenant()).problems:
        involved = [entries[index] for index in problem.entries]
        # Skip problems that result from an invalid or missing cell, which has a problem of its own.
        if problem.field is None and (any(entry.said for entry in involved) or not set(NEEDED) <= columns.keys()):
            continue
        column = columns.get(problem.field or "")
        cause = problem.error.cause + (_SLUGS_HELP if problem.field == "name" and not with_slugs else "")
        about = problem.error.about.removeprefix("with the ")
        first, *others = sorted(row for entry in involved for row in entry.rows)
        for row in others or [first]:
            problems.add(cause, row, column and column.at, f"{about}, as in row {first}" if others else about)


def _public(entry: _Entry) -> dict[str, Any]:
    """A queue as in tenant files."""
    known_values = {field: entry.values[field] for field in ("slug", *FIELDS) if field in entry.values}
    return {**known_values, **({"state": "archived"} if _is_archived(entry) else {})}


# ---- what may be wrong ----


def _warnings(entries: Sequence[_Entry], hidden: Collection[int]) -> Iterator[str]:
    numbers = {entry.rows[0]: number for entry in entries if (number := entry.values.get("number"))}
    usual = _usual_length(numbers.values())
    if short := [f"{number} in row {row}" for row, number in numbers.items() if 0 < usual - len(number) <= _ZEROS]:
        yield (
            f"Leading zeros may have been lost: other numbers have {usual} digits, but these have fewer: "
            f"{listing(short)}. If so, {cells.AS_TEXT}."
        )
    dids: dict[str, list[int]] = defaultdict(list)
    for entry in entries:
        if (did := entry.values.get("public_number")) and not _is_archived(entry):
            dids[did].append(entry.rows[0])
    if services := [f"{did} in {_rows(rows)}" for did, rows in dids.items() if _SERVICE_NUMBER.fullmatch(did)]:
        yield f"Leading zeros may have been lost, as in 0800 numbers: {listing(services)}. If so, {cells.AS_TEXT}."
    if rounded := [f"{did} in {_rows(rows)}" for did, rows in dids.items() if _ROUNDED.fullmatch(did)]:
        yield f"Scientific notation may have rounded these numbers: {listing(rounded)}. If so, {cells.AS_TEXT}."
    if shared := [f"{did} in {_rows(rows)}" for did, rows in dids.items() if len(rows) > 1]:
        yield f"Several queues have the same DID, which Evolux may reject: {listing(shared)}."
    broken = [
        f"{_quoted(name)} in row {entry.rows[0]}"
        for entry in entries
        if _is_misread(name := str(entry.values.get("name", "")))
    ]
    if broken:
        yield (
            f"Another program may have garbled accents: {listing(broken)}. If so, correct the names, or save the sheet "
            "as XLSX."
        )
    invisible = [
        f"{_quoted(name)} in row {entry.rows[0]}"
        for entry in entries
        if cells.has_invisible(name := str(entry.values.get("name", "")))
    ]
    if invisible:
        yield (
            f"Names contain invisible characters, shown here as escapes: {listing(invisible)}. If they don't belong "
            "there, enter the names again."
        )
    unseen = [row for entry in entries for row in entry.rows if row in hidden]
    if unseen:
        yield f"Hidden rows were imported, too: {listing(unseen)}. If that isn't intended, delete them from the sheet."


def _usual_length(numbers: Collection[str]) -> int:
    """How many digits numbers should have: as many as most have, or more if several have more or one begins with 0."""
    lengths = Counter(map(len, numbers))
    zeros = {len(number) for number in numbers if number.startswith("0")}
    most = max(lengths.values(), default=0)
    likely = [length for length, count in lengths.items() if count == most or count > 1 or length in zeros]
    return max(likely, default=0)


def _is_misread(name: str) -> bool:
    """Whether a text was read in the wrong encoding."""
    if _MISREAD.search(name):
        return True
    # UTF-8 that was read as Windows-1252.
    try:
        return not name.isascii() and name.encode("cp1252").decode("utf-8") != name
    except UnicodeError:
        return False


# ---- words ----


def _quoted(cell: Cell) -> str:
    return f"'{shown(cells.shown_cell(cell))}'"


def _rows(rows: Sequence[int]) -> str:
    *others, last = rows
    return f"rows {', '.join(map(str, others))} and {last}" if others else f"row {last}"


def _some(rows: Sequence[int]) -> str:
    return f"row{'' if len(rows) == 1 else 's'} {listing(rows)}"
