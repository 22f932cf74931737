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
  - Returns the agents of an Evolux tenant, the people who answer, all of them or those that match every given filter.
  - If nothing matches, the list is empty; that is not an error.
  - Evolux has this API since its version 6.15.0. On an older server, the module fails with the error code V(not_found).
version_added: 2.0.0
author:
  - The evolux.contact_center contributors (@ansible-collections)
extends_documentation_fragment:
  - evolux.contact_center._connection
  - evolux.contact_center._attributes
  - evolux.contact_center._attributes.info_module
notes:
  - Quote a login that is made of digits. YAML reads C(0700) as an octal number, and it would reach the module as
    V(448). A whole number is taken as text, with a warning. A boolean or a fraction is refused, such as that of C(no)
    without quotes.
  - The module only reads. How the API changes agents isn't documented well enough to build on.
options:
  login:
    description:
      - Only the agent with exactly this login.
    type: str
  queue:
    description:
      - Only the agents who serve the queue with this slug or id.
      - A slug is looked for among the active queues, which takes one more request. What isn't the slug of one is taken
        as an id, so a slug that is made of digits wins over the same id. Give the id of an archived queue.
      - If there is no such queue, nobody serves it, and the list is empty.
    type: str
  include_archived:
    description:
      - Whether archived agents are returned too.
    type: bool
    default: false
seealso:
  - module: evolux.contact_center.evolux_queue_info
"""

EXAMPLES = r"""
# Each task takes the tenant from EVOLUX_API_URL and EVOLUX_API_TOKEN.

- name: Read all agents who aren't archived
  evolux.contact_center.evolux_agent_info:
  register: tenant

- name: Show who serves no queue
  ansible.builtin.debug:
    msg: "{{ tenant.agents | selectattr('queues', 'equalto', []) | map(attribute='login') }}"

- name: Read who serves the queue support
  evolux.contact_center.evolux_agent_info:
    queue: support
  register: support

- name: Refuse to go live without anybody who answers
  ansible.builtin.assert:
    that: support.agents | selectattr('enabled') | length > 0
    fail_msg: Nobody who is enabled serves the queue support.

- name: Read one agent, archived or not
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
      description: The name with which the agent logs in.
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
      description: Whether the agent is enabled, which the API calls C(enable).
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
      description: Whatever else the API shows of the agent, as it shows it, such as the current pause.
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
      sample: not_found
    status:
      description: The HTTP status of the answer, V(null) without one.
      type: int
      sample: 404
    message:
      description: The API's own words, V(null) if it said nothing.
      type: str
      sample: Not found
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
      sample: /api/v1/agents
"""

from typing import Any

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
