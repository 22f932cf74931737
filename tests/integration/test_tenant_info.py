# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""evolux_tenant_info and check_tenant through ansible-playbook: their output for one tenant and for many."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from player import Player
from sandbox.control import Sandbox, Tenant

from .conftest import WAYS, Ansible, each_core

MODULE = "evolux.contact_center.evolux_tenant_info"
PLAYBOOK = "evolux.contact_center.check_tenant"
MEASURED = ("latency", "clock_skew", "invocation")
# Values that don't occur anywhere else, and numbers too long to be part of a port or a latency by chance.
TELLING: dict[str, Any] = {
    "queues": [
        {"name": "Secret name", "slug": "secret_slug", "number": "7719042001", "public_number": "7719042002"},
        {"name": "Hidden name", "slug": "hidden_slug", "number": "7719042003", "archived": True},
    ],
    "dids": ["7719042002"],
    "agents": [{"id": 7719042005, "login": "secret.login", "name": "Secret Person", "queues": [1]}],
    "switches": {"extra_fields": {"strategy": "secret value", "inner": {"number": "7719042004"}}},
}
WORDS = ("secret", "hidden", "7719042", "person", "slug")


def said(output: str) -> list[str]:
    """The lines below msg, for every host."""
    return [json.loads(line.strip().rstrip(",")) for line in re.findall(r'^ {8}".*$', output, re.MULTILINE)]


@pytest.mark.parametrize("way", WAYS)
def test_the_module_in_check_mode_and_out_of_it(way: str, sandbox: Sandbox, tmp_path: Path) -> None:
    tenant = sandbox.tenant(**TELLING)
    tasks = [{"name": f"check mode {check}", MODULE: {}, "check_mode": check} for check in (True, False)]
    run = Ansible(tenant, tmp_path, way).play(*tasks)
    assert run.code == 0, run.output
    foreseen, result = (run.result(task["name"]) for task in tasks)
    facts = [{key: told[key] for key in told if key not in MEASURED} for told in (foreseen, result)]
    assert facts[0] == facts[1]
    assert (result["queues"], result["agents"]) == ({"active": 1, "archived": 1}, 1)
    assert result["extra_fields"] == ["inner", "strategy"]
    told = json.dumps([facts, *(result[key] for key in MEASURED if key != "invocation")]).lower()
    assert not [word for word in WORDS if word in told]
    assert {request["method"] for request in tenant.requests()} == {"GET"}


@pytest.mark.parametrize("arguments", [[], ["--check"], ["--check", "--diff"], ["-v"]], ids=" ".join)
def test_the_playbook_says_no_name_and_no_number(
    arguments: list[str], sandbox: Sandbox, player: Player, tmp_path: Path
) -> None:
    tenant = sandbox.tenant(**TELLING)
    env = {"EVOLUX_API_URL": tenant.url, "EVOLUX_API_TOKEN": tenant.token}
    run = player.play(PLAYBOOK, *arguments, env=env, cwd=tmp_path)
    assert run.code == 0, run.output
    lines = said(run.output)
    assert lines[:6] == [
        "Queues        1 active, 1 archived",
        "Agents        1",
        "Wait times    not shown",
        "Numbers       shown as text",
        "Lists         in one response",
        "Extra fields  inner, strategy",
    ]
    assert re.fullmatch(r"Latency       [0-9]+ ms, at best [0-9]+ ms", lines[6])
    assert lines[7:] == [
        "Clock         same as this machine's",
        "TLS           none",
        "For bug reports: these lines contain no token and no names or numbers of queues or agents.",
    ]
    assert tenant.token not in run.output
    assert not [word for word in WORDS if word in run.output.lower()]
    assert len(tenant.requests()) <= 12
    assert tenant.writes() == []


def inventory(folder: Path, tenants: dict[str, Tenant]) -> None:
    hosts = {name: {"evolux_api_url": tenant.url, "evolux_api_token": tenant.token} for name, tenant in tenants.items()}
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))


@pytest.mark.parametrize(
    ("limit", "reached", "code"),
    [((), ["acme", "umbrella", "initech"], 2), each_core(("--limit", "umbrella"), ["umbrella"], 0)],
    ids=["all", "limit"],
)
def test_many_tenants(
    limit: tuple[str, ...], reached: list[str], code: int, sandbox: Sandbox, player: Player, tmp_path: Path
) -> None:
    tenants = {
        name: sandbox.tenant(queues=[{"name": f"Q{n}", "number": str(n)} for n in range(count)])
        for name, count in (("acme", 1), ("umbrella", 2), ("initech", 3))
    }
    inventory(tmp_path, tenants)
    # A failing tenant doesn't stop the others.
    tenants["acme"].fault("answer", status=401, times=None)
    run = player.play(PLAYBOOK, "-i", "hosts.yml", "-e", "evolux_hosts=all", *limit, env={}, cwd=tmp_path)
    assert run.code == code, run.output
    assert [name for name, tenant in tenants.items() if tenant.requests()] == reached
    queues = [line for line in said(run.output) if line.startswith("Queues")]
    right = {"umbrella": 2, "initech": 3}
    assert sorted(queues) == [f"Queues        {right[name]} active, 0 archived" for name in reached if name in right]
    assert ("check that api_token (or EVOLUX_API_TOKEN) is a valid token" in run.output) is bool(code)
    assert not [tenant for tenant in tenants.values() if tenant.token in run.output]
