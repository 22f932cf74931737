# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When modules run inside the worker and when Ansible ships them. Only the time they take may differ."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.release import __version__

from raw_server import RawTenant
from sandbox.control import Sandbox

from .conftest import WAYS, Ansible, Run

# Each test is about something of ansible-core's own.
pytestmark = pytest.mark.each_core

QUEUE = "evolux.contact_center.evolux_queue"
INFO = "evolux.contact_center.evolux_queue_info"
SUPPORT = {"name": "Support", "slug": "support", "number": "3001"}
DEFAULT = WAYS[0]

shows_no_traceback = pytest.mark.skipif(
    __version__.startswith(("2.16.", "2.17.", "2.18.")), reason="these cores show where a module broke"
)


@pytest.fixture
def ansible(sandbox: Sandbox, tmp_path: Path) -> Ansible:
    return Ansible(sandbox.tenant(queues=[SUPPORT]), tmp_path)


def keep(ansible: Ansible, *args: str, env: dict[str, str] | None = None, **keywords: Any) -> Run:
    """Run a task that keeps a queue as it is."""
    run = ansible.play({"name": "keep", QUEUE: SUPPORT, **keywords}, args=args, env=env)
    assert run.result("keep")["action"] == "none"
    return run


# ---- which way ----


def ways_of(ansible: Ansible, *keywords: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """How tasks with these keywords, which keep a queue as it is, were run in one play."""
    tasks = [{"name": f"keep {number}", QUEUE: SUPPORT, **given} for number, given in enumerate(keywords)]
    run = ansible.play(*tasks)
    assert [entry["result"]["action"] for entry in run.results] == ["none"] * len(keywords), run.output
    return list(zip(keywords, run.ways, strict=True))


def test_on_the_controller_it_runs_in_the_worker(ansible: Ansible) -> None:
    variables: list[dict[str, Any]] = [
        {},
        {"evolux_run_in_worker": True},
        {"evolux_run_in_worker": "yes"},
        {"evolux_run_in_worker": ""},
        {"evolux_run_in_worker": None},
        {"on": True, "evolux_run_in_worker": "{{ on }}"},
        {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        {"ansible_connection": "ansible.builtin.local"},
    ]
    for given, way in ways_of(ansible, *({"vars": each} for each in variables)):
        assert way == DEFAULT, given


def test_the_play_that_the_page_shows(ansible: Ansible) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "performance.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (play,) = yaml.safe_load(shown)
    inventory, playbook = ansible.folder / "hosts.yml", ansible.folder / "tenants.yml"
    far = {"ansible_python_interpreter": "/none", "ansible_connection": "ssh"}
    inventory.write_text(yaml.safe_dump({"tenants": {"hosts": {"acme": None, "beta": None}}}))
    playbook.write_text(yaml.safe_dump([{**play, "tasks": [{"name": "keep", QUEUE: SUPPORT}]}]))
    run = ansible.run(str(playbook), "-i", str(inventory))
    assert run.code == 0, run.output
    assert run.way == DEFAULT
    if DEFAULT == "in worker":
        assert run.output.count(f"Running {QUEUE} inside the worker") == 2
    # Both of its lines are needed.
    for line in ("connection", "vars"):
        inventory.write_text(yaml.safe_dump({"tenants": {"hosts": {"acme": far}}}))
        less = {key: value for key, value in play.items() if key != line}
        playbook.write_text(yaml.safe_dump([{**less, "tasks": [{"name": "keep", QUEUE: SUPPORT}]}]))
        assert ansible.run(str(playbook), "-i", str(inventory), warns=None).way != "in worker"


def test_a_localhost_that_is_in_no_inventory_has_ansibles_own_python(ansible: Ansible) -> None:
    assert keep(ansible, env={"ANSIBLE_PYTHON_INTERPRETER": "/none"}).way == DEFAULT


def test_what_the_environment_may_say(ansible: Ansible) -> None:
    names = ("EVOLUX_VALIDATE_CERTS", "https_proxy", "NO_PROXY")
    for given, way in ways_of(ansible, *({"environment": {name: "true"}} for name in names)):
        assert way == DEFAULT, given


@pytest.mark.parametrize(
    ("far", "near", "way"),
    [
        ({}, {}, DEFAULT),
        ({"evolux_run_in_worker": False}, {}, "shipped"),
        ({}, {"evolux_run_in_worker": False}, "shipped"),
    ],
)
def test_delegated_to_the_controller(far: dict[str, Any], near: dict[str, Any], way: str, ansible: Ansible) -> None:
    inventory = ansible.folder / "hosts.yml"
    hosts = {
        "far": {"ansible_connection": "ssh", "ansible_python_interpreter": "/none", **far},
        "localhost": {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            **near,
        },
    }
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    playbook = ansible.folder / "delegated.yml"
    task = {"name": "keep", QUEUE: SUPPORT, "delegate_to": "localhost"}
    playbook.write_text(yaml.safe_dump([{"hosts": "far", "gather_facts": False, "tasks": [task]}]))
    run = ansible.run(str(playbook), "-i", str(inventory))
    assert run.result("keep")["action"] == "none"
    assert run.way == way


def test_with_the_short_name(ansible: Ansible) -> None:
    playbook = ansible.folder / "short.yml"
    play = {"hosts": "localhost", "gather_facts": False, "collections": ["evolux.contact_center"]}
    playbook.write_text(yaml.safe_dump([{**play, "tasks": [{"name": "keep", "evolux_queue": SUPPORT}]}]))
    run = ansible.run(str(playbook))
    assert run.result("keep")["action"] == "none"
    assert run.way == DEFAULT


def test_switched_off(ansible: Ansible) -> None:
    values: list[object] = [False, "no", "{{ not true }}", "maybe", [], "{{ none_such | default(omit) }}"]
    for given, way in ways_of(ansible, *({"vars": {"evolux_run_in_worker": value}} for value in values)):
        assert way == "shipped", given


@pytest.mark.parametrize(
    "keywords",
    [
        {"environment": {"PYTHONWARNINGS": "default"}},
        {"environment": {"EVOLUX_API_URL": "", "TZ": "America/Fortaleza"}},
        {"become": True, "become_method": "ansible.builtin.su"},
        {"timeout": 60},
        {"vars": {"ansible_shell_executable": "/bin/bash"}},
    ],
)
def test_what_could_make_a_difference_is_left_to_ansible(
    keywords: dict[str, Any], ansible: Ansible, sandbox: Sandbox
) -> None:
    if keywords.get("become") and os.getuid():
        pytest.skip("only root can become another user without a password")
    options = {**SUPPORT, "api_url": sandbox.url}
    run = ansible.play({"name": "keep", QUEUE: options, **keywords})
    assert run.result("keep")["action"] == "none"
    assert run.way == "shipped"


def test_in_the_background(ansible: Ansible) -> None:
    assert keep(ansible, **{"async": 60, "poll": 1}).way == "shipped"


def test_on_another_python(ansible: Ansible) -> None:
    other = ansible.folder / "python"
    other.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    other.chmod(0o700)
    assert keep(ansible, vars={"ansible_python_interpreter": str(other)}).way == "shipped"


def test_on_a_python_that_ansible_finds(ansible: Ansible) -> None:
    run = ansible.play({"name": "found", INFO: {}, "vars": {"ansible_python_interpreter": "auto_silent"}})
    assert run.way == "shipped"


def test_on_a_python_that_nobody_can_tell(ansible: Ansible) -> None:
    run = ansible.play({"name": "told", INFO: {}, "vars": {"ansible_python_interpreter": "{{ none_such }}"}})
    assert run.failed("told")
    assert "none_such" in run.result("told")["msg"]


def test_from_a_folder_that_is_gone(ansible: Ansible) -> None:
    here = ansible.folder / "here"
    here.mkdir()
    playbook = ansible.folder / "gone.yml"
    tasks = [
        {"name": "go", "ansible.builtin.file": {"path": str(here), "state": "absent"}},
        {"name": "keep", QUEUE: SUPPORT},
    ]
    playbook.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    run = ansible.run(str(playbook), cwd=here)
    assert run.result("keep")["action"] == "none"
    assert run.way == "shipped"


@shows_no_traceback
def test_a_library_that_cannot_be_imported_fails_its_tasks_alone(ansible: Ansible) -> None:
    (ansible.folder / "requests.py").write_text("raise RuntimeError('broken')")
    run = ansible.play(
        {"name": "keep", QUEUE: SUPPORT, "ignore_errors": True},
        {"name": "on", "ansible.builtin.debug": {"msg": "It goes on"}},
        env={"PYTHONPATH": str(ansible.folder)},
    )
    assert [run.failed("keep"), run.failed("on")] == [True, False]
    assert run.way == "shipped"


def test_over_another_connection(ansible: Ansible) -> None:
    plugins = ansible.folder / "connection_plugins"
    plugins.mkdir()
    (plugins / "elsewhere.py").write_text(
        "from ansible.plugins.connection.local import DOCUMENTATION\n"
        "from ansible.plugins.connection.local import Connection as Local\n"
        "DOCUMENTATION = DOCUMENTATION.replace('name: local', 'name: elsewhere')\n"
        "class Connection(Local):\n"
        "    transport = 'elsewhere'\n"
    )
    assert keep(ansible, vars={"ansible_connection": "elsewhere"}).way == "shipped"


def test_files_that_are_kept_to_look_at(ansible: Ansible) -> None:
    assert keep(ansible, env={"ANSIBLE_KEEP_REMOTE_FILES": "1"}).way == "shipped"


# ---- the same results ----


def in_each_way(
    ansible: Ansible, *tasks: dict[str, Any], env: dict[str, str] | None = None, warns: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    """The results of tasks that change nothing; they must be the same either way."""
    told = []
    for way in WAYS:
        ansible.way = way
        told.append(ansible.play(*({**task, "ignore_errors": True} for task in tasks), env=env, warns=warns).results)
    assert told[0] == told[-1]
    return told[0]


def test_options_are_read_and_refused_alike(ansible: Ansible) -> None:
    options: list[dict[str, Any]] = [
        {"queue_id": "1", "number": 3001},
        {"id": 1, "queue_id": 1},
        {"id": "one"},
        {"name": ["Support"]},
        {"slug": "support", "state": "gone"},
        {"slug": "support", "retries": "many"},
        {"slug": "support", "nubmer": "3001"},
        {"slug": "support", "name": ""},
        {},
    ]
    tasks = ({"name": f"{index}", QUEUE: given} for index, given in enumerate(options))
    results = in_each_way(ansible, *tasks, warns=("number as '3001'", "its alias queue_id"))
    assert [result["failed"] for result in results] == [False, False, *[True] * 5, False, True]


def test_the_task_is_named_as_the_user_named_it(ansible: Ansible) -> None:
    (result,) = in_each_way(ansible, {"name": "wrong", QUEUE: {**SUPPORT, "nubmer": "1"}})
    assert QUEUE in result["result"]["msg"]


def test_hidden_results(ansible: Ansible) -> None:
    (result,) = in_each_way(ansible, {"name": "hidden", QUEUE: SUPPORT, "no_log": True})
    assert "censored" in result["result"]


def test_each_item_of_a_loop_has_its_own_environment(ansible: Ansible) -> None:
    task = {
        "name": "read",
        INFO: {"retries": 0},
        "loop": [{"EVOLUX_API_URL": "http://127.0.0.1:1"}, {}],
        "environment": "{{ item }}",
    }
    (result,) = in_each_way(ansible, task)
    assert ["error" in item for item in result["result"]["results"]] == [True, False]


@pytest.mark.parametrize("way", WAYS)
def test_items_of_a_loop_share_a_connection(way: str, ansible: Ansible) -> None:
    with RawTenant(SUPPORT) as tenant:
        own = {"evolux_run_in_worker": way != "shipped", "tokens": ["one", "two"]}
        queue = {**SUPPORT, "api_url": tenant.url, "api_token": "{{ tokens[item % 2] }}"}
        task = {"name": "keep", QUEUE: queue, "loop": list(range(3))}
        assert ansible.play(task, {**task, "name": "again"}, args=("-e", json.dumps(own))).way == way
        used = [asked.connection for asked in tenant.asked]
    # One connection for each token, and none that outlives its task.
    assert [len(set(used[:3])), len(set(used[3:])), len(set(used))] == ([3, 3, 6] if way == "shipped" else [2, 2, 4])


def test_a_proxy_of_the_task(ansible: Ansible) -> None:
    far = {"api_url": "https://acme.invalid", "retries": 0}
    through, direct = in_each_way(
        ansible,
        {"name": "through", INFO: far, "environment": {"https_proxy": "http://127.0.0.1:1"}},
        {"name": "direct", INFO: far},
    )
    assert "proxy" in through["result"]["msg"]
    assert "proxy" not in direct["result"]["msg"]


def test_paths_begin_at_the_playbook(ansible: Ansible) -> None:
    (ansible.folder / "ca.pem").write_text("no certificate")
    elsewhere = ansible.folder / "elsewhere"
    elsewhere.mkdir()
    for path, says in (("ca.pem", "certificate"), ("none.pem", "none.pem")):
        (result,) = in_each_way(ansible, {"name": "read", INFO: {"api_url": "https://acme.invalid", "ca_path": path}})
        assert says in result["result"]["msg"]


def test_a_registered_result_is_not_evaluated_as_a_template(ansible: Ansible) -> None:
    ansible.tenant.poke(1, name="{{ 1 + 1 }}")
    results = in_each_way(
        ansible,
        {"name": "read", INFO: {}, "register": "tenant"},
        {"name": "say", "ansible.builtin.debug": {"msg": "{{ tenant.queues[0].name }}"}},
    )
    assert results[1]["result"]["msg"] == "{{ 1 + 1 }}"


def test_defaults_from_the_action_group(ansible: Ansible) -> None:
    defaults = {"group/evolux.contact_center.evolux": {"api_url": "http://127.0.0.1:1", "retries": 0}}
    (result,) = in_each_way(ansible, {"name": "read", INFO: {}, "module_defaults": defaults})
    assert result["result"]["error"]["code"] == "unreachable"


@pytest.mark.parametrize("slug", [b"support", {"support"}])
def test_options_that_cannot_be_passed_to_a_module(slug: object, ansible: Ansible) -> None:
    task = {"name": "strange", QUEUE: {"slug": slug, "state": "archived"}, "check_mode": True}
    # Ansible itself warns about a set.
    ways = [{**task, "vars": {"evolux_run_in_worker": value}} for value in (True, False)]
    told = [ansible.play(way, warns=None).results for way in ways]
    assert told[0] == told[1]


@shows_no_traceback
def test_a_bug(ansible: Ansible) -> None:
    (ansible.folder / "sitecustomize.py").write_text(
        "import requests\n"
        "def broken(*args, **kwargs):\n"
        "    raise RuntimeError('a bug') from ValueError('the cause')\n"
        "requests.Session.send = broken\n"
    )
    (result,) = in_each_way(ansible, {"name": "read", INFO: {}}, env={"PYTHONPATH": str(ansible.folder)})
    assert "a bug" in result["result"]["msg"]


@pytest.mark.skipif(DEFAULT == "shipped", reason="these cores get no module")
def test_from_the_second_worker_on_they_share_what_was_imported(ansible: Ansible) -> None:
    (ansible.folder / "sitecustomize.py").write_text(
        "import importlib, os\n"
        "usual = importlib.import_module\n"
        "def recording(name, *args):\n"
        "    if name.endswith('modules.evolux_queue_info'):\n"
        f"        print(os.getpid(), file=open({str(ansible.folder / 'imports.txt')!r}, 'a'))\n"
        "    return usual(name, *args)\n"
        "importlib.import_module = recording\n"
    )
    tasks = [{"name": f"read {number}", INFO: {}} for number in range(4)]
    assert ansible.play(*tasks, env={"PYTHONPATH": str(ansible.folder)}).ways == (DEFAULT,) * 4
    processes = (ansible.folder / "imports.txt").read_text().split()
    # The first worker, then Ansible's main process for all others.
    assert len(processes) == len(set(processes)) == 2
