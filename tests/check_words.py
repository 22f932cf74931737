# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check pages, comments, docstrings, documentation and messages for the words listed in tests/words.

    check_words.py [FILE...]    without files, all files that git has or would add

Each rule of a list has examples, which are checked first. Code is not read.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from node_tools import install, program

ROOT: Final = Path(__file__).resolve().parent.parent
LISTS: Final = ROOT / "tests" / "words"
# Files that use such words on purpose.
EXAMPLES: Final = ("tests/words/", "tests/integration/test_words.py")
KINDS: Final = {"", ".css", ".in", ".j2", ".md", ".mjs", ".py", ".rst", ".sh", ".toml", ".yaml", ".yml"}

# Replaces code. A space would make one phrase of what is before and after the code.
CODE: Final = "\N{MIDDLE DOT}"
F_STRING: Final = (getattr(tokenize, "FSTRING_START", None), getattr(tokenize, "FSTRING_END", None))
QUOTES: Final = re.compile(r"""([A-Za-z]{0,2})("{3}|'{3}|"|')""")
FIELD: Final = re.compile(r"\{[^{}]*\}")
FENCE: Final = re.compile(r"\s*(?:[-*+]\s+|\d+\.\s+)?(`{3,}|~{3,})(\{)?([^`\n]*)$")
MARKER: Final = re.compile(r"(?m)^[ \t]*(?:#+|//|\*)(?=\s)")


def blank(text: str, filler: str) -> str:
    """As many characters and lines."""
    return re.sub(r"\S+", lambda run: filler * len(run[0]), text)


def words(token: str) -> str:
    """A comment or string of Python without its marks; x stands for what an f-string puts in."""
    if token.startswith("#"):
        return f" {token[1:]}"
    opening = QUOTES.match(token)
    assert opening
    end = len(token) - len(opening[2])
    text = token[opening.end() : end]
    if "f" in opening[1].lower():
        text = FIELD.sub(lambda field: blank(field[0], "x"), text)
    return " " * opening.end() + text + " " * len(opening[2])


def tokens(source: str) -> Iterator[tuple[int, int]]:
    """Where comments and strings start and end. An f-string is one, whichever Python reads it."""
    starts = [0]
    for line in io.StringIO(source):
        starts.append(starts[-1] + len(line))
    depth = since = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == F_STRING[0]:
            depth, since = depth + 1, since if depth else starts[token.start[0] - 1] + token.start[1]
        elif token.type == F_STRING[1]:
            depth -= 1
            if not depth:
                yield since, starts[token.end[0] - 1] + token.end[1]
        elif not depth and token.type in (tokenize.COMMENT, tokenize.STRING):
            yield starts[token.start[0] - 1] + token.start[1], starts[token.end[0] - 1] + token.end[1]


def python(source: str) -> str:
    result, at = "", 0
    for start, end in tokens(source):
        result += blank(source[at:start], CODE) + words(source[start:end])
        at = end
    return result + blank(source[at:], CODE)


def markdown(source: str) -> str:
    """Without code. A fence with a directive of Sphinx, such as {container}, has prose in it."""
    result, fences = [], list[tuple[str, bool]]()
    for line in source.splitlines(keepends=True):
        marks, directive, rest = found.groups() if (found := FENCE.match(line)) else ("", "", "")
        inside_code = bool(fences) and fences[-1][1]
        if marks and fences and marks.startswith(fences[-1][0]) and not (directive or rest.strip()):
            fences.pop()
        elif marks and not inside_code:
            fences.append((marks, not directive))
        result.append(blank(line, CODE) if inside_code else line)
    return "".join(result)


def prose(name: str, source: str) -> str:
    """What people read in a file, each word at its place."""
    if name.endswith(".py"):
        return python(source)
    if name.endswith(".md"):
        return markdown(source)
    return MARKER.sub(lambda marker: blank(marker[0], " "), source)


def lists(name: str) -> list[str]:
    """The lists that apply to a file."""
    if name.endswith("_report_texts.py"):
        return ["en", "pt-BR"]
    return ["pt-BR" if "pt-BR" in name else "en"]


def files() -> list[str]:
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    return [
        name
        for name in names
        if name
        and (path := ROOT / name).suffix in KINDS
        and path.name != "LICENSE"
        and path.is_file()
        and not name.startswith(EXAMPLES)
    ]


def main(names: list[str]) -> int:
    texts = [
        {"name": name, "text": prose(name, (ROOT / name).read_text("utf-8")), "list": one}
        for name in names or files()
        for one in lists(name)
    ]
    given = {"lists": {path.stem: str(path) for path in LISTS.glob("*.yml")}, "texts": texts}
    command = (program("node"), str(install() / "words.mjs"))
    return subprocess.run(command, input=json.dumps(given), text=True, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
