"""Days ahead on a chart over time: a dashed line of what is expected of each, and the band of its range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import altair as alt
import polars as pl

from core.charts.axes import time_axis, time_scale
from core.charts.ghost import DASH
from core.charts.over_time import Plot
from core.charts.points import instant
from core.charts.timeline import Timeline
from core.dimensions import Measure, Unit
from core.forecast.outlook import Ahead
from core.formats import day_label, exact, short
from core.money import MICROCENTS_PER_USD
from core.periods import ONE_DAY, Period


@dataclass(frozen=True)
class Extended(Timeline):
    """An axis with room for days ahead: what was asked for ends at ``asked_until``, and so do its buckets."""

    asked_until: date = date.max

    def buckets(self) -> list[Period]:
        return replace(self, period=Period(self.period.start, self.asked_until))._own_buckets()

    def _own_buckets(self) -> list[Period]:
        return super().buckets()


def extended(timeline: Timeline, until: date) -> Extended:
    """The same axis, with room up to ``until``."""
    parts = {name: getattr(timeline, name) for name in timeline.__dataclass_fields__}
    asked = timeline.period
    parts["period"] = Period(asked.start, max(asked.end, until))
    return Extended(**parts, asked_until=asked.end)


def with_days_ahead(chart: alt.LayerChart, days: Mapping[date, Ahead], plot: Plot) -> alt.LayerChart:
    """The chart of ``plot``, whose axis has room for them, with the days ahead laid over it."""
    theme, timeline = plot.theme, plot.timeline
    base = alt.Chart(_frame(days, plot.measure)).encode(
        x=alt.X("mid:Q", scale=time_scale(timeline), axis=time_axis(timeline, theme), title=None)
    )
    titles = {"when": "Expected (UTC)", "number": plot.measure.label, "range": "Four in five"}
    tooltip = [alt.Tooltip(f"{name}:N", title=title) for name, title in titles.items()]
    chart.layer = [
        *chart.layer,
        base.mark_area(color=theme.fall, opacity=0.2).encode(y=alt.Y("low:Q"), y2=alt.Y2("high")),
        base.mark_line(color=theme.fall, strokeWidth=2, strokeDash=DASH).encode(y=alt.Y("point:Q")),
        base.mark_point(opacity=0, size=90).encode(y=alt.Y("point:Q"), tooltip=tooltip),
    ]
    return chart


def _frame(days: Mapping[date, Ahead], measure: Measure) -> pl.DataFrame:
    scale = MICROCENTS_PER_USD if measure.unit is Unit.USD else 1
    rows = [
        {
            "mid": (instant(day) + instant(day + ONE_DAY)) / 2,
            **{name: getattr(expected, name) / scale for name in ("point", "low", "high")},
            "when": day_label(day),
            "number": exact(measure, expected.point),
            "range": f"{short(measure, expected.low)} to {short(measure, expected.high)}",
        }
        for day, expected in sorted(days.items())
    ]
    floats = dict.fromkeys(("mid", "point", "low", "high"), pl.Float64)
    return pl.DataFrame(rows, schema={**floats, **dict.fromkeys(("when", "number", "range"), pl.String)})
