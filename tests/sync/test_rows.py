"""Answers as rows of the fact tables; and what is refused rather than stored."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.api.records import (
    Bucket,
    BucketPage,
    CostRecord,
    FlatPage,
    ProductCostRecord,
    ProductUsageRecord,
    UsageRecord,
    UserCostRecord,
    UserUsageRecord,
)
from core.errors import IncompleteAnswerError, MalformedAnswerError
from core.periods import Period
from core.store.directory import Names
from core.sync import enterprise_rows, platform_rows
from core.sync.context import WindowContext, covered, missing_days, tail_start
from core.sync.streams import STREAMS
from tests.api.fakes import ACTOR, COST, TOKENS, USAGE, USER_COST, USER_USAGE
from tests.store.books import in_memory
from tests.sync.anthropic import CONTROL_COST, CONTROL_USAGE, NOW, span

DAY = date(2026, 3, 1)
WEEK = Period(DAY, DAY + timedelta(days=7))
NAMES = Names({"wrkspc_1": "Checkout"}, {"apikey_1": "production"}, {"user_1": "ada@example.com"})


def context(stream: str = "platform_cost", organization: str | None = None) -> WindowContext:
    return WindowContext(7, stream, WEEK, NAMES, organization)


def buckets(kind: Any, *results: dict[str, Any], **bounds: str) -> BucketPage[Any]:
    raw = {**span(DAY), **bounds, "results": list(results)}
    return BucketPage([msgspec.convert(raw, Bucket[kind])], None, None, "req_7")


def flat(kind: Any, *records: dict[str, Any]) -> FlatPage[Any]:
    return FlatPage([msgspec.convert(record, kind) for record in records], None, None, "req_7")


def named(table: str, row: tuple[object, ...]) -> dict[str, object]:
    with in_memory() as db:
        columns = [column[1] for column in db.conn.execute(f"PRAGMA table_info({table})")]
    return dict(zip(columns, row, strict=True))


def cost_rows(*results: dict[str, Any], **bounds: str) -> list[tuple[object, ...]]:
    return platform_rows.cost_rows(buckets(CostRecord, *results, **bounds), context())


def test_platform_usage_fills_its_columns() -> None:
    record = {**USAGE, "workspace_id": "wrkspc_1", "account_id": "user_1", "service_account_id": "svac_1"}
    (row,) = platform_rows.usage_rows(buckets(UsageRecord, record), context("platform_usage"))
    assert named("platform_usage", row) == {
        "connection_id": 7,
        "day": "2026-03-01",
        "workspace_id": "wrkspc_1",
        "workspace_name": "Checkout",
        "api_key_id": "apikey_1",
        "api_key_name": "production",
        "account_id": "user_1",
        "account_email": "ada@example.com",
        "service_account_id": "svac_1",
        "model": "claude-opus-5",
        "service_tier": "standard",
        "context_window": "0-200k",
        "inference_geo": "global",
        "speed": "fast",
        "uncached_input_tokens": 1,
        "ephemeral_5m_input_tokens": 2,
        "ephemeral_1h_input_tokens": 3,
        "cache_read_input_tokens": 4,
        "output_tokens": 5,
        "web_search_requests": 6,
    }


def test_mistake_cache_creation_read_flat_so_always_0() -> None:
    flat_too = {**USAGE, "ephemeral_5m_input_tokens": 0, "cache_creation_input_tokens": 0}
    (row,) = platform_rows.usage_rows(buckets(UsageRecord, flat_too), context("platform_usage"))
    (person,) = enterprise_rows.user_usage_rows(flat(UserUsageRecord, USER_USAGE), context())
    (total,) = enterprise_rows.usage_rows(buckets(ProductUsageRecord, CONTROL_USAGE), context())
    for table, found in (
        ("platform_usage", row), ("claude_ai_user_usage", person), ("claude_ai_usage", total)
    ):  # fmt: skip
        columns = named(table, found)
        assert (columns["ephemeral_5m_input_tokens"], columns["ephemeral_1h_input_tokens"]) == (2, 3)


def test_mistake_cents_taken_for_dollars() -> None:
    (row,) = cost_rows({**COST, "amount": "123.78912"})  # $1.2378912
    assert named("platform_cost", row)["amount_microcents"] == 123_789_120
    (row,) = enterprise_rows.user_cost_rows(flat(UserCostRecord, USER_COST), context())
    columns = named("claude_ai_user_cost", row)
    assert columns["amount_microcents"] == 412_80 * 10**6  # $412.80
    assert columns["list_amount_microcents"] == 500_00 * 10**6


def test_mistake_an_amount_parsed_as_float() -> None:
    text = "9007199254740.993001"
    (row,) = cost_rows({**COST, "amount": text})
    columns = named("platform_cost", row)
    assert (columns["amount"], columns["amount_microcents"]) == (text, 9007199254740993001)
    assert float(text) * 10**6 != columns["amount_microcents"]
    with pytest.raises(msgspec.ValidationError):
        cost_rows({**COST, "amount": 123.78912})


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_any_amount_comes_through_exactly(microcents: int) -> None:
    sign, digits = "-" if microcents < 0 else "", f"{abs(microcents):07d}"
    text = f"{sign}{digits[:-6]}.{digits[-6:]}"
    (row,) = cost_rows({**COST, "amount": text})
    assert row[-2:] == (text, microcents)


def test_a_credit_is_a_negative_amount() -> None:
    (row,) = cost_rows({**COST, "amount": "-50.5", "cost_type": None, "description": "Credit"})
    assert row[-1] == -50_500_000


def test_nulls_stay_nulls_and_unknown_words_stay_as_they_are() -> None:
    empty = {name: None for name in COST if name not in ("amount", "currency")}
    (row,) = cost_rows({**empty, "amount": "1", "currency": "USD"})
    assert row[2:11] == (None,) * 9
    (row,) = cost_rows({**COST, "cost_type": "dream_hours", "model": "claude-next"})
    assert row[5:7] == ("dream_hours", "claude-next")


def test_a_directory_without_the_id_leaves_the_name_open() -> None:
    (row,) = cost_rows({**COST, "workspace_id": "wrkspc_unheard"})
    assert row[2:4] == ("wrkspc_unheard", None)


def test_mistake_api_keys_joined_by_name_not_id() -> None:
    names = Names({}, {"k1": "production", "k2": "production"}, {})
    page = buckets(UsageRecord, *({**USAGE, "api_key_id": k} for k in ("k1", "k2")))
    rows = platform_rows.usage_rows(page, WindowContext(7, "platform_usage", WEEK, names))
    assert [row[4:6] for row in rows] == [("k1", "production"), ("k2", "production")]


@pytest.mark.parametrize("currency", ["EUR", "usd", "", "Dollars of Anthropic"])
def test_another_currency_is_not_added_to_dollars(currency: str) -> None:
    with pytest.raises(MalformedAnswerError, match="cannot add to dollars") as caught:
        cost_rows({**COST, "currency": currency})
    assert caught.value.request_id == "req_7" and "2026-03-01 to 2026-03-07" in caught.value.means


@pytest.mark.parametrize("amount", ["", "1,5", "1e3", "NaN", "0x10", " 1", "--1", "1.", "9" * 30, "१२"])
def test_a_bad_amount_is_refused(amount: str) -> None:
    with pytest.raises(MalformedAnswerError, match="holds an unusable amount"):
        cost_rows({**COST, "amount": amount})
    for field in ("amount", "list_amount"):
        with pytest.raises(MalformedAnswerError):
            enterprise_rows.user_cost_rows(flat(UserCostRecord, {**USER_COST, field: amount}), context())
        with pytest.raises(MalformedAnswerError):
            page = buckets(ProductCostRecord, {**CONTROL_COST, field: amount})
            enterprise_rows.cost_rows(page, context())


@pytest.mark.parametrize("outside", [DAY - timedelta(days=1), DAY + timedelta(days=7)])
def test_a_day_not_asked_for_is_refused(outside: date) -> None:
    with pytest.raises(IncompleteAnswerError, match=f"{outside}, which was not asked for"):
        cost_rows(COST, **span(outside))
    for kind, record, rows in (
        (UserCostRecord, USER_COST, enterprise_rows.user_cost_rows),
        (UserUsageRecord, USER_USAGE, enterprise_rows.user_usage_rows),
    ):
        with pytest.raises(IncompleteAnswerError, match="not asked for"):
            rows(flat(kind, {**record, **span(outside)}), context())


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-01T00:00:00Z", "2026-03-01T12:00:00Z"),
        ("2026-03-01T00:00:00Z", "2026-03-03T00:00:00Z"),
        ("2026-03-01T01:00:00Z", "2026-03-02T01:00:00Z"),
        ("2026-03-01T00:00:00+02:00", "2026-03-02T00:00:00+02:00"),
    ],
)
def test_mistake_a_day_cut_at_local_midnight_instead_of_utc(start: str, end: str) -> None:
    with pytest.raises(MalformedAnswerError, match="not one UTC day"):
        cost_rows(COST, starting_at=start, ending_at=end)
    with pytest.raises(MalformedAnswerError, match="not one UTC day"):
        record = {**USER_COST, "starting_at": start, "ending_at": end}
        enterprise_rows.user_cost_rows(flat(UserCostRecord, record), context())


def test_a_utc_day_written_with_an_offset_is_that_utc_day() -> None:
    times = {"starting_at": "2026-03-02T02:00:00+02:00", "ending_at": "2026-03-03T02:00:00+02:00"}
    (row,) = cost_rows(COST, **times)
    assert row[1] == "2026-03-02"
    (row,) = enterprise_rows.user_cost_rows(flat(UserCostRecord, {**USER_COST, **times}), context())
    assert row[1] == "2026-03-02"


@pytest.mark.parametrize("text", ["2026-03-01T00:00:00", "2026-03-01", "yesterday", "", "1772323200"])
@pytest.mark.parametrize("field", ["starting_at", "ending_at"])
def test_an_instant_without_a_zone_is_refused(field: str, text: str) -> None:
    with pytest.raises(MalformedAnswerError, match="for an instant") as caught:
        enterprise_rows.user_cost_rows(flat(UserCostRecord, {**USER_COST, field: text}), context())
    assert caught.value.request_id == "req_7"


@pytest.mark.parametrize("user_id", [None, ""])
def test_a_user_without_an_id_is_refused_for_users_would_merge(user_id: str | None) -> None:
    record = {**USER_COST, "actor": {**ACTOR, "user_id": user_id}}
    with pytest.raises(MalformedAnswerError, match="a user without an id"):
        enterprise_rows.user_cost_rows(flat(UserCostRecord, record), context())


@pytest.mark.parametrize("bad", [-1, "5", 1.5, None])
def test_a_count_that_is_none_does_not_become_zero(bad: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        buckets(UsageRecord, {**USAGE, "output_tokens": bad})


@pytest.mark.parametrize("field", ["workspace_id", "model", "service_tier"])
def test_a_grouped_field_that_is_absent_or_no_text_is_refused(field: str) -> None:
    absent = {name: value for name, value in USAGE.items() if name != field}
    for record in (absent, {**USAGE, field: 5}):
        with pytest.raises(msgspec.ValidationError):
            buckets(UsageRecord, record)


def test_a_deleted_user_keeps_the_id() -> None:
    actor = {**ACTOR, "email_address": None, "name": "Deleted User", "deleted": True}
    (row,) = enterprise_rows.user_cost_rows(flat(UserCostRecord, {**USER_COST, "actor": actor}), context())
    assert row[2:6] == ("user_1", None, "Deleted User", True)


def test_the_older_spelling_of_the_e_mail_is_read_too() -> None:
    actor = {"type": "user_actor", "user_id": "user_1", "email": "ada@example.com", "name": "Ada"}
    (row,) = enterprise_rows.user_usage_rows(flat(UserUsageRecord, {**USER_USAGE, "actor": actor}), context())
    assert row[2:5] == ("user_1", "ada@example.com", "Ada")


def test_a_missing_list_amount_is_unknown_not_zero() -> None:
    record = {**USER_COST, "list_amount": None}
    (row,) = enterprise_rows.user_cost_rows(flat(UserCostRecord, record), context())
    assert row[-2:] == (None, None)


def test_control_totals_fill_their_columns() -> None:
    (row,) = enterprise_rows.cost_rows(buckets(ProductCostRecord, CONTROL_COST), context())
    assert row == (7, "2026-03-01", "chat", "USD", "41280.000000", 41280 * 10**6, None, None, 3)
    (row,) = enterprise_rows.usage_rows(
        buckets(ProductUsageRecord, {**TOKENS, "product": None, "requests": None}), context()
    )
    assert row == (7, "2026-03-01", None, 1, 2, 3, 4, 5, 6, None)


def test_an_answer_of_another_organization_is_refused() -> None:
    mine = context(organization="org_1")
    for harmless in ("org_1", None):
        mine.require_organization(harmless, "req_7")
    with pytest.raises(MalformedAnswerError, match="another organization"):
        mine.require_organization("org_2", "req_7")


def test_mistake_two_rows_merged_because_their_key_left_out_a_dimension() -> None:
    with in_memory() as db:
        for stream in STREAMS:
            columns = {
                column[1]: column[2] for column in db.conn.execute(f"PRAGMA table_info({stream.name})")
            }
            texts = {name for name, kind in columns.items() if kind == "TEXT"}
            what_it_is_called = {"workspace_name", "api_key_name", "account_email", "user_email", "user_name"}
            measured = {"currency", "amount", "list_amount"}
            key = {name if isinstance(name, str) else name[0] for name in stream.key}
            assert texts - what_it_is_called - measured <= key, stream.name


def test_what_an_answer_may_leave_out_and_what_it_covers() -> None:
    all_days = set(WEEK)
    today = DAY + timedelta(days=6)
    mark = NOW.replace(month=3, day=4, hour=0, minute=0)
    assert tail_start(today, None) == today and tail_start(today, mark) == date(2026, 3, 4)
    assert missing_days(WEEK, all_days - {today}, today) == []
    assert missing_days(WEEK, all_days - {DAY, today}, today) == [DAY]
    assert covered(WEEK, all_days, set(), None) == frozenset(WEEK)
    midnight = covered(WEEK, all_days, set(), mark)
    assert max(midnight) == date(2026, 3, 3)
    past = covered(WEEK, all_days, set(), mark + timedelta(seconds=1))
    assert max(past) == date(2026, 3, 4)
    assert covered(WEEK, all_days, {date(2026, 3, 6)}, mark) - midnight == {date(2026, 3, 6)}
