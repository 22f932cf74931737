# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of a run over many tenants: a line for each tenant that needs attention, the counts, and a report."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from player import Player, Run
from sandbox.control import Sandbox, Tenant

from .conftest import each_core, only_ci

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs/schema/report.json").read_text(encoding="utf-8"))
LISTED = [{"name": "Suporte", "slug": "support", "number": "3001"}]
DRIFTED = [{"name": "Suporte <b>", "slug": "support", "number": "3009"}]
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FREE = "Using run_once with the free strategy"

# A playbook's name or file, arguments, variables -> run.
Play = Callable[..., Run]


@pytest.fixture
def fleet(sandbox: Sandbox) -> dict[str, Tenant]:
    """The first tenant refuses its token, the third has drifted, the others are as listed."""
    tenants = {name: sandbox.tenant(queues=LISTED) for name in ("acme", "beta", "delta")}
    tenants["gama"] = sandbox.tenant(queues=DRIFTED)
    tenants["acme"].fault("answer", status=401, times=None)
    return {name: tenants[name] for name in ("acme", "beta", "gama", "delta")}


def playing(player: Player, fleet: dict[str, Tenant], folder: Path) -> Play:
    hosts = {name: {"evolux_api_url": each.url, "evolux_api_token": each.token} for name, each in fleet.items()}
    group = {"hosts": hosts, "vars": {"evolux_queues": LISTED}}
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": group}, sort_keys=False))

    def run(
        playbook: str,
        *arguments: str,
        warns: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
        **variables: Any,
    ) -> Run:
        (folder / "variables.json").write_text(json.dumps({"evolux_hosts": "all", **variables}))
        name = playbook if playbook.endswith(".yml") else f"evolux.contact_center.{playbook}_tenant"
        options = ("-i", "hosts.yml", "-e", "@variables.json", *arguments)
        done = player.play(name, *options, env=env or {}, cwd=folder, warns=warns)
        assert "Traceback" not in done.output
        written = [path.read_text(encoding="utf-8") for path in folder.glob("r.*")]
        assert not any(each.token in text for each in fleet.values() for text in (done.output, *written))
        return done

    return run


@pytest.fixture
def play(player: Player, fleet: dict[str, Tenant], tmp_path: Path) -> Play:
    return playing(player, fleet, tmp_path)


@pytest.fixture
def play_with_stats(stats_player: Player, fleet: dict[str, Tenant], tmp_path: Path) -> Play:
    return playing(stats_player, fleet, tmp_path)


def own_play(folder: Path, **keywords: Any) -> str:
    """Write a custom play with these keywords to a file."""
    role = {"name": "evolux.contact_center.tenant", "tasks_from": "audit", "rolespec_validate": False}
    tasks = [{"ansible.builtin.import_role": role}]
    plays = [{"hosts": "all", "gather_facts": False, "tasks": tasks, **keywords}]
    (folder / "own.yml").write_text(yaml.safe_dump(plays))
    return "own.yml"


def said(run: Run) -> Any:
    """The message of the last task that prints one."""
    return json.loads(re.findall(r'^    "msg": (\[[^]]*\]|".*")$', run.output.split("TASK [")[-1], re.MULTILINE)[-1])


def statuses(file: Path) -> dict[str, str]:
    """Each host's status in a report. Also checks the report against its schema."""
    data = json.loads(file.read_text(encoding="utf-8"))
    jsonschema.validate(data, SCHEMA)
    return {row["host"]: row["status"] for row in data["tenants"]}


@pytest.mark.parametrize(
    ("playbook", "arguments", "lines", "found"),
    [
        each_core("audit", (), ["gama: 1 different", "4 tenants: 2 as listed, 1 differs, 1 failed"], "differs"),
        (
            "provision",
            ("--check",),
            ["gama: 1 to change", "4 tenants: 2 as listed, 1 would change, 1 failed"],
            "would_change",
        ),
        ("provision", (), ["gama: 1 changed", "4 tenants: 2 as listed, 1 changed, 1 failed"], "changed"),
    ],
)
def test_a_fleet(
    playbook: str, arguments: tuple[str, ...], lines: list[str], found: str, play: Play, tmp_path: Path
) -> None:
    run = play(playbook, *arguments, evolux_report_file="r.json")
    assert run.code == 2
    assert said(run) == ["acme: failed (auth)", *lines]
    assert statuses(tmp_path / "r.json") == {"acme": "failed", "beta": "as_listed", "gama": found, "delta": "as_listed"}
    data = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    acme, gama = (row for row in data["tenants"] if row["host"] in ("acme", "gama"))
    assert acme["error"]["code"] == "auth"
    assert acme["address"] == gama["address"]
    assert {change["field"]: (change["before"], change["after"]) for change in gama["queues"][0]["changes"]} == {
        "name": ("Suporte <b>", "Suporte"),
        "number": ("3009", "3001"),
    }
    # A failure shows its causes, but no data: that is in the report.
    assert '"report"' not in run.output
    assert '"changes"' not in run.output
    # Ansible shows statistics only on request.
    assert "evolux_overview" not in run.output


@pytest.mark.parametrize(
    ("form", "holds"),
    [
        ("html", ['<html lang="pt-BR">', "<bdi>Suporte &lt;b&gt;</bdi>", "Requer atenção", "2 conforme a lista"]),
        ("md", ["`Suporte <b>` → `Suporte`", "## `acme`: falhou (auth)", "2 conforme a lista"]),
    ],
)
def test_forms_for_people(form: str, holds: list[str], play: Play, tmp_path: Path) -> None:
    run = play("audit", evolux_report_file=f"r.{form}", evolux_report_language="pt-BR")
    assert said(run)[-1] == "4 tenants: 2 conforme a lista, 1 difere, 1 falhou"
    text = (tmp_path / f"r.{form}").read_text(encoding="utf-8")
    assert [part for part in holds if part not in text] == []


@pytest.mark.parametrize(
    ("keywords", "arguments", "warns"),
    [
        ({"serial": [1, 3]}, ("--limit", "!acme"), ()),
        ({"strategy": "free"}, (), (FREE,)),
        each_core({"strategy": "free"}, ("-f", "1"), (FREE,)),
        ({"strategy": "host_pinned", "serial": 3}, ("-f", "2"), (FREE,)),
    ],
)
def test_however_a_play_goes(
    keywords: dict[str, Any], arguments: tuple[str, ...], warns: tuple[str, ...], play: Play, tmp_path: Path
) -> None:
    run = play(own_play(tmp_path, **keywords), *arguments, warns=warns, evolux_report_file="r.json")
    assert run.code == 2
    expected = {"acme": "failed", "beta": "as_listed", "gama": "differs", "delta": "as_listed"}
    if arguments[:1] == ("--limit",):
        del expected["acme"]
    assert statuses(tmp_path / "r.json") == expected
    counts = f"{len(expected)} tenants: 2 as listed, 1 differs{', 1 failed' if 'acme' in expected else ''}"
    assert f'"{counts}"' in run.output


@pytest.mark.each_core
def test_a_batch_that_ends_the_play(play: Play, tmp_path: Path) -> None:
    """Ansible stops when all hosts of a batch have failed."""
    run = play(own_play(tmp_path, serial=1), evolux_report_file="r.json")
    assert run.code == 2
    assert said(run)[-1] == "4 tenants: 1 failed, 3 not reached"
    assert [*statuses(tmp_path / "r.json").values()] == ["failed", *["not_reached"] * 3]


GAMA_ALONE = {"gama": "differs", "acme": "not_reached", "beta": "not_reached", "delta": "not_reached"}


def role(*entry_points: str, **keywords: Any) -> list[dict[str, Any]]:
    """Tasks that use the role for each of these entry points."""
    name = "evolux.contact_center.tenant"
    return [
        {"ansible.builtin.include_role": {"name": name, "tasks_from": entry, "rolespec_validate": False}, **keywords}
        for entry in entry_points
    ]


@pytest.mark.parametrize(
    ("plays", "found"),
    [
        pytest.param(
            [{"tasks": role("main", "audit")}],
            {"acme": "not_reached", "beta": "as_listed", "gama": "as_listed", "delta": "as_listed"},
            id="provision, then audit",
        ),
        pytest.param(
            [{"tasks": role("audit", "main")}],
            {"acme": "not_reached", "beta": "as_listed", "gama": "not_reached", "delta": "as_listed"},
            id="audit, then provision: nothing was done about what differed",
        ),
        pytest.param(
            [{"tasks": role("audit")}, {"tasks": role("audit"), "hosts": "beta,gama,delta", "serial": 1}],
            {"beta": "as_listed", "gama": "not_reached", "delta": "as_listed"},
            id="audit, and in another play again",
            marks=pytest.mark.each_core,
        ),
        pytest.param(
            [
                {"tasks": role("main"), "hosts": "beta,delta"},
                {"tasks": role("main"), "hosts": "acme,beta,delta", "serial": 1},
            ],
            {"acme": "failed", "beta": "not_reached", "delta": "not_reached"},
            id="a play that breaks off, of hosts of an earlier one",
        ),
        pytest.param([{"tasks": role("audit", when="inventory_hostname == 'gama'")}], GAMA_ALONE, id="a condition"),
    ],
)
def test_a_report_is_of_one_use_of_the_role(
    plays: list[dict[str, Any]], found: dict[str, str], play: Play, tmp_path: Path
) -> None:
    """The outcome of a host in one use must not appear in the report of another."""
    everywhere = {"hosts": "all", "gather_facts": False}
    (tmp_path / "own.yml").write_text(yaml.safe_dump([{**everywhere, **each} for each in plays]))
    play("own.yml", evolux_report_file="r.json")
    assert statuses(tmp_path / "r.json") == found


def test_hosts_that_failed_before(play: Play, tmp_path: Path) -> None:
    fail = {"ansible.builtin.fail": {"msg": "no"}, "when": "inventory_hostname == 'beta'"}
    play(own_play(tmp_path, pre_tasks=[fail]), evolux_report_file="r.json")
    assert statuses(tmp_path / "r.json")["beta"] == "not_reached"


@pytest.mark.parametrize("mode", [(), ("--check",)])
def test_one_tenant_is_one_line(mode: tuple[str, ...], play: Play, tmp_path: Path) -> None:
    would = " would be" if mode else ""
    run = play("provision", *mode, "--limit", "beta")
    assert said(run) == f"0 queues{would} created, 0 changed, 0 archived, 1 unchanged"
    assert run.output.count("TASK [") == 3
    assert said(play("audit", "--limit", "beta")) == "beta: as listed"
    assert said(play("audit", "--limit", "gama")) == "gama: 1 different"
    assert not list(tmp_path.glob("r.*"))


@pytest.mark.parametrize(
    ("variables", "code"), [({"evolux_queus": []}, "invalid"), ({"evolux_expected_plans": {"beta": "none"}}, "invalid")]
)
def test_refused_hosts_are_reported(variables: dict[str, Any], code: str, play: Play, tmp_path: Path) -> None:
    run = play("provision", evolux_report_file="r.json", **variables)
    assert f"acme: failed ({code})" in said(run)
    assert statuses(tmp_path / "r.json")["acme"] == "failed"


@pytest.mark.parametrize(
    ("playbook", "file", "language", "says"),
    [
        ("audit", "r.txt", "", "its name must end in .html, .md or .json"),
        ("audit", "r", "", "its name must end in"),
        ("audit", "nowhere/r.html", "", "doesn't exist; create it"),
        ("audit", "folder.html", "", "isn't a file that can be written"),
        ("audit", "link.html", "", "is a symbolic link"),
        ("audit", "pipe.html", "", "is not a regular file"),
        ("audit", "mine.md", "", "it isn't a report"),
        ("audit", "r.html", "de", "evolux_report_language is de; it must be en or pt-BR."),
        # Both playbooks look at it in the same place.
        ("provision", "r.txt", "", "its name must end in .html, .md or .json"),
        ("provision", "mine.md", "", "it isn't a report"),
    ],
)
def test_what_can_be_no_report(
    playbook: str, file: str, language: str, says: str, play: Play, fleet: dict[str, Tenant], tmp_path: Path
) -> None:
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "mine.md").write_text("# Mine\n")
    (tmp_path / "link.html").symlink_to("mine.md")
    os.mkfifo(tmp_path / "pipe.html")
    run = play(playbook, evolux_report_file=file, evolux_report_language=language)
    assert run.code == 2
    assert says in run.output
    assert said(run)[-1] == "4 tenants: 4 failed"
    assert not any(each.requests() for each in fleet.values())
    assert (tmp_path / "mine.md").read_text() == "# Mine\n"


@pytest.mark.parametrize("in_worker", [True, only_ci(False)])
def test_an_audit_says_who_serves_the_queues(
    in_worker: bool, play: Play, sandbox: Sandbox, fleet: dict[str, Tenant], tmp_path: Path
) -> None:
    """If agents can't be read, it doesn't mention them."""
    agents = [{"login": "ana", "name": "Ana", "enable": True, "queues": [1]}]
    old, served, without = (
        sandbox.tenant(queues=LISTED, switches={"agents": False}),
        *(sandbox.tenant(queues=LISTED, agents=who) for who in (agents, [])),
    )
    broken = sandbox.tenant(queues=LISTED, agents=agents)
    broken.fault("answer", path="/api/v1/agents", status=500, times=None)
    fleet.clear()
    fleet.update(old=old, served=served, without=without, broken=broken)
    hosts = {name: {"evolux_api_url": each.url, "evolux_api_token": each.token} for name, each in fleet.items()}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": {"evolux_queues": LISTED}}}))
    assert play("audit").code == 0
    assert not any("agents" in request["path"] for each in fleet.values() for request in each.requests())
    assert play("audit", evolux_report_file="r.json", evolux_run_in_worker=in_worker).code == 0
    assert set(statuses(tmp_path / "r.json").values()) == {"as_listed"}
    rows = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["tenants"]
    counts = {row["host"]: row["served"] and [queue["agents"] for queue in row["served"]] for row in rows}
    assert counts == {"old": None, "served": [1], "without": [0], "broken": None}
    assert play("provision", "--check", evolux_report_file="r.json").code == 0
    rows = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["tenants"]
    assert {row["served"] for row in rows} == {None}


HOSTILE = [
    "<script>document.body.innerHTML = 'PWNED'</script>",
    "</bdi></section></main><img src=x onerror=\"document.body.innerHTML='PWNED'\">",
    "\"><svg/onload=document.body.innerHTML='PWNED'>",
    "</title><style>body{display:none}</style>",
    "{{ 7 * 7 }} &lt;b&gt; &#x202e;\u202egnp.eulb",
    "Atendimento " * 20 + "x" * 150,
]
# Makes a page report its own layout.
MEASURE = """<script>
document.documentElement.dataset.seen = JSON.stringify({
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  cut: [...document.querySelectorAll('main *')].filter(
    (each) => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== 'inline'
      && !each.classList.contains('hidden')).map((each) => each.outerHTML),
  foreign: document.querySelectorAll('img, svg, main script, main style, iframe, object').length,
  names: [...document.querySelectorAll('bdi')].map((each) => each.textContent),
  shown: getComputedStyle(document.body).display,
})
</script>"""


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium isn't installed")
@pytest.mark.parametrize("width", [390, 1280])
def test_hostile_names_in_a_browser(
    width: int, play: Play, sandbox: Sandbox, fleet: dict[str, Tenant], tmp_path: Path
) -> None:
    """They stay text even without the page's own ban on scripts, and don't make a page wider than its window."""
    queues = [{"name": name, "slug": f"q{at}", "number": f"30{at}"} for at, name in enumerate(HOSTILE)]
    fleet["beta"].control("PUT", "", {"queues": queues, "dids": [], "agents": []})
    play("audit", evolux_report_file="r.html")
    page = re.sub("<meta http-equiv.*?>", "", (tmp_path / "r.html").read_text(encoding="utf-8"))
    (tmp_path / "page.html").write_text(page.replace("</body>", f"{MEASURE}</body>"), encoding="utf-8")
    # Chromium's narrowest window is wider than a phone.
    (tmp_path / "frame.html").write_text(
        f"<body style='margin:0'><iframe style='border:0;width:{width}px;height:9000px' src=page.html></iframe>"
        "<script>onload = () => { document.documentElement.dataset.seen ="
        " document.querySelector('iframe').contentDocument.documentElement.dataset.seen }</script>"
    )
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    options += ["--allow-file-access-from-files", f"--user-data-dir={tmp_path}/profile", "--window-size=1400,900"]
    command = [str(CHROMIUM), *options, "--dump-dom", (tmp_path / "frame.html").as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    seen = json.loads(html.unescape(re.findall('data-seen="(.*?)"', dom)[0]))
    assert (seen["wide"], seen["cut"], seen["foreign"], seen["shown"]) == (0, [], 0, "block")
    assert set(HOSTILE[:4]) <= set(seen["names"])
    assert "PWNED" not in "".join(seen["names"]).replace(HOSTILE[0], "").replace(HOSTILE[1], "").replace(HOSTILE[2], "")


@pytest.mark.parametrize(
    ("files", "written"),
    [
        (["r.md", "", "r.json"], {"r.md", "r.json"}),
        (["r.md", "mine.md"], {"mine.md"}),
        ([], set()),
    ],
)
def test_several_files_of_one_run(files: list[str], written: set[str], play: Play, tmp_path: Path) -> None:
    if "mine.md" in written:
        (tmp_path / "mine.md").write_text("# Mine\n")
    run = play("provision", "--check", "--limit", "!acme", evolux_report_file=files)
    assert ("mine.md was not overwritten: it isn't a report" in run.output) is ("mine.md" in files)
    assert {path.name for path in tmp_path.iterdir() if path.suffix in (".md", ".json")} - {"variables.json"} == written
    if "r.json" in written:
        (plan,) = {row["plan"] for row in json.loads((tmp_path / "r.json").read_text())["tenants"]} - {"none"}
        assert plan in (tmp_path / "r.md").read_text(encoding="utf-8")


def test_a_report_replaces_the_last_one(play: Play, tmp_path: Path) -> None:
    for playbook in ("audit", "provision", "audit"):
        play(playbook, "--limit", "!acme", evolux_report_file=str(tmp_path / "r.json"))
    assert set(statuses(tmp_path / "r.json").values()) == {"as_listed"}


@pytest.mark.parametrize(
    ("playbook", "arguments", "keywords", "statuses"),
    [
        ("audit", (), {}, {"tenants": 4, "as_listed": 2, "differs": 1, "failed": 1}),
        ("audit", (), {"serial": 2}, {"tenants": 4, "as_listed": 2, "differs": 1, "failed": 1}),
        ("audit", ("--limit", "acme"), {}, {"tenants": 1, "failed": 1}),
        each_core(
            "provision", ("--limit", "beta,gama", "--check"), {}, {"tenants": 2, "as_listed": 1, "would_change": 1}
        ),
        ("provision", ("-f", "1"), {}, {"tenants": 4, "as_listed": 2, "changed": 1, "failed": 1}),
        ("provision", ("--limit", "gama"), {}, {"tenants": 1, "changed": 1}),
    ],
)
def test_awx_keeps_the_overview(
    playbook: str,
    arguments: tuple[str, ...],
    keywords: dict[str, Any],
    statuses: dict[str, int],
    play_with_stats: Play,
    tmp_path: Path,
) -> None:
    """AWX passes statistics to the next job as variables, where they have no effect."""
    name = own_play(tmp_path, **keywords) if keywords else playbook
    kept: dict[str, Any] = {"lines": ["{{ 1 + 1 }}"], "counts": {}}
    run = play_with_stats(name, *arguments, evolux_overview=kept)
    (told,) = re.findall(r"^\tRUN: (\{.*\})$", run.output, re.MULTILINE)
    kept = json.loads(told)["evolux_overview"]
    assert {status: count for status, count in kept["counts"].items() if count} == statuses
    lines = said(run)
    assert kept["lines"] == ([lines] if isinstance(lines, str) else lines)
