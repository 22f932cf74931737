# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-playbook, many times: a process that has Ansible loaded forks for each run, which saves most of its time.

What runs is Ansible's own command line, in a process of its own, with the arguments, the environment and the folder
that it would have been started with.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple


class Run(NamedTuple):
    """How a run ended, and all that it printed."""

    code: int
    output: str


class Player:
    """The process that forks, for the time of a `with` block. env: what Ansible reads once, when it is loaded."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = dict(env)

    def __enter__(self) -> Player:
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

    def play(self, *arguments: str, env: Mapping[str, str], cwd: Path) -> Run:
        """Run ansible-playbook. env: added to that of the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        output = cwd / "output.txt"
        order = {"arguments": arguments, "env": dict(env), "cwd": str(cwd), "output": str(output)}
        self._process.stdin.write(f"{json.dumps(order)}\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return Run(code, output.read_text(encoding="utf-8"))


def _play(order: Mapping[str, Any]) -> None:
    """In a process of its own: be ansible-playbook. Doesn't return."""
    from ansible.cli.playbook import main

    descriptor = os.open(order["output"], os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    for number in (1, 2):
        os.dup2(descriptor, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    main(["ansible-playbook", *order["arguments"]])


def _serve() -> None:
    importlib.import_module("ansible.cli.playbook")  # once for all runs
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
