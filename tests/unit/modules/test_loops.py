# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the items of a loop share in Ansible's worker: connections, and what they learned about a server."""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from ansible_collections.evolux.contact_center.plugins.module_utils import _module
from ansible_collections.evolux.contact_center.plugins.module_utils._connection import API, Connection, Request
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._http import Client, Clock
from ansible_collections.evolux.contact_center.plugins.module_utils._module import EvoluxModule
from ansible_collections.evolux.contact_center.plugins.modules import (
    evolux_queue,
    evolux_queue_info,
    evolux_queues,
    evolux_tenant_info,
)
from ansible_collections.evolux.contact_center.plugins.plugin_utils import _in_worker
from raw_server import Asked, RawTenant, answer, plainly

SUPPORT = {"slug": "support", "name": "Support", "number": "3001"}
WANTED = [{"slug": f"q{n}", "name": f"Queue {n}", "number": str(3100 + n)} for n in range(4)]

# tenant, options of an item
Item = Callable[..., dict[str, Any]]


@pytest.fixture
def item(run_module: Any, monkeypatch: pytest.MonkeyPatch) -> Item:
    """Run the next item of a loop, which must not fail."""
    monkeypatch.setattr(Client, "back_off", lambda *_attempt: pytest.fail("it waited"))

    def run(tenant: RawTenant, module: Any = evolux_queue, token: str = "token", **options: Any) -> dict[str, Any]:
        who = SimpleNamespace(url=tenant.url, token=token)
        failed, result = run_module(module, who, options or SUPPORT, is_next_item=True)
        assert not failed, result
        return dict(result)

    return run


def breaks(module: EvoluxModule) -> dict[str, Any]:
    module.api()
    raise RuntimeError("nobody foresaw it")


def module_of(work: Callable[[EvoluxModule], dict[str, Any]]) -> Any:
    """A module that does the given work."""
    return SimpleNamespace(main=lambda: EvoluxModule(**evolux_queue.SPEC).run(work))


def connections(tenant: RawTenant) -> list[int]:
    """The number of the connection that each request used."""
    return [asked.connection for asked in tenant.asked]


def test_items_share_a_connection(item: Item) -> None:
    with RawTenant(SUPPORT) as tenant:
        for wanted in WANTED:
            assert item(tenant, **wanted)["action"] == "create"
        for wanted in WANTED:
            assert item(tenant, **wanted)["action"] == "none"
        item(tenant, evolux_queue_info, slug="q1")
        assert set(connections(tenant)) == {connections(tenant)[0]}


@pytest.mark.parametrize(
    "other",
    [
        {"token": "another"},
        {"timeout": 7},
        {"retries": 1},
        {"validate_certs": False},
        {"allow_plain_http": True},
        {"ca_path": requests.certs.where()},
        {"api_url": "another name of the same server"},
    ],
    ids=str,
)
def test_items_with_another_connection_share_none(other: dict[str, Any], item: Item) -> None:
    with RawTenant(SUPPORT) as tenant:
        if "api_url" in other:
            other = {"api_url": tenant.url.replace("127.0.0.1", "localhost")}
        for options in (SUPPORT, {**SUPPORT, **other}) * 2:
            item(tenant, **options)
        first, second, *others = connections(tenant)
        assert first != second
        assert others == [first, second]


def test_another_environment_is_another_connection(item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawTenant(SUPPORT) as tenant:
        item(tenant)
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        item(tenant)
        monkeypatch.delenv("HTTPS_PROXY")
        item(tenant)
        first, second, third = connections(tenant)
        assert first == third != second


def test_a_worker_keeps_few(item: Item, monkeypatch: pytest.MonkeyPatch) -> None:
    most = _module._KEPT_AT_MOST
    with RawTenant(SUPPORT) as tenant:
        item(tenant, token="token 0")
        closed: list[str] = []
        close = Client.close
        monkeypatch.setattr(Client, "close", lambda client: (closed.append(client._connection.token), close(client)))
        for number in range(1, 2 * most):
            item(tenant, token=f"token {number}")
        assert len(_in_worker._KEPT) == most
        # Those that were used least recently.
        assert closed == [f"token {number}" for number in range(most)]
        item(tenant, token=f"token {most}")
        item(tenant, token="token 0")
        assert closed[most:] == [f"token {most + 1}"]


@pytest.mark.parametrize("retries", [0, 3])
@pytest.mark.parametrize("when", ["before it is asked", "when it is asked"])
def test_a_connection_that_died_between_items_is_not_a_lost_answer(when: str, retries: int, item: Item) -> None:
    """It costs no attempt and no wait: a read is resent at once, and a create uses a connection that just worked."""

    def send(connection: socket.socket, asked: Asked, sent: bytes) -> bool:
        number = connections(tenant).count(asked.connection)
        if when == "when it is asked":
            return number <= 4 and plainly(connection, asked, sent)
        return plainly(connection, asked, sent) and number < 4

    # A create takes four requests: two lists before it, one after it, and itself.
    with RawTenant(SUPPORT, send=send) as tenant:
        for wanted in WANTED:
            assert item(tenant, **wanted, retries=retries)["action"] == "create"
        assert [queue["slug"] for queue in tenant.queues.values()] == ["support", *(queue["slug"] for queue in WANTED)]
        assert len(set(connections(tenant))) >= 4


def test_a_connection_that_died_after_a_refusal_is_not_a_lost_answer(item: Item, run_module: Any) -> None:
    """Even if the server has only refused requests on it."""

    def send(connection: socket.socket, asked: Asked, sent: bytes) -> bool:
        numbers = connections(tenant)
        if len(numbers) == 1:
            return plainly(connection, asked, answer(None, "429 Slow down", "Retry-After: 0\r\n"))
        return asked.connection > numbers[0] and plainly(connection, asked, sent)

    with RawTenant(SUPPORT, send=send) as tenant:
        options = {**SUPPORT, "retries": 0}
        failed, result = run_module(evolux_queue, SimpleNamespace(url=tenant.url, token="token"), options)
        assert failed
        assert result["error"]["code"] == "rate_limit"
        assert item(tenant, **options)["action"] == "none"
        assert len(tenant.asked) == 3


@pytest.mark.parametrize(("rest", "is_kept"), [(50, True), (70, False)])
def test_a_connection_that_has_rested_is_not_used(
    rest: float, is_kept: bool, item: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If items pause, the network in between may have forgotten the connection, and never answer on it."""
    with RawTenant(SUPPORT) as tenant:
        item(tenant)
        now = Clock.now
        monkeypatch.setattr(Clock, "now", staticmethod(lambda: now() + rest))
        item(tenant)
        item(tenant)
        first, second, third = connections(tenant)
        assert (first == second, second == third) == (is_kept, True)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_write_is_never_sent_again_for_having_begun_on_an_old_connection(method: str) -> None:
    def send(connection: socket.socket, asked: Asked, sent: bytes) -> bool:
        return len(tenant.asked) == 1 and plainly(connection, asked, sent)

    with RawTenant(SUPPORT, send=send) as tenant, closing(Client(Connection(tenant.url, "token", retries=0))) as client:
        path = f"{API}/queues"
        client.send(Request("Reading", "GET", path))
        client.begin(again=True)
        with pytest.raises(EvoluxError) as failure:
            client.send(Request("Writing", method, path if method == "POST" else f"{path}/1"), json=WANTED[0])
        assert failure.value.maybe_done
        assert len(tenant.writes()) == 1


@pytest.mark.parametrize(
    ("reads", "lives", "requests"),
    [
        pytest.param(1, lambda number: number != 2, 3, id="the first read of a run"),
        pytest.param(2, lambda number: number != 3, 3, id="a later read: it is the run's own"),
        pytest.param(1, lambda number: number == 1, 3, id="twice"),
    ],
)
def test_a_read_is_sent_again_once_and_first(reads: int, lives: Callable[[int], bool], requests: int) -> None:
    """A server that is really down is still reported, as usual."""

    def send(connection: socket.socket, asked: Asked, sent: bytes) -> bool:
        return lives(len(tenant.asked)) and plainly(connection, asked, sent)

    with RawTenant(SUPPORT, send=send) as tenant, closing(Client(Connection(tenant.url, "token", retries=0))) as client:
        read = Request("Reading", "GET", f"{API}/queues")
        client.send(read)
        client.begin(again=True)
        with nullcontext() if lives(3) else pytest.raises(EvoluxError):
            for _read in range(reads):
                client.send(read)
        assert len(tenant.asked) == requests


def test_an_answer_that_has_begun_is_not_asked_for_again() -> None:
    def send(connection: socket.socket, _asked: Asked, sent: bytes) -> bool:
        connection.sendall(sent if len(tenant.asked) == 1 else sent[:-5])
        return len(tenant.asked) == 1

    with RawTenant(SUPPORT, send=send) as tenant, closing(Client(Connection(tenant.url, "token", retries=0))) as client:
        read = Request("Reading", "GET", f"{API}/queues")
        client.send(read)
        client.begin(again=True)
        with pytest.raises(EvoluxError):
            client.send(read)
        assert len(tenant.asked) == 2


def test_nothing_about_an_item_leaks_into_the_next(item: Item, run_module: Any) -> None:
    """Not even that it has written, or who watches."""
    with RawTenant(SUPPORT) as tenant:
        item(tenant, evolux_tenant_info, timeout=30)
        item(tenant, **WANTED[0])
        (api,) = list(_in_worker._KEPT.values())
        assert api.http.has_written
        failed, result = run_module(
            module_of(breaks),
            SimpleNamespace(url=tenant.url, token="token"),
            dict(SUPPORT),
            is_next_item=True,
        )
        assert (failed, result["changed"]) == (True, False)
        assert api.http.watch is None


@pytest.mark.skipif(_module.ansible_secrets is not None, reason="Ansible's controller hides the secrets of all items")
def test_each_item_hides_the_token(item: Item) -> None:
    def work(module: EvoluxModule) -> dict[str, Any]:
        module.api().list_queues()
        return {"changed": False, "leak": base64.b64encode(b"a token").decode()}

    with RawTenant(SUPPORT) as tenant:
        for _time in range(2):
            assert "YSB0b2tlbg" not in str(item(tenant, module_of(work), token="a token", slug="support"))
        assert len(set(connections(tenant))) == 1


def test_an_interrupted_item_keeps_nothing(item: Item) -> None:
    def work(module: EvoluxModule) -> dict[str, Any]:
        module.api().http.stop()
        return {"changed": False}

    with RawTenant(SUPPORT) as tenant:
        item(tenant, module_of(work), slug="support")
        assert item(tenant)["action"] == "none"


def test_a_process_of_its_own_keeps_nothing() -> None:
    assert _module.kept is None


def test_what_was_learnt_is_kept(item: Item) -> None:
    """If a server only accepts edits as JSON, the items find that out just once."""

    def send(connection: socket.socket, asked: Asked, sent: bytes) -> bool:
        if asked.method != "PUT":
            return plainly(connection, asked, sent)
        if b"form-data" in asked.body:
            sent = answer(None, "400 Missing fields or trying to update slug")
        else:
            tenant.queues[1]["number"] = f"40{len(tenant.writes())}"
            sent = answer({"id": 1})
        return plainly(connection, asked, sent)

    with RawTenant(SUPPORT, send=send) as tenant:
        item(tenant, slug="support", number="402")
        item(tenant, slug="support", number="403")
        assert [b"form-data" in asked.body for asked in tenant.writes()] == [True, False, False]


FIFTY = [{"slug": f"s{n}", "name": f"S {n}", "number": str(4000 + n)} for n in range(50)]


@pytest.fixture
def paged() -> Iterator[RawTenant]:
    """Fifty queues, the usual page size, on a server that splits its lists into pages without saying so."""

    def send(connection: socket.socket, asked: Asked, sent: bytes) -> bool:
        path, _mark, query = asked.path.partition("?")
        if asked.method == "GET" and path.endswith("/queues"):
            page = 2 if "page=2" in query else 1
            queues = [
                {key: value for key, value in queue.items() if key != "archived"}
                for queue in tenant.queues.values()
                if "include_archived" in query or not queue.get("archived")
            ]
            sent = answer(queues[50 * page - 50 : 50 * page])
        return plainly(connection, asked, sent)

    with RawTenant(*FIFTY, send=send) as tenant:
        yield tenant


def pages(tenant: RawTenant) -> list[bool]:
    """For each request for a list, whether it was for the second page."""
    return ["page=2" in asked.path for asked in tenant.asked if asked.path.partition("?")[0].endswith("queues")]


def add(tenant: RawTenant, **more: Any) -> None:
    """Let somebody else create a queue."""
    tenant.queues[51] = {"id": 51, "public_number": None, "slug": "new", "name": "New", "number": "4999", **more}


@pytest.mark.parametrize(
    ("wanted", "asked"),
    [
        pytest.param(FIFTY[0], [False], id="all as listed"),
        pytest.param({"slug": "s49"}, [False], id="nothing wanted"),
        pytest.param({"slug": "s1", "name": "One"}, [False], id="another name"),
        pytest.param({"slug": "s1", "state": "archived"}, [False], id="archived"),
        pytest.param({"slug": "s1", "number": "4998", "state": "archived"}, [False], id="archived, a number"),
        pytest.param({"id": 2, "number": "4001"}, [], id="by id"),
        pytest.param({"slug": "s1", "number": "4998"}, [False, True], id="another number, which may be taken"),
        pytest.param({"name": "S 1"}, [False, True], id="a name, which another may have"),
        pytest.param({"slug": "s1", "name": "S 2", "number": "4001"}, [False], id="the name of another"),
    ],
)
def test_pages_are_read_until_the_queue_is_found(
    wanted: dict[str, Any], asked: list[bool], paged: RawTenant, item: Item
) -> None:
    """Other queues can't affect the result from then on, so each item of a loop costs only one request."""
    item(paged, **FIFTY[0])
    item(paged, **wanted)
    assert pages(paged)[1:] == asked


@pytest.mark.parametrize(
    ("module", "before", "wanted", "key", "found"),
    [
        (evolux_queue, FIFTY[0], {"slug": "new"}, "action", "none"),
        (evolux_queue, FIFTY[0], {"slug": "new", "state": "archived"}, "action", "archive"),
        (evolux_queue, {"name": "S 1"}, {"name": "New", "state": "archived"}, "action", "archive"),
        (evolux_queue_info, {"slug": "new"}, {"slug": "new"}, "queues", ["new"]),
        (evolux_queues, {"queues": FIFTY}, {"queues": [{"slug": "new", "state": "archived"}]}, "changed", True),
    ],
)
def test_each_item_sees_what_others_have_created(
    module: Any, before: Any, wanted: Any, key: str, found: Any, paged: RawTenant, item: Item
) -> None:
    """Even on a second page that didn't exist for the previous item: `until` waits for such changes."""
    item(paged, module, **before)
    add(paged)
    result = item(paged, module, **wanted)[key]
    assert ([queue["slug"] for queue in result] if key == "queues" else result) == found


def test_each_item_sees_what_it_asks_for(paged: RawTenant, item: Item) -> None:
    """The first page of all queues may be the same as that of the active ones."""
    add(paged, archived=True)
    assert len(item(paged, evolux_queue_info, name="", slug="")["queues"]) == 50
    assert len(item(paged, evolux_queue_info, include_archived=True)["queues"]) == 51
