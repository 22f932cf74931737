# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers on bare sockets that do what HTTP allows but libraries don't expect, or what nothing allows."""

from __future__ import annotations

import gc
import gzip
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import urllib3

from ansible_collections.evolux.contact_center.plugins.module_utils import _connection
from ansible_collections.evolux.contact_center.plugins.module_utils._api import Api
from ansible_collections.evolux.contact_center.plugins.module_utils._connection import Answer, Connection
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._http import Client
from ansible_collections.evolux.contact_center.plugins.modules import evolux_queue, evolux_queue_info, evolux_queues
from raw_server import Asked, RawTenant, Send, answer, plainly

ROOT = Path(__file__).resolve().parents[3]
SUPPORT = {"slug": "support", "name": "Support", "number": "3001", "max_wait_time": None}
NEW = [{"slug": f"q{n}", "name": f"Queue {n}", "number": str(3100 + n), "max_wait_time": 10 + n} for n in range(8)]


@pytest.fixture
def run(run_module: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[bool, dict[str, Any]]]:
    monkeypatch.setattr(Client, "back_off", lambda *_attempt: None)

    def run(module: Any, tenant: RawTenant, **options: Any) -> tuple[bool, dict[str, Any]]:
        done: tuple[bool, dict[str, Any]] = run_module(
            module, SimpleNamespace(url=tenant.url, token="raw-token"), options
        )
        return done

    return run


def test_the_server_is_one_that_the_modules_work_with(run: Any) -> None:
    with RawTenant(SUPPORT) as tenant:
        wanted = [*NEW, {"slug": "support", "state": "archived"}]
        failed, result = run(evolux_queues, tenant, queues=wanted)
        assert not failed, result
        assert {queue["slug"]: queue["max_wait_time"] for queue in tenant.queues.values()} == {
            "support": None,
            **{queue["slug"]: queue["max_wait_time"] for queue in NEW},
        }
        failed, result = run(evolux_queues, tenant, queues=wanted)
        assert (failed, result["changed"]) == (False, False)


@pytest.mark.parametrize("interim", ["103 Early Hints", "102 Processing", "100 Continue", "199 Unknown"])
@pytest.mark.parametrize("times", [1, 3])
def test_an_interim_answer_is_not_the_answer(interim: str, times: int, run: Any) -> None:
    def send(connection: socket.socket, _asked: Asked, sent: bytes) -> bool:
        for _time in range(times):
            connection.sendall(f"HTTP/1.1 {interim}\r\nLink: </style.css>\r\n\r\n".encode())
            time.sleep(0.001)
        connection.sendall(sent)
        return True

    with RawTenant(SUPPORT, send=send) as tenant:
        failed, result = run(evolux_queues, tenant, queues=NEW, concurrency=5)
        assert not failed, result
        for entry, wanted in zip(result["results"], NEW, strict=True):
            assert {name: tenant.queues[entry["queue"]["id"]][name] for name in wanted} == wanted


def closing(after: float) -> Any:
    """Closes each connection after an answer that doesn't announce it."""

    def send(connection: socket.socket, asked: Asked, sent: bytes) -> bool:
        plainly(connection, asked, sent)
        time.sleep(after)
        return False

    return send


@pytest.mark.parametrize("after", [0, 0.01])
def test_connections_that_die_between_requests(after: float, run: Any) -> None:
    with RawTenant(SUPPORT, send=closing(after)) as tenant:
        failed, result = run(evolux_queues, tenant, queues=NEW, concurrency=4)
        assert not failed, result
        assert len([asked for asked in tenant.asked if asked.method == "POST"]) == len(NEW)


def test_a_kept_connection_that_takes_a_create_and_dies(run: Any) -> None:
    """The second request on a connection gets no answer. The module checks, and resends the create on a new one."""

    def send(connection: socket.socket, asked: Asked, sent: bytes) -> bool:
        if asked.connection in used:
            return False
        used.add(asked.connection)
        return plainly(connection, asked, sent)

    used: set[int] = set()
    with RawTenant(SUPPORT, send=send) as tenant:
        failed, result = run(evolux_queue, tenant, slug="new", name="New", number="9")
        assert not failed, result
        assert [queue["slug"] for queue in tenant.queues.values()] == ["support", "new"]


BOMB = gzip.compress(gzip.compress(gzip.compress(b"0" * 2**20)))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (f"Content-Encoding: gzip\r\nContent-Length: {len(BOMB)}\r\n\r\n".encode() + BOMB, "compressed (gzip)"),
        (
            f"Content-Encoding: gzip, gzip, gzip\r\nContent-Length: {len(BOMB)}\r\n\r\n".encode() + BOMB,
            "compressed (gzip, gzip, gzip)",
        ),
        (b"Content-Encoding: identity\r\nContent-Length: 12\r\n\r\n" + b'{"data": []}', None),
        (b"Transfer-Encoding: chunked\r\n\r\nc\r\n" + b'{"data": []}' + b"\r\n0\r\n\r\n", None),
    ],
)
def test_a_compressed_answer_is_refused_as_it_came(given: bytes, why: str | None, run: Any) -> None:
    def send(connection: socket.socket, _asked: Asked, _sent: bytes) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + given)
        return True

    with RawTenant(send=send) as tenant:
        failed, result = run(evolux_queue_info, tenant)
        assert "Accept-Encoding: identity\n" in tenant.asked[0].headers
        assert failed is (why is not None)
        if why:
            assert (result["error"]["code"], len(tenant.asked)) == ("bad_answer", 1)
            assert why in result["msg"]


def test_no_content_with_a_length_is_not_a_broken_connection(run: Any) -> None:
    def send(connection: socket.socket, asked: Asked, sent: bytes) -> bool:
        return plainly(
            connection,
            asked,
            b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n" if asked in tenant.writes() else sent,
        )

    with RawTenant(SUPPORT, send=send) as tenant:
        failed, result = run(evolux_queues, tenant, queues=[{**SUPPORT, "name": "Other"}])
        assert not failed, result
        assert len(tenant.writes()) == 1


def test_what_was_given_up_is_not_sent_later(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a name lookup takes longer than an answer may, the create that waits for it is never sent."""
    real, slow, waited = socket.getaddrinfo, threading.Event(), threading.Event()
    others = set(threading.enumerate())

    def getaddrinfo(*args: Any, **kwargs: Any) -> Any:
        if creating and not slow.is_set():
            slow.set()
            waited.wait(20)
        return real(*args, **kwargs)

    creating: list[Asked] = []
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(_connection, "ANSWER_TIMEOUTS", 1)

    def send(connection: socket.socket, asked: Asked, sent: bytes) -> bool:
        plainly(connection, asked, sent)
        if asked.method == "GET" and "include_archived" in asked.path:
            creating.append(asked)
        return False

    with RawTenant(SUPPORT, send=send) as tenant:
        failed, result = run(evolux_queue, tenant, slug="new", name="New", number="9", timeout=0.5)
        waited.set()
        assert not failed, result
        left = [thread for thread in threading.enumerate() if thread not in others and "_work" in thread.name]
        for thread in left:
            thread.join(5)
        assert slow.is_set()
        assert len([asked for asked in tenant.asked if asked.method == "POST"]) == 1


def sending(spoil: Callable[[bytes], bytes]) -> Send:
    """Send something else instead of each answer, and end the connection."""

    def send(connection: socket.socket, _asked: Asked, sent: bytes) -> bool:
        connection.sendall(spoil(sent))
        return False

    return send


def too_late(connection: socket.socket, _asked: Asked, _sent: bytes) -> bool:
    connection.recv(1)
    return False


@pytest.mark.parametrize(
    ("send", "code"),
    [
        pytest.param(sending(lambda sent: sent[:-9]), "unreachable", id="half"),
        pytest.param(sending(lambda _sent: b""), "unreachable", id="nothing"),
        pytest.param(sending(lambda _sent: b"junk\r\n\r\n"), "unreachable", id="junk"),
        pytest.param(too_late, "unreachable", id="too late"),
        pytest.param(sending(lambda _sent: answer(None, "429 Too Many Requests")), "rate_limit", id="a limit"),
        pytest.param(sending(lambda _sent: answer(None, "500 Error")), "api", id="an error"),
        pytest.param(sending(lambda _sent: answer("text")), "bad_answer", id="another shape"),
    ],
)
def test_a_failure_is_freed_without_a_search_for_garbage(send: Send, code: str, uncollected: None) -> None:
    """In a process of their own, modules don't search for garbage, and half an answer may be large."""
    with RawTenant(SUPPORT, send=send) as tenant:
        api = Api(Client(Connection(tenant.url, "token", retries=0, timeout=0.05)))

        def held() -> int:
            kinds = (Answer, urllib3.HTTPResponse, BaseException)
            return sum(isinstance(each, kinds) for each in gc.get_objects())

        before = held()
        for _time in range(3):
            with pytest.raises(EvoluxError) as failed:
                api.list_queues()
            assert failed.value.code == code
            del failed
        assert held() <= before


# ---- limits of an answer ----

# A process measures its own memory, since the system's figure for child processes starts with that of the tests.
MEMORY = """
import json, re, sys
sys.path[:0] = ["tests", ".cache/tree"]
from ansible_collections.evolux.contact_center.plugins.module_utils._api import Api
from ansible_collections.evolux.contact_center.plugins.module_utils._connection import Connection
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._http import Client
try:
    Api(Client(Connection(sys.argv[1], "token", retries=0))).list_queues()
except EvoluxError as error:
    kilobytes = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]
    print(json.dumps([error.code, str(error)[:300], int(kilobytes) // 1024]))
"""
QUEUE = b'{"id": %d, "slug": "a%d", "name": "A", "number": "1", "public_number": null, "x": "%s"}'


def huge(kind: str) -> tuple[list[bytes], int]:
    """The chunks of a body, and how often to repeat them."""
    match kind:
        case "one answer":
            return [b'{"data": [' + b" " * 2**20], 200
        case "empty lists":
            return [b'{"data": [{"x": [' + b"[]," * 2**18], 74
        case "deep":
            return [b"[" * 2**18], 200
    return [b'{"data": ', b'{"a": ' * 2**16], 80


@pytest.mark.parametrize("kind", ["one answer", "empty lists", "deep", "deep objects"])
def test_an_answer_takes_no_more_than_200_mb(kind: str) -> None:
    chunks, times = huge(kind)
    length = sum(map(len, chunks)) * times

    def send(connection: socket.socket, _asked: Asked, _sent: bytes) -> bool:
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode())
        for _time in range(times):
            for chunk in chunks:
                connection.sendall(chunk)
        return False

    with RawTenant(send=send) as tenant:
        told = subprocess.run(
            [sys.executable, "-c", MEMORY, tenant.url], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
    code, text, megabytes = json.loads(told)
    assert code == "bad_answer", text
    assert megabytes < 200, text


def test_all_pages_share_what_one_answer_may_take(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.evolux.contact_center.plugins.module_utils._http.MAX_ANSWER_BYTES", 50_000)

    def send(connection: socket.socket, asked: Asked, _sent: bytes) -> bool:
        page = int(found[1]) if (found := re.search(r"page=(\d+)", asked.path)) else 1
        queues = [{**SUPPORT, "id": page, "public_number": None, "x": "x" * 20_000}]
        return plainly(connection, asked, answer(queues, pagination={"next_url": "http://pages.invalid"}))

    with RawTenant(send=send) as tenant:
        failed, result = run(evolux_queue_info, tenant)
        assert (failed, result["error"]["code"], len(tenant.asked)) == (True, "bad_answer", 3)
        assert "larger than 50000 bytes" in result["msg"]


# ---- threads and bugs ----


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_with_few_threads_it_goes_on_with_those(threads: int, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real, others = threading.Thread.start, set(threading.enumerate())

    def start(thread: threading.Thread) -> None:
        ours = [each for each in threading.enumerate() if each not in others and "_work" in each.name]
        if "_work" in thread.name and len(ours) >= threads:
            raise RuntimeError("can't start new thread")
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    with RawTenant(SUPPORT) as tenant:
        failed, result = run(evolux_queues, tenant, queues=NEW, concurrency=8)
        assert not failed, result
        assert len(tenant.writes()) == 2 * len(NEW)


@pytest.mark.parametrize(
    ("bug", "says"),
    [
        (KeyError("raw-token"), "An unexpected error occurred in this collection: KeyError: '********'"),
        (MemoryError(), "This machine is out of memory"),
        (RuntimeError("odd"), "An unexpected error occurred in this collection: RuntimeError: odd"),
    ],
)
def test_a_step_that_meets_a_bug_loses_its_own_fate_only(
    bug: Exception, says: str, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Api.create_queue

    def create(api: Api, fields: Any) -> int:
        if fields["slug"] == "q3":
            raise bug
        return real(api, fields)

    monkeypatch.setattr(Api, "create_queue", create)
    with RawTenant(SUPPORT) as tenant:
        failed, result = run(evolux_queues, tenant, queues=NEW)
        assert failed
        assert [entry["status"] for entry in result["results"]] == ["failed" if n == 3 else "done" for n in range(8)]
        assert says in result["results"][3]["error"]["msg"]
        assert says in result["msg"]
        assert "Traceback" not in str(result)


@pytest.mark.parametrize("module", [evolux_queue, evolux_queues, evolux_queue_info])
def test_a_bug_before_any_step_is_reported_without_a_traceback(
    module: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any, **_kwargs: Any) -> Any:
        raise ZeroDivisionError("raw-token")

    monkeypatch.setattr(Api, "list_queues", broken)
    options = {evolux_queue: {"slug": "a"}, evolux_queues: {"queues": []}}.get(module, {})
    with RawTenant(SUPPORT) as tenant:
        failed, result = run(module, tenant, **options)
    assert (failed, result["changed"], result["error"]["code"]) == (True, False, "api")
    assert "ZeroDivisionError: ********" in result["msg"]
    assert "Traceback" not in str(result)
