"""Days, weeks and months as buckets of a time axis, and which of them a chart has room for."""

from __future__ import annotations

from datetime import date

from core.periods import GRAINS, ONE_DAY, Period, month_start, next_month

MAX_POINTS = 5_000
"""Altair refuses more; past that a chart is noise."""


def buckets(period: Period, grain: str) -> list[Period]:
    """Clipped to the period; earliest first."""
    clipped, day = list[Period](), period.start
    while day < period.end:
        after = min(bucket_end(day, grain), period.end)
        clipped.append(Period(day, after))
        day = after
    return clipped


def bucket_start(day: date, grain: str) -> date:
    """The first day of the day, week (Monday) or month around ``day``."""
    if grain == "month":
        return month_start(day)
    return day - ONE_DAY * day.weekday() if grain == "week" else day


def bucket_end(day: date, grain: str) -> date:
    """The first day after the bucket around ``day``."""
    if grain == "month":
        return next_month(day)
    return bucket_start(day, grain) + ONE_DAY * (7 if grain == "week" else 1)


def whole_buckets(period: Period, grain: str, today: date) -> Period:
    """The whole weeks or months that ``period`` reaches into and that are over; empty where none is."""
    start, end = bucket_start(period.start, grain), bucket_end(period.last, grain)
    running = bucket_start(today, grain)
    return Period(start, max(start, end if end <= running else running))


def fitting_grain(period: Period, grain: str, series: int) -> str:
    """``grain``, or the next coarser one with which ``series`` lines over ``period`` fit into a chart."""
    for candidate in GRAINS[GRAINS.index(grain) :]:
        if len(buckets(period, candidate)) * max(series, 1) <= MAX_POINTS:
            return candidate
    return GRAINS[-1]
