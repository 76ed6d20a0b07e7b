"""Compare, explain, drill and pivot in a browser, and Back to every former view."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from core.demo.service import Simulator
from core.dimensions import MEASURES
from core.figures import Compared
from core.formats import exact
from tests.browser.companies import END, SINCE, cost_by_day, platform, staff
from tests.browser.program import Program
from tests.support.patience import wait_until
from tests.support.server import serve

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

PLATFORM, STAFF = platform("Summit API"), staff("Summit Staff")
COST = MEASURES["cost"]
DAYS = 14
NOW = [END - timedelta(days=n) for n in range(1, DAYS + 1)]
BEFORE = [day - timedelta(days=DAYS) for day in NOW]
VIEW = f"cost?by=cost_center&from={NOW[-1]}&to={END}"
"""As a link is spelled: what a page begins with is left out."""


@pytest.fixture
def simulator() -> Simulator:
    return Simulator([PLATFORM, STAFF])


def test_compare_explain_drill_pivot_and_back(
    simulator: Simulator, start: Callable[[str], Program], visit: Callable[[Program], Visitor]
) -> None:
    with serve(simulator) as anthropic:
        program = start(anthropic.url)
        program.pull({"Summit API": PLATFORM, "Summit staff": STAFF}, SINCE)
    wait_until(program.synced, "both organizations are synced")
    visitor = visit(program)
    visitor.open(VIEW)
    compare(visitor, simulator)
    explain(visitor, simulator)
    pivot(visitor, simulator)
    steps = drill(visitor)
    back_and_forward(visitor, steps)


def costs(simulator: Simulator, days: list[date]) -> int:
    """Micro-cents of both organizations, straight from what happened."""
    both = [cost_by_day(simulator, one) for one in (PLATFORM, STAFF)]
    return sum(part[day] for part in both for day in days)


def cost_card(visitor: Visitor) -> Locator:
    return visitor.page.get_by_test_id("stMetric").first


def compare(visitor: Visitor, simulator: Simulator) -> None:
    words = Compared(COST, costs(simulator, NOW), costs(simulator, BEFORE)).change_text
    visitor.expect(cost_card(visitor)).to_contain_text(words or "unknown")
    visitor.expect(visitor.legend).to_contain_text("Before: ")
    visitor.choose("Compare with", "No comparison")
    visitor.wait_for_address("vs=none")
    visitor.expect(visitor.legend).not_to_contain_text("Before: ")
    visitor.page.go_back()
    visitor.page.wait_for_url(lambda address: "vs=" not in address)
    visitor.expect(cost_card(visitor)).to_contain_text(words or "unknown")


def grid(visitor: Visitor) -> list[list[str]]:
    """What is said on hover over each cell of the table in the card, by row."""
    rows = visitor.page.locator(".tl-grid tr").all()
    return [[cell.get_attribute("title") or "" for cell in row.locator("th, td").all()] for row in rows]


def microcents(text: str) -> int:
    whole, _, fraction = text.replace("$", "").replace(",", "").replace("−", "-").partition(".")
    return int(whole + fraction.ljust(8, "0"))


def show(visitor: Visitor, shape: str) -> None:
    visitor.page.get_by_role("radio", name=shape, exact=True).click()


def explain(visitor: Visitor, simulator: Simulator) -> None:
    show(visitor, "Change")
    visitor.wait_for_address("show=change")
    visitor.expect(visitor.page.locator(".tl-grid tr").last).to_contain_text("Total")
    amounts = [[microcents(cell) for cell in row[1:]] for row in grid(visitor)[1:]]
    for before, now, change, *effects in amounts:
        assert change == now - before == sum(effects)
    *steps, (before, now, change, *_) = amounts
    assert steps and change == sum(step[2] for step in steps)
    assert (before, now) == (costs(simulator, BEFORE), costs(simulator, NOW))


def pivot(visitor: Visitor, simulator: Simulator) -> None:
    show(visitor, "Pivot")
    visitor.wait_for_address("show=pivot")
    visitor.expect(visitor.page.locator(".tl-grid thead th")).to_have_count(DAYS + 2)
    *rows, totals = [row[1:] for row in grid(visitor)[1:]]
    assert totals[-1] == exact(COST, costs(simulator, NOW))
    assert sum(microcents(row[-1]) for row in rows) == microcents(totals[-1])
    visitor.page.go_back()
    visitor.wait_for_address("show=change")
    visitor.page.go_back()
    visitor.page.wait_for_url(lambda address: "show=" not in address)  # over time is how a page begins


def trail(visitor: Visitor) -> Locator:
    return visitor.page.locator(".st-key-trail")


def steps_in(address: str) -> int:
    return address.count("step=")


def drill(visitor: Visitor) -> list[str]:
    """By legend, by bar, by row; the addresses on the way."""
    addresses = [visitor.page.url]
    visitor.legend.get_by_role("button").first.click()
    visitor.expect(trail(visitor)).to_contain_text("All connections")
    addresses.append(visitor.page.url)
    click_until_a_step(visitor, bar_places(visitor), 2)
    addresses.append(visitor.page.url)
    table = visitor.page.get_by_test_id("stDataFrame").first
    click_until_a_step(visitor, [(table, 14.0, 52.0)] * 5, 3)
    addresses.append(visitor.page.url)
    visitor.expect(trail(visitor).get_by_role("button")).to_have_count(3)
    return addresses


def bar_places(visitor: Visitor) -> list[tuple[Locator, float, float]]:
    """Just above the axis, over all of the width: some of it is a bar."""
    chart = visitor.page.get_by_test_id("stVegaLiteChart").first
    box = chart.bounding_box()
    assert box
    return [(chart, box["width"] * part / 23, box["height"] - 70) for part in range(11, 22)]


def click_until_a_step(visitor: Visitor, places: list[tuple[Locator, float, float]], steps: int) -> None:
    for target, x, y in places:
        target.click(position={"x": x, "y": y})
        if any(came(visitor, steps) for _ in range(20)):
            return
    raise AssertionError("no click led further")


def came(visitor: Visitor, steps: int) -> bool:
    visitor.page.wait_for_timeout(250)
    return steps_in(visitor.page.url) == steps


def back_and_forward(visitor: Visitor, addresses: list[str]) -> None:
    for address in reversed(addresses[:-1]):
        visitor.page.go_back()
        arrived(visitor, address)
    for address in addresses[1:]:
        visitor.page.go_forward()
        arrived(visitor, address)
    trail(visitor).get_by_role("button").first.click()
    visitor.expect(trail(visitor)).to_have_count(0)
    assert visitor.page.url == addresses[0]
    visitor.follow("Usage")
    visitor.wait_for_address("usage?")
    visitor.page.go_back()
    arrived(visitor, addresses[0])


def arrived(visitor: Visitor, address: str) -> None:
    """At the address, for good, with the trail that belongs to it."""
    visitor.page.wait_for_url(re.compile(re.escape(address) + "$"))
    visitor.expect(visitor.heading).to_have_text("Cost")
    visitor.expect(trail(visitor).get_by_role("button")).to_have_count(steps_in(address))
    visitor.page.wait_for_timeout(700)
    assert visitor.page.url == address
