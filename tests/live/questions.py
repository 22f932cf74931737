# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the API documentation leaves open, as one table: each assumption, and how answers show which reading holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, NamedTuple

from sandbox.switches import EDITABLE, SeedError, Switches

from .visit import NotSeen, Seen
from .wire import Answer, is_number

QUEUE: Final = ("id", "name", "slug", "number", "public_number")
AGENT: Final = ("id", "name", "login", "archived", "enable", "queues")
PAGE: Final = 50  # the documented maximum
RETRIES: Final = 3  # the modules' default: how many lagging reads they wait out

AS_ASSUMED, HANDLED, NOT_HANDLED, UNKNOWN = "as assumed", "other reading, handled", "not handled", "unknown"


class Other(NamedTuple):
    """A reading that isn't among those of a switch."""

    text: str


# ---- one answer ----


def status(answer: Answer) -> Other:
    """A status that isn't one of the readings."""
    return Other(f"HTTP {answer.status}")


def one_of(answer: Answer, *statuses: int) -> Any:
    return answer.status if answer.status in statuses else status(answer)


def refused(answer: Answer, yes: Any, no: Any) -> Any:
    """One reading if the request was refused, the other one if it was done."""
    return yes if answer.is_refusal else no if answer.is_done else status(answer)


def value(answer: Answer, name: str) -> str | None:
    """A field of the queue that was read. Raises NotSeen."""
    if not answer.is_done or not answer.object:
        raise NotSeen("the queue couldn't be read")
    found = answer.object.get(name)
    return None if found in (None, "") else str(found)


def body(answer: Answer) -> Any:
    """What the answer to a write contains."""
    if not answer.is_done:
        raise NotSeen("no such write was accepted")
    if answer.is_empty:
        return "none" if answer.http == 204 else "empty"
    if answer.object:
        return "queue" if "name" in answer.object else "id" if set(answer.object) == {"id"} else Other("another object")
    return Other("another body")


def twice(items: list[dict[str, Any]], name: str) -> bool:
    """Whether two items have the same value."""
    values = [str(item[name]) for item in items if item.get(name)]
    return len(set(values)) < len(values)


def order(items: list[dict[str, Any]], what: str) -> Any:
    if len(items) < 3:
        raise NotSeen(f"fewer than 3 {what}")
    ids = [id for id in (item.get("id") for item in items) if is_number(id)]
    names = [str(item.get("name")) for item in items]
    if len(ids) < len(items):
        raise NotSeen("ids that aren't numbers")
    folded = [name.casefold() for name in names]
    fits = {
        "id": ids == sorted(ids),
        "newest": ids == sorted(ids, reverse=True),
        "name": names == sorted(names) or folded == sorted(folded),
    }
    found = [name for name, fit in fits.items() if fit]
    if len(found) > 1:
        raise NotSeen(f"{' and '.join(found)} would look the same")
    return found[0] if found else Other("another order")


def complete(items: list[dict[str, Any]], names: tuple[str, ...], what: str) -> Any:
    if not items:
        raise NotSeen(f"no {what}")
    missing = [name for name in names if not all(name in item for item in items)]
    return Other(f"without {', '.join(missing)}") if missing else "all"


# ---- what is refused, and how ----


def bad_token(seen: Seen) -> Any:
    return one_of(seen["wrong token"], 401, 403, 400)


def refusals_in(seen: Seen) -> Any:
    answers = [answer for answer in seen.answers.values() if answer.is_refusal and isinstance(answer.json, dict)]
    if not answers:
        raise NotSeen("no refusal was in JSON")
    return "meta" if any(answer.in_meta for answer in answers) else "status"


def plain_refusals(seen: Seen) -> Any:
    answers = [seen["no such path"], seen["wrong token"]]
    if not all(answer.is_refusal for answer in answers):
        return status(next(answer for answer in answers if not answer.is_refusal))
    return "json" if all(isinstance(answer.json, dict) for answer in answers) else "html"


def errors_object(seen: Seen) -> Any:
    steps = ("agents, no such limit", "pauses, no such limit", "create nothing")
    answers = [answer for answer in map(seen.get, steps) if answer and answer.is_refusal]
    if not answers:
        raise NotSeen("no parameter was refused")
    return any(isinstance(answer.json, dict) and answer.json.get("errors") for answer in answers)


def forbidden_by_state(seen: Seen) -> Any:
    edit = seen.get("edit the archived")
    if edit is None and seen["archive"].is_done:
        raise NotSeen("archiving has no effect")
    return one_of(edit or seen["archive"], 422, 400, 409)


# ---- queues ----


def numbers(seen: Seen) -> Any:
    return refused(seen["number with a letter"], "digits", "any")


def unique_numbers(seen: Seen) -> Any:
    if twice(seen.active, "number") or (dup := seen["number twice"]).is_done:
        return "none"
    if not dup.is_refusal:
        return status(dup)
    edit = seen["number of the archived"]
    if edit.is_done and value(seen["number of the archived, read"], "number") != seen.given.numbers[0]:
        raise NotSeen("editing number has no effect")
    return refused(edit, "all", "active")


def archived_slugs(seen: Seen) -> Any:
    return "free" if twice(seen.everything, "slug") else refused(seen["slug of the archived"], "kept", "free")


def slug_form(seen: Seen) -> Any:
    answer, stamp = seen["slug of another form"], seen.given.stamp
    if not answer.is_done:
        return refused(answer, "refused", None)
    slug = value(seen["slug of another form, read"], "slug")
    return {f"Evolux-Check {stamp}": "any", f"evoluxcheck_{stamp}": "made"}.get(slug or "", Other("another form"))


def accents_in_slugs(seen: Seen) -> Any:
    read = seen.get("create with DID, read") or seen["create, read"]
    base = seen.given.slug
    readings = {f"{base}_sao_1": "folded", f"{base}_so_1": "dropped"}
    return readings.get(value(read, "slug") or "", Other("another form"))


def dids(seen: Seen) -> Any:
    if twice(seen.active, "public_number"):
        return "shared"
    edit = seen["edit the DID"]
    if edit.is_done and value(seen["edit the DID, read"], "public_number") != seen.given.did:
        raise NotSeen("editing public_number has no effect")
    return refused(edit, "exclusive", "shared")


def unknown_did(seen: Seen) -> Any:
    answer = seen["unknown DID"]
    if answer.is_done:
        return Other("accepted")
    return "constraint" if answer.status == 500 else refused(answer, "refused", None)


def enable_new_queues(seen: Seen) -> Any:
    answer = seen["archive"]
    return True if answer.is_refusal and "enabled" in answer.message.lower() else refused(answer, status(answer), False)


# ---- edit and archive ----


def edit_as(seen: Seen) -> Any:
    steps = {"form": "edit by form", "json": "edit by JSON"}
    accepted = [kind for kind, step in steps.items() if seen[step].is_done]
    effective = [kind for kind in accepted if has_effect(seen, steps[kind], "name")]
    found = effective or accepted
    return found[0] if len(found) == 1 else "either" if found else Other("neither form nor JSON")


def has_effect(seen: Seen, step: str, name: str) -> bool | None:
    """Whether editing a field had an effect; None if that isn't known."""
    sent = {
        "edit by form": f"{seen.given.prefix} 2 form",
        "edit by JSON": f"{seen.given.prefix} 2 JSON",
        "edit the wait time": "60",
        "edit the DID": seen.given.did,
        "clear the DID": None,
    }
    answer, read = seen.get(step), seen.get(f"{step}, read")
    if not answer or not read or not answer.is_done or not read.is_done or name not in read.object:
        return None
    if step == "edit the number":
        return value(read, name) != seen.given.numbers[1]
    return value(read, name) == sent[step]


def edit_without_effect(seen: Seen) -> Any:
    steps = {
        "name": ("edit by form", "edit by JSON"),
        "number": ("edit the number",),
        "public_number": ("edit the DID", "clear the DID"),
        "max_wait_time": ("edit the wait time",),
    }
    told = {name: [has_effect(seen, step, name) for step in steps[name]] for name in EDITABLE}
    if not any(effect is not None for effects in told.values() for effect in effects):
        seen["edit by form"]  # raises NotSeen, with the reason, if it wasn't asked
        raise NotSeen("no edit was accepted")
    return tuple(name for name, effects in told.items() if False in effects and True not in effects)


def edit_answer(seen: Seen) -> Any:
    form = seen["edit by form"]
    return body(form if form.is_done else seen["edit by JSON"])


def empty_did(seen: Seen) -> Any:
    edit = seen["clear the DID"]
    if edit.is_done and not has_effect(seen, "clear the DID", "public_number"):
        raise NotSeen("editing public_number has no effect")
    return refused(edit, "refused", "clears")


def archive_without_effect(seen: Seen) -> Any:
    if not seen["archive"].is_done:
        raise NotSeen("a new queue can't be archived")
    return seen["archive, read"].is_done


def archive_again(seen: Seen) -> Any:
    answer = seen["archive again"]
    return "not_found" if answer.status == 404 else refused(answer, "forbidden", "done")


# ---- what reads show ----


def _read(seen: Seen) -> Answer:
    """The read of a queue by its id."""
    return seen.get("create, read") or seen.get("create with DID, read") or seen["one queue"]


def show_max_wait_time(seen: Seen) -> Any:
    if any("max_wait_time" in queue for queue in seen["queues"].items):
        return "always"
    return "read" if "max_wait_time" in _read(seen).object else "never"


def numbers_as_json(seen: Seen) -> Any:
    values = [queue.get(name) for queue in seen.everything for name in ("number", "public_number")]
    if any(is_number(each) for each in values):
        return True
    if any(isinstance(each, str) and re.fullmatch("[1-9][0-9]*", each) for each in values):
        return False
    raise NotSeen("no number shows it")


def reads_lag(seen: Seen) -> Any:
    if seen.lag is None:
        raise NotSeen(seen.otherwise)
    return seen.lag


def archived_pauses(seen: Seen) -> Any:
    own = seen.get("own archived pauses")
    return refused(own or seen["archived pauses"], "refused", "shown")


def extra_fields(seen: Seen) -> Any:
    queues = [*seen.everything, *([read.object] if (read := seen.get("one queue")) and read.is_done else [])]
    if not queues:
        raise NotSeen("no queue")
    names = {name for queue in queues for name in queue} - {*QUEUE, "max_wait_time"}
    # Names of fields are the vendor's, so they can be reported; anything else may be the tenant's.
    return tuple(sorted({name if re.fullmatch("[a-z_]{1,30}", name) else "(another)" for name in names}))


# ---- agents, pages and limits ----


def agents(seen: Seen) -> Any:
    answer = seen["agents"]
    return False if answer.status == 404 else refused(answer, status(answer), True)


def _items(seen: Seen, what: str) -> Answer:
    answer = seen[what]
    if not answer.is_done:
        raise NotSeen(f"{what}: HTTP {answer.status}")
    return answer


def both(seen: Seen, ask: Callable[[Seen, str], Any]) -> Any:
    """What agents and pauses show, as both have the same kind of pages."""
    found: dict[str, Any] = {}
    reasons: list[NotSeen] = []
    for what in ("agents", "pauses"):
        try:
            found[what] = ask(seen, what)
        except NotSeen as reason:
            reasons.append(reason)
    if not found:
        raise reasons[0]
    known = {what: each for what, each in found.items() if not isinstance(each, Other)} or found
    if len(set(known.values())) > 1:
        return Other(", ".join(f"{what} {shown(each)}" for what, each in known.items()))
    return next(iter(known.values()))


def page_cap(seen: Seen, what: str) -> Any:
    first = _items(seen, what)
    large = seen[f"{what}, limit 1000"]
    if not large.is_done:
        if seen[f"{what}, limit 51"].is_done:
            return Other("more than 50")
        return PAGE if seen[f"{what}, limit 50"].is_done else first.page_size or Other("below 50")
    if large.page_size and large.page_size < 1000:
        return large.page_size
    if _goes_on(seen, what):
        return len(large.items)
    if len(large.items) > PAGE:
        return Other("more than 50")
    raise NotSeen(f"fewer than 51 {what}")


def _goes_on(seen: Seen, what: str) -> bool:
    """Whether there is more than one page."""
    second = seen.get(f"{what}, limit 1000, page 2")
    return bool(second and second.items and second.items != seen[f"{what}, limit 1000"].items)


def limit_above(seen: Seen, what: str) -> Any:
    _items(seen, what)
    return refused(seen[f"{what}, limit 1000"], "refused", "cut")


def past_end(seen: Seen, what: str) -> Any:
    first, far = _items(seen, what), seen[f"{what}, past the end"]
    if far.status == 404:
        return "not_found"
    if not far.is_done:
        return refused(far, "refused", None)
    if not first.items:
        raise NotSeen(f"no {what}")
    if not far.items:
        return "empty"
    return Other("the first page") if far.items == first.items and _goes_on(seen, what) else "last"


def list_page_cap(seen: Seen) -> Any:
    first, second = seen["queues"], seen["queues, page 2"]
    if first.page_size:
        return first.page_size
    if second.is_done and second.items and second.items != first.items:
        return len(first.items)
    if max(len(first.items), len(seen["all queues"].items)) > PAGE:
        return None
    raise NotSeen("fewer than 51 queues")


def list_pagination(seen: Seen) -> Any:
    if seen["queues"].pagination is not None:
        return True
    if list_page_cap(seen) is None:
        raise NotSeen("the list isn't paged")
    return False


def requests_per_second(seen: Seen) -> Any:
    if seen.limits:
        return seen.limits[0].passed
    if seen.was_hurried:
        return None
    raise NotSeen("no limit reached; try --burst")


def limited_as(seen: Seen) -> Any:
    if not seen.limits:
        raise NotSeen("no limit reached")
    answer = seen.limits[0].answer
    if answer.status == 503:
        return "503"
    return "429 without Retry-After" if answer.retry_after is None else "429"


# ---- what the documentation says, or nearly says ----


def expected(step: str, *statuses: int, words: str = "") -> Callable[[Seen], Any]:
    """Asks for the status of an answer whose message has certain words."""

    def ask(seen: Seen) -> Any:
        answer = seen[step]
        found = one_of(answer, *statuses)
        return found if words in answer.message.lower() or isinstance(found, Other) else Other(f"{found}, other words")

    return ask


def create_status(seen: Seen) -> Any:
    created = seen.get("create") or seen["create with DID"]
    return one_of(created, 201, 200)


def slug_of_nothing(_seen: Seen) -> Any:
    raise NotSeen("no name would show it")


# ---- the table ----


@dataclass(frozen=True)
class Question:
    """One assumption.

    documented: whether the API documentation says it; "partly" if it says that something is refused, but not how.
    ours: what the collection assumes; for a switch, its default. handled: whether the collection works with another
    reading, or says why it doesn't.
    """

    name: str
    documented: str
    ask: Callable[[Seen], Any]
    needs_writing: bool = False
    ours: Any = ...
    handled: Callable[[Any, Mapping[str, Any]], bool] | None = None

    @property
    def is_switch(self) -> bool:
        return self.name in {entry.name for entry in fields(Switches)}

    @property
    def assumed(self) -> Any:
        return getattr(Switches(), self.name) if self.ours is ... else self.ours

    def verdict(self, observed: Any, readings: Mapping[str, Any]) -> str:
        """What a reading means for the collection. readings: those of all questions."""
        if isinstance(observed, (NotSeen, Other)):
            return UNKNOWN
        if observed == self.assumed and type(observed) is type(self.assumed):
            return AS_ASSUMED
        if self.handled is not None:
            return HANDLED if self.handled(observed, readings) else NOT_HANDLED
        return HANDLED if self.is_switch and _is_reading(self.name, observed) else UNKNOWN


def _is_reading(name: str, reading: Any) -> bool:
    try:
        replace(Switches(), **{name: reading})
    except SeedError:
        return False
    return True


def _pages_are_told(cap: Any, readings: Mapping[str, Any]) -> bool:
    """Without a pagination object, the collection looks for more only if a list has exactly the usual page size."""
    return cap == PAGE or readings.get("list_pagination") is True


WRITES = True
QUESTIONS: Final = (
    Question("bad_token", "no", bad_token),
    Question("refusals_in", "yes", refusals_in),
    Question("plain_refusals", "no", plain_refusals),
    Question("errors_object", "no", errors_object),
    Question("unknown", "no", lambda seen: refused(seen["unknown parameter"], "refused", "ignored")),
    Question("forbidden_by_state", "partly", forbidden_by_state, WRITES),
    Question("missing_fields", "partly", expected("edit the slug", 400, 422), WRITES),
    Question("missing_params", "yes", expected("create nothing", 400, words="missing"), WRITES, ours=400),
    Question("no_such_queue", "yes", expected("no such queue", 404), ours=404),
    Question("archived_not_asked_for", "yes", expected("archived queue", 422, words="archived"), ours=422),
    Question("broken_constraint", "yes", expected("slug twice", 500, words="constraint"), WRITES, ours=500),
    Question("numbers", "no", numbers, WRITES),
    Question("unique_numbers", "no", unique_numbers, WRITES),
    Question("archived_slugs", "no", archived_slugs, WRITES),
    Question("slug_form", "partly", slug_form, WRITES),
    Question("accents_in_slugs", "no", accents_in_slugs, WRITES),
    Question("slug_of_nothing", "no", slug_of_nothing, WRITES, ours="queue_<id>"),
    Question("dids", "no", dids, WRITES),
    Question("unknown_did", "partly", unknown_did, WRITES),
    Question("enable_new_queues", "no", enable_new_queues, WRITES),
    Question("create_status", "yes", create_status, WRITES, ours=201, handled=lambda *_any: True),
    Question("edit_as", "partly", edit_as, WRITES),
    Question("edit_answer", "no", edit_answer, WRITES),
    Question("edit_without_effect", "no", edit_without_effect, WRITES),
    Question("empty_did", "no", empty_did, WRITES),
    Question("archive_answer", "no", lambda seen: body(seen["archive"]), WRITES),
    Question("archive_without_effect", "no", archive_without_effect, WRITES),
    Question("archive_again", "no", archive_again, WRITES),
    Question("queue_fields", "yes", lambda seen: complete(seen.everything, QUEUE, "queue"), ours="all"),
    Question("show_max_wait_time", "partly", show_max_wait_time),
    Question("numbers_as_json", "partly", numbers_as_json),
    Question("reads_lag", "no", reads_lag, WRITES, handled=lambda lag, _all: bool(lag <= RETRIES)),
    Question("list_order", "no", lambda seen: order(seen["queues"].items, "queues")),
    Question("archived_pauses", "no", archived_pauses),
    Question("extra_fields", "no", extra_fields, ours=(), handled=lambda *_any: True),
    Question("agents", "partly", agents),
    Question("agents_order", "no", lambda seen: order(_items(seen, "agents").items, "agents")),
    Question("agents_pagination", "yes", lambda seen: _items(seen, "agents").pagination is not None),
    Question("agent_fields", "no", lambda seen: complete(_items(seen, "agents").items, AGENT, "agent"), ours="all"),
    Question("page_cap", "yes", lambda seen: both(seen, page_cap)),
    Question("limit_above", "no", lambda seen: both(seen, limit_above)),
    Question("pauses_pagination", "no", lambda seen: _items(seen, "pauses").pagination is not None),
    Question("list_page_cap", "no", list_page_cap, handled=_pages_are_told),
    Question("list_pagination", "no", list_pagination),
    Question("past_end", "no", lambda seen: both(seen, past_end)),
    Question("requests_per_second", "no", requests_per_second),
    Question("limited_as", "no", limited_as),
)


class Row(NamedTuple):
    """A question and its result. observed: a reading, Other or NotSeen."""

    question: Question
    observed: Any
    verdict: str


def rows(seen: Seen) -> list[Row]:
    """Answer each question from what was seen."""
    observed: dict[str, Any] = {}
    for question in QUESTIONS:
        try:
            observed[question.name] = question.ask(seen)
        except NotSeen as reason:
            observed[question.name] = reason
    return [Row(each, observed[each.name], each.verdict(observed[each.name], observed)) for each in QUESTIONS]


def shown(reading: Any) -> str:
    """A reading as the sandbox's README and its option --switch write it."""
    if isinstance(reading, NotSeen):
        return f"not seen: {reading}"
    if isinstance(reading, Other):
        return reading.text
    if isinstance(reading, (tuple, dict)):
        return ", ".join(reading) or ("{}" if isinstance(reading, dict) else "[]")
    return json.dumps(reading) if reading is None or isinstance(reading, bool) else str(reading)
