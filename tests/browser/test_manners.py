"""Every page, both themes, three widths: nothing cut, unnamed or unreadable; keys reach it; nothing jumps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.browser.companies import SINCE, HeldSimulator, platform, staff
from tests.browser.program import Program
from tests.support.patience import wait_until
from tests.support.server import serve

if TYPE_CHECKING:
    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
PAGES = (
    "", "dashboards", "cost", "cost?show=change", "cost?show=pivot", "usage", "efficiency", "people", "keys",
    "agents", "saved_views", "sync", "settings",
)  # fmt: skip
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (1440, 800, 390)
LOOKS = 20
PLATFORM, STAFF = platform(), staff()
NAMES = {
    "Datenplattform für Müllverbrennungsanlagen und Sondermaschinenbau GmbH & Co. KG": PLATFORM,
    "موظفون 🚀 <b>Research</b> *stars* :red[x]": STAFF,
}
PLACES = ("toolbar", "numbers", "card-chart", "card-table")
WATCH = """(places) => {
  const seen = (window.seen = Object.fromEntries(places.map((place) => [place, []])));
  const look = () => {
    for (const place of places) {
      const part = document.querySelector(`.st-key-${place}`);
      const top = part ? Math.round(part.getBoundingClientRect().top) : "gone";
      if (!seen[place].includes(top)) seen[place].push(top);
    }
    requestAnimationFrame(look);
  };
  look();
}"""
REPAINTED = """() => {
  const ours = getComputedStyle(document.documentElement).getPropertyValue("--tl-surface").trim();
  const probe = Object.assign(document.createElement("i"), { style: `color: ${ours}` });
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color === getComputedStyle(document.querySelector(".stApp")).backgroundColor;
}"""
"""The rules of ours have followed the theme, which may change while a page is open."""
FOCUSED = """() => {
  const part = document.activeElement;
  const icons = [...part.querySelectorAll("[data-testid=stIconMaterial]")].map((icon) => icon.textContent);
  const name = part.getAttribute("aria-label") || part.textContent;
  return icons.reduce((text, icon) => text.replace(icon, ""), name).trim();
}"""
STOPS = (
    "Range (UTC days)", "Measure", "Group by", "Filter", "All", "Compare with", "Save view",
    "Pin to dashboard", "Copy link",
    "Reset", "Over time", "Day", "Bars", "Top", "Picture", "claude-", "Totals", "Download",
)  # fmt: skip

GRID = ".st-key-card-table [data-testid='data-grid-canvas']"
FIRST_SIGN = "[data-testid='glide-cell-0-0']"
MENUS = {"Download": "CSV", "Filter": "Add filter", "Save view": "Name of the view"}
"""By the button that opens it, what is first in it."""

ROWS = (
    (390, "saved_views", "[data-testid='stVerticalBlock'][class*='st-key-card-view-']"),
    (800, "alerts", "[class*='st-key-rule-']"),
    (390, "alerts", "[class*='st-key-rule-']"),
)
SPREADS = """(row) => [...document.querySelectorAll(row)].map((part) => {
  const named = [...part.querySelectorAll("button:has(p), a:has(p)")];
  const boxes = named.map((button) => button.getBoundingClientRect());
  const tops = boxes.filter((box) => box.height).map((box) => box.top + box.height / 2);
  return Math.max(...tops) - Math.min(...tops);
})"""
"""Of each row, how far apart its buttons are from top to bottom."""
TRACKS = """() => [...document.querySelectorAll(".tl-tops:has(.track)")].map((list) => {
  const tracks = [...list.querySelectorAll(".track")];
  return [...new Set(tracks.map((track) => Math.round(track.getBoundingClientRect().width)))];
})"""

AT_A_GLANCE = """() => {
  const box = (part) => part.getBoundingClientRect();
  const seen = (part) => box(part).height > 0;
  const items = [...document.querySelectorAll(".st-key-toolbar > *")].filter(seen);
  const baseline = (part) => {
    const mark = document.createElement("span");
    mark.style.display = "inline-block";
    part.append(mark);
    const line = box(mark).bottom;
    mark.remove();
    return line;
  };
  const heads = [".tl-title h1", ".tl-title p", ".tl-strip .words"];
  return {
    chart: box(document.querySelector(".st-key-card-chart svg.marks")).top,
    controls: items.map((item) => Math.round(box(item).top + box(item).height / 2)),
    heads: heads.map((part) => baseline(document.querySelector(`.st-key-head ${part}`))),
  };
}"""
"""Where the first chart begins, the centre lines of the controls, and the base lines of the title's row."""
UPPER_THIRD = 300


@pytest.fixture
def simulator() -> Iterator[HeldSimulator]:
    held = HeldSimulator([PLATFORM, STAFF])
    held.release.set()
    yield held
    held.release.set()


@pytest.fixture
def visitor(
    simulator: HeldSimulator, start: Callable[[str], Program], visit: Callable[[Program], Visitor]
) -> Iterator[Visitor]:
    """Somebody with two organizations of difficult names, synced."""
    with serve(simulator) as anthropic:
        program = start(anthropic.url)
        for name, organization in NAMES.items():
            program.command("connect", "--name", name, "--since", SINCE.isoformat(), typed=organization.key)
        program.command("sync")
        yield visit(program)


def test_pages_are_whole_named_and_readable(visitor: Visitor) -> None:
    problems = []
    for page in PAGES:
        visitor.open(page)
        visitor.wait_for_rest()  # a browser follows a theme once it is drawn
        for theme in THEMES:
            visitor.page.emulate_media(color_scheme=theme)
            visitor.page.wait_for_function(REPAINTED)
            for width in WIDTHS:
                visitor.page.set_viewport_size({"width": width, "height": 1000})
                settle(visitor)
                problems += [f"{page} {theme} {width}: {found}" for found in lasting(visitor, width)]
    assert not problems, "\n".join(problems)


FILTERED = "?by=workspace&by=model&in.origin=Claude+Platform&not.model=claude-3&not.workspace=Nowhere"
"""Two groups and three filters."""


@pytest.mark.parametrize("page", ["cost", "usage", f"cost{FILTERED}", f"usage{FILTERED}"])
def test_the_chart_begins_in_the_upper_third_below_one_row_of_controls(visitor: Visitor, page: str) -> None:
    visitor.page.set_viewport_size({"width": 1440, "height": 900})
    visitor.open(page)
    settle(visitor)
    found = visitor.page.evaluate(AT_A_GLANCE)
    assert found["chart"] <= UPPER_THIRD, found
    order_of_groups = "by=" in page
    assert len(found["controls"]) == len(STOPS[: STOPS.index("Save view")]) + order_of_groups + 1, found
    for line in (found["controls"], found["heads"]):
        assert max(line) - min(line) <= 1, found


def test_a_screen_reader_gets_names_roles_and_headings_in_order(visitor: Visitor) -> None:
    """What Chromium hands to it; names are those of the tree, not of the page's source."""
    visitor.open("cost")
    settle(visitor)
    tools = visitor.context.new_cdp_session(visitor.page)
    tree = tools.send("Accessibility.getFullAXTree")["nodes"]
    nodes = [Heard.of(node) for node in tree if not node.get("ignored")]
    nameless = [node for node in nodes if node.role in CONTROLS and not node.name]
    assert not nameless and sum(node.role in CONTROLS for node in nodes) > 40
    headings = [(node.level, node.name) for node in nodes if node.role == "heading"]
    assert headings == [(1, "Cost"), (2, "Cost by model"), (2, "Detail")]
    assert {"banner", "navigation", "main", "graphics-document"} <= {node.role for node in nodes}
    charts = [node.name for node in nodes if node.role == "graphics-document"]
    assert all("Cost" in name for name in charts), charts
    wanted = {name: next(n for n, node in enumerate(nodes) if node.name.startswith(name)) for name in STOPS}
    assert len(wanted) == len(STOPS)


@dataclass(frozen=True)
class Heard:
    """A node of the accessibility tree."""

    role: str
    name: str
    level: int | None

    @classmethod
    def of(cls, node: dict[str, Any]) -> Heard:
        levels = [one["value"]["value"] for one in node.get("properties", ()) if one["name"] == "level"]
        return cls(node["role"]["value"], node.get("name", {}).get("value", "").strip(), *(levels or [None]))


CONTROLS = {
    "button", "link", "radio", "combobox", "textbox", "searchbox", "switch", "checkbox", "spinbutton",
    "radiogroup", "region", "menuitem", "slider", "tab",
}  # fmt: skip


def test_no_route_and_no_corner_shows_the_framework(visitor: Visitor) -> None:
    page = visitor.page
    for address in ("nowhere", "cost/nowhere"):
        visitor.open(address)
        visitor.expect(page.get_by_text("There is no page at this address.")).to_be_visible()
        visitor.expect(page.get_by_role("dialog")).to_have_count(0)
    visitor.open("overview")
    settle(visitor)
    visitor.expect(visitor.heading).to_have_text("Overview")
    visitor.expect(page.get_by_text("There is no page at this address.")).to_have_count(0)
    visitor.open("cost")
    settle(visitor)
    for corner in ("stVegaLiteChart", "stDataFrame"):
        page.get_by_test_id(corner).first.hover()
        page.wait_for_timeout(500)
        assert not page.locator("[data-testid=stElementToolbarButton]:visible, .vega-actions:visible").count()
    page.get_by_test_id("stMainMenu").click()
    menu = page.get_by_test_id("stMainMenuPopover")
    visitor.expect(menu).to_contain_text("About")
    for word in ("Rerun", "Record", "Deploy", "Clear cache", "Print", "Settings", "Show data"):
        visitor.expect(menu).not_to_contain_text(word)


def test_the_tab_key_leads_through_a_page_and_enter_acts(visitor: Visitor) -> None:
    visitor.open("cost")
    settle(visitor)
    visitor.page.get_by_role("button", name="Sync now").focus()
    names = tabbed(visitor, "Download")
    stops = [next((n for n, name in enumerate(names) if name.startswith(stop)), None) for stop in STOPS]
    assert None not in stops, dict(zip(STOPS, stops, strict=True))
    assert stops == sorted(stop for stop in stops if stop is not None), names
    visitor.page.keyboard.press("Enter")
    visitor.expect(visitor.page.get_by_test_id("stPopoverBody")).to_contain_text("This table")
    visitor.page.keyboard.press("Escape")
    visitor.legend.get_by_role("button").first.focus()
    visitor.page.keyboard.press("Enter")
    visitor.wait_for_address("in.model=")
    visitor.page.get_by_test_id("stSidebarNav").get_by_role("link", name="Usage").focus()
    visitor.page.keyboard.press("Enter")
    visitor.expect(visitor.heading).to_have_text("Usage")


def test_the_keyboard_alone_opens_a_name_folds_and_sorts_a_table(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("cost?by=origin&by=model&range=all")
    settle(visitor)
    lines = in_table(visitor, "ArrowUp")
    page.keyboard.press("Enter")
    visitor.expect(page.locator(FIRST_SIGN)).to_have_text(re.compile(r"\+ \d"))
    assert in_table(visitor, "ArrowUp") < lines, "folded"
    page.keyboard.press("Enter")
    visitor.expect(page.locator(FIRST_SIGN)).to_have_text(re.compile("\u2212 \\d"))
    settle(visitor)
    in_table(visitor, "ArrowRight", "ArrowRight")
    wait_until(lambda: visitor.page.evaluate(FOCUSED).startswith("$"), "the keyboard is at a cost")
    page.keyboard.press("Control+Space")
    visitor.expect(page.locator(f"{GRID} th", has_text="Cost \u2193")).to_have_count(1)
    settle(visitor)
    in_table(visitor, "ArrowRight")
    page.keyboard.press("Enter")
    visitor.wait_for_address("in.origin=")
    visitor.expect(page.locator(".st-key-chips")).to_contain_text("Origin is")


def test_the_keyboard_is_in_a_menu_that_it_opens_and_back_after_escape(visitor: Visitor) -> None:
    visitor.open("cost")
    settle(visitor)
    for name, first in MENUS.items():
        visitor.button(name).focus()
        visitor.page.keyboard.press("Enter")
        wait_until(lambda first=first: visitor.page.evaluate(FOCUSED) == first, f"the keyboard is in {name}")
        visitor.page.keyboard.press("Escape")
        wait_until(lambda name=name: visitor.page.evaluate(FOCUSED).startswith(name), f"back at {name}")


def test_who_goes_on_after_escape_stays_there(visitor: Visitor) -> None:
    """However late the menu's own way back comes."""
    visitor.open("cost")
    settle(visitor)
    visitor.button("Filter").focus()
    visitor.page.keyboard.press("Enter")
    wait_until(lambda: visitor.page.evaluate(FOCUSED) == "Add filter", "the keyboard is in Filter")
    visitor.page.keyboard.press("Escape")
    visitor.button("Reset").focus()
    visitor.page.wait_for_timeout(500)
    assert visitor.page.evaluate(FOCUSED) == "Reset"


def in_table(visitor: Visitor, *keys: str) -> int:
    """Go to the first cell of the table by keyboard, and on from there. Returns how many rows are drawn."""
    visitor.page.locator(GRID).focus()
    for key in (*["ArrowUp"] * 9, *["ArrowLeft"] * 14, *keys):
        visitor.page.keyboard.press(key)
    return visitor.page.locator(f"{GRID} tbody tr").count()


def test_the_buttons_of_a_row_stay_in_one_and_the_bars_of_a_list_have_one_length(visitor: Visitor) -> None:
    for width, address, row in ROWS:
        visitor.page.set_viewport_size({"width": width, "height": 900})
        visitor.open(address)
        settle(visitor)
        spreads = visitor.page.evaluate(SPREADS, row)
        assert spreads and max(spreads) < 12, (address, spreads)
    visitor.page.set_viewport_size({"width": 1440, "height": 900})
    visitor.open()
    visitor.page.locator(".tl-tops .track").first.wait_for()
    settle(visitor)
    lists = visitor.page.evaluate(TRACKS)
    assert len(lists) >= 3 and all(len(lengths) == 1 for lengths in lists), lists


def test_nothing_jumps_while_a_sync_begins_runs_and_ends(visitor: Visitor, simulator: HeldSimulator) -> None:
    visitor.open("cost")
    settle(visitor)
    simulator.older_than = timedelta(days=3)
    simulator.release.clear()
    visitor.page.evaluate(WATCH, list(PLACES))
    visitor.button("Sync now").click()
    visitor.expect(visitor.button("Stop sync")).to_be_visible()
    settle(visitor)
    simulator.release.set()
    wait_until(visitor.program.synced, "the sync ends")
    visitor.expect(visitor.button("Sync now")).to_be_enabled()
    settle(visitor)
    seen = visitor.page.evaluate("() => window.seen")
    assert {place: len(tops) for place, tops in seen.items()} == dict.fromkeys(PLACES, 1), seen


def tabbed(visitor: Visitor, last: str) -> list[str]:
    """The names of what the Tab key reaches from here on, up to ``last``."""
    names: list[str] = []
    while len(names) < 80 and not (names and names[-1].startswith(last)):
        visitor.page.keyboard.press("Tab")
        names.append(visitor.page.evaluate(FOCUSED))
    return names


def settle(visitor: Visitor) -> None:
    """The run is over, and nothing has moved for some frames."""
    visitor.expect(visitor.heading).to_be_visible()
    visitor.wait_for_rest()
    assert visitor.page.evaluate(_script("still.js")), "the page never comes to rest"


def lasting(visitor: Visitor, width: int) -> list[str]:
    """What is wrong with the page, and stays so when colours have faded over."""
    for _ in range(LOOKS):
        if not (found := looked_at(visitor, width)):
            return []
        visitor.page.wait_for_timeout(250)
    return found


def looked_at(visitor: Visitor, width: int) -> list[str]:
    found: list[str] = visitor.page.evaluate(_script("manners.js"))
    if width == WIDTHS[0]:
        found += visitor.page.evaluate(_script("contrast.js"))
    return found


def _script(name: str) -> str:
    """Without its first lines, which are a comment."""
    return re.sub(r"^(//.*\n)+", "", (HERE / name).read_text(encoding="utf-8"))
