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
  - Keeps one queue of an Evolux tenant as described. Settings that already match are left alone.
  - The queue is found by O(id) if that is given, else by O(slug), else by its exact O(name).
  - Everything that can be found wrong beforehand, such as a number that another active queue has, fails the task
    before anything is written, in check mode too.
version_added: 0.1.0
author:
  - The evolux.contact_center contributors (@ansible-collections)
extends_documentation_fragment:
  - evolux.contact_center._connection
  - evolux.contact_center._attributes
  - evolux.contact_center._queue
options:
  id:
    description:
      - The queue's id, which the server chose when the queue was created. There must be a queue with it, unless
        O(state=archived).
      - If O(slug) is given too, both must belong to the same queue.
    type: int
    aliases:
      - queue_id
  slug:
    description:
      - The queue's slug. It is fixed at creation, and an archived queue keeps it.
      - Lowercase letters, digits and underscores. Others are refused where a queue would be created. If a queue is
        created without one, the server makes one of the O(name), which must not be another queue's slug.
      - The best way to name a queue in a playbook, since it is unique and survives a new O(name).
    type: str
  name:
    description:
      - The name that people see. Needed to create a queue.
      - Finds the queue where neither O(id) nor O(slug) is given. Several active queues of one name fail the task,
        with a list of them.
    type: str
  number:
    description:
      - The number at which the queue answers inside the telephone system, as quoted digits. Needed to create a queue.
      - No two active queues have the same.
    type: str
  public_number:
    description:
      - The DID (public number) at which the queue answers, as quoted digits. It must already exist in the tenant.
      - An empty string takes the DID from the queue. Left out, the queue keeps what it has.
    type: str
  max_wait_time:
    description:
      - How long, in seconds, a caller waits to be routed to an agent.
      - The API takes this value but may not show it. Then nobody can tell whether it has to be sent, and
        O(update_max_wait_time) decides.
    type: int
  update_max_wait_time:
    description:
      - What to do with O(max_wait_time) where the API doesn't show the current value. Where it does, the value is
        compared like any other and this option has no effect.
      - V(always) sends it on every run and says changed. The field is then listed in RV(unverified).
      - V(on_create) sends it only when this run creates the queue.
    type: str
    choices:
      - always
      - on_create
    default: always
  state:
    description:
      - V(present) creates the queue or changes those of the given fields that differ.
      - V(archived) archives it. The other options are then only used to find it. If there is no such queue, that is
        a warning and no failure.
      - An archived queue can't be brought back to V(present) through the API, and an enabled one can't be archived.
        Either fails the task and says what to do in Evolux.
    type: str
    choices:
      - present
      - archived
    default: present
seealso:
  - module: evolux.contact_center.evolux_queue_info
"""

EXAMPLES = r"""
# Each task takes the tenant from EVOLUX_API_URL and EVOLUX_API_TOKEN, save where it says otherwise.
# All numbers are quoted: YAML reads 0700123 without quotes as an octal number, 229459.

- name: Create the support queue
  evolux.contact_center.evolux_queue:
    slug: support
    name: Support
    number: "3001"

- name: Give it a DID, and let callers wait ten minutes at most
  evolux.contact_center.evolux_queue:
    slug: support
    public_number: "558432220000"
    max_wait_time: 600

- name: Rename the queue
  evolux.contact_center.evolux_queue:
    slug: support
    name: Customer support

- name: Change its number
  evolux.contact_center.evolux_queue:
    slug: support
    number: "0700123"

- name: Take the DID from it
  evolux.contact_center.evolux_queue:
    slug: support
    public_number: ""

- name: Set a wait time when the queue is created, and leave it alone afterwards
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

- name: Share options among all tasks of a block
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
  description: What was done, or in check mode would be. On failure, what was planned.
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
    - The queue afterwards. In check mode, as far as that can be foreseen. On failure, as it was last seen.
    - V(null) when nothing was found to archive, or nothing could be created.
  returned: success, and failure while writing
  type: dict
  contains:
    id:
      description: The queue's id. V(null) for a queue that check mode would create.
      type: int
      sample: 1
    slug:
      description:
        - The queue's slug.
        - V(null) where the server chooses it and that wasn't seen yet, in check mode or on failure.
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
  sample:
    id: 1
    slug: support
    name: Support
    number: "3001"
    public_number: null
    archived: false
    extra: {}
unverified:
  description: The fields that were sent though the API doesn't show their value, V([]) or V(["max_wait_time"]).
  returned: success, and failure while writing
  type: list
  elements: str
  sample: []
diff:
  description:
    - The facts that the task manages, before and after, for people to read. On failure, what was planned.
    - What a terminal would obey or hide is written as an escape, and texts that would look alike are in quotes.
  returned: success, and failure while writing
  type: dict
  contains:
    before:
      description:
        - The facts before. Empty for a queue that didn't exist.
        - A C(max_wait_time) that the API doesn't show reads V((not shown by the API\)).
      type: dict
      sample: {}
    after:
      description: The facts afterwards.
      type: dict
      sample:
        slug: support
        name: Support
        number: "3001"
        archived: false
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
      sample: conflict
    status:
      description: The HTTP status of the answer, V(null) without one.
      type: int
      sample: null
    message:
      description: The API's own words, V(null) if it said nothing.
      type: str
      sample: null
    details:
      description: What the API said of single parameters, V(null) if it said nothing of them.
      type: dict
      sample: null
    method:
      description: The method of the request that failed, V(null) if none was sent.
      type: str
      sample: null
    path:
      description: The path of the request that failed, V(null) if none was sent.
      type: str
      sample: null
"""

from typing import Any

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
    """Plan, then carry out or, in check mode, foresee."""
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
