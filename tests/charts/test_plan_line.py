"""A plan's line on a chart over time."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from core.charts.over_time import Plot, over_time_chart
from core.charts.palette import LIGHT, colors
from core.charts.plan_line import PlanLine, with_plan_line
from core.charts.timeline import Timeline
from core.dimensions import MEASURES
from core.periods import Period

PERIOD = Period(date(2026, 10, 5), date(2026, 10, 8))
FIFTH_IN_MS = 1_791_158_400_000
"""2026-10-05 00:00 UTC in milliseconds since 1970."""
DAY_IN_MS = 86_400_000
DOLLAR = 10**8


def drawn(
    amounts: list[int | None], kind: str = "bar", measure: str = "cost"
) -> tuple[Any, list[dict[str, Any]]]:
    """The mark of the line, and its data."""
    rows = pl.DataFrame(
        [(day, "a", 10**9) for day in PERIOD],
        schema={"start": pl.Date, "series": pl.String, "value": pl.Int64},
        orient="row",
    )
    plot = Plot(MEASURES[measure], Timeline(PERIOD, "day"), ("a",), colors(("a",), LIGHT), LIGHT)
    chart = over_time_chart(rows, plot, kind)
    shown = with_plan_line(chart, PlanLine("All", amounts), plot, is_running=kind == "running")
    told = shown.to_dict(validate=True)
    layer = told["layer"][-2]
    return layer["mark"]["type"], told["datasets"][layer["data"]["name"]]


def test_a_stroke_crosses_each_bucket_that_has_an_amount() -> None:
    mark, data = drawn([3 * DOLLAR, None, 450_000_000])
    assert mark == "rule"
    assert [(row["x"], row["x2"], row["y"]) for row in data] == [
        (FIFTH_IN_MS, FIFTH_IN_MS + DAY_IN_MS, 3.0),
        (FIFTH_IN_MS + 2 * DAY_IN_MS, FIFTH_IN_MS + 3 * DAY_IN_MS, 4.5),
    ]
    assert (data[0]["plan"], data[0]["when"], data[0]["number"]) == ("All", "Oct 5, 2026", "$3.00")


def test_on_a_running_total_it_is_added_up_as_far_as_it_is_known() -> None:
    mark, data = drawn([3 * DOLLAR, 4 * DOLLAR, None], "running")
    assert mark == "line" and [row["y"] for row in data] == [3.0, 7.0]


@pytest.mark.parametrize("kind", ["area", "line"])
def test_tokens_are_no_dollars(kind: str) -> None:
    assert [row["y"] for row in drawn([5, 6, 7], kind, "tokens")[1]] == [5, 6, 7]
