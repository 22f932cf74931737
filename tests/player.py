# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs ansible-playbook many times: a process that has loaded Ansible forks for each run, which saves most of the time.

Each run is Ansible's own command line in a separate process, with the same arguments, environment and folder as if it
had been started directly.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple


class Run(NamedTuple):
    """How a run ended, and everything that it printed."""

    code: int
    output: str


# A warning of Ansible, wrapped or not, up to the next thing that it prints.
_WARNING = re.compile(r"^\[(?:DEPRECATION )?WARNING\]: .*?(?=^\[|^$|^\w+ \[|\Z)", re.MULTILINE | re.DOTALL)
# A run that takes longer must be hanging.
TIMEOUT = 300


def hold_warnings(output: str, expected: tuple[str, ...] = ()) -> None:
    """Fail if ansible-playbook's output has an unexpected warning or deprecation, or lacks an expected one.

    expected: a part of each.
    """
    # Older versions of ansible-core wrap them.
    found = [" ".join(match.split()) for match in _WARNING.findall(output)]
    parts = ["".join(part.split()) for part in expected]
    bare = ["".join(warning.split()) for warning in found]
    unexpected = [warning for warning, text in zip(found, bare, strict=True) if not any(part in text for part in parts)]
    assert not unexpected, f"Unexpected: {unexpected}\n{output}"
    missing = [part for part, text in zip(expected, parts, strict=True) if not any(text in one for one in bare)]
    assert not missing, f"Missing: {missing}\n{output}"


class Player:
    """The process that forks, for the duration of a `with` block. env: what Ansible reads once, when it is loaded."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = dict(env)

    def __enter__(self) -> Player:
        self._folder = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(
            [sys.executable, __file__], env=self._env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._folder.cleanup()

    def play(self, *arguments: str, env: Mapping[str, str], cwd: Path, warns: tuple[str, ...] | None = ()) -> Run:
        """Run ansible-playbook.

        env: added to the process's environment. warns: a part of each expected warning; None leaves that to the test.
        """
        # Ansible read the rest when it was loaded.
        is_usual = (
            all(name.startswith(("AWX_", "EVOLUX_", "RECORD_")) for name in env) and not (cwd / "ansible.cfg").exists()
        )
        run = (self._fork if is_usual else self._start)(arguments, env, cwd)
        if warns is not None:
            hold_warnings(run.output, warns)
        return run

    def _fork(self, arguments: tuple[str, ...], env: Mapping[str, str], cwd: Path) -> Run:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # Not in cwd, which a run may remove.
        output = Path(self._folder.name) / "output.txt"
        order = {"arguments": arguments, "env": dict(env), "cwd": str(cwd), "output": str(output)}
        self._process.stdin.write(f"{json.dumps(order)}\n")
        self._process.stdin.flush()
        return Run(int(self._process.stdout.readline()), output.read_text(encoding="utf-8"))

    def _start(self, arguments: tuple[str, ...], env: Mapping[str, str], cwd: Path) -> Run:
        done = subprocess.run(
            [str(Path(sys.executable).with_name("ansible-playbook")), *arguments],
            cwd=cwd,
            env=self._env | dict(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        return Run(done.returncode, done.stdout + done.stderr)


def _load() -> None:
    """Load once what each run loads before its first task; Ansible caches it for all runs."""
    importlib.import_module("requests")
    from ansible import cli
    from ansible.plugins import loader

    loader.init_plugin_loader()
    cli.init_plugin_loader = lambda _paths: None
    for name in ("become", "callback", "connection", "inventory", "shell", "strategy"):
        list(getattr(loader, f"{name}_loader").all(class_only=True))
    # What each worker would load for itself.
    for name in ("filter", "test"):
        list(getattr(loader, f"{name}_loader").all())


def _play(order: Mapping[str, Any]) -> None:
    """Become ansible-playbook, in a separate process. Doesn't return."""
    from ansible.cli.playbook import main

    descriptor = os.open(order["output"], os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    for number in (1, 2):
        os.dup2(descriptor, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    signal.alarm(TIMEOUT)
    main(["ansible-playbook", *order["arguments"]])


def _serve() -> None:
    _load()
    for line in sys.stdin:
        if (child := os.fork()) == 0:
            code = 1
            try:
                _play(json.loads(line))
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        _child, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()
