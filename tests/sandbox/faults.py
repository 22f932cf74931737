# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults on demand: what networks, proxies and busy servers do to a request."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from http import HTTPStatus
from typing import Any

from aiohttp import web

from .switches import SeedError

KINDS = (
    "cut",
    "hang",
    "silence",
    "drip",
    "answer",
    "cut_body",
    "cut_json",
    "charset",
    "redirect",
    "latency",
    "huge",
)
_STATUS = {"answer": 500, "redirect": 302}
_CHUNK = 64 * 1024


@dataclass
class Fault:
    """One fault. README.md explains what each kind does, and which fields it uses."""

    kind: str
    when: str = "before"
    method: str | None = None
    path: str | None = None
    times: int | None = 1
    skip: int = 0
    seconds: float = 0.05
    headers: Any = None
    status: int | None = None
    json: Any = None
    text: str | None = None
    content_type: str | None = None
    location: str | None = None
    bytes: int = 32 * 1024 * 1024

    def __post_init__(self) -> None:
        _require(self.kind in KINDS, f"kind must be one of {', '.join(KINDS)}")
        _require(self.when in ("before", "after"), "when must be before or after")
        _require(self.method is None or isinstance(self.method, str), "method must be a string or null")
        _require(self.path is None or isinstance(self.path, str), "path must be a regular expression or null")
        try:
            self._path = re.compile(self.path or "")
        except re.error as error:
            raise SeedError(f"path isn't a regular expression: {error}") from None
        _require(self.times is None or (_is_int(self.times) and self.times > 0), "times must be 1 or more, or null")
        _require(_is_int(self.skip) and self.skip >= 0, "skip must be 0 or more")
        _require(
            isinstance(self.seconds, int | float) and not isinstance(self.seconds, bool) and 0 <= self.seconds < 1e6,
            "seconds must be a number, 0 or more",
        )
        _require(
            self.status is None or (_is_int(self.status) and 200 <= self.status <= 599), "status must be 200 to 599"
        )
        for name in ("text", "content_type", "location"):
            value = getattr(self, name)
            _require(value is None or isinstance(value, str), f"{name} must be a string or null")
        _require(_is_int(self.bytes) and self.bytes > 0, "bytes must be 1 or more")
        if self.kind == "drip":
            _require(self.headers in (None, True, False), "headers of a drip must be true or false")
        else:
            _require(
                self.headers is None
                or (isinstance(self.headers, dict) and all(isinstance(value, str) for value in self.headers.values())),
                "headers must be an object of strings",
            )
        _require(self.kind != "redirect" or self.location is not None, "a redirect needs a location")

    def describe(self) -> dict[str, Any]:
        """The fault with what is left of `times` and `skip`."""
        return asdict(self)

    def matches(self, method: str, path: str) -> bool:
        return (self.method is None or self.method.upper() == method) and self._path.search(path) is not None


def make(order: Mapping[str, Any]) -> Fault:
    """A fault from what was sent to the control side."""
    unknown = set(order) - {entry.name for entry in fields(Fault)}
    _require(not unknown, f"unknown field {', '.join(sorted(unknown))}")
    _require("kind" in order, "kind is missing")
    return Fault(**order)


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise SeedError(f"fault: {message}")


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def take(faults: list[Fault], method: str, path: str) -> list[Fault]:
    """The faults that hit this request: every latency that matches, and the first other fault that matches.

    Later faults keep their counts, so several one-time faults hit one request each, in order.
    """
    hits: list[Fault] = []
    for fault in list(faults):
        taken = any(hit.kind != "latency" for hit in hits)
        if (taken and fault.kind != "latency") or not fault.matches(method, path):
            continue
        if fault.skip:
            fault.skip -= 1
            continue
        hits.append(fault)
        if fault.times is not None:
            fault.times -= 1
            if not fault.times:
                faults.remove(fault)
    return hits


def status_of(fault: Fault, answer: web.Response) -> int:
    """The status that the client sees."""
    return fault.status or _STATUS.get(fault.kind, answer.status)


async def apply(fault: Fault, request: web.Request, answer: web.Response) -> web.StreamResponse:
    """Apply the fault to this answer."""
    body = answer.body if isinstance(answer.body, bytes) else b""
    status = status_of(fault, answer)
    match fault.kind:
        case "answer":
            text = json.dumps(fault.json) if fault.text is None else fault.text
            kind = fault.content_type or ("application/json" if fault.text is None else "text/plain")
            headers = {"Content-Type": kind, **(fault.headers or {})}
            return web.Response(status=status, body=text.encode(), headers=headers)
        case "redirect":
            return web.Response(status=status, headers={"Location": fault.location or ""})
        case "cut_json":
            return web.Response(status=status, body=body[: len(body) // 2], content_type="application/json")
        case "charset":
            return web.Response(status=status, body=body, headers={"Content-Type": "application/json; charset=utf-16"})
        case "huge":
            return await _send_huge(request, status, fault.bytes)
        case "cut":
            pass
        case "hang":
            await _wait_for_end(request)
        case "silence":
            _write(request, _head(status, max(len(body), 1)))
            await _wait_for_end(request)
        case "cut_body":
            _write(request, _head(status, max(len(body), 2)) + body[: len(body) // 2])
        case _:
            await _drip(request, _head(status, len(body)), body, fault)
    if request.transport is not None:
        request.transport.close()
    # aiohttp needs an answer. It isn't sent, as the connection is closed.
    return web.Response()


# These faults bypass aiohttp, which would send complete answers.


def _head(status: int, length: int) -> bytes:
    phrase = HTTPStatus(status).phrase if status in list(HTTPStatus) else "Unknown"
    return (
        f"HTTP/1.1 {status} {phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {length}\r\nConnection: close\r\n\r\n"
    ).encode()


def _write(request: web.Request, data: bytes) -> None:
    if not _is_gone(request) and request.transport is not None:
        request.transport.write(data)


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


async def _wait_for_end(request: web.Request) -> None:
    while not _is_gone(request):
        await asyncio.sleep(0.05)


async def _drip(request: web.Request, head: bytes, body: bytes, fault: Fault) -> None:
    slow = body
    if fault.headers:
        slow = head + body
    else:
        _write(request, head)
    for position in range(len(slow)):
        if _is_gone(request):
            return
        await asyncio.sleep(fault.seconds)
        _write(request, slow[position : position + 1])


async def _send_huge(request: web.Request, status: int, size: int) -> web.StreamResponse:
    """Send JSON of that many bytes, without holding all of it in memory."""
    head, tail = b'{"meta": {"status": 200, "message": "OK"}, "data": "', b'"}'
    size = max(size, len(head) + len(tail))
    answer = web.StreamResponse(status=status, headers={"Content-Type": "application/json"})
    answer.content_length = size
    try:
        await answer.prepare(request)
        await answer.write(head)
        left = size - len(head) - len(tail)
        while left:
            chunk = b"x" * min(left, _CHUNK)
            await answer.write(chunk)
            left -= len(chunk)
        await answer.write_eof(tail)
    except ConnectionError:
        pass  # a client that rejects large answers is what this fault is for
    return answer
