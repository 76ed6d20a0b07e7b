"""What is asked of the Admin API, and how its answers arrive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.api import platform
from core.errors import MalformedAnswerError, PermissionDeniedError
from core.periods import Period
from tests.api.fakes import COST, FILTER_OF, USAGE, Script, bucket, client, listing, ok, page, refused

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
ALL_NINE = {
    "account_id",
    "api_key_id",
    "context_window",
    "inference_geo",
    "model",
    "service_account_id",
    "service_tier",
    "speed",
    "workspace_id",
}


def groups(script: Script, index: int = 0) -> list[str]:
    return [value for name, value in script.params(index) if name == "group_by[]"]


def test_the_organization() -> None:
    script = Script(ok({"id": "0f9c-uuid", "name": "Example", "type": "organization"}))
    with client(script) as api:
        answer = platform.fetch_organization(api)
    assert (answer.value.id, answer.value.name) == ("0f9c-uuid", "Example")
    assert script.requests[0].url.path == "/v1/organizations/me"


def test_workspaces_are_asked_for_with_the_archived_ones() -> None:
    script = Script(
        ok(listing({"id": "wrkspc_1", "name": "A"}, more="wrkspc_1")),
        ok(listing({"id": "wrkspc_2", "name": "B", "archived_at": "2026-01-01T00:00:00Z"})),
    )
    with client(script) as api:
        pages = list(platform.fetch_workspaces(api, include_default=False))
    assert [workspace.name for page in pages for workspace in page] == ["A", "B"]
    assert script.params(1) == [("limit", "1000"), ("include_archived", "true"), ("after_id", "wrkspc_1")]


def test_the_default_workspace_is_listed_only_where_asked_for() -> None:
    script = Script(ok(listing({"id": "wrkspc_0", "name": "Default"})))
    with client(script) as api:
        list(platform.fetch_workspaces(api, include_default=True))
    assert script.params() == [
        ("limit", "1000"),
        ("include_archived", "true"),
        ("include_default", "true"),
    ]


def test_api_keys_of_one_name_stay_apart() -> None:
    keys = [{"id": f"apikey_{n}", "name": "ci", "status": "active"} for n in (1, 2)]
    script = Script(ok(listing(*keys)))
    with client(script) as api:
        (found,) = platform.fetch_api_keys(api)
    assert [key.id for key in found] == ["apikey_1", "apikey_2"]
    assert script.requests[0].url.path == "/v1/organizations/api_keys"
    assert script.params() == [("limit", "1000")]


def test_users() -> None:
    script = Script(ok(listing({"id": "user_1", "email": "a@x", "name": "A", "role": "developer"})))
    with client(script) as api:
        (found,) = platform.fetch_users(api)
    assert found[0].role == "developer"
    assert script.requests[0].url.path == "/v1/organizations/users"


def test_usage_is_asked_for_by_utc_day_and_the_dimensions_named() -> None:
    script = Script(ok(page(bucket(USAGE), more="p2")), ok(page(bucket(day="2026-03-02", end="2026-03-03"))))
    with client(script) as api:
        pages = list(platform.fetch_usage(api, MARCH, ("model", "speed"), [("service_tier", ("a", "b"))]))
    assert script.requests[0].url.path == "/v1/organizations/usage_report/messages"
    assert script.params() == [
        ("starting_at", "2026-03-01T00:00:00Z"),
        ("ending_at", "2026-04-01T00:00:00Z"),
        ("bucket_width", "1d"),
        ("limit", "31"),
        ("group_by[]", "model"),
        ("group_by[]", "speed"),
        ("service_tiers[]", "a"),
        ("service_tiers[]", "b"),
    ]
    assert script.params(1) == [*script.params(), ("page", "p2")]
    assert {request.headers["anthropic-beta"] for request in script.requests} == {"fast-mode-2026-02-01"}
    assert pages[0].buckets[0].results[0].speed == "fast"
    assert pages[1].buckets[0].results == []


@pytest.mark.parametrize("dimension", sorted(ALL_NINE))
def test_every_dimension_has_its_filter(dimension: str) -> None:
    script = Script(ok(page(bucket())))
    with client(script) as api:
        list(platform.fetch_usage(api, MARCH, (), [(dimension, ("x",))]))
    assert script.params()[-1] == (FILTER_OF[dimension], "x")
    assert ("anthropic-beta" in script.requests[0].headers) is (dimension == "speed")


def test_usage_without_speed_sends_no_beta() -> None:
    script = Script(ok(page(bucket())))
    with client(script) as api:
        list(platform.fetch_usage(api, MARCH, sorted(ALL_NINE - {"speed"})))
    assert set(groups(script)) == ALL_NINE - {"speed"}
    assert "anthropic-beta" not in script.requests[0].headers


def test_a_row_that_cannot_be_read_is_told_apart_and_the_others_stand() -> None:
    broken = {name: value for name, value in USAGE.items() if name != "output_tokens"}
    with client(Script(ok(page(bucket(USAGE, broken, USAGE))))) as api:
        (found,) = platform.fetch_usage(api, MARCH, ("model",))
    assert len(found.buckets[0].results) == 2
    (odd,) = found.odd
    assert "output_tokens" in odd.reason and odd.starting_at is None  # its bucket tells the day


def test_an_answer_of_which_no_row_can_be_read_is_malformed() -> None:
    body = {name: value for name, value in USAGE.items() if name != "output_tokens"}
    with client(Script(ok(page(bucket(body, body))))) as api, pytest.raises(MalformedAnswerError) as caught:
        list(platform.fetch_usage(api, MARCH, ("model",)))
    assert "output_tokens" in str(caught.value)
    assert "$.data[0].results[0]" in str(caught.value)
    assert caught.value.request_id == "req_1"


def test_cost_is_asked_for_by_workspace_and_description() -> None:
    script = Script(ok(page(bucket(COST)), anthropic_organization_id="org_5"))
    with client(script) as api:
        (found,) = platform.fetch_cost(api, Period(date(2026, 3, 1), date(2026, 3, 3)))
    assert script.requests[0].url.path == "/v1/organizations/cost_report"
    assert groups(script) == ["workspace_id", "description"]
    assert ("limit", "2") in script.params()
    assert found.buckets[0].results[0].amount == "123.78912"
    assert found.buckets[0].starting_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert (found.organization_id, found.request_id) == ("org_5", "req_1")


def test_a_refusal_is_an_error_and_never_no_spend() -> None:
    script = Script(refused(403, "Your key has the scopes: a. It needs: b."))
    with client(script) as api, pytest.raises(PermissionDeniedError, match=r"It needs: b\."):
        list(platform.fetch_cost(api, MARCH))


@pytest.mark.parametrize(
    ("fetch", "name"),
    [(platform.fetch_cost_total, "cost_report"), (platform.fetch_usage_total, "usage_report/messages")],
)
def test_totals_are_asked_for_by_day_alone(fetch: Callable[..., Any], name: str) -> None:
    script = Script(ok(page(bucket({**COST, **USAGE}))))
    with client(script) as api:
        (found,) = fetch(api, MARCH)
    assert script.requests[0].url.path == f"/v1/organizations/{name}"
    assert groups(script) == [] and "anthropic-beta" not in script.requests[0].headers
    assert ("limit", "31") in script.params() and found.buckets[0].results[0].is_something


@pytest.mark.parametrize("days", [0, 32])
def test_a_period_beyond_the_limit_is_refused_before_anything_is_sent(days: int) -> None:
    script = Script()
    period = Period(date(2026, 3, 1), date.fromordinal(date(2026, 3, 1).toordinal() + days))
    with client(script) as api:
        with pytest.raises(ValueError, match="31 days"):
            platform.fetch_usage(api, period, ())
        with pytest.raises(ValueError, match="31 days"):
            platform.fetch_cost(api, period)
    assert script.requests == []
