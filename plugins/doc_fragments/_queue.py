# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What to know about numbers, and about writing queues."""

    DOCUMENTATION = r"""
options: {}
notes:
  - Quote all numbers. YAML reads C(0700123) as an octal number, and the module would get V(229459). The module takes a
    whole number as text, with a warning. It refuses fractions, and booleans such as C(no) without quotes.
"""

    WRITES = r"""
options: {}
notes:
  - The API can't restore an archived queue, enable or disable a queue, or create a DID. Do that in Evolux.
"""
