# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks what ansible-doc shows by running it: every example, and every key in RETURN."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from sandbox.control import Sandbox, Tenant

from .conftest import Ansible, each_core

COLLECTION = "evolux.contact_center."
QUEUE = f"{COLLECTION}evolux_queue"
ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "plugins" / "modules"
NAMES = sorted(path.stem for path in MODULES.glob("evolux_*.py"))
# Their examples have something of everything.
ON_EACH_CORE = ("evolux_queue_info", "evolux_queues")
ENTRY_POINTS = yaml.safe_load((ROOT / "roles/tenant/meta/argument_specs.yml").read_text(encoding="utf-8"))[
    "argument_specs"
]
DID = "558432220000"
SUPPORT = {"name": "Support", "slug": "support", "number": "3001", "public_number": DID, "pauses": [{"name": "lunch"}]}
AGENTS = [{"login": "ana", "name": "Ana Souza", "queues": [1]}, {"login": "bia", "name": "Bia", "archived": True}]
OLD = {"name": "Old", "slug": "old", "number": "3009", "archived": True}
CONNECTION = {"api_url": "https://acme.example", "api_token": "token"}
# Keys that Ansible itself adds to every result.
ANSIBLES_OWN = {"changed", "failed", "exception", "invocation", "msg", "warnings", "deprecations"}


def module(name: str) -> Any:
    return importlib.import_module(f"ansible_collections.evolux.contact_center.plugins.modules.{name}")


def lookup(name: str) -> Any:
    return importlib.import_module(f"ansible_collections.evolux.contact_center.plugins.lookup.{name}")


def spec(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The arguments that the module's main passes to AnsibleModule, or else the options of its action plugin."""
    if not hasattr(module(name), "main"):
        plugin = importlib.import_module(f"ansible_collections.evolux.contact_center.plugins.action.{name}")
        return {"argument_spec": {option: dict(facts) for option, facts in plugin.OPTIONS.items()}}

    class Caught(Exception):
        pass

    def catch(_self: AnsibleModule, **kwargs: Any) -> None:
        raise Caught(kwargs)

    main = module(name).main
    with monkeypatch.context() as patch:
        patch.setattr(AnsibleModule, "__init__", catch)
        with pytest.raises(Caught) as caught:
            main()
    options: dict[str, Any] = caught.value.args[0]
    return options


def documented(name: str) -> dict[str, Any]:
    """The module's options, including those of the fragments."""
    options: dict[str, Any] = {}
    documentation = yaml.safe_load(module(name).DOCUMENTATION)
    for fragment in documentation["extends_documentation_fragment"]:
        file, _dot, part = fragment.removeprefix(COLLECTION).partition(".")
        source = importlib.import_module(f"ansible_collections.evolux.contact_center.plugins.doc_fragments.{file}")
        text = getattr(source.ModuleDocFragment, part.upper() or "DOCUMENTATION")
        options |= yaml.safe_load(text).get("options", {})
    return options | documentation.get("options", {})


def tasks(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All tasks and blocks, at any depth."""
    for node in nodes:
        yield node
        for part in ("block", "rescue", "always"):
            yield from tasks(node.get(part, []))


def examples(name: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load(module(name).EXAMPLES)
    return loaded


@pytest.mark.parametrize("name", NAMES)
def test_options_are_documented_as_they_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def facts(option: dict[str, Any]) -> dict[str, Any]:
        known = ("type", "elements", "default", "choices", "aliases", "required")
        return {key: option[key] for key in known if option.get(key) not in (None, [], False) or key == "default"}

    actual, told = spec(name, monkeypatch)["argument_spec"], documented(name)
    for option in actual.values():
        option.setdefault("default", None)
    for option in told.values():
        option.setdefault("default", None)
    assert {key: facts(option) for key, option in told.items()} == {
        key: facts(option) for key, option in actual.items()
    }


@pytest.mark.parametrize("name", NAMES)
def test_examples_fit_the_options(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = 0
    for task in tasks(examples(name)):
        assert not {key.rpartition(".")[2] for key in task if not key.startswith(COLLECTION)} & set(NAMES), task["name"]
        for key, options in task.items():
            if not key.startswith(COLLECTION):
                continue
            seen += 1
            known = spec(key.removeprefix(COLLECTION), monkeypatch)
            validator = ArgumentSpecValidator(
                known["argument_spec"], required_one_of=known.get("required_one_of"), mutually_exclusive=None
            )
            # A template may yield a list.
            given = {
                option: [] if known["argument_spec"][option]["type"] == "list" and isinstance(value, str) else value
                for option, value in (options or {}).items()
            }
            connection = CONNECTION if "api_url" in known["argument_spec"] else {}
            assert validator.validate({**connection, **given}).error_messages == [], task["name"]
            numbers = [value for option, value in (options or {}).items() if option.endswith("number")]
            assert all(isinstance(value, str) for value in numbers), task["name"]
        for group, defaults in task.get("module_defaults", {}).items():
            assert group == "group/evolux.contact_center.evolux"
            assert set(defaults) <= set(documented(name))
    assert seen


def here(text: str, tenant: Tenant) -> str:
    """Examples, on the sandbox instead of the tenants that they name."""
    return re.sub(r'"?https://(?:\w+|\{\{ \w+ \}\})\.evolux\.net\.br"?', tenant.url, text)


def write_sheet(folder: Path) -> None:
    (folder / "filas.csv").write_text("Fila;Ramal;Observações\nVendas;3005;\n", encoding="utf-8")


@pytest.mark.parametrize("name", [each_core(name) if name in ON_EACH_CORE else name for name in NAMES])
def test_examples_run(name: str, sandbox: Sandbox, tmp_path: Path) -> None:
    tenant = sandbox.tenant(queues=[SUPPORT, OLD] if name.endswith("_info") else [], agents=AGENTS, dids=[DID])
    write_sheet(tmp_path)
    variables = tmp_path / "variables.yml"
    tokens = {"evolux_token": tenant.token, "evolux_tokens": {"acme": tenant.token, "umbrella": tenant.token}}
    variables.write_text(json.dumps(tokens))
    # Ansible prints the items of a loop. Here they are names, not tokens.
    run = Ansible(tenant, tmp_path).play(
        *yaml.safe_load(here(module(name).EXAMPLES, tenant)), args=("-e", f"@{variables}")
    )
    assert run.code == 0, run.output
    assert len(tenant.requests()) >= len(run.results) / 3


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_examples_of_the_role_run(entry_point: str, sandbox: Sandbox, tmp_path: Path) -> None:
    tenant = sandbox.tenant(queues=[SUPPORT], dids=[DID])
    write_sheet(tmp_path)
    playbook, variables = tmp_path / "playbook.yml", tmp_path / "variables.yml"
    playbook.write_text(here(ENTRY_POINTS[entry_point]["examples"], tenant), encoding="utf-8")
    variables.write_text(json.dumps({"acme_token": tenant.token}))
    # Address and token come with the example, not from the environment.
    elsewhere = {"EVOLUX_API_URL": "", "EVOLUX_API_TOKEN": ""}
    run = Ansible(tenant, tmp_path).run(str(playbook), "-e", f"@{variables}", env=elsewhere)
    assert run.code == 0, run.output
    assert bool(tenant.requests()) == (entry_point != "import")


@pytest.mark.each_core
def test_examples_of_the_lookups_run(sandbox: Sandbox, tmp_path: Path) -> None:
    tenant = sandbox.tenant(queues=[{**SUPPORT, "slug": "black_friday"}], dids=[DID])
    ansible = Ansible(tenant, tmp_path)
    playbook = tmp_path / "lookup.yml"
    playbook.write_text(lookup("tenants").EXAMPLES, encoding="utf-8")
    archived = ansible.run(str(playbook))
    assert archived.code == 0, archived.output
    assert [queue["archived"] for queue in tenant.queues()] == [True]
    role = {
        "name": "role",
        "ansible.builtin.import_role": {"name": "evolux.contact_center.tenant"},
        "vars": {"evolux_queues": [{"name": "New", "slug": "new", "number": "3005"}]},
    }
    told = ansible.play(role, *yaml.safe_load(lookup("report").EXAMPLES))
    assert told.code == 0, told.output
    assert "created" in told.results[-1]["result"]["msg"]
    assert (tmp_path / "report.html").exists()


def mismatches(told: dict[str, Any], value: Any, where: str) -> Iterator[str]:
    """The places where a returned value differs from its description in RETURN."""
    kinds: dict[str, Any] = {
        "str": str,
        "int": int,
        "float": float,
        "bool": bool,
        "dict": dict,
        "list": list,
        "raw": object,
    }
    if value is None:
        return
    # In Python, a bool is an int.
    if not isinstance(value, kinds[told["type"]]) or (isinstance(value, bool) and told["type"] != "bool"):
        yield f"{where} isn't of type {told['type']}"
    elif "choices" in told and value not in told["choices"]:
        yield f"{where} is {value}"
    elif told["type"] == "list":
        for item in value:
            yield from mismatches({**told, "type": told["elements"]}, item, f"{where}[]")
    elif told["type"] == "dict" and "contains" in told:
        for key, inner in value.items():
            if key not in told["contains"]:
                yield f"{where}.{key} is not documented"
            else:
                yield from mismatches(told["contains"][key], inner, f"{where}.{key}")


def keys(told: dict[str, Any], where: str = "") -> Iterator[str]:
    for key, inner in told.items():
        yield f"{where}{key}"
        yield from keys(inner.get("contains", {}), f"{where}{key}.")


def present(value: Any, where: str = "") -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from present(item, where)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield f"{where}{key}"
            yield from present(inner, f"{where}{key}.")


USES = {
    "evolux_queue": [
        {"name": "New", "number": "3005", "max_wait_time": 60},
        {"slug": "support", "number": "3006"},
        {"slug": "support"},
        {"slug": "support", "state": "archived"},
        {"slug": "old"},
    ],
    "evolux_queues": [
        {"queues": [{"name": "New", "number": "3005", "max_wait_time": 60}, {"slug": "support", "number": "3006"}]},
        {"queues": [{"slug": "support", "state": "archived"}, {"slug": "old", "state": "archived"}]},
        {"queues": [{"slug": "old"}, {"slug": "new"}]},
    ],
    "evolux_queue_info": [{"include_archived": True, "include_pauses": True}, {"api_token": "wrong"}],
    "evolux_agent_info": [{"queue": "support", "include_archived": True}, {"api_token": "wrong"}],
    "evolux_tenant_info": [{}, {"api_token": "wrong"}],
    "evolux_tenant_file": [
        {"path": path, "queues": [SUPPORT], "tenant": "acme"} for path in ("acme.yml", "missing/acme.yml")
    ],
    "evolux_sheet_info": [
        {"path": str(ROOT / "docs" / "examples" / "filas.csv"), "ignore": ignore} for ignore in (["Observações"], [])
    ],
}


@pytest.mark.each_core
def test_attributes_are_what_the_modules_are() -> None:
    """As Ansible puts them together from fragments: a module that only reads can't have a diff, for example."""
    command = ["ansible-doc", "--json", *(COLLECTION + name for name in NAMES)]
    shown = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    group = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["action_groups"]["evolux"]
    for name in NAMES:
        attributes = shown[COLLECTION + name]["doc"]["attributes"]
        support = {attribute: facts["support"] for attribute, facts in attributes.items()}
        reads, sets_wait_times = name.endswith("_info"), name in ("evolux_queue", "evolux_queues")
        assert support == {
            "check_mode": "full",
            "diff_mode": "N/A" if reads else "full",
            "idempotent": "partial" if sets_wait_times else "full",
            "action_group": "full" if name in group else "none",
            "in_worker": "full",
            "platform": "full",
        }, name
        assert bool(attributes["action_group"]["membership"]) == (name in group)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("check_mode", [False, True])
def test_what_is_returned_is_what_is_documented(name: str, check_mode: bool, sandbox: Sandbox, tmp_path: Path) -> None:
    switches = {"show_max_wait_time": "always"}
    tenant = sandbox.tenant(queues=[SUPPORT, OLD], agents=AGENTS, dids=[DID], switches=switches)
    uses = [{COLLECTION + name: options, "ignore_errors": True, "check_mode": check_mode} for options in USES[name]]
    run = Ansible(tenant, tmp_path).play(*uses, args=("--diff",))
    told = yaml.safe_load(module(name).RETURN)
    results = [entry["result"] for entry in run.results]
    assert len(results) == len(uses)
    for result in results:
        returned = {key: value for key, value in result.items() if not key.startswith("_") and key not in ANSIBLES_OWN}
        assert list(mismatches({"type": "dict", "contains": told}, returned, "result")) == []
    found = set(present(results))
    # The sandbox in these tests doesn't use TLS.
    assert [key for key in keys(told) if key not in found and not key.startswith(("diff.", "tls."))] == []


def test_error_codes_are_documented(sandbox: Sandbox, tmp_path: Path) -> None:
    told = yaml.safe_load(module("evolux_queue").RETURN)["error"]["contains"]["code"]["description"]
    codes = set(re.findall(r"V\((\w+)\)", " ".join(told)))
    new = {"name": "New", "number": "3005", "retries": 0}
    uses: list[tuple[dict[str, Any], dict[str, Any]]] = [
        *((new, {"kind": "answer", "method": "POST", "status": status}) for status in (401, 404, 409, 422, 429, 503)),
        (new, {"kind": "answer", "method": "POST", "status": 200, "text": "<html>"}),
        (new, {"kind": "redirect", "location": "https://elsewhere.example/"}),
        ({**new, "public_number": "5511"}, {}),
        ({"slug": "old"}, {}),
        ({"slug": "ghost"}, {}),
        ({"slug": "support", "state": "archived"}, {}),
        (
            {"slug": "support", "name": "New", "retries": 0},
            {"kind": "answer", "method": "PUT", "status": 200, "json": {"meta": {}}},
        ),
    ]
    found = set()
    for options, fault in uses:
        tenant = sandbox.tenant(queues=[{**SUPPORT, "enabled": True}, OLD], dids=[DID])
        if fault:
            tenant.fault(**fault)
        found.add(Ansible(tenant, tmp_path).play({"name": "use", QUEUE: options}).result("use")["error"]["code"])
    # Two codes need a signal or an approval; test_interrupt.py and test_approval.py cover them.
    assert found == codes - {"interrupted", "stale_plan"}


@pytest.mark.parametrize("name", NAMES)
def test_samples_have_their_type(name: str) -> None:
    def samples(told: dict[str, Any], where: str) -> Iterator[str]:
        for key, inner in told.items():
            yield from mismatches(inner, inner.get("sample"), f"{where}{key}")
            yield from samples(inner.get("contains", {}), f"{where}{key}.")

    assert list(samples(yaml.safe_load(module(name).RETURN), "")) == []
