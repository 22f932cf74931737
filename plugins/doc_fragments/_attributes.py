# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules can do, in Ansible's terms.

    Where two fragments of a module disagree, Ansible takes the first one. ansible-doc barely wraps these texts, so they
    are lists of short sentences.
    """

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Predicts in check mode what a run would change.
  diff_mode:
    description: Returns what changes, or would change in check mode.
  idempotent:
    description:
      - A second run with the same options changes nothing.
      - This assumes that nobody else makes a change in between.
  action_group:
    description:
      - Takes C(module_defaults) for C(group/evolux.contact_center.evolux).
  in_worker:
    description: Runs inside Ansible's worker, without a process of its own.
  platform:
    description: The operating systems that the module runs on.
    support: full
    platforms: posix
"""

    MANAGES = r"""
options: {}
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
"""

    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details: This module only reads.
  diff_mode:
    support: N/A
    details: This module only reads.
  idempotent:
    support: full
    details: This module only reads.
"""

    TENANT = r"""
options: {}
attributes:
  action_group:
    support: full
    membership:
      - evolux.contact_center.evolux
  in_worker:
    support: full
    details:
      - Requires a C(local) connection and the Python that runs Ansible.
      - In a loop, this saves almost all of the time.
      - In all other cases, Ansible runs the module as usual.
      - Set the variable C(evolux_run_in_worker) to V(false) to disable this.
"""

    CONTROLLER = r"""
options: {}
attributes:
  action_group:
    support: none
    membership: []
    details: This module doesn't connect to a tenant.
  in_worker:
    support: full
    details: This module runs on the controller with any connection.
"""
