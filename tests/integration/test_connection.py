# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ways to set a tenant's address and token, and their effect, through ansible-playbook."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox.control import Sandbox

from .conftest import WAYS, Ansible, each_core

INFO = "evolux.contact_center.evolux_queue_info"
QUEUE = "evolux.contact_center.evolux_queue"
SUPPORT = {"name": "Support", "slug": "support", "number": "3001"}
NOTHING = {"EVOLUX_API_URL": "", "EVOLUX_API_TOKEN": ""}


def failure(ansible: Ansible, options: dict[str, Any], *, env: dict[str, str] | None = None) -> dict[str, Any]:
    run = ansible.play({"name": "fails", INFO: options}, env=env)
    assert run.failed("fails"), run.output
    return run.result("fails")


@pytest.fixture(params=WAYS)
def ansible(request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path) -> Ansible:
    return Ansible(sandbox.tenant(queues=[SUPPORT]), tmp_path, request.param)


@pytest.fixture
def one_way(sandbox: Sandbox, tmp_path: Path) -> Ansible:
    """For what the modules do themselves, however they run."""
    return Ansible(sandbox.tenant(queues=[SUPPORT]), tmp_path, WAYS[0])


def test_options(ansible: Ansible) -> None:
    tenant = {"api_url": f"{ansible.tenant.url}/api/v1/", "api_token": ansible.tenant.token}
    assert ansible.play({"name": "read", INFO: tenant}, env=NOTHING).result("read")["queues"]


def test_empty_options_leave_it_to_the_environment(ansible: Ansible) -> None:
    empty = dict.fromkeys(("api_url", "api_token", "validate_certs", "ca_path", "retries", "allow_plain_http"), "")
    run = ansible.play({"name": "read", INFO: empty}, env={"EVOLUX_VALIDATE_CERTS": "", "EVOLUX_CA_PATH": ""})
    assert run.result("read")["queues"]


@pytest.mark.each_core
def test_the_environment_of_the_task(ansible: Ansible) -> None:
    environment = {"EVOLUX_API_URL": ansible.tenant.url, "EVOLUX_API_TOKEN": "{{ lookup('env', 'HIDDEN') }}"}
    task = {"name": "read", INFO: {}, "environment": environment}
    # From -vvv on, Ansible itself prints a task's environment; the documentation warns about this.
    run = ansible.play(task, env={**NOTHING, "HIDDEN": ansible.tenant.token}, verbosity="-vv")
    assert run.result("read")["queues"]


def test_module_defaults_of_the_group(ansible: Ansible) -> None:
    defaults = {"api_url": ansible.tenant.url, "api_token": "{{ lookup('env', 'HIDDEN') }}"}
    tasks = [{"name": "read", INFO: {}}, {"name": "keep", QUEUE: SUPPORT}]
    block = {"module_defaults": {"group/evolux.contact_center.evolux": defaults}, "block": tasks}
    run = ansible.play(block, env={**NOTHING, "HIDDEN": ansible.tenant.token})
    assert run.result("read")["queues"]
    assert run.result("keep")["action"] == "none"


def test_a_vaulted_token(ansible: Ansible) -> None:
    password = ansible.folder / "password"
    password.write_text("vault password")
    secrets = ansible.folder / "secrets.yml"
    secrets.write_text(f"evolux_token: {ansible.tenant.token}\n")
    vault = str(Path(sys.executable).with_name("ansible-vault"))
    subprocess.run([vault, "encrypt", "--vault-password-file", password, secrets], check=True, capture_output=True)
    run = ansible.play(
        {"name": "read", INFO: {"api_token": "{{ evolux_token }}"}},
        args=("--vault-password-file", str(password), "-e", f"@{secrets}"),
        env={"EVOLUX_API_TOKEN": ""},
    )
    assert run.result("read")["queues"]


@pytest.mark.parametrize("missing", ["EVOLUX_API_URL", each_core("EVOLUX_API_TOKEN")])
def test_nothing_given(ansible: Ansible, missing: str) -> None:
    assert missing.removeprefix("EVOLUX_").lower() in failure(ansible, {}, env={missing: ""})["msg"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "  ", " \n\n"])
def test_white_space_after_a_token(one_way: Ansible, end: str) -> None:
    run = one_way.play({"name": "read", INFO: {"api_token": one_way.tenant.token + end}}, env={"EVOLUX_API_TOKEN": ""})
    assert run.result("read")["queues"]


@pytest.mark.parametrize("token", ["to\nken-x7", "tokén-x7", "tok\x01en-x7", 'tok\r\nen"-x7'])
def test_a_token_that_no_header_can_hold(one_way: Ansible, token: str) -> None:
    result = failure(one_way, {"api_token": token})
    nothing = dict.fromkeys(("status", "message", "details", "method", "path"))
    assert result["error"] == {"code": "invalid", **nothing}
    assert "x7" not in str(result)
    assert one_way.tenant.requests() == []


def test_a_token_of_white_space(one_way: Ansible) -> None:
    result = failure(one_way, {"api_token": " \n "})
    assert result["error"]["code"] == "invalid"
    assert result["msg"].startswith("api_token is empty")


def test_a_wrong_token(ansible: Ansible) -> None:
    result = failure(ansible, {"api_token": "wrong-token-x7"})
    assert result["error"]["code"] == "auth"
    assert result["error"]["status"] == 401
    assert "EVOLUX_API_TOKEN" in result["msg"]
    assert "wrong-token-x7" not in str(result)


@pytest.mark.each_core
def test_a_token_that_the_server_echoes(ansible: Ansible) -> None:
    token = ansible.tenant.token
    ansible.tenant.fault("answer", status=400, json={"meta": {"message": f"bad token {token}"}})
    assert "bad token" in failure(ansible, {})["error"]["message"]
    ansible.tenant.fault("answer", status=200, text=f"<html>{token}</html>")
    assert failure(ansible, {})["error"]["code"] == "bad_answer"
    ansible.tenant.poke(1, name=f"queue {token}")
    assert "queue" in ansible.play({"name": "read", INFO: {}}).result("read")["queues"][0]["name"]
    task = {"name": "warn", QUEUE: {"name": f"no {token}", "state": "archived"}}
    run = ansible.play(task, warns=("No queue with name 'no ********' was found",))
    assert run.result("warn")["warnings"]


@pytest.mark.parametrize("url", ["http://acme.example", "acme.example", "https://me:mine@acme.example"])
def test_an_address_that_is_refused_before_anything_is_sent(one_way: Ansible, url: str) -> None:
    assert failure(one_way, {"api_url": url})["error"]["code"] == "invalid"


def test_nobody_there(one_way: Ansible) -> None:
    result = failure(one_way, {"api_url": "http://127.0.0.1:1", "retries": 0})
    assert (result["error"]["code"], result["error"]["status"]) == ("unreachable", None)


def test_a_name_that_does_not_resolve(one_way: Ansible) -> None:
    result = failure(one_way, {"api_url": "https://acme.invalid", "retries": 0})
    assert result["error"]["code"] == "unreachable"
    assert "acme.invalid" in result["msg"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "hang"}, "unreachable"),
        ({"kind": "silence"}, "unreachable"),
        ({"kind": "drip", "seconds": 0.05, "when": "after"}, "bad_answer"),
        ({"kind": "drip", "seconds": 0.05, "when": "after", "headers": True}, "unreachable"),
    ],
)
def test_an_answer_that_takes_too_long(one_way: Ansible, fault: dict[str, Any], code: str) -> None:
    one_way.tenant.fault(**fault, times=None)
    begin = time.monotonic()
    result = failure(one_way, {"timeout": 0.1, "retries": 0})
    assert result["error"]["code"] == code
    # An upper bound in case it hangs forever; the answer itself is limited to one second.
    assert time.monotonic() - begin < 30


def test_without_requests(ansible: Ansible) -> None:
    (ansible.folder / "requests.py").write_text("raise ImportError('no such library')\n")
    message = failure(ansible, {}, env={"PYTHONPATH": str(ansible.folder)})["msg"]
    assert "Failed to import the required Python library (requests)" in message
    assert sys.executable in message


def test_what_ansible_refuses_has_an_error_too(ansible: Ansible) -> None:
    for options in ({"state": "gone"}, {"retries": "many"}, {"unknown": 1}):
        assert failure(ansible, options)["error"]["code"] == "invalid"
