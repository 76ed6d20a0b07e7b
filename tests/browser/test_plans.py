"""Set a budget, see the day it broke."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from core.clock import utc_now
from core.demo.service import Simulator
from core.formats import day_label
from core.money import MICROCENTS_PER_USD
from tests.browser.companies import SINCE, cost_by_day, staff
from tests.browser.program import Program
from tests.support.patience import wait_until
from tests.support.server import serve

if TYPE_CHECKING:
    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

STAFF = staff("Quay Staff")


def test_a_budget_is_set_and_its_break_date_seen(
    start: Callable[[str], Program], visit: Callable[[Program], Visitor]
) -> None:
    simulator = Simulator([STAFF])
    with serve(simulator) as anthropic:
        program = start(anthropic.url)
        program.pull({"Quay staff": STAFF}, SINCE)
    wait_until(program.synced, "the organization is synced")
    year = utc_now().year
    used = {day: cost for day, cost in sorted(cost_by_day(simulator, STAFF).items()) if day.year == year}
    if len(used) < 3:
        pytest.skip("the year is too young for a budget that is used up")
    third = list(used)[2]
    dollars = sum(cost for day, cost in used.items() if day < third) // MICROCENTS_PER_USD + 1
    spent, broken = 0, None
    for day, cost in used.items():
        spent += cost
        if spent > dollars * MICROCENTS_PER_USD:
            broken = day
            break
    assert broken
    visitor = visit(program)
    page = visitor.page
    visitor.open("plans")
    visitor.expect(page.locator(".tl-empty")).to_contain_text("No plan is made yet")
    page.get_by_role("button", name="New plan").click()
    page.get_by_role("textbox", name="Name").fill("Quay")
    visitor.choose("For each", "Year")
    visitor.expect(page.get_by_role("textbox", name="First year")).to_have_value(str(year))
    amount = page.get_by_role("textbox", name="Amount in dollars")
    amount.fill(str(dollars))
    amount.press("Tab")
    page.get_by_role("button", name="Make this plan").click()
    breaks = page.get_by_test_id("stMetric").filter(has_text="Breaks")
    visitor.expect(breaks).to_contain_text(day_label(broken))
    visitor.expect(breaks).to_contain_text("used up already")
    visitor.expect(page.locator("canvas, svg").first).to_be_visible()
    visitor.expect(page.get_by_role("button", name="Make this plan")).to_have_count(0)
