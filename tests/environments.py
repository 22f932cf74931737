# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual environments of checks whose packages don't fit into .venv."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def environment(folder: Path, interpreter: str | Path, constraints: str, *wanted: str | Path) -> Path:
    """The bin folder of an environment that is created, or created again if its constraints have changed.

    wanted: what pip installs, as its arguments. It is the pip of .venv: another one would take seconds to install.
    Raises subprocess.CalledProcessError if that fails.
    """
    installed = folder / "constraints.txt"
    if not installed.exists() or installed.read_text(encoding="utf-8") != constraints:
        subprocess.run([interpreter, "-m", "venv", "--clear", "--without-pip", folder], check=True)
        pending = folder / "constraints.pending"
        pending.write_text(constraints, encoding="utf-8")
        pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python"]
        # Python compiles what it imports, which is a part of what there is.
        options = ["--quiet", "--disable-pip-version-check", "--no-compile"]
        subprocess.run([*pip, "install", *options, *wanted, "-c", pending], check=True)
        pending.rename(installed)
    return folder / "bin"
