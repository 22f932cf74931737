# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make live` on the sandbox: the report names the reading that a tenant follows, and nothing else."""

from __future__ import annotations

import ast
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from live import report
from live.__main__ import ask
from live.questions import AS_ASSUMED, HANDLED, NOT_HANDLED, QUESTIONS, UNKNOWN, Other, Row, rows, shown
from live.visit import BURST, Given, NotSeen, Visit
from live.wire import Answer, Stop, Wire, checked_url
from sandbox.__main__ import _value as sandbox_value
from sandbox.control import Sandbox, Tenant
from sandbox.switches import EDITABLE, READINGS, Switches

TOKEN, DID = "tokensecret", "558432220000"
NUMBERS = ("7001", "7002", "7003", "7004")
# More than one page of each; no sort order coincides with another.
QUEUES = [
    {"name": f"Geheim {n * 7919 % 61:02}", "slug": f"geheim_{n}", "number": str(88000 + n)}
    | ({"pauses": [{"name": f"Pausa {each}"} for each in range(60)], "public_number": "551199990000"} if n == 0 else {})
    for n in range(60)
] + [{"name": "Geheim alt", "slug": "geheim_alt", "number": "88900", "archived": True}]
AGENTS = [{"name": f"Agente {n * 7919 % 61:02}", "login": f"geheim.{n}"} for n in range(60)]


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    """A sandbox without the API's description: `make live` sends requests that the description doesn't allow."""
    with Sandbox() as running:
        yield running


def new_tenant(server: Sandbox, **switches: Any) -> Tenant:
    return server.tenant(TOKEN, queues=QUEUES, agents=AGENTS, dids=[DID, "551199990000"], switches=switches)


def visited(tenant: Tenant, *, write: bool = True, burst: bool = False, did: str | None = DID) -> dict[str, Row]:
    visit = Visit(Wire(tenant.url, tenant.token), Given(NUMBERS, did))
    broken_off, _left = ask(visit, write=write, burst=burst)
    assert broken_off is None
    return {row.question.name: row for row in rows(visit.seen)}


def active_ones(tenant: Tenant) -> list[str]:
    """The names of the queues that a run left active."""
    return [queue["name"] for queue in tenant.queues() if "Evolux" in queue["name"] and not queue["archived"]]


# ---- each reading on its own ----

# Readings of switches without a fixed set of choices.
MORE: dict[str, list[Any]] = {
    "edit_without_effect": [(name,) for name in EDITABLE],
    "reads_lag": [1, 3],
    "extra_fields": [{"color": "Geheim"}],
    "page_cap": [20, 100],
    "list_page_cap": [20, 50],
    "requests_per_second": [15],
}
# Other switches that a reading needs before it shows at all.
BESIDE: dict[str, dict[str, Any]] = {
    "list_pagination": {"list_page_cap": 50},
    "limited_as": {"requests_per_second": 15},
    "edit_without_effect": {"show_max_wait_time": "read"},
}
NO_EFFECT = "nothing is archived that could show it"
# The other questions whose answers change: for a switch and its reading, the question and the reason.
ALSO: dict[tuple[str, str], dict[str, str]] = {
    ("forbidden_by_state", "400"): {"archived_not_asked_for": "one switch of the sandbox turns both"},
    ("forbidden_by_state", "409"): {"archived_not_asked_for": "one switch of the sandbox turns both"},
    ("enable_new_queues", "true"): {
        **dict.fromkeys(("archive_again", "archived_slugs", "unique_numbers", "archive_answer"), NO_EFFECT),
        "archive_without_effect": NO_EFFECT,
    },
    ("archive_without_effect", "true"): dict.fromkeys(
        ("archive_again", "archived_slugs", "unique_numbers", "forbidden_by_state"), NO_EFFECT
    ),
    ("edit_without_effect", "number"): {"unique_numbers": "no number can be moved to a queue"},
    ("edit_without_effect", "public_number"): dict.fromkeys(("dids", "empty_did"), "no DID can be moved to a queue"),
    ("agents", "false"): dict.fromkeys(("agents_order", "agents_pagination", "agent_fields"), "there are no agents"),
    ("requests_per_second", "15"): {"limited_as": "it is seen as soon as there is a limit"},
    **{("list_page_cap", each): {"list_pagination": "it is seen as soon as there are pages"} for each in ("20", "50")},
}


def turned() -> Iterator[tuple[str, Any]]:
    for entry in fields(Switches):
        assumed = getattr(Switches(), entry.name)
        for reading in READINGS.get(entry.name, MORE.get(entry.name, ())):
            if reading != assumed or entry.name in BESIDE:
                yield entry.name, reading


@pytest.fixture(scope="module")
def usual(server: Sandbox) -> dict[str, Row]:
    tenant = new_tenant(server)
    found = visited(tenant)
    assert active_ones(tenant) == []
    assert sum("Evolux" in queue["name"] for queue in tenant.queues()) == 2
    return found


def test_the_sandbox_is_as_assumed(usual: dict[str, Row]) -> None:
    others = {name: row.verdict for name, row in usual.items() if row.verdict != AS_ASSUMED}
    not_seen = ("slug_of_nothing", "list_pagination", "requests_per_second", "limited_as")
    assert others == dict.fromkeys(not_seen, UNKNOWN)


def test_how_much_is_asked(server: Sandbox) -> None:
    """As docs/limits.md says before people run it."""
    before = len(server.requests())
    visited(new_tenant(server), write=False)
    asked = server.requests()[before:]
    assert 20 <= len(asked) <= 30
    assert [each["headers"]["token"] for each in asked if each["status"] == 401] == [f"{TOKEN}x"]

    tenant = new_tenant(server)
    visited(tenant)
    creates = [each["status"] for each in tenant.writes() if each["method"] == "POST"]
    # Two, and what should be refused: one of nothing, after which a server that takes it is asked no more, and six.
    assert (creates.count(201), len(creates) - creates.count(201)) == (2, 1 + 6)
    assert BURST == 30


def test_a_queue_without_a_name_is_left_to_people(server: Sandbox) -> None:
    class Taking(Wire):
        """A server that takes a create of nothing."""

        def send(self, method: str, path: str, **parts: Any) -> Answer:
            if parts.get("json") == {}:
                return Answer(201, {"meta": {"status": 201}, "data": {"id": 99}})
            return super().send(method, path, **parts)

    tenant = new_tenant(server)
    broken_off, _left = ask(Visit(Taking(tenant.url, tenant.token), Given(NUMBERS, DID)), write=True)
    assert broken_off is not None
    assert "Look for it in Evolux, and archive it." in broken_off
    assert tenant.writes() == []


def test_every_switch_is_asked_about() -> None:
    assert {entry.name for entry in fields(Switches)} == {each.name for each in QUESTIONS if each.is_switch}
    assert {entry.name for entry in fields(Switches)} == {name for name, _reading in turned()}


@pytest.mark.parametrize(("switch", "reading"), list(turned()), ids=str)
def test_each_reading_is_named(switch: str, reading: Any, server: Sandbox, usual: dict[str, Row]) -> None:
    beside = BESIDE.get(switch, {})
    # For undocumented fields, only the names are reported.
    observed = tuple(reading) if switch == "extra_fields" else reading
    needs_writing = next(each.needs_writing for each in QUESTIONS if each.name == switch)

    tenant = new_tenant(server, **beside, **{switch: reading})
    read = visited(tenant, write=False)
    assert tenant.writes() == []
    assert all(len(line) <= report.WIDTH for line in report.table(list(read.values())).splitlines())
    if not needs_writing:
        assert (read[switch].observed, type(read[switch].observed)) == (observed, type(observed))
    if switch == "limited_as":
        return  # a second run would only take time

    tenant = new_tenant(server, **beside, **{switch: reading})
    found = visited(tenant)
    assert (found[switch].observed, type(found[switch].observed)) == (observed, type(observed))
    assert found[switch].verdict == (AS_ASSUMED if reading == getattr(Switches(), switch) else HANDLED)
    others = {name: row.verdict for name, row in found.items() if name != switch and name not in beside}
    also = ALSO.get((switch, shown(observed)), {})
    assert {name for name, verdict in others.items() if verdict != usual[name].verdict} == also.keys()
    assert all(len(line) <= report.WIDTH for line in report.table(list(found.values())).splitlines())

    # Only queues that the API can't archive are left active, and the tenant's own queues haven't changed.
    left = {"enable_new_queues", "archive_without_effect"}
    assert bool(active_ones(tenant)) is (switch in left and reading is True)
    assert others_queues(tenant) == BEFORE


BEFORE = [
    {"id": id, "public_number": None, "max_wait_time": None, "enabled": False, "archived": False}
    | {name: value for name, value in queue.items() if name != "pauses"}
    for id, queue in enumerate(QUEUES, 1)
]


def others_queues(tenant: Tenant) -> list[dict[str, Any]]:
    return [queue for queue in tenant.queues() if queue["slug"].startswith("geheim")]


# ---- several readings, and behavior that is none of them ----

SIX: dict[str, Any] = {
    "bad_token": 400,
    "edit_as": "json",
    "archive_answer": "none",
    "list_page_cap": 50,
    "unique_numbers": "all",
    "show_max_wait_time": "read",
}
COMBINATIONS: list[tuple[dict[str, Any], dict[str, str]]] = [
    (SIX, {}),
    # Without pagination and with an unusual page size, the list ends too early for the collection.
    ({"list_page_cap": 20, "list_pagination": False}, {"list_page_cap": NOT_HANDLED}),
    # More than the modules' default for retries.
    ({"reads_lag": 4}, {"reads_lag": NOT_HANDLED}),
    ({"slug_form": "any", "numbers": "any", "archived_slugs": "free", "refusals_in": "meta"}, {}),
    (
        {"edit_as": "either", "reads_lag": 1, "unknown_did": "refused", "plain_refusals": "html", "dids": "exclusive"},
        {},
    ),
    ({"page_cap": 20, "limit_above": "refused", "past_end": "last", "agents_pagination": False}, {"page_cap": UNKNOWN}),
]


@pytest.mark.parametrize(("switches", "verdicts"), COMBINATIONS)
def test_readings_together(switches: dict[str, Any], verdicts: dict[str, str], server: Sandbox) -> None:
    tenant = new_tenant(server, **switches)
    found = visited(tenant)
    for name, reading in switches.items():
        assert found[name].verdict == verdicts.get(name, HANDLED)
        assert found[name].verdict == UNKNOWN or found[name].observed == reading
    also = {name for name, row in found.items() if row.verdict in (HANDLED, NOT_HANDLED)} - switches.keys()
    assert also == set()
    assert active_ones(tenant) == []


def test_a_small_tenant_shows_less(server: Sandbox) -> None:
    tenant = server.tenant(TOKEN)
    found = visited(tenant, write=False)
    assert {name: str(row.observed) for name, row in found.items() if isinstance(row.observed, NotSeen)} == {
        **{each.name: "needs WRITE=yes" for each in QUESTIONS if each.needs_writing},
        "slug_of_nothing": "no name would show it",
        "archived_not_asked_for": "no queue is archived",
        "archived_pauses": "no queue is archived",
        **dict.fromkeys(("queue_fields", "extra_fields"), "no queue"),
        **dict.fromkeys(("show_max_wait_time", "pauses_pagination"), "no queue is active"),
        "numbers_as_json": "no number shows it",
        "list_order": "fewer than 3 queues",
        **dict.fromkeys(("list_page_cap", "list_pagination"), "fewer than 51 queues"),
        "agents_order": "fewer than 3 agents",
        "agent_fields": "no agent",
        "past_end": "no agents",
        "requests_per_second": "no limit reached; try --burst",
        "limited_as": "no limit reached",
    }


def test_what_reading_shows_of_writes(server: Sandbox) -> None:
    twice = [{"name": "A", "number": "1", "public_number": DID}, {"name": "B", "number": "2", "public_number": DID}]
    found = visited(server.tenant(TOKEN, queues=twice, dids=[DID]), write=False)
    assert found["dids"].observed == "shared"


def test_without_a_did(server: Sandbox) -> None:
    found = visited(new_tenant(server), did=None)
    assert {name for name, row in found.items() if str(row.observed) == "needs a free DID"} == {"dids", "empty_did"}


def test_a_burst_meets_a_limit_or_none(server: Sandbox) -> None:
    assert visited(new_tenant(server), write=False, burst=True)["requests_per_second"].verdict == AS_ASSUMED
    tenant = new_tenant(server)
    visit = Visit(Wire(tenant.url, tenant.token), Given())
    visit.read()
    tenant.switch(requests_per_second=5, limited_as="429 without Retry-After")
    visit.hurry()
    found = {row.question.name: row.observed for row in rows(visit.seen)}
    assert found["limited_as"] == "429 without Retry-After"
    assert 5 <= found["requests_per_second"] < BURST


# ---- the command for a sandbox with the same readings ----


@pytest.mark.parametrize(
    "switches",
    [SIX, {"requests_per_second": 15, "limited_as": "429 without Retry-After"}, {"extra_fields": {"a": None}}],
)
def test_the_command_for_a_sandbox(switches: dict[str, Any], server: Sandbox) -> None:
    found = visited(new_tenant(server, **switches), write="edit_as" in switches)
    words = report.sandbox_command(list(found.values()))
    assert words is not None
    make, target, arguments = shlex.split(words)
    assert (make, target) == ("make", "sandbox")
    options = [option for option in shlex.split(arguments.removeprefix("ARGS=")) if option != "--switch"]
    # Parsed like the sandbox's own option.
    assert {name: sandbox_value(text) for name, _equals, text in (each.partition("=") for each in options)} == switches


# ---- interruptions ----


class Interrupted(Wire):
    """Simulates Ctrl-C after this many writes."""

    def __init__(self, tenant: Tenant, after: int) -> None:
        super().__init__(tenant.url, tenant.token)
        self.left = after

    def send(self, method: str, path: str, **parts: Any) -> Answer:
        answer = super().send(method, path, **parts)
        if method != "GET":
            self.left -= 1
            if not self.left:
                raise KeyboardInterrupt
        return answer


class Interruptible(Visit):
    """Ignores signals while it archives. Has little patience, since the sandbox does everything at once."""

    patience = 1

    def tidy(self) -> int:
        assert isinstance(self.wire, Interrupted)
        self.wire.left = 0
        return super().tidy()


def test_interrupted_after_any_write(server: Sandbox) -> None:
    for after in range(1, 99):
        tenant = new_tenant(server)
        wire = Interrupted(tenant, after)
        visit = Interruptible(wire, Given(NUMBERS, DID))
        broken_off, left = ask(visit, write=True)
        assert (active_ones(tenant), left) == ([], None), after
        assert others_queues(tenant) == BEFORE
        if broken_off is None:
            break
        assert broken_off == "It was interrupted.", after
    assert after > 15


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("skip", [0, 1, 2])
def test_an_answer_gets_lost(method: str, skip: int, server: Sandbox) -> None:
    tenant = new_tenant(server)
    tenant.fault("cut", when="after", method=method, skip=skip)
    visit = Visit(Wire(tenant.url, tenant.token), Given(NUMBERS, DID))
    visit.patience = 1
    broken_off, left = ask(visit, write=True)
    assert (broken_off == "A request to create a queue wasn't answered.") is (method == "POST" and skip > 0)
    assert (active_ones(tenant), left) == ([], None)
    assert others_queues(tenant) == BEFORE
    assert rows(visit.seen)


def test_it_says_if_nobody_can_know_what_stays(server: Sandbox) -> None:
    tenant = new_tenant(server)
    # From the first edit on, the server no longer answers.
    wire = Wire(tenant.url, tenant.token)
    visit = Visit(wire, Given(NUMBERS, DID), lambda text: tenant.fault("cut", times=None) if text == "edits" else None)
    _broken_off, left = ask(visit, write=True)
    assert left is not None
    assert re.search(r'Look in Evolux for active queues whose names begin with "Evolux check \w+"', left)
    assert len(active_ones(tenant)) == 2


@pytest.mark.parametrize("id", [3, 61, 9999, None])
def test_only_what_it_made_is_changed(id: int | None, server: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    tenant = new_tenant(server)
    tenant.fault("answer", when="after", method="POST", skip=1, status=201, json={"data": {"id": id}})
    broken_off, left = ask(Visit(Wire(tenant.url, tenant.token), Given(NUMBERS, DID)), write=True)
    assert broken_off is not None
    assert left is None
    assert active_ones(tenant) == []
    assert others_queues(tenant) == BEFORE


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (Given(("7001", "7002")), "isn't a list of free numbers"),
        (Given(("7001", "7002", "7002")), "isn't a list of free numbers"),
        (Given(("7001", "7002", "7oo3")), "isn't a list of free numbers"),
        (Given(NUMBERS, "+55"), "EVOLUX_LIVE_DID isn't a DID"),
        (Given((*NUMBERS, "88003")), "A number of EVOLUX_LIVE_NUMBERS belongs to an active queue"),
        (Given(NUMBERS, "551199990000"), "EVOLUX_LIVE_DID belongs to an active queue"),
    ],
)
def test_what_is_given_must_be_free(wanted: Given, says: str, server: Sandbox) -> None:
    tenant = new_tenant(server)
    broken_off, left = ask(Visit(Wire(tenant.url, tenant.token), wanted), write=True)
    assert broken_off is not None
    assert says in broken_off
    assert "88003" not in broken_off
    assert left is None
    assert tenant.writes() == []


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            {"kind": "redirect", "location": "http://elsewhere.invalid/"},
            "The server redirects (HTTP 302)",
        ),
        ({"kind": "answer", "status": 401, "json": {}}, "The server rejected the token (HTTP 401)"),
        ({"kind": "answer", "text": "<html>", "status": 200}, "isn't what the Evolux API documents"),
        ({"kind": "cut"}, "EVOLUX_API_URL didn't answer"),
    ],
)
def test_no_tenant_there(fault: dict[str, Any], says: str, server: Sandbox) -> None:
    tenant = new_tenant(server)
    tenant.fault(times=None, **fault)
    broken_off, left = ask(Visit(Wire(tenant.url, tenant.token), Given(NUMBERS)), write=True)
    assert broken_off is not None
    assert says in broken_off
    assert left is None
    assert [entry["method"] for entry in tenant.requests()] == ["GET"]


@pytest.mark.parametrize(
    ("url", "is_taken"),
    [
        ("https://acme.evolux.net.br/", True),
        ("http://127.0.0.1:8765", True),
        ("http://localhost:1", True),
        ("http://[::1]:1", True),
        ("http://acme.evolux.net.br", False),
        ("http://127.evil.invalid", False),
        ("https://user:word@acme.evolux.net.br", False),
        ("https://acme.evolux.net.br/api", False),
        ("acme.evolux.net.br", False),
        ("", False),
    ],
)
def test_addresses(url: str, is_taken: bool) -> None:
    if is_taken:
        assert checked_url(url) == url.rstrip("/")
    else:
        with pytest.raises(Stop, match="EVOLUX_API_URL"):
            checked_url(url)


# ---- random combinations, and nonsense ----


@st.composite
def combinations(draw: Any) -> dict[str, Any]:
    choices = {**READINGS, **MORE}
    # The tests above cover the slow ones.
    names = st.sampled_from(sorted(choices.keys() - {"limited_as", "requests_per_second", "reads_lag"}))
    turned = draw(st.lists(names, min_size=2, max_size=8, unique=True))
    return {name: draw(st.sampled_from(choices[name])) for name in turned}


@settings(max_examples=40, derandomize=True, suppress_health_check=list(HealthCheck))
@given(switches=combinations(), write=st.booleans())
def test_no_combination_is_mistaken_for_another(switches: dict[str, Any], write: bool, server: Sandbox) -> None:
    tenant = new_tenant(server, **switches)
    found = visited(tenant, write=write)
    for entry in fields(Switches):
        observed = found[entry.name].observed
        reading = switches.get(entry.name, getattr(Switches(), entry.name))
        reading = tuple(reading) if isinstance(reading, dict) else reading
        # It can only report the effect of an edit for fields that reads show.
        if entry.name == "edit_without_effect" and switches.get("show_max_wait_time", "never") == "never":
            reading = tuple(name for name in reading if name != "max_wait_time")
        assert isinstance(observed, (NotSeen, Other)) or observed == reading, entry.name
    if not {"enable_new_queues", "archive_without_effect"} & switches.keys():
        assert active_ones(tenant) == []
    assert others_queues(tenant) == BEFORE


# Values that no API should return, in places where they matter.
values = st.none() | st.booleans() | st.integers(-1, 3) | st.sampled_from(["", "x", "1", "Geheim"])
keys = st.sampled_from(["id", "name", "slug", "number", "public_number", "status", "message", "limit", "Geheim"])
things = st.recursive(values, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4))
bodies = things | st.fixed_dictionaries(
    {},
    optional={
        "meta": things | st.fixed_dictionaries({"status": st.sampled_from([200, 400, 422]), "message": values}),
        "data": things | st.fixed_dictionaries({"id": st.integers(1, 3)}) | st.lists(st.dictionaries(keys, values)),
        "pagination": things,
        "errors": things,
    },
)
answers = st.builds(
    Answer, st.sampled_from([0, 200, 200, 200, 201, 204, 302, 400, 404, 422, 500, 502]), bodies, st.booleans()
)


class Nonsense(Wire):
    """Sometimes returns something other than the real answer."""

    def __init__(self, tenant: Tenant, draw: Callable[..., Any]) -> None:
        super().__init__(tenant.url, tenant.token)
        self.draw = draw

    def send(self, method: str, path: str, **parts: Any) -> Answer:
        answer = super().send(method, path, **parts)
        # If the first answer doesn't look like a tenant's, nothing more is asked.
        return self.draw(answers) if self.sent > 1 and self.draw(st.integers(0, 9)) == 9 else answer


@settings(max_examples=60, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_nonsense_is_told_of_without_its_words(data: st.DataObject, server: Sandbox) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", lambda _seconds: None)
        tenant = new_tenant(server)
        visit = Visit(Nonsense(tenant, data.draw), Given(NUMBERS, DID))
        broken_off, _left = ask(visit, write=True)
    found = rows(visit.seen)
    text = report.report(found, "1.0.0", wrote=True, sent=visit.wire.sent, broken_off=broken_off)
    assert "Geheim" not in text
    assert all(len(line) <= report.WIDTH for line in report.table(found).splitlines())
    assert others_queues(tenant) == BEFORE


# ---- as people run it ----

ROOT = Path(__file__).resolve().parents[3]


def command(tenant: Tenant, folder: Path, *options: str) -> tuple[list[str], dict[str, str]]:
    """The command line and its environment."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "tests"),
        "EVOLUX_API_URL": tenant.url,
        "EVOLUX_API_TOKEN": tenant.token,
        "EVOLUX_LIVE_NUMBERS": ", ".join(NUMBERS),
        "EVOLUX_LIVE_DID": DID,
    }
    return [sys.executable, "-m", "live", "--report", str(folder / "report.md"), *options], environment


@pytest.mark.parametrize("options", [(), ("--write",)])
def test_nothing_about_the_tenant_is_revealed(options: tuple[str, ...], server: Sandbox, tmp_path: Path) -> None:
    # Not even the name of a field, unless it is one that a vendor would choose.
    tenant = new_tenant(server, extra_fields={"Geheim": 1, "color": "Geheim"}, reads_lag=1)
    words, environment = command(tenant, tmp_path, *options)
    run = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    assert run.stderr == ""
    written = (tmp_path / "report.md").read_text(encoding="utf-8")
    host = tenant.url.partition("//")[2]
    for secret in (TOKEN, "geheim", "agente", "pausa", "8800", "551199990000", host, DID, *NUMBERS):
        assert secret not in run.stdout.lower()
        assert secret not in written.lower()
    # The run says beforehand what will stay in the tenant; the report doesn't.
    said_before = run.stdout.partition("Asking")[0]
    assert ("stay in the tenant forever" in said_before) is bool(options)
    assert "Evolux check" not in written
    assert "| extra_fields | no | [] | (another), color | other reading, handled |" in written
    assert bool(tenant.writes()) is bool(options)


def test_what_cant_be_archived_is_said(server: Sandbox, tmp_path: Path) -> None:
    tenant = new_tenant(server, enable_new_queues=True)
    words, environment = command(tenant, tmp_path, "--write")
    run = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.startswith("The API can't archive 2 of its queues, ")
    prefix = re.search('"(Evolux check .*)"', run.stderr)
    assert prefix
    assert all(name.startswith(prefix[1]) for name in active_ones(tenant))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_are_followed_by_archiving(number: signal.Signals, server: Sandbox, tmp_path: Path) -> None:
    tenant = new_tenant(server)
    tenant.fault("hang", when="after", method="PUT", skip=1)
    words, environment = command(tenant, tmp_path, "--write")
    with subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as running:
        end = time.monotonic() + 20
        while sum(entry["method"] == "PUT" for entry in tenant.requests()) < 2:
            assert time.monotonic() < end
            time.sleep(0.02)
        running.send_signal(number)
        _out, errors = running.communicate(timeout=20)
    assert (running.returncode, errors) == (1, b"It was interrupted.\n")
    assert sum("Evolux" in queue["name"] for queue in tenant.queues()) == 2
    assert active_ones(tenant) == []
    assert "It ended early. It was interrupted." in (tmp_path / "report.md").read_text(encoding="utf-8")


def test_it_shares_no_code_with_what_it_judges() -> None:
    for path in (ROOT / "tests" / "live").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            names += [name.name for name in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                own = name.partition(".")[0] in {*sys.stdlib_module_names, "requests"}
                assert own or name == "sandbox.switches", (path.name, name)
