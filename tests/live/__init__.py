# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks a real tenant what the sandbox's switches leave open.

It shares no code with the collection's client or the sandbox's server, except the switches' names and readings.
"""
