# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the module of the same name inside Ansible's worker, where that changes nothing but the time."""

from __future__ import annotations

from ansible_collections.evolux.contact_center.plugins.plugin_utils._in_worker import InWorkerAction, imported


class ActionModule(InWorkerAction):
    """What Ansible looks for."""

    module = imported("evolux_queue")
