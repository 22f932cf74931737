# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""What a task has to read of a tenant before it can plan, with as few requests as that takes."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.evolux.contact_center.plugins.module_utils._client import Client
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._plan import Tenant, find
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import NOT_SHOWN, Queue, Wanted


def look_for(client: Client, wanted: Wanted) -> Tenant:
    """What planning this queue needs: one request where it is active and its number stays."""
    if wanted.id is not None:
        return _look_by_id(client, wanted, wanted.id)
    active = client.list_queues()
    found = find(wanted, active)
    if not found:
        archived = find(wanted, _archived(client.list_queues(include_archived=True), active))
        # Between the two lists another run may have created what now looks archived.
        archived, revived = _confirm_archived(client, archived)
        return Tenant((*active, *revived), tuple(archived))
    compared = wanted.state == "present" and wanted.max_wait_time is not None
    if compared and len(found) == 1 and found[0].max_wait_time == NOT_SHOWN:
        # The list may show less than the read.
        active[active.index(found[0])] = client.read_queue(found[0].known_id)
    return Tenant(tuple(active))


def look_at_all(client: Client) -> Tenant:
    """The whole tenant: two requests."""
    # The archived ones first: a queue that is archived in between is then never missing.
    everything = client.list_queues(include_archived=True)
    active = client.list_queues()
    return Tenant(tuple(active), tuple(_archived(everything, active)))


def read_one(client: Client, id: int) -> Queue | None:
    """The queue with this id, archived or not, None if there is none."""
    try:
        return client.read_queue(id)
    except EvoluxError as error:
        # A 422 to a read has one documented meaning, whatever its words.
        if error.code == "archived" or error.status == 422:
            return replace(client.read_queue(id, include_archived=True), archived=True)
        if _is_absence(error):
            return None
        raise


def list_matching(
    client: Client,
    *,
    id: int | None = None,
    slug: str | None = None,
    name: str | None = None,
    number: str | None = None,
    include_archived: bool = False,
) -> list[Queue]:
    """The queues that match every filter that is not None, the archived ones only if asked."""
    if id is not None:
        queue = read_one(client, id)
        queues = [queue] if queue and (include_archived or not queue.archived) else []
    elif include_archived:
        tenant = look_at_all(client)
        queues = [*tenant.active, *tenant.archived]
    else:
        queues = client.list_queues()
    filters = {"slug": slug, "name": name, "number": number}
    wanted = {key: value for key, value in filters.items() if value is not None}
    matching = [queue for queue in queues if all(getattr(queue, key) == value for key, value in wanted.items())]
    return sorted(matching, key=lambda queue: (queue.slug or "", queue.known_id))


def _look_by_id(client: Client, wanted: Wanted, id: int) -> Tenant:
    queue = read_one(client, id)
    if queue is None:
        return Tenant()
    if queue.archived:
        return Tenant((), (queue,))
    if wanted.state == "present" and wanted.number is not None and wanted.number != queue.number:
        # Only another number makes the other queues matter.
        others = tuple(other for other in client.list_queues() if other.id != id)
        return Tenant((queue, *others))
    return Tenant((queue,))


def _archived(everything: list[Queue], active: list[Queue]) -> list[Queue]:
    ids = {queue.id for queue in active}
    return [replace(queue, archived=True) for queue in everything if queue.id not in ids]


def _confirm_archived(client: Client, queues: list[Queue]) -> tuple[list[Queue], list[Queue]]:
    now = [read_one(client, queue.known_id) or queue for queue in queues]
    return [queue for queue in now if queue.archived], [queue for queue in now if not queue.archived]


def _is_absence(error: EvoluxError) -> bool:
    """Whether a 404 is the API's word on the queue, and not a wrong address."""
    return error.code == "not_found" and "queue not found" in (error.message or "").lower()
