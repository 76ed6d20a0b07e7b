"""What young days became once Anthropic revised them no more, as former pulls and their changes tell.

A pull in a day's youth with no later change of the day tells that it gained nothing; else the change after
that pull tells what the day held then.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from statistics import median_low
from typing import Any

from sqlite_utils import Database

from core.periods import Period, day_of
from core.store.columns import stored_instant, stored_instant_or_none
from core.store.coverage import coverage_of, end_of, is_final

FEWEST = 20
"""Days of an age that must have become final before they tell what such days gain."""
OLDEST = 40
"""Days after their end in which days are looked at: later they hardly change."""


@dataclass(frozen=True)
class _Change:
    """``before_until``: up to when the pull before told, None where that was not kept."""

    changed_at: datetime
    before: int | None
    after: int | None
    before_until: datetime | None


def median_gains(db: Database, connection_id: int, stream: str, today: date) -> dict[int, Fraction]:
    """By whole days since a day was over: what it became in the end, in parts of what it was then.

    The median of all days that are final; an age that fewer than :data:`FEWEST` of them tell of is missing.
    """
    observed: defaultdict[int, list[Fraction]] = defaultdict(list)
    pulls = _pulls(db, connection_id)
    changes = _changes(db, connection_id, stream)
    for day, coverage in coverage_of(db, connection_id, _looked_at(pulls, today)).get(stream, {}).items():
        if is_final(coverage, day, today) and coverage.rows:
            for age, gain in _gains_of(day, pulls, changes.get(day, ())):
                observed[age].append(gain)
    return {age: median_low(gains) for age, gains in observed.items() if len(gains) >= FEWEST}


def ages(db: Database, connection_id: int, stream: str, period: Period, today: date) -> dict[date, int]:
    """Of the days that may still change: how many whole days after their end they were pulled last."""
    return {
        day: (coverage.told_until - end_of(day)).days
        for day, coverage in coverage_of(db, connection_id, period).get(stream, {}).items()
        if not is_final(coverage, day, today) and coverage.told_until >= end_of(day)
    }


def _looked_at(pulls: Sequence[datetime], today: date) -> Period:
    """No day that was old before the first pull tells anything."""
    first = min((day_of(at) for at in pulls), default=today)
    return Period(date.fromordinal(first.toordinal() - OLDEST - 1), max(first, today))


def _pulls(db: Database, connection_id: int) -> list[datetime]:
    """When pulls began that ended well: each pulled all days that could still change."""
    rows = db.query(
        "SELECT started_at FROM run_progress WHERE connection_id = :connection_id AND outcome = 'ok'"
        " ORDER BY started_at",
        {"connection_id": connection_id},
    )
    return [stored_instant(row["started_at"]) for row in rows]


def _changes(db: Database, connection_id: int, stream: str) -> Mapping[date, list[_Change]]:
    """By day, the earliest first."""
    rows = db.query(
        "SELECT day, changed_at, before_amount, after_amount, before_reached_at FROM day_changes"
        " WHERE connection_id = :connection_id AND stream = :stream ORDER BY changed_at, id",
        {"connection_id": connection_id, "stream": stream},
    )
    by_day: defaultdict[date, list[_Change]] = defaultdict(list)
    for row in rows:
        by_day[date.fromisoformat(row["day"])].append(_change(row))
    return by_day


def _change(row: Mapping[str, Any]) -> _Change:
    until = stored_instant_or_none(row["before_reached_at"])
    return _Change(stored_instant(row["changed_at"]), row["before_amount"], row["after_amount"], until)


def _gains_of(
    day: date, pulls: Sequence[datetime], changes: Sequence[_Change]
) -> Iterator[tuple[int, Fraction]]:
    """For each age at which the day was pulled whole, by the last pull of that age."""
    over = end_of(day)
    young = pulls[bisect_left(pulls, over) : bisect_left(pulls, over + timedelta(days=OLDEST + 1))]
    by_age = {(at - over).days: at for at in young}
    if not changes:
        yield from ((age, Fraction(1)) for age in by_age)
        return
    times, final = [change.changed_at for change in changes], changes[-1].after
    for age, at in by_age.items():
        later = changes[bisect_right(times, at) :]
        held = later[0] if later else None
        if held is None:
            yield age, Fraction(1)
        elif held.before and final is not None and held.before > 0 and not _was_under_way(held, over):
            yield age, Fraction(final, held.before)


def _was_under_way(change: _Change, over: datetime) -> bool:
    """What the day held before was not told of all of it: it grew, and was not revised."""
    return change.before_until is not None and change.before_until < over
