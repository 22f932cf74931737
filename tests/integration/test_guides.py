# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guides are run as their readers would, on a copy of what git has, and print what they say they print."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from guides import Command, Guide, pattern
from sandbox.control import Sandbox
from scenarios import DID

from .conftest import Ansible

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT.glob("*.md")),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "extensions" / "awx").glob("*.md"),
    ROOT / "tests" / "sandbox" / "README.md",
]
GUIDES = {str(page.relative_to(ROOT)): Guide.read(page.read_text(encoding="utf-8")) for page in PAGES}
DIDS = [DID, "558432220003", "558432220100", "558432220200"]


def clone(folder: Path) -> Path:
    """What git has or would add, as a clone of the repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.mark.parametrize("page", sorted(name for name, guide in GUIDES.items() if guide.commands))
def test_guide(page: str, sandbox: Sandbox, tmp_path: Path) -> None:
    tenant = sandbox.tenant(dids=DIDS)
    env = {
        **os.environ,
        "EVOLUX_API_URL": tenant.url,
        "EVOLUX_API_TOKEN": tenant.token,
        # Where the guides have people install it, and where the tests have.
        "ANSIBLE_COLLECTIONS_PATH": f"{tmp_path / 'installed'}:{os.environ['ANSIBLE_COLLECTIONS_PATH']}",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_PYTHON_INTERPRETER": "auto_silent",
    }
    problems = GUIDES[page].problems(clone(tmp_path / "clone"), env)
    assert not problems, "\n".join(problems)


def test_the_demo() -> None:
    done = subprocess.run(["demo/run"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Plan: ") == 4
    assert done.stderr == ""
    blocks = [block for guide in GUIDES.values() for block in guide.demo]
    assert blocks
    lines = "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())
    assert [block for block in blocks if not re.search(pattern(block), lines)] == [], lines


def test_a_guide_is_held_to_what_it_shows(tmp_path: Path) -> None:
    text = """
<!-- run: mkdir folder -->
```yaml
# folder/a.yml
a: 1
```
```console
$ cat \\
    folder/a.yml
# folder/a.yml
a: 2
$ printf '1\\n2\\n3\\n'
1
...
$ false
```
<!-- fails -->
```console
$ false
```
<!-- not run: it would hurt -->
```console
$ exit 9
```
"""
    guide = Guide.read(text)
    assert [command.text for command in guide.commands] == [
        "mkdir folder",
        "cat \\\n    folder/a.yml",
        "printf '1\\n2\\n3\\n'",
        "false",
        "false",
    ]
    (tmp_path / "folder").mkdir()
    guide.commands.pop(0)
    problems = guide.problems(tmp_path, {**os.environ, "EVOLUX_API_URL": "url", "EVOLUX_API_TOKEN": "token"})
    assert [problem.splitlines()[0] for problem in problems] == ["$ cat \\", "$ false"]


@pytest.mark.parametrize(
    ("shown", "printed", "differs"),
    [
        ([], ["a"], False),
        (["a"], ["a"], False),
        (["a"], ["a", "b"], True),
        (["a", "..."], ["a", "b"], False),
        (["...", "b"], ["a", "b"], False),
        (["...", "b", "..."], ["a", "c"], True),
        (["a", "...", "c"], ["a", "c"], False),
    ],
)
def test_what_differs(shown: list[str], printed: list[str], differs: bool) -> None:
    assert Command("x", shown).differs(printed) is differs


NEW = {"slug": "night", "name": "Night", "number": "3005", "retries": 0}
TENANT = [
    {"name": "Support", "slug": "support", "number": "3001"},
    {"name": "Old", "slug": "old", "number": "3009", "archived": True},
    {"name": "Sales", "slug": "sales", "number": "3002", "enabled": True},
    {"name": "Billing", "slug": "billing", "number": "3003"},
]
# Options, and what the sandbox does; in the order of the page.
TROUBLES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (NEW, {"kind": "answer", "status": 401, "json": {"meta": {"status": 401, "message": "Unauthorized"}}}),
    ({**NEW, "api_token": ""}, {}),
    ({**NEW, "api_url": "acme"}, {}),
    ({**NEW, "api_url": "http://acme.evolux.net.br"}, {}),
    ({**NEW, "api_url": "https://nowhere.invalid"}, {}),
    ({**NEW, "timeout": 0.3}, {"kind": "hang"}),
    (NEW, {"kind": "answer", "status": 503, "text": "<html>busy", "content_type": "text/html"}),
    (NEW, {"kind": "answer", "status": 429, "json": {"meta": {"status": 429, "message": "Too many requests"}}}),
    (NEW, {"kind": "answer", "status": 200, "text": "<html><title>Login</title>", "content_type": "text/html"}),
    (NEW, {"kind": "redirect", "location": "https://login.example/"}),
    ({"slug": "night"}, {}),
    ({"id": 99}, {}),
    ({"slug": "support", "number": "3002"}, {}),
    ({"slug": "old"}, {}),
    ({"slug": "sales", "state": "archived"}, {}),
    ({**NEW, "public_number": "558499990000"}, {}),
    ({"queues": [{"slug": "night", "name": "Night", "number": number} for number in ("3005", "3006")]}, {}),
    ({"queues": [{"slug": "support"}], "archive_unlisted": True}, {}),
    ({"queues": [], "archive_unlisted": True}, {}),
    ({**NEW, "slug": "Night-Shift"}, {}),
    ({**NEW, "slug": False}, {}),
    ({"queues": [{"slug": "support", "nmae": "Help"}]}, {}),
    (
        {"queues": [{"slug": "support", "number": "40 01"}, {"slug": "sales", "public_number": "+55 (84) 3222-0000"}]},
        {},
    ),
]


def test_troubleshooting_quotes_what_is_printed(sandbox: Sandbox, tmp_path: Path) -> None:
    tasks = []
    for options, fault in TROUBLES:
        tenant = sandbox.tenant(queues=TENANT, dids=DIDS)
        if fault:
            tenant.fault(**fault, times=None)
        name = "evolux.contact_center." + ("evolux_queues" if "queues" in options else "evolux_queue")
        given = {"api_url": tenant.url, "api_token": tenant.token, **options}
        tasks.append({name: given, "ignore_errors": True})
    run = Ansible(tenant, tmp_path).play(*tasks, env={"EVOLUX_API_URL": "", "EVOLUX_API_TOKEN": ""})
    printed = [entry["result"]["msg"] for entry in run.results]
    for page in ("docs/troubleshooting.md", "docs/pt-BR/troubleshooting.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        assert re.findall(r"^```text\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL) == printed
