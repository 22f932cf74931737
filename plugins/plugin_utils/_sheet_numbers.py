# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a workbook shows for a whole number in its format: for 700 in the format 0000, it is 0700. Pure."""

from __future__ import annotations

import operator
import re
from functools import lru_cache
from typing import Final

from ansible_collections.evolux.contact_center.plugins.plugin_utils._sheet_cells import (
    KEPT_DIGITS,
    SHOWN_OTHERWISE,
    Cell,
    Odd,
)

# A format's tokens: quoted text, an escaped character, a space as wide as a character, a character that fills the cell,
# brackets, "General" for a number as it is, scientific notation, any other character.
_TOKEN: Final = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].|\[(?P<bracket>[^\]]*)\]|(?P<general>General)|(?P<power>E[+-])|(?P<sign>.)',
    re.IGNORECASE | re.DOTALL,
)
_CONDITION: Final = re.compile(r"(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)")
_COMPARE: Final = {
    "<=": operator.le,
    ">=": operator.ge,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
_PLACES: Final = "0#?"
_GROUPS: Final = ".,"
_PLAIN: Final = ("", "General", "@", "0", "#,##0")


def shown_number(value: int, shape: str) -> Cell:
    """The number, or the text that its format shows for it; Odd if the format shows another number.

    Thousands separators are left out, and so are decimals, which are all 0.
    """
    # Negative or too long numbers are wrong in any format.
    if shape in _PLAIN or value < 0 or len(str(value)) > KEPT_DIGITS:
        return value
    text = _filled(value, _section(value, shape))
    if text is None:
        return Odd(str(value), SHOWN_OTHERWISE)
    return value if text == str(value) else text


@lru_cache
def _sections(shape: str) -> tuple[list[re.Match[str]], ...]:
    """The tokens of a format's sections: for positive numbers, negative numbers and 0, or by condition."""
    sections: list[list[re.Match[str]]] = [[]]
    for token in _TOKEN.finditer(shape):
        if token["sign"] == ";":
            sections.append([])
        else:
            sections[-1].append(token)
    # The fourth section is for text.
    return tuple(sections[:3])


def _section(value: int, shape: str) -> list[re.Match[str]]:
    """The tokens of the section that applies to a number."""
    sections = _sections(shape)
    conditions = [_condition(section) for section in sections]
    if not any(conditions):
        return sections[2] if value == 0 and len(sections) > 2 else sections[0]
    for index, condition in enumerate(conditions):
        if condition is None or _COMPARE[condition[1]](value, float(condition[2])):
            return sections[index]
    return []


def _condition(section: list[re.Match[str]]) -> re.Match[str] | None:
    return next(filter(None, (_CONDITION.fullmatch(token["bracket"] or "") for token in section)), None)


def _filled(value: int, section: list[re.Match[str]]) -> str | None:
    """A format's text with the digits of a number filled in; None if it would show another number."""
    signs = [token["sign"] or "" for token in section]
    if "/" in signs or any(token["power"] for token in section):
        return str(value)  # a fraction format for a whole number, or scientific notation: the cell has all digits
    point = signs.index(".") if "." in signs else len(signs)
    places = [index for index, sign in enumerate(signs[:point]) if sign and sign in _PLACES]
    # A comma after the last place means thousands.
    if "%" in signs or (places and signs[places[-1] + 1 : places[-1] + 2] == [","]):
        return None
    zeros = next((len(places) - at for at, index in enumerate(places) if signs[index] == "0"), 0)
    digits = (str(value) if value else "").zfill(zeros).rjust(len(places))
    extra = len(digits) - len(places)
    shown_in = {index: digits[extra + at].strip() for at, index in enumerate(places)}
    if places:
        shown_in[places[0]] = digits[: extra + 1].strip()
    text = ""
    for index, token in enumerate(section):
        if index in shown_in:
            text += shown_in[index]
        elif token["general"] or signs[index] == "@":
            text += str(value)
        elif not signs[index] or signs[index] not in _PLACES + _GROUPS:
            literal = _literal(token)
            if re.search("[1-9]", literal):
                return None
            text += literal
    return text.strip() if re.search("[0-9]", text) else None


def _literal(token: re.Match[str]) -> str:
    """What a token shows besides the number."""
    if token["bracket"] is not None:
        # A currency, such as [$R$-416].
        return token["bracket"][1:].partition("-")[0] if token["bracket"].startswith("$") else ""
    return token["quoted"] or token["escaped"] or token["sign"] or ""
