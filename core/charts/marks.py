"""Quiet marks on a chart's axis: what was unusual, and what people noted of days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import altair as alt
import polars as pl

from core.charts.axes import time_x
from core.charts.over_time import Plot
from core.charts.points import instant
from core.formats import period_label
from core.periods import ONE_DAY, Period

MOST_MARKS = 5
"""So many places of an axis are marked: more would be clutter."""


@dataclass(frozen=True)
class Mark:
    """``kind``: what it is, in a word. ``dollars``: in micro-cents, None where it is of none."""

    period: Period
    kind: str
    words: str
    dollars: int | None = None


def drawn_marks(marks: Iterable[Mark], shown: Period) -> list[Mark]:
    """Those of the few days that have a place: first what people noted, then the dearest."""
    by_day: dict[date, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_day[mark.period.clipped(shown).start].append(mark)
    days = sorted(by_day, key=lambda day: (min(map(_rank, by_day[day])), day))
    return [mark for day in days[:MOST_MARKS] for mark in by_day[day]]


def _rank(mark: Mark) -> tuple[bool, int]:
    return mark.dollars is not None, -abs(mark.dollars or 0)


def with_marks(chart: alt.LayerChart, marks: Sequence[Mark], plot: Plot, shown: Period) -> alt.LayerChart:
    """The chart of ``plot`` with a small triangle for each day on which marks begin, and a line along the
    days of those that last; ``shown``: the days that it has values of."""
    if not marks:
        return chart
    frame = _frame(marks, shown)
    tooltip = [alt.Tooltip(f"{name}:N", title=title) for name, title in _TITLES.items()]
    base = alt.Chart(frame).encode(y=alt.value("height"), tooltip=tooltip)
    theme = plot.theme
    lasting = base.mark_rule(color=theme.ink, strokeWidth=2, opacity=0.5)
    triangle = base.mark_point(
        shape="triangle-up", filled=True, size=70, color=theme.ink, stroke=theme.surface, strokeWidth=1,
        opacity=1, yOffset=-5,
    )  # fmt: skip
    chart.layer = [
        *chart.layer,
        lasting.encode(x=time_x("x", plot.timeline, theme), x2="x2:Q"),
        triangle.encode(x=time_x("at", plot.timeline, theme)),
    ]
    return chart


_TITLES = {"kind": "Marked", "when": "Days (UTC)", "words": "What"}


def _frame(marks: Sequence[Mark], shown: Period) -> pl.DataFrame:
    """A row for each day on which any begin."""
    by_day: dict[date, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_day[mark.period.clipped(shown).start].append(mark)
    rows = [
        {
            "x": instant(day),
            "x2": max(instant(mark.period.clipped(shown).end) for mark in begun),
            "at": (instant(day) + instant(day + ONE_DAY)) / 2,
            "kind": _listed(mark.kind for mark in begun),
            "when": _listed(period_label(mark.period) for mark in begun),
            "words": _listed(mark.words for mark in begun),
        }
        for day, begun in by_day.items()
    ]
    floats = dict.fromkeys(("x", "x2", "at"), pl.Float64)
    return pl.DataFrame(rows, schema={**floats, **dict.fromkeys(_TITLES, pl.String)})


def _listed(texts: Iterable[str]) -> str:
    """Each once."""
    return "; ".join(dict.fromkeys(texts))
