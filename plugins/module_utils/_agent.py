# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The agent, who answers calls: as the API shows it, and as users see it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

# The fields that the API's page shows for every agent, with their types.
_SHOWN: Final = {"id": int, "login": str, "name": str, "archived": bool, "enable": bool, "queues": list}
_KINDS: Final = {int: "a whole number", str: "text", bool: "true or false", list: "a list"}


class Agent(NamedTuple):
    """An agent as the API shows it.

    queues: the ids of the queues that the agent serves, sorted and without duplicates.
    extra: everything else that the API shows.
    """

    id: int
    login: str
    name: str
    archived: bool
    enabled: bool
    queues: tuple[int, ...]
    extra: Mapping[str, Any] = MappingProxyType({})

    def public(self) -> dict[str, Any]:
        """An agent as modules return it."""
        return {**self._asdict(), "queues": list(self.queues), "extra": dict(self.extra)}


def parse_agent(data: object) -> Agent:
    """An agent from an answer's data ("API - Agente").

    Raises ValueError, with the reason, if it has another shape than the API's page documents.
    """
    if not isinstance(data, dict):
        raise ValueError("an agent isn't an object")
    if missing := sorted(_SHOWN.keys() - data.keys()):
        raise ValueError(f"an agent lacks {', '.join(missing)}")
    for name, kind in _SHOWN.items():
        if not _is(kind, data[name]):
            raise ValueError(f"an agent's {name} isn't {_KINDS[kind]}")
    if not all(_is(int, id) for id in data["queues"]):
        raise ValueError("an agent's queues aren't whole numbers")
    return Agent(
        id=data["id"],
        login=data["login"],
        name=data["name"],
        archived=data["archived"],
        enabled=data["enable"],
        queues=tuple(sorted(set(data["queues"]))),
        extra={key: value for key, value in data.items() if key not in _SHOWN},
    )


def _is(kind: type, value: object) -> bool:
    # In Python, a boolean is also an int.
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
