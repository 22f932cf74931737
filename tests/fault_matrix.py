# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every kind of request combined with every fault, and the expected outcome: one table for tests and documentation.

    python tests/fault_matrix.py > docs/faults.md

A fault hits the operation's request once, or every time. tests/unit/faults runs each cell on the sandbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

RETRIES = 2
OK = None  # instead of an error's code: the run ends as if there had been no fault


@dataclass(frozen=True)
class Fate:
    """The outcome of one request that a fault hits.

    code: of the error, or OK.
    sent: how many such requests reach the server, not counting reads.
    done: whether the request took effect on the tenant.
    changed: what a failure reports as `changed`; a successful run always reports true.
    """

    code: str | None
    sent: int = 0
    done: bool = False
    changed: bool | None = None

    @property
    def says_changed(self) -> bool:
        return self.done if self.changed is None else self.changed


@dataclass(frozen=True)
class Fates:
    """For each kind of request, the outcome of a fault that hits it once, and of a fault that hits it every time."""

    read: tuple[Fate, Fate]
    create: tuple[Fate, Fate]
    edit: tuple[Fate, Fate]
    archive: tuple[Fate, Fate]


def both(fate: Fate) -> tuple[Fate, Fate]:
    return fate, fate


ALL = RETRIES + 1


def refused(code: str, **other: tuple[Fate, Fate]) -> Fates:
    """The server refuses and does nothing: no request is sent twice."""
    once = both(Fate(code, 1))
    return Fates(**{"read": both(Fate(code)), "create": once, "edit": once, "archive": once, **other})


def unanswered(code: str) -> Fates:
    """Nothing was done, but the client can't know: it resends reads, edits and archives, and creates after a check."""
    write = Fate(OK, 2, True), Fate(code, ALL)
    return Fates((Fate(OK), Fate(code)), write, write, write)


def lost(code: str) -> Fates:
    """The request was carried out, but the answer was lost. A read finds out."""
    return Fates(
        read=(Fate(OK), Fate(code)),
        create=both(Fate(OK, 1, True)),
        edit=(Fate(OK, 2, True), Fate(OK, ALL, True)),
        archive=(Fate(OK, 2, True), Fate(OK, ALL, True)),
    )


def no_answer_of_the_api(*, done: bool, **other: tuple[Fate, Fate]) -> Fates:
    """A success, but not in the API's form. It is doubtful, so nothing is sent again."""
    write = both(Fate("bad_answer", 1, done))
    return Fates(**{"read": both(Fate("bad_answer")), "create": write, "edit": write, "archive": write, **other})


def harmless() -> Fates:
    write = both(Fate(OK, 1, True))
    return Fates(both(Fate(OK)), write, write, write)


def never_sent() -> Fates:
    """There is no connection, so nothing reaches the server."""
    return Fates(*[both(Fate("unreachable"))] * 4)


@dataclass(frozen=True)
class Fault:
    """One fault.

    words: a description for the documentation.
    order: the fault for the sandbox; if no connection can be made, the name of the server to use instead.
    read_by_id: the outcome when one queue is read by id, if that differs.
    only: read or queue, if only an answer to a read, or a queue in it, can have this fault.
    waits: seconds that the module waits before it sends such a request again, if the server asks for that.
    """

    name: str
    words: str
    order: dict[str, Any]
    fates: Fates
    read_by_id: tuple[Fate, Fate] | None = None
    only: str = ""
    waits: float | None = None

    def fits(self, operation: Operation) -> bool:
        return not self.only or (
            operation.kind == "read" and (self.only == "read" or operation.path not in (PAUSES, AGENTS))
        )


def answer(status: int, **more: Any) -> dict[str, Any]:
    return {"kind": "answer", "status": status, **more}


def said(status: int, message: str, http: int | None = None, **more: Any) -> dict[str, Any]:
    return answer(http or status, json={"meta": {"status": status, "message": message}, "data": None}, **more)


def page(status: int, **more: Any) -> dict[str, Any]:
    return answer(status, text="<html><h1>Sorry</h1></html>", content_type="text/html", **more)


def after(order: dict[str, Any]) -> dict[str, Any]:
    return {**order, "when": "after"}


def queues(*items: Any) -> dict[str, Any]:
    return answer(200, json={"meta": {"status": 200, "message": "OK"}, "data": list(items)})


ONE = {"id": 1, "name": "Support", "slug": "support", "number": "3001", "public_number": None}
CUT, HANG = {"kind": "cut"}, {"kind": "hang"}
SILENCE, DRIP = {"kind": "silence", "status": 200}, {"kind": "drip", "status": 200}
BUSY, DOWN = "Too many requests", "Down for maintenance"
# The answer is spoiled, but the server has carried out the request.
SPOILT = no_answer_of_the_api(done=True)
# The answers to edits and archives aren't documented, so an empty body may be normal.
EMPTY = no_answer_of_the_api(done=True, edit=both(Fate(OK, 1, True)), archive=both(Fate(OK, 1, True)))
CONSTRAINT = "Data insertion may break a database constraint"

FAULTS = [
    # No connection
    Fault("refused", "the connection is refused", {"server": "refused"}, never_sent()),
    Fault("unknown-name", "the name can't be resolved", {"server": "unknown"}, never_sent()),
    Fault("unknown-ca", "the certificate's authority isn't trusted", {"server": "unknown-ca"}, never_sent()),
    Fault("wrong-host", "the certificate is for another host", {"server": "wrong-host"}, never_sent()),
    Fault("expired", "the certificate has expired", {"server": "expired"}, never_sent()),
    # No answer
    Fault("cut-before", "the connection is cut, and nothing was done", CUT, unanswered("unreachable")),
    Fault("cut-after", "the connection is cut, but the request was carried out", after(CUT), lost("unreachable")),
    Fault("hang-before", "no answer within `timeout`, and nothing was done", HANG, unanswered("unreachable")),
    Fault(
        "hang-after", "no answer within `timeout`, but the request was carried out", after(HANG), lost("unreachable")
    ),
    Fault("silence", "headers, then silence", after(SILENCE), lost("unreachable")),
    Fault(
        "drip",
        "one byte at a time, for longer than ten times `timeout`",
        after(DRIP),
        replace(lost("unreachable"), read=both(Fate("bad_answer"))),
    ),
    Fault("cut-body", "the answer is shorter than announced", after({"kind": "cut_body"}), lost("unreachable")),
    *(
        Fault(f"{status}-before", f"{status} with HTML, and nothing was done", page(status), unanswered("unreachable"))
        for status in (408, 502, 503, 504)
    ),
    *(
        Fault(
            f"{status}-after",
            f"{status} with HTML, but the request was carried out",
            after(page(status)),
            lost("unreachable"),
        )
        for status in (408, 502, 503, 504)
    ),
    # Errors of the server
    Fault(
        "500-before",
        "500 without the constraint message, and nothing was done",
        said(500, "Internal error"),
        Fates(
            read=(Fate(OK), Fate("api")),
            create=both(Fate("api", 1)),
            edit=(Fate(OK, 2, True), Fate("api", ALL)),
            archive=(Fate(OK, 2, True), Fate("api", ALL)),
        ),
    ),
    Fault(
        "500-after",
        "500 without the constraint message, but the request was carried out",
        after(page(500)),
        lost("api"),
    ),
    Fault(
        "constraint",
        "500 `Data insertion may break a database constraint`",
        said(500, CONSTRAINT),
        refused("constraint"),
    ),
    # Refusals
    Fault("400", "400 `Missing required params`", said(400, "Missing required params"), refused("api")),
    Fault("400-token", "400 `Missing token.`", said(400, "Missing token."), refused("auth")),
    Fault(
        "400-details",
        "400 with an object `errors`",
        answer(400, json={"meta": {"message": "Invalid"}, "errors": {"number": ["taken"]}}),
        refused("api"),
    ),
    Fault("401", "401", answer(401, json=None), refused("auth")),
    Fault("403", "403 with HTML", page(403), refused("auth")),
    Fault("404", "404 `Queue not found`", said(404, "Queue not found"), refused("not_found")),
    Fault("404-page", "404 with HTML", page(404), refused("not_found")),
    Fault("405", "405", said(405, "Method not allowed"), refused("api")),
    Fault("409", "409", said(409, "Conflict"), refused("conflict")),
    Fault(
        "422-edit",
        "422 `Archived queue can not be edited`",
        said(422, "Archived queue can not be edited"),
        refused("archived"),
    ),
    Fault(
        "422-read", "422 `Queue archived not requested`", said(422, "Queue archived not requested"), refused("archived")
    ),
    Fault(
        "422-archive",
        "422 `Enabled queue can not be archived`",
        said(422, "Enabled queue can not be archived"),
        refused("enabled"),
        read_by_id=(Fate("archived"), Fate("enabled")),
    ),
    Fault(
        "422-slug",
        "422 `Missing fields or trying to update slug`",
        said(422, "Missing fields or trying to update slug"),
        # An edit is then sent again as JSON.
        refused("api", edit=both(Fate("api", 2))),
        # A 422 to a read has one documented meaning, regardless of its message.
        read_by_id=(Fate("archived"), Fate("api")),
    ),
    *(
        Fault(f"meta-{status}", f"200 with `meta.status` {status}", said(status, "No", 200), refused(code))
        for status, code in ((400, "api"), (401, "auth"), (404, "not_found"), (409, "conflict"))
    ),
    # Busy
    *(
        Fault(
            f"429-{name}",
            f"429 {words}",
            said(429, BUSY, headers={"Retry-After": value} if value is not None else None),
            unanswered("rate_limit"),
            waits=seconds,
        )
        for name, words, value, seconds in (
            ("bare", "without `Retry-After`", None, None),
            ("seconds", "with `Retry-After` in seconds", "7", 7),
            ("date", "with `Retry-After` as a date", "Fri, 01 Jan 2100 00:00:00 GMT", 60),
            ("past", "with `Retry-After` in the past", "Fri, 01 Jan 2010 00:00:00 GMT", 0),
            ("malformed", "with a malformed `Retry-After`", "soon", None),
            ("long", "with an absurdly long `Retry-After`", "9" * 30, 60),
        )
    ),
    Fault(
        "503-retry-after",
        "503 with `Retry-After`",
        said(503, DOWN, headers={"Retry-After": "5"}),
        unanswered("unreachable"),
        waits=5,
    ),
    # Answers that aren't the API's
    Fault("html", "200 with HTML, and nothing was done", page(200), no_answer_of_the_api(done=False)),
    Fault("html-after", "200 with HTML, but the request was carried out", after(page(200)), SPOILT),
    Fault("empty", "200 without a body, but the request was carried out", after(answer(200, text="")), EMPTY),
    Fault("empty-object", "200 with `{}`, but the request was carried out", after(answer(200, json={})), EMPTY),
    Fault("cut-json", "JSON that stops halfway", after({"kind": "cut_json"}), SPOILT),
    Fault("malformed", "malformed JSON", after(answer(200, text='{"meta": {"status": 200}, "data": [}')), SPOILT),
    Fault("bytes", "bytes that aren't text", after(answer(200, text="\u0000\u0001\ufffd")), SPOILT),
    Fault("null", "JSON `null`", after(answer(200, text="null", content_type="application/json")), SPOILT),
    Fault("list", "a JSON list", after(answer(200, json=[])), SPOILT),
    Fault("number", "a JSON number", after(answer(200, json=42)), SPOILT),
    Fault("deep", "JSON that is nested too deeply", after(answer(200, text="[" * 100_000)), SPOILT),
    Fault("meta-list", "`meta` is a list", after(answer(200, json={"meta": [], "data": {"id": "x"}})), SPOILT),
    Fault("huge", "an endless answer", after({"kind": "huge", "bytes": 2 * 2**20, "status": 200}), SPOILT),
    Fault(
        "charset",
        "a charset that doesn't match the text",
        after({"kind": "charset"}),
        harmless(),
    ),
    # Reads with invalid queues
    Fault(
        "data-null", "`data` is null", answer(200, json={"meta": {"status": 200}, "data": None}), SPOILT, only="read"
    ),
    Fault(
        "data-text", "`data` is a string", answer(200, json={"meta": {"status": 200}, "data": "x"}), SPOILT, only="read"
    ),
    Fault("no-data", "`data` is missing", answer(200, json={"meta": {"status": 200}}), SPOILT, only="read"),
    Fault("texts", "queues are strings", queues("support"), SPOILT, only="read"),
    Fault("nulls", "queues are null", queues(None), SPOILT, only="read"),
    Fault("no-id", "a queue without an id", queues({**ONE, "id": None}), SPOILT, only="queue"),
    Fault("text-id", "an id that is a string", queues({**ONE, "id": "x"}), SPOILT, only="queue"),
    Fault(
        "no-name", "a queue without a name", queues({"id": 1, "slug": "support", "number": "1"}), SPOILT, only="queue"
    ),
    Fault(
        "no-slug", "a queue without a slug", queues({"id": 1, "name": "Support", "number": "1"}), SPOILT, only="queue"
    ),
    Fault("object-number", "a number that is an object", queues({**ONE, "number": {}}), SPOILT, only="queue"),
    Fault("twice", "two queues with the same id", queues(ONE, {**ONE, "slug": "sales"}), SPOILT, only="queue"),
    # Redirects
    Fault(
        "redirect",
        "a redirect to the same host",
        {"kind": "redirect", "location": "/api/v1/other"},
        refused("redirect"),
    ),
    Fault(
        "redirect-after",
        "a redirect, but the request was carried out",
        after({"kind": "redirect", "location": "/api/v1/queues/1", "status": 303}),
        refused("redirect", **{kind: both(Fate("redirect", 1, True)) for kind in ("create", "edit", "archive")}),
    ),
    Fault(
        "redirect-host",
        "a redirect to another host",
        {"kind": "redirect", "location": "https://elsewhere.invalid/"},
        refused("redirect"),
    ),
    Fault(
        "redirect-scheme",
        "a redirect to another scheme",
        {"kind": "redirect", "location": "ftp://elsewhere.invalid/", "status": 308},
        refused("redirect"),
    ),
]


@dataclass(frozen=True)
class Operation:
    """A task, and which of its requests a fault hits.

    kind: read, create, edit or archive.
    skip: how many similar requests come before it.
    """

    name: str
    module: str
    kind: str
    options: dict[str, Any]
    method: str
    path: str
    skip: int = 0
    switches: dict[str, Any] = field(default_factory=dict)


SUPPORT = {"name": "Support", "slug": "support", "number": "3001"}
SALES = {"name": "Sales", "slug": "sales", "number": "3002"}
NEW = {"slug": "night", "name": "Night", "number": "3009"}
EDIT = {"slug": "support", "number": "3009"}
ARCHIVE = {"slug": "support", "state": "archived"}
LIST, ONE_QUEUE, PAUSES, AGENTS = "/queues$", "/queues/1$", "/pauses$", "/agents$"


def entries(first: dict[str, Any]) -> dict[str, Any]:
    """Two entries: the fault hits the first, and the second is an edit."""
    return {"queues": [first, {"slug": "sales", "number": "3008"}]}


OPERATIONS = [
    Operation("queue-list", "evolux_queue", "read", EDIT, "GET", LIST),
    Operation("queue-list-archived", "evolux_queue", "read", NEW, "GET", LIST, skip=1),
    Operation("queue-read", "evolux_queue", "read", {**EDIT, "max_wait_time": 60}, "GET", ONE_QUEUE),
    Operation("queue-create", "evolux_queue", "create", NEW, "POST", LIST),
    Operation("queue-edit", "evolux_queue", "edit", EDIT, "PUT", ONE_QUEUE),
    Operation("queue-archive", "evolux_queue", "archive", ARCHIVE, "DELETE", ONE_QUEUE),
    Operation("queues-list", "evolux_queues", "read", entries(EDIT), "GET", LIST),
    Operation("queues-list-archived", "evolux_queues", "read", entries(NEW), "GET", LIST, skip=1),
    Operation("queues-create", "evolux_queues", "create", entries(NEW), "POST", LIST),
    Operation("queues-edit", "evolux_queues", "edit", entries(EDIT), "PUT", ONE_QUEUE),
    Operation("queues-archive", "evolux_queues", "archive", entries(ARCHIVE), "DELETE", ONE_QUEUE),
    Operation("info-list", "evolux_queue_info", "read", {}, "GET", LIST),
    Operation("info-pauses", "evolux_queue_info", "read", {"slug": "support", "include_pauses": True}, "GET", PAUSES),
    Operation("agents-list", "evolux_agent_info", "read", {}, "GET", AGENTS),
    Operation("tenant-list", "evolux_tenant_info", "read", {}, "GET", LIST),
]


@dataclass(frozen=True)
class Cell:
    """An operation, a fault that hits it once or every time, and the expected outcome."""

    operation: Operation
    fault: Fault
    always: bool

    @property
    def fate(self) -> Fate:
        fates: tuple[Fate, Fate] = getattr(self.fault.fates, self.operation.kind)
        if self.operation.path == ONE_QUEUE and self.operation.kind == "read":
            fates = self.fault.read_by_id or fates
        return fates[self.always]

    def __str__(self) -> str:
        return f"{self.operation.name}-{self.fault.name}-{'always' if self.always else 'once'}"


def cells() -> Iterator[Cell]:
    """Every fault for each kind of request, once and every time, with the modules in turn.

    The same code interprets an answer for every module, so each fault hits each kind of request only once, and each
    module. The last line is for faults that differ when one queue is read by id.
    """

    def of(kind: str, module: str = "") -> list[Operation]:
        return [o for o in OPERATIONS if o.kind == kind and o.module == (module or o.module)]

    info, agents, tenant, one, many = (
        of("read", f"evolux_{name}") for name in ("queue_info", "agent_info", "tenant_info", "queue", "queues")
    )
    by_id, *_others = (operation for operation in one if operation.path == ONE_QUEUE)
    writes = [of(kind) for kind in ("create", "edit", "archive")]
    for turn, fault in enumerate(FAULTS):
        # A missing connection can't be missing just once.
        for always in (False,) if "server" in fault.order else (False, True):
            reads = [one, many] if always and fault.only else [one + many] if always else [info, agents + tenant]
            for place, operations in enumerate(reads + writes):
                if fitting := [operation for operation in operations if fault.fits(operation)]:
                    yield Cell(fitting[(turn + always + place) % len(fitting)], fault, always)
            if fault.read_by_id:
                yield Cell(by_id, fault, always)


# In order, without duplicates.
CELLS = list({str(cell): cell for cell in cells()}.values())


PAGE = """\
# Every fault, case by case

What the modules do when a request meets a fault, once or every time (with `retries` set to {retries}). The tests run
every case for every kind of request and in every module: {cells} in all. [What happens when…](errors.md) explains the
codes.

- *goes on*: the task ends as if nothing had happened.
- A code: the task fails with that `error.code`. In `evolux_queues`, the entry fails; after `auth` and `unreachable`,
  entries that haven't started are not attempted.
- *done*: the request was carried out although the task failed. The task reports `changed: true`. Any other failure
  changed nothing.

Once the fault is gone, running again finishes the job, and doesn't create any queue twice.

| fault | reading | creating | changing | archiving |
|---|---|---|---|---|
"""


def told(fates: tuple[Fate, Fate]) -> str:
    def one(fate: Fate) -> str:
        return "goes on" if fate.code is OK else f"`{fate.code}`" + (", *done*" if fate.done else "")

    once, always = map(one, fates)
    return once if once == always else f"{once}; {always} if it lasts"


def documentation() -> str:
    """The page about the matrix."""
    rows = []
    for fault in FAULTS:
        columns = [told(fault.fates.read)]
        columns += ["" if fault.only else told(getattr(fault.fates, kind)) for kind in ("create", "edit", "archive")]
        rows.append(f"| {' | '.join([fault.words, *columns])} |\n")
    return PAGE.format(cells=f"{len(CELLS):,} cases", retries=RETRIES) + "".join(rows)


if __name__ == "__main__":
    print(documentation(), end="")
