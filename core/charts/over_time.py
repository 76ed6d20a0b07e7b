"""A measure over time, as stacked bars, lines or areas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import altair as alt
import polars as pl

from core.bidi import isolated_list
from core.charts.axes import MARGIN, time_x, value_axis
from core.charts.bands import Bands
from core.charts.ghost import Ghost, ghost_layers
from core.charts.hover import hover_frame, hover_layer, with_tips
from core.charts.layers import Layer, Make, TrustedLayers, layer
from core.charts.palette import Theme
from core.charts.points import drawn, grid, running_total, stacked
from core.charts.timeline import NO_DATA, Timeline
from core.charts.turns import turn_layers
from core.dimensions import Measure, Unit
from core.explore.links import RUNNING
from core.formats import period_label

KINDS: dict[str, str] = {"bar": "Bars", "line": "Lines", "area": "Areas", RUNNING: "Running total"}

HEIGHT = 320
MANY_BUCKETS = 45
"""Past so many, lines go without dots and bars without separating lines."""
HOLLOW = 0.12
PICK = "pick"
PICKED = ("series", "mid")
"""What a click tells: whose mark it was, and the middle of its bucket in ms since 1970."""


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

    @cached_property
    def is_dense(self) -> bool:
        return len(self.timeline.buckets()) > MANY_BUCKETS

    @cached_property
    def look(self) -> Look:
        """All that the specification of a mark depends on."""
        return Look(self.measure.unit, self.timeline, self.theme, self.is_dense, self.turn is not None)


@dataclass(frozen=True)
class Look:
    """How marks are drawn, whatever they are of."""

    unit: Unit
    timeline: Timeline
    theme: Theme
    is_dense: bool
    is_clickable: bool


def over_time_chart(rows: pl.DataFrame, plot: Plot, kind: str) -> alt.LayerChart:
    """Draw ``rows``: ``start`` (Date), ``series`` (String), ``value`` (micro-cents, count, ratio; or null).

    Provisional buckets have a dotted line under them; buckets nothing is known about are a band with the word
    "No data", a fainter one where that is expected. A pointer anywhere in a bucket tells all its values.
    Days, weeks and months that are not whole are hollow, and no line leads to them.
    A measure whose parts do not add up is never stacked: bars and areas of several series become lines.

    Raises:
        ValueError: more points than a chart can hold.
    """
    marks = _MARKS[drawn_kind(plot.measure, len(plot.series), kind)]
    full, ghost = _grid(rows, plot), _ghost(plot, kind)
    is_running = drawn_kind(plot.measure, len(plot.series), kind) == RUNNING
    if is_running:
        full, ghost = running_total(full), ghost and ghost.running()
    bands = Bands(plot.timeline, plot.theme, plot.height)
    tips = hover_frame(full, plot.measure, plot.series, ghost, since=plot.timeline if is_running else None)
    hover = hover_layer(tips, plot.timeline, plot.theme)
    parts: list[Layer] = [*marks(full, tips, plot), *(_ghost_layers(ghost, plot) if ghost else [])]
    parts = [*parts, hover] if plot.turn is None else [hover, *parts]
    layers: list[Layer | alt.Chart] = [
        *bands.behind(),
        *bands.provisional(),
        *parts,
        *turn_layers(plot.timeline, plot.theme),
    ]
    return TrustedLayers(
        layer=layers,
        height=plot.height,
        width="container",
        description=description(rows, plot),
        padding=MARGIN,
        config=alt.Config(mark=alt.MarkConfig(aria=False)),  # the picture is described, not each of its marks
    )


def drawn_kind(measure: Measure, series: int, kind: str) -> str:
    """``kind``, or lines where the measure cannot be stacked, or added up over time."""
    can_be_drawn = measure.additive or (series < 2 and kind != RUNNING)
    return kind if can_be_drawn else "line"


def shows_ghost(measure: Measure, series: int, kind: str) -> bool:
    """Whether an earlier total belongs in the picture: not beside the lines of its parts."""
    return series < 2 or not measure.additive or drawn_kind(measure, series, kind) != "line"


def _ghost(plot: Plot, kind: str) -> Ghost | None:
    return plot.ghost if shows_ghost(plot.measure, len(plot.series), kind) else None


def _ghost_layers(ghost: Ghost, plot: Plot) -> list[Layer]:
    return ghost_layers(ghost, plot.measure, plot.timeline, plot.theme)


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
    return full.with_columns(
        pl.col("series").replace_strict(list(plot.series), hues, return_dtype=pl.String).alias("hue"),
        pl.lit(plot.turn, pl.Int64).alias("turn"),
        (pl.col("cut") == "").alias("whole"),
    )


def _bars(frame: pl.DataFrame, tips: pl.DataFrame, plot: Plot) -> list[Layer]:
    return [_pickable(_boxed(frame, plot), _picked_boxes, tips, plot)]


def _pickable(frame: pl.DataFrame, make: Make, tips: pl.DataFrame, plot: Plot) -> Layer:
    """The mark with a click, where there is something to click; it then hides the box that says the tips."""
    return layer(frame, make, plot.look, beside=tips if plot.look.is_clickable else None)


def _picked(mark: alt.Chart, look: Look) -> alt.Chart:
    return selectable(with_tips(mark), *PICKED) if look.is_clickable else mark


def _boxed(frame: pl.DataFrame, plot: Plot) -> pl.DataFrame:
    """A box for each value, on top of the others of its bucket."""
    pieces = drawn(stacked(frame), plot.measure, ("low", "high")).filter(pl.col("value").fill_null(0) != 0)
    inset = 0.08 * (pl.col("x2") - pl.col("x")) if not plot.is_dense else pl.lit(0.0)
    pieces = pieces.with_columns((pl.col("x") + inset).alias("x"), (pl.col("x2") - inset).alias("x2"))
    edge = pl.when("whole").then(pl.lit(plot.theme.surface)).otherwise("hue").alias("edge")
    return _read(pieces.with_columns(edge), ("x", "x2", "mid", "low", "high", "edge"))


def _boxes(base: alt.Chart, look: Look) -> alt.Chart:
    boxes: alt.Chart = base.mark_rect(strokeWidth=0.3 if look.is_dense else 1, **_cursor(look)).encode(
        x=_x("x", look), x2=alt.X2("x2"), y=_y("low", look), y2=alt.Y2("high"), fill=_fill(),
        stroke=alt.Stroke("edge:N", scale=None), fillOpacity=_hollow(),
    )  # fmt: skip
    return boxes


def _picked_boxes(base: alt.Chart, look: Look) -> alt.Chart:
    return _picked(_boxes(base, look), look)


def _areas(frame: pl.DataFrame, tips: pl.DataFrame, plot: Plot) -> list[Layer]:
    pieces = drawn(stacked(frame), plot.measure, ("low", "high"))
    drawn_now = ~pl.col("gap") & pl.col("whole")
    pieces = pieces.with_columns(
        pl.when(drawn_now).then(pl.col(name)).alias(name) for name in ("low", "high")
    )
    pieces = _read(pieces, ("mid", "low", "high"))
    return [
        layer(pieces, _area, plot.look),
        layer(_boxed(frame.filter(~pl.col("whole")), plot), _boxes, plot.look),
        _pickable(pieces, _picked_edge, tips, plot),
    ]


def _area(base: alt.Chart, look: Look) -> alt.Chart:
    area: alt.Chart = base.mark_area(
        opacity=0.85, line={"strokeWidth": 1, "stroke": look.theme.surface}
    ).encode(
        x=_x("mid", look), y=_y("low", look), y2=alt.Y2("high"), color=_color(), detail=_series(),
        order=alt.Order("order:O"),
    )  # fmt: skip
    return area


def _picked_edge(base: alt.Chart, look: Look) -> alt.Chart:
    edge = base.mark_point(size=70, opacity=0, filled=True, **_cursor(look))
    return _picked(edge.encode(x=_x("mid", look), y=_y("high", look), color=_color()), look)


def _lines(frame: pl.DataFrame, tips: pl.DataFrame, plot: Plot) -> list[Layer]:
    points = _read(_lined(frame, plot), ("mid", "y", "joined"))
    return [layer(points, _line, plot.look), _pickable(points, _picked_dots, tips, plot)]


def _line(base: alt.Chart, look: Look) -> alt.Chart:
    line: alt.Chart = base.mark_line(strokeWidth=2, interpolate="linear", strokeJoin="round").encode(
        x=_x("mid", look), y=_y("joined", look), color=_color(), detail=_series()
    )
    return line


def _picked_dots(base: alt.Chart, look: Look) -> alt.Chart:
    only_cut = alt.OpacityValue(0, condition={"test": "!datum.whole", "value": 1.0})
    dots = base.mark_point(size=28 if not look.is_dense else 50, filled=True, **_cursor(look)).encode(
        x=_x("mid", look), detail=_series(), y=_y("y", look), fill=_fill(),
        stroke=alt.Stroke("hue:N", scale=None), fillOpacity=_hollow(),
        opacity=only_cut if look.is_dense else alt.value(1.0),
    )  # fmt: skip
    return _picked(dots, look)


def _lined(frame: pl.DataFrame, plot: Plot) -> pl.DataFrame:
    """``y`` of every point; ``joined`` of those that a line leads to."""
    joined = pl.when("whole").then("value").alias("joined")
    return drawn(frame.with_columns(pl.col("value").alias("y"), joined), plot.measure, ("y", "joined"))


_MARKS: dict[str, Callable[[pl.DataFrame, pl.DataFrame, Plot], list[Layer]]] = {
    "bar": _bars,
    "line": _lines,
    "area": _areas,
    RUNNING: _areas,
}


def _read(frame: pl.DataFrame, places: Sequence[str]) -> pl.DataFrame:
    """Only the columns a mark reads travel to the browser."""
    return frame.select(*places, "series", "hue", "order", "turn", "whole")


def _cursor(look: Look) -> dict[str, Any]:
    return {"cursor": "pointer"} if look.is_clickable else {}


def clickable(chart: alt.Chart, turn: int | None, *fields: str) -> alt.Chart:
    """The same, unchanged without a turn."""
    return chart if turn is None else selectable(chart, *fields)


def selectable(chart: alt.Chart, *fields: str) -> alt.Chart:
    """The mark with a selection named ``PICK`` of ``fields`` and ``turn``, columns of its data."""
    picked: alt.Chart = chart.add_params(
        alt.selection_point(name=PICK, fields=[*fields, "turn"], on="click", toggle=False)
    )
    return picked


def _x(field: str, look: Look) -> alt.X:
    return time_x(field, look.timeline, look.theme)


def _y(field: str, look: Look) -> alt.Y:
    return alt.Y(f"{field}:Q", axis=value_axis(look.unit, look.theme), scale=alt.Scale(zero=True, nice=True))


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
