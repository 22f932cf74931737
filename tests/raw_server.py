# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tenant on bare sockets, to send what no HTTP library would. It shares no code with the sandbox."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from servers import Listener

# Gets the answer that would be sent, and sends something else; returns False to end the connection.
Send = Callable[[socket.socket, "Asked", bytes], bool]


@dataclass
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    headers: str
    body: bytes
    connection: int
    at: float = field(default_factory=time.monotonic)


def answer(data: Any, status: str = "200 OK", headers: str = "", **more: Any) -> bytes:
    """An answer of the API, byte by byte."""
    body = json.dumps({"meta": {"status": int(status[:3]), "message": status[4:]}, "data": data, **more}).encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


def plainly(connection: socket.socket, _asked: Asked, sent: bytes) -> bool:
    """Send the answer unchanged."""
    connection.sendall(sent)
    return True


def spoilt(connection: socket.socket, order: dict[str, Any], sent: bytes) -> bool:
    """Send the answer as a fault of the matrix changes it."""
    line, _end, rest = sent.partition(b"\r\n")
    body = rest.partition(b"\r\n\r\n")[2]
    status = order.get("status") or {"redirect": 302}.get(order["kind"]) or int(line.split()[1])

    def head(length: int, **headers: str) -> bytes:
        more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {status} Reason\r\nContent-Length: {length}\r\n{more}\r\n".encode()

    def until_it_closes() -> bool:
        while connection.recv(2**16):
            pass
        return False

    match order["kind"]:
        case "cut":
            return False
        case "hang":
            return until_it_closes()
        case "silence":
            connection.sendall(head(len(body)))
            return until_it_closes()
        case "drip":
            connection.sendall(head(len(body)))
            for byte in body:
                connection.sendall(bytes([byte]))
                time.sleep(0.05)
        case "cut_body":
            connection.sendall(head(len(body)) + body[: len(body) // 2])
            return False
        case "cut_json":
            connection.sendall(head(len(body) // 2) + body[: len(body) // 2])
        case "charset":
            connection.sendall(head(len(body), Content_Type="application/json; charset=utf-16") + body)
        case "redirect":
            connection.sendall(head(0, Location=order["location"]))
        case "huge":
            connection.sendall(head(order["bytes"]) + b" " * order["bytes"])
        case "answer":
            body = (order["text"] if "text" in order else json.dumps(order["json"])).encode()
            kind = order.get("content_type") or "text/plain"
            connection.sendall(head(len(body), Content_Type=kind, **(order.get("headers") or {})) + body)
        case unknown:
            raise NotImplementedError(unknown)
    return True


class RawTenant(Listener):
    """Queues behind a socket on 127.0.0.1. asked: the requests that have arrived, in order.

    spoil: chooses the fault of the matrix that hits a request, if any.
    """

    spoil: Callable[[Asked], dict[str, Any] | None] = staticmethod(lambda _asked: None)

    def __init__(self, *queues: dict[str, Any], send: Send = plainly) -> None:
        self.queues = {number: {"id": number, "public_number": None, **queue} for number, queue in enumerate(queues, 1)}
        self.asked: list[Asked] = []
        self._send = send
        self._lock = threading.Lock()

    def writes(self) -> list[Asked]:
        """The requests that have arrived and aren't reads."""
        return [asked for asked in self.asked if asked.method != "GET"]

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection, connection.makefile("rb") as incoming, contextlib.suppress(OSError, ValueError):
            connection.settimeout(20)
            while line := incoming.readline().decode():
                headers = "".join(iter(lambda: incoming.readline().decode().replace("\r\n", "\n"), "\n"))
                length = re.search(r"(?im)^content-length: (\d+)", headers)
                method, path, _version = line.split()
                body = incoming.read(int(length[1]) if length else 0)
                asked = Asked(method, path, headers, body, number)
                with self._lock:
                    self.asked.append(asked)
                    order = self.spoil(asked)
                    is_done = order is None or order.get("when") == "after"
                    sent = self._answer(asked) if is_done else answer({"id": "nothing was done"})
                if not (spoilt(connection, order, sent) if order else self._send(connection, asked, sent)):
                    return

    def _answer(self, asked: Asked) -> bytes:
        path = asked.path.partition("?")[0]
        id = int(tail) if (tail := path.rpartition("/")[2]).isdigit() else 0
        shown = [{key: value for key, value in queue.items() if key != "archived"} for queue in self.queues.values()]
        active = [queue for queue in shown if not self.queues[queue["id"]].get("archived")]
        match asked.method:
            case "GET" if path.endswith(("/pauses", "/agents")):
                return answer([])
            case "GET" if not id:
                return answer(shown if "include_archived=true" in asked.path else active)
            case "GET":
                found = [queue for queue in shown if queue["id"] == id]
                if found and "include_archived=true" not in asked.path and found[0] not in active:
                    return answer(None, "422 Queue archived not requested")
                return answer(found[0]) if found else answer(None, "404 Queue not found")
            case "POST":
                fields = json.loads(asked.body)
                fields.setdefault("slug", fields["name"].lower())
                if any(fields[name] == queue[name] for queue in shown for name in ("slug", "number")):
                    return answer(None, "500 Data insertion may break a database constraint")
                id = len(self.queues) + 1
                self.queues[id] = {"id": id, "public_number": None, "max_wait_time": None, **fields}
                return answer({"id": id}, "201 Created")
            case "PUT":
                form = dict(re.findall(rb'name="(\w+)"[^\n]*\r\n\r\n(.*?)\r\n--', asked.body, re.DOTALL))
                if not form:
                    return answer(None, "422 Missing fields or trying to update slug")
                for name, value in form.items():
                    self.queues[id][name.decode()] = int(value) if name == b"max_wait_time" else value.decode()
            case _:
                self.queues[id]["archived"] = True
        return answer({"id": id})
