"""Compares a period with an earlier one, and an answer with the earlier answer.

Only complete days are compared: a day that is not over yet must not be compared with a whole one.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

import polars as pl

from core.dimensions import MEASURES
from core.explore.engine import columns, key_columns
from core.explore.measures import regrouped
from core.explore.query import Query, bucket
from core.periods import ONE_DAY, Period, month_start, next_month

NEW, GONE = "New", "Gone"
"""A group without a row in the earlier days; one without a row in the days now."""

_WEEK = 7


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
        return self.is_even and (self.period.start - self.earlier.start).days % _WEEK == 0

    @property
    def laid_over_by(self) -> timedelta:
        """From an earlier day to the day that a line of it is drawn at: whole weeks, where there is one."""
        shift = self.period.start - self.earlier.start
        if min(self.period.days, self.earlier.days) < _WEEK:
            return shift
        return timedelta(days=round(shift.days / _WEEK) * _WEEK)

    def line_is_by_weekday(self, grain: str) -> bool:
        """Whether that line has each weekday over the same weekday."""
        return grain != "month" and self.laid_over_by.days % _WEEK == 0


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
    months before. To date: the same days of the last week, month, quarter or year."""
    if preset in _TO_DATE:
        return _TO_DATE[preset](period)
    if months := whole_months(period):
        return Period(months_before(period.start, months), period.start)
    return period.shifted(-_WEEK * ceil(period.days / _WEEK))


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


def _same_days_last_quarter(period: Period) -> Period:
    start = months_before(period.start, 3)
    return Period(start, min(start + period.days * ONE_DAY, period.start))


_TO_DATE: dict[str | None, Callable[[Period], Period]] = {
    "this_week": lambda period: period.shifted(-_WEEK),
    "month_to_date": same_period_last_month,
    "this_quarter": _same_days_last_quarter,
    "year_to_date": same_days_last_year,
    "last_12_months": same_days_last_year,
}
"""What a preset that ends with today is compared with, where it is not just as many days before."""

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


def with_outside(now: pl.DataFrame, outside: pl.DataFrame, query: Query) -> pl.DataFrame:
    """An answer to ``query`` over complete days, with the groups that only the days ``outside`` have.

    ``outside`` is the first measure in those days. A group that the complete days have no row of is a true
    zero there, where parts add up; one that only they have is unknown outside, whose days are not over.
    """
    names = tuple(name for name in columns(query) if name not in _key_columns(query))
    joined = _joined(_side(now, query, names, "now"), _side(outside, query, query.measures, "outside"), query)
    return joined.select(
        *_key_columns(query),
        *(_or_zero(name, "now", "outside") if name in query.measures else pl.col(f"now:{name}").alias(name)
          for name in names),
        pl.col(f"outside:{query.measures[0]}").alias(OUTSIDE),
    )  # fmt: skip


def compared(groups: pl.DataFrame, before: pl.DataFrame, query: Query) -> pl.DataFrame:
    """``groups``, an answer to ``query``, with the groups that only the answer ``before`` has.

    ``before`` and ``change`` are of the first measure; ``state`` (String) is "New", "Gone" or empty. What
    :func:`with_outside` added stays.
    """
    first, beyond = query.measures[0], [OUTSIDE] * (OUTSIDE in groups.columns)
    now = _side(groups, query, (*query.measures, *beyond), "now")
    joined = _joined(now, _side(before, query, query.measures, "before"), query)
    filled = joined.with_columns(
        *(_or_zero(measure, "now", "before") for measure in query.measures),
        *(pl.col(f"now:{name}").alias(name) for name in beyond),
        _or_zero(first, "before", "now").alias("before_value"),
        pl.when(pl.col("before").is_null()).then(pl.lit(NEW))
        .when(pl.col("now").is_null()).then(pl.lit(GONE)).otherwise(pl.lit("")).alias("state"),
    )  # fmt: skip
    return filled.select(
        *_key_columns(query), *query.measures, *beyond, before="before_value",
        change=pl.col(first) - pl.col("before_value"), state="state",
    )  # fmt: skip


OUTSIDE = "outside"
_ALL = "_all"


def _key_columns(query: Query) -> list[str]:
    return [column for name in query.group_by for column in key_columns(name)]


def _keys(query: Query) -> list[str]:
    return [_ALL, *(column for name in query.series for column in key_columns(name)[1:])]


def _side(frame: pl.DataFrame, query: Query, names: tuple[str, ...], side: str) -> pl.DataFrame:
    """Key columns, labels, each of ``names`` as ``side:name``, and ``side`` itself: there is a row."""
    values = [pl.col(name).alias(f"{side}:{name}") for name in names]
    keys = frame.with_columns(pl.lit(0).alias(_ALL)).select(*_keys(query), *query.series)
    return pl.concat([keys, frame.select(values)], how="horizontal").with_columns(pl.lit(True).alias(side))


def _joined(left: pl.DataFrame, right: pl.DataFrame, query: Query) -> pl.DataFrame:
    """All groups of both sides, the left one's first."""
    both = left.join(
        right, on=_keys(query), how="full", coalesce=True, nulls_equal=True, maintain_order="left_right"
    )
    labels = [pl.coalesce(label, f"{label}_right").alias(label) for label in query.series]
    return both.with_columns(labels).drop(f"{label}_right" for label in query.series)


def _or_zero(measure: str, side: str, other: str) -> pl.Expr:
    """A side's value of a measure; zero where it has no row and the other side knows the measure."""
    value = pl.col(f"{side}:{measure}")
    if MEASURES[measure].additive:
        known = pl.col(side).is_null() & pl.col(f"{other}:{measure}").is_not_null()
        value = pl.when(known).then(0).otherwise(value)
    return value.alias(measure)


def aligned(daily: pl.DataFrame, query: Query, periods: Comparison, grain: str) -> pl.DataFrame:
    """The total of the earlier days, laid over the days now: ``start``, ``value``, ``first``, ``last``.

    ``daily`` is the answer to ``query`` by day alone, over the earlier days. ``start`` is the bucket's first
    day, as queries write it; ``first`` and ``last`` are the earlier days that fall into it. A weekday is laid
    over the same weekday; by month, month follows month where both sides begin on the same day of one.
    """
    measure = query.measures[0]
    days = pl.DataFrame({"day": list(periods.earlier)}, schema={"day": pl.Date})
    joined = days.join(daily.with_columns(row=pl.lit(True)), on="day", how="left")
    joined = joined.with_columns(
        _landing(periods, grain).alias("start"), _no_row_is_zero(query).alias(measure)
    )
    first = bucket(grain, periods.period.start) if grain == "month" else periods.period.start
    inside = joined.filter(pl.col("start").is_between(first, periods.unfinished.end, closed="left"))
    start = pl.col("start").dt.truncate({"day": "1d", "week": "1w", "month": "1mo"}[grain])
    inside = inside.with_columns(start)
    spans = inside.group_by("start").agg(
        pl.col("day").min().alias("first"), pl.col("day").max().alias("last")
    )
    sums = regrouped(inside, ["start"], (measure,)).select("start", pl.col(measure).alias("value"))
    return sums.join(spans, on="start").sort("start")


def _landing(periods: Comparison, grain: str) -> pl.Expr:
    """The day now that an earlier day is laid over."""
    now, before, day = periods.period.start, periods.earlier.start, pl.col("day")
    if grain == "month" and now.day == before.day:
        months = (now.year - before.year) * 12 + now.month - before.month
        return day.dt.truncate("1mo").dt.offset_by(f"{months}mo")
    return day + periods.laid_over_by


def _no_row_is_zero(query: Query) -> pl.Expr:
    """A covered day without use is a true zero, where parts add up."""
    value = pl.col(query.measures[0])
    zero = pl.when(pl.col("row").is_null()).then(0).otherwise(value)
    return zero if MEASURES[query.measures[0]].additive else value
