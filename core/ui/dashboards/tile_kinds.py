"""How a tile shows an answer: as a chart, bars, a number or a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl
import streamlit as st

from core.charts.bands import signs
from core.charts.over_time import over_time_chart
from core.dimensions import DIMENSIONS, MEASURES
from core.figures import row_scale, shares
from core.formats import Number, exact, short
from core.store.dashboards import TileLook
from core.ui.app import blocks, data, forecasts, html, plan_lines
from core.ui.app.answers import Answer
from core.ui.app.hues import hues, plotted
from core.ui.app.number_card import number_card
from core.ui.dashboards import plan_tile

CHART_HEIGHTS = {"small": 130, "tall": 330}
ROWS = {"small": 5, "tall": 13}
"""Groups that fit into a tile of bars or a table, Other not counted."""
_COLUMNS = {"third": 1, "half": 2, "two_thirds": 4, "full": 9}
"""Measures that fit side by side into a table."""


@dataclass(frozen=True)
class TileKind:
    """``draw`` puts the answer into the tile; ``most_groups`` is how many it has room for, by height."""

    draw: Callable[[Answer, TileLook], None]
    most_groups: dict[str, int]


def chart(answer: Answer, look: TileLook) -> None:
    """The shape over time."""
    plot = replace(plotted(answer), height=CHART_HEIGHTS[look.height])
    kind, plan = answer.state.display.chart, plan_lines.plan_on_chart(answer)
    drawn = plan_lines.laid_on(over_time_chart(answer.drawn(), plot, kind), plan, plot, kind)
    st.altair_chart(drawn, width="stretch")
    amounts = answer.part_texts() if answer.state.group_by else {}
    blocks.legend(
        ((name, plot.colors[name], amount) for name, amount in amounts.items()),
        signs=signs(plot.timeline),
    )
    if plan:
        blocks.quiet(plan.words)


def bars(answer: Answer, _: TileLook) -> None:
    """The groups with a value over the whole period, each a bar against the largest."""
    ranked = answer.ranked_series().drop_nulls("value")
    grey = ranked.filter(ranked["unnamed"])["series"] if answer.state.group_by else ()
    colors = hues(answer.ledger, answer.state.group_by, ranked["series"], grey)
    largest = max((value or 0 for value in ranked["value"]), default=0)
    texts = answer.part_texts()
    lines = (
        _bar(name, _part(value, largest), colors[name], texts[name], exact(answer.measure, value))
        for name, value in ranked.select("series", "value").iter_rows()
    )
    html.show(html.div(lines, cls="tl-share tile"))


def _bar(name: str, part: float, color: str, text: str, title: str) -> html.Node:
    return (
        html.span(html.parted(name), cls="name", title=name),
        html.span(html.i(style=f"width:{part:.1%};background:{color}"), cls="track"),
        html.span(text, cls="number", title=title),
    )


def number(answer: Answer, look: TileLook) -> None:
    """The total with its change; for a month under way where it is heading."""
    number_card(answer, answer.state.measure, border=False)
    if heading := _run_rate_words(answer):
        blocks.quiet(heading)
    if look.height == "tall" and answer.state.group_by:
        bars(answer, look)


def table(answer: Answer, look: TileLook) -> None:
    """The groups with as many of the page's measures as the width has room for; exact on hover."""
    known = [name for name in answer.measures if answer.totals[name] is not None]
    names = known[: _COLUMNS[look.width]]
    groups = answer.ranked_groups()
    labels = [*groups["series"], *(["Total"] if _is_summed(answer) else [])]
    columns = [_column(answer, groups, name) for name in names]
    head = [" and ".join(DIMENSIONS[dimension].label for dimension in answer.state.group_by)]
    head += [MEASURES[name].label for name in names]
    if _is_summed(answer):
        head.insert(2, "Share")
        columns.insert(1, _shares(answer, groups))
    rows = [
        html.tr(html.td(html.parted(label), title=label), cells)
        for label, *cells in zip(labels, *columns, strict=True)
    ]
    kind = "tl-table summed" if _is_summed(answer) else "tl-table"
    table = html.table(html.thead(html.tr(map(html.th, head))), html.tbody(rows), cls=kind)
    html.show(html.div(table, cls="tl-table-box"))


def _is_summed(answer: Answer) -> bool:
    """Whether the table ends with its total."""
    return answer.measure.additive and bool(answer.state.group_by)


def _column(answer: Answer, groups: pl.DataFrame, name: str) -> list[html.Node]:
    """A measure of each group, and its total; all in one precision, and as printed they add up."""
    measure, total, values = MEASURES[name], answer.totals[name], groups[name].to_list()
    scale = row_scale(measure, (total, *(values if not measure.additive else ())))
    steps = scale.apportioned(values, total) if measure.additive else [*map(scale.steps, values)]
    whole = [(scale.steps(total), total)] if _is_summed(answer) else []
    shown = [*zip(steps, values, strict=True), *whole]
    return [html.td(scale.text(step), title=exact(measure, value)) for step, value in shown]


def _shares(answer: Answer, groups: pl.DataFrame) -> list[html.Node]:
    values, total = groups[answer.state.measure].to_list(), answer.totals[answer.state.measure]
    return [html.td(text) for text in (*shares(values, total), *shares([total], total))]


def _part(value: Number, largest: int | float) -> float:
    return max(0.0, (value or 0) / largest) if largest > 0 else 0.0


def _run_rate_words(answer: Answer) -> str:
    """Only for what adds up over the days of this month."""
    if answer.state.display.preset != "month_to_date" or not answer.measure.additive:
        return ""
    month = data.month_to_date(answer.ledger, answer.today, answer.query.filters, answer.state.measure)
    if month.run_rate is None:
        return ""
    total = forecasts.month_total(answer.ledger, answer.today, answer.query.filters, answer.measure.name)
    if ahead := total.expected:
        low, point, high = (short(answer.measure, amount) for amount in (ahead.low, ahead.point, ahead.high))
        days = month.rate_days_text
        return f"Forecast to month end {point}, four in five from {low} to {high}; {days} so far"
    part = f", {month.projected} of {month.connections} connections" * (month.projected < month.connections)
    why = f". {total.too_little} for a forecast" * bool(total.young)
    rate = short(answer.measure, month.run_rate)
    return f"Run rate to month end {rate}, from {month.rate_days_text}{part}{why}"


KINDS: dict[str, TileKind] = {
    "chart": TileKind(chart, {"small": 50, "tall": 50}),
    "bars": TileKind(bars, ROWS),
    "number": TileKind(number, ROWS),
    "table": TileKind(table, {"small": 4, "tall": 12}),
    "plan": TileKind(plan_tile.draw, {"small": 1, "tall": 1}),
}
"""By the name the store and the files know them."""
