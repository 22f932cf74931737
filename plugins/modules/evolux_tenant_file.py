#!/usr/bin/python
# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: evolux_tenant_file
short_description: Write queues to a variables file of a tenant
description:
  - Writes queues, as M(evolux.contact_center.evolux_queue_info) or M(evolux.contact_center.evolux_sheet_info) return
    them, to a variables file that the playbook C(evolux.contact_center.provision_tenant) takes. The playbooks
    C(evolux.contact_center.export_tenant) and C(evolux.contact_center.import_tenant) use it.
  - The file holds what can be managed and nothing else; no ids, no token. Every text in it is quoted, and a name that
    looks like a template is marked so that Ansible doesn't evaluate it.
  - Replaces nothing but a file that it wrote for the same tenant and that nobody has changed since. The file's first
    lines say whose it is and hold a checksum for that. Links, devices and files that hold something vaulted are never
    written.
version_added: 2.0.0
author:
  - The evolux.contact_center contributors (@ansible-collections)
extends_documentation_fragment:
  - evolux.contact_center._attributes
  - evolux.contact_center._attributes.controller
options:
  path:
    description:
      - The file, on the controller. A relative path counts from where Ansible was started. Its folder must exist.
      - Links are followed in the folder, and not for the file itself.
    type: str
    required: true
  queues:
    description: The queues.
    type: list
    elements: dict
    required: true
  tenant:
    description: Whose queues they are, such as the host's name and the tenant's address. It is written into the file.
    type: str
    required: true
  format:
    description:
      - With V(csv), the file is a spreadsheet for people that M(evolux.contact_center.evolux_sheet_info) takes back, in
        UTF-8 with semicolons between its cells. Numbers and what looks like a formula are written so that spreadsheet
        programs leave them alone.
      - Since such a file has no room for a checksum, one with other content is only replaced with O(overwrite).
    type: str
    choices: [yaml, csv]
    default: yaml
    version_added: 2.0.0
  source:
    description: The name of the spreadsheet that the queues are from, if they are from one. The file then names it.
    type: str
    version_added: 2.0.0
  places:
    description: Where in the spreadsheet each queue is from, in the order of O(queues). Each is written as a comment.
    type: list
    elements: str
    default: []
    version_added: 2.0.0
  schema:
    description:
      - Where editors find the JSON Schema of such files, as a path from the file or an address. The file's first line
        then says so to C(yaml-language-server).
    type: str
    version_added: 2.0.0
  overwrite:
    description:
      - Whether a file with other content may be replaced, such as one that was changed since or that is another
        tenant's. A new file has the mode C(0644), an old one keeps its own.
      - Files that hold something vaulted are kept all the same.
    type: bool
    default: false
seealso:
  - module: evolux.contact_center.evolux_queue_info
  - module: evolux.contact_center.evolux_sheet_info
"""

EXAMPLES = r"""
- name: Read the tenant's queues
  evolux.contact_center.evolux_queue_info:
  register: tenant

- name: Write them to a file
  evolux.contact_center.evolux_tenant_file:
    path: acme.yml
    queues: "{{ tenant.queues }}"
    tenant: acme
"""

RETURN = r"""
path:
  description: The file's absolute path.
  returned: success
  type: str
  sample: /home/ana/tenants/acme.yml
diff:
  description: The file before and after.
  returned: in diff mode
  type: dict
  contains:
    before:
      description: The content before, empty if there was no file.
      type: str
      sample: ""
    after:
      description: The content afterwards.
      type: str
      sample: "evolux_queues: []"
    before_header:
      description: The file's absolute path.
      type: str
      sample: /home/ana/tenants/acme.yml
    after_header:
      description: The file's absolute path.
      type: str
      sample: /home/ana/tenants/acme.yml
"""
