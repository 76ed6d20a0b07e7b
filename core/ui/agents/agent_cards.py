"""The Agents page's cards: its numbers, cost over time, every value, and the ledger's cost beside them."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import streamlit as st

from core.charts import palette
from core.charts.bands import signs
from core.charts.over_time import Plot, over_time_chart
from core.charts.timeline import Timeline
from core.dimensions import DIMENSIONS, MEASURES, Measure
from core.explore import agents
from core.explore.buckets import fitting_grain
from core.formats import count_of, exact, short
from core.reach import settled_on
from core.ui.agents import agent_files
from core.ui.agents.page import AgentsPage
from core.ui.app import blocks, html, summed_columns, summed_table
from core.ui.app.state_words import scope_words
from core.ui.app.summed_columns import Amount, Places, Share, Text, sum_of

_MOST_SERIES = 8
_OTHER = "Other"
_COST = MEASURES["cost"]
_SESSIONS = replace(
    MEASURES["requests"], name="sessions", label="Sessions", column="sessions", additive=False
)
"""One that used two models is in two rows, and once in their total."""
_DAILY_UP_TO = 62
"""Past so many days the chart is by week."""
_NUMBERS = {
    "cost": "As billed: after discounts, before credits and taxes. Session time is in it.",
    "list_cost": "By Anthropic's price list, before discounts.",
    "tokens": "Of all five types.",
    "sessions": "Sessions that used or cost anything in these days.",
    "requests": "As Anthropic counts them.",
}


def numbers(page: AgentsPage) -> None:
    """What it cost and used in all."""
    (total,) = agents.summed(page.facts).to_dicts()
    shown = {name: text for name, text in _NUMBERS.items() if name in page.report.measures}
    with blocks.number_row("number-cards"):
        for name, text in shown.items():
            measure = _measure(name)
            st.metric(measure.label, short(measure, total[name]), border=True, height="stretch", help=text)


def _measure(name: str) -> Measure:
    return _SESSIONS if name == "sessions" else MEASURES[name]


def chart_card(page: AgentsPage) -> None:
    """Cost over time, by what is compared."""
    grain = "day" if page.period.days <= _DAILY_UP_TO else "week"
    grain = fitting_grain(page.period, grain, _MOST_SERIES + 1)
    with st.container(border=True, key="card-chart"):
        blocks.card_title(
            f"Cost by {agents.in_text(page.group)}",
            f"By {grain}, as billed · {scope_words(page.answer.state)}",
        )
        series, rows = _drawn(page, grain)
        unnamed = [name for name in series if name in (_OTHER, agents.NAMELESS[page.group])]
        colors = palette.colors(series, blocks.theme(), unnamed=unnamed)
        timeline = _timeline(page, grain)
        plot = Plot(_COST, timeline, series, colors, blocks.theme())
        st.altair_chart(over_time_chart(rows, plot, "bar"), width="stretch")
        items = ((name, colors[name], text) for name, text in zip(series, _sums(page), strict=False))
        blocks.legend(items, signs=signs(timeline))


def _drawn(page: AgentsPage, grain: str) -> tuple[tuple[str, ...], pl.DataFrame]:
    """The largest, and the others together."""
    largest = page.rows["label"].head(_MOST_SERIES).to_list()
    label = pl.col(page.group).fill_null(agents.NAMELESS[page.group])
    start = pl.col("day").dt.truncate("1w" if grain == "week" else "1mo" if grain == "month" else "1d")
    rows = (
        page.facts.filter(pl.col("cost").is_not_null())
        .group_by(start=start, series=pl.when(label.is_in(largest)).then(label).otherwise(pl.lit(_OTHER)))
        .agg(value=pl.col("cost").sum())
    )
    others = [_OTHER] if _OTHER in rows["series"] else []
    return (*largest, *others), rows.sort("start", "series")


def _sums(page: AgentsPage) -> list[str]:
    """Of each series as the table prints it, so that the two cannot differ by a cent."""
    cost = sum_of(_COST.label, _COST, page.rows["cost"])
    *steps, _ = cost.steps(Places(list(range(page.rows.height)), 0))
    others = sum(step for step in steps[_MOST_SERIES:] if step is not None)
    return [cost.scale.text(step) for step in (*steps[:_MOST_SERIES], others)]


def _timeline(page: AgentsPage, grain: str) -> Timeline:
    today = page.answer.today
    provisional = frozenset(day for day in page.period if settled_on(day) > today)
    return Timeline(page.period, grain, page.unknown_days, provisional, page.partial_days)


def table_card(page: AgentsPage) -> None:
    """Every value with its cost and use, and the files of it."""
    label, rows = agents.in_text(page.group), page.rows
    with st.container(border=True, key="card-table"):
        with blocks.card_head("table", f"By {label}", summed_table.extent(rows.height)):
            agent_files.menu(page)
        alt = f"Agents by {label}: {rows.height} rows"
        summed_table.show("agents", _columns(page, rows), f"agents.{page.group}", alt=alt)


def _columns(page: AgentsPage, rows: pl.DataFrame) -> list[summed_columns.Column]:
    (total,) = agents.summed(page.facts).to_dicts()
    cost, *others = (sum_of(MEASURES[name].label, MEASURES[name], rows[name]) for name in agents.SUMS)
    if "sessions" in page.report.measures:
        others.insert(0, Amount(_SESSIONS.label, _SESSIONS, rows["sessions"], total["sessions"]))
    return [
        Text(agents.GROUPS[page.group], rows["label"], is_first=True),
        cost,
        Share("Share", cost),
        *others,
    ]


def beside_line(page: AgentsPage) -> None:
    """The ledger's cost of the same product and days: the same money, told by another grouping."""
    beside = page.told.beside
    if not beside.days:
        blocks.quiet("The ledger tells no products of these days: there is nothing to compare with.")
        return
    told, mine = exact(_COST, beside.ledger), exact(_COST, beside.told)
    rest = "as this report has" if told == mine else f"and this report has {mine}"
    blocks.quiet(
        f"Of the {count_of(beside.days, 'day')} of which it tells products, the ledger has {told} for the "
        f"{_products(page)}, {rest}. It is the same money: never add the two."
    )
    if told != mine:
        st.warning(
            f"This page and the ledger differ by {exact(_COST, beside.told - beside.ledger)}. "
            "The two may have been pulled at different times; the next sync pulls both again.",
            icon=":material/balance:",
        )


def _products(page: AgentsPage) -> str:
    """The products that the page is of, named as elsewhere."""
    named = [name or DIMENSIONS["product"].empty for name in page.told.products]
    return f"{'product' if len(named) == 1 else 'products'} {', '.join(named)}"


def provenance_line(page: AgentsPage) -> None:
    """Which report it is, and of how many days nothing is known."""
    missing, partial = page.unknown_days, page.partial_days
    parts = [f"Analytics reports of Anthropic, grouped by {agent_files.grouped_by(page)}"]
    parts += [f"{count_of(len(missing), 'day')} unknown"] if missing else []
    parts += [f"{count_of(len(partial), 'day')} of some organizations only"] if partial else []
    parts += ["Demo data"] if any(connection.demo for connection in page.answer.ledger.connections) else []
    html.show(html.div(map(html.span, parts), cls="tl-line"), width="content")
