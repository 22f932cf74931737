# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP side: the documented operations below /api/v1 and the control side below /_sandbox."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from . import faults
from .agents import Agent, agents_of
from .store import Queue, Store, slugify
from .switches import EDITABLE, SeedError, Switches

if TYPE_CHECKING:
    from .judge import Judge

_MISSING = "Missing required params"
_NOT_FOUND = "Queue not found"
# Nothing answers there: clients must not follow these URLs, as plain http would expose the token.
_PAGES_HOST = "http://pages.evolux.invalid"
_AGENTS_PATH = "/api/v1/agents"
_QUEUE_PATH = re.compile(r"/api/v1/queues(?:/([0-9]{1,15})(/pauses)?)?")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refused(Exception):
    """The API's answer to a request that it refuses.

    plain: whether a framework refuses it before it reaches the API. field: the parameter that is wrong.
    """

    def __init__(self, status: int, message: str, *, plain: bool = False, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.plain = plain
        self.field = field


@dataclass
class Tenant:
    """Everything that a tenant has besides its queues.

    stale: how many more reads show the queues as they were before the last write, and what they show.
    times: when the requests of the last second came.
    """

    switches: Switches = field(default_factory=Switches)
    agents: list[Agent] = field(default_factory=list)
    stale: tuple[int, list[Queue]] = (0, [])
    times: deque[float] = field(default_factory=deque)
    faults: list[faults.Fault] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)


def _json(data: Any, status: int = 200) -> web.Response:
    return web.Response(status=status, body=json.dumps(data).encode(), content_type="application/json")


def _envelope(
    data: Any, message: str = "OK", http_status: int = 200, meta_status: int = 200, pagination: Any = None
) -> web.Response:
    body = {"meta": {"status": meta_status, "message": message}, "data": data}
    if pagination is not None:
        body["pagination"] = pagination
    return _json(body, http_status)


def _refusal(refused: Refused, switches: Switches) -> web.Response:
    if refused.plain and switches.plain_refusals == "html":
        page = f"<html><title>{refused.message}</title></html>"
        return web.Response(status=refused.status, text=page, content_type="text/html")
    body: dict[str, Any] = {"meta": {"status": refused.status, "message": refused.message}, "data": None}
    if refused.field and switches.errors_object:
        body["errors"] = {refused.field: f"{refused.field} is not valid"}
    return _json(body, 200 if switches.refusals_in == "meta" else refused.status)


def _limit(tenant: Tenant) -> web.Response | None:
    """The refusal of a request that exceeds the limit; None if it doesn't."""
    most, now = tenant.switches.requests_per_second, time.monotonic()
    if most is None:
        return None
    while tenant.times and tenant.times[0] <= now - 1:
        tenant.times.popleft()
    if len(tenant.times) < most:
        tenant.times.append(now)
        return None
    status = 503 if tenant.switches.limited_as == "503" else 429
    refusal = _envelope(None, "Too many requests", status, status)
    if "without" not in tenant.switches.limited_as:
        refusal.headers["Retry-After"] = "1"
    return refusal


class App:
    """All tenants of one server, and the request handlers."""

    def __init__(self, judge: Judge | None = None) -> None:
        self.store = Store()
        self.judge = judge
        self.tenants: dict[str, Tenant] = {}
        self.requests: list[dict[str, Any]] = []

    def web_app(self) -> web.Application:
        app = web.Application(client_max_size=16 * 1024 * 1024)
        tenant = "/_sandbox/tenants/{token:[^/]+}"
        app.add_routes(
            [
                web.get("/_sandbox", _control(self.ready)),
                web.get("/_sandbox/judgement", _control(self.judgement)),
                web.get("/_sandbox/requests", _control(self.all_requests)),
                web.put(tenant, _control(self.put_tenant)),
                web.get(tenant, _control(self.get_tenant)),
                web.delete(tenant, _control(self.delete_tenant)),
                web.patch(tenant + "/switches", _control(self.patch_switches)),
                web.patch(tenant + "/queues/{id:[0-9]{1,15}}", _control(self.patch_queue)),
                web.post(tenant + "/faults", _control(self.post_fault)),
                web.get(tenant + "/faults", _control(self.get_faults)),
                web.delete(tenant + "/faults", _control(self.delete_faults)),
                web.get(tenant + "/requests", _control(self.get_requests)),
                web.delete(tenant + "/requests", _control(self.delete_requests)),
                web.post(tenant + "/marks", _control(self.post_mark)),
                web.route("*", "/_sandbox{tail:(/.*)?}", _control(_no_such_control)),
                web.route("*", r"/{tail:[\s\S]*}", self.serve),
            ]
        )
        return app

    # The API side

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Log the request, apply faults, and answer as "API - Filas" documents."""
        token = request.headers.get("token", "")
        tenant = self.tenants.get(token)
        # A wrong token belongs to no tenant, so take the switches of the tenant whose token it begins with.
        similar = (other for right, other in self.tenants.items() if token.startswith(right))
        switches = (tenant or next(similar, Tenant())).switches
        entry: dict[str, Any] = {
            "method": request.method,
            "path": request.path,
            "query": dict(request.query),
            "headers": dict(request.headers),
            "body": None,
            "status": None,
            "processed": False,
        }
        self.requests.append(entry)
        if tenant is not None:
            tenant.log.append(entry)
        # Before anything is awaited, so that faults hit requests in the order of their arrival.
        hits = faults.take(tenant.faults, request.method, request.path) if tenant is not None else []

        body, unreadable = await _read_body(request)
        entry["body"] = body
        if self.judge and switches.as_described:
            self.judge.request(request.method, request.path, request.query, request.headers, body)

        def process() -> web.Response:
            entry["processed"] = True
            try:
                if tenant is None:
                    status = switches.bad_token
                    words = "Missing token." if status == 400 else "Unauthorized"
                    raise Refused(status, words, plain=True)
                if unreadable is not None:
                    raise unreadable
                return _limit(tenant) or self._process(request, token, tenant, body)
            except Refused as refused:
                return _refusal(refused, switches)
            except sqlite3.IntegrityError:
                return _refusal(Refused(500, "Data insertion may break a database constraint"), switches)

        # The answer that a fault spoils if the request isn't processed.
        answer = _envelope([])
        latencies = [hit for hit in hits if hit.kind == "latency"]
        for latency in latencies:
            if latency.when == "before":
                await asyncio.sleep(latency.seconds)
        fault = next((hit for hit in hits if hit.kind != "latency"), None)
        if fault is None or fault.when == "after":
            answer = process()
            if self.judge and switches.as_described:
                data = answer.body if isinstance(answer.body, bytes) else b""
                self.judge.answer(request.method, request.path, answer.status, data)
        for latency in latencies:
            if latency.when == "after":
                await asyncio.sleep(latency.seconds)
        if fault is None:
            entry["status"] = answer.status
            return answer
        if fault.kind not in ("cut", "hang"):
            entry["status"] = faults.status_of(fault, answer)
        return await faults.apply(fault, request, answer)

    def _process(self, request: web.Request, token: str, tenant: Tenant, body: Any) -> web.Response:
        if request.path == _AGENTS_PATH and tenant.switches.agents:
            return self._agents(tenant, request)
        match = _QUEUE_PATH.fullmatch(request.path)
        if match is None:
            raise Refused(404, "Not found", plain=True)
        id, pauses = match.groups()
        operation = f"{request.method} {'pauses' if pauses else 'queue' if id else 'queues'}"
        switches = tenant.switches
        query = {"include_archived"}
        match operation:
            case "GET pauses":
                query = {"limit", "page"}
            case "GET queues" if switches.list_page_cap is not None:
                query = {"include_archived", "page"}
            case "GET queues" | "GET queue":
                pass
            case "POST queues" | "PUT queue" | "DELETE queue":
                query = set()
            case _:
                raise Refused(405, "Method not allowed", plain=True)
        _check_query(request, query, switches)
        match operation:
            case "GET queues":
                return self._list(token, tenant, request.query)
            case "POST queues":
                return self._create(token, tenant, request, body)
            case "GET queue":
                queue = next((queue for queue in self._seen(token, tenant) if queue.id == int(id)), None)
            case _:
                queue = self.store.queue(token, int(id))
        changes = _changes(request, body, switches) if operation == "PUT queue" else {}
        if queue is None:
            raise Refused(404, _NOT_FOUND)
        match operation:
            case "GET queue":
                if queue.archived and request.query.get("include_archived") != "true":
                    raise Refused(switches.forbidden_by_state, "Queue archived not requested")
                return _envelope(_shown(queue, switches, switches.show_max_wait_time != "never"))
            case "GET pauses":
                if queue.archived and switches.archived_pauses == "refused":
                    raise Refused(switches.forbidden_by_state, "Queue archived not requested")
                return self._pauses(token, switches, queue, request.query)
            case "PUT queue":
                if queue.archived:
                    raise Refused(switches.forbidden_by_state, "Archived queue can not be edited")
                effective = {name: value for name, value in changes.items() if name not in switches.edit_without_effect}
                if did := effective.get("public_number"):
                    self._check_did(token, switches, did)
                self._write(token, tenant, queue, effective)
                return self._written(token, queue.id, switches, switches.edit_answer)
        if queue.archived:
            match switches.archive_again:
                case "not_found":
                    raise Refused(404, _NOT_FOUND)
                case "forbidden":
                    raise Refused(switches.forbidden_by_state, "Queue archived not requested")
        elif queue.enabled:
            raise Refused(switches.forbidden_by_state, "Enabled queue can not be archived")
        elif not switches.archive_without_effect:
            self._write(token, tenant, queue, {"archived": True})
        return self._written(token, queue.id, switches, switches.archive_answer)

    def _write(self, token: str, tenant: Tenant, queue: Queue, columns: Mapping[str, Any]) -> None:
        before = self.store.queues(token, include_archived=True)
        self.store.update(token, queue.id, columns)
        tenant.stale = (tenant.switches.reads_lag, before)

    def _seen(self, token: str, tenant: Tenant) -> list[Queue]:
        """All queues as the next read sees them; it counts as a read."""
        left, before = tenant.stale
        tenant.stale = (max(0, left - 1), before)
        return before if left else self.store.queues(token, include_archived=True)

    def _written(self, token: str, id: int, switches: Switches, answer: str) -> web.Response:
        """The answer to an edit or an archive."""
        queue = self.store.queue(token, id)
        if answer == "queue" and queue:
            return _envelope(_shown(queue, switches, False))
        if answer == "id":
            return _envelope({"id": id})
        return web.Response(status=204 if answer == "none" else 200, body=b"", content_type="application/json")

    def _list(self, token: str, tenant: Tenant, query: Mapping[str, str]) -> web.Response:
        switches = tenant.switches
        with_archived = query.get("include_archived") == "true"
        queues = [queue for queue in self._seen(token, tenant) if with_archived or not queue.archived]
        if switches.list_order == "name":
            queues.sort(key=lambda queue: queue.name)
        elif switches.list_order == "newest":
            queues.reverse()
        pagination = None
        if (cap := switches.list_page_cap) is not None:
            page = _page(switches, _positive(query, "page", 1), -(-len(queues) // cap))
            if switches.list_pagination:
                pagination = _pagination("/api/v1/queues", query, cap, cap, page, len(queues))
            queues = queues[(page - 1) * cap : page * cap]
        shown = [_shown(queue, switches, switches.show_max_wait_time == "always") for queue in queues]
        return _envelope(shown, "Created", pagination=pagination)

    def _create(self, token: str, tenant: Tenant, request: web.Request, body: Any) -> web.Response:
        switches = tenant.switches
        if request.content_type != "application/json":
            raise Refused(415, "Content-Type must be application/json", plain=True)
        if not isinstance(body, dict):
            raise Refused(400, _MISSING)
        unknown = set(body) - {"name", "slug", "number", "public_number"} if switches.unknown == "refused" else set()
        if unknown:
            raise Refused(400, f"Unknown params: {', '.join(sorted(unknown))}", field=min(unknown))
        name, number = _name(body.get("name")), _number(body.get("number"), switches)
        slug, public_number = body.get("slug"), body.get("public_number")
        if "slug" in body:
            slug = _slug(slug, switches)
        if "public_number" in body:
            if not (isinstance(public_number, str) and _is_text(public_number)):
                raise Refused(400, "Invalid public_number", field="public_number")
            self._check_did(token, switches, public_number)
        before = self.store.queues(token, include_archived=True)
        id = self.store.create(token, name, number, slug, public_number, switches.enable_new_queues)
        tenant.stale = (switches.reads_lag, before)
        # As in the documentation's example: 201 in HTTP, 200 in meta.status.
        return _envelope({"id": id}, "Created", 201)

    def _check_did(self, token: str, switches: Switches, did: str) -> None:
        if switches.unknown_did == "refused" and did not in self.store.dids(token):
            raise Refused(400, "Invalid public_number", field="public_number")

    def _agents(self, tenant: Tenant, request: web.Request) -> web.Response:
        """A page of agents, including archived ones."""
        if request.method != "GET":
            raise Refused(405, "Method not allowed", plain=True)
        switches, query = tenant.switches, request.query
        _check_query(request, {"limit", "page"}, switches)
        agents = tenant.agents
        if switches.agents_order == "name":
            agents = sorted(agents, key=lambda agent: str(agent["name"]))
        elif switches.agents_order == "newest":
            agents = agents[::-1]
        limit = _per_page(query, switches)
        page = _page(switches, _positive(query, "page", 1), -(-len(agents) // limit))
        pagination = None
        if switches.agents_pagination:
            # In the documentation's example, max_limit equals the limit in the request.
            pagination = _pagination(f"{_AGENTS_PATH}/", query, limit, limit, page, len(agents))
        return _envelope(agents[(page - 1) * limit : page * limit], pagination=pagination)

    def _pauses(self, token: str, switches: Switches, queue: Queue, query: Mapping[str, str]) -> web.Response:
        limit = _per_page(query, switches)
        count = self.store.count_pauses(token, queue.id)
        page = _page(switches, _positive(query, "page", 1), -(-count // limit))
        pagination = None
        if switches.pauses_pagination:
            path = f"/api/v1/queues/{queue.id}/pauses"
            pagination = _pagination(path, query, limit, switches.page_cap, page, count)
        return _envelope(self.store.pauses(token, queue.id, limit, (page - 1) * limit), pagination=pagination)

    # The control side

    async def ready(self, request: web.Request) -> web.Response:
        return _json({"ready": True, "tenants": list(self.tenants)})

    async def judgement(self, request: web.Request) -> web.Response:
        judge = self.judge
        if judge is None:
            raise Refused(404, "there is no judge: the sandbox was started without --description")
        return _json({"requests": judge.requests, "answers": judge.answers, "objections": judge.objections})

    async def all_requests(self, request: web.Request) -> web.Response:
        return _json(self.requests)

    async def put_tenant(self, request: web.Request) -> web.Response:
        seed = await _object(request, "dids", "queues", "agents", "switches", "next_id")
        for name in ("dids", "queues", "agents"):
            if not isinstance(seed.get(name, []), list):
                raise SeedError(f"{name} must be a list")
        self.add_tenant(request.match_info["token"], **seed)
        return _json({})

    def add_tenant(
        self, token: str, switches: Mapping[str, Any] | None = None, agents: Sequence[Any] = (), **seed: Any
    ) -> None:
        """Create a tenant, or replace it completely, including its faults and its log."""
        changed = _switched(Switches(), switches or {})
        people = agents_of(agents)
        self.store.replace_tenant(token, switches=changed, **seed)
        self.tenants[token] = Tenant(changed, people)

    async def get_tenant(self, request: web.Request) -> web.Response:
        token, tenant = self._tenant(request)
        queues = [asdict(queue) for queue in self.store.queues(token, include_archived=True)]
        dids, switches = self.store.dids(token), asdict(tenant.switches)
        return _json({"queues": queues, "agents": tenant.agents, "dids": dids, "switches": switches})

    async def delete_tenant(self, request: web.Request) -> web.Response:
        token, _tenant = self._tenant(request)
        self.store.delete_tenant(token)
        del self.tenants[token]
        return _json({})

    async def patch_switches(self, request: web.Request) -> web.Response:
        changes = await _object(request)
        token, tenant = self._tenant(request)
        tenant.switches = self.store.switches[token] = _switched(tenant.switches, changes)
        return _json(asdict(tenant.switches))

    async def patch_queue(self, request: web.Request) -> web.Response:
        columns = await _object(request)
        token, _tenant = self._tenant(request)
        id = int(request.match_info["id"])
        if self.store.queue(token, id) is None:
            raise Refused(404, f"no queue {id}")
        self.store.poke(token, id, columns)
        queue = self.store.queue(token, id)
        return _json(asdict(queue) if queue else None)

    async def post_fault(self, request: web.Request) -> web.Response:
        order = await _object(request)
        _token, tenant = self._tenant(request)
        fault = faults.make(order)
        tenant.faults.append(fault)
        return _json(fault.describe(), 201)

    async def get_faults(self, request: web.Request) -> web.Response:
        return _json([fault.describe() for fault in self._tenant(request)[1].faults])

    async def delete_faults(self, request: web.Request) -> web.Response:
        self._tenant(request)[1].faults.clear()
        return _json({})

    async def get_requests(self, request: web.Request) -> web.Response:
        return _json(self._tenant(request)[1].log)

    async def delete_requests(self, request: web.Request) -> web.Response:
        self._tenant(request)[1].log.clear()
        return _json({})

    async def post_mark(self, request: web.Request) -> web.Response:
        mark = await _object(request, "label")
        self._tenant(request)[1].log.append({"mark": mark.get("label")})
        return _json({}, 201)

    def _tenant(self, request: web.Request) -> tuple[str, Tenant]:
        token = request.match_info["token"]
        if token not in self.tenants:
            raise Refused(404, f"no tenant {token}")
        return token, self.tenants[token]


def _control(handler: Handler) -> Handler:
    """Wrap a handler of the control side: its errors are JSON that never looks like the API's."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refused as refused:
            return _json({"error": refused.message}, refused.status)
        except (SeedError, UnicodeError) as error:
            return _json({"error": str(error)}, 400)

    return handle


async def _no_such_control(request: web.Request) -> web.Response:
    raise Refused(404, f"no {request.method} {request.path} on the control side")


async def _object(request: web.Request, *allowed: str) -> dict[str, Any]:
    try:
        data = json.loads(await request.read())
    except ValueError as error:
        raise SeedError(f"the body isn't JSON: {error}") from None
    if not isinstance(data, dict):
        raise SeedError("the body must be an object")
    if allowed and (unknown := set(data) - set(allowed)):
        raise SeedError(f"unknown field {', '.join(sorted(unknown))}")
    return data


def _switched(switches: Switches, changes: Any) -> Switches:
    if not isinstance(changes, dict):
        raise SeedError("switches must be an object")
    unknown = set(changes) - {entry.name for entry in fields(Switches)}
    if unknown:
        raise SeedError(f"unknown switch {', '.join(sorted(unknown))}")
    return replace(switches, **changes)


async def _read_body(request: web.Request) -> tuple[Any, Refused | None]:
    """The body as JSON or as the fields of a form, and the API's refusal if it is neither."""
    try:
        if request.content_type == "multipart/form-data":
            form = await request.post()
            fields = {name: value if isinstance(value, str) else None for name, value in form.items()}
            if len(form) != len(fields):
                return fields, Refused(400, "A field was sent more than once")
            if None in fields.values():
                return fields, Refused(400, "Files are not accepted")
            return fields, None
        raw = await request.read()
        if request.content_type == "application/json" and raw:
            return json.loads(raw), None
    except web.HTTPRequestEntityTooLarge:
        return None, Refused(413, "Request too large")
    except (ValueError, LookupError, AssertionError, RecursionError, HttpProcessingError):
        return None, Refused(400, "The body can not be read")
    return None, None


def _is_text(value: str) -> bool:
    # JSON can contain lone surrogates, which aren't text.
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not _is_text(value):
        raise Refused(400, _MISSING, field="name")
    return value


def _number(value: Any, switches: Switches) -> str:
    if not isinstance(value, str) or not (_is_digits(value) if switches.numbers == "digits" else _is_text(value)):
        raise Refused(400, _MISSING, field="number")
    return value


def _slug(value: Any, switches: Switches) -> str:
    made = slugify(value, switches.accents_in_slugs) if isinstance(value, str) else ""
    if not made or (value != made and switches.slug_form == "refused") or not _is_text(value):
        raise Refused(400, "Invalid slug", field="slug")
    return made if switches.slug_form == "made" else str(value)


def _is_digits(value: str) -> bool:
    return value.isascii() and value.isdigit()


def _changes(request: web.Request, body: Any, switches: Switches) -> dict[str, Any]:
    """The columns that an edit sets."""
    refused = Refused(switches.missing_fields, "Missing fields or trying to update slug")
    kinds = {"form": ("multipart/form-data",), "json": ("application/json",)}
    if request.content_type not in kinds.get(switches.edit_as, ("multipart/form-data", "application/json")):
        if switches.edit_as == "form":
            raise Refused(415, "Content-Type must be multipart/form-data", plain=True)
        raise refused
    if not isinstance(body, dict) or not body or "slug" in body:
        raise refused
    unknown = set(body) - set(EDITABLE)
    if unknown and switches.unknown == "refused":
        raise Refused(400, f"Unknown params: {', '.join(sorted(unknown))}", field=min(unknown))
    changes: dict[str, Any] = {name: value for name, value in body.items() if name in EDITABLE}
    if "name" in changes:
        _name(changes["name"])
    if "number" in changes:
        _number(changes["number"], switches)
    if "max_wait_time" in changes:
        # Forms contain only text, and in JSON, 60 and 60.0 are the same number.
        seconds = changes["max_wait_time"]
        seconds = str(int(seconds) if isinstance(seconds, float) and seconds.is_integer() else seconds)
        if not _is_digits(seconds) or len(seconds) > 15:
            raise Refused(400, "Invalid max_wait_time", field="max_wait_time")
        changes["max_wait_time"] = int(seconds)
    if "public_number" in changes and not isinstance(changes["public_number"], str):
        raise Refused(400, "Invalid public_number", field="public_number")
    if changes.get("public_number") == "":
        if switches.empty_did == "refused":
            raise Refused(400, "Invalid public_number", field="public_number")
        changes["public_number"] = None
    return changes


def _check_query(request: web.Request, known: set[str], switches: Switches) -> None:
    unknown = set(request.query) - known if switches.unknown == "refused" else set()
    if unknown or len(request.query) != len(set(request.query)):
        raise Refused(400, f"Unknown or repeated query parameters: {', '.join(sorted(unknown or request.query))}")


def _per_page(query: Mapping[str, str], switches: Switches) -> int:
    """How many items a page has if the client can choose."""
    limit = _positive(query, "limit", min(50, switches.page_cap))
    if limit > switches.page_cap and switches.limit_above == "refused":
        raise Refused(400, "Invalid limit", field="limit")
    return min(limit, switches.page_cap)


def _page(switches: Switches, page: int, pages: int) -> int:
    """The page to show for the requested one."""
    if page <= max(1, pages):
        return page
    match switches.past_end:
        case "not_found":
            raise Refused(404, "Not found", plain=True)
        case "refused":
            raise Refused(400, "Invalid page", field="page")
        case "last":
            return max(1, pages)
    return page


def _positive(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not _is_digits(text) or len(text) > 15 or int(text) == 0:
        raise Refused(400, f"Invalid {name}", field=name)
    return int(text)


def _shown(queue: Queue, switches: Switches, with_max_wait_time: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": queue.id,
        "name": queue.name,
        "slug": queue.slug,
        "number": queue.number,
        "public_number": queue.public_number,
    }
    if switches.numbers_as_json:
        for name in ("number", "public_number"):
            text = shown[name]
            if text is not None and _is_digits(text) and str(int(text)) == text:
                shown[name] = int(text)
    if with_max_wait_time:
        shown["max_wait_time"] = queue.max_wait_time
    return shown | switches.extra_fields


def _pagination(
    path: str, query: Mapping[str, str], limit: int, max_limit: int, page: int, total: int
) -> dict[str, Any]:
    """The object `pagination` as documented on "API - Agente". items: on this page; total: on all pages."""
    last = max(1, -(-total // limit))

    def url(number: int) -> str | None:
        return f"{_PAGES_HOST}{path}?{urlencode({**query, 'page': number})}" if 1 <= number <= last else None

    return {
        "limit": limit,
        "max_limit": max_limit,
        "items": max(0, min(limit, total - (page - 1) * limit)),
        "total": total,
        "first_url": url(1),
        "next_url": url(page + 1),
        "last_url": url(last),
        "prev_url": url(page - 1),
        "current_url": url(page),
    }
