# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A local, stateful server that behaves as Evolux documents its queue API on the page "API - Filas"."""

# The DIDs that a tenant has by default: all those that the guides, the examples and the demo use.
DIDS = ("558432220000", "558432220003", "558432220100", "558432220200")
