# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers and proxies that the sandbox can't simulate: with any certificate, or with answers that aren't HTTP."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import trustme

EMPTY_LIST = b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"data": []}'
NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


def proxy_answer(status: int) -> bytes:
    """A proxy's answer to a CONNECT that it refuses."""
    return f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode()


class Listener:
    """Accepts connections on a free port of 127.0.0.1, and serves each in a separate thread.

    connections: the number of connections so far.
    """

    scheme = "http"

    def __enter__(self) -> Self:
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"{self.scheme}://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread if closing alone doesn't
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        raise NotImplementedError


class Server(Listener):
    """Answers everything with the same bytes, and closes.

    tls: the TLS settings; None for plain text. heard: the first bytes of each connection, in order.
    """

    def __init__(self, answer: bytes = EMPTY_LIST, tls: ssl.SSLContext | None = None) -> None:
        self._answer = answer
        self._tls = tls
        self.scheme = "https" if tls else "http"
        self.heard: list[bytes] = []

    def _serve(self, connection: socket.socket, number: int) -> None:
        # Most tests are about a failing handshake.
        with connection, contextlib.suppress(OSError):
            connection.settimeout(20)
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                self.heard.append(connection.recv(65536))
                connection.sendall(self._answer)


class Tunnel(Listener):
    """A proxy that connects to any address. tls: the proxy's own TLS settings; None for plain HTTP."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.scheme = "https" if tls else "http"

    def _serve(self, connection: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            near: socket.socket = stack.enter_context(connection)
            if self._tls:
                near = stack.enter_context(self._tls.wrap_socket(near, server_side=True))
            asked = b""
            while not asked.endswith(b"\r\n\r\n") and (more := near.recv(2**16)):
                asked += more
            host, _colon, port = asked.split()[1].decode().rpartition(":")
            far = stack.enter_context(socket.create_connection((host, int(port))))
            near.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=self._pass_on, args=(far, near), daemon=True)
            back.start()
            self._pass_on(near, far)
            back.join()

    @staticmethod
    def _pass_on(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(2**16):
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Authority:
    """A CA, its certificate in a file, and TLS settings with the certificates that it issues."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.path = folder / "ca.pem"
        self.path.write_bytes(self._ca.cert_pem.bytes())
        self.key = folder / "ca.key"
        self.key.write_bytes(self._ca.private_key_pem.bytes())

    def tls(self, host: str = "127.0.0.1", *, starts: int = -1, ends: int = 1, chain: bool = False) -> ssl.SSLContext:
        """TLS with a certificate for a host. starts, ends: days from now. chain: whether to send the CA, too."""
        certificate = self._ca.issue_cert(host, not_before=NOW + starts * DAY, not_after=NOW + ends * DAY)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with trustme.Blob(
            certificate.private_key_pem.bytes()
            + b"".join(pem.bytes() for pem in certificate.cert_chain_pems)
            + (self._ca.cert_pem.bytes() if chain else b"")
        ).tempfile() as path:
            context.load_cert_chain(path)
        return context

    def files(self, folder: Path, host: str = "127.0.0.1") -> tuple[Path, Path]:
        """A certificate with its CA's, and its key, as files."""
        issued = self._ca.issue_cert(host, not_after=NOW + DAY)
        certificate, key = folder / "server.pem", folder / "server.key"
        certificate.write_bytes(b"".join(pem.bytes() for pem in (*issued.cert_chain_pems, self._ca.cert_pem)))
        key.write_bytes(issued.private_key_pem.bytes())
        return certificate, key

    def self_signed(self) -> ssl.SSLContext:
        """TLS with the CA's own certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path, self.key)
        return context


def without_common_ciphers(tls: ssl.SSLContext) -> ssl.SSLContext:
    """The same, but no current client can agree on a cipher with it."""
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    tls.set_ciphers("AES128-SHA256:@SECLEVEL=0")  # needs another type of key than the certificate has
    return tls
