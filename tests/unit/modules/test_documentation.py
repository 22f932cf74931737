# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where Ansible requires copies of a text, they are the same, and no field of the table is left out."""

from __future__ import annotations

import importlib
import re
from typing import Any

import pytest
import yaml

from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import FIELDS, OPTIONS, UPDATE_OPTIONS

PLUGINS = "ansible_collections.evolux.contact_center.plugins.modules"


def part(module: str, name: str) -> Any:
    return yaml.safe_load(getattr(importlib.import_module(f"{PLUGINS}.{module}"), name))


ONE = part("evolux_queue", "DOCUMENTATION")["options"]
MANY = part("evolux_queues", "DOCUMENTATION")["options"]
ENTRY = MANY["queues"]["suboptions"]
RETURNED = {
    name: part(name, "RETURN")
    for name in ("evolux_queue", "evolux_queues", "evolux_queue_info", "evolux_agent_info", "evolux_tenant_info")
}
RESULT = RETURNED["evolux_queues"]["results"]["contains"]
QUEUE = RETURNED["evolux_queue"]["queue"]["contains"]
ERROR = RETURNED["evolux_queue"]["error"]["contains"]


def of_an_entry(text: str) -> str:
    """The description of an option, adapted to an option of an entry."""
    return re.sub(r"O\((?!update_)", "O(queues[].", text).replace("RV(unverified)", "RV(results[].unverified)")


@pytest.mark.parametrize("name", OPTIONS)
def test_an_entry_has_the_options_of_a_queue(name: str) -> None:
    texts = [of_an_entry(text) for text in ONE[name]["description"]]
    assert ENTRY[name]["description"][: len(texts)] == texts
    facts = [{key: value for key, value in option[name].items() if key != "description"} for option in (ONE, ENTRY)]
    assert facts[0] == facts[1]


@pytest.mark.parametrize(("name", "spec"), {**OPTIONS, **UPDATE_OPTIONS}.items())
def test_an_option_is_what_its_documentation_says(name: str, spec: dict[str, Any]) -> None:
    assert {key: value for key, value in ONE[name].items() if key != "description"} == spec


@pytest.mark.parametrize("name", UPDATE_OPTIONS)
def test_what_to_do_with_a_hidden_field_is_the_same_for_many(name: str) -> None:
    *texts, last = [of_an_entry(text) for text in ONE[name]["description"]]
    *others, last_of_many = MANY[name]["description"]
    assert (texts, last.partition(" only ")[0]) == (others, last_of_many.partition(" only ")[0])


def test_every_row_of_the_table_is_documented_where_a_queue_is() -> None:
    assert set(ONE) == {*OPTIONS, *UPDATE_OPTIONS}
    assert set(QUEUE) == {"id", "slug", *FIELDS, "archived", "extra"}
    assert set(ERROR) == set(EvoluxError("api", "").public())


@pytest.mark.parametrize(
    "copy",
    [
        RESULT["queue"]["contains"],
        RETURNED["evolux_queues"]["queues"]["contains"],
        RETURNED["evolux_queue_info"]["queues"]["contains"],
    ],
    ids=["results", "queues", "info"],
)
def test_a_returned_queue_is_described_alike(copy: dict[str, Any]) -> None:
    # A queue that was read always has an id and a slug, and may have pauses.
    read = {"id", "slug", "pauses"} if "pauses" in copy else set()
    assert {key: value for key, value in copy.items() if key not in read} == {
        key: value for key, value in QUEUE.items() if key not in read
    }


@pytest.mark.parametrize(
    ("copy", "more"),
    [
        (RESULT["error"], {"msg"}),
        (RETURNED["evolux_queues"]["error"], set()),
        (RETURNED["evolux_queue_info"]["error"], set()),
        (RETURNED["evolux_agent_info"]["error"], set()),
        (RETURNED["evolux_tenant_info"]["error"], set()),
    ],
    ids=["results", "queues", "queue_info", "agent_info", "tenant_info"],
)
def test_an_error_is_described_alike(copy: dict[str, Any], more: set[str]) -> None:
    def texts(contains: dict[str, Any]) -> dict[str, Any]:
        return {key: (fact["description"], fact["type"]) for key, fact in contains.items() if key not in more}

    assert set(copy["contains"]) == {*ERROR, *more}
    assert texts(copy["contains"]) == texts(ERROR)


def test_the_other_keys_of_a_result_are_described_alike() -> None:
    for key in ("queue", "unverified"):
        one = RETURNED["evolux_queue"][key]
        assert {**RESULT[key], "returned": one["returned"]} == one
