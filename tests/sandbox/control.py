# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox for tests: starts it in a process of its own, and talks to its control side."""

from __future__ import annotations

import os
import secrets
import select
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

import requests
from requests.structures import CaseInsensitiveDict

_READY = "Evolux sandbox ready on "


class ControlError(Exception):
    """The control side refused a request; the text says why."""


class Sandbox:
    """The server as a child process, for the duration of a `with` block."""

    def __init__(
        self,
        *,
        tls_cert: str | Path | None = None,
        tls_key: str | Path | None = None,
        description: str | Path | None = None,
        deadline: float = 20,
    ) -> None:
        self.url = ""
        self._command = [sys.executable, "-m", "sandbox", "--port", "0"]
        if tls_cert is not None and tls_key is not None:
            self._command += ["--tls-cert", str(tls_cert), "--tls-key", str(tls_key)]
        if description is not None:
            self._command += ["--description", str(description)]
        self._deadline = deadline
        self._session = requests.Session()
        # Ignore the proxies and the .netrc of the user who runs the tests.
        self._session.trust_env = False
        if tls_cert is not None:
            self._session.verify = str(tls_cert)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Sandbox:
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, bufsize=0, env=environment
        )
        try:
            self.url = self._wait_until_ready(self._process)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> str:
        assert process.stdout is not None
        end = time.monotonic() + self._deadline
        output = b""
        while b"\n" not in output:
            left = end - time.monotonic()
            if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
                raise ControlError(f"the sandbox wasn't ready after {self._deadline} seconds")
            data = process.stdout.read(4096)
            if not data:
                raise ControlError(f"the sandbox ended with exit code {process.wait()}")
            output += data
        line = output.decode().splitlines()[0]
        if not line.startswith(_READY):
            raise ControlError(f"the sandbox isn't ready: {line}")
        return line.removeprefix(_READY)

    def _stop(self) -> None:
        self._session.close()
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def control(self, method: str, path: str, data: Any = None) -> Any:
        """Send a request to the control side; `path` is what follows /_sandbox."""
        answer = self._session.request(method, f"{self.url}/_sandbox{path}", json=data, timeout=10)
        body = answer.json()
        if not answer.ok:
            raise ControlError(body["error"])
        return body

    def judgement(self) -> dict[str, Any]:
        """How many requests and answers were checked against the description, and the objections to them."""
        judgement: dict[str, Any] = self.control("GET", "/judgement")
        return judgement

    def requests(self) -> list[dict[str, Any]]:
        """All requests to all tenants, including those with a token that no tenant has."""
        return _entries(self.control("GET", "/requests"))

    def tenant(
        self,
        token: str | None = None,
        *,
        queues: Iterable[Mapping[str, Any]] = (),
        dids: Iterable[str] = (),
        agents: Iterable[Mapping[str, Any]] = (),
        switches: Mapping[str, Any] | None = None,
        next_id: int | None = None,
    ) -> Tenant:
        """Create a tenant, or replace it completely."""
        tenant = Tenant(self, token or secrets.token_hex(8))
        seed: dict[str, Any] = {
            "queues": [dict(queue) for queue in queues],
            "agents": [dict(agent) for agent in agents],
            "dids": list(dids),
        }
        if switches is not None:
            seed["switches"] = dict(switches)
        if next_id is not None:
            seed["next_id"] = next_id
        tenant.control("PUT", "", seed)
        return tenant


class Tenant:
    """One tenant of a running sandbox."""

    def __init__(self, sandbox: Sandbox, token: str) -> None:
        self._sandbox = sandbox
        self.url = sandbox.url
        self.token = token

    def control(self, method: str, path: str, data: Any = None) -> Any:
        """Send a request to this tenant's control side."""
        return self._sandbox.control(method, f"/tenants/{quote(self.token, safe='')}{path}", data)

    def queues(self) -> list[dict[str, Any]]:
        """All queues with all columns, including archived ones."""
        queues: list[dict[str, Any]] = self.control("GET", "")["queues"]
        return queues

    def fault(self, kind: str, **settings: Any) -> None:
        """Order a fault; README.md lists them."""
        self.control("POST", "/faults", {"kind": kind, **settings})

    def clear_faults(self) -> None:
        self.control("DELETE", "/faults")

    def switch(self, **switches: Any) -> None:
        self.control("PATCH", "/switches", switches)

    def poke(self, id: int, **columns: Any) -> None:
        """Change a queue as a person does in the web interface."""
        self.control("PATCH", f"/queues/{id}", columns)

    def log(self) -> list[dict[str, Any]]:
        """Requests and marks in the order of their arrival."""
        return _entries(self.control("GET", "/requests"))

    def requests(self) -> list[dict[str, Any]]:
        """The requests to the API, without the marks."""
        return [entry for entry in self.log() if "mark" not in entry]

    def writes(self) -> list[dict[str, Any]]:
        """The requests that are meant to change something."""
        return [entry for entry in self.requests() if entry["method"] not in ("GET", "HEAD", "OPTIONS")]

    def mark(self, label: str) -> None:
        self.control("POST", "/marks", {"label": label})

    def clear_requests(self) -> None:
        self.control("DELETE", "/requests")


def _entries(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for entry in entries:
        if "headers" in entry:
            entry["headers"] = CaseInsensitiveDict(entry["headers"])
    return entries
