# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Simulations of GitHub and GitLab for the example's pipelines: run the steps of their files, and answer API requests.

Based on the documentation of their APIs and pipeline files. If the files or the scripts use a feature that isn't
simulated here, the test fails.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import threading
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlsplit

import yaml

TOKEN = "forge-token-0123456789"
PASSWORD = "example"  # for the example's vault
PAGE = 100
OURS, PERSON = 1, 2
_INSTALLS = ("pip ", "ansible-galaxy ")


@dataclass
class Outcome:
    """How a job ended."""

    code: int
    output: str
    files: dict[str, bytes]

    @property
    def report(self) -> Any:
        return json.loads(self.files["report.json"])


@dataclass
class Request:
    """A pull or merge request. comments: the author and text of each, by id."""

    head: str
    merged_as: str | None = None
    is_squashed: bool = False
    comments: dict[int, tuple[int, str]] = field(default_factory=dict)


@dataclass
class Plan:
    """The artifacts of a `plan` job."""

    number: int
    request: int
    commit: str
    files: dict[str, bytes]
    is_of_fork: bool = False
    is_expired: bool = False


class Pipelines:
    """What both forges share. clone: a commit -> a folder with its files."""

    longest: ClassVar[int]

    def __init__(self, folder: Path, clone: Callable[[str], Path]) -> None:
        self._folder, self._clone = folder, clone
        self._requests: dict[int, Request] = {}
        self._plans: list[Plan] = []
        self._ids = iter(range(1000, 10**6))
        self._tries: dict[str, int] = {}
        self.printed: list[str] = []
        self.objections: list[str] = []

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"forge": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    # ---- what people do ----

    def open(self, head: str) -> int:
        number = len(self._requests) + 1
        self._requests[number] = Request(head)
        return number

    def push(self, number: int, head: str) -> None:
        self._requests[number].head = head

    def close(self, number: int, commit: str, *, squashed: bool = False) -> None:
        """Merge the request with that commit."""
        self._requests[number].merged_as, self._requests[number].is_squashed = commit, squashed

    def comment_as_a_person(self, number: int, text: str) -> None:
        self._requests[number].comments[next(self._ids)] = (PERSON, text)

    def comments_on(self, number: int) -> list[str]:
        return [text for _who, text in self._requests[number].comments.values()]

    def texts(self) -> list[str]:
        """Everything that the forge stores: comments and files."""
        kept = [content.decode() for plan in self._plans for content in plan.files.values()]
        return kept + [text for number in self._requests for text in self.comments_on(number)]

    def expire(self) -> None:
        """Expire all stored plans."""
        for plan in self._plans:
            plan.is_expired = True

    def store(self, number: int, files: dict[str, bytes], *, is_of_fork: bool = False) -> None:
        """Store a request's plan with these files, as if a pipeline, which may be a fork's, had just made it."""
        self._plans.append(Plan(next(self._ids), number, self._requests[number].head, files, is_of_fork))

    # ---- what the forges run ----

    def plan(self, number: int, *, password: str = PASSWORD) -> Outcome:
        request = self._requests[number]
        done = self._run("plan", self._planned_commit(request), "request", number, False, password)
        self.store(number, done.files)
        return done

    def apply(self, number: int, commit: str | None = None) -> Outcome:
        """Run the job for the commit that merged a request, or for another commit. A second call is a retry."""
        commit = commit or self._requests[number].merged_as
        assert commit is not None
        self._tries[commit] = self._tries.get(commit, 0) + 1
        return self._run("apply", commit, "push", None, False, PASSWORD)

    def audit(self, *, install: bool = False) -> Outcome:
        """Run the job, by default without the commands that install what it needs."""
        return self._run("audit", self.newest(), "schedule", None, install, PASSWORD)

    def newest(self) -> str:
        return self._git("rev-parse", "main")

    def _git(self, *arguments: str) -> str:
        command = ["git", "-c", "user.name=Forge", "-c", "user.email=forge@example.com", *arguments]
        return subprocess.run(command, cwd=self._folder, check=True, capture_output=True, text=True).stdout.strip()

    def _shell(self, folder: Path, script: str, env: Mapping[str, str], install: bool) -> int:
        lines = [line for line in script.splitlines() if install or not line.startswith(_INSTALLS)]
        # Everything that it would install is already there. No package index or Galaxy server is contacted.
        there = {
            "PIP_NO_INDEX": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "ANSIBLE_GALAXY_SERVER": "http://127.0.0.1:1/",
        }
        usual = {name: value for name, value in os.environ.items() if not name.startswith(("CI", "GIT"))}
        done = subprocess.run(
            ["bash", "-e", "-c", "\n".join(lines)],
            cwd=folder,
            env={**usual, **there, "CI": "true", "ANSIBLE_NOCOLOR": "true", **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        self.printed.append(done.stdout)
        assert "Traceback" not in done.stdout, done.stdout
        return done.returncode

    # ---- where the forges differ ----

    def jobs_of(self, event: str) -> list[str]:
        """The jobs that an event runs: request, fork (a request from one), push or schedule."""
        raise NotImplementedError

    def is_one_at_a_time(self, job: str) -> bool:
        raise NotImplementedError

    def installs(self, job: str) -> list[str]:
        """The commands that install something before a job, which `_shell` leaves out by default."""
        return [line for line in self._lines(job) if line.startswith(_INSTALLS)]

    def _lines(self, job: str) -> list[str]:
        raise NotImplementedError

    def _planned_commit(self, request: Request) -> str:
        raise NotImplementedError

    def _run(self, job: str, commit: str, event: str, number: int | None, install: bool, password: str) -> Outcome:
        raise NotImplementedError

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Any:
        """The answer to a request; None if the forge doesn't know it."""
        raise NotImplementedError

    def _take_comment(self, comments: dict[int, tuple[int, str]], body: Any, number: int | None = None) -> Any:
        assert body.keys() == {"body"}
        assert len(body["body"]) <= self.longest
        if number is not None:
            assert comments[number][0] == OURS, "a person's comment was changed"
        comments[number or next(self._ids)] = (OURS, body["body"])
        return {}


class GitHub(Pipelines):
    """GitHub and GitHub Actions."""

    longest = 65_536
    _repository = "acme/tenants"

    def _workflow(self) -> Any:
        return yaml.safe_load((self._folder / ".github/workflows/tenants.yml").read_text(encoding="utf-8"))

    def jobs_of(self, event: str) -> list[str]:
        workflow = self._workflow()
        context = self._context(event, 1, "")
        # YAML 1.1 reads `on` as true.
        assert context["github.event_name"] in workflow[True]
        return [name for name, job in workflow["jobs"].items() if self._value(job["if"], context)]

    def is_one_at_a_time(self, job: str) -> bool:
        concurrency = self._workflow()["jobs"][job]["concurrency"]
        return "${{" not in concurrency["group"] and not concurrency.get("cancel-in-progress")

    def _lines(self, job: str) -> list[str]:
        steps = self._workflow()["jobs"][job]["steps"]
        return [line for step in steps for line in step.get("run", "").splitlines()]

    @staticmethod
    def _value(expression: str, context: Mapping[str, Any]) -> Any:
        """Evaluate an expression. It supports only names of the context, strings, `==`, `&&` and `!cancelled()`."""
        text = expression.removeprefix("${{").removesuffix("}}").strip().replace("!cancelled()", "True")
        text = re.sub(r"[a-z_]+(?:\.\w+)+", lambda name: repr(context[name[0]]), text)
        return eval(text.replace("&&", " and "), {"__builtins__": {}})

    def _context(self, event: str, number: int | None, password: str) -> dict[str, Any]:
        is_request = event in ("request", "fork")
        return {
            "github.event_name": "pull_request" if is_request else event,
            "github.event.number": number,
            "github.event.pull_request.head.repo.full_name": "eve/tenants" if event == "fork" else self._repository,
            "github.event.pull_request.head.sha": self._requests[number].head if number in self._requests else None,
            "github.repository": self._repository,
            "github.token": TOKEN,
            "secrets.VAULT_PASSWORD": password,
        }

    def _planned_commit(self, request: Request) -> str:
        """The commit that GitHub calls refs/pull/1/merge: the request merged into main."""
        self._git("checkout", "--quiet", "--detach", "main")
        self._git("merge", "--quiet", "--no-ff", "--message", "Merge", request.head)
        return self._git("rev-parse", "HEAD")

    def _run(self, job: str, commit: str, event: str, number: int | None, install: bool, password: str) -> Outcome:
        context = self._context(event, number, password)
        folder, start, code = self._clone(commit), len(self.printed), 0
        files: dict[str, bytes] = {}
        env = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.url,
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_REPOSITORY": self._repository,
            "GITHUB_RUN_ID": "7",
            "GITHUB_RUN_ATTEMPT": str(self._tries.get(commit, 1)),
            "GITHUB_SHA": commit,
            "GITHUB_REF": f"refs/pull/{number}/merge" if number else "refs/heads/main",
        }
        for step in self._workflow()["jobs"][job]["steps"]:
            if code and "if" not in step:
                continue
            if "if" in step and not self._value(step["if"], context):
                continue
            given = {name: self._filled(value, context) for name, value in step.get("env", {}).items()}
            action, _at, pin = step.get("uses", "").partition("@")
            assert "run" in step or re.fullmatch("[0-9a-f]{40}", pin), step
            if "run" in step:
                code = self._shell(folder, step["run"], env | given, install)
            elif action == "actions/upload-artifact":
                name = self._filled(step["with"]["name"], context)
                assert job != "plan" or name == f"plan-{self._requests[number or 0].head}"
                files = {path.name: path.read_bytes() for path in folder.glob(step["with"]["path"])}
            else:
                assert action in ("actions/checkout", "actions/setup-python"), step
        return Outcome(code, "".join(self.printed[start:]), files)

    def _filled(self, text: str, context: Mapping[str, Any]) -> str:
        return re.sub(r"\$\{\{.*?\}\}", lambda found: str(self._value(found[0], context)), text)

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Any:
        path = path.removeprefix(f"/repos/{self._repository}")
        if method == "GET" and path == "/branches/main":
            return {"commit": {"sha": self.newest()}}
        if method == "GET" and (match := re.fullmatch("/commits/([0-9a-f]{40})/pulls", path)):
            return [
                {
                    "number": number,
                    "head": {"sha": request.head},
                    "merged_at": "2026-01-31T08:00:00Z" if request.merged_as else None,
                    "merge_commit_sha": request.merged_as or "0" * 40,
                }
                for number, request in self._requests.items()
                if match[1] in (request.merged_as, request.head)
            ]
        if match := re.fullmatch(r"/issues/(\d+)/comments", path):
            comments = self._requests[int(match[1])].comments
            if method == "POST":
                return self._take_comment(comments, body)
            logins = {OURS: "github-actions[bot]", PERSON: "ana"}
            return [{"id": n, "user": {"login": logins[who]}, "body": text} for n, (who, text) in comments.items()]
        if method == "PATCH" and (match := re.fullmatch(r"/issues/comments/(\d+)", path)):
            (request,) = [each for each in self._requests.values() if int(match[1]) in each.comments]
            return self._take_comment(request.comments, body, int(match[1]))
        if method == "GET" and path == "/actions/artifacts":
            found = [self._artifact(plan) for plan in self._plans if query["name"] == f"plan-{plan.commit}"]
            return {"total_count": len(found), "artifacts": found}
        if method == "GET" and (match := re.fullmatch(r"/actions/artifacts/(\d+)/zip", path)):
            (plan,) = [each for each in self._plans if each.number == int(match[1])]
            assert not plan.is_expired
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w") as archive:
                for name, content in plan.files.items():
                    archive.writestr(name, content)
            return buffer.getvalue()
        return None

    def _artifact(self, plan: Plan) -> dict[str, Any]:
        return {
            "id": plan.number,
            "name": f"plan-{plan.commit}",
            "expired": plan.is_expired,
            "archive_download_url": f"{self.url}/repos/{self._repository}/actions/artifacts/{plan.number}/zip",
            "workflow_run": {
                "head_sha": plan.commit,
                "repository_id": 1,
                "head_repository_id": 2 if plan.is_of_fork else 1,
            },
        }


class GitLab(Pipelines):
    """GitLab and its CI."""

    longest = 1_000_000
    _project = "42"

    def _file(self) -> Any:
        return yaml.safe_load((self._folder / ".gitlab-ci.yml").read_text(encoding="utf-8"))

    def jobs_of(self, event: str) -> list[str]:
        jobs, variables = self._file(), self._variables(event, 1, "0" * 40)
        if not self._fits(jobs.pop("workflow")["rules"], variables):
            return []
        return [name for name, job in jobs.items() if name != "default" and self._fits(job["rules"], variables)]

    def is_one_at_a_time(self, job: str) -> bool:
        return "$" not in self._file()[job]["resource_group"]

    def _lines(self, job: str) -> list[str]:
        jobs = self._file()
        return [*jobs["default"]["before_script"], *jobs[job]["script"]]

    @staticmethod
    def _fits(rules: list[dict[str, str]], variables: Mapping[str, str]) -> bool:
        """Whether a rule matches. It supports only variables, strings, `==` and `&&`."""
        texts = [re.sub(r"\$(\w+)", lambda name: repr(variables.get(name[1])), rule["if"]) for rule in rules]
        return any(eval(text.replace("&&", " and "), {"__builtins__": {}}) for text in texts)

    def _variables(self, event: str, number: int | None, commit: str) -> dict[str, str]:
        is_request = event in ("request", "fork")
        variables = {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": f"{self.url}/api/v4",
            "CI_PROJECT_ID": self._project,
            "CI_PIPELINE_ID": str(int(commit[:7], 16)),
            "CI_PIPELINE_SOURCE": "merge_request_event" if is_request else event,
            "CI_JOB_URL": "https://gitlab.example/acme/tenants/-/jobs/7",
            "CI_COMMIT_SHA": commit,
            "CI_DEFAULT_BRANCH": "main",
        }
        if is_request:
            source = "43" if event == "fork" else self._project
            return variables | {
                "CI_MERGE_REQUEST_IID": str(number),
                "CI_MERGE_REQUEST_PROJECT_ID": self._project,
                "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": source,
            }
        return variables | {"CI_COMMIT_BRANCH": "main"}

    def _planned_commit(self, request: Request) -> str:
        return request.head

    def _run(self, job: str, commit: str, event: str, number: int | None, install: bool, password: str) -> Outcome:
        jobs, folder, start = self._file(), self._clone(commit), len(self.printed)
        default = jobs["default"]
        script = "\n".join(self._lines(job))
        secrets = {"GITLAB_TOKEN": TOKEN, "VAULT_PASSWORD": password}
        code = self._shell(folder, script, self._variables(event, number, commit) | secrets, install)
        assert default["artifacts"]["when"] == "always"
        files = {path.name: path.read_bytes() for name in default["artifacts"]["paths"] for path in folder.glob(name)}
        return Outcome(code, "".join(self.printed[start:]), files)

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Any:
        if (method, path) == ("GET", "/api/v4/user"):
            return {"id": OURS}
        path = path.removeprefix(f"/api/v4/projects/{self._project}")
        if method == "GET" and path == "/repository/branches/main":
            return {"commit": {"id": self.newest()}}
        if method == "GET" and (match := re.fullmatch("/repository/commits/([0-9a-f]{40})/merge_requests", path)):
            return [
                {
                    "iid": number,
                    "state": "merged" if request.merged_as else "opened",
                    "sha": request.head,
                    "merge_commit_sha": None if request.is_squashed else request.merged_as,
                    "squash_commit_sha": request.merged_as if request.is_squashed else None,
                }
                for number, request in self._requests.items()
                if match[1] in (request.merged_as, request.head)
            ]
        if match := re.fullmatch(r"/merge_requests/(\d+)/notes(?:/(\d+))?", path):
            comments = self._requests[int(match[1])].comments
            if method in ("POST", "PUT"):
                return self._take_comment(comments, body, int(match[2]) if match[2] else None)
            return [{"id": n, "author": {"id": who}, "body": text} for n, (who, text) in comments.items()]
        if method == "GET" and (match := re.fullmatch(r"/merge_requests/(\d+)/pipelines", path)):
            return [
                {
                    "id": plan.number,
                    "project_id": 43 if plan.is_of_fork else int(self._project),
                    "ref": f"refs/merge-requests/{match[1]}/head",
                }
                for plan in self._plans
                if plan.request == int(match[1])
            ]
        if method == "GET" and (match := re.fullmatch(r"/pipelines/(\d+)/jobs", path)):
            return self._jobs(int(match[1]))
        if method == "GET" and (match := re.fullmatch(r"/jobs/(\d+)/artifacts/report.json", path)):
            (plan,) = [each for each in self._plans if each.number + 1 == int(match[1])]
            return plan.files["report.json"]
        return None

    def _jobs(self, pipeline: int) -> list[dict[str, Any]]:
        """The jobs of a plan's pipeline, or the attempts of an apply's."""
        for plan in self._plans:
            if plan.number == pipeline:
                kept = None if plan.is_expired or not plan.files else {"filename": "artifacts.zip"}
                return [{"id": plan.number + 1, "name": "plan", "artifacts_file": kept}]
        tries = [number for commit, number in self._tries.items() if int(commit[:7], 16) == pipeline]
        return [{"id": number, "name": "apply"} for number in range(tries[0])]


class _Handler(BaseHTTPRequestHandler):
    """Passes requests to a forge, and splits its lists into pages."""

    forge: ClassVar[Pipelines]

    def _answer(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length)) if length else None
        try:
            assert self.headers.get("Authorization") == f"Bearer {TOKEN}", "no token"
            found = self.forge.answer(self.command, url.path, query, body)
            assert found is not None, "no such request"
        except Exception as error:  # the test has to see any error
            self.forge.objections.append(f"{self.command} {self.path}: {error!r}")
            self._send(500, b"{}")
            return
        links = {}
        if isinstance(found, list):
            size, page = int(query.get("per_page", 20)), int(query.get("page", 1))
            if len(found) > size * page:
                links = {"Link": f'<{self.forge.url}{url.path}?per_page={size}&page={page + 1}>; rel="next"'}
            found = found[size * (page - 1) : size * page]
        self._send(200, found if isinstance(found, bytes) else json.dumps(found).encode(), links)

    do_GET = do_POST = do_PATCH = do_PUT = _answer

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Log nothing."""
