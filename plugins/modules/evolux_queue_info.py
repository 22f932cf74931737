#!/usr/bin/python
# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: evolux_queue_info
short_description: Read the queues of an Evolux contact center
description:
  - Returns the queues of an Evolux tenant, all of them or those that match every given filter.
  - If nothing matches, the list is empty; that is not an error.
version_added: 0.1.0
author:
  - The evolux.contact_center contributors (@ansible-collections)
extends_documentation_fragment:
  - evolux.contact_center._connection
  - evolux.contact_center._attributes
  - evolux.contact_center._attributes.info_module
notes:
  - Quote all numbers. YAML reads C(0700123) as an octal number, and it would reach the module as V(229459). A whole
    number is taken as text, with a warning. A boolean or a fraction is refused, such as that of C(no) without quotes.
options:
  id:
    description:
      - Only the queue with this id.
    type: int
    aliases:
      - queue_id
  slug:
    description:
      - Only the queue with this slug.
    type: str
  name:
    description:
      - Only queues with exactly this name.
    type: str
  number:
    description:
      - Only queues that answer at this number, as quoted digits.
    type: str
  include_archived:
    description:
      - Whether archived queues are returned too.
    type: bool
    default: false
  include_pauses:
    description:
      - Whether each queue is returned with its pauses. That takes one request or more for every queue.
    type: bool
    default: false
seealso:
  - module: evolux.contact_center.evolux_queue
"""

EXAMPLES = r"""
# Each task takes the tenant from EVOLUX_API_URL and EVOLUX_API_TOKEN.
# All numbers are quoted: YAML reads 0700123 without quotes as an octal number, 229459.

- name: Read all active queues
  evolux.contact_center.evolux_queue_info:
  register: tenant

- name: Show who answers where
  ansible.builtin.debug:
    msg: "{{ tenant.queues | items2dict(key_name='number', value_name='name') }}"

- name: Read which queue answers at a number
  evolux.contact_center.evolux_queue_info:
    number: "3001"

- name: Read all queues that were ever named so, archived ones included
  evolux.contact_center.evolux_queue_info:
    name: Support
    include_archived: true

- name: Read one queue with its pauses
  evolux.contact_center.evolux_queue_info:
    slug: support
    include_pauses: true

- name: Read a queue by its id
  evolux.contact_center.evolux_queue_info:
    id: 1
"""

RETURN = r"""
queues:
  description: The queues, sorted by slug.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The queue's id.
      type: int
      sample: 1
    slug:
      description: The queue's slug.
      type: str
      sample: support
    name:
      description: The queue's name.
      type: str
      sample: Support
    number:
      description: The number at which the queue answers.
      type: str
      sample: "3001"
    public_number:
      description: The DID at which the queue answers, or V(null).
      type: str
      sample: "558432220000"
    archived:
      description: Whether the queue is archived.
      type: bool
      sample: false
    max_wait_time:
      description:
        - How many seconds a caller waits to be routed to an agent, V(null) if there is no limit set.
        - Missing where the API doesn't show it.
      type: int
      sample: 600
    extra:
      description: Whatever else the API shows of the queue, as it shows it.
      type: dict
      sample: {}
    pauses:
      description:
        - The queue's pauses, as the API shows them.
        - V(null) for an archived queue whose pauses it refuses to show.
      returned: if O(include_pauses=true)
      type: list
      elements: dict
      sample: []
  sample:
    - id: 1
      slug: support
      name: Support
      number: "3001"
      public_number: "558432220000"
      archived: false
      extra: {}
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

from typing import Any

from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._module import EvoluxModule
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import listed
from ansible_collections.evolux.contact_center.plugins.module_utils._read import read_matching

FILTERS = {
    "id": {"type": "int", "aliases": ["queue_id"]},
    "slug": {"type": "str"},
    "name": {"type": "str"},
    "number": {"type": "str"},
}


SPEC: dict[str, Any] = {
    "options": {
        **FILTERS,
        "include_archived": {"type": "bool", "default": False},
        "include_pauses": {"type": "bool", "default": False},
    },
}


def work(module: EvoluxModule) -> dict[str, Any]:
    """Read the queues, and their pauses if asked."""
    api = module.api()
    filters = {name: module.params[name] for name in FILTERS}
    queues = listed(read_matching(api, **filters, include_archived=module.params["include_archived"]))
    if module.params["include_pauses"]:
        for queue in queues:
            try:
                queue["pauses"] = api.list_pauses(queue["id"])
            except EvoluxError as error:
                if not (queue["archived"] and error.is_refusal):
                    raise
                queue["pauses"] = None
    return {"changed": False, "queues": queues}


def main() -> None:
    """Entry point."""
    EvoluxModule(**SPEC).run(work)


if __name__ == "__main__":
    main()
