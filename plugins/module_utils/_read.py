# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""What a task has to read of a tenant before it can plan, with as few requests as that takes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

from ansible_collections.evolux.contact_center.plugins.module_utils._api import Api
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import MAY_BE_HIDDEN, Queue, Wanted
from ansible_collections.evolux.contact_center.plugins.module_utils._steps import Tenant


def read_for_one(api: Api, wanted: Wanted) -> Tenant:
    """What planning one queue needs: one request where it is active and its number stays."""

    def is_enough(queue: Queue) -> bool:
        # Only another number makes the other queues matter, and another queue with a name that several may have.
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
    """What planning these queues needs: one request where all are active.

    concurrency: how many reads may be under way at once, where it takes reads of single queues.
    enough: tells of an active queue whether those on the pages after its own don't matter.
    """
    tenant = Tenant(tuple(api.list_queues(enough=enough)))
    if missing := [entry for entry in wanted if not tenant.find(entry)]:
        everything = api.list_queues(include_archived=True)
        tenant = _told_apart(everything, tenant.active)
        if any(entry.state == "present" and tenant.find_archived(entry) for entry in missing):
            # What another run created between the two lists looks archived; a newer list tells.
            tenant = _told_apart(everything, api.list_queues())
    hidden: dict[int, Collection[str]] = {}
    for entry in wanted:
        if entry.state == "present" and (compared := MAY_BE_HIDDEN & entry.fields.keys()):
            # Of one to be created, any other tells what reads will show.
            found = tenant.find(entry) or ([] if hidden else tenant.active[:1])
            if len(found) == 1 and (names := found[0].hidden(compared)):
                hidden[found[0].known_id] = names
    return read_hidden(api, tenant, hidden, concurrency)


def read_everything(api: Api) -> Tenant:
    """The whole tenant: two requests."""
    # The archived ones first: a queue that is archived in between is then never missing.
    everything = api.list_queues(include_archived=True)
    return _told_apart(everything, api.list_queues())


def read_one(api: Api, id: int, *, listed: bool = False) -> Queue | None:
    """The queue with this id, archived or not, None if there is none.

    listed: whether a list has just shown it. Queues don't vanish, so its absence is then an error (not_found).
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
    """The queues that match every filter that is not None, the archived ones only if asked."""
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
    """The tenant with what reads by id show of some active queues: they may show more than lists.

    One read tells which fields they show; the others are read only where they lack one of these. Raises EvoluxError.

    hidden: by the queue's id, the fields that are asked for since the list doesn't show them.
    """
    left = iter(hidden)
    read: dict[int, Queue | None] = {}
    for id in left:
        first = read[id] = read_one(api, id, listed=True)
        if first is None or first.archived:
            continue  # somebody archived it in between, so it tells nothing
        if rest := [other for other in left if first.hidden(hidden[other]) < set(hidden[other])]:
            # Most runs never get here, and starting them is to be fast.
            from ansible_collections.evolux.contact_center.plugins.module_utils._threads import at_once

            read.update(at_once(((other, partial(read_one, api, other, listed=True)) for other in rest), concurrency))
        break
    if not read:
        return tenant
    now = [read.get(queue.known_id, queue) for queue in tenant.active]
    return Tenant(
        tuple(queue for queue in now if queue and not queue.archived),
        (*tenant.archived, *(queue for queue in now if queue and queue.archived)),
    )


def is_archived(error: EvoluxError) -> bool:
    """Whether a read was refused because the queue is archived: a 422 has no other documented meaning."""
    return error.code == "archived" or error.status == 422


def is_absence(error: EvoluxError) -> bool:
    """Whether a 404 is the API's word on the queue, and not a wrong address."""
    return error.code == "not_found" and error.saying == "queue not found"
