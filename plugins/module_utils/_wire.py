# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Connections that skip interim answers, and attempts that send nothing once they are given up."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable
from concurrent.futures import wait
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

with contextlib.suppress(ImportError):  # without it, no session is ever made
    import requests

from ansible_collections.evolux.contact_center.plugins.module_utils._connection import (
    Connection,
    Late,
    is_loopback,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._threads import Threads

USER_AGENT: Final = "evolux.contact_center (Ansible collection)"

_T = TypeVar("_T")
_local = threading.local()


class GivenUp(OSError):
    """Nothing was sent because the attempt was given up."""


class Attempt:
    """A call that sends one request, in another thread and with a time limit.

    stopped: set when nothing more may be sent.
    has_sent: whether the server may have received some of it. has_begun: whether the answer has begun to arrive.
    socket: the one that the request was sent on; None before.
    """

    def __init__(self, threads: Threads, stopped: threading.Event) -> None:
        self._threads = threads
        self.has_sent = self.has_begun = False
        self._stopped = stopped
        self._is_given_up = False
        self._lock = threading.Lock()
        self.socket: socket.socket | None = None

    def within(self, seconds: float, call: Callable[[], _T]) -> _T:
        """The call's result. Raises Late if there is none in that time; then nothing more is sent.

        The library's own timeouts restart with every byte received.
        """

        def work() -> _T:
            _local.attempt = self
            try:
                return call()
            finally:
                del _local.attempt

        future = self._threads.start(work)
        if future is None:  # without a thread, rely on the library's timeouts
            return work()
        try:
            done = wait([future], seconds).done
        except BaseException:  # a signal
            self.give_up()
            raise
        if not done:
            self.give_up()
            raise Late
        return future.result()

    def give_up(self) -> None:
        """Stop sending, and let the thread end."""
        with self._lock:
            self._is_given_up = True
            if self.socket is not None:
                with contextlib.suppress(OSError):
                    self.socket.shutdown(socket.SHUT_RDWR)

    def begin_sending(self, sock: socket.socket) -> None:
        """Note that something is about to be sent. Raises GivenUp."""
        with self._lock:
            if self._is_given_up or self._stopped.is_set():
                raise GivenUp
            self.has_sent = True
            self.socket = sock

    def begin_answer(self) -> None:
        """Note that an answer has begun to arrive."""
        with self._lock:
            # After giving up, a cut-off answer may look complete.
            self.has_begun = not self._is_given_up


class _Answer(http.client.HTTPResponse):
    """A final answer. Of the interim answers, the library itself skips only 100."""

    def begin(self) -> None:
        super().begin()
        while 100 <= self.status < 200 and self.status != http.client.SWITCHING_PROTOCOLS:
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()


class _Sending(http.client.HTTPConnection):
    response_class = _Answer

    def send(self, data: Any) -> None:
        # An attempt that is given up while connecting must not send.
        if self.sock is None and self.auto_open:
            self.connect()
        attempt: Attempt | None = getattr(_local, "attempt", None)
        if attempt:
            attempt.begin_sending(self.sock)
        super().send(data)


def _prepare(manager: Any, connection: Connection) -> None:
    """Make a pool manager of the library, with or without a proxy, use these connections."""

    class Encrypted(_Sending):
        def connect(self) -> None:
            # requests and urllib3 would load certificates again for each connection, and not this machine's.
            self.ssl_context = connection.tls
            self.ca_certs = self.ca_cert_dir = self.ca_cert_data = None
            super().connect()

    pools = {}
    for scheme, pool in manager.pool_classes_by_scheme.items():
        kind = Encrypted if scheme == "https" else _Sending
        pools[scheme] = type("Pool", (pool,), {"ConnectionCls": type("Connection", (kind, pool.ConnectionCls), {})})
    manager.pool_classes_by_scheme = pools


def new_session(connection: Connection, most: int) -> requests.Session:
    """A session for a tenant's requests. most: how many connections to keep alive."""

    class Adapter(requests.adapters.HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            _prepare(self.poolmanager, connection)

        def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
            if proxy in self.proxy_manager:
                return self.proxy_manager[proxy]
            if proxy.lower().startswith("https:"):
                kwargs["proxy_ssl_context"] = connection.tls
            manager = super().proxy_manager_for(proxy, **kwargs)
            _prepare(manager, connection)
            return manager

    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, Adapter(pool_maxsize=most))
    # No netrc: take only proxies from the environment. Unencrypted requests to this machine use none, so that no other
    # machine sees them.
    session.trust_env = False
    if not (connection.url.startswith("http://") and is_loopback(urlsplit(connection.url).hostname or "")):
        session.proxies.update(requests.utils.get_environ_proxies(connection.url))
    session.headers.update(
        {
            "token": connection.token,
            "Accept": "application/json",
            # A small compressed answer could fill all memory.
            "Accept-Encoding": "identity",
            "User-Agent": USER_AGENT,
        }
    )
    return session
