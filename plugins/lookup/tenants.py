# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts of a play on tenants, or an error: to Ansible itself, a play that reaches no host is a success."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: tenants
short_description: Make sure that a play reaches the tenants that it is meant for
version_added: 2.0.0
author:
  - The evolux.contact_center contributors (@ansible-collections)
description:
  - Returns the given host patterns, for the keyword C(hosts) of a play. The playbooks of this collection use it.
  - Fails if the play would reach no host, because of a misspelled name, a missing inventory or C(--limit). Ansible
    itself skips such a play and reports success.
  - Fails if a given inventory doesn't exist, such as one given with C(-i).
  - Fails if a part of the pattern matches no host, even if other parts do. So if you misspell a host that you want to
    exclude, the play doesn't reach it by mistake. The same goes for exclusions in C(--limit), except in AWX, where a
    slice of a job has only some of the hosts.
extends_documentation_fragment:
  - evolux.contact_center._guides.role
  - evolux.contact_center._guides.provision
options:
  _terms:
    description:
      - A host pattern, as the keyword C(hosts) takes it, or a list of patterns. The list can be in JSON.
      - An empty string means C(localhost). An empty list is refused.
    type: list
    elements: raw
    required: true
  one:
    description: Whether to fail if the play would reach more than one host.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Archive a seasonal queue
  hosts: >-
    {{ query('evolux.contact_center.tenants',
    evolux_hosts | default(''), one=true) }}
  gather_facts: false
  tasks:
    - name: Archive the Black Friday queue
      ansible.builtin.import_role:
        name: evolux.contact_center.tenant
        tasks_from: archive
      vars:
        evolux_queue_slug: black_friday
"""

RETURN = r"""
_raw:
  description: The patterns, as they were given.
  type: list
  elements: str
  sample:
    - acme
    - umbrella
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleError, AnsibleLookupError
from ansible.inventory.manager import InventoryManager, split_host_pattern
from ansible.plugins.lookup import LookupBase

TENANT = "Each host in the inventory is one tenant."


class LookupModule(LookupBase):
    """The class that Ansible looks for."""

    def run(self, terms: Iterable[Any], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[str]:
        """The patterns. Raises AnsibleLookupError if they, the inventory and the limit don't reach what was meant."""
        self.set_options(var_options=variables, direct=kwargs)
        given = variables or {}
        if missing := _missing(given.get("ansible_inventory_sources") or ()):
            raise AnsibleLookupError(
                f"The inventory {', '.join(missing)} doesn't exist; correct the option -i. {TENANT}"
            )
        patterns = _patterns(terms)
        if not patterns:
            raise AnsibleLookupError(f"evolux_hosts is an empty list, so this run wouldn't reach any tenant. {TENANT}")
        shown = ",".join(patterns)
        inventory = InventoryManager(self._loader, parse=False)
        for group, hosts in given.get("groups", {}).items():
            inventory.add_group(group)
            for host in hosts:
                inventory.add_host(host, group=group)

        def hosts_of(wanted: list[str]) -> list[str]:
            try:
                return [str(host) for host in inventory.get_hosts(wanted)]
            except AnsibleError:  # a subscript beyond the last host
                return []

        for part in split_host_pattern(patterns):
            if not hosts_of([part.lstrip("!&")]):
                raise AnsibleLookupError(f"'{part}' in evolux_hosts ({shown}) matches no host. {TENANT}")
        if not hosts_of(patterns):
            raise AnsibleLookupError(f"evolux_hosts ({shown}) matches no host. {TENANT}")
        limit = given.get("ansible_limit")
        if not given.get("awx_job_id"):
            for part in _limit_parts(limit):
                if part.startswith("!") and not hosts_of([part[1:]]):
                    raise AnsibleLookupError(f"'{part}' in --limit {limit} matches no host. {TENANT}")
        inventory.subset(limit)
        reached = hosts_of(patterns)
        if not reached:
            raise AnsibleLookupError(
                f"--limit {limit} excludes all hosts in evolux_hosts ({shown}), "
                f"so this run wouldn't reach any tenant. {TENANT}"
            )
        if self.get_option("one") and len(reached) > 1:
            raise AnsibleLookupError(
                f"evolux_hosts ({shown}) matches {len(reached)} tenants ({', '.join(reached)}), "
                "but this playbook works on one queue of one tenant; choose a single host."
            )
        return patterns


def _patterns(terms: Iterable[Any]) -> list[str]:
    """All patterns of one or more terms; localhost for an empty text."""
    patterns: list[str] = []
    for term in terms:
        given = _listed(term) if isinstance(term, str) else term
        if isinstance(given, (list, tuple)):
            patterns += map(str, given)
        else:
            patterns.append(str("" if given is None else given).strip() or "localhost")
    return patterns


def _listed(text: str) -> Any:
    """The list that a text is in JSON, as from the command line; otherwise the text, such as the pattern [ab]*."""
    try:
        return json.loads(text) if text.lstrip().startswith("[") else text
    except ValueError:
        return text


def _missing(sources: Iterable[str]) -> list[str]:
    """The inventories that don't exist, except the default one."""
    default, origin = C.config.get_config_value_and_origin("DEFAULT_HOST_LIST")
    unnamed = default if origin == "default" else ()
    return [source for source in sources if "," not in source and source not in unnamed and not os.path.exists(source)]


def _limit_parts(limit: str | None) -> Iterator[str]:
    """The patterns of a limit, including those in files. Ansible has read the files already, so they exist."""
    for part in split_host_pattern(limit or ""):
        if part.startswith("@"):
            yield from map(str.strip, Path(part[1:]).read_text(encoding="utf-8").splitlines())
        else:
            yield part
