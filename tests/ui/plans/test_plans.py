"""The Plans page: made, changed, imported, and its numbers counted again from the ledger's days."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date

import polars as pl
import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from core.errors import InputError
from core.explore import engine
from core.explore.query import Filter, Query
from core.explore.sheets import sheet_bytes
from core.ledger.snapshot import open_ledger
from core.money import usd_label
from core.periods import Period
from core.settings import Settings
from core.store.connections import Connection
from core.store.database import database
from core.store.plans import Plan, PlanContent, add_plan, list_plans
from core.ui.app import data, forecasts, times
from core.ui.plans import budget, plan_files, planned
from tests.ui import books
from tests.ui.conftest import shown

Open = Callable[..., AppTest]
USD = 10**8
NOVEMBER = date(2026, 11, 1)


def plan(settings: Settings, amounts: dict[date, int], name: str = "All", **params: list[str]) -> Plan:
    with database(settings) as db:
        return add_plan(db, name, PlanContent(params, "cost", "month", amounts), books.NOW)


def spent(settings: Settings, until: date, *filters: Filter) -> int:
    """The month's complete days, one by one."""
    ledger = open_ledger(settings)
    days = engine.rows(ledger, Query(("cost",), Period(NOVEMBER, until), ("day",), filters))["cost"]
    return sum(value or 0 for value in days)


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_without_a_plan_the_page_says_what_it_will_show(open_page: Open, full_books: None) -> None:
    app = open_page("plans")
    assert not app.exception and not app.metric
    assert "No plan is made yet" in shown(app) and "the day it breaks" in shown(app)


def test_a_plan_is_made_from_what_was_typed_just_before_the_press(
    open_page: Open, settings: Settings, full_books: None
) -> None:
    app = open_page("plans")
    app.text_input(key="w.new.name").set_value("Engineering")
    app.text_input(key="w.new.amount").set_value("12,000.50")
    app.text_input(key="w.new.growth").set_value("10")
    app.button(key="w.new.make").click().run()
    assert not app.exception and not app.error
    with database(settings) as db:
        (made,) = list_plans(db)
    assert (made.name, made.content.params, made.content.measure) == ("Engineering", {}, "cost")
    assert len(made.content.amounts) == 12
    assert made.content.amounts[NOVEMBER] == 1_200_050_000_000
    assert made.content.amounts[date(2026, 12, 1)] == 1_320_055_000_000
    assert metrics(app)["Budget"] == "$12,000"


@pytest.mark.parametrize(
    ("key", "text", "says"),
    [
        ("w.new.amount", "lots", "not an amount"),
        ("w.new.name", "", "empty"),
        ("w.new.first.month", "2026-14", "not a month"),
        ("w.new.growth", "ten", "growth"),
    ],
)
def test_a_form_that_cannot_be_read_says_why_and_makes_nothing(
    open_page: Open, settings: Settings, full_books: None, key: str, text: str, says: str
) -> None:
    app = open_page("plans")
    app.text_input(key="w.new.name").set_value("Engineering")
    app.text_input(key="w.new.amount").set_value("12000").run()
    app.text_input(key=key).set_value(text).run()
    app.button(key="w.new.make").click().run()
    (error,) = app.error
    assert says in error.value and not app.exception
    with database(settings) as db:
        assert list_plans(db) == []


def test_its_numbers_are_the_ledgers(open_page: Open, settings: Settings, full_books: None) -> None:
    plan(settings, {NOVEMBER: 1000 * USD})
    app = open_page("plans")
    assert not app.exception and not app.warning and not app.error
    found = planned_page()
    until = found.chosen.projection.complete_until
    actual = spent(settings, until)
    current = found.chosen.current
    assert current and current.actual == actual and actual > 0
    assert metrics(app)["Cost so far"] == usd_label(actual)
    ahead = current.expected
    assert ahead and ahead.low <= ahead.point <= ahead.high and ahead.point > actual
    assert list(metrics(app)) == ["Cost so far", "Budget", "Forecast", "Over or under", "Breaks"]


def test_a_scope_narrows_every_number(open_page: Open, settings: Settings, full_books: None) -> None:
    plan(settings, {NOVEMBER: 1000 * USD}, **{"in.origin": ["claude.ai"]})
    app = open_page("plans")
    until = planned_page().chosen.projection.complete_until
    assert metrics(app)["Cost so far"] == usd_label(spent(settings, until, Filter("origin", ("claude.ai",))))
    assert "Origin is claude.ai" in shown(app)


def planned_page() -> planned.PlansPage:
    ledger, today = data.ledger(), times.today()
    with data.store() as db:
        found = [forecasts.plan_figures(ledger, one, today) for one in list_plans(db)]
    return planned.PlansPage(ledger, today, tuple(found), found[0])


def test_a_budget_that_is_passed_breaks_on_its_day(
    open_page: Open, settings: Settings, full_books: None
) -> None:
    first_week = spent(settings, date(2026, 11, 8))
    plan(settings, {NOVEMBER: first_week})
    app = open_page("plans")
    assert metrics(app)["Breaks"] == "Nov 8, 2026"
    assert "used up already" in shown(app)


def test_plans_in_trouble_come_first(open_page: Open, settings: Settings, full_books: None) -> None:
    plan(settings, {NOVEMBER: 10**9 * USD}, "Ample")
    plan(settings, {NOVEMBER: 1}, "Broken")
    app = open_page("plans")
    assert app.selectbox(key="w.plan").options == ["Broken", "Ample"]
    tables = [table.value for table in app.dataframe if "Plan" in table.value]
    assert list(tables[-1]["Plan"]) == ["Broken", "Ample"]
    assert "never added up" in shown(app)


def test_a_plan_without_a_budget_for_now_says_so(
    open_page: Open, settings: Settings, full_books: None
) -> None:
    plan(settings, {date(2026, 10, 1): USD})
    app = open_page("plans")
    assert not app.exception and "no budget for the period under way" in shown(app)


def test_a_scope_that_can_no_longer_be_read_is_named(
    open_page: Open, settings: Settings, full_books: None
) -> None:
    plan(settings, {NOVEMBER: USD}, **{"in.gone": ["x"]})
    app = open_page("plans")
    assert not app.exception
    (warning,) = app.warning
    assert "can no longer be read" in warning.value


def test_a_plan_is_shown_after_a_failed_sync(
    open_page: Open, settings: Settings, full_books: list[Connection]
) -> None:
    plan(settings, {NOVEMBER: 1000 * USD})
    books.record_run(settings, full_books, "failed", "Anthropic refused the key.")
    app = open_page("plans")
    assert not app.exception and app.metric
    assert "The last sync failed" in app.warning[0].value


def test_copied_forward_and_deleted(open_page: Open, settings: Settings, full_books: None) -> None:
    plan(settings, {NOVEMBER: 100 * USD})
    app = open_page("plans")
    app.number_input(key="w.forward.many").set_value(2)
    app.text_input(key="w.forward.growth").set_value("50")
    app.button(key="w.forward.add").click().run()
    with database(settings) as db:
        (made,) = list_plans(db)
    assert list(made.content.amounts.values()) == [100 * USD, 150 * USD, 225 * USD]
    app.button(key="w.plan.delete").click().run()
    assert not app.exception and "No plan is made yet" in shown(app)


def test_a_year_is_not_spread_over_months_that_nobody_knows(
    open_page: Open, settings: Settings, full_books: None
) -> None:
    """The books begin in August."""
    plan(settings, {NOVEMBER: 100 * USD})
    app = open_page("plans")
    app.text_input(key="w.spread.amount").set_value("1200")
    app.button(key="w.spread.do").click().run()
    (error,) = app.error
    assert "shape is not known" in error.value


def test_last_years_use_is_known_of_whole_periods_only(settings: Settings, full_books: None) -> None:
    plan(settings, {NOVEMBER: 100 * USD})
    starts = [date(2027, month, 1) for month in range(7, 13)]
    found = budget.last_years_use(planned_page(), starts)
    known = {start.month: value for start, value in found.items()}
    assert known[7] is None and known[12] is None and known[11] is None
    october = Query(("cost",), Period(date(2026, 10, 1), NOVEMBER))
    assert known[10] == engine.total(open_ledger(settings), october)["cost"]


def test_what_is_typed_into_the_table_is_read_exactly(settings: Settings, full_books: None) -> None:
    made = plan(settings, {NOVEMBER: 100 * USD})
    table = pl.DataFrame({"Period": ["2026-11", "2026-12", None], "Amount": ["100.00000001", "$2,000", None]})
    assert budget.amounts_in(made, table) == {NOVEMBER: 100 * USD + 1, date(2026, 12, 1): 2000 * USD}
    for wrong in ({"Period": ["2026-11"], "Amount": [None]}, {"Period": [None], "Amount": ["5"]}):
        with pytest.raises(InputError):
            budget.amounts_in(made, pl.DataFrame(wrong, schema=table.schema))
    with pytest.raises(InputError, match="twice"):
        budget.amounts_in(made, pl.DataFrame({"Period": ["2026-11"] * 2, "Amount": ["1", "2"]}))


def test_files_hold_the_same_numbers(settings: Settings, full_books: None) -> None:
    plan(settings, {NOVEMBER: 1000 * USD})
    page = planned_page()
    (line,) = rows_of(sheet_bytes(plan_files.periods_file(page).columns()))
    assert (line["period"], line["budget_cost_usd"]) == ("2026-11", "1000.00000000")
    until = page.chosen.projection.complete_until
    assert round(float(line["actual_cost_usd"]) * USD) == spent(settings, until)
    days = rows_of(sheet_bytes(plan_files.course_file(page).columns()))
    assert len(days) == 30 and days[-1]["sum_cost_usd"] == ""
    assert days[-1]["forecast_cost_usd"] == line["forecast_cost_usd"]
    known = [day for day in days if day["sum_cost_usd"]]
    assert known[-1]["sum_cost_usd"] == line["actual_cost_usd"]


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_file_changes_what_it_names_and_refuses_the_rest(
    settings: Settings, full_books: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    december = date(2026, 12, 1)
    made = plan(settings, {NOVEMBER: 100 * USD, december: 7 * USD})
    refused: list[tuple[str, ...]] = []
    monkeypatch.setattr(budget, "refuse", refused.append)
    with database(settings) as db:
        monkeypatch.setattr(budget, "ask", lambda _, act: said.append(act(db)))
        said: list[str] = []
        budget._ask_import(made, b"period,amount\n2026-11,250\n2026-13,1\n")
        assert list_plans(db)[0].content.amounts == {NOVEMBER: 250 * USD, december: 7 * USD}
        assert said == ["1 amount imported, 1 line refused."]
        assert "Line 3" in refused[0][0]
        with pytest.raises(InputError):
            budget._ask_import(made, b"nonsense")
        assert list_plans(db)[0].content.amounts == {NOVEMBER: 250 * USD, december: 7 * USD}


def test_refused_lines_stay_until_a_page_told_them_to_its_end(
    open_page: Open, settings: Settings, full_books: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer press, or a sync that ends, draws the page anew before it was drawn."""
    plan(settings, {NOVEMBER: 100 * USD})
    app = open_page("plans")
    app.session_state["plans.refused"] = ("Line 3: not a month.", "Line 4: not an amount.")
    calls: list[None] = []
    forecast = forecasts.all_plans

    def interrupted(*given: object) -> object:
        calls.append(None)
        if len(calls) == 1:
            streamlit.rerun()
        return forecast(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(forecasts, "all_plans", interrupted)
    told = [notice.value.replace("\\", "") for notice in app.run().info]
    assert len(calls) == 2 and told == ["Line 3: not a month.", "Line 4: not an amount."]
    assert not app.run().info, "once"


def test_lines_of_a_second_file_do_not_take_the_place_of_the_first(open_page: Open, full_books: None) -> None:
    def two_files() -> None:
        from core.ui.plans import making

        making.refuse(("Line 3: no.",))
        making.refuse(("Line 7: no.",))
        assert making.refused() == ("Line 3: no.", "Line 7: no.")

    assert not AppTest.from_function(two_files).run().exception


def test_the_form_offers_filters_that_are_kept(open_page: Open, settings: Settings, full_books: None) -> None:
    app = open_page("cost", {"in.origin": ["claude.ai"]})
    app.switch_page(str(app._script_path).replace("app.py", "pages/plans.py")).run()
    options = app.selectbox(key="w.new.scope").options
    assert "Filters in view: Origin is claude.ai" in options and options[:2] == [
        "All use",
        "Some values of a dimension",
    ]


def test_an_address_names_a_plan(open_page: Open, settings: Settings, full_books: None) -> None:
    plan(settings, {NOVEMBER: 1}, "Broken")
    ample = plan(settings, {NOVEMBER: 10**9 * USD}, "Ample")
    app = open_page("plans", {"plan": [str(ample.id)]})
    assert app.selectbox(key="w.plan").value == ample.id
    app.selectbox(key="w.plan").select_index(0).run()
    assert not app.exception and app.query_params["plan"] != [str(ample.id)]
    assert open_page("plans", {"plan": ["999"]}).selectbox(key="w.plan").value != ample.id


def test_the_overview_names_plans_in_trouble_and_no_others(
    open_page: Open, settings: Settings, full_books: None
) -> None:
    plan(settings, {NOVEMBER: 10**9 * USD}, "Ample")
    assert "plans?plan=" not in shown(open_page("overview"))
    broken = plan(settings, {NOVEMBER: 1}, "Broken <b>")
    app = open_page("overview")
    said = shown(app)
    assert not app.exception and "Over budget" in said and "Ample" not in said
    assert f"plans?plan={broken.id}" in said and "Broken &lt;b&gt;" in said


@pytest.mark.parametrize("planned_already", [False, True])
def test_before_the_first_sync_nothing_is_known_and_nothing_is_zero(
    open_page: Open, settings: Settings, planned_already: bool
) -> None:
    books.connect_only(settings)
    if planned_already:
        plan(settings, {NOVEMBER: 1000 * USD})
    app = open_page("plans")
    assert not app.exception and not app.error and "$0.00" not in shown(app)
    if planned_already:
        assert metrics(app)["Cost so far"] == "–" and metrics(app)["Forecast"] == "–"
    else:
        assert "not pulled yet" in shown(app) or "first sync is not done" in shown(app)
