"""What is compared with Anthropic's own sums, and what has nothing to be compared with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from sqlite_utils import Database

from core.periods import ONE_DAY
from core.store.coverage import end_of
from tests.ledger.claude_ai_books import (
    DAY,
    EIGHT_MONTHS_ON,
    checks_of,
    ledger_of,
    organization,
    pulled,
)
from tests.store.books import in_memory

DOLLAR = 10**8
SECOND = timedelta(seconds=1)
USER = {"user_id": "u1", "user_email": "ada@example.com", "product": "chat", "cost_type": "tokens"}


@pytest.fixture
def db() -> Iterator[Database]:
    with in_memory() as opened:
        organization(opened)
        yield opened


def cost(db: Database, users: list[str], total: str, later: timedelta = SECOND) -> None:
    """Users' and the organization's amounts in cents; Anthropic made the latter so much later."""
    rows = [{**USER, "user_id": f"u{n}", "amount": amount} for n, amount in enumerate(users)]
    pulled(db, "claude_ai_user_cost", *rows)
    pulled(db, "claude_ai_cost", {"product": "chat", "amount": total}, watermark=EIGHT_MONTHS_ON + later)


def test_a_day_behind_both_watermarks_is_compared_however_far_they_are_apart(db: Database) -> None:
    cost(db, ["1000.000000"], "400.000000")
    rows = ledger_of(db)
    beyond = rows.filter(pl.col("user").is_null()).select("cost_microcents", "cost_basis").rows()
    assert beyond == [(-6 * DOLLAR, "unattributed")]
    found = checks_of(db)
    assert (found["cost"], found["user_cost"]) == ((4 * DOLLAR, 4 * DOLLAR), (10 * DOLLAR, 10 * DOLLAR))


@pytest.mark.parametrize(
    ("users", "totals", "is_compared"),
    [
        (end_of(DAY), end_of(DAY), True),
        (end_of(DAY), end_of(DAY) + ONE_DAY, True),
        (end_of(DAY) - SECOND, end_of(DAY), False),
        (end_of(DAY), end_of(DAY) - SECOND, False),
        (end_of(DAY) - SECOND, end_of(DAY) - SECOND, True),
    ],
    ids=["at its end", "apart", "users early", "totals early", "both early, of one state"],
)
def test_what_is_not_of_one_state_is_skipped_and_noted(
    db: Database, users: datetime, totals: datetime, is_compared: bool
) -> None:
    pulled(db, "claude_ai_user_cost", {**USER, "amount": "500"}, watermark=users)
    pulled(db, "claude_ai_cost", {"product": "chat", "amount": "700"}, watermark=totals)
    assert checks_of(db)["cost"] == ((7 * DOLLAR, 7 * DOLLAR) if is_compared else (None, None))


def test_what_the_totals_do_not_tell_is_not_compared(db: Database) -> None:
    counts: dict[str, Any] = {"product": "chat", "output_tokens": 9}
    pulled(db, "claude_ai_user_usage", {**counts, "user_id": "u1", "requests": 4})
    pulled(db, "claude_ai_usage", {**counts, "requests": None})
    found = checks_of(db)
    assert "requests" not in found and found["tokens"] == (9, 9)


def test_a_day_without_a_row_is_a_true_zero(db: Database) -> None:
    pulled(db, "claude_ai_user_cost")
    pulled(db, "claude_ai_cost")
    assert checks_of(db)["cost"] == (0, 0)


def test_amounts_finer_than_a_micro_cent_raise_no_alarm(db: Database) -> None:
    cost(db, ["1000.0000006"] * 5, "5000.000003")
    rows = ledger_of(db)
    assert rows["cost_microcents"].sum() == 5_000_000_003
    assert rows.filter(pl.col("user").is_null()).is_empty()
    assert {expected == actual for expected, actual in checks_of(db).values()} == {True}
