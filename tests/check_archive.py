# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the archive and hold it to what it should be: all that git has or would add in these places, and no more."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIRED = [
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "changelogs/changelog.yaml",
    "meta",
    "plugins",
    "requirements.txt",
    "SECURITY.md",
]
OPTIONAL = ["README.*.md", "docs", "extensions/awx", "playbooks", "roles"]
WRITTEN_BY_GALAXY = {"FILES.json", "MANIFEST.json"}


def in_git(places: list[str]) -> set[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *places]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return {name for name in output.split("\0") if name and (ROOT / name).exists()}


def in_archive() -> set[str]:
    # Not the one that make has built: make doesn't build again for a stray file, and that is what to find here.
    galaxy = Path(sys.executable).with_name("ansible-galaxy")
    with tempfile.TemporaryDirectory() as folder:
        command = [str(galaxy), "collection", "build", "--output-path", folder]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(folder).iterdir()
        with tarfile.open(archive) as opened:
            return {member.name for member in opened if not member.isdir()}


def main() -> int:
    found = in_archive()
    problems = [f"not in the repository: {place}" for place in REQUIRED if not in_git([place])]
    expected = in_git(REQUIRED + OPTIONAL) | WRITTEN_BY_GALAXY
    problems += [f"missing from the archive: {name}" for name in sorted(expected - found)]
    problems += [f"should not be in the archive: {name}" for name in sorted(found - expected)]
    print("\n".join(problems) or f"The archive holds the {len(found)} files that it should.")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
