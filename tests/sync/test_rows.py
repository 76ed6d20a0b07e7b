"""Answers as rows of the fact tables; and what is refused rather than stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.api.newest_records import NewestCostRecord, NewestUsageRecord
from core.api.pages import Bucket, BucketPage, FlatPage, Odd
from core.api.records import (
    CostRecord,
    ProductCostRecord,
    ProductUsageRecord,
    UsageRecord,
    UserCostRecord,
    UserUsageRecord,
)
from core.dimensions import Origin
from core.errors import IncompleteAnswerError, MalformedAnswerError
from core.periods import Period
from core.store.directory import Names
from core.streams import STREAMS
from core.sync import apart_rows, enterprise_rows, newest_rows, platform_rows
from core.sync.context import WindowContext
from core.sync.usage_questions import counts_of
from tests.api.fakes import ACTOR, COST, TOKENS, USAGE, USER_COST, USER_USAGE
from tests.sync.anthropic import CONTROL_COST, CONTROL_USAGE, NEWEST_COST, NEWEST_USAGE, span

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
    columns = STREAMS[table].columns
    return dict(zip(["connection_id", "day", *(column.name for column in columns)], row, strict=True))


def microcents_of(row: tuple[object, ...]) -> object:
    return named("platform_cost", row)["amount_microcents"]


def cost_rows(*results: dict[str, Any], **bounds: str) -> list[tuple[object, ...]]:
    return platform_rows.cost_rows(buckets(CostRecord, *results, **bounds), context())


def usage_row(record: dict[str, Any], among: WindowContext | None = None) -> tuple[object, ...]:
    """A record at full grain, its dimensions in the order of the fact table."""
    names = (
        *("workspace_id", "api_key_id", "account_id", "service_account_id"),
        *("model", "service_tier", "context_window", "inference_geo", "speed"),
    )
    found = msgspec.convert(record, UsageRecord)
    told = tuple(getattr(found, name) for name in names)
    return platform_rows.usage_row("2026-03-01", told, counts_of(found), among or context(), "req_7")


def test_platform_usage_fills_its_columns() -> None:
    record = {**USAGE, "workspace_id": "wrkspc_1", "account_id": "user_1", "service_account_id": "svac_1"}
    row = usage_row(record)
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


AGENT = {
    "agent_id": "agent_1",
    "session_id": "sesn_1",
    "environment_id": "env_1",
    "deployment_id": None,
    "model": "claude-opus-5",
}
AGENT_OF_A_PRODUCT = {"product": "cowork", **{name: AGENT[name] for name in list(AGENT)[:4]}}
TAG = {
    "product": "claude_tag",
    "user_profile_id": "uprof_1",
    "slack_channel_id": "C042",
    "claude_tag_category": "engaged",
    "model": None,
}
BILLED = {
    "cost_type": "tokens",
    "token_type": "output_tokens",
    "currency": "USD",
    "amount": "41280.000000",
    "amount_microcents": 412_80 * 10**6,
    "list_amount": "50000.000000",
    "list_amount_microcents": 500_00 * 10**6,
}
USED = {
    "uncached_input_tokens": 1,
    "ephemeral_5m_input_tokens": 2,
    "ephemeral_1h_input_tokens": 3,
    "cache_read_input_tokens": 4,
    "output_tokens": 5,
    "web_search_requests": 6,
    "requests": 7,
}


@pytest.mark.parametrize(
    ("table", "at", "group"),
    [
        ("platform_agent", (Origin.PLATFORM, "agents"), AGENT),
        ("platform_tag", (Origin.PLATFORM, "tags"), TAG),
        ("claude_ai_agent", (Origin.CLAUDE_AI, "agents"), AGENT_OF_A_PRODUCT),
        ("claude_ai_tag", (Origin.CLAUDE_AI, "tags"), TAG),
    ],
)
def test_what_stands_apart_fills_its_columns(
    table: str, at: tuple[Origin, str], group: dict[str, Any]
) -> None:
    costs, used = newest_rows.cost_kind(f"{table}_cost"), newest_rows.usage_kind(f"{table}_usage")
    for kind, record, received, told in (
        (costs, NewestCostRecord, NEWEST_COST, BILLED),
        (used, NewestUsageRecord, NEWEST_USAGE, USED),
    ):
        answer = {**received, **span(DAY), "group": {**received["group"], **group}}
        grouping = apart_rows.GROUPINGS[at]
        (row,) = apart_rows.apart_rows(kind, grouping, flat(record, answer), context(kind.stream))
        assert named(kind.stream, row) == {"connection_id": 7, "day": "2026-03-01", **group, **told}
        left = {name: value for name, value in answer["group"].items() if name != next(iter(group))}
        with pytest.raises(MalformedAnswerError, match="leaves out a dimension"):
            apart_rows.apart_rows(kind, grouping, flat(record, {**answer, "group": left}), context())


def test_mistake_cache_creation_read_flat_so_always_0() -> None:
    flat_too = {**USAGE, "ephemeral_5m_input_tokens": 0, "cache_creation_input_tokens": 0}
    row = usage_row(flat_too)
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
    assert (named("platform_cost", row)["amount"], microcents_of(row)) == (text, microcents)


def test_a_credit_is_a_negative_amount() -> None:
    (row,) = cost_rows({**COST, "amount": "-50.5", "cost_type": None, "description": "Credit"})
    assert microcents_of(row) == -50_500_000


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
    mine = WindowContext(7, "platform_usage", WEEK, names)
    rows = [usage_row({**USAGE, "api_key_id": key}, mine) for key in ("k1", "k2")]
    assert [row[4:6] for row in rows] == [("k1", "production"), ("k2", "production")]


def aside(mine: WindowContext) -> tuple[int, str]:
    """How many rows were set aside on the first of March, and why; nothing was on another day."""
    assert {day for day, _ in mine.aside} == {"2026-03-01"}
    return sum(mine.aside.values()), " ".join(reason for _, reason in mine.aside)


@pytest.mark.parametrize("currency", ["EUR", "usd", "", "Dollars of Anthropic"])
def test_another_currency_is_not_added_to_dollars(currency: str) -> None:
    mine = context()
    page = buckets(CostRecord, {**COST, "currency": currency}, {**COST, "amount": "2"})
    (row,) = platform_rows.cost_rows(page, mine)
    assert microcents_of(row) == 2_000_000
    rows, reason = aside(mine)
    assert rows == 1 and "cannot be added to dollars" in reason


@pytest.mark.parametrize("amount", ["", "1,5", "1e99", "NaN", "0x10", " 1", "--1", "1.", "9" * 30, "१२"])
def test_a_row_of_a_bad_amount_is_set_aside_and_the_others_count(amount: str) -> None:
    mine = context()
    rows = platform_rows.cost_rows(buckets(CostRecord, COST, {**COST, "amount": amount}, COST), mine)
    assert [microcents_of(row) for row in rows] == [123_789_120, 123_789_120]
    assert aside(mine)[0] == 1 and "unusable amount" in aside(mine)[1]
    for field in ("amount", "list_amount"):
        mine = context()
        people = flat(UserCostRecord, {**USER_COST, field: amount}, USER_COST)
        assert [row[-3] for row in enterprise_rows.user_cost_rows(people, mine)] == [412_80 * 10**6]
        assert aside(mine)[0] == 1
        mine = context()
        totals = buckets(ProductCostRecord, CONTROL_COST, {**CONTROL_COST, field: amount})
        assert [row[5] for row in enterprise_rows.cost_rows(totals, mine)] == [412_80 * 10**6]
        assert aside(mine)[0] == 1


def test_rows_set_aside_are_counted_by_day_and_reason() -> None:
    mine = context()
    for day in (DAY, DAY, DAY + timedelta(days=2)):
        page = buckets(CostRecord, {**COST, "currency": "EUR"}, COST, {**COST, "amount": "x"}, **span(day))
        assert len(platform_rows.cost_rows(page, mine)) == 1
    counted: dict[str, list[int]] = {}
    for (day, _), rows in mine.aside.items():
        counted.setdefault(day, []).append(rows)
    assert counted == {"2026-03-01": [2, 2], "2026-03-03": [1, 1]}


def odd_page(*odd: Odd, day: date | None = None) -> BucketPage[Any] | FlatPage[Any]:
    if day is None:
        return FlatPage([], None, None, "req_7", odd=odd)
    bucket = msgspec.convert({**span(day), "results": []}, Bucket[CostRecord])
    return BucketPage([bucket], None, None, "req_7", odd=odd)


def test_a_row_that_could_not_be_read_is_set_aside_on_its_day() -> None:
    mine = context()
    mine.set_aside(odd_page(Odd("no count"), Odd("no count"), Odd("no amount"), day=date(2026, 3, 4)))
    mine.set_aside(odd_page(Odd("no amount", "2026-03-05T02:00:00+02:00")))
    assert mine.aside == {
        ("2026-03-04", "no count"): 2,
        ("2026-03-04", "no amount"): 1,
        ("2026-03-05", "no amount"): 1,
    }


@pytest.mark.parametrize("start", [None, "", "yesterday", "2026-03-05"])
def test_a_row_of_which_not_even_the_day_can_be_told_is_refused(start: str | None) -> None:
    with pytest.raises(MalformedAnswerError) as caught:
        context().set_aside(odd_page(Odd("no amount", start)))
    assert caught.value.request_id == "req_7" and "2026-03-01 to 2026-03-07" in caught.value.means


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


DIMENSIONS = [name for name, value in USAGE.items() if isinstance(value, str | None)]
PERSONAL = ["product", "model", "context_window", "inference_geo", "speed"]


@pytest.mark.parametrize("field", DIMENSIONS)
def test_a_grouped_field_that_is_absent_or_no_text_is_refused(field: str) -> None:
    assert len(DIMENSIONS) == 9
    with pytest.raises(MalformedAnswerError, match="leaves out a dimension") as caught:
        usage_row({name: value for name, value in USAGE.items() if name != field})
    assert caught.value.request_id == "req_7"
    with pytest.raises(msgspec.ValidationError):
        buckets(UsageRecord, {**USAGE, field: 5})


@pytest.mark.parametrize("field", PERSONAL)
def test_a_dimension_of_a_user_that_was_asked_for_and_is_absent_is_refused(field: str) -> None:
    for kind, record, rows in (
        (UserCostRecord, USER_COST, enterprise_rows.user_cost_rows),
        (UserUsageRecord, USER_USAGE, enterprise_rows.user_usage_rows),
    ):
        left = {name: value for name, value in record.items() if name != field}
        with pytest.raises(MalformedAnswerError, match="leaves out a dimension"):
            rows(flat(kind, left), context())


def test_a_dimension_that_was_not_asked_for_is_neither_empty_nor_made_up() -> None:
    for kind, record, rows, table in (
        (UserCostRecord, USER_COST, enterprise_rows.user_cost_rows, "claude_ai_user_cost"),
        (UserUsageRecord, USER_USAGE, enterprise_rows.user_usage_rows, "claude_ai_user_usage"),
    ):
        left = {**record, "inference_geo": None}
        left.pop("speed")
        page = replace(flat(kind, left), not_asked=("inference_geo", "speed"))
        (row,) = rows(page, context())
        columns = named(table, row)
        assert [columns[name] for name in PERSONAL] == [
            "chat",
            "claude-opus-5",
            None,
            "Not told apart",
            "Not told apart",
        ]


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
        buckets(ProductUsageRecord, {**TOKENS, "product": None, "requests": None, "total_tokens": 15}),
        context(),
    )
    assert row == (7, "2026-03-01", None, 1, 2, 3, 4, 5, 6, None, 15)


def test_an_answer_of_another_organization_is_refused() -> None:
    mine = context(organization="org_1")
    for harmless in ("org_1", None):
        mine.require_organization(harmless, "req_7")
    with pytest.raises(MalformedAnswerError, match="another organization"):
        mine.require_organization("org_2", "req_7")
