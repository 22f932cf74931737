# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parsing an agent from an answer: what is used, what is kept as it is, and what isn't an agent."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.evolux.contact_center.plugins.module_utils._agent import parse_agent

ANA: dict[str, Any] = {"id": 40, "login": "ana", "name": "Ana", "archived": False, "enable": True, "queues": [4]}


@pytest.mark.parametrize(
    ("shown", "public"),
    [
        ({}, {}),
        ({"archived": True, "enable": False}, {"archived": True, "enabled": False}),
        ({"queues": [7, 4, 7]}, {"queues": [4, 7]}),
        ({"queues": []}, {"queues": []}),
        ({"last_login": {"id": 1}, "mfa_enabled": None}, {"extra": {"last_login": {"id": 1}, "mfa_enabled": None}}),
        ({"enabled": False}, {"extra": {"enabled": False}}),
    ],
)
def test_an_agent_as_users_see_it(shown: dict[str, Any], public: dict[str, Any]) -> None:
    usual = {"id": 40, "login": "ana", "name": "Ana", "archived": False, "enabled": True, "queues": [4], "extra": {}}
    assert parse_agent({**ANA, **shown}).public() == {**usual, **public}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, "an agent isn't an object"),
        ([ANA], "an agent isn't an object"),
        ({}, "an agent lacks archived, enable, id, login, name, queues"),
        *(({**ANA, "id": id}, "an agent's id isn't a whole number") for id in (None, True, "40", 40.0)),
        ({**ANA, "login": 40}, "an agent's login isn't text"),
        ({**ANA, "name": None}, "an agent's name isn't text"),
        ({**ANA, "archived": 1}, "an agent's archived isn't true or false"),
        ({**ANA, "enable": "true"}, "an agent's enable isn't true or false"),
        ({**ANA, "queues": None}, "an agent's queues isn't a list"),
        *(
            ({**ANA, "queues": [4, id]}, "an agent's queues aren't whole numbers")
            for id in (True, "5", None, {"id": 5})
        ),
    ],
)
def test_what_is_not_an_agent(data: object, says: str) -> None:
    with pytest.raises(ValueError, match=f"^{says}$"):
        parse_agent(data)
