# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Which constraint a write broke: the server says only that it was one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.evolux.contact_center.plugins.module_utils._plan import Tenant
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import likely_slug


def explain_constraint(fields: Mapping[str, Any], id: int | None, tenant: Tenant) -> str:
    """Which constraint a write broke, in words, from the whole tenant, archived queues included; the API doesn't say.

    fields: what was sent; id: of the queue that was edited, None for a create.
    """
    found = []
    others = [queue for queue in (*tenant.active, *tenant.archived) if queue.id != id]
    if id is None:
        slug = fields.get("slug") or likely_slug(fields["name"])
        whence = "" if "slug" in fields else ", which Evolux would make of the name,"
        found += [
            f"the slug '{slug}'{whence} already belongs to the {queue.state} queue {queue}: choose another slug"
            + (", or restore that queue in Evolux" if queue.archived else "")
            for queue in others
            if queue.slug == slug
        ]
    found += [
        f"the number {queue.number} already belongs to the active queue {queue}: choose another number"
        for queue in others
        if not queue.archived and queue.number is not None and queue.number == fields.get("number")
    ]
    did = fields.get("public_number")
    if did and not found:
        holders = [f", and it belongs to the queue {queue}" for queue in others if queue.public_number == did]
        if holders:
            found.append(f"the DID {did} can't be given to this queue{holders[0]}: choose another public_number")
        else:
            found.append(f"the DID {did} does not exist in this tenant: create it in Evolux, or correct public_number")
    return "; ".join(found) or (
        "neither the slug, the number nor public_number explains it: look at the queue's values in Evolux"
    )
