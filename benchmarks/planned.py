# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run evolux_queues in check mode in this process, which loads nothing else, and print what it took as JSON.

planned.py TREE URL TOKEN    reads the queues from stdin, as JSON
"""

from __future__ import annotations

import contextlib
import io
import json
import resource
import sys
import time
from typing import Any


def main(tree: str, url: str, token: str) -> dict[str, float]:
    """The seconds that planning and the whole module took, and the peak of memory in MB."""
    sys.path.insert(0, tree)
    from ansible.module_utils import basic

    from ansible_collections.evolux.contact_center.plugins.modules import evolux_queues

    options = {
        "api_url": url,
        "api_token": token,
        "_ansible_check_mode": True,
        "_ansible_remote_tmp": "/tmp",
        "_ansible_keep_remote_files": False,
    }
    # As text, since the module would otherwise share its memory with objects that it doesn't have.
    rest = json.dumps({"ANSIBLE_MODULE_ARGS": options}).removesuffix("}}")
    basic._ANSIBLE_ARGS = f'{rest}, "queues": {sys.stdin.read()}}}}}'.encode()
    basic._ANSIBLE_PROFILE = "legacy"
    planning = 0.0
    plan_queues = evolux_queues.plan_queues

    def timed(*args: Any, **kwargs: Any) -> Any:
        nonlocal planning
        start = time.perf_counter()
        plan = plan_queues(*args, **kwargs)
        planning = time.perf_counter() - start
        return plan

    evolux_queues.plan_queues = timed
    start = time.perf_counter()
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.suppress(SystemExit):
        evolux_queues.main()
    took = {
        "planning": planning,
        "module": time.perf_counter() - start,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    if json.loads(output.getvalue()).get("failed"):
        raise RuntimeError(output.getvalue())
    return took


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
