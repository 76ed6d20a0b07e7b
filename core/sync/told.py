"""Decides which days of a window a response covers, which are only late, and which are wrongly missing."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.periods import ONE_DAY, Period
from core.reach import LATE_DAYS

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Told:
    """Every day of a window is one of these.

    ``covered``: told of, if only that it is empty. ``late``: not reported yet, which is no error; earliest
    first. ``missing``: left out though it must be there; earliest first.
    """

    covered: frozenset[date]
    late: tuple[date, ...]
    missing: tuple[date, ...]

    def finished_late(self, today: date) -> int:
        """How many of the late days are over."""
        return sum(day < today for day in self.late)


def told(
    period: Period, present: Set[date], with_rows: Set[date], watermark_at: datetime | None, today: date
) -> Told:
    """Sort the days of ``period``, asked for on ``today``.

    ``present``: days with a bucket (of a flat report, which has none, every day), ``with_rows`` those with
    rows. A report with a watermark says itself how far it goes: what lies beyond may be absent, and is not
    believed to be empty. One without (None) may lack today and up to :data:`core.reach.LATE_DAYS` finished
    days, if no day after them is present.
    """
    beyond = (watermark_at - _MOMENT).date() + ONE_DAY if watermark_at else period.end
    covered = frozenset(d for d in period if d in with_rows or (d in present and d < beyond))
    absent_from = _absent_from(period, present, watermark_at, today)
    rest = [day for day in period if day not in covered]
    late = tuple(day for day in rest if day in present or day >= absent_from)
    return Told(covered, late, tuple(day for day in rest if day not in late))


def _absent_from(period: Period, present: Set[date], watermark_at: datetime | None, today: date) -> date:
    """The first day that an answer may leave out."""
    if watermark_at:
        return min(today, watermark_at.date())
    last = max((day for day in period if day in present), default=period.start - ONE_DAY)
    return max(last + ONE_DAY, today - timedelta(days=LATE_DAYS))
