"""A measure over time, as stacked bars, lines or areas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import polars as pl

from core.bidi import isolated_list
from core.charts.axes import MARGIN, time_axis, time_scale, value_axis
from core.charts.ghost import Ghost, ghost_layers
from core.charts.layers import TrustedLayers
from core.charts.palette import Theme
from core.charts.points import described, drawn, grid, instant, stacked
from core.charts.timeline import AWAITED, FINAL, INCOMPLETE, NO_DATA, PROVISIONAL, Timeline
from core.charts.turns import turn_layers
from core.dimensions import Measure
from core.formats import period_label
from core.periods import Period

KINDS: dict[str, str] = {"bar": "Bars", "line": "Lines", "area": "Areas"}

HEIGHT = 320
MANY_BUCKETS = 45
"""Past so many, lines go without dots and bars without separating lines."""
LIGHTER = 0.6
HOLLOW = 0.12
PICK = "pick"
PICKED = ("series", "mid")
"""What a click tells: whose mark it was, and the middle of its bucket in ms since 1970."""
_UNKNOWN = (NO_DATA, AWAITED)
"""Of what nothing is drawn, so that a word must stand there."""
WIDE = 0.12
"""Share of the width from which a word fits along a band."""


@dataclass(frozen=True)
class Plot:
    """What is drawn: ``series`` in stacking order, biggest first, and the colour of each.

    ``ghost`` is the total of earlier days. ``turn`` makes the marks clickable: a click selects ``PICK`` with
    the series, the bucket and this number, which tells one picture's clicks from another's.

    What differs from filter to filter travels as data, not in the specification: a browser that has drawn the
    same one replaces the data, and does not compile it again.
    """

    measure: Measure
    timeline: Timeline
    series: tuple[str, ...]
    colors: Mapping[str, str]
    theme: Theme
    ghost: Ghost | None = None
    turn: int | None = None
    height: int = HEIGHT

    @property
    def is_dense(self) -> bool:
        return len(self.timeline.buckets()) > MANY_BUCKETS


def over_time_chart(rows: pl.DataFrame, plot: Plot, kind: str) -> alt.LayerChart:
    """Draw ``rows``: ``start`` (Date), ``series`` (String), ``value`` (micro-cents, count, ratio; or null).

    Provisional buckets are lighter; buckets nothing is known about are a band with the word "No data", a
    fainter one where that is expected. Days, weeks and months that are not whole are hollow, and no line
    leads to them.
    A measure whose parts do not add up is never stacked: bars and areas of several series become lines.

    Raises:
        ValueError: more points than a chart can hold.
    """
    marks = _MARKS[drawn_kind(plot.measure, len(plot.series), kind)]
    layers = [*_state_layers(plot, NO_DATA, AWAITED, INCOMPLETE), *marks(_grid(rows, plot), plot)]
    if plot.ghost and shows_ghost(plot.measure, len(plot.series), kind):
        layers += ghost_layers(plot.ghost, plot.measure, plot.timeline, plot.theme)
    layers += turn_layers(plot.timeline, plot.theme)
    return TrustedLayers(
        layer=layers,
        height=plot.height,
        width="container",
        description=description(rows, plot),
        padding=MARGIN,
        config=alt.Config(mark=alt.MarkConfig(aria=False)),  # the picture is described, not each of its marks
    )


def drawn_kind(measure: Measure, series: int, kind: str) -> str:
    """``kind``, or lines where the measure cannot be stacked."""
    return kind if measure.additive or series < 2 else "line"


def shows_ghost(measure: Measure, series: int, kind: str) -> bool:
    """Whether an earlier total belongs in the picture: not beside the lines of its parts."""
    return series < 2 or not measure.additive or drawn_kind(measure, series, kind) != "line"


def description(rows: pl.DataFrame, plot: Plot) -> str:
    """What a screen reader says in place of the picture; a picture to click has its names in the legend."""
    names = f": {isolated_list(plot.series[:12])}. {rows.height} values" if plot.turn is None else ""
    gaps = "; ".join(period_label(gap) for gap in plot.timeline.spans(NO_DATA))
    missing = f" No data for {gaps}." if gaps else ""
    period = period_label(plot.timeline.period)
    before = f" Dashed: {plot.ghost.label}." if plot.ghost else ""
    what = f"{plot.measure.label} by {plot.timeline.grain}, {period}{names}."
    return f"{what}{missing}{before}"


def _grid(rows: pl.DataFrame, plot: Plot) -> pl.DataFrame:
    full = grid(rows, plot.timeline, plot.measure, plot.series)
    hues = [plot.colors[name] for name in plot.series]
    return described(full, plot.measure).with_columns(
        pl.col("series").replace_strict(list(plot.series), hues, return_dtype=pl.String).alias("hue"),
        pl.lit(plot.turn, pl.Int64).alias("turn"),
        (pl.col("cut") == "").alias("whole"),
    )


def _bars(frame: pl.DataFrame, plot: Plot) -> list[alt.Chart]:
    return [clickable(_boxes(frame, plot), plot.turn, *PICKED)]


def _boxes(frame: pl.DataFrame, plot: Plot) -> alt.Chart:
    """A box for each value, on top of the others of its bucket."""
    pieces = drawn(stacked(frame), plot.measure, ("low", "high")).filter(pl.col("value").fill_null(0) != 0)
    inset = 0.08 * (pl.col("x2") - pl.col("x")) if not plot.is_dense else pl.lit(0.0)
    pieces = pieces.with_columns((pl.col("x") + inset).alias("x"), (pl.col("x2") - inset).alias("x2"))
    edge = pl.when("whole").then(pl.lit(plot.theme.surface)).otherwise("hue").alias("edge")
    chart = _chart(pieces.with_columns(edge), ("x", "x2", "mid", "low", "high", "edge")).mark_rect(
        strokeWidth=0.3 if plot.is_dense else 1, **_cursor(plot)
    )
    boxes: alt.Chart = chart.encode(
        x=_x("x", plot), x2=alt.X2("x2"), y=_y("low", plot), y2=alt.Y2("high"), fill=_fill(),
        stroke=alt.Stroke("edge:N", scale=None), fillOpacity=_hollow(), opacity=_opacity(),
        tooltip=_tooltip(plot),
    )  # fmt: skip
    return boxes


def _areas(frame: pl.DataFrame, plot: Plot) -> list[alt.Chart]:
    pieces = drawn(stacked(frame), plot.measure, ("low", "high"))
    drawn_now = ~pl.col("gap") & pl.col("whole")
    pieces = pieces.with_columns(
        pl.when(drawn_now).then(pl.col(name)).alias(name) for name in ("low", "high")
    )
    base = _chart(pieces, ("mid", "low", "high")).encode(x=_x("mid", plot))
    area = base.mark_area(opacity=0.85, line={"strokeWidth": 1, "stroke": plot.theme.surface}).encode(
        y=_y("low", plot), y2=alt.Y2("high"), color=_color(), detail=_series(), order=alt.Order("order:O")
    )
    hover = base.mark_point(size=70, opacity=0, filled=True, **_cursor(plot)).encode(
        y=_y("high", plot), color=_color(), tooltip=_tooltip(plot)
    )
    boxes = _boxes(frame.filter(~pl.col("whole")), plot)
    return [*_state_layers(plot, PROVISIONAL), area, boxes, clickable(hover, plot.turn, *PICKED)]


def _lines(frame: pl.DataFrame, plot: Plot) -> list[alt.Chart]:
    base = _chart(_lined(frame, plot), ("mid", "y", "joined")).encode(x=_x("mid", plot), detail=_series())
    line = base.mark_line(strokeWidth=2, interpolate="linear", strokeJoin="round").encode(
        y=_y("joined", plot), color=_color()
    )
    only_cut = alt.OpacityValue(0, condition={"test": "!datum.whole", "value": 1.0})
    dots = base.mark_point(size=28 if not plot.is_dense else 50, filled=True, **_cursor(plot)).encode(
        y=_y("y", plot), fill=_fill(), stroke=alt.Stroke("hue:N", scale=None), fillOpacity=_hollow(),
        opacity=only_cut if plot.is_dense else _opacity(), tooltip=_tooltip(plot),
    )  # fmt: skip
    return [*_state_layers(plot, PROVISIONAL), line, clickable(dots, plot.turn, *PICKED)]


def _lined(frame: pl.DataFrame, plot: Plot) -> pl.DataFrame:
    """``y`` of every point; ``joined`` of those that a line leads to."""
    joined = pl.when("whole").then("value").alias("joined")
    return drawn(frame.with_columns(pl.col("value").alias("y"), joined), plot.measure, ("y", "joined"))


_MARKS: dict[str, Callable[[pl.DataFrame, Plot], list[alt.Chart]]] = {
    "bar": _bars,
    "line": _lines,
    "area": _areas,
}


def _chart(frame: pl.DataFrame, places: Sequence[str]) -> alt.Chart:
    """Only the columns a mark reads travel to the browser."""
    read = (*places, "series", "hue", "order", "when", "number", "part", "state", "turn", "whole")
    return alt.Chart(frame.select(read))


def _cursor(plot: Plot) -> dict[str, Any]:
    return {"cursor": "pointer"} if plot.turn is not None else {}


def clickable(chart: alt.Chart, turn: int | None, *fields: str) -> alt.Chart:
    """The mark with a selection named ``PICK`` of ``fields`` and ``turn``, columns of its data.

    Unchanged without a turn.
    """
    if turn is None:
        return chart
    selectable: alt.Chart = chart.add_params(
        alt.selection_point(name=PICK, fields=[*fields, "turn"], on="click", toggle=False)
    )
    return selectable


def _x(field: str, plot: Plot) -> alt.X:
    return alt.X(
        f"{field}:Q", scale=time_scale(plot.timeline), axis=time_axis(plot.timeline, plot.theme), title=None
    )


def _y(field: str, plot: Plot) -> alt.Y:
    return alt.Y(
        f"{field}:Q", axis=value_axis(plot.measure.unit, plot.theme), scale=alt.Scale(zero=True, nice=True)
    )


def _color() -> alt.Color:
    return alt.Color("hue:N", scale=None)


def _fill() -> alt.Fill:
    return alt.Fill("hue:N", scale=None)


def _hollow() -> alt.FillOpacityValue:
    """What is not whole is hardly filled."""
    return alt.FillOpacityValue(HOLLOW, condition={"test": "datum.whole", "value": 1.0})


def _series() -> alt.Detail:
    """What belongs together: two series may be grey."""
    return alt.Detail("series:N")


def _opacity() -> alt.OpacityValue:
    return alt.OpacityValue(LIGHTER, condition={"test": f"datum.state == '{FINAL}'", "value": 1.0})


def _tooltip(plot: Plot) -> list[alt.Tooltip]:
    fields = {"series": "Series", "when": "Days (UTC)", "number": plot.measure.label}
    if plot.measure.additive and len(plot.series) > 1:
        fields["part"] = "Share of bar"
    fields["state"] = "State"
    return [alt.Tooltip(f"{field}:N", title=title) for field, title in fields.items()]


def _state_layers(plot: Plot, *states: str) -> list[alt.Chart]:
    """A band with a word behind the buckets of each state; none where all are alike and known."""
    layers = []
    for state in states:
        spans = plot.timeline.spans(state)
        if spans and (state in _UNKNOWN or spans != [plot.timeline.period]):
            layers += _bands(spans, state, plot)
    return layers


def _bands(spans: list[Period], word: str, plot: Plot) -> list[alt.Chart]:
    frame = pl.DataFrame(
        {
            "x": [instant(span.start) for span in spans],
            "x2": [instant(span.end) for span in spans],
            "word": [word for _ in spans],
            "when": [period_label(span) for span in spans],
            "wide": [span.days >= plot.timeline.period.days * WIDE for span in spans],
        }
    ).with_columns(((pl.col("x") + pl.col("x2")) / 2).alias("mid"))
    tooltip = [alt.Tooltip("word:N", title="State"), alt.Tooltip("when:N", title="Days (UTC)")]
    opacity = 0.9 if word == NO_DATA else 0.45
    band = alt.Chart(frame).mark_rect(color=plot.theme.grid, opacity=opacity)
    layers = [
        band.encode(x=_x("x", plot), x2="x2:Q", tooltip=tooltip),
        _word(frame.filter(pl.col("wide")), plot, angle=0, y=10),
    ]
    if word != INCOMPLETE:  # upright it would stand across the bars of its days
        layers.append(_word(frame.filter(~pl.col("wide")), plot, angle=270, y=plot.height // 2))
    return layers


def _word(frame: pl.DataFrame, plot: Plot, *, angle: int, y: int) -> alt.Chart:
    """Along the top of a wide band, upright in a narrow one."""
    text = alt.Chart(frame).mark_text(color=plot.theme.muted, fontSize=12, angle=angle, baseline="middle")
    worded: alt.Chart = text.encode(x=_x("mid", plot), y=alt.value(y), text="word:N")
    return worded
