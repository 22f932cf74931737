# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The right tenant or none: which address receives which token, however hosts, addresses, tokens and limits are given.

Two sandboxes stand for two addresses. The expected outcome is computed here from the documented rules, not with the
plugins' code.
"""

from __future__ import annotations

import fnmatch
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from player import Player
from sandbox.control import Sandbox

from .conftest import only_ci

PLAYBOOKS = ("provision_tenant", "export_tenant", "audit_tenant", "check_tenant", "keep_queue", "archive_queue")
HOSTS = ("acme", "umbrella")
NOBODY = "http://127.0.0.1:1"


class Source(NamedTuple):
    """Where address and token come from: each host's own variables, the environment, and -e."""

    own: dict[str, tuple[str, ...]]
    environment: tuple[str, ...] = ()
    # Whose address and token the environment has, and how the address is written.
    whose: str = "acme"
    written: str = "{}"
    extra: bool = False


BOTH, URL, TOKEN = ("url", "token"), ("url",), ("token",)
EACH = dict.fromkeys
SOURCES = {
    "own": Source(EACH(HOSTS, BOTH)),
    "own, and another's in the environment": Source(EACH(HOSTS, BOTH), BOTH),
    "own address, acme's environment": Source(EACH(HOSTS, URL), BOTH),
    "own address, acme's environment written otherwise": Source(EACH(HOSTS, URL), BOTH, written=" {}/api/v1/ "),
    "own address, a token of no known address": Source(EACH(HOSTS, URL), TOKEN),
    "own token, an address in the environment": Source(EACH(HOSTS, TOKEN), URL, whose="umbrella"),
    "acme's own, umbrella has nothing": Source({"acme": BOTH, "umbrella": ()}, BOTH),
    "umbrella's own, acme has nothing": Source({"acme": (), "umbrella": BOTH}, BOTH, whose="umbrella"),
    "all from acme's environment": Source(EACH(HOSTS, ()), BOTH),
    "nothing": Source(EACH(HOSTS, ())),
    "by -e": Source(EACH(HOSTS, ()), BOTH, whose="umbrella", extra=True),
}
INVENTORIES = {"both": HOSTS, "acme": ("acme",), "umbrella": ("umbrella",), "none": ()}
CHOSEN: dict[str, Any] = {
    "not given": None,
    "empty": "",
    "one": "acme",
    "all": "all",
    "group": "north",
    "pattern": "acm*",
    "list": ["acme", "umbrella"],
    "list as text": '["umbrella"]',
    "empty list": [],
    "misspelled": "acmee",
    "half misspelled": "acme,acmee",
    "without a misspelled one": "all:!acmee",
    "without one": "all:!acme",
}
LIMITS = {"none": None, "acme": "acme", "umbrella": "umbrella", "all": "all", "file": "@limit.txt"}


class Cell(NamedTuple):
    """One run."""

    playbook: str
    source: str
    inventory: str
    chosen: str
    limit: str
    check: bool


def cells() -> Iterator[Cell]:
    """The ways to select hosts, with playbooks and sources in turn; and every source for every playbook.

    Inventory, choice and limit act in pairs: a choice looks for hosts in the inventory, and a limit takes away from the
    choice. So the other inventories don't need every choice with every limit. No playbook treats a source in its own
    way, so half of its cells are in check mode, alternately; those of CI are in the other mode.
    """
    ways = itertools.product(INVENTORIES, CHOSEN, LIMITS)
    for way, playbook, source, check in zip(
        ways, itertools.cycle(PLAYBOOKS), itertools.cycle(SOURCES), itertools.cycle((False, True, False))
    ):
        inventory, chosen, limit = way
        if inventory == "both" or limit == "none" or chosen == "all":
            yield Cell(playbook, source, *way, check)
    for (playbook, source), check in zip(itertools.product(PLAYBOOKS, SOURCES), itertools.cycle((False, True))):
        one = playbook in ("keep_queue", "archive_queue")
        yield Cell(playbook, source, "both", "one" if one else "all", "none", check)


def cells_of_ci() -> Iterator[Cell]:
    for (playbook, source), check in zip(itertools.product(PLAYBOOKS, SOURCES), itertools.cycle((True, False))):
        yield Cell(playbook, source, "umbrella", "not given" if check else "all", "none", check)


# In order, without duplicates.
FIRST = list(dict.fromkeys(cells()))
CELLS = list(dict.fromkeys([*FIRST, *cells_of_ci()]))


def named(pattern: str, hosts: tuple[str, ...]) -> set[str]:
    """The hosts that a part of a pattern matches."""
    if pattern in ("all", "north"):
        return set(hosts)
    return {host for host in hosts if fnmatch.fnmatch(host, pattern)}


def reached(cell: Cell) -> set[str]:
    """The hosts that a run works on; none if the whole run is refused."""
    hosts = INVENTORIES[cell.inventory]
    chosen = CHOSEN[cell.chosen]
    if chosen in (None, ""):
        return {"localhost"} if cell.limit == "none" else set()
    parts = chosen if isinstance(chosen, list) else json.loads(chosen) if chosen.startswith("[") else [chosen]
    parts = [part for item in parts for part in item.replace(":", ",").split(",")]
    if not all(named(part.lstrip("!"), hosts) for part in parts):
        return set()
    wanted = set().union(*(named(part, hosts) for part in parts if not part.startswith("!")))
    wanted -= set().union(*(named(part[1:], hosts) for part in parts if part.startswith("!")))
    # The file contains acme.
    wanted &= {"none": set(hosts), "all": set(hosts), "umbrella": {"umbrella"}}.get(cell.limit, {"acme"})
    return set() if len(wanted) > 1 and cell.playbook in ("keep_queue", "archive_queue") else wanted


def pair(host: str, source: Source) -> tuple[str, str] | None:
    """Whose address receives whose token; None if the host is refused."""
    if source.extra:
        return source.whose, source.whose
    own = source.own.get(host, ())
    if own == BOTH:
        return host, host
    if source.environment != BOTH or own == TOKEN:
        return None
    if host == "localhost" or (own == URL and host == source.whose):
        return source.whose, source.whose
    return None


@pytest.fixture(scope="module")
def addresses(sandbox: Sandbox) -> Iterator[dict[str, Sandbox]]:
    with Sandbox() as other:
        yield {"acme": sandbox, "umbrella": other}


def of_both(addresses: dict[str, Sandbox], tokens: dict[str, str]) -> dict[tuple[str, str], list[str]]:
    """The methods of all requests that carried one of these tokens, by address and owner of the token."""
    found: dict[tuple[str, str], list[str]] = {}
    for address, server in addresses.items():
        for entry in server.requests():
            for owner, token in tokens.items():
                if entry["headers"].get("token") == token:
                    found.setdefault((address, owner), []).append(entry["method"])
    return found


def label(cell: Cell) -> str:
    return "-".join([*cell[:-1], "check" if cell.check else "run"])


@pytest.mark.parametrize("cell", [*FIRST, *map(only_ci, CELLS[len(FIRST) :])], ids=label)
def test_which_tenant(cell: Cell, player: Player, addresses: dict[str, Sandbox], tmp_path: Path) -> None:
    source = SOURCES[cell.source]
    tenants = {
        name: server.tenant(queues=[{"name": f"Of {name}", "slug": "old", "number": "1"}])
        for name, server in addresses.items()
    }
    tokens = {name: tenant.token for name, tenant in tenants.items()}
    facts = {"url": {n: t.url for n, t in tenants.items()}, "token": tokens}
    hosts = {
        host: {f"evolux_api_{fact}": facts[fact][host] for fact in source.own[host]}
        for host in INVENTORIES[cell.inventory]
    }
    given = {fact: facts[fact][source.whose] for fact in source.environment}
    if "url" in given:
        given["url"] = source.written.format(given["url"])
    variables: dict[str, Any] = {
        "evolux_queues": [{"slug": "new", "name": "New", "number": "2"}],
        "evolux_archive_unlisted": True,
        "evolux_archive_unlisted_limit": 5,
        "evolux_queue_slug": "old" if cell.playbook == "archive_queue" else "kept",
        "evolux_queue_name": "Kept",
        "evolux_queue_number": "3",
        "evolux_export_file": "{{ inventory_hostname }}.yml",
    }
    if CHOSEN[cell.chosen] is not None:
        variables["evolux_hosts"] = CHOSEN[cell.chosen]
    if source.extra:
        variables |= {f"evolux_api_{fact}": value for fact, value in given.items()}
    (tmp_path / "variables.json").write_text(json.dumps(variables))
    (tmp_path / "limit.txt").write_text("acme\n")
    arguments = [f"evolux.contact_center.{cell.playbook}", "-e", "@variables.json"]
    if hosts:
        inventory = {"all": {"children": {"north": {"hosts": hosts}}, "vars": {"ansible_connection": "ssh"}}}
        (tmp_path / "hosts.yml").write_text(yaml.safe_dump(inventory))
        arguments += ["-i", "hosts.yml"]
    if limit := LIMITS[cell.limit]:
        arguments += ["--limit", limit]
    if cell.check:
        arguments.append("--check")
    env = {} if source.extra else {f"EVOLUX_API_{fact.upper()}": value for fact, value in given.items()}

    # In some cases, Ansible itself warns about names that match no host.
    run = player.play(*arguments, env=env, cwd=tmp_path, warns=None)
    told = run.output.replace("[WARNING]: Could not match supplied host pattern, ignoring:", "")
    assert "WARNING]" not in told, run.output

    expected = {host: pair(host, source) for host in reached(cell)}
    right = {found for found in expected.values() if found}
    received = of_both(addresses, tokens)
    assert set(received) == right, run.output
    refused = not expected or None in expected.values()
    assert (run.code == 0) is not (refused or cell.playbook == "audit_tenant"), run.output
    writes = {which for which, methods in received.items() if set(methods) - {"GET"}}
    writing = cell.playbook in ("provision_tenant", "keep_queue", "archive_queue") and not cell.check
    assert writes == (right if writing else set()), run.output
    files = {path.stem: path.read_text() for path in tmp_path.glob("*.yml") if path.name != "hosts.yml"}
    exported = {host: found for host, found in expected.items() if found and cell.playbook == "export_tenant"}
    assert set(files) == (set() if cell.check else set(exported)), run.output
    for host, text in files.items():
        assert f'name: "Of {exported[host][0]}"' in text
    for token in tokens.values():
        assert token not in run.output


def test_the_table_holds_what_matters() -> None:
    met = [cell for cell in CELLS if reached(cell)]
    sources = {(cell.playbook, cell.source, cell.check) for cell in met}
    assert sources == set(itertools.product(PLAYBOOKS, SOURCES, (False, True)))
    # In every playbook, each token reaches its own address, and some host is refused.
    assert {(cell.playbook, pair(host, SOURCES[cell.source])) for cell in met for host in reached(cell)} >= set(
        itertools.product(PLAYBOOKS, (("acme", "acme"), ("umbrella", "umbrella"), None))
    )
