"""The Overview's numbers: this month so far, the month before, and where this one is heading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import streamlit as st

from core.bidi import isolated_list
from core.dimensions import MEASURES
from core.explore.insights import MonthToDate, Sides
from core.explore.query import Query
from core.figures import Compared
from core.forecast.outlook import Ahead
from core.formats import count_of, exact, period_label, short
from core.periods import Period, month_start, previous_month, runs_of
from core.ui.app import blocks, data, gap_notice, html, ways
from core.ui.app.bases import basis_mark
from core.ui.app.number_card import draw
from core.ui.app.ways import Way
from core.ui.overview.overview import COST, Overview


class Number(NamedTuple):
    """A number of the first row: what it is, help, and the view it is from; ``where`` names that."""

    key: str
    label: str
    compared: Compared
    words: str
    to: Way
    where: str


def month_numbers(overview: Overview) -> None:
    """Month to date, what it is measured against, the run rate to month end; and what stands apart."""
    numbers = [_to_date(overview), *_against(overview), _run_rate(overview)]
    with blocks.number_row("month-numbers"):
        for number in numbers:
            with st.container(border=True, key=f"way-{number.key}", height="stretch", gap=None):
                draw(number.label, number.compared, number.words, border=False)
                html.show(ways.link(number.to, number.where, title=f"Open {number.where} on the Cost page"))
    month = overview.month
    if month.compared:
        blocks.quiet(_apart(month, overview.compared))
        if len(month.sides) > 1:
            html.show(html.div(list(_sides_apart(overview)), cls="tl-quiet"))
    if overview.ahead:
        blocks.quiet(f"Of the forecast, {_range(overview.ahead)}.")
    elif overview.projected.young:
        blocks.quiet(overview.projected.lacks)
    periods = (month.previous_period, month.period)
    gap_notice.show_for(
        connection
        for period in periods
        for connection in data.coverage(overview.ledger, period, overview.today)
    )


def _to_date(overview: Overview) -> Number:
    month, compared = overview.month, overview.compared
    days = period_label(month.complete_period if month.compared else month.period)
    basis = _basis(overview)
    words = f"{days}. {_compared_words(month)}{basis}. Exactly {exact(COST, compared.now)}."
    return Number(
        "now",
        "Cost month to date",
        compared,
        words,
        overview.way_of(month.sides, "model"),
        f"{days} by model",
    )


def _against(overview: Overview) -> Iterator[Number]:
    """What the month is measured against: last month, over the same days. A plan's amount belongs here."""
    month, compared = overview.month, overview.compared
    before = period_label(month.previous_period) if month.compared else "Nothing to compare with"
    words = f"{before}. {_compared_words(month)}. Exactly {exact(COST, month.previous)}."
    of_row = Compared(COST, compared.before, row=(compared.now,))
    yield Number("before", "Same days of last month", of_row, words, overview.way_before(), before)


def _run_rate(overview: Overview) -> Number:
    """The whole month, beside the whole one before where all that is projected knows it."""
    month, compared = overview.month, overview.compared
    last = _last_month(overview)
    to = ways.way("cost", Query(("cost",), month.period, ("model",)), versus="month")
    where = f"{period_label(month.period)} by day"
    if ahead := overview.ahead:
        words = f"The whole month, most likely{_mark(overview)}."
        words += f" Exactly {exact(COST, ahead.point)}; {_range(ahead)}."
        words += f" All of last month: {exact(COST, last)}." if last is not None else ""
        point = Compared(COST, ahead.point, last, row=(compared.now, compared.before))
        where += ", with the days ahead"
        return Number("rate", "Forecast to month end", point, words, to, where)
    words = f"The whole month, should {month.rate_days_text} go on like this"
    words += f"{_of(month.projected, month.connections)}{_mark(overview)}."
    words += f" Exactly {exact(COST, month.run_rate)}."
    if last is not None:
        words += f" All of last month: {exact(COST, last)}."
    rate = Compared(COST, month.run_rate, last, row=(compared.now, compared.before))
    return Number("rate", "Run rate to month end", rate, words, to, where)


def _range(ahead: Ahead) -> str:
    return f"four in five such sums lie from {short(COST, ahead.low)} to {short(COST, ahead.high)}"


def _last_month(overview: Overview) -> int | None:
    """All of last month; None where a connection lacks days of it, or is in no run rate."""
    month = overview.month
    start = month_start(month.period.start)
    query = Query(("cost",), Period(previous_month(start), start))
    if month.run_rate is None or month.projected < month.connections:
        return None
    if not data.is_covered(overview.ledger, query, overview.today):
        return None
    cost = data.total(overview.ledger, query)["cost"]
    return None if cost is None else int(cost)


def _apart(month: MonthToDate, compared: Compared) -> str:
    """``26 complete days, and $103.59 today so far.``"""
    days = count_of(len(month.compared_days), "complete day")
    whole = month.compared == month.connections and not month.uncompared_days
    if not compared.outside:
        return f"{days}, {_sides(month)}."
    left = Period(month.complete_period.end, month.period.end)
    is_today = left.days == 1 and whole
    what = "today so far" if is_today else "in days that are not compared or not complete yet"
    return f"{days}, and {compared.outside_text} {what}. {_sides(month)}."


def _sides(month: MonthToDate) -> str:
    part = _of(month.compared, month.connections)
    return f"{period_label(month.complete_period)} against {period_label(month.previous_period)}{part}"


def _sides_apart(overview: Overview) -> Iterator[html.Node]:
    """The parts of the number, where connections know different days: each opens its own view."""
    for place, pair in enumerate(overview.month.sides):
        yield "Compared over their own days: " if not place else " · "
        days = count_of(len(pair.now), "day")
        yield ways.link(overview.way_of((pair,), "model"), f"{_named(pair)}: {days}")


_MOST_NAMED = 2


def _named(pair: Sides) -> str:
    more = len(pair.connections) - _MOST_NAMED
    return isolated_list([*pair.connections[:_MOST_NAMED], *[f"{more} more"] * (more > 0)])


def _basis(overview: Overview) -> str:
    """How much of the month's cost is billed for exactly what used it, and how much a guess."""
    billed = data.total(overview.ledger, _cost_of_month(overview))["billed_share"]
    words = f". {short(MEASURES['billed_share'], billed)} billed" if billed is not None else ""
    return words + _mark(overview)


def _mark(overview: Overview) -> str:
    mark = basis_mark(data.origin_of(overview.ledger, _cost_of_month(overview), overview.today))
    return f". Of the month's cost, {mark}" if mark else ""


def _cost_of_month(overview: Overview) -> Query:
    return Query(("cost", "billed_share"), overview.month.period)


def _of(some: int, whole: int) -> str:
    """How many connections a number is of, where it is not of all."""
    return f", {some} of {count_of(whole, 'connection')}" if some < whole else ""


def _compared_words(month: MonthToDate) -> str:
    """Which days of which connections are compared; why others are not."""
    if not month.compared:
        return "Not compared: no connection knows the same days of both months"
    some = f"Compared: {month.compared} of {count_of(month.connections, 'connection')}, complete days only"
    left_out = runs_of(month.uncompared_days)
    if not left_out:
        return some
    days = ", ".join(period_label(run) for run in reversed(left_out))
    return f"{some}. Not compared: {days}, which the month before does not have, or not known there"
