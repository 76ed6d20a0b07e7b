"""Back takes one press for each page, whatever the walk was."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from core.demo.service import Simulator
from core.ui.app.menu import PAGES
from tests.browser.companies import SINCE, platform
from tests.browser.program import Program
from tests.support.server import serve

if TYPE_CHECKING:
    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

TITLES = [page.title for page in PAGES.values()]
ROUND = ["Cost", "Usage", "People", "Efficiency", "API keys", "Dashboards", "Cost"]
STEPS = 20


def test_each_page_of_a_walk_is_one_press_back(
    start: Callable[[str], Program], visit: Callable[[Program], Visitor]
) -> None:
    company = platform()
    with serve(Simulator([company])) as anthropic:
        program = start(anthropic.url)
        program.pull({"Acme": company}, SINCE)
        visitor = visit(program)
        visitor.open()
        visitor.expect(visitor.heading).to_have_text("Overview")
        walk_and_return(visitor, ROUND)
        walk_and_return(visitor, wandering("Overview"))


def wandering(page: str) -> list[str]:
    dice, walk = random.Random(11), [page]
    for _ in range(STEPS):
        walk.append(dice.choice([title for title in TITLES if title != walk[-1]]))
    return walk[1:]


def walk_and_return(visitor: Visitor, walk: list[str]) -> None:
    """There by the menu as soon as a page has its title, and back to the Overview."""
    for page in walk:
        visitor.follow(page)
    for page in reversed(["Overview", *walk[:-1]]):
        visitor.page.go_back(wait_until="commit")
        visitor.expect(visitor.heading).to_have_text(page)
