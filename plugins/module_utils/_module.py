# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Ansible's side of the modules: options, warnings, and the one place where an error becomes a failed task."""

from __future__ import annotations

import os
import select
import signal
import stat
import sys
from collections.abc import Callable, Hashable, Mapping
from contextlib import ExitStack, suppress
from typing import Any, Final

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common.parameters import AnsibleFallbackNotFound

from ansible_collections.evolux.contact_center.plugins.module_utils._api import Api
from ansible_collections.evolux.contact_center.plugins.module_utils._connection import HAS_REQUESTS, MASK, Connection
from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError, broken, interrupted
from ansible_collections.evolux.contact_center.plugins.module_utils._given import Given, as_given
from ansible_collections.evolux.contact_center.plugins.module_utils._http import Client
from ansible_collections.evolux.contact_center.plugins.module_utils._queue import CLEARABLE
from ansible_collections.evolux.contact_center.plugins.module_utils._text import shown
from ansible_collections.evolux.contact_center.plugins.module_utils._threads import ENDING, Threads

try:
    from ansible.module_utils import secrets as ansible_secrets
except ImportError:  # before ansible-core 2.22
    ansible_secrets = None


def _without_empty(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options without those that are empty strings or null, also within lists of options."""
    return {
        name: [_without_empty(item) if isinstance(item, Mapping) else item for item in value]
        if isinstance(value, list)
        else value
        for name, value in options.items()
        if value is not None and (value != "" or name in CLEARABLE)
    }


def _from_environment(name: str) -> str:
    """The value of an environment variable. An empty one counts as not set."""
    if value := os.environ.get(name):
        return value
    raise AnsibleFallbackNotFound


def _fallback(name: str) -> tuple[Callable[[str], str], list[str]]:
    return _from_environment, [name]


CONNECTION_OPTIONS: dict[str, dict[str, Any]] = {
    "api_url": {"type": "str", "required": True, "fallback": _fallback("EVOLUX_API_URL")},
    "api_token": {"type": "str", "required": True, "no_log": True, "fallback": _fallback("EVOLUX_API_TOKEN")},
    "validate_certs": {"type": "bool", "default": True, "fallback": _fallback("EVOLUX_VALIDATE_CERTS")},
    "ca_path": {"type": "path", "fallback": _fallback("EVOLUX_CA_PATH")},
    "timeout": {"type": "float", "default": 30.0},
    "retries": {"type": "int", "default": 3},
    "allow_plain_http": {"type": "bool", "default": False},
}


# APIs that the next module run in this process can reuse, by how they reach their tenant. None if each run has its own
# process. Ansible's worker, which runs the items of a loop one by one, puts a dictionary here.
kept: dict[Hashable, Api] | None = None
_KEPT_AT_MOST: Final = 16


def _keep(use: Hashable, api: Api) -> None:
    """Keep an API's connections for the next run that reaches the tenant in the same way, or close them."""
    api.http.threads.end()
    if kept is None or api.http.is_stopped:
        api.http.close()
        return
    if len(kept) == _KEPT_AT_MOST:
        kept.pop(next(iter(kept))).http.close()
    kept[use] = api


def _with_variables(msg: str) -> str:
    """Ansible's message about missing options, with the environment variables that can set them."""
    beginning, _colon, names = msg.partition("missing required arguments: ")
    options = [CONNECTION_OPTIONS[name] for name in names.split(", ") if name in CONNECTION_OPTIONS]
    if beginning or not options:
        return msg
    variables = " and ".join(option["fallback"][1][0] for option in options)
    return f"{msg}; set {'it' if len(options) == 1 else 'them'} here or in {variables}"


def _end_with_ansible() -> None:
    """End this process when nobody reads its result any more, and report what is known when a signal ends it.

    Ansible doesn't tell its modules when it ends, so the module of an interrupted play would go on writing. Inside
    Ansible's worker, which takes care of itself, this does nothing.
    """
    if sys.stdout is not sys.__stdout__ or not stat.S_ISFIFO(os.fstat(1).st_mode):
        return

    def watch() -> None:
        poll = select.poll()
        poll.register(1, 0)  # reports when the other end closes
        poll.poll()
        os._exit(1)

    def end(_number: int, _frame: object) -> None:
        for number in ENDING:  # only once: leave time to report what is known
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    with suppress(ValueError):  # only allowed in the main thread, where modules run
        for number in ENDING:
            signal.signal(number, end)
    # Without a thread, the process ends when its work is done.
    Threads().start(watch)


class EvoluxModule(AnsibleModule):
    """A module of this collection: with its own options and those of the connection, and with check mode."""

    params: dict[str, Any]
    _given: Given

    def __init__(self, options: Mapping[str, Any], **kwargs: Any) -> None:
        self._afterwards = ExitStack()
        self._client: Client | None = None
        super().__init__(argument_spec={**CONNECTION_OPTIONS, **options}, supports_check_mode=True, **kwargs)

    def _load_params(self) -> None:
        """Look at the values before Ansible converts them to text, and drop empty ones.

        Surveys send empty values for unanswered questions. With ansible-core 2.19 and newer, AWX's are null.
        """
        super()._load_params()
        entries = self.argument_spec.get("queues", {}).get("options", {})
        aliases = (alias for option in entries.values() for alias in option.get("aliases", ()))
        self._given = as_given(_without_empty(self.params), {*entries, *aliases})
        self.params = self._given.options

    def api(self) -> Api:
        """The API of the tenant in the options. Raises EvoluxError (invalid)."""
        # Ansible masks the value as given. Libraries and servers may show it in another form.
        if stripped := self.params["api_token"].strip():
            self._hide({stripped})
        options = {name: self.params[name] for name in CONNECTION_OPTIONS}
        # The environment may set the proxy and what is trusted.
        use = (*options.values(), frozenset(os.environ.items()))
        api = kept.pop(use, None) if kept is not None else None
        if api is None:
            api = Api(Client(Connection.checked(**options)))
        else:
            api.http.begin(again=True)
        self._hide(api.http.secrets())
        self._client = api.http
        self._afterwards.callback(_keep, use, api)
        return api

    def _hide(self, secrets: set[str]) -> None:
        """Let Ansible mask these in everything that the task outputs."""
        if ansible_secrets:
            ansible_secrets.register_secrets(secrets)
        else:
            self.no_log_values.update(secrets)

    def run(self, work: Callable[[EvoluxModule], Mapping[str, Any]]) -> None:
        """Do the module's work, and end the task with its result or with the error."""
        if not HAS_REQUESTS:
            self.fail_json(msg=missing_required_lib("requests"))
        failure = None
        _end_with_ansible()
        try:
            self._check_given()
            # Don't leave connections open in the worker.
            with self._afterwards:
                result = work(self)
        except EvoluxError as error:
            failure = error
        except KeyboardInterrupt:
            failure = interrupted()
        except Exception as bug:  # never a traceback
            failure = broken(bug, self._masked)
        # Not in the except clause: older cores would add the traceback.
        if failure is not None:
            # An unexpected error may have occurred between a write and its result.
            self.fail(failure, changed=self._client is not None and self._client.has_written)
        self.exit_json(**result)

    def _check_given(self) -> None:
        """Warn about unquoted numbers. Raises EvoluxError (invalid) for other values that aren't text."""
        if problems := self._given.problems:
            # Most runs have none, and startup should be fast.
            from ansible_collections.evolux.contact_center.plugins.module_utils._report import refusal

            having = {who for who, _error in problems if who}
            raise refusal(problems, len(having), len(self.params.get("queues") or ()))
        if self._given.warning:
            self.warn(self._given.warning)

    def warn(self, warning: str) -> None:
        """Warn without showing the token: newer cores don't mask warnings."""
        super().warn(self._masked(shown(warning)))

    def _masked(self, text: str) -> Any:
        if ansible_secrets:
            return ansible_secrets.mask_secrets(text, mask_placeholder=MASK)
        # Imported late: the newest core deprecates it.
        from ansible.module_utils.common.parameters import remove_values

        return remove_values(text, self.no_log_values)

    def fail_json(self, msg: str, **kwargs: Any) -> None:
        """End the task as failed. What Ansible itself refuses gets an error to branch on, too."""
        if "error" not in kwargs:
            msg = shown(_with_variables(msg))
            kwargs["error"] = EvoluxError("invalid", msg).public()
        kwargs.setdefault("changed", False)
        super().fail_json(msg, **kwargs)

    def fail(self, error: EvoluxError, **result: Any) -> None:
        """End the task as failed. Unless the result says otherwise, nothing was changed."""
        self.fail_json(msg=str(error), error=error.public(), **result)
