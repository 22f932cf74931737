# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What there is to know of writing queues."""

    DOCUMENTATION = r"""
options: {}
notes:
  - Quote all numbers. YAML reads C(0700123) as an octal number, and it would reach the module as V(229459). A whole
    number is taken as text, with a warning. A boolean or a fraction is refused, such as that of C(no) without quotes.
  - The API can't restore an archived queue, enable or disable one, or create a DID. Do that in Evolux.
"""
