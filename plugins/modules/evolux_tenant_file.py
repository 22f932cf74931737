#!/usr/bin/python
# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: evolux_tenant_file
short_description: Write queues to a tenant file
description:
  - Writes queues that M(evolux.contact_center.evolux_queue_info) or M(evolux.contact_center.evolux_sheet_info) returned
    to a variables file for the playbook C(evolux.contact_center.provision_tenant). The playbooks
    C(evolux.contact_center.export_tenant) and C(evolux.contact_center.import_tenant) use this module.
  - The file contains only settings that can be managed, no ids and no token. All texts in it are quoted. A name that
    looks like a template is marked so that Ansible doesn't evaluate it.
  - By default, the module replaces a file only if it wrote that file for the same tenant and nobody has changed it
    since. The first lines of the file name the tenant and contain a checksum for this.
  - The module never writes to a link, a device, or a file that contains vaulted values.
version_added: 2.0.0
author:
  - The evolux.contact_center contributors (@ansible-collections)
extends_documentation_fragment:
  - evolux.contact_center._attributes
  - evolux.contact_center._attributes.manages
  - evolux.contact_center._attributes.controller
  - evolux.contact_center._guides.role
  - evolux.contact_center._guides.adopt
  - evolux.contact_center._guides.spreadsheet
attributes:
  idempotent:
    support: full
options:
  path:
    description:
      - The file, on the controller. Its folder must exist. A relative path is resolved from the folder in which Ansible
        was started.
      - The path can lead through links to folders, but the file itself can't be a link.
    type: str
    required: true
  queues:
    description: The queues.
    type: list
    elements: dict
    required: true
  tenant:
    description:
      - Whose queues they are, such as the name of the host and the tenant's address. The file contains this text.
    type: str
    required: true
  format:
    description:
      - V(yaml) writes a variables file.
      - V(csv) writes a spreadsheet that M(evolux.contact_center.evolux_sheet_info) can read, in UTF-8 with semicolons
        between its cells. Numbers and texts that look like a formula are written so that spreadsheet programs leave
        them alone.
      - A CSV file has no room for a checksum. So the module replaces one with other content only if O(overwrite=true).
    type: str
    choices: [yaml, csv]
    default: yaml
    version_added: 2.0.0
  source:
    description: The name of the spreadsheet that the queues come from. The file then contains it.
    type: str
    version_added: 2.0.0
  places:
    description:
      - Where in the spreadsheet each queue comes from, in the order of O(queues). The file contains each as a comment.
    type: list
    elements: str
    default: []
    version_added: 2.0.0
  schema:
    description:
      - Where editors find the JSON Schema of tenant files. Either a path from the file, or a URL. The first line of the
        file then names it for C(yaml-language-server).
    type: str
    version_added: 2.0.0
  overwrite:
    description:
      - Whether to replace a file with other content, such as one that somebody changed or that belongs to another
        tenant. A new file has the mode C(0644); an existing one keeps its mode.
      - A file that contains vaulted values is never replaced.
    type: bool
    default: false
seealso:
  - module: evolux.contact_center.evolux_queue_info
    description: Read the queues of a tenant.
  - module: evolux.contact_center.evolux_sheet_info
    description: Read queues from a spreadsheet.
"""

EXAMPLES = r"""
- name: Read the tenant's queues
  evolux.contact_center.evolux_queue_info:
    api_url: https://acme.evolux.net.br
    api_token: "{{ evolux_token }}"
  register: tenant

- name: Write them to a file
  evolux.contact_center.evolux_tenant_file:
    path: acme.yml
    queues: "{{ tenant.queues }}"
    tenant: acme

- name: Write them to a spreadsheet too
  evolux.contact_center.evolux_tenant_file:
    path: acme.csv
    queues: "{{ tenant.queues }}"
    tenant: acme
    format: csv
"""

RETURN = r"""
path:
  description: The absolute path of the file.
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
      sample: |
        evolux_queues:
          - slug: "support"
    before_header:
      description: The absolute path of the file.
      type: str
      sample: /home/ana/tenants/acme.yml
    after_header:
      description: The absolute path of the file.
      type: str
      sample: /home/ana/tenants/acme.yml
error:
  description: What went wrong, in a form that playbooks can branch on. It has the keys of the other modules' errors.
  returned: failure
  type: dict
  contains:
    code:
      description: Always V(invalid), because no tenant is reached.
      type: str
      sample: invalid
    status:
      description: Always V(null), as are all the following keys.
      type: int
    message:
      description: Always V(null).
      type: str
    details:
      description: Always V(null).
      type: dict
    method:
      description: Always V(null).
      type: str
    path:
      description: Always V(null).
      type: str
"""
