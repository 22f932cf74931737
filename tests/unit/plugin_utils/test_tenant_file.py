# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tenant's file reads back as it was written, no matter what the queues are called."""

from __future__ import annotations

import csv
import io
from typing import Any

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.evolux.contact_center.plugins.module_utils._text import shown
from ansible_collections.evolux.contact_center.plugins.plugin_utils._sheet import read_queues
from ansible_collections.evolux.contact_center.plugins.plugin_utils._sheet_file import read_table
from ansible_collections.evolux.contact_center.plugins.plugin_utils._tenant_file import (
    render,
    render_csv,
    why_not_to_replace,
    why_not_to_replace_csv,
)

# Half characters never get this far, and CSV can't contain NUL.
NAME = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
DIGITS = st.text("0123456789", min_size=1, max_size=15)
QUEUE = st.fixed_dictionaries(
    {
        "name": NAME,
        "slug": st.text("abcdefghijklmnopqrstuvwxyz0123456789_", min_size=1),
        "number": DIGITS,
        "public_number": st.none() | DIGITS,
    },
    optional={"max_wait_time": st.integers(0, 10**6)},
)
QUEUES = st.lists(QUEUE, min_size=1, max_size=5, unique_by=(lambda queue: queue["slug"], lambda queue: queue["number"]))
NASTY = [
    {"name": name, "slug": f"q{index}", "number": str(index), "public_number": None}
    for index, name in enumerate(
        ("\ufffe\uffff", "\x85\x1b\u2028\u202e", "=1+1", "-", "#N/A", " 'x\r\n\"", "0700", "1e5", "\u2014")
    )
]


def facts(queue: dict[str, Any]) -> dict[str, Any]:
    """A queue as a file describes it."""
    return {**queue, "public_number": queue["public_number"] or ""}


@given(QUEUES)
@example(NASTY)
def test_yaml(queues: list[dict[str, Any]]) -> None:
    names = [queue["name"] for queue in queues]
    content = render(queues, names[0], source=names[-1], places=names, schema=names[0])
    text = content.decode().replace("!unsafe ", "")
    assert yaml.safe_load(text) == {"evolux_queues": [facts(queue) for queue in queues]}
    assert all(shown(line) == line for line in filter(None, text.split("\n")))
    assert text.startswith("# yaml-language-server: $schema=")
    assert why_not_to_replace(content, names[0], overwrite=False) is None
    assert why_not_to_replace(content + b"#", names[0], overwrite=False)


@given(QUEUES)
@example(NASTY)
def test_csv(queues: list[dict[str, Any]]) -> None:
    content = render_csv(queues)
    read = read_queues(read_table(content, "acme.csv"))
    assert list(read.problems) == []
    assert read.queues == [facts(queue) for queue in queues]
    assert [note for note in read.notes if not note.startswith("Read as")] == []
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r\n") and cell[:2] != '="'] == []
    assert content.startswith(b"\xef\xbb\xbfname;slug;number;public_number")


def test_csv_of_a_few_queues() -> None:
    queues = [
        {"name": "Suporte São", "slug": "suporte", "number": "0700", "public_number": None, "max_wait_time": 300},
        {"name": "=cmd|' /C calc'!A0", "slug": "2024", "number": "3001", "public_number": "558432220000"},
    ]
    assert render_csv(queues).decode("utf-8-sig").split("\r\n") == [
        "name;slug;number;public_number;max_wait_time",
        'Suporte São;suporte;"=""0700""";;300',
        '\'=cmd|\' /C calc\'!A0;"=""2024""";"=""3001""";"=""558432220000""";',
        "",
    ]


def test_a_csv_file_that_is_there_is_replaced_only_if_people_say_so() -> None:
    assert why_not_to_replace_csv(b"", overwrite=False) is None
    assert "it has different content" in (why_not_to_replace_csv(b"x", overwrite=False) or "")
    assert why_not_to_replace_csv(b"x", overwrite=True) is None
    assert "vaulted" in (why_not_to_replace_csv(b"$ANSIBLE_VAULT;1.1", overwrite=True) or "")
