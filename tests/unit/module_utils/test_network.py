# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client on real sockets: certificates, proxies, and answers that break off or don't end."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.evolux.contact_center.plugins.module_utils._client import Client
from ansible_collections.evolux.contact_center.plugins.module_utils._connection import Connection
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from sandbox.control import Sandbox, Tenant

QUEUE = {"name": "Support", "slug": "support", "number": "3001"}


@pytest.fixture
def tenant(sandbox: Sandbox) -> Tenant:
    return sandbox.tenant(queues=[QUEUE])


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a CA (ca.pem), and a certificate of it for 127.0.0.1 and one for another host."""
    folder = tmp_path_factory.mktemp("ca")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    trustme.CA().cert_pem.write_to_path(str(folder / "other.pem"))
    for name, host in (("right", "127.0.0.1"), ("wrong", "acme.example")):
        certificate = authority.issue_cert(host)
        certificate.private_key_pem.write_to_path(str(folder / f"{name}.key"))
        chain = b"".join(pem.bytes() for pem in certificate.cert_chain_pems)
        (folder / f"{name}.pem").write_bytes(chain)
    return folder


def serve(ca: Path, name: str) -> Sandbox:
    return Sandbox(tls_cert=ca / f"{name}.pem", tls_key=ca / f"{name}.key")


def connect(url: str, token: str = "sandbox-token", **options: Any) -> tuple[Client, list[float]]:
    waits: list[float] = []
    return Client(Connection.checked(api_url=url, api_token=token, **options), sleep=waits.append), waits


def failure(client: Client) -> EvoluxError:
    with pytest.raises(EvoluxError) as caught:
        client.list_queues()
    return caught.value


@pytest.fixture(autouse=True)
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy but a test's own."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


# ---- certificates ----


def test_a_certificate_is_checked_against_the_given_ca(ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(ca, "right") as server:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca / "other.pem"))
        assert connect(server.url, ca_path=str(ca / "ca.pem"))[0].list_queues() == []
        # And the environment's CA doesn't come in by the back door.
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(ca / "ca.pem"))
        client, waits = connect(server.url)
        error = failure(client)
        assert (error.code, error.status, waits) == ("unreachable", None, [])
        assert re.search(r"certificate was not accepted \((unable to get|self.signed) .+ca_path", str(error))
        with warnings.catch_warnings(record=True) as shown:
            assert connect(server.url, validate_certs=False)[0].list_queues() == []
        assert shown == []


@pytest.mark.parametrize("name", ["right.key", "none.pem", "a\0b"])
def test_a_ca_that_is_none_is_refused(ca: Path, name: str) -> None:
    with pytest.raises(EvoluxError, match="ca_path") as caught:
        connect("https://acme.example", ca_path=str(ca / name))
    assert caught.value.code == "invalid"


def test_a_certificate_of_another_host_is_refused(ca: Path) -> None:
    with serve(ca, "wrong") as server:
        error = failure(connect(server.url, ca_path=str(ca / "ca.pem"))[0])
        assert error.code == "unreachable"
        assert re.search(r"certificate was not accepted \((\w+ (address )?mismatch|it is for another host)", str(error))


# ---- no connection ----


@pytest.mark.parametrize(
    ("host", "why"),
    [("nowhere.invalid", "the name can't be resolved"), ("127.0.0.1:1", "it was refused or could not be made")],
)
def test_why_there_is_no_connection(host: str, why: str) -> None:
    error = failure(connect(f"https://{host}", retries=0)[0])
    assert f"no connection to https://{host}, since {why}" in str(error)


# ---- proxies ----


class Proxy:
    """Takes one connection, keeps what it is sent, and answers that it won't."""

    def __enter__(self) -> Proxy:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.heard = b""
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def _serve(self) -> None:
        connection, _address = self._socket.accept()
        with connection:
            self.heard = connection.recv(65536)
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    def __exit__(self, *_exc: object) -> None:
        self._thread.join(10)
        self._socket.close()


def test_a_proxy_sees_no_token_of_an_https_request(monkeypatch: pytest.MonkeyPatch) -> None:
    with Proxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        error = failure(connect("https://acme.example", "proxy-must-not-see", retries=0)[0])
    assert error.code == "unreachable"
    assert proxy.heard.startswith(b"CONNECT acme.example:443")
    assert b"proxy-must-not-see" not in proxy.heard


# ---- answers that break off, and answers that don't come ----


@pytest.mark.parametrize(
    "fault", [{"kind": "cut"}, {"kind": "cut", "when": "after"}, {"kind": "cut_body", "when": "after"}]
)
def test_a_broken_connection_is_tried_again(tenant: Tenant, fault: dict[str, Any]) -> None:
    client, waits = connect(tenant.url, tenant.token)
    tenant.fault(**fault, times=2)
    assert [queue.slug for queue in client.list_queues()] == ["support"]
    assert len(waits) == 2


def test_a_lost_create_is_not_sent_again(tenant: Tenant) -> None:
    client, _waits = connect(tenant.url, tenant.token)
    tenant.fault("cut", method="POST", when="after")
    with pytest.raises(EvoluxError) as caught:
        client.create_queue({"name": "New", "number": "1"})
    assert (caught.value.code, caught.value.maybe_done, len(tenant.writes())) == ("unreachable", True, 1)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "hang"},
        {"kind": "hang", "when": "after"},
        {"kind": "silence"},
        {"kind": "drip", "seconds": 0.01, "when": "after"},
        {"kind": "drip", "seconds": 0.01, "when": "after", "headers": True},
    ],
)
def test_no_answer_takes_longer_than_ten_timeouts(tenant: Tenant, fault: dict[str, Any]) -> None:
    client, _waits = connect(tenant.url, tenant.token, timeout=0.05, retries=0)
    tenant.fault(**fault)
    begin = time.monotonic()
    assert failure(client).code == "unreachable"
    # Twenty times what is allowed: this tells an end from no end, not fast from slow.
    assert time.monotonic() - begin < 10


def test_cut_json_is_no_broken_connection(tenant: Tenant) -> None:
    client, waits = connect(tenant.url, tenant.token)
    tenant.fault("cut_json", when="after")
    assert (failure(client).code, waits) == ("bad_answer", [])


def test_one_connection_serves_all_requests(tenant: Tenant) -> None:
    with Counter(tenant.url) as counter:
        client, _waits = connect(counter.url, tenant.token)
        for _time in range(3):
            client.list_queues()
        assert counter.connections == 1


class Counter:
    """Passes bytes on to a server and counts the connections."""

    def __init__(self, url: str) -> None:
        self._target = int(url.rpartition(":")[2])
        self.connections = 0

    def __enter__(self) -> Counter:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            far = socket.create_connection(("127.0.0.1", self._target))
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._copy, args=(source, sink), daemon=True).start()

    @staticmethod
    def _copy(source: socket.socket, sink: socket.socket) -> None:
        # Whichever side ends first closes both.
        with source, sink, contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)

    def __exit__(self, *_exc: object) -> None:
        self._socket.close()


def test_a_proxy_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    client, waits = connect("https://acme.example")
    assert "proxy" in str(failure(client))
    assert waits == []
