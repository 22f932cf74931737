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
  - Reads the queues that a spreadsheet describes, CSV or XLSX, and changes nothing. The playbook
    C(evolux.contact_center.import_tenant) uses it.
  - If anything is wrong with the sheet, the task fails and names all of it by row and column.
  - What a file is, is found by looking into it, not by its name. A CSV file has semicolons, commas or tabs between its
    cells; it is in UTF-8, in UTF-16 with a byte order mark, or else in Windows-1252.
  - The first row that isn't empty has the headings C(name), C(number) and, as needed, C(slug), C(public_number),
    C(max_wait_time) and C(state), or what is usual for them in English and Portuguese, such as C(Fila), C(Ramal),
    C(DID), C(Tempo de espera) and C(Situação). Case, accents, spaces and punctuation make no difference. Unknown
    headings are refused.
  - Spaces, dots, dashes, brackets and a leading plus are removed from numbers and DIDs. Scientific notation, fractions,
    dates, letters and the like are refused.
  - Wait times are in seconds, or in minutes if the heading says so, as in C(Espera (min)). A cell may have a unit of
    its own, such as C(300 s) or C(5 min).
  - States are C(present) or C(ativa), and C(archived) or C(arquivada). An archived queue needs no number.
  - An empty cell, or one with only a dash, says nothing, save in a column of DIDs, where it means that the queue has
    none.
  - Rows that say the same are taken once. Empty rows are skipped.
version_added: 2.0.0
author:
  - The evolux.contact_center contributors (@ansible-collections)
extends_documentation_fragment:
  - evolux.contact_center._attributes
  - evolux.contact_center._attributes.controller
  - evolux.contact_center._attributes.info_module
requirements:
  - openpyxl, on the controller, for XLSX
options:
  path:
    description: The file, on the controller. A relative path counts from where Ansible was started.
    type: str
    required: true
  sheet:
    description: The name of the workbook's sheet. Without it, the first one that isn't hidden.
    type: str
  ignore:
    description: The headings of columns to leave out.
    type: list
    elements: str
    default: []
  propose_slugs:
    description:
      - Whether queues that have no slug in the sheet get one, made of the name as Evolux makes it and unique in the
        sheet.
      - Without it, they are found by their names, and Evolux chooses the slugs of new ones.
    type: bool
    default: false
seealso:
  - module: evolux.contact_center.evolux_tenant_file
  - module: evolux.contact_center.evolux_queues
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

- name: Bring the tenant to it without a file
  evolux.contact_center.evolux_queues:
    queues: "{{ sheet.queues }}"
"""

RETURN = r"""
queues:
  description:
    - The queues in the sheet's order, as the option C(queues) of M(evolux.contact_center.evolux_queues) takes them.
  returned: success
  type: list
  elements: dict
  sample:
    - name: Suporte
      number: "0700"
      public_number: "558432220000"
places:
  description: Where each queue is from.
  returned: success
  type: list
  elements: str
  sample:
    - filas.xlsx, sheet Filas, row 2
source:
  description: The file's name.
  returned: success
  type: str
  sample: filas.xlsx
notes:
  description: What the file was read as, and what was taken otherwise than it stands there.
  returned: success
  type: list
  elements: str
  sample:
    - Read as XLSX, sheet Filas.
    - Row 9 repeats row 2, so they were imported as one queue.
causes:
  description: What is wrong with the sheet, each cause once and below it, indented, its places.
  returned: if something is
  type: list
  elements: str
  sample:
    - A number has a decimal part; write a whole number, in digits only.
    - "  filas.xlsx, sheet Filas, row 7, column B (Ramal): '30.5'"
"""
