# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the guides' commands as readers would, on a copy of the repository, and compares the output with the guides."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from guides import Command, Guide, in_words, pattern, renamed
from sandbox import DIDS
from sandbox.control import Sandbox
from servers import Authority, Server, proxy_answer, without_common_ciphers

from .conftest import Ansible, only_ci

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT.glob("*.md")),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "extensions" / "awx").glob("*.md"),
    ROOT / "tests" / "sandbox" / "README.md",
    *(ROOT / "website").glob("*.md"),
]
GUIDES = {str(page.relative_to(ROOT)): Guide.read(page.read_text(encoding="utf-8")) for page in PAGES}


def alike(pages: Iterable[str]) -> dict[str, dict[str, dict[str, str]]]:
    """The pages to run, each with the pages that do the same, such as its translation, and the names that they use."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for page in sorted(pages, key=lambda page: ("pt-BR" in page, page)):
        for first, others in found.items():
            if (names := GUIDES[first].names_in(GUIDES[page])) is not None:
                others[page] = names
                break
        else:
            found[page] = {}
    return found


RUN = alike(page for page in GUIDES if GUIDES[page].commands)


def clone(folder: Path) -> Path:
    """Copy all files that git tracks or would add, like a clone of the repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def outcomes(page: str, sandbox: Sandbox, folder: Path) -> list[tuple[list[str], int]]:
    tenant = sandbox.tenant(dids=DIDS)
    # The tenants of docs/examples/tenants.
    for name in ("acme", "umbrella"):
        queue = {"slug": "reception", "name": "Reception", "number": "0100"}
        sandbox.tenant(f"sandbox-token-{name}", queues=[queue], dids=DIDS)
    env = {
        **os.environ,
        "EVOLUX_API_URL": tenant.url,
        "EVOLUX_API_TOKEN": tenant.token,
        # Where the guides install the collection, and where the tests do.
        "ANSIBLE_COLLECTIONS_PATH": f"{folder / 'installed'}:{os.environ['ANSIBLE_COLLECTIONS_PATH']}",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_PYTHON_INTERPRETER": "auto_silent",
    }
    return GUIDES[page].outcomes(clone(folder / "clone"), env)


# This guide runs tests, which are there by themselves.
@pytest.mark.parametrize("page", [only_ci(page) if page == "CONTRIBUTING.md" else page for page in RUN])
def test_guide(page: str, sandbox: Sandbox, tmp_path: Path) -> None:
    ran = outcomes(page, sandbox, tmp_path / "first")
    problems = GUIDES[page].problems(ran)
    for number, (other, names) in enumerate(RUN[page].items()):
        # If it shows something else, only its own run can tell which is right.
        if GUIDES[other].problems(in_words(ran, names)):
            problems += GUIDES[other].problems(outcomes(other, sandbox, tmp_path / str(number)))
    assert not problems, "\n".join(problems)


# These pages promise that running again changes nothing. The quickstart guides show it.
@pytest.mark.parametrize(
    "page",
    ["README.md", only_ci("README.pt-BR.md"), only_ci("docs/quickstart.md"), only_ci("docs/pt-BR/quickstart.md")],
)
def test_running_the_first_example_again_changes_nothing(page: str, sandbox: Sandbox, tmp_path: Path) -> None:
    tenant = sandbox.tenant(dids=DIDS)
    name, text = next(iter(GUIDES[page].files.items()))
    (tmp_path / name).write_text(text, encoding="utf-8")
    writes = []
    for _time in range(2):
        run = Ansible(tenant, tmp_path).run("evolux.contact_center.provision_tenant", "-e", f"@{name}")
        assert run.code == 0, run.output
        writes.append(len(tenant.writes()))
    assert writes == [2, 2]


def test_installing_again_brings_the_new_code(tmp_path: Path) -> None:
    commands, same = (
        [command.text for command in GUIDES[page].commands if "install" in command.text]
        for page in ("README.md", "README.pt-BR.md")
    )
    assert commands == same != []
    folder, installed = clone(tmp_path / "clone"), tmp_path / "installed" / "ansible_collections/evolux/contact_center"
    # Files that people and earlier instructions left there.
    (folder / "acme.yml").write_text("evolux_api_token: a secret\n")
    (folder / "dist").mkdir()
    for version in ("0.1.0", "0.2.0"):
        (folder / "dist" / f"evolux-contact_center-{version}.tar.gz").touch()
    # No package index or Galaxy server is contacted.
    env = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "installed"),
        "ANSIBLE_GALAXY_SERVER": "http://127.0.0.1:1/",
        "PIP_NO_INDEX": "1",
    }
    for code in ("old", "newer", "of a newer version"):
        (folder / "playbooks" / "keep_queue.yml").write_text(f"# {code}\n")
        if code == "of a newer version":
            galaxy = folder / "galaxy.yml"
            galaxy.write_text(re.sub(r"^version: .*", "version: 99.0.0", galaxy.read_text(), flags=re.MULTILINE))
        for command in commands:
            done = subprocess.run(command, shell=True, cwd=folder, env=env, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
        assert (installed / "playbooks" / "keep_queue.yml").read_text() == f"# {code}\n"
        assert not (installed / "acme.yml").exists()


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
    ran = guide.outcomes(tmp_path, {**os.environ, "EVOLUX_API_URL": "url", "EVOLUX_API_TOKEN": "token"})
    problems = guide.problems(ran)
    assert [problem.splitlines()[0] for problem in problems] == ["$ cat \\", "$ false"]


PAGE = """
```yaml
# queues.yml
evolux_queues:
  - slug: sales
    name: Sales  # quoted as it is
    number: "3001"
  - {name: Front desk, number: "3002"}
```
```console
$ echo '  ~ sales    Sales' && echo a note
  ~ sales    Sales
a note
$ grep -c -e name=Sales -e sales queues.yml
1
$ printf '  - slug: "%s"\\n    number: "%s"\\n' sales 3001 slug=support 3002 | sed s/slug=//
  - slug: "sales"
    number: "3001"
  - slug: "support"
    number: "3002"
```
"""
WORDS = {
    "queues.yml": "filas.yml",
    "sales": "vendas",
    "Sales": "Vendas",
    "Front desk": "Recepção",
    "support": "suporte",
}
TRANSLATION = renamed(PAGE, WORDS)
# An export is sorted by slug.
SALES, SUPPORT = '  - slug: "vendas"\n    number: "3001"\n', '  - slug: "suporte"\n    number: "3002"\n'
TRANSLATION = TRANSLATION.replace(SALES + SUPPORT, SUPPORT + SALES)


@pytest.mark.parametrize(
    ("old", "new", "alike"),
    [
        ("quoted as it is", "entre aspas", True),
        ("a note\n$", "...\n$", True),
        ('"3001"', '"3003"', False),
        ('"3001"', "3001", False),
        ("number", "public_number", False),
        ("echo a note", "echo uma nota", False),
        ("grep -c", "grep -n", False),
        ("```console", "<!-- fails -->\n```console", False),
        ("name: Vendas", "name: Sales", False),
        ("name: Vendas", "name: Recepção", False),
        ("slug: vendas", "slug: vêndas", False),
        ("slug: vendas", "slug: Loja", False),
    ],
)
def test_a_translation_that_does_the_same_needs_no_run(old: str, new: str, alike: bool) -> None:
    assert Guide.read(PAGE).names_in(Guide.read(TRANSLATION)) == WORDS
    assert old in TRANSLATION
    assert Guide.read(PAGE).names_in(Guide.read(TRANSLATION.replace(old, new))) == (WORDS if alike else None)


@pytest.mark.parametrize(
    ("old", "new", "held"),
    [
        ("", "", True),
        ("a note\n$", "uma nota\n$", False),
        ("\n  ~ vendas   Vendas", "\n  ~ vendas  Vendas", False),
        ("\n1\n", "\n2\n", False),
        (SUPPORT + SALES, SALES + SUPPORT, False),
    ],
)
def test_a_translation_is_held_to_the_run_of_the_original(old: str, new: str, held: bool, tmp_path: Path) -> None:
    ran = Guide.read(PAGE).outcomes(tmp_path, {**os.environ, "EVOLUX_API_URL": "url", "EVOLUX_API_TOKEN": "token"})
    assert Guide.read(PAGE).problems(ran) == []
    assert old in TRANSLATION
    translation = Guide.read(TRANSLATION.replace(old, new))
    assert (translation.problems(in_words(ran, WORDS)) == []) is held


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
ASIDE: dict[str, Callable[[Authority], Server]] = {
    "trusted": lambda ca: Server(tls=ca.tls()),
    "expired": lambda ca: Server(tls=ca.tls(starts=-9, ends=-1)),
    "elsewhere": lambda ca: Server(tls=ca.tls("beta.evolux.net.br")),
    "plain": lambda _ca: Server(proxy_answer(400)),
    "incompatible": lambda ca: Server(tls=without_common_ciphers(ca.tls())),
    "login_proxy": lambda _ca: Server(proxy_answer(407)),
    "closed_proxy": lambda _ca: Server(proxy_answer(403)),
    "plain_proxy": lambda _ca: Server(proxy_answer(400)),
}


@dataclass
class Trouble:
    """A task that fails: its options besides the connection, the sandbox's fault, and the environment.

    In options and environment, `{name}` is the address of that server in ASIDE, and `{folder}` is the test's folder.
    """

    options: dict[str, Any]
    fault: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)


def through(proxy: str) -> Trouble:
    return Trouble({**NEW, "api_url": TENANT_URL}, environment={"https_proxy": proxy})


def answered(status: int, message: str) -> dict[str, Any]:
    return {"kind": "answer", "status": status, "json": {"meta": {"status": status, "message": message}}}


TENANT_URL = "https://acme.evolux.net.br"
TRUSTING = {**NEW, "ca_path": "{folder}/ca.pem"}
HTML = {"kind": "answer", "content_type": "text/html"}
# In the order of the guide.
TROUBLES = [
    Trouble(NEW, answered(401, "Unauthorized")),
    Trouble({**NEW, "api_token": ""}),
    Trouble({**NEW, "api_url": ""}),
    Trouble({**NEW, "api_url": "acme.evolux.net.br"}),
    Trouble({**NEW, "api_url": "https://acme..evolux.net.br"}),
    Trouble({**NEW, "api_url": f"{TENANT_URL}/queues"}),
    Trouble({**NEW, "api_url": "https://ana:secret@acme.evolux.net.br"}),
    Trouble({**NEW, "api_url": "http://acme.evolux.net.br"}),
    Trouble({**NEW, "api_url": "https://{trusted}"}),
    Trouble({**TRUSTING, "api_url": "https://{expired}"}),
    Trouble({**TRUSTING, "api_url": "https://{elsewhere}"}),
    Trouble({**NEW, "ca_path": "{folder}/company.pem"}),
    Trouble({**NEW, "ca_path": "{folder}/ca.key"}),
    Trouble({**NEW, "ca_path": "{folder}/certificates"}),
    Trouble({**NEW, "api_url": "https://{plain}"}),
    Trouble({**TRUSTING, "api_url": "https://{incompatible}"}),
    through("http://{login_proxy}"),
    through("http://ana:secret@{closed_proxy}"),
    through("http://nowhere.invalid:3128"),
    through("https://{plain_proxy}"),
    through("http://"),
    Trouble({**NEW, "api_url": "https://nowhere.invalid"}),
    Trouble({**NEW, "timeout": 0.3}, {"kind": "hang"}),
    Trouble(NEW, {**HTML, "status": 503, "text": "<html>busy"}),
    Trouble(NEW, answered(429, "Too many requests")),
    Trouble(NEW, {**HTML, "status": 200, "text": "<html><title>Login</title>"}),
    Trouble(NEW, {"kind": "redirect", "location": "https://login.example/"}),
    Trouble({"slug": "night"}),
    Trouble({"id": 99}),
    Trouble({"slug": "support", "number": "3002"}),
    Trouble({"slug": "old"}),
    Trouble({"slug": "sales", "state": "archived"}),
    Trouble({**NEW, "public_number": "558499990000"}),
    Trouble({"queues": [{"slug": "night", "name": "Night", "number": number} for number in ("3005", "3006")]}),
    Trouble({"queues": [{"slug": "support"}], "archive_unlisted": True}),
    Trouble({"queues": [], "archive_unlisted": True}),
    Trouble({**NEW, "slug": "Night-Shift"}),
    Trouble({**NEW, "slug": False}),
    Trouble({"queues": [{"slug": "support", "nmae": "Help"}]}),
    Trouble(
        {"queues": [{"slug": "support", "number": "40 01"}, {"slug": "sales", "public_number": "+55 (84) 3222-0000"}]}
    ),
]


def test_the_sandbox_has_the_dids_of_the_documentation() -> None:
    used = set()
    for place in ("*.md", "docs/**/*.*", "demo/*.yml", "extensions/**/*.yml", "plugins/modules/*.py"):
        for page in filter(Path.is_file, ROOT.glob(place)):
            used.update(re.findall(r"public_number\W+([0-9]{5,})", page.read_text(encoding="utf-8")))
    # In the guides, numbers that begin like this are numbers that no tenant has.
    assert {did for did in used if not did.startswith("55849999")} == set(DIDS)


def test_troubleshooting_quotes_what_is_printed(sandbox: Sandbox, tmp_path: Path) -> None:
    ca = Authority(tmp_path)
    (tmp_path / "certificates").mkdir()
    with ExitStack() as stack:
        aside = {name: stack.enter_context(server(ca)) for name, server in ASIDE.items()}
        places = {name: f"127.0.0.1:{server.port}" for name, server in aside.items()}

        def placed(values: dict[str, Any]) -> dict[str, Any]:
            return {
                name: value.format(folder=tmp_path, **places) if isinstance(value, str) else value
                for name, value in values.items()
            }

        tasks = []
        for trouble in TROUBLES:
            tenant = sandbox.tenant(queues=TENANT, dids=DIDS)
            if trouble.fault:
                tenant.fault(**trouble.fault, times=None)
            name = "evolux.contact_center." + ("evolux_queues" if "queues" in trouble.options else "evolux_queue")
            options = {"api_url": tenant.url, "api_token": tenant.token, **placed(trouble.options)}
            tasks.append({name: options, "environment": placed(trouble.environment), "ignore_errors": True})
        run = Ansible(tenant, tmp_path).play(*tasks, env={"EVOLUX_API_URL": "", "EVOLUX_API_TOKEN": ""})
    printed = [entry["result"]["msg"] for entry in run.results]
    # What the guides call these addresses.
    names = {place: "proxy.example:3128" if "proxy" in name else TENANT_URL[8:] for name, place in places.items()}
    for real, name in {**names, "127.0.0.1": TENANT_URL[8:], str(tmp_path): "/home/ana"}.items():
        printed = [message.replace(real, name) for message in printed]
    for page in ("docs/troubleshooting.md", "docs/pt-BR/troubleshooting.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        assert re.findall(r"^```text\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL) == printed


def test_a_number_handed_on_by_two_tasks_fails_in_check_mode_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    """As Troubleshooting warns."""
    tenant = sandbox.tenant(queues=TENANT)
    module = "evolux.contact_center.evolux_queue"
    tasks = [{module: {"slug": "support", "number": "3009"}}, {module: {**NEW, "number": "3001"}}]
    ansible = Ansible(tenant, tmp_path)
    assert [entry["failed"] for entry in ansible.play(*tasks, args=("--check",)).results] == [False, True]
    assert [entry["failed"] for entry in ansible.play(*tasks).results] == [False, False]


@pytest.mark.parametrize("page", ["docs/check-and-diff.md", "docs/pt-BR/check-and-diff.md"])
@pytest.mark.parametrize(("names", "stops"), [(4, False), (5, True)])
def test_a_playbook_that_asks_first(page: str, names: int, stops: bool, sandbox: Sandbox, tmp_path: Path) -> None:
    """As the page has it for a playbook of your own: it shows the plan, writes nothing, and stops if it is too much."""
    (shown,) = (
        block
        for block in re.findall(r"^```yaml\n(.*?)^```$", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
        if "check_mode" in block
    )
    tenant = sandbox.tenant()
    wanted = [{"name": f"Queue {n}", "slug": f"q{n}", "number": str(3000 + n)} for n in range(names)]
    run = Ansible(tenant, tmp_path).play(*yaml.safe_load(shown), args=("-e", json.dumps({"evolux_queues": wanted})))
    assert f"Plan: create {names}, update 0, archive 0, unchanged 0" in run.output
    assert (run.code != 0) is stops, run.output
    assert tenant.writes() == []
