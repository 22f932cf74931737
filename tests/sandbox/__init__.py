# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A local stateful server that behaves as the page "API - Filas" of Evolux's documentation says."""

# The DIDs of a tenant that is given no others: all that guides, examples and the demo use.
DIDS = ("558432220000", "558432220003", "558432220100", "558432220200")
