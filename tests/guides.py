# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run what a guide shows, and compare what it prints with what the guide says.

In a guide's Markdown:

- a `yaml` block that begins with a comment such as `# acme.yml` is written to that file;
- a `console` block has commands behind `$ `, each followed by what it prints, if that is shown; a line `...` stands for
  any number of lines;
- `<!-- not run: why -->` before a block leaves it out;
- `<!-- fails -->` before a block lets its commands fail;
- `<!-- run: command -->` is run without being seen, to prepare what the guide tells of;
- `<!-- from the demo -->` before a block says that it is a part of what `make demo` prints.

`make` is left to tests of its own. All other commands of a guide share one shell. Addresses of tenants in the guide and
in docs/examples are the sandbox's.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

# The names of what the runs have, in the guides.
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
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


def pattern(lines: list[str]) -> str:
    """A regular expression for lines of a guide, in which `...` stands for any number of others."""
    pieces = [r"(?:.*\n)*" if line == "..." else re.escape(line) + r"\n" for line in lines]
    # A plan's fingerprint depends on the address, which is another one here.
    return re.sub(r"\b[a-f][0-9a-f]{15}\b", "[0-9a-f]{16}", "".join(pieces))


@dataclass
class Command:
    """A command of a guide, the lines that the guide says it prints, and whether it may fail."""

    text: str
    shown: list[str]
    fails: bool = False

    def differs(self, printed: list[str]) -> bool:
        """Whether it printed something else than the guide shows."""
        return bool(self.shown) and not re.fullmatch(pattern(self.shown), "".join(f"{line}\n" for line in printed))


@dataclass
class Guide:
    """What a guide has its readers do."""

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

    def outcomes(self, folder: Path, env: dict[str, str]) -> list[tuple[list[str], int]]:
        """Run it all in that folder, and return the lines that each command prints, less
        blank ones around them, and its exit code.

        env: names the sandbox's tenant. `read` gets its token.
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

    def problems(self, folder: Path, env: dict[str, str]) -> list[str]:
        """Run it all in that folder, and tell what fails or prints something else than the guide says."""
        outcomes = self.outcomes(folder, env)
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
