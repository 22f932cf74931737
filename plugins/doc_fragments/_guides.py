# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The pages that modules lead to. Ansible wants whole addresses: the one in galaxy.yml, and the page.

    The role is among them, since ansible-test lets modules lead to plugins but not to roles.
    """

    ADOPT = r"""
options: {}
seealso:
  - name: Manage an existing tenant with Ansible
    description: Export the queues of a tenant, then manage them from the file.
    link: https://github.com/ansible-collections/evolux.contact_center/blob/main/docs/adopt.md
"""

    CHECK_AND_DIFF = r"""
options: {}
seealso:
  - name: Check mode and diff
    description: Preview a run, approve its plan, and find out what somebody changed by hand.
    link: https://github.com/ansible-collections/evolux.contact_center/blob/main/docs/check-and-diff.md
"""

    ERRORS = r"""
options: {}
seealso:
  - name: What happens when…
    description: What each error code means, and how to branch on it.
    link: https://github.com/ansible-collections/evolux.contact_center/blob/main/docs/errors.md
"""

    LIMITS = r"""
options: {}
seealso:
  - name: What the API can't do
    description: The limits of the API, and what the modules do about them.
    link: https://github.com/ansible-collections/evolux.contact_center/blob/main/docs/limits.md
"""

    PROVISION = r"""
options: {}
seealso:
  - name: Provision a tenant
    description: Manage the queues of one tenant or many from files.
    link: https://github.com/ansible-collections/evolux.contact_center/blob/main/docs/provision.md
"""

    REPORTS = r"""
options: {}
seealso:
  - name: Reports
    description: What a run says at its end, and the report that it writes.
    link: https://github.com/ansible-collections/evolux.contact_center/blob/main/docs/reports.md
"""

    ROLE = r"""
options: {}
seealso:
  - name: Role evolux.contact_center.tenant
    description: Provision, audit, export and import tenants with a role and its playbooks.
    link: https://github.com/ansible-collections/evolux.contact_center/blob/main/roles/tenant/README.md
"""

    SPREADSHEET = r"""
options: {}
seealso:
  - name: Import from a spreadsheet
    description: Turn a customer's list into a tenant file.
    link: https://github.com/ansible-collections/evolux.contact_center/blob/main/docs/spreadsheet.md
"""

    TROUBLESHOOTING = r"""
options: {}
seealso:
  - name: Troubleshooting by message
    description: Look up a message and what to do about it.
    link: https://github.com/ansible-collections/evolux.contact_center/blob/main/docs/troubleshooting.md
"""
