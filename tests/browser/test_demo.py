"""The demo: one click to load it, what it tells of, one to remove it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from core.demo.transport import DEMO_KEYS
from tests.browser import told
from tests.browser.program import Program
from tests.support.patience import wait_until
from tests.support.postbox import postbox

if TYPE_CHECKING:
    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

NOBODY = "http://127.0.0.1:9"
"""Nothing answers there: the demo needs no network."""


def test_the_demo_is_loaded_tells_and_is_removed(
    start: Callable[[str], Program], visit: Callable[[Program], Visitor]
) -> None:
    program = start(NOBODY)
    visitor = visit(program)
    visitor.open()
    visitor.button("Connect an organization").wait_for()
    visitor.button("Load the demo").click()
    wait_until(lambda: len(program.connections()) == len(DEMO_KEYS), "the demo is connected")
    wait_until(program.synced, "the demo is synced")
    shows_a_demo_with_numbers(visitor)
    told.sees_anthropics_limits(visitor)
    told.lays_a_plan_on_the_chart_and_pins_it(visitor)
    with postbox() as box:
        told.is_sent_a_mail_with_its_picture(visitor, box)
    removes_it(visitor)


def shows_a_demo_with_numbers(visitor: Visitor) -> None:
    page = visitor.page
    visitor.expect(page.locator(".tl-title .tl-badge.demo")).to_have_text("Demo data")
    metrics = page.get_by_test_id("stMetricValue")
    visitor.expect(metrics).to_have_text([re.compile(r"^\$[\d.,]+[KMB]?$")] * 3)
    rows = page.locator(".tl-list .tl-row")
    for row, demo in zip(range(len(DEMO_KEYS)), DEMO_KEYS, strict=True):
        visitor.expect(rows.nth(row)).to_contain_text(demo.cost_center)
        visitor.expect(rows.nth(row)).to_contain_text("Demo data")
        visitor.expect(rows.nth(row)).to_contain_text("Synced")
    visitor.expect(page.locator(".tl-legend").first).to_contain_text("claude.ai")
    visitor.expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()


def removes_it(visitor: Visitor) -> None:
    visitor.follow("Settings")
    visitor.button("Remove the demo").click()
    visitor.expect(visitor.button("Load the demo")).to_be_visible()
    assert visitor.program.connections() == []
    visitor.follow("Overview")
    visitor.expect(visitor.button("Connect an organization")).to_be_visible()
    visitor.expect(visitor.button("Load the demo")).to_be_visible()
    visitor.expect(visitor.page.locator(".tl-badge.demo")).to_have_count(0)
