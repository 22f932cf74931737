#!/usr/bin/python
# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: evolux_queues
short_description: Manage all queues of an Evolux contact center
description:
  - Brings the queues of a tenant to the listed state in one task. The module reads the tenant once, plans everything,
    and only then writes, several queues at a time.
  - An entry takes the same options as M(evolux.contact_center.evolux_queue), with the same meaning. Settings that
    already match are left alone. A run with nothing to do takes one request.
  - Errors that can be detected in advance fail the task before anything is written, in check mode too. One message
    lists them all, each cause once, with the entries that have it. Entries are named by index, counted from 0, and by
    slug or name.
  - One queue can take a number that another gives up in the same task. Queues that pass their numbers on in a circle,
    as in a swap, need O(spare_number).
  - Every plan has a fingerprint, RV(plan). If you give it back as O(expected_plan), the task carries out the approved
    plan or nothing.
  - If the server refuses a queue, the module goes on with the others, except for those that need the number of that
    queue. Then the task fails, and RV(results) says what became of each entry. A wrong token or a server that can't be
    reached stops the rest. Run the task again to finish the job.
  - The playbook C(evolux.contact_center.provision_tenant) runs this module for one tenant or many, with reports and
    approvals.
version_added: 0.2.0
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
  - evolux.contact_center._guides.provision
  - evolux.contact_center._guides.check_and_diff
  - evolux.contact_center._guides.errors
  - evolux.contact_center._guides.limits
attributes:
  idempotent:
    support: partial
    details:
      - A C(max_wait_time) that the API doesn't show can't be compared.
      - It is sent on every run, which then reports a change.
      - Set O(update_max_wait_time=on_create) to avoid this.
      - With O(expected_plan), a second run fails, as nothing is left to do.
options:
  queues:
    description:
      - The queues. Two entries can't name the same queue, and two entries with O(queues[].state=present) can't have the
        same number.
      - You can pass the C(queues) that M(evolux.contact_center.evolux_queue_info) returns. This changes nothing.
    type: list
    elements: dict
    required: true
    suboptions:
      id:
        description:
          - The queue's id. The server chose it when the queue was created, so a queue with this id must exist, unless
            O(queues[].state=archived).
          - If you also set O(queues[].slug), both must belong to the same queue.
        type: int
        aliases:
          - queue_id
      slug:
        description:
          - The queue's slug. It can't be changed, and an archived queue keeps it.
          - Use it to identify the queue in playbooks, because it is unique and stays the same when the O(queues[].name)
            changes.
          - If you create a queue without a slug, the server derives it from the O(queues[].name). The task fails if
            another queue has that slug.
          - The slug of a new queue can have lowercase letters, digits and underscores.
        type: str
      name:
        description:
          - The name that people see. Required to create a queue.
          - If neither O(queues[].id) nor O(queues[].slug) is set, the module finds the queue by its exact name. If
            several active queues have this name, the task fails and lists them.
          - If the name alone identifies the queue, no other queue can have this name or get it.
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
          - The API accepts this value but may not show it. The module can't compare it then, and
            O(update_max_wait_time) decides when to send it.
        type: int
      state:
        description:
          - V(present) creates the queue, or changes the given settings that differ.
          - V(archived) archives the queue. The other options are then only used to find it. If there is no such queue,
            the task succeeds with a warning.
          - If V(present) finds an archived queue, or V(archived) an enabled one, the task fails, because the API can't
            restore or disable queues. The message says what to do in Evolux.
        type: str
        choices:
          - present
          - archived
        default: present
      archived:
        description:
          - V(true) means O(queues[].state=archived). V(false) has no effect.
          - M(evolux.contact_center.evolux_queue_info) returns it.
        type: bool
        default: false
      pauses:
        description:
          - Ignored. M(evolux.contact_center.evolux_queue_info) returns it.
        type: raw
      extra:
        description:
          - Ignored. M(evolux.contact_center.evolux_queue_info) returns it.
        type: raw
  update_max_wait_time:
    description:
      - When to send O(queues[].max_wait_time) if the API doesn't show the current value. Otherwise, the value is
        compared like any other, and this option has no effect.
      - V(always) sends it on every run and reports a change. The field is then listed in RV(results[].unverified).
      - V(on_create) sends it only to queues that this run creates.
    type: str
    choices:
      - always
      - on_create
    default: always
  archive_unlisted:
    description:
      - Whether to archive every active queue that O(queues) doesn't list. The API can't undo this.
      - In this case, O(queues) can't be empty.
    type: bool
    default: false
  archive_unlisted_limit:
    description:
      - How many queues O(archive_unlisted) may archive. If there are more, the task fails before anything is written.
      - If not set, the limit is 10 queues, or 30 percent of the active queues of the tenant (rounded up) if that is
        less.
    type: int
  spare_number:
    description:
      - A number that no active queue has or will have, as quoted digits.
      - If queues pass their numbers on in a circle, one queue of each circle has this number for a moment. So two
        active queues never have the same number. The diff shows which queue it is.
      - Without a circle, the number isn't used. Without the option, circles are refused.
    type: str
  expected_plan:
    description:
      - The RV(plan) that was approved. If the module would carry out another plan now, the task fails with the code
        V(stale_plan) before anything is written, in check mode too. Its diff shows the current plan.
      - V(none) means that nothing is expected to change.
    type: str
  concurrency:
    description:
      - How many queues to write at the same time, from 1 to 16.
    type: int
    default: 8
seealso:
  - module: evolux.contact_center.evolux_queue
    description: Manage one queue.
  - module: evolux.contact_center.evolux_queue_info
    description: Read queues.
  - module: evolux.contact_center.evolux_sheet_info
    description: Read the list of queues from a spreadsheet.
"""

EXAMPLES = r"""
- name: Manage two queues and leave all others alone
  evolux.contact_center.evolux_queues:
    api_url: https://acme.evolux.net.br
    api_token: "{{ evolux_token }}"
    queues:
      - slug: support
        name: Support
        number: "3001"
        public_number: "558432220000"
      - slug: sales
        name: Sales
        number: "3002"
        max_wait_time: 120
    update_max_wait_time: on_create

# The following tasks take the address and the token of the tenant from the
# environment variables EVOLUX_API_URL and EVOLUX_API_TOKEN.
# Quote all numbers: YAML reads 0700123 as an octal number, 229459.

- name: Give the number of one queue to another
  evolux.contact_center.evolux_queues:
    queues:
      - slug: sales
        number: "3001"
      - slug: support
        number: "3003"

- name: Replace a queue with a seasonal one
  evolux.contact_center.evolux_queues:
    queues:
      - slug: sales
        state: archived
      - slug: black_friday
        name: Black Friday
        number: "3001"

- name: Swap the numbers of two queues
  evolux.contact_center.evolux_queues:
    queues:
      - slug: black_friday
        number: "3003"
      - slug: support
        number: "3001"
    spare_number: "3999"

- name: Plan a change
  evolux.contact_center.evolux_queues:
    queues: &queues
      - slug: support
        name: Help desk
  check_mode: true
  register: planned

- name: Carry out this plan or nothing
  evolux.contact_center.evolux_queues:
    queues: *queues
    expected_plan: "{{ planned.plan }}"

- name: Archive all other queues, but not more than three
  evolux.contact_center.evolux_queues:
    queues:
      - slug: support
        name: Support
        number: "3001"
    archive_unlisted: true
    archive_unlisted_limit: 3
  register: tenant

- name: Show what was done
  ansible.builtin.debug:
    var: tenant.summary
"""

RETURN = r"""
results:
  description:
    - What became of each entry of O(queues), in the given order, then of each queue that O(archive_unlisted) archives.
  returned: success, and failure after the tenant was read
  type: list
  elements: dict
  contains:
    action:
      description:
        - What was done, or would be done in check mode. On failure, what was planned, if a plan could be made.
      type: str
      choices:
        - create
        - update
        - archive
        - none
      sample: create
    status:
      description:
        - V(done) if the entry was applied or needed no change; V(planned) in check mode if it would change.
        - V(failed) if the server refused the entry, or if the entry made the whole task fail before anything was
          written.
        - V(not_attempted) if the entry was left undone because another one failed.
      type: str
      choices:
        - done
        - planned
        - failed
        - not_attempted
      sample: done
    queue:
      description:
        - The queue afterwards. In check mode, as far as the module can predict it. On failure, as it was last seen.
        - V(null) if there was no queue to archive, or none could be created.
      type: dict
      contains: &queue
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
      type: list
      elements: str
      sample: []
    changes:
      description:
        - What changes, field by field. V([]) if nothing changes, and on archive.
      type: list
      elements: dict
      contains:
        field:
          description: The name of the field.
          type: str
          sample: number
        before:
          description: The value before, or V(null) for a new queue. If the API doesn't show it, a text that says so.
          type: raw
          sample: "3001"
        after:
          description: The value afterwards.
          type: raw
          sample: "3101"
      sample:
        - field: number
          before: "3001"
          after: "3101"
    error:
      description: What went wrong with this entry, in a form that playbooks can branch on. Only present if it failed.
      type: dict
      contains:
        msg:
          description: What went wrong, and what to do.
          type: str
          sample: >-
            Creating the queue 'Support' failed: the server returned HTTP 500 (Data insertion may break a database
            constraint), because the DID 558432229999 doesn't exist in this tenant: create it in Evolux, or correct
            public_number.
        <<: &error
          code:
            description:
              - One of V(auth), V(not_found), V(archived), V(enabled), V(constraint), V(conflict), V(rate_limit),
                V(unreachable), V(redirect), V(bad_answer), V(ignored), V(interrupted), V(stale_plan), V(invalid), or
                V(api) for any other refusal.
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
summary:
  description:
    - How many queues were created, updated and so on, or would be in check mode.
    - Write C(summary['update']) in templates. Jinja reads C(summary.update) as a method of the dictionary.
  returned: success, and failure after the tenant was read
  type: dict
  contains:
    create:
      description: Queues created.
      type: int
      sample: 1
    update:
      description: Queues updated.
      type: int
      sample: 1
    archive:
      description: Queues archived.
      type: int
      sample: 0
    none:
      description: Queues that needed no change.
      type: int
      sample: 12
    failed:
      description: Queues that failed. They aren't counted anywhere else.
      type: int
      sample: 0
    not_attempted:
      description: Queues that were left undone. They aren't counted anywhere else.
      type: int
      sample: 0
queues:
  description:
    - All active queues of the tenant afterwards, sorted by slug. In check mode, as far as the module can predict them.
  returned: success, and failure if the tenant could be read afterwards
  type: list
  elements: dict
  contains: *queue
  sample:
    - id: 1
      slug: support
      name: Support
      number: "3001"
      public_number: "558432220000"
      archived: false
      extra: {}
plan:
  description:
    - The fingerprint of what is to be done, for O(expected_plan). V(none) if there is nothing to do.
    - It depends only on the tenant's address and on the steps, each with its action, its queue, and the values before
      and after. Check mode and the run that follows return the same fingerprint.
  returned: success, and failure after a plan was made
  type: str
  sample: df75ca0c06c1f1fc
diff:
  description: The plan as text. On failure, what was planned.
  returned: success, and failure after a plan was made
  type: dict
  contains:
    prepared:
      description:
        - What is created, updated and archived, the counts, and the fingerprint. Empty if there is nothing to do.
      type: str
      sample: |
        Create (1)
          + sales    Sales, number 3002

        Update (1)
          ~ support  Support
              number         3001 -> 3101

        Plan: create 1, update 1, archive 0, unchanged 12
        Fingerprint: df75ca0c06c1f1fc
error:
  description:
    - What went wrong, in a form that playbooks can branch on. If several entries failed, the error of the first.
  returned: failure
  type: dict
  contains: *error
"""

from collections.abc import Iterable, Mapping
from typing import Any

import ansible_collections.evolux.contact_center.plugins.module_utils._own_process  # noqa: F401 pylint: disable=W0611
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._fingerprint import (
    fingerprint,
    given_fingerprint,
    stale_plan,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._http import MAX_CONCURRENCY
from ansible_collections.evolux.contact_center.plugins.module_utils._module import EvoluxModule
from ansible_collections.evolux.contact_center.plugins.module_utils._plan import plan_queues
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import (
    OPTIONS,
    UPDATE_OPTIONS,
    Queue,
    Wanted,
    fields_on_create_only,
    listed,
)
from ansible_collections.evolux.contact_center.plugins.module_utils._read import read_for_all
from ansible_collections.evolux.contact_center.plugins.module_utils._report import (
    Outcome,
    failure,
    foresee,
    plan_as_text,
    refused,
    results,
)

# What evolux_queue_info returns besides the options of a queue.
ONLY_RETURNED: dict[str, dict[str, Any]] = {
    "archived": {"type": "bool", "default": False},
    "pauses": {"type": "raw"},
    "extra": {"type": "raw"},
}


SPEC: dict[str, Any] = {
    "options": {
        "queues": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {**OPTIONS, **ONLY_RETURNED},
        },
        **UPDATE_OPTIONS,
        "archive_unlisted": {"type": "bool", "default": False},
        "archive_unlisted_limit": {"type": "int"},
        "spare_number": {"type": "str"},
        "expected_plan": {"type": "str"},
        "concurrency": {"type": "int", "default": 8},
    },
}


def wanted_queue(entry: Mapping[str, Any]) -> Wanted:
    """What one entry of the task says."""
    return Wanted.of(**{**entry, "state": "archived" if entry["archived"] else entry["state"]})


def work(module: EvoluxModule) -> dict[str, Any]:
    """Plan everything, then carry it out or, in check mode, predict it."""
    concurrency, limit = module.params["concurrency"], module.params["archive_unlisted_limit"]
    if not 1 <= concurrency <= MAX_CONCURRENCY:
        raise EvoluxError("invalid", f"concurrency is {concurrency}; set it to a number from 1 to {MAX_CONCURRENCY}.")
    if limit is not None and limit < 0:
        raise EvoluxError("invalid", f"archive_unlisted_limit is {limit}; set it to 0 or more.")
    archive_unlisted = module.params["archive_unlisted"]
    if archive_unlisted and not module.params["queues"]:
        raise EvoluxError(
            "invalid",
            "queues is empty, so archive_unlisted would archive every queue of the tenant; list the queues to keep. "
            "To archive all of them, list each one with state archived.",
        )
    spare, expected = module.params["spare_number"], given_fingerprint(module.params["expected_plan"])
    if spare:
        # Few tasks give one, and starting the others is to be fast.
        from ansible_collections.evolux.contact_center.plugins.module_utils._conflicts import bad_number

        if error := bad_number("spare_number", spare):
            raise error
    api = module.api()
    wanted = [wanted_queue(entry) for entry in module.params["queues"]]
    tenant = read_for_all(api, wanted, concurrency)
    on_create_only = fields_on_create_only(module.params)
    plan = plan_queues(
        wanted,
        tenant,
        on_create_only,
        archive_unlisted=archive_unlisted,
        archive_unlisted_limit=limit,
        spare_number=spare,
    )
    if plan.problems:
        refusal, outcomes = refused(plan, wanted)
        module.fail(refusal, **results(outcomes))
    name = fingerprint(plan.steps, module.params["api_url"])
    told = {"plan": name, "diff": {"prepared": plan_as_text(plan, len(wanted), name)}}
    if expected not in (None, name):
        outcomes = [Outcome(step, "not_attempted", False, step.queue) for step in plan.steps]
        module.fail(stale_plan(expected, name), **results(outcomes), **told)
    queues: Iterable[Queue] | None = plan.afterwards(tenant)
    unread = None
    if module.check_mode or all(step.action == "none" for step in plan.steps):
        outcomes = [foresee(step) for step in plan.steps]
    else:
        # Most runs have nothing to write, and starting them is to be fast.
        from ansible_collections.evolux.contact_center.plugins.module_utils._apply import apply, read_all_back

        outcomes = apply(api, plan.steps, on_create_only, concurrency, plan.detours)
        queues = None
        if not any(outcome.error and outcome.error.stops for outcome in outcomes):
            try:
                outcomes, queues = read_all_back(api, outcomes, concurrency)
            except EvoluxError as lost:
                unread = lost.explained(f"The changes were made, but the queues couldn't be read back: {lost}")
    result = {**results(outcomes), **told}
    if queues is not None:
        result["queues"] = listed(queues)
    for outcome in outcomes:
        if outcome.warning:
            module.warn(outcome.warning)
    if error := failure(outcomes, wanted) or unread:
        module.fail(error, **result)
    return result


def main() -> None:
    """Entry point."""
    EvoluxModule(**SPEC).run(work)


if __name__ == "__main__":
    main()
