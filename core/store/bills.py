"""Decides which bill a day of a connection's ledger uses: that of the newest reports if they tell all of it,
else the legacy one. Never both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database

from core.cost_basis import Bill
from core.dimensions import Origin
from core.periods import Period, day_of
from core.reach import settled_on
from core.store.coverage import Coverage, coverage_of, end_of
from core.store.learned import SERVED, SERVED_YES, read_learned
from core.stream import Stream, StreamUnit
from core.streams import newest_streams_of, streams_of

ALL_DAYS = Period(date.min, date.max)

Held = Mapping[str, Mapping[date, Coverage]]
"""By report: the days that were pulled."""


@dataclass(frozen=True)
class Change:
    """From ``day`` on the ledger rests on ``bill``."""

    day: date
    bill: Bill


def analytics_days(
    db: Database, connection_id: int, origin: Origin, period: Period = ALL_DAYS
) -> frozenset[date]:
    """The days of ``period`` whose ledger rests on the newest reports."""
    return frozenset(_analytics_days(db, connection_id, origin, coverage_of(db, connection_id, period)))


def changes_of_bill(db: Database, connection_id: int, origin: Origin) -> list[Change]:
    """The first day of each run of days on one bill, earliest first; days that are not known say nothing."""
    held = coverage_of(db, connection_id, ALL_DAYS)
    newest = set(_analytics_days(db, connection_id, origin, held))
    known = {day for stream in streams_of(origin) for day in held.get(stream.name, {})} | newest
    changes: list[Change] = []
    for day in sorted(known):
        bill = Bill.ANALYTICS if day in newest else Bill.LEGACY
        if not changes or changes[-1].bill is not bill:
            changes.append(Change(day, bill))
    return changes


@dataclass(frozen=True)
class InUse:
    """The bill that a connection's new days rest on. ``since``: None before anything was pulled.

    ``served``: what was learned of the newest reports, see :data:`core.store.learned.SERVED`.
    """

    bill: Bill
    since: date | None
    served: str | None


def bill_in_use(db: Database, connection_id: int, origin: Origin) -> InUse:
    """Days at the end that the newest reports do not tell all of yet are no change of bill."""
    return _in_use(db, connection_id, origin, changes_of_bill(db, connection_id, origin))


def _in_use(db: Database, connection_id: int, origin: Origin, changes: Sequence[Change]) -> InUse:
    served = read_learned(db, connection_id).text(newest_streams_of(origin)[0].name, SERVED)
    bill = Bill.LEGACY
    if served == SERVED_YES and any(change.bill is Bill.ANALYTICS for change in changes):
        bill = Bill.ANALYTICS
    since = next((change.day for change in reversed(changes) if change.bill is bill), None)
    return InUse(bill, since, served)


def changes_within(db: Database, connection_id: int, origin: Origin, period: Period) -> tuple[Change, ...]:
    """The bill that a period begins with, then each change of it; the end as in :func:`bill_in_use`."""
    changes = changes_of_bill(db, connection_id, origin)
    in_use = _in_use(db, connection_id, origin, changes)
    if in_use.bill is Bill.ANALYTICS and changes[-1].bill is Bill.LEGACY:
        changes = changes[:-1]
    before = [change for change in changes if change.day <= period.start]
    return (*before[-1:], *(change for change in changes if period.start < change.day < period.end))


def _analytics_days(db: Database, connection_id: int, origin: Origin, held: Held) -> Iterator[date]:
    """Both reports must be there. One that is not complete yet, or has rows that cannot be counted, serves
    only where no legacy report tells of the day; one that was not pulled when the day was final, as the
    legacy reports were, only where their bill is the same.
    """
    newest, legacy = newest_streams_of(origin), streams_of(origin)
    own, others = ([held.get(stream.name, {}) for stream in streams] for streams in (newest, legacy))
    for day in own[0].keys() & own[1].keys():
        alone = not any(day in report for report in others)
        if alone or (
            all(_is_whole(report[day], day) for report in own)
            and (
                not _is_outlived(own, others, day) or _same_bill(db, connection_id, (newest[0], *legacy), day)
            )
        ):
            yield day


def _is_whole(coverage: Coverage, day: date) -> bool:
    told = coverage.watermark_at is None or coverage.watermark_at >= end_of(day)
    return told and not coverage.set_aside


def _is_outlived(
    own: Sequence[Mapping[date, Coverage]], others: Sequence[Mapping[date, Coverage]], day: date
) -> bool:
    """Whether the legacy reports were pulled when the day was final, and the newest ones were not."""
    settled = [
        all(day in report and _is_settled(report[day], day) for report in reports)
        for reports in (own, others)
    ]
    return settled == [False, True]


def _is_settled(coverage: Coverage, day: date) -> bool:
    return day_of(coverage.fetched_at) >= settled_on(day) and _is_whole(coverage, day)


def _same_bill(db: Database, connection_id: int, streams: Sequence[Stream], day: date) -> bool:
    """Whether the reports of a whole organization's cost hold the same sum, the first of them among those."""
    bills = [s for s in streams if s.unit is StreamUnit.USD and (s.is_total or s.optional)]
    return len({_cost(db, connection_id, stream, day) for stream in bills}) == 1


def _cost(db: Database, connection_id: int, stream: Stream, day: date) -> int:
    sums = db.query(
        f"SELECT coalesce(sum(amount_microcents), 0) AS cost FROM {stream.name}"
        " WHERE connection_id = :connection_id AND day = :day",
        {"connection_id": connection_id, "day": day.isoformat()},
    )
    return int(next(sums)["cost"])
