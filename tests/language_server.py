# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client for the YAML language server, which talks to it like an editor."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final

# The same version as in docs/editor.md.
SETTINGS: Final = {
    "validate": True,
    "customTags": ["!vault scalar", "!unsafe scalar"],
    "schemaStore": {"enable": False},
}


class LanguageServer:
    """A running server. program: its JavaScript file. node: the Node executable that runs it."""

    def __init__(self, node: str, program: Path) -> None:
        self._command = [node, str(program), "--stdio"]
        self._last = 0

    def __enter__(self) -> LanguageServer:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.ask("initialize", processId=os.getpid(), rootUri=None, capabilities={})
        self._send({"method": "initialized", "params": {}})
        self._send({"method": "workspace/didChangeConfiguration", "params": {"settings": {"yaml": SETTINGS}}})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(subprocess.TimeoutExpired, OSError, EOFError):
            self.ask("shutdown")
            self._send({"method": "exit"})
            self._process.wait(10)
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def ask(self, method: str, **params: Any) -> Any:
        """The answer to a request."""
        self._last += 1
        self._send({"id": self._last, "method": method, "params": params})
        return self._next(lambda message: message.get("id") == self._last and "method" not in message)["result"]

    def problems(self, file: Path) -> list[tuple[int, str]]:
        """What an editor marks in a file: line numbers, counted from 0, and messages."""
        item = {"uri": file.as_uri(), "languageId": "yaml", "version": 1, "text": file.read_text(encoding="utf-8")}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": item}})
        told = self._next(
            lambda message: (
                message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == file.as_uri()
            )
        )
        return [(each["range"]["start"]["line"], each["message"]) for each in told["params"]["diagnostics"]]

    def completions(self, file: Path, line: int, column: int) -> list[str]:
        """The completions that an editor offers in an open file."""
        place = {"textDocument": {"uri": file.as_uri()}, "position": {"line": line, "character": column}}
        return [item["label"] for item in self.ask("textDocument/completion", **place)["items"]]

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin
        self._process.stdin.write(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        self._process.stdin.flush()

    def _next(self, wanted: Any) -> dict[str, Any]:
        """The next message of a kind. Answers what the server asks in the meantime."""
        assert self._process.stdout
        while True:
            length = 0
            while line := self._process.stdout.readline().strip():
                name, _colon, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if not length:
                raise EOFError("the language server has ended")
            message: dict[str, Any] = json.loads(self._process.stdout.read(length))
            if wanted(message):
                return message
            if "id" in message and "method" in message:
                self._send({"id": message["id"], "result": self._answer(message)})

    @staticmethod
    def _answer(message: Mapping[str, Any]) -> Any:
        """Answer the server as an editor would: with its settings, and nothing else."""
        if message["method"] != "workspace/configuration":
            return None
        return [SETTINGS if item.get("section") == "yaml" else None for item in message["params"]["items"]]
