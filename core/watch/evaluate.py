"""Looks through the ledger as it stands and keeps what it finds."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlite_utils import Database

from core.explore.insights import known_days_of
from core.explore.labels import filter_param
from core.explore.provenance import coverage
from core.explore.query import Empty, Filter
from core.ledger.snapshot import Snapshot
from core.periods import ONE_DAY, Period, day_of
from core.store.findings import FoundNow, Part, SeriesKey, keep_findings
from core.store.meta import get_meta, set_meta
from core.store.saved_views import Params
from core.watch.explain import Candidate, Told
from core.watch.findings import HISTORY_DAYS, TOLD_DAYS, USUAL_FLOORS, Floors, find
from core.watch.runs import Kind
from core.watch.series import Scope

_MARK = "findings_mark"
MILLIONTHS = 1_000_000


def evaluate(ledger: Snapshot, db: Database, now: datetime, floors: Floors = USUAL_FLOORS) -> None:
    """Look for what is unusual, unless nothing has changed since the last look, or no day is known yet.

    Raises:
        InputError: a sum beyond 64 bits.
        StoreError: it cannot be kept.
    """
    today = day_of(now)
    mark = f"{ledger.revision} {today}"
    if get_meta(db, _MARK) == mark:
        return
    period = Period(today - timedelta(days=HISTORY_DAYS), today + ONE_DAY)
    known = known_days_of(coverage(db, ledger.connections, period, today), "cost")
    last = max((connection.complete_until for connection in known), default=today)
    if last == date.min:
        return
    until = min(today, last)
    told = find(ledger, until, known, floors)
    keep_findings(db, map(found_now, told), until - timedelta(days=TOLD_DAYS), now)
    set_meta(db, _MARK, mark)


def found_now(told: Told) -> FoundNow:
    """What is told, as it is kept."""
    candidate = told.candidate
    expected, actual = _amounts(candidate)
    return FoundNow(
        key_of(candidate.scope),
        candidate.scope.label,
        candidate.kind,
        candidate.column.removeprefix("_"),
        candidate.sign,
        candidate.first,
        candidate.last,
        candidate.found_on,
        expected,
        actual,
        tuple(Part(key_of(c.scope), c.scope.label, round(c.share, 4)) for c in told.carriers),
        tuple(Part(key_of(c.scope), c.scope.label) for c in told.along),
    )


def _amounts(candidate: Candidate) -> tuple[int, int]:
    scale = MILLIONTHS if candidate.kind is Kind.CACHE else 1
    return round(candidate.expected * scale), round(candidate.actual * scale)


def key_of(scope: Scope) -> SeriesKey:
    """A scope as it is kept."""
    if isinstance(scope.value, Empty):
        return SeriesKey(scope.dimension, None, scope.value.value)
    return SeriesKey(scope.dimension, scope.value)


def filters_of(key: SeriesKey) -> tuple[Filter, ...]:
    """The filter that narrows a view to a series; none for all there is."""
    if not key.dimension:
        return ()
    value = Empty(key.empty) if key.empty else str(key.value)
    return (Filter(key.dimension, (value,)),)


def params_of(key: SeriesKey) -> Params:
    """The same, as parameters of a link."""
    return dict(map(filter_param, filters_of(key)))
