# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation leaves open, as one table of switches with the readings that a server may follow."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

_MAX = 2**53


class SeedError(ValueError):
    """The control side got something that isn't a valid tenant, queue, switch or fault; the text says why."""


def is_positive(value: object) -> bool:
    """Whether it's a positive whole number that JSON can represent."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MAX


@dataclass(frozen=True)
class Switches:
    """The readings, per tenant. README.md explains each; the defaults are the documented or the likeliest ones."""

    # What is refused, and how
    bad_token: Literal[401, 403, 400] = 401
    refusals_in: Literal["status", "meta"] = "status"
    plain_refusals: Literal["json", "html"] = "json"
    errors_object: bool = False
    unknown: Literal["refused", "ignored"] = "refused"
    forbidden_by_state: Literal[422, 400, 409] = 422
    missing_fields: Literal[400, 422] = 400

    # Queues
    numbers: Literal["digits", "any"] = "digits"
    unique_numbers: Literal["active", "all", "none"] = "active"
    archived_slugs: Literal["kept", "free"] = "kept"
    slug_form: Literal["refused", "made", "any"] = "refused"
    accents_in_slugs: Literal["folded", "dropped"] = "folded"
    dids: Literal["shared", "exclusive"] = "shared"
    unknown_did: Literal["constraint", "refused"] = "constraint"
    enable_new_queues: bool = False

    # Edit and archive
    edit_as: Literal["form", "json", "either"] = "form"
    edit_answer: Literal["id", "queue", "empty", "none"] = "id"
    edit_without_effect: tuple[str, ...] = ()
    empty_did: Literal["clears", "refused"] = "clears"
    archive_answer: Literal["id", "queue", "empty", "none"] = "id"
    archive_without_effect: bool = False
    archive_again: Literal["not_found", "forbidden", "done"] = "not_found"

    # What reads show
    show_max_wait_time: Literal["never", "read", "always"] = "never"
    numbers_as_json: bool = False
    reads_lag: int = 0
    list_order: Literal["id", "name", "newest"] = "id"
    archived_pauses: Literal["shown", "refused"] = "shown"
    extra_fields: dict[str, Any] = field(default_factory=dict)

    # Agents
    agents: bool = True
    agents_order: Literal["id", "name", "newest"] = "id"
    agents_pagination: bool = True

    # Pages
    page_cap: int = 50
    limit_above: Literal["cut", "refused"] = "cut"
    pauses_pagination: bool = False
    list_page_cap: int | None = None
    list_pagination: bool = True
    past_end: Literal["empty", "not_found", "refused", "last"] = "empty"

    # Limits
    requests_per_second: int | None = None
    limited_as: Literal["429", "429 without Retry-After", "503"] = "429"

    def __post_init__(self) -> None:
        for name, choices in READINGS.items():
            value = getattr(self, name)
            if not any(value == choice and type(value) is type(choice) for choice in choices):
                raise SeedError(f"{name} must be one of {', '.join(map(str, choices))}")
        for name in ("page_cap", "list_page_cap", "requests_per_second"):
            value = getattr(self, name)
            if not is_positive(value) and not (value is None and name != "page_cap"):
                raise SeedError(f"{name} must be a positive integer{'' if name == 'page_cap' else ' or null'}")
        if not (self.reads_lag == 0 or is_positive(self.reads_lag)):
            raise SeedError("reads_lag must be a whole number, 0 or more")
        ignored = self.edit_without_effect
        if not isinstance(ignored, list | tuple) or not set(ignored) <= set(EDITABLE):
            raise SeedError(f"edit_without_effect must be a list of {', '.join(EDITABLE)}")
        if not isinstance(self.extra_fields, dict):
            raise SeedError("extra_fields must be an object")

    @property
    def as_described(self) -> bool:
        """Whether requests and answers should match docs/api/openapi.yaml."""
        free = _NOT_IN_THE_DESCRIPTION
        return all(getattr(self, entry.name) == entry.default for entry in fields(self) if entry.name in free)


# The switches that have readings which the description rules out.
_NOT_IN_THE_DESCRIPTION = frozenset(
    (
        *("bad_token", "refusals_in", "plain_refusals", "forbidden_by_state", "missing_fields"),
        *("edit_answer", "archive_answer", "archived_pauses", "past_end", "limited_as", "requests_per_second"),
        *("numbers", "slug_form", "limit_above", "empty_did"),
    )
)

EDITABLE = ("name", "number", "public_number", "max_wait_time")


def _readings() -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for name, kind in get_type_hints(Switches).items():
        if kind is bool:
            found[name] = (False, True)
        elif get_origin(kind) is Literal:
            found[name] = get_args(kind)
    return found


# Each switch with a fixed set of readings, and these.
READINGS = _readings()
