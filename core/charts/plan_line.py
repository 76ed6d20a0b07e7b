"""A plan's line on a chart over time: a stroke across each bucket, or the sum of a running total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import altair as alt
import polars as pl

from core.charts.axes import time_axis, time_scale
from core.charts.over_time import Plot
from core.charts.points import instant
from core.dimensions import Measure, Unit
from core.formats import exact, period_label
from core.money import MICROCENTS_PER_USD
from core.periods import Period


@dataclass(frozen=True)
class PlanLine:
    """``amounts``: of each bucket of the chart, in order; None where the plan says nothing."""

    name: str
    amounts: Sequence[int | None]

    def running(self) -> PlanLine:
        """Added up from the first bucket on, as far as every amount is known."""
        return PlanLine(self.name, list(accumulate(self.amounts, _plus)))


def _plus(whole: int | None, part: int | None) -> int | None:
    return None if whole is None or part is None else whole + part


def with_plan_line(chart: alt.LayerChart, line: PlanLine, plot: Plot, *, is_running: bool) -> alt.LayerChart:
    """The chart of ``plot`` with the line over it."""
    shown, theme, timeline = line.running() if is_running else line, plot.theme, plot.timeline
    base = alt.Chart(_frame(shown, timeline.buckets(), plot.measure)).encode(
        x=alt.X("x:Q", scale=time_scale(timeline), axis=time_axis(timeline, theme), title=None),
        y=alt.Y("y:Q"),
    )
    titles = {"plan": "Plan", "when": "Days (UTC)", "number": plot.measure.label}
    tooltip = [alt.Tooltip(f"{name}:N", title=title) for name, title in titles.items()]
    mark = (
        base.mark_line(color=theme.ink, strokeWidth=2).encode(x="mid:Q")
        if is_running
        else base.mark_rule(color=theme.ink, strokeWidth=2).encode(x2=alt.X2("x2"))
    )
    points = base.mark_point(opacity=0, size=90).encode(x="mid:Q", tooltip=tooltip)
    chart.layer = [*chart.layer, mark, points]
    return chart


def _frame(line: PlanLine, buckets: Sequence[Period], measure: Measure) -> pl.DataFrame:
    scale = MICROCENTS_PER_USD if measure.unit is Unit.USD else 1
    rows = [
        {
            "x": instant(bucket.start),
            "x2": instant(bucket.end),
            "mid": (instant(bucket.start) + instant(bucket.end)) / 2,
            "y": amount / scale,
            "plan": line.name,
            "when": period_label(bucket),
            "number": exact(measure, amount),
        }
        for bucket, amount in zip(buckets, line.amounts, strict=True)
        if amount is not None
    ]
    floats = dict.fromkeys(("x", "x2", "mid", "y"), pl.Float64)
    return pl.DataFrame(rows, schema={**floats, **dict.fromkeys(("plan", "when", "number"), pl.String)})
