"""What is compared with Anthropic's own sums, and what has nothing to be compared with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from sqlite_utils import Database

from core.dimensions import NOT_TOLD, Origin
from core.ledger.meanings import meaning_of
from core.periods import ONE_DAY
from core.store.coverage import end_of
from core.store.told_rates import Rate
from tests.ledger.books import (
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


def test_a_total_below_the_users_is_noted(db: Database) -> None:
    cost(db, ["1000.000000"], "400.000000")
    assert checks_of(db)["below_users"] == (0, -6 * DOLLAR)
    assert not meaning_of("below_users").is_fault


def test_a_token_type_that_nobody_knows_is_found(db: Database) -> None:
    counts: dict[str, Any] = {"product": "chat", "output_tokens": 9, "cache_read_input_tokens": 1}
    pulled(db, "claude_ai_user_usage", {**counts, "user_id": "u1", "total_tokens": 10})
    pulled(db, "claude_ai_usage", {**counts, "total_tokens": 12})
    found = checks_of(db)
    assert (found["user_total_tokens"], found["total_tokens"], found["tokens"]) == (
        (10, 10),
        (12, 10),
        (10, 10),
    )
    assert "may be a type" in meaning_of("total_tokens").means


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


OPUS = {"model": "claude-opus-4-8", "context_window": "0-200k", "speed": "standard"}
USED = {**OPUS, "service_tier": "standard", "output_tokens": 10, "api_key_id": "k1"}
BILL = {
    **OPUS,
    "speed": None,
    "service_tier": "standard",
    "cost_type": "tokens",
    "token_type": "output_tokens",
    "description": "Opus",
}


@pytest.fixture
def platform() -> Iterator[Database]:
    with in_memory() as opened:
        organization(opened, Origin.PLATFORM)
        yield opened


def bill(db: Database, used: list[dict[str, Any]], *bills: dict[str, Any], total: int | None = None) -> None:
    pulled(db, "platform_usage", *used, watermark=None)
    pulled(db, "platform_cost", *bills, watermark=None, total=total)


@pytest.mark.parametrize("total", [7 * DOLLAR, 8 * DOLLAR, None])
def test_the_ledger_is_compared_with_the_bills_own_total(platform: Database, total: int | None) -> None:
    bill(platform, [USED], {**BILL, "amount": "700"}, total=total)
    assert checks_of(platform).get("bill_total") == (None if total is None else (total, 7 * DOLLAR))
    assert "Re-run history" in meaning_of("bill_total").do


def test_a_later_pull_without_a_total_leaves_none(platform: Database) -> None:
    bill(platform, [USED], {**BILL, "amount": "700"}, total=DOLLAR)
    bill(platform, [USED], {**BILL, "amount": "700"})
    assert "bill_total" not in checks_of(platform)


def test_the_bill_stands_under_its_own_names(platform: Database) -> None:
    used = [USED, {**USED, "service_tier": "flex", "api_key_id": "k2"}]
    session = {"cost_type": "session_usage", "amount": "10", "description": "Sessions"}
    dated = {**BILL, "model": "claude-opus-4-8-20260501", "amount": "900"}
    bill(platform, used, dated, session)
    found = {name: pair for name, pair in checks_of(platform).items() if name.startswith("cost_by_")}
    assert found == {
        "cost_by_service_tier": (9 * DOLLAR, 9 * DOLLAR),
        "cost_by_model": (9 * DOLLAR, 9 * DOLLAR),
        "cost_by_context_window": (9 * DOLLAR, 9 * DOLLAR),
        "cost_by_cost_type": (9 * DOLLAR + DOLLAR // 10, 9 * DOLLAR + DOLLAR // 10),
        "cost_by_token_type": (9 * DOLLAR, 9 * DOLLAR),
    }
    assert set(ledger_of(platform)["billed_tier"]) == {"standard", None}


def test_cost_under_another_name_than_the_bills_is_noted(platform: Database) -> None:
    bill(platform, [USED], {**BILL, "context_window": "200k-1M", "amount": "300"})
    found = checks_of(platform)
    assert found["cost_by_context_window"] == (3 * DOLLAR, 0)
    assert found["cost_by_model"] == (3 * DOLLAR, 3 * DOLLAR)
    assert "views by context window" in meaning_of("cost_by_context_window").touches


@pytest.mark.parametrize("window", [None, "Not told apart"])
def test_what_usage_does_not_tell_is_under_no_wrong_name(platform: Database, window: str | None) -> None:
    bill(platform, [{**USED, "context_window": window}], {**BILL, "amount": "300"})
    assert checks_of(platform)["cost_by_context_window"] == (3 * DOLLAR, 3 * DOLLAR)


def test_a_credit_is_placed_like_a_cost(platform: Database) -> None:
    bill(platform, [USED], {**BILL, "amount": "-300"})
    assert checks_of(platform)["cost_by_model"] == (-3 * DOLLAR, -3 * DOLLAR)


@pytest.mark.parametrize("tier", [None, "batch"])
def test_what_the_newest_reports_leave_empty_on_claude_ai_is_not_told(db: Database, tier: str | None) -> None:
    """Its workspace may be its only one. A tier that is told stays, and either is compared by price."""
    at = {"user_id": "u1", "product": "chat", "model": "m", "service_tier": tier}
    split = {"cost_type": "tokens", "token_type": "output_tokens"}
    rate = Rate("m", tier, None, None, None, "tokens", "output_tokens", DOLLAR, DOLLAR)
    pulled(db, "claude_ai_analytics_cost", {**at, **split, "amount": "100"}, rates=[rate])
    pulled(db, "claude_ai_analytics_usage", {**at, "output_tokens": 5, "requests": 1})
    names = ("workspace_id", "workspace", "api_key_id", "api_key", "service_tier")
    told = ledger_of(db).select(*names).unique().rows()
    assert told == [(NOT_TOLD, NOT_TOLD, NOT_TOLD, NOT_TOLD, tier or NOT_TOLD)]
    assert checks_of(db)["cost_by_price"] == (DOLLAR, DOLLAR)
    db.conn.execute("UPDATE told_rates SET service_tier = 'flex'")
    assert checks_of(db)["cost_by_price"] == (DOLLAR, 0)
