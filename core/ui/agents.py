"""The Agents page: what Claude Managed Agents cost and used, in a report of its own.

Beside it stands what the ledger has for the same product: the two are never added up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl
import streamlit as st

from core.charts import palette
from core.charts.over_time import Plot, over_time_chart
from core.charts.timeline import Timeline, fitting_grain
from core.dimensions import MEASURES, Measure, Unit
from core.explore import agents
from core.explore.sheets import Column, sheet_bytes
from core.formats import exact, short
from core.money import MICROCENTS_PER_USD
from core.periods import Period
from core.reach import settled_on
from core.ui.app import answer_blocks, blocks, data, explorer_state, gap_notice, html, times, toolbar
from core.ui.app.answers import Answer
from core.ui.app.downloads import file_button
from core.ui.app.explorer_state import Explorer
from core.ui.app.text import count_of

AGENTS = Explorer("agents", "Agents", ("cost",), ("cost", "tokens"), ("cost",))

_GROUP = "w.agents_by"
_MOST_SERIES = 8
_OTHER = "Other"
_COST, _COUNT = MEASURES["cost"], MEASURES["tokens"]
_DAILY_UP_TO = 62
"""Past so many days the chart is by week."""
_NUMBERS = {
    "cost": "As billed: after discounts, before credits and taxes. Session time is in it.",
    "list_cost": "By Anthropic's price list, before discounts.",
    "tokens": "Of all five types.",
    "sessions": "Sessions that used or cost anything in these days.",
    "requests": "As Anthropic counts them.",
}
_LABELS = {
    "cost": "Cost",
    "list_cost": "List cost",
    "tokens": "Tokens",
    "sessions": "Sessions",
    "requests": "Requests",
    "web_searches": "Web searches",
}


@dataclass(frozen=True)
class AgentsPage:
    """What is compared, and the facts of agents, which are told of the ``known`` days."""

    answer: Answer
    group: str
    facts: pl.DataFrame
    known: agents.Days
    beside: agents.Beside

    @property
    def period(self) -> Period:
        return self.answer.shown_period

    @property
    def unknown_days(self) -> frozenset[date]:
        """Of which no organization's agents are told."""
        return frozenset(self.period) - frozenset().union(*self.known.values())

    @property
    def partial_days(self) -> frozenset[date]:
        """Of which some organization's are not, though it is told of on other days."""
        days = frozenset(self.period) - self.unknown_days
        return frozenset(day for day in days if not all(day in its for its in self.known.values()))

    @cached_property
    def rows(self) -> pl.DataFrame:
        """A row for each value of what is compared, with its label."""
        groups = agents.by_group(self.facts, self.group)
        name = pl.col("value").fill_null(agents.NAMELESS[self.group])
        return groups.with_columns(label=name)


def ask() -> AgentsPage:
    """Range and what to compare by; stops, with the reason, where nothing is known or used."""
    ledger, today = data.ledger(), times.today()
    if not ledger.connections:
        answer_blocks.nothing_connected()
        st.stop()
    state = explorer_state.current(AGENTS, today)
    group = _toolbar(state)
    blocks.notices(explorer_state.ADDRESS.problems())
    if state.query.filters:
        blocks.quiet("Filters of other pages mean nothing here: this report has no other dimension.")
    answer = Answer(AGENTS, state, ledger, today)
    page = AgentsPage(answer, group, *data.agents_of(ledger, answer.shown_period))
    _require_rows(page)
    return page


def _toolbar(state: explorer_state.ExplorerState) -> str:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="toolbar"):
        toolbar.range_controls(state)
        chosen = st.selectbox(
            "Compare by", list(agents.GROUPS), key=_GROUP, width=200, format_func=agents.GROUPS.__getitem__
        )
        toolbar.action_controls()
    return chosen


def _require_rows(page: AgentsPage) -> None:
    if not page.facts.is_empty():
        return
    if not page.answer.knows_days:
        blocks.empty(*gap_notice.why_empty(page.answer.provenance, page.answer.state.period))
    elif not page.known:
        blocks.empty(
            "Managed agents are not told apart here",
            "Anthropic's newest reports tell them apart, on the Claude Platform. None was pulled yet: they "
            "are not served to every organization. What agents cost is in Cost all the same.",
        )
    elif page.unknown_days.issuperset(page.period):
        blocks.empty(
            "Nothing is known of agents in these days",
            "They are unknown, not zero. Choose other days, or sync.",
        )
    else:
        missing = count_of(len(page.unknown_days), "day")
        unknown = f" Of {missing} nothing is known." if page.unknown_days else ""
        blocks.empty("No managed agent was used in these days", f"Anthropic reports no use.{unknown}")
    answer_blocks.provenance_line(page.answer)
    st.stop()


def numbers(page: AgentsPage) -> None:
    """What agents cost and used in all."""
    (total,) = agents.summed(page.facts).to_dicts()
    for column, (name, text) in zip(st.columns(len(_NUMBERS), gap="small"), _NUMBERS.items(), strict=True):
        with column:
            st.metric(
                _LABELS[name], short(_measure(name), total[name]), border=True, height="stretch", help=text
            )


def _measure(name: str) -> Measure:
    """Sessions are counted as tokens are."""
    return MEASURES.get(name, _COUNT)


def chart_card(page: AgentsPage) -> None:
    """Cost over time, by what is compared."""
    grain = "day" if page.period.days <= _DAILY_UP_TO else "week"
    grain = fitting_grain(page.period, grain, _MOST_SERIES + 1)
    with st.container(border=True, key="card-chart"):
        blocks.card_title(f"Cost by {agents.GROUPS[page.group].lower()}", f"By {grain}, as billed")
        series, rows = _drawn(page, grain)
        unnamed = [name for name in series if name in (_OTHER, agents.NAMELESS[page.group])]
        colors = palette.colors(series, blocks.theme(), unnamed=unnamed)
        timeline = _timeline(page, grain)
        plot = Plot(_COST, timeline, series, colors, blocks.theme())
        st.altair_chart(over_time_chart(rows, plot, "bar"), width="stretch")
        sums = dict(rows.group_by("series").agg(pl.col("value").sum()).iter_rows())
        items = ((name, colors[name], short(_COST, sums.get(name))) for name in series)
        blocks.legend(items, provisional=any(map(timeline.is_provisional, timeline.buckets())))


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


def _timeline(page: AgentsPage, grain: str) -> Timeline:
    today = page.answer.today
    provisional = frozenset(day for day in page.period if settled_on(day) > today)
    return Timeline(page.period, grain, page.unknown_days, provisional, page.partial_days)


def table_card(page: AgentsPage) -> None:
    """Every value with its cost and use, and the file of it."""
    label = agents.GROUPS[page.group]
    with st.container(border=True, key="card-table"):
        left, right = st.columns([1, 1], vertical_alignment="center")
        with left:
            blocks.card_title(f"By {label.lower()}", _extent(page.rows.height))
        with right, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            file_button(
                "Download CSV", lambda: sheet_bytes(file_of(page)), file_name(page), key="csv-agents",
                help="A row a day for each agent, session, environment, deployment and model.",
            )  # fmt: skip
        st.dataframe(
            _shown(page.rows, label), hide_index=True, width="stretch", placeholder="–",
            column_config=_COLUMNS, alt=f"Agents by {label.lower()}: {page.rows.height} rows",
            height=blocks.table_height(page.rows.height),
        )  # fmt: skip


def _extent(height: int) -> str:
    if height <= blocks.MOST_ROWS:
        return count_of(height, "row")
    return f"The first {blocks.MOST_ROWS:,} of {height:,} rows; the CSV file has all of them"


def _shown(rows: pl.DataFrame, label: str) -> pl.DataFrame:
    usd = ("cost", "list_cost")
    return rows.head(blocks.MOST_ROWS).select(
        pl.col("label").alias(label),
        *((pl.col(name) / MICROCENTS_PER_USD).alias(_LABELS[name]) for name in usd),
        *(pl.col(name).alias(_LABELS[name]) for name in agents.MEASURES if name not in usd),
    )


_COLUMNS = {
    **{_LABELS[name]: st.column_config.NumberColumn(format="dollar") for name in ("cost", "list_cost")},
    **{
        _LABELS[name]: st.column_config.NumberColumn(format="localized")
        for name in ("tokens", "sessions", "requests", "web_searches")
    },
}


def file_of(page: AgentsPage) -> list[Column]:
    """A row a day for each combination, with exact amounts; unknown is empty."""
    names = {connection.id: connection.cost_center for connection in page.answer.ledger.connections}
    rows = agents.summed(page.facts, "day", "connection_id", *agents.GROUPS).sort(
        "day", "connection_id", *agents.GROUPS, nulls_last=True
    )
    counts = [name for name in agents.MEASURES if name not in ("cost", "list_cost", "sessions")]
    return [
        Column("day", [day.isoformat() for day in rows["day"]]),
        Column("cost_center", [names.get(id_, str(id_)) for id_ in rows["connection_id"]]),
        *(Column(name, rows[name].to_list()) for name in agents.GROUPS),
        *(Column(f"{name}_usd", rows[name].to_list(), Unit.USD) for name in ("cost", "list_cost")),
        *(Column(name, rows[name].to_list()) for name in counts),
    ]


def file_name(page: AgentsPage) -> str:
    """Says the days, the first and the last inside."""
    name = f"token-ledger_agents_{page.period.start}_{page.period.last}.csv"
    return page.answer.file_name(name)


def beside_line(page: AgentsPage) -> None:
    """The ledger's cost of the same product and days: the same money, told by another grouping."""
    beside = page.beside
    if not beside.days:
        blocks.quiet("The ledger tells no products of these days: there is nothing to compare with.")
        return
    told, mine = exact(_COST, beside.ledger), exact(_COST, beside.agents)
    rest = "as this report has" if told == mine else f"and this report has {mine}"
    blocks.quiet(
        f"Of the {count_of(beside.days, 'day')} of which it tells products, the ledger has {told} for the "
        f"product Managed Agents API, {rest}. It is the same money: never add the two."
    )
    if told != mine:
        st.warning(
            f"This page and the ledger differ by {exact(_COST, beside.agents - beside.ledger)}. "
            "The two may have been pulled at different times; the next sync pulls both again.",
            icon=":material/balance:",
        )


def provenance_line(page: AgentsPage) -> None:
    """Which report it is, and of how many days nothing is known."""
    missing, partial = page.unknown_days, page.partial_days
    parts = ["Analytics reports of Anthropic, grouped by managed agent"]
    parts += [f"{count_of(len(missing), 'day')} unknown"] if missing else []
    parts += [f"{count_of(len(partial), 'day')} of some organizations only"] if partial else []
    parts += ["Demo data"] if any(connection.demo for connection in page.answer.ledger.connections) else []
    html.show(html.div(map(html.span, parts), cls="tl-line"), width="content")
