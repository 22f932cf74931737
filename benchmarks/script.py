# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bare requests that evolux_queues sends, with nothing around them: what it can't be faster than.

script.py CONCURRENCY FILE    the tenant from EVOLUX_API_URL and EVOLUX_API_TOKEN, evolux_queues from the JSON file
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests


def main(concurrency: int, queues: list[dict[str, str]]) -> None:
    session = requests.Session()
    session.trust_env = False
    session.headers["token"] = os.environ["EVOLUX_API_TOKEN"]
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=concurrency))
    api = f"{os.environ['EVOLUX_API_URL']}/api/v1/queues"
    current = {queue["slug"]: queue for queue in session.get(api).json()["data"]}
    if any(queue["slug"] not in current for queue in queues):
        session.get(api, params={"include_archived": "true"}).json()

    def write(queue: dict[str, str]) -> bool:
        found = current.get(queue["slug"])
        if found is None:
            session.post(api, json=queue).raise_for_status()
        elif found["name"] != queue["name"]:
            session.put(f"{api}/{found['id']}", files={"name": (None, queue["name"])}).raise_for_status()
        else:
            return False
        return True

    with ThreadPoolExecutor(concurrency) as pool:
        if any(list(pool.map(write, queues))):
            session.get(api).json()


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))["evolux_queues"])
