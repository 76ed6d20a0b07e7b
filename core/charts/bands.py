"""What a chart says of its days beside their values: unknown, incomplete, provisional."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import polars as pl

from core.charts.axes import time_x
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


@dataclass(frozen=True)
class Bands:
    """The days of a chart of this height."""

    timeline: Timeline
    theme: Theme
    height: int

    def behind(self) -> list[alt.Chart]:
        """A band with a word behind the buckets of each state; none where all are alike and known."""
        layers = []
        for state in (NO_DATA, AWAITED, INCOMPLETE):
            spans = self.timeline.spans(state)
            if spans and (state in _UNKNOWN or spans != [self.timeline.period]):
                layers += self._bands(spans, state)
        return layers

    def provisional(self) -> list[alt.Chart]:
        """A dotted line under the days that may still change; none where all are final."""
        spans = self.timeline.spans(PROVISIONAL)
        if not spans:
            return []
        line = alt.Chart(_frame(spans, PROVISIONAL)).mark_rule(
            strokeDash=DOTS, strokeWidth=2.5, strokeCap="round", color=self.theme.muted, yOffset=2
        )
        return [line.encode(x=self._x("x"), x2=alt.X2("x2"), y=alt.value("height"))]

    def _x(self, field: str) -> alt.X:
        return time_x(field, self.timeline, self.theme)

    def _bands(self, spans: Sequence[Period], word: str) -> list[alt.Chart]:
        wide = pl.Series([span.days >= self.timeline.period.days * WIDE for span in spans])
        frame = _frame(spans, word)
        tooltip = [alt.Tooltip("word:N", title="State"), alt.Tooltip("when:N", title="Days (UTC)")]
        band = alt.Chart(frame).mark_rect(color=self.theme.grid, opacity=0.9 if word == NO_DATA else 0.45)
        layers = [
            band.encode(x=self._x("x"), x2=alt.X2("x2"), tooltip=tooltip),
            self._word(frame.filter(wide), angle=0, y=10),
        ]
        if word != INCOMPLETE:  # upright it would stand across the bars of its days
            layers.append(self._word(frame.filter(~wide), angle=270, y=self.height // 2))
        return layers

    def _word(self, frame: pl.DataFrame, *, angle: int, y: int) -> alt.Chart:
        """Along the top of a wide band, upright in a narrow one."""
        text = alt.Chart(frame).mark_text(color=self.theme.muted, fontSize=12, angle=angle, baseline="middle")
        worded: alt.Chart = text.encode(x=self._x("mid"), y=alt.value(y), text=alt.Text("word:N"))
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
