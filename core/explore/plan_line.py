"""A plan's amounts beside a view over time: whether they are of the same, and how much a bucket has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.dimensions import MEASURES
from core.explore.plan_figures import scope_of
from core.explore.query import Filter, Query
from core.periods import ONE_DAY, Period, calendar_period
from core.store.plans import Plan, PlanContent


def why_unfit(plan: Plan, query: Query) -> str:
    """Why a plan's line would not be of what a view shows; empty where it is.

    Raises:
        InputError: the plan's scope cannot be read.
    """
    planned, shown = MEASURES[plan.content.measure], MEASURES[query.measures[0]]
    if planned is not shown:
        return f"it is of {planned.label.lower()}, and the view of {shown.label.lower()}"
    if _kept(scope_of(plan.content.params)) != _kept(query.filters):
        return "the view has other filters than the plan"
    return ""


def _kept(filters: Iterable[Filter]) -> set[tuple[object, ...]]:
    """What filters keep, in whatever order they say it."""
    return {(*condition.kind, frozenset(condition.values)) for condition in filters}


def spread(content: PlanContent, buckets: Sequence[Period]) -> list[int | None]:
    """What falls into each bucket if every amount is used evenly over the days of its period.

    The buckets of a whole period add up to its amount. None where a day has no amount.
    """
    return [_within(content, bucket) for bucket in buckets]


def _within(content: PlanContent, bucket: Period) -> int | None:
    planned, day = 0, bucket.start
    while day < bucket.end:
        period = calendar_period(content.period, day)
        amount = content.amounts.get(period.start)
        if amount is None:
            return None
        until = min(period.end, bucket.end)
        planned += _used_by(amount, period, (until - period.start) // ONE_DAY)
        planned -= _used_by(amount, period, (day - period.start) // ONE_DAY)
        day = until
    return planned


def _used_by(amount: int, period: Period, days: int) -> int:
    """Of an even use, after so many days of the period."""
    return amount * days // period.days
