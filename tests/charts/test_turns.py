"""The mark where numbers begin to rest on other reports."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from core.charts.over_time import KINDS, Plot, over_time_chart
from core.charts.palette import LIGHT, colors
from core.charts.timeline import Timeline
from core.dimensions import MEASURES
from core.periods import Period

PERIOD = Period(date(2026, 10, 1), date(2026, 10, 11))
SIXTH_IN_MS = 1_791_244_800_000
"""2026-10-06 00:00 UTC in milliseconds since 1970."""


def rules(kind: str, turns: tuple[tuple[date, str], ...], grain: str = "day") -> list[list[dict]]:
    """The data of each upright line."""
    rows = pl.DataFrame(
        [(day, "a", 10**9) for day in PERIOD if grain == "day" or day.weekday() == 0],
        schema={"start": pl.Date, "series": pl.String, "value": pl.Int64},
        orient="row",
    )
    plot = Plot(MEASURES["cost"], Timeline(PERIOD, grain, turns=turns), ("a",), colors(("a",), LIGHT), LIGHT)
    chart = over_time_chart(rows, plot, kind).to_dict(validate=True)
    upright = [layer for layer in chart["layer"] if layer["mark"]["type"] == "rule"]
    assert all("y" not in layer["encoding"] for layer in upright)
    return [chart["datasets"][layer["data"]["name"]] for layer in upright]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("grain", ["day", "week"])
def test_a_line_stands_where_the_reports_change_and_says_so(kind: str, grain: str) -> None:
    told = "One: days from Oct 6, 2026 on rest on Anthropic's analytics reports"
    line, to_point_at = rules(kind, ((date(2026, 10, 6), told),), grain)
    assert line == to_point_at == [{"x": SIXTH_IN_MS, "when": "Oct 6, 2026", "word": told}]


def test_none_stands_where_nothing_changes() -> None:
    assert rules("bar", ()) == []
