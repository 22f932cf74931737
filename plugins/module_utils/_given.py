# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""A task's options as YAML parsed them, before Ansible converts everything to text. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import FIELDS, OPTIONS, Wanted
from ansible_collections.evolux.contact_center.plugins.module_utils._text import listing, shown

TEXTS: Final = ("slug", *(name for name, field in FIELDS.items() if field.kind.type == "str"))
_OF_AGENTS: Final = ("login", "queue")
_OF_TASKS: Final = ("spare_number",)


class Given(NamedTuple):
    """A task's options with whole numbers converted to text, and what to tell users about that.

    problems: values that aren't accepted, each with the name of its entry, which is empty for the task's own options.
    warning: which whole numbers were converted; None if there were none.
    """

    options: dict[str, Any]
    problems: tuple[tuple[str, EvoluxError], ...]
    warning: str | None


def as_given(options: Mapping[str, Any], keys: Collection[str] = ()) -> Given:
    """Check the options of a task. keys: those that an entry of C(queues) may have."""
    own, problems, numbers = _texts(options, "")
    if keys and isinstance(entries := options.get("queues"), list):
        own["queues"] = list(entries)
        for index, entry in enumerate(entries):
            if not isinstance(entry, Mapping):
                continue  # Ansible may convert it to one, or has its own message for it
            who = _name(index, entry)
            problems += [(who, _unknown_key(key)) for key in entry if key not in keys]
            texts, confused, read = _texts(entry, who)
            problems += confused
            numbers += read
            own["queues"][index] = {key: value for key, value in texts.items() if key in keys}
    return Given(own, tuple(problems), _warning(numbers) if numbers else None)


def _name(index: int, entry: Mapping[str, Any]) -> str:
    """An entry by its index and, if it has a valid one, its slug, name or id."""
    known: dict[str, Any] = {
        name: value
        for name in ("id", "slug", "name")
        if isinstance(value := entry.get(name), (int, str)) and not isinstance(value, bool)
    }
    label = Wanted.of(**known).label
    return f"entry {index}" + (f" ({label})" if label else "")


def _texts(options: Mapping[str, Any], who: str) -> tuple[dict[str, Any], list[tuple[str, EvoluxError]], list[str]]:
    """Options with whole numbers as text where text is expected, what can't be text, and which were numbers."""
    own, problems, numbers = dict(options), [], []
    for name in (*TEXTS, *_OF_AGENTS, *_OF_TASKS):
        value = options.get(name)
        if value is None or isinstance(value, str):
            continue
        if isinstance(value, int) and not isinstance(value, bool):
            own[name] = str(value)
            if name == "queue":
                continue  # an id, most likely
            numbers.append(f"{name}{who and f' of {who}'} as '{value}'")
        else:
            problems.append((who, _no_text(name, value)))
    return own, problems, numbers


def _no_text(name: str, value: object) -> EvoluxError:
    kind = "the boolean " if isinstance(value, bool) else "the decimal number " if isinstance(value, float) else ""
    what = f"{name} is {kind}{shown(value)}"
    *names, last = next(texts for texts in (TEXTS, _OF_AGENTS, _OF_TASKS) if name in texts)
    which = f"{', '.join(names)} and {last}" if names else last
    return EvoluxError(
        "invalid",
        f"{what}, which isn't text; if YAML converted it, as it converts Yes to true, quote it.",
        cause=f"{which} must be text; if YAML converted a value, as it converts Yes to true, quote it.",
        about=what,
    )


def _unknown_key(key: object) -> EvoluxError:
    from difflib import get_close_matches

    near = get_close_matches(str(key).lower(), OPTIONS, 1)
    likely = f" (did you mean {near[0]}?)" if near else ""
    keys = ", ".join(OPTIONS)
    return EvoluxError(
        "invalid",
        f"A queue has no key '{key}'{likely}; correct it. Valid keys are {keys}.",
        cause=f"A queue doesn't have this key; correct it. Valid keys are {keys}.",
        about=f"'{key}'{likely}",
    )


def _warning(numbers: list[str]) -> str:
    return (
        "Quote all numbers: without quotes, YAML may change them, for example 0700 to 448 and 12:30 to 750. "
        f"These values had no quotes and were read as follows: {listing(numbers)}."
    )
