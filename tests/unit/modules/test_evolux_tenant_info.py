# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""evolux_tenant_info in this process: what it reports about tenants, in a dozen requests, and what it doesn't."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable
from email.utils import formatdate
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.evolux.contact_center.plugins.modules import evolux_tenant_info
from raw_server import Asked, RawTenant, answer
from sandbox.control import Sandbox, Tenant
from servers import DAY, NOW, Authority, Tunnel

MOST = 12  # requests


def queues(active: int, archived: int = 0) -> list[dict[str, Any]]:
    return [
        {"name": f"Queue {n}", "slug": f"q{n}", "number": str(3000 + n), "archived": n >= active}
        for n in range(active + archived)
    ]


def agents(count: int) -> list[dict[str, Any]]:
    return [{"login": f"agent{n}", "name": f"Agent {n}", "archived": n % 2 == 1} for n in range(count)]


Look = Callable[..., dict[str, Any]]


@pytest.fixture
def look(run_module: Any) -> Look:
    """The module's result, after checking that it is the same in check mode, except for measurements."""

    def run(tenant: Tenant, **options: Any) -> dict[str, Any]:
        failed, foreseen = run_module(evolux_tenant_info, tenant, options, check_mode=True)
        tenant.clear_requests()
        failed, result = run_module(evolux_tenant_info, tenant, options)
        assert not failed, result
        measured = ("latency", "clock_skew", "invocation")
        assert [{key: told[key] for key in told if key not in measured} for told in (foreseen, result)] == [
            {key: result[key] for key in result if key not in measured}
        ] * 2
        assert {request["method"] for request in tenant.requests()} == {"GET"}
        assert len(tenant.requests()) <= MOST
        assert "warnings" not in result
        return result

    return run


TWO = queues(2)


@pytest.mark.parametrize(
    ("switches", "facts"),
    [
        (
            {},
            {"shows_max_wait_time": "no", "numbers_as": "text", "lists_paged": False, "extra_fields": [], "agents": 3},
        ),
        ({"show_max_wait_time": "read"}, {"shows_max_wait_time": "read"}),
        ({"show_max_wait_time": "always"}, {"shows_max_wait_time": "list"}),
        ({"numbers_as_json": True}, {"numbers_as": "number"}),
        ({"list_page_cap": 1}, {"lists_paged": True}),
        ({"list_page_cap": 50}, {"lists_paged": True}),
        ({"agents": False}, {"agents": None}),
        ({"agents": False, "refusals_in": "meta"}, {"agents": None}),
        ({"agents_pagination": False}, {"agents": 3}),
        ({"agents_pagination": False, "page_cap": 2}, {"agents": 3}),
        ({"extra_fields": {"strategy": "ring", "enabled": True}}, {"extra_fields": ["enabled", "strategy"]}),
    ],
    ids=str,
)
def test_which_readings_a_server_follows(
    switches: dict[str, Any], facts: dict[str, Any], sandbox: Sandbox, look: Look
) -> None:
    result = look(sandbox.tenant(queues=queues(2, 3), agents=agents(3), switches=switches))
    assert {key: result[key] for key in facts} == facts
    assert result["queues"] == {"active": 2, "archived": 3}
    assert result["changed"] is False


@pytest.mark.parametrize(
    ("held", "shown", "numbers_as"),
    [
        ([], None, None),
        (queues(0, 2), "read", "number"),
        ([{**TWO[0], "number": "0700"}], "read", "text"),
        ([{**TWO[0], "number": "0700"}, TWO[1]], "read", "mixed"),
    ],
    ids=["empty", "only archived", "leading zero", "mixed"],
)
def test_tenants_that_are_unlike(
    held: list[dict[str, Any]], shown: str | None, numbers_as: str | None, sandbox: Sandbox, look: Look
) -> None:
    switches = {"show_max_wait_time": "read", "numbers_as_json": True}
    result = look(sandbox.tenant(queues=held, switches=switches))
    archived = sum(queue["archived"] for queue in held)
    assert result["queues"] == {"active": len(held) - archived, "archived": archived}
    assert (result["shows_max_wait_time"], result["numbers_as"], result["agents"]) == (shown, numbers_as, 0)
    assert result["tls"] is None


def test_one_queue_of_many_shows_a_wait_time(sandbox: Sandbox, look: Look) -> None:
    tenant = sandbox.tenant(queues=queues(3))
    data = [{"id": n, "name": "A", "slug": f"a{n}", "number": str(n), "public_number": None} for n in (1, 2)]
    data[1]["max_wait_time"] = 60
    tenant.fault("answer", path="/queues$", times=None, status=200, json={"meta": {"status": 200}, "data": data})
    assert look(tenant)["shows_max_wait_time"] == "list"


# ---- pages ----


@pytest.mark.parametrize("past_end", ["empty", "not_found", "refused", "last"])
@pytest.mark.parametrize("promised", [True, False])
@pytest.mark.parametrize(
    ("active", "archived", "people", "known"),
    [
        (0, 0, 0, {"active", "archived", "agents"}),
        (50, 0, 50, {"active", "archived", "agents"}),
        (49, 1, 51, {"active", "archived", "agents"}),
        (60, 30, 0, {"active", "archived", "agents"}),
        (120, 40, 0, {"active", "agents"}),
        # A fifth page may follow four full pages of 50.
        (200, 0, 0, set()),
        (3, 9, 260, {"active", "archived"}),
    ],
)
def test_a_count_is_right_or_unknown(
    active: int,
    archived: int,
    people: int,
    known: set[str],
    promised: bool,
    past_end: str,
    sandbox: Sandbox,
    look: Look,
) -> None:
    switches = {
        "list_page_cap": 50,
        "list_pagination": promised,
        "agents_pagination": promised,
        "past_end": past_end,
    }
    tenant = sandbox.tenant(queues=queues(active, archived), agents=agents(people), switches=switches)
    result = look(tenant)
    right = {"active": active, "archived": archived, "agents": people}
    told = {**result["queues"], "agents": result["agents"]}
    assert told.items() <= {*right.items(), *dict.fromkeys(right).items()}
    if promised:
        assert told == right
        assert len(tenant.requests()) == 8
    else:
        assert {key for key in told if told[key] is not None} >= known


@pytest.mark.parametrize("total", ["120", 120.5, True, None, -1, 2, [3]])
def test_a_total_that_can_not_be_right_is_not_believed(total: Any, sandbox: Sandbox, look: Look) -> None:
    tenant = sandbox.tenant(queues=queues(3))
    data = [{"id": n, "name": "A", "slug": f"a{n}", "number": "1", "public_number": None} for n in (1, 2, 3)]
    page = {"pagination": {"total": total, "next_url": "http://x.invalid"}, "data": data}
    tenant.fault("answer", path="/queues$", times=None, status=200, json=page)
    # The server repeats the same page, so that is all.
    assert look(tenant)["queues"] == {"active": 3, "archived": 0}


# ---- what is measured ----


def test_latency_and_clock(sandbox: Sandbox, look: Look) -> None:
    tenant = sandbox.tenant(queues=queues(7))
    result = look(tenant)
    latency = result["latency"]
    assert 0 <= latency["min"] <= latency["median"] < 1
    assert all(round(value, 3) == value for value in latency.values())
    assert abs(result["clock_skew"]) <= 1
    # The first five queues, once each.
    assert [r["path"] for r in tenant.requests()[-5:]] == [f"/api/v1/queues/{n}" for n in range(1, 6)]


def test_a_slow_server(sandbox: Sandbox, look: Look) -> None:
    tenant = sandbox.tenant(queues=queues(1))
    tenant.fault("latency", path="/queues/1$", seconds=0.2, times=None)
    latency = look(tenant)["latency"]
    assert 0.2 <= latency["min"] <= latency["median"] < 1


@pytest.mark.parametrize("closes", [False, True])
@pytest.mark.parametrize("ahead", [None, -3600, 90])
def test_another_clock(ahead: int | None, closes: bool, run_module: Any) -> None:
    def send(connection: socket.socket, asked: Asked, sent: bytes) -> bool:
        if "/agents" in asked.path:
            sent = answer(None, "404 Not found")
        date = f"Date: {formatdate(time.time() + ahead, usegmt=True)}\r\n" if ahead else ""
        connection.sendall(sent.replace(b"\r\n", b"\r\n" + date.encode(), 1))
        return not closes

    with RawTenant({"name": "Support", "slug": "support", "number": "3001"}, send=send) as raw:
        failed, result = run_module(evolux_tenant_info, SimpleNamespace(url=raw.url, token="raw-token"), {})
        assert not failed, result
        # One connection for all requests, or one for each.
        assert raw.connections == (len(raw.asked) if closes else 1)
    skew = result["clock_skew"]
    assert skew is None if ahead is None else abs(skew - ahead) <= 1
    assert result["agents"] is None


# ---- TLS ----


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("tls")
    authority = Authority(folder)
    certificate, key = authority.files(folder)
    with Sandbox(tls_cert=certificate, tls_key=key) as sandbox:
        yield sandbox, authority


def test_tls(encrypted: tuple[Sandbox, Authority], look: Look) -> None:
    sandbox, authority = encrypted
    tenant = sandbox.tenant(queues=queues(1))
    told = look(tenant, ca_path=str(authority.path))["tls"]
    assert told["version"] in ("TLSv1.2", "TLSv1.3")
    assert re.fullmatch(r"Testing CA #[^,]+, trustme v[0-9.]+", told["issuer"])
    assert told["expires"] == (NOW + DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert look(tenant, validate_certs=False)["tls"] == {**dict.fromkeys(told), "version": told["version"]}


@pytest.mark.parametrize("encrypts", [False, True], ids=["http", "https"])
def test_tls_through_a_proxy_is_the_tenants(
    encrypts: bool, encrypted: tuple[Sandbox, Authority], look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox, authority = encrypted
    tenant = sandbox.tenant(queues=queues(1))
    for name in ("no_proxy", "NO_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Tunnel(authority.tls(ends=9) if encrypts else None) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        told = look(tenant, ca_path=str(authority.path))["tls"]
        # One connection in check mode, and one out of it.
        assert proxy.connections == 2
    assert told["expires"] == (NOW + DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert told["issuer"].startswith("Testing CA")


# ---- failures ----


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "answer", "status": 401}, "auth"),
        ({"kind": "answer", "status": 401, "path": "/queues/"}, "auth"),
        ({"kind": "answer", "status": 500, "path": "/agents"}, "api"),
        ({"kind": "answer", "status": 503, "path": "/agents"}, "unreachable"),
        ({"kind": "answer", "status": 429, "path": "/agents"}, "rate_limit"),
        ({"kind": "answer", "status": 200, "text": "<html>"}, "bad_answer"),
        ({"kind": "redirect", "location": "https://elsewhere.invalid/"}, "redirect"),
        # This token may read queues, but not agents.
        ({"kind": "answer", "status": 403, "path": "/agents"}, None),
    ],
)
def test_failures(fault: dict[str, Any], code: str | None, sandbox: Sandbox, run_module: Any) -> None:
    tenant = sandbox.tenant(queues=queues(1), agents=agents(1))
    tenant.fault(**fault, times=None)
    failed, result = run_module(evolux_tenant_info, tenant, {"retries": 0})
    assert failed is (code is not None)
    assert (result["error"]["code"] if code else result["agents"]) == code


# ---- what isn't reported ----


@pytest.mark.parametrize(
    "switches", [{}, {"list_page_cap": 2, "show_max_wait_time": "always", "numbers_as_json": True}]
)
def test_the_result_holds_no_name_and_no_number(switches: dict[str, Any], sandbox: Sandbox, look: Look) -> None:
    held = [
        {"name": "Secret name", "slug": "secret_slug", "number": "7719042001", "public_number": "7719042002"},
        {"name": "Hidden name", "slug": "hidden_slug", "number": "7719042003", "archived": True},
    ]
    people = [{"id": 7719042005, "login": "secret.login", "name": "Secret Person", "queues": [1]}]
    extra = {"secret_field": "secret value", "inner": {"number": "7719042004"}}
    tenant = sandbox.tenant(
        "mark3d-t0ken", queues=held, dids=["7719042002"], agents=people, switches={**switches, "extra_fields": extra}
    )
    result = look(tenant)
    text = json.dumps({key: value for key, value in result.items() if key != "invocation"}).lower()
    assert tenant.token not in json.dumps(result)
    assert result["extra_fields"] == ["inner", "secret_field"]
    for shown in ("secret name", "hidden", "slug", "7719042", "login", "person", "secret value", tenant.token):
        assert shown not in text


def test_an_echoed_token_is_not_shown(sandbox: Sandbox, look: Look) -> None:
    tenant = sandbox.tenant("mark3d-t0ken", queues=queues(1), switches={"extra_fields": {"x-mark3d-t0ken": 1}})
    assert tenant.token not in json.dumps(look(tenant))
