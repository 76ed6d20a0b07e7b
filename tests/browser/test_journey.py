"""From an empty program to a file that equals Anthropic's own totals."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

import pytest

from core.demo.service import Simulator
from core.dimensions import MEASURES
from core.formats import exact
from tests.browser.companies import DAYS, SINCE, cost_by_day, platform, staff
from tests.browser.program import Program
from tests.support.custom import admin_key
from tests.support.patience import wait_until
from tests.support.server import serve

if TYPE_CHECKING:
    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

PLATFORM, STAFF = platform(), staff()
LEFT_OUT = "chat"

Cells: TypeAlias = dict[tuple[date, str], tuple[int, int]]
"""Micro-cents and tokens by day and Origin; only where there are any."""


@pytest.fixture
def simulator() -> Simulator:
    return Simulator([PLATFORM, STAFF])


def test_connect_sync_explore_and_download(
    simulator: Simulator, start: Callable[[str], Program], visit: Callable[[Program], Visitor]
) -> None:
    with serve(simulator) as anthropic:
        program = start(anthropic.url)
        visitor = visit(program)
        begin(visitor)
        refused_keys_store_nothing(visitor)
        connect_both(visitor)
    link = explore(visitor, simulator)
    file = download(visitor)
    file_equals_what_happened(file, simulator)
    query_equals_file(program, file)
    same_link_elsewhere(visit(program), link, visitor)


def begin(visitor: Visitor) -> None:
    visitor.open()
    visitor.button("Load the demo").wait_for()
    visitor.button("Connect an organization").click()
    visitor.heading.get_by_text("Settings").wait_for()


def refused_keys_store_nothing(visitor: Visitor) -> None:
    alert = visitor.page.get_by_test_id("stAlert")
    for key, words in (
        ("sk-ant-api03-FAKE-for-using-models", "This is an API key for using models"),
        (admin_key("Nobody"), "Anthropic does not accept this API key"),
    ):
        visitor.connect("Acme platform", key)
        visitor.expect(alert).to_contain_text(words)
        visitor.expect(visitor.name).to_have_value("Acme platform")
        visitor.expect(visitor.key).to_have_value("")
        assert visitor.program.connections() == []
    assert json.loads(visitor.program.command("status", "--json"))["connections"] == []


def connect_both(visitor: Visitor) -> None:
    for name, organization in (("Acme platform", PLATFORM), ("Acme staff", STAFF)):
        visitor.connect(name, organization.key, SINCE)
        visitor.expect(visitor.card(name)).to_contain_text(organization.origin.value)
    assert [connection.since for connection in visitor.program.connections()] == [SINCE, SINCE]
    wait_until(visitor.program.synced, "both organizations are synced")
    for name in ("Acme platform", "Acme staff"):
        visitor.expect(visitor.card(name).get_by_text("Synced", exact=True)).to_be_visible()


def explore(visitor: Visitor, simulator: Simulator) -> str:
    """The link of: cost of the last 90 days by Origin, without one product."""
    visitor.follow("Cost")
    visitor.choose("Range (UTC days)", "Last 90 days")
    visitor.wait_for_address("range=last_90")
    everything = sum((cost_by_day(simulator, one) for one in (PLATFORM, STAFF)), Counter()).total()
    visitor.expect(visitor.total("Cost")).to_have_attribute("title", exact(MEASURES["cost"], everything))
    visitor.chosen("Model").click()
    visitor.add("Group by", "Origin")
    visitor.wait_for_address("by=origin")
    add_filter(visitor)
    kept = total_cost(expected(simulator))
    visitor.expect(visitor.total("Cost")).to_have_attribute("title", exact(MEASURES["cost"], kept))
    assert 0 < kept < everything
    return visitor.copied_link()


def add_filter(visitor: Visitor) -> None:
    visitor.button("Filter").click()
    visitor.find("Add filter", "Product")
    visitor.choose("Product: how it is compared", "is not")
    values = visitor.page.get_by_role("combobox", name="Product values", exact=True)
    visitor.pick(values, visitor.page.get_by_role("option", name=re.compile(rf"^{LEFT_OUT} · \$")))
    visitor.wait_for_address(f"not.product={LEFT_OUT}")
    visitor.heading.click()
    visitor.expect(visitor.button(f"Product is not {LEFT_OUT}")).to_be_visible()


def expected(simulator: Simulator) -> Cells:
    """What happened, without the product left out; nothing of reports, store or ledger is used."""
    found: Cells = {}
    for day in DAYS:
        whole = simulator.totals(PLATFORM.id, day)
        found[day, PLATFORM.origin.value] = whole.cost_microcents, whole.all_tokens
        products = simulator.totals_by(STAFF.id, day, "product")
        kept = [total for product, total in products.items() if product != LEFT_OUT]
        cost, tokens = sum(one.cost_microcents for one in kept), sum(one.all_tokens for one in kept)
        found[day, STAFF.origin.value] = cost, tokens
    return {cell: amounts for cell, amounts in found.items() if any(amounts)}


def total_cost(cells: Cells) -> int:
    return sum(cost for cost, _ in cells.values())


def download(visitor: Visitor) -> tuple[str, str]:
    """The file's name and text."""
    files: list[tuple[str, bytes]] = []
    with visitor.downloaded(files):
        visitor.ask_for_file("card-table", table=1)
    ((name, content),) = files
    return name, content.decode("utf-8-sig")


def file_equals_what_happened(file: tuple[str, str], simulator: Simulator) -> None:
    name, text = file
    assert name.startswith("token-ledger_cost-")
    assert name.endswith("_without-product.csv")
    assert read(text) == expected(simulator)


def read(text: str) -> Cells:
    """A file's rows; each cell appears once. A file without tokens has 0 of them."""
    found: Cells = {}
    for row in csv.DictReader(io.StringIO(text)):
        cell = date.fromisoformat(row["day"]), row["origin"]
        assert cell not in found
        microcents = Decimal(row["cost_usd"]) * 10**8
        assert microcents == int(microcents)
        found[cell] = int(microcents), int(row.get("tokens", 0))
    return {cell: amounts for cell, amounts in found.items() if any(amounts)}


def query_equals_file(program: Program, file: tuple[str, str]) -> None:
    words = ["query", "--measure", "cost", "--group-by", "day,origin", "--where", f"product!={LEFT_OUT}"]
    period = ["--from", SINCE.isoformat(), "--to", (DAYS[-1] + timedelta(days=1)).isoformat()]
    answer = read(program.command(*words, *period))
    assert {cell: cost for cell, (cost, _) in answer.items()} == {
        cell: cost for cell, (cost, _) in read(file[1]).items()
    }


def same_link_elsewhere(other: Visitor, link: str, first: Visitor) -> None:
    other.open(link)
    for measure in ("Cost", "Tokens"):
        title = first.total(measure).get_attribute("title")
        assert title
        other.expect(other.total(measure)).to_have_attribute("title", title)
    other.expect(other.chosen("Origin")).to_be_visible()
    other.expect(other.button(f"Product is not {LEFT_OUT}")).to_be_visible()
    other.expect(other.legend).to_have_text(first.legend.text_content() or "")
    assert download(other) == download(first)
