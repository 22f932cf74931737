# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Shows foreign text to people: nothing that a terminal would obey or hide, no two values that look alike. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

NAMED_AT_MOST: Final = 20
# Characters of other categories that are invisible: Hangul and Khmer fillers, and variation selectors. The selectors
# for text and emoji style (FE0E, FE0F) aren't among them: names with emoji are full of those.
_BLANK: Final = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0d\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff"
)
_IS_BLANK: Final = re.compile(f"[{_BLANK}]")
_OBEYED_OR_HIDDEN: Final = ("Cc", "Cf", "Cs", "Zl", "Zp")
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_EMOJI_OR_NOT: Final = re.compile("[\ufe0e\ufe0f]")
# Greek and Cyrillic letters that look like Latin ones.
_LATIN: Final = str.maketrans(
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοАВЕЅІЈКМНОРСТУХаеѕіјорсух",  # noqa: RUF001
    "ABEZHIKMNOPTYXoABESIJKMHOPCTYXaesijopcyx",
)


def shown(value: object) -> str:
    """A value for people to read. What a terminal would obey or hide becomes an escape, an empty value (none).

    Showing a shown text again doesn't change it.
    """
    text = "(none)" if value in (None, "") else str(value)
    # Most texts are plain, and plans are long.
    return text if text.isprintable() and not _has_blank(text) else "".join(map(_escaped, text))


def told_apart(before: object, after: object) -> tuple[str, str]:
    """Two values for people to read. If they would look alike, both are quoted, and the difference is escaped."""
    old, new = shown(before), shown(after)
    if before == after or _look(old) != _look(new):
        return old, new
    start = _common(str(before), str(after))
    end = _common(str(before)[start:][::-1], str(after)[start:][::-1])
    return _quoted(before, start, end), _quoted(after, start, end)


def in_quotes(before: object, after: object) -> tuple[str, str]:
    """Two values for people to read, always in quotes."""
    old, new = told_apart(before, after)
    return (old, new) if '"' in (old[0], new[0]) else (f"'{old}'", f"'{new}'")


def listing(items: Sequence[object]) -> str:
    """Items for a sentence; only the first ones if there are many."""
    more = len(items) - NAMED_AT_MOST
    return ", ".join(map(str, items[:NAMED_AT_MOST])) + (f" and {more} more" if more > 0 else "")


def columns(text: str) -> int:
    """How many terminal columns a shown text takes up."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(c) in ("Mn", "Me") else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def padded(text: str, width: int) -> str:
    """A shown text, padded with spaces to that many columns."""
    return text + " " * (width - columns(text))


def whole(value: Any) -> Any:
    """A value from JSON with what UTF-8 can't encode, lone surrogates, replaced in texts and in keys."""
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, dict):
        return {whole(key): whole(inner) for key, inner in value.items()}
    return [whole(inner) for inner in value] if isinstance(value, list) else value


def _has_blank(text: str) -> bool:
    return not text.isascii() and _IS_BLANK.search(text) is not None


def _escaped(character: str) -> str:
    if unicodedata.category(character) in _OBEYED_OR_HIDDEN or _IS_BLANK.match(character):
        return _SHORT.get(character) or _escape(character)
    return character


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _look(text: str) -> str:
    """What a shown text looks like at a glance."""
    plain = unicodedata.normalize("NFKC", _EMOJI_OR_NOT.sub("", text).replace("\u2800", " "))
    return " ".join(plain.translate(_LATIN).split())


def _common(one: str, other: str) -> int:
    """How many characters two texts have in common at the beginning."""
    return next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))


def _quoted(value: object, start: int, end: int) -> str:
    """A text in quotes, in ASCII except for its first and last characters. Other values can't be mistaken for text."""
    if not isinstance(value, str):
        return shown(value)
    middle = len(value) - end
    inner = (
        "\\" + c if c in '"\\' else _escape(c) if start <= i < middle and not c.isascii() else _escaped(c)
        for i, c in enumerate(value)
    )
    return f'"{"".join(inner)}"'
