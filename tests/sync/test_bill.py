"""The Platform's bill and its own total, which is no more than a control."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlite_utils import Database

from core.periods import Period
from core.settings import Settings
from core.sync.context import WindowContext
from core.sync.grants import Grants, Learned
from core.sync.pull import Puller
from core.sync.sources import SOURCES
from tests.api.fakes import COST, refused
from tests.sync.anthropic import COST_PATH, NOW, TODAY, Anthropic, Rule, add, api, groups_of

WINDOW = Period(TODAY - timedelta(days=3), TODAY)
FIRST = WINDOW.start


@pytest.fixture(autouse=True)
def _connection(db: Database, settings: Settings) -> None:
    add(db, settings)


def pull(db: Database, *rules: Rule, rows: list[dict[str, Any]] | None = None) -> list[bool]:
    """Whether each question asked for the total."""
    server = Anthropic(rules=list(rules), rows={COST_PATH: lambda _: [COST] if rows is None else rows})
    with api(server) as client:
        puller = Puller(db, client, SOURCES["platform_cost"], Grants(Learned(), NOW), lambda: NOW)
        puller.pull(WindowContext(1, "cost report", WINDOW))
    return [not groups_of(request) for request in server.asked]


def totals(db: Database) -> dict[str, int]:
    return {row["day"]: row["amount"] for row in db.query("SELECT * FROM told_totals ORDER BY day")}


def of_total(answer: Callable[[], httpx.Response]) -> Rule:
    return lambda request: answer() if request.url.path == COST_PATH and not groups_of(request) else None


def days_of(*amounts: str, currency: str = "USD") -> Callable[[], httpx.Response]:
    """Answers with one day a amount."""

    def span(day: date) -> dict[str, str]:
        return {"starting_at": f"{day}T00:00:00Z", "ending_at": f"{day + timedelta(days=1)}T00:00:00Z"}

    days = zip(WINDOW, amounts, strict=False)
    data = [{**span(day), "results": [{**COST, "amount": one, "currency": currency}]} for day, one in days]
    return lambda: httpx.Response(200, json={"data": data, "has_more": False, "next_page": None})


def test_each_days_total_is_asked_for_once_and_kept(db: Database) -> None:
    fine = {**COST, "amount": "0.0000004"}
    assert pull(db, rows=[fine, fine, {**COST, "amount": "2"}]) == [False, True]
    assert totals(db) == {day.isoformat(): 2_000_001 for day in WINDOW}


def test_a_total_that_differs_is_asked_for_again_with_the_rows_and_then_kept(db: Database) -> None:
    asked = pull(db, of_total(days_of("1", "1", "1")), rows=[{**COST, "amount": "2"}])
    assert asked == [False, True, False, True]
    assert set(totals(db).values()) == {10**6}
    (rows,) = db.conn.execute("SELECT sum(amount_microcents) FROM platform_cost").fetchone()
    assert rows == 3 * 2 * 10**6, "what was asked in detail stands"


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_bill_whose_total_is_refused_stands_without(db: Database, status: int) -> None:
    pull(db)
    pull(db, of_total(lambda: refused(status, "No.")))
    assert totals(db) == {}
    assert db.conn.execute("SELECT count(*) FROM platform_cost").fetchone() == (3,)


@pytest.mark.parametrize(
    "answer",
    [days_of("abc", "NaN", "1e99"), days_of("9", "9", "9", currency="EUR"), days_of()],
    ids=["no amounts", "no dollars", "no days"],
)
def test_a_total_that_cannot_be_used_is_none(db: Database, answer: Callable[[], httpx.Response]) -> None:
    pull(db, of_total(answer))
    assert totals(db) == {}
