#!/usr/bin/python
# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: evolux_tenant_info
short_description: Take a first look at an Evolux contact center
description:
  - Shows how large a tenant is, how fast its server responds, and how it behaves in the points that the API's
    documentation leaves open. If the address, the token or the certificate is wrong, the module fails and says so.
  - Run it first with a new token, and attach its result to bug reports. The playbook
    C(evolux.contact_center.check_tenant) prints the result in a few lines.
  - The result contains no token, no agents, and no names, slugs or numbers of queues. The issuer of the certificate may
    name your company if it has its own CA.
version_added: 2.0.0
author:
  - The evolux.contact_center contributors (@ansible-collections)
extends_documentation_fragment:
  - evolux.contact_center._connection
  - evolux.contact_center._attributes
  - evolux.contact_center._attributes.info_module
  - evolux.contact_center._attributes.tenant
  - evolux.contact_center._guides.role
  - evolux.contact_center._guides.troubleshooting
  - evolux.contact_center._guides.limits
notes:
  - The module sends 12 read requests at most, not counting retries.
  - If a list comes in pages and gives its total, the module uses that total. If it gives none and has more pages than
    the module may read, the count is V(null).
seealso:
  - module: evolux.contact_center.evolux_queue_info
    description: Read the queues.
  - module: evolux.contact_center.evolux_agent_info
    description: Read the agents.
"""

EXAMPLES = r"""
- name: Look at the tenant
  evolux.contact_center.evolux_tenant_info:
    api_url: https://acme.evolux.net.br
    api_token: "{{ evolux_token }}"
  register: tenant

- name: Show how many queues there are
  ansible.builtin.debug:
    msg: >-
      {{ tenant.queues.active }} active,
      {{ tenant.queues.archived }} archived

- name: Stop if the server is slow
  ansible.builtin.assert:
    that: tenant.latency.median < 2
    fail_msg: The server takes {{ tenant.latency.median }} s to respond.

- name: Warn about clocks that differ
  ansible.builtin.debug:
    msg: The clocks differ by {{ tenant.clock_skew | abs }} s.
  when: tenant.clock_skew is not none and tenant.clock_skew | abs > 60
"""

RETURN = r"""
queues:
  description: How many queues the tenant has.
  returned: success
  type: dict
  contains:
    active:
      description: How many are active. V(null) if the server gives no total and has too many pages.
      type: int
      sample: 12
    archived:
      description: How many are archived. V(null) if the server gives no total and has too many pages.
      type: int
      sample: 3
  sample:
    active: 12
    archived: 3
agents:
  description:
    - How many agents the tenant has, including archived ones.
    - V(null) if the server has no API for agents, which came with Evolux 6.15.0, if the token can't read agents, or if
      the server gives no total and has too many pages.
  returned: success
  type: int
  sample: 62
shows_max_wait_time:
  description:
    - Where the API shows C(max_wait_time). V(list) means in lists, V(read) means only if a queue is read by its id, and
      V(no) means nowhere.
    - V(null) if the tenant has no queue.
  returned: success
  type: str
  sample: "no"
numbers_as:
  description:
    - How the API shows numbers and DIDs, as V(text), as V(number), which loses leading zeros, or V(mixed).
    - V(null) if no queue has a number.
  returned: success
  type: str
  sample: text
lists_paged:
  description:
    - Whether the list of queues comes in pages. Without a C(pagination) object, only a second page shows this.
  returned: success
  type: bool
  sample: false
extra_fields:
  description:
    - The names of the fields that the API shows for queues but doesn't document, without values, sorted.
  returned: success
  type: list
  elements: str
  sample:
    - strategy
latency:
  description:
    - How long the server takes to respond, in seconds, rounded to milliseconds. The module reads single queues, or the
      list if there are none, five times on one open connection.
    - If the server closes the connection after each response, this includes the time to connect.
  returned: success
  type: dict
  contains:
    min:
      description: The shortest time.
      type: float
      sample: 0.021
    median:
      description: The median.
      type: float
      sample: 0.034
  sample:
    min: 0.021
    median: 0.034
clock_skew:
  description:
    - How many seconds the server's clock is ahead of the clock of this machine. Negative if it is behind. The value
      comes from the C(Date) header, which has no fractions, so it can be off by one second.
    - V(null) if the server doesn't send that header.
  returned: success
  type: int
  sample: 0
tls:
  description:
    - How the connection is encrypted.
    - V(null) for C(http://).
  returned: success
  type: dict
  contains:
    version:
      description: The TLS version.
      type: str
      sample: TLSv1.3
    issuer:
      description:
        - Who issued the server's certificate.
        - V(null) if O(validate_certs=false), because Python decodes only certificates that it has validated.
      type: str
      sample: R11, Let's Encrypt, US
    expires:
      description:
        - When the certificate expires, in UTC.
        - V(null) if O(validate_certs=false).
      type: str
      sample: "2027-02-01T10:00:00Z"
  sample:
    version: TLSv1.3
    issuer: R11, Let's Encrypt, US
    expires: "2027-02-01T10:00:00Z"
error:
  description: What went wrong, in a form that playbooks can branch on.
  returned: failure
  type: dict
  contains:
    code:
      description:
        - One of V(auth), V(not_found), V(archived), V(enabled), V(constraint), V(conflict), V(rate_limit),
          V(unreachable), V(redirect), V(bad_answer), V(ignored), V(interrupted), V(stale_plan), V(invalid), or V(api)
          for any other refusal.
      type: str
      sample: auth
    status:
      description: The HTTP status of the response, or V(null) if there was none.
      type: int
      sample: 401
    message:
      description: The API's own message, or V(null) if it gave none.
      type: str
      sample: Unauthorized
    details:
      description: What the API said about individual parameters, or V(null) if it said nothing about them.
      type: dict
      sample:
        number: number is not valid
    method:
      description: The HTTP method of the request that failed, or V(null) if none was sent.
      type: str
      sample: GET
    path:
      description: The path of the request that failed, or V(null) if none was sent.
      type: str
      sample: /api/v1/queues
"""

import time
from collections.abc import Mapping
from typing import Any

import ansible_collections.evolux.contact_center.plugins.module_utils._own_process  # noqa: F401 pylint: disable=W0611
from ansible_collections.evolux.contact_center.plugins.module_utils._api import Api
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._module import EvoluxModule
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import MAY_BE_HIDDEN
from ansible_collections.evolux.contact_center.plugins.module_utils._tenant_info import (
    Sight,
    clock_skew,
    difference,
    extra_fields,
    latency,
    numbers_as,
    shows,
)

SPEC: dict[str, Any] = {"options": {}}
REQUESTS = 12  # at most
TIMED = 5


def work(module: EvoluxModule) -> dict[str, Any]:
    """Look at the lists, then time how fast single queues are read."""
    api = module.api()
    sights: list[Sight] = []

    def watch(seconds: float, headers: Mapping[str, str], socket: Any) -> None:
        sights.append(Sight.of(seconds, time.time(), headers, socket))

    api.http.watch = watch

    def left(others: int) -> int:
        """The requests that a list may take, which leave so many for other lists."""
        return REQUESTS - TIMED - api.http.taken - others

    # A list of agents may take a request more, to find its end.
    active = api.glance_at_queues(left(1 + 2))
    every = api.glance_at_queues(left(2), include_archived=True)
    agents = _count_agents(api, left(0))
    sights.clear()  # these may have had to connect first
    ids = [queue.known_id for queue in active.items or every.items]
    read = []
    for turn in range(TIMED):
        if ids:
            read.append(api.read_queue(ids[turn % len(ids)], include_archived=not active.items))
        else:
            api.list_queues()
    listed = [*active.items, *every.items]
    return {
        "changed": False,
        "queues": {"active": active.total, "archived": difference(every.total, active.total)},
        "agents": agents,
        **{f"shows_{name}": shows(name, listed, read) for name in sorted(MAY_BE_HIDDEN)},
        "numbers_as": numbers_as(active.raw + every.raw),
        "lists_paged": active.is_paged or every.is_paged,
        "extra_fields": extra_fields(listed + read),
        "latency": latency(sights),
        "clock_skew": clock_skew(sights),
        "tls": sights[-1].public_tls(),
    }


def _count_agents(api: Api, most: int) -> int | None:
    try:
        return api.glance_at_agents(most).total
    except EvoluxError as error:
        # Queues were shown to this token, so another refusal than for now is about agents.
        if error.code not in ("not_found", "auth"):
            raise
        return None


def main() -> None:
    """Entry point."""
    EvoluxModule(**SPEC).run(work)


if __name__ == "__main__":
    main()
