# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What evolux_queue should do, scenario by scenario, both in-process and with ansible-playbook.

Every scenario proves that check mode writes nothing and predicts the run, that the second run writes nothing, and
that the token doesn't appear in the results.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sandbox.control import Sandbox, Tenant
from sandbox.switches import EDITABLE, READINGS

DID = "558432220000"
OTHER_DID = "558432220001"
SUPPORT = {"name": "Support", "slug": "support", "number": "3001"}
SALES = {"name": "Sales", "slug": "sales", "number": "3002"}
OLD = {"name": "Old", "slug": "old", "number": "3009", "archived": True}

# Runs the task in check mode, for real and again, and marks each in the sandbox's log ("check", "run", "again"). For
# each, it returns whether the task failed, and its result.
Runner = Callable[[Tenant, dict[str, Any]], dict[str, tuple[bool, dict[str, Any]]]]


@dataclass
class Scenario:
    """A tenant, a task, and the expected outcome.

    queues, switches: of the tenant beforehand. faults: (kind, options).
    action: None if the task must fail. writes: the methods of the run's writes, in order.
    error: the code; says: parts of the message. after: what the tenant's queues must have afterwards, by slug.
    diff: (before, after). again: the methods of the second run's writes. warns: a part of the only warning.
    predicted: False if another run or the server interferes after check mode has read the tenant.
    """

    task: dict[str, Any]
    action: str | None = None
    queues: tuple[dict[str, Any], ...] = (SUPPORT, SALES)
    switches: dict[str, Any] = field(default_factory=dict)
    faults: tuple[tuple[str, dict[str, Any]], ...] = ()
    writes: tuple[str, ...] = ()
    changed: bool | None = None
    unverified: tuple[str, ...] = ()
    error: str | None = None
    fails_in_check: bool = True
    says: tuple[str, ...] = ()
    after: dict[str, dict[str, Any]] = field(default_factory=dict)
    diff: tuple[dict[str, Any], dict[str, Any]] | None = None
    again: tuple[str, ...] = ()
    warns: str | None = None
    predicted: bool = True


CONSTRAINT = {
    "status": 500,
    "json": {"meta": {"status": 500, "message": "Data insertion may break a database constraint"}},
}
BILLING = {"name": "Billing", "number": "3003"}
SCENARIOS = {
    # ---- present: create ----
    "create": Scenario(
        BILLING,
        "create",
        writes=("POST",),
        after={"billing": {"name": "Billing", "number": "3003", "public_number": None}},
        diff=({}, {"name": "Billing", "number": "3003", "archived": False}),
    ),
    "create-with-slug": Scenario(
        {**BILLING, "slug": "money", "public_number": DID},
        "create",
        writes=("POST",),
        after={"money": {"public_number": DID}},
    ),
    "create-keeps-leading-zero": Scenario(
        {"name": "Zero", "number": "0700123"}, "create", writes=("POST",), after={"zero": {"number": "0700123"}}
    ),
    "create-without-did": Scenario(
        {**BILLING, "public_number": ""}, "create", writes=("POST",), after={"billing": {"public_number": None}}
    ),
    "create-with-wait-time": Scenario(
        {**BILLING, "max_wait_time": 60},
        "create",
        writes=("POST", "PUT"),
        unverified=("max_wait_time",),
        after={"billing": {"max_wait_time": 60}},
        again=("PUT",),
    ),
    "create-with-wait-time-on-create": Scenario(
        {**BILLING, "max_wait_time": 60, "update_max_wait_time": "on_create"},
        "create",
        writes=("POST", "PUT"),
        unverified=("max_wait_time",),
        after={"billing": {"max_wait_time": 60}},
    ),
    "create-where-wait-time-shows": Scenario(
        {**BILLING, "max_wait_time": 0},
        "create",
        switches={"show_max_wait_time": "always"},
        writes=("POST", "PUT"),
        after={"billing": {"max_wait_time": 0}},
    ),
    "create-in-another-script": Scenario({"name": "サポート", "number": "3003"}, "create", writes=("POST",)),
    "create-needs-number": Scenario({"slug": "new", "name": "New"}, error="invalid", says=("number",)),
    "create-needs-name": Scenario({"slug": "new", "number": "3003"}, error="invalid", says=("name",)),
    "create-not-by-id": Scenario({"id": 99, "name": "New", "number": "3003"}, error="not_found", says=("99",)),
    "create-number-taken": Scenario(
        {"name": "New", "number": "3001"}, error="conflict", says=("3001", "support", "id 1")
    ),
    "create-archived-slug": Scenario(
        {"slug": "old", "name": "Old", "number": "3009"},
        queues=(OLD,),
        error="archived",
        says=("restore it in Evolux", "another slug"),
    ),
    "create-archived-name": Scenario({"name": "Old", "number": "3009"}, queues=(OLD,), error="archived"),
    "create-generated-slug-of-an-archived-queue": Scenario(
        {"name": "OLD", "number": "3004"},
        queues=(OLD,),
        error="conflict",
        says=("slug 'old'", "the archived queue 'Old' (id 1, slug old)", "another slug"),
    ),
    "create-generated-slug-of-an-active-queue": Scenario(
        {"name": "Sales!", "number": "3004"}, error="conflict", says=("slug 'sales'", "the active queue", "id 2")
    ),
    **{
        f"create-with-a-slug-in-another-form-{slug}": Scenario(
            {**BILLING, "slug": slug}, error="invalid", says=(f"the slug '{slug}'", f"use {likely}.")
        )
        for slug, likely in [
            ("Support", "'support'"),
            ("sales-br", "'sales_br'"),
            ("sales ", "'sales'"),
            ("vendas_são", "'vendas_sao'"),
            ("サポート", "another slug"),
        ]
    },
    "archive-a-slug-in-another-form": Scenario(
        {"slug": "Sales-BR", "state": "archived"},
        "archive",
        queues=({**SALES, "slug": "Sales-BR"},),
        writes=("DELETE",),
    ),
    "a-slug-in-another-form-that-a-queue-has": Scenario(
        {"slug": "Sales-BR", "number": "3003"}, "update", queues=({**SALES, "slug": "Sales-BR"},), writes=("PUT",)
    ),
    **{
        f"{field}-in-another-form-{value}": Scenario(
            {"slug": "support", field: value}, error="invalid", says=(f"{field} is '{value}'", f"use {likely}.")
        )
        for field, value, likely in [
            ("number", "40 01", "'4001'"),
            ("number", " 4001", "'4001'"),
            ("number", "40-01-A", "digits"),
            ("public_number", "+55 (84) 3222-0000", f"'{DID}'"),
        ]
    },
    "create-with-a-number-in-another-form": Scenario({**BILLING, "number": "30.03"}, error="invalid", says=("'3003'",)),
    "a-number-in-another-form-that-the-queue-has": Scenario(
        {"slug": "sales", "number": "30 02", "name": "Vendas"},
        "update",
        queues=({**SALES, "number": "30 02"},),
        writes=("PUT",),
    ),
    # ---- unquoted values in YAML ----
    "a-number-without-quotes": Scenario(
        {"slug": "support", "number": 3005}, "update", writes=("PUT",), warns="number as '3005'"
    ),
    **{
        f"{name}-that-is-{value}": Scenario(
            {"slug": "support", **BILLING, name: value}, error="invalid", says=(f"{name} is", str(value), "quote it")
        )
        for name, value in [
            ("slug", False),
            ("name", True),
            ("number", 1.5),
            ("public_number", False),
            ("name", ["a"]),
            ("number", {"a": "b"}),
        ]
    },
    "create-did-missing": Scenario(
        {**BILLING, "public_number": "551100000000"},
        error="constraint",
        fails_in_check=False,
        writes=("POST",),
        says=("551100000000", "doesn't exist"),
        again=("POST",),
    ),
    # ---- present: update ----
    "nothing-to-do": Scenario({"slug": "support", "name": "Support", "number": "3001"}, "none"),
    "nothing-to-do-by-name": Scenario({"name": "Support", "number": "3001"}, "none"),
    "nothing-to-do-by-id": Scenario({"queue_id": 1, "name": "Support", "number": "3001"}, "none"),
    "numbers-as-json": Scenario(
        {"slug": "support", "number": "3001", "public_number": DID},
        "none",
        queues=({**SUPPORT, "public_number": DID},),
        switches={"numbers_as_json": True},
    ),
    "unknown-fields": Scenario(SUPPORT, "none", switches={"extra_fields": {"strategy": "ringall"}}),
    "rename": Scenario(
        {"slug": "support", "name": "Suporte: nível 1"},
        "update",
        writes=("PUT",),
        after={"support": {"name": "Suporte: nível 1", "number": "3001"}},
        diff=({"slug": "support", "name": "Support"}, {"slug": "support", "name": "Suporte: nível 1"}),
    ),
    "rename-by-id": Scenario(
        {"id": 1, "name": "First"}, "update", writes=("PUT",), after={"support": {"name": "First"}}
    ),
    "renumber": Scenario(
        {"slug": "support", "number": "3005"}, "update", writes=("PUT",), after={"support": {"number": "3005"}}
    ),
    "renumber-by-id": Scenario({"id": 1, "number": "3005"}, "update", writes=("PUT",)),
    "renumber-taken": Scenario({"slug": "support", "number": "3002"}, error="conflict", says=("3002", "sales", "id 2")),
    "renumber-taken-by-id": Scenario({"id": 1, "number": "3002"}, error="conflict", says=("3002", "sales", "id 2")),
    "renumber-to-an-archived-one's": Scenario(
        {"slug": "support", "number": "3009"}, "update", queues=(SUPPORT, OLD), writes=("PUT",)
    ),
    "set-did": Scenario(
        {"slug": "support", "public_number": DID},
        "update",
        writes=("PUT",),
        after={"support": {"public_number": DID}},
        diff=({"slug": "support", "public_number": None}, {"slug": "support", "public_number": DID}),
    ),
    "clear-did": Scenario(
        {"slug": "support", "public_number": ""},
        "update",
        queues=({**SUPPORT, "public_number": DID},),
        writes=("PUT",),
        after={"support": {"public_number": None}},
        diff=({"slug": "support", "public_number": DID}, {"slug": "support", "public_number": None}),
    ),
    "clear-no-did": Scenario({"slug": "support", "public_number": ""}, "none"),
    "did-not-managed": Scenario({**SUPPORT}, "none", queues=({**SUPPORT, "public_number": DID},)),
    "did-missing": Scenario(
        {"slug": "support", "public_number": "551100000000"},
        error="constraint",
        fails_in_check=False,
        writes=("PUT",),
        says=("551100000000", "doesn't exist"),
        again=("PUT",),
    ),
    "wait-time-unseen": Scenario(
        {"slug": "support", "max_wait_time": 60},
        "update",
        writes=("PUT",),
        unverified=("max_wait_time",),
        after={"support": {"max_wait_time": 60}},
        diff=(
            {"slug": "support", "max_wait_time": "(not shown by the API)"},
            {"slug": "support", "max_wait_time": 60},
        ),
        again=("PUT",),
    ),
    "wait-time-unseen-on-create": Scenario(
        {"slug": "support", "max_wait_time": 60, "update_max_wait_time": "on_create"}, "none"
    ),
    "wait-time-shown": Scenario(
        {"slug": "support", "max_wait_time": 60},
        "update",
        switches={"show_max_wait_time": "always"},
        writes=("PUT",),
        after={"support": {"max_wait_time": 60}},
    ),
    "wait-time-shown-by-id-only": Scenario(
        {"slug": "support", "max_wait_time": 60, "update_max_wait_time": "on_create"},
        "update",
        switches={"show_max_wait_time": "read"},
        writes=("PUT",),
        after={"support": {"max_wait_time": 60}},
    ),
    "wait-time-negative": Scenario({"slug": "support", "max_wait_time": -1}, error="invalid"),
    "empty-is-not-given": Scenario(
        {"id": "", "slug": "support", "name": "", "number": "", "max_wait_time": "", "state": "", "timeout": ""}, "none"
    ),
    "null-is-not-given": Scenario(
        {"slug": "support", "number": None, "public_number": None, "state": None, "timeout": None, "retries": None},
        "none",
    ),
    "ambiguous-name": Scenario(
        {"name": "Support", "number": "3005"},
        queues=(SUPPORT, {**SALES, "name": "Support"}),
        error="conflict",
        says=("id 1", "support", "id 2", "sales"),
    ),
    "ambiguous-name-told-apart": Scenario(
        {"name": "Support", "slug": "sales", "number": "3005"},
        "update",
        queues=(SUPPORT, {**SALES, "name": "Support"}),
        writes=("PUT",),
        after={"sales": {"number": "3005"}, "support": {"number": "3001"}},
    ),
    "slug-of-another": Scenario({"id": 1, "slug": "sales"}, error="conflict", says=("support", "sales")),
    "slug-of-none": Scenario({"id": 1, "slug": "elsewhere"}, error="conflict", says=("support", "elsewhere")),
    "archived-by-id": Scenario({"id": 1, "name": "New"}, queues=(OLD,), error="archived"),
    # ---- archived ----
    "archive": Scenario(
        {"slug": "support", "state": "archived", "number": "ignored"},
        "archive",
        writes=("DELETE",),
        after={"support": {"archived": True, "number": "3001"}},
    ),
    "archive-by-name": Scenario({"name": "Support", "state": "archived"}, "archive", writes=("DELETE",)),
    "archive-by-id": Scenario({"id": 1, "state": "archived"}, "archive", writes=("DELETE",)),
    "archive-empty-body": Scenario(
        {"id": 1, "state": "archived"}, "archive", switches={"archive_answer": "empty"}, writes=("DELETE",)
    ),
    "archive-archived": Scenario({"slug": "old", "state": "archived"}, "none", queues=(OLD,)),
    "archive-archived-by-id": Scenario({"id": 1, "state": "archived"}, "none", queues=(OLD,)),
    "archive-nothing": Scenario({"slug": "ghost", "state": "archived"}, "none", warns="ghost"),
    "archive-nothing-by-id": Scenario({"id": 99, "state": "archived"}, "none", warns="99"),
    "archive-ambiguous": Scenario(
        {"name": "Support", "state": "archived"}, queues=(SUPPORT, {**SALES, "name": "Support"}), error="conflict"
    ),
    "archive-enabled": Scenario(
        {"slug": "support", "state": "archived"},
        queues=({**SUPPORT, "enabled": True},),
        error="enabled",
        fails_in_check=False,
        writes=("DELETE",),
        says=("disable",),
        again=("DELETE",),
    ),
    # ---- what the server and the network do ----
    "create-answer-lost": Scenario(
        BILLING, "create", faults=(("cut", {"method": "POST", "when": "after"}),), writes=("POST",)
    ),
    "create-request-lost": Scenario(BILLING, "create", faults=(("cut", {"method": "POST"}),), writes=("POST", "POST")),
    "create-answer-lost-with-wait-time": Scenario(
        {**BILLING, "max_wait_time": 60, "update_max_wait_time": "on_create"},
        "create",
        faults=(("cut", {"method": "POST", "when": "after"}),),
        writes=("POST", "PUT"),
        unverified=("max_wait_time",),
        after={"billing": {"max_wait_time": 60}},
    ),
    "create-500-yet-done": Scenario(
        BILLING, "create", faults=(("answer", {"method": "POST", "when": "after", "status": 500}),), writes=("POST",)
    ),
    "create-500": Scenario(
        BILLING,
        error="api",
        fails_in_check=False,
        faults=(("answer", {"method": "POST", "status": 500, "times": 2}),),
        writes=("POST",),
        again=("POST",),
    ),
    "create-503-retry-after": Scenario(
        BILLING,
        "create",
        faults=(("answer", {"method": "POST", "status": 503, "headers": {"Retry-After": "0"}}),),
        writes=("POST", "POST"),
    ),
    "create-429": Scenario(
        BILLING,
        "create",
        faults=(("answer", {"method": "POST", "status": 429, "headers": {"Retry-After": "0"}}),),
        writes=("POST", "POST"),
    ),
    "create-by-another-run": Scenario(
        BILLING,
        "none",
        predicted=False,
        faults=(("answer", {"method": "POST", "when": "after", **CONSTRAINT}),),
        writes=("POST",),
        after={"billing": {"number": "3003"}},
    ),
    "create-answers-html": Scenario(
        BILLING,
        error="bad_answer",
        fails_in_check=False,
        changed=True,
        faults=(("answer", {"method": "POST", "when": "after", "status": 200, "text": "<html>Hello</html>"}),),
        writes=("POST",),
        says=("<html>Hello</html>",),
    ),
    "wait-time-refused-after-create": Scenario(
        {**BILLING, "max_wait_time": 60},
        error="api",
        fails_in_check=False,
        changed=True,
        faults=(("answer", {"method": "PUT", "status": 422, "times": 1}),),
        writes=("POST", "PUT"),
        says=("was created", "run again to finish the job", "id 3"),
        again=("PUT",),
    ),
    "wait-time-refused-after-create-only": Scenario(
        {**BILLING, "max_wait_time": 60, "update_max_wait_time": "on_create"},
        error="api",
        fails_in_check=False,
        changed=True,
        faults=(("answer", {"method": "PUT", "status": 422, "times": 1}),),
        writes=("POST", "PUT"),
        says=("was created", "run once with update_max_wait_time set to always", "id 3"),
    ),
    "edit-answer-lost": Scenario(
        {"slug": "support", "name": "New"},
        "update",
        faults=(("cut", {"method": "PUT", "when": "after"}),),
        writes=("PUT", "PUT"),
    ),
    "archive-answer-lost": Scenario(
        {"slug": "support", "state": "archived"},
        "archive",
        faults=(("cut", {"method": "DELETE", "when": "after"}),),
        writes=("DELETE", "DELETE"),
    ),
    "create-cannot-be-read-back": Scenario(
        {**BILLING, "retries": 0},
        error="unreachable",
        fails_in_check=False,
        changed=True,
        faults=(("cut", {"method": "GET", "path": "/queues/3$"}),),
        writes=("POST",),
        says=("was created, but", "id 3"),
    ),
    "archive-refused-after-a-lost-answer": Scenario(
        {"slug": "support", "state": "archived", "retries": 1},
        error="auth",
        fails_in_check=False,
        changed=True,
        faults=(
            ("cut", {"method": "DELETE", "when": "after"}),
            ("answer", {"method": "DELETE", "status": 401}),
        ),
        writes=("DELETE", "DELETE"),
    ),
    "archive-answers-html": Scenario(
        {"slug": "support", "state": "archived"},
        error="bad_answer",
        fails_in_check=False,
        changed=True,
        faults=(("answer", {"method": "DELETE", "when": "after", "status": 200, "text": "<html>Hello</html>"}),),
        writes=("DELETE",),
        after={"support": {"archived": True}},
        says=("<html>Hello</html>",),
    ),
    "edit-answers-html-and-is-not-done": Scenario(
        {"slug": "support", "name": "New"},
        error="bad_answer",
        fails_in_check=False,
        changed=False,
        faults=(("answer", {"method": "PUT", "status": 200, "text": "<html>Hello</html>"}),),
        writes=("PUT",),
        again=("PUT",),
    ),
    "edit-failed-yet-done": Scenario(
        {"slug": "support", "name": "New", "retries": 0},
        "update",
        faults=(("cut", {"method": "PUT", "when": "after"}),),
        writes=("PUT",),
    ),
    "edit-failed": Scenario(
        {"slug": "support", "name": "New", "retries": 0},
        error="unreachable",
        fails_in_check=False,
        changed=False,
        faults=(("cut", {"method": "PUT"}),),
        writes=("PUT",),
        again=("PUT",),
    ),
    "edit-failed-yet-done-unseen": Scenario(
        {"slug": "support", "max_wait_time": 5, "retries": 0},
        error="unreachable",
        fails_in_check=False,
        changed=True,
        faults=(("cut", {"method": "PUT", "when": "after"}),),
        writes=("PUT",),
        again=("PUT",),
    ),
    # ---- a server that differs from the API's page ----
    "edit-as-json": Scenario(
        {"slug": "support", "name": "New", "max_wait_time": 5},
        "update",
        switches={"edit_as": "json", "show_max_wait_time": "always"},
        writes=("PUT", "PUT"),
        after={"support": {"name": "New", "max_wait_time": 5}},
    ),
    "create-then-edit-as-json": Scenario(
        {**BILLING, "max_wait_time": 60},
        "create",
        switches={"edit_as": "json", "show_max_wait_time": "read", "missing_fields": 422},
        writes=("POST", "PUT", "PUT"),
        after={"billing": {"max_wait_time": 60}},
    ),
    "edit-as-json-that-breaks-a-constraint": Scenario(
        {"slug": "support", "public_number": "5500"},
        switches={"edit_as": "json"},
        error="constraint",
        fails_in_check=False,
        changed=False,
        writes=("PUT", "PUT"),
        again=("PUT", "PUT"),
    ),
    "edit-without-effect": Scenario(
        {"slug": "support", "name": "New", "retries": 1},
        switches={"edit_without_effect": ["name"]},
        error="ignored",
        fails_in_check=False,
        changed=False,
        says=("still shows the old value", "name is 'Support', not 'New'"),
        writes=("PUT",),
        again=("PUT",),
    ),
    "edit-with-half-an-effect": Scenario(
        {"slug": "support", "name": "New", "number": "3005", "retries": 0},
        switches={"edit_without_effect": ["name"]},
        error="ignored",
        fails_in_check=False,
        changed=True,
        says=("name is 'Support', not 'New'",),
        writes=("PUT",),
        again=("PUT",),
        after={"support": {"name": "Support", "number": "3005"}},
    ),
    "archive-without-effect": Scenario(
        {"slug": "support", "state": "archived", "retries": 0},
        switches={"archive_without_effect": True},
        error="ignored",
        fails_in_check=False,
        changed=False,
        says=("still shows it as active",),
        writes=("DELETE",),
        again=("DELETE",),
        after={"support": {"archived": False}},
    ),
    **{
        f"{name}-where-reads-lag": Scenario(
            {"retries": 2, **task}, action, switches={"reads_lag": 2}, writes=(method,), after=after
        )
        for name, task, action, method, after in (
            ("create", BILLING, "create", "POST", {"billing": {"name": "Billing"}}),
            ("edit", {"slug": "support", "name": "New"}, "update", "PUT", {"support": {"name": "New"}}),
            ("archive", {"slug": "support", "state": "archived"}, "archive", "DELETE", {"support": {"archived": True}}),
        )
    },
    "create-that-is-not-shown": Scenario(
        {**BILLING, "retries": 1},
        error="not_found",
        fails_in_check=False,
        changed=True,
        switches={"reads_lag": 2},
        says=("doesn't show it",),
        writes=("POST",),
        after={"billing": {"name": "Billing"}},
    ),
    "token-refused-with-400": Scenario(
        SUPPORT,
        error="auth",
        faults=(("answer", {"status": 400, "times": None, "json": {"meta": {"message": "Missing token."}}}),),
        says=("api_token", "Missing token."),
    ),
    "details-of-a-refusal": Scenario(
        {"slug": "support", "public_number": "5500"},
        error="api",
        fails_in_check=False,
        changed=False,
        switches={"unknown_did": "refused", "errors_object": True},
        says=("public_number: public_number is not valid",),
        writes=("PUT",),
        again=("PUT",),
    ),
    "create-answered-with-a-redirect": Scenario(
        BILLING,
        error="redirect",
        fails_in_check=False,
        changed=True,
        faults=(("redirect", {"method": "POST", "when": "after", "status": 303, "location": "/api/v1/queues/3"}),),
        says=("/api/v1/queues/3",),
        writes=("POST",),
        after={"billing": {"name": "Billing"}},
    ),
    "archive-answered-with-a-redirect": Scenario(
        {"slug": "support", "state": "archived"},
        error="redirect",
        fails_in_check=False,
        changed=True,
        faults=(("redirect", {"method": "DELETE", "when": "after", "status": 303, "location": "/"}),),
        writes=("DELETE",),
        after={"support": {"archived": True}},
    ),
    "write-answered-with-408": Scenario(
        {"slug": "support", "name": "New"},
        "update",
        faults=(("answer", {"method": "PUT", "status": 408}),),
        writes=("PUT", "PUT"),
        after={"support": {"name": "New"}},
    ),
    "list-lost": Scenario(SUPPORT, "none", faults=(("cut", {"method": "GET"}),)),
    "unauthorized-write": Scenario(
        BILLING,
        error="auth",
        fails_in_check=False,
        faults=(("answer", {"method": "POST", "status": 403, "times": 2}),),
        writes=("POST",),
        again=("POST",),
        says=("api_token", "EVOLUX_API_TOKEN"),
    ),
    "list-html": Scenario(
        SUPPORT,
        error="bad_answer",
        faults=(("answer", {"status": 200, "text": "<html>", "times": None}),),
        says=("<html>",),
    ),
    "list-redirected": Scenario(
        SUPPORT,
        error="redirect",
        faults=(("redirect", {"location": "https://elsewhere.example/", "times": None}),),
        says=("https://elsewhere.example/",),
    ),
}


def methods(entries: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(entry["method"] for entry in entries if entry.get("method") in ("POST", "PUT", "DELETE"))


def between(log: list[dict[str, Any]], mark: str) -> list[dict[str, Any]]:
    """The requests after a mark, up to the next one."""
    marks = [index for index, entry in enumerate(log) if "mark" in entry]
    start = next(index for index in marks if log[index]["mark"] == mark)
    end = next((index for index in marks if index > start), len(log))
    return log[start + 1 : end]


def foreseeable(queue: dict[str, Any] | None, action: str | None, slug: str | None) -> dict[str, Any] | None:
    """What check mode can know about a queue that a run returns. slug: as the task gives it.

    The server chooses a new queue's id, its slug if the task doesn't give one, and its other fields.
    """
    if queue is None or action != "create":
        return queue
    return {**queue, "id": None, "slug": slug or None, "extra": {}}


def hold_told(scenario_warns: str | None, runs: dict[str, tuple[bool, dict[str, Any]]]) -> None:
    """No run has an unexpected warning or a deprecation."""
    for _failed, result in runs.values():
        assert not result.get("deprecations")
        for warning in result.get("warnings", []):
            assert scenario_warns
            assert scenario_warns in str(warning)


# Readings of the API that users of the modules must not notice.
UNNOTICED = (
    *("refusals_in", "plain_refusals", "errors_object", "unknown", "forbidden_by_state", "missing_fields"),
    *("edit_answer", "archive_answer", "limit_above", "pauses_pagination", "past_end"),
)


def other_readings(name: str) -> dict[str, Any]:
    """A combination of readings that must not affect a scenario; each scenario gets a different one."""
    chance = random.Random(name)
    return {switch: chance.choice(READINGS[switch]) for switch in UNNOTICED}


def prove(name: str, sandbox: Sandbox, runner: Runner, readings: Mapping[str, Any] = MappingProxyType({})) -> None:
    """Run a scenario and check its outcome. readings: switches in addition to the scenario's."""
    scenario = SCENARIOS[name]
    switches = {**readings, **scenario.switches}
    tenant = sandbox.tenant(queues=scenario.queues, dids=(DID, OTHER_DID), switches=switches)
    before = tenant.queues()
    for kind, options in scenario.faults:
        tenant.fault(kind, **options)
    runs = runner(tenant, scenario.task)
    assert tenant.token not in json.dumps(runs)
    (check_failed, predicted), (run_failed, result), (_again_failed, again) = (
        runs["check"],
        runs["run"],
        runs["again"],
    )
    log = tenant.log()
    assert methods(between(log, "check")) == ()
    assert methods(between(log, "run")) == scenario.writes
    assert methods(between(log, "again")) == scenario.again

    assert check_failed == bool(scenario.error and scenario.fails_in_check), predicted
    assert run_failed == bool(scenario.error), result
    if scenario.error:
        error = result["error"]
        assert error["code"] == scenario.error, result
        assert set(error) == {"code", "status", "message", "details", "method", "path"}
        for text in scenario.says:
            assert text in result["msg"], result["msg"]
        assert result["changed"] is bool(scenario.changed)
        if scenario.changed:
            assert result["queue"]["id"]
    else:
        assert result["action"] == scenario.action
        assert result["changed"] is (scenario.action != "none")
        assert tuple(result["unverified"]) == scenario.unverified
        assert again["changed"] is bool(scenario.again)
        found = {queue["slug"]: queue for queue in tenant.queues()}
        if result["queue"] is not None:
            shown = {key: value for key, value in result["queue"].items() if key not in ("extra", "max_wait_time")}
            real = found[result["queue"]["slug"]]
            assert shown == {key: real[key] for key in shown}
    # If check mode fails, the run fails the same way; if only the run fails, it was planned the same way.
    alike: tuple[str, ...] = ("changed", "action", "diff", "unverified", "queue", "error", "msg")
    if scenario.error and not scenario.fails_in_check:
        alike = ("action", "diff")
    if scenario.predicted:
        known = {**result, "queue": foreseeable(result.get("queue"), result.get("action"), scenario.task.get("slug"))}
        assert {key: predicted.get(key) for key in alike} == {key: known.get(key) for key in alike}
    hold_told(scenario.warns, runs)
    for _failed, told in runs.values():
        # No id, and no slug of the server's choice: nobody can know them beforehand.
        named = {*told.get("diff", {}).get("before", {}), *told.get("diff", {}).get("after", {})}
        assert named <= {"slug", "archived", *EDITABLE}
        assert "slug" not in named or "slug" in scenario.task or told["action"] != "create"
    if scenario.diff:
        assert (result["diff"]["before"], result["diff"]["after"]) == scenario.diff
    if scenario.warns:
        assert scenario.warns in str(result["warnings"])
    now = {queue["slug"]: queue for queue in tenant.queues()}
    for slug, facts in scenario.after.items():
        assert {key: now[slug][key] for key in facts} == facts
    if not scenario.writes:
        assert tenant.queues() == before
