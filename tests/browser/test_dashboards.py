"""Save a view, pin it, arrange it, share the link, and be told what is wrong with a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.demo.service import Simulator
from core.dimensions import MEASURES
from core.formats import short
from tests.browser.companies import SINCE, cost_by_day, platform, staff
from tests.browser.program import Program
from tests.support.patience import wait_until
from tests.support.server import serve

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

PLATFORM, STAFF = platform("Quay API"), staff("Quay Staff")
NAME = "Spend <b>of</b> *quay*"
BOARD = "New dashboard"


def test_save_pin_reload_share_and_import(
    start: Callable[[str], Program], visit: Callable[[Program], Visitor], tmp_path: Path
) -> None:
    simulator = Simulator([PLATFORM, STAFF])
    with serve(simulator) as anthropic:
        program = start(anthropic.url)
        program.pull({"Quay platform": PLATFORM, "Quay staff": STAFF}, SINCE)
    wait_until(program.synced, "both organizations are synced")
    both = sum(sum(cost_by_day(simulator, one).values()) for one in (PLATFORM, STAFF))
    visitor = visit(program)
    save_and_pin(visitor)
    shows(visitor, both)
    arrange(visitor)
    writes_and_drags(visitor)
    prints_without_controls(visitor)
    link = narrow_and_share(visitor)
    alone = sum(cost_by_day(simulator, PLATFORM).values())
    shows(visitor, alone)
    another = visit(program)
    another.open(link)
    shows(another, alone)
    opens_the_whole_view(another)
    refuses_broken_files(visitor, tmp_path)
    takes_its_own_file_back(visitor, tmp_path)
    deletes(visitor)
    another.open(link)
    another.expect(another.page.locator(".tl-empty")).to_contain_text("This dashboard no longer exists")


def tile(visitor: Visitor) -> Locator:
    tiles = visitor.page.locator("[class*='st-key-tile-third-'], [class*='st-key-tile-half-']")
    return tiles.filter(has_text=NAME)


def toast(visitor: Visitor, words: str) -> None:
    shown = visitor.page.get_by_test_id("stToast").filter(has_text=words)
    visitor.expect(shown.first).to_be_visible()


def save_and_pin(visitor: Visitor) -> None:
    visitor.open("cost?measure=cost&range=last_90")
    visitor.button("Save view").click()
    visitor.page.get_by_label("Name of the view", exact=True).fill(NAME)
    visitor.button("Save as new").click()
    toast(visitor, f"“{NAME}” is saved")
    visitor.page.keyboard.press("Escape")
    visitor.button("Pin to dashboard").click()
    visitor.choose("Dashboard", "A new dashboard")
    visitor.page.get_by_label("Title", exact=True).fill(NAME)
    visitor.page.get_by_test_id("stPopoverBody").get_by_text("Number", exact=True).click()
    visitor.button("Pin").click()
    toast(visitor, f"“{NAME}” is on the dashboard “{BOARD}”")
    visitor.follow("Dashboards")


def shows(visitor: Visitor, microcents: int) -> None:
    """The one tile, now and after the page is loaded anew."""
    for _ in range(2):
        value = tile(visitor).get_by_test_id("stMetricValue")
        visitor.expect(value).to_have_text(short(MEASURES["cost"], microcents))
        visitor.page.reload()


def arrange(visitor: Visitor) -> None:
    visitor.page.get_by_text("Edit", exact=True).click()
    visitor.button("Look").click()
    body = visitor.page.get_by_test_id("stPopoverBody")
    body.get_by_text("Third", exact=True).click()
    thirds = visitor.page.locator("[class*='st-key-tile-third-small-']")
    visitor.expect(thirds).to_have_count(1)
    visitor.page.keyboard.press("Escape")
    visitor.page.reload()
    visitor.expect(thirds).to_have_count(1)


def writes_and_drags(visitor: Visitor) -> None:
    """A text, dragged by its grip to the first place; asks no other server, as ``visitor`` sees to."""
    visitor.page.get_by_text("Edit", exact=True).click()
    visitor.button("Add a tile").click()
    visitor.page.get_by_role("textbox", name="Or a text").fill(
        "# Plan\n**Booked** $5 to $9 <b>raw</b> ![i](http://localhost:1/x.png) [wiki](https://example.com)"
    )
    visitor.button("Add text").click()
    visitor.page.keyboard.press("Escape")
    text = visitor.page.locator("[class*='st-key-tile-half-']").filter(has_text="Booked $5 to $9 <b>raw</b>")
    visitor.expect(text.get_by_role("heading", name="Plan", level=3)).to_be_visible()
    visitor.expect(text.get_by_role("link", name="wiki")).to_have_attribute("href", "https://example.com")
    visitor.expect(text.locator("img")).to_have_count(0)
    tiles = visitor.page.locator(".st-key-board > * > [class*='st-key-tile-']")
    visitor.expect(tiles.nth(1)).to_contain_text("Plan")
    visitor.expect(visitor.page.get_by_test_id("stPopoverBody")).to_have_count(0)
    drag(visitor, text.locator(".tl-grip"), tiles.first, drop=False)
    visitor.expect(tiles.nth(1)).to_contain_text("Plan")
    drag(visitor, text.locator(".tl-grip"), tiles.first)
    visitor.expect(tiles.first).to_contain_text("Plan")
    visitor.page.reload()
    visitor.expect(tiles.first).to_contain_text("Plan")


def drag(visitor: Visitor, grip: Locator, onto: Locator, *, drop: bool = True) -> None:
    """As a hand does; without a drop, Escape ends it."""
    start, end = grip.bounding_box(), onto.bounding_box()
    assert start and end
    mouse = visitor.page.mouse
    mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    mouse.down()
    mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=6)
    visitor.expect(visitor.page.locator("[data-drop-here]")).to_have_count(1)
    if not drop:
        visitor.page.keyboard.press("Escape")
        visitor.expect(visitor.page.locator("[data-drop-here]")).to_have_count(0)
    mouse.up()


def prints_without_controls(visitor: Visitor) -> None:
    """Tiles with their titles, numbers and texts; no menu, no button, no box."""
    board = visitor.page.url
    for page, kept in (("", ("Dashboards", NAME, "Booked")), ("agents", ("Agents",))):
        if page:
            visitor.open(page)
            visitor.expect(visitor.heading).to_have_text("Agents")
        visitor.page.emulate_media(media="print")
        printed = visitor.page.locator(".stMain")
        for words in kept:
            visitor.expect(printed).to_contain_text(words)
        for part in ("stSidebar", "stHeader", "stPopover", "stDownloadButton", "stPageLink", "stSelectbox"):
            shown = visitor.page.get_by_test_id(part).filter(visible=True)
            visitor.expect(shown).to_have_count(0)
        visitor.page.emulate_media(media="screen")
    visitor.open(board)
    visitor.expect(tile(visitor)).to_be_visible()


def narrow_and_share(visitor: Visitor) -> str:
    visitor.choose("Connection", "Quay platform")
    visitor.wait_for_address("in.cost_center=Quay+platform")
    visitor.heading.click()
    link = visitor.copied_link()
    assert "in.cost_center=Quay+platform" in link
    return link


def opens_the_whole_view(visitor: Visitor) -> None:
    tile(visitor).get_by_role("link", name="Open").click()
    visitor.expect(visitor.heading).to_have_text("Cost")
    visitor.wait_for_address("range=last_90", "in.cost_center=Quay+platform")
    visitor.expect(visitor.total("Cost")).to_be_visible()
    visitor.page.go_back()
    visitor.expect(visitor.heading).to_have_text("Dashboards")


def upload(visitor: Visitor, path: Path) -> None:
    visitor.page.get_by_test_id("stPopover").get_by_role("button", name="New", exact=True).click()
    visitor.page.locator("input[type=file]").set_input_files(path)
    visitor.button("Import").click()


def refuses_broken_files(visitor: Visitor, folder: Path) -> None:
    path = folder / "board.json"
    for content, words in (
        ("{", "This file is not JSON."),
        (json.dumps({"panels": []}), "This JSON file is not a dashboard of Token Ledger."),
        (json.dumps({"format": "token-ledger-dashboard", "version": 7}), "has version 7 of the format"),
    ):
        path.write_text(content)
        upload(visitor, path)
        visitor.expect(visitor.page.get_by_test_id("stAlert")).to_contain_text(words)
        visitor.page.reload()
        visitor.expect(tile(visitor)).to_be_visible()


def takes_its_own_file_back(visitor: Visitor, folder: Path) -> None:
    visitor.page.get_by_text("Edit", exact=True).click()
    files: list[tuple[str, bytes]] = []
    with visitor.downloaded(files):
        visitor.button("Export").click()
    ((name, content),) = files
    assert name == "token-ledger_dashboard_new-dashboard.json"
    assert PLATFORM.key.encode() not in content
    (folder / name).write_bytes(content)
    upload(visitor, folder / name)
    toast(visitor, f"“{BOARD} (2)” was imported")
    visitor.wait_for_address("new-dashboard-2")
    visitor.expect(tile(visitor)).to_be_visible()


def deletes(visitor: Visitor) -> None:
    visitor.choose("Dashboard", BOARD)
    visitor.page.wait_for_url(lambda address: address.endswith("-new-dashboard") or "dashboard&" in address)
    visitor.button("Delete").click()
    visitor.button("Delete this dashboard").click()
    toast(visitor, f"{BOARD} was deleted.")
