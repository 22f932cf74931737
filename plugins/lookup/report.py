# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results of a run's tenants: what the role shows at the end, and the report that it writes."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: report
short_description: Summarize what a play did to its tenants, and write a report
version_added: 2.0.0
author:
  - The evolux.contact_center contributors (@ansible-collections)
description:
  - Summarizes what the role P(evolux.contact_center.tenant#role) did or found on all hosts of a play.
  - The entry points C(main) and C(audit) of the role end with this lookup. You don't need it elsewhere.
  - Writes the report to a file too, if you name one. The folder of the file must exist. An existing file is replaced
    only if it is a report.
  - With the strategy C(free), the last host to finish reports on all hosts and writes the file. The others report only
    on themselves.
extends_documentation_fragment:
  - evolux.contact_center._guides.role
  - evolux.contact_center._guides.reports
options:
  _terms:
    description:
      - The file to write, or a list of such files. Their names end in C(.html), C(.md) or C(.json). An empty string
        writes no file.
      - A relative path is resolved from the folder in which Ansible was started.
    type: list
    elements: raw
    required: true
  purpose:
    description: What the role was asked to do.
    type: str
    choices:
      - provision
      - audit
    required: true
  language:
    description: The language, V(en) or V(pt-BR). An empty string means V(en).
    type: str
    default: en
"""

EXAMPLES = r"""
# Run this after the role evolux.contact_center.tenant, in the same play.
- name: Show what was done, and write a report
  ansible.builtin.debug:
    msg: >-
      {{ query('evolux.contact_center.report', 'report.html',
      purpose='provision') | first }}
  run_once: true
"""

RETURN = r"""
_raw:
  description:
    - The first element is for people. It has one line for each tenant that isn't as listed, then the counts. If the
      play has one host, it is a single line about that host.
    - The second element is for programs. It has the same C(lines), of at most 50 tenants, and the C(counts).
  type: list
  elements: raw
  sample:
    - - "acme: 1 changed"
      - "2 tenants: 1 as listed, 1 changed"
    - lines:
        - "acme: 1 changed"
        - "2 tenants: 1 as listed, 1 changed"
      counts:
        tenants: 2
        as_listed: 1
        changed: 1
        would_change: 0
        differs: 0
        failed: 0
        not_reached: 0
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.evolux.contact_center.plugins.plugin_utils._report_file import checked, language, write_report
from ansible_collections.evolux.contact_center.plugins.plugin_utils._report_page import (
    kept,
    overview,
    report,
    tenant,
)
from ansible_collections.evolux.contact_center.plugins.plugin_utils._report_texts import ENGLISH


class LookupModule(LookupBase):
    """The class that Ansible looks for."""

    def run(self, terms: Sequence[Any], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        """The lines as a list, or the only line; then what AWX keeps. Raises AnsibleLookupError if a file can't be."""
        self.set_options(var_options=variables, direct=kwargs)
        given = variables or {}
        purpose = self.get_option("purpose")
        check = purpose == "audit" or given["ansible_check_mode"]
        own = given["inventory_hostname"]
        results = _results(given)
        use = _use(results[own])
        # A result of another use of the role says nothing about the host in this one.
        results = {host: result if not use or _use(result) in (use, {}) else None for host, result in results.items()}
        # With the free strategy, hosts get here before others have a result. The last one sees them all.
        is_whole = use.get("in_step") or not any(results[host] is None for host in given["ansible_play_batch"])
        hosts = given["ansible_play_hosts_all"] if is_whole else [own]
        rows = [_row(results[host], host, purpose, check) for host in hosts if not (results[host] or {}).get("skipped")]
        refusal = ""
        try:
            words, files = language(self.get_option("language")), checked(terms[0], own)
        except ValueError as why:
            words, files, refusal = ENGLISH, [], str(why)
        when = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        data = report(rows, purpose, check, when, words)
        if is_whole:
            try:
                for file in files:
                    write_report(file, data)
            except ValueError as why:
                refusal = str(why)
        lines = overview(data)
        # A problem that was found before anything was sent has already failed the hosts.
        if refusal and not any(row["error"] and row["error"]["msg"] == refusal for row in rows):
            raise AnsibleLookupError("\n".join([*lines, f"No report was written: {refusal}"]))
        return [lines[0] if len(lines) == 1 else lines, kept(data)]


def _results(variables: Mapping[str, Any]) -> dict[str, Mapping[str, Any] | None]:
    """What the role registered for each host of the play; None for hosts that it didn't get to."""
    hostvars = variables["hostvars"]
    # Don't template results.
    return {host: hostvars.raw_get(host).get("__tenant_result") for host in variables["ansible_play_hosts_all"]}


def _use(result: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The use of the role that a result belongs to; empty if that isn't known."""
    return ((result or {}).get("diff") or {}).get("report_of") or {}


def _row(result: Mapping[str, Any] | None, host: str, purpose: str, check: bool) -> Mapping[str, Any]:
    """What a report says about a host."""
    row: Mapping[str, Any] | None = ((result or {}).get("diff") or {}).get("report")
    # Ansible itself may have failed the task, for example after a timeout.
    return row or tenant(result, host, None, purpose, check, [])
