# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run sanity tests, and unit and integration tests, on other versions of ansible-core, each with a suitable Python.

    matrix.py [CORE...]    such as 2.16 2.21; without arguments, all that this machine has a Python for
    matrix.py --oldest     the oldest release, if it isn't in .venv and there is a Python for it here: for `make test`
    matrix.py --json       all but the oldest and the newest, each with its Python, for the matrix in CI, where
                           `make test` has the newest in .venv

Only tests that ansible-core or its Python can make fail are run: those marked each_core. Without a CORE, READ_ONCE is
left out, too.

Each core gets a virtual environment in .cache/cores, with the versions in constraints.txt.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import environments

ROOT = Path(__file__).resolve().parent.parent
CORES = ROOT / ".cache" / "cores"
# The Python versions that run both that ansible-core and the tests' tools (3.11 or newer); the first one found is used.
PYTHONS = {
    "2.16": ("3.11", "3.12"),
    "2.17": ("3.11", "3.12"),
    "2.18": ("3.12", "3.11", "3.13"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.13", "3.12", "3.14"),
    # The newest pre-release.
    "2.22": ("3.13", "3.14"),
}
# The oldest and the newest release.
ENDS = ("2.16", "2.21")
# Sanity tests with rules that don't depend on the core: `make test` runs them only on the core in .venv.
READ_ONCE = ("changelog", "pep8", "pylint", "shellcheck", "yamllint")
# With the oldest core, the oldest libraries that the modules support (requirements.txt), and what depends on them.
OLDEST_HTTP = {"requests": "2.28.0", "urllib3": "1.26.9"}
ON_OLDEST_HTTP = ("module_utils/test_network.py", "module_utils/test_http.py", "modules/test_hostile.py")


def python(wanted: str) -> Path | None:
    """The interpreter for that version on this machine, or None."""
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    candidates = [shutil.which(f"python{wanted}"), *sorted(map(str, pyenv.glob(f"versions/{wanted}.*/bin/python")))]
    for candidate in filter(None, candidates):
        # pyenv puts a command on the path for each of its versions, and most of them only print an error.
        asked = [candidate, "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"]
        if subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() == wanted:
            return Path(candidate)
    return None


def environment(core: str) -> Path | None:
    """The bin folder of a virtual environment with that ansible-core; None if there is no suitable Python."""
    interpreter = next(filter(None, map(python, PYTHONS[core])), None)
    if interpreter is None:
        return None
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    # Only the version of ansible-core differs, and dependencies that it needs in another version.
    others = ["ansible-core", "resolvelib", *([*OLDEST_HTTP, "charset-normalizer"] if core == ENDS[0] else [])]
    constraints = re.sub(rf"^({'|'.join(others)})==.*\n", "", constraints, flags=re.MULTILINE)
    if core == ENDS[0]:
        constraints += "".join(f"{name}=={version}\n" for name, version in OLDEST_HTTP.items())
    wanted = ("-r", ROOT / "tests" / "requirements.in", f"ansible-core>={core}.0rc0,=={core}.*")
    return environments.environment(CORES / core, interpreter, constraints, *wanted)


def marked() -> list[str]:
    """The files that have tests marked each_core. Loading the others would take as long as many tests."""
    return [str(file) for file in sorted((ROOT / "tests").rglob("test_*.py")) if "each_core" in file.read_text("utf-8")]


def test(core: str, programs: Path, *skipped: str) -> bool:
    """Run all tests on that core and report the outcome. skipped: sanity tests to leave out."""
    commands: dict[str, list[str | Path]] = {
        "sanity": [programs / "python", ROOT / "tests" / "run_sanity.py", *(f"--skip-test={name}" for name in skipped)],
        "tests": [programs / "pytest", "-q", "-m", "each_core", *marked()],
    }
    if core == ENDS[0]:
        # It warns about connections that it has closed itself.
        quiet = ["-W", "ignore::pytest.PytestUnraisableExceptionWarning"]
        commands["requests"] = [programs / "pytest", "-q", *quiet, *(f"tests/unit/{file}" for file in ON_OLDEST_HTTP)]
    passed = True
    for name, command in commands.items():
        done = subprocess.run(
            command, cwd=ROOT, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if done.returncode:
            passed = False
            print(done.stdout)
        print(f"{'ok  ' if done.returncode == 0 else 'FAIL'}  {core}  {name}", flush=True)
    return passed


def main(cores: list[str]) -> int:
    if cores == ["--json"]:
        rest = [{"core": core, "python": pythons[0]} for core, pythons in PYTHONS.items() if core not in ENDS]
        print(json.dumps(rest))
        return 0
    is_given = cores not in ([], ["--oldest"])
    if cores == ["--oldest"]:
        own = ".".join(version("ansible-core").split(".")[:2])
        cores = [core for core in ENDS[:1] if core != own]
    if unknown := set(cores) - set(PYTHONS):
        print(f"No such ansible-core: {', '.join(sorted(unknown))}. There are: {', '.join(PYTHONS)}.", file=sys.stderr)
        return 2
    passed = True
    for core in cores or PYTHONS:
        programs = environment(core)
        if programs is None:
            print(f"{'FAIL' if is_given else '-   '}  {core}  needs Python {' or '.join(PYTHONS[core])}", flush=True)
            passed = passed and not is_given
        else:
            passed = test(core, programs, *([] if is_given else READ_ONCE)) and passed
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
