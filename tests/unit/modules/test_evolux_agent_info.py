# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""evolux_agent_info in this process: filters, archived agents, all ways that pages can end, servers without agents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.evolux.contact_center.plugins.modules import evolux_agent_info
from sandbox.control import Sandbox

QUEUES = [
    {"id": 4, "name": "Support", "slug": "support", "number": "3001"},
    {"id": 5, "name": "Five", "slug": "4", "number": "3002"},
    {"id": 6, "name": "Old", "slug": "old", "number": "3003", "archived": True},
]
AGENTS = [
    {"id": 9, "login": "ana", "name": "Ana", "queues": [4, 6]},
    {"id": 7, "login": "bia", "name": "Bia", "queues": [5, 4], "enable": False},
    {"id": 8, "login": "caio", "name": "Caio", "queues": [4], "archived": True},
    {"id": 3, "login": "0700", "name": "Davi", "queues": [99]},
]


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    ("options", "logins", "requests"),
    [
        ({}, ["0700", "bia", "ana"], 1),
        ({"include_archived": True}, ["0700", "bia", "caio", "ana"], 1),
        ({"login": "ana"}, ["ana"], 1),
        ({"login": "Ana"}, [], 1),
        ({"login": "caio"}, [], 1),
        ({"login": "caio", "include_archived": True}, ["caio"], 1),
        ({"login": "", "queue": ""}, ["0700", "bia", "ana"], 1),
        ({"queue": "support"}, ["bia", "ana"], 2),
        ({"queue": "support", "include_archived": True}, ["bia", "caio", "ana"], 2),
        ({"queue": "support", "login": "ana"}, ["ana"], 2),
        # A slug that consists of digits takes precedence over the same id.
        ({"queue": "4"}, ["bia"], 2),
        ({"queue": "5"}, ["bia"], 2),
        ({"queue": 5}, ["bia"], 2),
        # Archived queues are found by id, and so are queues that no longer exist.
        ({"queue": "6"}, ["ana"], 2),
        ({"queue": "old"}, [], 2),
        ({"queue": "99"}, ["0700"], 2),
        ({"queue": "099"}, [], 2),
        ({"queue": "ghost"}, [], 2),
        ({"queue": "9" * 5000}, [], 2),
    ],
)
def test_info(
    options: dict[str, Any], logins: list[str], requests: int, check_mode: bool, sandbox: Sandbox, run_module: Any
) -> None:
    tenant = sandbox.tenant(queues=QUEUES, agents=AGENTS)
    failed, result = run_module(evolux_agent_info, tenant, options, check_mode=check_mode)
    assert not failed, result
    assert [agent["login"] for agent in result["agents"]] == logins
    assert all(agent["archived"] is (agent["login"] == "caio") for agent in result["agents"])
    assert "warnings" not in result
    assert (result["changed"], len(tenant.requests())) == (False, requests)


def test_an_agent_with_whatever_the_api_shows(sandbox: Sandbox, run_module: Any) -> None:
    pause = {"id": 46983, "reason": {"id": 18, "description": "Almoço"}}
    tenant = sandbox.tenant(agents=[{**AGENTS[1], "current_pause": pause, "mfa_enabled": True}])
    _failed, result = run_module(evolux_agent_info, tenant, {})
    empty = ("current_extension", "last_pause", "last_login", "current_outbound_queue")
    extra = {**dict.fromkeys(empty), "current_pause": pause, "mfa_enabled": True}
    shown = {"id": 7, "login": "bia", "name": "Bia", "archived": False, "enabled": False, "queues": [4, 5]}
    assert result["agents"] == [{**shown, "extra": extra}]


# ---- pages ----


@pytest.mark.parametrize("order", ["id", "name", "newest"])
@pytest.mark.parametrize("past_end", ["empty", "not_found", "refused", "last"])
@pytest.mark.parametrize("pagination", [True, False])
@pytest.mark.parametrize(("count", "page_cap"), [(0, 50), (50, 50), (120, 50), (7, 3)])
def test_all_pages_as_the_server_lists_them(
    count: int, page_cap: int, pagination: bool, past_end: str, order: str, sandbox: Sandbox, run_module: Any
) -> None:
    agents = [{"login": f"a{n}", "name": f"Agent {n % 10}", "archived": n % 3 == 0} for n in range(count)]
    switches = {"agents_order": order, "past_end": past_end, "agents_pagination": pagination, "page_cap": page_cap}
    tenant = sandbox.tenant(agents=agents, switches=switches)
    failed, result = run_module(evolux_agent_info, tenant, {"include_archived": True})
    assert not failed, result
    listed = {"id": agents, "name": sorted(agents, key=lambda agent: str(agent["name"])), "newest": agents[::-1]}
    assert [agent["login"] for agent in result["agents"]] == [agent["login"] for agent in listed[order]]
    # Pages are requested by number, with the documented 50 on each. The URLs in an answer would show the token.
    asked = [request["query"] for request in tenant.requests()]
    assert asked == [{"limit": "50", "page": str(page)} for page in range(1, len(asked) + 1)]
    pages = -(-count // page_cap)
    assert len(asked) == (max(1, pages) if pagination else pages + 1)


def page_of(*agents: Any) -> dict[str, Any]:
    usual = {"archived": False, "enable": True, "queues": []}
    return {"meta": {"status": 200, "message": "OK"}, "data": [{**usual, **agent} for agent in agents]}


ANA, BIA = ({"id": id, "login": login, "name": login} for id, login in ((1, "ana"), (2, "bia")))


@pytest.mark.parametrize(
    ("pages", "logins"),
    [
        # An agent was created in between, so the next page starts with the end of the previous one.
        ([page_of(ANA), page_of(ANA, BIA), page_of()], ["ana", "bia"]),
        # A server repeats its last page, on which an agent has paused in between.
        ([page_of(ANA), page_of({**ANA, "current_pause": {"id": 1}})], ["ana"]),
        ([page_of(ANA, ANA)], "two agents have the same id"),
        ([page_of({**ANA, "id": True})], "an agent's id isn't a whole number"),
        ([page_of(ANA), page_of({**BIA, "queues": "4"})], "an agent's queues isn't a list"),
    ],
)
def test_pages_that_are_unlike(
    pages: list[dict[str, Any]], logins: list[str] | str, sandbox: Sandbox, run_module: Any
) -> None:
    tenant = sandbox.tenant()
    for page in pages:
        tenant.fault("answer", status=200, json=page)
    failed, result = run_module(evolux_agent_info, tenant, {})
    if failed:
        assert result["error"]["code"] == "bad_answer"
        assert logins in result["msg"]
    else:
        assert [agent["login"] for agent in result["agents"]] == logins
    assert len(tenant.requests()) == len(pages)


# ---- servers without agents, and other failures ----


@pytest.mark.parametrize("options", [{}, {"queue": "ghost"}])
@pytest.mark.parametrize("switches", [{}, {"refusals_in": "meta"}, {"plain_refusals": "html"}])
def test_a_server_that_is_too_old(
    switches: dict[str, Any], options: dict[str, Any], sandbox: Sandbox, run_module: Any
) -> None:
    tenant = sandbox.tenant(queues=QUEUES, agents=AGENTS, switches={"agents": False, **switches})
    failed, result = run_module(evolux_agent_info, tenant, options)
    assert failed
    assert (result["error"]["code"], result["error"]["path"]) == ("not_found", "/api/v1/agents")
    assert "so it has no API for agents, which was added in Evolux 6.15.0" in result["msg"]
    assert len(tenant.requests()) == 1


def test_a_missing_later_page_does_not_mean_an_old_server(sandbox: Sandbox, run_module: Any) -> None:
    tenant = sandbox.tenant(agents=AGENTS, switches={"page_cap": 2})
    tenant.fault("answer", status=404, skip=1, json={"meta": {"status": 404, "message": "Not found"}})
    failed, result = run_module(evolux_agent_info, tenant, {})
    assert (failed, result["error"]["code"]) == (True, "not_found")
    assert "6.15.0" not in result["msg"]


@pytest.mark.parametrize("name", ["login", "queue"])
def test_filters_are_texts(name: str, sandbox: Sandbox, run_module: Any) -> None:
    tenant = sandbox.tenant(agents=AGENTS)
    for value in (False, 1.5):
        failed, result = run_module(evolux_agent_info, tenant, {name: value})
        assert (failed, result["error"]["code"], tenant.requests()) == (True, "invalid", [])
        assert f"{name} is the {'decimal number' if value else 'boolean'} {value}" in result["msg"]
    _failed, result = run_module(evolux_agent_info, tenant, {name: 448})
    # An id needs no quotes.
    assert ("login as '448'" in str(result.get("warnings"))) is (name == "login")


def test_the_token_is_nowhere(sandbox: Sandbox, run_module: Any) -> None:
    tenant = sandbox.tenant("mark3d-t0ken")
    echo = {**ANA, "name": tenant.token, f"x-{tenant.token}": {tenant.token: [tenant.token]}}
    for answer in (page_of(echo), {"meta": {"status": 404, "message": tenant.token}}):
        tenant.clear_faults()
        tenant.fault("answer", status=answer["meta"]["status"], json=answer)
        _failed, result = run_module(evolux_agent_info, tenant, {"retries": 0})
        assert tenant.token not in json.dumps(result)
