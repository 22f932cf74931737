# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""evolux_queue_info in this process: filters, archived queues and pauses."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.evolux.contact_center.plugins.modules import evolux_queue_info
from sandbox.control import Sandbox

SUPPORT = {"name": "Support", "slug": "support", "number": "3001"}
OLD = {"name": "Support", "slug": "old", "number": "3001", "archived": True}
SALES = {"name": "Sales", "slug": "sales", "number": "3002", "pauses": [{"name": f"pause {n}"} for n in range(5)]}


@pytest.mark.parametrize(
    ("options", "slugs", "requests"),
    [
        ({}, ["sales", "support"], 1),
        ({"include_archived": True}, ["old", "sales", "support"], 2),
        ({"name": "Support"}, ["support"], 1),
        ({"name": "Support", "include_archived": True}, ["old", "support"], 2),
        ({"name": "support"}, [], 1),
        ({"slug": "sales", "number": "3002"}, ["sales"], 1),
        ({"slug": "sales", "number": "3001"}, [], 1),
        ({"slug": "", "number": ""}, ["sales", "support"], 1),
        ({"slug": "old"}, [], 1),
        ({"queue_id": 2}, ["old"], 2),
        ({"id": 1}, ["support"], 1),
        ({"id": 1, "name": "Sales"}, [], 1),
        ({"id": 99}, [], 1),
    ],
)
def test_info(options: dict[str, Any], slugs: list[str], requests: int, sandbox: Sandbox, run_module: Any) -> None:
    tenant = sandbox.tenant(queues=[SUPPORT, OLD, SALES])
    if "queue_id" in options:
        options = {**options, "include_archived": True}
    failed, result = run_module(evolux_queue_info, tenant, options)
    assert not failed, result
    assert [queue["slug"] for queue in result["queues"]] == slugs
    assert all(queue["archived"] is (queue["slug"] == "old") for queue in result["queues"])
    assert not any("pauses" in queue for queue in result["queues"])
    assert (result["changed"], len(tenant.requests())) == (False, requests)


@pytest.mark.parametrize("pagination", [True, False])
def test_info_with_all_pages_of_pauses(pagination: bool, sandbox: Sandbox, run_module: Any) -> None:
    tenant = sandbox.tenant(queues=[SUPPORT, SALES], switches={"page_cap": 2, "pauses_pagination": pagination})
    _failed, result = run_module(evolux_queue_info, tenant, {"include_pauses": True})
    sales, support = result["queues"]
    assert [pause["name"] for pause in sales["pauses"]] == [f"pause {n}" for n in range(5)]
    assert support["pauses"] == []


@pytest.mark.parametrize("name", ["slug", "name", "number"])
def test_filters_are_texts(name: str, sandbox: Sandbox, run_module: Any) -> None:
    tenant = sandbox.tenant(queues=[SUPPORT, SALES])
    failed, result = run_module(evolux_queue_info, tenant, {name: False})
    assert (failed, result["error"]["code"], tenant.requests()) == (True, "invalid", [])
    assert f"{name} is the boolean False" in result["msg"]
    failed, result = run_module(evolux_queue_info, tenant, {name: 3001})
    assert [queue["slug"] for queue in result["queues"]] == ["support"] * (name == "number")
    assert f"{name} as '3001'" in str(result["warnings"])


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        (("api_token",), "missing required arguments: api_token; set it here or in EVOLUX_API_TOKEN"),
        (
            ("api_token", "api_url"),
            "missing required arguments: api_token, api_url; set them here or in EVOLUX_API_TOKEN and EVOLUX_API_URL",
        ),
    ],
)
def test_what_is_missing_is_said_with_its_variable(
    missing: tuple[str, ...], says: str, sandbox: Sandbox, run_module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in missing:
        monkeypatch.delenv(name.upper().replace("API", "EVOLUX_API"), raising=False)
    failed, result = run_module(evolux_queue_info, sandbox.tenant(), dict.fromkeys(missing, ""))
    assert (failed, result["msg"], result["error"]["code"]) == (True, says, "invalid")
