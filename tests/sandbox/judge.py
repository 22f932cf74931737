# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks the client's requests and the sandbox's answers against the API's description, docs/api/openapi.yaml."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from openapi_core import OpenAPI
from openapi_core.templating.paths.exceptions import PathError
from openapi_core.testing import MockRequest, MockResponse
from urllib3 import encode_multipart_formdata

HOST = "https://acme.evolux.net.br"
# Part of the User-Agent of the collection's client. Other clients may send nonsense to test the sandbox.
CLIENT = "evolux.contact_center"


class Judge:
    """Counts what it has checked and keeps its objections.

    Tests often send the same bytes again, which are checked against the description only once: it takes a millisecond.
    """

    def __init__(self, description: Path) -> None:
        self._api = OpenAPI.from_file_path(str(description))
        self.requests = 0
        self.answers = 0
        self.objections: list[str] = []
        self._judged: dict[Any, list[Exception]] = {}

    def request(self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: Any) -> None:
        """Judge a request if it is from the client. A form is passed as its fields, as its bytes are gone."""
        if CLIENT not in headers.get("User-Agent", ""):
            return
        self.requests += 1
        # Which token it is makes no difference, nor does a form's boundary.
        kind = headers.get("Content-Type", "").partition(";")[0]
        same = ("request", method, path, tuple(query.items()), "token" in headers, kind, repr(body))
        errors = self._once(same, lambda: self._api.iter_request_errors(_request(method, path, query, headers, body)))
        self._keep(f"{method} {path} {dict(query)} {body}", errors)

    def answer(self, method: str, path: str, status: int, body: bytes) -> None:
        """Judge an answer if the description has its request."""
        # The answer to an archive may have no body, which a description can't express.
        if method == "DELETE" and not body:
            return
        mock = _request(method, path, {}, {"token": "x"}, None)
        shown = MockResponse(body, status_code=status, content_type="application/json")
        same = ("answer", method, path, status, body)
        errors = self._once(same, lambda: self._api.iter_response_errors(mock, shown))
        if any(isinstance(error, PathError) for error in errors):
            return
        self.answers += 1
        self._keep(f"{method} {path}: {status} {body[:500]!r}", errors)

    def _once(self, same: Any, judge: Callable[[], Iterable[Exception]]) -> list[Exception]:
        if same not in self._judged:
            try:
                self._judged[same] = list(judge())
            except PathError as error:
                self._judged[same] = [error]
        return self._judged[same]

    def _keep(self, what: str, errors: Iterable[Exception]) -> None:
        self.objections += [f"{what}: {error}" for error in errors]


def _request(method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: Any) -> MockRequest:
    kind = headers.get("Content-Type", "")
    data: bytes | None = None
    if kind.startswith("multipart/form-data") and isinstance(body, dict):
        data, kind = encode_multipart_formdata(body)
    elif body is not None:
        data = json.dumps(body).encode()
    token = {"token": headers["token"]} if "token" in headers else {}
    return MockRequest(HOST, method, path, args=dict(query), headers=token, data=data, content_type=kind)
