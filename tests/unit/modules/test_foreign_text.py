# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text from servers and files reaches people without side effects, and playbooks unchanged."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest

from ansible_collections.evolux.contact_center.plugins.modules import evolux_queue, evolux_queue_info, evolux_queues
from sandbox.control import Sandbox

# A line that hides another, an event of ansible-runner, a bell and a C1 control, an override, a forged recap.
NAMES = [
    "\x1b[2K\x1b[1G  - test     Test queue\x1b[8m",
    "\x1b[KeyJ1dWlkIjoiMSJ9\x1b[56D\x1b[K",
    "\x07bell\x9b2J",
    "\u202ereversed\u2066",
    "Sales\n\nPLAY RECAP ****\nlocalhost : ok=1",
    "zero\u200bwidth\u2060\ufeff",
]
KEPT = "\n"  # between the lines of a plan or of a message


def foreign(text: str) -> set[str]:
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c != KEPT}


def read_by_people(result: dict[str, Any]) -> list[str]:
    diff = result.get("diff", {})
    facts = [str(value) for side in ("before", "after") for value in diff.get(side, {}).values()]
    return [*facts, diff.get("prepared", ""), result.get("msg", ""), *map(str, result.get("warnings", []))]


def check(result: dict[str, Any], name: str) -> None:
    for text in read_by_people(result):
        assert not foreign(text), text
        assert "\nlocalhost" not in text
        assert name not in text or name.isprintable()


@pytest.mark.parametrize("name", NAMES)
def test_names_have_no_effect_on_a_terminal(name: str, sandbox: Sandbox, run_module: Any) -> None:
    queues = [{"name": name, "slug": f"s{n}", "number": str(n)} for n in range(2)]
    every = {"archive_unlisted": True, "archive_unlisted_limit": 9}
    uses: list[tuple[Any, dict[str, Any], bool]] = [
        (evolux_queues, {"queues": [{"slug": "s0", "name": f"{name}!"}], **every}, False),
        (evolux_queues, {"queues": [{"name": f"New {name}", "slug": "new", "number": "7"}]}, False),
        (evolux_queues, {"queues": [{"name": name}, {"name": name}, {"slug": name}]}, True),
        (evolux_queues, {"queues": [{"slug": name, "state": "archived"}]}, False),
        (evolux_queues, {"queues": [{"slug": "s0", name: "x"}]}, True),
        (evolux_queues, {"queues": [{"slug": "s0"}], "archive_unlisted": True, "archive_unlisted_limit": 0}, True),
        (evolux_queue, {"slug": "s0", "name": f"{name}!"}, False),
        (evolux_queue, {"name": name, "number": "3"}, True),
        (evolux_queue, {"slug": "s0", "number": "1"}, True),
        (evolux_queue, {"slug": "s0", "state": "archived"}, False),
        (evolux_queue, {"slug": name, "state": "archived"}, False),
        (evolux_queue, {"slug": "s0", "state": name}, True),
    ]
    for module, options, fails in uses:
        tenant = sandbox.tenant(queues=queues)
        failed, result = run_module(module, tenant, options)
        assert failed is fails, result
        check(result, name)
        assert any(read_by_people(result))
    failed, result = run_module(evolux_queue_info, sandbox.tenant(queues=queues), {})
    assert [queue["name"] for queue in result["queues"]] == [name, name]


@pytest.mark.parametrize("words", NAMES)
@pytest.mark.parametrize("module", [evolux_queue, evolux_queues])
def test_a_servers_words_have_no_effect_either(module: Any, words: str, sandbox: Sandbox, run_module: Any) -> None:
    tenant = sandbox.tenant(queues=[{"name": n, "slug": n, "number": str(i)} for i, n in enumerate("ab")])
    tenant.fault("answer", method="PUT", status=422, times=None, json={"meta": {"status": 422, "message": words}})
    entries = [{"slug": slug, "name": "x"} for slug in "ab"]
    failed, result = run_module(module, tenant, {"queues": entries} if module is evolux_queues else entries[0])
    assert failed
    check(result, words)
    assert result["error"]["message"] == words


def test_a_value_that_the_server_changed_is_shown_differently(sandbox: Sandbox, run_module: Any) -> None:
    tenant = sandbox.tenant(queues=[{"name": "Sales Team", "slug": "sales", "number": "1"}])
    tenant.fault("answer", method="PUT", status=200, json={"meta": {}})
    _failed, result = run_module(evolux_queue, tenant, {"slug": "sales", "name": "Sales\u00a0Team", "retries": 0})
    assert 'name is "Sales Team", not "Sales\\u00a0Team"' in result["msg"]
    assert result["diff"]["before"]["name"] == '"Sales Team"'
    assert result["diff"]["after"]["name"] == '"Sales\\u00a0Team"'


@pytest.mark.parametrize("half", ["\ud83d", "\udc00x", "a\ud83d\ud83d"])
def test_half_a_character_is_replaced_wherever_it_is(half: str, sandbox: Sandbox, run_module: Any) -> None:
    queue = {"id": 1, "name": half, "slug": "s", "number": "1", "public_number": None, half: {half: [half]}}
    for module, options in (
        (evolux_queue_info, {}),
        (evolux_queue, {"slug": "s", "number": "2"}),
        (evolux_queues, {"queues": [{"slug": "s", "number": "2"}]}),
    ):
        tenant = sandbox.tenant(queues=[{"name": "S", "slug": "s", "number": "1"}])
        body = json.dumps({"meta": {"status": 200}, "data": [queue]})
        tenant.fault("answer", method="GET", path="/queues$", status=200, times=None, text=body)
        _failed, result = run_module(module, tenant, {"retries": 0, **options})
        # The list never shows the new number.
        assert result.get("error", {"code": "ignored"})["code"] == "ignored", result
        json.dumps(result, ensure_ascii=False).encode()
    assert result["queues"][0]["name"].count("\ufffd") == sum(0xD800 <= ord(c) < 0xE000 for c in half)
