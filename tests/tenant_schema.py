# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generates the JSON Schema of tenant files from the documented options of the modules and the role.

    PYTHONPATH=.cache/tree python tests/tenant_schema.py > docs/schema/tenant.json

The schema accepts what the modules accept without a warning, as far as they can judge a file without the tenant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from ansible.module_utils.parsing.convert_bool import BOOLEANS, BOOLEANS_TRUE

from ansible_collections.evolux.contact_center.plugins.module_utils._given import TEXTS
from ansible_collections.evolux.contact_center.plugins.module_utils._http import MAX_CONCURRENCY
from ansible_collections.evolux.contact_center.plugins.module_utils._module import CONNECTION_OPTIONS
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import FIELDS, NUMBERS, SECONDS
from ansible_collections.evolux.contact_center.plugins.modules import evolux_queues

ROOT: Final = Path(__file__).resolve().parent.parent
# A value with a template may become valid, and an empty value counts as not given.
_TEMPLATE: Final = r"[\s\S]*\{[\{%][\s\S]*"
# In Python's regular expressions, $ also matches before a line break at the very end.
_END: Final = r"$(?!\n)"
_LEAST: Final = {"archive_unlisted_limit": 0, "concurrency": 1, "retries": 0}
_DIGITS: Final = ("[0-9]*", 'Give digits alone, in quotes, such as "3001".')
# The pattern for values of a new queue, and the editor's message if a value doesn't match.
_SHAPES: Final = {
    "slug": ("[a-z0-9_]*", "Give lowercase letters without accents, digits and underscores, such as after_sales."),
    **dict.fromkeys((*NUMBERS, "spare_number"), _DIGITS),
}
_TIMES: Final = tuple(name for name, field in FIELDS.items() if field.kind is SECONDS)
_QUOTE: Final = 'Quote it, such as "3001" or "Yes": without quotes, YAML may make something else of it.'


def schema() -> dict[str, Any]:
    """The schema, in draft 2020-12."""
    variables = {name: _variable(name, text) for name, text in _documented().items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tenant file of evolux.contact_center",
        "description": "Variables of the role evolux.contact_center.tenant and of its playbooks.",
        "type": "object",
        "properties": variables,
        # An empty list would archive every queue.
        "if": {"properties": {"evolux_archive_unlisted": {"const": True}}, "required": ["evolux_archive_unlisted"]},
        "then": {"properties": {"evolux_queues": {"minItems": 1}}},
        "$defs": {"queue": _queue(), "template": {"type": "string", "pattern": _TEMPLATE}},
    }


def _documented() -> dict[str, str]:
    """The role's variables for provisioning, with their descriptions."""
    specs = yaml.safe_load((ROOT / "roles/tenant/meta/argument_specs.yml").read_text(encoding="utf-8"))
    return {name: _explained(facts) for name, facts in specs["argument_specs"]["main"]["options"].items()}


def _explained(facts: Mapping[str, Any]) -> str:
    """What a variable is, and its default. An editor would write a default of the schema's own into the file."""
    default = f" The default is {json.dumps(facts['default']).strip(chr(34))}." if "default" in facts else ""
    return _text(facts["description"]) + default


def _variable(name: str, text: str) -> dict[str, Any]:
    specs = {**evolux_queues.SPEC["options"], **CONNECTION_OPTIONS}
    option = name.removeprefix("evolux_")
    facts: dict[str, Any] = {"title": name, "description": text}
    if option == "queues":
        return {**facts, **_or_template({"type": "array", "items": {"$ref": "#/$defs/queue"}})}
    if option == "expected_plans":
        plans = {"type": ["object", "null"], "additionalProperties": {"type": "string"}}
        return {**facts, **_or_template(plans)}
    if option == "report_file":
        return {**facts, "type": ["string", "array", "null"], "items": {"type": ["string", "null"]}}
    if option == "spare_number":
        facts |= _shape(option)
    return {**facts, **_values(option, specs.get(option, {"type": "str"}))}


def _or_template(shape: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [shape, {"$ref": "#/$defs/template"}]}


def _queue() -> dict[str, Any]:
    """An entry of evolux_queues."""
    spec = evolux_queues.SPEC["options"]["queues"]["options"]
    documentation = yaml.safe_load(evolux_queues.DOCUMENTATION)["options"]["queues"]["suboptions"]
    keys: dict[str, Any] = {}
    for name, facts in spec.items():
        for key in (name, *facts.get("aliases", ())):
            text = _in_a_file(documentation[name]["description"])
            keys[key] = {"title": key, "description": text, **_values(name, facts)}
    given = [{"required": [key], "properties": {key: {"not": {"enum": [None, ""]}}}} for key in _identities(spec)]
    truth = {"anyOf": [{"enum": [True, 1]}, {"type": "string", "pattern": f"^(?:{_words(BOOLEANS_TRUE)}){_END}"}]}
    archived = {"state": {"const": "archived"}, "archived": truth}
    return {
        "title": "Queue",
        "type": "object",
        "properties": keys,
        "additionalProperties": False,
        "anyOf": given,
        # The values of a queue to be archived don't matter.
        "if": {"anyOf": [{"properties": {key: shape}, "required": [key]} for key, shape in archived.items()]},
        "else": {
            "properties": {
                name: _shape(name)
                for name in spec
                if name in _SHAPES or (name in FIELDS and FIELDS[name].kind is SECONDS)
            }
        },
    }


def _shape(name: str) -> dict[str, Any]:
    """The restrictions on a value of a new queue."""
    if name not in _SHAPES:
        return {"minimum": 0}
    pattern, what = _SHAPES[name]
    return {"pattern": f"^(?:{pattern}|{_TEMPLATE}){_END}", "patternErrorMessage": what}


def _identities(spec: Mapping[str, Any]) -> list[str]:
    return ["slug", "name", "id", *spec["id"].get("aliases", ())]


def _values(name: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The values that an option may have in a file."""
    choices = facts.get("choices")
    if choices:
        return _or_template({"enum": [*choices, None, ""]})
    return _KINDS.get(facts["type"], _anything)(name)


def _texts(name: str) -> dict[str, Any]:
    shape: dict[str, Any] = {"type": ["string", "null"]}
    return {**shape, "errorMessage": _QUOTE} if name in (*TEXTS, *_SHAPES) else shape


def _whole(name: str) -> dict[str, Any]:
    bounds = {"minimum": _LEAST[name]} if name in _LEAST else {}
    if name == "concurrency":
        bounds["maximum"] = MAX_CONCURRENCY
    return {"type": ["integer", "string", "null"], **bounds, "pattern": f"^(?:[0-9]*|{_TEMPLATE}){_END}"}


def _fraction(_name: str) -> dict[str, Any]:
    return {
        "type": ["number", "string", "null"],
        "exclusiveMinimum": 0,
        "pattern": rf"^(?:[0-9]*\.?[0-9]*|{_TEMPLATE}){_END}",
    }


def _boolean(_name: str) -> dict[str, Any]:
    texts = {"type": ["string", "null"], "pattern": f"^(?:{_words(BOOLEANS)}|{_TEMPLATE})?{_END}"}
    return {"anyOf": [{"type": "boolean"}, {"enum": [0, 1]}, texts]}


def _words(booleans: Iterable[object]) -> str:
    return "|".join(sorted(_any_case(word) for word in booleans if isinstance(word, str)))


def _any_case(word: str) -> str:
    return "".join(f"[{letter.upper()}{letter}]" if letter.isalpha() else letter for letter in word)


def _anything(_name: str) -> dict[str, Any]:
    return {}


_KINDS: Final[dict[str, Callable[[str], dict[str, Any]]]] = {
    "str": _texts,
    "path": _texts,
    "int": _whole,
    "float": _fraction,
    "bool": _boolean,
}


def _text(description: str | list[str]) -> str:
    """A description, stripped of Ansible's markup."""
    text = description if isinstance(description, str) else " ".join(description)
    return re.sub(r"\b(?:O|V|C|M|E|RV|P)\(((?:[^()]|\([^()]*\))*)\)", r"\1", text)


def _in_a_file(description: list[str]) -> str:
    """The description of an entry's option, with the names that tenant files have for the module's options."""
    names = [re.sub(r"O\((?!queues\[)", "O(evolux_", text).replace("O(queues[].", "O(") for text in description]
    return _text(names)


def document() -> str:
    """The content of the schema file."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    print(document(), end="")
