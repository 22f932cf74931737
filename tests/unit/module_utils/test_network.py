# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client on real sockets: certificates, proxies, and answers that break off or never end."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import ssl
import subprocess
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme

from ansible_collections.evolux.contact_center.plugins.module_utils import _trust
from ansible_collections.evolux.contact_center.plugins.module_utils._api import Api
from ansible_collections.evolux.contact_center.plugins.module_utils._connection import Connection
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._http import Client
from clock import FakeClock
from sandbox.control import Sandbox, Tenant
from servers import Authority, Listener, Server, Tunnel, proxy_answer, without_common_ciphers

QUEUE = {"name": "Support", "slug": "support", "number": "3001"}


@pytest.fixture
def tenant(sandbox: Sandbox) -> Tenant:
    return sandbox.tenant(queues=[QUEUE])


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("other"))


def connect(url: str, token: str = "sandbox-token", **options: Any) -> tuple[Api, list[float]]:
    waits: list[float] = []
    return Api(Client(Connection.checked(api_url=url, api_token=token, **options), clock=FakeClock(waits))), waits


def failure(api: Api) -> EvoluxError:
    with pytest.raises(EvoluxError) as caught:
        api.list_queues()
    return caught.value


@pytest.fixture(autouse=True)
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use no proxy other than the test's own."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


# ---- certificates ----


# The values of the option ca_path and of the environment (the server's CA, another CA, a folder with the server's CA,
# nothing), and whether the server is then trusted.
TRUSTED: list[tuple[str | None, dict[str, str], bool]] = [
    (None, {}, False),
    ("ours", {}, True),
    ("folder", {}, True),
    ("other", {}, False),
    (None, {"REQUESTS_CA_BUNDLE": "ours"}, True),
    (None, {"REQUESTS_CA_BUNDLE": "folder"}, True),
    (None, {"CURL_CA_BUNDLE": "ours"}, True),
    (None, {"REQUESTS_CA_BUNDLE": "other", "CURL_CA_BUNDLE": "ours"}, False),
    (None, {"REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": "ours"}, True),
    (None, {"SSL_CERT_FILE": "ours"}, True),
    (None, {"SSL_CERT_DIR": "folder"}, True),
    (None, {"SSL_CERT_FILE": "other"}, False),
    # Trusted instead of all others.
    (None, {"REQUESTS_CA_BUNDLE": "other", "SSL_CERT_FILE": "ours"}, False),
    ("ours", {"REQUESTS_CA_BUNDLE": "other"}, True),
    ("other", {"REQUESTS_CA_BUNDLE": "ours", "SSL_CERT_FILE": "ours"}, False),
    ("", {"REQUESTS_CA_BUNDLE": "ours"}, True),
]


@pytest.mark.parametrize("through", ["directly", "proxy", "proxy with TLS"])
@pytest.mark.parametrize(("ca_path", "environment", "trusted"), TRUSTED)
def test_what_is_trusted(
    ca: Authority,
    other: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ca_path: str | None,
    environment: dict[str, str],
    trusted: bool,
    through: str,
) -> None:
    (tmp_path / "company.pem").write_bytes(ca.path.read_bytes())
    subprocess.run(["openssl", "rehash", tmp_path], check=True)
    paths = {"ours": str(ca.path), "other": str(other.path), "folder": str(tmp_path), "": ""}
    for name, which in environment.items():
        monkeypatch.setenv(name, paths[which])
    options = {} if ca_path is None else {"ca_path": paths[ca_path]}
    proxy_tls = ca.tls() if through == "proxy with TLS" else None
    with Server(tls=ca.tls()) as server, Tunnel(proxy_tls) as proxy:
        if through != "directly":
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        if trusted:
            assert connect(server.url, **options)[0].list_queues() == []
        else:
            error = failure(connect(server.url, **options)[0])
            assert "isn't trusted" in str(error)
            assert error.maybe_done is False
            # The reason why a CA that the machine trusts may not be enough.
            named = next((name for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") if environment.get(name)), "")
            assert str(error).endswith(
                f"; currently, only the CAs in {named} are trusted." if named and not ca_path else "issued it."
            )
        with warnings.catch_warnings(record=True) as shown:
            assert connect(server.url, validate_certs=False, **options)[0].list_queues() == []
        assert shown == []
        # Once each: requests without a proxy didn't go through it.
        assert bool(proxy.connections) == (through != "directly")


def test_the_bundle_of_requests_is_trusted_in_addition_to_the_machines_certificates(
    ca: Authority, other: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(b"# Autoridade de certifica\xe7\xe3o\n" + other.path.read_bytes() + ca.path.read_bytes())
    with Server(tls=ca.tls()) as server:
        for brought, machine, trusted in [
            (ca.path, other.path, True),
            (both, other.path, True),
            (other.path, both, True),
            (both, both, True),
            (ca.path, tmp_path / "none.pem", True),
            (tmp_path / "none.pem", ca.path, True),
            (other.path, other.path, False),
        ]:
            monkeypatch.setattr(requests.utils, "DEFAULT_CA_BUNDLE_PATH", str(brought))
            monkeypatch.setenv("SSL_CERT_FILE", str(machine))
            api = connect(server.url)[0]
            assert api.list_queues() == [] if trusted else "isn't trusted" in str(failure(api)), (brought, machine)


def test_a_company_ca_may_be_an_intermediate_one_and_lack_extensions(tmp_path: Path) -> None:
    """As in curl. Python 3.13 is stricter by default."""
    intermediate = trustme.CA().create_child_ca()
    path = tmp_path / "intermediate.pem"
    path.write_bytes(intermediate.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    intermediate.issue_cert("127.0.0.1").configure_cert(context)
    with Server(tls=context) as server:
        assert connect(server.url, ca_path=str(path))[0].list_queues() == []
    settings = Connection.checked(api_url="https://acme.example", api_token="t", ca_path=str(path)).tls
    assert not settings.verify_flags & ssl.VERIFY_X509_STRICT


def test_certificates_are_loaded_once(ca: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    load = _trust._load
    monkeypatch.setattr(_trust, "_load", lambda context, *named: loaded.extend(named) or load(context, *named))
    with Server(tls=ca.tls()) as server:  # it closes each connection
        api = connect(server.url, ca_path=str(ca.path))[0]
        for _time in range(3):
            api.list_queues()
        assert server.connections == 3
    assert loaded == ["ca_path", str(ca.path)]


GIVE_CA = "set ca_path (or EVOLUX_CA_PATH) to a file with the CA certificate that issued it"
CLOCK = "check this machine's clock and, if it is correct, have the certificate renewed"
# The server's certificate, the CA that the client trusts, the reason, the advice.
CERTIFICATES: list[tuple[Callable[[Authority], ssl.SSLContext], str, str, str]] = [
    (
        lambda ca: ca.tls(),
        "other",
        r"the certificate of 127.0.0.1 isn't trusted \(unable to get local issuer certificate\)",
        GIVE_CA,
    ),
    (
        lambda ca: ca.tls(chain=True),
        "other",
        r"the certificate of 127.0.0.1 isn't trusted \(self.signed certificate in certificate chain\)",
        GIVE_CA,
    ),
    (
        lambda ca: ca.self_signed(),
        "other",
        r"the certificate of 127.0.0.1 isn't trusted \(self.signed certificate\)",
        GIVE_CA,
    ),
    (
        lambda ca: ca.tls(starts=-9, ends=-1),
        "ca",
        r"the certificate of 127.0.0.1 isn't currently valid \(certificate has expired\)",
        CLOCK,
    ),
    (
        lambda ca: ca.tls(starts=1, ends=9),
        "ca",
        r"the certificate of 127.0.0.1 isn't currently valid \(certificate is not yet valid\)",
        CLOCK,
    ),
    (
        lambda ca: ca.tls("10.0.0.1"),
        "ca",
        r"127.0.0.1 presented a certificate for a different host",
        "check the host name in api_url",
    ),
    (
        lambda ca: ca.tls("expired.example"),
        "ca",
        r"localhost presented a certificate for a different host",
        "check the host name in api_url",
    ),
]


@pytest.mark.parametrize(("tls", "trusted", "why", "advice"), CERTIFICATES)
def test_what_is_wrong_with_a_certificate(
    ca: Authority, other: Authority, tls: Any, trusted: str, why: str, advice: str
) -> None:
    path = {"ca": ca, "other": other}[trusted].path
    with Server(tls=tls(ca)) as server:
        url = server.url.replace("127.0.0.1", "localhost") if "localhost" in why else server.url
        api, waits = connect(url, ca_path=str(path))
        error = failure(api)
        assert re.fullmatch(rf"Listing the queues failed: {why}; {re.escape(advice)}\.", str(error)), str(error)
        assert (error.code, error.status, error.unanswered, error.maybe_done) == ("unreachable", None, False, False)
        assert (waits, b"".join(server.heard)) == ([], b"")


# ---- no TLS, or incompatible TLS ----


def old(tls: ssl.SSLContext) -> ssl.SSLContext:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        tls.minimum_version, tls.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    tls.set_ciphers("ALL:@SECLEVEL=0")
    return tls


def asking_for_a_certificate(tls: ssl.SSLContext) -> ssl.SSLContext:
    tls.maximum_version = ssl.TLSVersion.TLSv1_2  # later versions answer so late that the connection may be gone
    tls.verify_mode = ssl.CERT_REQUIRED
    return tls


@pytest.mark.parametrize("change", [old, without_common_ciphers, asking_for_a_certificate])
def test_a_handshake_that_fails(ca: Authority, change: Callable[[ssl.SSLContext], ssl.SSLContext]) -> None:
    with Server(tls=change(ca.tls())) as server:
        api, waits = connect(server.url, ca_path=str(ca.path))
        error = failure(api)
        assert re.search(
            r"failed: the TLS handshake with 127\.0\.0\.1 failed \([a-z0-9 ]+\); the server may be", str(error)
        )
        assert (error.code, error.maybe_done, waits) == ("unreachable", False, [])


def test_http_on_a_port_for_https() -> None:
    with Server(proxy_answer(400)) as server:
        api, waits = connect(server.url.replace("http:", "https:"))
        assert f"the server at https://127.0.0.1:{server.port} doesn't speak TLS; check that the port" in str(
            failure(api)
        )
        assert waits == []


def test_tls_that_breaks_off_is_tried_again(ca: Authority) -> None:
    with Server(b"", ca.tls()) as server:
        api, waits = connect(server.url, ca_path=str(ca.path), retries=1)
        assert failure(api).code == "unreachable"
        assert len(waits) == 1


# ---- ca_path ----


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("none.pem", "doesn't exist; set it to a file"),
        ("dangling", "doesn't exist; set it to a file"),
        ("loop", "can't be read (Too many levels of symbolic links); set it to a file"),
        ("a\0b", "can't be read (embedded null byte); set it to a file"),
        ("ca.key", "contains no valid certificate; set it to a file with CA certificates in PEM format"),
        ("empty.pem", "contains no valid certificate; set it to a file"),
        ("broken.pem", "contains no valid certificate; set it to a file"),
        (
            "empty",
            "is a folder in which OpenSSL finds no certificates; run 'openssl rehash' on it, or use a file",
        ),
        (
            "unhashed",
            "is a folder in which OpenSSL finds no certificates; run 'openssl rehash' on it, or use a file",
        ),
        (
            "gone",
            "is a folder in which OpenSSL finds no certificates; run 'openssl rehash' on it, or use a file",
        ),
    ],
)
@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("where", ["ca_path", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_what_is_wrong_with_what_is_to_be_trusted(
    ca: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, why: str, relative: bool, where: str
) -> None:
    if "\0" in name and where != "ca_path":
        pytest.skip("an environment variable can't contain it")
    pem = ca.path.read_text()
    (tmp_path / "ca.key").write_bytes(ca.key.read_bytes())
    (tmp_path / "empty.pem").touch()
    (tmp_path / "broken.pem").write_text(pem[: len(pem) // 2] + pem[len(pem) // 2 + 9 :])
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    for folder in ("empty", "unhashed", "gone"):
        (tmp_path / folder).mkdir()
    (tmp_path / "unhashed" / "company.pem").write_text(pem)
    (tmp_path / "gone" / "0a1b2c3d.0").symlink_to("nowhere")
    monkeypatch.chdir(tmp_path)
    path = name if relative else str(tmp_path / name)
    if where != "ca_path":
        monkeypatch.setenv(where, path)
    with pytest.raises(EvoluxError) as caught:
        connect("https://acme.example", ca_path=path if where == "ca_path" else None)
    assert caught.value.code == "invalid"
    assert str(caught.value).startswith(f"{where} {str(tmp_path / name)!r} {why}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read every file")
def test_a_ca_that_may_not_be_read(ca: Authority, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(ca.path.read_bytes())
    (tmp_path / "ca.pem").chmod(0)
    with pytest.raises(EvoluxError, match=r"can't be read \(Permission denied\)"):
        connect("https://acme.example", ca_path=str(tmp_path / "ca.pem"))


# ---- no connection ----


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("nowhere.invalid", "the host name can't be resolved"),
        ("127.0.0.1:1", "the connection was refused or could not be established"),
    ],
)
def test_why_there_is_no_connection(host: str, why: str) -> None:
    error = failure(connect(f"https://{host}", retries=0)[0])
    assert f"could not connect to https://{host} because {why}" in str(error)


# ---- proxies ----


def test_a_proxy_sees_no_token_of_an_https_request(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(proxy_answer(403)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        error = failure(connect("https://acme.example", "proxy-must-not-see", retries=0)[0])
        assert error.code == "unreachable"
        (heard,) = proxy.heard
    assert heard.startswith(b"CONNECT acme.example:443")
    assert b"proxy-must-not-see" not in heard


AROUND = "no_proxy=acme.example"


@pytest.mark.parametrize(
    ("answer", "address", "why", "advice", "tries"),
    [
        (
            407,
            "http://{}",
            "the proxy {} requires a login (HTTP 407)",
            "https_proxy, as in http://USER:PASSWORD@HOST",
            1,
        ),
        (
            407,
            "http://me:s3c@ret@{}/",
            "the proxy {} requires a login",
            "https_proxy, as in http://USER:PASSWORD@HOST",
            1,
        ),
        (403, "http://{}", "the proxy {} didn't connect to acme.example (HTTP 403)", AROUND, 1),
        (499, "HTTP://{}", "the proxy {} didn't connect to acme.example (HTTP 499)", AROUND, 1),
        (500, "http://{}", "the proxy {} didn't connect to acme.example (HTTP 500)", AROUND, 2),
        (502, "http://{}", "the proxy {} didn't connect to acme.example (HTTP 502)", AROUND, 2),
        (400, "https://{}", "the proxy {} doesn't speak TLS, but https_proxy begins with https://", "use http://", 1),
        (0, "127.0.0.1:1", "could not connect to the proxy 127.0.0.1:1 because the connection was refused", AROUND, 2),
        (
            0,
            "nowhere.invalid:1",
            "could not connect to the proxy nowhere.invalid:1 because the host name can't be",
            AROUND,
            2,
        ),
        (0, "http://", "the proxy's address isn't valid", "set https_proxy", 1),
        (0, "http://127.0.0.1:x", "the proxy's address isn't valid", "set https_proxy", 1),
        (407, "http://me:s3/cret@{}/", "the proxy's address isn't valid", "set https_proxy", 1),
        (0, "http://me:s3cret", "the proxy's address isn't valid", "set https_proxy", 1),
        (0, "http://proxy example:3128", "the proxy's address isn't valid", "set https_proxy", 1),
        (0, "http://proxy..example:3128", "the proxy's address isn't valid", "set https_proxy", 1),
        (0, "ftp://127.0.0.1:1", "the proxy's address isn't valid", "set https_proxy", 1),
    ],
)
def test_what_is_wrong_with_a_proxy(
    monkeypatch: pytest.MonkeyPatch, answer: int, address: str, why: str, advice: str, tries: int
) -> None:
    with Server(proxy_answer(answer)) as proxy:
        place = f"127.0.0.1:{proxy.port}"
        monkeypatch.setenv("HTTPS_PROXY", address.format(place))
        api, waits = connect("https://acme.example", retries=1)
        error = failure(api)
    text, hint = str(error).removeprefix("Listing the queues failed: ").split("; ", 1)
    assert text.startswith(why.format(place))
    assert advice in hint
    assert "s3" not in str(error)
    assert (error.code, error.maybe_done, len(waits)) == ("unreachable", False, tries - 1)


def test_a_proxy_whose_certificate_is_not_trusted(
    ca: Authority, other: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server(tls=ca.tls()) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        error = failure(connect("https://acme.example", ca_path=str(other.path))[0])
    assert re.search(r"the certificate of (the proxy 127.0.0.1:\d+|acme.example) isn't trusted", str(error))


def test_a_login_that_a_proxy_wants_for_an_unencrypted_request(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(proxy_answer(407)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        api, waits = connect("http://acme.example", allow_plain_http=True)
        error = failure(api)
    assert (error.code, error.status, waits) == ("unreachable", 407, [])
    assert "set the user name and password in http_proxy" in str(error)


def test_a_proxy_sees_all_of_an_unencrypted_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is why it takes allow_plain_http."""
    with Server(proxy_answer(403)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        failure(connect("http://acme.example", "proxy-sees", allow_plain_http=True, retries=0)[0])
        (heard,) = proxy.heard
    assert b"proxy-sees" in heard


def test_a_socks_proxy_needs_pysocks(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(*_args: Any, **_kwargs: Any) -> Any:
        raise requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")

    # What requests itself puts there if the library is missing.
    monkeypatch.setattr(requests.adapters, "SOCKSProxyManager", without)
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1")
    api, waits = connect("https://acme.example")
    error = failure(api)
    assert "the requests library doesn't support that type of proxy here" in str(error)
    assert (error.code, error.maybe_done, waits) == ("unreachable", False, [])


# ---- answers that break off or never arrive ----


@pytest.mark.parametrize(
    "fault", [{"kind": "cut"}, {"kind": "cut", "when": "after"}, {"kind": "cut_body", "when": "after"}]
)
def test_a_broken_connection_is_tried_again(tenant: Tenant, fault: dict[str, Any]) -> None:
    api, waits = connect(tenant.url, tenant.token)
    tenant.fault(**fault, times=2)
    assert [queue.slug for queue in api.list_queues()] == ["support"]
    assert len(waits) == 2


def test_a_lost_create_is_not_sent_again(tenant: Tenant) -> None:
    api, _waits = connect(tenant.url, tenant.token)
    tenant.fault("cut", method="POST", when="after")
    with pytest.raises(EvoluxError) as caught:
        api.create_queue({"name": "New", "number": "1"})
    assert (caught.value.code, caught.value.maybe_done, len(tenant.writes())) == ("unreachable", True, 1)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "hang"}, "unreachable"),
        ({"kind": "hang", "when": "after"}, "unreachable"),
        ({"kind": "silence"}, "unreachable"),
        ({"kind": "drip", "seconds": 0.01, "when": "after"}, "bad_answer"),
        ({"kind": "drip", "seconds": 0.01, "when": "after", "headers": True}, "unreachable"),
    ],
)
def test_no_answer_takes_longer_than_ten_timeouts(tenant: Tenant, fault: dict[str, Any], code: str) -> None:
    api, _waits = connect(tenant.url, tenant.token, timeout=0.05, retries=0)
    tenant.fault(**fault)
    begin = time.monotonic()
    assert failure(api).code == code
    # Twenty times the limit: this only checks that it ends, not how fast.
    assert time.monotonic() - begin < 10


def test_truncated_json_is_not_a_broken_connection(tenant: Tenant) -> None:
    api, waits = connect(tenant.url, tenant.token)
    tenant.fault("cut_json", when="after")
    assert (failure(api).code, waits) == ("bad_answer", [])


def test_one_connection_serves_all_requests(tenant: Tenant) -> None:
    with Counter(tenant.url) as counter:
        api, _waits = connect(counter.url, tenant.token)
        for _time in range(3):
            api.list_queues()
        assert counter.connections == 1


class Counter(Listener):
    """Forwards bytes to a server and counts the connections."""

    def __init__(self, url: str) -> None:
        self._target = int(url.rpartition(":")[2])

    def _serve(self, near: socket.socket, number: int) -> None:
        far = socket.create_connection(("127.0.0.1", self._target))
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._copy, args=(source, sink), daemon=True).start()

    @staticmethod
    def _copy(source: socket.socket, sink: socket.socket) -> None:
        # When one side ends, both are closed.
        with source, sink, contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
