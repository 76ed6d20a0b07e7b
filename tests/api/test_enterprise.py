"""What is asked of the Analytics API, and how its answers arrive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.api import enterprise
from core.errors import IncompleteAnswerError, MalformedAnswerError
from core.periods import Period
from tests.api.fakes import TOKENS, USER_COST, USER_USAGE, Script, bucket, client, ok, page

DAYS = Period(date(2026, 3, 1), date(2026, 3, 11))
SPAN = [
    ("starting_at", "2026-03-01T00:00:00Z"),
    ("ending_at", "2026-03-11T00:00:00Z"),
    ("bucket_width", "1d"),
]
CHAT = {"amount": "10.5", "list_amount": "12", "currency": "USD", "product": "chat", "requests": 3}


def test_user_cost_is_asked_for_by_every_dimension_and_both_types() -> None:
    script = Script(ok(page(USER_COST, more="p2")), ok(page({**USER_COST, "product": "cowork"})))
    with client(script) as api:
        pages = list(enterprise.fetch_user_cost(api, DAYS))
    assert script.requests[0].url.path == "/v1/organizations/analytics/user_cost_report"
    assert script.params() == [
        *SPAN,
        ("limit", "1000"),
        *(
            ("group_by[]", name)
            for name in (
                "product",
                "model",
                "context_window",
                "inference_geo",
                "speed",
                "cost_type",
                "token_type",
            )
        ),
    ]
    assert script.params(1) == [*script.params(), ("page", "p2")]
    assert [len(found.records) for found in pages] == [1, 1]


def test_user_usage_is_asked_for_by_the_same_less_the_types() -> None:
    script = Script(ok(page(USER_USAGE)))
    with client(script) as api:
        (found,) = enterprise.fetch_user_usage(api, DAYS)
    assert script.requests[0].url.path == "/v1/organizations/analytics/user_usage_report"
    names = [value for name, value in script.params() if name == "group_by[]"]
    assert names == ["product", "model", "context_window", "inference_geo", "speed"]
    assert found.records[0].cache_creation.ephemeral_1h_input_tokens == 3


def test_a_smaller_page_can_be_asked_for() -> None:
    script = Script(ok(page()), ok(page()))
    with client(script) as api:
        list(enterprise.fetch_user_cost(api, DAYS, limit=1))
        list(enterprise.fetch_user_usage(api, DAYS, limit=1))
    assert ("limit", "1") in script.params(0)
    assert ("limit", "1") in script.params(1)


def test_the_watermark_and_the_organization_come_from_the_answer() -> None:
    body = page(USER_COST, data_refreshed_at="2026-03-10T20:00:00Z", organization_id="org_body")
    script = Script(
        ok(body, anthropic_organization_id="org_header"), ok(page(), anthropic_organization_id="org_header")
    )
    with client(script) as api:
        (found,) = enterprise.fetch_user_cost(api, DAYS)
        (bare,) = enterprise.fetch_user_cost(api, DAYS)
    assert found.data_refreshed_at == datetime(2026, 3, 10, 20, tzinfo=UTC)
    assert (found.organization_id, found.request_id) == ("org_body", "req_1")
    assert bare.organization_id == "org_header"


@pytest.mark.parametrize("fetch", [enterprise.fetch_user_cost, enterprise.fetch_cost])
def test_a_watermark_of_null_is_told_from_none_at_all(fetch: Callable[..., Any]) -> None:
    row = USER_COST if fetch is enterprise.fetch_user_cost else bucket(CHAT)
    with client(Script(ok(page(row, data_refreshed_at=None)), ok(page(row)))) as api:
        (null,), (absent,) = list(fetch(api, DAYS)), list(fetch(api, DAYS))
    assert null.data_refreshed_at is None
    assert absent.data_refreshed_at is not None and not absent.data_refreshed_at


@pytest.mark.parametrize(
    ("fetch", "name"),
    [(enterprise.fetch_cost_total, "cost_report"), (enterprise.fetch_usage_total, "usage_report")],
)
def test_totals_are_asked_for_by_day_alone(fetch: Callable[..., Any], name: str) -> None:
    script = Script(ok(page(bucket({**CHAT, **TOKENS, "product": None}))))
    with client(script) as api:
        (found,) = fetch(api, DAYS)
    assert script.requests[0].url.path == f"/v1/organizations/analytics/{name}"
    assert script.params() == [*SPAN, ("limit", "10")]
    assert found.buckets[0].results[0].is_something


@pytest.mark.parametrize("fetch", [enterprise.fetch_user_cost, enterprise.fetch_user_usage])
def test_some_dimensions_and_fewer_rows_can_be_asked_for(fetch: Callable[..., Any]) -> None:
    script = Script(ok(page()))
    with client(script) as api:
        list(fetch(api, DAYS, ("product", "model"), limit=20))
    assert script.params() == [*SPAN, ("limit", "20"), ("group_by[]", "product"), ("group_by[]", "model")]


@pytest.mark.parametrize("fetch", [enterprise.fetch_user_cost, enterprise.fetch_user_usage])
def test_an_odd_row_among_others_is_told_apart_with_its_day(fetch: Callable[..., Any]) -> None:
    row = USER_COST if fetch is enterprise.fetch_user_cost else USER_USAGE
    counted = "amount" if fetch is enterprise.fetch_user_cost else "output_tokens"
    broken = {name: value for name, value in row.items() if name != counted}
    broken["starting_at"] = "2026-03-04T00:00:00Z"
    with client(Script(ok(page(row, broken, row)))) as api:
        (found,) = fetch(api, DAYS)
    (odd,) = found.odd
    assert len(found.records) == 2 and odd.starting_at == "2026-03-04T00:00:00Z"
    assert counted in odd.reason


@pytest.mark.parametrize(
    ("fetch", "name", "row"),
    [
        (enterprise.fetch_cost, "cost_report", CHAT),
        (enterprise.fetch_usage, "usage_report", {**TOKENS, "product": "chat"}),
    ],
)
def test_control_totals_are_asked_for_by_product(
    fetch: Callable[..., Any], name: str, row: dict[str, Any]
) -> None:
    script = Script(ok(page(bucket(row, {**row, "product": None}))))
    with client(script) as api:
        (found,) = fetch(api, DAYS)
    assert script.requests[0].url.path == f"/v1/organizations/analytics/{name}"
    assert script.params() == [*SPAN, ("limit", "10"), ("group_by[]", "product")]
    assert [record.product for record in found.buckets[0].results] == ["chat", None]


@pytest.mark.parametrize("fetch", [enterprise.fetch_cost, enterprise.fetch_usage])
def test_a_bucket_at_the_cap_on_groups_may_hide_the_rest(fetch: Callable[..., Any]) -> None:
    rows = [{**CHAT, **TOKENS, "product": f"p{number}"} for number in range(100)]
    with client(Script(ok(page(bucket(*rows[:99]))), ok(page(bucket(*rows))))) as api:
        assert len(list(fetch(api, DAYS))) == 1
        with pytest.raises(IncompleteAnswerError, match="2026-03-01") as caught:
            list(fetch(api, DAYS))
    assert caught.value.request_id == "req_1"


def test_a_row_without_its_user_is_refused() -> None:
    body = {name: value for name, value in USER_COST.items() if name != "actor"}
    with client(Script(ok(page(body)))) as api, pytest.raises(MalformedAnswerError, match="actor"):
        list(enterprise.fetch_user_cost(api, DAYS))


FETCHES = [
    enterprise.fetch_user_cost,
    enterprise.fetch_user_usage,
    enterprise.fetch_cost,
    enterprise.fetch_usage,
]


@pytest.mark.parametrize("fetch", FETCHES)
@pytest.mark.parametrize("days", [0, 32])
def test_a_period_beyond_the_limit_is_refused_before_anything_is_sent(
    fetch: Callable[..., Any], days: int
) -> None:
    script = Script()
    period = Period(date(2026, 3, 1), date.fromordinal(date(2026, 3, 1).toordinal() + days))
    with client(script) as api, pytest.raises(ValueError, match="31 days"):
        fetch(api, period)
    assert script.requests == []
