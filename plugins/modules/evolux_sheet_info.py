#!/usr/bin/python
# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: evolux_sheet_info
short_description: Read queues from a spreadsheet
description:
  - Reads the queues that a spreadsheet describes, in CSV or XLSX. It changes nothing. The playbook
    C(evolux.contact_center.import_tenant) uses this module.
  - If anything is wrong with the sheet, the task fails and lists every problem by row and column.
  - The module detects the format from the content of the file, not from its name. A CSV file can have semicolons,
    commas or tabs between its cells. Its encoding can be UTF-8, UTF-16 with a byte order mark, or Windows-1252.
  - The first row that isn't empty contains the headings. C(name) and C(number) are required; C(slug), C(public_number),
    C(max_wait_time) and C(state) are optional. Usual English and Portuguese words for them work too, such as C(Fila),
    C(Ramal), C(DID), C(Tempo de espera) and C(Situação). Case, accents, spaces and punctuation make no difference.
    Unknown headings are refused.
  - Spaces, dots, dashes, brackets and a leading plus sign are removed from numbers and DIDs. Letters, fractions, dates,
    scientific notation and the like are refused.
  - Wait times are in seconds, or in minutes if the heading says so, as in V(Espera (min\)). A cell can have its own
    unit, as in V(300 s) or V(5 min).
  - A state is C(present) or C(ativa), or C(archived) or C(arquivada). An archived queue needs no number.
  - An empty cell, or one with only a dash, counts as not set. In a column of DIDs, it means that the queue has no DID.
  - Identical rows are taken once. Empty rows are skipped.
version_added: 2.0.0
author:
  - The evolux.contact_center contributors (@ansible-collections)
extends_documentation_fragment:
  - evolux.contact_center._attributes
  - evolux.contact_center._attributes.info_module
  - evolux.contact_center._attributes.controller
  - evolux.contact_center._guides.role
  - evolux.contact_center._guides.spreadsheet
requirements:
  - openpyxl, on the controller, for XLSX
options:
  path:
    description: The file, on the controller. A relative path is resolved from the folder in which Ansible was started.
    type: str
    required: true
  sheet:
    description: The name of the sheet in the workbook. If not set, the first sheet that isn't hidden is read.
    type: str
  ignore:
    description: The headings of columns to ignore.
    type: list
    elements: str
    default: []
  propose_slugs:
    description:
      - Whether to give queues without a slug in the sheet the slug that Evolux would derive from their names, made
        unique within the sheet.
      - Otherwise, these queues are identified by their names, and Evolux chooses the slugs of new queues.
    type: bool
    default: false
seealso:
  - module: evolux.contact_center.evolux_queues
    description: Bring a tenant to the state in the sheet.
  - module: evolux.contact_center.evolux_tenant_file
    description: Write the queues to a file.
"""

EXAMPLES = r"""
- name: Read the customer's spreadsheet
  evolux.contact_center.evolux_sheet_info:
    path: filas.csv
    ignore: [Observações]
  register: sheet

- name: Write its queues to a file
  evolux.contact_center.evolux_tenant_file:
    path: acme.yml
    queues: "{{ sheet.queues }}"
    places: "{{ sheet.places }}"
    source: "{{ sheet.source }}"
    tenant: acme

- name: Bring the tenant to this state without a file
  evolux.contact_center.evolux_queues:
    api_url: https://acme.evolux.net.br
    api_token: "{{ evolux_token }}"
    queues: "{{ sheet.queues }}"
"""

RETURN = r"""
queues:
  description:
    - The queues in the order of the sheet, for the option C(queues) of M(evolux.contact_center.evolux_queues).
  returned: success
  type: list
  elements: dict
  sample:
    - name: Suporte
      number: "0700"
      public_number: "558432220000"
places:
  description: Where each queue comes from, in the order of RV(queues).
  returned: success
  type: list
  elements: str
  sample:
    - filas.xlsx, sheet Filas, row 2
source:
  description: The name of the file.
  returned: success
  type: str
  sample: filas.xlsx
notes:
  description: How the file was read, and which values were converted.
  returned: success
  type: list
  elements: str
  sample:
    - Read as XLSX, sheet Filas.
    - Row 9 repeats row 2, so they were imported as one queue.
causes:
  description: What is wrong with the sheet. Each cause is listed once, followed by its places, which are indented.
  returned: failure, if something is wrong with the sheet
  type: list
  elements: str
  sample:
    - A number has a decimal part; write a whole number, in digits only.
    - "  filas.xlsx, sheet Filas, row 7, column B (Ramal): '30.5'"
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
