# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks the sandbox against the page "API - Filas", and each of its switches and faults."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.control import ControlError, Sandbox, Tenant
from sandbox.store import slugify
from sandbox.switches import READINGS, Switches

DID = "551130000001"
ANA = {"name": "Ana", "number": "1001"}
AGENTS = [{"login": "bia", "name": "Bia"}, {"login": "al", "name": "Al", "archived": True}]


class Api:
    """Plain requests to one tenant's API."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["token"] = tenant.token

    def __call__(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", 5)
        return self.session.request(method, f"{self.tenant.url}/api/v1{path}", allow_redirects=False, **kwargs)

    def create(self, **fields: Any) -> requests.Response:
        return self("POST", "/queues", json=fields)

    def edit(self, id: int, **fields: str) -> requests.Response:
        return self("PUT", f"/queues/{id}", files={name: (None, value) for name, value in fields.items()})


def said(answer: requests.Response) -> tuple[int, str]:
    body = answer.json()
    assert body["meta"]["status"] == answer.status_code
    return answer.status_code, body["meta"]["message"]


@pytest.fixture
def tenant(sandbox: Sandbox) -> Tenant:
    return sandbox.tenant(dids=[DID])


@pytest.fixture
def api(tenant: Tenant) -> Iterator[Api]:
    client = Api(tenant)
    yield client
    client.session.close()


# Documented answers


def test_create_then_read(api: Api) -> None:
    answer = api.create(name="Do not panic", number="1234")
    assert answer.status_code == 201
    assert answer.json() == {"meta": {"status": 200, "message": "Created"}, "data": {"id": 1}}
    queue = {"id": 1, "name": "Do not panic", "slug": "do_not_panic", "number": "1234", "public_number": None}
    assert api("GET", "/queues/1").json()["data"] == queue
    assert api("GET", "/queues").json() == {"meta": {"status": 200, "message": "Created"}, "data": [queue]}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "Ana"},
        {"number": "1"},
        {"name": "", "number": "1"},
        {"name": " ", "number": "1"},
        {"name": "Ana", "number": ""},
        {"name": "Ana", "number": 1},
        {"name": 5, "number": "1"},
        {"name": None, "number": "1"},
        {"name": "\ud800", "number": "1"},
        [],
        "text",
    ],
)
def test_create_without_required_params(api: Api, body: Any) -> None:
    assert said(api("POST", "/queues", json=body)) == (400, "Missing required params")
    assert api.tenant.queues() == []


@pytest.mark.parametrize("extra", [{"max_wait_time": "5"}, {"slug": "Not A Slug"}, {"slug": ""}, {"public_number": 5}])
def test_create_with_what_it_does_not_take(api: Api, extra: dict[str, Any]) -> None:
    assert api.create(**ANA, **extra).status_code == 400


def test_content_types(api: Api) -> None:
    assert api("POST", "/queues", data=ANA).status_code == 415
    api.create(**ANA)
    assert api("PUT", "/queues/1", json={"name": "Eva"}).status_code == 415
    assert api("PUT", "/queues/1", files={"name": ("name.txt", "Eva")}).status_code == 400
    assert api("POST", "/queues", data="{", headers={"Content-Type": "application/json"}).status_code == 400
    broken = {"Content-Type": "multipart/form-data"}
    assert api("PUT", "/queues/1", data="name=Eva", headers=broken).status_code == 400
    assert api.tenant.queues()[0]["name"] == "Ana"


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "Ana", "number": "2"},
        {"name": "Eva", "slug": "ana", "number": "2"},
        {"name": "Old", "number": "2"},
        {"name": "Eva", "number": "1001"},
        {"name": "Eva", "number": "2", "public_number": "5599"},
    ],
    ids=["slug", "given slug", "archived slug", "number", "did"],
)
def test_broken_constraint_is_500(sandbox: Sandbox, fields: dict[str, str]) -> None:
    tenant = sandbox.tenant(dids=[DID], queues=[ANA, {"name": "Old", "number": "1", "archived": True}])
    answer = Api(tenant).create(**fields)
    assert said(answer) == (500, "Data insertion may break a database constraint")
    assert len(tenant.queues()) == 2


def test_what_is_not_a_broken_constraint(sandbox: Sandbox) -> None:
    tenant = sandbox.tenant(dids=[DID], queues=[{"name": "Old", "number": "1", "archived": True}])
    api = Api(tenant)
    assert api.create(name="New", number="1", public_number=DID, slug="n_1").json()["data"] == {"id": 2}
    assert Api(sandbox.tenant()).create(name="New", number="1").json()["data"] == {"id": 1}
    assert tenant.queues()[1] == {
        "id": 2,
        "name": "New",
        "slug": "n_1",
        "number": "1",
        "public_number": DID,
        "max_wait_time": None,
        "enabled": False,
        "archived": False,
    }


def test_slugs(api: Api) -> None:
    assert slugify("Atenção - Nível 2!") == "atencao_nivel_2"
    api.create(name="Продажи", number="1")
    assert api.tenant.queues()[0]["slug"] == "queue_1"


def test_edit(api: Api) -> None:
    api.create(**ANA, public_number=DID)
    assert api.edit(1, name="Eva", number="2", max_wait_time="13000", public_number="").ok
    queue = api.tenant.queues()[0]
    assert (queue["name"], queue["slug"], queue["number"]) == ("Eva", "ana", "2")
    assert (queue["max_wait_time"], queue["public_number"]) == (13000, None)
    assert api.edit(1, public_number="5599").status_code == 500
    assert said(api.edit(1, slug="eva", name="x")) == (400, "Missing fields or trying to update slug")
    nothing = api("PUT", "/queues/1", data="--b--\r\n", headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert said(nothing) == (400, "Missing fields or trying to update slug")
    assert said(api.edit(2, name="x")) == (404, "Queue not found")
    for wrong in ({"max_wait_time": "-1"}, {"max_wait_time": "1.5"}, {"name": ""}, {"number": ""}, {"color": "1"}):
        assert api.edit(1, **wrong).status_code == 400


def test_archive(api: Api) -> None:
    api.create(**ANA)
    api.tenant.poke(1, enabled=True)
    assert said(api("DELETE", "/queues/1")) == (422, "Enabled queue can not be archived")
    api.tenant.poke(1, enabled=False)
    assert api("DELETE", "/queues/1").ok
    for id in (1, 2):
        assert said(api("DELETE", f"/queues/{id}")) == (404, "Queue not found")
    assert said(api("GET", "/queues/1")) == (422, "Queue archived not requested")
    assert said(api("GET", "/queues/2")) == (404, "Queue not found")
    assert said(api.edit(1, name="Eva")) == (422, "Archived queue can not be edited")
    assert api("GET", "/queues").json()["data"] == []
    archived = {"include_archived": "true"}
    assert len(api("GET", "/queues", params=archived).json()["data"]) == 1
    assert api("GET", "/queues/1", params=archived).json()["data"]["name"] == "Ana"


def test_pauses(sandbox: Sandbox) -> None:
    pauses = [{"id": number} for number in range(60)]
    api = Api(sandbox.tenant(queues=[ANA | {"pauses": pauses}]))
    assert api("GET", "/queues/1/pauses").json()["data"] == pauses[:50]
    assert api("GET", "/queues/1/pauses?limit=100&page=2").json()["data"] == pauses[50:]
    assert "pagination" not in api("GET", "/queues/1/pauses").json()
    assert api("GET", "/queues/1/pauses?limit=0").status_code == 400
    assert api("GET", "/queues/2/pauses").status_code == 404
    api.tenant.switch(page_cap=7, pauses_pagination=True)
    body = api("GET", "/queues/1/pauses?limit=50&page=9").json()
    assert body["data"] == pauses[56:]
    shown = body["pagination"]
    assert (shown["limit"], shown["max_limit"], shown["items"], shown["total"]) == (7, 7, 4, 60)
    assert shown["next_url"] is None
    assert shown["prev_url"].startswith("http://pages.evolux.invalid/")


def test_agents(sandbox: Sandbox) -> None:
    agents = [{"login": f"agent{n}", "name": f"Agent {n}", "queues": [4], "mfa_enabled": n == 1} for n in range(1, 61)]
    api = Api(sandbox.tenant(agents=agents))
    body = api("GET", "/agents?limit=100&page=2").json()
    assert [agent["id"] for agent in body["data"]] == list(range(51, 61))
    shown = body["pagination"]
    assert (shown["limit"], shown["items"], shown["total"], shown["next_url"]) == (50, 10, 60, None)
    empty = ("current_extension", "last_pause", "last_login", "current_pause", "current_outbound_queue")
    usual = {"id": 1, "archived": False, "enable": True, **dict.fromkeys(empty)}
    assert api("GET", "/agents").json()["data"][0] == {**usual, **agents[0]}


@pytest.mark.parametrize(
    "agents", [["bia"], [{"login": "bia"}], [{**AGENTS[0], "id": 0}], [{**AGENTS[0], "id": 1}] * 2]
)
def test_no_such_agents(agents: list[Any], tenant: Tenant) -> None:
    with pytest.raises(ControlError, match=r"agent [01]: "):
        tenant.control("PUT", "", {"agents": agents})


def test_paths_methods_queries_and_tokens(api: Api) -> None:
    assert said(api("GET", "/agent"))[0] == 404
    assert said(api("POST", "/agents"))[0] == 405
    assert said(api("GET", "/agents?include_archived=true"))[0] == 400
    assert said(api("GET", "/queues/"))[0] == 404
    assert said(api("GET", "/queues/x"))[0] == 404
    assert said(api("PATCH", "/queues"))[0] == 405
    assert said(api("POST", "/queues/1/pauses"))[0] == 405
    assert said(api("GET", "/queues?page=2"))[0] == 400
    assert said(api("DELETE", "/queues/1?force=true"))[0] == 400
    assert said(api("GET", "/queues", headers={"token": "nobody"}))[0] == 401
    assert said(api("GET", "/queues", headers={"token": None}))[0] == 401


# Switches


def test_max_wait_time_is_shown_on_order(sandbox: Sandbox) -> None:
    api = Api(sandbox.tenant(queues=[ANA | {"max_wait_time": 30}]))
    for switch, read, listed in (("never", False, False), ("read", True, False), ("always", True, True)):
        api.tenant.switch(show_max_wait_time=switch)
        assert ("max_wait_time" in api("GET", "/queues/1").json()["data"]) is read
        assert ("max_wait_time" in api("GET", "/queues").json()["data"][0]) is listed


EVA = {"name": "Eva", "slug": "eva", "number": "1002", "archived": True, "pauses": [{"name": str(n)} for n in range(3)]}


def status(answer: requests.Response) -> tuple[int, int]:
    """The status of the HTTP response, and the status in its body."""
    return answer.status_code, answer.json()["meta"]["status"]


def made(api: Api, **fields: Any) -> str:
    """The slug that a new queue gets, or the first word of the refusal."""
    answer = api.create(**{"name": "New", "number": "7", **fields})
    return api.tenant.queues()[-1]["slug"] if answer.ok else said(answer)[1].split()[0]


def written(api: Api, answer: requests.Response) -> Any:
    body = answer.content and sorted(answer.json()["data"])
    return answer.status_code, body, [queue["archived"] for queue in api.tenant.queues()]


def page(api: Api, path: str) -> Any:
    answer = api("GET", path)
    return [item.get("id") or item["name"] for item in answer.json()["data"]] if answer.ok else answer.status_code


def limited(api: Api) -> Any:
    api.tenant.switch(requests_per_second=1)
    answer = [api("GET", "/queues") for _each in range(2)][1]
    return answer.status_code, answer.headers.get("Retry-After")


ID, EMPTY, SHOWN = ["id"], b"", ["id", "name", "number", "public_number", "slug"]
# For each switch, the request, and the answer for each reading.
SWITCHED: dict[str, tuple[Callable[[Api], Any], dict[Any, Any]]] = {
    "bad_token": (
        lambda api: said(api("GET", "/queues", headers={"token": api.tenant.token + "x"})),
        {401: (401, "Unauthorized"), 403: (403, "Unauthorized"), 400: (400, "Missing token.")},
    ),
    "refusals_in": (lambda api: status(api("GET", "/queues/99")), {"status": (404, 404), "meta": (200, 404)}),
    "plain_refusals": (
        lambda api: api("PATCH", "/queues").headers["Content-Type"].partition(";")[0],
        {"json": "application/json", "html": "text/html"},
    ),
    "errors_object": (
        lambda api: api.create(name="New").json().get("errors"),
        {False: None, True: {"number": "number is not valid"}},
    ),
    "unknown": (lambda api: api("GET", "/queues?color=red").status_code, {"refused": 400, "ignored": 200}),
    "forbidden_by_state": (lambda api: api.edit(2, name="X").status_code, {422: 422, 400: 400, 409: 409}),
    "missing_fields": (lambda api: api.edit(1, slug="x").status_code, {400: 400, 422: 422}),
    "numbers": (lambda api: made(api, number="7a"), {"digits": "Missing", "any": "new"}),
    "unique_numbers": (
        lambda api: (made(api, number="1001"), made(api, number="1002")),
        {"active": ("Data", "new"), "all": ("Data", "Data"), "none": ("new", "Data")},
    ),
    "archived_slugs": (lambda api: made(api, slug="eva"), {"kept": "Data", "free": "eva"}),
    "slug_form": (lambda api: made(api, slug="A B"), {"refused": "Invalid", "made": "a_b", "any": "A B"}),
    "accents_in_slugs": (lambda api: made(api, name="Ação"), {"folded": "acao", "dropped": "ao"}),
    "dids": (
        lambda api: [made(api, name=n, number=n, public_number=DID) for n in "78"],
        {"shared": ["7", "8"], "exclusive": ["7", "Data"]},
    ),
    "unknown_did": (lambda api: made(api, public_number="1"), {"constraint": "Data", "refused": "Invalid"}),
    "enable_new_queues": (
        lambda api: (made(api), api.tenant.queues()[-1]["enabled"]),
        {False: ("new", False), True: ("new", True)},
    ),
    "edit_as": (
        lambda api: (api.edit(1, name="X").status_code, api("PUT", "/queues/1", json={"name": "X"}).status_code),
        {"form": (200, 415), "json": (400, 200), "either": (200, 200)},
    ),
    "edit_answer": (
        lambda api: written(api, api.edit(1, name="X"))[:2],
        {"id": (200, ID), "queue": (200, SHOWN), "empty": (200, EMPTY), "none": (204, EMPTY)},
    ),
    "edit_without_effect": (
        lambda api: (api.edit(1, name="X", number="7").status_code, api.tenant.queues()[0]["name"]),
        {(): (200, "X"), ("name",): (200, "Ana")},
    ),
    "empty_did": (lambda api: api.edit(1, public_number="").status_code, {"clears": 200, "refused": 400}),
    "archive_answer": (
        lambda api: written(api, api("DELETE", "/queues/1"))[:2],
        {"id": (200, ID), "queue": (200, SHOWN), "empty": (200, EMPTY), "none": (204, EMPTY)},
    ),
    "archive_without_effect": (
        lambda api: written(api, api("DELETE", "/queues/1"))[2],
        {False: [True, True], True: [False, True]},
    ),
    "archive_again": (
        lambda api: api("DELETE", "/queues/2").status_code,
        {"not_found": 404, "forbidden": 422, "done": 200},
    ),
    "numbers_as_json": (
        lambda api: api("GET", "/queues").json()["data"][0]["number"],
        {False: "1001", True: 1001},
    ),
    "list_order": (
        lambda api: [made(api, name="Abe"), page(api, "/queues")][1],
        {"id": [1, 3], "name": [3, 1], "newest": [3, 1]},
    ),
    "agents": (lambda api: api("GET", "/agents").status_code, {True: 200, False: 404}),
    "agents_order": (lambda api: page(api, "/agents"), {"id": [1, 2], "name": [2, 1], "newest": [2, 1]}),
    "agents_pagination": (lambda api: "pagination" in api("GET", "/agents").json(), {True: True, False: False}),
    "archived_pauses": (lambda api: page(api, "/queues/2/pauses"), {"shown": ["0", "1", "2"], "refused": 422}),
    "page_cap": (lambda api: page(api, "/queues/2/pauses"), {50: ["0", "1", "2"], 2: ["0", "1"]}),
    "limit_above": (lambda api: page(api, "/queues/2/pauses?limit=51"), {"cut": ["0", "1", "2"], "refused": 400}),
    "pauses_pagination": (
        lambda api: "pagination" in api("GET", "/queues/2/pauses").json(),
        {False: False, True: True},
    ),
    "list_page_cap": (lambda api: page(api, "/queues?include_archived=true"), {None: [1, 2], 1: [1]}),
    "list_pagination": (
        lambda api: (api.tenant.switch(list_page_cap=1), "pagination" in api("GET", "/queues").json())[1],
        {True: True, False: False},
    ),
    "past_end": (
        lambda api: page(api, "/queues/2/pauses?page=9"),
        {"empty": [], "not_found": 404, "refused": 400, "last": ["0", "1", "2"]},
    ),
    "limited_as": (
        limited,
        {"429": (429, "1"), "429 without Retry-After": (429, None), "503": (503, "1")},
    ),
}


TESTED_APART = ("show_max_wait_time", "extra_fields", "reads_lag", "requests_per_second")


@pytest.mark.parametrize(("switch", "reading"), [(s, r) for s, (_ask, told) in SWITCHED.items() for r in told], ids=str)
def test_each_reading(switch: str, reading: Any, sandbox: Sandbox) -> None:
    ask, told = SWITCHED[switch]
    switches = {} if reading is None else {switch: reading}
    api = Api(sandbox.tenant(queues=[ANA, EVA], agents=AGENTS, dids=[DID], switches=switches))
    assert ask(api) == told[reading]


def test_no_reading_goes_untested() -> None:
    assert {entry.name for entry in fields(Switches)} == {*SWITCHED, *TESTED_APART}
    assert {name: set(SWITCHED[name][1]) for name in READINGS if name in SWITCHED} == {
        name: set(choices) for name, choices in READINGS.items() if name in SWITCHED
    }


def test_other_switches(sandbox: Sandbox) -> None:
    queues = [ANA, {"name": "Eva", "number": "0042"}, {"name": "Ida", "number": "7"}]
    switches = {"numbers_as_json": True, "list_page_cap": 2, "extra_fields": {"color": "red"}}
    api = Api(sandbox.tenant(queues=queues, switches=switches, next_id=90))
    body = api("GET", "/queues").json()
    assert [queue["number"] for queue in body["data"]] == [1001, "0042"]
    assert body["data"][0]["color"] == "red"
    assert (body["pagination"]["items"], body["pagination"]["total"]) == (2, 3)
    assert [queue["id"] for queue in api("GET", "/queues?page=2").json()["data"]] == [3]
    assert api("GET", "/queues?page=3").json()["data"] == []


@pytest.mark.parametrize("lag", [1, 2])
def test_reads_that_lag(lag: int, sandbox: Sandbox) -> None:
    api = Api(sandbox.tenant(queues=[ANA], switches={"reads_lag": lag}))
    api.edit(1, name="Other")
    assert [api("GET", "/queues/1").json()["data"]["name"] for _read in range(lag + 1)] == ["Ana"] * lag + ["Other"]
    assert api.create(name="New", number="7").json()["data"] == {"id": 2}
    assert [api("GET", "/queues/2").status_code for _read in range(lag + 1)] == [404] * lag + [200]


@pytest.mark.parametrize("switch", [{"edit_as": "xml"}, {"page_cap": None}, {"list_page_cap": 0}, {"reads_lag": -1}])
def test_no_such_reading(switch: dict[str, Any], sandbox: Sandbox) -> None:
    with pytest.raises(ControlError, match=next(iter(switch))):
        sandbox.tenant(switches=switch)


# Faults


def test_cut_before_and_after(api: Api) -> None:
    for when, created in (("before", 0), ("after", 1)):
        api.tenant.fault("cut", when=when)
        with pytest.raises(requests.ConnectionError):
            api.create(**ANA)
        assert len(api.tenant.queues()) == created
        entry = api.tenant.requests()[-1]
        assert (entry["status"], entry["processed"]) == (None, bool(created))


@pytest.mark.parametrize("kind", ["hang", "silence"])
def test_no_answer(api: Api, kind: str) -> None:
    api.tenant.fault(kind, when="after")
    with pytest.raises((requests.Timeout, requests.ConnectionError), match="timed out"):
        api("POST", "/queues", json=ANA, timeout=0.2)
    assert len(api.tenant.queues()) == 1
    assert api.tenant.requests()[0]["status"] == (None if kind == "hang" else 201)


@pytest.mark.parametrize("headers", [False, True])
def test_drip(api: Api, headers: bool) -> None:
    api.tenant.fault("drip", when="after", seconds=0.001, headers=headers)
    assert api("GET", "/queues").json()["data"] == []


def test_answer(api: Api) -> None:
    api.tenant.fault("answer", status=429, headers={"Retry-After": "3"}, json={"a": 1})
    api.tenant.fault("answer", status=502, text="<html>", content_type="text/html")
    first, second, third = (api("GET", "/queues") for _time in range(3))
    assert (first.status_code, first.headers["Retry-After"], first.json()) == (429, "3", {"a": 1})
    assert (second.status_code, second.text, second.headers["Content-Type"]) == (502, "<html>", "text/html")
    assert third.status_code == 200
    assert [entry["status"] for entry in api.tenant.requests()] == [429, 502, 200]


def test_cut_body_and_cut_json(api: Api) -> None:
    api.tenant.fault("cut_body", when="after")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        api("GET", "/queues")
    api.tenant.fault("cut_json", when="after")
    answer = api("GET", "/queues")
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content)


def test_redirect_and_huge(api: Api) -> None:
    api.tenant.fault("redirect", location="http://elsewhere.invalid/")
    answer = api("GET", "/queues")
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://elsewhere.invalid/")
    api.tenant.fault("huge", bytes=1_000_000)
    assert len(api("GET", "/queues").content) == 1_000_000
    api.tenant.fault("huge")
    api("GET", "/queues", stream=True).close()
    assert api("GET", "/queues").status_code == 200


@pytest.mark.parametrize("faults", [("latency", "answer"), ("answer", "latency")])
def test_latency_composes(api: Api, faults: tuple[str, str]) -> None:
    settings = {"latency": {"seconds": 0.05, "times": None}, "answer": {"status": 503}}
    for kind in faults:
        api.tenant.fault(kind, **settings[kind])
    first, second = api("GET", "/queues"), api("GET", "/queues")
    assert (first.status_code, second.status_code) == (503, 200)
    assert min(first.elapsed.total_seconds(), second.elapsed.total_seconds()) >= 0.05


def test_which_requests_a_fault_hits(api: Api) -> None:
    api.tenant.fault("answer", method="GET", path=r"/queues/\d+$", skip=1, times=2, status=503)
    statuses = [
        api("GET", path).status_code for path in ("/queues", "/queues/1", "/queues/1", "/queues/1", "/queues/1")
    ]
    assert statuses == [200, 404, 503, 503, 404]
    api.tenant.fault("cut", times=None)
    api.tenant.clear_faults()
    assert api("GET", "/queues").ok


@pytest.mark.parametrize(
    "order", [{"kind": "no"}, {"kind": "cut", "path": "("}, {"kind": "redirect"}, {"kind": "cut", "much": 1}]
)
def test_broken_fault(tenant: Tenant, order: dict[str, Any]) -> None:
    with pytest.raises(ControlError):
        tenant.fault(**order)


# The control side


def test_log_and_marks(sandbox: Sandbox, api: Api) -> None:
    api.tenant.mark("first")
    api.create(**ANA)
    api.edit(1, name="Eva")
    api("GET", "/queues", params={"include_archived": "true"})
    log = api.tenant.log()
    assert log[0] == {"mark": "first"}
    assert [entry["body"] for entry in log[1:]] == [ANA, {"name": "Eva"}, None]
    assert log[3]["query"] == {"include_archived": "true"}
    assert (log[1]["path"], log[1]["status"], log[1]["processed"]) == ("/api/v1/queues", 201, True)
    assert log[1]["headers"]["TOKEN"] == api.tenant.token
    assert len(api.tenant.requests()) == 3
    assert len(api.tenant.writes()) == 2
    api("GET", "/queues", headers={"token": "nobody knows"})
    assert sandbox.requests()[-1]["headers"]["token"] == "nobody knows"
    api.tenant.clear_requests()
    assert api.tenant.log() == []


@pytest.mark.parametrize(
    ("seed", "says"),
    [
        ([ANA, ANA], "queue 1 .'Ana'.: UNIQUE"),
        ([ANA | {"public_number": "5599"}], "queue 0 .'Ana'.: FOREIGN KEY"),
        ([{"name": "Ana"}], "number is missing"),
        ([ANA | {"color": "red"}], "unknown field color"),
        ([ANA | {"enabled": 1}], "enabled must be bool"),
    ],
)
def test_broken_seed_says_which_and_changes_nothing(tenant: Tenant, seed: list[Any], says: str) -> None:
    with pytest.raises(ControlError, match=says):
        tenant.control("PUT", "", {"queues": seed})
    assert tenant.control("GET", "")["dids"] == [DID]


def test_replace_and_delete_a_tenant(sandbox: Sandbox) -> None:
    token = "a/b c"
    tenant = sandbox.tenant(token, queues=[ANA | {"pauses": [1]}], dids=[DID])
    tenant.fault("cut", times=None)
    tenant = sandbox.tenant(token, queues=[ANA | {"id": 7}])
    assert [queue["id"] for queue in tenant.queues()] == [7]
    assert Api(tenant).create(name="Eva", number="2").json()["data"] == {"id": 8}
    with pytest.raises(ControlError, match="UNIQUE"):
        tenant.poke(8, number="1001")
    assert token in sandbox.control("GET", "")["tenants"]
    tenant.control("DELETE", "")
    with pytest.raises(ControlError, match="no tenant"):
        tenant.queues()
    assert Api(tenant)("GET", "/queues").status_code == 401


def test_concurrent_creates_on_one_number(tenant: Tenant) -> None:
    def create(position: int) -> int:
        return Api(tenant).create(name=f"Queue {position}", number="1").status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(create, range(8)))
    assert statuses == [201] + [500] * 7
    assert len(tenant.queues()) == 1


# The process


def start(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_at_once_despite_hanging_requests(number: signal.Signals) -> None:
    process = start("--port", "0", "--token", "t", "u", "--did", "5511", "5522")
    assert process.stdout is not None
    lines = [process.stdout.readline().rstrip() for _time in range(5)]
    url = lines[0].removeprefix("Evolux sandbox ready on ")
    assert lines[1:] == [
        "token: t, u",
        "DIDs: 5511, 5522",
        f"export EVOLUX_API_URL={url} EVOLUX_API_TOKEN=t",
        f"curl --header 'token: t' {url}/api/v1/queues",
    ]
    for token, status in {"t": 200, "u": 200, "v": 401}.items():
        assert requests.get(f"{url}/api/v1/queues", headers={"token": token}, timeout=5).status_code == status
    connections = []
    for kind in ("hang", "silence", "latency", "drip"):
        fault = {"kind": kind, "seconds": 100}
        requests.post(f"{url}/_sandbox/tenants/t/faults", json=fault, timeout=5).raise_for_status()
        connection = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))
        connection.sendall(b"GET /api/v1/queues HTTP/1.1\r\nHost: x\r\ntoken: t\r\n\r\n")
        connections.append(connection)
        while requests.get(f"{url}/_sandbox/tenants/t/faults", timeout=5).json():
            pass
    process.send_signal(number)
    out, err = process.communicate(timeout=5)
    assert (process.returncode, out, err) == (0, "", "")
    for connection in connections:
        connection.close()


def test_the_readme_has_every_switch_with_its_readings() -> None:
    """And `make live` asks for each: a test of its own says so."""
    page = (Path(__file__).resolve().parents[2] / "sandbox" / "README.md").read_text(encoding="utf-8")
    rows = page.partition("## Switches")[2].partition("\n## ")[0].splitlines()
    found = {}
    for names, readings in (row.split("|")[1:3] for row in rows if row.startswith("| `")):
        values = [json.loads(text) for text in re.findall("`([^`]*)`", readings)]
        found.update(dict.fromkeys(re.findall(r"`(\w+)`", names), values))
    assert sorted(found) == sorted(entry.name for entry in fields(Switches))
    for name, values in found.items():
        default = getattr(Switches(), name)
        # The sandbox's own reading is the first one.
        assert values[0] == (list(default) if isinstance(default, tuple) else default)
        assert name not in READINGS or sorted(map(str, values)) == sorted(map(str, READINGS[name]))


def test_refuses_other_hosts() -> None:
    process = start("--host", "0.0.0.0")
    out, err = process.communicate(timeout=5)
    assert process.returncode != 0
    assert out == ""
    assert err.count("\n") == 1
    assert "0.0.0.0 is not a loopback address" in err
