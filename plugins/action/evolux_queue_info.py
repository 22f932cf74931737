# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of the module of the same name."""

from __future__ import annotations

from ansible_collections.evolux.contact_center.plugins.plugin_utils._action import EvoluxAction, check_options


class ActionModule(EvoluxAction):
    """The class that Ansible looks for."""

    module = "evolux_queue_info"


def main() -> None:
    """For ansible-lint, which finds this file first and calls its main to check a task's options."""
    check_options("evolux_queue_info")
