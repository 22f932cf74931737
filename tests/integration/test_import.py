# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the spreadsheet to the tenant: what import_tenant writes, says and refuses. It doesn't contact a tenant."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest
import yaml

from player import Player, Run
from sandbox.control import Tenant

SHEET = "Fila;Ramal;DID;Tempo de espera\r\nSuporte São;0700;+55 (84) 3222-0000;300\r\nVendas;3001;;\r\n".encode(
    "cp1252"
)
QUEUES = [
    {"name": "Suporte São", "number": "0700", "public_number": "558432220000", "max_wait_time": 300},
    {"name": "Vendas", "number": "3001", "public_number": ""},
]

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs/schema/tenant.json").read_text(encoding="utf-8"))

# arguments, variables -> run of import_tenant, with no tenant in the environment
Import = Callable[..., Run]


@pytest.fixture
def play(player: Player, tmp_path: Path) -> Import:
    def run(
        *arguments: str,
        playbook: str = "evolux.contact_center.import_tenant",
        env: dict[str, str] | None = None,
        warns: tuple[str, ...] | None = (),
        **variables: Any,
    ) -> Run:
        (tmp_path / "variables.json").write_text(json.dumps(variables))
        done = player.play(playbook, "-e", "@variables.json", *arguments, env=env or {}, cwd=tmp_path, warns=warns)
        assert "Traceback" not in done.output
        return done

    return run


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    file = tmp_path / "filas.csv"
    file.write_bytes(SHEET)
    return file


def load(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


@pytest.mark.each_core
def test_a_sheet_becomes_a_file_that_provision_takes(sheet: Path, play: Import, tenant: Tenant, tmp_path: Path) -> None:
    run = play(evolux_import_file="filas.csv", evolux_tenant_file="acme.yml")
    assert run.code == 0, run.output
    assert f"2 queues written to {tmp_path / 'acme.yml'}" in run.output
    assert "Read as CSV separated by semicolons, in Windows-1252." in run.output
    assert (
        "Spaces and punctuation were removed from numbers (1); for example, '+55 (84) 3222-0000' in row 2 becomes "
        "558432220000." in run.output
    )
    text = (tmp_path / "acme.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(text) == {"evolux_queues": QUEUES}
    assert "# The queues of a tenant, as import_tenant read them from filas.csv." in text
    assert '  # filas.csv, row 2\n  - name: "Suporte São"\n    number: "0700"\n' in text
    again = play(evolux_import_file="filas.csv", evolux_tenant_file="acme.yml")
    assert "2 queues unchanged in" in again.output
    assert "changed=0" in again.output
    env = {"EVOLUX_API_URL": tenant.url, "EVOLUX_API_TOKEN": tenant.token}
    provision = "evolux.contact_center.provision_tenant"
    options = ("-e", "@acme.yml", "--check")
    assert play(*options, playbook=provision, env=env).code == 0


def test_a_preview(sheet: Path, play: Import, tmp_path: Path) -> None:
    run = play("--check", "--diff", evolux_import_file=str(sheet), evolux_tenant_file="acme.yml")
    assert run.code == 0, run.output
    assert '+    number: "0700"' in run.output
    assert f"2 queues would be written to {tmp_path / 'acme.yml'}" in run.output
    assert not (tmp_path / "acme.yml").exists()


def test_a_workbook(play: Import, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Capa"])
    filas = book.create_sheet("Filas")
    for row in [["Fila", "Ramal", "Dono"], ["Suporte", "0700", "Ana"], ["Vendas", 3001, None]]:
        filas.append(row)
    book.save(tmp_path / "filas.xlsx")
    run = play(
        evolux_import_file="filas.xlsx",
        evolux_import_sheet="Filas",
        evolux_import_ignore="Dono, ",
        evolux_import_slugs="yes",
        evolux_tenant_file="acme.yml",
        evolux_schema="../schema/tenant.json",
    )
    assert run.code == 0, run.output
    text = (tmp_path / "acme.yml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../schema/tenant.json\n---\n")
    jsonschema.validate(yaml.safe_load(text), SCHEMA)
    assert "  # filas.xlsx, sheet Filas, row 3\n" in text
    assert load(tmp_path / "acme.yml")["evolux_queues"] == [
        {"slug": "suporte", "name": "Suporte", "number": "0700"},
        {"slug": "vendas", "name": "Vendas", "number": "3001"},
    ]


def test_every_problem_is_said_and_nothing_written(play: Import, tmp_path: Path) -> None:
    (tmp_path / "filas.csv").write_text("Fila;Ramal;DID\nSuporte;0700;5,58432E+11\nVendas;0700;\n;30.5;\n")
    for check in ((), ("--check",)):
        run = play(*check, evolux_import_file="filas.csv", evolux_tenant_file="acme.yml")
        assert run.code == 2
        assert "filas.csv has 4 problems, so nothing was imported" in run.output
        for line in (
            "  filas.csv, row 2, column C (DID): '5,58432E+11'",
            "  filas.csv, row 3, column B (Ramal): number 0700, as in row 2",
            "  filas.csv, row 4, column A (Fila)",
            "  filas.csv, row 4, column B (Ramal): '30.5'",
        ):
            assert f'        "{line}' in run.output, run.output
        assert not (tmp_path / "acme.yml").exists()


def test_leading_zeros_are_warned_of(play: Import, tmp_path: Path) -> None:
    (tmp_path / "filas.csv").write_text("Fila;Ramal\na;3001\nb;3002\nc;701\n")
    warns = ("Leading zeros may have been lost: other numbers have 4 digits, but these have fewer: 701 in row 4.",)
    assert play(evolux_import_file="filas.csv", evolux_tenant_file="acme.yml", warns=warns).code == 0


def test_it_replaces_nothing_but_an_import_that_nobody_changed(sheet: Path, play: Import, tmp_path: Path) -> None:
    file = tmp_path / "acme.yml"
    variables = {"evolux_import_file": "filas.csv", "evolux_tenant_file": "acme.yml"}
    assert play(**variables).code == 0
    # The customer's next version has another name.
    (tmp_path / "filas 2.csv").write_bytes(SHEET.replace(b"3001", b"3002"))
    assert play(**{**variables, "evolux_import_file": "filas 2.csv"}).code == 0
    assert load(file)["evolux_queues"][1]["number"] == "3002"
    for content, says in (
        (f"{file.read_text()}# ours\n", "it has been changed since it was written"),
        ("evolux_queues: []\n", "it wasn't written by import_tenant"),
        ("$ANSIBLE_VAULT;1.1;AES256\n6636\n", "it contains vaulted content"),
    ):
        file.write_text(content)
        run = play(**variables)
        assert run.code == 2
        assert f"{file} was not overwritten: {says}" in run.output
        assert file.read_text() == content
    file.write_text("evolux_queues: []\n")
    assert play(**variables, evolux_export_overwrite=True).code == 0
    assert load(file)["evolux_queues"] == QUEUES


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({}, "evolux_import_file is missing"),
        ({"evolux_import_file": "filas.csv"}, "evolux_tenant_file is missing"),
        ({"evolux_import_file": "filas.csv", "evolux_tenant_file": ""}, "evolux_tenant_file is missing"),
        ({"evolux_import_file": "nowhere.csv"}, "nowhere.csv to import; correct the path"),
        ({"evolux_import_file": "."}, "to import; correct the path"),
        ({"evolux_import_file": "filas.csv", "evolux_import_sheet": "Filas"}, "has no sheets"),
        ({"evolux_import_file": "filas.csv", "evolux_import_slug": True}, "did you mean evolux_import_slugs?"),
        ({"evolux_import_file": "filas.csv", "evolux_import_ignore": ["Dono"]}, "filas.csv, row 1: 'Dono'"),
    ],
)
def test_what_is_refused(variables: dict[str, Any], says: str, sheet: Path, play: Import, tmp_path: Path) -> None:
    missing = "missing" in says
    run = play(**({} if missing else {"evolux_tenant_file": "acme.yml"}), **variables)
    assert run.code == 2
    assert says in run.output, run.output
    assert not (tmp_path / "acme.yml").exists()


def test_empty_answers_say_nothing(sheet: Path, play: Import, tmp_path: Path) -> None:
    empty = dict.fromkeys(("evolux_import_sheet", "evolux_import_ignore", "evolux_import_slugs", "evolux_schema"), "")
    run = play(evolux_import_file="filas.csv", evolux_tenant_file="acme.yml", evolux_export_overwrite="", **empty)
    assert run.code == 0, run.output
    assert load(tmp_path / "acme.yml")["evolux_queues"] == QUEUES


@pytest.mark.each_core
def test_hostile_names(play: Import, tenant: Tenant, tmp_path: Path) -> None:
    names = ["\x1b[2Ka\u202eb", "{{ 'z' * 5 }}", "a: b # c", "yes", "\ufffe\U0010ffff", "'=x", "\u2028y", '"\\']
    rows = [["Fila", "Ramal"], *([name, str(3000 + index)] for index, name in enumerate(names))]
    text = io.StringIO()
    for name, number in rows:
        text.write('"{}";{}\n'.format(name.replace('"', '""'), number))
    (tmp_path / "filas\u202e.csv").write_text(text.getvalue(), encoding="utf-8")
    warns = ("Names contain invisible characters",)
    run = play("--diff", evolux_import_file="filas\u202e.csv", evolux_tenant_file="acme.yml", warns=warns)
    assert run.code == 0, run.output
    assert "\x1b" not in run.output
    assert "\u202e" not in run.output
    assert "zzzzz" not in run.output
    content = (tmp_path / "acme.yml").read_text(encoding="utf-8").replace("!unsafe ", "")
    expected = [" ".join(name.split()).replace("'=x", "=x") for name in names]
    assert [queue["name"] for queue in yaml.safe_load(content)["evolux_queues"]] == expected
    # None of them is evaluated on its way to the tenant, either.
    env = {"EVOLUX_API_URL": tenant.url, "EVOLUX_API_TOKEN": tenant.token}
    for ends in ("changed=1", "changed=0"):
        done = play("-e", "@acme.yml", playbook="evolux.contact_center.provision_tenant", env=env)
        assert done.code == 0, done.output
        assert ends in done.output
    assert sorted(queue["name"] for queue in tenant.queues()) == sorted(expected)


def test_many_tenants(play: Import, tmp_path: Path) -> None:
    hosts = {"acme": {}, "umbrella": {}}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    for name in hosts:
        (tmp_path / f"{name}.csv").write_text(f"Fila;Ramal\n{name};3001\n")
    options = {"evolux_hosts": "all", "evolux_import_file": "{{ inventory_hostname }}.csv"}
    run = play("-i", "hosts.yml", **options, evolux_tenant_file="all.yml")
    assert run.code == 2
    assert "Several tenants would be written to the same file" in run.output
    run = play("-i", "hosts.yml", **options, evolux_tenant_file="{{ inventory_hostname }}.yml")
    assert run.code == 0, run.output
    assert [load(tmp_path / f"{name}.yml")["evolux_queues"][0]["name"] for name in hosts] == list(hosts)
    # An import for one host doesn't replace another host's.
    run = play("-i", "hosts.yml", "--limit", "acme", **options, evolux_tenant_file="umbrella.yml")
    assert run.code == 2
    assert "it contains the queues of umbrella, from a spreadsheet" in run.output
