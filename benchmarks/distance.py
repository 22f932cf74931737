# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes a server on this machine seem far away, in a separate process.

distance.py PORT MILLISECONDS    print the port to connect to instead

Data arrives half a round trip after it is sent. The first data on a new connection leaves one round trip late, since
TCP would still be connecting until then. So over TLS 1.3, the answer to the first request takes three round trips.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType


def carry(source: socket.socket, target: socket.socket, one_way: float, leaves: float) -> None:
    """Forward data from one socket to another with a delay in seconds. leaves: the earliest time for data to leave."""
    under_way: SimpleQueue[tuple[float, bytes]] = SimpleQueue()

    def deliver() -> None:
        with contextlib.suppress(OSError):
            while True:
                at, data = under_way.get()
                time.sleep(max(at - time.monotonic(), 0))
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(data)

    threading.Thread(target=deliver, daemon=True).start()
    data = b"starting"
    while data:
        try:
            data = source.recv(2**16)
        except OSError:
            data = b""
        under_way.put((max(time.monotonic(), leaves) + one_way, data))


def connect(near: socket.socket, port: int, round_trip: float) -> None:
    """Forward a new connection to the server."""
    begun = time.monotonic()
    far = socket.create_connection(("127.0.0.1", port))
    for end in (near, far):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    ways = [(near, far, begun + round_trip), (far, near, begun)]
    threads = [threading.Thread(target=carry, args=(*way[:2], round_trip / 2, way[2]), daemon=True) for way in ways]
    for thread in threads:
        thread.start()


def main(port: int, milliseconds: float) -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listener.getsockname()[1], flush=True)
    while True:
        near, _address = listener.accept()
        connect(near, port, milliseconds / 1000)


class Distance:
    """A process that makes a port of this machine seem some milliseconds away. port: the port to connect to instead."""

    def __init__(self, port: int, milliseconds: float) -> None:
        self._command = [sys.executable, str(Path(__file__)), str(port), str(milliseconds)]

    def __enter__(self) -> Distance:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
