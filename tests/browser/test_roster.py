"""Efficiency, people and API keys in a browser: numbers and their account, search, the file, a click."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from core.demo.service import Simulator
from core.dimensions import MEASURES
from core.formats import exact
from core.money import MICROCENTS_PER_USD
from tests.browser.companies import SINCE, cost_by_day, platform, staff
from tests.browser.program import Program
from tests.support.server import serve

if TYPE_CHECKING:
    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

COMPANIES = {"Acme platform": platform(), "Acme staff": staff()}
ROW_HEIGHT, NAME = 35, 40
"""Pixels of a table's row, and from its left side into a name."""


def test_who_spends_and_how_well(
    start: Callable[[str], Program], visit: Callable[[Program], Visitor]
) -> None:
    simulator = Simulator(COMPANIES.values())
    with serve(simulator) as anthropic:
        program = start(anthropic.url)
        program.pull(COMPANIES, SINCE)
        visitor = visit(program)
        spent = sum(cost_by_day(simulator, one).total() for one in COMPANIES.values())
        rows = people(visitor, spent)
        a_name_opens_the_cost(visitor, rows[0])
        keys(visitor)
        efficiency(visitor)


def people(visitor: Visitor, spent: int) -> list[dict[str, str]]:
    visitor.open("people?range=last_90")
    visitor.expect(visitor.total("Cost")).to_have_attribute("title", exact(MEASURES["cost"], spent))
    files: list[tuple[str, bytes]] = []
    with visitor.downloaded(files):
        visitor.ask_for_file("card-table")
    visitor.page.keyboard.press("Escape")
    rows = list(csv.DictReader(io.StringIO(files[0][1].decode("utf-8-sig"), newline="")))
    assert sum(Decimal(row["cost_usd"] or 0) for row in rows) * MICROCENTS_PER_USD == spent
    search(visitor, next(row["user"] for row in rows if row["user_id"]), len(rows))
    return rows


def search(visitor: Visitor, name: str, height: int) -> None:
    card = visitor.page.locator(".st-key-card-table")
    box = card.get_by_role("textbox", name="Search")
    for text, found in ((name.upper(), 1), ("", height)):
        box.fill(text)
        box.press("Enter")
        visitor.expect(card.locator(".tl-quiet").first).to_contain_text(f"{found} of {height} rows")


def a_name_opens_the_cost(visitor: Visitor, row: dict[str, str]) -> None:
    """Of the first row, whoever it is."""
    table = visitor.page.locator(".st-key-card-table").get_by_test_id("stDataFrame")
    table.click(position={"x": NAME, "y": ROW_HEIGHT * 1.5})
    visitor.expect(visitor.heading).to_have_text("Cost")
    visitor.wait_for_address("range=last_90", "in.user")
    cost = exact(MEASURES["cost"], int(Decimal(row["cost_usd"]) * MICROCENTS_PER_USD))
    visitor.expect(visitor.total("Cost")).to_have_attribute("title", cost)


def keys(visitor: Visitor) -> None:
    visitor.button("Filter").click()
    visitor.button("Remove all filters").click()
    visitor.follow("API keys")
    visitor.expect(visitor.page.locator(".st-key-card-idle")).to_contain_text("without use in")
    visitor.button("Show only Claude Platform").click()
    visitor.wait_for_address("in.origin=Claude")
    visitor.expect(visitor.button("Show only Claude Platform")).to_have_count(0)


def efficiency(visitor: Visitor) -> None:
    visitor.follow("Efficiency")
    metrics = visitor.page.get_by_test_id("stMetricValue")
    visitor.expect(metrics.first).to_have_text(re.compile(r"^\d+\.\d%$"))
    card = visitor.page.locator(".st-key-card-effects")
    visitor.expect(card.get_by_role("row")).to_have_count(6)
    card.get_by_role("button", name="How this is computed").click()
    visitor.expect(visitor.page.get_by_text("never a price list")).to_be_visible()
