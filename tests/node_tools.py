# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tests' Node tools, in the versions of tests/node/package-lock.json.

    node_tools.py SCRIPT [ARGUMENT...]    run a script of tests/node

Node itself comes from PyPI. To update the lock file, run `npm install --package-lock-only` in tests/node.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).resolve().parent / "node"
HOME: Final = SOURCE.parents[1] / ".cache" / "node"


def program(name: str) -> str:
    """The path of node or npm, preferably in this Python's environment. Raises FileNotFoundError."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        raise FileNotFoundError(f"{name} isn't there; requirements-dev.in names the package that brings it.")
    return found


def install() -> Path:
    """The folder with the up-to-date tools and the scripts that use them."""
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = (SOURCE / "package-lock.json").read_bytes()
        installed = HOME / "installed.json"
        for file in SOURCE.iterdir():
            shutil.copy(file, HOME)
        if not installed.exists() or installed.read_bytes() != wanted:
            quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent")
            subprocess.run([program("npm"), "ci", *quiet], cwd=HOME, check=True)
            installed.write_bytes(wanted)
    return HOME


if __name__ == "__main__":
    sys.exit(subprocess.run([program("node"), str(install() / sys.argv[1]), *sys.argv[2:]], check=False).returncode)
