"""A plan's line on an explorer's chart: in the link, in words, in the file, and as a tile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from core.explore.explorers import COST
from core.ledger.restriction import Restriction
from core.settings import Settings
from core.store.dashboards import TileLook, add_dashboard, add_tile
from core.store.database import database
from core.store.grants import Scope
from core.store.plans import PlanContent, add_plan
from core.store.saved_views import ViewContent, add_view
from core.ui.app import data, explorer_state, times
from core.ui.app.about import about
from core.ui.app.answers import Answer
from core.ui.app.plan_lines import plan_on_chart
from tests.ui import books
from tests.ui.conftest import shown

Open = Callable[..., AppTest]
USD = 10**8
NOVEMBER = {date(2026, 11, 1): 30_000 * USD, date(2026, 10, 1): 31_000 * USD}
RANGE = {"from": ["2026-10-30"], "to": ["2026-11-03"]}
"""Two days of a thousand dollars in either month."""


@pytest.fixture(autouse=True)
def plans(settings: Settings, full_books: None) -> None:
    with database(settings) as db:
        add_plan(db, "All", PlanContent({}, "cost", "month", NOVEMBER), books.NOW)
        add_plan(
            db, "Claude", PlanContent({"in.origin": ["claude.ai"]}, "cost", "month", NOVEMBER), books.NOW
        )
        add_plan(db, "Later", PlanContent({}, "cost", "month", {date(2027, 1, 1): USD}), books.NOW)


def test_a_plan_that_fits_is_drawn_named_and_added_up(open_page: Open) -> None:
    app = open_page("cost", {**RANGE, "budget": ["all"], "by": ["model"]})
    text = shown(app)
    assert not app.exception
    assert "used evenly over its days: $4,000.00 in Oct 30 – Nov 2, 2026" in text
    assert "Cost by model, beside the plan “All”" in text
    assert app.selectbox(key="w.plan").value == "all"


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"budget": ["Claude"]}, "is not drawn: the view has other filters than the plan"),
        ({"budget": ["All"], "in.origin": ["claude.ai"]}, "is not drawn: the view has other filters"),
        ({"budget": ["All"], "measure": ["list_cost"]}, "of cost, and the view of list cost"),
        ({"budget": ["Later"]}, "it has no amount for these days"),
        ({"budget": ["All"], "from": ["2026-09-30"], "chart": ["running"]}, "its first days have no amount"),
        ({"budget": ["Gone"]}, "There is no plan called “Gone” any more"),
        ({"budget": ["All"], "by": ["model"], "chart": ["line"]}, "not drawn beside lines of parts"),
    ],
)
def test_else_the_reason_is_said(open_page: Open, params: dict[str, list[str]], says: str) -> None:
    app = open_page("cost", {**RANGE, **params})
    assert not app.exception and says in shown(app)


def test_it_is_chosen_above_the_chart_and_stands_in_the_link(open_page: Open) -> None:
    app = open_page("cost", RANGE)
    assert "used evenly" not in shown(app)
    app.selectbox(key="w.plan").set_value("All").run()
    assert "used evenly" in shown(app) and "All" in app.query_params["budget"]


def test_who_is_shown_a_part_sees_no_plan(settings: Settings) -> None:
    state, _ = explorer_state.opened({**RANGE, "budget": ["All"]}, COST, times.today())
    part = replace(data.ledger(), restriction=Restriction((Scope(connections=(1,)),), "ann@example.com"))
    assert plan_on_chart(Answer(COST, state, part, times.today())) is None
    assert plan_on_chart(Answer(COST, state, data.ledger(), times.today()))


def test_a_workbook_says_which_plan_stands_beside(settings: Settings) -> None:
    params = {**RANGE, "budget": ["All"]}
    state, problems = explorer_state.opened(params, COST, times.today())
    answer = Answer(COST, state, data.ledger(), times.today())
    assert problems == []
    assert "the plan “All”" in dict(about(answer))["Plan on the chart"]


@pytest.mark.parametrize("height", ["small", "tall"])
def test_a_plan_is_a_tile_with_its_figures(open_page: Open, settings: Settings, height: str) -> None:
    view = ViewContent("cost", {"measure": ["cost"], "range": ["month_to_date"], "budget": ["All"]})
    other = ViewContent("cost", {"measure": ["cost"], "range": ["month_to_date"]})
    with database(settings) as db:
        board = add_dashboard(db, "Board")
        add_tile(db, board.id, add_view(db, "With", view, books.NOW).id, TileLook("plan", height=height))
        add_tile(db, board.id, add_view(db, "Without", other, books.NOW).id, TileLook("plan"))
    app = open_page("dashboards", {"board": ["board"]})
    text = shown(app)
    assert not app.exception
    assert "Budget" in text and "$30,000" in text and "Forecast" in text and "This view has no plan" in text
    charts = app.get("arrow_vega_lite_chart") or app.get("vega_lite_chart")
    assert len(charts) == (1 if height == "tall" else 0)
    narrowed = open_page("dashboards", {"board": ["board"], "in.origin": ["claude.ai"]})
    assert "cannot be shown here: the view has other filters than the plan" in shown(narrowed)
