"""The earlier period's total as a dashed line over the days now."""

from __future__ import annotations

from dataclasses import dataclass, replace

import altair as alt
import polars as pl

from core.charts.axes import time_x
from core.charts.layers import Layer, layer
from core.charts.palette import Theme
from core.charts.points import drawn
from core.charts.timeline import Timeline
from core.dimensions import Measure

DASH = [5, 4]


@dataclass(frozen=True)
class Ghost:
    """``label`` names the earlier days; ``rows``: what ``core.explore.compare.aligned`` gives."""

    label: str
    rows: pl.DataFrame

    def running(self) -> Ghost:
        """What had come together since the first of the earlier days."""
        rows = self.rows.sort("start")
        summed = pl.when(pl.col("value").is_not_null()).then(pl.col("value").cum_sum())
        return replace(self, rows=rows.with_columns(summed.alias("value"), pl.col("first").first()))


def ghost_layers(ghost: Ghost, measure: Measure, timeline: Timeline, theme: Theme) -> list[Layer]:
    """The line, and points where no line leads to them."""
    frame = _placed(ghost, measure, timeline)
    return [layer(frame, make, timeline, theme) for make in (_line, _points)]


def _line(base: alt.Chart, timeline: Timeline, theme: Theme) -> alt.Chart:
    line: alt.Chart = base.mark_line(strokeDash=DASH, strokeWidth=1.6, color=theme.ink, opacity=0.75).encode(
        x=time_x("mid", timeline, theme), y=alt.Y("joined:Q")
    )
    return line


def _points(base: alt.Chart, timeline: Timeline, theme: Theme) -> alt.Chart:
    alone = alt.OpacityValue(0, condition={"test": "datum.alone", "value": 0.75})
    points: alt.Chart = base.mark_point(size=60, filled=True, color=theme.ink).encode(
        x=time_x("mid", timeline, theme), y=alt.Y("y:Q"), opacity=alone
    )
    return points


def _placed(ghost: Ghost, measure: Measure, timeline: Timeline) -> pl.DataFrame:
    """``mid``, ``y`` and ``joined``, for the buckets the view has."""
    buckets = timeline.buckets()
    places = pl.DataFrame(
        {
            "start": [timeline.key(bucket) for bucket in buckets],
            "end": [bucket.end for bucket in buckets],
            "place": [bucket.start for bucket in buckets],
            "whole": [not timeline.cut(bucket) for bucket in buckets],
        },
        schema={"start": pl.Date, "end": pl.Date, "place": pl.Date, "whole": pl.Boolean},
    )
    rows = ghost.rows.join(places, on="start").with_columns(start="place").sort("start")
    values = (pl.col("value").alias("y"), pl.when("whole").then("value").alias("joined"))
    placed = drawn(rows.with_columns(*values), measure, ("y", "joined"))
    alone = pl.col("whole").not_() | (pl.col("whole").sum() <= 1)
    return placed.select("mid", "y", "joined", alone.alias("alone"))
