#!/usr/bin/python
# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: evolux_queues
short_description: Keep all queues of an Evolux contact center as listed
description:
  - Brings a tenant to a list of queues in one task. It reads the tenant once, plans everything, and only then writes,
    several queues at a time.
  - Each entry means what the options of M(evolux.contact_center.evolux_queue) mean. Settings that already
    match are left alone; a run with nothing to do takes one request.
  - Everything that can be found wrong beforehand fails the task before anything is written, in check mode too. All such
    problems are listed in one message, each cause once, with the entries that have it, by index, counted from 0, and by
    slug or name.
  - A number that one queue gives up can be taken by another in the same task. Queues that would pass their numbers on
    in a circle, as in a swap, need O(spare_number).
  - A plan has a fingerprint, RV(plan). Give it back as O(expected_plan), and the task does what was approved, or else
    nothing.
  - A queue that the server refuses fails alone, with those that wait for its number. The others are still done, then
    the task fails and RV(results) tells what became of each. A wrong token or a server that can't be reached any more
    stops the rest. Running again finishes the job.
version_added: 0.2.0
author:
  - The evolux.contact_center contributors (@ansible-collections)
extends_documentation_fragment:
  - evolux.contact_center._connection
  - evolux.contact_center._attributes
  - evolux.contact_center._queue
options:
  queues:
    description:
      - The queues. No two entries may be the same queue, and no two present ones may have one number.
      - What M(evolux.contact_center.evolux_queue_info) returns as C(queues) can be given here as it is, and nothing
        changes.
    type: list
    elements: dict
    required: true
    suboptions:
      id:
        description:
          - The queue's id, which the server chose when the queue was created. There must be a queue with it, unless
            O(queues[].state=archived).
          - If O(queues[].slug) is given too, both must belong to the same queue.
        type: int
        aliases:
          - queue_id
      slug:
        description:
          - The queue's slug. It is fixed at creation, and an archived queue keeps it.
          - Lowercase letters, digits and underscores. Others are refused where a queue would be created. If a queue is
            created without one, the server makes one of the O(queues[].name), which must not be another queue's slug.
          - The best way to name a queue in a playbook, since it is unique and survives a new O(queues[].name).
        type: str
      name:
        description:
          - The name that people see. Needed to create a queue.
          - Finds the queue where neither O(queues[].id) nor O(queues[].slug) is given. Several active queues of one
            name fail the task, with a list of them.
          - Where the name alone says which queue is meant, no other queue may have, or get, the same.
        type: str
      number:
        description:
          - The number at which the queue answers inside the telephone system, as quoted digits. Needed to create a
            queue.
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
      archived:
        description:
          - V(true) means O(queues[].state=archived), V(false) says nothing. M(evolux.contact_center.evolux_queue_info)
            returns it.
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
      - What to do with O(queues[].max_wait_time) where the API doesn't show the current value. Where it does, the value
        is compared like any other and this option has no effect.
      - V(always) sends it on every run and says changed. The field is then listed in RV(results[].unverified).
      - V(on_create) sends it only to queues that this run creates.
    type: str
    choices:
      - always
      - on_create
    default: always
  archive_unlisted:
    description:
      - Whether every active queue that O(queues) doesn't list is archived. The API can't undo that.
      - An empty O(queues) is refused then.
    type: bool
    default: false
  archive_unlisted_limit:
    description:
      - How many queues O(archive_unlisted) may archive. If there were more, the task fails before anything is written.
      - Without it, 10 queues, and no more than 30 percent of the tenant's active queues, rounded up. If it is given, it
        alone counts.
    type: int
  spare_number:
    description:
      - A number that no active queue has or is to have, as quoted digits. Where queues would pass their numbers on in a
        circle, one of each circle has it for a moment, so that at no time two active queues have one number. The diff
        shows which.
      - Where there is no circle, it isn't used. Without it, circles are refused.
    type: str
  expected_plan:
    description:
      - The RV(plan) that was approved. If another one would be carried out now, the task fails with the code
        V(stale_plan) before anything is written, in check mode too, and its diff shows the plan as it is now.
      - V(none) expects that there is nothing to be done.
    type: str
  concurrency:
    description:
      - How many queues are written at once, from 1 to 16.
    type: int
    default: 8
seealso:
  - module: evolux.contact_center.evolux_queue
  - module: evolux.contact_center.evolux_queue_info
"""

EXAMPLES = r"""
# Each task takes the tenant from EVOLUX_API_URL and EVOLUX_API_TOKEN.
# All numbers are quoted: YAML reads 0700123 without quotes as an octal number, 229459.

- name: Keep these queues, and leave all others alone
  evolux.contact_center.evolux_queues:
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

- name: Give sales the number of support, and support another one
  evolux.contact_center.evolux_queues:
    queues:
      - slug: sales
        number: "3001"
      - slug: support
        number: "3003"

- name: Replace a seasonal queue by another one
  evolux.contact_center.evolux_queues:
    queues:
      - slug: sales
        state: archived
      - slug: black_friday
        name: Black Friday
        number: "3001"

- name: Swap the numbers of two queues, by way of a third number
  evolux.contact_center.evolux_queues:
    queues:
      - slug: black_friday
        number: "3003"
      - slug: support
        number: "3001"
    spare_number: "3999"

- name: Show what would be done
  evolux.contact_center.evolux_queues:
    queues: &queues
      - slug: support
        name: Help desk
  check_mode: true
  register: planned

- name: Do that and nothing else
  evolux.contact_center.evolux_queues:
    queues: *queues
    expected_plan: "{{ planned.plan }}"

- name: Keep these queues and no others
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
    - What became of each entry of O(queues), in their order, then of each queue that O(archive_unlisted) archives.
  returned: success, and failure after the tenant was read
  type: list
  elements: dict
  contains:
    action:
      description: What was done, or in check mode would be. On failure, what was planned, if a plan could be made.
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
        - V(failed) for an entry that the server rejected, or that made the whole task fail before anything was written.
        - V(not_attempted) for one that was left undone because another failed.
      type: str
      choices:
        - done
        - planned
        - failed
        - not_attempted
      sample: done
    queue:
      description:
        - The queue afterwards. In check mode, as far as that can be foreseen. On failure, as it was last seen.
        - V(null) when nothing was found to archive, or nothing could be created.
      type: dict
      contains: &queue
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
      type: list
      elements: str
      sample: []
    changes:
      description:
        - What is set, field by field. V([]) where nothing changes and on archive.
      type: list
      elements: dict
      contains:
        field:
          description: The name of the field.
          type: str
          sample: number
        before:
          description: The value before, V(null) for a new queue. What the API doesn't show is a text that says so.
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
      description: What went wrong with this entry, in a form that a playbook can branch on. Only there if it failed.
      type: dict
      contains:
        msg:
          description: What went wrong and what to do.
          type: str
          sample: The number 3001 requested for the queue with slug 'sales' already belongs to another active queue.
        <<: &error
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
  sample: []
summary:
  description:
    - How many entries and unlisted queues were created and so on, or in check mode would be.
    - Write C(summary['update']), since to Jinja C(summary.update) is a method of every dict.
  returned: success, and failure after the tenant was read
  type: dict
  contains:
    create:
      description: Queues created.
      type: int
      sample: 1
    update:
      description: Queues changed.
      type: int
      sample: 0
    archive:
      description: Queues archived.
      type: int
      sample: 0
    none:
      description: Queues that were as wanted.
      type: int
      sample: 12
    failed:
      description: Queues that failed, counted here alone.
      type: int
      sample: 0
    not_attempted:
      description: Queues left undone, counted here alone.
      type: int
      sample: 0
queues:
  description:
    - All active queues of the tenant afterwards, sorted by slug. In check mode, as far as that can be foreseen.
  returned: success, and failure where the tenant could be read afterwards
  type: list
  elements: dict
  contains: *queue
  sample:
    - id: 1
      slug: support
      name: Support
      number: "3001"
      public_number: null
      archived: false
      extra: {}
plan:
  description:
    - The fingerprint of what is to be done, for O(expected_plan); V(none) if that is nothing.
    - It depends on the tenant's address and on the action, the queue and the changes of each step, before and after,
      and on nothing else. Check mode and the run that follows return the same.
  returned: success, and failure after a plan was made
  type: str
  sample: abac862986e9b27a
diff:
  description: The plan, as text for people. On failure, what was planned.
  returned: success, and failure after a plan was made
  type: dict
  contains:
    prepared:
      description: What is created, changed and archived, with the counts and the fingerprint. Empty if that is nothing.
      type: str
      sample: |
        Create (1)
          + support  Support, number 3001

        Plan: create 1, update 0, archive 0, unchanged 12
        Fingerprint: abac862986e9b27a
error:
  description:
    - What went wrong, in a form that a playbook can branch on. If several entries failed, that of the first.
  returned: failure
  type: dict
  contains: *error
"""

from collections.abc import Iterable, Mapping
from typing import Any

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

# What evolux_queue_info returns beside the options of a queue.
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
    """Plan everything, then carry it out or, in check mode, foresee it."""
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
