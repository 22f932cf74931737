# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Which constraint a write broke: the server says only that it was one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.evolux.contact_center.plugins.module_utils._plan import Tenant
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import likely_slug


class Reason(NamedTuple):
    """Why a write broke a constraint, to be said after "because".

    cause: the same for many queues at once, and what to do; about: what is particular of this one.
    """

    text: str
    cause: str
    about: str


def explain_constraint(fields: Mapping[str, Any], id: int | None, tenant: Tenant) -> Reason:
    """Which constraint a write broke, from the whole tenant, archived queues included; the API doesn't say.

    fields: what was sent; id: of the queue that was edited, None for a create.
    """
    found = []
    others = [queue for queue in (*tenant.active, *tenant.archived) if queue.id != id]
    if id is None:
        slug = fields.get("slug") or likely_slug(fields["name"])
        whence = "" if "slug" in fields else ", which Evolux would make of the name,"
        found += [
            Reason(
                f"the slug '{slug}'{whence} already belongs to the {queue.state} queue {queue}: choose another slug"
                + (", or restore that queue in Evolux" if queue.archived else ""),
                "The slug already belongs to another queue: choose another, or restore it if it is archived.",
                f"slug '{slug}' of the {queue.state} queue {queue}",
            )
            for queue in others
            if queue.slug == slug
        ]
    found += [
        Reason(
            f"the number {queue.number} already belongs to the active queue {queue}: choose another number",
            "The number already belongs to another active queue: choose another number.",
            f"number {queue.number} of {queue}",
        )
        for queue in others
        if not queue.archived and queue.number is not None and queue.number == fields.get("number")
    ]
    did = fields.get("public_number")
    if did and not found:
        holder = next((queue for queue in others if queue.public_number == did), None)
        found.append(
            Reason(
                f"the DID {did} can't be given to this queue, and it belongs to the queue {holder}: choose another "
                "public_number",
                "The DID belongs to another queue: choose another public_number.",
                f"DID {did} of {holder}",
            )
            if holder
            else Reason(
                f"the DID {did} doesn't exist in this tenant: create it in Evolux, or correct public_number",
                "The DID doesn't exist in this tenant: create it in Evolux, or correct public_number.",
                f"DID {did}",
            )
        )
    if not found:
        text = "neither the slug, the number nor public_number explains it: look at the queue's values in Evolux"
        return Reason(text, f"The values break a constraint of Evolux's database, and {text}.", "")
    return Reason(
        "; ".join(reason.text for reason in found),
        " ".join(dict.fromkeys(reason.cause for reason in found)),
        ", ".join(reason.about for reason in found),
    )
