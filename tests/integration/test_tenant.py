# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role and the playbooks, run by name as users run them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.control import Sandbox, Tenant
from scenarios import DID, OTHER_DID

from .conftest import Ansible, Run, each_core, only_ci

PROVISION = "evolux.contact_center.provision_tenant"
EXPORT = "evolux.contact_center.export_tenant"
IMPORT = "evolux.contact_center.import_tenant"
EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples" / "tenants"

# Values that YAML, Jinja or a shell could misread.
NAMES = [
    "Atendimento: nível 1",
    'it\'s "quoted" \\ twice',
    "サポート 😀",
    "العربية",
    "yes",
    "null",
    "~",
    "0700123",
    "1e3",
    "12:30:45",
    "2026-01-01",
    "{{ lookup('pipe', 'id') }}",
    "{% if x %}",
    "{# gone? #}",
    "- [a, {b: c}] # no comment",
    " spaces ",
    "!unsafe tag",
    "%percent @at `tick` |pipe >fold &anchor *alias",
    "a\u0085b\u2028c\ufeffd",
    "tab\tand\nline",
    "x" * 300,
]
NUMBERS = ["0700123", "0899", "010", "0", "12345678901234567890"]


def queues_of(tenant: Tenant) -> dict[str, dict[str, Any]]:
    return {queue["slug"]: queue for queue in tenant.queues()}


def changed(run: Run) -> bool:
    return any(entry["result"].get("changed") for entry in run.results)


def nasty() -> list[dict[str, Any]]:
    queues = [
        {"name": name, "slug": f"queue_{index}", "number": str(5000 + index)} for index, name in enumerate(NAMES, 1)
    ]
    queues += [{"name": f"Number {number}", "number": number} for number in NUMBERS]
    queues[0]["public_number"] = DID
    queues[1]["max_wait_time"] = 60
    return [*queues, {"name": "Old", "slug": "old", "number": "5001", "archived": True}]


@pytest.mark.parametrize("shows", [each_core("never"), "always"])
def test_an_export_is_taken_back_without_a_change(shows: str, sandbox: Sandbox, tmp_path: Path) -> None:
    tenant = sandbox.tenant(queues=nasty(), dids=[DID], switches={"show_max_wait_time": shows})
    before = tenant.queues()
    ansible = Ansible(tenant, tmp_path)
    exported = ansible.run(EXPORT, "-e", "evolux_export_file=acme.yml")
    assert exported.code == 0, exported.output
    assert f"{len(before) - 1} queues written to {tmp_path / 'acme.yml'}" in exported.output
    text = (tmp_path / "acme.yml").read_text(encoding="utf-8")
    assert tenant.token not in text
    assert "archived" not in text
    assert not changed(ansible.run(EXPORT, "-e", "evolux_export_file=acme.yml"))

    for args in (("--check",), ()):
        run = ansible.run(PROVISION, "-e", "@acme.yml", "-e", "evolux_archive_unlisted=true", "--diff", *args)
        assert run.code == 0, run.output
        assert not changed(run)
    assert tenant.queues() == before

    # And it creates the same queues in an empty tenant.
    empty = sandbox.tenant(dids=[DID])
    assert Ansible(empty, tmp_path).run(PROVISION, "-e", "@acme.yml").code == 0
    facts = ("name", "number", "public_number")
    assert {slug: [queue[fact] for fact in facts] for slug, queue in queues_of(empty).items()} == {
        queue["slug"]: [queue[fact] for fact in facts] for queue in before if not queue["archived"]
    }


@pytest.mark.parametrize("shows", ["never", only_ci("always")])
def test_a_csv_export_is_taken_back_without_a_change(shows: str, sandbox: Sandbox, tmp_path: Path) -> None:
    odd = [{"name": name, "number": str(6000 + index)} for index, name in enumerate(("=1+1", "-", " a  b ", "#N/A"))]
    tenant = sandbox.tenant(queues=[*nasty(), *odd], dids=[DID], switches={"show_max_wait_time": shows})
    ansible = Ansible(tenant, tmp_path)
    for args, says in ((("--check",), "would be written to"), ((), "written to"), ((), "unchanged in")):
        run = ansible.run(EXPORT, "-e", "evolux_csv_file=acme.csv", *args)
        assert run.code == 0, run.output
        assert f"queues {says} {tmp_path / 'acme.csv'}" in run.output
        assert changed(run) is ("written" in says)
    assert tenant.token not in (tmp_path / "acme.csv").read_text(encoding="utf-8")
    imported = ansible.run(IMPORT, "-e", "evolux_import_file=acme.csv", "-e", "evolux_tenant_file=acme.yml", warns=None)
    assert imported.code == 0, imported.output
    run = ansible.run(PROVISION, "-e", "@acme.yml", "-e", "evolux_archive_unlisted=true")
    assert run.code == 0, run.output
    assert not changed(run)


def test_an_export_in_both_forms(sandbox: Sandbox, tmp_path: Path) -> None:
    tenant = sandbox.tenant(queues=[{"name": "Sales", "number": "0700"}])
    both = ("-e", "evolux_export_file=acme.yml", "-e", "evolux_csv_file=acme.csv")
    run = Ansible(tenant, tmp_path).run(EXPORT, *both, "-e", "evolux_schema=tenant.json")
    assert run.code == 0, run.output
    for name in ("acme.yml", "acme.csv"):
        assert f"1 queue written to {tmp_path / name}" in run.output
    assert (tmp_path / "acme.yml").read_text().startswith("# yaml-language-server: $schema=tenant.json\n---\n")
    # A CSV file doesn't show whether somebody has changed it.
    tenant.poke(1, name="Vendas")
    refused = Ansible(tenant, tmp_path).run(EXPORT, *both)
    assert refused.code == 2
    assert f"{tmp_path / 'acme.csv'} was not overwritten: it has different content" in refused.output
    assert "Sales" in (tmp_path / "acme.csv").read_text(encoding="utf-8-sig")
    assert Ansible(tenant, tmp_path).run(EXPORT, *both, "-e", "evolux_export_overwrite=true").code == 0
    assert "Vendas" in (tmp_path / "acme.csv").read_text(encoding="utf-8-sig")


def test_an_export_holds_managed_fields_only_sorted_and_quoted(sandbox: Sandbox, tmp_path: Path) -> None:
    queues = [
        {"name": "Sales", "slug": "sales", "number": "0700123", "public_number": DID, "max_wait_time": 60},
        {"name": "Billing", "slug": "billing", "number": "0899"},
    ]
    switches = {"show_max_wait_time": "always", "extra_fields": {"strategy": "ringall"}}
    tenant = sandbox.tenant(queues=queues, dids=[DID], switches=switches)
    Ansible(tenant, tmp_path).run(EXPORT, "-e", "evolux_export_file=acme.yml")
    text = (tmp_path / "acme.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(text) == {
        "evolux_queues": [
            {"slug": "billing", "name": "Billing", "number": "0899", "public_number": ""},
            {"slug": "sales", "name": "Sales", "number": "0700123", "public_number": DID, "max_wait_time": 60},
        ]
    }
    assert 'number: "0700123"' in text
    assert 'number: "0899"' in text


def test_an_export_of_no_queues(tenant: Tenant, ansible: Ansible) -> None:
    assert "0 queues written to" in ansible.run(EXPORT, "-e", "evolux_export_file=acme.yml").output
    run = ansible.run(PROVISION, "-e", "@acme.yml")
    assert run.code == 0
    assert not changed(run)


def test_an_export_in_check_mode_writes_nothing(ansible: Ansible, tmp_path: Path) -> None:
    run = ansible.run(EXPORT, "-e", "evolux_export_file=acme.yml", "--check")
    assert "0 queues would be written to" in run.output
    assert not (tmp_path / "acme.yml").exists()


@pytest.mark.each_core
def test_provision_from_a_file(sandbox: Sandbox, tmp_path: Path) -> None:
    tenant = sandbox.tenant(queues=[{"name": "Sales", "slug": "sales", "number": "1"}], dids=[DID])
    wanted = {
        "evolux_queues": [
            {"slug": "sales", "number": "2"},
            {"slug": "support", "name": "Support", "number": "1", "public_number": DID, "max_wait_time": 60},
        ],
        "evolux_update_max_wait_time": "on_create",
        # As a survey sends unanswered questions.
        "evolux_archive_unlisted": "",
        "evolux_archive_unlisted_limit": "",
        "evolux_concurrency": "",
        "evolux_api_url": "",
        "evolux_timeout": "",
        "evolux_hosts": "",
    }
    (tmp_path / "acme.yml").write_text(yaml.safe_dump(wanted))
    ansible = Ansible(tenant, tmp_path)
    plan = ansible.run(PROVISION, "-e", "@acme.yml", "--check", "--diff")
    assert plan.code == 0, plan.output
    assert tenant.writes() == []
    run = ansible.run(PROVISION, "-e", "@acme.yml", "--diff")
    for output in (plan.output, run.output):
        assert "number         1 -> 2" in output
        assert "Plan: create 1, update 1, archive 0, unchanged 0" in output
    assert {slug: queue["number"] for slug, queue in queues_of(tenant).items()} == {"sales": "2", "support": "1"}
    assert queues_of(tenant)["support"]["max_wait_time"] == 60
    assert not changed(ansible.run(PROVISION, "-e", "@acme.yml"))


def test_the_connection_as_variables(tenant: Tenant, ansible: Ansible, tmp_path: Path) -> None:
    variables = {
        "evolux_queues": [],
        "evolux_api_url": tenant.url,
        "evolux_api_token": f"{tenant.token}\n",
        "evolux_validate_certs": True,
        "evolux_timeout": 5,
        "evolux_retries": 0,
    }
    (tmp_path / "acme.yml").write_text(json.dumps(variables))
    run = ansible.run(PROVISION, "-e", "@acme.yml", env={"EVOLUX_API_URL": "", "EVOLUX_API_TOKEN": ""})
    assert run.code == 0, run.output
    assert len(tenant.requests()) == 1


@pytest.mark.parametrize("wrong", [{}, each_core({"evolux_queues": "x"}), {"evolux_update_max_wait_time": ["x"]}])
def test_the_role_with_parameters_shows_no_token(wrong: dict[str, Any], sandbox: Sandbox, tmp_path: Path) -> None:
    tenant = sandbox.tenant()
    role = {
        "role": "evolux.contact_center.tenant",
        "evolux_queues": [],
        "evolux_api_url": tenant.url,
        "evolux_api_token": tenant.token,
        **wrong,
    }
    play = {"hosts": "localhost", "gather_facts": False, "roles": [role]}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    run = Ansible(tenant, tmp_path).run("play.yml", env={"EVOLUX_API_TOKEN": ""})
    assert (run.code == 0) is (not wrong), run.output


@pytest.mark.parametrize(
    ("playbook", "says"),
    [(PROVISION, "evolux_queues is missing"), (EXPORT, "evolux_export_file (or evolux_csv_file) is missing")],
)
def test_what_is_missing_is_said(playbook: str, says: str, tenant: Tenant, ansible: Ansible, tmp_path: Path) -> None:
    (tmp_path / "token.yml").write_text(json.dumps({"evolux_api_token": tenant.token}))
    run = ansible.run(playbook, "-e", "@token.yml")
    assert run.code != 0
    assert says in run.output
    assert tenant.requests() == []


def inventory(folder: Path, tenants: dict[str, Tenant], **variables: Any) -> None:
    hosts = {
        name: {"evolux_api_url": tenant.url, "evolux_api_token": tenant.token, **variables}
        for name, tenant in tenants.items()
    }
    (folder / "tenants.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))


def test_one_failing_tenant_does_not_stop_the_others(sandbox: Sandbox, tmp_path: Path) -> None:
    tenants = {f"tenant{number}": sandbox.tenant() for number in range(4)}
    tenants["tenant1"].fault("answer", status=403, times=None)
    inventory(tmp_path, tenants, evolux_queues=[{"slug": "support", "name": "Support", "number": "1"}])
    run = Ansible(tenants["tenant1"], tmp_path).run(PROVISION, "-i", "tenants.yml", "-e", "evolux_hosts=all", "-f", "2")
    assert run.code == 2
    assert {entry["host"] for entry in run.results if entry["failed"]} == {"tenant1"}
    assert [len(tenant.queues()) for tenant in tenants.values()] == [1, 0, 1, 1]
    assert all(tenant.token not in run.output for tenant in tenants.values())


def test_many_tenants_are_exported_to_a_file_each(sandbox: Sandbox, tmp_path: Path) -> None:
    tenants = {name: sandbox.tenant(queues=[{"name": name, "number": "1"}]) for name in ("acme", "umbrella")}
    inventory(tmp_path, tenants)
    ansible = Ansible(tenants["acme"], tmp_path)
    everyone = ("-i", "tenants.yml", "-e", "evolux_hosts=all")
    refused = ansible.run(EXPORT, *everyone, "-e", "evolux_export_file=all.yml")
    assert refused.code != 0
    assert "Several tenants would be written to the same file" in refused.output
    assert not (tmp_path / "all.yml").exists()
    run = ansible.run(EXPORT, *everyone, "-e", "evolux_export_file={{ inventory_hostname }}.yml")
    assert run.code == 0, run.output
    for name in tenants:
        assert name in (tmp_path / f"{name}.yml").read_text()


@pytest.mark.each_core
def test_the_example_inventory(sandbox: Sandbox, tmp_path: Path) -> None:
    tenants = {name: sandbox.tenant(f"sandbox-token-{name}", dids=[DID, OTHER_DID]) for name in ("acme", "umbrella")}
    password = tmp_path / "password"
    password.write_text("example")
    args = ("-i", str(EXAMPLES), "-e", "evolux_hosts=all", "-e", f"evolux_api_url={sandbox.url}")
    vault = ("--vault-password-file", str(password))
    ansible = Ansible(tenants["acme"], tmp_path)
    run = ansible.run(PROVISION, *args, *vault, secret=tenants["umbrella"].token)
    assert run.code == 0, run.output
    assert [len(tenant.queues()) for tenant in tenants.values()] == [3, 2]
    assert not changed(ansible.run(PROVISION, *args, *vault))
