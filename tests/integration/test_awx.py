# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The AWX assets, checked against AWX's rules and run as AWX runs them. No real AWX is used: see tests/awx_api.py."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.release import __version__ as ansible_version
from packaging.version import Version

from sandbox.control import Sandbox, Tenant
from scenarios import DID
from servers import Authority, Server

from .conftest import Ansible, forms_of, only_ci

# AWX's packages need a newer Python than the oldest that ansible-core 2.16 runs on.
pytest.importorskip("awx_plugins.interfaces")
pytest.importorskip("ansible_runner")

from awx_api import RELATIONS, Awx
from awx_assets import ASSETS, LANGUAGES, VARIABLES, assets, load
from awx_rules import answer_problems, credential_type_problems, survey_problems

from .awx_jobs import (
    ALL_TEMPLATES,
    CREDENTIAL_TYPE,
    ROOT,
    TEMPLATES,
    WORKFLOW,
    Runner,
    credential,
    injected,
    play,
)

QUESTIONS = [(name, question) for name, template in TEMPLATES.items() for question in template["survey"]]
# From 2.19 on, !unsafe in YAML turns quoted text into a number.
NEW_CORE = Version(ansible_version) >= Version("2.19")
SUPPORT = {"name": "Support", "slug": "support", "number": "3001"}


# The credential type


def test_awx_takes_the_credential_type() -> None:
    assert credential_type_problems(CREDENTIAL_TYPE) == []


def change(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def changed(value: Any) -> None:
        for key in path[:-1]:
            value = value[key]
        value[path[-1]] = to

    return changed


@pytest.mark.parametrize(
    "wrong",
    [
        change("kind", to="queue"),
        change("color", to="blue"),
        change("inputs", "fields", 0, "typo", to=True),
        change("inputs", "fields", 0, "type", to="url"),
        change("inputs", "fields", 0, "id", to="the url"),
        change("inputs", "fields", 0, "id", to="token"),
        change("inputs", "fields", 0, "id", to="tower"),
        change("inputs", "fields", 1, "type", to="boolean"),
        change("inputs", "fields", 2, "default", to=True),
        change("inputs", "required", to=["url", "tokn"]),
        change("injectors", "env", "EVOLUX_API_TOKEN", to="{{ tokn }}"),
        change("injectors", "env", "EVOLUX_API_TOKEN", to="{{ token"),
        change("injectors", "env", "ANSIBLE_VERBOSITY", to="4"),
        change("injectors", "env", "PATH", to="{{ url }}"),
        change("injectors", "environment", to={}),
        change("injectors", "file", "templates", to="{{ ca }}"),
        change("injectors", "file", "template", to="{{ cas }}"),
        lambda wrong: wrong["injectors"].pop("file"),
    ],
)
def test_the_rules_find_what_is_wrong(wrong: Callable[[dict[str, Any]], None]) -> None:
    mutant = copy.deepcopy(CREDENTIAL_TYPE)
    wrong(mutant)
    assert credential_type_problems(mutant)


@pytest.mark.parametrize(
    ("inputs", "certificates"),
    [
        ({}, "true"),
        ({"verify_certs": "true"}, "true"),
        ({"verify_certs": "false"}, "false"),
        ({"ca": ""}, "true"),
        ({"ca": "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n"}, "true"),
    ],
)
def test_the_credential_becomes_the_environment(inputs: dict[str, Any], certificates: str, tmp_path: Path) -> None:
    env, shown = injected({"url": "https://acme.evolux.net.br", "token": "a-secret token\n", **inputs}, tmp_path)
    assert Path(env.pop("EVOLUX_CA_PATH") or "/dev/null").read_text() == inputs.get("ca", "")
    assert env == {
        "EVOLUX_API_URL": "https://acme.evolux.net.br",
        "EVOLUX_API_TOKEN": "a-secret token\n",
        "EVOLUX_VALIDATE_CERTS": certificates,
    }
    assert set(shown) == {*env, "EVOLUX_CA_PATH"}
    assert "a-secret" not in json.dumps(shown)


def test_a_misspelled_field_is_empty_and_is_found(tmp_path: Path) -> None:
    # AWX's injector doesn't report it, so the rules must.
    mutant = copy.deepcopy(CREDENTIAL_TYPE)
    mutant["injectors"]["env"]["EVOLUX_API_TOKEN"] = "{{ tokn }}"
    assert injected({"url": "u", "token": "t"}, tmp_path, mutant)[0]["EVOLUX_API_TOKEN"] == ""
    assert credential_type_problems(mutant)
    assert injected({"url": "u", "tokn": "t"}, tmp_path)[0]["EVOLUX_API_TOKEN"] == ""


def test_the_environment_is_what_the_modules_read() -> None:
    fragment = (ROOT / "plugins" / "module_utils" / "_module.py").read_text()
    assert set(CREDENTIAL_TYPE["injectors"]["env"]) <= set(re.findall(r"EVOLUX_\w+", fragment))


# Surveys and job templates


@pytest.mark.parametrize("name", TEMPLATES)
def test_awx_takes_the_survey(name: str) -> None:
    assert survey_problems({"name": "", "description": "", "spec": TEMPLATES[name]["survey"]}) == []


@pytest.mark.parametrize(("name", "question"), QUESTIONS, ids=[f"{name}-{q['variable']}" for name, q in QUESTIONS])
def test_questions(name: str, question: dict[str, Any]) -> None:
    # Integers would lose leading zeros.
    assert question["type"] in ("text", "multiplechoice")
    if not question["required"]:
        assert answer_problems(question, question["default"]) == []
    # Something reads the answer to each question.
    used = TEMPLATES[name].get("extra_vars", {}).values()
    sources = [
        *used,
        *(path.read_text() for folder in ("playbooks", "roles") for path in (ROOT / folder).rglob("*.yml")),
    ]
    assert any(re.search(rf"\b{question['variable']}\b", str(source)) for source in sources)


# The keys of awx.main.models.JobTemplate that we use: AWX silently ignores a key that it doesn't know.
ASKED = ("job_type", "limit", "forks", "job_slice_count")
KEYS = {"name", "description", "playbook", "job_type", "diff_mode", "extra_vars"}


@pytest.mark.parametrize("name", TEMPLATES)
def test_awx_knows_the_keys(name: str) -> None:
    assert TEMPLATES[name].keys() - {"survey"} <= KEYS | {f"ask_{what}_on_launch" for what in ASKED}
    assert TEMPLATES[name]["job_type"] in ("run", "check")


@pytest.mark.parametrize("name", TEMPLATES)
def test_playbooks_are_there_and_take_the_hosts(name: str) -> None:
    assert "evolux_hosts" in (ROOT / TEMPLATES[name]["playbook"]).read_text()
    assert {question["variable"] for question in TEMPLATES[name]["survey"]} >= {"evolux_hosts"}


# Jobs


@pytest.fixture
def tenant(sandbox: Sandbox) -> Tenant:
    return sandbox.tenant(queues=[SUPPORT], dids=[DID])


def runner(tenant: Tenant, folder: Path, **variables: Any) -> Runner:
    return Runner(folder / "job", credential(tenant), {"acme": variables})


def wanted(*queues: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**SUPPORT, "number": "3009"}, {"slug": "sales", "name": "Sales", "number": "0700"}, *queues]


def test_check(tenant: Tenant, tmp_path: Path) -> None:
    job = runner(tenant, tmp_path)
    run = job.launch("Check tenants")
    assert run.code == 0, run.output
    assert '"Queues        1 active, 0 archived"' in run.output
    assert not run.changed
    assert tenant.writes() == []
    # ansible-runner works like this, and the guide warns about it.
    assert tenant.token in (job.folder / "artifacts" / "1" / "command").read_text()
    assert "artifacts/<ident>/command" in (ROOT / "docs" / "awx.md").read_text()


def test_provision_and_audit(tenant: Tenant, tmp_path: Path) -> None:
    job = runner(tenant, tmp_path, evolux_queues=wanted())
    run = job.launch("Provision tenants")
    assert run.code == 0, run.output
    assert run.changed
    assert {queue["slug"]: queue["number"] for queue in tenant.queues()} == {"support": "3009", "sales": "0700"}
    audit = job.launch("Audit drift")
    assert audit.code == 0, audit.output
    assert "The tenant differs" not in audit.output

    support = next(queue for queue in tenant.queues() if queue["slug"] == "support")
    tenant.poke(support["id"], number="3010")
    writes = len(tenant.writes())
    audit = job.launch("Audit drift")
    assert audit.code == 2
    assert "The tenant differs from its variables" in audit.output
    assert "3010 -> 3009" in audit.output
    assert len(tenant.writes()) == writes


@pytest.mark.only_ci
def test_a_plan_writes_nothing_and_a_second_run_neither(tenant: Tenant, tmp_path: Path) -> None:
    job = runner(tenant, tmp_path, evolux_queues=wanted())
    plan = job.launch("Plan tenants")
    assert plan.code == 0, plan.output
    assert job.launch("Audit drift").code == 2
    assert tenant.writes() == []
    for expected in (True, False):
        run = job.launch("Provision tenants")
        assert run.code == 0, run.output
        assert run.changed is expected
    # Unanswered questions leave the settings as they are.
    answers = {"evolux_hosts": "acme", "evolux_queue_slug": "support"}
    assert not job.launch("Add or change a queue", answers).changed


@pytest.mark.only_ci
def test_unlisted_queues_are_drift_by_default(tenant: Tenant, tmp_path: Path) -> None:
    job = runner(tenant, tmp_path, evolux_queues=[])
    night = {"slug": "night", "name": "Night", "number": "3005"}
    cleaning = {"evolux_queues": [night], "evolux_archive_unlisted": True}
    assert job.launch("Audit drift").code == 2
    assert job.launch("Audit drift", {"evolux_audit_ignore_unlisted": "true"}).code == 0
    kept = job.launch("Provision tenants")
    assert kept.code == 0
    assert not kept.changed
    # No survey overrides what a tenant's variables say about archiving.
    assert "archive_unlisted" not in str(TEMPLATES)
    limited = runner(tenant, tmp_path / "limited", **cleaning, evolux_archive_unlisted_limit=0)
    assert limited.launch("Provision tenants").code == 2
    assert tenant.writes() == []
    assert runner(tenant, tmp_path / "cleaning", **cleaning).launch("Provision tenants").changed
    assert [queue["archived"] for queue in tenant.queues()] == [True, False]


def test_a_queue_by_survey(tenant: Tenant, tmp_path: Path) -> None:
    job = runner(tenant, tmp_path)
    # In quotes, for versions of ansible-core that would make it a number; the others see the quotes.
    new = {
        "evolux_hosts": "acme",
        "evolux_queue_slug": "night",
        "evolux_queue_name": 'Night {{ 1 + 1 }} - é it\'s "quoted"',
        "evolux_queue_number": '"0700"',
        "evolux_queue_public_number": f'"{DID}"',
        "evolux_queue_max_wait_time": "60",
    }
    run = job.launch("Add or change a queue", new)
    assert run.code == 0, run.output
    night = next(queue for queue in tenant.queues() if queue["slug"] == "night")
    assert (night["name"], night["number"]) == (new["evolux_queue_name"], "0700")
    assert (night["public_number"], night["max_wait_time"]) == (DID, 60)

    # Unanswered questions leave the settings as they are, and so do blanks; spaces around an answer don't count.
    change = {
        "evolux_hosts": "acme",
        "evolux_queue_slug": " night ",
        "evolux_queue_name": " ",
        "evolux_queue_max_wait_time": '"90"',
        "evolux_queue_clear_public_number": "true",
    }
    run = job.launch("Add or change a queue", change)
    assert run.code == 0, run.output
    assert {**night, "public_number": None, "max_wait_time": 90} in tenant.queues()


def test_a_number_in_a_survey_keeps_its_zeros_or_is_refused(tenant: Tenant, tmp_path: Path) -> None:
    answers = {"evolux_hosts": "acme", "evolux_queue_slug": "support", "evolux_queue_number": "0700"}
    run = runner(tenant, tmp_path).launch("Add or change a queue", answers)
    if NEW_CORE:
        assert run.code == 2
        assert "was read as the number 448, so the text that was entered is lost" in run.output
        assert tenant.writes() == []
    else:
        assert run.code == 0, run.output
        assert [queue["number"] for queue in tenant.queues()] == ["0700"]


# test_which_tenant.py has all playbooks and ways.
@pytest.mark.parametrize(
    ("name", "hosts"),
    [
        ("Add or change a queue", "all"),
        ("Archive a queue", "acmee"),
        only_ci("Add or change a queue", "acmee"),
        only_ci("Archive a queue", "all"),
        only_ci("Audit drift", "acmee"),
        only_ci("Audit drift", "all"),
    ],
)
def test_a_job_for_hosts_that_are_not_one_tenant_fails(name: str, hosts: str, tenant: Tenant, tmp_path: Path) -> None:
    others = {"acme": {}, "umbrella": {}}
    answers = {"evolux_hosts": hosts, "evolux_queue_slug": "support"}
    asked = {question["variable"] for question in TEMPLATES[name]["survey"]}
    job = Runner(tmp_path / "job", credential(tenant), others)
    run = job.launch(name, {key: value for key, value in answers.items() if key in asked})
    assert run.code != 0
    assert tenant.requests() == []


def test_a_host_without_a_token_is_not_given_another_tenants(tenant: Tenant, tmp_path: Path) -> None:
    hosts = {
        "acme": {"evolux_queues": wanted()},
        "umbrella": {"evolux_queues": wanted(), "evolux_api_url": "https://umbrella.evolux.net.br"},
    }
    run = Runner(tmp_path / "job", credential(tenant), hosts).launch("Plan tenants")
    assert set(run.stats["failures"]) == {"umbrella"}
    assert "umbrella has no evolux_api_token" in run.output


def test_a_job_trusts_the_credentials_ca(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with Server(tls=authority.tls()) as server:
        there = {"url": server.url, "token": "a-secret token", "verify_certs": "true"}
        untold = Runner(tmp_path / "untold", there, {"acme": {"evolux_queues": []}}).launch("Plan tenants")
        assert untold.code == 2
        assert "certificate" in untold.output
        given = {**there, "ca": authority.path.read_text()}
        run = Runner(tmp_path / "told", given, {"acme": {"evolux_queues": []}}).launch("Plan tenants")
        assert run.code == 0, run.output


# The workflow


def numbers(tenant: Tenant) -> dict[str, str]:
    return {queue["slug"]: queue["number"] for queue in tenant.queues()}


def test_what_is_approved_is_carried_out(tenant: Tenant, tmp_path: Path) -> None:
    seen = []

    def approve(plan: Any) -> bool:
        assert tenant.writes() == []
        seen.append(plan)
        return True

    run = play(runner(tenant, tmp_path, evolux_queues=wanted()), approve)
    assert run.statuses == {"plan": "successful", "approval": "successful", "provision": "successful"}
    (plan,) = seen
    assert plan is run.jobs["plan"]
    assert f"Fingerprint: {plan.artifacts['evolux_expected_plan']}" in plan.output
    assert plan.artifacts["evolux_expected_plans"] == {"acme": plan.artifacts["evolux_expected_plan"]}
    assert numbers(tenant) == {"support": "3009", "sales": "0700"}
    # A supervisor sees this without opening events.
    assert [job.artifacts["evolux_overview"]["lines"] for job in run.jobs.values()] == [
        ["1 queue would be created, 1 changed, 0 archived, 0 unchanged"],
        ["1 queue created, 1 changed, 0 archived, 0 unchanged"],
    ]


@pytest.mark.only_ci
def test_what_changes_before_the_approval_is_not_overwritten(tenant: Tenant, tmp_path: Path) -> None:
    def rename_another(_plan: Any) -> bool:
        (support,) = tenant.queues()
        tenant.poke(support["id"], name="Support B2B")
        return True

    run = play(runner(tenant, tmp_path, evolux_queues=wanted()), rename_another)
    assert run.statuses == {
        "plan": "successful",
        "approval": "successful",
        "provision": "failed",
        "audit": "failed",
    }
    assert run.failed
    assert "stale_plan" in run.jobs["provision"].output
    assert "the plan isn't the expected one" in run.jobs["provision"].output
    assert "Support B2B -> Support" in run.jobs["audit"].output
    assert tenant.writes() == []
    assert [queue["name"] for queue in tenant.queues()] == ["Support B2B"]


@pytest.mark.only_ci
def test_of_many_tenants_the_stale_one_alone_is_left(sandbox: Sandbox, tmp_path: Path) -> None:
    tenants = {name: sandbox.tenant(queues=[SUPPORT]) for name in ("acme", "gama", "umbrella")}
    hosts = {
        name: {"evolux_api_url": one.url, "evolux_api_token": one.token, "evolux_queues": wanted()}
        for name, one in tenants.items()
    }
    job = Runner(tmp_path / "job", {"url": sandbox.url, "token": "of-nobody-here"}, hosts)

    def change_gama(_plan: Any) -> bool:
        tenants["gama"].poke(1, name="Support B2B")
        return True

    # The workflow's limit applies to its nodes.
    run = play(job, change_gama, "--limit", "acme,gama")
    assert run.statuses == {"plan": "successful", "approval": "successful", "provision": "failed", "audit": "failed"}
    assert run.failed
    assert run.jobs["plan"].artifacts["evolux_expected_plans"].keys() == {"acme", "gama"}
    assert "the plan isn't the expected one" in run.jobs["provision"].output
    assert set(run.jobs["provision"].stats["failures"]) == {"gama"}
    overview = run.jobs["provision"].artifacts["evolux_overview"]
    assert overview["lines"] == [
        "acme: 1 created, 1 changed",
        "gama: failed (stale_plan)",
        "2 tenants: 1 changed, 1 failed",
    ]
    assert (overview["counts"]["changed"], overview["counts"]["failed"]) == (1, 1)
    assert numbers(tenants["acme"]) == {"support": "3009", "sales": "0700"}
    # What changed before the approval isn't overwritten, and the audit shows it.
    assert (tenants["gama"].writes(), tenants["umbrella"].requests()) == ([], [])
    assert set(run.jobs["audit"].stats["failures"]) == {"gama"}
    assert "Support B2B -> Support" in run.jobs["audit"].output


@pytest.mark.only_ci
def test_nothing_follows_a_denial(tenant: Tenant, tmp_path: Path) -> None:
    run = play(runner(tenant, tmp_path, evolux_queues=wanted()), lambda _plan: False)
    assert (run.statuses, run.failed) == ({"plan": "successful", "approval": "failed"}, True)
    assert tenant.writes() == []


def test_nothing_follows_a_plan_that_fails_or_the_denial_of_one(tenant: Tenant, tmp_path: Path) -> None:
    (approval,) = (node for node in WORKFLOW["nodes"] if "approval" in node)
    assert not approval.keys() & {"failure_nodes", "always_nodes"}
    tenant.fault("answer", status=403, times=None, text=f"no: {tenant.token}")
    run = play(runner(tenant, tmp_path, evolux_queues=wanted()), lambda _plan: True)
    assert (run.statuses, run.failed) == ({"plan": "failed"}, True)
    assert tenant.writes() == []


def test_by_itself_nothing_is_approved(tenant: Tenant, tmp_path: Path) -> None:
    run = runner(tenant, tmp_path, evolux_queues=wanted()).launch("Provision approved plans")
    assert run.code == 2
    assert "acme isn't in evolux_expected_plans" in run.output
    assert tenant.requests() == []


def test_the_workflow_is_one_that_awx_takes() -> None:
    assert survey_problems({"name": "", "description": "", "spec": WORKFLOW["survey"]}) == []
    # Variables given at launch would override the approved plans.
    assert WORKFLOW["ask_variables_on_launch"] is False
    templates = [
        TEMPLATES[node["job_template"].removeprefix("Evolux - ")]
        for node in WORKFLOW["nodes"]
        if "approval" not in node
    ]
    for template in templates:
        assert "ask_variables_on_launch" not in template
        assert template["ask_limit_on_launch"]
        assert {question["variable"] for question in WORKFLOW["survey"]} <= {
            one["variable"] for one in template["survey"]
        }


@pytest.mark.only_ci
def test_archive_by_survey(tenant: Tenant, tmp_path: Path) -> None:
    job = runner(tenant, tmp_path)
    answers = {"evolux_hosts": "acme", "evolux_queue_slug": "support"}
    check = job.launch("Archive a queue", answers, "--check")
    assert check.code == 0, check.output
    assert check.changed
    assert tenant.writes() == []
    for expected in (True, False):
        run = job.launch("Archive a queue", answers)
        assert run.code == 0, run.output
        assert run.changed is expected
    assert [queue["archived"] for queue in tenant.queues()] == [True]


def test_export_shows_what_it_writes(tenant: Tenant, tmp_path: Path) -> None:
    job = runner(tenant, tmp_path)
    run = job.launch("Export tenants", {"evolux_export_folder": str(tmp_path)})
    assert run.code == 0, run.output
    exported = yaml.safe_load((tmp_path / "acme.yml").read_text())
    assert [queue["slug"] for queue in exported["evolux_queues"]] == ["support"]
    assert '+    number: "3001"' in run.output
    assert tenant.writes() == []


# Runner looks for the token. test_secrets.py has all playbooks; other tests here have plans and provisioning that fail.
@pytest.mark.parametrize("name", [name if name == "Check tenants" else only_ci(name) for name in TEMPLATES])
def test_a_failing_job_holds_no_token(name: str, tenant: Tenant, tmp_path: Path) -> None:
    tenant.fault("answer", status=401, times=None, text=f"no: {tenant.token}")
    job = runner(tenant, tmp_path, evolux_queues=wanted())
    answers = {"evolux_export_folder": str(tmp_path)}
    if {"evolux_queue_slug"} & {question["variable"] for question in TEMPLATES[name]["survey"]}:
        answers = {"evolux_hosts": "acme", "evolux_queue_slug": "support", "evolux_queue_number": "1"}
    run = job.launch(name, {key: value for key, value in answers.items() if key in str(TEMPLATES[name]["survey"])})
    assert run.code == 2
    assert tenant.writes() == []
    assert any(event["event"] == "runner_on_failed" for event in run.events)


@pytest.mark.only_ci
def test_fifty_tenants(sandbox: Sandbox, tmp_path: Path) -> None:
    tenants = {f"tenant{number:02}": sandbox.tenant(queues=[SUPPORT]) for number in range(50)}
    hosts = {
        name: {"evolux_api_url": tenant.url, "evolux_api_token": tenant.token, "evolux_queues": wanted()}
        for name, tenant in tenants.items()
    }
    failing = tenants["tenant07"]
    failing.fault("answer", status=403, times=None, text=f"no: {failing.token}")
    job = Runner(tmp_path / "job", {"url": sandbox.url, "token": "of-nobody-here"}, hosts)
    run = job.launch("Provision tenants", None, "--forks", "10")
    assert set(run.stats["failures"]) == {"tenant07"}
    assert {name: len(tenant.queues()) for name, tenant in tenants.items()} == {
        name: 1 if name == "tenant07" else 2 for name in tenants
    }
    for form in {tenant.token for tenant in tenants.values()} | forms_of(failing.token):
        assert form not in run.output
        assert form not in run.kept
    failing.clear_faults()
    again = job.launch("Provision tenants", None, "--forks", "10")
    assert (set(again.stats["changed"]), set(again.stats["ok"])) == ({"tenant07"}, set(tenants))


# Setting AWX up

AWX_TOKEN = "an-awx token"
TENANT_TOKEN = "the-tenants token"
PLAYBOOKS = sorted({template["playbook"] for template in TEMPLATES.values()})


# Everything at once, but with a single job template to save time. Texts are references, as in the files.
ONE = TEMPLATES["Export tenants"]
(REFERRING,) = load("workflows.yml")["awx_workflows"]
(PORTUGUESE,) = assets("awx_workflows", "pt-BR")
WHOLE = {
    "awx_execution_environment_image": "registry.example/evolux-ee:1",
    "awx_notification_template": "On call",
    "awx_approval_timeout": 3600,
    "awx_tenant_ca": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    "awx_job_templates": [
        {**template, "extra_vars": {key: {"__ansible_unsafe": text} for key, text in ONE["extra_vars"].items()}}
        for template in load("job_templates.yml")["awx_job_templates"]
        if template["name"] == ONE["name"]
    ],
    "awx_workflows": [
        {
            **REFERRING,
            "nodes": [
                {**node, **({} if "approval" in node else {"job_template": ONE["name"]})} for node in REFERRING["nodes"]
            ],
        }
    ],
}


def empty() -> Awx:
    awx = Awx(AWX_TOKEN, PLAYBOOKS)
    awx.stored["organizations"][1] = {"id": 1, "name": "Default"}
    awx.stored["notification_templates"][2] = {"id": 2, "name": "On call", "organization": 1}
    return awx


@pytest.fixture
def awx() -> Iterator[Awx]:
    with empty() as running:
        yield running


def set_up_by(sandbox: Sandbox, folder: Path, awx: Awx) -> Callable[..., Any]:
    ansible = Ansible(sandbox.tenant(), folder)

    def run(*args: str, **variables: Any) -> Any:
        given = {
            "awx_url": awx.url,
            "awx_project_url": "https://git.example/evolux.git",
            "awx_tenant_url": "https://acme.evolux.net.br",
            "awx_wait_delay": 0,
            **variables,
        }
        env = {"AWX_TOKEN": AWX_TOKEN, "EVOLUX_API_TOKEN": TENANT_TOKEN}
        done = ansible.run(str(ASSETS / "setup.yml"), "-e", json.dumps(given), *args, env=env, secret=AWX_TOKEN)
        assert AWX_TOKEN not in done.output
        return done

    return run


@pytest.fixture
def set_up(sandbox: Sandbox, tmp_path: Path, awx: Awx) -> Callable[..., Any]:
    return set_up_by(sandbox, tmp_path, awx)


def told(run: Any) -> list[str]:
    return [entry["result"]["msg"] for entry in run.results if entry["result"].get("changed")]


def by_endpoint(run: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in told(run):
        endpoint, _colon, said = line.partition(": ")
        found.setdefault(endpoint, []).append(said)
    return found


@pytest.fixture(scope="module")
def whole(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> tuple[Awx, Any]:
    """An empty AWX after setup.yml in Portuguese, and its run. Tests must not change it."""
    with empty() as awx:
        return awx, set_up_by(sandbox, tmp_path_factory.mktemp("whole"), awx)(**WHOLE, awx_language="pt-BR")


@pytest.fixture
def made(whole: tuple[Awx, Any], awx: Awx) -> Awx:
    """An AWX in which setup.yml has created everything."""
    assert whole[1].code == 0, whole[1].output
    for of in ("stored", "attached", "surveys"):
        setattr(awx, of, copy.deepcopy(getattr(whole[0], of)))
    awx.states = ["successful"]
    return awx


def nodes_of(awx: Awx) -> dict[str, dict[str, Any]]:
    return {node["identifier"]: node for node in awx.stored["workflow_job_template_nodes"].values()}


def linked(awx: Awx) -> set[tuple[str, str, str]]:
    nodes = awx.stored["workflow_job_template_nodes"]
    return {
        (node["identifier"], relation, nodes[following]["identifier"])
        for node in nodes.values()
        for relation in RELATIONS
        for following in node[relation]
    }


LINKS = {
    ("plan", "success_nodes", "approval"),
    ("approval", "success_nodes", "provision"),
    ("provision", "failure_nodes", "audit"),
}


def test_setup_says_what_it_would_create(set_up: Callable[..., Any], awx: Awx) -> None:
    plan = set_up("--check", awx_job_templates=WHOLE["awx_job_templates"])
    assert plan.code == 0, plan.output
    assert awx.writes == []
    assert told(plan) == [
        "credential_types: Evolux tenant: create",
        "credentials: Evolux tenant: create",
        "projects: Evolux: create",
        "inventories: Evolux tenants: create",
        "hosts: tenant: create",
        f"job_templates: {ONE['name']}: create",
        f"workflow_job_templates: {WORKFLOW['name']}: create",
    ]


@pytest.mark.only_ci
def test_setup_says_that_it_would_create_every_job_template(set_up: Callable[..., Any], awx: Awx) -> None:
    plan = set_up("--check")
    assert plan.code == 0, plan.output
    assert awx.writes == []
    assert by_endpoint(plan)["job_templates"] == [f"{template['name']}: create" for template in ALL_TEMPLATES]


def test_setup_takes_everything_from_the_files(tenant: Tenant, tmp_path: Path) -> None:
    (play,) = yaml.safe_load((ASSETS / "setup.yml").read_text())
    read = play["tasks"][0]
    read["ansible.builtin.include_vars"]["dir"] = str(ASSETS)
    show = {
        "name": "Show",
        "ansible.builtin.debug": {"msg": {name: f"{{{{ {name} }}}}" for name in VARIABLES}},
        "loop": LANGUAGES,
        "loop_control": {"loop_var": "awx_language"},
    }
    run = Ansible(tenant, tmp_path).play(read, show)
    assert run.code == 0, run.output
    shown = {one["awx_language"]: one["msg"] for one in run.result("Show")["results"]}
    assert shown == {language: {name: assets(name, language) for name in VARIABLES} for language in LANGUAGES}


def test_setup_creates(made: Awx) -> None:
    (kind,) = made.stored["credential_types"].values()
    assert kind == {**assets("awx_credential_type", "pt-BR"), "id": kind["id"]}
    (credential,) = made.stored["credentials"].values()
    assert credential["inputs"] == {
        "url": "https://acme.evolux.net.br",
        "token": TENANT_TOKEN,
        "verify_certs": "true",
        "ca": WHOLE["awx_tenant_ca"],
    }
    (translated,) = (one for one in assets("awx_job_templates", "pt-BR") if one["name"] == ONE["name"])
    (host,) = made.stored["hosts"].values()
    # Without it, the credential's token isn't used for this host.
    assert yaml.safe_load(host["variables"]) == {"evolux_api_url": credential["inputs"]["url"]}
    (image,) = made.stored["execution_environments"]
    ((number, template),) = made.stored["job_templates"].items()
    assert made.attached[number, "credentials"] == [credential["id"]]
    assert made.surveys[number]["spec"] == translated["survey"]
    assert (template["description"], template["survey_enabled"]) == (translated["description"], True)
    assert template["execution_environment"] == image
    # A template for the job, not for the set-up.
    assert json.loads(template["extra_vars"]) == ONE["extra_vars"]

    (workflow,) = made.stored["workflow_job_templates"].values()
    assert (workflow["description"], workflow["ask_variables_on_launch"]) == (PORTUGUESE["description"], False)
    assert made.surveys[workflow["id"]]["spec"] == PORTUGUESE["survey"]
    for event in ("approvals", "error"):
        assert made.attached[workflow["id"], f"notification_templates_{event}"] == [2]
    assert linked(made) == LINKS
    started = {name: node["unified_job_template"] for name, node in nodes_of(made).items()}
    ((waiting, approval),) = made.stored["workflow_approval_templates"].items()
    assert started == {**dict.fromkeys(("plan", "provision", "audit"), number), "approval": waiting}
    assert approval == {**PORTUGUESE["nodes"][1]["approval"], "timeout": 3600, "id": waiting}


@pytest.mark.only_ci
def test_setup_changes_only_what_differs(made: Awx, set_up: Callable[..., Any]) -> None:
    ((waiting, approval),) = made.stored["workflow_approval_templates"].items()
    # AWX doesn't show the token, so setup.yml doesn't notice this change. It makes only the change that it sees.
    next(iter(made.stored["credentials"].values()))["inputs"]["token"] = "an old one"
    again = set_up(**{**WHOLE, "awx_approval_timeout": 7200}, awx_language="pt-BR")
    assert again.code == 0, again.output
    assert told(again) == [f"workflow_approval_templates: {approval['name']}: change timeout"]
    assert [body for _method, _path, body in made.writes] == [{**PORTUGUESE["nodes"][1]["approval"], "timeout": 7200}]
    assert made.stored["workflow_approval_templates"][waiting]["timeout"] == 7200


@pytest.mark.only_ci
def test_another_language_changes_texts_in_place(made: Awx, set_up: Callable[..., Any]) -> None:
    """What exists keeps its id, its links and what is attached to it; AWX refuses to change fields in use."""
    ids = {endpoint: list(stored) for endpoint, stored in made.stored.items()}
    approval = WORKFLOW["nodes"][1]["approval"]
    changes = [
        f"credential_types: {CREDENTIAL_TYPE['name']}: change description",
        "execution_environments: Evolux: change description",
        f"job_templates: {ONE['name']}: change description",
        f"job_templates: {ONE['name']}: set the survey",
        f"workflow_job_templates: {WORKFLOW['name']}: change description",
        f"workflow_job_templates: {WORKFLOW['name']}: set the survey",
        f"workflow_approval_templates: {approval['name']}: change name, description",
    ]
    for expected in (changes, []):
        run = set_up(**WHOLE, awx_language="en")
        assert run.code == 0, run.output
        assert told(run) == expected
    assert len(made.writes) == len(changes)
    assert {endpoint: list(stored) for endpoint, stored in made.stored.items()} == ids
    assert linked(made) == LINKS

    shown = {endpoint: next(iter(made.stored[endpoint].values())) for endpoint in ids if made.stored[endpoint]}
    assert shown["job_templates"]["description"] == ONE["description"]
    assert made.surveys[shown["job_templates"]["id"]]["spec"] == ONE["survey"]
    assert shown["workflow_job_templates"]["description"] == WORKFLOW["description"]
    assert made.surveys[shown["workflow_job_templates"]["id"]]["spec"] == WORKFLOW["survey"]
    assert approval.items() <= shown["workflow_approval_templates"].items()
    assert shown["credential_types"]["inputs"] == assets("awx_credential_type", "pt-BR")["inputs"]
    assert shown["credential_types"]["description"] == CREDENTIAL_TYPE["description"]


@pytest.mark.only_ci
def test_fields_in_use_are_not_changed(made: Awx, set_up: Callable[..., Any]) -> None:
    """Fields are more than texts."""
    (kind,) = made.stored["credential_types"].values()
    kind["inputs"]["fields"][1]["secret"] = False
    run = set_up(awx_job_templates=[], awx_workflows=[], awx_language="pt-BR")
    assert run.code == 2
    assert "Modifications to inputs are not allowed" in run.output


@pytest.mark.only_ci
def test_another_language_and_a_project_that_lost_a_playbook(made: Awx, set_up: Callable[..., Any]) -> None:
    """What exists gets other texts, but AWX refuses to change fields in use. The set-up fails in AWX's words."""
    made.playbooks = []
    # English is the default.
    run = set_up(**WHOLE)
    assert run.code == 2
    assert told(run) == [
        f"credential_types: {CREDENTIAL_TYPE['name']}: change description",
        "execution_environments: Evolux: change description",
        f"job_templates: {ONE['name']}: change description",
    ]
    (kind,) = made.stored["credential_types"].values()
    assert kind["inputs"] == assets("awx_credential_type", "pt-BR")["inputs"]
    assert kind["description"] == CREDENTIAL_TYPE["description"]
    assert "Playbook not found for project" in run.output


def test_setup_repairs(made: Awx, set_up: Callable[..., Any]) -> None:
    ((number, template),) = made.stored["job_templates"].items()
    template["playbook"] = "playbooks/check_tenant.yml"
    template["inventory"] = next(iter(made.stored["organizations"]))
    made.attached[number, "credentials"].clear()
    (kind,) = made.stored["credential_types"].values()
    kind["injectors"]["env"].popitem()
    (credential,) = made.stored["credentials"].values()
    credential["inputs"]["token"] = "an old one"
    (host,) = made.stored["hosts"].values()
    host["variables"] = "ours: 1"

    # Somebody bypassed the approval, and swapped what its node and another one start. A node that people added stays.
    (workflow,) = made.stored["workflow_job_templates"].values()
    nodes = nodes_of(made)
    started = {name: node["unified_job_template"] for name, node in nodes.items()}
    ticket = {**nodes["audit"], "id": 99, "identifier": "ticket", "always_nodes": []}
    made.stored["workflow_job_template_nodes"][99] = ticket
    nodes["audit"]["always_nodes"].append(99)
    nodes["plan"].update(success_nodes=[nodes["provision"]["id"]], always_nodes=[nodes["approval"]["id"]])
    nodes["provision"].update(unified_job_template=started["approval"], failure_nodes=[])
    nodes["approval"]["unified_job_template"] = started["plan"]
    workflow["ask_variables_on_launch"] = True
    made.surveys[workflow["id"]]["spec"][0]["default"] = "acme"
    made.attached[workflow["id"], "notification_templates_error"].clear()
    # Fields are more than texts. AWX would refuse to change this one, since a credential uses it.
    kind["inputs"]["fields"][1]["secret"] = False

    # Nothing else: what was created is as it should be.
    approval = PORTUGUESE["nodes"][1]["approval"]["name"]
    changes = {
        "credential_types": [f"{CREDENTIAL_TYPE['name']}: change inputs, injectors"],
        # AWX doesn't show the token, so the change goes unnoticed.
        "credentials": [],
        "hosts": ["tenant: change variables"],
        "job_templates": [
            f"{ONE['name']}: change playbook, inventory",
            f"{ONE['name']}: attach the credential Evolux tenant",
        ],
        "workflow_job_templates": [
            f"{WORKFLOW['name']}: change ask_variables_on_launch",
            f"{WORKFLOW['name']}: set the survey",
            f"{WORKFLOW['name']}: notify On call (error)",
        ],
        "workflow_job_template_nodes": [
            "provision: change unified_job_template",
            "plan: remove provision (success_nodes)",
            "plan: remove approval (always_nodes)",
            "plan: add approval (success_nodes)",
            "provision: add audit (failure_nodes)",
        ],
        "workflow_approval_templates": [f"{approval}: create"],
    }
    plan = set_up("--check", **WHOLE, awx_language="pt-BR")
    assert plan.code == 0, plan.output
    assert by_endpoint(plan) == {endpoint: said for endpoint, said in changes.items() if said}
    assert made.writes == []

    # An approval that is there is changed in place.
    kind["inputs"]["fields"][1]["secret"] = True
    nodes["approval"]["unified_job_template"] = started["approval"]
    made.stored["workflow_approval_templates"][started["approval"]]["description"] = "Wait"
    changes |= {
        "credential_types": [f"{CREDENTIAL_TYPE['name']}: change injectors"],
        "credentials": ["Evolux tenant: change inputs"],
        "workflow_approval_templates": [f"{approval}: change description"],
    }
    run = set_up(**WHOLE, awx_language="pt-BR", awx_replace_token=True)
    assert run.code == 0, run.output
    assert by_endpoint(run) == changes
    assert len(made.writes) == sum(map(len, changes.values()))
    (credential,) = made.stored["credentials"].values()
    assert credential["inputs"]["token"] == TENANT_TOKEN
    assert linked(made) == {*LINKS, ("audit", "always_nodes", "ticket")}
    after = {name: node["unified_job_template"] for name, node in nodes_of(made).items() if name != "ticket"}
    assert after == started
    assert made.stored["workflow_approval_templates"] == {
        started["approval"]: {**PORTUGUESE["nodes"][1]["approval"], "timeout": 3600, "id": started["approval"]}
    }


@pytest.mark.only_ci
def test_check_mode_foresees_each_repair(made: Awx, set_up: Callable[..., Any]) -> None:
    """A survey and an approval that is gone, whose node starts something else."""
    ((number, _template),) = made.stored["job_templates"].items()
    made.surveys[number]["spec"][0]["required"] = not made.surveys[number]["spec"][0]["required"]
    nodes = nodes_of(made)
    started = {name: node["unified_job_template"] for name, node in nodes.items()}
    nodes["approval"]["unified_job_template"] = started["plan"]
    wanted = {**WHOLE, "awx_language": "pt-BR", "awx_replace_token": True}
    plan = set_up("--check", **wanted)
    assert plan.code == 0, plan.output
    assert made.writes == []
    run = set_up(**wanted)
    assert run.code == 0, run.output
    assert told(run) == told(plan)
    assert sorted(told(run)) == [
        "credentials: Evolux tenant: change inputs",
        f"job_templates: {ONE['name']}: set the survey",
        f"workflow_approval_templates: {PORTUGUESE['nodes'][1]['approval']['name']}: create",
    ]
    assert len(made.writes) == 3
    after = {name: node["unified_job_template"] for name, node in nodes_of(made).items()}
    made_anew = made.stored["workflow_approval_templates"][after["approval"]]
    assert made_anew["timeout"] == 3600
    assert after == {**started, "approval": made_anew["id"]}


def test_the_simulation_refuses_links_as_awx_does() -> None:
    awx = Awx(AWX_TOKEN, PLAYBOOKS)
    for number in (1, 2):
        awx.stored["workflow_job_templates"][number] = {"id": number, "name": f"Workflow {number}"}
    for number, name in enumerate(("a", "b", "c", "elsewhere"), 3):
        workflow = 2 if name == "elsewhere" else 1
        given = {"identifier": name, "workflow_job_template": workflow}
        assert awx.handle("POST", "/api/v2/workflow_job_template_nodes/", given)[1]["id"] == number
    assert awx.handle("POST", "/api/v2/workflow_job_template_nodes/", given)[0] == 400
    a, b, c, elsewhere = range(3, 7)
    for node, relation, body, expected in (
        (a, "success_nodes", {"id": b}, ""),
        (b, "failure_nodes", {"id": c}, ""),
        (a, "always_nodes", {"id": b}, "Relationship not allowed."),
        (c, "always_nodes", {"id": a}, "Cycle detected."),
        (a, "always_nodes", {"id": a}, "Cycle detected."),
        (a, "success_nodes", {"id": elsewhere}, "different workflows"),
        (a, "success_nodes", {"id": 99}, "Not found."),
        (a, "success_nodes", {"id": str(b)}, "must be an integer"),
        (a, "success_nodes", {"id": b, "disassociate": False}, ""),
        (a, "always_nodes", {"id": b}, ""),
    ):
        status, answer = awx.handle("POST", f"/api/v2/workflow_job_template_nodes/{node}/{relation}/", body)
        assert (status == 204) is (not expected), (node, relation, body)
        assert expected in str(answer)
    assert linked(awx) == {("a", "always_nodes", "b"), ("b", "failure_nodes", "c")}
    awx.server.server_close()


def test_setup_refuses_a_notification_template_that_is_not_there(set_up: Callable[..., Any], awx: Awx) -> None:
    awx.stored["organizations"][3] = {"id": 3, "name": "Another"}
    awx.stored["notification_templates"][2]["organization"] = 3
    run = set_up(awx_notification_template="On call")
    assert run.code == 2
    assert "The organization Default has no notification template On call" in run.output
    assert awx.writes == []


OURS = """# ours
evolux_queues:
- {slug: a, number: '0700'}
hi: '{{ 1 + 1 }}'
since: 2026-01-02
em: |+
  é

"""
ADDED = "evolux_api_url: https://acme.evolux.net.br\n"
URL = {"evolux_api_url": "https://acme.evolux.net.br"}
VAULTED = {"token": {"__ansible_vault": "$ANSIBLE_VAULT;1.1;AES256\n6162\n"}, "hi": "{{ 1 + 1 }}", "n": "0700"}
ANOTHER = "since: 2026-01-02\nevolux_api_url: >-\n  https://umbrella.evolux.net.br\nhi: '{{ 1 + 1 }}'\n"
# A host's variables before and after: the exact text, or its meaning.
HOST_VARIABLES: dict[str, str | dict[str, Any]] = {
    "": ADDED,
    "---": f"---\n{ADDED}",
    ADDED: ADDED,
    json.dumps({"a": 1, **URL}): json.dumps({"a": 1, **URL}),
    OURS: OURS + ADDED,
    OURS.rstrip(): f"{OURS.rstrip()}\n{ADDED}",
    ANOTHER: {"since": date(2026, 1, 2), "hi": "{{ 1 + 1 }}", **URL},
    json.dumps(VAULTED): {**VAULTED, **URL},
    "\n {a: 1}": {"a": 1, **URL},
}


@pytest.mark.parametrize("thrice", [False, only_ci(True)])
def test_the_host_gets_its_address_and_keeps_its_variables(
    thrice: bool, awx: Awx, tenant: Tenant, tmp_path: Path
) -> None:
    texts = {f"host{number}": text for number, text in enumerate(HOST_VARIABLES)}
    changed = [name for name, text in texts.items() if HOST_VARIABLES[text] != text]
    awx.stored["inventories"][1] = {"id": 1, "name": "Evolux tenants"}
    for number, (name, text) in enumerate(texts.items(), 2):
        awx.stored["hosts"][number] = {"id": number, "name": name, "inventory": 1, "variables": text}
    ensure = {
        "ansible.builtin.include_tasks": str(ASSETS / "steps" / "ensure.yml"),
        "loop": list(texts),
        "vars": {
            "awx_url": awx.url,
            "awx_token": AWX_TOKEN,
            "awx_tenant_token": TENANT_TOKEN,
            "awx_ids": {},
            "ensure_endpoint": "hosts",
            "ensure_parent": "inventory",
            "ensure_variables": URL,
            "ensure_wanted": "{{ {'name': item, 'inventory': 1} }}",
        },
    }
    says = [f"hosts: {name}: change variables" for name in changed]
    runs: list[tuple[list[str], tuple[str, ...]]] = [(says, ("--check",)), (says, ()), ([], ())]
    if not thrice:
        # The second time, nothing is left to do. The others end as one of these.
        ensure["loop"] += [name for name, text in texts.items() if text in (OURS, ANOTHER, json.dumps(VAULTED))]
        runs = [(says, ())]
    for expected, args in runs:
        run = Ansible(tenant, tmp_path).play(ensure, args=args, secret=VAULTED["token"]["__ansible_vault"])
        assert run.code == 0, run.output
        assert told(run) == expected
    for host in awx.stored["hosts"].values():
        wanted = HOST_VARIABLES[texts[host["name"]]]
        assert (host["variables"] if isinstance(wanted, str) else yaml.safe_load(host["variables"])) == wanted
    assert [(method, set(body)) for method, _path, body in awx.writes] == [("PATCH", {"variables"})] * len(changed)


@pytest.mark.parametrize("content_type", ["text/html", "application/json"])
def test_nothing_is_sent_to_a_server_that_is_not_awx(content_type: str, set_up: Callable[..., Any], awx: Awx) -> None:
    asked = []

    def log_in(method: str, target: str, _body: Any) -> tuple[int, Any]:
        asked.append((method, target))
        return 200, "<html>Log in</html>"

    awx.handle, awx.content_type = log_in, content_type  # type: ignore[method-assign]
    run = set_up()
    assert run.code == 2
    assert asked == [("GET", "/api/v2/organizations/?name=Default")]
    assert "which isn't a response from AWX" in run.output


def test_which_addresses_get_the_token(tenant: Tenant, tmp_path: Path) -> None:
    addresses = {
        "https://awx.example.com": True,
        "HTTPS://awx.example.com/": True,
        "http://localhost": True,
        "http://LOCALHOST:8080/": True,
        "http://127.0.0.1": True,
        "http://127.254.3.2:80/x": True,
        "http://[::1]:8080": True,
        "http://127.evil.invalid": False,
        "http://127.0.0.1.evil.invalid": False,
        "http://127.0.0.1@evil.invalid": False,
        "http://127.0.0.300": False,
        "http://localhost.evil.invalid": False,
        "http://localhost@evil.invalid": False,
        "http://evil.invalid/http://localhost": False,
        "http://[::2]": False,
        "http://awx.example.com": False,
        "ftp://localhost": False,
        "https://": False,
        "https:awx.example.com": False,
        "localhost": False,
        "": False,
    }
    (play,) = yaml.safe_load((ASSETS / "setup.yml").read_text())
    names = ("awx_url_parts", "awx_url_is_safe")
    run = Ansible(tenant, tmp_path).play(
        {
            "name": "Judge",
            "ansible.builtin.debug": {"msg": "{{ awx_url_is_safe | bool }}"},
            "loop": list(addresses),
            "vars": {"awx_url": "{{ item }}", **{name: play["vars"][name] for name in names}},
        }
    )
    assert run.code == 0, run.output
    assert {one["item"]: one["msg"] for one in run.result("Judge")["results"]} == addresses


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"awx_url": ""}, "Set awx_url"),
        ({"awx_url": "http://127.evil.invalid"}, "Set awx_url"),
        ({"awx_tenant_url": ""}, "Set awx_url"),
        ({"awx_project_url": ""}, "Set awx_url"),
        ({"awx_language": "pt"}, "awx_language is pt; it must be en or pt-BR."),
    ],
)
def test_setup_says_what_is_missing(variables: dict[str, Any], says: str, set_up: Callable[..., Any], awx: Awx) -> None:
    run = set_up(**variables)
    assert run.code != 0
    assert says in run.output


def test_setup_fails_in_awx_words(set_up: Callable[..., Any], awx: Awx) -> None:
    awx.token = "another"
    run = set_up()
    assert run.code == 2
    assert "status 401" in run.output
    assert "Authentication credentials were not provided" in run.output


def test_setup_fails_if_the_project_cannot_be_updated(set_up: Callable[..., Any], made: Awx) -> None:
    made.states = ["running", "running", "failed"]
    run = set_up(awx_tenant_ca=WHOLE["awx_tenant_ca"], awx_language="pt-BR")
    assert run.code == 2
    assert "its status is failed" in run.output
    assert made.writes == []


def test_setup_without_a_server(set_up: Callable[..., Any]) -> None:
    run = set_up(awx_url="http://127.0.0.1:1")
    assert run.code == 2
    assert "Connection refused" in run.output


# The execution environment


def test_the_image_gets_what_the_collection_needs(tmp_path: Path) -> None:
    builder = Path(sys.executable).with_name("ansible-builder")
    context = tmp_path / "context"
    command = [str(builder), "create", "--file", str(ASSETS / "execution-environment.yml"), "--context", str(context)]
    command += ["--output-filename", "Containerfile"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "evolux.contact_center" in (context / "_build" / "requirements.yml").read_text()
    assert "python3.12" in (context / "Containerfile").read_text()

    command = [str(builder), "introspect", os.environ["ANSIBLE_COLLECTIONS_PATH"]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    needed = (ROOT / "requirements.txt").read_text().split()
    found = [re.split(r"\s+#", line)[0] for line in yaml.safe_load(done.stdout)["python"]]
    assert found == needed
    assert "from collection evolux.contact_center" in done.stdout
