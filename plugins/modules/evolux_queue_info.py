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
  - Returns all queues of an Evolux tenant, or those that match every given filter.
  - If nothing matches, the list is empty; that is not an error.
  - The playbook C(evolux.contact_center.export_tenant) uses this module to write the queues to a file.
version_added: 0.1.0
author:
  - The evolux.contact_center contributors (@ansible-collections)
extends_documentation_fragment:
  - evolux.contact_center._connection
  - evolux.contact_center._attributes
  - evolux.contact_center._attributes.info_module
  - evolux.contact_center._attributes.tenant
  - evolux.contact_center._queue
  - evolux.contact_center._guides.role
  - evolux.contact_center._guides.adopt
  - evolux.contact_center._guides.errors
options:
  id:
    description:
      - Return only the queue with this id.
    type: int
    aliases:
      - queue_id
  slug:
    description:
      - Return only the queue with this slug.
    type: str
  name:
    description:
      - Return only queues with exactly this name.
    type: str
  number:
    description:
      - Return only queues with this number, as quoted digits.
    type: str
  include_archived:
    description:
      - Whether to return archived queues too.
    type: bool
    default: false
  include_pauses:
    description:
      - Whether to return each queue with its pauses. This takes at least one more request for each queue.
    type: bool
    default: false
seealso:
  - module: evolux.contact_center.evolux_queue
    description: Manage one queue.
  - module: evolux.contact_center.evolux_queues
    description: Manage many queues in one task.
  - module: evolux.contact_center.evolux_agent_info
    description: Read the agents who serve the queues.
  - module: evolux.contact_center.evolux_tenant_info
    description: Count queues and agents, and see how the server behaves.
  - module: evolux.contact_center.evolux_tenant_file
    description: Write the queues to a file.
"""

EXAMPLES = r"""
- name: Read all active queues
  evolux.contact_center.evolux_queue_info:
    api_url: https://acme.evolux.net.br
    api_token: "{{ evolux_token }}"
  register: tenant

- name: Show the name behind each number
  ansible.builtin.debug:
    msg: >-
      {{ tenant.queues | items2dict(key_name='number', value_name='name') }}

# The following tasks take the address and the token of the tenant from the
# environment variables EVOLUX_API_URL and EVOLUX_API_TOKEN.
# Quote all numbers: YAML reads 0700123 as an octal number, 229459.

- name: Find the queue that has a number
  evolux.contact_center.evolux_queue_info:
    number: "3001"

- name: Find all queues of a name, including archived ones
  evolux.contact_center.evolux_queue_info:
    name: Support
    include_archived: true

- name: Read a queue with its pauses
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
      description: The queue's number inside the telephone system.
      type: str
      sample: "3001"
    public_number:
      description: The queue's DID (public number), or V(null) if it has none.
      type: str
      sample: "558432220000"
    archived:
      description: Whether the queue is archived.
      type: bool
      sample: false
    max_wait_time:
      description:
        - How long a caller waits to be routed to an agent, in seconds, or V(null) if there is no limit.
        - Missing if the API doesn't show it.
      type: int
      sample: 600
    extra:
      description: All other fields that the API shows for the queue, unchanged.
      type: dict
      sample: {}
    pauses:
      description:
        - The queue's pauses, as the API shows them.
        - V(null) for an archived queue if the API refuses to show its pauses.
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

from typing import Any

import ansible_collections.evolux.contact_center.plugins.module_utils._own_process  # noqa: F401 pylint: disable=W0611
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
