# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For any answer to a read, a module ends with a result, and doesn't write after a doubtful answer."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.evolux.contact_center.plugins.module_utils._http import Client
from ansible_collections.evolux.contact_center.plugins.modules import (
    evolux_agent_info,
    evolux_queue,
    evolux_queue_info,
    evolux_queues,
    evolux_tenant_info,
)
from sandbox.control import Sandbox

QUEUES = [
    {"id": 1, "name": "Support", "slug": "support", "number": "3001", "public_number": None},
    {"id": 2, "name": "Sales", "slug": "sales", "number": "3002", "public_number": "5511"},
]
AGENTS = [{"id": 1, "login": "ana", "name": "Ana", "archived": False, "enable": True, "queues": [1]}]
OK = {"status": 200, "message": "OK"}
RIGHT = [{"meta": OK, "data": data} for data in (QUEUES, AGENTS)]
USES = [
    (evolux_queue, {"slug": "support", "number": "3009"}),
    (evolux_queues, {"queues": [{"slug": "support", "number": "3009"}], "archive_unlisted": True}),
    (evolux_queue_info, {"include_pauses": True}),
    (evolux_agent_info, {"queue": "support"}),
    (evolux_tenant_info, {}),
]
SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all nested values."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for key, inner in items for place in places(inner, (*path, key))]


@st.composite
def nearly_right(draw: Any) -> Any:
    """A correct answer with one value replaced or removed."""
    answer = copy.deepcopy(draw(st.sampled_from(RIGHT)))
    *way, last = draw(st.sampled_from(places(answer)))
    inner: Any = answer
    for key in way:
        inner = inner[key]
    if draw(st.booleans()):
        inner[last] = draw(anything)
    else:
        del inner[last]
    return answer


@pytest.fixture
def play(sandbox: Sandbox, run_module: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    monkeypatch.setattr(Client, "back_off", lambda *_attempt: None)

    def run(use: int, fault: dict[str, Any]) -> None:
        module, options = USES[use]
        tenant = sandbox.tenant(queues=[{key: queue[key] for key in ("name", "slug", "number")} for queue in QUEUES])
        # Writes are read back by id, and those reads aren't spoiled.
        tenant.fault("answer", method="GET", path="/(queues|pauses|agents)$", times=None, **fault)
        failed, result = run_module(module, tenant, {"retries": 1, **options})
        text = json.dumps(result)
        assert "Traceback" not in text
        assert "exception" not in result
        if failed:
            assert result["error"]["code"] != "invalid" or not tenant.writes()
            if result["error"]["code"] == "bad_answer":
                assert tenant.writes() == []
                assert result["changed"] is False

    return run


@SETTINGS
@given(
    use=st.sampled_from(range(len(USES))), answer=anything, status=st.sampled_from([200, 200, 200, 201, 204, 404, 500])
)
def test_any_json(use: int, answer: Any, status: int, play: Callable[..., None]) -> None:
    play(use, {"status": status, "text": json.dumps(answer), "content_type": "application/json"})


@SETTINGS
@given(use=st.sampled_from(range(len(USES))), answer=nearly_right())
def test_an_answer_that_is_nearly_right(use: int, answer: Any, play: Callable[..., None]) -> None:
    play(use, {"status": 200, "text": json.dumps(answer), "content_type": "application/json"})


@SETTINGS
@given(
    use=st.sampled_from(range(len(USES))),
    text=st.text(max_size=200),
    status=st.integers(200, 599),
    kind=st.sampled_from(["text/html", "application/json", "text/plain; charset=utf-7", "nonsense"]),
)
def test_any_text(use: int, text: str, status: int, kind: str, play: Callable[..., None]) -> None:
    play(use, {"status": status, "text": text, "content_type": kind})
