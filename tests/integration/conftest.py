# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the real ansible-playbook on the built and installed collection, against the sandbox."""

from __future__ import annotations

import base64
import functools
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import yaml
from ansible.release import __version__

import installed
from player import Player
from sandbox.control import Sandbox, Tenant

HERE = Path(__file__).resolve().parent
# A row of a table that runs on each ansible-core, while the others don't.
each_core = functools.partial(pytest.param, marks=pytest.mark.each_core)
# A row that `make test` leaves out.
only_ci = functools.partial(pytest.param, marks=pytest.mark.only_ci)
# The ways to run a module. On versions of ansible-core that nobody has tested the worker with, there is only one.
WAYS = ("in worker", "shipped") if tuple(map(int, __version__.split(".")[:2])) <= (2, 21) else ("shipped",)


@dataclass
class Run:
    """What ansible-playbook printed, and the result of each task."""

    code: int
    output: str
    results: list[dict[str, Any]]

    @property
    def way(self) -> str:
        """How the modules were run, according to -vvv."""
        return _way(self.output)

    @property
    def ways(self) -> tuple[str, ...]:
        """The same, task by task."""
        return tuple(map(_way, self.output.split("\nTASK [")[1:]))

    def result(self, task: str) -> dict[str, Any]:
        """The result of the only task of that name; the test fails, and shows the output, if there is none."""
        found: list[dict[str, Any]] = [entry["result"] for entry in self.results if entry["task"] == task]
        assert len(found) == 1, self.output
        return found[0]

    def failed(self, task: str) -> bool:
        return [entry["failed"] for entry in self.results if entry["task"] == task] == [True]


def _way(output: str) -> str:
    """Ansible reads a module from its file before it ships it."""
    return "shipped" if "Using module file" in output else "in worker" * ("inside the worker" in output)


# What Ansible reads only once, when it is loaded, for all runs of the class below.
LOADED = {
    **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
    "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
    "ANSIBLE_LOCALHOST_WARNING": "false",
    "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
    "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
    "ANSIBLE_NOCOLOR": "true",
}


@functools.cache
def loaded() -> Player:
    """The process that has Ansible loaded; `collection` ends it."""
    return Player(LOADED).__enter__()


def forms_of(token: str) -> set[str]:
    """The forms in which a token could leak."""
    encoded = base64.b64encode(token.encode()).decode().rstrip("=")
    return {token, token.strip(), quote(token), quote_plus(token), encoded, repr(token)[1:-1], json.dumps(token)[1:-1]}


class Ansible:
    """Runs ansible-playbook for one tenant, by default at -vvvv.

    way: how `play` must run the modules; if empty, the collection decides.
    """

    def __init__(self, tenant: Tenant, folder: Path, way: str = "") -> None:
        self.tenant = tenant
        self.folder = folder
        self.way = way

    def play(
        self,
        *tasks: dict[str, Any],
        args: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
        verbosity: str = "-vvvv",
        secret: str = "",
        warns: tuple[str, ...] | None = (),
    ) -> Run:
        """Run tasks in one play on localhost. The environment names the tenant unless `env` says otherwise.

        The token must never appear in anything that the play prints or returns.
        """
        play = {"hosts": "localhost", "gather_facts": False, "tasks": list(tasks)}
        playbook = self.folder / "playbook.yml"
        playbook.write_text(yaml.safe_dump([play], sort_keys=False, allow_unicode=True), encoding="utf-8")
        if not self.way:
            return self.run(str(playbook), *args, env=env, verbosity=verbosity, secret=secret, warns=warns)
        args = ("--extra-vars", json.dumps({"evolux_run_in_worker": self.way == "in worker"}), *args)
        run = self.run(str(playbook), *args, env=env, verbosity=verbosity, secret=secret, warns=warns)
        assert verbosity != "-vvvv" or run.way == self.way
        return run

    def run(
        self,
        playbook: str,
        *args: str,
        env: dict[str, str] | None = None,
        verbosity: str = "-vvvv",
        secret: str = "",
        cwd: Path | None = None,
        warns: tuple[str, ...] | None = (),
    ) -> Run:
        """Run a playbook, given by its file or name, in this test's folder or another one.

        secret: another token that must not leak, besides those of the tenant and the environment.
        warns: a part of each warning that is expected; None leaves it to the test.
        """
        record = self.folder / "record.jsonl"
        record.unlink(missing_ok=True)
        environment = {
            "RECORD_FILE": str(record),
            "RECORD_MARKS": f"{self.tenant.url}/_sandbox/tenants/{quote(self.tenant.token, safe='')}/marks",
            "EVOLUX_API_URL": self.tenant.url,
            "EVOLUX_API_TOKEN": self.tenant.token,
            **(env or {}),
        }
        code, output = loaded().play(verbosity, *args, playbook, env=environment, cwd=cwd or self.folder, warns=warns)
        lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
        for form in forms_of(environment["EVOLUX_API_TOKEN"]) | forms_of(self.tenant.token) | forms_of(secret):
            if form:
                assert form not in output
                assert form not in "\n".join(lines)
        assert "Traceback" not in output, output
        return Run(code, output, [json.loads(line) for line in lines])


@pytest.fixture(scope="session", autouse=True)
def collection() -> Iterator[None]:
    """Test what users install."""
    installed.install()
    yield
    if loaded.cache_info().currsize:
        loaded().__exit__(None, None, None)


@pytest.fixture
def tenant(sandbox: Sandbox) -> Tenant:
    return sandbox.tenant()


@pytest.fixture
def ansible(tenant: Tenant, tmp_path: Path) -> Ansible:
    return Ansible(tenant, tmp_path)


def player_env() -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("EVOLUX_")},
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_NOCOLOR": "true",
        "NO_PROXY": "127.0.0.1",
    }


@pytest.fixture(scope="session")
def player() -> Iterator[Player]:
    with Player(player_env()) as running:
        yield running


@pytest.fixture(scope="session")
def stats_player() -> Iterator[Player]:
    """One whose runs end with what set_stats was given, as AWX hands it on."""
    with Player(player_env() | {"ANSIBLE_SHOW_CUSTOM_STATS": "true"}) as running:
        yield running
