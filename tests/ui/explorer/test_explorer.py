"""The explorers: address, widgets and answer always say the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from core.dimensions import MEASURES
from core.explore import engine, explorers
from core.explore.explorers import EXPLORERS
from core.explore.links import Display
from core.explore.query import Query
from core.formats import period_label
from core.ledger.snapshot import open_ledger
from core.periods import Period
from core.settings import Settings
from core.store.database import database
from core.ui.app import blocks, explorer_state, summed_table, times
from core.ui.app.summed_table import Order
from tests.ui import books
from tests.ui.conftest import compared_cost, shown

Open = Callable[..., AppTest]
TODAY = books.NOW.date()


@pytest.fixture(autouse=True)
def full(full_books: None) -> None:
    """Every test here begins with full books."""


def _params(app: AppTest) -> dict[str, list[str]]:
    return {
        key: [values] if isinstance(values, str) else list(values) for key, values in app.query_params.items()
    }


def type_in(box: Selectbox, text: str) -> None:
    """A text that is none of the choices."""
    box.options.append(text)
    box.set_value(text).run()


def _metric(app: AppTest, label: str) -> str:
    return next(metric.value for metric in app.metric if metric.label == label)


def test_every_measure_is_on_a_page() -> None:
    shown = {name for explorer in EXPLORERS.values() for name in (*explorer.measures, *explorer.companions)}
    assert shown == set(MEASURES)


def test_the_address_holds_the_whole_view_from_the_start(open_page: Open) -> None:
    assert _params(open_page("cost")) == {"by": ["model"], "range": ["last_28"]}


def test_an_old_long_link_opens_and_stays_until_something_changes(open_page: Open) -> None:
    long = {
        "measure": ["cost"], "by": ["model"], "range": ["last_30"], "grain": ["day"], "chart": ["bar"],
        "top": ["10"], "vs": ["previous"], "show": ["time"],
    }  # fmt: skip
    app = open_page("cost", long)
    assert _params(app) == long and not app.info
    app.selectbox(key="w.range").select("last_7").run()
    assert _params(app) == {"by": ["model"], "range": ["last_7"]}


def test_the_number_is_the_engines(open_page: Open, settings: Settings) -> None:
    days = Period(date(2026, 10, 27), TODAY)
    cost = compared_cost(settings, days, days.shifted(-28))
    assert _metric(open_page("cost"), "Cost") == cost.now_text


def test_a_link_opens_exactly_its_view(open_page: Open) -> None:
    params = {
        "measure": ["output_tokens"], "by": ["workspace", "model"], "from": ["2026-09-01"],
        "to": ["2026-10-01"], "grain": ["week"], "chart": ["line"], "top": ["3"],
        "not.workspace": [books.NASTY, "~none"], "in.origin": ["Claude Platform"],
        "vs.from": ["2026-08-05"], "vs.to": ["2026-09-01"], "show": ["pivot"], "across": ["model"],
        "in.model": ["claude-opus-5"], "step": ["by=model&in.model=claude-opus-5"],
    }  # fmt: skip
    app = open_page("usage", params)
    assert not app.exception and not app.error
    assert {key: sorted(values) for key, values in _params(app).items()} == {
        key: sorted(values) for key, values in params.items()
    }
    assert app.date_input(key="w.days").value == (date(2026, 9, 1), date(2026, 9, 30))
    assert app.selectbox(key="w.measure").value == "output_tokens"


def test_a_widget_changes_the_address_and_the_answer(open_page: Open, settings: Settings) -> None:
    app = open_page("cost")
    app.selectbox(key="w.range").select("last_7").run()
    assert _params(app)["range"] == ["last_7"]
    days = Period(date(2026, 11, 17), TODAY)
    assert _metric(app, "Cost") == compared_cost(settings, days, days.shifted(-7)).now_text


def test_days_are_picked_in_one_calendar(open_page: Open) -> None:
    app = open_page("cost")
    app.selectbox(key="w.range").select("custom").run()
    app.date_input(key="w.days").set_value((date(2026, 9, 9),)).run()
    assert _params(app)["from"] == ["2026-10-27"], "one day waits for the other"
    app.date_input(key="w.days").set_value((date(2026, 9, 9), date(2026, 9, 12))).run()
    assert (_params(app)["from"], _params(app)["to"]) == (["2026-09-09"], ["2026-09-13"])


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("oct", {"from": ["2026-10-01"], "to": ["2026-11-01"]}),
        ("2026-10", {"from": ["2026-10-01"], "to": ["2026-11-01"]}),
        ("3w", {"from": ["2026-11-03"], "to": ["2026-11-24"]}),
        ("last month", {"range": ["last_month"]}),
    ],
)
def test_a_range_can_be_typed(open_page: Open, typed: str, address: dict[str, list[str]]) -> None:
    app = open_page("cost")
    type_in(app.selectbox(key="w.range"), typed)
    assert not app.exception and not app.info
    assert {key: _params(app)[key] for key in address} == address


def test_a_range_that_means_nothing_is_named(open_page: Open) -> None:
    app = open_page("cost")
    type_in(app.selectbox(key="w.range"), "whenever")
    assert "“whenever” is no range" in app.info[0].value
    assert _params(app)["range"] == ["last_28"]


def test_a_range_chosen_on_one_page_holds_on_every_other(open_page: Open) -> None:
    app = open_page("cost")
    app.selectbox(key="w.range").select("last_7").run()
    app.query_params.clear()
    app.switch_page("pages/dashboards.py").run()
    assert _params(app)["range"] == ["last_7"]
    type_in(app.selectbox(key="w.board.range"), "oct")
    for page in ("people", "usage", "efficiency", "keys", "cost"):
        app.query_params.clear()
        app.switch_page(f"pages/{page}.py").run()
        assert _params(app)["from"] == ["2026-10-01"]


def test_a_link_wins_over_the_range_that_was_chosen_elsewhere(open_page: Open) -> None:
    app = open_page("cost")
    app.selectbox(key="w.range").select("last_7").run()
    app.query_params.clear()
    app.switch_page("pages/dashboards.py")
    app.query_params["range"] = ["last_month"]
    app.run()
    assert _params(app)["range"] == ["last_month"]


def test_a_filter_is_added_filled_turned_round_and_removed(open_page: Open) -> None:
    app = open_page("cost")
    app.selectbox(key="w.add_filter").select("workspace").run()
    assert "in.workspace" not in _params(app)
    (values,) = [field for field in app.multiselect if field.label == "Workspace values"]
    values.select("Checkout").run()
    assert _params(app)["in.workspace"] == ["Checkout"]
    only = _metric(app, "Cost")
    (kind,) = [box for box in app.selectbox if box.label.startswith("Workspace:")]
    kind.select("is not").run()
    assert _params(app)["not.workspace"] == ["Checkout"] and "in.workspace" not in _params(app)
    assert _metric(app, "Cost") != only
    next(button for button in app.button if button.label == "Remove all filters").click().run()
    assert not any(key.startswith(("in.", "not.")) for key in _params(app))


def test_filters_and_range_go_along_to_the_other_explorer(open_page: Open) -> None:
    app = open_page("cost", {"measure": ["cost"], "range": ["last_90"], "in.model": ["claude-opus-5"]})
    app.query_params.clear()
    app.switch_page("pages/usage.py").run()
    params = _params(app)
    assert (params["range"], params["in.model"]) == (["last_90"], ["claude-opus-5"])
    assert app.selectbox(key="w.measure").value == "tokens"


def test_rubbish_in_the_address_is_named_and_the_page_works(open_page: Open) -> None:
    app = open_page(
        "cost", {"measure": ["nonsense"], "top": ["-4"], "in.nothing": ["x"], "from": ["yesterday"]}
    )
    assert not app.exception and not app.error
    assert len(app.info) >= 3
    assert app.metric


def test_a_dimension_that_means_nothing_for_one_origin_offers_the_other(open_page: Open) -> None:
    app = open_page("cost", {"measure": ["cost"], "by": ["workspace"]})
    assert "is of claude.ai, whose reports have no workspaces." in shown(app)
    next(button for button in app.button if button.label == "Show only Claude Platform").click().run()
    assert _params(app)["in.origin"] == ["Claude Platform"]
    assert "whose reports have no workspaces" not in shown(app)


def test_priority_tokens_are_named_on_cost(open_page: Open) -> None:
    cost, usage = shown(open_page("cost")), shown(open_page("usage"))
    told = next(line for line in cost.splitlines() if "They are in Usage, and not in this cost." in line)
    assert re.search(r"Not priced: [\d,]+ tokens", told) and "Priority tier" in told
    assert "not in this cost" not in usage


def test_a_list_cost_below_the_cost_says_whose_it_leaves_out(open_page: Open) -> None:
    everybody, staff = shown(open_page("cost")), shown(open_page("cost", {"in.origin": ["claude.ai"]}))
    assert "List cost leaves out Engineering: Anthropic&#39;s legacy reports tell none." in everybody
    assert "List cost leaves out" not in staff + shown(open_page("usage"))


def test_the_line_under_the_view(open_page: Open) -> None:
    text = shown(open_page("cost"))
    for words in (
        "Cost basis: billed",
        "Coverage: all 28 days of 2 connections",
        "provisional day",
        "Data as of",
    ):
        assert words in text


def _costs(settings: Settings, *periods: Period) -> list[int]:
    ledger = open_ledger(settings)
    return [int(engine.total(ledger, Query(("cost",), days))["cost"] or 0) for days in periods]


@pytest.mark.parametrize(
    ("asked", "now", "before"),
    [
        ({"range": ["last_30"]}, ("2026-10-25", "2026-11-23"), ("2026-09-20", "2026-10-19")),
        ({"range": ["month_to_date"]}, ("2026-11-01", "2026-11-23"), ("2026-10-01", "2026-10-23")),
        ({"range": ["last_month"]}, ("2026-10-01", "2026-11-01"), ("2026-09-01", "2026-10-01")),
        ({"range": ["last_7"], "vs": ["month"]}, ("2026-11-17", "2026-11-23"), ("2026-10-17", "2026-10-23")),
        (
            {"range": ["last_7"], "vs.from": ["2026-09-01"], "vs.to": ["2026-09-07"]},
            ("2026-11-17", "2026-11-23"),
            ("2026-09-01", "2026-09-07"),
        ),
    ],
)
def test_complete_days_are_compared(
    open_page: Open, settings: Settings, asked: dict, now: tuple[str, str], before: tuple[str, str]
) -> None:
    periods = [Period(date.fromisoformat(first), date.fromisoformat(end)) for first, end in (now, before)]
    app = open_page("cost", {"measure": ["cost"], **asked})
    expected = compared_cost(settings, *periods)
    assert (app.metric[0].value, app.metric[0].delta) == (expected.now_text, expected.change_text)
    assert f"Change: {period_label(periods[0])} against {period_label(periods[1])}" in shown(app)
    assert ("today so far" in shown(app)) is (asked["range"] != ["last_month"])


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"from": ["2026-08-05"], "to": ["2026-08-20"]}, "Jul 15 – 29, 2026 is not wholly covered"),
        ({"range": ["last_7"], "vs": ["year"]}, "Nov 17 – 22, 2025 is not wholly covered"),
        ({"from": ["2026-11-23"], "to": ["2026-11-24"]}, "no day of this range is complete yet"),
        ({"vs.from": ["2026-11-20"], "vs.to": ["2026-11-24"]}, "Nov 20 – 23, 2026 is not over yet"),
        ({"vs.from": ["2000-01-01"], "vs.to": ["2000-01-02"]}, "Jan 1, 2000 is not wholly covered"),
    ],
)
def test_what_cannot_be_compared_says_why(open_page: Open, asked: dict, why: str) -> None:
    app = open_page("cost", {"measure": ["cost"], **asked})
    assert not app.exception and not app.error
    assert [metric.delta for metric in app.metric] == [""] * 4
    assert f"No comparison: {why}" in shown(app)


def test_days_missing_now_are_not_compared(open_page: Open, settings: Settings) -> None:
    with database(settings) as db:
        db.execute("DELETE FROM coverage WHERE day = '2026-11-12'")
        db.conn.commit()
    app = open_page("cost", {"measure": ["cost"], "range": ["last_30"]})
    assert "No comparison: Oct 25 – Nov 22, 2026 is not wholly covered" in shown(app)


def test_nothing_is_compared_where_nothing_is_asked_for(open_page: Open) -> None:
    app = open_page("cost", {"measure": ["cost"], "vs": ["none"]})
    assert [metric.delta for metric in app.metric] == [""] * 4
    assert "omparison:" not in shown(app)


def test_the_days_to_compare_with_are_chosen(open_page: Open) -> None:
    app = open_page("cost", {"measure": ["cost"], "range": ["last_month"]})
    app.selectbox(key="w.versus").select("chosen").run()
    assert (_params(app)["vs.from"], _params(app)["vs.to"]) == (["2026-09-01"], ["2026-10-01"])
    app.date_input(key="w.vs.days").set_value((date(2026, 8, 20), date(2026, 9, 30))).run()
    assert (_params(app)["vs.from"], _params(app)["vs.to"]) == (["2026-08-20"], ["2026-10-01"])
    assert "(31 days against 42 days)" in shown(app)
    app.selectbox(key="w.versus").select("none").run()
    assert _params(app)["vs"] == ["none"] and "vs.from" not in _params(app)


def test_the_table_has_the_earlier_amounts_and_they_add_up(open_page: Open, settings: Settings) -> None:
    asked = {"measure": ["cost"], "by": ["model"]}
    table = open_page("cost", {**asked, "range": ["last_30"]}).dataframe[0].value
    assert list(table.columns)[:7] == [
        "Model", "Cost", "Share", "Before", "Change", "Change %", "Today so far",
    ]  # fmt: skip
    periods = (
        Period(date(2026, 10, 25), TODAY),
        Period(date(2026, 9, 20), date(2026, 10, 19)),
        Period(TODAY, TODAY + timedelta(days=1)),
    )
    total = table.iloc[-1]
    assert total["Model"] == "Total"
    for column, cost in zip(("Cost", "Before", "Today so far"), _costs(settings, *periods), strict=True):
        assert total[column] == f"${cost / 10**8:,.2f}"
    whole_days = open_page("cost", {**asked, "range": ["last_month"]}).dataframe[0].value
    assert "Today so far" not in whole_days.columns


def test_a_click_on_a_head_sorts_and_the_total_stays_last(open_page: Open) -> None:
    app = open_page("cost", {"measure": ["cost"], "by": ["model"], "range": ["last_28"]})
    for falling in (True, False):
        app.session_state["table.order.detail"] = Order("Change", falling)
        rows = app.run().dataframe[0].value
        assert rows["Model"].iloc[-1] == "Total"
        steps = [float(re.sub("[$,+]", "", text).replace("−", "-")) for text in rows["Change"].iloc[:-1]]
        assert steps == sorted(steps, reverse=falling) and len(steps) > 2


def test_the_change_of_a_ratio_is_in_points_and_no_share_of_it(open_page: Open) -> None:
    table = open_page("usage", {"measure": ["cache_hit_rate"], "by": ["model"]}).dataframe[0]
    assert "Change" in table.value.columns and "Change %" not in table.value.columns
    assert table.value["Change"].str.endswith(" pts").any()


@pytest.mark.parametrize(
    ("page", "params", "count"),
    [
        ("cost", {"measure": ["cost"], "show": ["pivot"]}, 3),
        ("efficiency", {"range": ["last_30"]}, 3),
        ("people", {"range": ["last_30"]}, 2),
        ("keys", {"range": ["last_30"]}, 2),
    ],
)
def test_every_file_of_demo_data_says_so(
    open_page: Open, settings: Settings, monkeypatch: pytest.MonkeyPatch, page: str, params: dict, count: int
) -> None:
    with database(settings) as db:
        db.execute("UPDATE connections SET demo = 1")
    names: list[str] = []
    monkeypatch.setattr(st, "download_button", lambda *_, file_name, **__: names.append(file_name))
    assert not open_page(page, params).exception
    named = names[-count:]
    assert len(named) == count and all(name.startswith("demo_") for name in named)


def test_no_row_passes(open_page: Open) -> None:
    app = open_page("cost", {"measure": ["cost"], "in.model": ["claude-nonexistent"]})
    assert not app.exception and "Nothing passes the filters" in shown(app)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2027-01-01", "2027-02-01", "These days are still to come"),
        ("2026-10-05", "2026-10-05", "There is no day in this range"),
    ],
)
def test_days_to_come_and_no_days_are_called_so(open_page: Open, start: str, end: str, words: str) -> None:
    app = open_page("cost", {"measure": ["cost"], "from": [start], "to": [end]})
    assert not app.exception and not app.error and words in shown(app)
    assert "Coverage" not in shown(app), "of no day nothing is said to be covered"


@pytest.mark.parametrize("shape", ["time", "pivot"])
def test_a_clock_that_was_set_back_hides_no_day(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    monkeypatch.setattr(times, "utc_now", lambda: books.NOW - timedelta(days=20))
    asked = {"measure": ["cost"], "by": ["model"], "from": ["2026-10-20"], "to": ["2026-11-24"]}
    app = open_page("cost", {**asked, "show": [shape], "across": ["day"]})
    assert not app.exception and not app.error
    if shape == "pivot":
        assert "Nov 3 – 23, 2026, not complete yet" in shown(app)


def test_days_before_the_data_are_unknown(open_page: Open) -> None:
    app = open_page("cost", {"measure": ["cost"], "from": ["2020-01-01"], "to": ["2020-02-01"]})
    assert not app.exception and "before history begins" in shown(app).lower()


def test_a_range_that_reaches_beyond_today(open_page: Open) -> None:
    app = open_page("cost", {"measure": ["cost"], "from": ["2026-11-20"], "to": ["2027-03-01"]})
    assert not app.exception and not app.error and app.metric


def test_a_range_in_the_future_has_nothing(open_page: Open) -> None:
    app = open_page("usage", {"measure": ["tokens"], "from": ["2027-01-01"], "to": ["2027-02-01"]})
    assert not app.exception and not app.error and not app.metric


@pytest.mark.parametrize("measure", explorers.USAGE.measures)
@pytest.mark.parametrize("chart", ["bar", "line", "area"])
def test_every_measure_can_be_drawn(open_page: Open, measure: str, chart: str) -> None:
    app = open_page("usage", {"measure": [measure], "chart": [chart], "by": ["product"]})
    assert not app.exception and not app.error


def test_a_long_range_is_drawn_coarser_and_says_so(open_page: Open) -> None:
    app = open_page(
        "cost", {"measure": ["cost"], "by": ["model"], "from": ["2000-01-01"], "to": ["2026-11-24"]}
    )
    assert not app.exception and not app.error
    assert "the range is too long to draw each day" in shown(app)


def test_the_table_is_capped_and_the_file_is_not(open_page: Open, settings: Settings) -> None:
    from core.ui.app.answers import Answer
    from core.ui.explorer import detail

    books.add_users(settings, 1_200)
    period = Period(date(2026, 11, 1), date(2026, 11, 24))
    shown_view = explorer_state.ExplorerState(Query(("cost",), period, ("user",)), Display(preset=None))
    answer = Answer(explorers.COST, shown_view, open_ledger(settings), TODAY)
    assert answer.groups.height > blocks.MOST_ROWS
    columns = detail.columns(answer, detail.rows_of(answer, False), False)
    places = summed_table._places(columns, Order())
    assert len(places.shown) == blocks.MOST_ROWS and places.more == answer.groups.height - blocks.MOST_ROWS
    assert columns[0].cells(places)[-2:] == [f"{places.more:,} more", "Total"]
    whole = answer.totals["cost"] + answer.outside_totals["cost"]
    assert answer.over_time["cost"].sum() == answer.drawn()["value"].sum() == whole
