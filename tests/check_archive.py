# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the archive in a clone with stray files: it must contain only the files that git has in the shipped folders."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import manifest

# Files in the clone of somebody who uses it, edits it and has followed the guides in it.
STRANGERS = [
    ".env",
    ".vault-pass",
    "MANIFEST.json.orig",
    "acme.yml",
    "notes.md~",
    "changelogs/fragments/1.yml",
    "dist/evolux-contact_center-0.9.0.tar.gz",
    "docs/.adopt.md.swp",
    "docs/adopt.md.orig",
    "docs/examples/tenants/host_vars/ours.yml",
    "docs/notes.md",
    "docs/pt-BR/acme.yml",
    "evolux-contact_center-0.9.0.tar.gz",
    "extensions/awx/my_awx.yml",
    "meta/notes.yml",
    "playbooks/acme.yml",
    "playbooks/docs/adopt.md",
    "playbooks/host_vars/acme.yml",
    "plugins/modules/__pycache__/evolux_queue.cpython-312.pyc",
    "plugins/modules/evolux_mine.py",
    "requirements.txt.bak",
    "roles/mine/vars/main.yml",
    "roles/tenant/vars/acme.yml",
    "tenants/README.md",
    "tenants/host_vars/acme.yml",
]
WRITTEN_BY_GALAXY = {"FILES.json", "MANIFEST.json"}


def in_archive() -> set[str]:
    """The files in the archive, built in a clone with stray files."""
    galaxy = Path(sys.executable).with_name("ansible-galaxy")
    with tempfile.TemporaryDirectory() as folder:
        clone, built = Path(folder, "clone"), Path(folder, "built")
        for name in manifest.in_git():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(manifest.ROOT / name, clone / name)
        for name in STRANGERS:
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            (clone / name).write_text("evolux_api_token: a secret\n", encoding="utf-8")
        command: list[str | Path] = [galaxy, "collection", "build", "--output-path", built]
        subprocess.run(command, cwd=clone, check=True, stdout=subprocess.DEVNULL)
        (archive,) = built.iterdir()
        with tarfile.open(archive) as opened:
            return {member.name for member in opened if not member.isdir()}


def main() -> int:
    found = in_archive()
    expected = {*manifest.in_git(*manifest.PLACES), *WRITTEN_BY_GALAXY}
    problems = [f"not in the repository: {place}" for place in manifest.PLACES if not manifest.in_git(place)]
    problems += [f"missing from the archive: {name}" for name in sorted(expected - found)]
    problems += [f"should not be in the archive: {name}" for name in sorted(found - expected)]
    problems += filter(None, [manifest.difference()])
    print("\n".join(problems) or f"The archive has exactly the {len(found)} files that it should.")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
