# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules can do, in Ansible's terms."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and foresee the result without changing anything.
    support: full
  diff_mode:
    description: Returns what has changed, or in check mode would change.
    support: full
  action_group:
    description: Use C(group/evolux.contact_center.evolux) in C(module_defaults) to set options for all modules at once.
    support: full
    membership:
      - evolux.contact_center.evolux
  in_worker:
    description: On the controller, runs inside Ansible's worker rather than in a process of its own.
    support: full
    details:
      - So it is over a C(local) connection with the Python that runs Ansible. It saves a loop almost all of its time
        and changes nothing else. In every other case, Ansible runs the module like any other.
      - Set the variable C(evolux_run_in_worker) to V(false) to have Ansible always do that.
  platform:
    description: The operating systems that the module can run on.
    support: full
    platforms: posix
"""

    # Reading changes nothing, so there is nothing to foresee or to compare.
    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    details: This module changes nothing, so check mode makes no difference.
  diff_mode:
    support: N/A
    details: This module changes nothing, so there is no difference to show.
"""

    CONTROLLER = r"""
options: {}
attributes:
  action_group:
    support: none
    membership: []
    details: It needs no connection, so the group's options are none of its own.
  in_worker:
    details: It always runs on the controller, whatever the connection.
"""
