"""What an explorer says of the days ahead."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from core.explore import engine, explorers
from core.explore.query import Query
from core.explore.sheets import sheet_bytes
from core.ledger.snapshot import open_ledger
from core.periods import Period
from core.settings import Settings
from core.ui.app import data, explorer_state, times
from core.ui.app.answers import Answer
from core.ui.explorer import days_ahead
from tests.ui.conftest import shown

Open = Callable[..., AppTest]
COMES_TO = re.compile(r"November 2026 will come to \$([\d.,]+); four in five such sums lie from \$([\d.,]+)")


def answer(**params: list[str]) -> Answer:
    state, problems = explorer_state.opened(params, explorers.COST, times.today())
    assert not problems
    return Answer(explorers.COST, state, data.ledger(), times.today())


@pytest.mark.parametrize("chart", ["bar", "line", "area"])
def test_a_view_that_reaches_today_says_what_the_month_will_come_to(
    open_page: Open, full_books: None, chart: str
) -> None:
    app = open_page("cost", {"range": ["last_28"], "chart": [chart], "by": ["model"]})
    assert not app.exception
    said = shown(app)
    assert COMES_TO.search(said)
    assert ("Dashed: each day ahead" in said) is (chart != "line"), "not beside the lines of parts"


@pytest.mark.parametrize(
    "params",
    [
        {"range": ["last_month"]},
        {"range": ["last_28"], "measure": ["effective_rate"]},
        {"range": ["last_28"], "in.week": ["2026-11-16"]},
    ],
)
def test_what_ended_or_cannot_be_added_up_has_no_forecast(
    open_page: Open, full_books: None, params: dict[str, list[str]]
) -> None:
    app = open_page("cost", params)
    assert not app.exception and "will come to" not in shown(app)


def test_the_filters_of_the_view_narrow_it(settings: Settings, full_books: None) -> None:
    whole, part = (
        days_ahead.of(answer(range=["last_28"])),
        days_ahead.of(answer(range=["last_28"], **{"in.origin": ["claude.ai"]})),
    )
    assert whole and part and part.expected.point < whole.expected.point
    assert list(part.days) == list(Period(min(part.days), date(2026, 12, 1)))


def test_the_file_has_each_day_and_each_group(settings: Settings, full_books: None) -> None:
    found = days_ahead.file(answer(range=["last_28"], by=["origin"]))
    assert found
    lines = list(csv.DictReader(io.StringIO(sheet_bytes(found.columns()).decode("utf-8-sig"))))
    assert len(lines) == 2 * 30
    known = sum(Decimal(line["cost_usd"]) for line in lines if line["cost_usd"])
    days = [date.fromisoformat(line["day"]) for line in lines if line["cost_usd"]]
    period = Period(date(2026, 11, 1), max(days).replace(day=max(days).day + 1))
    total = engine.total(open_ledger(settings), Query(("cost",), period))["cost"]
    assert known * 10**8 == total
