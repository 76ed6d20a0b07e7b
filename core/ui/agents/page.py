"""What the Agents page asks: range, filters, what to compare by; and what answers it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl
import streamlit as st

from core.dimensions import DIMENSIONS
from core.explore import agents
from core.explore.explorers import Explorer
from core.explore.query import Filter
from core.formats import count_of
from core.ledger.snapshot import Snapshot
from core.periods import Period
from core.streams import AGENTS
from core.ui.agents import agent_usage
from core.ui.app import (
    answer_blocks,
    blocks,
    data,
    explorer_state,
    fields,
    filters,
    gap_notice,
    times,
    toolbar,
)
from core.ui.app.answers import Answer
from core.ui.app.explorer_state import ExplorerState

EXPLORER = Explorer("agents", "Agents", ("cost",), ("cost", "tokens"), ("cost",))

_GROUP = "w.agents_by"


@dataclass(frozen=True)
class AgentsPage:
    """What is compared, and what is told of it."""

    answer: Answer
    group: str
    told: agent_usage.Told

    @property
    def facts(self) -> pl.DataFrame:
        return self.told.facts

    @property
    def known(self) -> agents.Days:
        return self.told.known

    @property
    def report(self) -> agents.Report:
        return agents.report_of(self.group)

    @property
    def is_of_agents(self) -> bool:
        """Else it is of user profiles, Slack channels or categories."""
        return self.report.apart == AGENTS

    @property
    def period(self) -> Period:
        return self.answer.shown_period

    @property
    def unknown_days(self) -> frozenset[date]:
        """Of which no organization's report is known."""
        return frozenset(self.period) - frozenset().union(*self.known.values())

    @property
    def partial_days(self) -> frozenset[date]:
        """Of which some organization's is not, though it is known on other days."""
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
        blocks.stop()
    state = explorer_state.current(EXPLORER, today)
    _toolbar(ledger, state)
    filters.chips(state)
    blocks.notices(explorer_state.ADDRESS.problems())
    group, answer = state.display.agents_by, Answer(EXPLORER, state, ledger, today)
    told = agent_usage.told_of(ledger, answer.shown_period, group, _kept_filters(state))
    _name_left_out(told)
    page = AgentsPage(answer, group, told)
    _require_rows(page)
    return page


def _kept_filters(state: ExplorerState) -> tuple[Filter, ...]:
    """Those that the reports have too; the others are named."""
    left_out = [condition for condition in state.query.filters if condition.dimension not in agents.FILTERS]
    if left_out:
        names = dict.fromkeys(DIMENSIONS[condition.dimension].label for condition in left_out)
        blocks.quiet(f"Filters on {', '.join(names)} mean nothing here: this report has no such dimension.")
    return tuple(condition for condition in state.query.filters if condition.dimension in agents.FILTERS)


def _name_left_out(told: agent_usage.Told) -> None:
    if told.left_out:
        blocks.quiet(
            f"Left out for the filter on Model: {', '.join(told.left_out)}. On claude.ai agents are told by "
            "product, and not by model."
        )


def _toolbar(ledger: Snapshot, state: ExplorerState) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="toolbar"):
        toolbar.range_controls(state)
        fields.select(
            "Compare by", list(agents.GROUPS), _GROUP, state.display.agents_by, width=200,
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
    else:
        blocks.empty(*_why_empty(page))
    answer_blocks.provenance_line(page.answer)
    blocks.stop()


_NAMES = {
    "user_profile_id": "User profiles",
    "slack_channel_id": "Slack channels",
    "claude_tag_category": "Categories of Claude Tag",
}


def _why_empty(page: AgentsPage) -> tuple[str, str]:
    """Title and text."""
    names = _NAMES.get(page.group, "Agents")
    if not page.known:
        return (
            f"{names} are not told apart here",
            "Anthropic's newest reports tell them apart. None was pulled yet: they are not served "
            "to every organization. What is used is in Cost all the same.",
        )
    if page.unknown_days.issuperset(page.period):
        return "Nothing is known of these days", "They are unknown, not zero. Choose other days, or sync."
    if page.answer.state.query.filters:
        return "Nothing passes the filters", f"No use of {_in_text(names)} fits. Remove a filter."
    missing = count_of(len(page.unknown_days), "day")
    unknown = f" Of {missing} nothing is known." if page.unknown_days else ""
    return f"No {_in_text(names)} in these days", f"Anthropic reports no use of any.{unknown}"


def _in_text(names: str) -> str:
    return names[0].lower() + names[1:]
