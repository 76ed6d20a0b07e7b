"""Axes: dollars, counts, shares; UTC days without a browser's time zone in the way."""

from __future__ import annotations

import altair as alt

from core.charts.palette import Theme
from core.charts.points import instant
from core.charts.timeline import Timeline
from core.dimensions import Unit

MOST_LABELS = 10

MARGIN = {"left": 0, "right": 0, "top": 5, "bottom": 3}
"""Around a picture, in pixels: without one Streamlit leaves 20 below the axis."""

_SI = "replace(replace(format(datum.value, '{sign}.3~s'), 'G', 'B'), 'k', 'K')"
_VALUE_LABELS = {
    Unit.USD: f"abs(datum.value) < 1 ? format(datum.value, '$.2~f') : {_SI.format(sign='$')}",
    Unit.COUNT: f"abs(datum.value) < 1000 ? format(datum.value, ',') : {_SI.format(sign='')}",
    Unit.USD_PER_MILLION: "format(datum.value, '$,.2~f')",
    Unit.RATIO: "format(datum.value, '.0~%')",
}
_TIME_LABELS = {"day": "%b %-d", "week": "%b %-d", "month": "%b %Y"}


def value_axis(unit: Unit, theme: Theme) -> alt.Axis:
    """Few lines, short labels, no title: the card names the measure."""
    return alt.Axis(
        title=None,
        labelExpr=_VALUE_LABELS[unit],
        labelColor=theme.muted,
        gridColor=theme.grid,
        domain=False,
        ticks=False,
        tickCount=5,
        labelPadding=8,
    )


def time_axis(timeline: Timeline, theme: Theme) -> alt.Axis:
    """A label in the middle of some buckets, naming the bucket's first day."""
    buckets = timeline.buckets()
    stride = -(-len(buckets) // MOST_LABELS) or 1
    shown = buckets[::-1][::stride]
    middles = [(instant(bucket.start) + instant(bucket.end)) / 2 for bucket in shown]
    names = {middle: instant(bucket.start) for middle, bucket in zip(middles, shown, strict=True)}
    lookup = ", ".join(f"'{middle:.0f}': {start:.0f}" for middle, start in names.items())
    text = f"utcFormat({{{lookup}}}[format(datum.value, 'd')], '{_TIME_LABELS[timeline.grain]}')"
    return alt.Axis(
        title=None,
        values=middles,
        labelExpr=text,
        labelColor=theme.muted,
        labelOverlap="greedy",
        labelFlush=False,
        grid=False,
        domainColor=theme.grid,
        tickColor=theme.grid,
        labelPadding=4,
    )


def time_x(field: str, timeline: Timeline, theme: Theme) -> alt.X:
    """A place along the time axis, in milliseconds since 1970."""
    return alt.X(f"{field}:Q", scale=time_scale(timeline), axis=time_axis(timeline, theme), title=None)


def time_scale(timeline: Timeline) -> alt.Scale:
    """The whole period, always: an empty end is part of the picture.

    Milliseconds on a linear scale: Vega takes numbers on a time scale's domain for years.
    """
    period = timeline.period
    return alt.Scale(domain=[instant(period.start), instant(period.end)], nice=False, zero=False)
