# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The content of a CSV or XLSX file as rows of cells; the file's name doesn't matter. Pure.

Rows and columns have the same numbers as in a spreadsheet program, starting with 1.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import warnings
import zipfile
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, Final, NamedTuple
from xml.etree.ElementTree import XMLParser

from ansible_collections.evolux.contact_center.plugins.module_utils._text import listing, shown
from ansible_collections.evolux.contact_center.plugins.plugin_utils._sheet_cells import (
    BOOLEAN,
    DATE,
    ERROR,
    MERGED,
    UNCOMPUTED,
    Cell,
    Odd,
    is_empty,
)
from ansible_collections.evolux.contact_center.plugins.plugin_utils._sheet_headings import known
from ansible_collections.evolux.contact_center.plugins.plugin_utils._sheet_numbers import shown_number

LARGEST: Final = 64 * 1024 * 1024  # bytes; of an XLSX file, unpacked
HEADINGS_WITHIN: Final = 20  # rows
SAVE_AS: Final = "open it in a spreadsheet program and save it as XLSX or CSV"
_SEPARATORS: Final = {";": "semicolons", ",": "commas", "\t": "tabs"}
_MARKS: Final = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_NAMES: Final = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252"}


class Row(NamedTuple):
    """A row that isn't empty. number: as a spreadsheet program shows it."""

    number: int
    cells: list[Cell]


class Table(NamedTuple):
    """A sheet. name: the file and, in a workbook, the sheet; form: what it was read as; hidden: numbers of rows."""

    name: str
    form: str
    rows: list[Row]
    hidden: Sequence[int] = ()
    sheets: Sequence[str] = ()


def read_table(content: bytes, name: str, sheet: str | None = None) -> Table:
    """Read the requested sheet of a file, else the first one that isn't hidden.

    name: of the file, for messages. Raises ValueError if it can't be read, ImportError if openpyxl is missing.
    """
    name = shown(name)
    if len(content) > LARGEST:
        raise ValueError(f"{name} is larger than {LARGEST // 2**20} MiB; {SAVE_AS}, with only the queues.")
    if content.startswith(b"PK\x03\x04"):
        return _workbook(content, name, sheet)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise ValueError(f"{name} is an old Excel file (.xls) or has a password; {SAVE_AS}, without a password.")
    if content.startswith(b"%PDF"):
        raise ValueError(f"{name} is a PDF file; ask for the spreadsheet that it was made from.")
    if sheet:
        raise ValueError(f"{name} is a CSV file, which has no sheets; don't specify the sheet '{shown(sheet)}'.")
    return _csv(content, name)


def quoted(names: Sequence[object]) -> str:
    """Names in a sentence."""
    return listing([f"'{shown(name)}'" for name in names])


# ---- CSV ----


def _csv(content: bytes, name: str) -> Table:
    text, encoding = _decoded(content, name)
    if re.match(r"\s*<[!?a-zA-Z]", text):
        raise ValueError(f"{name} is a web page or XML, despite its name; {SAVE_AS}.")
    separator = None
    if first := re.match(r"sep=([;,\t])(?:\r\n|\r|\n|$)", text):
        # A line for Excel, which hides it.
        separator, text = first[1], text[first.end() :]
    separator = separator or max(_SEPARATORS, key=lambda sign: _fits(text, sign))
    rows = [Row(number, list(cells)) for number, cells in _records(text, separator, name) if not _says_nothing(cells)]
    return Table(name, f"CSV separated by {_SEPARATORS[separator]}, in {_NAMES[encoding]}", rows)


def _decoded(content: bytes, name: str) -> tuple[str, str]:
    """A file's text and encoding: that of its byte order mark, else UTF-8, else Windows-1252."""
    mark, marked = next(((mark, code) for mark, code in _MARKS.items() if content.startswith(mark)), (b"", ""))
    content, line = content[len(mark) :], 0
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            continue
        if "\0" in text:
            raise ValueError(f"{name} is neither CSV nor XLSX: it contains bytes that aren't text; {SAVE_AS}.")
        return text, encoding
    wrong = f"begins as {_NAMES[marked]}, but isn't valid" if marked else "is neither UTF-8 nor Windows-1252"
    raise ValueError(f"{name} {wrong}: see line {line}; {SAVE_AS}.")


def _fits(text: str, separator: str) -> tuple[int, int]:
    """How well a separator fits: the most headings and the most cells that it yields in one of the first rows."""
    rows = []
    try:
        for row in islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), HEADINGS_WITHIN):
            rows.append(row)
    except csv.Error:
        pass  # reported when the file is read
    return max(map(known, rows), default=0), max(map(len, rows), default=0)


def _records(text: str, separator: str, name: str) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 1):
            yield number, cells
    except csv.Error as error:
        raise ValueError(
            f"{name}, row {number + 1}: the quotes don't match ({error}); put quotes around whole cells, and double "
            "the quotes inside them."
        ) from None


def _says_nothing(cells: Sequence[Cell]) -> bool:
    return all(cell == "" for cell in cells) or all(map(is_empty, cells))


# ---- XLSX ----


def _workbook(content: bytes, name: str, sheet: str | None) -> Table:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {part.filename: part for part in archive.infolist()}
            _check_parts(parts, name)
            if b"http://purl.oclc.org/ooxml/" in archive.read("xl/workbook.xml"):
                raise _Refusal(f"{name} is a Strict Open XML workbook; save it as a regular Excel workbook or as CSV.")
            return _sheet(content, archive, name, sheet)
    except (ImportError, _Refusal):
        raise
    except Exception as error:  # openpyxl raises all kinds of exceptions
        what = f"{type(error).__name__}: {shown(error)}"
        raise ValueError(f"{name} is a damaged XLSX file ({what}); {SAVE_AS}.") from error


class _Refusal(ValueError):
    """An error whose text is shown to people as it is."""


def _check_parts(parts: dict[str, zipfile.ZipInfo], name: str) -> None:
    """Check a file's parts before they are unpacked. Raises _Refusal."""
    if "xl/workbook.xml" not in parts:
        kind = (
            "a binary Excel file (.xlsb)"
            if "xl/workbook.bin" in parts
            else "an OpenDocument file"
            if "content.xml" in parts
            else "an archive, not a spreadsheet"
        )
        raise _Refusal(f"{name} is {kind}; {SAVE_AS}.")
    texts = [part for part in parts.values() if part.filename.endswith((".xml", ".rels"))]
    if sum(part.file_size for part in texts) > LARGEST:
        raise _Refusal(
            f"{name} is larger than {LARGEST // 2**20} MiB when unpacked, most likely because of empty rows; "
            "copy the queues into a new workbook."
        )


def _sheet(content: bytes, archive: zipfile.ZipFile, name: str, wanted: str | None) -> Table:
    import openpyxl

    with warnings.catch_warnings():
        # Warnings about styles and validations don't matter here.
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    visible = [title for title, sheet in sheets.items() if sheet.sheet_state == "visible"] or list(sheets)
    if wanted and wanted not in sheets:
        raise _Refusal(f"{name} has no sheet '{shown(wanted)}'; its sheets are {quoted(list(sheets))}.")
    if not sheets:
        raise _Refusal(f"{name} has no sheet with cells; {SAVE_AS}.")
    sheet = sheets[wanted or visible[0]]
    layout = _Layout()
    parser = XMLParser(target=layout)  # noqa: S314  expat limits the growth of entities, and the size is checked
    with archive.open(sheet._worksheet_path) as part:  # there is no public attribute for it
        while chunk := part.read(1 << 20):
            parser.feed(chunk)
    # The dimensions in the file may be wrong by a million rows.
    sheet.reset_dimensions()
    rows = []
    for number, cells in enumerate(sheet.iter_rows(max_row=layout.last) if layout.last else (), 1):
        if any(cell.value is not None for cell in cells) or number in layout.uncomputed:
            gone = layout.uncomputed.get(number, ())
            row = [Odd("", UNCOMPUTED) if column in gone else _cell(cell) for column, cell in enumerate(cells, 1)]
            if not _says_nothing(row):
                rows.append(Row(number, row))
    _mark_merged(rows, layout.merged)
    table = Table(f"{name}, sheet {shown(sheet.title)}", f"XLSX, sheet {shown(sheet.title)}", rows)
    return table._replace(hidden=[row.number for row in rows if row.number in layout.hidden], sheets=visible)


def _cell(cell: Any) -> Cell:
    """The value of a cell of openpyxl."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "e":
        return Odd(str(value), ERROR)
    if isinstance(value, bool):
        return Odd(str(value).upper(), BOOLEAN)
    if isinstance(value, (datetime, date, time, timedelta)):
        return Odd(str(value), DATE)
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return shown_number(int(value), cell.number_format)
    return value if isinstance(value, (str, int, float)) else str(value)


def _mark_merged(rows: Sequence[Row], ranges: Sequence[tuple[int, int, int, int]]) -> None:
    """Mark cells that are covered by merged cells: they look as if they had a value, but have none."""
    numbers = [row.number for row in rows]
    for left, top, right, bottom in ranges:
        covered = rows[bisect_left(numbers, top) : bisect_right(numbers, bottom)]
        first = covered[0].cells if covered and covered[0].number == top else []
        if len(first) < left or is_empty(first[left - 1]):
            continue
        for row in covered:
            row.cells.extend([""] * (left - len(row.cells)))
            for column in range(left, min(right, len(row.cells)) + 1):
                if (row.number, column) != (top, left):
                    row.cells[column - 1] = Odd("", MERGED)


class _Layout:
    """What openpyxl doesn't report when it reads row by row: hidden rows, merged cells, formulas without a value.

    merged: left, top, right and bottom of each range. uncomputed: columns, by row. last: the last row with a value;
    there may be a million empty rows after it.
    """

    def __init__(self) -> None:
        self.hidden: set[int] = set()
        self.merged: list[tuple[int, int, int, int]] = []
        self.uncomputed: dict[int, set[int]] = {}
        self.last = 0
        self._row = self._column = 0
        self._is_formula = self._is_text = self._has_value = False
        self._tag = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._tag = tag.rpartition("}")[2]
        if self._tag == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = 0
            if attributes.get("hidden") in ("1", "true"):
                self.hidden.add(self._row)
        elif self._tag == "c":
            place = attributes.get("r")
            self._column = _place(place)[0] if place else self._column + 1
            self._is_formula = self._has_value = False
            self._is_text = attributes.get("t") == "str"
        elif self._tag == "f":
            self._is_formula = True
            self.last = self._row
        elif self._tag == "mergeCell":
            first, _colon, last = attributes["ref"].partition(":")
            self.merged.append((*_place(first), *_place(last or first)))

    def data(self, data: str) -> None:
        if self._tag in ("v", "t") and data:
            self._has_value = True
            self.last = self._row

    def end(self, tag: str) -> None:
        self._tag = ""
        if tag.endswith("}c") and self._is_formula and not self._is_text and not self._has_value:
            self.uncomputed.setdefault(self._row, set()).add(self._column)

    def close(self) -> None:
        """Do nothing; the parser requires this method."""


def _place(reference: str) -> tuple[int, int]:
    """The column and the row of a reference such as B3."""
    letters, digits = re.fullmatch(r"\$?([A-Z]+)\$?([0-9]+)", reference).groups()  # type: ignore[union-attr]
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column, int(digits)


def letter(column: int) -> str:
    """The name of a column in spreadsheet programs: 1 is A, 27 is AA."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
