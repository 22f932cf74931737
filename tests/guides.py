# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the commands of a guide, and compare their output with the output that the guide shows.

In a guide's Markdown:

- A `yaml` block that begins with a comment such as `# acme.yml` is written to that file.
- A `console` block has commands after `$ `, each followed by its output, if the guide shows it. A line `...` stands for
  any number of lines.
- `<!-- not run: why -->` before a block skips it.
- `<!-- fails -->` before a block expects its commands to fail.
- `<!-- run: command -->` runs a command that readers don't see, to set up what the guide describes.
- `<!-- from the demo -->` before a block means that it is part of the output of `make demo`.

Commands that run `make` have separate tests. All other commands of a guide share one shell. The addresses of tenants in
the guide and in docs/examples are replaced by the sandbox's.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

# What the guides call the things that the runs replace.
TENANT = "https://acme.evolux.net.br"
OTHER_TENANT = "https://umbrella.evolux.net.br"
SANDBOX = "http://127.0.0.1:8765"
SANDBOX_TOKEN = "sandbox-token"
CLONE = "/home/ana/evolux"
MARK = "=== guide"
_PIECE = re.compile(
    r"^<!-- (?P<note>run|not run|fails|from the demo)(?:: (?P<text>.*?))? -->$"
    r"|^```(?P<kind>\w*)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_FILE = re.compile(r"# ([\w./-]+\.ya?ml)\n")
# What a guide calls its queues and files as it likes. Letters that a slug can't have are not such a choice.
_CHOSEN = re.compile(
    r"""\bname(?:: |": ")(?P<name>\w+(?: \w+)*)|\bname=(?P<word>\w+)"""
    r"""|\bslug(?:=|: |": ")(?P<slug>[a-z0-9_]+)\b|(?:@|_file=)(?P<file>\w+\.\w+)"""
)
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


def pattern(lines: list[str]) -> str:
    """A regular expression for lines of a guide, in which `...` stands for any number of lines."""
    pieces = [r"(?:.*\n)*" if line == "..." else re.escape(line) + r"\n" for line in lines]
    # A plan's fingerprint depends on the address, which differs here.
    return re.sub(r"\b[a-f][0-9a-f]{15}\b", "[0-9a-f]{16}", "".join(pieces))


def renamed(text: str, names: Mapping[str, str]) -> str:
    """A text that calls things by their new names. Columns keep their places."""
    if not names:
        return text

    def new(found: re.Match[str]) -> str:
        name = names[found[1]]
        return name.ljust(max(len(found[0]), len(name) + 2)) if found[2] else name

    return re.sub(rf"\b({'|'.join(sorted(map(re.escape, names), key=len, reverse=True))})\b(  +)?", new, text)


def in_words(outcomes: list[tuple[list[str], int]], names: Mapping[str, str]) -> list[tuple[list[str], int]]:
    """The outcomes of the same commands with other names."""
    found = []
    for printed, code in outcomes:
        lines = [renamed(line, names) for line in printed]
        if names and (starts := [number for number, line in enumerate(lines) if line.startswith("  - slug: ")]):
            # An export is sorted by slug.
            ends = [*starts[1:], len(lines)]
            queues = sorted(lines[start:end] for start, end in zip(starts, ends, strict=True))
            lines = [*lines[: starts[0]], *chain(*queues)]
        found.append((lines, code))
    return found


@dataclass
class Command:
    """A command of a guide, the output that the guide shows, and whether it is expected to fail."""

    text: str
    shown: list[str]
    fails: bool = False

    def differs(self, printed: list[str]) -> bool:
        """Whether it printed something other than the guide shows."""
        return bool(self.shown) and not re.fullmatch(pattern(self.shown), "".join(f"{line}\n" for line in printed))


@dataclass
class Guide:
    """What a guide asks its readers to do."""

    text: str
    files: dict[str, str]
    commands: list[Command]
    demo: list[list[str]]

    @classmethod
    def read(cls, text: str) -> Guide:
        files: dict[str, str] = {}
        commands: list[Command] = []
        demo: list[list[str]] = []
        note = ""
        for piece in _PIECE.finditer(text):
            if piece["note"]:
                if piece["note"] == "run":
                    commands.append(Command(piece["text"], []))
                else:
                    note = piece["note"]
                continue
            if note == "from the demo":
                demo.append(piece["body"].splitlines())
            elif note != "not run":
                if piece["kind"] == "yaml" and (name := _FILE.match(piece["body"])):
                    files[name[1]] = piece["body"]
                if piece["kind"] == "console":
                    commands += cls._commands(piece["body"], fails=note == "fails")
            note = ""
        return cls(text, files, commands, demo)

    @staticmethod
    def _commands(body: str, *, fails: bool) -> list[Command]:
        found: list[Command] = []
        going_on = False
        for line in body.splitlines():
            if line.startswith("$ "):
                found.append(Command(line[2:], [], fails))
            elif going_on:
                found[-1].text += f"\n{line}"
            else:
                found[-1].shown.append(line.rstrip())
            going_on = line.endswith("\\") and (going_on or line.startswith("$ "))
        return [command for command in found if not command.text.startswith("make ")]

    def names_in(self, translation: Guide) -> dict[str, str] | None:
        """What a translation calls the queues and files that it calls otherwise; None if it may do anything else.

        A translation does the same if its commands and the values in its files are the same, names aside. Its own
        run would then print the same, names aside, so it can be held to the run of this guide.
        """
        chosen, others = self._chosen(), translation._chosen()
        names = {ours: theirs for ours, theirs in zip(chosen, others, strict=False) if ours != theirs}
        if len(chosen) != len(others) or self._deeds(names) != translation._deeds({}):
            return None
        return names

    def _chosen(self) -> list[str]:
        text = "\n".join([*self.files.values(), *(command.text for command in self.commands)])
        found = (name[name.lastgroup or 0] for name in _CHOSEN.finditer(text))
        return list(dict.fromkeys([*self.files, *found]))

    def _deeds(self, names: Mapping[str, str]) -> Any:
        files = {renamed(name, names): yaml.safe_load(renamed(body, names)) for name, body in self.files.items()}
        return repr(files), [(renamed(command.text, names), command.fails) for command in self.commands]

    def outcomes(self, folder: Path, env: dict[str, str]) -> list[tuple[list[str], int]]:
        """Run all commands in that folder. For each, return the lines it printed, without
        leading and trailing blank lines, and its exit code.

        env: has the sandbox tenant's address and token. Prompts get the token.
        """
        url, token = env["EVOLUX_API_URL"], env["EVOLUX_API_TOKEN"]
        names = [(TENANT, url), (OTHER_TENANT, url), (SANDBOX, url), (SANDBOX_TOKEN, token), (CLONE, str(folder))]

        def real(text: str) -> str:
            for name, value in names:
                text = text.replace(name, value)
            return text

        for name, body in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(real(body), encoding="utf-8")
        for example in (folder / "docs" / "examples").rglob("*.yml"):
            example.write_text(real(example.read_text(encoding="utf-8")), encoding="utf-8")
        script = "".join(f"echo '{MARK}'\n{real(command.text)}\necho \"{MARK} $?\"\n" for command in self.commands)
        (folder / ".guide").write_text(f"exec 2>&1\n{script}", encoding="utf-8")
        done = subprocess.run(
            ["bash", ".guide"],
            cwd=folder,
            env=env,
            input=f"{token}\n" * 3,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        output = _COLOR.sub("", done.stdout)
        for name, value in names:
            if name in self.text:
                output = output.replace(value, name)
        runs = re.findall(rf"^{MARK}\n(.*?)^{MARK} (\d+)$", output, re.MULTILINE | re.DOTALL)
        return [([line.rstrip() for line in printed.strip("\n").splitlines()], int(code)) for printed, code in runs]

    def problems(self, outcomes: list[tuple[list[str], int]]) -> list[str]:
        """Report the commands that failed or printed something other than the guide shows."""
        problems = []
        for command, (lines, code) in zip(self.commands, outcomes, strict=False):
            printed = "\n".join(lines)
            if bool(code) != command.fails:
                problems.append(f"$ {command.text}\nexits with {code} and prints:\n{printed}")
            elif re.search("no hosts matched|Unable to parse", printed):
                problems.append(f"$ {command.text}\nhas nothing to work on:\n{printed}")
            elif command.differs(lines):
                problems.append(f"$ {command.text}\nprints, differently from the guide:\n{printed}")
        if len(outcomes) != len(self.commands):
            problems.append(f"{len(outcomes)} of {len(self.commands)} commands were run")
        return problems
