# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run ansible-test sanity on a copy of the repository.

ansible-test needs the collection in ansible_collections/evolux/contact_center, and doesn't accept a symlink.
Arguments are passed on to it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

from ansible.release import __version__

ROOT = Path(__file__).resolve().parent.parent
# Each ansible-core has its own copy, since several may run at the same time.
COPY = ROOT / ".cache" / "sanity" / __version__ / "ansible_collections" / "evolux" / "contact_center"
PYTHON_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
# ansible-test only warns when it skips tests because a tool is missing, or all tests because it finds no files.
LEFT_OUT = re.compile(r"^WARNING: (Skipping|Required program|All targets skipped).*", re.MULTILINE)


def state(path: Path) -> tuple[int, int]:
    return path.stat().st_mtime_ns, path.stat().st_mode


def copy_repository() -> None:
    """Update the copy with the files that git tracks or would add; only changed files are written."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    wanted = {name for name in listed if name and (ROOT / name).is_file()}
    for path in [path for path in COPY.rglob("*") if not path.is_dir()]:
        name = path.relative_to(COPY).as_posix()
        if name not in wanted and not name.startswith("tests/output/"):
            path.unlink()
    for name in wanted:
        source, target = ROOT / name, COPY / name
        if not target.exists() or state(target) != state(source):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def provide_pip() -> None:
    """Provide the pip that ansible-test would download from a host that not every network can reach.

    ansible-test first looks for a script get_pip_VERSION.py in its cache. This one runs that version's wheel.
    """
    from ansible_test._internal.host_configs import VirtualPythonConfig
    from ansible_test._internal.python_requirements import get_venv_packages

    version = get_venv_packages(VirtualPythonConfig(version=PYTHON_VERSION))["pip"]
    cache = Path("~/.ansible/test/cache").expanduser()
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    if script.exists():
        return
    cache.mkdir(parents=True, exist_ok=True)
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(cache)]
    subprocess.run([*download, f"pip=={version}"], check=True)
    script.write_text(
        textwrap.dedent(f"""\
            import os, runpy, sys
            sys.path.insert(0, os.path.join(os.path.dirname(__file__), "pip-{version}-py3-none-any.whl"))
            arguments = [one for one in sys.argv[1:] if one not in ("--no-setuptools", "--no-wheel")]
            sys.argv[1:] = ["install", "--upgrade", "--force-reinstall", *arguments]
            runpy.run_module("pip", run_name="__main__", alter_sys=True)
        """),
        encoding="utf-8",
    )


def main() -> int:
    copy_repository()
    provide_pip()
    command = [str(Path(sys.executable).with_name("ansible-test")), "sanity"]
    if "rc" in __version__ or "b" in __version__:
        # A pre-release may need versions of pylint and its plugins that nobody can install yet.
        command += ["--skip-test", "pylint"]
    result = subprocess.run(
        [*command, "--python", PYTHON_VERSION, "--color", "no", *sys.argv[1:]],
        cwd=COPY,
        # Otherwise ansible-test would use the repository's git, which ignores the copy, and would find no files.
        env=os.environ | {"ANSIBLE_TEST_CONTENT_ROOT": str(COPY), "PIP_QUIET": "1"},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    print(result.stdout)
    left_out = LEFT_OUT.findall(result.stdout)
    if left_out:
        print("ansible-test skipped tests, see its warnings above.")
    return result.returncode or bool(left_out)


if __name__ == "__main__":
    sys.exit(main())
