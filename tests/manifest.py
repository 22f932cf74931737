# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check that the list of shipped files in galaxy.yml matches the files that git has in the shipped folders.

    manifest.py            fail if they differ
    manifest.py --write    write the list

The list names each file. A pattern would also ship stray files in these folders, such as a tenant's file with a token.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
GALAXY = ROOT / "galaxy.yml"
# As git pathspecs. Users get these and nothing else.
PLACES = [
    ":(glob)*.md",
    "LICENSE",
    "changelogs/changelog.yaml",
    "docs",
    "extensions/awx",
    "meta",
    "playbooks",
    "plugins",
    "requirements.txt",
    "roles",
]
# The list is at the end of the file, after this.
HEAD = "manifest:\n  omit_default_directives: true\n  directives:\n"


def in_git(*places: str) -> list[str]:
    """The files that git has there, sorted, without deleted files that are still in the index."""
    command = ["git", "ls-files", "-z", "--", *places]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(name for name in output.split("\0") if name and (ROOT / name).exists())


def listed() -> list[str]:
    """The files that galaxy.yml ships, in its order."""
    directives = yaml.safe_load(GALAXY.read_text(encoding="utf-8"))["manifest"]["directives"]
    return [directive.removeprefix("include ") for directive in directives]


def write() -> None:
    """Replace the list in galaxy.yml."""
    kept = GALAXY.read_text(encoding="utf-8").partition(HEAD)[0]
    lines = "".join(f"    - include {name}\n" for name in in_git(*PLACES))
    GALAXY.write_text(kept + HEAD + lines, encoding="utf-8")


def difference() -> str | None:
    """What to do if the list and git differ; None if they agree."""
    in_list, there = listed(), in_git(*PLACES)
    if in_list == there:
        return None
    names = ", ".join(sorted(set(in_list) ^ set(there))) or "order"
    return f"galaxy.yml and git differ about what is shipped ({names}): run `make manifest`."


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    sys.exit(difference())
