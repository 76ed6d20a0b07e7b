"""What a chart says of its days beside their values: unknown, incomplete, provisional."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import polars as pl

from core.charts.axes import time_x
from core.charts.layers import Layer, layer
from core.charts.palette import Theme
from core.charts.points import instant
from core.charts.timeline import AWAITED, INCOMPLETE, NO_DATA, PROVISIONAL, Timeline
from core.formats import period_label
from core.periods import Period

WIDE = 0.12
"""Share of the width from which a word fits along a band."""
DOTS = [1.5, 3]
"""The dash of the line under provisional days."""
_UNKNOWN = (NO_DATA, AWAITED)
"""Of what nothing is drawn, so that a word must stand there."""


def signs(timeline: Timeline) -> tuple[tuple[str, str], ...]:
    """What of the days a legend has to explain: each sign, and what it means."""
    told = (
        ("dotted", "Dotted below: provisional, may still change", bool(timeline.spans(PROVISIONAL))),
        ("hollow", "Hollow: not whole, or not over", timeline.has_cut),
        ("shaded", "Shaded: incomplete, a connection lacks days", bool(_shaded(timeline, INCOMPLETE))),
    )
    return tuple((sign, words) for sign, words, is_drawn in told if is_drawn)


def _shaded(timeline: Timeline, state: str) -> list[Period]:
    """The bands of a state; where all is known and alike, none is drawn."""
    spans = timeline.spans(state)
    return spans if state in _UNKNOWN or spans != [timeline.period] else []


@dataclass(frozen=True)
class Bands:
    """The days of a chart of this height."""

    timeline: Timeline
    theme: Theme
    height: int

    def behind(self) -> list[Layer]:
        """A band behind the buckets of each state; none where all are alike and known."""
        return [
            part
            for state in (NO_DATA, AWAITED, INCOMPLETE)
            if (spans := _shaded(self.timeline, state))
            for part in self._bands(spans, state)
        ]

    def provisional(self) -> list[Layer]:
        """A dotted line under the days that may still change; none where all are final."""
        spans = self.timeline.spans(PROVISIONAL)
        frame = _frame(spans, PROVISIONAL)
        return [layer(frame, _dotted, self.timeline, self.theme)] if spans else []

    def _bands(self, spans: Sequence[Period], word: str) -> list[Layer]:
        frame = _frame(spans, word)
        band = layer(frame, _band, 0.9 if word == NO_DATA else 0.45, self.timeline, self.theme)
        return [band, *self._words(frame, spans)] if word in _UNKNOWN else [band]

    def _words(self, frame: pl.DataFrame, spans: Sequence[Period]) -> tuple[Layer, Layer]:
        """Of what nothing is drawn; elsewhere a word would lie on the bars of its days."""
        wide = pl.Series([span.days >= self.timeline.period.days * WIDE for span in spans])
        return (
            self._word(frame.filter(wide), angle=0, y=10),
            self._word(frame.filter(~wide), angle=270, y=self.height // 2),
        )

    def _word(self, frame: pl.DataFrame, *, angle: int, y: int) -> Layer:
        """Along the top of a wide band, upright in a narrow one."""
        return layer(frame, _worded, angle, y, self.timeline, self.theme)


def _dotted(base: alt.Chart, timeline: Timeline, theme: Theme) -> alt.Chart:
    dotted: alt.Chart = base.mark_rule(
        strokeDash=DOTS, strokeWidth=2.5, strokeCap="round", color=theme.muted, yOffset=2
    ).encode(x=time_x("x", timeline, theme), x2=alt.X2("x2"), y=alt.value("height"))
    return dotted


def _band(base: alt.Chart, opacity: float, timeline: Timeline, theme: Theme) -> alt.Chart:
    tooltip = [alt.Tooltip("word:N", title="State"), alt.Tooltip("when:N", title="Days (UTC)")]
    band: alt.Chart = base.mark_rect(color=theme.grid, opacity=opacity).encode(
        x=time_x("x", timeline, theme), x2=alt.X2("x2"), tooltip=tooltip
    )
    return band


def _worded(base: alt.Chart, angle: int, y: int, timeline: Timeline, theme: Theme) -> alt.Chart:
    text = base.mark_text(color=theme.muted, fontSize=12, angle=angle, baseline="middle")
    worded: alt.Chart = text.encode(x=time_x("mid", timeline, theme), y=alt.value(y), text=alt.Text("word:N"))
    return worded


def _frame(spans: Sequence[Period], word: str) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "x": [instant(span.start) for span in spans],
            "x2": [instant(span.end) for span in spans],
            "word": [word for _ in spans],
            "when": [period_label(span) for span in spans],
        }
    )
    return frame.with_columns(((pl.col("x") + pl.col("x2")) / 2).alias("mid"))
