# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the documentation site from the guides and the installed collection, without a network.

    build.py FOLDER [OPTION...]    the HTML goes to FOLDER/html; options go to sphinx-build

A link to a missing page or heading is a warning, and a warning fails the build. To check links to other sites, use
`-b linkcheck`, which needs a network.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
NAME = "evolux.contact_center"
# Where the pages of ansible-doc look for the guides.
FILES = f"{yaml.safe_load((ROOT / 'galaxy.yml').read_text(encoding='utf-8'))['repository']}/blob/main"
# Files that guides show or link to.
PLACES = [
    ":(glob)*.md",
    "LICENSE",
    "benchmarks/README.md",
    "demo",
    "docs",
    "extensions/awx",
    "roles",
    "tests/sandbox/README.md",
]
# Titles from antsibull-docs, and what to replace them with.
TITLES = {
    r"Evolux\.Contact_Center": "Modules and plugins",
    "Index of all Collection Environment Variables": "Environment variables",
}


def run(*command: str | Path) -> None:
    env = os.environ | {
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".cache" / "collections"),
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }
    if subprocess.run(command, cwd=ROOT, env=env, check=False).returncode:
        sys.exit(f"{Path(command[0]).name} failed.")


def main(folder: Path, options: list[str]) -> None:
    source, html = folder / "source", folder / "html"
    shutil.rmtree(folder, ignore_errors=True)
    names = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *PLACES]
    listed = subprocess.run(names, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, listed):
        if (ROOT / name).exists():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    for path in (ROOT / "website").iterdir():
        if path.suffix in (".md", ".rst"):
            shutil.copy(path, source / path.name)

    (source / "modules").mkdir()
    run(
        *(BIN / "antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--fail-on-error"),
        *("--no-breadcrumbs", "--no-add-antsibull-docs-version", "--dest-dir", source / "modules", NAME),
    )
    # It lists nothing: the modules' variables are in the texts of their options.
    (source / "modules" / "environment_variables.rst").unlink()
    for page in (source / "modules").glob("*.rst"):
        text = page.read_text(encoding="utf-8")
        # The theme has its own table of contents, and shows a red message about a second one.
        text = re.sub(r"^\.\. contents::\n(?: +:.*\n)+", "", text, flags=re.MULTILINE)
        # A full name is too long for a title on a phone; the page shows it below.
        text = re.sub(rf"^{re.escape(NAME)}\.(?=\w+ \w+ -- )", "", text, flags=re.MULTILINE)
        # A guide is a page of this site.
        text = re.sub(rf"`([^`<]+) <{re.escape(FILES)}/([\w/-]+)\.md>`_", r":doc:`\1 </\2>`", text)
        text = text.replace("</roles/tenant/README>", "</modules/tenant_role>")
        for given, better in TITLES.items():
            text = re.sub(f"^{given}\n", f"{better}\n", text, flags=re.MULTILINE)
        page.write_text(text, encoding="utf-8")
    sphinx: list[str | Path] = [
        BIN / "sphinx-build",
        "--fail-on-warning",
        "--keep-going",
        "-q",
        "-c",
        ROOT / "website",
        *options,
    ]
    run(*sphinx, source, html)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2:])
