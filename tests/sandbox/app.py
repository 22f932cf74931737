# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP side: six documented operations below /api/v1 and the control side below /_sandbox."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from . import faults
from .store import Queue, SeedError, Store, Switches, slugify

if TYPE_CHECKING:
    from .judge import Judge

_MISSING = "Missing required params"
_NOT_FOUND = "Queue not found"
# Nobody answers there: the pages' URLs must not be followed, since plain http would show the token.
_PAGES_HOST = "http://pages.evolux.invalid"
_QUEUE_PATH = re.compile(r"/api/v1/queues(?:/([0-9]{1,15})(/pauses)?)?")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refused(Exception):
    """The API's answer to a request that it refuses."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass
class Tenant:
    """What a tenant has besides its queues."""

    switches: Switches = field(default_factory=Switches)
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


def _refusal(status: int, message: str) -> web.Response:
    return _envelope(None, message, status, status)


class App:
    """All tenants of one server and the handlers on them."""

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
        """Log the request, let the faults have it, and answer as "API - Filas" says."""
        token = request.headers.get("token", "")
        tenant = self.tenants.get(token)
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
        # Taken on arrival, before anything is awaited, so that the order of arrival decides.
        hits = faults.take(tenant.faults, request.method, request.path) if tenant is not None else []

        body, unreadable = await _read_body(request)
        entry["body"] = body
        if self.judge:
            self.judge.request(request.method, request.path, request.query, request.headers, body)

        def process() -> web.Response:
            entry["processed"] = True
            try:
                if tenant is None:
                    raise Refused(401, "Unauthorized")
                if unreadable is not None:
                    raise unreadable
                return self._process(request, token, tenant.switches, body)
            except Refused as refused:
                return _refusal(refused.status, refused.message)
            except sqlite3.IntegrityError:
                return _refusal(500, "Data insertion may break a database constraint")

        # An unprocessed request has no answer of its own; faults that spoil one get this.
        answer = _envelope([])
        latencies = [hit for hit in hits if hit.kind == "latency"]
        for latency in latencies:
            if latency.when == "before":
                await asyncio.sleep(latency.seconds)
        fault = next((hit for hit in hits if hit.kind != "latency"), None)
        if fault is None or fault.when == "after":
            answer = process()
            if self.judge:
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

    def _process(self, request: web.Request, token: str, switches: Switches, body: Any) -> web.Response:
        match = _QUEUE_PATH.fullmatch(request.path)
        if match is None:
            raise Refused(404, "Not found")
        id, pauses = match.groups()
        operation = f"{request.method} {'pauses' if pauses else 'queue' if id else 'queues'}"
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
                raise Refused(405, "Method not allowed")
        unknown = set(request.query) - query
        if unknown or len(request.query) != len(set(request.query)):
            raise Refused(400, f"Unknown or repeated query parameters: {', '.join(sorted(unknown or request.query))}")
        match operation:
            case "GET queues":
                return self._list(token, switches, request.query)
            case "POST queues":
                return self._create(token, switches, request, body)
        changes = _changes(request, body) if operation == "PUT queue" else {}
        queue = self.store.queue(token, int(id))
        if queue is None:
            raise Refused(404, _NOT_FOUND)
        match operation:
            case "GET queue":
                if queue.archived and request.query.get("include_archived") != "true":
                    raise Refused(422, "Queue archived not requested")
                return _envelope(_shown(queue, switches, switches.show_max_wait_time != "never"))
            case "GET pauses":
                return self._pauses(token, switches, queue, request.query)
            case "PUT queue":
                if queue.archived:
                    raise Refused(422, "Archived queue can not be edited")
                self.store.update(token, queue.id, changes)
                return _envelope({"id": queue.id})
        if queue.archived:
            raise Refused(404, _NOT_FOUND)
        if queue.enabled:
            raise Refused(422, "Enabled queue can not be archived")
        self.store.update(token, queue.id, {"archived": True})
        if switches.empty_archive_body:
            return web.Response(body=b"", content_type="application/json")
        return _envelope({"id": queue.id})

    def _list(self, token: str, switches: Switches, query: Mapping[str, str]) -> web.Response:
        queues = self.store.queues(token, query.get("include_archived") == "true")
        pagination = None
        if (cap := switches.list_page_cap) is not None:
            page = _positive(query, "page", 1)
            pagination = _pagination("/api/v1/queues", query, cap, cap, page, len(queues))
            queues = queues[(page - 1) * cap : page * cap]
        shown = [_shown(queue, switches, switches.show_max_wait_time == "always") for queue in queues]
        return _envelope(shown, "Created", pagination=pagination)

    def _create(self, token: str, switches: Switches, request: web.Request, body: Any) -> web.Response:
        if request.content_type != "application/json":
            raise Refused(415, "Content-Type must be application/json")
        if not isinstance(body, dict):
            raise Refused(400, _MISSING)
        unknown = set(body) - {"name", "slug", "number", "public_number"}
        if unknown:
            raise Refused(400, f"Unknown params: {', '.join(sorted(unknown))}")
        name, number = _name(body.get("name")), _number(body.get("number"))
        slug, public_number = body.get("slug"), body.get("public_number")
        if "slug" in body and not (isinstance(slug, str) and slug and slug == slugify(slug)):
            raise Refused(400, "Invalid slug")
        if "public_number" in body and not (isinstance(public_number, str) and _is_text(public_number)):
            raise Refused(400, "Invalid public_number")
        id = self.store.create(token, name, number, slug, public_number, switches.enable_new_queues)
        # The documented example: HTTP says 201, meta.status says 200.
        return _envelope({"id": id}, "Created", 201)

    def _pauses(self, token: str, switches: Switches, queue: Queue, query: Mapping[str, str]) -> web.Response:
        limit = min(_positive(query, "limit", 50), switches.page_cap)
        page = _positive(query, "page", 1)
        pagination = None
        if switches.pauses_pagination:
            path = f"/api/v1/queues/{queue.id}/pauses"
            count = self.store.count_pauses(token, queue.id)
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
        seed = await _object(request, "dids", "queues", "switches", "next_id")
        for name in ("dids", "queues"):
            if not isinstance(seed.get(name, []), list):
                raise SeedError(f"{name} is a list")
        self.add_tenant(request.match_info["token"], **seed)
        return _json({})

    def add_tenant(self, token: str, switches: Mapping[str, Any] | None = None, **seed: Any) -> None:
        """Create or wholly replace a tenant, its faults and its log included."""
        changed = _switched(Switches(), switches or {})
        self.store.replace_tenant(token, **seed)
        self.tenants[token] = Tenant(changed)

    async def get_tenant(self, request: web.Request) -> web.Response:
        token, tenant = self._tenant(request)
        queues = [asdict(queue) for queue in self.store.queues(token, include_archived=True)]
        return _json({"queues": queues, "dids": self.store.dids(token), "switches": asdict(tenant.switches)})

    async def delete_tenant(self, request: web.Request) -> web.Response:
        token, _tenant = self._tenant(request)
        self.store.delete_tenant(token)
        del self.tenants[token]
        return _json({})

    async def patch_switches(self, request: web.Request) -> web.Response:
        changes = await _object(request)
        _token, tenant = self._tenant(request)
        tenant.switches = _switched(tenant.switches, changes)
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
    """The control side's failures as JSON; they never look like the API's."""

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
        raise SeedError(f"no JSON: {error}") from None
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
    """The body as JSON or as a form's plain fields, or what the API says about one that is neither."""
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
    # JSON can carry halves of surrogate pairs, which are no text.
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not _is_text(value):
        raise Refused(400, _MISSING)
    return value


def _number(value: Any) -> str:
    if not isinstance(value, str) or not _is_digits(value):
        raise Refused(400, _MISSING)
    return value


def _is_digits(value: str) -> bool:
    return value.isascii() and value.isdigit()


def _changes(request: web.Request, body: Any) -> dict[str, Any]:
    """The columns that an edit sets."""
    if request.content_type != "multipart/form-data":
        raise Refused(415, "Content-Type must be multipart/form-data")
    changes: dict[str, Any] = dict(body)
    if not changes or "slug" in changes:
        raise Refused(400, "Missing fields or trying to update slug")
    unknown = set(changes) - {"name", "number", "public_number", "max_wait_time"}
    if unknown:
        raise Refused(400, f"Unknown params: {', '.join(sorted(unknown))}")
    if "name" in changes:
        _name(changes["name"])
    if "number" in changes:
        _number(changes["number"])
    if "max_wait_time" in changes:
        seconds = changes["max_wait_time"]
        if not _is_digits(seconds) or len(seconds) > 15:
            raise Refused(400, "Invalid max_wait_time")
        changes["max_wait_time"] = int(seconds)
    if changes.get("public_number") == "":
        changes["public_number"] = None
    return changes


def _positive(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not _is_digits(text) or len(text) > 15 or int(text) == 0:
        raise Refused(400, f"Invalid {name}")
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
    path: str, query: Mapping[str, str], limit: int, max_limit: int, page: int, items: int
) -> dict[str, Any]:
    """The object that the sister page "API - Agente" shows beside meta and data."""
    total = max(1, -(-items // limit))

    def url(number: int) -> str | None:
        return f"{_PAGES_HOST}{path}?{urlencode({**query, 'page': number})}" if 1 <= number <= total else None

    return {
        "limit": limit,
        "max_limit": max_limit,
        "items": items,
        "total": total,
        "first_url": url(1),
        "next_url": url(page + 1),
        "last_url": url(total),
        "prev_url": url(page - 1),
        "current_url": url(page),
    }
