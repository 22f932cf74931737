# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How spreadsheets are read, in any format, and the messages about those that can't be read."""

from __future__ import annotations

import csv
import io
import re
import sys
import tracemalloc
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.evolux.contact_center.plugins.module_utils._plan import plan_queues
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import FIELDS, Wanted
from ansible_collections.evolux.contact_center.plugins.module_utils._steps import Tenant
from ansible_collections.evolux.contact_center.plugins.plugin_utils import _sheet as sheet
from ansible_collections.evolux.contact_center.plugins.plugin_utils import _sheet_cells as cells
from ansible_collections.evolux.contact_center.plugins.plugin_utils import _sheet_file
from ansible_collections.evolux.contact_center.plugins.plugin_utils._sheet import Import, read_queues
from ansible_collections.evolux.contact_center.plugins.plugin_utils._sheet_file import letter, read_table
from ansible_collections.evolux.contact_center.plugins.plugin_utils._sheet_headings import HEADINGS, meaning, nearest

Rows = Sequence[Sequence[Any]]
Dressed = tuple[list[dict[str, Any]], list[list[str]], Callable[[Rows], bytes]]


def imported(content: bytes | str, **options: Any) -> Import:
    encoded = content.encode() if isinstance(content, str) else content
    name = "filas.xlsx" if encoded.startswith(b"PK") else "filas.csv"
    return read_queues(read_table(encoded, name, options.pop("sheet", None)), **options)


def workbook(rows: Rows, change: Callable[[Any], object] = lambda sheet: None, title: str = "Filas") -> bytes:
    """An XLSX file. change: modifies the sheet before it is saved."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    change(sheet)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def as_csv(rows: Rows, separator: str = ";", end: str = "\r\n", quoting: Any = csv.QUOTE_MINIMAL) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator=end, quoting=quoting).writerows(rows)
    return text.getvalue()


def places(result: Import) -> list[str]:
    """The places of the problems."""
    return [line.strip() for line in result.problems if line.startswith("  ")]


# Headings


def test_headings_are_those_of_the_fields_and_ours_come_first() -> None:
    assert list(HEADINGS) == ["name", "slug", *[name for name in FIELDS if name != "name"], "state"]
    assert all(names[0] == field for field, names in HEADINGS.items())
    assert all(meaning(name) == (field, 1) for field, names in HEADINGS.items() for name in names)


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("NÚMERO PÚBLICO", ("public_number", 1)),
        ("numero  publico", ("public_number", 1)),
        ("Nu\u0301mero-Pu\u0301blico", ("public_number", 1)),
        (" Max_Wait_Time ", ("max_wait_time", 1)),
        ("MaxWaitTime", ("max_wait_time", 1)),
        ("Nº", ("number", 1)),
        ("N°", ("number", 1)),
        ("No.", ("number", 1)),
        ("Tempo de espera (s)", ("max_wait_time", 1)),
        ("Tempo de espera em segundos", ("max_wait_time", 1)),
        ("Tempo máx. de espera (min.)", ("max_wait_time", 60)),
        ("Max wait in minutes", ("max_wait_time", 60)),
        ("Nome (s)", None),
        ("min", None),
        ("em", None),
        ("★", None),
        ("Observações", None),
    ],
)
def test_meaning(heading: str, expected: tuple[str, int] | None) -> None:
    assert meaning(heading) == expected


@pytest.mark.parametrize(("heading", "near"), [("Ramall", "ramal"), ("numero publco", "número público"), ("xyz", None)])
def test_nearest(heading: str, near: str | None) -> None:
    assert nearest(heading) == near


# Cells


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("0700", "0700"),
        ("+55 (84) 3222-0000", "558432220000"),
        ("55.84.3222.0000", "558432220000"),
        ("3222.0000", "32220000"),
        ("3.001", "3001"),
        (" 30 01\u00a0", "3001"),
        ("\u202a+55 84 3222\u20110000\u202c", "558432220000"),
        ("[84] {3222} \u2013 0000", "8432220000"),
        ("'0700", "0700"),
        ('="0700"', "0700"),
        (700, "700"),
        (3001.0, "3001"),
        (558432220000, "558432220000"),
        ("5,58432E+11", cells.SCIENTIFIC),
        ("5.58432e11", cells.SCIENTIFIC),
        ("3E5", cells.SCIENTIFIC),
        ("30,5", cells.FRACTION),
        ("30.5", cells.FRACTION),
        ("3001.0", cells.FRACTION),
        ("3001,00", cells.FRACTION),
        ("3001.123", cells.FRACTION),
        (3001.5, cells.FRACTION),
        ("-3001", cells.NEGATIVE),
        (-3001, cells.NEGATIVE),
        (1e15, cells.TOO_LONG),
        ("2026-05-12", cells.DATE),
        ("2026-05-12 00:00:00", cells.DATE),
        ("3222-00-00", "32220000"),
        ("30O1", cells.NOT_DIGITS),
        ("3001/3002", cells.NOT_DIGITS),
        ("3001,3002", cells.NOT_DIGITS),
        ("12:30", cells.NOT_DIGITS),
        ("٣٠٠١", cells.NOT_DIGITS),
        ("++55", cells.NOT_DIGITS),
        ("()", cells.NOT_DIGITS),
        ('="30 01"', cells.NOT_DIGITS),
        ("#N/D", cells.ERROR),
        ("#####", cells.ERROR),
        (cells.Odd("TRUE", cells.BOOLEAN), cells.BOOLEAN),
    ],
)
def test_digits(cell: cells.Cell, expected: str) -> None:
    if expected.isdigit():
        assert cells.digits(cell) == expected
    else:
        with pytest.raises(cells.Wrong, match=re.escape(expected)):
            cells.digits(cell)


@pytest.mark.parametrize(
    ("cell", "unit", "expected"),
    [
        ("300", 1, 300),
        ("300 s", 1, 300),
        ("300seg.", 1, 300),
        ("5 min", 1, 300),
        ("5 MINUTOS", 60, 300),
        ("5", 60, 300),
        ("300 s", 60, 300),
        (5.0, 60, 300),
        (0, 1, 0),
        *((wrong, 1, None) for wrong in ("1:30", "300,0", "1.800", "-5", "5 h", "s", "٣٠", -5, 0.5, 10**9, "9" * 99)),
        (cells.Odd("00:05:00", cells.DATE), 1, None),
    ],
)
def test_seconds(cell: cells.Cell, unit: int, expected: int | None) -> None:
    if expected is not None:
        assert cells.seconds(cell, unit) == expected
    else:
        with pytest.raises(cells.Wrong):
            cells.seconds(cell, unit)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Presente", "present"),
        ("ATIVA", "present"),
        ("active", "present"),
        ("arquivado", "archived"),
        ("Archived", "archived"),
        ("inativa", None),
        ("desativado", None),
        (1, None),
        (cells.Odd("TRUE", cells.BOOLEAN), None),
    ],
)
def test_state(cell: cells.Cell, expected: str | None) -> None:
    if expected:
        assert cells.state(cell) == expected
    else:
        with pytest.raises(cells.Wrong):
            cells.state(cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("  Suporte \u00a0 N1\n", "Suporte N1"),
        ("Sa\u0303o", "São"),
        (2024, "2024"),
        (2024.0, "2024"),
        ("'=SUM(A1)", "=SUM(A1)"),
        ("''Tis", "'Tis"),
        ("'Tis", "'Tis"),
        ('="0700"', "0700"),
        (2024.5, cells.NOT_TEXT),
        ("Cobran\ufffda", cells.BROKEN_TEXT),
        ("#REF!", cells.ERROR),
    ],
)
def test_text(cell: cells.Cell, expected: str) -> None:
    if expected.endswith("."):
        with pytest.raises(cells.Wrong, match=re.escape(expected)):
            cells.text(cell)
    else:
        assert cells.text(cell) == expected


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@given(ANY_TEXT)
@pytest.mark.parametrize(
    "text", ["-", "\u2014", "#N/A", "0700", "1e5", "=1+1", "@x", "+1", "'=x", "\tx", " x", "\ufffd"]
)
def test_escaped_text_is_not_a_formula_and_reads_back_unchanged(text: str, any_text: str) -> None:
    for value in (text, any_text):
        cell = cells.dressed(value)
        assert not cells.is_empty(cell)
        assert cells.text(cell) == value == cells.plain(cell)
        # Except a formula that is just a text, which is harmless.
        assert cell[0] not in "=+-@\t\r\n" or re.fullmatch('="(?:[^"]|"")*"', cell, re.DOTALL)


@pytest.mark.parametrize(
    ("column", "name"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA"), (16384, "XFD")]
)
def test_letter(column: int, name: str) -> None:
    assert letter(column) == name
    assert _sheet_file._place(f"${name}$7") == (column, 7)


# CSV

TWO = [["Nome", "Ramal"], ["Suporte São", "0700"], ["Vendas", "3001"]]
NAMES = ["Suporte São", "Vendas"]


@pytest.mark.each_core
@pytest.mark.parametrize(
    ("content", "form"),
    [
        (as_csv(TWO).encode(), "CSV separated by semicolons, in UTF-8"),
        (as_csv(TWO).encode("utf-8-sig"), "CSV separated by semicolons, in UTF-8"),
        (as_csv(TWO, "\t").encode("utf-16"), "CSV separated by tabs, in UTF-16"),
        (as_csv(TWO, "\t").encode("utf-16-be").replace(b"\0N", b"\xfe\xff\0N", 1), "CSV separated by tabs, in UTF-16"),
        (as_csv(TWO, ",").encode("cp1252"), "CSV separated by commas, in Windows-1252"),
        (as_csv(TWO, ",", "\n").encode(), "CSV separated by commas, in UTF-8"),
        (as_csv(TWO, ",", "\r").encode(), "CSV separated by commas, in UTF-8"),
        (as_csv(TWO, ";", "\r\n", csv.QUOTE_ALL).encode(), "CSV separated by semicolons, in UTF-8"),
        (b"sep=,\r\n" + as_csv(TWO, ",").encode(), "CSV separated by commas, in UTF-8"),
    ],
)
def test_a_csv_file_in_any_dress(content: bytes, form: str) -> None:
    result = imported(content)
    assert [queue["name"] for queue in result.queues] == NAMES
    assert [queue["number"] for queue in result.queues] == ["0700", "3001"]
    assert result.notes[0] == f"Read as {form}."
    assert result.places == ["filas.csv, row 2", "filas.csv, row 3"]


@pytest.mark.each_core
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "filas.csv is empty"),
        (b"\xef\xbb\xbf", "filas.csv is empty"),
        (b";;;\r\n\r\n \t\r\n", "filas.csv is empty"),
        (b"Nome;Ramal\r\n;;\r\n", "has headings, but no queues below them"),
        (b"Filas da Acme\r\nNome;Ramal\r\nx;1\r\n", "filas.csv, row 2: the headings are here"),
        (b"Fila;;\r\n\r\nNome;Ramal\r\nx;1\r\n", "filas.csv, row 3: the headings are here"),
        (b"Suporte;3001\r\nVendas;3002\r\n", "the first row with a value has no recognized heading ('Suporte', "),
        (b'Nome;Ramal\r\nx;1\r\n\r\n"y;2\r\nz;3\r\n', "filas.csv, row 4: the quotes don't match"),
        (b'Nome;Ramal\r\n"x" y;1\r\n', "filas.csv, row 2: the quotes don't match"),
        (b"Nome;Ramal\r\nx\0;1\r\n", "contains bytes that aren't text"),
        (b"Nome;Ramal\r\n\xff\x81;1\r\n", "is neither UTF-8 nor Windows-1252: see line 2"),
        (b"\xef\xbb\xbfNome;Ramal\r\n\xff;1\r\n", "begins as UTF-8, but isn't valid: see line 2"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Excel file (.xls) or has a password"),
        (b"%PDF-1.7", "is a PDF file"),
        (b"\r\n<html><table><tr><td>Nome</td></tr></table></html>", "is a web page or XML"),
        (b'<?xml version="1.0"?><Workbook/>', "is a web page or XML"),
        (b"Nome;Ramal\r\n" + b"x" * 200_000 + b";1\r\n", "filas.csv, row 2: the quotes don't match (field larger"),
    ],
)
def test_what_is_not_a_sheet(content: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        imported(content)


def test_a_csv_file_has_no_sheets() -> None:
    with pytest.raises(ValueError, match="has no sheets; don't specify the sheet 'Filas'"):
        imported(as_csv(TWO), sheet="Filas")


def test_a_file_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sheet_file, "LARGEST", 10)
    with pytest.raises(ValueError, match="is larger than"):
        imported(as_csv(TWO))


def test_a_cell_may_have_separators_quotes_and_line_ends() -> None:
    rows = [["Nome", "Ramal"], ['A "x"; b,\tc\r\nd', "1"], ["e", "2"]]
    result = imported(as_csv(rows))
    assert [queue["name"] for queue in result.queues] == ['A "x"; b, c d', "e"]
    assert result.places[1] == "filas.csv, row 3"  # as spreadsheet programs count


# XLSX


@pytest.mark.each_core
def test_a_workbook() -> None:
    rows: Rows = [
        ["Fila", "Nº", "DID", "Tempo de espera"],
        ["Suporte", "0700", 558432220000, 300],
        [2024, 3001.0, None, 60.0],
    ]
    result = imported(workbook(rows))
    assert result.queues == [
        {"name": "Suporte", "number": "0700", "public_number": "558432220000", "max_wait_time": 300},
        {"name": "2024", "number": "3001", "public_number": "", "max_wait_time": 60},
    ]
    assert result.places == ["filas.xlsx, sheet Filas, row 2", "filas.xlsx, sheet Filas, row 3"]
    assert result.notes == ["Read as XLSX, sheet Filas."]


@pytest.mark.parametrize(
    ("shape", "value", "expected"),
    [
        ("0000", 700, "0700"),
        ("0000", 3001, "3001"),
        ("General", 700, "700"),
        ("0", 700, "700"),
        ("@", "0700", "0700"),
        ("0.00", 5, "5"),
        ("#,##0", 3001, "3001"),
        ("000-000;[Red]0", 1234, "001234"),
        ('"+"00 (00) 0000-0000', 558432220000, "558432220000"),
        ('"+55 "00 0000-0000', 8432220000, None),
        # A space as wide as a bracket, a character that fills the cell, digit positions that show nothing.
        ("_-* 0000_)", 700, "0700"),
        ("#0000", 7, "0007"),
        ("0#", 7, "07"),
        ("'0000", 700, "0700"),
        ('"0"000', 7000, "07000"),
        ("[$-416]0000;@", 700, "0700"),
        ("[<=99999999]0000-0000;(00) 00000-0000", 84932220000, "84932220000"),
        ("[>9999]00000;0000", 700, "0700"),
        ("0.00E+00", 558432220000, "558432220000"),
        ("# ?/?", 7, "7"),
        ('_-* #,##0.00_-;-* #,##0.00_-;_-* "-"??_-;_-@_-', 3001, "3001"),
        ('_-* #,##0.00_-;-* #,##0.00_-;_-* "-"??_-;_-@_-', 0, None),
        ("#", 0, None),
        ("0%", 3, None),
        ("#,##0,", 3001000, None),
        ("[=1]0", 7, None),
    ],
)
def test_a_number_is_what_its_format_shows(shape: str, value: Any, expected: str | None) -> None:
    content = workbook([TWO[0], ["x", value]], lambda sheet: setattr(sheet["B2"], "number_format", shape))
    result = imported(content)
    if expected is None:
        assert result.problems[0] == cells.SHOWN_OTHERWISE
        assert places(result) == [f"filas.xlsx, sheet Filas, row 2, column B (Ramal): '{value}'"]
    else:
        assert result.queues[-1]["number"] == expected


def test_a_format_may_show_more_than_digits() -> None:
    def shape(sheet: Any) -> None:
        for cell, text in {"A2": '"N"0', "C2": '0" min"', "C3": 'General" s"'}.items():
            sheet[cell].number_format = text

    rows: Rows = [["Fila", "Ramal", "Espera"], [1, 3001, 5], [2, 3002, 300]]
    assert imported(workbook(rows, shape)).queues == [
        {"name": "N1", "number": "3001", "max_wait_time": 300},
        {"name": "2", "number": "3002", "max_wait_time": 300},
    ]
    result = imported(workbook([*TWO, ["x", 700]], lambda sheet: setattr(sheet["B4"], "number_format", '"R. "0000')))
    assert places(result) == ["filas.xlsx, sheet Filas, row 4, column B (Ramal): 'R. 0700'"]


def test_no_format_hides_that_digits_are_lost() -> None:
    content = workbook([*TWO, ["x", 10**15]], lambda sheet: setattr(sheet["B4"], "number_format", "0000"))
    assert imported(content).problems[0] == cells.TOO_LONG


def merge(*ranges: str) -> Callable[[Any], object]:
    return lambda sheet: [sheet.merge_cells(cells) for cells in ranges]


@pytest.mark.parametrize(
    ("value", "cause", "shows"),
    [
        (True, cells.BOOLEAN, ": 'TRUE'"),
        (date(2026, 3, 1), cells.DATE, ": '2026-03-01 00:00:00'"),
        (time(12, 30), cells.DATE, ": '12:30:00'"),
        (3001.5, cells.FRACTION, ": '3001.5'"),
        ("=A1", cells.UNCOMPUTED, ""),
        ("#N/A", cells.ERROR, ": '#N/A'"),
        ("5,58432E+11", cells.SCIENTIFIC, ": '5,58432E+11'"),
    ],
)
def test_cells_of_a_workbook_that_hold_no_number(value: Any, cause: str, shows: str) -> None:
    result = imported(workbook([*TWO, ["x", value]]))
    assert list(result.problems) == [cause, f"  filas.xlsx, sheet Filas, row 4, column B (Ramal){shows}"]


def test_a_formulas_stored_value_counts() -> None:
    content = with_part(workbook([*TWO, ["x", "=1+1"], ["y", "=1+2"]]), b"<v></v>", b"<v>3002</v>", 1)
    assert places(imported(content)) == ["filas.xlsx, sheet Filas, row 5, column B (Ramal)"]
    content = with_part(content, b"<v></v>", b"<v>3003</v>", 1)
    assert [queue["number"] for queue in imported(content).queues][2:] == ["3002", "3003"]
    # The result of a formula may be empty.
    content = with_part(content, b'<c r="B5"><f>1+2</f><v>3003</v>', b'<c r="B5" t="str"><f>1+2</f><v></v>', 1)
    assert imported(content).problems[0] == "A queue has no number; give it one."


def with_part(content: bytes, old: bytes, new: bytes, count: int = -1, part: str = "xl/worksheets/sheet1.xml") -> bytes:
    """A workbook with bytes replaced in one of its parts."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            data = source.read(info).replace(b"<v />", b"<v></v>")
            if info.filename == part:
                assert old in data, data
                data = data.replace(old, new, count)
            target.writestr(info.filename, data)
    return result.getvalue()


@pytest.mark.parametrize(
    ("ranges", "where"),
    [
        (["C2:C3"], ["row 3, column C (DID)"]),
        (["B2:C2"], ["row 2, column C (DID)"]),
        (["C4:C5", "D2:D5"], []),  # without a value, or ignored
    ],
)
def test_merged_cells(ranges: list[str], where: list[str]) -> None:
    rows: Rows = [
        ["Nome", "Ramal", "DID", "Obs"],
        ["a", 1, 558432220000, "x"],
        ["b", 2, None, None],
        ["c", 3, None, None],
        ["d", 4, None, None],
    ]
    result = imported(workbook(rows, merge(*ranges)), ignore=["Obs"])
    assert places(result) == [f"filas.xlsx, sheet Filas, {place}" for place in where]
    assert list(result.problems)[: len(where[:1])] == [cells.MERGED][: len(where)]


def test_a_merged_title_is_above_the_headings() -> None:
    with pytest.raises(
        ValueError,
        match=r"sheet Filas, row 2: the headings are here.*above them, starting with row 1 \('Filas da Acme'\)",
    ):
        imported(workbook([["Filas da Acme"], *TWO], merge("A1:F1")))


def test_hidden_rows_are_read_and_reported() -> None:
    def hide(sheet: Any) -> None:
        sheet.row_dimensions[3].hidden = True
        sheet.row_dimensions[9].hidden = True

    result = imported(workbook(TWO, hide))
    assert [queue["name"] for queue in result.queues] == NAMES
    assert result.warnings == ["Hidden rows were imported, too: 3. If that isn't intended, delete them from the sheet."]


def sheets(**states: str) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, state in states.items():
        sheet = book.create_sheet(title)
        sheet.sheet_state = state
        for row in [["Nome", "Ramal"], [title, 1]] if title != "Capa" else [["Bem-vindo"]]:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize(
    ("states", "sheet", "expected"),
    [
        ({"A": "visible", "B": "visible"}, None, "A"),
        ({"A": "visible", "B": "visible"}, "B", "B"),
        ({"A": "hidden", "B": "visible"}, None, "B"),
        ({"A": "veryHidden", "B": "visible"}, "A", "A"),
    ],
)
def test_which_sheet(states: dict[str, str], sheet: str | None, expected: str) -> None:
    assert imported(sheets(**states), sheet=sheet).queues[0]["name"] == expected


@pytest.mark.each_core
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04 and nothing more", "is a damaged XLSX file"),
        (with_part(workbook(TWO), b"</row>", b"", 1), "is a damaged XLSX file"),
        (
            with_part(
                workbook(TWO),
                b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                b"http://purl.oclc.org/ooxml/spreadsheetml/main",
                part="xl/workbook.xml",
            ),
            "is a Strict Open XML workbook; save it as a regular Excel workbook or as CSV.",
        ),
    ],
)
def test_a_damaged_workbook(content: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        imported(content)


@pytest.mark.each_core
@pytest.mark.parametrize(
    ("part", "says"),
    [
        ("xl/workbook.bin", "is a binary Excel file (.xlsb)"),
        ("content.xml", "is an OpenDocument file"),
        ("word/document.xml", "is an archive, not a spreadsheet"),
    ],
)
def test_other_archives(part: str, says: str) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(part, "x")
    with pytest.raises(ValueError, match=re.escape(says)):
        imported(content.getvalue())


def test_other_sheets_are_named() -> None:
    content = sheets(Capa="visible", Filas="visible", Oculta="hidden")
    with pytest.raises(ValueError, match=re.escape("The workbook has the sheets 'Capa', 'Filas'; choose one with")):
        imported(content)
    with pytest.raises(ValueError, match=re.escape("has no sheet 'filas'; its sheets are 'Capa', 'Filas', 'Oculta'.")):
        imported(content, sheet="filas")


def test_without_openpyxl(monkeypatch: pytest.MonkeyPatch) -> None:
    content = workbook(TWO)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ImportError):
        imported(content)
    assert imported(as_csv(TWO)).queues


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    rows = b'<row r="4"/>' * 6_000_000
    content = with_part(workbook(TWO), b"</sheetData>", rows + b"</sheetData>")
    assert len(content) < 1_000_000
    with pytest.raises(ValueError, match="is larger than 64 MiB when unpacked"):
        imported(content)


def test_empty_rows_cost_little() -> None:
    rows = b"".join(b'<row r="%d"/>' % number for number in range(4, 100_000))
    content = with_part(workbook(TWO), b"</sheetData>", rows + b"</sheetData>")
    tracemalloc.start()
    try:
        assert [queue["name"] for queue in imported(content).queues] == NAMES
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_sheet_that_says_a_wrong_size() -> None:
    content = with_part(workbook(TWO), b'<dimension ref="A1:B3"', b'<dimension ref="A1:XFD1048576"')
    assert [queue["name"] for queue in imported(content).queues] == NAMES
    content = with_part(workbook(TWO), b'<dimension ref="A1:B3"', b'<dimension ref="A1"')
    assert [queue["name"] for queue in imported(content).queues] == NAMES


# Queues


@pytest.mark.parametrize(
    ("rows", "options", "expected"),
    [
        (["Nome;Ramal", "a;1"], {}, [{"name": "a", "number": "1"}]),
        (["Ramal;Nome;DID", "1;a;"], {}, [{"name": "a", "number": "1", "public_number": ""}]),
        (["Nome;Ramal;DID", "a;1;\u2014"], {}, [{"name": "a", "number": "1", "public_number": ""}]),
        (
            ["Nome;Ramal;DID", "a;1;'", "'';2;'", "';';"],
            {},
            [{"name": "a", "number": "1", "public_number": ""}, {"name": "'", "number": "2", "public_number": ""}],
        ),
        (["Nome;Ramal;DID", 'a;1;=""'], {}, [{"name": "a", "number": "1", "public_number": ""}]),
        (["Nome;Ramal;Tempo de espera", "a;1;"], {}, [{"name": "a", "number": "1"}]),
        (["Nome;Ramal;Espera (min)", "a;1;5"], {}, [{"name": "a", "number": "1", "max_wait_time": 300}]),
        (
            ["Nome;Ramal;Situação;slug", "a;1;ativa;", "b;;arquivada;", ";;archived;c"],
            {},
            [{"name": "a", "number": "1"}, {"name": "b", "state": "archived"}, {"slug": "c", "state": "archived"}],
        ),
        (["Nome;Ramal;;", "a;1;;;;;"], {}, [{"name": "a", "number": "1"}]),
        (["Nome;Ramal;Obs", "a;1;x"], {"ignore": ["OBS"]}, [{"name": "a", "number": "1"}]),
        (["Nome;Ramal;★", "a;1;x"], {"ignore": ["★"]}, [{"name": "a", "number": "1"}]),
        (
            ["Nome;Ramal", "Suporte N1;1", "Suporte, N1;2", "★;3"],
            {"propose_slugs": True},
            [
                {"slug": "suporte_n1", "name": "Suporte N1", "number": "1"},
                {"slug": "suporte_n1_2", "name": "Suporte, N1", "number": "2"},
                {"name": "★", "number": "3"},
            ],
        ),
        (
            ["Nome;Ramal;Slug", "a;1;", "b;2;a"],
            {"propose_slugs": True},
            [{"slug": "a_2", "name": "a", "number": "1"}, {"slug": "a", "name": "b", "number": "2"}],
        ),
    ],
)
def test_queues(rows: list[str], options: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    result = imported("\n".join(rows), **options)
    assert list(result.problems) == []
    assert result.queues == expected


def test_what_was_changed_is_said_in_a_line_each() -> None:
    rows = [
        "Nome;Ramal;DID;Espera;Obs",
        "Suporte  N1;3001;+55 (84) 3222-0000;5 min;",
        "\u00a0Vendas;30 02;;;",
        ";;;;x",
        "Suporte N1;3001;558432220000;300;y",
        "Vendas!;3003;;;",
    ]
    result = imported("\n".join(rows), ignore=["obs"], propose_slugs=True)
    assert list(result.notes) == [
        "Read as CSV separated by semicolons, in UTF-8.",
        "Row 5 repeats row 2, so they were imported as one queue.",
        "Slugs were proposed (3); for example, 'Suporte N1' in row 2 becomes suporte_n1.",
        "The slug proposed for 'Vendas!' in row 6 is vendas_2 because vendas is taken.",
        "Nothing was imported from row 4: only ignored columns have values there.",
        "Extra spaces were removed (2); for example, 'Suporte  N1' in row 2 becomes Suporte N1.",
        (
            "Spaces and punctuation were removed from numbers (2); "
            "for example, '+55 (84) 3222-0000' in row 2 becomes 558432220000."
        ),
        "Wait times were converted to seconds (1); for example, '5 min' in row 2 becomes 300.",
    ]
    assert result.places[0] == "filas.csv, rows 2 and 5"


@pytest.mark.parametrize(
    ("numbers", "did", "says"),
    [
        (["3001", "3002", "701"], "", "other numbers have 4 digits, but these have fewer: 701 in row 4."),
        (["3001", "701"], "", "these have fewer: 701 in row 3."),
        (["3001", "0700"], "", None),
        (["701", "702", "3001"], "", None),
        (
            ["701", "702", "703", "3001", "3002"],
            "",
            "other numbers have 4 digits, but these have fewer: 701 in row 2, 702",
        ),
        (["701", "702", "0703"], "", "these have fewer: 701 in row 2, 702 in row 3."),
        (["3001", "3002", "08432220000", "08432220001"], "", None),
        (["3001"], "8001234567", "as in 0800 numbers: 8001234567 in row 2."),
        (["3001"], "08001234567", None),
        (["3001"], "558432000000", "Scientific notation may have rounded these numbers: 558432000000 in row 2."),
        (["3001"], "558432220000", None),
        (["3001", "3002"], "558432220000", "which Evolux may reject: 558432220000 in rows 2 and 3."),
    ],
)
def test_numbers_that_look_wrong(numbers: list[str], did: str, says: str | None) -> None:
    rows = [["Nome", "Ramal", "DID"], *([f"q{number}", number, did] for number in numbers)]
    warnings = imported(as_csv(rows)).warnings
    assert (says in warnings[0]) if says else not warnings


def test_accents_that_were_misread() -> None:
    (warning,) = imported("Nome;Ramal\nCobran\u00c3\u00a7a;1\nS\u00e3o Jo\u00e3o;2\n").warnings
    assert "'Cobran\u00c3\u00a7a' in row 2." in warning


@pytest.mark.parametrize(
    ("name", "shows"),
    [
        ("Suporte\u200b", "'Suporte\\u200b'"),
        ("a\u202eb", "'a\\u202eb'"),
        ("a\x1bb", "'a\\u001bb'"),
        ("\U0001f468\u200d\U0001f469", None),
        ("a\u00a0b", None),
    ],
)
def test_invisible_characters(name: str, shows: str | None) -> None:
    warnings = imported(f"Nome;Ramal\n{name};1\n").warnings
    assert (
        (f"{shows} in row 2. If they don't belong there, enter the names again." in warnings[0])
        if shows
        else not warnings
    )


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("T\u00e9cnica", "cp850"),
        ("F\u00edsica", "cp850"),
        ("S\u00e3o Jo\u00e3o", "cp850"),
        ("Informa\u00e7\u00f5es", "cp850"),
        ("T\u00e9cnica", "mac_roman"),
        ("S\u00e3o Jo\u00e3o", "mac_roman"),
    ],
)
def test_accents_of_other_encodings(name: str, encoding: str) -> None:
    (warning,) = imported(f"Nome;Ramal\n{name};1\n".encode(encoding)).warnings
    assert warning.startswith("Another program may have garbled accents")


@pytest.mark.parametrize(
    "name",
    [
        "T\u00e9cnica",
        "\u00c6r\u00f8",
        "D\u2019\u00c1vila",
        "2\u00ba n\u00edvel",
        "R$ \u00a3 \u20ac",
        "N1\u2013N2",
        "\u017di\u017eek",
    ],
)
def test_accents_that_are_right(name: str) -> None:
    assert not imported(f"Nome;Ramal\n{name};1\n").warnings


@pytest.mark.parametrize(
    ("rows", "options", "expected"),
    [
        (["Nome;Ramal;Obs", "a;1;x"], {}, ["row 1, column C (Obs)"]),
        (["Nome;Ramall", "a;1"], {}, ["row 1, column B (Ramall): did you mean ramal?"]),
        (["Nome;DID", "a;1"], {}, ["row 1"]),
        (["Nome;Ramal;Fila", "a;1;b"], {}, ["row 1, column C (Fila): name, like column A (Nome)"]),
        (["Nome;Ramal", "a;1"], {"ignore": ["Obs"]}, ["row 1: 'Obs'"]),
        (["Nome;Ramal;", "a;1;x"], {}, ["row 2, column C: 'x'"]),
        (["Nome,Ramal", "Suporte, N1,1"], {}, ["row 2, column B (Ramal): ' N1'", "row 2, column C: '1'"]),
        (["Nome;Ramal", ";1"], {}, ["row 2, column A (Nome)"]),
        (["Nome;Ramal", "a;"], {}, ["row 2, column B (Ramal)"]),
        (["Nome;Ramal;Slug", ";;a"], {}, ["row 2, column A (Nome)", "row 2, column B (Ramal)"]),
        (
            ["Nome;Ramal", "a;1", "b;1", "c;1"],
            {},
            ["row 3, column B (Ramal): number 1, as in row 2", "row 4, column B (Ramal): number 1, as in row 2"],
        ),
        (["Nome;Ramal", "a;1", ";1"], {}, ["row 3, column A (Nome)", "row 3, column B (Ramal): number 1, as in row 2"]),
        (["Nome;Ramal;Slug", "a;1;x", "b;2;x"], {}, ["row 3, column C (Slug): slug 'x', as in row 2"]),
        (["Nome;Ramal", "a;1", "a;2"], {}, ["row 3, column A (Nome): name 'a', as in row 2"]),
        (["Nome;Ramal", "a b;1", "A! B;2"], {}, ["row 3, column A (Nome): slug 'a_b', as in row 2"]),
        (
            ["Nome;Ramal;Slug", "a;1;Vendas São"],
            {},
            ["row 2, column C (Slug): slug 'Vendas São' (did you mean 'vendas_sao'?)"],
        ),
        (["Nome;Ramal;Situação", "a;1;inativa"], {}, ["row 2, column C (Situação): 'inativa'"]),
        (["Nome;Ramal;Situação", ";1;arquivada"], {}, ["row 2, column A (Nome)"]),
        (["Nome;Ramal;Espera", "a;1;1:30"], {}, ["row 2, column C (Espera): '1:30'"]),
        (["Nome;Ramal", "\x1b[2Ka\u202e;1x"], {}, ["row 2, column B (Ramal): '1x'"]),
        (["Nome;Ramal", "a;\x1b[2K\u202e1"], {}, ["row 2, column B (Ramal): '\\u001b[2K\\u202e1'"]),
        # If two rows are identical, both are reported.
        (["Nome;Ramal", "a;x", "a;x"], {}, ["row 2, column B (Ramal): 'x'", "row 3, column B (Ramal): 'x'"]),
    ],
)
def test_problems(rows: list[str], options: dict[str, Any], expected: list[str]) -> None:
    result = imported("\n".join(rows), **options)
    assert places(result) == [f"filas.csv, {place}" for place in expected]
    assert result.wrong == len(expected)
    assert not result.queues


def test_all_problems_at_once_each_cause_once() -> None:
    rows = ["Fila;Ramal;DID;Dono", "Suporte;3001;5,58432E+11;x", "Vendas;3001;5,58433E+11;", ";30.5;abc;"]
    assert list(imported("\n".join(rows)).problems) == [
        sheet._UNKNOWN,
        "  filas.csv, row 1, column D (Dono)",
        cells.SCIENTIFIC,
        "  filas.csv, row 2, column C (DID): '5,58432E+11'",
        "  filas.csv, row 3, column C (DID): '5,58433E+11'",
        "Several entries request the same number, but only one active queue can have it; give each its own.",
        "  filas.csv, row 3, column B (Ramal): number 3001, as in row 2",
        "A queue has no name; give it one.",
        "  filas.csv, row 4, column A (Fila)",
        cells.FRACTION,
        "  filas.csv, row 4, column B (Ramal): '30.5'",
        cells.NOT_DIGITS,
        "  filas.csv, row 4, column C (DID): 'abc'",
    ]


# Any table, in any format

DIGITS = st.text("0123456789", min_size=1, max_size=13)
NAME = (
    st.text(st.characters(codec="cp1252", exclude_categories=["Cc", "Cf", "Zs"]) | st.just(" "), min_size=1)
    .map(cells._tidy)
    .filter(lambda text: text and cells.dressed(text) == text)
)
QUEUE = st.fixed_dictionaries(
    {
        "name": NAME,
        "slug": st.text("abcdefghijklmnopqrstuvwxyz0123456789_", min_size=1).filter(lambda slug: not slug.isdigit()),
        "number": DIGITS,
        "public_number": DIGITS | st.just(""),
        "max_wait_time": st.integers(0, 10**6),
    }
)
QUEUES = st.lists(QUEUE, min_size=1, max_size=8, unique_by=(lambda q: q["slug"], lambda q: q["number"]))


@st.composite
def dresses(draw: st.DrawFn) -> Dressed:
    """Queues, the rows of a sheet that contains them, and a function that makes a file from rows."""
    queues = draw(QUEUES)
    fields = draw(st.permutations(["name", "slug", "number", "public_number", "max_wait_time"]))
    case: Callable[[str], str] = draw(st.sampled_from([str.lower, str.upper, str.title]))
    rows = [[case(draw(st.sampled_from(HEADINGS[field]))) for field in fields]]
    for queue in queues:
        rows.append([str(queue[field]) for field in fields])
        rows += [[""] * len(fields)] * draw(st.integers(0, 1))
    if draw(st.booleans()):
        return queues, rows, workbook
    separator, end = draw(st.sampled_from(";,\t")), draw(st.sampled_from(["\r\n", "\n", "\r"]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]))

    def dress(rows: Rows) -> bytes:
        return as_csv(rows, separator, end, quoting).encode(encoding)

    return queues, rows, dress


def is_ambiguous(content: bytes) -> bool:
    """Whether text written as Windows-1252 is also valid UTF-8, and is therefore read as UTF-8."""
    try:
        return not content.isascii() and bool(content.decode("utf-8"))
    except UnicodeDecodeError:
        return False


@settings(deadline=None)
@given(dresses())
def test_any_table_in_any_dress_is_the_same_tenant(
    dressed: Dressed,
) -> None:
    queues, rows, dress = dressed
    content = dress(rows)
    result = imported(content)
    assert list(result.problems) == []
    if not (is_ambiguous(content) and b"\xef\xbb\xbf" not in content):
        assert result.queues == queues
    assert not plan_queues([Wanted.of(**queue) for queue in result.queues], Tenant()).problems
    numbers = [number for number, row in enumerate(rows, 1) if number > 1 and any(row)]
    assert [place.rpartition(" ")[2] for place in result.places] == list(map(str, numbers))


FAULTS: dict[str, list[str]] = {
    "number": ["", "5,58432E+11", "30.5", "30,5", "30x", "-3", "#N/A", "12:30"],
    "public_number": ["5.58E11", "1,5", "84 x", "#REF!"],
    "max_wait_time": ["1:30", "-1", "many"],
    "name": ["", "\ufffd"],
    "slug": ["A B", "é"],
}


@settings(deadline=None)
@given(dresses(), st.data())
def test_any_fault_is_named_by_row_and_column(dressed: Dressed, data: st.DataObject) -> None:
    _queues, rows, dress = dressed
    field = data.draw(st.sampled_from(list(FAULTS)))
    column = next(index for index, heading in enumerate(rows[0]) if (meaning(heading) or ("",))[0] == field)
    row = data.draw(st.sampled_from([index for index, cell in enumerate(rows) if index and any(cell)]))
    fault = data.draw(st.sampled_from(FAULTS[field]))
    rows[row][column] = fault
    try:
        content = dress(rows)
    except UnicodeEncodeError:
        return  # Windows-1252 doesn't have every character
    result = imported(content)
    (place,) = places(result)
    assert f"row {row + 1}, column {letter(column + 1)} (" in place


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text("Nome;Ral,\t\"'\r\n=1\0\u00e9", max_size=80).map(str.encode))
def test_whatever_comes_is_read_or_refused(content: bytes) -> None:
    with suppress(ValueError):
        imported(content)


ANY_CELL = st.sampled_from(
    [
        None,
        "",
        "Nome",
        "Ramal",
        "DID",
        "Obs",
        "-",
        "a",
        "=A1",
        "#N/A",
        True,
        date(2026, 3, 1),
        time(1),
        1,
        2.5,
        1e300,
        -1,
    ]
)
ANY_RANGE = st.sampled_from(["A1:B1", "A1:A3", "B2:C4", "A1:XFD1048576", "C1:C1048576"])


@settings(deadline=None)
@given(st.lists(st.lists(ANY_CELL, max_size=4), max_size=5), st.lists(ANY_RANGE, max_size=1))
@example([["=A1"], ["Nome", "Ramal"]], [])
@example([["=A1"], ["a", "b"]], [])
def test_whatever_a_workbook_has_is_read_or_refused(rows: Rows, ranges: list[str]) -> None:
    def merge_all(sheet: Any) -> None:
        for each in ranges:
            sheet.merged_cells.add(each)  # without creating a billion cells

    with suppress(ValueError):
        imported(workbook(rows, merge_all))


def test_the_guide_lists_the_headings() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "spreadsheet.md").read_text(encoding="utf-8")
    rows = re.findall(r"^ +\| `(\w+)` \| (.*) \|$", text, re.MULTILINE)
    assert {field: tuple(names.split(", ")) for field, names in rows} == HEADINGS
