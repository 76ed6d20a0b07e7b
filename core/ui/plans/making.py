"""Makes a plan: a name, a scope, a measure, periods, and the amount of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

import streamlit as st
from sqlite_utils import Database

from core.dimensions import MEASURES
from core.explore.plan_amounts import amount_of, following, grown, percent_of, start_of
from core.periods import CALENDAR, calendar_label, calendar_period
from core.store import owners
from core.store.audit import Action
from core.store.plans import PLAN_MEASURES, PlanContent, add_plan
from core.store.saved_views import Params
from core.ui.app import actions, data, times, visitor
from core.ui.app.scopes import choose_scope

_REFUSED, _MADE = "plans.refused", "plans.made"
PLACE, CHOSEN = "plans", "w.plan"
"""Where failures are shown; which plan is in view."""
_MANY = {"month": 12, "quarter": 4, "year": 1}
_LABELS = {"month": "First month", "quarter": "First quarter", "year": "First year"}


def new_plan(today: date) -> None:
    """The form of a new plan, behind a button; it closes once the plan is made."""
    turn = st.session_state.get(_MADE, 0)
    with st.popover("New plan", icon=":material/add:", key=f"new-plan-{turn}", width=230):
        name = st.text_input("Name", key="w.new.name", max_chars=100, placeholder="Engineering")
        scope = choose_scope(today, "w.new")
        left, right = st.columns(2)
        measure = left.selectbox(
            "Measure", PLAN_MEASURES, key="w.new.measure", format_func=lambda key: MEASURES[key].label
        )
        period = right.selectbox(
            "For each", list(CALENDAR), key="w.new.period", format_func=CALENDAR.__getitem__
        )
        start = calendar_label(period, calendar_period(period, today).start)
        first = left.text_input(_LABELS[period], value=start, key=f"w.new.first.{period}")
        many = right.number_input(
            "How many", min_value=1, max_value=60, value=_MANY[period], key=f"w.new.many.{period}"
        )
        amount = left.text_input(
            "Amount in dollars" if measure != "tokens" else "Tokens", key="w.new.amount", placeholder="50000",
            help="Of the first. Each can be changed afterwards.",
        )  # fmt: skip
        growth = right.text_input("Growth in %", value="0", key="w.new.growth", help="From each to the next.")
        given = Given(name, scope, measure, period, first, int(many), amount, growth)
        actions.typed_button("Make this plan", "w.new.make", partial(_ask_make, given), type="primary")


@dataclass(frozen=True)
class Given:
    """What stands in the form."""

    name: str
    scope: Params
    measure: str
    period: str
    first: str
    many: int
    amount: str
    growth: str

    def content(self) -> PlanContent:
        """Raises InputError for what is no period, amount or growth."""
        starts = following(self.period, start_of(self.period, self.first), self.many)
        amount, percent = amount_of(self.measure, self.amount), percent_of(self.growth)
        amounts = {start: grown(amount, percent, n) for n, start in enumerate(starts)}
        return PlanContent(self.scope, self.measure, self.period, amounts)


def _ask_make(given: Given) -> None:
    def make(db: Database) -> str:
        plan = add_plan(db, given.name, given.content(), times.now())
        st.session_state[CHOSEN] = plan.id
        st.session_state[_MADE] = st.session_state.get(_MADE, 0) + 1
        return f"The plan “{plan.name}” is made."

    ask("Making the plan", make)


def ask(waiting: str, act: Callable[[Database], str]) -> None:
    """Note a change of plans, from a widget's callback; ``act`` returns what is said."""

    def perform() -> str:
        with data.store() as db, owners.owned(db, visitor.current().email):
            return act(db)

    actions.request(PLACE, waiting, perform, Action.CHANGED_PLAN)


def refuse(problems: tuple[str, ...]) -> None:
    """Lines of a file that were refused, told on the page that follows, with those not told yet."""
    st.session_state[_REFUSED] = (*refused(), *problems)


def refused() -> tuple[str, ...]:
    lines: tuple[str, ...] = st.session_state.get(_REFUSED, ())
    return lines


def forget_refused() -> None:
    """At the end of the page that told them: a run that ends before it may have shown none to anybody."""
    st.session_state.pop(_REFUSED, None)
