"""Shows the way from an earlier total to the current one, step by step."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import altair as alt
import polars as pl

from core.bidi import isolated
from core.charts.axes import MARGIN, value_axis
from core.charts.over_time import clickable
from core.charts.palette import Theme
from core.dimensions import Measure, Unit
from core.explore.change import Change, ChangeStep
from core.explore.change_words import moving, printed_steps, reached, scale_of
from core.formats import exact
from core.long_names import shortened
from core.money import MICROCENTS_PER_USD

ROW_HEIGHT = 30
STEP = "step"
"""What a click tells: the number of the step, from 0."""

_FROM_ZERO = 0.3
"""The axis begins at zero where the steps reach over so much of the total; else their bars would vanish."""


@dataclass(frozen=True)
class Ends:
    """How the two totals are called."""

    before: str
    now: str


def waterfall_chart(
    change: Change, ends: Ends, measure: Measure, theme: Theme, *, turn: int | None = None
) -> alt.LayerChart:
    """A bar for the earlier total, one for each step that changes something, one for the total now.

    Bars are exactly as long as their amounts; where the axis does not begin at zero, the totals are cut.
    """
    frame = _frame(change, ends, measure).with_columns(pl.lit(turn, pl.Int64).alias("turn"))
    scale = alt.Scale(domain=list(_domain(change, measure)), nice=False, clamp=True)
    base = alt.Chart(frame).encode(
        y=alt.Y("place:O", title=None, axis=_names(frame, theme)),
        tooltip=[alt.Tooltip(f"{field}:N", title=title) for field, title in _TOOLTIP.items()],
    )
    hues = alt.Scale(domain=["total", "rise", "fall"], range=[theme.muted, theme.rise, theme.fall])
    cursor: Any = {"cursor": "pointer"} if turn is not None else {}
    bar = base.mark_bar(height=16, cornerRadius=2, **cursor).encode(
        x=alt.X("from:Q", axis=value_axis(measure.unit, theme), scale=scale),
        x2=alt.X2("to"),
        color=alt.Color("kind:N", scale=hues, legend=None),
    )
    text = base.mark_text(align="left", dx=6, color=theme.ink, fontSize=12).encode(
        x=alt.X("edge:Q", scale=scale), text=alt.Text("short:N")
    )
    return alt.LayerChart(
        layer=[clickable(bar, turn, STEP), text],
        height=max(ROW_HEIGHT * frame.height, ROW_HEIGHT),
        width="container",
        description=_description(change, ends, measure),
        padding=MARGIN,
    )


def _names(frame: pl.DataFrame, theme: Theme) -> alt.Axis:
    """Looked up by place: two steps may be called the same."""
    return alt.Axis(
        labelExpr=f"{json.dumps(frame['axis'].to_list())}[datum.value]",
        labelLimit=210,
        labelColor=theme.ink,
        domain=False,
        ticks=False,
        labelPadding=10,
    )


_TOOLTIP = {"label": "Value", "was": "Before", "is": "Now", "number": "Change"}


def axis_start(change: Change) -> int:
    """Where the axis begins, in micro-cents or counts: zero unless the steps are small beside the totals."""
    sums = reached(change)
    low, high = min(sums), max(sums)
    if low <= 0 or high - low > _FROM_ZERO * high:
        return min(low, 0)
    return max(0, low - (high - low) // 2 - 1)


def _domain(change: Change, measure: Measure) -> tuple[float, float]:
    """With room for the amounts on the right."""
    scale = _scale(measure)
    low, high = axis_start(change), max(*reached(change), 0)
    return low / scale, (high + max(high - low, 1) * 0.22) / scale


def _frame(change: Change, ends: Ends, measure: Measure) -> pl.DataFrame:
    """A row for each bar: where it lies, and its texts."""
    start, texts = axis_start(change), _printed(change, measure)
    steps = zip(moving(change), reached(change), texts[1:-1], strict=False)
    rows = [_total(ends.before, change.before, start, measure, texts[0])]
    rows += [_step(step, reached, n, measure, text) for n, (step, reached, text) in enumerate(steps)]
    rows.append(_total(ends.now, change.now, start, measure, texts[-1]))
    scale = _scale(measure)
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row").with_row_index("place")
    edge = pl.max_horizontal("from", "to")
    return frame.with_columns(edge.alias("edge")).with_columns(
        (pl.col(name).cast(pl.Float64) / scale).alias(name) for name in ("from", "to", "edge")
    )


def _printed(change: Change, measure: Measure) -> list[str]:
    """The total before, each step, the total now: as printed, the steps lead from one to the other."""
    scale = scale_of(change, measure)
    steps = [scale.signed(step) for step in printed_steps(change, measure)]
    return [scale.write(change.before), *steps, scale.write(change.now)]


_SCHEMA = {
    "axis": pl.String, "label": pl.String, "from": pl.Int64, "to": pl.Int64, "kind": pl.String,
    "short": pl.String, "was": pl.String, "is": pl.String, "number": pl.String, STEP: pl.Int64,
}  # fmt: skip

_Row = tuple[str, str, int, int, str, str, str, str, str, int]
_ROOM = 32
"""Letters of a name that fit beside the bars; the whole stands in the tooltip."""


def _total(label: str, value: int, start: int, measure: Measure, text: str) -> _Row:
    return label, label, min(start, value), value, "total", text, exact(measure, value), "", "", -1


def _step(step: ChangeStep, reached: int, place: int, measure: Measure, text: str) -> _Row:
    kind = "rise" if step.change > 0 else "fall"
    state = f" ({step.state.lower()})" if step.state else ""
    axis, name = (
        f"{isolated(label)}{state}" for label in (shortened(step.label, _ROOM - len(state)), step.label)
    )
    texts = exact(measure, step.before), exact(measure, step.now), exact(measure, step.change)
    return axis, name, reached, reached + step.change, kind, text, *texts, place


def _scale(measure: Measure) -> int:
    return MICROCENTS_PER_USD if measure.unit is Unit.USD else 1


def _description(change: Change, ends: Ends, measure: Measure) -> str:
    texts = zip(moving(change), _printed(change, measure)[1:-1], strict=True)
    parts = "; ".join(f"{isolated(step.label)} {text}" for step, text in texts)
    totals = f"{ends.before} {exact(measure, change.before)}, {ends.now} {exact(measure, change.now)}"
    return f"What carries the change in {measure.label.lower()}: {totals}. Steps: {parts or 'none'}."
