"""What the Agents page asks: range, filters, what to compare by; and the facts that answer it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl
import streamlit as st

from core.dimensions import DIMENSIONS
from core.explore import agents
from core.explore.explorers import Explorer
from core.formats import count_of
from core.ledger.snapshot import Snapshot
from core.periods import Period
from core.ui.agents import agent_usage
from core.ui.app import answer_blocks, blocks, data, explorer_state, filters, gap_notice, times, toolbar
from core.ui.app.address import set_value
from core.ui.app.answers import Answer
from core.ui.app.explorer_state import ExplorerState

AGENTS = Explorer("agents", "Agents", ("cost",), ("cost", "tokens"), ("cost",))

_GROUP = "w.agents_by"


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
    """Range, filters and what to compare by; stops, with the reason, where nothing is known or used."""
    ledger, today = data.ledger(), times.today()
    if not ledger.connections:
        answer_blocks.nothing_connected()
        st.stop()
    state = explorer_state.current(AGENTS, today)
    _toolbar(ledger, state)
    filters.chips(state)
    blocks.notices(explorer_state.ADDRESS.problems())
    if left_out := [
        condition for condition in state.query.filters if condition.dimension not in agents.FILTERS
    ]:
        names = dict.fromkeys(DIMENSIONS[condition.dimension].label for condition in left_out)
        blocks.quiet(f"Filters on {', '.join(names)} mean nothing here: this report has no such dimension.")
    answer = Answer(AGENTS, state, ledger, today)
    page = AgentsPage(answer, state.display.agents_by, *_facts(ledger, state, answer.shown_period))
    _require_rows(page)
    return page


def _facts(
    ledger: Snapshot, state: ExplorerState, period: Period
) -> tuple[pl.DataFrame, agents.Days, agents.Beside]:
    kept = tuple(condition for condition in state.query.filters if condition.dimension in agents.FILTERS)
    return agent_usage.agents_of(ledger, period, kept)


def _toolbar(ledger: Snapshot, state: ExplorerState) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="toolbar"):
        toolbar.range_controls(state)
        st.selectbox(
            "Compare by", list(agents.GROUPS), key=set_value(_GROUP, state.display.agents_by), width=200,
            format_func=agents.GROUPS.__getitem__, on_change=explorer_state.change_display,
            args=("agents_by", _GROUP),
        )  # fmt: skip
        filters.control(ledger, state)
        toolbar.action_controls()


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
    elif page.answer.state.query.filters:
        blocks.empty("Nothing passes the filters", "No use of managed agents fits. Remove a filter.")
    else:
        missing = count_of(len(page.unknown_days), "day")
        unknown = f" Of {missing} nothing is known." if page.unknown_days else ""
        blocks.empty("No managed agent was used in these days", f"Anthropic reports no use.{unknown}")
    answer_blocks.provenance_line(page.answer)
    st.stop()
