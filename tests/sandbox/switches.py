# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation leaves open, as one table of switches: each reading of the pages that a server may follow."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

_MAX = 2**53


class SeedError(ValueError):
    """What the control side was given makes no tenant, queue, switch or fault; the text says why."""


def is_positive(value: object) -> bool:
    """Whether it's a whole number from 1 on that JSON can carry."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MAX


def _one_of(default: Any, *others: Any) -> Any:
    """A switch with a few readings; the first is the one that the sandbox takes for true."""
    return field(default=default, metadata={"choices": (default, *others)})


@dataclass(frozen=True)
class Switches:
    """The readings, per tenant. README.md says what each means; the defaults are the documented or likeliest ones."""

    # What is refused, and how
    bad_token: int = _one_of(401, 403, 400)
    refusals_in: str = _one_of("status", "meta")
    plain_refusals: str = _one_of("json", "html")
    errors_object: bool = _one_of(False, True)
    unknown: str = _one_of("refused", "ignored")
    forbidden_by_state: int = _one_of(422, 400, 409)
    missing_fields: int = _one_of(400, 422)

    # Queues
    numbers: str = _one_of("digits", "any")
    unique_numbers: str = _one_of("active", "all", "none")
    archived_slugs: str = _one_of("kept", "free")
    slug_form: str = _one_of("refused", "made", "any")
    accents_in_slugs: str = _one_of("folded", "dropped")
    dids: str = _one_of("shared", "exclusive")
    unknown_did: str = _one_of("constraint", "refused")
    enable_new_queues: bool = _one_of(False, True)

    # Edit and archive
    edit_as: str = _one_of("form", "json", "either")
    edit_answer: str = _one_of("id", "queue", "empty", "none")
    edit_without_effect: tuple[str, ...] = ()
    empty_did: str = _one_of("clears", "refused")
    archive_answer: str = _one_of("id", "queue", "empty", "none")
    archive_without_effect: bool = _one_of(False, True)
    archive_again: str = _one_of("not_found", "forbidden", "done")

    # What reads show
    show_max_wait_time: str = _one_of("never", "read", "always")
    numbers_as_json: bool = _one_of(False, True)
    reads_lag: int = 0
    list_order: str = _one_of("id", "name", "newest")
    archived_pauses: str = _one_of("shown", "refused")
    extra_fields: dict[str, Any] = field(default_factory=dict)

    # Agents
    agents: bool = _one_of(True, False)
    agents_order: str = _one_of("id", "name", "newest")
    agents_pagination: bool = _one_of(True, False)

    # Pages
    page_cap: int = 50
    limit_above: str = _one_of("cut", "refused")
    pauses_pagination: bool = _one_of(False, True)
    list_page_cap: int | None = None
    list_pagination: bool = _one_of(True, False)
    past_end: str = _one_of("empty", "not_found", "refused", "last")

    # Limits
    requests_per_second: int | None = None
    limited_as: str = _one_of("429", "429 without Retry-After", "503")

    def __post_init__(self) -> None:
        for entry in fields(self):
            value, choices = getattr(self, entry.name), entry.metadata.get("choices")
            if choices and not any(value == choice and type(value) is type(choice) for choice in choices):
                raise SeedError(f"{entry.name} is one of {', '.join(map(str, choices))}")
        for name in ("page_cap", "list_page_cap", "requests_per_second"):
            value = getattr(self, name)
            if not is_positive(value) and not (value is None and name != "page_cap"):
                raise SeedError(f"{name} is a positive integer{'' if name == 'page_cap' else ' or null'}")
        if not (self.reads_lag == 0 or is_positive(self.reads_lag)):
            raise SeedError("reads_lag is a whole number, 0 or more")
        ignored = self.edit_without_effect
        if not isinstance(ignored, list | tuple) or not set(ignored) <= set(EDITABLE):
            raise SeedError(f"edit_without_effect is a list of {', '.join(EDITABLE)}")
        if not isinstance(self.extra_fields, dict):
            raise SeedError("extra_fields is an object")

    @property
    def as_described(self) -> bool:
        """Whether requests and answers are those of docs/api/openapi.yaml."""
        free = _NOT_IN_THE_DESCRIPTION
        return all(getattr(self, entry.name) == entry.default for entry in fields(self) if entry.name in free)


# What of a reading the description rules out.
_NOT_IN_THE_DESCRIPTION = frozenset(
    (
        *("bad_token", "refusals_in", "plain_refusals", "forbidden_by_state", "missing_fields"),
        *("edit_answer", "archive_answer", "archived_pauses", "past_end", "limited_as", "requests_per_second"),
        *("numbers", "slug_form", "limit_above", "empty_did"),
    )
)

EDITABLE = ("name", "number", "public_number", "max_wait_time")

# Each switch that has a few readings, with these.
READINGS = {entry.name: entry.metadata["choices"] for entry in fields(Switches) if "choices" in entry.metadata}
