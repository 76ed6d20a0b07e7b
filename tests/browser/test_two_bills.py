"""An organization on each bill in one ledger: Cost, Efficiency and Agents against what happened."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from core.demo.service import Simulator
from core.demo.truth import Totals
from core.dimensions import MEASURES
from core.formats import exact
from tests.browser.companies import DAYS, END, FIRST, SINCE, cost_by_day, platform
from tests.browser.program import Program
from tests.support.custom import platform_organization
from tests.support.server import serve

if TYPE_CHECKING:
    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

LEGACY = platform()
NEWEST = platform_organization("Acme agents", users=1, api_keys=2, start=FIRST, end=END, newest=True)
CONNECTIONS = {"Acme legacy": LEGACY, "Acme newest": NEWEST}


def test_numbers_of_both_bills_are_what_happened(
    start: Callable[[str], Program], visit: Callable[[Program], Visitor]
) -> None:
    simulator = Simulator(CONNECTIONS.values())
    with serve(simulator) as anthropic:
        program = start(anthropic.url)
        program.pull(CONNECTIONS, SINCE)
        visitor = visit(program)
        costs_are_those_of_each_bill(visitor, simulator)
        efficiency_is_that_of_both(visitor, simulator)
        agents_are_those_of_the_newest(visitor, simulator)


def costs_are_those_of_each_bill(visitor: Visitor, simulator: Simulator) -> None:
    legacy = cost_by_day(simulator, LEGACY).total()
    newest = sum(total.cost_microcents for total in of_newest(simulator).values())
    assert legacy > 0 and newest > 0
    for narrowed, cost in (
        ("", legacy + newest),
        ("&in.report=analytics", newest),
        ("&in.report=legacy", legacy),
    ):
        visitor.open(f"cost?range=last_90&by=report{narrowed}")
        visitor.expect(visitor.total("Cost")).to_have_attribute("title", exact(MEASURES["cost"], cost))


def efficiency_is_that_of_both(visitor: Visitor, simulator: Simulator) -> None:
    tokens: Counter[str] = Counter()
    for organization in CONNECTIONS.values():
        for day in DAYS:
            tokens.update(simulator.totals(organization.id, day).tokens)
    read, put_in = tokens["cache_read_input_tokens"], tokens.total() - tokens["output_tokens"]
    visitor.open("efficiency?range=last_90")
    visitor.expect(visitor.page.get_by_test_id("stMetricValue").first).to_have_text(
        f"{100 * read / put_in:.1f}%"
    )


def agents_are_those_of_the_newest(visitor: Visitor, simulator: Simulator) -> None:
    by_agent = of_newest(simulator, "agent_id")
    cost = sum(total.cost_microcents for (agent,), total in by_agent.items() if agent)
    assert cost > 0
    visitor.open("agents?range=last_90")
    visitor.expect(visitor.page.get_by_text(exact(MEASURES["cost"], cost), exact=True).first).to_be_visible()


def of_newest(simulator: Simulator, *names: str) -> dict[tuple[Any, ...], Totals]:
    """What the organization on the newest bill used and owes over all days, by these dimensions."""
    whole: defaultdict[tuple[Any, ...], Totals] = defaultdict(Totals)
    for day in DAYS:
        for values, total in simulator.newest_totals_by(NEWEST.id, day, *names).items():
            whole[values].cost_microcents += total.cost_microcents
    return whole
