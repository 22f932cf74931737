# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Import the built archive as Galaxy does on upload. Warnings count as failures, like errors.

Without ansible-lint, which has a check of its own with stricter rules.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from environments import environment

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".cache" / "importer"
CONSTRAINTS = ROOT / "tests" / "importer.txt"
COMPLAINT = re.compile(r"^(WARNING|ERROR).*", re.MULTILINE)


def install() -> Path:
    """The bin folder of an environment that has the importer."""
    return environment(ENVIRONMENT, sys.executable, CONSTRAINTS.read_text(encoding="utf-8"), "-r", CONSTRAINTS)


def main() -> int:
    programs = install()
    (archive,) = (ROOT / ".cache" / "dist").glob("*.tar.gz")
    with tempfile.TemporaryDirectory() as folder:  # it writes a file in its working directory
        done = subprocess.run(
            [programs / "python", "-m", "galaxy_importer.main", archive],
            cwd=folder,
            env=os.environ
            | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "GALAXY_IMPORTER_RUN_ANSIBLE_LINT": "false"},
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    complaints = [match[0] for match in COMPLAINT.finditer(done.stdout)]
    print(done.stdout if done.returncode else "\n".join(complaints) or "Galaxy would accept the archive.")
    return 1 if complaints else done.returncode


if __name__ == "__main__":
    sys.exit(main())
