# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schema of tenant files accepts and refuses the same as the modules."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ansible_collections.evolux.contact_center.plugins.module_utils._given import as_given
from ansible_collections.evolux.contact_center.plugins.module_utils._module import _without_empty
from ansible_collections.evolux.contact_center.plugins.module_utils._plan import plan_queues
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import Queue
from ansible_collections.evolux.contact_center.plugins.module_utils._steps import Tenant
from ansible_collections.evolux.contact_center.plugins.modules.evolux_queues import SPEC, wanted_queue
from ansible_collections.evolux.contact_center.plugins.plugin_utils._sheet import read_queues
from ansible_collections.evolux.contact_center.plugins.plugin_utils._sheet_file import read_table
from ansible_collections.evolux.contact_center.plugins.plugin_utils._tenant_file import render
from tenant_schema import document

DOCS = Path(__file__).resolve().parents[2] / "docs"
SCHEMA = json.loads((DOCS / "schema/tenant.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
KEYS = SPEC["options"]["queues"]["options"]


def test_the_schema_is_what_the_options_say() -> None:
    how = "update it with: PYTHONPATH=.cache/tree python tests/tenant_schema.py > docs/schema/tenant.json"
    assert (DOCS / "schema/tenant.json").read_text(encoding="utf-8") == document(), how
    Draft202012Validator.check_schema(SCHEMA)


class _Loader(yaml.SafeLoader):
    """Loads a vaulted value as the text that it will be."""


_Loader.add_constructor("!vault", lambda loader, node: loader.construct_scalar(node))


@pytest.mark.parametrize("file", sorted(DOCS.glob("examples/**/*_vars/**/*.yml")), ids=lambda file: file.name)
def test_examples_are_as_described(file: Path) -> None:
    VALIDATOR.validate(yaml.load(file.read_text(encoding="utf-8"), _Loader))


@pytest.mark.parametrize(
    ("content", "ignore"),
    [
        ((DOCS / "examples/filas.csv").read_bytes(), ["Observações"]),
        ("Nome;Ramal;DID;Situação\n{{ x }};0700;;\nno;3001;;arquivada\n".encode(), []),
    ],
)
@pytest.mark.parametrize("propose_slugs", [False, True])
def test_what_imports_write_is_as_described(content: bytes, ignore: list[str], propose_slugs: bool) -> None:
    sheet = read_queues(read_table(content, "filas.csv"), ignore, propose_slugs)
    file = render(sheet.queues, "acme", source="filas.csv", places=sheet.places).decode()
    VALIDATOR.validate(yaml.safe_load(file.replace("!unsafe ", "")))


def errors(entry: Mapping[str, Any], **variables: Any) -> list[str]:
    """The schema's errors for a file with one queue."""
    return [error.message for error in VALIDATOR.iter_errors({"evolux_queues": [entry], **variables})]


def refusals(entry: Mapping[str, Any]) -> Iterator[str]:
    """The module's errors and warnings for a task with one queue, on a tenant that has the queue or no queues."""
    looked_at = as_given(_without_empty({"queues": [entry]}), {*KEYS, "queue_id"})
    yield from (str(error) for _who, error in looked_at.problems)
    if looked_at.warning:
        yield looked_at.warning
    validator = ArgumentSpecValidator({"queues": SPEC["options"]["queues"]})
    valid = validator.validate(looked_at.options)
    yield from valid.error_messages
    if not valid.error_messages:
        (options,) = valid.validated_parameters["queues"]
        wanted = wanted_queue(options)
        there = []
        if wanted.id is not None:  # new queues have no id
            there = [Queue.of(id=wanted.id, slug=wanted.slug, name="There", number="1")]
            if wanted.slug or wanted.name:
                wanted, there = wanted._replace(id=None), []
        for problem in plan_queues([wanted], Tenant(there)).problems:
            # The file alone doesn't show what the tenant has.
            if "There is no queue" not in str(problem.error):
                yield str(problem.error)


TEXTS = st.one_of(
    st.sampled_from(
        ["", "support", "Support", "sales-br", "vendas_são", "a b", "3001", "0700", "30 01", "+5584", "x3"]
    ),
    st.sampled_from([True, False, 3001, 448, 7.5, None]),
    st.text(st.characters(codec="utf-8", exclude_characters="{"), max_size=8),
)
COUNTS = st.one_of(st.integers(-2, 10**6), st.sampled_from([None, "", "60", "sixty", "1m", 7.5]))
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from([1, 7, "7", "x", None, ""]),
        "slug": TEXTS,
        "name": TEXTS,
        "number": TEXTS,
        "public_number": TEXTS,
        "max_wait_time": COUNTS,
        "state": st.sampled_from(["present", "archived", "absent", "Present", "", None]),
        "archived": st.sampled_from([True, False, "yes", "off", "maybe", None, 1, 2]),
        "pauses": st.sampled_from([None, [], [{"id": 1}]]),
        "extra": st.sampled_from([None, {}, {"enabled": True}]),
        "nmae": st.just("x"),
        "Number": st.just("1"),
    },
)

GOOD = {"name": "Support", "number": "3001", "slug": "support"}


@settings(max_examples=1500, deadline=None)
@given(ENTRIES, st.integers(0, 3))
def test_schema_and_module_refuse_the_same(facts: dict[str, Any], how_many: int) -> None:
    entry = {**GOOD, **dict(list(facts.items())[:how_many])}
    says, wrong = list(refusals(entry)), errors(entry)
    assert bool(says) == bool(wrong), (says, wrong)
