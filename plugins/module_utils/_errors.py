# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""What can go wrong, as one exception that says it in words and in a form that playbooks can branch on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from ansible_collections.evolux.contact_center.plugins.module_utils._text import shown

# What isn't about the request alone.
_OTHERS: Final = ("auth", "rate_limit", "unreachable", "interrupted")


class EvoluxError(Exception):
    """A task can't reach its goal.

    str(error) is one sentence: what was asked, what came of it, what to do. Many errors together are
    several lines. Whatever it quotes, it is safe to be shown to people.

    cause, about: the same where many entries have one cause: what is so and what to do, and what is particular of this
        one, or an empty text.
    code: auth, not_found, archived, enabled, constraint, conflict, rate_limit, unreachable, redirect, bad_answer,
        ignored, interrupted, invalid, or api for any other refusal.
    status: the HTTP status, None where no answer came or nothing was sent.
    message: the API's own words, None where it said nothing.
    details: what the API said beside them of single parameters, None where it said nothing.
    saying: which of the API's documented sayings these are (SAYINGS in _http_errors), None for any other.
    method, path: the request, None where nothing was sent.
    unanswered: whether the server may work again in a moment: sending again, where that is safe, makes sense.
    maybe_done: whether the server may have carried the request out all the same.
    retry_after: the seconds that the server asked to wait, None where it didn't.
    stops: whether whatever else is still to be sent would fail in the same way.
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
        """Whether the server refused this very request, rather than the token or for the moment."""
        return self.status is not None and 400 <= self.status < 500 and self.code not in _OTHERS

    @property
    def is_limit(self) -> bool:
        """Whether the server takes no more requests for now, and says so."""
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
        """The same error in better words. second: what went wrong besides, when looking into it."""
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
    """The error of what nobody foresaw. masked: takes the token out of a text."""
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
    """The error of a task that was told to end before it was done."""
    return EvoluxError("interrupted", "The task was interrupted; run again to finish the job.")
