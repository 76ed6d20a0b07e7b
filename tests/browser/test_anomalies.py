"""An October spike is found, explained and marked as expected, and then stands on the chart with its note.

Beside it, a rule says when it would have told of that day. What is expected of the pages is counted from what
the simulated company used.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from core.clock import utc_now
from core.demo import activity, truth
from core.demo.northwind import ORGANIZATIONS
from core.demo.service import Simulator
from core.formats import day_label
from core.money import MICROCENTS_PER_USD
from tests.browser.program import Program
from tests.support.patience import wait_until
from tests.support.server import serve

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

DEMO = ORGANIZATIONS["Robotics products"]
KEY, OTHER = (
    next(key for key in DEMO.api_keys if key.name == name) for name in ("nightly-scenarios", "care-assistant")
)
COMPANY = replace(DEMO, loads=tuple(load for load in DEMO.loads if load.api_key_id in (KEY.id, OTHER.id)))
"""The demo's organization, with what two of its keys use."""
NOTE = "Load test of the night shift"
LOOKED_BACK, HISTORY = timedelta(days=85), timedelta(days=80)
DAY = timedelta(days=1)


@pytest.fixture
def spike(monkeypatch: pytest.MonkeyPatch) -> date:
    """The demo's day, October 14; where that is out of a look's reach, one that is not."""
    today = utc_now().date()
    usual = date(today.year, 10, 14)
    if today - LOOKED_BACK <= usual < today - 7 * DAY:
        return usual
    near = today - 45 * DAY
    monkeypatch.setattr(activity, "_SPIKE_MONTH_DAY", (near.month, near.day))
    return near


@pytest.fixture
def simulator(spike: date) -> Simulator:
    return Simulator([COMPANY])


def test_the_spike_is_found_explained_expected_and_noted(
    spike: date,
    simulator: Simulator,
    start: Callable[[str], Program],
    visit: Callable[[Program], Visitor],
) -> None:
    with serve(simulator) as anthropic:
        program = start(anthropic.url)
        program.pull({"Robotics": COMPANY}, spike - HISTORY)
    wait_until(program.synced, "the organization is synced")
    visitor = visit(program)
    visitor.open("anomalies")
    card = is_found_and_explained(visitor, simulator, spike)
    opens_its_view(visitor, card, simulator, spike)
    is_marked_as_expected(visitor, spike)
    stands_on_the_chart(visitor, spike)
    a_rule_says_when_it_would_have_told(visitor, simulator, spike)


def used(simulator: Simulator, day: date) -> Iterator[tuple[str, int]]:
    """What the key used on a day: model and micro-cents."""
    for use in simulator.uses(COMPANY.id, day):
        if use.load.api_key_id == KEY.id:
            yield use.model, truth.cost(use, COMPANY.discount_percent)


def cost(simulator: Simulator, day: date) -> int:
    return sum(amount for _, amount in used(simulator, day))


def by_model(simulator: Simulator, day: date) -> Counter[str]:
    """How far a day is from the same weekday of four weeks before, in quarters of a micro-cent."""
    moved = Counter[str]()
    for model, amount in used(simulator, day):
        moved[model] += 4 * amount
    for week in range(1, 5):
        for model, amount in used(simulator, day - 7 * week * DAY):
            moved[model] -= amount
    return moved


def dollars(text: str) -> float:
    return float(text.replace("$", "").replace(",", "").replace("−", "-").replace("+", ""))


def is_found_and_explained(visitor: Visitor, simulator: Simulator, spike: date) -> Locator:
    """How much instead of how much, and whose it is."""
    cards = visitor.page.locator("[class*='st-key-card-anomaly-']")
    card = cards.filter(has_text=f"{KEY.name} spent more than expected").filter(has_text=day_label(spike))
    visitor.expect(card).to_have_count(1)
    amounts = dict(re.findall(r"(Expected|Actual|Difference)\s*([+−]?\$[\d,.]+)", card.inner_text()))
    actual = cost(simulator, spike) / MICROCENTS_PER_USD
    assert abs(dollars(amounts["Actual"]) - actual) <= 0.005
    before = [cost(simulator, spike - 7 * week * DAY) / MICROCENTS_PER_USD for week in range(1, 9)]
    assert 0.9 * min(before) <= dollars(amounts["Expected"]) <= 1.1 * max(before)
    off = dollars(amounts["Actual"]) - dollars(amounts["Expected"])
    assert round(off, 2) == dollars(amounts["Difference"])
    moved = by_model(simulator, spike)
    model, most = moved.most_common(1)[0]
    visitor.expect(card).to_contain_text(f"model {model} {most / moved.total():.0%}")
    workspace = next(space for space in COMPANY.workspaces if space.id == KEY.workspace_id)
    visitor.expect(card).to_contain_text(f"{workspace.name} 100%")
    return card


def opens_its_view(visitor: Visitor, card: Locator, simulator: Simulator, spike: date) -> None:
    """The key alone, from four weeks before the day to a week after it."""
    card.get_by_role("link", name="Open in the explorer").click()
    visitor.expect(visitor.heading).to_have_text("Cost")
    visitor.wait_for_rest()
    visitor.expect(visitor.page.locator(".st-key-chips")).to_contain_text(f"API key is {KEY.name}")
    days = [spike + n * DAY for n in range(-28, 8)]
    whole = sum(cost(simulator, day) for day in days if day <= utc_now().date())
    metric = visitor.page.get_by_test_id("stMetric").first
    visitor.expect(metric).to_contain_text(f"${whole / MICROCENTS_PER_USD:,.2f}")


def is_marked_as_expected(visitor: Visitor, spike: date) -> None:
    page = visitor.page
    page.go_back()
    visitor.expect(visitor.heading).to_have_text("Anomalies")
    cards = page.locator("[class*='st-key-card-anomaly-']")
    card = cards.filter(has_text=f"{KEY.name} spent more than expected")
    card.get_by_role("button", name="Expected").click()
    body = page.get_by_test_id("stPopoverBody")
    body.get_by_role("textbox", name="Why it had to be so").fill(NOTE)
    body.get_by_role("button", name="Mark as expected").click()
    visitor.expect(card).to_have_count(0)
    notes = page.locator(".st-key-card-notes")
    visitor.expect(notes).to_contain_text(f"{spike.isoformat()} {NOTE}")
    visitor.expect(notes).to_contain_text(f"API key is {KEY.name}")
    visitor.expect(page.locator(".st-key-card-answered")).to_be_visible()


def stands_on_the_chart(visitor: Visitor, spike: date) -> None:
    """Below its day, in the view of its key; in that of another key it does not."""
    days = f"from={spike - 3 * DAY}&to={spike + 4 * DAY}&grain=day"
    visitor.open(f"cost?{days}&in.api_key={KEY.name}")
    (said,) = [text for text in told_by_marks(visitor) if day_label(spike) in text]
    assert f"{KEY.name} spent more than expected" in said
    assert f"Expected: {NOTE}" in said
    visitor.open(f"cost?{days}&in.api_key={OTHER.name}")
    assert not any(NOTE in text for text in told_by_marks(visitor))


def told_by_marks(visitor: Visitor) -> list[str]:
    """What is said on hover over each triangle on the axis; the other small marks are a day's points."""
    visitor.expect(visitor.page.locator(".st-key-chips")).to_contain_text("API key is")
    visitor.wait_for_rest()
    visitor.page.wait_for_timeout(1_000)
    chart = visitor.page.locator(".st-key-card-chart svg.marks")
    visitor.expect(chart.locator(".mark-rect path, .mark-bar path").first).to_be_visible()
    tip = visitor.page.locator("#vg-tooltip-element.visible")
    said = []
    for mark in chart.locator(".mark-symbol path[transform]").all():
        visitor.page.mouse.move(0, 0)
        visitor.expect(tip).to_have_count(0)
        mark.hover(force=True)
        visitor.expect(tip).to_have_count(1)
        said.append(tip.inner_text())
    return [text for text in said if "Marked" in text]


def a_rule_says_when_it_would_have_told(visitor: Visitor, simulator: Simulator, spike: date) -> None:
    """As soon as the fields make a rule, and nothing is saved: of the key's days above an amount."""
    page = visitor.page
    visitor.open("alerts")
    visitor.button("New rule").click()
    form = page.locator(".st-key-rule-form")
    form.get_by_role("textbox", name="Name of the rule").fill("Night shift")
    threshold = form.get_by_role("textbox", name=re.compile("^From"))
    threshold.fill("700")
    threshold.press("Enter")
    visitor.expect(form).to_contain_text("Cost over a day of $700.00 or more")
    settle(visitor)
    for label, option in (
        ("What it is of", "Some values of a dimension"),
        ("Dimension", "API key"),
        ("Values", KEY.name),
    ):
        visitor.choose(label, option, inside=form)
        settle(visitor)
    visitor.heading.click()  # closes the list
    today = utc_now().date()
    days = [today - n * DAY for n in range(1, 90)]
    assert [day for day in days if cost(simulator, day) >= 700 * MICROCENTS_PER_USD] == [spike]
    visitor.expect(form).to_contain_text("would have told of 1 event:")
    amount = f"${cost(simulator, spike) / MICROCENTS_PER_USD:,.2f}"
    visitor.expect(form).to_contain_text(f"Night shift: {amount} on {day_label(spike)}")
    settle(visitor)
    threshold.fill("5000")
    threshold.press("Enter")
    visitor.expect(form).to_contain_text("It would not have told anything in the last 90 days.")


def settle(visitor: Visitor) -> None:
    """Until what was asked for is drawn to its end: an open list is closed by what is drawn meanwhile."""
    visitor.page.wait_for_timeout(1_000)
    visitor.wait_for_rest()
    visitor.page.wait_for_timeout(1_000)
    visitor.wait_for_rest()
