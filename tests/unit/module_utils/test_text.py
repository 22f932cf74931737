# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How foreign text is shown: without anything that a terminal obeys or hides, and with no two values looking alike."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.evolux.contact_center.plugins.module_utils._text import (
    columns,
    padded,
    shown,
    told_apart,
    whole,
)

# Characters that tend to cause trouble, in addition to any text.
tricky = st.text(
    st.sampled_from('aeé \\nu0"e\u0301\u00a0\u200b\ufe0f\u202e\x1b\n\ud83d\u3164\u0430\uff21\u2800'), max_size=6
)
texts = tricky | st.text(max_size=10) | st.text(st.characters(), max_size=5)
values = texts | st.none() | st.integers()


@pytest.mark.each_core
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Atendimento: nível 1", "Atendimento: nível 1"),
        ("サポート 😀 العربية", "サポート 😀 العربية"),
        ("☎\ufe0f Vendas", "☎\ufe0f Vendas"),
        ("e\u0301", "e\u0301"),
        ("a\\b", "a\\b"),
        (" two  blanks ", " two  blanks "),
        ("\x1b[2K\x1b[1G- test\x1b[8m", "\\u001b[2K\\u001b[1G- test\\u001b[8m"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x07\x9b\x7f", "\\u0007\\u009b\\u007f"),
        ("abc\u202edef\u2066", "abc\\u202edef\\u2066"),
        ("a\u200bb\ufeff\u00ad", "a\\u200bb\\ufeff\\u00ad"),
        ("👩\u200d💻", "👩\\u200d💻"),
        ("\u3164\u115f\U000e0041", "\\u3164\\u115f\\U000e0041"),
        ("cut \ud83d", "cut \\ud83d"),
        ("a\u2028b\u2029", "a\\u2028b\\u2029"),
        ("", "(none)"),
        (None, "(none)"),
        (0, "0"),
    ],
)
def test_what_is_shown(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("Sales", "Support", ("Sales", "Support")),
        ("Sales\u00a0Team", "Sales Team", ('"Sales\\u00a0Team"', '"Sales Team"')),
        ("São\u00a0João", "São João", ('"São\\u00a0João"', '"São João"')),
        ("Sales", "Sales ", ('"Sales"', '"Sales "')),
        ("Sales  Team", "Sales Team", ('"Sales  Team"', '"Sales Team"')),
        ("Café", "Cafe\u0301", ('"Caf\\u00e9"', '"Cafe\\u0301"')),
        ("☎", "☎\ufe0f", ('"☎"', '"☎\\ufe0f"')),
        ("Vendas", "Vеndas", ('"Vendas"', '"V\\u0435ndas"')),  # noqa: RUF001
        ("a\u200bb", "ab", ("a\\u200bb", "ab")),
        ("a\u200bb", "a\\u200bb", ('"a\\u200bb"', '"a\\\\u200bb"')),
        (None, "(none)", ("(none)", '"(none)"')),
        (30, "30", ("30", '"30"')),
        ("same", "same", ("same", "same")),
    ],
)
def test_values_that_would_look_alike_are_shown_differently(
    before: object, after: object, told: tuple[str, str]
) -> None:
    assert told_apart(before, after) == told


@given(value=values)
def test_nothing_is_shown_that_a_terminal_obeys_or_hides(value: object) -> None:
    for text in (shown(value), *told_apart(value, "Sales"), *told_apart(value, str(value))):
        assert {unicodedata.category(c) for c in text} & {"Cc", "Cf", "Cs", "Zl", "Zp"} == set()
        assert not set(text) & set("\u115f\u1160\u3164\uffa0\u034f")
        text.encode()
    assert shown(shown(value)) == shown(value)


@given(before=values, after=values)
def test_different_values_are_never_shown_alike(before: object, after: object) -> None:
    old, new = told_apart(before, after)
    same = before == after
    assert (old == new) is same
    assert (
        same or unicodedata.normalize("NFKC", old).split() != unicodedata.normalize("NFKC", new).split() or '"' in old
    )


@pytest.mark.each_core
@pytest.mark.parametrize(
    ("text", "width"), [("abc", 3), ("é", 1), ("e\u0301", 1), ("サポート", 8), ("😀", 2), ("☎\ufe0f", 1), ("", 0)]
)
def test_columns(text: str, width: int) -> None:
    assert columns(text) == width
    assert columns(padded(text, 10)) == 10


@given(value=st.recursive(texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=5))
def test_no_half_of_a_character_is_left(value: object) -> None:
    json.dumps(whole(value), ensure_ascii=False).encode()


def test_what_is_whole_stays() -> None:
    assert whole({"a\ud83d": ["x", 1, None, {"b": "😀\ud83d"}]}) == {"a\ufffd": ["x", 1, None, {"b": "😀\ufffd"}]}
