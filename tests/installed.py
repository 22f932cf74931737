# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the collection available to tests: importable for Python, and built and installed for Ansible.

    installed.py    do both, unless they are up to date

Both are in .cache, which `make` and a plain `pytest` share.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import manifest

CACHE = manifest.ROOT / ".cache"
TREE = CACHE / "tree"
COLLECTIONS = CACHE / "collections"
DIST = CACHE / "dist"
# A folder for PYTHONPATH: what a shipped module imports is compiled once for all tests.
COMPILED = Path(__file__).resolve().parent / "compiled"


def isolate() -> None:
    """Remove environment variables that could send a test to a real tenant or change how Ansible behaves."""
    for name in [name for name in os.environ if name.startswith(("ANSIBLE_", "EVOLUX_"))]:
        del os.environ[name]
    os.environ |= {
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_HOME": str(CACHE / "ansible"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        # Without it, compiling Ansible's files takes about half of the time of a shipped module.
        "PYTHONPATH": str(COMPILED),
    }


def link_tree() -> None:
    """Link the repository under its collection name in TREE."""
    root = TREE / "ansible_collections" / "evolux" / "contact_center"
    root.mkdir(parents=True, exist_ok=True)
    for name in ("plugins", "tests"):
        with suppress(FileExistsError):  # another process may have been faster
            (root / name).symlink_to(Path("../../../../..") / name)
    importlib.invalidate_caches()  # Python caches that a folder doesn't exist


def install() -> None:
    """Build the collection and install it in COLLECTIONS, unless it is up to date.

    Raises SystemExit, with the reason, if galaxy.yml and git disagree about the shipped files or if a step fails.
    """
    stamp = COLLECTIONS / ".installed"
    with _lock():
        if (differ := manifest.difference()) is not None:
            sys.exit(differ)
        state = _state()
        if stamp.exists() and stamp.read_text(encoding="utf-8") == state:
            return
        shutil.rmtree(DIST, ignore_errors=True)
        _galaxy("build", "--force", "--output-path", str(DIST))
        (archive,) = DIST.glob("*.tar.gz")
        shutil.rmtree(COLLECTIONS, ignore_errors=True)
        _galaxy("install", "--offline", "--no-deps", "--collections-path", str(COLLECTIONS), str(archive))
        stamp.write_text(state, encoding="utf-8")


def _state() -> str:
    """A digest of all shipped files."""
    digest = hashlib.sha256()
    for name in ("galaxy.yml", *manifest.listed()):
        content = (manifest.ROOT / name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


@contextmanager
def _lock() -> Iterator[None]:
    """Let in one process at a time: when tests run in parallel, the first one installs."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "installed.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _galaxy(*arguments: str) -> None:
    program = str(Path(sys.executable).with_name("ansible-galaxy"))
    environment = os.environ | {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}
    command = [program, "collection", *arguments]
    done = subprocess.run(
        command,
        cwd=manifest.ROOT,
        env=environment,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}")


if __name__ == "__main__":
    link_tree()
    install()
