# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module and playbook with every kind of failure, at -vvvv, with all sorts of tokens that must not leak.

conftest.py defines which forms of the token are searched for, in everything that ansible-playbook prints and in all
results. test_awx.py searches the events of ansible-runner.
"""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from player import Player
from sandbox.control import Sandbox, Tenant

from .conftest import WAYS, Ansible, each_core, forms_of, only_ci

TOKENS = {
    "plain": "mark3d-t0ken",
    "short": "Zq7",
    "long": "mark3d" * 600,
    "quotes": "mark3d'\"`\\\"'",
    "spaces": "mark3d  t0ken",
    "line-end": "mark3d-t0ken\n",
    "url": "mark3d/+&=?%20t0ken",
    "template": "mark3d{{ 1 }}{% x %}",
    "yaml": "!mark3d: {t0ken}",
}
# Ansible itself could escape, strip or evaluate them.
MASKED_IN_ITS_OWN_WAY = ("quotes", "line-end", "template")
REFUSED = {"line-break": "mark3d\nt0ken", "non-ascii": "mark3d-sêçrêt", "nul": "mark3d\u0001t0ken"}

QUEUE = "evolux.contact_center.evolux_queue"
TASKS: list[dict[str, Any]] = [
    {"evolux.contact_center.evolux_queue_info": {}},
    {"evolux.contact_center.evolux_agent_info": {}},
    {QUEUE: {"slug": "night", "name": "Night", "number": "3005"}},
    {QUEUE: {"slug": "support", "number": "3005"}},
    {QUEUE: {"slug": "support", "state": "archived"}},
    {"evolux.contact_center.evolux_queues": {"queues": [{"slug": "support", "number": "3006"}]}},
    {"evolux.contact_center.evolux_tenant_info": {}},
]
SUPPORT = {"name": "Support", "slug": "support", "number": "3001"}


def faults(token: str) -> list[dict[str, Any]]:
    """Faults, with the token everywhere in the answer where a server could put it."""
    echoes = " ".join(sorted(forms_of(token)))
    body = {"meta": {"status": 403, "message": echoes}, "data": {echoes: echoes}}
    html = {"text": f"<p>{echoes}</p>", "content_type": "text/html"}
    return [
        {"kind": "answer", "status": 403, "json": body},
        {"kind": "answer", "status": 422, "json": body},
        {"kind": "answer", "status": 500, **html},
        {"kind": "answer", "status": 502, **html},
        {"kind": "answer", "status": 200, **html},
        {"kind": "answer", "status": 200, "json": {"meta": {"status": 200}, "data": [{"name": echoes}]}},
        {"kind": "redirect", "location": "https://elsewhere.invalid/?token=" + "".join(echoes.split()[:1])},
        {"kind": "cut"},
    ]


# A task takes 0.3 s, so one token is tried with every module, and every token with one module.
@pytest.mark.parametrize(
    ("token", "tasks"),
    [
        *(
            pytest.param(token, TASKS[2:3], id=name, marks=[pytest.mark.each_core] * (name in MASKED_IN_ITS_OWN_WAY))
            for name, token in TOKENS.items()
        ),
        pytest.param(TOKENS["quotes"], [*TASKS[:2], *TASKS[3:]], id="every module"),
    ],
)
def test_no_failing_task_shows_the_token(
    token: str, tasks: list[dict[str, Any]], sandbox: Sandbox, tmp_path: Path
) -> None:
    tenant = sandbox.tenant(token.strip(), queues=[SUPPORT])
    plays: list[dict[str, Any]] = []
    for task in tasks:
        for name, options in task.items():
            failing = {name: {**options, "retries": 0}, "ignore_errors": True, "diff": True}
            plays += [failing] * len(faults(token))
    # Each task meets the next fault.
    for fault in faults(token) * len(tasks):
        tenant.fault(**fault)
    ansible = Ansible(tenant, tmp_path)
    run = ansible.play(*plays, env={"EVOLUX_API_TOKEN": token})
    assert all(entry["failed"] for entry in run.results), run.output
    assert len(run.results) == len(plays)
    assert tenant.writes() == []


@pytest.mark.parametrize(
    ("method", "token"),
    [*((method, TOKENS["quotes"]) for method in ("POST", "PUT", "DELETE")), ("POST", TOKENS["line-end"])],
)
def test_no_failing_write_shows_the_token(method: str, token: str, sandbox: Sandbox, tmp_path: Path) -> None:
    tenant = sandbox.tenant(token.strip(), queues=[SUPPORT])
    tenant_faults = faults(token)
    for fault in tenant_faults:
        tenant.fault(**fault, method=method)
    task = {"POST": TASKS[2], "PUT": TASKS[3], "DELETE": TASKS[4]}[method]
    plays = [{QUEUE: {**task[QUEUE], "retries": 0}, "ignore_errors": True, "diff": True} for _fault in tenant_faults]
    # One of the answers counts as success for an edit or archive, but reads then don't show the change.
    run = Ansible(tenant, tmp_path).play(*plays, env={"EVOLUX_API_TOKEN": token})
    assert all(entry["failed"] for entry in run.results), run.output
    assert len(tenant.writes()) == len(plays)


@pytest.mark.parametrize(
    "token", [each_core(TOKENS["quotes"]), only_ci(TOKENS["line-end"]), only_ci(TOKENS["template"])]
)
def test_no_playbook_shows_the_token(token: str, sandbox: Sandbox, tmp_path: Path) -> None:
    tenant = sandbox.tenant(token.strip(), queues=[{**SUPPORT, "name": f"Support {token.strip()}"}])
    variables: dict[str, Any] = {
        "evolux_queues": [{"slug": "support", "number": "3007"}],
        "evolux_queue_slug": "support",
    }
    if "{{" not in token:  # otherwise Ansible would evaluate it as a template
        variables["evolux_api_token"] = token
    (tmp_path / "variables.yml").write_text(yaml.safe_dump(variables))
    ansible = Ansible(tenant, tmp_path)
    for playbook in (
        "provision_tenant",
        "audit_tenant",
        "export_tenant",
        "check_tenant",
        "keep_queue",
        "archive_queue",
    ):
        tenant.fault(**faults(token)[1])
        args = ("-e", "@variables.yml", "-e", f"evolux_export_file={tmp_path}/out.yml", "--diff")
        run = ansible.run(f"evolux.contact_center.{playbook}", *args, env={"EVOLUX_API_TOKEN": token})
        assert run.code == 2, run.output
    assert tenant.writes() == []


@pytest.mark.parametrize("token", REFUSED.values(), ids=REFUSED)
def test_a_refused_token_is_not_shown(token: str, sandbox: Sandbox, tmp_path: Path) -> None:
    tenant = sandbox.tenant()
    tasks = [{**task, "ignore_errors": True} for task in TASKS]
    run = Ansible(tenant, tmp_path).play(*tasks, env={"EVOLUX_API_TOKEN": token})
    assert [entry["result"]["error"]["code"] for entry in run.results] == ["invalid"] * len(TASKS)
    assert tenant.requests() == []


def test_the_searched_forms_are_found() -> None:
    """Checks the search itself: it covers each form in which a token could leak."""
    assert {"a'b", "a%27b", "YSdi"} <= forms_of("a'b")
    assert {"sêç", "s\\u00ea\\u00e7", "s%C3%AA%C3%A7"} <= forms_of("sêç")


def test_an_exported_file_holds_no_token(sandbox: Sandbox, tmp_path: Path) -> None:
    tenant: Tenant = sandbox.tenant("mark3d-export", queues=[SUPPORT])
    run = Ansible(tenant, tmp_path).run(
        "evolux.contact_center.export_tenant", "-e", f"evolux_export_file={tmp_path}/out.yml"
    )
    assert run.code == 0
    assert "mark3d" not in (tmp_path / "out.yml").read_text()


# ---- what Ansible itself shows, which docs/security.md warns of ----

INFO = {"name": "read", "evolux.contact_center.evolux_queue_info": {}}
OPTION = {"name": "read", "evolux.contact_center.evolux_queue_info": {"api_token": "{{ lookup('file', 'token') }}"}}
ITEMS = ["{{ lookup('file', 'token') }}"]
LABEL = {**INFO, "loop": ITEMS, "loop_control": {"label": "one"}}
FAILS = {"evolux.contact_center.evolux_queue_info": {"timeout": 0}, "ignore_errors": True}
KEYWORD = {**INFO, "environment": {"EVOLUX_API_TOKEN": ITEMS[0]}}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("task", "arguments", "env", "shows"),
    [
        each_core(INFO, ["-vvv", "-e", "evolux_api_token={}"], {}, (), id="command line, -vvv"),
        pytest.param(INFO, ["-vvvv", "-e", "evolux_api_token={}"], {}, WAYS, id="command line, -vvvv"),
        pytest.param(KEYWORD, ["-vv"], {}, (), id="keyword, -vv"),
        # On the command line of a process that there is only then.
        pytest.param(KEYWORD, ["-vvv"], {}, ("shipped",), id="keyword, -vvv"),
        each_core(OPTION, ["-vvvv"], {}, (), id="option, -vvvv"),
        pytest.param(OPTION, [], {"ANSIBLE_DEBUG": "1"}, ("shipped",), id="option, debug"),
        pytest.param({**INFO, "loop": ITEMS}, [], {}, WAYS, id="loop"),
        each_core(LABEL, [], {}, (), id="loop, label"),
        pytest.param(LABEL, ["-v"], {}, WAYS, id="loop, label, -v"),
        pytest.param({**LABEL, **FAILS}, [], {}, WAYS, id="loop, label, a failure"),
        each_core({**LABEL, **FAILS, "no_log": True}, ["-vvvv"], {}, (), id="loop, no_log"),
    ],
)
def test_what_ansible_shows(
    task: dict[str, Any],
    arguments: list[str],
    env: dict[str, str],
    shows: tuple[str, ...],
    way: str,
    player: Player,
    sandbox: Sandbox,
    tmp_path: Path,
) -> None:
    tenant = sandbox.tenant(queues=[SUPPORT])
    (tmp_path / "token").write_text(tenant.token)
    (tmp_path / "play.yml").write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    arguments = [argument.format(tenant.token) for argument in arguments]
    variables = json.dumps({"evolux_run_in_worker": way == "in worker"})
    token = {} if task in (KEYWORD, OPTION) else {"EVOLUX_API_TOKEN": tenant.token}
    run = player.play(
        *("play.yml", "-e", variables, *arguments),
        env={"EVOLUX_API_URL": tenant.url, **token, **env},
        cwd=tmp_path,
        warns=None,
    )
    assert run.code == 0, run.output
    assert (tenant.token in run.output) is (way in shows)


def test_what_an_interrupted_run_can_leave_is_for_one_user(sandbox: Sandbox, tmp_path: Path) -> None:
    """The file that a module is shipped in, kept as if nobody had been there to delete it."""
    tenant = sandbox.tenant(queues=[SUPPORT])
    (tmp_path / "token").write_text(tenant.token)
    folder = tmp_path / "shipped"
    env = {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TEMP": str(folder)}
    assert Ansible(tenant, tmp_path).play(OPTION, env=env).way == "shipped"
    (file,) = folder.glob("*/AnsiballZ_*.py")
    assert tenant.token in file.read_text()
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
