"""The records: strict where a mistake would change a number, open where Anthropic may add something."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from core.api.pages import Bucket, BucketResponse, FlatResponse
from core.api.records import (
    ApiKey,
    CostRecord,
    ProductCostRecord,
    ProductUsageRecord,
    TotalRecord,
    UsageRecord,
    User,
    UserCostRecord,
    UserUsageRecord,
    Workspace,
)
from tests.api.fakes import COST, TOKENS, USAGE, USER_COST, USER_USAGE, bucket, page

PRODUCT_COST = {"amount": "1.5", "currency": "USD", "product": "chat"}
PRODUCT_USAGE = {**TOKENS, "product": "chat"}

RECORDS: list[tuple[type, dict[str, Any]]] = [
    (UsageRecord, USAGE),
    (CostRecord, COST),
    (UserCostRecord, USER_COST),
    (UserUsageRecord, USER_USAGE),
    (ProductCostRecord, PRODUCT_COST),
    (ProductUsageRecord, PRODUCT_USAGE),
]
COSTS = [RECORDS[1], RECORDS[2], RECORDS[4]]
USAGES = [RECORDS[0], RECORDS[3], RECORDS[5]]
COUNTS = {"uncached_input_tokens", "cache_creation", "cache_read_input_tokens", "output_tokens"}
MONEY = {"amount", "currency"}
ROW = {"starting_at", "ending_at", "actor"}
REQUIRED: dict[type, set[str]] = {
    UsageRecord: COUNTS,
    CostRecord: MONEY | {"workspace_id", "description"},
    UserCostRecord: ROW | MONEY | {"cost_type", "token_type"},
    UserUsageRecord: ROW | COUNTS,
    ProductCostRecord: MONEY | {"product"},
    ProductUsageRecord: COUNTS | {"product"},
}
"""What changes a number, or merges rows, where it is missing. Whatever else is sent may be absent."""
DIMENSIONS: dict[type, set[str]] = {
    UsageRecord: {
        "workspace_id",
        "api_key_id",
        "account_id",
        "service_account_id",
        "model",
        "service_tier",
        "context_window",
        "inference_geo",
        "speed",
    },
    UserCostRecord: {"product", "model", "context_window", "inference_geo", "speed"},
    UserUsageRecord: {"product", "model", "context_window", "inference_geo", "speed"},
}
"""What a question need not group by: null, where asked for, says something that absence does not."""


def read(kind: Any, body: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(body), type=kind)


@pytest.mark.parametrize(("kind", "body"), RECORDS)
def test_a_record_keeps_what_was_sent(kind: type, body: dict[str, Any]) -> None:
    record = msgspec.to_builtins(read(kind, body))
    assert {name: record[name] for name in body if name != "actor"} == {
        name: value for name, value in body.items() if name != "actor"
    }


@pytest.mark.parametrize(("kind", "body"), RECORDS)
def test_every_promised_field_must_be_there(kind: type, body: dict[str, Any]) -> None:
    for name in REQUIRED[kind]:
        rest = {key: value for key, value in body.items() if key != name}
        with pytest.raises(msgspec.ValidationError, match=name):
            read(kind, rest)


@pytest.mark.parametrize(("kind", "body"), RECORDS)
def test_what_older_servers_leave_out_may_be_absent(kind: type, body: dict[str, Any]) -> None:
    promised = {name: value for name, value in body.items() if name in REQUIRED[kind]}
    record = msgspec.to_builtins(read(kind, promised))
    assert {name: record[name] for name in promised if name != "actor"} == {
        name: value for name, value in promised.items() if name != "actor"
    }


@pytest.mark.parametrize(("kind", "body"), [entry for entry in RECORDS if entry[0] in DIMENSIONS])
def test_a_dimension_that_is_absent_is_not_one_that_is_null(kind: type, body: dict[str, Any]) -> None:
    for name in DIMENSIONS[kind]:
        absent = read(kind, {key: value for key, value in body.items() if key != name})
        assert getattr(absent, name) is msgspec.UNSET
        assert getattr(read(kind, {**body, name: None}), name) is None


@pytest.mark.parametrize(("kind", "body"), RECORDS)
def test_unknown_fields_and_values_are_no_error(kind: type, body: dict[str, Any]) -> None:
    new = {**body, "brand_new": {"a": [1]}, "product": "claude_x", "token_type": "thought_tokens"}
    record = read(kind, {key: value for key, value in new.items() if key in body or key == "brand_new"})
    assert not hasattr(record, "brand_new")
    if hasattr(record, "product"):
        assert record.product == "claude_x"


# Money


@pytest.mark.parametrize(("kind", "body"), COSTS)
@pytest.mark.parametrize("amount", [123.78912, 123, None, ["1"], {"value": "1"}, True])
def test_an_amount_that_is_not_text_is_refused(kind: type, body: dict[str, Any], amount: object) -> None:
    with pytest.raises(msgspec.ValidationError, match="amount"):
        read(kind, {**body, "amount": amount})


@pytest.mark.parametrize(("kind", "body"), COSTS)
@pytest.mark.parametrize(
    "amount", ["123.78912", "41280.000000", "0.1000000000000000055511151231257827", "-5"]
)
def test_an_amount_stays_the_text_in_cents_that_was_sent(
    kind: type, body: dict[str, Any], amount: str
) -> None:
    assert read(kind, {**body, "amount": amount}).amount == amount


def test_a_list_amount_as_a_number_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="list_amount"):
        read(UserCostRecord, {**USER_COST, "list_amount": 12.5})


# Tokens


@pytest.mark.parametrize(("kind", "body"), USAGES)
def test_cache_writes_are_nested(kind: type, body: dict[str, Any]) -> None:
    created = read(kind, body).cache_creation
    assert (created.ephemeral_5m_input_tokens, created.ephemeral_1h_input_tokens) == (2, 3)


@pytest.mark.parametrize(("kind", "body"), USAGES)
@pytest.mark.parametrize(
    "nested", [None, {}, 5, {"ephemeral_5m_input_tokens": 2}, {"ephemeral_1h_input_tokens": 2}]
)
def test_cache_writes_in_another_form_are_never_zero(
    kind: type, body: dict[str, Any], nested: object
) -> None:
    flat = {**body, "ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 3}
    with pytest.raises(msgspec.ValidationError, match="cache_creation"):
        read(kind, {**flat, "cache_creation": nested})


@pytest.mark.parametrize(("kind", "body"), USAGES)
@pytest.mark.parametrize("value", [-1, 1.5, "7", None, True, 2**63])
def test_a_count_is_a_whole_number_that_fits(kind: type, body: dict[str, Any], value: object) -> None:
    for name in ("uncached_input_tokens", "cache_read_input_tokens", "output_tokens"):
        with pytest.raises(msgspec.ValidationError, match=name):
            read(kind, {**body, name: value})


@pytest.mark.parametrize(("kind", "body"), USAGES)
@pytest.mark.parametrize("value", [-1, 1.5, "7", True, 2**63])
def test_a_number_of_searches_is_a_whole_number_that_fits(
    kind: type, body: dict[str, Any], value: object
) -> None:
    with pytest.raises(msgspec.ValidationError, match="web_search_requests"):
        read(kind, {**body, "server_tool_use": {"web_search_requests": value}})


@pytest.mark.parametrize(("kind", "body"), USAGES)
def test_the_largest_count_is_kept_exactly(kind: type, body: dict[str, Any]) -> None:
    assert read(kind, {**body, "output_tokens": 2**63 - 1}).output_tokens == 2**63 - 1


@pytest.mark.parametrize(("kind", "body"), USAGES)
@pytest.mark.parametrize("searches", [None, {}, {"web_search_requests": None}, {"web_search_requests": 0}])
def test_searches_are_left_out_where_there_were_none(
    kind: type, body: dict[str, Any], searches: object
) -> None:
    assert read(kind, {**body, "server_tool_use": searches}).web_searches == 0
    assert read(kind, {k: v for k, v in body.items() if k != "server_tool_use"}).web_searches == 0
    assert read(kind, body).web_searches == 6


# Whether a total holds anything


@pytest.mark.parametrize(
    ("body", "something"),
    [
        ({}, False),
        ({"amount": "0"}, False),
        ({"amount": "0.000000"}, False),
        ({"amount": "-0.00"}, False),
        ({"amount": "0E-10"}, False),
        ({"amount": None}, False),
        ({"amount": "0.000001"}, True),
        ({"amount": "-12"}, True),
        ({"amount": "1E-6"}, True),
        ({"amount": "who knows"}, True),
        ({"output_tokens": 1}, True),
        ({"cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 1}}, True),
        ({"cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}}, False),
        ({"server_tool_use": {"web_search_requests": 1}}, True),
        ({"server_tool_use": {"web_search_requests": 0}}, False),
    ],
)
def test_a_total_tells_whether_there_is_anything(body: dict[str, Any], something: bool) -> None:
    assert read(TotalRecord, body).is_something is something


# Instants


@pytest.mark.parametrize(
    "text", ["2026-03-01T02:00:00+02:00", "2026-03-01T00:00:00Z", "2026-03-01T00:00:00.000Z"]
)
def test_instants_are_turned_to_utc_so_that_days_are_utc_days(text: str) -> None:
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    record = read(Bucket[CostRecord], {**bucket(), "starting_at": text})
    assert record.starting_at == midnight
    assert record.starting_at.utcoffset().total_seconds() == 0
    assert record.starting_at.date() == midnight.date()


@pytest.mark.parametrize("text", ["2026-03-01T00:00:00", "2026-03-01", "yesterday", "", None, 1772323200])
def test_an_instant_without_a_zone_is_refused(text: object) -> None:
    with pytest.raises(msgspec.ValidationError, match="ing_at"):
        read(Bucket[CostRecord], {**bucket(), "ending_at": text})


@pytest.mark.parametrize(("kind", "body"), [(UserCostRecord, USER_COST), (UserUsageRecord, USER_USAGE)])
def test_a_row_has_instants(kind: type, body: dict[str, Any]) -> None:
    for instant in (None, 1772323200):
        with pytest.raises(msgspec.ValidationError, match="ing_at"):
            read(kind, {**body, "ending_at": instant})


def test_a_watermark_is_read_and_may_be_absent() -> None:
    answer = read(FlatResponse, page(data_refreshed_at="2026-11-22T20:00:00Z"))
    assert answer.data_refreshed_at == datetime(2026, 11, 22, 20, tzinfo=UTC)
    assert read(BucketResponse, page(bucket(COST))).data_refreshed_at is msgspec.UNSET


def test_a_null_watermark_is_not_an_absent_one() -> None:
    assert read(FlatResponse, page(data_refreshed_at=None)).data_refreshed_at is None


# Both spellings


def test_a_deleted_account_keeps_its_id() -> None:
    gone = {
        "type": "user_actor",
        "user_id": "user_2",
        "email_address": None,
        "name": "Deleted User",
        "deleted": True,
    }
    actor = read(UserCostRecord, {**USER_COST, "actor": gone}).actor
    assert (actor.user_id, actor.email_address, actor.deleted) == ("user_2", None, True)


def test_an_actor_of_a_new_type_is_kept() -> None:
    robot = {"type": "robot_actor", "name": "R2"}
    assert read(UserCostRecord, {**USER_COST, "actor": robot}).actor.type == "robot_actor"


def test_a_keys_workspace_is_read_in_both_forms() -> None:
    base = {"id": "apikey_1", "name": "ci", "partial_key_hint": "sk-ant-a…", "status": "inactive"}
    older = read(ApiKey, {**base, "workspace_id": "wrkspc_1"})
    newer = read(ApiKey, {**base, "scope": {"type": "workspace", "workspace_id": "wrkspc_1"}})
    everywhere = read(ApiKey, {**base, "scope": {"type": "organization"}})
    assert (older.workspace_id, newer.workspace_id) == ("wrkspc_1", "wrkspc_1")
    assert (everywhere.workspace_id, read(ApiKey, {**base, "workspace_id": None}).workspace_id) == (
        None,
        None,
    )


def test_a_users_e_mail_is_read_in_both_spellings() -> None:
    assert read(User, {"id": "user_1", "email": "a@x"}).email == "a@x"
    assert read(User, {"id": "user_1", "email_address": "a@x"}).email == "a@x"


def test_a_workspace_keeps_its_tags_and_when_it_was_archived() -> None:
    body = {"id": "wrkspc_1", "name": "ML", "archived_at": "2026-01-02T03:04:05Z", "tags": {"team": "ml"}}
    workspace = read(Workspace, body)
    assert workspace.tags == {"team": "ml"}
    assert workspace.archived_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert read(Workspace, {"id": "w", "name": "n"}).tags is None
    assert read(Workspace, {"id": "w", "name": "n", "tags": None}).tags is None
