"""A quiet upright line where the days after rest on other reports than the days before."""

from __future__ import annotations

import altair as alt
import polars as pl

from core.charts.axes import time_axis, time_scale
from core.charts.palette import Theme
from core.charts.points import instant
from core.charts.timeline import Timeline
from core.formats import day_label

TURN = "Other reports"
_DASH = [2, 3]


def turn_layers(timeline: Timeline, theme: Theme) -> list[alt.Chart]:
    """The line at the begin of each day that turns, and a wider one to point at, which is not seen."""
    if not timeline.turns:
        return []
    frame = pl.DataFrame(
        {
            "x": [instant(day) for day, _ in timeline.turns],
            "when": [day_label(day) for day, _ in timeline.turns],
            "word": [words for _, words in timeline.turns],
        }
    )
    base = alt.Chart(frame).encode(
        x=alt.X("x:Q", scale=time_scale(timeline), axis=time_axis(timeline, theme), title=None),
        tooltip=[alt.Tooltip("word:N", title=TURN), alt.Tooltip("when:N", title="From (UTC)")],
    )
    line = base.mark_rule(color=theme.muted, strokeDash=_DASH, strokeWidth=1, opacity=0.8)
    return [line, base.mark_rule(strokeWidth=9, opacity=0)]
