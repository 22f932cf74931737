# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mistakes that people make with the role and its playbooks; test_which_tenant.py covers how they choose hosts."""

from __future__ import annotations

import functools
import itertools
import json
import operator
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.release import __version__

from player import Player, Run
from sandbox.control import Sandbox, Tenant

from .conftest import each_core

CORE = tuple(map(int, __version__.split(".")[:2]))
SUPPORT = {"name": "Support", "slug": "support", "number": "3001"}
WANTED = {"evolux_queues": [SUPPORT]}

# playbook, arguments, variables -> run; on localhost with the tenant in the environment
Play = Callable[..., Run]


@pytest.fixture
def tenant(sandbox: Sandbox) -> Tenant:
    return sandbox.tenant(queues=[SUPPORT])


@pytest.fixture
def play(player: Player, tenant: Tenant, tmp_path: Path) -> Play:
    def run(
        playbook: str,
        *arguments: str,
        env: dict[str, str] | None = None,
        warns: tuple[str, ...] | None = (),
        **variables: Any,
    ) -> Run:
        (tmp_path / "variables.json").write_text(json.dumps(variables))
        name = playbook if "/" in playbook else f"evolux.contact_center.{playbook}"
        environment = {"EVOLUX_API_URL": tenant.url, "EVOLUX_API_TOKEN": tenant.token, **(env or {})}
        done = player.play(name, "-e", "@variables.json", *arguments, env=environment, cwd=tmp_path, warns=warns)
        assert tenant.token not in done.output
        assert "Traceback" not in done.output
        return done

    return run


def inventory(folder: Path, hosts: dict[str, dict[str, Any]], **common: Any) -> tuple[str, str]:
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": common}}))
    return "-i", "hosts.yml"


def own(tenant: Tenant, **variables: Any) -> dict[str, Any]:
    return {"evolux_api_url": tenant.url, "evolux_api_token": tenant.token, **variables}


# Hosts. test_which_tenant.py covers all ways to choose them.


@pytest.mark.parametrize(
    ("arguments", "says", "warns"),
    [
        (["-e", "evolux_hosts=acmee"], "'acmee' in evolux_hosts (acmee) matches no host", ("ignoring: acmee",)),
        (
            ["-e", "evolux_hosts=acme,acmee"],
            "'acmee' in evolux_hosts (acme,acmee) matches no host",
            ("ignoring: acmee",),
        ),
        (["-e", "evolux_hosts=acme", "--limit", "umbrella"], "--limit umbrella excludes all hosts", ()),
        (["--limit", "acme"], "--limit acme excludes all hosts in evolux_hosts (localhost)", ()),
        (["-i", "nowhere"], "The inventory ", ("Unable to parse",)),
    ],
)
@pytest.mark.parametrize("name", [each_core("provision_tenant"), "archive_queue"])
def test_a_run_that_reaches_nobody(
    name: str, arguments: list[str], says: str, warns: tuple[str, ...], play: Play, tenant: Tenant, tmp_path: Path
) -> None:
    args = inventory(tmp_path, {"acme": own(tenant), "umbrella": {}})
    run = play(name, *args, *arguments, warns=warns, evolux_queue_slug="support", **WANTED)
    assert run.code != 0
    assert says in run.output.replace("\n", " ")
    assert tenant.requests() == []


# Variables


@pytest.mark.parametrize(
    "name",
    [
        each_core("provision_tenant"),
        "audit_tenant",
        "export_tenant",
        "import_tenant",
        "check_tenant",
        "keep_queue",
        "archive_queue",
    ],
)
def test_a_misspelled_variable_is_refused_everywhere(name: str, play: Play, tenant: Tenant) -> None:
    run = play(name, **WANTED, evolux_queue_slug="a", evolux_export_file="a.yml", evolux_archive_unlistd=True)
    assert run.code == 2
    assert "Unknown variable evolux_archive_unlistd; did you mean evolux_archive_unlisted?" in run.output
    assert tenant.requests() == []


@pytest.mark.parametrize("where", [each_core("all"), "acme"])
def test_hosts_in_an_inventory_are_refused(where: str, play: Play, tenant: Tenant, tmp_path: Path) -> None:
    hosts = {"acme": {"evolux_hosts": "all"} if where == "acme" else {}}
    common = {"evolux_hosts": "all"} if where == "all" else {}
    run = play("provision_tenant", *inventory(tmp_path, hosts, **common), **WANTED)
    assert run.code == 2
    assert "The inventory sets evolux_hosts" in run.output
    assert tenant.requests() == []


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        each_core("provision_tenant", "evolux_queues"),
        ("audit_tenant", "evolux_queues"),
        ("export_tenant", "evolux_export_file (or evolux_csv_file)"),
        ("import_tenant", "evolux_import_file"),
        ("keep_queue", "evolux_queue_slug"),
        ("archive_queue", "evolux_queue_slug"),
    ],
)
def test_a_forgotten_at_sign(name: str, missing: str, play: Play, tenant: Tenant) -> None:
    run = play(name, "-e", "acme.yml")
    assert run.code == 2
    assert f"{missing} is missing" in run.output
    assert "write -e @acme.yml" in run.output
    assert "argument_spec" not in run.output
    assert tenant.requests() == []


@pytest.mark.each_core
def test_the_tokens_variable_may_have_any_name(play: Play, tenant: Tenant, tmp_path: Path) -> None:
    role = {
        "role": "evolux.contact_center.tenant",
        "evolux_api_url": tenant.url,
        "evolux_api_token": "{{ tenant_api_token }}",
        "evolux_queues": "{{ tenant_queues }}",
    }
    names = {"tenant_api_token": tenant.token, "tenant_queues": [SUPPORT], "tenant_result": "mine"}
    said = {"debug": {"msg": "{{ tenant_result }}"}}
    playbook = {"hosts": "localhost", "gather_facts": False, "vars": names, "roles": [role], "post_tasks": [said]}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([playbook]))
    run = play("./play.yml", env={"EVOLUX_API_URL": "", "EVOLUX_API_TOKEN": ""})
    assert run.code == 0, run.output
    assert '"msg": "mine"' in run.output
    assert len(tenant.requests()) == 1


# The controller


INVENTORIES_OF_OTHERS = [
    {"ansible_connection": "ssh"},
    {"ansible_become": True, "ansible_become_user": "nobody", "ansible_become_method": "sudo"},
    {"ansible_python_interpreter": "/nowhere/python"},
    {"ansible_shell_type": "powershell", "ansible_shell_executable": "/nowhere/sh"},
]


@pytest.mark.parametrize(
    ("variables", "in_worker"),
    [
        *itertools.product(INVENTORIES_OF_OTHERS, (True, False)),
        # Each of them is enough to make the run fail.
        each_core(functools.reduce(operator.or_, INVENTORIES_OF_OTHERS), False),
    ],
)
def test_nothing_runs_elsewhere(
    variables: dict[str, Any], in_worker: bool, play: Play, tenant: Tenant, tmp_path: Path
) -> None:
    elsewhere = {"ansible_host": "tenant.invalid", **variables}
    args = inventory(tmp_path, {"acme": own(tenant)}, **elsewhere, evolux_run_in_worker=in_worker)
    run = play("provision_tenant", *args, evolux_hosts="acme", **WANTED)
    assert run.code == 0, run.output
    assert len(tenant.requests()) == 1
    # The same in a custom play. Its other tasks still run where they should.
    role = {"import_role": {"name": "evolux.contact_center.tenant"}}
    other = {"ping": {}, "ignore_errors": True, "ignore_unreachable": True, "name": "elsewhere"}
    (tmp_path / "play.yml").write_text(
        yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": [role, other]}])
    )
    # The other task can't work; its warnings depend on the version of ansible-core.
    run = play("./play.yml", *args, warns=None, **WANTED)
    assert run.code == 0, run.output
    assert len(tenant.requests()) == 2
    assert "fatal: [acme]" in run.output.partition("TASK [elsewhere]")[2], run.output


@pytest.mark.parametrize(
    "way", [each_core("option"), "EVOLUX_CA_PATH", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", each_core("role")]
)
def test_a_relative_ca_path_counts_from_where_ansible_was_started(
    way: str, play: Play, tenant: Tenant, tmp_path: Path
) -> None:
    (tmp_path / "plays").mkdir()
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls" / "ca.pem").write_text("no certificate")
    options = {"ca_path": "tls/ca.pem"} if way == "option" else {}
    task = {"evolux.contact_center.evolux_queue_info": options}
    (tmp_path / "plays" / "play.yml").write_text(
        yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}])
    )
    env = {"EVOLUX_CA_PATH": "", **({way: "tls/ca.pem"} if way.isupper() else {})}
    if way == "role":
        run = play("provision_tenant", env=env, evolux_ca_path="tls/ca.pem", **WANTED)
    else:
        run = play("plays/play.yml", env=env)
    assert run.code == 2
    assert str(tmp_path / "tls" / "ca.pem") in run.output


# Texts


@pytest.mark.each_core
@pytest.mark.skipif(CORE >= (2, 19), reason="templates are always native on these cores")
def test_texts_stay_texts_with_native_jinja(play: Play, tenant: Tenant) -> None:
    native = {"ANSIBLE_JINJA2_NATIVE": "1"}
    for slug, name in (("2024", "None"), ("night", "True"), ("day", "0x10")):
        run = play(
            "keep_queue",
            env=native,
            evolux_queue_slug=slug,
            evolux_queue_name=name,
            evolux_queue_number=f"30{len(slug)}9",
        )
        assert run.code == 0, run.output
        assert {"name": name, "slug": slug}.items() <= tenant.queues()[-1].items()
    run = play("provision_tenant", env=native, evolux_queues=[{"slug": "2024", "name": "None", "number": "3049"}])
    assert run.code == 0, run.output
    assert "changed=0" in run.output


@pytest.mark.parametrize(
    ("number", "says"),
    [(True, "quote it"), each_core(30.5, "quote it"), each_core(3009, "3009"), ("40 01", "4001"), (None, "")],
)
def test_numbers_that_are_not_text(number: Any, says: str, play: Play, tenant: Tenant) -> None:
    warns = ("number as '3009'",) if number == 3009 else ()
    run = play("keep_queue", evolux_queue_slug="support", evolux_queue_number=number, warns=warns)
    assert says in run.output
    assert (run.code == 0) is (number in (3009, None)), run.output
    assert [queue["number"] for queue in tenant.queues()] == ["3009" if number == 3009 else "3001"]


# Messages


@pytest.mark.parametrize("check", [True, False])
def test_what_was_done_and_what_would_be(check: bool, play: Play, tenant: Tenant) -> None:
    args = ["--check"] if check else []
    new = {"evolux_queue_slug": "night", "evolux_queue_name": "Night", "evolux_queue_number": "3009"}
    would = "would be " if check else ""
    assert f'"msg": "{would}created: Night, number 3009"' in play("keep_queue", *args, **new).output
    run = play("archive_queue", *args, evolux_queue_slug="support")
    assert f'"msg": "{would}archived: Support, number 3001"' in run.output
    wanted = [{"slug": "a", "name": "Alfa", "number": "1"}]
    run = play("provision_tenant", *args, evolux_queues=wanted)
    assert f'"msg": "1 queue {would}created, 0 changed, 0 archived, 0 unchanged"' in run.output
    assert bool(tenant.writes()) is not check


def test_an_audit_says_what_is_true(play: Play, sandbox: Sandbox, tenant: Tenant) -> None:
    assert play("audit_tenant", **WANTED).code == 0
    # Nobody can know, so it's no difference.
    assert play("audit_tenant", evolux_queues=[{**SUPPORT, "max_wait_time": 60}]).code == 0
    run = play("audit_tenant", evolux_queues=[])
    assert run.code == 2
    assert "Not listed (1)\n  support  Support, number 3001\n" in run.output
    assert "rchive (" not in run.output
    assert "brings" not in run.output
    assert play("audit_tenant", evolux_queues=[], evolux_audit_ignore_unlisted="true").code == 0
    run = play("audit_tenant", evolux_queues=[{**SUPPORT, "number": "3002"}, {"slug": "b", "name": "B", "number": "3"}])
    assert "1 missing, 1 different. Run provision_tenant to make the listed queues match again." in run.output
    assert "3001 -> 3002" in run.output
    assert tenant.writes() == []


@pytest.mark.parametrize("check", [True, False])
def test_a_failure_says_each_cause_once(check: bool, play: Play, tenant: Tenant) -> None:
    queues = [{"slug": f"queue_{n}", "name": f"Queue {n}", "number": str(4000 + n)} for n in range(40)]
    for queue in queues[::4]:
        queue["public_number"] = f"5584999{queue['number']}"
    if check:
        # A problem that check mode can find: one number for ten queues.
        queues = [{**queue, "number": queues[0]["number"]} if n % 4 == 0 else queue for n, queue in enumerate(queues)]
    run = play("provision_tenant", *(["--check"] if check else []), evolux_queues=queues)
    assert run.code == 2
    assert len(run.output.encode()) < 4096, run.output
    if not check:
        assert run.output.count("create it in Evolux") == 1
        for number in range(0, 40, 4):
            (line,) = [line for line in run.output.splitlines() if f"5584999{4000 + number}" in line]
            assert f"queue_{number})" in line
        shown = play("provision_tenant", "--diff", evolux_queues=queues).output
        assert "+ queue_0   Queue 0, number 4000, public_number 55849994000" in shown
    assert len(tenant.queues()) == (1 if check else 31)


@pytest.mark.each_core
def test_a_name_that_looks_like_a_template_is_only_shown(play: Play, tenant: Tenant) -> None:
    tenant.poke(1, name="{{ 7777 * 7777 }}")
    for run in (
        play("keep_queue", evolux_queue_slug="support"),
        play("audit_tenant", evolux_queues=[]),
        play("export_tenant", evolux_export_file="acme.yml"),
    ):
        assert "60481729" not in run.output, run.output


# Files

VAULT = "$ANSIBLE_VAULT;1.1;AES256\n6636\n"


def test_an_export_replaces_nothing_but_an_export_that_nobody_changed(
    play: Play, tenant: Tenant, tmp_path: Path
) -> None:
    file = tmp_path / "acme.yml"
    assert play("export_tenant", evolux_export_file="acme.yml").code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    first = file.read_text()
    assert tenant.token not in first
    file.chmod(0o600)
    tenant.poke(1, name="Help")
    run = play("export_tenant", "--check", evolux_export_file="acme.yml")
    assert f"1 queue would be written to {file}" in run.output
    assert file.read_text() == first
    assert play("export_tenant", evolux_export_file="acme.yml").code == 0
    assert 'name: "Help"' in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    changed = f"{file.read_text()}# ours\n"
    file.write_text(changed)
    for args in ((), ("--check",)):
        run = play("export_tenant", *args, evolux_export_file="acme.yml")
        assert run.code == 2
        assert f"{file} was not overwritten: it has been changed since it was written" in run.output
        assert file.read_text() == changed
    assert play("export_tenant", evolux_export_file="acme.yml", evolux_export_overwrite=True).code == 0
    assert "ours" not in file.read_text()


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    ("content", "always"),
    [
        ("evolux_queues: []\n", False),
        ("", True),
        (VAULT, False),
        (f"evolux_api_token: !vault |\n  {VAULT}", False),
        ("é\n".encode("latin-1"), False),
    ],
)
def test_a_file_of_other_content(
    content: str | bytes, always: bool, overwrite: bool, play: Play, tmp_path: Path
) -> None:
    file = tmp_path / "acme.yml"
    before = content.encode() if isinstance(content, str) else content
    file.write_bytes(before)
    run = play("export_tenant", evolux_export_file=str(file), evolux_export_overwrite=overwrite)
    written = always or (overwrite and b"VAULT" not in before)
    assert (run.code == 0) is written, run.output
    assert (file.read_bytes() == before) is not written
    assert str(file) in run.output


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("kind", ["link", "dangling link", "folder", "fifo", "empty name", "no folder"])
def test_only_plain_files_are_written(kind: str, overwrite: bool, play: Play, tmp_path: Path) -> None:
    place = tmp_path / "exports" / "acme.yml"
    place.parent.mkdir()
    target = tmp_path / "target.yml"
    if kind == "link":
        target.write_text("precious")
    if "link" in kind:
        place.symlink_to(target)
    elif kind == "folder":
        place.mkdir()
    elif kind == "fifo":
        os.mkfifo(place)
    name = {"empty name": "", "no folder": "nowhere/acme.yml", "folder": "exports/acme.yml/"}.get(
        kind, "exports/acme.yml"
    )
    run = play("export_tenant", evolux_export_file=name, evolux_export_overwrite=overwrite)
    assert run.code == 2, run.output
    assert target.exists() is (kind == "link")
    assert kind != "link" or target.read_text() == "precious"
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and "Written for" in path.read_text()]


def test_a_linked_folder_is_followed(play: Play, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "linked").symlink_to("real")
    run = play("export_tenant", evolux_export_file="linked/acme.yml")
    assert run.code == 0
    assert f"1 queue written to {tmp_path}/real/acme.yml" in run.output


@pytest.mark.parametrize(
    ("file", "strategy"),
    [("all.yml", "linear"), ("{{ './' * (inventory_hostname | length) }}all.yml", "linear"), ("all.yml", "free")],
)
def test_one_file_is_not_for_several_tenants(
    file: str, strategy: str, play: Play, sandbox: Sandbox, tmp_path: Path
) -> None:
    tenants = {name: sandbox.tenant(queues=[{"name": name, "number": "1"}]) for name in ("acme", "umbrella")}
    args = inventory(tmp_path, {name: own(tenant) for name, tenant in tenants.items()})
    env = {"ANSIBLE_STRATEGY": strategy}
    # Ansible's own warning: with "free", every host runs what is meant to run once.
    warns = ("Using run_once with the free strategy",) if strategy == "free" else ()
    run = play("export_tenant", *args, evolux_hosts="all", evolux_export_file=file, env=env, warns=warns)
    assert run.code == 2, run.output
    # One after the other, as in batches: the second finds the first one's file.
    for name in tenants:
        run = play("export_tenant", *args, "--limit", name, evolux_hosts="all", evolux_export_file="one.yml")
        assert (run.code == 0) is (name == "acme"), run.output
    assert "it contains the queues of acme, " in run.output
    assert 'name: "acme"' in (tmp_path / "one.yml").read_text()


def test_the_name_of_a_host_leads_to_no_other_folder(play: Play, tenant: Tenant, tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    args = inventory(tmp_path, {"../x": own(tenant)})
    run = play("export_tenant", *args, evolux_hosts="all", evolux_export_file="exports/{{ inventory_hostname }}.yml")
    assert run.code == 2
    assert not (tmp_path / "x.yml").exists()


def test_batches(play: Play, sandbox: Sandbox, tmp_path: Path) -> None:
    tenants = {f"tenant{n}": sandbox.tenant(queues=[]) for n in range(3)}
    hosts = {name: own(tenant) for name, tenant in tenants.items()}
    # The last host, since a batch in which every host fails ends the play.
    del hosts["tenant2"]["evolux_api_token"]
    role = {"import_role": {"name": "evolux.contact_center.tenant"}}
    for strategy in ("linear", "free", "host_pinned"):
        batches = {"hosts": "all", "gather_facts": False, "serial": 1, "strategy": strategy, "tasks": [role]}
        (tmp_path / "play.yml").write_text(yaml.safe_dump([{**batches, "max_fail_percentage": 100}]))
        env = {"EVOLUX_API_TOKEN": ""}
        # Ansible's own warnings about keywords that only "linear" supports.
        warns = () if strategy == "linear" else ("max_fail_percentage", "run_once")
        run = play("./play.yml", *inventory(tmp_path, hosts), env=env, warns=warns, **WANTED)
        assert run.code == 2
        assert "tenant2 has no evolux_api_token" in run.output
    assert [len(tenant.queues()) for tenant in tenants.values()] == [1, 1, 0]
    assert tenants["tenant2"].requests() == []
