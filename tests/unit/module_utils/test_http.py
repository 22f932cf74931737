# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API over HTTP, with exact scripts of requests and answers.

An unexpected request fails the test, as does an unused answer.
"""

from __future__ import annotations

import base64
import contextlib
import html
import http.client
import io
import json
import random
import re
import ssl
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import requests
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.evolux.contact_center.plugins.module_utils import _http, _http_errors
from ansible_collections.evolux.contact_center.plugins.module_utils._api import Api
from ansible_collections.evolux.contact_center.plugins.module_utils._connection import Answer, Connection, Late, Request
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError
from ansible_collections.evolux.contact_center.plugins.module_utils._http import Client
from clock import FakeClock

TOKEN = "s3cret/tok+en=="
URL = "https://acme.evolux.net.br"
QUEUE = {"id": 42, "name": "Do not panic", "slug": "do_not_panic", "number": "1234", "public_number": None}


def answer(data: Any = None, status: int = 200, *, headers: dict[str, str] | None = None, **envelope: Any) -> Any:
    """An answer in the form that the API's page shows."""
    body = {"meta": {"status": status, "message": "OK"}, "data": data, **envelope}
    return status, headers or {}, json.dumps(body).encode()


def raw(body: str | bytes, status: int = 200, **headers: str) -> Any:
    return status, headers, body.encode() if isinstance(body, str) else body


class Script(requests.adapters.BaseAdapter):
    """Expects requests in order, and returns or raises the answer to each."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, Any]] = []
        self.more: Any = None
        self.seen: list[tuple[requests.PreparedRequest, dict[str, Any]]] = []

    def expect(self, request: str, *answers: Any) -> None:
        self.lines += [(request, each) for each in answers]

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        line = f"{request.method} {request.path_url}"
        assert self.lines or self.more, f"unexpected {line}"
        expected, given = self.lines.pop(0) if self.lines else (line, self.more)
        assert line == expected
        self.seen.append((request, kwargs))
        if isinstance(given, Exception):
            raise given
        status, headers, body = given
        response = requests.Response()
        response.status_code = status
        response.headers.update(headers)
        response.raw = urllib3.HTTPResponse(io.BytesIO(body), status=status, preload_content=False)
        response.request = request
        response.url = str(request.url)
        return response

    def close(self) -> None:
        pass


@pytest.fixture
def script() -> Iterator[Script]:
    script = Script()
    yield script
    assert script.lines == []


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def api(script: Script, waits: list[float]) -> Api:
    return scripted(script, waits)


def answer_by(script: requests.adapters.BaseAdapter, client: Client, url: str) -> None:
    """Let a script answer all of the client's requests, on any connection."""
    new_session = client._new_session

    def with_script(most: int) -> requests.Session:
        session = new_session(most)
        session.mount(url, script)
        return session

    client._new_session = with_script  # type: ignore[method-assign]
    client._session = with_script(1)


def scripted(script: Script, waits: list[float], **options: Any) -> Api:
    client = Client(Connection.checked(**{"api_url": URL, "api_token": TOKEN, **options}), clock=FakeClock(waits))
    answer_by(script, client, URL)
    return Api(client)


def refused(**options: Any) -> EvoluxError:
    with pytest.raises(EvoluxError) as caught:
        Connection.checked(**{"api_url": URL, "api_token": TOKEN, **options})
    assert caught.value.code == "invalid"
    return caught.value


# ---- the connection ----


@pytest.mark.parametrize("given", [URL, f"{URL}/", f"{URL}/api/v1", f"{URL}/api/v1/", f" {URL} "])
def test_the_address_may_end_in_the_api_path(given: str) -> None:
    assert Connection.checked(api_url=given, api_token=TOKEN).url == URL


LONG = "a" * 64


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("  ", "is empty"),
        ("acme", "'acme' doesn't begin with https://"),
        ("acme.evolux.net.br:443", "'acme.evolux.net.br:443' doesn't begin with https://"),
        ("ftp://acme.evolux.net.br", "'ftp://acme.evolux.net.br' doesn't begin with https://"),
        ("https:/acme.evolux.net.br", "'https:/acme.evolux.net.br' doesn't begin with https://"),
        ("https://", "'https://' isn't a valid address"),
        ("https:///api/v1", "'https:///api/v1' isn't a valid address"),
        ("https://acme..evolux.net.br", "'https://acme..evolux.net.br' isn't a valid address"),
        (f"https://{LONG}.evolux.net.br", f"'https://{LONG}.evolux.net.br' isn't a valid address"),
        ("https://.evolux.net.br", "'https://.evolux.net.br' isn't a valid address"),
        ("https://*.evolux.net.br", "'https://*.evolux.net.br' isn't a valid address"),
        ("https://acme,evolux.net.br", "'https://acme,evolux.net.br' isn't a valid address"),
        ("https://acme\\evolux", "'https://acme\\\\evolux' isn't a valid address"),
        ("https://acme.evolux.net.br:port", "'https://acme.evolux.net.br:port' isn't a valid address"),
        ("https://acme.evolux.net.br:99999", "'https://acme.evolux.net.br:99999' isn't a valid address"),
        ("https://acme.evolux.net.br:0", "'https://acme.evolux.net.br:0' isn't a valid address"),
        ("https://[::1", "'https://[::1' isn't a valid address"),
        ("https://ac me.evolux.net.br", "'https://ac me.evolux.net.br' contains a space or an invisible character"),
        ("https://acme\n.evolux.net.br", "'https://acme\\n.evolux.net.br' contains a space or an invisible character"),
        ("https://acme\x1b[2K.net.br", "'https://acme\\x1b[2K.net.br' contains a space or an invisible character"),
        ("https://acme\u200b.net.br", "'https://acme\\u200b.net.br' contains a space or an invisible character"),
        ("https://acme.evolux.net.br/other", "'https://acme.evolux.net.br/other' has something other than /api/v1"),
        ("https://acme.evolux.net.br?x=1", "'https://acme.evolux.net.br?x=1' has something other than /api/v1"),
        ("https://acme.evolux.net.br#x", "'https://acme.evolux.net.br#x' has something other than /api/v1"),
        ("https://https://acme.evolux.net.br", "'https://https://acme.evolux.net.br' has something other than /api/v1"),
        ("https://user:password@acme.evolux.net.br", "contains a user name, a password or an @"),
        ("user:password@acme.evolux.net.br", "contains a user name, a password or an @"),
        ("https://user:password@[::1", "contains a user name, a password or an @"),
    ],
)
def test_other_addresses_are_refused(given: str, why: str) -> None:
    text = str(refused(api_url=given))
    assert text.startswith(f"api_url {why}")
    assert text.endswith("; use an address such as https://acme.evolux.net.br.")
    assert "password@" not in text


@pytest.mark.parametrize(
    "host", ["Acme.evolux.net.br", "acme.evolux.net.br.", "ação.net.br", "a_b.example:8443", "10.0.0.1", "[::1]:8443"]
)
def test_unusual_addresses_are_taken(host: str) -> None:
    assert Connection.checked(api_url=f"https://{host}", api_token=TOKEN).url == f"https://{host}"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_plain_http_reaches_this_machine(host: str) -> None:
    assert Connection.checked(api_url=f"http://{host}:8765", api_token=TOKEN).url == f"http://{host}:8765"


@pytest.mark.parametrize("host", ["acme.evolux.net.br", "10.0.0.1", "localhost.example", "0.0.0.0"])
def test_plain_http_elsewhere_has_to_be_allowed(host: str) -> None:
    assert "allow_plain_http" in str(refused(api_url=f"http://{host}"))
    assert Connection.checked(api_url=f"http://{host}", api_token=TOKEN, allow_plain_http=True).url == f"http://{host}"


@pytest.mark.parametrize("token", ["sec\nret", "sec\r\nret: x", "sec\x00ret", "secrét", "secret\u2028x", "sec\tret"])
def test_a_token_that_no_header_can_hold_is_not_shown(token: str) -> None:
    text = str(refused(api_token=token))
    assert "api_token" in text
    assert not any(part in text for part in ("sec\n", "ret: x", repr(token)[1:-1], token))


def test_white_space_around_a_token_is_removed(script: Script) -> None:
    api = scripted(script, [], api_token=f" {TOKEN}\r\n")
    script.expect("GET /api/v1/queues", answer([]))
    api.list_queues()
    assert script.seen[0][0].headers["token"] == TOKEN


@pytest.mark.parametrize("token", ["", " \n"])
def test_an_empty_token_is_refused(token: str) -> None:
    assert "EVOLUX_API_TOKEN" in str(refused(api_token=token))


@pytest.mark.parametrize(
    "options", [{"timeout": 0}, {"timeout": float("nan")}, {"timeout": float("inf")}, {"timeout": 1e9}, {"retries": -1}]
)
def test_numbers_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    assert next(iter(options)) in str(refused(**options))


# ---- what is sent ----


def test_the_environment_changes_nothing_but_proxies_and_trust(
    script: Script, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine acme.evolux.net.br login me password mine\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    script.expect("GET /api/v1/queues", answer([]), answer([]))
    scripted(script, []).list_queues()
    scripted(script, [], validate_certs=False, ca_path="/nowhere").list_queues()
    (request, kwargs), (_second, unchecked) = script.seen
    assert "Authorization" not in request.headers
    assert (kwargs["verify"], unchecked["verify"]) == (True, False)
    assert kwargs["proxies"]["https"] == "http://proxy.example:3128"
    assert kwargs["timeout"] == (30, 30)


def test_plain_http_to_this_machine_meets_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    client = Client(Connection.checked(api_url="http://127.0.0.1:1", api_token=TOKEN))
    assert not client._session.proxies


def test_create_sends_json_and_edit_a_form(api: Api, script: Script) -> None:
    script.expect(
        "POST /api/v1/queues", (201, {}, b'{"meta": {"status": 200, "message": "Created"}, "data": {"id": 42}}')
    )
    script.expect("PUT /api/v1/queues/42", answer())
    script.expect("DELETE /api/v1/queues/42", raw("", 204))
    assert api.create_queue({"name": "Não entre em pânico", "number": "0700"}) == 42
    api.edit_queue(42, {"name": "Pânico", "public_number": ""})
    api.archive_queue(42)
    create, edit, _archive = (request for request, _kwargs in script.seen)
    assert create.headers["Content-Type"] == "application/json"
    assert json.loads(create.body) == {"name": "Não entre em pânico", "number": "0700"}
    assert edit.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b"filename" not in edit.body
    assert 'name="name"\r\n\r\nPânico\r\n'.encode() in edit.body
    assert b'name="public_number"\r\n\r\n\r\n' in edit.body


# ---- pages ----


def test_a_list_is_one_request(api: Api, script: Script) -> None:
    script.expect("GET /api/v1/queues", answer([QUEUE]))
    script.expect("GET /api/v1/queues?include_archived=true", answer([QUEUE]))
    assert [queue.id for queue in api.list_queues()] == [42]
    assert len(api.list_queues(include_archived=True)) == 1


def test_a_list_that_is_paged_all_the_same(api: Api, script: Script) -> None:
    more, end = {"next_url": "http://elsewhere.example/?page=2"}, {"next_url": None}
    script.expect("GET /api/v1/queues?include_archived=true", answer([QUEUE], pagination=more))
    script.expect("GET /api/v1/queues?include_archived=true&page=2", answer([{**QUEUE, "id": 43}], pagination=end))
    assert [queue.id for queue in api.list_queues(include_archived=True)] == [42, 43]


def test_pauses_are_read_to_the_end_whatever_the_server_gives_a_page(api: Api, script: Script) -> None:
    pauses = [{"name": f"pause {number}"} for number in range(3)]
    script.expect("GET /api/v1/queues/42/pauses?limit=50&page=1", answer(pauses[:2]))
    script.expect("GET /api/v1/queues/42/pauses?limit=50&page=2", answer(pauses[2:]))
    script.expect("GET /api/v1/queues/42/pauses?limit=50&page=3", answer([]))
    assert api.list_pauses(42) == pauses


def test_pagination_without_a_next_page_is_not_the_end(api: Api, script: Script) -> None:
    script.expect("GET /api/v1/queues", answer([QUEUE], pagination={"items": 2}))
    script.expect("GET /api/v1/queues?page=2", answer([{**QUEUE, "id": 43}], pagination={"items": 2}))
    script.expect("GET /api/v1/queues?page=3", answer([], pagination={"items": 2}))
    assert [queue.id for queue in api.list_queues()] == [42, 43]


def test_a_server_that_ignores_the_page_is_read_once(api: Api, script: Script) -> None:
    script.expect("GET /api/v1/queues/42/pauses?limit=50&page=1", answer([{"name": "lunch"}]))
    script.expect("GET /api/v1/queues/42/pauses?limit=50&page=2", answer([{"name": "lunch"}]))
    assert api.list_pauses(42) == [{"name": "lunch"}]


def test_a_last_page_that_comes_again_with_other_values_is_the_end(api: Api, script: Script) -> None:
    """Values such as the number of callers waiting in a queue."""
    page = [{**QUEUE, "id": id, "callers": 0} for id in range(50)]
    script.expect("GET /api/v1/queues", answer(page))
    script.expect("GET /api/v1/queues?page=2", answer([{**queue, "callers": 1} for queue in page]))
    assert len(api.list_queues()) == 50


def test_a_page_without_anything_new_is_not_the_end_where_more_is_promised(api: Api, script: Script) -> None:
    more, end = {"next_url": "x"}, {"next_url": None}
    script.expect("GET /api/v1/queues", answer([QUEUE], pagination=more))
    script.expect("GET /api/v1/queues?page=2", answer([{**QUEUE, "name": "Renamed"}], pagination=more))
    script.expect("GET /api/v1/queues?page=3", answer([{**QUEUE, "id": 43}], pagination=end))
    assert [queue.id for queue in api.list_queues()] == [42, 43]


def test_all_pages_share_the_time_of_one_answer(script: Script) -> None:
    class Slow(FakeClock):
        def now(self) -> float:
            self._now += 100
            return self._now

    client = Client(Connection.checked(api_url=URL, api_token=TOKEN), clock=Slow([]))
    answer_by(script, client, URL)
    for id, page in enumerate(("", "?page=2", "?page=3")):
        script.expect(f"GET /api/v1/queues{page}", answer([{**QUEUE, "id": id}], pagination={"next_url": "x"}))
    error = failing(Api(client).list_queues)
    assert (error.code, "its pages were incomplete after 300 s" in str(error)) == ("bad_answer", True)


def test_pages_without_end_are_refused(api: Api, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http, "MAX_PAGES", 2)
    script.expect("GET /api/v1/queues/42/pauses?limit=50&page=1", answer([{"n": 1}]))
    script.expect("GET /api/v1/queues/42/pauses?limit=50&page=2", answer([{"n": 2}]))
    assert failing(api.list_pauses, 42).code == "bad_answer"


# ---- invalid answers ----


def failing(call: Any, *args: Any, **kwargs: Any) -> EvoluxError:
    """The error of a call, after checking that it doesn't show the token."""
    with pytest.raises(EvoluxError) as caught:
        call(*args, **kwargs)
    error = caught.value
    assert TOKEN not in str(error)
    assert TOKEN not in json.dumps(error.public())
    return error


def assert_cause_is_the_end_of(error: EvoluxError) -> None:
    """The shared cause of many failed requests is what each message says after the request."""
    text = str(error).partition(" failed: ")[2]
    assert error.cause == text[0].upper() + text[1:]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html><title>Login</title></html>",
        '{"data": [',
        "null",
        "[]",
        '"x"',
        "{}",
        '{"data": null}',
        '{"data": {}}',
        '{"data": [1]}',
        '{"data": [{}]}',
        '{"meta": [], "data": []}',
        json.dumps({"data": [QUEUE, QUEUE]}),
        b"\xff\xfe\xfa",
        "[" * 100_000,
        "9" * 10_000,
    ],
)
def test_another_shape_is_refused_and_quoted(api: Api, script: Script, body: str | bytes) -> None:
    script.expect("GET /api/v1/queues", raw(body))
    error = failing(api.list_queues)
    assert (error.code, error.status, error.method, error.path) == ("bad_answer", 200, "GET", "/api/v1/queues")
    assert len(str(error)) < 600
    assert ("(empty body)" in str(error)) is (body == "")
    assert_cause_is_the_end_of(error)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("[" * 100 + "]" * 100, "it isn't a JSON object with 'meta' and 'data'"),
        ("[" * 101 + "]" * 101, "it is nested more than 100 levels deep"),
        ('{"a":' * 101 + "[]" + "}" * 101, "it is nested more than 100 levels deep"),
        ('[{"a": 1},' * 51 + "0" + "]" * 51, "it isn't a JSON object with 'meta' and 'data'"),
        ('[{"a":' * 51 + "0" + "}]" * 51, "it is nested more than 100 levels deep"),
        # Brackets in strings don't count, even escaped ones.
        (json.dumps([{"a": '"[{\\'}] * 60), "it isn't a JSON object with 'meta' and 'data'"),
        ('["]",' * 101 + "0" + "]" * 101, "it is nested more than 100 levels deep"),
        # Truncated JSON doesn't count as deep.
        ('[{"a": 1},' + '{"a": 1},' * 200, "it isn't a JSON object with 'meta' and 'data'"),
        ("[" + "[]," * 250_000 + "0]", "it contains more than 500000 values"),
        ("[" + "1," * 500_000 + "0]", "it contains more than 500000 values"),
        ("[" + "1," * 499_999 + "0]", "it isn't a JSON object with 'meta' and 'data'"),
    ],
    ids=lambda given: f"{given[:8]}...{len(given)}",
)
def test_an_answer_that_could_take_all_memory_is_not_read(api: Api, script: Script, body: str, why: str) -> None:
    script.expect("GET /api/v1/queues", raw(body))
    error = failing(api.list_queues)
    assert error.code == "bad_answer"
    assert why in str(error)


def test_an_answer_is_quoted_up_to_200_characters_without_the_token(api: Api, script: Script) -> None:
    script.expect("GET /api/v1/queues", raw("<p>" + "a" * 190 + TOKEN + "b" * 100))
    quoted = re.search(r"\((<p>.*?)\);", str(failing(api.list_queues)))
    assert quoted
    assert len(quoted[1]) == 200
    assert quoted[1].endswith("a*******")


def test_the_queue_of_another_id_is_refused(api: Api, script: Script) -> None:
    script.expect("GET /api/v1/queues/7", answer(QUEUE))
    assert failing(api.read_queue, 7).code == "bad_answer"


@pytest.mark.parametrize("body", ["", " ", "{}", '{"meta": {"status": 200}}', '{"meta": null, "data": [1]}'])
def test_what_an_edit_and_an_archive_are_answered_with_is_not_documented(api: Api, script: Script, body: str) -> None:
    script.expect("PUT /api/v1/queues/42", raw(body))
    script.expect("DELETE /api/v1/queues/42", raw(body))
    api.edit_queue(42, {"name": "x"})
    api.archive_queue(42)


@pytest.mark.parametrize("body", ["<html>", "null", "[]", '"OK"', "{"])
def test_an_edit_must_be_answered_with_a_json_object(api: Api, script: Script, body: str) -> None:
    script.expect("PUT /api/v1/queues/42", raw(body))
    error = failing(api.edit_queue, 42, {"name": "x"})
    assert (error.code, error.maybe_done) == ("bad_answer", True)
    assert f"({body})" in str(error)


@pytest.mark.parametrize("data", [None, {}, {"id": None}, {"id": True}, {"id": "42"}, []])
def test_a_create_without_an_id_may_be_done(api: Api, script: Script, data: Any) -> None:
    script.expect("POST /api/v1/queues", answer(data, 201))
    error = failing(api.create_queue, {"name": "x", "number": "1"})
    assert (error.code, error.maybe_done) == ("bad_answer", True)


def test_a_huge_answer_is_not_read_to_its_end(api: Api, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http, "MAX_ANSWER_BYTES", 100_000)
    script.expect("GET /api/v1/queues", raw(b"x" * 1_000_000))
    assert "larger than 100000 bytes" in str(failing(api.list_queues))


# ---- refusals ----


def refusal(status: int, message: str | None = None, **headers: str) -> Any:
    return raw(json.dumps({"meta": {"status": status, "message": message}}), status, **headers)


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        (400, "Missing required params", "api"),
        (401, "Invalid token", "auth"),
        (400, "Missing token.", "auth"),
        (422, "Missing token.", "api"),
        (403, None, "auth"),
        (404, "Queue not found", "not_found"),
        (405, None, "api"),
        (409, None, "conflict"),
        (422, "Queue archived not requested", "archived"),
        (422, "Archived queue can not be edited", "archived"),
        (400, "Enabled queue can not be archived", "enabled"),
        (422, "Something else", "api"),
        (499, None, "api"),
        (500, "Data insertion may break a database constraint", "constraint"),
    ],
)
def test_refusals_are_distinguished_and_not_retried(
    api: Api, script: Script, status: int, message: str | None, code: str
) -> None:
    script.expect("DELETE /api/v1/queues/42", refusal(status, message))
    error = failing(api.archive_queue, 42)
    assert (error.code, error.status, error.message, error.maybe_done) == (code, status, message, False)
    assert (error.method, error.path) == ("DELETE", "/api/v1/queues/42")
    assert (message or "") in str(error)


def test_a_success_that_calls_itself_a_failure_is_one(api: Api, script: Script) -> None:
    script.expect("PUT /api/v1/queues/42", raw('{"meta": {"status": 404, "message": "Queue not found"}}'))
    error = failing(api.edit_queue, 42, {"name": "x"})
    assert (error.code, error.status) == ("not_found", 404)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_named_and_not_followed(api: Api, script: Script, status: int) -> None:
    script.expect("POST /api/v1/queues", raw("", status, Location=f"http://elsewhere.example/?token={TOKEN}"))
    error = failing(api.create_queue, {"name": "x", "number": "1"})
    assert (error.code, error.status, error.maybe_done) == ("redirect", status, True)
    assert "http://elsewhere.example/?token=********" in str(error)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (refusal(401, "Invalid token"), "HTTP 401 (Invalid token)"),
        (raw("<html>\n  Denied", 403), "HTTP 403 (<html> Denied)"),
        (raw("", 404), "HTTP 404"),
        (raw('{"message": "No such page"}', 404), "HTTP 404 (No such page)"),
        (raw("", 405), "HTTP 405"),
        (raw("<h1>Bad Gateway</h1>", 502), "HTTP 502 (<h1>Bad Gateway</h1>)"),
        (
            raw("", 302, Location="https://b.example"),
            "HTTP 302, a redirect to https://b.example, which is not followed",
        ),
        (raw("", 302), "HTTP 302, a redirect to an unspecified address, which is not followed"),
    ],
)
def test_a_refusal_says_what_the_server_said(script: Script, given: Any, said: str) -> None:
    script.expect("GET /api/v1/queues", given)
    error = failing(scripted(script, [], retries=0).list_queues)
    assert str(error).startswith(f"Listing the queues failed: the server returned {said}; ")
    assert_cause_is_the_end_of(error)


def test_an_echoed_token_is_masked(api: Api, script: Script) -> None:
    script.expect("GET /api/v1/queues", refusal(401, f"Token {TOKEN} is not known"))
    assert failing(api.list_queues).message == "Token ******** is not known"


NASTY_TOKEN = "a/b+c=d&e'f\"g<h>i j\\k%l"
ECHOES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON of PHP": lambda token: json.dumps(token).replace("/", "\\/"),
    "JSON of .NET": lambda token: re.sub(r"[^a-z ]", lambda found: f"\\u{ord(found[0]):04X}", token),
    "JSON within JSON": lambda token: json.dumps(json.dumps(token).replace("/", "\\/")),
    "JavaScript": lambda token: re.sub(r"[^a-z]", lambda found: f"\\x{ord(found[0]):02x}", token),
    "percent": lambda token: quote(token, safe=""),
    "percent, lower case": lambda token: re.sub("%..", lambda found: found[0].lower(), quote(token, safe="")),
    "percent, twice": lambda token: quote(quote(token, safe=""), safe=""),
    "form": lambda token: urlencode({"t": token}),
    "HTML": html.escape,
    "HTML by number": lambda token: "".join(f"&#{ord(each)};" for each in token),
    "HTML by number, hexadecimal": lambda token: "".join(f"&#x{ord(each):X};" for each in token),
    "HTML of JSON": lambda token: html.escape(json.dumps(token)),
    "base64": lambda token: base64.b64encode(token.encode()).decode(),
    "base64 for URLs": lambda token: base64.urlsafe_b64encode(token.encode()).decode().rstrip("="),
    "base64 of a login": lambda token: base64.b64encode(f"{token}:".encode()).decode(),
    "base64 of another login": lambda token: base64.b64encode(f"api:{token}!".encode()).decode(),
    "base64 of a third login": lambda token: base64.b64encode(f"an:{token}".encode()).decode(),
}


@pytest.mark.parametrize("token", [TOKEN, NASTY_TOKEN, "0123456789abcdef0123456789abcdef"])
@pytest.mark.parametrize("echo", ECHOES)
def test_a_token_is_masked_however_it_is_written(echo: str, token: str, script: Script) -> None:
    written = ECHOES[echo](token)
    api = scripted(script, [], api_token=token)
    script.expect("GET /api/v1/queues", refusal(401, f"Who is {written}?"), raw(f"<p>{written}</p>"))
    script.expect("GET /api/v1/queues", raw(json.dumps({"errors": {written: [written]}}), 400))
    script.expect("GET /api/v1/queues", raw("", 302, Location=f"https://b.example/?t={written}"))
    script.expect("GET /api/v1/queues", answer([{**QUEUE, "seen": {written: [written]}}]))
    errors = [failing(api.list_queues) for _answer in range(4)]
    told = [text for error in errors for text in (str(error), error.cause)]
    for text in (*told, json.dumps(dict(api.list_queues()[0].extra))):
        assert written not in text
        assert "********" in text
    assert written not in str([error.public() for error in errors])


@pytest.mark.parametrize(
    "text", ["100 % sure", "a \\ b", "Tom &amp; Jerry &lt;3", "%20", "C:\\users", "YWJjZGVmZ2hpamtsbW5v"]
)
def test_other_texts_are_shown_as_they_are(text: str, api: Api, script: Script) -> None:
    script.expect("GET /api/v1/queues", refusal(400, text))
    assert failing(api.list_queues).message == text


def test_a_refusal_is_judged_by_what_was_said(script: Script) -> None:
    api = scripted(script, [], api_token="data")
    script.expect("POST /api/v1/queues", refusal(500, "Data insertion may break a database constraint"))
    script.expect("POST /api/v1/queues", refusal(500, "May break a data database constraint"))
    errors = [failing(api.create_queue, {"name": "x", "number": "1"}) for _answer in range(2)]
    assert [error.code for error in errors] == ["constraint", "constraint"]
    assert errors[1].message == "May break a ******** ********base constraint"


@pytest.mark.parametrize(
    ("body", "details", "said"),
    [
        (
            {"meta": {"message": "Invalid"}, "errors": {"number": "taken"}},
            {"number": "taken"},
            "(Invalid; number: taken)",
        ),
        ({"errors": {"number": ["taken", "short"]}}, {"number": ["taken", "short"]}, "(number: taken, short)"),
        ({"meta": {"message": "Invalid"}, "errors": {}}, None, "(Invalid)"),
        ({"meta": {"message": "Invalid"}, "errors": "number"}, None, "(Invalid)"),
    ],
)
def test_what_the_api_says_about_parameters_is_reported(
    body: Any, details: Any, said: str, api: Api, script: Script
) -> None:
    script.expect("POST /api/v1/queues", raw(json.dumps(body), 400))
    error = failing(api.create_queue, {"name": "x", "number": "1"})
    assert error.public()["details"] == details
    assert f"HTTP 400 {said}; " in str(error)


@pytest.mark.parametrize(
    ("url", "given", "hint"),
    [
        ("https://acme.evolux.cx", raw('{"error": "Unauthorized"}', 401), "another product's API"),
        ("https://acme.evolux.cx", raw('{"items": []}'), "another product's API"),
        ("https://acme.evolux.cx", refusal(401, "Invalid token"), "check that api_token"),
        ("https://evolux.cx.example", raw('{"items": []}'), "no proxy is answering"),
    ],
)
def test_the_address_of_another_product_gets_a_hint(url: str, given: Any, hint: str, script: Script) -> None:
    client = Client(Connection.checked(api_url=url, api_token=TOKEN))
    answer_by(script, client, url)
    script.expect("GET /api/v1/queues", given)
    assert hint in str(failing(Api(client).list_queues))


# ---- trying again ----

REFUSED = requests.ConnectionError(
    urllib3.exceptions.MaxRetryError(None, "/", urllib3.exceptions.NewConnectionError(None, "refused"))  # type: ignore[arg-type]
)
LOST = requests.ConnectionError(urllib3.exceptions.ProtocolError("Connection aborted."))
SLOW = requests.ReadTimeout()
STALLED = requests.ConnectionError(urllib3.exceptions.ReadTimeoutError(None, "/", "Read timed out."))  # type: ignore[arg-type]
NO_ADDRESS = requests.ConnectionError(http.client.InvalidURL("nonnumeric port"))
TLS_BROKEN = requests.exceptions.SSLError("[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol")


class CertificateError(ValueError):
    """Like the class in urllib3 before 2, the only class of that name that is raised."""


def wrapped(cause: Exception) -> Exception:
    """A TLS error as requests raises it."""
    reason = urllib3.exceptions.SSLError(cause)
    return requests.exceptions.SSLError(urllib3.exceptions.MaxRetryError(None, "/", reason))  # type: ignore[arg-type]


def tls(reason: str) -> Exception:
    cause = ssl.SSLError(1, "words that differ from version to version")
    cause.reason = reason
    return wrapped(cause)


def certificate(code: int, words: str) -> Exception:
    cause = ssl.SSLCertVerificationError(1, f"certificate verify failed: {words} (_ssl.c:1)")
    cause.verify_code, cause.verify_message = code, words
    return wrapped(cause)


def unresolved(words: str) -> Exception:
    """An unknown name, as urllib3 before 2 reports it."""
    reason = urllib3.exceptions.NewConnectionError(None, f"Failed to establish a new connection: {words}")  # type: ignore[arg-type]
    return requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/", reason))  # type: ignore[arg-type]


READS_AND_IDEMPOTENT_WRITES = [
    ("GET /api/v1/queues", lambda api: api.list_queues(), answer([])),
    ("PUT /api/v1/queues/42", lambda api: api.edit_queue(42, {"name": "x"}), answer()),
    ("DELETE /api/v1/queues/42", lambda api: api.archive_queue(42), answer()),
]


@pytest.mark.parametrize(("request_line", "call", "good"), READS_AND_IDEMPOTENT_WRITES)
@pytest.mark.parametrize(
    "fault",
    [REFUSED, LOST, SLOW, TLS_BROKEN, raw("", 500), raw("", 501), raw("<html>", 502), raw("", 503), raw("", 504)],
)
def test_what_can_be_repeated_is_tried_again(
    api: Api, script: Script, waits: list[float], request_line: str, call: Any, good: Any, fault: Any
) -> None:
    script.expect(request_line, fault, fault, fault, good)
    call(api)
    assert [0.25 <= wait <= 0.5 * 2**attempt for attempt, wait in enumerate(waits)] == [True] * 3


@pytest.mark.parametrize("fault", [LOST, SLOW, TLS_BROKEN, raw("<html>", 502), raw("", 503), raw("", 504)])
def test_a_create_may_be_done_without_an_answer(api: Api, script: Script, fault: Any) -> None:
    script.expect("POST /api/v1/queues", fault)
    error = failing(api.create_queue, {"name": "x", "number": "1"})
    assert (error.unanswered, error.maybe_done) == (True, True)


@pytest.mark.parametrize("status", [500, 501, 505])
def test_a_create_that_failed_may_be_done_all_the_same(api: Api, script: Script, status: int) -> None:
    script.expect("POST /api/v1/queues", raw("", status))
    error = failing(api.create_queue, {"name": "x", "number": "1"})
    assert (error.unanswered, error.maybe_done) == (False, True)


@pytest.mark.parametrize("fault", [REFUSED, requests.ConnectTimeout(), raw("", 429)])
def test_a_create_that_was_not_done_is_not_looked_for(api: Api, script: Script, fault: Any) -> None:
    script.expect("POST /api/v1/queues", fault)
    error = failing(api.create_queue, {"name": "x", "number": "1"})
    assert (error.unanswered, error.maybe_done) == (True, False)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (LOST, "the connection was lost before the response was complete"),
        (SLOW, "no response within 30 s"),
        (STALLED, "no response within 30 s"),
        (TLS_BROKEN, "the TLS connection was lost"),
        (requests.ConnectTimeout(), f"could not connect to {URL} within 30 s"),
        (Late(), f"could not connect to {URL} within 300 s"),
        (NO_ADDRESS, "the proxy's address isn't valid"),
        (
            requests.exceptions.ProxyError(),
            "could not connect to the proxy because the connection was refused or could not be established",
        ),
        (
            unresolved("[Errno -3] Temporary failure in name resolution"),
            f"could not connect to {URL} because the host name can't",
        ),
        (
            unresolved("[Errno 8] nodename nor servname provided, or not known"),
            f"could not connect to {URL} because the host name",
        ),
        (
            unresolved("[Errno 11001] getaddrinfo failed"),
            f"could not connect to {URL} because the host name can't be resolved",
        ),
        (REFUSED, f"could not connect to {URL} because the connection was refused or could not be established"),
        (tls("WRONG_VERSION_NUMBER"), f"the server at {URL} doesn't speak TLS"),
        (tls("RECORD_LAYER_FAILURE"), f"the server at {URL} doesn't speak TLS"),
        (
            tls("TLSV1_ALERT_PROTOCOL_VERSION"),
            "the TLS handshake with acme.evolux.net.br failed (tlsv1 alert protocol version)",
        ),
        (tls("UNSUPPORTED_PROTOCOL"), "the TLS handshake with acme.evolux.net.br failed (unsupported protocol)"),
        (
            tls("TLSV13_ALERT_CERTIFICATE_REQUIRED"),
            "the TLS handshake with acme.evolux.net.br failed (tlsv13 alert certificate required)",
        ),
        (tls("DECRYPTION_FAILED_OR_BAD_RECORD_MAC"), "the TLS connection was lost"),
        (
            certificate(19, "self signed certificate in certificate chain"),  # as OpenSSL 1.1 reports it
            "the certificate of acme.evolux.net.br isn't trusted (self signed certificate in certificate chain)",
        ),
        (
            certificate(10, "certificate has expired"),
            "the certificate of acme.evolux.net.br isn't currently valid (certificate has expired)",
        ),
        (
            certificate(26, "unsupported certificate purpose"),
            "the certificate of acme.evolux.net.br was rejected (unsupported certificate purpose)",
        ),
        (certificate(19, ""), "the certificate of acme.evolux.net.br isn't trusted (no reason given)"),
        (certificate(62, "Hostname mismatch"), "acme.evolux.net.br presented a certificate for a different host"),
        (wrapped(CertificateError()), "acme.evolux.net.br presented a certificate for a different host"),
    ],
)
def test_why_there_is_no_answer(script: Script, fault: Exception, why: str) -> None:
    script.expect("GET /api/v1/queues", fault)
    text = str(failing(scripted(script, [], retries=0).list_queues))
    assert text.startswith(f"Listing the queues failed: {why}")
    assert "validate_certs" not in text


@pytest.mark.parametrize(
    ("fault", "again", "sent"),
    [
        (LOST, True, True),
        (SLOW, True, True),
        (STALLED, True, True),
        (Late(), True, False),
        (TLS_BROKEN, True, True),
        (REFUSED, True, False),
        (requests.ConnectTimeout(), True, False),
        (requests.exceptions.ProxyError(), True, False),
        (NO_ADDRESS, False, False),
        (tls("WRONG_VERSION_NUMBER"), False, False),
        (tls("UNSUPPORTED_PROTOCOL"), False, False),
        (certificate(19, "self signed"), False, False),
    ],
)
def test_whether_it_may_work_again_and_whether_it_may_be_done(
    script: Script, fault: Exception, again: bool, sent: bool
) -> None:
    api = scripted(script, [], retries=0)
    script.expect("POST /api/v1/queues", fault)
    error = failing(api.create_queue, {"name": "x", "number": "1"})
    assert (error.unanswered, error.maybe_done) == (again, sent)
    assert (error.method, error.path, error.status) == ("POST", "/api/v1/queues", None)
    assert_cause_is_the_end_of(error)
    script.expect("GET /api/v1/queues", fault)
    assert not failing(api.list_queues).maybe_done


@pytest.mark.parametrize(
    ("codes", "why"),
    [
        ((2, 18, 19, 20, 21, 27), "isn't trusted"),
        ((9, 10), "isn't currently valid"),
        ((62, 64), "presented a certificate for a different host"),
        ((1, 3, 8, 11, 17, 22, 26, 28, 61, 63, 65), "was rejected"),
    ],
)
def test_what_openssl_has_against_a_certificate(script: Script, codes: tuple[int, ...], why: str) -> None:
    for code in codes:
        script.expect("GET /api/v1/queues", certificate(code, "words"))
        assert why in str(failing(scripted(script, []).list_queues))


def test_certificates_of_proxy_and_server_are_distinguished(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "https://proxy.example:3128")
    for code, said in (
        (19, "the certificate of the proxy proxy.example:3128 isn't trusted (no reason given); "),
        (
            62,
            "the proxy proxy.example:3128 presented a certificate for a different host; check the host name in https_p",
        ),
    ):
        cause = ssl.SSLCertVerificationError(1, "certificate verify failed")
        cause.verify_code = code
        script.expect("GET /api/v1/queues", requests.exceptions.ProxyError(cause))
        assert said in str(failing(scripted(script, []).list_queues))


def test_retries_end(script: Script, waits: list[float]) -> None:
    api = scripted(script, waits, retries=1)
    script.expect("GET /api/v1/queues", LOST, LOST)
    assert failing(api.list_queues).code == "unreachable"
    api = scripted(script, waits, retries=0)
    script.expect("GET /api/v1/queues", raw("", 429))
    assert failing(api.list_queues).code == "rate_limit"
    assert len(waits) == 1


def test_what_an_earlier_attempt_may_have_done_stays_done(api: Api, script: Script) -> None:
    script.expect("PUT /api/v1/queues/42", LOST, refusal(401))
    assert failing(api.edit_queue, 42, {"name": "x"}).maybe_done


@pytest.mark.parametrize(
    ("told", "low", "high"),
    [
        ("7", 7, 7),
        ("0", 0, 0),
        ("3600", 60, 60),
        ("9" * 400, 60, 60),
        (lambda: formatdate(time.time() + 20, usegmt=True), 10, 20),
        (lambda: formatdate(time.time() - 20, usegmt=True), 0, 0),
        ("soon", 0.25, 0.5),
        ("-5", 0.25, 0.5),
        ("", 0.25, 0.5),
        ("Mon, 99 Nov 2026 99:99:99 GMT", 0.25, 0.5),
    ],
    ids=["seconds", "none", "hour", "ages", "date", "past", "word", "negative", "empty", "no-date"],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_that_a_server_asks_for(
    api: Api, script: Script, waits: list[float], told: Any, low: float, high: float, status: int
) -> None:
    told = told() if callable(told) else told
    script.expect("GET /api/v1/queues", raw("", status, **{"Retry-After": told}), answer([]))
    api.list_queues()
    # Tasks that got the same wait don't all come back at the same time.
    assert low <= sum(waits) <= min(high * 1.1, 60)
    assert len(waits) == bool(high)


def test_an_echoed_token_in_a_key_is_masked(api: Api, script: Script) -> None:
    script.expect("GET /api/v1/queues", answer([{**QUEUE, "x": [{TOKEN: 1}], f"my {TOKEN}": 2}]))
    script.expect("GET /api/v1/queues/42/pauses?limit=50&page=1", answer([{TOKEN: 1}], pagination={"next_url": None}))
    assert api.list_queues()[0].extra == {"x": [{"********": 1}], "my ********": 2}
    assert api.list_pauses(42) == [{"********": 1}]


def test_a_connection_and_a_client_show_no_token() -> None:
    connection = Connection("https://acme.example", "do-not-show")
    client = Client(connection)
    answer = Answer(Request("asked", "GET", "/"), 200, {}, b"do-not-show")
    error = client.bad_answer(answer, "why")
    assert "do-not-show" not in " ".join(map(repr, (connection, client, error, error.args, vars(error))))


def test_every_form_of_the_token_is_a_secret(api: Api) -> None:
    assert {TOKEN, "s3cret%2Ftok%2Ben%3D%3D", "czNjcmV0L3Rvaytlbj09"} <= Connection(URL, TOKEN).secrets()


# ---- anything at all ----

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
QUEUES = st.lists(st.fixed_dictionaries(dict.fromkeys(QUEUE, JSON) | {"max_wait_time": JSON}), max_size=3)
ENVELOPES = st.fixed_dictionaries({"meta": JSON, "data": JSON | QUEUES, "pagination": JSON})
BODIES = st.binary(max_size=200) | (JSON | ENVELOPES).map(lambda value: json.dumps(value).encode())
HEADERS = st.fixed_dictionaries({}, optional={"Retry-After": st.text(max_size=9), "Location": st.text(max_size=9)})


@given(body=BODIES, status=st.integers(200, 599), headers=HEADERS)
def test_any_answer_is_understood_or_refused(body: bytes, status: int, headers: dict[str, str]) -> None:
    for request, call in (
        ("GET /api/v1/queues", lambda api: api.list_queues()),
        ("GET /api/v1/queues/42", lambda api: api.read_queue(42)),
        ("GET /api/v1/queues/42/pauses?limit=50&page=1", lambda api: api.list_pauses(42)),
        ("POST /api/v1/queues", lambda api: api.create_queue({"name": "x", "number": "1"})),
        ("PUT /api/v1/queues/42", lambda api: api.edit_queue(42, {"name": "x"})),
        ("DELETE /api/v1/queues/42", lambda api: api.archive_queue(42)),
    ):
        script = Script()
        # If more pages seem to follow, the next answer says that there are none.
        script.expect(request, raw(body, status, **headers))
        script.more = answer([])
        with contextlib.suppress(EvoluxError):
            call(scripted(script, [], retries=0))


# ---- the edges of what a status means ----

ENABLED, ARCHIVED = "Enabled queue can not be archived", "Archived queue can not be edited"
BROKEN = "Data insertion may break a database constraint"


@pytest.mark.parametrize(
    ("status", "message", "code", "hint"),
    [
        (300, "", "redirect", "redirect"),
        (399, "", "redirect", "redirect"),
        (400, "", "api", "api"),
        (401, "", "auth", "auth"),
        (403, ENABLED, "auth", "auth"),
        (404, "", "not_found", "not_found"),
        (409, "", "conflict", "conflict"),
        (407, "", "unreachable", "unreachable"),
        (429, "", "rate_limit", "rate_limit"),
        (400, ENABLED, "enabled", "enabled"),
        (499, ENABLED, "enabled", "enabled"),
        (500, ENABLED, "api", "trouble"),
        (501, ENABLED, "api", "trouble"),
        (400, ARCHIVED, "archived", "archived"),
        (499, ARCHIVED, "archived", "archived"),
        (500, ARCHIVED, "api", "trouble"),
        (501, ARCHIVED, "api", "trouble"),
        (499, BROKEN, "api", "api"),
        (500, BROKEN, "constraint", "constraint"),
        (501, BROKEN, "api", "trouble"),
        (500, "", "api", "trouble"),
        (502, "", "unreachable", "unreachable"),
        (503, "", "unreachable", "unreachable"),
        (504, "", "unreachable", "unreachable"),
        (505, "", "api", "trouble"),
    ],
)
def test_what_a_status_means(status: int, message: str, code: str, hint: str) -> None:
    assert _http_errors._code(status, message) == (code, _http_errors.HINTS[hint])


@pytest.mark.parametrize(("status", "good"), [(200, True), (299, True), (300, False)])
def test_which_statuses_are_a_success(api: Api, script: Script, status: int, good: bool) -> None:
    script.expect("GET /api/v1/queues", answer([], status))
    if good:
        assert api.list_queues() == []
    else:
        assert failing(api.list_queues).status == status


@pytest.mark.parametrize(("said", "good"), [(200, True), (399, True), (400, False), (405, False)])
def test_which_success_calls_itself_a_failure(api: Api, script: Script, said: int, good: bool) -> None:
    script.expect("PUT /api/v1/queues/42", raw(json.dumps({"meta": {"status": said, "message": "x"}})))
    if good:
        api.edit_queue(42, {"name": "x"})
    else:
        assert failing(api.edit_queue, 42, {"name": "x"}).code == "api"


def test_the_waits_double_up_to_a_minute(api: Api, waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    for share in (0.5, 1.0):
        monkeypatch.setattr(random, "uniform", lambda _low, _high, share=share: share)
        for attempt in (0, 1, 2, 3, 6, 7, 50):
            api.http.back_off(attempt)
    assert waits == [0.25, 0.5, 1, 2, 16, 32, 60, 0.5, 1, 2, 4, 32, 60, 60]
