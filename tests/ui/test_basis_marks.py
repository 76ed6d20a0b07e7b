"""How much of a number is a guess stands beside it, wherever that number is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from core.formats import share
from core.ledger.build import refresh_ledger
from core.periods import Period
from core.settings import Settings
from core.store.database import database
from tests.ui.books import NOW
from tests.ui.conftest import shown

Open = Callable[..., AppTest]
OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 24))
LOST = "'2026-10-05', '2026-11-05'"
"""Days whose bills name a model that no usage has."""


@pytest.fixture
def unmatched(settings: Settings, full_books: None) -> Callable[[Period], str]:
    """By period, the part of its cost that no usage was found for, counted in what was pulled."""
    with database(settings) as db:
        db.conn.execute(f"UPDATE platform_cost SET model = 'claude-lost-1' WHERE day IN ({LOST})")
        db.conn.execute("UPDATE month_revisions SET revision = revision + 1")
    refresh_ledger(settings, lambda: NOW)

    def counted(period: Period) -> str:
        with database(settings) as db:
            billed = {
                table: dict(
                    db.conn.execute(
                        f"SELECT day, sum(amount_microcents) FROM {table} GROUP BY day"
                    ).fetchall()
                )
                for table in ("platform_cost", "claude_ai_cost")
            }
        days = [day.isoformat() for day in period]
        whole = sum(table.get(day, 0) for table in billed.values() for day in days)
        return share(sum(billed["platform_cost"][day] for day in days if day in LOST), whole)

    return counted


def test_the_forecast_says_how_much_is_not_matched(
    open_page: Open, unmatched: Callable[[Period], str]
) -> None:
    helps = {metric.label: metric.help for metric in open_page("overview").metric}
    words = helps["Forecast to month end"]
    assert "Of the month's cost" in words and f", {unmatched(NOVEMBER)} not matched." in words


def test_the_efficiency_page_says_how_much_is_not_matched(
    open_page: Open, unmatched: Callable[[Period], str]
) -> None:
    app = open_page("efficiency", {"from": ["2026-10-01"], "to": ["2026-11-01"]})
    mark = f"Of the cost that these numbers rest on, {unmatched(OCTOBER)} not matched."
    assert mark in shown(app)


def test_nothing_is_said_where_all_is_known(open_page: Open, full_books: None) -> None:
    text = shown(open_page("efficiency", {"from": ["2026-10-01"], "to": ["2026-11-01"]}))
    helps = [metric.help or "" for metric in open_page("overview").metric]
    assert all("not matched" not in words for words in (text, *helps))
