"""Change of some values against an earlier period, side by side."""

from __future__ import annotations

import altair as alt
import polars as pl

from core.bidi import isolated
from core.charts.axes import MARGIN, value_axis
from core.charts.palette import Theme
from core.dimensions import MEASURES, Measure
from core.figures import growth, row_scale
from core.formats import exact
from core.money import MICROCENTS_PER_USD

ROW_HEIGHT = 34


def change_chart(rows: pl.DataFrame, theme: Theme, *, measure: Measure = MEASURES["cost"]) -> alt.LayerChart:
    """One bar per row, to the right where it rose and to the left where it fell, in the order given.

    ``rows``: ``label`` (String), ``before``, ``after`` (Int64 micro-cents or counts).
    """
    frame = _described(rows, measure)
    order = frame["label"].to_list()
    base = alt.Chart(frame).encode(
        y=alt.Y("label:N", sort=order, title=None, axis=_names(theme)),
        tooltip=[
            alt.Tooltip(f"{field}:N", title=title)
            for field, title in (("label", "Value"), ("was", "Before"), ("now", "Now"), ("text", "Change"))
        ],
    )
    axis = value_axis(measure.unit, theme)
    axis.labels = False
    axis.grid = False
    bar = base.mark_bar(height=14, cornerRadius=3).encode(
        x=alt.X("change:Q", axis=axis, scale=alt.Scale(padding=56)),
        color=alt.condition("datum.change > 0", alt.value(theme.rise), alt.value(theme.fall)),
    )
    text = base.encode(x=alt.X("change:Q"), text="short:N")
    rose = text.transform_filter("datum.change > 0").mark_text(
        align="left", dx=6, color=theme.ink, fontSize=12
    )
    fell = text.transform_filter("datum.change <= 0").mark_text(
        align="right", dx=-6, color=theme.ink, fontSize=12
    )
    return alt.LayerChart(
        layer=[bar, rose, fell],
        height=max(ROW_HEIGHT * len(order), ROW_HEIGHT),
        width="container",
        description=_description(frame),
        padding=MARGIN,
    )


def _names(theme: Theme) -> alt.Axis:
    return alt.Axis(labelLimit=190, labelColor=theme.ink, domain=False, ticks=False, labelPadding=10)


def _described(rows: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    size = MICROCENTS_PER_USD if measure.column.endswith("_usd") else 1
    before, after = (rows[name].fill_null(0).to_list() for name in ("before", "after"))
    steps = [now - was for was, now in zip(before, after, strict=True)]
    scale = row_scale(measure, steps)
    texts = {
        "short": [scale.signed(scale.steps(step)) for step in steps],
        "was": [exact(measure, was) for was in before],
        "now": [exact(measure, now) for now in after],
        "text": [growth(now, was) or "new" for was, now in zip(before, after, strict=True)],
    }
    drawn = {
        "label": [isolated(label) for label in rows["label"]],
        "change": [step / size for step in steps],
    }
    return pl.DataFrame(drawn | texts, schema_overrides={"label": pl.String, "change": pl.Float64})


def _description(frame: pl.DataFrame) -> str:
    parts = "; ".join(f"{row['label']} {row['short']}" for row in frame.iter_rows(named=True))
    return f"Largest changes: {parts}." if parts else "No changes."
