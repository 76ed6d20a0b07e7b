"""The box that finds and opens things, and the shortcuts: by keyboard, and as a screen reader meets them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from core.demo.service import Simulator
from core.ui.app.menu import PAGES
from tests.browser.companies import SINCE, platform
from tests.browser.program import Program
from tests.support.server import serve

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

OTHER_KEYS = ("/", "Ctrl K", "?", "Enter", "Ctrl Space")
"""Beside one for each page."""


@pytest.fixture
def visitor(start: Callable[[str], Program], visit: Callable[[Program], Visitor]) -> Iterator[Visitor]:
    company = platform()
    with serve(Simulator([company])) as anthropic:
        program = start(anthropic.url)
        program.pull({"Acme": company}, SINCE)
        yield visit(program)


def test_what_is_typed_is_found_and_opened(visitor: Visitor) -> None:
    visitor.open("cost")
    visitor.expect(visitor.total("Cost")).to_be_visible()
    visitor.expect(visitor.page.locator("dialog.tl-keys")).to_be_attached()
    shortcuts_go_everywhere(visitor)
    a_model_is_found_and_opened(visitor)
    a_dashboard_and_a_page_are_found(visitor)
    nothing_happens_while_somebody_types(visitor)
    the_list_of_shortcuts_turns_them_off(visitor)


def box(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("dialog", name="Find", exact=True)


def options(visitor: Visitor) -> Locator:
    return box(visitor).get_by_role("option")


def shortcuts_go_everywhere(visitor: Visitor) -> None:
    for page in PAGES.values():
        visitor.page.keyboard.press("g")
        visitor.page.keyboard.press(page.letter)
        visitor.expect(visitor.heading).to_have_text(page.title)
    visitor.page.keyboard.press("g")
    visitor.page.keyboard.press("c")
    visitor.expect(visitor.heading).to_have_text("Cost")
    visitor.expect(visitor.page.get_by_text("Clear caches")).to_have_count(0)


def a_model_is_found_and_opened(visitor: Visitor) -> None:
    visitor.expect(visitor.total("Cost")).to_be_visible()
    address = visitor.page.url
    visitor.page.keyboard.press("/")
    field = box(visitor).get_by_role("combobox")
    visitor.expect(field).to_be_focused()
    visitor.expect(options(visitor)).to_have_count(len(PAGES))
    visitor.page.keyboard.type("CLAUDE-")
    model = options(visitor).filter(has_text="Model").first
    visitor.expect(model).to_be_visible()
    visitor.expect(box(visitor).get_by_role("status")).to_contain_text("found")
    name = model.locator("bdi").inner_text()
    while model.get_attribute("aria-selected") != "true":
        visitor.page.keyboard.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == model.get_attribute("id")
    visitor.page.keyboard.press("Enter")
    visitor.wait_for_address(f"in.model={name}")
    visitor.expect(box(visitor)).to_have_count(0)
    visitor.expect(visitor.total("Cost")).to_be_visible()
    visitor.page.go_back()
    visitor.page.wait_for_url(address)
    visitor.wait_for_rest()


def a_dashboard_and_a_page_are_found(visitor: Visitor) -> None:
    visitor.page.keyboard.press("Control+k")
    visitor.page.keyboard.type("engineering")
    options(visitor).filter(has_text="Dashboard").click()
    visitor.expect(visitor.heading).to_have_text("Dashboards")
    visitor.wait_for_address("board=2")
    visitor.button("Search").click()
    visitor.page.keyboard.type("finance")
    options(visitor).filter(has_text="Dashboard").click()
    visitor.wait_for_address("board=1-finance")
    visitor.page.keyboard.press("/")
    visitor.page.keyboard.type("nothing of this name")
    visitor.expect(box(visitor).get_by_role("status")).to_have_text("Nothing has this in its name")
    visitor.page.keyboard.press("Enter")
    visitor.expect(box(visitor)).to_be_visible()
    visitor.page.keyboard.press("Escape")
    visitor.expect(box(visitor)).to_have_count(0)
    visitor.page.keyboard.press("/")
    visitor.page.keyboard.type("saved v")
    visitor.page.keyboard.press("Enter")
    visitor.expect(visitor.heading).to_have_text("Saved views")


def nothing_happens_while_somebody_types(visitor: Visitor) -> None:
    field = visitor.page.get_by_role("textbox", name="Search saved views")
    field.click()
    visitor.page.keyboard.type("g c/?g u")
    visitor.expect(field).to_have_value("g c/?g u")
    visitor.expect(visitor.heading).to_have_text("Saved views")
    visitor.expect(visitor.page.get_by_role("dialog")).to_have_count(0)
    field.fill("")
    visitor.heading.click()


def the_list_of_shortcuts_turns_them_off(visitor: Visitor) -> None:
    shown = visitor.page.get_by_role("dialog", name="Keyboard shortcuts")
    visitor.page.keyboard.press("?")
    visitor.expect(shown).to_contain_text("Find and open")
    visitor.expect(shown.get_by_role("term")).to_have_count(len(PAGES) + len(OTHER_KEYS))
    shown.get_by_role("checkbox").uncheck()
    shown.get_by_role("button", name="Close").click()
    visitor.page.keyboard.press("/")
    visitor.page.keyboard.press("?")
    visitor.expect(visitor.page.get_by_role("dialog")).to_have_count(0)
    visitor.page.keyboard.press("Control+k")
    visitor.expect(box(visitor)).to_be_visible()
    visitor.page.keyboard.press("Escape")
