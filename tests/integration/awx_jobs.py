# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the job templates and workflows of extensions/awx as AWX does: with ansible-runner, but without AWX."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from awx_plugins.interfaces._temporary_private_api import ManagedCredentialType
from awx_plugins.interfaces._temporary_private_credential_api import Credential
from awx_plugins.interfaces._temporary_private_inject_api import inject_credential

from awx_assets import assets
from awx_rules import answer_problems
from sandbox.control import Tenant

from .conftest import forms_of

ROOT = Path(__file__).resolve().parents[2]
CREDENTIAL_TYPE = assets("awx_credential_type", "en")
(WORKFLOW,) = assets("awx_workflows", "en")
ALL_TEMPLATES = assets("awx_job_templates", "en")
TEMPLATES = {template["name"].removeprefix("Evolux - "): template for template in ALL_TEMPLATES}


def credential(tenant: Tenant) -> dict[str, Any]:
    """What people fill in for a tenant."""
    return {"url": tenant.url, "token": tenant.token, "verify_certs": "true"}


def injected(
    inputs: dict[str, Any], folder: Path, credential_type: dict[str, Any] = CREDENTIAL_TYPE
) -> tuple[dict, dict]:
    """The environment that AWX's own code makes from a credential, and the environment that it shows.

    folder: the job's folder, which gets the credential's file; a job in a container sees it as /runner.
    """
    (folder / "env").mkdir(parents=True, exist_ok=True)
    kind = ManagedCredentialType(
        namespace="evolux",
        name=credential_type["name"],
        kind=credential_type["kind"],
        inputs=credential_type["inputs"],
        injectors=credential_type["injectors"],
    )
    env: dict[str, Any] = {}
    shown: dict[str, Any] = {}
    inject_credential(kind, Credential(inputs), env, shown, [], str(folder))
    env["EVOLUX_CA_PATH"] = env["EVOLUX_CA_PATH"].replace("/runner", str(folder), 1)
    return env, shown


class Unsafe(str):
    """Text that AWX marks as unsafe, not a template: everything that doesn't come from the job template itself."""

    @classmethod
    def marked(cls, value: Any) -> Any:
        """Mark all text in a value, including keys, as AWX's safe_dump does."""
        if isinstance(value, dict):
            return {cls.marked(key): cls.marked(each) for key, each in value.items()}
        if isinstance(value, list):
            return [cls.marked(each) for each in value]
        return cls(value) if isinstance(value, str) else value


def unsafe(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("!unsafe", str(value))


yaml.SafeDumper.add_representer(Unsafe, unsafe)


@dataclass
class Job:
    """What ansible-runner recorded of a run."""

    code: int
    output: str
    events: list[dict[str, Any]]
    kept: str

    @property
    def stats(self) -> dict[str, Any]:
        (found,) = [event["event_data"] for event in self.events if event["event"] == "playbook_on_stats"]
        return found

    @property
    def changed(self) -> bool:
        return bool(self.stats["changed"])

    @property
    def artifacts(self) -> dict[str, Any]:
        """The data from set_stats that AWX keeps: RunnerCallback.event_handler takes it from the events."""
        found = [event["event_data"].get("artifact_data") for event in self.events if event.get("event_data")]
        return next((artifacts for artifacts in reversed(found) if artifacts), {})


class Runner:
    """Runs job templates as AWX does: a folder with the project, the inventory, extra variables and an environment."""

    def __init__(self, folder: Path, credential: dict[str, Any], hosts: dict[str, Any]) -> None:
        self.folder = folder
        self.token = credential["token"]
        self.runs = 0
        for place in ("playbooks", "roles"):
            shutil.copytree(ROOT / place, folder / "project" / place)
        (folder / "inventory").mkdir()
        # Each host has its own address, as setup.yml sets it.
        own = {name: {"evolux_api_url": credential["url"], **variables} for name, variables in hosts.items()}
        (folder / "inventory" / "hosts.json").write_text(json.dumps({"all": {"hosts": own}}))
        env = {
            # The execution environment contains the collection.
            "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
            "ANSIBLE_FORCE_COLOR": "false",
            **injected(credential, folder)[0],
        }
        (folder / "env" / "envvars").write_text(json.dumps(env))

    def launch(
        self, name: str, answers: dict[str, str] | None = None, *args: str, artifacts: dict[str, Any] | None = None
    ) -> Job:
        """Launch a job template with answers to its survey, at -vvvv, so that the token has every chance to leak.

        artifacts: those of the preceding nodes in a workflow.
        """
        template = TEMPLATES[name]
        extra_vars = {"awx_job_id": self.runs + 1, **template.get("extra_vars", {}), **Unsafe.marked(artifacts or {})}
        for question in template["survey"]:
            answer = (answers or {}).get(question["variable"], question["default"])
            assert answer_problems(question, answer) == []
            extra_vars[question["variable"]] = Unsafe(answer)
        (self.folder / "env" / "extravars").write_text(yaml.safe_dump(extra_vars))
        options = [*(["--check"] if template["job_type"] == "check" else []), "--diff", "-vvvv", *args]
        if not template.get("diff_mode"):
            options.remove("--diff")
        (self.folder / "env" / "cmdline").write_text(" ".join(options))
        self.runs += 1
        ident = str(self.runs)
        command = [sys.executable, "-m", "ansible_runner", "run", str(self.folder)]
        command += ["--playbook", template["playbook"], "--ident", ident]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("EVOLUX_")}
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=300, check=False, env=environment, stdin=subprocess.DEVNULL
        )
        artifacts = self.folder / "artifacts" / ident
        events = [json.loads(path.read_text()) for path in (artifacts / "job_events").glob("*.json")]
        kept = "\n".join(path.read_text() for path in artifacts.rglob("*") if path.is_file() and path.name != "command")
        output = done.stdout + done.stderr
        for form in forms_of(self.token):
            assert form not in output
            assert form not in kept
        assert "Traceback" not in output, output
        return Job(done.returncode, output, events, kept)


@dataclass
class Played:
    """A workflow job: which of its nodes ran, in order, and how they ended."""

    jobs: dict[str, Job] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether a node failed that has no successor for a failure, as in WorkflowDAG.has_workflow_failed."""
        handled = {node["identifier"] for node in WORKFLOW["nodes"] if node.keys() & {"failure_nodes", "always_nodes"}}
        return any(status == "failed" for name, status in self.statuses.items() if name not in handled)


def play(runner: Runner, approve: Callable[[Job], bool], *args: str) -> Played:
    """Run the workflow, each node with the artifacts of all nodes before it.

    approve: answers the approval after seeing the previous job. Artifacts are passed on as in
    WorkflowJobNode.get_job_kwargs.
    """
    nodes = {node["identifier"]: node for node in WORKFLOW["nodes"]}
    played = Played()
    answers = {question["variable"]: question["default"] for question in WORKFLOW["survey"]}
    following = {name for node in nodes.values() for key in node if key.endswith("_nodes") for name in node[key]}
    ways: list[tuple[str, dict[str, Any], Job | None]] = [(name, {}, None) for name in nodes if name not in following]
    for name, inherited, before in ways:
        node, artifacts, job = nodes[name], inherited, before
        if "approval" in node:
            assert before is not None
            works = approve(before)
        else:
            job = runner.launch(node["job_template"].removeprefix("Evolux - "), answers, *args, artifacts=inherited)
            played.jobs[name] = job
            artifacts = {**inherited, **job.artifacts}
            works = job.code == 0
        played.statuses[name] = "successful" if works else "failed"
        for relation in ("success_nodes" if works else "failure_nodes", "always_nodes"):
            ways += [(one, artifacts, job) for one in node.get(relation, [])]
    return played
