"""A plan's numbers: actual beside budget, the forecast to the end of each period, the day it breaks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from core.dimensions import TIME_DIMENSIONS
from core.errors import InputError
from core.explore.insights import KnownDays
from core.explore.labels import is_filter_param, read_filter, read_filter_value
from core.explore.projected_days import Total
from core.explore.projection import Projection, projections
from core.explore.query import Filter, Query
from core.forecast.outlook import Ahead
from core.periods import ONE_DAY, Period, calendar_period
from core.store.plans import Plan
from core.store.saved_views import Params

if TYPE_CHECKING:
    from core.ledger.snapshot import Snapshot


@dataclass(frozen=True)
class PlanPeriod:
    """A period of a plan: its ``budget``, and what is known and expected of it."""

    budget: int
    total: Total

    @property
    def period(self) -> Period:
        return self.total.period

    @property
    def actual(self) -> int | None:
        """Of the days that are known and over; None where there is none."""
        return self.total.actual if self.total.most_known_days else None

    @property
    def variance(self) -> int | None:
        """Actual less budget: above zero is over."""
        return None if self.actual is None else self.actual - self.budget

    @property
    def used(self) -> float | None:
        """Of the budget; None without one."""
        return self.actual / self.budget if self.budget and self.actual is not None else None

    @property
    def gone(self) -> float:
        """The share of its days that are known and over."""
        return len(self.total.known_days) / self.period.days

    @property
    def expected(self) -> Ahead | None:
        """At its end; None with too little history."""
        return self.total.expected


@dataclass(frozen=True)
class Point:
    """The sum from a period's first day to the end of ``day``: ``actual`` or, later, ``expected``."""

    day: date
    actual: int | None
    expected: Ahead | None


@dataclass(frozen=True)
class PlanFigures:
    """A plan with all that is known and expected of its scope."""

    plan: Plan
    projection: Projection
    today: date

    @cached_property
    def periods(self) -> tuple[PlanPeriod, ...]:
        """Those with an amount that have begun, and those ahead that the forecast reaches; oldest first."""
        return tuple(
            PlanPeriod(amount, self.projection.within(calendar_period(self.plan.content.period, start)))
            for start, amount in sorted(self.plan.content.amounts.items())
            if calendar_period(self.plan.content.period, start).end <= self.projection.end
        )

    @property
    def current(self) -> PlanPeriod | None:
        """The one that today lies in."""
        return next((period for period in self.periods if self.today in period.period), None)

    def course(self, period: Period) -> list[Point]:
        """Day by day: what was used, then what is expected."""
        until = self.projection.complete_until
        return [
            Point(total.period.last, None, total.expected)
            if total.period.end > until
            else Point(total.period.last, total.actual + total.estimated, None)
            for total in self.projection.by_day(period)
        ]

    @cached_property
    def breaks_on(self) -> date | None:
        """The day on which the current period's budget is used up, in fact or as expected; None if it lasts,
        or if nothing can be said."""
        current = self.current
        if not current:
            return None
        for point in self.course(current.period):
            reached = point.actual if point.expected is None else point.expected.point
            if reached is not None and reached > current.budget:
                return point.day
        return None

    @property
    def is_over(self) -> bool:
        """Whether the current budget is used up already."""
        return bool(self.current and self.current.total.so_far > self.current.budget)


def scope_of(params: Params) -> tuple[Filter, ...]:
    """The filters of a scope: of a plan, or of an alert rule.

    Raises:
        InputError: one of them cannot be read, or is of time.
    """
    filters = []
    for key, texts in params.items():
        if not is_filter_param(key):
            raise InputError(f"The scope has {key[:40]!r}, which is no filter.", field="scope")
        condition = read_filter(key, [read_filter_value(key, text) for text in texts])
        if condition.dimension in TIME_DIMENSIONS:
            raise InputError(
                "A scope cannot name days, weeks or months.",
                field="scope",
                remedy="Leave that filter out: what has the scope says which days.",
            )
        filters.append(condition)
    return tuple(filters)


def plan_query(plan: Plan, today: date) -> Query:
    """The question of a plan: its scope, from its first period to today."""
    content = plan.content
    start = min((*content.amounts, calendar_period(content.period, today).start))
    period = Period(min(start, today), today + ONE_DAY)
    return Query((content.measure,), period, filters=scope_of(content.params))


def forecast_end(plan: Plan, today: date) -> date:
    """Plans are forecast to the end of the period under way."""
    return calendar_period(plan.content.period, today).end


def figures(ledger: Snapshot, plan: Plan, known: Iterable[KnownDays], today: date) -> PlanFigures:
    """``known``: what ``known_for`` reads for the plan's question.

    Raises:
        InputError: the scope cannot be read.
    """
    end = forecast_end(plan, today)
    (projection,) = projections(ledger, plan_query(plan, today), known, today, end).values()
    return PlanFigures(plan, projection, today)
