# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the cells of spreadsheets, and writes cells that spreadsheet programs leave alone. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final, NamedTuple, Union

from ansible_collections.evolux.contact_center.plugins.module_utils._conflicts import bad_number
from ansible_collections.evolux.contact_center.plugins.plugin_utils._sheet_headings import UNITS, same

# What is wrong with a cell, and what to do.
AS_TEXT: Final = "format the column as text and enter the value again"
DATE: Final = f"A cell contains a date or a time, possibly because a spreadsheet program converted a number; {AS_TEXT}."
BOOLEAN: Final = f"A cell contains a boolean; {AS_TEXT}."
ERROR: Final = "A cell shows an error instead of a value; correct its formula, or enter the value."
UNCOMPUTED: Final = (
    "A formula has no stored result because no spreadsheet program has calculated it; open the file in one and save it."
)
MERGED: Final = "A cell is merged with its neighbor; unmerge the cells and give each row its own value."
SHOWN_OTHERWISE: Final = f"A cell's format shows different digits from those that the cell contains; {AS_TEXT}."
SCIENTIFIC: Final = f"A number is in scientific notation, which loses digits; {AS_TEXT}."
TOO_LONG: Final = f"A number has more digits than spreadsheet programs keep, so the last ones may be lost; {AS_TEXT}."
FRACTION: Final = "A number has a decimal part; write a whole number, in digits only."
NEGATIVE: Final = "A number is negative; write it in digits only."
NOT_DIGITS: Final = "A number contains more than digits; write one number, in digits only."
NO_TIME: Final = "A wait time isn't a whole number of seconds or minutes; write 300, '300 s' or '5 min'."
NO_STATE: Final = "A state isn't recognized; write present (ativa) or archived (arquivada)."
BROKEN_TEXT: Final = "A text has lost characters in another program; enter it again."
NOT_TEXT: Final = f"A cell contains a decimal number, which isn't text; {AS_TEXT}."

_STATES: Final = {
    **dict.fromkeys(("present", "presente", "active", "ativo", "ativa"), "present"),
    **dict.fromkeys(("archived", "arquivado", "arquivada"), "archived"),
}
_DASH: Final = "\\-\u2010-\u2015\u2212"
# As Excel shows them in English and Portuguese. A column that is too narrow shows only # signs.
_ERRORS: Final = re.compile(r"#(N/[AD]|REF!|NAME\?|NOME\?|VALUE!|VALOR!|DIV/0!|N[UÚ]M!|NUL[LO]!|SPILL!|CALC!|#*)")
KEPT_DIGITS: Final = 15
# Characters that make spreadsheet programs treat a cell as a formula, and the apostrophe, which prevents that.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
_NO_TEXT: Final = ("'", '=""')
_TEXT_FORMULA: Final = re.compile(r'="((?:[^"]|"")*)"', re.DOTALL)


class Odd(NamedTuple):
    """A cell without a usable value. text: what it shows, if anything; why: what is wrong and what to do."""

    text: str
    why: str


Cell = Union[str, int, float, Odd]


class Wrong(ValueError):
    """What is wrong with a cell, and what to do."""


def is_empty(cell: Cell) -> bool:
    """Whether a cell is empty. A dash counts as empty, and so does an empty text written by this module."""
    if not isinstance(cell, str):
        return False
    # Most cells of a wide sheet are empty, so checking them must be cheap.
    return not cell or cell in _NO_TEXT or not re.sub(rf"[\s{_DASH}]", "", _visible(cell))


def shown_cell(cell: Cell) -> str:
    """What a cell shows."""
    return cell.text if isinstance(cell, Odd) else str(cell)


def has_invisible(text: str) -> bool:
    """Whether a text has invisible characters, except joiners, which some scripts and emoji need."""
    return any(unicodedata.category(c) in ("Cc", "Cf") and c not in "\u200c\u200d" for c in text)


def _visible(text: str) -> str:
    """A text without formatting characters, which telephones and web pages put around numbers."""
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


# ---- how cells are written ----


def dressed(text: str) -> str:
    """A text as a CSV cell that spreadsheet programs treat as text, and that is read back unchanged."""
    if text[:1].isdigit():
        return dressed_number(text)
    return f"'{text}" if _is_delicate(text) else text


def dressed_number(number: str) -> str:
    """Digits as a CSV cell in which spreadsheet programs keep every digit."""
    return '="{}"'.format(number.replace('"', '""'))


def _undressed(cell: str) -> str | None:
    """The text of a cell that was written like this; None for any other cell."""
    if quoted := _TEXT_FORMULA.fullmatch(cell):
        return quoted[1].replace('""', '"')
    return cell[1:] if cell.startswith("'") and _is_delicate(cell[1:]) else None


def plain(cell: str | int) -> str:
    """The text of a cell without what only keeps spreadsheet programs from changing it."""
    text = str(cell)
    exact = _undressed(text)
    return text if exact is None else exact


def _is_delicate(text: str) -> bool:
    return text.startswith(_FORMULA) or text != _tidy(text) or is_empty(text) or _damage(text) is not None


def _tidy(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _damage(text: str) -> str | None:
    if _ERRORS.fullmatch(text.strip().upper()):
        return ERROR
    return BROKEN_TEXT if "\ufffd" in text else None


# ---- how cells are read ----


def text(cell: Cell) -> str:
    """A name or a slug, without extra spaces. Raises Wrong."""
    if isinstance(cell, str):
        exact = _undressed(cell)
        if exact is None and (damage := _damage(cell)):
            raise Wrong(damage)
        return _tidy(cell) if exact is None else exact
    number = _whole(cell)
    if number is None:
        raise Wrong(NOT_TEXT)
    return str(number)


def digits(cell: Cell) -> str:
    """A number without a leading plus, spaces, dots, dashes and brackets. Raises Wrong."""
    if isinstance(cell, str):
        exact = _undressed(cell)
        number = _freed(cell) if exact is None else exact
    else:
        whole = _whole(cell)
        if whole is None:
            raise Wrong(FRACTION)
        if whole < 0:
            raise Wrong(NEGATIVE)
        number = str(whole)
        if len(number) > KEPT_DIGITS:
            raise Wrong(TOO_LONG)
    if not number or bad_number("number", number):
        raise Wrong(NOT_DIGITS)
    return number


def seconds(cell: Cell, unit: int = 1) -> int:
    """A wait time in seconds. unit: in seconds, for numbers without a unit of their own. Raises Wrong."""
    if isinstance(cell, str):
        if damage := _damage(cell):
            raise Wrong(damage)
        exact = _undressed(cell)
        written = re.fullmatch(r"([0-9]{1,9})\s*([^\W\d]*)\.?", (cell if exact is None else exact).strip())
        if written is None or (written[2] and same(written[2]) not in UNITS):
            raise Wrong(NO_TIME)
        return int(written[1]) * (UNITS[same(written[2])] if written[2] else unit)
    time = _whole(cell)
    if time is None or not 0 <= time < 10**9:
        raise Wrong(NO_TIME)
    return time * unit


def state(cell: Cell) -> str:
    """The state present or archived. Raises Wrong."""
    if isinstance(cell, Odd):
        raise Wrong(cell.why)
    word = same(shown_cell(cell))
    if word not in _STATES:
        raise Wrong(NO_STATE)
    return _STATES[word]


def _whole(cell: int | float | Odd) -> int | None:
    """A cell's whole number; None if it has a decimal part. Raises Wrong."""
    if isinstance(cell, Odd):
        raise Wrong(cell.why)
    return int(cell) if cell == int(cell) else None


def _freed(text: str) -> str:
    """A number as people write it, without characters that only make it readable. Raises Wrong."""
    if damage := _damage(text):
        raise Wrong(damage)
    plain = _visible(text).strip().lstrip("'")
    if re.fullmatch(r"[+-]?\d+([.,]\d+)?\s*[eE]\s*[+-]?\d+", plain):
        raise Wrong(SCIENTIFIC)
    if re.fullmatch(rf"[{_DASH}]\s*\d+([.,]\d+)?", plain):
        raise Wrong(NEGATIVE)
    if _is_fraction(plain):
        raise Wrong(FRACTION)
    if _is_date(plain):
        raise Wrong(DATE)
    return re.sub(rf"[\s.(){{}}\[\]{_DASH}]", "", plain[1:] if plain.startswith("+") else plain)


def _is_fraction(text: str) -> bool:
    """Whether a text is a decimal number rather than grouped digits: 3001.5 is one, but 3.001 and 3222.0000 aren't.

    3001,3002 isn't one either: these are two numbers.
    """
    parts = re.fullmatch(r"(\d+)([.,])(\d+)", text)
    if parts is None:
        return False
    before, sign, after = len(parts[1]), parts[2], len(parts[3])
    return (sign == "," and before != after) or after < 3 or (after == 3 and before > 3) or parts[1] == "0"


def _is_date(text: str) -> bool:
    parts = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)(?:[T ].*)?", text)
    try:
        return parts is not None and 1900 <= date(int(parts[1]), int(parts[2]), int(parts[3])).year < 2200
    except ValueError:
        return False
