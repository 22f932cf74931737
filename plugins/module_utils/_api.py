# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The operations of the Evolux API: paths, bodies and shapes. Source: its pages "API - Filas" and "API - Agente"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from ansible_collections.evolux.contact_center.plugins.module_utils._connection import API, Answer, Request
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._http import Client, more_pages
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import Queue, parse_queue, payload

if TYPE_CHECKING:
    from ansible_collections.evolux.contact_center.plugins.module_utils._agent import Agent

_T = TypeVar("_T", Queue, "Agent")

_QUEUES: Final = f"{API}/queues"
_AGENTS: Final = f"{API}/agents"
_LIST_QUEUES: Final = Request("Listing the queues", "GET", _QUEUES)
_LIST_AGENTS: Final = Request("Listing the agents", "GET", _AGENTS)
# The documented maximum, of pauses and of agents.
_FIRST_PAGE: Final = {"limit": "50", "page": "1"}


def _archived_too(wanted: bool) -> dict[str, str]:
    return {"include_archived": "true"} if wanted else {}


class Glance(NamedTuple):
    """What the first pages of a list reveal.

    items: the items on them; raw: the same as the API shows them.
    total: how many items the list has in total; None if that takes more pages.
    is_paged: whether the server returns the list in pages.
    """

    items: list[Any]
    raw: list[dict[str, Any]]
    total: int | None
    is_paged: bool


class Api:
    """One tenant's API. Every method raises EvoluxError; all may be called from several threads."""

    def __init__(self, http: Client) -> None:
        self.http = http
        self._edits_are_json = False

    def list_queues(
        self, *, include_archived: bool = False, enough: Callable[[Queue], bool] | None = None
    ) -> list[Queue]:
        """All active queues, and the archived ones too if requested. Nothing in an answer tells them apart.

        enough: whether the pages after this queue's page don't matter.
        """
        queues: dict[int | None, Queue] = {}
        # The API documents no pages of queues, so don't ask for one.
        for _answer, found in self._pages(parse_queue, _LIST_QUEUES, _archived_too(include_archived), "queues"):
            queues.update(found)
            if enough and any(map(enough, found.values())):
                break
        return list(queues.values())

    def read_queue(self, id: int, *, include_archived: bool = False) -> Queue:
        """One queue. Raises EvoluxError: not_found, or archived if it is archived and include_archived is false."""
        query = _archived_too(include_archived)
        answer = self.http.send(Request(f"Reading the queue with id {id}", "GET", f"{_QUEUES}/{id}"), params=query)
        found = self._parsed(parse_queue, answer.json.get("data"), answer)
        if found.id != id:
            raise self.http.bad_answer(answer, "the queue has a different id")
        return found

    def list_pauses(self, id: int) -> list[dict[str, Any]]:
        """All pauses of a queue, as the API shows them. Raises EvoluxError: archived if those aren't shown."""
        request = Request(f"Listing the pauses of the queue with id {id}", "GET", f"{_QUEUES}/{id}/pauses")
        pages = self.http.pages(request, _FIRST_PAGE)
        return [self.http.without_token(pause) for answer in pages for pause in answer.json["data"]]

    def list_agents(self) -> list[Agent]:
        """All agents, including archived ones, in the server's order.

        Raises EvoluxError: not_found if the server is older than this part of the API.
        """
        # Most modules don't need it, and startup should be fast.
        from ansible_collections.evolux.contact_center.plugins.module_utils._agent import parse_agent

        agents: dict[int | None, Agent] = {}
        try:
            for _answer, found in self._pages(parse_agent, _LIST_AGENTS, _FIRST_PAGE, "agents"):
                agents.update(found)
        except EvoluxError as error:
            if agents or error.code != "not_found":
                raise
            text = (
                f"Listing the agents failed: the server returned HTTP {error.status} "
                f"({error.message or 'no message'}), so it has no API for agents, which was added in Evolux 6.15.0; "
                "ask Evolux for an update, or check that api_url is this tenant's address."
            )
            raise error.explained(text) from None
        return list(agents.values())

    def glance_at_queues(self, most: int, *, include_archived: bool = False) -> Glance:
        """As many first pages of the list of queues as it takes to count them. most: how many pages to read at most."""
        return self._glance(parse_queue, _LIST_QUEUES, _archived_too(include_archived), "queues", most)

    def glance_at_agents(self, most: int) -> Glance:
        """The same for the list of agents, including archived ones. Raises EvoluxError like list_agents."""
        from ansible_collections.evolux.contact_center.plugins.module_utils._agent import parse_agent

        return self._glance(parse_agent, _LIST_AGENTS, _FIRST_PAGE, "agents", most)

    def _glance(
        self, parse: Callable[[object], Any], request: Request, query: Mapping[str, str], what: str, most: int
    ) -> Glance:
        items: dict[int | None, Any] = {}
        raw: list[dict[str, Any]] = []
        is_paged = False
        for pages, (answer, found) in enumerate(self._pages(parse, request, query, what), 1):
            items.update(found)
            raw += answer.json["data"]
            pagination = answer.json.get("pagination")
            is_paged = is_paged or pages > 1 or isinstance(pagination, dict)
            total = pagination.get("total") if isinstance(pagination, dict) else None
            is_told = isinstance(total, int) and total > len(items)
            if (is_told or pages >= most) and more_pages(answer, query)[0]:
                return Glance(list(items.values()), raw, total if is_told else None, is_paged)
        return Glance(list(items.values()), raw, len(items), is_paged)

    def create_queue(self, fields: Mapping[str, str]) -> int:
        """Create a queue and return its id. fields: what a create accepts; without a slug, the server chooses one."""
        answer = self.http.send(Request(f"Creating the queue '{fields['name']}'", "POST", _QUEUES), json=dict(fields))
        data = answer.json.get("data")
        id = data.get("id") if isinstance(data, dict) else None
        if not isinstance(id, int) or isinstance(id, bool):
            raise self.http.bad_answer(answer, "it has no id")
        return id

    def edit_queue(self, id: int, fields: Mapping[str, Any]) -> None:
        """Change fields of a queue.

        The API's page requires form-data, but one of its versions required JSON. A server that finds no fields in a
        form gets the same edit as JSON, and later edits use JSON at once.
        """
        request = Request(f"Editing the queue with id {id}", "PUT", f"{_QUEUES}/{id}")
        form = {name: (None, value) for name, value in payload(fields).items()}
        if self._edits_are_json:
            self.http.send(request, json=dict(fields))
            return
        try:
            self.http.send(request, files=form)
        except EvoluxError as error:
            if not error.is_refusal or error.saying != "missing fields":
                raise
            try:
                self.http.send(request, json=dict(fields))
            except EvoluxError as second:
                # If the server doesn't accept JSON either, what it says about JSON doesn't help.
                raise error if second.saying == "missing fields" or second.status == 415 else second from None
            self._edits_are_json = True

    def archive_queue(self, id: int) -> None:
        """Archive a queue, which the API can't undo."""
        self.http.send(Request(f"Archiving the queue with id {id}", "DELETE", f"{_QUEUES}/{id}"))

    def _pages(
        self, parse: Callable[[object], _T], request: Request, query: Mapping[str, str], what: str
    ) -> Iterator[tuple[Answer, dict[int | None, _T]]]:
        """The pages of a list, each with its items by id.

        If somebody creates an item in between, others may move to the next page and be on both.
        """
        seen: set[int | None] = set()
        for answer in self.http.pages(request, query):
            found = self._by_id(parse, answer, what)
            if found.keys() <= seen and not more_pages(answer, query)[1]:
                return  # the last page again, with something changed in the meantime
            seen.update(found)
            yield answer, found

    def _by_id(self, parse: Callable[[object], _T], answer: Answer, what: str) -> dict[int | None, _T]:
        """The items of a page by id, in the page's order."""
        items = answer.json["data"]
        found: dict[int | None, _T] = {item.id: item for item in (self._parsed(parse, data, answer) for data in items)}
        if len(found) < len(items):
            raise self.http.bad_answer(answer, f"two {what} have the same id")
        return found

    def _parsed(self, parse: Callable[[object], _T], data: object, answer: Answer) -> _T:
        """An item of an answer. parse: raises ValueError, with the reason, if the item has another shape."""
        try:
            found = parse(data)
        except ValueError as error:
            raise self.http.bad_answer(answer, str(error)) from None
        return found._replace(extra=self.http.without_token(found.extra)) if found.extra else found
