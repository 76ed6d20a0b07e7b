"""Daily questions, from the Overview to the answer: as many clicks as docs/jobs.md tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from core.demo.service import Simulator
from tests.browser.companies import SINCE, platform, staff
from tests.browser.program import PROJECT, Program
from tests.support.server import serve

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

COUNT = """
const key = "clicks";
addEventListener("pointerdown", (event) => {
  if (event.isTrusted) sessionStorage[key] = 1 + Number(sessionStorage[key] ?? 0);
}, true);
"""


@pytest.fixture
def program(start: Callable[[str], Program]) -> Iterator[Program]:
    """With an organization of each Origin, pulled."""
    organizations = {"Engineering": platform(), "Everyone": staff()}
    with serve(Simulator(list(organizations.values()))) as anthropic:
        program = start(anthropic.url)
        program.pull(organizations, SINCE)
        yield program


def last_month_by_everything(visitor: Visitor) -> None:
    go(visitor, "Cost")
    type_into(visitor.page, "Range (UTC days)", "Last month")
    visitor.wait_for_address("range=last_month")
    visitor.page.get_by_role("combobox", name="Group by", exact=True).click()
    for name in ("Workspace", "API key", "User", "Product"):
        visitor.page.get_by_role("option", name=name, exact=True).click()
        settle(visitor.page)
        visitor.expect(visitor.chosen(name)).to_be_visible()
    visitor.wait_for_address("by=model", "by=workspace", "by=api_key", "by=user", "by=product")


def only_claude_ai(visitor: Visitor) -> None:
    go(visitor, "Cost")
    visitor.page.get_by_role("radio", name="claude.ai", exact=True).click()
    visitor.expect(visitor.button("Origin is claude.ai")).to_be_visible()


def why_it_went_up(visitor: Visitor) -> None:
    go(visitor, "Cost")
    visitor.page.get_by_role("radio", name="Change", exact=True).click()
    visitor.wait_for_address("show=change")
    visitor.expect(visitor.page.locator(".tl-said, .st-key-card-chart .tl-quiet").first).to_be_visible()


def a_month_as_a_pivot(visitor: Visitor) -> None:
    go(visitor, "Cost")
    type_into(visitor.page, "Range (UTC days)", SINCE.strftime("%Y-%m"))
    visitor.wait_for_address("from=")
    visitor.page.get_by_role("combobox", name="Group by", exact=True).click()
    visitor.page.get_by_role("option", name="Workspace", exact=True).click()
    settle(visitor.page)
    visitor.wait_for_address("by=model", "by=workspace")
    visitor.page.keyboard.press("Tab")  # closes the list
    files: list[tuple[str, bytes]] = []
    with visitor.downloaded(files):
        visitor.ask_for_file("card-table", table=2)
    ((name, content),) = files
    head = content.decode("utf-8-sig").splitlines()[0]
    assert "pivot" in name and head.startswith("Model,") and head.endswith(",Total"), (name, head)


def save_pin_and_copy(visitor: Visitor) -> None:
    visitor.open("cost")
    settle(visitor.page)
    forget(visitor.page)
    visitor.button("Save view").click()
    body = visitor.page.get_by_test_id("stPopoverBody")
    visitor.choose("Pin it to", "Finance", inside=body)
    visitor.button("Save as new").click()
    visitor.expect(visitor.page.get_by_text("It is on the dashboard “Finance”")).to_be_visible()
    assert visitor.copied_link().startswith(visitor.program.url)


def who_spends_most_on_opus(visitor: Visitor) -> None:
    go(visitor, "People")
    visitor.button("Filter").click()
    settle(visitor.page)
    type_into(visitor.page, "Add filter", "Model")
    type_into(visitor.page, "Model values", "opus")
    visitor.wait_for_address("in.model=claude-opus")
    visitor.expect(visitor.page.locator(".st-key-chips")).to_contain_text("Model is claude-opus")


JOBS = {
    "Last month by model, workspace, key, user and product": last_month_by_everything,
    "claude.ai only": only_claude_ai,
    "Why it went up": why_it_went_up,
    "October by workspace and model, as a file that needs no pivoting": a_month_as_a_pivot,
    "Save, pin, copy the link": save_pin_and_copy,
    "Who spends most on Opus": who_spends_most_on_opus,
}


def go(visitor: Visitor, page: str) -> None:
    visitor.follow(page)
    settle(visitor.page)


def type_into(page: Page, label: str, text: str) -> None:
    """One click, then keys."""
    field = page.get_by_role("combobox", name=re.compile(rf"^{re.escape(label)}"))
    field.click()
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    settle(page)


def settle(page: Page) -> None:
    """Until what was asked for is drawn, as somebody waits before the next click."""
    page.wait_for_timeout(300)
    page.locator(".stApp[data-test-script-state='notRunning']").wait_for()
    page.wait_for_timeout(700)


def forget(page: Page) -> None:
    page.evaluate("sessionStorage.clicks = 0")


def test_each_job_takes_the_clicks_that_are_told(
    program: Program, visit: Callable[[Program], Visitor]
) -> None:
    counted = {}
    for job, done in JOBS.items():
        visitor = visit(program)
        visitor.context.add_init_script(COUNT)
        visitor.open()
        visitor.expect(visitor.page.get_by_test_id("stMetricValue").first).to_be_visible()
        settle(visitor.page)
        forget(visitor.page)
        done(visitor)
        counted[job] = int(visitor.page.evaluate("sessionStorage.clicks"))
        visitor.close()
    assert counted == told()


def told() -> dict[str, int]:
    """What the page of jobs says, by job."""
    lines = (PROJECT / "docs" / "jobs.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| ")][1:]
    return {job: int(now) for job, _, now, _ in rows}
