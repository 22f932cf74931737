# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A new row in the table of fields is all the code that a new field needs, from the option to the round trip."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

PLUGINS = "ansible_collections.evolux.contact_center.plugins."
TABLE = f"{PLUGINS}module_utils._queue"
BEFORE = "FIELDS: Final = {\n"
# One field that every read shows and create accepts, and one that create doesn't accept and reads may omit.
ROWS = """
    "made_up_text": Field(TEXT, clearable=True),
    "made_up_time": Field(SECONDS, on_create=False, always_shown=False),
"""
HELLO = {"slug": "support", "name": "Support", "number": "3001", "made_up_text": "Hello", "made_up_time": 20}
MODULES = ("evolux_queue", "evolux_queues", "evolux_queue_info")


@pytest.fixture
def plugins() -> Iterator[dict[str, Any]]:
    """The collection's modules, with these rows in the table."""
    ours = {name: module for name, module in sys.modules.items() if name.startswith(PLUGINS)}
    source = Path(str(importlib.import_module(TABLE).__file__))
    text = source.read_text()
    assert BEFORE in text
    for name in ours:
        if name.startswith((f"{PLUGINS}module_utils.", f"{PLUGINS}modules.")):
            del sys.modules[name]
    try:
        table = sys.modules[TABLE] = types.ModuleType(TABLE)
        exec(compile(text.replace(BEFORE, BEFORE + ROWS), source, "exec"), table.__dict__)
        yield {name: importlib.import_module(f"{PLUGINS}modules.{name}") for name in MODULES}
    finally:
        for name in [name for name in sys.modules if name.startswith(PLUGINS)]:
            del sys.modules[name]
        sys.modules.update(ours)
        # Packages also keep a reference to the modules imported last.
        for name, module in ours.items():
            package, _dot, own = name.rpartition(".")
            setattr(sys.modules[package], own, module)


class Server:
    """A tenant in this process instead of HTTP. It stores what it is sent and shows all fields but the hidden ones."""

    def __init__(self, hidden: tuple[str, ...], *queues: dict[str, Any], only_in_lists: bool = False) -> None:
        self.hidden = hidden
        self.only_in_lists = only_in_lists
        self.queues = {number: dict(queue) for number, queue in enumerate(queues, 1)}
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.threads = importlib.import_module(f"{PLUGINS}module_utils._threads").Threads()

    def answer(self, id: int, hidden: tuple[str, ...]) -> dict[str, Any]:
        empty = {"public_number": None, "made_up_text": None, "made_up_time": None}
        return {name: value for name, value in {**empty, **self.queues[id], "id": id}.items() if name not in hidden}

    def send(self, request: Any, **parts: Any) -> Any:
        sent = parts.get("json") or {name: value for name, (_file, value) in parts.get("files", {}).items()}
        self.requests.append((request.method, sent))
        id = int(tail) if (tail := request.path.rpartition("/")[2]).isdigit() else len(self.queues) + 1
        if request.method == "GET":
            return types.SimpleNamespace(json={"data": self.answer(id, () if self.only_in_lists else self.hidden)})
        self.queues.setdefault(id, {}).update(sent)
        return types.SimpleNamespace(json={"data": {"id": id}})

    def pages(self, _request: Any, _query: Mapping[str, str]) -> Iterator[Any]:
        yield types.SimpleNamespace(json={"data": [self.answer(id, self.hidden) for id in self.queues]})

    def bad_answer(self, _answer: Any, why: str) -> Exception:
        error: Exception = sys.modules[f"{PLUGINS}module_utils._errors"].EvoluxError("bad_answer", why)
        return error

    retries = taken = 0
    has_written = is_stopped = False

    def close(self) -> None:
        pass

    def secrets(self) -> set[str]:
        return set()

    def without_token(self, value: Any) -> Any:
        return value

    def writes(self) -> list[tuple[str, dict[str, Any]]]:
        writes = [request for request in self.requests if request[0] != "GET"]
        self.requests.clear()
        return writes


@pytest.fixture
def run(plugins: dict[str, Any], run_module: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(name: str, server: Server, options: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        monkeypatch.setattr(f"{PLUGINS}module_utils._module.Client", lambda _connection: server)
        tenant = types.SimpleNamespace(url="https://acme.example", token="token")
        result: dict[str, Any] = run_module(plugins[name], tenant, options, **kwargs)[1]
        return result

    return run


def test_a_queue_is_created_with_both(run: Any) -> None:
    server = Server(())
    foreseen = run("evolux_queue", server, HELLO, check_mode=True)
    assert (foreseen["queue"]["made_up_text"], server.writes()) == ("Hello", [])
    done = run("evolux_queue", server, HELLO)
    assert server.writes() == [
        ("POST", {"slug": "support", "name": "Support", "number": "3001", "made_up_text": "Hello"}),
        ("PUT", {"made_up_time": "20"}),
    ]
    assert done["queue"] == {**HELLO, "id": 1, "public_number": None, "archived": False, "extra": {}}
    assert done["diff"]["after"]["made_up_text"] == "Hello"
    assert (done["action"], done["unverified"]) == ("create", [])
    again = run("evolux_queue", server, HELLO)
    assert (again["changed"], server.writes()) == (False, [])


def test_what_differs_is_edited_and_an_empty_text_clears(run: Any) -> None:
    server = Server((), HELLO)
    task = {"slug": "support", "made_up_text": "", "made_up_time": 30}
    done = run("evolux_queue", server, task)
    assert server.writes() == [("PUT", {"made_up_text": "", "made_up_time": "30"})]
    assert done["diff"] == {
        "before": {"slug": "support", "made_up_text": "Hello", "made_up_time": 20},
        "after": {"slug": "support", "made_up_text": None, "made_up_time": 30},
    }
    # The server keeps the empty text, which counts as no value.
    server.queues[1]["made_up_text"] = None
    assert not run("evolux_queue", server, task)["changed"]


def test_what_reads_do_not_show_is_sent_as_its_own_option_says(run: Any) -> None:
    server = Server(("made_up_time",), HELLO)
    task = {"queues": [HELLO]}
    for check_mode in (True, False):
        result = run("evolux_queues", server, task, check_mode=check_mode)["results"][0]
        assert (result["action"], result["unverified"]) == ("update", ["made_up_time"])
        assert "made_up_time" not in result["queue"]
    assert server.writes() == [("PUT", {"made_up_time": "20"})]
    result = run("evolux_queues", server, {**task, "update_made_up_time": "on_create"})
    assert (result["changed"], server.writes()) == (False, [])
    new = {**HELLO, "slug": "sales", "number": "3002", "name": "Sales"}
    result = run("evolux_queue", server, {**new, "update_made_up_time": "on_create"})
    assert ([fields for _method, fields in server.writes()][1], result["unverified"]) == (
        {"made_up_time": "20"},
        ["made_up_time"],
    )


def test_what_only_reads_by_id_show_is_compared(run: Any) -> None:
    server = Server(("made_up_time",), HELLO, {**HELLO, "slug": "sales", "number": "3002"}, only_in_lists=True)
    queues = [{"slug": "support", "made_up_time": 20}, {"slug": "sales", "made_up_time": 30}]
    result = run("evolux_queues", server, {"queues": queues})
    assert [(each["action"], each["unverified"]) for each in result["results"]] == [("none", []), ("update", [])]
    assert [each["queue"]["made_up_time"] for each in result["results"]] == [20, 30]
    assert server.writes() == [("PUT", {"made_up_time": "30"})]


def test_what_the_info_module_returns_can_be_given_back(run: Any) -> None:
    server = Server((), HELLO)
    queues = run("evolux_queue_info", server, {})["queues"]
    assert (queues[0]["made_up_text"], queues[0]["made_up_time"]) == ("Hello", 20)
    result = run("evolux_queues", server, {"queues": queues})
    assert (result["changed"], result["results"][0]["action"], server.writes()) == (False, "none", [])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"made_up_text": True}, "made_up_text is the boolean True, which isn't text"),
        ({"made_up_time": -1}, "made_up_time is -1; set it to 0 or more seconds."),
    ],
)
def test_values_that_make_no_sense_are_refused(options: dict[str, Any], says: str, run: Any) -> None:
    server = Server((), HELLO)
    result = run("evolux_queues", server, {"queues": [{"slug": "support", **options}]})
    assert (result["failed"], result["error"]["code"], server.writes()) == (True, "invalid", [])
    assert says in result["msg"]


def test_an_answer_without_the_field_is_refused(run: Any) -> None:
    result = run("evolux_queue_info", Server(("made_up_text",), HELLO), {})
    assert (result["failed"], result["error"]["code"]) == (True, "bad_answer")
    assert "a queue lacks made_up_text" in result["msg"]


def test_the_rows_are_gone_afterwards() -> None:
    assert "made_up_text" not in importlib.import_module(TABLE).FIELDS
