"""What the Plans page shows: every plan with its numbers, those in trouble first, and the one in view."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import streamlit as st

from core.dimensions import MEASURES, Measure
from core.explore.filter_words import scope_words
from core.explore.plan_figures import PlanFigures, plan_query
from core.explore.provenance import Provenance
from core.explore.query import Query
from core.ledger.snapshot import Snapshot
from core.periods import ONE_DAY, Period, month_start
from core.ui.app import (
    actions,
    answer_blocks,
    blocks,
    data,
    forecasts,
    gap_notice,
    limits_cards,
    origin_line,
    times,
)
from core.ui.app.text import markdown_text
from core.ui.plans import making

EVERYTHING = "All use"
_ADDRESS, _READ = "plan", "plans.read"
"""The parameter of an address that names a plan by its id, and its value when it was last looked at."""


@dataclass(frozen=True)
class PlansPage:
    """``figures``: of every plan whose scope can be read, those in trouble first. ``chosen``: in view."""

    ledger: Snapshot
    today: date
    figures: tuple[PlanFigures, ...]
    chosen: PlanFigures

    @property
    def measure(self) -> Measure:
        return MEASURES[self.chosen.plan.content.measure]

    @cached_property
    def scope(self) -> str:
        return scope_words(self.chosen.plan.content.params) or EVERYTHING


def ask() -> PlansPage:
    """Every plan, and the one that is chosen; stops, with the reason, where there is none."""
    ledger, today = data.ledger(), times.today()
    if not ledger.connections:
        answer_blocks.nothing_connected()
        blocks.stop()
    actions.show_failure(making.PLACE)
    blocks.notices(making.refused())
    all_figures, problems = forecasts.all_plans(ledger, today)
    for plan, problem in problems:
        st.warning(
            f"The plan {markdown_text(plan.name)} can no longer be read: {markdown_text(problem)}",
            icon=":material/savings:",
        )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="toolbar"):
        chosen = _choose(all_figures)
        making.new_plan(today)
    if chosen is None:
        period = Period(month_start(today), today + ONE_DAY)
        provenance = data.origin_of(ledger, Query(("cost",), period), today)
        _nothing(ledger, provenance, period)
        _limits(ledger, today)
        origin_line.show(provenance)
        making.forget_refused()
        blocks.stop()
    return PlansPage(ledger, today, all_figures, chosen)


def _choose(all_figures: tuple[PlanFigures, ...]) -> PlanFigures | None:
    if not all_figures:
        return None
    names = {figures.plan.id: figures.plan.name for figures in all_figures}
    asked = st.query_params.get(_ADDRESS, "")
    if asked != st.session_state.get(_READ) and asked.isdecimal() and int(asked) in names:
        st.session_state[making.CHOSEN] = int(asked)
    if st.session_state.get(making.CHOSEN) not in names:
        st.session_state[making.CHOSEN] = next(iter(names))
    chosen = st.selectbox("Plan", list(names), key=making.CHOSEN, format_func=names.__getitem__, width=320)
    st.query_params[_ADDRESS] = st.session_state[_READ] = str(chosen)
    return next(figures for figures in all_figures if figures.plan.id == chosen)


def _nothing(ledger: Snapshot, provenance: Provenance, period: Period) -> None:
    if not ledger.files:
        blocks.empty(*gap_notice.why_empty(provenance, period))
    else:
        blocks.empty(
            "No plan is made yet",
            "A plan is an amount for each month, quarter or year of anything you can filter by. For each you "
            "see what is spent of it, where it will end, and the day it breaks.",
        )


def limits_card(page: PlansPage) -> None:
    """The limits that Anthropic itself enforces, apart from all plans."""
    _limits(page.ledger, page.today)


def _limits(ledger: Snapshot, today: date) -> None:
    everywhere = {connection.id for connection in ledger.connections}
    limits_cards.set_limits_card(limits_cards.limits_of(ledger, everywhere, today))


def provenance_line(page: PlansPage) -> None:
    """Where the numbers come from, and what they are not."""
    query = plan_query(page.chosen.plan, page.today)
    blocks.quiet(
        "Plans may overlap, so they are never added up. Forecasts rest on complete days; their range holds "
        "four in five of such sums."
    )
    origin_line.show(data.origin_of(page.ledger, query, page.today))
    making.forget_refused()
