# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWX's rules for credential types and surveys, which no package provides.

Taken from `awx/main/fields.py` and `awx/api/views/__init__.py` in AWX 24.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jinja2
import jsonschema
from awx_plugins.interfaces._temporary_private_inject_api import ENV_BLOCKLIST
from jinja2.sandbox import ImmutableSandboxedEnvironment

NAME = "^[a-zA-Z_]+[a-zA-Z0-9_]*$"
TEXT = {"type": "string"}
FLAG = {"type": "boolean"}
FOR_TEXTS_ONLY = ("choices", "multiline", "format", "secret")


def closed(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties, **more}


FIELD = closed(
    {
        "id": {"type": "string", "pattern": NAME},
        "label": TEXT,
        "help_text": TEXT,
        "type": {"enum": ["string", "boolean"]},
        "format": {"enum": ["ssh_private_key", "url"]},
        "choices": {"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True},
        "multiline": FLAG,
        "secret": FLAG,
        "ask_at_runtime": FLAG,
        "default": {},
    },
    required=["id", "label"],
)
CREDENTIAL_TYPE = closed(
    {
        "name": {"type": "string", "minLength": 1, "maxLength": 512},
        "description": TEXT,
        # The kinds that AWX allows for a custom type.
        "kind": {"enum": ["cloud", "net"]},
        "inputs": closed(
            {"fields": {"type": "array", "items": FIELD}, "required": {"type": "array", "items": TEXT}},
        ),
        "injectors": closed(
            {
                # This collection needs no extra_vars, and at most one file, which then has no name.
                "file": closed({"template": TEXT}),
                "env": {
                    "type": "object",
                    "patternProperties": {NAME: {"type": "string", "pattern": "^[\x00-\x7f]*$"}},
                    "additionalProperties": False,
                },
            }
        ),
    },
    required=["name", "kind"],
)
NUMBER_OR_NONE = {"type": ["integer", "null"]}
QUESTION = closed(
    {
        "question_name": TEXT,
        "question_description": TEXT,
        "variable": {"type": "string", "pattern": NAME},
        "type": {"enum": ["text", "textarea", "multiplechoice"]},
        "required": FLAG,
        "default": TEXT,
        "choices": TEXT,
        "min": NUMBER_OR_NONE,
        "max": NUMBER_OR_NONE,
    },
    required=["question_name", "variable", "type", "required"],
)
SURVEY = closed(
    {"name": TEXT, "description": TEXT, "spec": {"type": "array", "items": QUESTION, "minItems": 1}},
    required=["name", "description", "spec"],
)


def by_schema(schema: dict[str, Any], value: Any) -> Iterator[str]:
    for error in jsonschema.Draft202012Validator(schema).iter_errors(value):
        yield f"{error.json_path}: {error.message}"


def credential_type_problems(value: dict[str, Any]) -> list[str]:
    """Why AWX wouldn't accept it, in our words; empty if it would."""
    if problems := list(by_schema(CREDENTIAL_TYPE, value)):
        return problems
    fields = value.get("inputs", {}).get("fields", [])
    ids = [field["id"] for field in fields]
    problems += [f"{name} occurs twice" for name in set(ids) if ids.count(name) > 1]
    problems += [
        f"{name} is required but isn't a field" for name in value["inputs"].get("required", []) if name not in ids
    ]
    if "tower" in ids:
        problems.append("tower is reserved")
    for field in fields:
        kind = {"string": str, "boolean": bool}[field.get("type", "string")]
        if "default" in field and not isinstance(field["default"], kind):
            problems.append(f"the default of {field['id']} isn't a {kind.__name__}")
        if kind is not str:
            problems += [f"{key} of {field['id']} is only for text" for key in FOR_TEXTS_ONLY if key in field]
    strict = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
    injectors = value.get("injectors", {})
    known: dict[str, Any] = dict.fromkeys(ids, "EXAMPLE")
    known["tower"] = {"filename": "EXAMPLE"} if "file" in injectors else {}
    for name, template in [*injectors.get("env", {}).items(), *injectors.get("file", {}).items()]:
        if name.startswith("ANSIBLE_") or name in ENV_BLOCKLIST:
            problems.append(f"the environment variable {name} isn't allowed")
        try:
            strict.from_string(template).render(known)
        except jinja2.TemplateError as error:
            problems.append(f"{name}: {error}")
    return problems


def survey_problems(value: dict[str, Any]) -> list[str]:
    """Why AWX wouldn't accept the survey, in our words; empty if it would."""
    if problems := list(by_schema(SURVEY, value)):
        return problems
    variables = [question["variable"] for question in value["spec"]]
    problems += [f"{name} is asked twice" for name in set(variables) if variables.count(name) > 1]
    for question in value["spec"]:
        if question["type"] == "multiplechoice":
            choices = question.get("choices", "").splitlines()
            if not choices or question.get("default", choices[0]) not in choices:
                problems.append(f"{question['variable']}: the default isn't one of the choices")
    return problems


def answer_problems(question: dict[str, Any], answer: str) -> list[str]:
    """Why AWX wouldn't launch a job with this answer; empty if it would."""
    if question["type"] == "multiplechoice":
        return [] if answer in question["choices"].splitlines() else [f"{answer} isn't one of the choices"]
    short, long = question.get("min") or 0, question.get("max") or 1_000_000
    return [] if short <= len(answer) <= long else [f"{answer!r} is too short or too long"]
