"""Ways to look at an assumption that both origins share. Each makes a look from what is to be looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from core.api.client import NO_HEADERS
from core.clock import parse_rfc3339
from core.periods import Period
from core.probe.asked_service import Service, days_in, furthest
from core.probe.asking import Told
from core.probe.bodies import (
    Body,
    Seen,
    Verdict,
    at,
    differs,
    judged,
    listed,
    maps,
    names_in,
    ok,
    rows_of,
    sums,
    unequal,
    unknown,
)
from core.probe.endpoints import Endpoint
from core.reach import MAX_DAYS
from core.sync.grants import NAMED_CAP

Look = Callable[[Service], Seen]

_REACH_STEPS = 4
_OLDEST_WATERMARK = timedelta(hours=36)
_LONGEST_REACH = 1460
_PLAIN_AMOUNT = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def granted(endpoint: Endpoint) -> Look:
    """Whether an endpoint is open to this key."""

    def look(service: Service) -> Seen:
        told = service.asker.ask(endpoint.path, endpoint.params(service.day), endpoint.headers)
        return ok("granted") if told.granted else told.seen

    return look


def taken(ask: Callable[[Service], Told], words: str) -> Look:
    """Whether a question is answered."""

    def look(service: Service) -> Seen:
        told = ask(service)
        return ok(words) if told.granted else told.seen

    return look


def refused(ask: Callable[[Service], Told]) -> Look:
    """Whether a question is refused, as it should be."""

    def look(service: Service) -> Seen:
        told = ask(service)
        if told.granted:
            return differs("answered")
        seen = told.seen
        return Seen(Verdict.OK, seen.words, seen.quote) if seen.verdict is Verdict.NOT_GRANTED else seen

    return look


def cap(path: str, groups: Sequence[str], assumed: int, headers: Mapping[str, str] = NO_HEADERS) -> Look:
    """How many dimensions a question may have: read from the refusal of all of them, then tried."""

    def look(service: Service) -> Seen:
        told = service.in_buckets(path, groups, headers=headers)
        if told.granted:
            return judged(assumed >= len(groups), f"{len(groups)} (all of them)")
        named = NAMED_CAP.search(told.said)
        for number in (int(named[1]),) if named else range(min(assumed, len(groups) - 1), 0, -1):
            if service.in_buckets(path, groups[:number], headers=headers).granted:
                how = "named by the refusal" if named else "found by trying; the refusal names none"
                return Seen(judged(number == assumed, "").verdict, f"{number}, {how}", told.said)
        return told.seen

    return look


def compared(total: Told, parts: Told, what: str) -> Seen:
    """Whether the rows of two answers add up to the same."""
    if not (total.granted and parts.granted):
        return (total if parts.granted else parts).seen
    whole, added_up = sums(rows_of(total.body)), sums(rows_of(parts.body))
    if not whole and not added_up:
        return unknown("granted; nothing on that day to compare")
    off = unequal(whole, added_up)
    return differs(f"{what} not to the total: {', '.join(off)}") if off else ok("adds up to the total")


def pages(path: str, groups: Sequence[str], headers: Mapping[str, str] = NO_HEADERS) -> Look:
    """How many days a page may have."""

    def look(service: Service) -> Seen:
        days, told = service.largest(path, groups, headers)
        if not days:
            return told.seen
        return judged(days == MAX_DAYS, f"{days}" if days == MAX_DAYS else f"{days}; more is refused")

    return look


def lateness(path: str, groups: Sequence[str], most: int) -> Look:
    """How many finished days are missing at the end."""

    def look(service: Service) -> Seen:
        days, told = service.largest(path, groups)
        if not days:
            return told.seen
        finished = [day for day in days_in(told.body) if day < service.today]
        if not finished:
            return differs(f"none of the last {days} finished days is there")
        late = (service.today - max(finished)).days - 1
        return judged(late <= most, "yesterday is there" if not late else f"{late} finished days are missing")

    return look


def gaps(path: str, groups: Sequence[str]) -> Look:
    """Whether days are missing between others."""

    def look(service: Service) -> Seen:
        days, told = service.largest(path, groups)
        days_told = set(days_in(told.body))
        if not days or not days_told:
            return told.seen if not days else unknown("no day is there")
        start, end = min(days_told), max(days_told)
        first = service.last_days(days).start
        missing = (end - min(start, first)).days + 1 - len(days_told)
        return judged(not missing, "none missing" if not missing else f"{missing} days missing in between")

    return look


def reach(path: str, days: int) -> Look:
    """How far back days are told of."""

    def look(service: Service) -> Seen:
        def answers(back: int) -> bool:
            start = service.today - timedelta(days=back)
            told = service.in_buckets(path, period=Period(start, start + timedelta(days=1)))
            return told.granted and bool(days_in(told.body))

        good, bad = furthest(answers, days, _LONGEST_REACH, _REACH_STEPS)
        words = f"{good} days" if good else "not even the first day tried"
        words += "" if bad is None else f"; {bad} are refused or empty"
        return judged(good >= days, words)

    return look


def fields(name: str, ask: Callable[[Service], Told], expected: Iterable[str], never_null: str = "") -> Look:
    """Whether rows have the fields that are promised. ``never_null``: those, with blanks between."""
    promised, solid = tuple(expected), tuple(never_null.split())

    def look(service: Service) -> Seen:
        told = ask(service)
        if not told.granted:
            return told.seen
        rows = rows_of(told.body)
        if not rows:
            return unknown(f"no {name} to look at")
        top = {field.split(".")[0] for field in promised}
        missing = [field for field in promised if any(not _has(row, field) for row in rows)]
        new = [field for field in names_in(rows) if field not in top]
        null = [field for field in solid if any(_has(row, field) and at(row, field) is None for row in rows)]
        said = {"missing": missing, "new": new, "null": null}
        words = "; ".join(f"{what}: {listed(names)}" for what, names in said.items() if names)
        return judged(not words, words or "all there, none new")

    return look


def _has(row: Body, path: str) -> bool:
    *parents, last = path.split(".")
    owner = at(row, ".".join(parents)) if parents else row
    return owner is None or (isinstance(owner, dict) and last in owner)


def says(ask: Callable[[Service], Told], name: str) -> Look:
    """Whether an answer has a field beside its data."""

    def look(service: Service) -> Seen:
        told = ask(service)
        return (
            judged(name in told.body, "there" if name in told.body else "left out")
            if told.granted
            else told.seen
        )

    return look


def watermark_of(told: Told, today: date) -> Seen:
    """How old the data of a report is; null tells nothing, and a sync then stores nothing."""
    if not told.granted:
        return told.seen
    refreshed = told.body.get("data_refreshed_at")
    if not isinstance(refreshed, str):
        return differs("null: nothing is covered" if "data_refreshed_at" in told.body else "left out")
    try:
        age = datetime.combine(today, datetime.min.time(), UTC) - parse_rfc3339(refreshed)
    except ValueError:
        return differs("there, but no instant")
    hours = max(0, -(-age // timedelta(hours=1)))
    return judged(age <= _OLDEST_WATERMARK, f"{hours} hours before midnight" if hours else "today")


def amounts(ask: Callable[[Service], Told]) -> Look:
    """Whether all amounts can be counted."""

    def look(service: Service) -> Seen:
        told = ask(service)
        if not told.granted:
            return told.seen
        rows = rows_of(told.body)
        odd = {
            "without an amount": [row for row in rows if not isinstance(row.get("amount"), str)],
            "with an exponent": [row for row in rows if _has_exponent(row.get("amount"))],
            "in another currency": [row for row in rows if row.get("currency") != "USD"],
        }
        words = "; ".join(f"{len(those)} rows {what}" for what, those in odd.items() if those)
        return judged(not words, words or "all of them") if rows else unknown("no rows to look at")

    return look


def _has_exponent(amount: object) -> bool:
    return isinstance(amount, str) and not _PLAIN_AMOUNT.fullmatch(amount)


def refusals(service: Service) -> Seen:
    """What refusals say beside their message."""
    refused = service.asker.refusals
    if not refused:
        return unknown("nothing was refused")
    coded = sum(1 for told in refused if told.code)
    without = [told for told in refused if not told.has_id]
    words = f"{coded} of {len(refused)} with an error code"
    return differs(f"{words}; {len(without)} without a request id") if without else ok(words)


def lists_of(told: Told, name: str) -> set[str]:
    """The texts of a field of a list."""
    return {row[name] for row in maps(told.body.get("data")) if isinstance(row.get(name), str)}
