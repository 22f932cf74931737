# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sends the requests to a tenant, in order, and keeps the answers for the questions to judge."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .wire import Answer, Limit, Stop, Wire, is_number

NEEDS_WRITING = "needs WRITE=yes"
NEEDS_DID = "needs a free DID"
TOO_FEW = "needs one more free number"
MAX_PAGES = 200
MAX_LAG = 9  # reads, in about 10 seconds
BURST = 30  # reads
LOOKED_AT = 3  # queues, in search of one with more than a page of pauses
FAR = 99999  # a page that no tenant has


class NotSeen(Exception):
    """The answers don't show which reading it is; the text says why."""


@dataclass(frozen=True)
class Given:
    """Values for the new queues. numbers and did: free ones; stamp: distinguishes this run's queues from all others."""

    numbers: tuple[str, ...] = ()
    did: str | None = None
    stamp: str = field(default_factory=lambda: time.strftime("%y%m%d%H%M") + secrets.token_hex(2))

    @property
    def prefix(self) -> str:
        """The prefix of the names of this run's queues."""
        return f"Evolux check {self.stamp}"

    @property
    def slug(self) -> str:
        """The prefix of the slugs that are sent."""
        return f"evolux_check_{self.stamp}"

    def check(self) -> None:
        """Raises Stop."""
        if len(set(self.numbers)) < 3 or not all(each.isascii() and each.isdigit() for each in self.numbers):
            raise Stop(
                "EVOLUX_LIVE_NUMBERS isn't a list of free numbers; set it to three to five, such as 7001,7002,7003."
            )
        if self.did is not None and not (self.did.isascii() and self.did.isdigit()):
            raise Stop("EVOLUX_LIVE_DID isn't a DID; set it to the digits of a DID that no queue has, or unset it.")


@dataclass
class Seen:
    """The answers, by step. lag: how many reads didn't show a new queue yet; None if no queue was created."""

    given: Given
    answers: dict[str, Answer] = field(default_factory=dict)
    not_asked: dict[str, str] = field(default_factory=dict)
    otherwise: str = NEEDS_WRITING
    active: list[dict[str, Any]] = field(default_factory=list)
    everything: list[dict[str, Any]] = field(default_factory=list)
    lag: int | None = None
    limits: list[Limit] = field(default_factory=list)
    was_hurried: bool = False

    def __getitem__(self, step: str) -> Answer:
        """Raises NotSeen if it wasn't asked or answered."""
        if step not in self.answers:
            raise NotSeen(self.not_asked.get(step, self.otherwise))
        if not self.answers[step].http:
            raise NotSeen("there was no answer")
        return self.answers[step]

    def get(self, step: str) -> Answer | None:
        """The answer, if there is one."""
        try:
            return self[step]
        except NotSeen:
            return None


class Visit:
    """Asks one tenant. tell: is called with a description of what comes next.

    patience: how many times it looks for a queue at the end if the create wasn't answered, at growing intervals.
    """

    patience = 5

    def __init__(self, wire: Wire, given: Given, tell: Callable[[str], None] = lambda _text: None) -> None:
        self.wire = wire
        self.given = given
        self.seen = Seen(given, limits=wire.limits)
        self._tell = tell
        self._ids = {"first": 0, "second": 0}
        self._active: set[int] = set()
        self._held: set[str] = set()
        self._lag_seconds = 0.0
        self._unsure = False
        self.has_written = False

    # ---- reading ----

    def read(self) -> None:
        """Ask everything that reading can show. Raises Stop."""
        self._tell("the queues")
        first = self._ask("queues", "GET", "/queues")
        _check_first(first)
        self.seen.active = self._whole("queues", {}, first)
        query = {"include_archived": "true"}
        self.seen.everything = self._whole("all queues", query, self._ask("all queues", "GET", "/queues", params=query))
        self._tell("single queues and their pauses")
        self._read_queues()
        self._tell("the agents")
        self._read_pages("agents", "/agents")
        self._tell("what doesn't exist or isn't allowed")
        self._ask("no such queue", "GET", f"/queues/{max(_ids(self.seen.everything), default=0) + 10**6}")
        self._ask("unknown parameter", "GET", "/queues", params={"evolux_check": "1"})
        self._ask("no such path", "GET", "/evolux-check")
        self._ask("wrong token", "GET", "/queues", token=f"{self.wire.token}x")

    def hurry(self) -> None:
        """Send a burst of reads to find a rate limit."""
        self._tell(f"{BURST} reads at once")
        self.wire.burst(BURST)
        self.seen.was_hurried = True

    def _ask(self, step: str, method: str, path: str, **parts: Any) -> Answer:
        answer = self.wire.send(method, path, **parts)
        self.seen.answers[step] = answer
        return answer

    def _whole(self, step: str, query: Mapping[str, str], first: Answer) -> list[dict[str, Any]]:
        """The items of all pages. The second page is requested even if nothing says that there is one."""
        found = dict(zip(_ids(first.items), first.items, strict=False))
        for page in range(2, MAX_PAGES + 1):
            answer = self.wire.send("GET", "/queues", params={**query, "page": str(page)})
            if page == 2:
                self.seen.answers[f"{step}, page 2"] = answer
            more = dict(zip(_ids(answer.items), answer.items, strict=False))
            if not answer.is_done or more.keys() <= found.keys():
                break
            found.update(more)
        return list(found.values())

    def _read_queues(self) -> None:
        active, archived = _ids(self.seen.active), set(_ids(self.seen.everything)) - set(_ids(self.seen.active))
        if active:
            self._ask("one queue", "GET", f"/queues/{active[0]}")
            asked = {id: self.wire.send("GET", f"/queues/{id}/pauses") for id in active[:LOOKED_AT]}
            most = max(asked, key=lambda id: len(asked[id].items))
            self._read_pages("pauses", f"/queues/{most}/pauses")
        if archived:
            one = max(archived)
            self._ask("archived queue", "GET", f"/queues/{one}")
            self._ask("archived pauses", "GET", f"/queues/{one}/pauses")
        self.seen.not_asked |= dict.fromkeys(("one queue", "pauses"), "no queue is active")
        self.seen.not_asked |= dict.fromkeys(("archived queue", "archived pauses"), "no queue is archived")

    def _read_pages(self, what: str, path: str) -> None:
        """Pages of pauses or agents."""
        if not self._ask(what, "GET", path).is_done:
            return
        if self._ask(f"{what}, limit 1000", "GET", path, params={"limit": "1000", "page": "1"}).is_done:
            self._ask(f"{what}, limit 1000, page 2", "GET", path, params={"limit": "1000", "page": "2"})
        else:
            for limit in ("50", "51"):
                self._ask(f"{what}, limit {limit}", "GET", path, params={"limit": limit, "page": "1"})
        self._ask(f"{what}, past the end", "GET", path, params={"page": str(FAR)})
        self._ask(f"{what}, no such limit", "GET", path, params={"limit": "none", "page": "1"})

    # ---- writing ----

    def write(self) -> None:
        """Create two queues and ask the rest with them. Raises Stop. `tidy` has to follow in any case."""
        self.seen.otherwise = "not asked: see above"
        self._check_free()
        self._tell("two new queues")
        self._make_two()
        self._tell("new queues that should be refused")
        self._create_amiss()
        self._tell("edits")
        self._edit()
        self._tell("archiving")
        self._archive_first()

    def _check_free(self) -> None:
        """Raises Stop if a number or the DID isn't free."""
        self.given.check()
        if not self.seen.answers["all queues"].is_done:
            raise Stop("The server refused to list archived queues, so nothing was written.")
        for name, wanted in (("number", self.given.numbers), ("public_number", (self.given.did,))):
            taken = {str(queue.get(name)) for queue in self.seen.active}
            if taken & set(wanted):
                what = "A number of EVOLUX_LIVE_NUMBERS" if name == "number" else "EVOLUX_LIVE_DID"
                raise Stop(f"{what} belongs to an active queue; choose free ones. Nothing was written.")

    def _make_two(self) -> None:
        given = self.given
        if self._ask("create nothing", "POST", "/queues", json={}).is_done:
            raise Stop("The server created a queue without a name. Look for it in Evolux, and archive it.")
        # No slug, to see what the server makes of the accent in the name.
        fields = {"name": f"{given.prefix} São 1", "number": given.numbers[0]}
        first = None
        if given.did:
            first = self._create("create with DID", **fields, public_number=given.did)
        first = first or self._create("create", **fields)
        if not first:
            refused = self.seen.answers["create"].status
            raise Stop(
                f"The server refused to create the first queue (HTTP {refused}). Check that the numbers are free."
            )
        self._ids["first"] = first
        second = self._create(
            "create second", name=f"{given.prefix} 2", number=given.numbers[1], slug=f"{given.slug}_2"
        )
        if not second:
            raise Stop(
                f"The server refused to create the second queue (HTTP {self.seen.answers['create second'].status})."
            )
        self._ids["second"] = second

    def _create(self, step: str, **fields: str) -> int | None:
        """The id of a new queue; None if it was refused. Raises Stop if that isn't known."""
        self._unsure = self.has_written = True
        answer = self._ask(step, "POST", "/queues", json=fields)
        if not answer.http:
            raise Stop("A request to create a queue wasn't answered.")
        if not answer.is_done:
            self._unsure = False
            return None
        id = answer.object.get("id")
        if not is_number(id):
            raise Stop("A request to create a queue was answered without an id.")
        if self.seen.lag is None:
            self._measure_lag(id)
        # From here on, the queue is edited and archived, so make sure that it is this run's own.
        if id in _ids(self.seen.everything) or not self._is_own(self._read(f"{step}, read", id).object):
            raise Stop("The new queue can't be read by the id that the server returned.")
        self._unsure = False
        self._active.add(id)
        self._held.add(fields["number"])
        return id

    def _measure_lag(self, id: int) -> None:
        begun = time.monotonic()
        for reads in range(MAX_LAG + 1):
            if self.wire.send("GET", f"/queues/{id}").is_done:
                self.seen.lag = reads
                self._lag_seconds = time.monotonic() - begun if reads else 0.0
                return
            time.sleep(0.01 * 2**reads)
        raise Stop(f"After {MAX_LAG + 1} reads, the server still didn't show a new queue.")

    def _read(self, step: str, id: int, **parts: Any) -> Answer:
        """Read a queue after a write."""
        for _each in range(self.seen.lag or 0):
            self.wire.send("GET", f"/queues/{id}")
        time.sleep(self._lag_seconds)
        return self._ask(step, "GET", f"/queues/{id}", **parts)

    def _spare(self) -> str | None:
        """A number that none of this run's queues holds; None if there is none."""
        return next((number for number in self.given.numbers if number not in self._held), None)

    def _create_amiss(self) -> None:
        given = self.given
        self._amiss("number twice", number=given.numbers[0], slug=f"{given.slug}_3")
        self._amiss("slug twice", slug=f"{given.slug}_2")
        self._amiss("slug of another form", slug=f"Evolux-Check {given.stamp}")
        if spare := self._spare():
            self._amiss("number with a letter", number=f"{spare}a", slug=f"{given.slug}_4")
        self._amiss("unknown DID", public_number=self._no_did(), slug=f"{given.slug}_5")

    def _amiss(self, step: str, **fields: str) -> None:
        """Send a create that should be refused. If it isn't, archive the queue at once."""
        if not (number := fields.get("number") or self._spare()):
            self.seen.not_asked[step] = TOO_FEW
            return
        if id := self._create(step, **{"name": f"{self.given.prefix} 3", "number": number, **fields}):
            self._archive(id)

    def _no_did(self) -> str:
        """Digits that aren't one of the tenant's DIDs, as far as its queues show."""
        shown = {str(queue.get("public_number")) for queue in self.seen.everything}
        return next(digit * 12 for digit in "0123456789" if digit * 12 not in shown)

    def _archive(self, id: int) -> None:
        if self.wire.send("DELETE", f"/queues/{id}").http and self._read("archived", id).is_refusal:
            self._active.discard(id)

    def _edit(self) -> None:
        given, second = self.given, self._ids["second"]
        self._edit_and_read("edit by form", second, "form", name=f"{given.prefix} 2 form")
        self._edit_and_read("edit by JSON", second, "json", name=f"{given.prefix} 2 JSON")
        kind = self._kind
        if kind is None:
            self.seen.otherwise = "no edit was accepted"
            return
        self._edit_and_read("edit the slug", second, kind, slug=f"{given.slug}_6")
        self._edit_and_read("edit the wait time", second, kind, max_wait_time=60)
        if spare := self._spare():
            shown = self._edit_and_read("edit the number", second, kind, number=spare)
            if shown.is_done and str(shown.object.get("number")) == spare:
                self._held ^= {spare, given.numbers[1]}
        else:
            self.seen.not_asked["edit the number"] = TOO_FEW
        if given.did and self.seen.answers["create with DID"].is_done:
            self._edit_and_read("edit the DID", second, kind, public_number=given.did)
            self._edit_and_read("clear the DID", self._ids["first"], kind, public_number="")
        reason = "the DID was refused" if given.did else NEEDS_DID
        self.seen.not_asked |= dict.fromkeys(("edit the DID", "clear the DID"), reason)

    @property
    def _kind(self) -> str | None:
        """Which kind of body edits accept; None if none was accepted."""
        steps = {"form": "edit by form", "json": "edit by JSON"}
        return next((kind for kind, step in steps.items() if self.seen.answers[step].is_done), None)

    def _edit_and_read(self, step: str, id: int, kind: str, **fields: Any) -> Answer:
        form = {name: (None, str(value)) for name, value in fields.items()}
        self._ask(step, "PUT", f"/queues/{id}", **({"json": fields} if kind == "json" else {"files": form}))
        return self._read(f"{step}, read", id)

    def _archive_first(self) -> None:
        first, given = self._ids["first"], self.given
        before = self.seen.answers["create, read" if "create, read" in self.seen.answers else "create with DID, read"]
        archived = self._ask("archive", "DELETE", f"/queues/{first}")
        if not self._read("archive, read", first).is_refusal:
            why = "archiving has no effect" if archived.is_done else "a new queue can't be archived"
            self.seen.otherwise = why
            return
        self._active.discard(first)
        kind = self._kind or "form"
        self._edit_and_read("edit the archived", first, kind, name=f"{given.prefix} São 1 archived")
        self._ask("archive again", "DELETE", f"/queues/{first}")
        self._ask("own archived pauses", "GET", f"/queues/{first}/pauses")
        slug = before.object.get("slug")
        if isinstance(slug, str) and slug:
            self._amiss("slug of the archived", slug=slug)
        if self._kind:
            second = self._ids["second"]
            self._edit_and_read("number of the archived", second, kind, number=given.numbers[0])

    # ---- the end ----

    def tidy(self) -> int:
        """Archive all queues that this run created, even if the create wasn't answered. Returns how many stay active.

        Raises Stop if that isn't known.
        """
        for id in sorted(self._active):
            self._archive(id)
        left = self._own()
        # If a create wasn't answered, the server may still be processing it, or reads may lag.
        for each in range(self.patience if self._unsure else 0):
            if left:
                break
            time.sleep(0.1 * 2**each)
            left = self._own()
        for id in left - self._active:
            self._archive(id)
        return len(self._own() if left else left)

    def _own(self) -> set[int]:
        """This run's active queues, as the list shows them."""
        for _each in range(self.seen.lag or 0):
            self.wire.send("GET", "/queues")
        answer = self.wire.send("GET", "/queues")
        if not answer.is_done:
            raise Stop("The list of queues couldn't be read at the end.")
        queues = self._whole("queues at the end", {}, answer)
        return {id for id, queue in zip(_ids(queues), queues, strict=False) if self._is_own(queue)}

    def _is_own(self, queue: Mapping[str, Any]) -> bool:
        return str(queue.get("name", "")).startswith(self.given.prefix)


def _ids(items: list[dict[str, Any]]) -> list[int]:
    """The ids of items; empty if one has none, as they can't be told apart then."""
    ids = [item.get("id") for item in items]
    return [id for id in ids if is_number(id)] if all(map(is_number, ids)) else []


def _check_first(answer: Answer) -> None:
    """Raises Stop unless it's a list of queues."""
    status = answer.status
    if not answer.http:
        raise Stop("EVOLUX_API_URL didn't answer. Check the address, the network and the certificate.")
    if 300 <= status < 400:
        raise Stop(
            f"The server redirects (HTTP {status}), which isn't followed. Set EVOLUX_API_URL to the tenant's own "
            "address."
        )
    if status in (401, 403) or (status == 400 and "token" in answer.message.lower()):
        raise Stop(f"The server rejected the token (HTTP {status}). Check EVOLUX_API_TOKEN.")
    if not answer.is_done or not isinstance(answer.data, list) or len(_ids(answer.items)) < len(answer.data):
        raise Stop(f"The answer (HTTP {status}) isn't what the Evolux API documents. Check EVOLUX_API_URL.")
