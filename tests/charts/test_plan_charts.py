"""What a plan's pictures and the days ahead show, read back from the specification."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from core.charts.forecast_band import extended, with_days_ahead
from core.charts.over_time import over_time_chart
from core.charts.palette import DARK, LIGHT, Theme
from core.charts.plan_charts import BurnUp, burn_up_chart, periods_chart
from core.charts.timeline import Timeline
from core.dimensions import MEASURES
from core.explore.plan_figures import PlanPeriod, Point
from core.explore.projected_days import Total
from core.forecast.outlook import Ahead
from core.periods import ONE_DAY, Period
from tests.charts.test_over_time import PERIOD, _plot, _rows

USD = 10**8
OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
COST, TOKENS = MEASURES["cost"], MEASURES["tokens"]


def points() -> list[Point]:
    """10 dollars a day for ten days, then expected."""
    known = [Point(day, 10 * USD * (n + 1), None) for n, day in enumerate(OCTOBER) if n < 10]
    later = [
        Point(day, None, Ahead(10 * USD * (n + 1), 9 * USD * (n + 1), 11 * USD * (n + 1)))
        for n, day in enumerate(OCTOBER)
        if n >= 10
    ]
    return [*known, *later]


def data_of(chart: dict[str, Any], *columns: str) -> list[dict[str, Any]]:
    """The rows of the data that has these columns."""
    return next(rows for rows in chart["datasets"].values() if rows and set(columns) <= set(rows[0]))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("breaks_on", [None, date(2026, 10, 21)])
def test_burn_up_has_what_is_known_and_what_is_expected(theme: Theme, breaks_on: date | None) -> None:
    shown = BurnUp(OCTOBER, points(), 205 * USD, COST, breaks_on, theme)
    chart = burn_up_chart(shown).to_dict(validate=True)
    rows = data_of(chart, "actual", "expected")
    assert [row["actual"] for row in rows[:10]] == [10.0 * n for n in range(1, 11)]
    assert all(row["actual"] is None for row in rows[10:])
    assert rows[9]["low"] == rows[9]["high"] == rows[9]["expected"] == 100.0, "it begins where it is known"
    assert (rows[-1]["low"], rows[-1]["expected"], rows[-1]["high"]) == (279.0, 310.0, 341.0)
    assert rows[-1]["even"] == 205.0
    texts = [row["text"] for rows in chart["datasets"].values() for row in rows if "text" in row]
    assert texts == (["Breaks Oct 21, 2026"] if breaks_on else [])
    assert "of a budget of $205.00" in chart["description"]
    assert json.dumps(chart, allow_nan=False)


def test_burn_up_without_a_forecast_has_none() -> None:
    bare = [Point(point.day, point.actual, None) for point in points()]
    chart = burn_up_chart(BurnUp(OCTOBER, bare, USD, COST, None, LIGHT)).to_dict(validate=True)
    rows = data_of(chart, "actual", "expected")
    assert all(row["expected"] is None for row in rows[10:])
    assert "expected" not in chart["description"]


def test_periods_stand_beside_their_budgets() -> None:
    known = PlanPeriod(
        50, Total(OCTOBER, 60, frozenset(OCTOBER), 0, 0, 0, 60, Ahead(0, 0, 0), most_known_days=31)
    )
    unknown = PlanPeriod(50, Total(OCTOBER, 0, frozenset(), 0, 0, 31, 0, None))
    chart = periods_chart([known, unknown], ["2026-09", "2026-10"], TOKENS, LIGHT).to_dict(validate=True)
    rows = data_of(chart, "name", "budget")
    assert [(row["name"], row["actual"], row["budget"]) for row in rows] == [
        ("2026-09", 60.0, 50.0),
        ("2026-10", None, 50.0),
    ], "unknown is no bar of nothing"


def test_days_ahead_have_room_and_no_bars_of_their_own() -> None:
    axis = extended(Timeline(PERIOD, "day"), PERIOD.end + 5 * ONE_DAY)
    assert axis.period == Period(PERIOD.start, PERIOD.end + 5 * ONE_DAY)
    assert axis.buckets() == Timeline(PERIOD, "day").buckets()
    days = {PERIOD.end + n * ONE_DAY: Ahead(5 * USD, 4 * USD, 7 * USD) for n in range(5)}
    plot = _plot(axis)
    chart = with_days_ahead(over_time_chart(_rows(), plot, "bar"), days, plot).to_dict(validate=True)
    rows = data_of(chart, "point", "low", "high")
    assert [(row["low"], row["point"], row["high"]) for row in rows] == [(4.0, 5.0, 7.0)] * 5
    assert rows[0]["when"] == "Oct 11, 2026" and rows[0]["range"] == "$4.00 to $7.00"
