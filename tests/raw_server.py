# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tenant on bare sockets, for what no HTTP library would send. It shares no code with the sandbox."""

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

# Takes the answer that would be sent, and sends something else; False ends the connection.
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
    """Send what is to be sent."""
    connection.sendall(sent)
    return True


class RawTenant(Listener):
    """Queues behind a socket of 127.0.0.1. asked: what has arrived, in order."""

    def __init__(self, *queues: dict[str, Any], send: Send = plainly) -> None:
        self.queues = {number: {"id": number, "public_number": None, **queue} for number, queue in enumerate(queues, 1)}
        self.asked: list[Asked] = []
        self._send = send
        self._lock = threading.Lock()

    def writes(self) -> list[Asked]:
        """What has arrived and isn't a read."""
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
                    sent = self._answer(asked)
                if not self._send(connection, asked, sent):
                    return

    def _answer(self, asked: Asked) -> bytes:
        path = asked.path.partition("?")[0]
        id = int(tail) if (tail := path.rpartition("/")[2]).isdigit() else 0
        shown = [{key: value for key, value in queue.items() if key != "archived"} for queue in self.queues.values()]
        active = [queue for queue in shown if not self.queues[queue["id"]].get("archived")]
        match asked.method:
            case "GET" if not id:
                return answer(shown if "include_archived=true" in asked.path else active)
            case "GET":
                found = [queue for queue in active if queue["id"] == id]
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
                for name, value in form.items():
                    self.queues[id][name.decode()] = int(value) if name == b"max_wait_time" else value.decode()
            case _:
                self.queues[id]["archived"] = True
        return answer({"id": id})
