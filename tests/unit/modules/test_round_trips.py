# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many round trips an operation takes: with a distant server, they are what people wait for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.evolux.contact_center.plugins.modules import (
    evolux_agent_info,
    evolux_queue,
    evolux_queue_info,
    evolux_queues,
    evolux_tenant_info,
)
from raw_server import Asked, RawTenant, plainly

HAS = [{"slug": f"s{n}", "name": f"S {n}", "number": str(4000 + n)} for n in range(20)]
NEW = [{"slug": f"q{n}", "name": f"Queue {n}", "number": str(5000 + n)} for n in range(200)]
RENAMED = [{**queue, "name": f"Renamed {queue['name']}"} for queue in HAS[:16]]


class Rounds:
    """Answers requests only once all requests of their round have arrived. sizes: the number in each round."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self.done, self.surplus = 0, 0
        self._sizes, self._come = sizes, 0
        self._changed = threading.Condition()

    def send(self, connection: socket.socket, asked: Asked, sent: bytes) -> bool:
        with self._changed:
            if (own := self.done) == len(self._sizes):
                self.surplus += 1
                return plainly(connection, asked, sent)
            self._come += 1
            if self._come == self._sizes[own]:
                self.done, self._come = own + 1, 0
                self._changed.notify_all()
            elif not self._changed.wait_for(lambda: self.done > own, timeout=10):
                return False
        return plainly(connection, asked, sent)


@pytest.mark.parametrize(
    ("module", "options", "rounds", "connections"),
    [
        # One list shows existing queues. Answers don't mark archived queues, so finding those takes two lists.
        pytest.param(evolux_queue, HAS[0], [1], 1, id="one queue, nothing to do"),
        pytest.param(evolux_queue, RENAMED[0], [1, 1, 1], 1, id="one queue, changed: list, edit, read"),
        pytest.param(evolux_queue, NEW[0], [1, 1, 1, 1], 1, id="one queue, created: two lists, create, read"),
        pytest.param(evolux_queue, {"id": 1, "name": "S 0"}, [1], 1, id="one queue by id, nothing to do"),
        pytest.param(evolux_queue, {"slug": "s0", "state": "archived"}, [1, 1, 1], 1, id="one queue, archived"),
        pytest.param(evolux_queues, {"queues": HAS}, [1], 1, id="many queues, nothing to do"),
        pytest.param(evolux_queues, {"queues": RENAMED, "concurrency": 8}, [1, 8, 8, 1], 8, id="many queues, changed"),
        pytest.param(
            evolux_queues,
            {"queues": NEW, "concurrency": 8},
            [1, 1, *[8] * 25, 1],
            8,
            id="200 queues created, 8 at once",
        ),
        pytest.param(
            evolux_queues,
            {"queues": NEW, "concurrency": 16},
            [1, 1, *[16] * 12, 8, 1],
            16,
            id="200 queues created, 16 at once",
        ),
        pytest.param(evolux_queue_info, {}, [1], 1, id="all queues"),
        pytest.param(evolux_queue_info, {"include_archived": True}, [1, 1], 1, id="all queues, archived ones too"),
        pytest.param(evolux_agent_info, {}, [1], 1, id="all agents"),
        pytest.param(evolux_tenant_info, {}, [1] * 8, 1, id="a first look"),
    ],
)
def test_round_trips(module: Any, options: Any, rounds: Sequence[int], connections: int, run_module: Any) -> None:
    """Each round is one round trip. Opening a connection takes one more, or two with TLS."""
    server = Rounds(rounds)
    with RawTenant(*({**queue, "max_wait_time": 60} for queue in HAS), send=server.send) as tenant:
        failed, result = run_module(module, SimpleNamespace(url=tenant.url, token="token"), dict(options))
        assert not failed, result
        assert (server.done, server.surplus) == (len(rounds), 0)
        assert len({asked.connection for asked in tenant.asked}) == connections
