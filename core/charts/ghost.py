"""The earlier period's total as a dashed line over the days now."""

from __future__ import annotations

from dataclasses import dataclass

import altair as alt
import polars as pl

from core.charts.axes import time_axis, time_scale
from core.charts.palette import Theme
from core.charts.points import drawn
from core.charts.timeline import Timeline
from core.dimensions import Measure
from core.formats import exact, period_label
from core.periods import ONE_DAY, Period

DASH = [5, 4]


@dataclass(frozen=True)
class Ghost:
    """``label`` names the earlier days; ``rows``: what ``core.explore.compare.aligned`` gives."""

    label: str
    rows: pl.DataFrame


def ghost_layers(ghost: Ghost, measure: Measure, timeline: Timeline, theme: Theme) -> list[alt.Chart]:
    """The line, and points that say its days and amount; seen only where no line leads to them."""
    frame = _placed(ghost, measure, timeline)
    base = alt.Chart(frame).encode(
        x=alt.X("mid:Q", scale=time_scale(timeline), axis=time_axis(timeline, theme), title=None),
        y=alt.Y("y:Q"),
    )
    line = base.mark_line(strokeDash=DASH, strokeWidth=1.6, color=theme.ink, opacity=0.75).encode(
        y=alt.Y("joined:Q")
    )
    titles = {"series": "Series", "when": "Earlier days (UTC)", "number": measure.label}
    points = base.mark_point(size=60, filled=True, color=theme.ink).encode(
        opacity=alt.OpacityValue(0, condition={"test": "datum.alone", "value": 0.75}),
        tooltip=[alt.Tooltip(f"{field}:N", title=title) for field, title in titles.items()],
    )
    return [line, points]


def _placed(ghost: Ghost, measure: Measure, timeline: Timeline) -> pl.DataFrame:
    """``mid``, ``y`` and texts, for the buckets the view has."""
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
    texts = {
        "when": [
            period_label(Period(first, last + ONE_DAY))
            for first, last in rows.select("first", "last").iter_rows()
        ],
        "number": [exact(measure, value) for value in rows["value"]],
    }
    named = rows.with_columns(pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String)))
    values = (pl.col("value").alias("y"), pl.when("whole").then("value").alias("joined"))
    placed = drawn(named.with_columns(*values), measure, ("y", "joined"))
    alone = pl.col("whole").not_() | (pl.col("whole").sum() <= 1)
    return placed.with_columns(pl.lit(ghost.label).alias("series"), alone.alias("alone")).select(
        "mid", "y", "joined", "series", "when", "number", "alone"
    )
