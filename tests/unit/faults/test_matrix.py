# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every cell of the fault matrix: the module's result, what reached the server, and the tenant's state afterwards."""

from __future__ import annotations

import datetime
import functools
import importlib
import itertools
import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import trustme

from ansible_collections.evolux.contact_center.plugins.module_utils import _connection, _http
from ansible_collections.evolux.contact_center.plugins.module_utils._http import Client
from clock import FakeClock
from fault_matrix import CELLS, FAULTS, RETRIES, SALES, SUPPORT, Cell, Operation
from raw_server import Asked, RawTenant
from sandbox.control import Sandbox, Tenant

# Runs a cell on a tenant.
Judge = Callable[[Cell, "Tenant | OnBareSockets"], None]

SLOW = ("hang", "silence", "drip")


@pytest.fixture(scope="session")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """Options for each server that can't be connected to."""
    folder = tmp_path_factory.mktemp("ca")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    certificates = {
        "unknown-ca": trustme.CA().issue_cert("127.0.0.1"),
        "wrong-host": authority.issue_cert("acme.example"),
        "expired": authority.issue_cert("127.0.0.1", not_after=past),
    }
    found: dict[str, dict[str, Any]] = {
        "refused": {"api_url": "http://127.0.0.1:1"},
        "unknown": {"api_url": "https://nowhere.invalid"},
    }
    with ExitStack() as stack:
        for name, certificate in certificates.items():
            key, chain = folder / f"{name}.key", folder / f"{name}.pem"
            certificate.private_key_pem.write_to_path(str(key))
            chain.write_bytes(b"".join(pem.bytes() for pem in certificate.cert_chain_pems))
            server = stack.enter_context(Sandbox(tls_cert=chain, tls_key=key))
            found[name] = {"api_url": server.url, "ca_path": str(folder / "ca.pem")}
        yield found


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the client would have waited."""
    found: list[float] = []
    monkeypatch.setattr(Client.__init__, "__defaults__", (FakeClock(found),))
    return found


class OnBareSockets:
    """A tenant that shares no code with the sandbox, with just what the matrix needs."""

    token = "raw-token"

    def __init__(self, tenant: RawTenant) -> None:
        self._tenant = tenant
        self.url = tenant.url

    def fault(self, *, method: str, path: str, skip: int, times: int | None, **order: Any) -> None:
        hits = itertools.count(-skip)

        def spoil(asked: Asked) -> dict[str, Any] | None:
            if asked.method != method or not re.search(path, asked.path.partition("?")[0]):
                return None
            hit = next(hits)
            return order if hit >= 0 and (times is None or hit < times) else None

        self._tenant.spoil = spoil

    def clear_faults(self) -> None:
        self._tenant.spoil = RawTenant.spoil

    def writes(self) -> list[dict[str, Any]]:
        return [{"method": asked.method, "path": asked.path} for asked in self._tenant.writes()]

    def queues(self) -> list[dict[str, Any]]:
        return [{"max_wait_time": None, "archived": False, **queue} for queue in self._tenant.queues.values()]


def state(tenant: Tenant | OnBareSockets) -> dict[str, tuple[Any, ...]]:
    """The tenant's queues by slug; the test fails if two have the same slug."""
    queues = tenant.queues()
    found = {queue["slug"]: (queue["number"], queue["max_wait_time"], queue["archived"]) for queue in queues}
    assert len(found) == len(queues)
    return found


def wanted(operation: Operation) -> dict[str, tuple[Any, ...]]:
    """The tenant's state once the operation's own entry is done."""
    entry = operation.options.get("queues", [operation.options])[0]
    if "number" in entry:
        return {entry["slug"]: (entry["number"], entry.get("max_wait_time"), False)}
    return {entry["slug"]: (SUPPORT["number"], None, True)} if "state" in entry else {}


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_cell(cell: Cell, sandbox: Sandbox, judge: Judge) -> None:
    judge(cell, sandbox.tenant(queues=[SUPPORT, SALES]))


# Each fault with a read and with a write, alternating the kind of write, so that not only the sandbox defines a fault.
WRITES = ("create", "edit", "archive")
ON_BARE_SOCKETS = {
    (cell.fault.name, cell.operation.kind): cell
    for turn, fault in enumerate(FAULTS)
    for cell in CELLS[::-1]
    if cell.fault is fault and "server" not in fault.order and cell.operation.kind in ("read", WRITES[turn % 3])
}


@pytest.mark.parametrize("cell", ON_BARE_SOCKETS.values(), ids=str)
def test_a_fault_on_bare_sockets(cell: Cell, judge: Judge) -> None:
    with RawTenant(SUPPORT, SALES) as tenant:
        judge(cell, OnBareSockets(tenant))


@pytest.fixture
def judge(
    addresses: dict[str, dict[str, Any]], run_module: Any, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> Judge:
    return functools.partial(_judge, addresses=addresses, run_module=run_module, waits=waits, monkeypatch=monkeypatch)


def _judge(
    cell: Cell,
    tenant: Tenant | OnBareSockets,
    *,
    addresses: dict[str, dict[str, Any]],
    run_module: Any,
    waits: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Run the cell on that tenant and check the outcome."""
    operation, fate, order = cell.operation, cell.fate, cell.fault.order
    module = importlib.import_module(f"ansible_collections.evolux.contact_center.plugins.modules.{operation.module}")
    monkeypatch.setattr(_http, "MAX_ANSWER_BYTES", 2**20)
    options = {"retries": RETRIES, **operation.options}
    before, goal = state(tenant), wanted(operation)
    if "server" in order:
        options |= addresses[order["server"]]
    else:
        hits = {"method": operation.method, "path": operation.path, "skip": operation.skip}
        tenant.fault(**order, **hits, times=None if cell.always else 1)
    if order.get("kind") in SLOW:
        options["timeout"] = 0.4
        monkeypatch.setattr(_connection, "ANSWER_TIMEOUTS", 1.5)

    failed, result = run_module(module, tenant, options)

    assert failed is (fate.code is not None), result
    if failed:
        assert result["error"]["code"] == fate.code, result
    text = json.dumps(result)
    assert "Traceback" not in text
    assert tenant.token not in text
    assert all(0 <= wait < 60.01 for wait in waits)
    if (told := cell.fault.waits) is not None:
        # With some jitter.
        assert told == pytest.approx(min(max(waits, default=0), 60), rel=0.1), waits

    # Check what reached the server, and what the server did.
    hit = [e for e in tenant.writes() if e["method"] == operation.method and re.search(operation.path, e["path"])]
    after, done = state(tenant), fate.done or (operation.kind == "read" and not failed)
    second = after["sales"] != before["sales"]
    assert {**after, "sales": before["sales"]} == (before | goal if done else before)
    if operation.kind == "read":
        assert not (failed and tenant.writes())
    else:
        assert len(hit) == fate.sent
    if "queues" in operation.options and operation.kind != "read":
        fates = [entry["status"] for entry in result["results"]] if "results" in result else []
        assert fates in ([], ["failed" if failed else "done", "done" if second else "not_attempted"]), result
        # A refused entry fails alone; without a server, or with a wrong token, the rest isn't attempted.
        assert second or fate.code in ("auth", "unreachable"), result
    if failed:
        assert result["changed"] is (fate.says_changed or second), result

    # Once the fault is gone, running again finishes the job.
    if not operation.module.endswith("_info"):
        tenant.clear_faults()
        connection = {"api_url": tenant.url, "ca_path": ""}
        failed, result = run_module(module, tenant, {**options, **connection, "timeout": 30})
        goal |= {"sales": ("3008", None, False)} if "queues" in operation.options else {}
        assert not failed, result
        assert state(tenant) == before | goal
