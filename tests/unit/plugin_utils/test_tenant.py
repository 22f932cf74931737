# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host's tenant, misspelled variables, the hosts that a play reaches, and messages to people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleLookupError
from ansible.parsing.dataloader import DataLoader

from ansible_collections.evolux.contact_center.plugins.lookup.tenants import LookupModule
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._module import CONNECTION_OPTIONS
from ansible_collections.evolux.contact_center.plugins.module_utils._trust import BUNDLES
from ansible_collections.evolux.contact_center.plugins.plugin_utils import _tenant
from ansible_collections.evolux.contact_center.plugins.plugin_utils._action import CA_VARIABLES
from ansible_collections.evolux.contact_center.plugins.plugin_utils._tenant import connection, misspelt, same_address
from ansible_collections.evolux.contact_center.plugins.plugin_utils._told import refused, told

ROOT = Path(__file__).resolve().parents[3]
ACME, BETA = "https://acme.evolux.net.br", "https://beta.evolux.net.br"
ENVIRONMENT = {"EVOLUX_API_URL": ACME, "EVOLUX_API_TOKEN": "env"}


# Address and token


@pytest.mark.parametrize(
    ("host", "given", "environment", "expected"),
    [
        ("acme", {"api_url": ACME, "api_token": "own"}, {}, (ACME, "own")),
        ("acme", {"api_url": BETA, "api_token": "own"}, ENVIRONMENT, (BETA, "own")),
        ("acme", {"api_url": f"{ACME}/api/v1/"}, ENVIRONMENT, (f"{ACME}/api/v1/", "env")),
        (
            "acme",
            {"api_url": BETA},
            ENVIRONMENT,
            "acme has no evolux_api_token, and EVOLUX_API_TOKEN is for https://acme",
        ),
        ("acme", {"api_url": ACME}, {"EVOLUX_API_TOKEN": "env"}, "for an unknown address"),
        ("acme", {"api_url": ACME}, {"EVOLUX_API_URL": ACME}, "EVOLUX_API_TOKEN isn't set"),
        ("acme", {"api_token": "own"}, ENVIRONMENT, "acme has no evolux_api_url"),
        ("acme", {}, ENVIRONMENT, "acme has no evolux_api_url"),
        ("acme", {"api_url": " ", "api_token": ""}, ENVIRONMENT, "acme has no evolux_api_url"),
        ("localhost", {}, ENVIRONMENT, (ACME, "env")),
        ("localhost", {"api_url": "", "api_token": None}, ENVIRONMENT, (ACME, "env")),
        ("localhost", {"api_url": BETA, "api_token": "own"}, ENVIRONMENT, (BETA, "own")),
        ("localhost", {"api_url": BETA}, ENVIRONMENT, "localhost has no evolux_api_token"),
        ("localhost", {"api_token": "own"}, ENVIRONMENT, "evolux_api_token is set without evolux_api_url"),
        ("localhost", {}, {"EVOLUX_API_URL": ACME}, "EVOLUX_API_TOKEN is missing"),
        ("localhost", {}, {}, "EVOLUX_API_URL and EVOLUX_API_TOKEN are missing"),
        ("localhost", {}, {"EVOLUX_API_URL": "", "EVOLUX_API_TOKEN": " "}, "are missing"),
    ],
)
def test_connection(
    host: str, given: Mapping[str, Any], environment: Mapping[str, str], expected: tuple[str, str] | str
) -> None:
    if isinstance(expected, str):
        with pytest.raises(ValueError, match=re.escape(expected)) as refusal:
            connection(host, given, environment)
        assert "own" not in str(refusal.value).replace("unknown", "")
    else:
        assert connection(host, given, environment) == dict(zip(("api_url", "api_token"), expected, strict=True))


@pytest.mark.parametrize(
    "written",
    [
        ACME,
        f"{ACME}/",
        f" {ACME}/api/v1/\n",
        "HTTPS://ACME.Evolux.net.br",
        "https://acme.evolux.net.br:443",
        "https://acme.evolux.net.br.",
    ],
)
def test_one_address_in_many_ways(written: str) -> None:
    assert same_address(written, ACME)
    assert not same_address(written, BETA)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ACME, "http://acme.evolux.net.br"),
        (ACME, "https://acme.evolux.net.br:8443"),
        (ACME, "https://acme.evolux.net.br.evil.example"),
        (ACME, "https://acme.evolux.net.br/beta"),
        (ACME, "https://acme@evolux.net.br"),
        ("https://[::1", "https://[::2"),
        ("http://127.0.0.1:1", "http://127.0.0.1:2"),
    ],
)
def test_other_addresses(one: str, other: str) -> None:
    assert not same_address(one, other)


def test_addresses_of_other_alphabets() -> None:
    assert same_address("https://são.example", "https://xn--so-sia.example")
    assert same_address("http://[0:0::1]:80", "http://[::1]")


# Variables


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("evolux_archive_unlistd", "evolux_archive_unlisted"),
        ("evolux_archiev_unlisted", "evolux_archive_unlisted"),
        ("evolux_queue", "evolux_queues"),
        ("evolux_queus", "evolux_queues"),
        ("veolux_hosts", "evolux_hosts"),
        ("evolx_api_tokn", "evolux_api_token"),
        ("evoluxapi_url", "evolux_api_url"),
        ("Evolux_queues", "evolux_queues"),
    ],
)
def test_a_misspelled_variable(name: str, meant: str) -> None:
    assert misspelt([name, "other"]) == {name: meant}


def test_variables_of_people() -> None:
    own = ["evolux_base_queues", "evolux_team", "tenant_api_token", "queues", "evolux", "evolux_token", "hostvars", ""]
    assert misspelt([*own, *_tenant.VARIABLES]) == {}


def test_the_known_variables_are_the_documented_ones() -> None:
    specs = yaml.safe_load((ROOT / "roles/tenant/meta/argument_specs.yml").read_text())["argument_specs"]
    documented = {option for spec in specs.values() for option in spec["options"]}
    templates = yaml.load((ROOT / "extensions/awx/job_templates.yml").read_text(), yaml.BaseLoader)
    asked = {question["variable"] for template in templates["awx_job_templates"] for question in template["survey"]}
    assert documented | asked | {"evolux_hosts", "evolux_run_in_worker"} == _tenant.VARIABLES
    assert set(_tenant.CONNECTION) == set(CONNECTION_OPTIONS)


@pytest.mark.parametrize("page", ["docs/troubleshooting.md", "docs/pt-BR/troubleshooting.md"])
def test_troubleshooting_has_the_refusals(page: str) -> None:
    text = " ".join((ROOT / page).read_text(encoding="utf-8").split())
    refusals: list[str] = []
    for host, given, environment in (
        ("acme", {}, {}),
        ("acme", {"api_url": ACME}, {"EVOLUX_API_URL": "https://umbrella.evolux.net.br", "EVOLUX_API_TOKEN": "env"}),
        ("localhost", {}, {}),
    ):
        with pytest.raises(ValueError, match="evolux") as refusal:
            connection(host, given, environment)
        refusals.append(str(refusal.value))
    assert [said for said in refusals if said.split(";")[0].split(", not for")[0] not in text] == []


# Hosts

GROUPS = {"all": ["acme", "umbrella"], "ungrouped": [], "north": ["acme"], "south": ["umbrella"], "empty": []}


def reach(terms: list[Any], limit: str | None = None, groups: Any = None, **more: Any) -> list[str]:
    one = more.pop("one", False)
    variables = {"groups": groups or GROUPS, **more}
    if limit:
        variables["ansible_limit"] = limit
    lookup = LookupModule(loader=DataLoader())
    lookup._load_name = "evolux.contact_center.tenants"
    lookup.get_option = lambda name: one  # type: ignore[method-assign]
    lookup.set_options = lambda **_kwargs: None  # type: ignore[method-assign]
    patterns: list[str] = lookup.run(terms, variables)
    return patterns


@pytest.mark.each_core
@pytest.mark.parametrize(
    ("term", "patterns"),
    [
        ("", ["localhost"]),
        (None, ["localhost"]),
        (" ", ["localhost"]),
        ("localhost", ["localhost"]),
        ("acme", ["acme"]),
        ("acme,umbrella", ["acme,umbrella"]),
        ("north:south", ["north:south"]),
        ("all:!acme", ["all:!acme"]),
        ("all:&south", ["all:&south"]),
        ("~acm.", ["~acm."]),
        ("[ab]cme", ["[ab]cme"]),
        (["acme", "umbrella"], ["acme", "umbrella"]),
        ('["acme", "south"]', ["acme", "south"]),
        ("all[0]", ["all[0]"]),
    ],
)
def test_hosts_that_are_there(term: Any, patterns: list[str]) -> None:
    assert reach([term]) == patterns


@pytest.mark.each_core
@pytest.mark.parametrize(
    ("term", "limit", "says"),
    [
        ("acmee", None, "'acmee' in evolux_hosts (acmee) matches no host"),
        ("acme,acmee", None, "'acmee' in evolux_hosts (acme,acmee)"),
        ("acme:acmee", None, "'acmee'"),
        ("all:!acmee", None, "'!acmee'"),
        ("all:&acmee", None, "'&acmee'"),
        (["acme", "acmee"], None, "'acmee'"),
        ("empty", None, "'empty'"),
        ("all[7]", None, "'all[7]'"),
        ("!all", None, "(!all) matches no host"),
        ([], None, "an empty list"),
        ("[]", None, "an empty list"),
        ("acme", "umbrella", "--limit umbrella excludes all hosts in evolux_hosts (acme)"),
        ("", "acme", "excludes all hosts"),
        ("", "all", "excludes all hosts"),
        ("all", "all:!acmee", "'!acmee' in --limit"),
    ],
)
def test_hosts_that_are_not_there(term: Any, limit: str | None, says: str) -> None:
    with pytest.raises(AnsibleLookupError, match=re.escape(says)):
        reach([term], limit)


@pytest.mark.each_core
def test_no_inventory() -> None:
    nobody: dict[str, list[str]] = {"all": [], "ungrouped": []}
    with pytest.raises(AnsibleLookupError, match="matches no host"):
        reach(["all"], groups=nobody)
    with pytest.raises(AnsibleLookupError, match="The inventory /nowhere/tenants doesn't exist"):
        reach([""], groups=nobody, ansible_inventory_sources=("/nowhere/tenants",))
    assert reach([""], groups=nobody, ansible_inventory_sources=("/etc/ansible/hosts", "a,b", str(ROOT)))


@pytest.mark.each_core
@pytest.mark.parametrize("limit", [None, "all", "acme,umbrella"])
def test_one_queue_of_one_tenant(limit: str | None) -> None:
    with pytest.raises(AnsibleLookupError, match="matches 2 tenants \\(acme, umbrella\\)"):
        reach(["all"], limit, one=True)
    assert reach(["all"], "acme", one=True) == ["all"]
    assert reach(["south"], limit, one=True) == ["south"]


@pytest.mark.each_core
def test_a_limit_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "retry").write_text("acme\n")
    assert reach(["all"], f"@{tmp_path}/retry", one=True)
    (tmp_path / "retry").write_text("acme\n!acmee\n")
    with pytest.raises(AnsibleLookupError, match="'!acmee'"):
        reach(["all"], f"@{tmp_path}/retry")


def test_a_slice_of_an_awx_job_has_only_some_of_the_hosts_of_a_limit() -> None:
    assert reach(["all"], "all:!elsewhere", awx_job_id=7)


# Messages to people

QUEUE = {"id": 1, "slug": "a", "name": "Al\u202efa", "number": "1"}
COUNTS = {"create": 0, "update": 0, "archive": 0, "none": 0, "failed": 0, "not_attempted": 0}
PROVISIONED: dict[str, Any] = {
    "changed": False,
    "results": [],
    "queues": [],
    "summary": COUNTS,
    "diff": {"prepared": ""},
}


@pytest.mark.parametrize(
    ("action", "queue", "check", "says"),
    [
        ("create", QUEUE, False, "created: Al\\u202efa, number 1"),
        ("archive", QUEUE, True, "would be archived: Al\\u202efa, number 1"),
        ("update", QUEUE, True, "would be changed: Al\\u202efa, number 1"),
        ("none", QUEUE, True, "nothing to do: Al\\u202efa, number 1"),
        ("none", None, False, "nothing to do: there is no such queue"),
    ],
)
def test_one_queue(action: str, queue: Any, check: bool, says: str) -> None:
    assert told({"changed": True, "action": action, "queue": queue}, "queue", check=check)["say"] == says


def test_an_audit() -> None:
    listed = {"queue": {**QUEUE, "id": 2}}
    drift = {**PROVISIONED, "queues": [QUEUE, {**QUEUE, "id": 2}], "results": [listed, {"queue": None}]}
    assert told({**PROVISIONED, "results": [listed], "queues": [listed["queue"]]}, "audit") == {
        **PROVISIONED,
        "results": [listed],
        "queues": [listed["queue"]],
        "say": "",
    }
    found = told(drift, "audit")
    assert found["say"].startswith("The tenant differs from its variables: 1 not listed.")
    assert "provision_tenant" not in found["say"]
    assert found["changed"]
    assert found["diff"]["prepared"] == "Not listed (1)\n  a  Al\\u202efa, number 1\n"
    assert told(drift, "audit", unlisted=False)["say"] == ""
    more = told({**drift, "changed": True, "summary": {**COUNTS, "create": 1, "update": 2}}, "audit")
    assert (
        "1 missing, 2 different, 1 not listed. Run provision_tenant to make the listed queues match again."
        in more["say"]
    )


LOOK = {
    "changed": False,
    "queues": {"active": 12, "archived": 3},
    "agents": 62,
    "shows_max_wait_time": "no",
    "numbers_as": "text",
    "lists_paged": False,
    "extra_fields": [],
    "latency": {"min": 0.021, "median": 1.034},
    "clock_skew": 0,
    "tls": {"version": "TLSv1.3", "issuer": "R11, Let's Encrypt, US", "expires": "2027-02-01T10:00:00Z"},
}


def test_a_first_look() -> None:
    assert told(LOOK, "check") == {
        **LOOK,
        "say": [
            "Queues        12 active, 3 archived",
            "Agents        62",
            "Wait times    not shown",
            "Numbers       shown as text",
            "Lists         in one response",
            "Extra fields  none",
            "Latency       1034 ms, at best 21 ms",
            "Clock         same as this machine's",
            "TLS           TLSv1.3",
            "Certificate   issued by R11, Let's Encrypt, US, valid until 2027-02-01T10:00:00Z",
            "For bug reports: these lines contain no token and no names or numbers of queues or agents.",
        ],
    }


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({"queues": {"active": 0, "archived": None}}, "Queues        0 active, unknown archived"),
        ({"agents": None}, "Agents        unknown"),
        ({"agents": 0}, "Agents        0"),
        ({"shows_max_wait_time": None}, "Wait times    unknown because there are no queues"),
        ({"shows_max_wait_time": "list"}, "Wait times    shown in lists"),
        ({"shows_max_wait_time": "read"}, "Wait times    shown only in reads by id"),
        ({"numbers_as": None}, "Numbers       unknown because no queue has a number"),
        ({"numbers_as": "number"}, "Numbers       shown as JSON numbers"),
        ({"numbers_as": "mixed"}, "Numbers       shown partly as text, partly as JSON numbers"),
        ({"lists_paged": True}, "Lists         in pages"),
        ({"extra_fields": ["a", "\x9b2J"]}, "Extra fields  a, \\u009b2J"),
        ({"extra_fields": ["a"] * 22}, f"Extra fields  {'a, ' * 20}and 2 more"),
        ({"clock_skew": -1}, "Clock         same as this machine's"),
        ({"clock_skew": -90}, "Clock         90 s behind this machine's"),
        ({"clock_skew": 2}, "Clock         2 s ahead of this machine's"),
        ({"clock_skew": None}, "Clock         unknown because the server doesn't send its time"),
        ({"tls": None}, "TLS           none"),
        ({"tls": {"version": "TLSv1.2", "issuer": None, "expires": None}}, "Certificate   not checked"),
        ({"tls": {"version": "TLSv1.2", "issuer": None, "expires": "soon"}}, "Certificate   valid until soon"),
        ({"tls": {"version": "TLSv1.2", "issuer": "\u202eA", "expires": None}}, "\\u202eA"),
    ],
)
def test_a_first_look_at_others(facts: dict[str, Any], line: str) -> None:
    said = told({**LOOK, **facts}, "check")["say"]
    assert len(said) == (10 if said[-2].startswith("TLS") else 11)
    assert any(line in each for each in said), said


@pytest.mark.each_core
@pytest.mark.parametrize(
    ("problem", "msg"),
    [
        (ValueError("The path is missing."), "The path is missing."),
        (PermissionError(13, "Permission denied", "/srv/acme.yml"), "Permission denied: /srv/acme.yml"),
    ],
)
def test_what_is_refused_here_fails_as_a_module_does(problem: Exception, msg: str) -> None:
    result = refused(problem, causes=["A cause."])
    assert (result["failed"], result["changed"], result["msg"], result["causes"]) == (True, False, msg, ["A cause."])
    assert result["error"] == EvoluxError("invalid", msg).public()


def test_a_failure_says_causes_and_no_data() -> None:
    failed = {**PROVISIONED, "failed": True, "error": {"code": "constraint"}, "invocation": {}, "queues": [QUEUE]}
    one = told({**failed, "msg": "It failed."}, "provision")
    assert one == {"failed": True, "changed": False, "error": {"code": "constraint"}, "msg": "It failed."}
    causes = {**failed, "msg": "2 failed.\nA cause.\n  entry 1", "diff": {"prepared": "Create (1)\n"}}
    assert "plan" not in told(causes, "provision")
    many = told(causes, "provision", diff=True)
    assert many["msg"] == "2 failed."
    assert many["causes"] == ["A cause.", "  entry 1"]
    assert many["plan"] == ["Create (1)"]
    assert many["_ansible_verbose_always"]
    assert "queues" not in many
    hostile = told({**failed, "msg": "It failed.", "error": {"code": "api", "message": "\x9b2J"}}, "provision")
    assert hostile["error"] == {"code": "api", "message": "\\u009b2J"}
    crash = {"failed": True, "msg": "MODULE FAILURE", "exception": "Traceback"}
    assert told(crash, "provision") == crash


def test_the_controller_looks_at_the_variables_that_modules_look_at_for_certificates() -> None:
    assert ("EVOLUX_CA_PATH", *BUNDLES) == CA_VARIABLES
