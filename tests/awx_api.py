# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulation of the part of AWX's REST API that setup.yml uses. It isn't a real AWX: it only stores what it is given.

It is as strict as AWX about the token, required fields, the rules for credential types and surveys, playbooks that the
project must have, secrets that are never returned, and hosts' variables, which must be text in JSON or YAML.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yaml

from awx_rules import credential_type_problems, survey_problems

# The required fields of each resource; for ids, the kind of resource they refer to.
NEEDED: dict[str, dict[str, str]] = {
    "organizations": {"name": ""},
    "credential_types": {"name": "", "kind": ""},
    "credentials": {"name": "", "organization": "organizations", "credential_type": "credential_types"},
    "execution_environments": {"name": "", "image": ""},
    "projects": {"name": "", "organization": "organizations", "scm_type": "", "scm_url": ""},
    "inventories": {"name": "", "organization": "organizations"},
    "hosts": {"name": "", "inventory": "inventories"},
    "job_templates": {
        "name": "",
        "project": "projects",
        "inventory": "inventories",
        "playbook": "",
        "job_type": "",
    },
    "notification_templates": {"name": "", "organization": "organizations", "notification_type": ""},
    "workflow_job_templates": {"name": "", "organization": "organizations"},
    "workflow_job_template_nodes": {"identifier": "", "workflow_job_template": "workflow_job_templates"},
    # Only read and changed by id; a node creates them.
    "workflow_approval_templates": {"name": ""},
}
# The scope in which names are unique, if it isn't global; and the field that names a node.
WITHIN = {"hosts": "inventory", "workflow_job_template_nodes": "workflow_job_template"}
NAMED_BY = {"workflow_job_template_nodes": "identifier"}
# How a node can follow another.
RELATIONS = ("success_nodes", "failure_nodes", "always_nodes")
# The relations through which things can be attached, and the kind of thing.
ATTACHED = {
    "credentials": "credentials",
    **{f"notification_templates_{event}": "notification_templates" for event in ("approvals", "error")},
    **dict.fromkeys(RELATIONS, "workflow_job_template_nodes"),
}
# What a node may start, by AWX's names.
STARTED = {"job_templates": "job", "workflow_approval_templates": "workflow_approval"}


def is_variables(text: Any) -> bool:
    """Whether AWX accepts it as variables: empty text, or a dictionary in JSON or in YAML without custom tags."""
    try:
        return isinstance(text, str) and isinstance(yaml.safe_load(text) or {}, dict)
    except yaml.YAMLError:
        return False


class Awx:
    """The server in a thread, for the duration of a `with` block."""

    def __init__(self, token: str, playbooks: list[str], *, project: list[str] | None = None) -> None:
        """Set the token that it accepts, and the playbooks that every project has.

        project: the states that a project goes through, one for each read.
        """
        self.token = token
        self.playbooks = playbooks
        self.states = project or ["pending", "running", "successful"]
        self.looks = 0
        self.content_type = "application/json"
        self.stored: dict[str, dict[int, dict[str, Any]]] = {endpoint: {} for endpoint in NEEDED}
        self.attached: dict[tuple[int, str], list[int]] = {}
        self.surveys: dict[int, dict[str, Any]] = {}
        self.writes: list[tuple[str, str, Any]] = []
        awx = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                if self.headers.get("Authorization") != f"Bearer {awx.token}":
                    status, answer = 401, {"detail": "Authentication credentials were not provided."}
                else:
                    status, answer = awx.handle(self.command, self.path, body)
                data = b"" if status == 204 else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", awx.content_type)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PATCH = answer

            def log_message(self, *_args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Awx:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()

    def handle(self, method: str, target: str, body: Any) -> tuple[int, Any]:
        split = urlsplit(target)
        parts = split.path.removeprefix("/api/v2/").strip("/").split("/")
        endpoint, number = parts[0], int(parts[1]) if len(parts) > 1 else 0
        if endpoint not in NEEDED or not split.path.endswith("/") or (number and number not in self.stored[endpoint]):
            return 404, {"detail": "Not found."}
        if method != "GET":
            self.writes.append((method, split.path, body))
        if parts[2:] == ["create_approval_template"]:
            return self.approval(number, body)
        if parts[2:] == ["survey_spec"]:
            return self.survey(method, number, body)
        if len(parts) == 3:
            return self.attach(method, number, parts[2], body) if parts[2] in ATTACHED else (404, {})
        if endpoint == "workflow_approval_templates" and not number:
            return 404, {"detail": "Not found."}
        if method == "GET" and not number:
            wanted = dict(parse_qsl(split.query))
            wanted.pop("page_size", None)
            found = [
                one
                for one in self.stored[endpoint].values()
                if all(str(self.value(one, key)) == value for key, value in wanted.items())
            ]
            return 200, {"count": len(found), "results": [self.shown(endpoint, one) for one in found]}
        if method == "GET":
            return 200, self.shown(endpoint, self.stored[endpoint][number])
        return self.store(endpoint, number, body)

    def value(self, one: dict[str, Any], key: str) -> Any:
        """The value that a filter compares with; organization__name is the name of its organization."""
        if "__" not in key:
            return one.get(key)
        of, key_of_it = key.split("__")
        return self.stored[f"{of}s"].get(one[of], {}).get(key_of_it)

    def store(self, endpoint: str, number: int, body: dict[str, Any]) -> tuple[int, Any]:
        new = {**self.stored[endpoint].get(number, {}), **body}
        problems = {
            key: ["This field is required."]
            for key, of in NEEDED[endpoint].items()
            if not new.get(key) or (of and new[key] not in self.stored[of])
        }
        if endpoint == "credential_types" and (
            found := credential_type_problems({key: value for key, value in new.items() if key != "id"})
        ):
            problems["inputs"] = found
        in_use = {one["credential_type"] for one in self.stored["credentials"].values()}
        if (
            endpoint == "credential_types"
            and number in in_use
            and body.get("inputs", new["inputs"]) != (self.stored[endpoint][number]["inputs"])
        ):
            return 403, {"detail": "Modifications to inputs are not allowed for credential types that are in use"}
        if endpoint == "workflow_job_template_nodes":
            known = ("identifier", "workflow_job_template", "unified_job_template", "all_parents_must_converge")
            if refused := set(body) - set(known):
                raise AssertionError(f"The simulation doesn't support {refused} in a node.")
            if number and "workflow_job_template" in body:
                raise AssertionError("AWX ignores a change of a node's workflow.")
            new = {"unified_job_template": None, **{relation: [] for relation in RELATIONS}, **new}
            if new["unified_job_template"] is not None and not self.starts(new["unified_job_template"]):
                problems["unified_job_template"] = ["Invalid pk - object does not exist."]
        if endpoint == "job_templates":
            if new["playbook"] not in self.playbooks or self.state() != "successful":
                problems["playbook"] = ["Playbook not found for project."]
            json.loads(new.get("extra_vars") or "{}")
        if endpoint == "hosts":
            new.setdefault("variables", "")
            if not is_variables(new["variables"]):
                problems["variables"] = ["Cannot parse as JSON or YAML."]
        name, within = NAMED_BY.get(endpoint, "name"), WITHIN.get(endpoint, "")
        others = [one for one in self.stored[endpoint].values() if one["id"] != number]
        if endpoint != "workflow_approval_templates" and any(
            one[name] == new.get(name) and one.get(within) == new.get(within) for one in others
        ):
            problems["__all__"] = [f"There is already one named {new[name]}."]
        if problems:
            return 400, problems
        status = 200 if number else 201
        number = number or sum(len(stored) for stored in self.stored.values()) + 1
        self.stored[endpoint][number] = {**new, "id": number}
        if endpoint == "projects":
            self.looks = 0
        return status, self.shown(endpoint, self.stored[endpoint][number])

    def starts(self, number: int) -> str:
        """The kind of job that it starts; empty if there is no such template."""
        return next((kind for endpoint, kind in STARTED.items() if number in self.stored[endpoint]), "")

    def attach(self, method: str, number: int, relation: str, body: Any) -> tuple[int, Any]:
        node = self.stored["workflow_job_template_nodes"].get(number)
        there = node[relation] if node else self.attached.setdefault((number, relation), [])
        if method == "GET":
            return 200, {"results": [{"id": one} for one in there]}
        if not isinstance(body.get("id"), int):
            return 400, {"msg": '"id" field must be an integer.'}
        if body["id"] not in self.stored[ATTACHED[relation]]:
            return 400, {"detail": "Not found."}
        # Only the key counts, not its value.
        if "disassociate" in body:
            if body["id"] in there:
                there.remove(body["id"])
            return 204, None
        if relation == "credentials" and there:
            return 400, {"error": "Cannot assign multiple Evolux tenant credentials."}
        if node and (problem := self.link_problem(node, relation, body["id"])):
            return 400, {"Error": problem}
        if body["id"] not in there:
            there.append(body["id"])
        return 204, None

    def link_problem(self, node: dict[str, Any], relation: str, following: int) -> str:
        nodes = self.stored["workflow_job_template_nodes"]
        if nodes[following]["workflow_job_template"] != node["workflow_job_template"]:
            return "Cannot associate nodes of different workflows."
        if any(following in node[other] for other in RELATIONS if other != relation):
            return "Relationship not allowed."
        reached = [following]
        for one in reached:
            reached += [next_one for way in RELATIONS for next_one in nodes[one][way] if next_one not in reached]
        return "Cycle detected." if node["id"] in reached else ""

    def approval(self, number: int, body: dict[str, Any]) -> tuple[int, Any]:
        """Turn a node into an approval, replacing what it started before."""
        if not isinstance(body.get("timeout", 0), int):
            return 400, {"timeout": ["A valid integer is required."]}
        status, answer = self.store("workflow_approval_templates", 0, {"description": "", "timeout": 0, **body})
        if status == 201:
            self.stored["workflow_job_template_nodes"][number]["unified_job_template"] = answer["id"]
        return status, answer

    def survey(self, method: str, number: int, body: Any) -> tuple[int, Any]:
        if method == "POST":
            if problems := survey_problems(body):
                return 400, {"error": problems[0]}
            self.surveys[number] = body
            return 200, None
        return 200, self.surveys.get(number, {})

    def state(self) -> str:
        return self.states[min(self.looks, len(self.states) - 1)]

    def shown(self, endpoint: str, one: dict[str, Any]) -> dict[str, Any]:
        shown = {**one, "created": "2026-01-01T00:00:00Z", "related": {}}
        if endpoint == "credentials":
            fields = self.stored["credential_types"][one["credential_type"]]["inputs"]["fields"]
            secrets = {field["id"] for field in fields if field.get("secret")}
            shown["inputs"] = {
                key: "$encrypted$" if key in secrets else value for key, value in one.get("inputs", {}).items()
            }
        if endpoint == "projects":
            shown["status"] = self.state()
            self.looks += 1
        if endpoint == "workflow_job_template_nodes":
            shown["summary_fields"] = {}
            if kind := self.starts(one["unified_job_template"]):
                (of,) = [of for of, named in STARTED.items() if named == kind]
                started = self.stored[of][one["unified_job_template"]]
                keys = ("id", "name", "description", *(["timeout"] if kind == "workflow_approval" else []))
                summary = {key: started[key] for key in keys}
                shown["summary_fields"]["unified_job_template"] = {**summary, "unified_job_type": kind}
        return shown
