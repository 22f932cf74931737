# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox's questions put to a real tenant.

It shares no code with the collection's client or the sandbox's server. Of the switches it takes names and readings.
"""
