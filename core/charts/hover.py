"""What a pointer anywhere in a bucket says: its days, every series, their total, the total before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import altair as alt
import polars as pl

from core.bidi import fenced
from core.charts.axes import time_x
from core.charts.ghost import Ghost
from core.charts.layers import BESIDE, Layer, layer
from core.charts.palette import Theme
from core.charts.points import drawn
from core.charts.timeline import FINAL, SO_FAR, Timeline
from core.dimensions import Measure
from core.figures import table_scale
from core.formats import UNKNOWN, Number, cut_name, period_label
from core.periods import ONE_DAY, Period

TIP = "tip"
"""The column of the texts, an object: a browser shows its ``title`` as a heading, all else as rows."""
TITLE, TOTAL, BEFORE, STATE = "title", "Total", "Before", "State"
LONGEST = 38
"""Characters of a name that have room."""


def hover_frame(
    frame: pl.DataFrame,
    measure: Measure,
    series: Sequence[str],
    ghost: Ghost | None,
    *,
    since: Timeline | None = None,
) -> pl.DataFrame:
    """``mid``, ``x``, ``x2`` and ``tip`` of each bucket of a full grid that something is known about.

    ``since``: where the values are of all days since its first.
    """
    first = since.period.start if since else None
    known = frame.filter(~pl.col("gap")).sort("start", "order")
    buckets = known.unique("start", keep="first", maintain_order=True).select(
        "key", "start", "end", "state", "cut"
    )
    names, before = _names(series), _before(ghost, measure)
    values, width = known["value"].to_list(), len(series)
    tips = [
        _tip(row, dict(zip(names, values[n * width : (n + 1) * width], strict=True)), measure, before, first)
        for n, row in enumerate(buckets.iter_rows(named=True))
    ]
    rows = [TITLE, *names, *[TOTAL] * _adds_up(measure, names), *[BEFORE] * (ghost is not None), STATE]
    column = pl.Series(TIP, tips, dtype=pl.Struct(dict.fromkeys(rows, pl.String)))
    return drawn(buckets, measure, ()).select("mid", "x", "x2").with_columns(column)


def hover_layer(tips: pl.DataFrame, timeline: Timeline, theme: Theme) -> Layer:
    """A box over each bucket from top to bottom, seen by the pointer only."""
    return layer(tips, _boxes, timeline, theme)


def _boxes(base: alt.Chart, timeline: Timeline, theme: Theme) -> alt.Chart:
    boxes: alt.Chart = base.mark_rect(opacity=0, color=theme.ink).encode(
        x=time_x("x", timeline, theme), x2=alt.X2("x2"), tooltip=alt.Tooltip(f"{TIP}:N")
    )
    return boxes


def with_tips(chart: alt.Chart) -> alt.Chart:
    """A mark that says the same as the box behind it, whose tips are beside: of the two a browser asks the
    upper one only."""
    lookup = alt.LookupData(data=BESIDE, key="mid", fields=[TIP])
    told: alt.Chart = chart.transform_lookup(lookup="mid", from_=lookup).encode(
        tooltip=alt.Tooltip(f"{TIP}:N")
    )
    return told


def _names(series: Sequence[str]) -> tuple[str, ...]:
    """Cut to what has room, unless two would read the same; never a word that means something here."""
    short = [cut_name(name, LONGEST) for name in series]
    is_told_apart = len(set(short)) == len(short)
    return tuple(fenced(name) for name in (short if is_told_apart else series))


def _adds_up(measure: Measure, names: Sequence[str]) -> bool:
    return measure.additive and len(names) > 1


def _before(ghost: Ghost | None, measure: Measure) -> dict[object, str]:
    """By bucket: the total of the earlier days, and which these are."""
    if ghost is None:
        return {}
    scale = table_scale(measure)
    rows = ghost.rows.select("start", "value", "first", "last").iter_rows()
    return {
        start: f"{scale.write(value)} · {period_label(Period(first, last + ONE_DAY))}"
        for start, value, first, last in rows
    }


def _tip(
    row: dict[str, object],
    values: dict[str, Number],
    measure: Measure,
    before: dict[object, str],
    first: date | None,
) -> dict[str, str]:
    """As printed, the series add up to their total."""
    scale, numbers = table_scale(measure), list(values.values())
    known = [value for value in numbers if value is not None]
    whole = sum(known) if known and measure.additive else None
    steps = scale.apportioned(numbers, whole) if measure.additive else [scale.steps(n) for n in numbers]
    texts = dict(zip(values, map(scale.text, steps), strict=True))
    return {
        TITLE: _when(row, first),
        **texts,
        TOTAL: scale.write(whole),
        BEFORE: before.get(row["key"], UNKNOWN),
        STATE: str(row["state"] or FINAL),
    }


def _when(row: dict[str, object], first: date | None) -> str:
    """Of a running total only that the last day is not over; of it, a week that is cut is none."""
    start, end, cut = first or row["start"], row["end"], str(row["cut"])
    cut = "" if first and cut != SO_FAR else cut
    days = period_label(Period(start, end))  # type: ignore[arg-type]
    return " · ".join(filter(None, (days, cut)))
