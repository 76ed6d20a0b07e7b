"""A plan as pictures: the sum of its period day by day beside the budget, and its periods side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import altair as alt
import polars as pl

from core.charts.axes import MARGIN, time_axis, time_scale, value_axis
from core.charts.ghost import DASH
from core.charts.layers import TrustedLayers
from core.charts.palette import Theme
from core.charts.points import instant
from core.charts.timeline import Timeline
from core.dimensions import Measure, Unit
from core.explore.plan_figures import PlanPeriod, Point
from core.forecast.outlook import Ahead
from core.formats import UNKNOWN, day_label, exact, short
from core.money import MICROCENTS_PER_USD
from core.periods import Period

HEIGHT = 300
_BAR = 28
ACTUAL, EXPECTED, BUDGET = "Actual, added up", "Forecast and its 80% range", "Budget, and an even use of it"


@dataclass(frozen=True)
class BurnUp:
    """``breaks_on``: the day the budget is used up; None if it lasts, or if nothing can be said."""

    period: Period
    points: Sequence[Point]
    budget: int
    measure: Measure
    breaks_on: date | None
    theme: Theme
    height: int = HEIGHT


def burn_up_chart(shown: BurnUp) -> alt.LayerChart:
    """The sum up to each day, then its forecast as a dashed line in a band, below the budget's line."""
    timeline = Timeline(shown.period, "day")
    base = alt.Chart(_frame(shown)).encode(
        x=alt.X("x:Q", scale=time_scale(timeline), axis=time_axis(timeline, shown.theme), title=None)
    )
    value = alt.Y("actual:Q", axis=value_axis(shown.measure.unit, shown.theme), title=None)
    hue, theme = shown.theme.hues[0], shown.theme
    tooltip = [
        alt.Tooltip(f"{name}:N", title=title)
        for name, title in (
            ("day", "To the end of (UTC)"),
            ("number", shown.measure.label),
            ("range", "Range"),
        )
    ]
    layers = [
        base.mark_area(color=hue, opacity=0.18).encode(y=alt.Y("low:Q"), y2=alt.Y2("high")),
        base.mark_line(color=theme.muted, strokeWidth=1, opacity=0.7, strokeDash=[2, 3]).encode(
            y=alt.Y("even:Q")
        ),
        base.mark_line(color=hue, strokeWidth=2.2).encode(y=value),
        base.mark_line(color=hue, strokeWidth=1.8, strokeDash=DASH).encode(y=alt.Y("expected:Q")),
        *_rules(shown),
        base.mark_point(opacity=0, size=90).encode(y=alt.Y("either:Q"), tooltip=tooltip),
    ]
    return _layered(layers, _described(shown), shown.height)


def _rules(shown: BurnUp) -> list[alt.Chart]:
    """The budget across the picture, and the day it breaks."""
    budget = pl.DataFrame({"budget": [_float(shown.measure, shown.budget)]})
    rules = [alt.Chart(budget).mark_rule(color=shown.theme.ink, strokeWidth=1.4).encode(y=alt.Y("budget:Q"))]
    if shown.breaks_on:
        end = pl.DataFrame({"x": [_end(shown.breaks_on)], "text": [f"Breaks {day_label(shown.breaks_on)}"]})
        base = alt.Chart(end).encode(x=alt.X("x:Q"))
        rules += [
            base.mark_rule(color=shown.theme.rise, strokeWidth=1.4, strokeDash=[3, 3]),
            base.mark_text(color=shown.theme.rise, align="right", dx=-6, y=10, fontSize=12).encode(
                text=alt.Text("text:N")
            ),
        ]
    return rules


def _frame(shown: BurnUp) -> pl.DataFrame:
    """A line for each day; the forecast begins at the last known sum."""
    rows: list[dict[str, object]] = []
    last_known = max((n for n, point in enumerate(shown.points) if point.actual is not None), default=None)
    for n, point in enumerate(shown.points):
        expected = point.expected
        if n == last_known and point.actual is not None:
            expected = Ahead(point.actual, point.actual, point.actual)
        either = point.actual if point.actual is not None else expected.point if expected else None
        amounts = {
            "actual": point.actual,
            "expected": expected.point if expected else None,
            "low": expected.low if expected else None,
            "high": expected.high if expected else None,
            "even": shown.budget * (n + 1) // len(shown.points),
            "either": either,
        }
        rows.append(
            {
                "x": _end(point.day),
                "day": day_label(point.day),
                "number": exact(shown.measure, either),
                "range": _range(shown.measure, point.expected),
                **{name: _float(shown.measure, amount) for name, amount in amounts.items()},
            }
        )
    floats = dict.fromkeys(("x", "actual", "expected", "low", "high", "even", "either"), pl.Float64)
    return pl.DataFrame(rows, schema={**floats, **dict.fromkeys(("day", "number", "range"), pl.String)})


def _range(measure: Measure, ahead: Ahead | None) -> str:
    return f"{short(measure, ahead.low)} to {short(measure, ahead.high)}" if ahead else UNKNOWN


def _end(day: date) -> float:
    return instant(day) + 43_200_000


def _float(measure: Measure, amount: int | None) -> float | None:
    if amount is None:
        return None
    return amount / MICROCENTS_PER_USD if measure.unit is Unit.USD else float(amount)


def _still_expected(period: PlanPeriod) -> int | None:
    """None once the period has ended."""
    return period.expected.point if period.expected and period.gone < 1 else None


def _described(shown: BurnUp) -> str:
    known = [point.actual for point in shown.points if point.actual is not None]
    ahead = shown.points[-1].expected if shown.points else None
    parts = [f"{shown.measure.label} added up to {exact(shown.measure, known[-1] if known else None)}"]
    parts.append(f"of a budget of {exact(shown.measure, shown.budget)}")
    if ahead:
        parts.append(f"; {short(shown.measure, ahead.point)} expected, {_range(shown.measure, ahead)}")
    return " ".join(parts)


def periods_chart(
    periods: Sequence[PlanPeriod], names: Sequence[str], measure: Measure, theme: Theme
) -> alt.LayerChart:
    """Each period's actual as a bar, what is still expected lighter on top, its budget as a line across."""
    frame = pl.DataFrame(
        [
            {
                "name": name,
                "actual": _float(measure, period.actual),
                "expected": _float(measure, _still_expected(period)),
                "budget": _float(measure, period.budget),
                "texts": exact(measure, period.actual),
                "planned": exact(measure, period.budget),
            }
            for name, period in zip(names, periods, strict=True)
        ],
        schema={
            "name": pl.String, **dict.fromkeys(("actual", "expected", "budget"), pl.Float64),
            "texts": pl.String, "planned": pl.String,
        },
    )  # fmt: skip
    axis = alt.Axis(title=None, labelAngle=0, labelColor=theme.muted, domainColor=theme.grid, ticks=False)
    base = alt.Chart(frame).encode(
        x=alt.X("name:O", axis=axis, sort=None, scale=alt.Scale(paddingInner=0.35)),
        tooltip=[
            alt.Tooltip("name:N", title="Period"),
            alt.Tooltip("texts:N", title="Actual"),
            alt.Tooltip("planned:N", title="Budget"),
        ],
    )
    value = alt.Y("actual:Q", axis=value_axis(measure.unit, theme), title=None)
    return _layered(
        [
            base.mark_bar(color=theme.hues[0], opacity=0.3, size=_BAR).encode(y=alt.Y("expected:Q")),
            base.mark_bar(color=theme.hues[0], size=_BAR).encode(y=value),
            base.mark_tick(color=theme.ink, thickness=2, size=_BAR + 12).encode(y=alt.Y("budget:Q")),
        ],
        f"{measure.label} of {len(periods)} periods beside their budgets",
    )


def _layered(layers: list[alt.Chart], description: str, height: int = HEIGHT) -> alt.LayerChart:
    return TrustedLayers(
        layer=layers, height=height, width="container", description=description, padding=MARGIN,
        config=alt.Config(mark=alt.MarkConfig(aria=False)),
    )  # fmt: skip
