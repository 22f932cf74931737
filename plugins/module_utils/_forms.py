# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Slugs and numbers that the API can't take, and what was likely meant. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._plan import Problem, Step, Tenant


def malformed(steps: Sequence[Step], tenant: Tenant) -> Iterator[Problem]:
    """What would be sent and has a form that the API's page rules out. What a tenant has already may have any form."""
    for index, step in enumerate(steps):
        slug = step.wanted.slug
        new = step.action == "create" and not tenant.find_archived(step.wanted)
        if new and slug and not re.fullmatch(r"[a-z0-9_]+", slug):
            yield Problem(_bad_slug(slug), (index,))
        for field in ("number", "public_number"):
            value = step.fields.get(field)
            if value and not re.fullmatch(r"[0-9]+", value):
                yield Problem(_bad_number(field, value), (index,))


def _bad_slug(slug: str) -> EvoluxError:
    likely = _likely_slug(slug)
    return EvoluxError(
        "invalid",
        f"A new queue can't have the slug '{slug}': slugs have only lowercase letters without accents, digits and "
        f"underscores; give {_quoted(likely) or 'such a slug'}.",
        cause="A new queue's slug can have only lowercase letters without accents, digits and underscores; correct it.",
        about=f"slug '{slug}'" + (f", which could be '{likely}'" if likely else ""),
    )


def _bad_number(field: str, value: str) -> EvoluxError:
    likely = _likely_digits(value)
    return EvoluxError(
        "invalid",
        f"{field} is '{value}', and the API takes digits only; give {_quoted(likely) or 'digits'}.",
        cause="The API takes only digits as number and public_number; correct them.",
        about=f"{field} '{value}'" + (f", which could be '{likely}'" if likely else ""),
    )


def _quoted(likely: str) -> str:
    return likely and f"'{likely}'"


def _likely_slug(slug: str) -> str:
    plain = unicodedata.normalize("NFKD", slug).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def _likely_digits(value: str) -> str:
    """The digits of a number that is written with blanks and signs; empty where letters make it something else."""
    if any(character.isalpha() for character in value):
        return ""
    return "".join(str(unicodedata.digit(character)) for character in value if character.isdecimal())
