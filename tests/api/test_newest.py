"""What is asked of the newest reports, how their answers arrive, and which refusals are nobody's mistake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from core.api import newest
from core.errors import (
    ApiError,
    AuthenticationError,
    IncompleteAnswerError,
    InvalidRequestError,
    MalformedAnswerError,
    NotFoundError,
    NotServed,
    NotServedError,
    PermissionDeniedError,
    RateLimitError,
)
from core.periods import Period
from tests.api.fakes import ACTOR, TOKENS, Script, client, ok, page, refused

DAYS = Period(date(2026, 3, 1), date(2026, 3, 11))
SPAN = [
    ("starting_at", "2026-03-01T00:00:00Z"),
    ("ending_at", "2026-03-11T00:00:00Z"),
    ("time_bucket_width", "1d"),
    ("order_by", "time"),
    ("order", "asc"),
]
NOTHING = dict.fromkeys((*newest.FILTERS, *newest.SPLITS))
_OF = {"starting_at": "2026-03-01T00:00:00Z", "ending_at": "2026-03-02T00:00:00Z"}
FETCHES = [newest.fetch_cost, newest.fetch_usage]


def cost(amount: str = "123.789120", *, listed: str = "130.000000", **group: Any) -> dict[str, Any]:
    said = {"amount": amount, "list_amount": listed, "currency": "USD", "requests": None}
    return {**_OF, "group": {**NOTHING, **group}, "cost": said}


def usage(**group: Any) -> dict[str, Any]:
    return {**_OF, "group": {**NOTHING, **group}, "usage": {**TOKENS, "total_tokens": 15, "requests": 7}}


def row_for(fetch: Callable[..., Any], **group: Any) -> dict[str, Any]:
    return cost(**group) if fetch is newest.fetch_cost else usage(**group)


def test_a_cost_is_asked_for_by_both_types_beside_its_dimensions() -> None:
    script = Script(ok(page(cost(), more="p2")), ok(page(cost("7"))))
    with client(script) as api:
        pages = list(newest.fetch_cost(api, DAYS, ("model", "speed"), [("product", ["chat", "cowork"])]))
    assert script.requests[0].url.path == "/v1/organizations/analytics/cost"
    assert script.params() == [
        *SPAN,
        ("limit", "1000"),
        *(("group_by[]", name) for name in ("model", "speed", "cost_type", "token_type")),
        ("products[]", "chat"),
        ("products[]", "cowork"),
    ]
    assert script.params(1) == [*script.params(), ("page", "p2")]
    assert [request.headers["anthropic-beta"] for request in script.requests] == [
        "analytics-usage-cost-2026-08-24"
    ] * 2
    assert [found.records[0].cost.amount for found in pages] == ["123.789120", "7"]


def test_both_types_are_asked_for_once_where_a_caller_names_one() -> None:
    script = Script(ok(page()))
    with client(script) as api:
        list(newest.fetch_cost(api, DAYS, ("token_type", "model"), limit=20))
    assert [value for name, value in script.params() if name == "group_by[]"] == [
        "model",
        "cost_type",
        "token_type",
    ]
    assert ("limit", "20") in script.params()


def test_usage_is_asked_for_without_the_types() -> None:
    script = Script(ok(page(usage(actor=ACTOR))))
    with client(script) as api:
        (found,) = newest.fetch_usage(api, DAYS, newest.KEY_GROUPS, [("api_key_id", [""])])
    assert script.requests[0].url.path == "/v1/organizations/analytics/usage"
    assert script.params() == [
        *SPAN,
        ("limit", "1000"),
        *(("group_by[]", name) for name in ("workspace_id", "api_key_id", "actor", "product", "model")),
        ("api_key_ids[]", ""),
    ]
    (row,) = found.records
    assert (row.usage.cache_creation.ephemeral_1h_input_tokens, row.usage.web_searches) == (3, 6)
    assert (row.usage.total_tokens, row.usage.requests) == (15, 7)


@pytest.mark.parametrize(
    ("fetch", "path"), [(newest.fetch_cost_total, newest.COST), (newest.fetch_usage_total, newest.USAGE)]
)
def test_totals_are_asked_for_by_day_alone(fetch: Callable[..., Any], path: str) -> None:
    script = Script(ok(page(cost() if fetch is newest.fetch_cost_total else usage())))
    with client(script) as api:
        list(fetch(api, DAYS))
    assert script.requests[0].url.path == path
    assert script.params() == [*SPAN, ("limit", "1000")]


def test_every_documented_filter_is_known_by_its_dimension() -> None:
    named = (
        "actor_ids actor_types agent_ids api_key_ids claude_tag_categories claude_tag_user_ids"
        " context_windows deployment_ids environment_ids inference_geos models organization_ids products"
        " rbac_group_ids service_tiers session_ids slack_channel_ids speeds user_profile_ids workspace_ids"
    )
    assert sorted(newest.FILTERS.values()) == [f"{name}[]" for name in named.split()]


@pytest.mark.parametrize("fetch", FETCHES)
def test_a_sixth_dimension_is_never_asked_for(fetch: Callable[..., Any]) -> None:
    with client(Script()) as api:
        with pytest.raises(ValueError, match="at most 5 dimensions, not 6"):
            fetch(api, DAYS, (*newest.PRICE_GROUPS, "actor"))
        with pytest.raises(ValueError, match="no dimension of the newest reports: description"):
            fetch(api, DAYS, ("description",))
        with pytest.raises(ValueError, match="no dimension of the newest reports: tag"):
            fetch(api, DAYS, (), [("tag", ["x"])])
        with pytest.raises(ValueError, match="1 to 31 days"):
            fetch(api, Period(date(2026, 3, 1), date(2026, 4, 2)), ())


def test_each_kind_of_identity_is_read() -> None:
    told: list[dict[str, Any] | None] = [
        ACTOR,
        {"type": "user_actor", "user_id": "user_2", "email_address": None, "name": None, "deleted": True},
        {"type": "service_account_actor", "service_account_id": "svac_1"},
        {"type": "api_actor", "api_key_id": "apikey_1"},
        {
            "type": "federated_actor",
            "subject": None,
            "provider": {"type": "aws", "account_id": "42", "signed_principal": "arn:aws:iam::42:role/r"},
        },
        {"type": "robot_actor", "serial": "R2"},
        None,
    ]
    with client(Script(ok(page(*[cost(actor=actor) for actor in told])))) as api:
        (found,) = newest.fetch_cost(api, DAYS, ("actor",))
    *actors, nobody = [row.group.actor for row in found.records]
    read: list[Any] = actors
    assert nobody is None
    assert [actor.type for actor in read] == [actor["type"] for actor in told if actor]
    assert (read[0].user_id, read[0].email_address, read[0].name) == ("user_1", "ada@example.com", "Ada")
    assert (read[1].deleted, read[1].email_address) == (True, None)
    assert read[2].service_account_id == "svac_1"
    assert read[3].api_key_id == "apikey_1"
    assert (read[4].subject, read[4].provider.signed_principal) == (None, "arn:aws:iam::42:role/r")


def test_a_dimension_that_is_left_out_is_told_from_an_empty_one() -> None:
    bare = {**cost(), "group": {"model": None}}
    with client(Script(ok(page(bare)))) as api:
        (found,) = newest.fetch_cost(api, DAYS, ("model", "speed"))
    group = found.records[0].group
    assert group.model is None
    assert group.speed is not None and not group.speed and not group.actor


def test_rows_that_are_alike_are_all_read_page_by_page() -> None:
    same = cost("1", actor=None)
    script = Script(ok(page(same, same, more="p2")), ok(page(same)))
    with client(script) as api:
        pages = list(newest.fetch_cost(api, DAYS, ("actor",)))
    assert sum(len(found.records) for found in pages) == 3


def test_a_page_that_comes_again_is_no_end() -> None:
    rows = [cost("1"), cost("2")]
    script = Script(*[ok(page(*rows, more=cursor)) for cursor in ("a", "b")])
    with client(script) as api, pytest.raises(IncompleteAnswerError, match="already read"):
        list(newest.fetch_cost(api, DAYS, ()))


@pytest.mark.parametrize("fetch", FETCHES)
def test_more_without_a_cursor_is_no_end(fetch: Callable[..., Any]) -> None:
    script = Script(ok({"data": [], "has_more": True, "next_page": None}))
    with client(script) as api, pytest.raises(IncompleteAnswerError, match="but not where"):
        list(fetch(api, DAYS, ()))


@pytest.mark.parametrize("fetch", FETCHES)
def test_the_watermark_may_be_null_or_absent(fetch: Callable[..., Any]) -> None:
    refreshed = "2026-03-10T20:00:00Z"
    answers = [page(data_refreshed_at=refreshed), page(data_refreshed_at=None), page()]
    with client(Script(*[ok(answer, anthropic_organization_id="org_1") for answer in answers])) as api:
        (told,), (null,), (absent,) = [list(fetch(api, DAYS, ())) for _ in answers]
    assert told.data_refreshed_at == datetime(2026, 3, 10, 20, tzinfo=UTC)
    assert told.organization_id == "org_1"
    assert null.data_refreshed_at is None
    assert absent.data_refreshed_at is not None and not absent.data_refreshed_at


@pytest.mark.parametrize("name", ["amount", "list_amount", "currency"])
@pytest.mark.parametrize("instead", [None, 12.5, "absent"])
def test_money_is_required_as_text(name: str, instead: object) -> None:
    broken = cost()
    broken["cost"] = {key: value for key, value in broken["cost"].items() if key != name}
    broken["cost"] |= {} if instead == "absent" else {name: instead}
    with client(Script(ok(page(broken)))) as api, pytest.raises(MalformedAnswerError, match=name):
        list(newest.fetch_cost(api, DAYS, ()))


@pytest.mark.parametrize(
    "path", ["uncached_input_tokens", "cache_creation", "cache_read_input_tokens", "output_tokens"]
)
def test_counts_are_required(path: str) -> None:
    broken = usage()
    broken["usage"] = {key: value for key, value in broken["usage"].items() if key != path}
    with client(Script(ok(page(broken)))) as api, pytest.raises(MalformedAnswerError, match=path):
        list(newest.fetch_usage(api, DAYS, ()))


@pytest.mark.parametrize("fetch", FETCHES)
def test_an_odd_row_among_others_is_told_apart_with_its_day(fetch: Callable[..., Any]) -> None:
    row = row_for(fetch, model="claude-opus-5")
    broken = {**row, "starting_at": "2026-03-04T00:00:00Z", "group": None}
    with client(Script(ok(page(row, broken)))) as api:
        (found,) = fetch(api, DAYS, ())
    assert [odd.starting_at for odd in found.odd] == ["2026-03-04T00:00:00Z"]
    assert len(found.records) == 1


def coded(status: int, code: str, message: str = "No.") -> httpx.Response:
    body = {"type": "error", "error": {"type": "t", "message": message, "details": {"error_code": code}}}
    return httpx.Response(status, json=body, headers={"request-id": "req_9"})


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (refused(400, "Not available to organizations with HIPAA readiness."), NotServed.HIPAA),
        (coded(403, "organization_not_enrolled_in_beta"), NotServed.NOT_IN_BETA),
        (coded(404, "organization_not_enrolled_in_beta"), NotServed.NOT_IN_BETA),
        (refused(403, "This organization is not enrolled in the beta."), NotServed.NOT_IN_BETA),
        (refused(400, "anthropic-beta: unexpected beta value"), NotServed.NOT_IN_BETA),
        (coded(400, "organization_type_not_supported"), NotServed.NOT_SUPPORTED),
        (refused(403, "This report is not available to this organization."), NotServed.NOT_SUPPORTED),
        (coded(404, "a_code_of_tomorrow"), NotServed.NOT_FOUND),
        (refused(404, "Not found"), NotServed.NOT_FOUND),
        (refused(400, "starting_at: data is available from 2026-01-01"), NotServed.TOO_OLD),
        (refused(400, "starting_at: must be within the last 365 days"), NotServed.TOO_OLD),
    ],
)
@pytest.mark.parametrize("fetch", FETCHES)
def test_what_is_not_served_is_nobodys_mistake(
    fetch: Callable[..., Any], reply: httpx.Response, reason: NotServed
) -> None:
    with client(Script(reply)) as api, pytest.raises(NotServedError) as caught:
        list(fetch(api, DAYS, ()))
    assert caught.value.reason is reason
    assert (caught.value.status, caught.value.request_id) == (reply.status_code, "req_9")
    assert "nobody's mistake" in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refused(401, "invalid x-api-key"), AuthenticationError),
        (coded(403, "api_key_scope_missing"), PermissionDeniedError),
        (coded(403, "api_key_scope_missing", "Not in this beta."), PermissionDeniedError),
        (refused(403, "This key has the scopes [a] but needs [read:analytics]."), PermissionDeniedError),
        (coded(403, "organization_on_hold", "Not available to this organization"), PermissionDeniedError),
        (refused(403, "No."), PermissionDeniedError),
        (refused(400, "limit: Input should be at most 1000"), InvalidRequestError),
        (refused(400, "Cannot specify more than 3 group_by[] dimensions."), InvalidRequestError),
        (refused(429, "Too many.", retry_after="100000"), RateLimitError),
        (httpx.Response(404, text="<html>Not found</html>"), NotFoundError),
    ],
)
@pytest.mark.parametrize("fetch", FETCHES)
def test_a_refusal_that_somebody_has_to_mend_stays_what_it_is(
    fetch: Callable[..., Any], reply: httpx.Response, kind: type[ApiError]
) -> None:
    with client(Script(reply)) as api, pytest.raises(ApiError) as caught:
        list(fetch(api, DAYS, ()))
    assert type(caught.value) is kind


def test_days_before_the_reports_begin_are_not_asked_for() -> None:
    script = Script()
    with client(script) as api, pytest.raises(NotServedError) as caught:
        list(newest.fetch_cost(api, Period(date(2025, 12, 31), date(2026, 1, 2)), ()))
    assert caught.value.reason is NotServed.TOO_OLD and not script.requests


def test_a_refusal_of_the_plainest_question_is_one_of_the_organization() -> None:
    day = Period(date(2026, 3, 1), date(2026, 3, 2))
    script = Script(ok(page()), refused(400, "Bad request."), refused(401, "No key."))
    with client(script) as api:
        newest.require_served(api, day)
        with pytest.raises(NotServedError) as caught:
            newest.require_served(api, day)
        with pytest.raises(AuthenticationError):
            newest.require_served(api, day)
    assert caught.value.reason is NotServed.REFUSED
    assert len(script.requests) == 3
    assert [name for name, _ in script.params()] == [*(name for name, _ in SPAN), "limit"]


def test_another_date_of_the_beta_can_be_set() -> None:
    script = Script(ok(page()))
    with client(script, betas=("analytics-usage-cost-2027-01-01",)) as api:
        list(newest.fetch_usage(api, DAYS, ()))
    assert script.requests[0].headers["anthropic-beta"] == "analytics-usage-cost-2027-01-01"
