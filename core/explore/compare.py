"""Compares a period with an earlier one, and an answer with the earlier answer.

Only complete days are compared: a day that is not over yet must not be compared with a whole one.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from math import ceil

import polars as pl

from core.dimensions import MEASURES
from core.explore.engine import key_columns
from core.explore.measures import regrouped
from core.explore.query import Query
from core.periods import ONE_DAY, Period, month_start, next_month

NEW, GONE = "New", "Gone"
"""A group without a row in the earlier days; one without a row in the days now."""


@dataclass(frozen=True)
class Comparison:
    """Two periods of complete days; ``unfinished`` are the days left out because they are not over."""

    period: Period
    earlier: Period
    unfinished: Period

    @property
    def is_even(self) -> bool:
        """Whether both sides have as many days."""
        return self.period.days == self.earlier.days

    @property
    def is_by_weekday(self) -> bool:
        """Whether each day stands beside the same weekday."""
        return self.is_even and (self.period.start - self.earlier.start).days % 7 == 0


def complete_part(period: Period, complete_until: date) -> Period:
    """The days before ``complete_until``."""
    return Period(period.start, max(period.start, min(period.end, complete_until)))


def comparison(
    kind: str,
    period: Period,
    complete_until: date,
    *,
    preset: str | None = None,
    chosen: Period | None = None,
) -> Comparison | None:
    """What to compare ``period`` with; None without a kind, or before one day of it is complete.

    ``kind``: a name of ``core.explore.links.COMPARISONS``; ``chosen`` is for "chosen".
    """
    complete = complete_part(period, complete_until)
    if kind == "none" or not complete.days or (kind == "chosen" and not chosen):
        return None
    earlier = chosen if kind == "chosen" and chosen else _EARLIER[kind](complete, preset)
    return Comparison(complete, earlier, Period(complete.end, period.end))


def previous_period(period: Period, preset: str | None = None) -> Period:
    """As many days before, weekday by weekday: 28 days before 28, 35 days before 30. Whole months: as many
    months before. To date: the same days of the last month or year."""
    if preset == "month_to_date":
        return same_period_last_month(period)
    if preset == "year_to_date":
        return same_days_last_year(period)
    if months := whole_months(period):
        return Period(months_before(period.start, months), period.start)
    return period.shifted(-7 * ceil(period.days / 7))


def same_period_last_month(period: Period, _preset: str | None = None) -> Period:
    """The days one month earlier, as many of them; no further than the end of that month where the period
    lies within one. Whole months: the whole months."""
    start = months_before(period.start, 1)
    if whole_months(period):
        return Period(start, months_before(period.end, 1))
    end = start + period.days * ONE_DAY
    within = period.last < next_month(period.start)
    return Period(start, min(end, next_month(start)) if within else end)


def same_days_last_year(period: Period, _preset: str | None = None) -> Period:
    """The same dates one year earlier; February 29 is February 28 there."""
    return Period(months_before(period.start, 12), months_before(period.last, 12) + ONE_DAY)


_EARLIER = {
    "previous": previous_period,
    "month": same_period_last_month,
    "year": same_days_last_year,
}


def whole_months(period: Period) -> int:
    """How many calendar months the period is exactly; 0 where it is something else."""
    if period.start != month_start(period.start) or period.end != month_start(period.end):
        return 0
    return (period.end.year - period.start.year) * 12 + period.end.month - period.start.month


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last."""
    month = day.year * 12 + day.month - 1 - months
    year, index = divmod(month, 12)
    return date(year, index + 1, min(day.day, monthrange(year, index + 1)[1]))


def compared(whole: pl.DataFrame, now: pl.DataFrame, before: pl.DataFrame, query: Query) -> pl.DataFrame:
    """``whole`` with the groups that only ``before`` has, and four columns more.

    All three are answers to ``query``: over the view's period, over its complete days, over the earlier days.
    ``now``, ``before`` and ``change`` are of the first measure; ``state`` (String) is "New", "Gone" or empty.
    A group that a side has no row of is a true zero there, where parts add up; else unknown.
    """
    joined = _side(whole, query, "whole").with_columns(pl.col(f"whole:{m}").alias(m) for m in query.measures)
    for name, frame in (("now", now), ("before", before)):
        other = _side(frame, query, name)
        joined = joined.join(other, on=_keys(query), how="full", coalesce=True, nulls_equal=True)
        labels = [pl.coalesce(label, f"{label}_right").alias(label) for label in query.series]
        joined = joined.with_columns(labels).drop(f"{label}_right" for label in query.series)
    first = query.measures[0]
    filled = joined.with_columns(
        *(_or_zero(measure, "whole").alias(measure) for measure in query.measures),
        _or_zero(first, "now").alias("now"),
        _or_zero(first, "before").alias("before"),
        _state().alias("state"),
    ).with_columns(change=pl.col("now") - pl.col("before"))
    keys = [column for name in query.series for column in key_columns(name)]
    return filled.select(*keys, *query.measures, *_ADDED)


_ADDED = ("now", "before", "change", "state")
_ALL = "_all"


def _keys(query: Query) -> list[str]:
    return [_ALL, *(column for name in query.series for column in key_columns(name)[1:])]


def _side(frame: pl.DataFrame, query: Query, name: str) -> pl.DataFrame:
    """Key columns, labels, each measure as ``name:measure``, and ``name`` itself: there is a row."""
    measures = [pl.col(measure).alias(f"{name}:{measure}") for measure in query.measures]
    keys = frame.with_columns(pl.lit(0).alias(_ALL)).select(*_keys(query), *query.series)
    return pl.concat([keys, frame.select(measures)], how="horizontal").with_columns(pl.lit(True).alias(name))


def _or_zero(measure: str, side: str) -> pl.Expr:
    """A side's value of a measure; zero where it has no row and another side knows the measure."""
    value = pl.col(f"{side}:{measure}")
    if not MEASURES[measure].additive:
        return value
    known = pl.any_horizontal(
        pl.col(f"{each}:{measure}").is_not_null() for each in ("whole", "now", "before")
    )
    return pl.when(pl.col(side).is_null() & known).then(0).otherwise(value)


def _state() -> pl.Expr:
    new, gone = pl.col("before").is_null(), pl.col("whole").is_null() & pl.col("now").is_null()
    return pl.when(new).then(pl.lit(NEW)).when(gone).then(pl.lit(GONE)).otherwise(pl.lit(""))


def aligned(daily: pl.DataFrame, query: Query, periods: Comparison, grain: str) -> pl.DataFrame:
    """The total of the earlier days, laid over the days now: ``start``, ``value``, ``first``, ``last``.

    ``daily`` is the answer to ``query`` by day alone, over the earlier days. ``start`` is the bucket's first
    day, as queries write it; ``first`` and ``last`` are the earlier days that fall into it. Day follows day;
    by month, month follows month where both sides begin on the same day of one.
    """
    measure = query.measures[0]
    days = pl.DataFrame({"day": list(periods.earlier)}, schema={"day": pl.Date})
    each_day = days.join(daily.with_columns(row=pl.lit(True)), on="day", how="left")
    start = _landing(periods, grain).dt.truncate({"day": "1d", "week": "1w", "month": "1mo"}[grain])
    each_day = each_day.with_columns(start.alias("start"), _no_row_is_zero(query).alias(measure))
    spans = each_day.group_by("start").agg(
        pl.col("day").min().alias("first"), pl.col("day").max().alias("last")
    )
    sums = regrouped(each_day, ["start"], (measure,)).select("start", pl.col(measure).alias("value"))
    inside = pl.col("start") < periods.unfinished.end
    return sums.join(spans, on="start").filter(inside).sort("start")


def _landing(periods: Comparison, grain: str) -> pl.Expr:
    """The day now that an earlier day is laid over."""
    now, before, day = periods.period.start, periods.earlier.start, pl.col("day")
    if grain == "month" and now.day == before.day:
        months = (now.year - before.year) * 12 + now.month - before.month
        return day.dt.truncate("1mo").dt.offset_by(f"{months}mo")
    return day + (now - before)


def _no_row_is_zero(query: Query) -> pl.Expr:
    """A covered day without use is a true zero, where parts add up."""
    value = pl.col(query.measures[0])
    zero = pl.when(pl.col("row").is_null()).then(0).otherwise(value)
    return zero if MEASURES[query.measures[0]].additive else value
