"""What an explorer's view will come to: days ahead on its chart, the month in a line, a file by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from core.dimensions import TIME_DIMENSIONS
from core.explore.export import file_stem
from core.explore.forecast_file import ForecastFile
from core.explore.projection import Projection
from core.explore.query import Query
from core.figures import Scale, row_scale
from core.forecast.outlook import Ahead
from core.formats import period_label
from core.periods import Period, calendar_period
from core.ui.app import blocks, forecasts
from core.ui.app.answers import Answer
from core.ui.app.downloads import File

_FEWEST_DRAWN = 7
_KINDS = ("bar", "area", "line")


@dataclass(frozen=True)
class DaysAhead:
    """``days``: what is drawn of them; ``month``: all of the one under way, of which ``gained`` is what days
    that may still change are expected to gain."""

    days: dict[date, Ahead]
    month: Period
    expected: Ahead
    gained: int = 0


def _query(answer: Answer) -> Query | None:
    """The view's question over the month under way; None where it does not reach today, or cannot be added
    up."""
    asked = answer.state.query
    names_days = any(condition.dimension in TIME_DIMENSIONS for condition in asked.filters)
    if not answer.measure.additive or names_days or answer.period.end <= answer.today:
        return None
    month = calendar_period("month", answer.today)
    return Query((answer.state.measure,), month, filters=asked.filters)


def _projection(answer: Answer, query: Query) -> Projection:
    (projection,) = forecasts.projections(answer.ledger, query, answer.today, query.period.end).values()
    return projection


def of(answer: Answer) -> DaysAhead | None:
    """None where there is nothing to forecast, or too little history."""
    query = _query(answer)
    if query is None:
        return None
    projection = _projection(answer, query)
    total = projection.within(query.period)
    if total.ahead is None or total.expected is None:
        return None
    drawn = max(_FEWEST_DRAWN, answer.shown_period.days // 2)
    end = min(query.period.end, answer.today + timedelta(days=drawn))
    start = max(projection.known_until, query.period.start)
    ahead = {day: expected for day in Period(start, max(start, end)) if (expected := projection.on(day))}
    return DaysAhead(ahead, query.period, total.expected, total.gained)


def lacks(answer: Answer) -> str:
    """Why no forecast is shown, where some connections alone have too little history; empty elsewhere."""
    query = _query(answer)
    total = _projection(answer, query).within(query.period) if query else None
    return total.lacks if total and total.young else ""


def is_drawn(answer: Answer, series: int) -> bool:
    """By day only, and not beside the lines of parts: it is of the whole."""
    kind = answer.state.display.chart
    return answer.grain == "day" and kind in _KINDS and (series < 2 or kind != "line")


def line(answer: Answer, ahead: DaysAhead, *, drawn: bool) -> None:
    """What the whole month will come to."""
    scale = row_scale(answer.measure, (ahead.expected.point,))
    low, point, high = map(scale.write, (ahead.expected.low, ahead.expected.point, ahead.expected.high))
    blocks.quiet(
        f"{period_label(ahead.month)} will come to {point}; four in five such sums lie from {low} to {high}."
        f"{_gained(ahead, scale)}{_DASHED * drawn}"
    )


_DASHED = " Dashed: each day ahead, with the range of a single day."


def _gained(ahead: DaysAhead, scale: Scale) -> str:
    """What of it days that may still be revised are expected to gain, if they have before."""
    if not ahead.gained:
        return ""
    return f" In it: {scale.signed(scale.steps(ahead.gained))} that days still to be revised usually gain."


def file(answer: Answer) -> File | None:
    """The month day by day, for each group."""
    query = _query(answer)
    if query is None:
        return None
    asked = query.grouped(*answer.state.group_by)
    return File(
        "Forecast to month end, by day",
        answer.file_name(f"{file_stem(asked)}_forecast"),
        lambda: (
            ForecastFile(
                asked, forecasts.projections(answer.ledger, asked, answer.today, asked.period.end)
            ).by_day
        ),
    )
