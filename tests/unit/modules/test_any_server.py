# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any combination of readings of the API: the tenant ends up as listed, or the run says why it doesn't."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from ansible_collections.evolux.contact_center.plugins.module_utils._http import Client
from ansible_collections.evolux.contact_center.plugins.modules import (
    evolux_queue_info,
    evolux_queues,
    evolux_tenant_info,
)
from sandbox.control import Sandbox, Tenant
from sandbox.switches import EDITABLE, READINGS

DIDS = ["5511", "5522"]
RETRIES = 2
# Other tests cover rate limits.
TIMING = ("limited_as",)


@st.composite
def servers(draw: Any) -> dict[str, Any]:
    """A combination of readings, most of them the sandbox's defaults."""
    turned = draw(st.lists(st.sampled_from(sorted(READINGS.keys() - set(TIMING))), max_size=8, unique=True))
    switches = {name: draw(st.sampled_from(READINGS[name])) for name in turned}
    switches["reads_lag"] = draw(st.integers(0, RETRIES))
    if draw(st.booleans()):
        switches["list_page_cap"] = draw(st.sampled_from([50, 50, 2]))
        # With an unusual page size, further pages are only read if the server says that there are any.
        switches["list_pagination"] = switches["list_page_cap"] == 2 or draw(st.booleans())
    if draw(st.integers(0, 9)) == 0:
        switches["edit_without_effect"] = draw(st.lists(st.sampled_from(EDITABLE), unique=True))
    return switches


@st.composite
def tenants(draw: Any) -> list[dict[str, Any]]:
    """A few queues, sometimes followed by more than a page of others."""
    numbers = iter(draw(st.permutations("12345")))
    dids = iter(draw(st.permutations([*DIDS, None, None, None])))
    queues = [
        {
            "slug": slug,
            "name": f"Queue {slug}",
            "number": next(numbers),
            "public_number": next(dids),
            "max_wait_time": draw(st.sampled_from([None, 30])),
            "archived": draw(st.sampled_from([False, False, False, True])),
            "enabled": draw(st.sampled_from([False, False, False, True])),
        }
        for slug in draw(st.lists(st.sampled_from("abc"), unique=True, min_size=1))
    ]
    more = draw(st.sampled_from([0, 0, 60]))
    return [*({"slug": f"z{n}", "name": f"Z{n}", "number": str(1000 + n)} for n in range(more)), *queues]


@st.composite
def wishes(draw: Any) -> list[dict[str, Any]]:
    """Entries that don't contradict each other."""
    numbers = iter(draw(st.permutations("12345678")))
    wanted: list[dict[str, Any]] = []
    for slug in draw(st.lists(st.sampled_from("abcde"), unique=True, min_size=1)):
        if draw(st.integers(0, 4)) == 0:
            wanted.append({"slug": slug, "state": "archived"})
            continue
        entry = {"slug": slug, "name": draw(st.sampled_from(["Queue", "Fila São"])) + f" {slug}"}
        entry["number"] = next(numbers)
        for name, values in (("public_number", [*DIDS, "", "9999"]), ("max_wait_time", [30, 60])):
            if draw(st.booleans()):
                entry[name] = draw(st.sampled_from(values))
        wanted.append(entry)
    return wanted


def unlike(entry: dict[str, Any], queue: dict[str, Any] | None) -> list[str]:
    """The fields of an entry that the tenant doesn't match."""
    if entry.get("state") == "archived":
        return ["state"] if queue and not queue["archived"] else []
    if queue is None or queue["archived"]:
        return ["slug"]
    return [name for name, value in entry.items() if queue[name] != (None if value == "" else value)]


def facts(tenant: Tenant) -> dict[str, dict[str, Any]]:
    return {queue["slug"]: queue for queue in tenant.queues() if not queue["archived"]} | {
        f"{queue['slug']} {queue['id']}": queue for queue in tenant.queues() if queue["archived"]
    }


@settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(switches=servers(), current=tenants(), wanted=wishes(), concurrency=st.sampled_from([1, 8]))
def test_as_wanted_or_told_why_not(
    switches: dict[str, Any],
    current: list[dict[str, Any]],
    wanted: list[dict[str, Any]],
    concurrency: int,
    sandbox: Sandbox,
    run_module: Any,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "back_off", lambda *_attempt: None)
        tenant = sandbox.tenant(queues=current, dids=DIDS, switches=switches)
        options = {"retries": RETRIES, "concurrency": concurrency, "update_max_wait_time": "on_create"}
        task = {"queues": wanted, **options}
        before = facts(tenant)
        foreseen, predicted = run_module(evolux_queues, tenant, task, check_mode=True)
        assert not tenant.writes()
        failed, result = run_module(evolux_queues, tenant, task)
        after = facts(tenant)
        event(f"ends as {result['error']['code'] if failed else 'wanted'}")

        assert tenant.token not in json.dumps(result)
        # In any case, queues that no entry names are unchanged, and none is gone.
        named = {entry["slug"] for entry in wanted}
        others = {key for key, queue in before.items() if queue["slug"] not in named}
        assert {key: after[key] for key in others} == {key: before[key] for key in others}
        assert {queue["id"] for queue in before.values()} <= {queue["id"] for queue in after.values()}
        if failed:
            assert result["msg"]
            assert result["changed"] or after == before, result
            fates = [entry for entry in result.get("results", []) if entry["status"] == "failed"]
            assert all(entry["error"]["msg"] for entry in fates)
        else:
            assert not foreseen, predicted
            left = {entry["slug"]: unlike(entry, after.get(entry["slug"])) for entry in wanted}
            # A wait time that no read shows is only set on new queues, as requested.
            ours = {key for key, names in left.items() if set(names) - {"max_wait_time"}}
            assert not ours, (left, result)
            assert result["changed"] is (after != before)
            failed, info = run_module(evolux_queue_info, tenant, {"retries": RETRIES, "include_archived": True})
            assert not failed, info
            seen = {(queue["id"], queue["archived"]) for queue in info["queues"]}
            assert seen == {(queue["id"], queue["archived"]) for queue in tenant.queues()}

        # The next run changes nothing, or says again why the tenant isn't as listed.
        tenant.mark("again")
        failed_again, again = run_module(evolux_queues, tenant, task)
        if not failed:
            assert not failed_again, again
            assert again["changed"] is False, again
            assert facts(tenant) == after


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(switches=servers(), current=tenants(), people=st.sampled_from([0, 3, 50, 130]))
def test_a_first_look_is_right_or_says_that_it_does_not_know(
    switches: dict[str, Any], current: list[dict[str, Any]], people: int, sandbox: Sandbox, run_module: Any
) -> None:
    agents = [{"login": f"a{n}", "name": f"Agent {n}"} for n in range(people)]
    tenant = sandbox.tenant(queues=current, agents=agents, dids=DIDS, switches=switches)
    failed, result = run_module(evolux_tenant_info, tenant, {"retries": 0})
    assert not failed, (switches, result)
    assert len(tenant.requests()) <= 12
    assert tenant.writes() == []
    archived = sum(queue.get("archived", False) for queue in current)
    right = {"active": len(current) - archived, "archived": archived}
    assert all(count in (right[state], None) for state, count in result["queues"].items()), (switches, result)
    assert result["agents"] in ((people, None) if switches.get("agents", True) else (None,))
    shown = {"never": "no", "read": "read", "always": "list"}[switches.get("show_max_wait_time", "never")]
    assert result["shows_max_wait_time"] == shown
    assert result["numbers_as"] == ("number" if switches.get("numbers_as_json") else "text")
    cap = switches.get("list_page_cap")
    assert result["lists_paged"] is bool(cap and (switches["list_pagination"] or len(current) > cap))
