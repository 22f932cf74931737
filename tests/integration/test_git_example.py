# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The example repository's pipelines do what they promise. The tests run the steps in the pipeline files one by one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from forges import TOKEN, GitHub, GitLab, Pipelines
from sandbox import DIDS
from sandbox.control import Sandbox, Tenant

from .conftest import only_ci

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "git"
HERE = "http://127.0.0.1:8765"
# For each tenant, the queue that the tests rename.
FIRST = {"acme": "support", "umbrella": "reception"}


FORGES = {"github": GitHub, "gitlab": GitLab}
# For tests that don't depend on the forge.
either = pytest.mark.parametrize("pipelines", ["gitlab"], indirect=True)


class Repository:
    """A repository with the example in it, and a clean clone of any of its commits."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder / "repository"
        self._clones = folder / "clones"
        shutil.copytree(EXAMPLE, self.folder)
        for file in self.folder.glob("tenants/host_vars/*/tenant.yml"):
            file.write_text(file.read_text(encoding="utf-8").replace(HERE, url), encoding="utf-8")
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit("The tenants")

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=Ana", "-c", "user.email=ana@example.com")
        command = ["git", *who, *arguments]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def rename(self, branch: str, **names: str) -> str:
        """On a branch, commit a new name for the first queue of each of these tenants."""
        self.git("checkout", "--quiet", "-B", branch)
        for tenant, name in names.items():
            file = self.folder / f"tenants/host_vars/{tenant}/queues.yml"
            lines = file.read_text(encoding="utf-8").splitlines()
            lines[3] = f"    name: {name}"
            file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return self.commit(f"Rename {' and '.join(names)}")

    def report(self, branch: str, text: str) -> str:
        """On a branch, commit a report, and a plan script that only posts it."""
        self.git("checkout", "--quiet", "-B", branch)
        (self.folder / "text.md").write_text(text, encoding="utf-8")
        (self.folder / "ci/plan").write_text("cp text.md report.md\npython3 ci/pull_request.py comment plan\n")
        return self.commit("Post a report")

    def merge(self, branch: str, *, squashed: bool = False) -> str:
        self.git("checkout", "--quiet", "main")
        if squashed:
            self.git("merge", "--quiet", "--squash", branch)
            return self.commit(f"Squash {branch}")
        self.git("merge", "--quiet", "--no-ff", "--message", f"Merge {branch}", branch)
        return self.git("rev-parse", "HEAD")

    def clone(self, commit: str) -> Path:
        folder = self._clones / str(len(list(self._clones.glob("*"))))
        self.git("clone", "--quiet", "--no-checkout", str(self.folder), str(folder))
        self.git("-C", str(folder), "checkout", "--quiet", "--detach", commit)
        # Runners use this mode.
        folder.chmod(0o777)
        return folder


@pytest.fixture
def tenants(sandbox: Sandbox) -> dict[str, Tenant]:
    """The tenants, as the example lists them."""
    found = {}
    for name in FIRST:
        text = (EXAMPLE / f"tenants/host_vars/{name}/queues.yml").read_text(encoding="utf-8")
        found[name] = sandbox.tenant(f"sandbox-token-{name}", queues=yaml.safe_load(text)["evolux_queues"], dids=DIDS)
    return found


@pytest.fixture(scope="session")
def plans() -> dict[str, dict[str, bytes]]:
    """The files of plans that a pipeline has made, by the tenant that they change."""
    return {}


@pytest.fixture
def repository(tenants: dict[str, Tenant], tmp_path: Path) -> Repository:
    return Repository(tmp_path, tenants["acme"].url)


@pytest.fixture(params=FORGES)
def pipelines(
    request: pytest.FixtureRequest, repository: Repository, tenants: dict[str, Tenant]
) -> Iterator[Pipelines]:
    with FORGES[request.param](repository.folder, repository.clone) as forge:
        yield forge
        said = "".join(forge.printed) + json.dumps(forge.texts())
        assert [secret for secret in (TOKEN, *(each.token for each in tenants.values())) if secret in said] == []
        assert forge.objections == []


def names(tenants: dict[str, Tenant]) -> dict[str, str]:
    found = {}
    for name, tenant in tenants.items():
        (found[name],) = [queue["name"] for queue in tenant.queues() if queue["slug"] == FIRST[name]]
    return found


def writes(tenants: dict[str, Tenant]) -> dict[str, int]:
    return {name: len(tenant.writes()) for name, tenant in tenants.items()}


def comments(forge: Pipelines, number: int, kind: str) -> list[str]:
    return [text for text in forge.comments_on(number) if text.startswith(f"<!-- evolux {kind} -->\n")]


# Two merges at once are tried on the other forge.
@pytest.mark.parametrize("pipelines", [only_ci("gitlab"), "github"], indirect=True)
def test_a_merge_applies_what_was_shown(
    pipelines: Pipelines, repository: Repository, tenants: dict[str, Tenant]
) -> None:
    request = pipelines.open(repository.report("draft", "A draft"))
    # People's comments, of which one looks like the pipeline's, are left alone.
    persons = "<!-- evolux plan -->\nAll is well."
    for text in [persons, *(["Why?"] * 120)]:
        pipelines.comment_as_a_person(request, text)
    assert pipelines.plan(request).code == 0
    found, comment = comments(pipelines, request, "plan")
    assert found == persons
    assert "A draft" in comment
    # After another commit, the same comment is updated.
    repository.git("checkout", "--quiet", "main")
    pipelines.push(request, repository.rename("help", acme="Ajuda", umbrella="Desk"))
    planned = pipelines.plan(request)
    assert planned.code == 0, planned.output
    found, comment = comments(pipelines, request, "plan")
    assert found == persons
    assert "`Suporte` → `Ajuda`" in comment
    assert planned.report["tenants"][0]["plan"] in comment
    assert writes(tenants) == {"acme": 0, "umbrella": 0}

    pipelines.close(request, repository.merge("help"))
    # Meanwhile, somebody renames the queue by hand, which nobody has approved.
    tenants["umbrella"].poke(1, name="Portaria")
    assert pipelines.apply(request).code != 0
    assert names(tenants) == {"acme": "Ajuda", "umbrella": "Portaria"}
    assert writes(tenants) == {"acme": 1, "umbrella": 0}
    (comment,) = comments(pipelines, request, "changes")
    assert "`Suporte` → `Ajuda`" in comment
    assert "`umbrella`: failed (stale_plan)" in comment
    # Once the name is what it was, a second try finishes what the first left.
    tenants["umbrella"].poke(1, name="Recepção")
    applied = pipelines.apply(request)
    assert applied.code == 0, applied.output
    assert names(tenants) == {"acme": "Ajuda", "umbrella": "Desk"}
    assert writes(tenants) == {"acme": 1, "umbrella": 1}
    (comment,) = comments(pipelines, request, "changes")
    assert "`Recepção` → `Desk`" in comment
    assert len(pipelines.comments_on(request)) == 123


@pytest.mark.only_ci
def test_a_second_run_finds_nothing_to_do(
    pipelines: Pipelines, repository: Repository, tenants: dict[str, Tenant]
) -> None:
    request = pipelines.open(repository.rename("help", acme="Help"))
    planned = pipelines.plan(request)
    assert planned.code == 0, planned.output
    pipelines.close(request, repository.merge("help"))
    for _time in range(2):
        applied = pipelines.apply(request)
        assert applied.code == 0, applied.output
        assert names(tenants) == {"acme": "Help", "umbrella": "Recepção"}
        assert writes(tenants) == {"acme": 1, "umbrella": 0}
    assert len(pipelines.comments_on(request)) == 2
    assert pipelines.audit().code == 0


@pytest.mark.only_ci
@either
def test_what_nobody_approved_is_refused(
    pipelines: Pipelines, repository: Repository, tenants: dict[str, Tenant]
) -> None:
    request = pipelines.open(repository.rename("names", acme="Help", umbrella="Desk"))
    assert pipelines.plan(request).code == 0
    pipelines.close(request, repository.merge("names"))
    # Somebody renames another queue by hand.
    tenants["acme"].poke(2, name="Vendas B2B")
    applied = pipelines.apply(request)
    assert applied.code != 0
    assert writes(tenants) == {"acme": 0, "umbrella": 1}
    assert names(tenants) == {"acme": "Suporte", "umbrella": "Desk"}
    (comment,) = comments(pipelines, request, "changes")
    assert "`acme`: failed (stale_plan)" in comment
    # As the guide says, a pull request without a change shows the current plan.
    request = pipelines.open(repository.rename("again"))
    assert pipelines.plan(request).code == 0
    (comment,) = comments(pipelines, request, "plan")
    assert "`Vendas B2B` → `Vendas`" in comment
    pipelines.close(request, repository.merge("again"))
    applied = pipelines.apply(request)
    assert applied.code == 0, applied.output
    assert writes(tenants) == {"acme": 2, "umbrella": 1}


@pytest.mark.only_ci
@either
def test_a_second_try_finishes_what_the_first_left(
    pipelines: Pipelines, repository: Repository, tenants: dict[str, Tenant]
) -> None:
    request = pipelines.open(repository.rename("names", acme="Help", umbrella="Desk"))
    assert pipelines.plan(request).code == 0
    pipelines.close(request, repository.merge("names"))
    tenants["acme"].fault("answer", status=401, times=None)
    assert pipelines.apply(request).code != 0
    tenants["acme"].clear_faults()
    assert pipelines.apply(request).code == 0
    assert names(tenants) == {"acme": "Help", "umbrella": "Desk"}
    assert writes(tenants) == {"acme": 1, "umbrella": 1}


@pytest.mark.only_ci
@either
def test_an_old_merge_is_not_applied_again(
    pipelines: Pipelines, repository: Repository, tenants: dict[str, Tenant]
) -> None:
    # Rename and rename back, so that the first plan matches again.
    requests = []
    for branch, name in (("there", "Help"), ("back", "Suporte")):
        requests.append(pipelines.open(repository.rename(branch, acme=name)))
        assert pipelines.plan(requests[-1]).code == 0
        pipelines.close(requests[-1], repository.merge(branch))
        assert pipelines.apply(requests[-1]).code == 0
    again = pipelines.apply(requests[0])
    assert again.code != 0
    assert "Newer commits have been merged" in again.output
    assert names(tenants)["acme"] == "Suporte"


@either
def test_a_tenant_that_fails_fails_alone(
    pipelines: Pipelines, repository: Repository, tenants: dict[str, Tenant]
) -> None:
    request = pipelines.open(repository.rename("names", acme="Help", umbrella="Desk"))
    # One request for the plan, and one when the pipeline looks what is left to do after the merge.
    tenants["acme"].fault("answer", status=401, times=2)
    assert pipelines.plan(request).code != 0
    (comment,) = comments(pipelines, request, "plan")
    assert "`acme`: failed (auth)" in comment
    assert "`Recepção` → `Desk`" in comment
    # Merged anyway: acme has no approved plan.
    pipelines.close(request, repository.merge("names"))
    applied = pipelines.apply(request)
    assert applied.code != 0
    assert "acme isn't in evolux_expected_plans" in applied.output
    assert names(tenants) == {"acme": "Suporte", "umbrella": "Desk"}


@pytest.mark.parametrize("pipelines", ["gitlab", only_ci("github")], indirect=True)
def test_two_merges_at_once_are_applied_one_after_the_other(
    pipelines: Pipelines, repository: Repository, tenants: dict[str, Tenant], plans: dict[str, dict[str, bytes]]
) -> None:
    requests = []
    for tenant, name in (("acme", "Help"), ("umbrella", "Desk")):
        repository.git("checkout", "--quiet", "main")
        requests.append(pipelines.open(repository.rename(tenant, **{tenant: name})))
        # Neither the forge nor the test makes a difference to the plan.
        if tenant in plans:
            pipelines.store(requests[-1], plans[tenant])
        else:
            planned = pipelines.plan(requests[-1])
            assert planned.code == 0, planned.output
            plans[tenant] = planned.files
    pipelines.close(requests[0], repository.merge("acme"))
    pipelines.close(requests[1], repository.merge("umbrella", squashed=True), squashed=True)
    assert pipelines.is_one_at_a_time("apply")
    assert [pipelines.apply(request).code for request in requests] == [0, 0]
    assert names(tenants) == {"acme": "Help", "umbrella": "Desk"}
    # The older merge isn't applied again, even if its plan fits again.
    tenants["acme"].poke(1, name="Suporte")
    again = pipelines.apply(requests[0])
    assert again.code != 0
    assert "Newer commits have been merged" in again.output
    assert names(tenants) == {"acme": "Suporte", "umbrella": "Desk"}


@pytest.mark.parametrize("how", ["pushed", "unplanned", "expired", "by a fork"])
def test_without_a_plan_nothing_is_done(
    how: str, pipelines: Pipelines, repository: Repository, tenants: dict[str, Tenant]
) -> None:
    request = pipelines.open(repository.rename("help", acme="Help"))
    if how not in ("unplanned", "by a fork"):
        pipelines.store(request, {"report.json": b"{}"})
    commit = repository.merge("help")
    if how != "pushed":
        pipelines.close(request, commit)
    if how == "expired":
        pipelines.expire()
    if how == "by a fork":
        pipelines.store(request, {"report.json": b"{}"}, is_of_fork=True)
    applied = pipelines.apply(request, commit)
    assert applied.code != 0
    assert "no plan was approved with this commit" in applied.output
    assert not any(tenant.requests() for tenant in tenants.values())


def test_what_runs_when(pipelines: Pipelines) -> None:
    assert {event: pipelines.jobs_of(event) for event in ("request", "fork", "push", "schedule")} == {
        "request": ["plan"],
        "fork": [],
        "push": ["apply"],
        "schedule": ["audit"],
    }


def test_each_job_installs_what_it_needs(pipelines: Pipelines) -> None:
    """The audit's test runs these commands."""
    for job in ("plan", "apply", "audit"):
        assert pipelines.installs(job) == [
            "pip install -r requirements.txt",
            "ansible-galaxy collection install -r requirements.yml",
        ]


@either
def test_the_nightly_audit(pipelines: Pipelines, tenants: dict[str, Tenant]) -> None:
    tenants["acme"].poke(2, name="Vendas B2B")
    run = pipelines.audit(install=True)
    assert run.code != 0
    assert "acme: 1 different" in run.output
    assert [row["status"] for row in run.report["tenants"]] == ["differs", "as_listed"]
    assert writes(tenants) == {"acme": 0, "umbrella": 0}


@either
def test_a_run_that_has_no_report_says_so(pipelines: Pipelines, repository: Repository) -> None:
    request = pipelines.open(repository.report("old", "The old plan"))
    assert pipelines.plan(request).code == 0
    assert "The old plan" in comments(pipelines, request, "plan")[0]
    repository.git("checkout", "--quiet", "main")
    pipelines.push(request, repository.rename("help", acme="Help"))
    run = pipelines.plan(request, password="")
    assert run.code != 0
    assert "VAULT_PASSWORD" in run.output
    # The comment no longer shows the old plan.
    (comment,) = comments(pipelines, request, "plan")
    assert "The run failed before it wrote a report." in comment


def test_a_long_report_is_cut(pipelines: Pipelines, repository: Repository, plans: dict[str, dict[str, bytes]]) -> None:
    if "many" not in plans:
        queues = [{"slug": f"queue_{number}", "name": "ü" * 100, "number": f"4{number:04}"} for number in range(300)]
        file = repository.folder / "tenants/host_vars/acme/queues.yml"
        repository.git("checkout", "--quiet", "-B", "many")
        file.write_text(json.dumps({"evolux_queues": queues}), encoding="utf-8")
        plans["many"] = pipelines.plan(pipelines.open(repository.commit("Many queues"))).files
    request = pipelines.open(repository.report("long", plans["many"]["report.md"].decode()))
    assert pipelines.plan(request).code == 0
    (comment,) = comments(pipelines, request, "plan")
    assert len(comment) <= pipelines.longest
    assert ("so it was cut" in comment) is (pipelines.longest < 100_000)
    assert "2 tenants: 1 as listed, 1 would change" in comment


def test_on_ones_own_machine(repository: Repository, tenants: dict[str, Tenant]) -> None:
    folder = repository.clone("main")
    usual = {name: value for name, value in os.environ.items() if not name.startswith(("CI", "GIT"))}
    env = {**usual, "VAULT_PASSWORD": "example"}
    # The guide's test runs ci/plan.
    for step, code in {"ci/audit": 0, "ci/apply": 1}.items():
        done = subprocess.run([step], cwd=folder, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert ("This isn't a pipeline" in done.stderr) is (step != "ci/audit")
    assert writes(tenants) == {"acme": 0, "umbrella": 0}
    ignored = subprocess.run(["git", "status", "--porcelain"], cwd=folder, capture_output=True, text=True, check=True)
    assert ignored.stdout == ""
