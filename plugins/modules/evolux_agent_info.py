#!/usr/bin/python
# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: evolux_agent_info
short_description: Read the agents of an Evolux contact center
description:
  - Returns all agents of an Evolux tenant, or those that match every given filter. Agents are the people who answer
    calls.
  - If nothing matches, the list is empty; that is not an error.
  - The API for agents came with Evolux 6.15.0. On an older server, the module fails with the error code V(not_found).
version_added: 2.0.0
author:
  - The evolux.contact_center contributors (@ansible-collections)
extends_documentation_fragment:
  - evolux.contact_center._connection
  - evolux.contact_center._attributes
  - evolux.contact_center._attributes.info_module
  - evolux.contact_center._attributes.tenant
  - evolux.contact_center._guides.role
  - evolux.contact_center._guides.errors
  - evolux.contact_center._guides.limits
notes:
  - Quote a login that consists of digits. YAML reads C(0700) as an octal number, and the module would get V(448). The
    module takes a whole number as text, with a warning. It refuses fractions, and booleans such as C(no) without
    quotes.
  - The module only reads, because the API's documentation of changes to agents isn't complete enough to build on.
options:
  login:
    description:
      - Return only the agent with exactly this login.
    type: str
  queue:
    description:
      - Return only agents who serve the queue with this slug or id. If there is no such queue, the list is empty.
      - The module looks for the slug among the active queues, which takes one more request. If there is no such slug,
        the value is taken as an id. So a slug that consists of digits wins over an id.
      - For an archived queue, give the id.
    type: str
  include_archived:
    description:
      - Whether to return archived agents too.
    type: bool
    default: false
seealso:
  - module: evolux.contact_center.evolux_queue_info
    description: Read the queues that the agents serve.
  - module: evolux.contact_center.evolux_tenant_info
    description: Count queues and agents, and see how the server behaves.
"""

EXAMPLES = r"""
- name: Read all agents who aren't archived
  evolux.contact_center.evolux_agent_info:
    api_url: https://acme.evolux.net.br
    api_token: "{{ evolux_token }}"
  register: tenant

- name: Show who serves no queue
  ansible.builtin.debug:
    msg: >-
      {{ tenant.agents | selectattr('queues', 'equalto', [])
      | map(attribute='login') }}

# The following tasks take the address and the token of the tenant from the
# environment variables EVOLUX_API_URL and EVOLUX_API_TOKEN.

- name: Read the agents who serve the support queue
  evolux.contact_center.evolux_agent_info:
    queue: support
  register: support

- name: Require an enabled agent before the queue goes live
  ansible.builtin.assert:
    that: support.agents | selectattr('enabled') | length > 0
    fail_msg: No enabled agent serves the support queue.

- name: Read one agent, even if archived
  evolux.contact_center.evolux_agent_info:
    login: ana
    include_archived: true
"""

RETURN = r"""
agents:
  description: The agents, in the order in which the server lists them.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The agent's id.
      type: int
      sample: 40
    login:
      description: The agent's login.
      type: str
      sample: ana
    name:
      description: The agent's name.
      type: str
      sample: Ana Souza
    archived:
      description: Whether the agent is archived.
      type: bool
      sample: false
    enabled:
      description: Whether the agent is enabled. The API calls this field C(enable).
      type: bool
      sample: true
    queues:
      description: The ids of the queues that the agent serves, sorted.
      type: list
      elements: int
      sample:
        - 1
        - 4
    extra:
      description: All other fields that the API shows for the agent, such as the current pause, unchanged.
      type: dict
      sample:
        current_extension: null
        current_pause: null
  sample:
    - id: 40
      login: ana
      name: Ana Souza
      archived: false
      enabled: true
      queues:
        - 1
        - 4
      extra:
        current_extension: null
        current_pause: null
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
      sample: not_found
    status:
      description: The HTTP status of the response, or V(null) if there was none.
      type: int
      sample: 404
    message:
      description: The API's own message, or V(null) if it gave none.
      type: str
      sample: Not found
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
      sample: /api/v1/agents
"""

from typing import Any

import ansible_collections.evolux.contact_center.plugins.module_utils._own_process  # noqa: F401 pylint: disable=W0611
from ansible_collections.evolux.contact_center.plugins.module_utils._module import EvoluxModule

SPEC: dict[str, Any] = {
    "options": {
        "login": {"type": "str"},
        "queue": {"type": "str"},
        "include_archived": {"type": "bool", "default": False},
    },
}


def work(module: EvoluxModule) -> dict[str, Any]:
    """Read the agents, and the queues if a slug may have to be found."""
    api = module.api()
    agents = api.list_agents()
    login, queue = module.params["login"], module.params["queue"]
    if queue is not None:
        id = next((str(each.id) for each in api.list_queues() if each.slug == queue), queue)
        agents = [agent for agent in agents if id in map(str, agent.queues)]
    found = [
        agent.public()
        for agent in agents
        if (login is None or agent.login == login) and (module.params["include_archived"] or not agent.archived)
    ]
    return {"changed": False, "agents": found}


def main() -> None:
    """Entry point."""
    EvoluxModule(**SPEC).run(work)


if __name__ == "__main__":
    main()
