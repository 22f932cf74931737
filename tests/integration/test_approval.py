# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An approval is binding: a run carries out the plan that was shown, or nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from player import Player, Run
from sandbox.control import Sandbox, Tenant

QUEUES = [
    {"name": "Suporte", "slug": "support", "number": "3001"},
    {"name": "Vendas", "slug": "sales", "number": "3002"},
]
WANTED = [{"slug": "support", "name": "Suporte", "number": "3003"}, {"slug": "sales", "name": "Vendas"}]

# Arguments and variables of provision_tenant -> run, on a fleet in which acme needs a change and beta doesn't.
Provision = Callable[..., Run]


@pytest.fixture
def fleet(sandbox: Sandbox) -> dict[str, Tenant]:
    beta = [{**queue, "number": "3003"} if queue["slug"] == "support" else queue for queue in QUEUES]
    return {
        "acme": sandbox.tenant(queues=QUEUES),
        "beta": sandbox.tenant(queues=beta),
        "gama": sandbox.tenant(queues=QUEUES),
    }


@pytest.fixture
def provision(stats_player: Player, fleet: dict[str, Tenant], tmp_path: Path) -> Provision:
    hosts = {name: {"evolux_api_url": each.url, "evolux_api_token": each.token} for name, each in fleet.items()}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": {"evolux_queues": WANTED}}}))

    def run(*arguments: str, **variables: Any) -> Run:
        (tmp_path / "variables.json").write_text(json.dumps({"evolux_hosts": "all", **variables}))
        done = stats_player.play(
            "evolux.contact_center.provision_tenant",
            *("-i", "hosts.yml", "-e", "@variables.json", *arguments),
            env={},
            cwd=tmp_path,
        )
        assert "Traceback" not in done.output
        assert not any(each.token in done.output for each in fleet.values())
        return done

    return run


def handed_on(run: Run) -> dict[str, Any]:
    """The statistics that AWX would pass on to the next job."""
    told = re.search(r"^\tRUN: (\{.*\})$", run.output, re.MULTILINE)
    return json.loads(told[1]) if told else {}


def numbers(tenant: Tenant) -> dict[str, str]:
    return {queue["slug"]: queue["number"] for queue in tenant.queues()}


def writes(fleet: dict[str, Tenant]) -> dict[str, int]:
    return {name: len(tenant.writes()) for name, tenant in fleet.items()}


def test_a_fleet_is_planned_approved_and_changed(provision: Provision, fleet: dict[str, Tenant]) -> None:
    planned = provision("--check", "--diff")
    assert planned.code == 0, planned.output
    plans = handed_on(planned)
    assert plans.keys() == {"evolux_expected_plans", "evolux_overview"}
    assert plans["evolux_expected_plans"].keys() == fleet.keys()
    assert plans["evolux_expected_plans"]["beta"] == "none"
    assert f"Fingerprint: {plans['evolux_expected_plans']['acme']}" in planned.output
    assert writes(fleet) == {"acme": 0, "beta": 0, "gama": 0}

    # Somebody renames a queue of gama by hand before the approval arrives.
    gama = fleet["gama"]
    gama.poke(2, name="Vendas B2B")
    before = writes(fleet)
    run = provision(**plans)
    assert run.code == 2
    assert numbers(fleet["acme"])["support"] == "3003"
    assert (numbers(gama)["support"], gama.queues()[1]["name"]) == ("3001", "Vendas B2B")
    assert writes(fleet) == {**before, "acme": 1}
    # The run says so, and shows what would need approval now, even without --diff.
    assert "the plan isn't the expected one" in run.output
    assert "Vendas B2B -> Vendas" in run.output
    assert "stale_plan" in run.output

    # Plan and approve again, with --limit.
    plans = handed_on(provision("--check", "--diff", "--limit", "gama"))
    assert plans["evolux_expected_plans"].keys() == {"gama"}
    assert plans["evolux_expected_plan"] == plans["evolux_expected_plans"]["gama"]
    run = provision("--limit", "gama", **plans)
    assert run.code == 0, run.output
    assert gama.queues()[1]["name"] == "Vendas"
    # Run again: there is nothing left to do, which isn't the approved plan either.
    before = writes(fleet)
    again = provision("--limit", "gama", **plans)
    assert again.code == 2
    assert "there is nothing left to do" in again.output
    assert writes(fleet) == before
    assert provision(evolux_expected_plans=dict.fromkeys(fleet, "none")).code == 0
    assert writes(fleet) == before


@pytest.mark.parametrize("arguments", [(), ("--limit", "acme,gama"), ("-f", "1")])
def test_a_host_without_an_approval_is_refused(
    arguments: tuple[str, ...], provision: Provision, fleet: dict[str, Tenant]
) -> None:
    plans = handed_on(provision("--check", "--limit", "acme"))["evolux_expected_plans"]
    requests = len(fleet["gama"].requests())
    run = provision(*arguments, evolux_expected_plans={**plans, "beta": ""})
    assert run.code == 2
    assert "gama isn't in evolux_expected_plans, so no plan was approved for it" in run.output
    assert ("beta isn't in evolux_expected_plans" in run.output) is ("--limit" not in arguments)
    assert len(fleet["gama"].requests()) == requests
    assert writes(fleet) == {"acme": 1, "beta": 0, "gama": 0}


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"evolux_expected_plan": "abcdef012345"}, "abcdef012345 was expected"),
        ({"evolux_expected_plan": "approved"}, "isn't a plan's fingerprint"),
        ({"evolux_expected_plans": ["abcdef012345"]}, "evolux_expected_plans isn't a dictionary"),
        ({"evolux_expected_plans": {}}, "acme isn't in evolux_expected_plans"),
        (
            {"evolux_expected_plan": "abcdef012345", "evolux_expected_plans": {"acme": "abcdef012346"}},
            "evolux_expected_plan and evolux_expected_plans disagree",
        ),
        ({"evolux_expected_plams": {"acme": "none"}}, "did you mean evolux_expected_plans?"),
    ],
)
@pytest.mark.parametrize("mode", [(), ("--check",)])
def test_approvals_that_make_no_sense(
    mode: tuple[str, ...], variables: dict[str, Any], says: str, provision: Provision, fleet: dict[str, Tenant]
) -> None:
    run = provision(*mode, "--limit", "acme", **variables)
    assert run.code == 2
    assert says in run.output
    assert writes(fleet) == {"acme": 0, "beta": 0, "gama": 0}


def test_empty_answers_ask_for_no_approval(provision: Provision, fleet: dict[str, Tenant]) -> None:
    """Empty, as a survey sends them."""
    assert provision("--limit", "acme", evolux_expected_plan="", evolux_expected_plans="").code == 0
    assert writes(fleet)["acme"] == 1


@pytest.mark.each_core
def test_a_spare_number_stays_text(provision: Provision, fleet: dict[str, Tenant]) -> None:
    swap = [{"slug": "support", "number": "3002"}, {"slug": "sales", "number": "3001"}]
    run = provision("--limit", "acme", "--diff", evolux_queues=swap, evolux_spare_number="0700")
    assert run.code == 0, run.output
    assert "3001 -> 0700 -> 3002" in run.output
    assert numbers(fleet["acme"]) == {"support": "3002", "sales": "3001"}
    assert provision("--limit", "acme", evolux_queues=swap, evolux_spare_number="0700").code == 0
    assert writes(fleet)["acme"] == 3
