# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Use the pull request of this pipeline, or the one that its commit was merged with, on GitHub or GitLab.

    pull_request.py comment KIND    post report.md as a comment, replacing an earlier comment of that kind
    pull_request.py approved        print the report of the plan that was posted
    pull_request.py expected        print the expected plans of all tenants, from approved.json and report.json

Outside a pipeline, nothing is posted or approved.
"""

from __future__ import annotations

import io
import json
import os
import sys
import zipfile
from pathlib import Path
from typing import Any

import requests

# ---- common to both ----


def cut(text: str, limit: int) -> str:
    """The text, or as many of its lines as fit into this many bytes. There are never more characters than bytes."""
    if len(text.encode()) <= limit:
        return text
    kept = text.encode()[:limit].decode(errors="ignore").rpartition("\n")[0]
    # At the top, because the end may be inside a block that was cut off.
    return f"**This is too long for a comment, so it was cut. See report.html of the run for the rest.**\n\n{kept}"


def expected(approved: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """The expected plan of each tenant: the approved one, or `none` if nothing is left to do.

    Tenants that couldn't be planned are left out, so they will be refused.
    """
    if (approved["purpose"], approved["check"]) != ("provision", True):
        sys.exit("The approved report isn't the report of a plan.")
    done = {tenant["host"] for tenant in now["tenants"] if tenant["plan"] == "none"}
    planned = {tenant["host"]: tenant["plan"] for tenant in approved["tenants"] if tenant["status"] != "failed"}
    return {"evolux_expected_plans": {host: "none" if host in done else plan for host, plan in planned.items() if plan}}


class Forge:
    """GitHub or GitLab, over HTTP."""

    limit: int  # bytes of a comment
    page: str  # of this run
    commit: str
    change = "PATCH"

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._session = requests.Session()
        # Unlike other headers for a token, requests removes this one when a redirect leads to another host.
        self._session.headers["Authorization"] = f"Bearer {token}"

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        url = path if path.startswith("http") else f"{self._url}{path}"
        answer = self._session.request(method, url, timeout=60, **options)
        if not answer.ok:
            sys.exit(f"{method} {url} failed with HTTP {answer.status_code}: {answer.text[:200]}")
        return answer

    def get(self, path: str) -> Any:
        return self.send("GET", path).json()

    def all(self, path: str) -> list[Any]:
        """All pages of a list."""
        answer = self.send("GET", f"{path}?per_page=100")
        found = list(answer.json())
        while "next" in answer.links:
            answer = self.send("GET", answer.links["next"]["url"])
            found += answer.json()
        return found

    def comment(self, kind: str, text: str) -> None:
        """Post a comment, or change the existing one of that kind."""
        start = f"<!-- evolux {kind} -->\n"
        if (place := self.comments()) is None:
            print("There is no pull request to comment on.")
            return
        body = f"{start}[The run]({self.page}) for {self.commit[:12]}\n\n"
        body += cut(text, self.limit - len(body) - 200)
        # Not the comments of people, who could edit them later.
        ours = [each["id"] for each in self.all(place) if each["body"].startswith(start) and self.is_ours(each)]
        if ours:
            self.send(self.change, self.comment_path(place, ours[0]), json={"body": body})
        else:
            self.send("POST", place, json={"body": body})

    def comments(self) -> str | None:
        """The path of the pull request's comments; None if there is no pull request."""
        raise NotImplementedError

    def comment_path(self, place: str, number: int) -> str:
        raise NotImplementedError

    def is_ours(self, comment: dict[str, Any]) -> bool:
        raise NotImplementedError

    def is_outdated(self) -> bool:
        """Whether this is another attempt for a commit that is no longer the newest.

        It could undo what was merged later. A first attempt can't, as it runs before later ones.
        """
        raise NotImplementedError

    def approved(self) -> bytes | None:
        """The report of the pull request's last plan; None if there is none."""
        raise NotImplementedError


# ---- GitHub ----


class GitHub(Forge):
    limit = 65_000

    def __init__(self, env: dict[str, str]) -> None:
        repository, api, token = env["GITHUB_REPOSITORY"], env["GITHUB_API_URL"], env["GITHUB_TOKEN"]
        super().__init__(f"{api}/repos/{repository}", token)
        self.page = f"{env['GITHUB_SERVER_URL']}/{repository}/actions/runs/{env['GITHUB_RUN_ID']}"
        self.commit = env.get("HEAD_SHA") or env["GITHUB_SHA"]
        self._ref, self._is_first_try = env["GITHUB_REF"], env["GITHUB_RUN_ATTEMPT"] == "1"

    def comments(self) -> str | None:
        kind, number = self._ref.split("/")[1:3]  # refs/pull/1/merge or refs/heads/main
        if kind != "pull":
            number = str((self._merged() or {}).get("number", ""))
        return f"/issues/{number}/comments" if number else None

    def comment_path(self, place: str, number: int) -> str:
        return f"/issues/comments/{number}"

    def is_ours(self, comment: dict[str, Any]) -> bool:
        return bool(comment["user"]["login"] == "github-actions[bot]")

    def is_outdated(self) -> bool:
        branch = self._ref.removeprefix("refs/heads/")
        return not self._is_first_try and self.get(f"/branches/{branch}")["commit"]["sha"] != self.commit

    def _merged(self) -> Any:
        pulls = self.get(f"/commits/{self.commit}/pulls")
        return next((each for each in pulls if each["merged_at"] and each["merge_commit_sha"] == self.commit), None)

    def approved(self) -> bytes | None:
        if not (merged := self._merged()):
            return None
        head, runs = merged["head"]["sha"], []
        for artifact in self.get(f"/actions/artifacts?name=plan-{head}&per_page=100")["artifacts"]:
            run = artifact["workflow_run"]
            # Pipelines of forks can create artifacts with this name, too.
            is_own = run["head_sha"] == head and run["head_repository_id"] == run["repository_id"]
            if is_own and not artifact["expired"]:
                runs.append((artifact["id"], artifact["archive_download_url"]))
        if not runs:
            return None
        with zipfile.ZipFile(io.BytesIO(self.send("GET", max(runs)[1]).content)) as archive:
            return archive.read("report.json") if "report.json" in archive.namelist() else None


# ---- GitLab ----


class GitLab(Forge):
    limit = 1_000_000
    change = "PUT"

    def __init__(self, env: dict[str, str]) -> None:
        self._api, self._project = env["CI_API_V4_URL"], env["CI_PROJECT_ID"]
        super().__init__(f"{self._api}/projects/{self._project}", env["GITLAB_TOKEN"])
        self.page, self.commit = env["CI_JOB_URL"], env["CI_COMMIT_SHA"]
        self._number, self._branch = env.get("CI_MERGE_REQUEST_IID"), env.get("CI_COMMIT_BRANCH")
        self._pipeline = env["CI_PIPELINE_ID"]

    def comments(self) -> str | None:
        number = self._number or (self._merged() or {}).get("iid")
        return f"/merge_requests/{number}/notes" if number else None

    def comment_path(self, place: str, number: int) -> str:
        return f"{place}/{number}"

    def is_ours(self, comment: dict[str, Any]) -> bool:
        return bool(comment["author"]["id"] == self.get(f"{self._api}/user")["id"])

    def is_outdated(self) -> bool:
        tries = [job["name"] for job in self.get(f"/pipelines/{self._pipeline}/jobs?include_retried=true")]
        newest = self.get(f"/repository/branches/{self._branch}")["commit"]["id"]
        return tries.count("apply") > 1 and newest != self.commit

    def _merged(self) -> Any:
        found = self.get(f"/repository/commits/{self.commit}/merge_requests")
        names = ("merge_commit_sha", "squash_commit_sha", "sha")
        is_this = [each for each in found if self.commit in [each[name] for name in names]]
        return next((each for each in is_this if each["state"] == "merged"), None)

    def approved(self) -> bytes | None:
        if not (merged := self._merged()):
            return None
        pipelines = self.all(f"/merge_requests/{merged['iid']}/pipelines")
        # Ignore pipelines of forks, and those of branches, which have no plan.
        here = [each for each in pipelines if str(each["project_id"]) == self._project]
        own = [each["id"] for each in here if each["ref"].startswith("refs/merge-requests/")]
        jobs = self.all(f"/pipelines/{max(own)}/jobs") if own else []
        plans = [job["id"] for job in jobs if job["name"] == "plan" and job.get("artifacts_file")]
        return self.send("GET", f"/jobs/{max(plans)}/artifacts/report.json").content if plans else None


# ---- the commands ----


def forge() -> Forge | None:
    """The forge that runs this; None outside a pipeline."""
    env = dict(os.environ)
    for mark, token, kind in (("GITHUB_ACTIONS", "GITHUB_TOKEN", GitHub), ("GITLAB_CI", "GITLAB_TOKEN", GitLab)):
        if mark in env:
            if not env.get(token):
                sys.exit(f"{token} isn't set; the pipeline needs it for the pull request.")
            return kind(env)
    return None


def main(command: str, kind: str = "") -> None:
    if command == "expected":
        now = Path("report.json")
        plans = json.loads(Path("approved.json").read_bytes())
        print(json.dumps(expected(plans, json.loads(now.read_bytes()) if now.exists() else {"tenants": []})))
        return
    if (here := forge()) is None:
        print("This isn't a pipeline, so there is no pull request.", file=sys.stderr)
        sys.exit(command != "comment")
    if command == "comment":
        report = Path("report.md")
        here.comment(kind, report.read_text() if report.exists() else "**The run failed before it wrote a report.**\n")
        return
    if here.is_outdated():
        sys.exit("Newer commits have been merged, and this run could undo them. Run the newest commit's pipeline.")
    if (report_of_plan := here.approved()) is None:
        sys.exit("Nothing was applied: no plan was approved with this commit. Open a pull request, and merge its plan.")
    sys.stdout.write(report_of_plan.decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
