#!/usr/bin/python
# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: evolux_queue
short_description: Create, change and archive a queue of an Evolux contact center
description:
  - Manages one queue of an Evolux tenant. Settings that already match are left alone.
  - The module finds the queue by O(id) if set, otherwise by O(slug), otherwise by its exact O(name).
  - Errors that can be detected in advance, such as a number that another active queue has, fail the task before
    anything is written, in check mode too.
  - For AWX surveys, the playbook C(evolux.contact_center.keep_queue) runs this module.
version_added: 0.1.0
author:
  - The evolux.contact_center contributors (@ansible-collections)
extends_documentation_fragment:
  - evolux.contact_center._connection
  - evolux.contact_center._attributes
  - evolux.contact_center._attributes.manages
  - evolux.contact_center._attributes.tenant
  - evolux.contact_center._queue
  - evolux.contact_center._queue.writes
  - evolux.contact_center._guides.role
  - evolux.contact_center._guides.errors
  - evolux.contact_center._guides.limits
attributes:
  idempotent:
    support: partial
    details:
      - A O(max_wait_time) that the API doesn't show can't be compared.
      - It is sent on every run, which then reports a change.
      - Set O(update_max_wait_time=on_create) to avoid this.
options:
  id:
    description:
      - The queue's id. The server chose it when the queue was created, so a queue with this id must exist, unless
        O(state=archived).
      - If you also set O(slug), both must belong to the same queue.
    type: int
    aliases:
      - queue_id
  slug:
    description:
      - The queue's slug. It can't be changed, and an archived queue keeps it.
      - Use it to identify the queue in playbooks, because it is unique and stays the same when the O(name) changes.
      - If you create a queue without a slug, the server derives it from the O(name). The task fails if another queue
        has that slug.
      - The slug of a new queue can have lowercase letters, digits and underscores.
    type: str
  name:
    description:
      - The name that people see. Required to create a queue.
      - If neither O(id) nor O(slug) is set, the module finds the queue by its exact name. If several active queues have
        this name, the task fails and lists them.
    type: str
  number:
    description:
      - The queue's number inside the telephone system, as quoted digits. Required to create a queue.
      - Two active queues can't have the same number.
    type: str
  public_number:
    description:
      - The queue's DID (public number), as quoted digits. It must already exist in the tenant.
      - An empty string removes the DID from the queue. If not set, the DID stays as it is.
    type: str
  max_wait_time:
    description:
      - How long a caller waits to be routed to an agent, in seconds.
      - The API accepts this value but may not show it. The module can't compare it then, and O(update_max_wait_time)
        decides when to send it.
    type: int
  update_max_wait_time:
    description:
      - When to send O(max_wait_time) if the API doesn't show the current value. Otherwise, the value is compared like
        any other, and this option has no effect.
      - V(always) sends it on every run and reports a change. The field is then listed in RV(unverified).
      - V(on_create) sends it only when this run creates the queue.
    type: str
    choices:
      - always
      - on_create
    default: always
  state:
    description:
      - V(present) creates the queue, or changes the given settings that differ.
      - V(archived) archives the queue. The other options are then only used to find it. If there is no such queue, the
        task succeeds with a warning.
      - If V(present) finds an archived queue, or V(archived) an enabled one, the task fails, because the API can't
        restore or disable queues. The message says what to do in Evolux.
    type: str
    choices:
      - present
      - archived
    default: present
seealso:
  - module: evolux.contact_center.evolux_queues
    description: Manage many queues in one task.
  - module: evolux.contact_center.evolux_queue_info
    description: Read queues.
"""

EXAMPLES = r"""
- name: Create the support queue
  evolux.contact_center.evolux_queue:
    api_url: https://acme.evolux.net.br
    api_token: "{{ evolux_token }}"
    slug: support
    name: Support
    number: "3001"

# The following tasks take the address and the token of the tenant from the
# environment variables EVOLUX_API_URL and EVOLUX_API_TOKEN.
# Quote all numbers: YAML reads 0700123 as an octal number, 229459.

- name: Add a DID, and limit the wait to ten minutes
  evolux.contact_center.evolux_queue:
    slug: support
    public_number: "558432220000"
    max_wait_time: 600

- name: Rename the queue
  evolux.contact_center.evolux_queue:
    slug: support
    name: Customer support

- name: Change the number
  evolux.contact_center.evolux_queue:
    slug: support
    number: "0700123"

- name: Remove the DID
  evolux.contact_center.evolux_queue:
    slug: support
    public_number: ""

- name: Create a queue with a wait time, and don't touch the time afterwards
  evolux.contact_center.evolux_queue:
    slug: sales
    name: Sales
    number: "3002"
    max_wait_time: 120
    update_max_wait_time: on_create

- name: Rename a queue by its id
  evolux.contact_center.evolux_queue:
    id: 1
    name: First line support

- name: Archive the support queue
  evolux.contact_center.evolux_queue:
    slug: support
    state: archived

- name: Create the same queue in several tenants
  evolux.contact_center.evolux_queue:
    api_url: "https://{{ item }}.evolux.net.br"
    api_token: "{{ evolux_tokens[item] }}"
    slug: overflow
    name: Overflow
    number: "3900"
  loop:
    - acme
    - umbrella

- name: Share the connection options among several tasks
  module_defaults:
    group/evolux.contact_center.evolux:
      api_url: https://acme.evolux.net.br
      api_token: "{{ evolux_token }}"
  block:
    - name: Create a queue for billing questions
      evolux.contact_center.evolux_queue:
        slug: billing
        name: Billing
        number: "3003"
"""

RETURN = r"""
action:
  description: What was done, or would be done in check mode. On failure, what was planned.
  returned: success, and failure while writing
  type: str
  choices:
    - create
    - update
    - archive
    - none
  sample: create
queue:
  description:
    - The queue afterwards. In check mode, as far as the module can predict it. On failure, as it was last seen.
    - V(null) if there was no queue to archive, or none could be created.
  returned: success, and failure while writing
  type: dict
  contains:
    id:
      description: The queue's id. V(null) in check mode for a queue that would be created.
      type: int
      sample: 1
    slug:
      description:
        - The queue's slug.
        - V(null) in check mode or on failure if the server chooses the slug and hasn't shown it yet.
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
  sample:
    id: 1
    slug: support
    name: Support
    number: "3001"
    public_number: "558432220000"
    archived: false
    extra: {}
unverified:
  description: The fields that were sent although the API doesn't show their values, V([]) or V(["max_wait_time"]).
  returned: success, and failure while writing
  type: list
  elements: str
  sample: []
diff:
  description:
    - The settings that the task manages, before and after, for people to read. On failure, what was planned.
    - Control characters and invisible characters are escaped, and texts that would look alike are quoted.
  returned: success, and failure while writing
  type: dict
  contains:
    before:
      description:
        - The settings before. Empty for a queue that didn't exist.
        - A C(max_wait_time) that the API doesn't show reads V((not shown by the API\)).
      type: dict
      sample: {}
    after:
      description: The settings afterwards.
      type: dict
      sample:
        slug: support
        name: Support
        number: "3001"
        public_number: "558432220000"
        archived: false
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
      sample: constraint
    status:
      description: The HTTP status of the response, or V(null) if there was none.
      type: int
      sample: 500
    message:
      description: The API's own message, or V(null) if it gave none.
      type: str
      sample: Data insertion may break a database constraint
    details:
      description: What the API said about individual parameters, or V(null) if it said nothing about them.
      type: dict
      sample:
        number: number is not valid
    method:
      description: The HTTP method of the request that failed, or V(null) if none was sent.
      type: str
      sample: POST
    path:
      description: The path of the request that failed, or V(null) if none was sent.
      type: str
      sample: /api/v1/queues
"""

from typing import Any

import ansible_collections.evolux.contact_center.plugins.module_utils._own_process  # noqa: F401 pylint: disable=W0611
from ansible_collections.evolux.contact_center.plugins.module_utils._module import EvoluxModule
from ansible_collections.evolux.contact_center.plugins.module_utils._plan import plan_queues
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import (
    OPTIONS,
    UPDATE_OPTIONS,
    Wanted,
    fields_on_create_only,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._read import read_for_one
from ansible_collections.evolux.contact_center.plugins.module_utils._report import foresee

SPEC: dict[str, Any] = {
    "options": {**OPTIONS, **UPDATE_OPTIONS},
    "required_one_of": [["id", "slug", "name"]],
}


def work(module: EvoluxModule) -> dict[str, Any]:
    """Plan, then carry out or, in check mode, predict."""
    api = module.api()
    wanted = Wanted.of(**module.params)
    on_create_only = fields_on_create_only(module.params)
    plan = plan_queues([wanted], read_for_one(api, wanted), on_create_only)
    if plan.problems:
        raise plan.refusal()
    (step,) = plan.steps
    if module.check_mode or step.action == "none":
        outcome = foresee(step)
    else:
        # Most runs have nothing to write, and starting them is to be fast.
        from ansible_collections.evolux.contact_center.plugins.module_utils._apply import apply, read_back

        outcome = read_back(api, apply(api, plan.steps, on_create_only)[0])
    result = {"changed": outcome.changed, **outcome.public(), "diff": outcome.diff()}
    if outcome.error:
        module.fail(outcome.error, **result)
    if outcome.warning:
        module.warn(outcome.warning)
    return result


def main() -> None:
    """Entry point."""
    EvoluxModule(**SPEC).run(work)


if __name__ == "__main__":
    main()
