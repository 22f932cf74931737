# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The one exception for what can go wrong: in words for people, and in a form that playbooks can branch on."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from ansible_collections.evolux.contact_center.plugins.module_utils._text import shown

# Errors that aren't about one request alone.
_OTHERS: Final = ("auth", "rate_limit", "unreachable", "interrupted")


class EvoluxError(Exception):
    """A task can't reach its goal.

    str(error) is one sentence: what was requested, what came back, what to do. Several errors together
    take several lines. It is always safe to show to people.

    cause, about: the same, split for when many entries share one cause: the cause and what to do, and what is specific
        to this entry (or an empty text).
    code: auth, not_found, archived, enabled, constraint, conflict, rate_limit, unreachable, redirect, bad_answer,
        ignored, interrupted, invalid, or api for any other refusal.
    status: the HTTP status; None if no answer came or nothing was sent.
    message: the API's own words; None if it said nothing.
    details: what the API also said about single parameters; None if it said nothing.
    saying: which of the API's documented messages it is (SAYINGS in _http_errors); None for any other.
    method, path: the request; None if nothing was sent.
    unanswered: whether the server may recover in a moment, so that a retry makes sense where it is safe.
    maybe_done: whether the server may have carried out the request anyway.
    retry_after: the seconds that the server asked to wait; None if it didn't.
    stops: whether any other request would fail in the same way.
    """

    def __init__(
        self,
        code: str,
        text: str,
        *,
        lines: Iterable[str] = (),
        cause: str | None = None,
        about: str = "",
        status: int | None = None,
        message: str | None = None,
        details: Mapping[str, Any] | None = None,
        saying: str | None = None,
        method: str | None = None,
        path: str | None = None,
        unanswered: bool = False,
        maybe_done: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__("\n".join(map(shown, (text, *lines))))
        self.cause = shown(cause or text)
        self.about = shown(about) if about else ""
        self.code = code
        self.status = status
        self.message = message
        self.details = details
        self.saying = saying
        self.method = method
        self.path = path
        self.unanswered = unanswered
        self.maybe_done = maybe_done
        self.retry_after = retry_after
        self.stops = code in ("auth", "unreachable", "interrupted")

    @property
    def is_refusal(self) -> bool:
        """Whether the server refused this request itself, rather than the token or any request for now."""
        return self.status is not None and 400 <= self.status < 500 and self.code not in _OTHERS

    @property
    def is_limit(self) -> bool:
        """Whether the server says that it takes no more requests for now."""
        return self.code == "rate_limit" or self.retry_after is not None

    def public(self) -> dict[str, Any]:
        """The returned key C(error) of the modules."""
        return {
            "code": self.code,
            "status": self.status,
            "message": self.message,
            "details": self.details,
            "method": self.method,
            "path": self.path,
        }

    def explained(
        self,
        text: str,
        second: EvoluxError | None = None,
        *,
        lines: Iterable[str] = (),
        cause: str | None = None,
        about: str = "",
    ) -> EvoluxError:
        """The same error with a better explanation. second: an error that occurred while looking for it."""
        error = EvoluxError(
            self.code,
            text,
            lines=lines,
            cause=cause,
            about=about,
            status=self.status,
            message=self.message,
            details=self.details,
            saying=self.saying,
            method=self.method,
            path=self.path,
            maybe_done=self.maybe_done,
        )
        error.stops = self.stops or (second is not None and second.stops)
        return error


def broken(bug: BaseException, masked: Callable[[str], str]) -> EvoluxError:
    """The error for an unexpected exception. masked: removes the token from a text."""
    if isinstance(bug, MemoryError):
        return EvoluxError("api", "This machine is out of memory; free some, then run again.")
    frame = bug.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    file = frame.tb_frame.f_code.co_filename.rpartition("/")[2] if frame else ""
    what = masked(f"{type(bug).__name__}: {bug}")
    text = (
        f"An unexpected error occurred in this collection: {what} ({file}, line {frame.tb_lineno if frame else 0}); "
        "check the tenant, run again, and report the error if it keeps happening."
    )
    return EvoluxError("api", text)


def interrupted() -> EvoluxError:
    """The error for a task that was interrupted."""
    return EvoluxError("interrupted", "The task was interrupted; run again to finish the job.")


def let_go(error: BaseException) -> None:
    """Free what the calls that an error came through have left, such as half of an answer.

    An error refers to them. If one of them refers to the error, only a search for garbage would free both.
    """
    cause: BaseException | None = error
    while cause is not None:
        traceback.clear_frames(cause.__traceback__)
        cause = cause.__context__
