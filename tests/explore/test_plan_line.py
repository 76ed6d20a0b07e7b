"""A plan's line: drawn only where it is of what the view shows, and never more or less than its amounts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.explore.plan_line import spread, why_unfit
from core.explore.query import Filter, Query
from core.periods import ONE_DAY, Period, calendar_period
from core.store.plans import Plan, PlanContent
from tests.properties import tried

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
SCOPE = {"in.user": ["ann@acme.com", "ben@acme.com"], "not.model": ["claude-opus-5"]}


def plan(measure: str = "cost", **params: list[str]) -> Plan:
    content = PlanContent(params, measure, "month", {NOVEMBER.start: 100})
    return Plan(1, "All", content, datetime(2026, 11, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("of", "measure", "filters", "says"),
    [
        (plan(), "cost", (), ""),
        (plan(), "tokens", (), "of cost, and the view of tokens"),
        (plan("tokens"), "cost", (), "of tokens, and the view of cost"),
        (plan(), "effective_rate", (), "of cost, and the view of effective rate"),
        (plan(), "cost", (Filter("user", ("ann@acme.com",)),), "other filters"),
        (plan(**SCOPE), "cost", (), "other filters"),
        (
            plan(**SCOPE),
            "cost",
            (
                Filter("model", ("claude-opus-5",), exclude=True),
                Filter("user", ("ben@acme.com", "ann@acme.com")),
            ),
            "",
        ),
        (
            plan(**SCOPE),
            "cost",
            (Filter("model", ("claude-opus-5",)), Filter("user", ("ben@acme.com", "ann@acme.com"))),
            "other filters",
        ),
    ],
)
def test_it_fits_where_measure_and_filters_are_the_same(
    of: Plan, measure: str, filters: tuple[Filter, ...], says: str
) -> None:
    reason = why_unfit(of, Query((measure,), NOVEMBER, ("model",), filters))
    assert says in reason if says else reason == ""


def test_an_amount_is_spread_evenly_by_hand() -> None:
    content = PlanContent({}, "cost", "month", {NOVEMBER.start: 100, date(2026, 12, 1): 31})
    days = spread(content, [Period(day, day + ONE_DAY) for day in NOVEMBER])
    assert days[:6] == [3, 3, 4, 3, 3, 4] and sum(day or 0 for day in days) == 100
    week = Period(date(2026, 11, 29), date(2026, 12, 4))
    assert spread(content, [week, NOVEMBER]) == [100 - 93 + 3, 100]


def test_where_a_day_has_no_amount_there_is_no_line() -> None:
    content = PlanContent({}, "tokens", "month", {NOVEMBER.start: 300})
    october, across = date(2026, 10, 31), Period(date(2026, 10, 31), date(2026, 11, 2))
    assert spread(content, [Period(october, october + ONE_DAY), across, NOVEMBER]) == [None, None, 300]


@tried(200)
@given(
    st.sampled_from(["month", "quarter", "year"]),
    st.integers(0, 2**62),
    st.lists(st.integers(1, 40), min_size=1, max_size=30),
)
def test_the_parts_of_a_period_are_its_amount(kind: str, amount: int, cuts: list[int]) -> None:
    """Whatever the buckets, and no day of a whole amount differs from another by more than one."""
    period = calendar_period(kind, date(2026, 5, 5))
    content = PlanContent({}, "cost", kind, {period.start: amount})
    edges = [period.start]
    for days in cuts:
        edges.append(min(edges[-1] + timedelta(days), period.end))
    edges.append(period.end)
    buckets = [Period(*pair) for pair in pairwise(edges) if pair[0] < pair[1]]
    assert sum(part or 0 for part in spread(content, buckets)) == amount
    days = [part or 0 for part in spread(content, [Period(day, day + ONE_DAY) for day in period])]
    assert max(days) - min(days) <= 1
