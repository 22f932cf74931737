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
  - Tells how large a tenant is, how fast its server answers, and how it behaves where the API's documentation leaves
    that open. If the address, the token or the certificate is wrong, it fails and says so.
  - It is the first thing to run with a new token, and what a bug report should contain. The playbook
    C(evolux.contact_center.check_tenant) prints it in a few lines.
  - The result holds no name, slug or number of a queue, no agent, and no token. The certificate's issuer may name your
    company, if it has a CA of its own.
version_added: 2.0.0
author:
  - The evolux.contact_center contributors (@ansible-collections)
extends_documentation_fragment:
  - evolux.contact_center._connection
  - evolux.contact_center._attributes
  - evolux.contact_center._attributes.info_module
notes:
  - The module only reads, with 12 requests at most unless some of them have to be tried again.
  - If a list comes in pages with a total, the module takes that total. If it comes without one, and in more pages than
    12 requests can read, the count is V(null).
seealso:
  - module: evolux.contact_center.evolux_queue_info
  - module: evolux.contact_center.evolux_agent_info
"""

EXAMPLES = r"""
# Each task takes the tenant from EVOLUX_API_URL and EVOLUX_API_TOKEN.

- name: Look at the tenant
  evolux.contact_center.evolux_tenant_info:
  register: tenant

- name: Show how many queues there are
  ansible.builtin.debug:
    msg: "{{ tenant.queues.active }} active, {{ tenant.queues.archived }} archived"

- name: Refuse to go on with a server that is slow
  ansible.builtin.assert:
    that: tenant.latency.median < 2
    fail_msg: The tenant takes {{ tenant.latency.median }} s to answer.

- name: Warn of a clock that is wrong
  ansible.builtin.debug:
    msg: This machine's clock and the server's are {{ tenant.clock_skew | abs }} s apart.
  when: tenant.clock_skew is not none and tenant.clock_skew | abs > 60
"""

RETURN = r"""
queues:
  description: How many queues the tenant has.
  returned: success
  type: dict
  contains:
    active:
      description: How many are active. V(null) if the server gives no total and too many pages.
      type: int
      sample: 12
    archived:
      description: How many are archived. V(null) if the server gives no total and too many pages.
      type: int
      sample: 3
  sample:
    active: 12
    archived: 3
agents:
  description:
    - How many agents the tenant has, archived ones among them.
    - V(null) if the server has no API for agents, which came with Evolux 6.15.0, if this token may not read them, or if
      the server gives no total and too many pages.
  returned: success
  type: int
  sample: 62
shows_max_wait_time:
  description:
    - Where the API shows C(max_wait_time). V(list) is in lists, V(read) only in reads by id, and V(no) is nowhere.
    - V(null) if there is no queue.
  returned: success
  type: str
  sample: "no"
numbers_as:
  description:
    - Whether the API shows numbers and DIDs as V(text), as V(number), which has no leading zeros, or V(mixed).
    - V(null) if no queue has a number.
  returned: success
  type: str
  sample: text
lists_paged:
  description:
    - Whether the list of queues comes in pages. Without an object C(pagination), only a second page tells.
  returned: success
  type: bool
  sample: false
extra_fields:
  description:
    - The names, without values, of the fields that the API shows of queues but doesn't document, sorted.
  returned: success
  type: list
  elements: str
  sample:
    - strategy
latency:
  description:
    - How long the server takes to answer, in seconds, rounded to milliseconds. The module measures it five times on one
      open connection, by reading single queues, or the list if there are none.
    - If the server closes the connection after each answer, this includes the time to connect.
  returned: success
  type: dict
  contains:
    min:
      description: The shortest time.
      type: float
      sample: 0.021
    median:
      description: The time in the middle.
      type: float
      sample: 0.034
  sample:
    min: 0.021
    median: 0.034
clock_skew:
  description:
    - How many seconds the server's clock is ahead of this machine's, negative if it is behind. It comes from the header
      C(Date), which has no fractions, so it can be off by a second.
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
      description: The version of TLS.
      type: str
      sample: TLSv1.3
    issuer:
      description:
        - Who issued the server's certificate.
        - V(null) with O(validate_certs=false), since Python decodes only certificates that it has checked.
      type: str
      sample: R11, Let's Encrypt, US
    expires:
      description:
        - Until when the certificate is valid, in UTC.
        - V(null) with O(validate_certs=false).
      type: str
      sample: "2027-02-01T10:00:00Z"
  sample:
    version: TLSv1.3
    issuer: R11, Let's Encrypt, US
    expires: "2027-02-01T10:00:00Z"
error:
  description: What went wrong, in a form that a playbook can branch on.
  returned: failure
  type: dict
  contains:
    code:
      description:
        - One of V(auth), V(not_found), V(archived), V(enabled), V(constraint), V(conflict), V(rate_limit),
          V(unreachable), V(redirect), V(bad_answer), V(ignored), V(interrupted), V(stale_plan), V(invalid), or
          V(api) for any other refusal.
      type: str
      sample: auth
    status:
      description: The HTTP status of the answer, V(null) without one.
      type: int
      sample: 401
    message:
      description: The API's own words, V(null) if it said nothing.
      type: str
      sample: Invalid token
    details:
      description: What the API said of single parameters, V(null) if it said nothing of them.
      type: dict
      sample: null
    method:
      description: The method of the request that failed, V(null) if none was sent.
      type: str
      sample: GET
    path:
      description: The path of the request that failed, V(null) if none was sent.
      type: str
      sample: /api/v1/queues
"""

import time
from collections.abc import Mapping
from typing import Any

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
