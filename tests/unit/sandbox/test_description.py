# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API's description, the judge that checks client and sandbox against it, and the sandbox itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from hypothesis import HealthCheck, settings
from openapi_core import OpenAPI

from ansible_collections.evolux.contact_center.plugins.module_utils._api import Api
from ansible_collections.evolux.contact_center.plugins.module_utils._connection import Connection
from ansible_collections.evolux.contact_center.plugins.module_utils._http import Client
from ansible_collections.evolux.contact_center.plugins.module_utils._wire import USER_AGENT
from sandbox.control import Sandbox
from sandbox.judge import Judge

DESCRIPTION = Path(__file__).resolve().parents[3] / "docs" / "api" / "openapi.yaml"
HEADERS = {"User-Agent": USER_AGENT, "token": "t", "Content-Type": "application/json"}
FORM = {**HEADERS, "Content-Type": "multipart/form-data; boundary=x"}
NEW = {"name": "Support", "number": "3001"}


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(DESCRIPTION)


def test_it_is_an_openapi_description() -> None:
    OpenAPI.from_file_path(str(DESCRIPTION)).check_spec()


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "body", "right"),
    [
        ("GET", "/api/v1/queues", {}, HEADERS, None, True),
        ("GET", "/api/v1/queues", {"include_archived": "true"}, HEADERS, None, True),
        ("GET", "/api/v1/queues", {}, {"User-Agent": USER_AGENT}, None, False),
        ("GET", "/api/v1/queue", {}, HEADERS, None, False),
        ("GET", "/queues", {}, HEADERS, None, False),
        ("PATCH", "/api/v1/queues/1", {}, HEADERS, NEW, False),
        ("GET", "/api/v1/queues/support", {}, HEADERS, None, False),
        ("GET", "/api/v1/queues/1/pauses", {"limit": "50", "page": "0"}, HEADERS, None, False),
        ("GET", "/api/v1/agents", {"limit": "50", "page": "1"}, HEADERS, None, True),
        ("GET", "/api/v1/agents", {"page": "0"}, HEADERS, None, False),
        ("POST", "/api/v1/queues", {}, HEADERS, NEW, True),
        ("POST", "/api/v1/queues", {}, HEADERS, {**NEW, "number": 3001}, False),
        ("POST", "/api/v1/queues", {}, HEADERS, {**NEW, "max_wait_time": 60}, False),
        ("POST", "/api/v1/queues", {}, HEADERS, {"name": "Support"}, False),
        ("POST", "/api/v1/queues", {}, FORM, NEW, False),
        ("PUT", "/api/v1/queues/1", {}, FORM, {"max_wait_time": "60"}, True),
        ("PUT", "/api/v1/queues/1", {}, FORM, {"slug": "other"}, False),
        ("PUT", "/api/v1/queues/1", {}, HEADERS, {"name": "Other"}, True),
        ("PUT", "/api/v1/queues/1", {}, HEADERS, {"slug": "other"}, False),
    ],
)
def test_requests_are_judged(
    method: str, path: str, query: Any, headers: Any, body: Any, right: bool, judge: Judge
) -> None:
    before = judge.requests
    judge.objections.clear()
    judge.request(method, path, query, headers, body)
    assert judge.requests == before + 1
    assert (judge.objections == []) is right, judge.objections


@pytest.mark.parametrize(
    ("method", "path", "status", "body", "right"),
    [
        ("GET", "/api/v1/agents", 200, {"meta": {"status": 200, "message": "OK"}, "data": [{"id": 1}]}, False),
        ("GET", "/api/v1/queues", 200, {"meta": {"status": 200, "message": "OK"}, "data": []}, True),
        ("GET", "/api/v1/queues", 200, {"meta": {"status": 200, "message": "OK"}, "data": [{"id": 1}]}, False),
        ("GET", "/api/v1/queues", 200, {"data": []}, False),
        ("GET", "/api/v1/queues", 202, {"meta": {"status": 200, "message": "OK"}, "data": []}, False),
        ("POST", "/api/v1/queues", 201, {"meta": {"status": 200, "message": "Created"}, "data": {"id": 42}}, True),
        ("POST", "/api/v1/queues", 200, {"meta": {"status": 200, "message": "Created"}, "data": {"id": 42}}, False),
        (
            "PUT",
            "/api/v1/queues/1",
            422,
            {"meta": {"status": 422, "message": "Archived queue"}},
            True,
        ),
    ],
)
def test_answers_are_judged(method: str, path: str, status: int, body: Any, right: bool, judge: Judge) -> None:
    judge.objections.clear()
    judge.answer(method, path, status, json.dumps(body).encode())
    assert (judge.objections == []) is right, judge.objections


def test_the_sandbox_keeps_the_judgement() -> None:
    with Sandbox(description=DESCRIPTION) as sandbox:
        tenant = sandbox.tenant()
        api = Api(Client(Connection(tenant.url, tenant.token)))
        id = api.create_queue(NEW)
        api.edit_queue(id, {"number": "3002"})
        judgement = sandbox.judgement()
    assert judgement == {"requests": 2, "answers": 2, "objections": []}


# ---- schemathesis: an outsider's reading of the description ----

schemathesis = pytest.importorskip("schemathesis")
# A broken constraint is a 500, and the API's page doesn't mention a header Allow.
NOT_SAID_BY_THE_PAGE = [schemathesis.checks.not_a_server_error, schemathesis.checks.unsupported_method]
schema = schemathesis.openapi.from_path(str(DESCRIPTION))


@schema.parametrize()
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_sandbox_answers_as_described(case: Any, sandbox: Sandbox) -> None:
    support = {"name": "Support", "slug": "support", "number": "3001", "pauses": [{"name": "lunch"}]}
    agents = [{"login": "ana", "name": "Ana", "queues": [1]}]
    switches = {"list_page_cap": 50, "edit_as": "either"}
    tenant = sandbox.tenant(queues=[support], dids=["5511"], agents=agents, switches=switches)
    # A parameter that isn't sent at all, such as an empty list in a query, can't be refused.
    url = requests.Request("GET", tenant.url, params=case.query).prepare().url
    is_sent = set(case.query or {}) <= parse_qs(urlsplit(url).query, keep_blank_values=True).keys()
    unsaid = NOT_SAID_BY_THE_PAGE if is_sent else [*NOT_SAID_BY_THE_PAGE, schemathesis.checks.negative_data_rejection]
    case.call_and_validate(base_url=f"{tenant.url}/api/v1", headers={"token": tenant.token}, excluded_checks=unsaid)
