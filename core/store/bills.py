"""Which bill a day of a connection's ledger rests on: the newest reports' where they tell all of it, else the
legacy ones'. Never both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlite_utils import Database

from core.dimensions import Origin
from core.periods import Period, day_of
from core.reach import settled_on
from core.store.coverage import Coverage, coverage_of, end_of
from core.streams import newest_streams_of, streams_of

ALL_DAYS = Period(date.min, date.max)


class Bill(StrEnum):
    """Kept in links and files: never renamed."""

    LEGACY = "legacy"
    ANALYTICS = "analytics"


@dataclass(frozen=True)
class Change:
    """From ``day`` on the ledger rests on ``bill``."""

    day: date
    bill: Bill


def analytics_days(
    db: Database, connection_id: int, origin: Origin, period: Period = ALL_DAYS
) -> frozenset[date]:
    """The days of ``period`` whose ledger rests on the newest reports."""
    return newest_days(coverage_of(db, connection_id, period), origin)


def newest_days(held: Mapping[str, Mapping[date, Coverage]], origin: Origin) -> frozenset[date]:
    """The same, from the days pulled of each report.

    Both reports must be there. One that is not complete yet, has rows that cannot be counted, or was not
    pulled again when the legacy reports were final, serves only where no legacy report tells of the day.
    """
    cost, usage = (held.get(stream.name, {}) for stream in newest_streams_of(origin))
    legacy = [held.get(stream.name, {}) for stream in streams_of(origin)]
    return frozenset(
        day
        for day in cost.keys() & usage.keys()
        if not any(day in one for one in legacy) or _is_best((cost[day], usage[day]), legacy, day)
    )


def _is_best(newest: Sequence[Coverage], legacy: Sequence[Mapping[date, Coverage]], day: date) -> bool:
    if not all(_is_whole(one, day) for one in newest):
        return False
    others = [one[day] for one in legacy if day in one]
    superseded = len(others) == len(legacy) and all(_is_settled(one, day) for one in others)
    return not superseded or all(_is_settled(one, day) for one in newest)


def _is_settled(coverage: Coverage, day: date) -> bool:
    """Pulled when Anthropic no longer changed it."""
    return day_of(coverage.fetched_at) >= settled_on(day) and _is_whole(coverage, day)


def _is_whole(coverage: Coverage, day: date) -> bool:
    told = coverage.watermark_at is None or coverage.watermark_at >= end_of(day)
    return told and not coverage.set_aside


def changes_of_bill(db: Database, connection_id: int, origin: Origin) -> list[Change]:
    """The first day of each run of days on one bill, earliest first; days that are not known say nothing."""
    held = coverage_of(db, connection_id, ALL_DAYS)
    newest = newest_days(held, origin)
    known = {day for stream in streams_of(origin) for day in held.get(stream.name, {})} | newest
    changes: list[Change] = []
    for day in sorted(known):
        bill = Bill.ANALYTICS if day in newest else Bill.LEGACY
        if not changes or changes[-1].bill is not bill:
            changes.append(Change(day, bill))
    return changes
