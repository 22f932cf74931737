# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Reads what a task needs to know about a tenant before planning, with as few requests as possible."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

from ansible_collections.evolux.contact_center.plugins.module_utils._api import Api
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import MAY_BE_HIDDEN, Queue, Wanted
from ansible_collections.evolux.contact_center.plugins.module_utils._steps import Tenant


def read_for_one(api: Api, wanted: Wanted) -> Tenant:
    """What it takes to plan one queue: one request if it is active and keeps its number."""

    def is_enough(queue: Queue) -> bool:
        # The other queues only matter for a new number, or for a name, which several queues may share.
        is_it = wanted.id is not None or (wanted.slug is not None and wanted.slug == queue.slug)
        return is_it and (wanted.state == "archived" or wanted.number in (None, queue.number))

    if wanted.id is None:
        return read_for_all(api, [wanted], enough=is_enough)
    queue = read_one(api, wanted.id)
    if queue is None:
        return Tenant()
    if queue.archived:
        return Tenant((), (queue,))
    if is_enough(queue):
        return Tenant((queue,))
    return Tenant((queue, *(other for other in api.list_queues() if other.id != queue.id)))


def read_for_all(
    api: Api, wanted: Sequence[Wanted], concurrency: int = 1, enough: Callable[[Queue], bool] | None = None
) -> Tenant:
    """What it takes to plan these queues: one request if all are active.

    concurrency: how many reads of single queues may be under way at once, if any are needed.
    enough: whether the pages after this active queue's page don't matter.
    """
    tenant = Tenant(tuple(api.list_queues(enough=enough)))
    if missing := [entry for entry in wanted if not tenant.find(entry)]:
        everything = api.list_queues(include_archived=True)
        tenant = _told_apart(everything, tenant.active)
        if any(entry.state == "present" and tenant.find_archived(entry) for entry in missing):
            # A queue that another run created between the two lists looks archived; a newer list shows the truth.
            tenant = _told_apart(everything, api.list_queues())
    hidden: dict[int, Collection[str]] = {}
    for entry in wanted:
        if entry.state == "present" and (compared := MAY_BE_HIDDEN & entry.fields.keys()):
            # For a queue to be created, any other queue shows which fields reads include.
            found = tenant.find(entry) or ([] if hidden else tenant.active[:1])
            if len(found) == 1 and (names := found[0].hidden(compared)):
                hidden[found[0].known_id] = names
    return read_hidden(api, tenant, hidden, concurrency)


def read_everything(api: Api) -> Tenant:
    """The whole tenant: two requests."""
    # List the archived ones first: then a queue that is archived in between is never missing.
    everything = api.list_queues(include_archived=True)
    return _told_apart(everything, api.list_queues())


def read_one(api: Api, id: int, *, listed: bool = False) -> Queue | None:
    """The queue with this id, archived or not; None if there is none.

    listed: whether a list has just shown it. Queues don't disappear, so then its absence is an error (not_found).
    """
    try:
        return api.read_queue(id)
    except EvoluxError as error:
        if is_archived(error):
            return api.read_queue(id, include_archived=True)._replace(archived=True)
        if is_absence(error) and not listed:
            return None
        raise


def read_matching(
    api: Api,
    *,
    id: int | None = None,
    slug: str | None = None,
    name: str | None = None,
    number: str | None = None,
    include_archived: bool = False,
) -> list[Queue]:
    """The queues that match every filter that is not None; archived ones only if requested."""
    if id is not None:
        queue = read_one(api, id)
        queues = [queue] if queue and (include_archived or not queue.archived) else []
    elif include_archived:
        tenant = read_everything(api)
        queues = [*tenant.active, *tenant.archived]
    else:
        queues = api.list_queues()
    filters = {"slug": slug, "name": name, "number": number}
    wanted = {key: value for key, value in filters.items() if value is not None}
    return [queue for queue in queues if all(getattr(queue, key) == value for key, value in wanted.items())]


def _told_apart(everything: Iterable[Queue], active: Iterable[Queue]) -> Tenant:
    active = tuple(active)
    ids = {queue.id for queue in active}
    return Tenant(active, tuple(queue._replace(archived=True) for queue in everything if queue.id not in ids))


def read_hidden(api: Api, tenant: Tenant, hidden: Mapping[int, Collection[str]], concurrency: int) -> Tenant:
    """The tenant with what reads by id show of some active queues, as they may show more than lists do.

    The first read shows which fields they include. The other queues are read only if a wanted field may be among them.
    Raises EvoluxError.

    hidden: by the queue's id, the wanted fields that the list doesn't show.
    """
    left = iter(hidden)
    read: dict[int, Queue | None] = {}
    for id in left:
        first = read[id] = read_one(api, id, listed=True)
        if first is None or first.archived:
            continue  # somebody archived it in between, so it reveals nothing
        if rest := [other for other in left if first.hidden(hidden[other]) < set(hidden[other])]:
            # Most runs never get here, and startup should be fast.
            from ansible_collections.evolux.contact_center.plugins.module_utils._threads import at_once

            reads = ((other, partial(read_one, api, other, listed=True)) for other in rest)
            read.update(at_once(api.http.threads, reads, concurrency))
        break
    if not read:
        return tenant
    now = [read.get(queue.known_id, queue) for queue in tenant.active]
    return Tenant(
        tuple(queue for queue in now if queue and not queue.archived),
        (*tenant.archived, *(queue for queue in now if queue and queue.archived)),
    )


def is_archived(error: EvoluxError) -> bool:
    """Whether a read was refused because the queue is archived. A 422 has no other documented meaning."""
    return error.code == "archived" or error.status == 422


def is_absence(error: EvoluxError) -> bool:
    """Whether a 404 means that the API doesn't have the queue, rather than that the address is wrong."""
    return error.code == "not_found" and error.saying == "queue not found"
