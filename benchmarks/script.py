# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bare requests that the modules send, with nothing around them: the limit for the modules' speed.

script.py CONCURRENCY FILE    those of evolux_queues, this many at once, for the variable evolux_queues in a JSON file
script.py loop FILE           those of evolux_queue in a loop over the same queues, on one connection

EVOLUX_API_URL and EVOLUX_API_TOKEN name the tenant; EVOLUX_CA_PATH is trusted.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests


class Script:
    """A tenant, and the queues that it should have."""

    def __init__(self, queues: list[dict[str, str]], connections: int) -> None:
        self._queues = queues
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = os.environ.get("EVOLUX_CA_PATH") or True
        self._session.headers["token"] = os.environ["EVOLUX_API_TOKEN"]
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=connections))
        self._api = f"{os.environ['EVOLUX_API_URL']}/api/v1/queues"

    def _list(self) -> dict[str, Any]:
        return {queue["slug"]: queue for queue in self._session.get(self._api).json()["data"]}

    def _list_archived(self) -> None:
        self._session.get(self._api, params={"include_archived": "true"}).json()

    def _write(self, queue: dict[str, str], found: dict[str, Any] | None) -> int:
        """The id of the queue that was written; 0 if nothing was."""
        if found is None:
            done = self._session.post(self._api, json=queue)
            done.raise_for_status()
            return int(done.json()["data"]["id"])
        if found["name"] == queue["name"]:
            return 0
        self._session.put(f"{self._api}/{found['id']}", files={"name": (None, queue["name"])}).raise_for_status()
        return int(found["id"])

    def all(self, at_once: int) -> None:
        """Work like evolux_queues."""
        current = self._list()
        if any(queue["slug"] not in current for queue in self._queues):
            self._list_archived()
        with ThreadPoolExecutor(at_once) as pool:
            if any(list(pool.map(lambda queue: self._write(queue, current.get(queue["slug"])), self._queues))):
                self._list()

    def each(self) -> None:
        """Work like evolux_queue in a loop."""
        for queue in self._queues:
            found = self._list().get(queue["slug"])
            if found is None:
                self._list_archived()
            if id := self._write(queue, found):
                self._session.get(f"{self._api}/{id}").json()


if __name__ == "__main__":
    wanted = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))["evolux_queues"]
    if sys.argv[1] == "loop":
        Script(wanted, 1).each()
    else:
        Script(wanted, int(sys.argv[1])).all(int(sys.argv[1]))
