"""The newest reports against the truth and the older reports, however they are asked; what they refuse."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.demo.behaviour import Behaviour
from core.demo.company import Organization
from core.demo.northwind import ORGANIZATIONS
from core.demo.service import Request, Simulator
from tests.demo.asking import (
    CLAUDE_AI_COST,
    NEWEST,
    NEWEST_COST,
    NEWEST_USAGE,
    NOW,
    PLATFORM_COST,
    PLATFORM_USAGE,
    days,
    exact,
    grouped,
    pages,
    refused,
    rows,
    send,
    simulate,
    tokens_of,
)
from tests.properties import tried
from tests.support.custom import claude_ai_organization, platform_organization

DAY = date(2026, 9, 16)
ACME = platform_organization("acme", users=3, api_keys=9, newest=True, discount_percent=7)
STAFF = claude_ai_organization("staff", users=6, newest=True)
ROBOTICS, FIELD = ORGANIZATIONS["Robotics products"], ORGANIZATIONS["Field service"]
BOTH = (ACME, STAFF)
PATHS = (NEWEST_COST, NEWEST_USAGE)
SPLITS = ("cost_type", "token_type")
DIMENSIONS = (
    *("actor", "actor_type", "agent_id", "api_key_id", "claude_tag_category", "claude_tag_user_id"),
    *("context_window", "deployment_id", "environment_id", "inference_geo", "model", "organization_id"),
    *("product", "rbac_group_id", "service_tier", "session_id", "slack_channel_id", "speed"),
    *("user_profile_id", "workspace_id"),
)
PRICE = ("model", "service_tier", "context_window", "inference_geo", "speed")
KEYS = ("workspace_id", "api_key_id", "actor", "product", "model")
AGENTS = ("agent_id", "session_id", "environment_id", "deployment_id", "model")

origins = pytest.mark.parametrize("organization", BOTH, ids=lambda item: item.name)
reports = pytest.mark.parametrize("path", PATHS)


def span(start: date = DAY, count: int = 1, width: str | None = "1d") -> list[tuple[str, str]]:
    bounds = days(start, count)[:2]
    return [*bounds, ("time_bucket_width", width)] if width else bounds


def found(
    organization: Organization,
    path: str,
    *more: tuple[str, str],
    by: Sequence[str] = (),
    asked: Sequence[tuple[str, str]] | None = None,
    simulator: Simulator | None = None,
) -> list[Any]:
    params = [*(span() if asked is None else asked), *grouped(*by), ("limit", "1000"), *more]
    return rows(simulator or simulate(organization), organization, path, params, headers=NEWEST)


def amounts(bill: list[Any], name: str = "amount") -> int:
    return exact([row["cost"][name] for row in bill])


def tokens(used: list[Any]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for row in used:
        total.update(tokens_of(row["usage"]))
    return dict(total)


def legacy_bill(organization: Organization, day: date = DAY) -> int:
    path = PLATFORM_COST if organization is not STAFF else CLAUDE_AI_COST
    return exact([row["amount"] for row in rows(simulate(organization), organization, path, days(day))])


def said(response: Any) -> tuple[int, str, str | None]:
    error = json.loads(response.body)["error"]
    return response.status, error["message"], error.get("details", {}).get("error_code")


# Sums


@origins
@pytest.mark.parametrize("by", [(), PRICE, KEYS, AGENTS, ("product",), ("actor_type", "workspace_id")])
def test_costs_add_up_to_the_older_bill_however_they_are_grouped(
    organization: Organization, by: tuple[str, ...]
) -> None:
    bill = legacy_bill(organization)
    assert amounts(found(organization, NEWEST_COST, by=by)) == bill > 0
    split = found(organization, NEWEST_COST, by=(*by, *SPLITS))
    assert amounts(split) == bill
    assert len(split) > len({json.dumps(row["group"]["cost_type"]) for row in split}) > 1


@pytest.mark.parametrize("day", [date(2026, 2, 24), date(2026, 8, 12), date(2026, 11, 22)])
@pytest.mark.parametrize("by", [PRICE, KEYS, AGENTS])
def test_the_demos_costs_add_up_to_its_older_bill(day: date, by: tuple[str, ...]) -> None:
    bill = found(ROBOTICS, NEWEST_COST, by=(*by, *SPLITS), asked=span(day))
    assert amounts(bill) == legacy_bill(ROBOTICS, day) > 0


def test_usage_adds_up_to_the_older_report() -> None:
    older: Counter[str] = Counter()
    for row in rows(simulate(ACME), ACME, PLATFORM_USAGE, days(DAY)):
        older.update(tokens_of(row))
    for by in ((), PRICE, KEYS, AGENTS):
        used = found(ACME, NEWEST_USAGE, by=by)
        assert tokens(used) == dict(older)
        assert all(sum(tokens([row]).values()) == row["usage"]["total_tokens"] for row in used)


@origins
@tried(25)
@given(
    st.lists(st.sampled_from([d for d in DIMENSIONS if d != "actor"]), unique=True, min_size=1, max_size=5)
)
def test_any_five_dimensions_add_up_to_the_truth_of_each_group(
    organization: Organization, by: list[str]
) -> None:
    simulator = simulate(organization)
    truth = simulator.newest_totals_by(organization.id, DAY, *by)
    bill = found(organization, NEWEST_COST, by=(*by, *SPLITS), simulator=simulator)
    used = found(organization, NEWEST_USAGE, by=by, simulator=simulator)
    for key, total in truth.items():
        mine = [row for row in bill if tuple(row["group"][name] for name in by) == key]
        assert amounts(mine) == total.cost_microcents
        assert amounts(mine, "list_amount") == total.list_cost_microcents
        ours = [row for row in used if tuple(row["group"][name] for name in by) == key]
        assert {**dict.fromkeys(total.tokens, 0), **tokens(ours)} == dict(total.tokens)
        assert sum(row["usage"]["requests"] for row in ours) == total.requests
    assert amounts(bill) == sum(total.cost_microcents for total in truth.values())


def test_the_truth_by_key_and_actor_is_the_truth_of_the_older_reports() -> None:
    simulator = simulate(ACME)
    older = simulator.totals_by(ACME.id, DAY, "api_key_id")
    newest = simulator.newest_totals_by(ACME.id, DAY, "api_key_id")
    assert {key: total.cost_microcents for (key,), total in newest.items()} == {
        key: total.cost_microcents for key, total in older.items()
    }
    users = simulator.newest_totals_by(ACME.id, DAY, "actor")
    for person in ACME.people:
        theirs = simulator.totals_by(ACME.id, DAY, "account_id")[person.id]
        assert users[(person.id,)].cost_microcents == theirs.cost_microcents > 0


def test_list_amounts_are_before_the_discount_for_both_origins() -> None:
    for organization, kept in ((ACME, 93), (STAFF, 90)):
        bill = found(organization, NEWEST_COST, by=("model", "cost_type", "token_type"))
        output = [row for row in bill if row["group"]["token_type"] in (None, "output_tokens")]
        assert len(output) > 4
        # prices are rounded to whole micro-cents
        assert all(abs(amounts([row]) * 100 / amounts([row], "list_amount") - kept) < 0.2 for row in output)


# What rows hold


@reports
@origins
def test_every_dimension_is_there_and_null_where_it_was_not_asked_for(
    organization: Organization, path: str
) -> None:
    name = "cost" if path == NEWEST_COST else "usage"
    for row in found(organization, path, by=("model",)):
        assert row.keys() == {"starting_at", "ending_at", "group", name}
        asked = {*DIMENSIONS, *(SPLITS if path == NEWEST_COST else ())}
        assert row["group"].keys() == asked
        assert {at for at, value in row["group"].items() if value is not None} <= {"model"}
        assert (row["starting_at"], row["ending_at"]) == ("2026-09-16T00:00:00Z", "2026-09-17T00:00:00Z")


def test_a_token_type_alone_leaves_out_what_is_not_tokens() -> None:
    whole = found(ACME, NEWEST_COST, by=SPLITS)
    alone = found(ACME, NEWEST_COST, by=("token_type",))
    assert {row["group"]["cost_type"] for row in whole} == {"tokens", "web_search", "session_usage"}
    assert {row["group"]["cost_type"] for row in alone} == {"tokens"}
    assert amounts(alone) == amounts([row for row in whole if row["group"]["cost_type"] == "tokens"])
    by_type = found(ACME, NEWEST_COST, by=("cost_type",))
    assert len(by_type) == 3 and {row["group"]["token_type"] for row in by_type} == {None}


def test_requests_are_null_where_a_cost_is_split() -> None:
    assert {row["cost"]["requests"] for row in found(ACME, NEWEST_COST, by=("model", *SPLITS))} == {None}
    (total,), (used,) = found(STAFF, NEWEST_COST), found(STAFF, NEWEST_USAGE)
    assert total["cost"]["requests"] == used["usage"]["requests"] > 0


def test_identities_of_every_kind() -> None:
    actors = [row["group"]["actor"] for row in found(ACME, NEWEST_USAGE, by=("actor",))]
    kinds = Counter(actor and actor["type"] for actor in actors)
    assert kinds == {
        "user_actor": 3,
        "service_account_actor": 1,
        "federated_actor": 1,
        "api_actor": 9,
        None: 3,  # two that cannot be told, and the Console
    }
    person = ACME.people[0]
    assert {
        "type": "user_actor",
        "user_id": person.id,
        "email_address": person.email,
        "name": person.name,
        "deleted": False,
    } in actors
    (federated,) = [actor for actor in actors if actor and actor["type"] == "federated_actor"]
    assert federated == {
        "type": "federated_actor",
        "subject": "arn:aws:iam::42:role/reader",
        "provider": {
            "type": "aws",
            "account_id": "42",
            "signed_principal": "arn:aws:iam::42:role/reader",
        },
    }


def test_a_deleted_user_is_hidden_and_can_be_left_out() -> None:
    staff = ORGANIZATIONS["Staff"]
    simulator = simulate(staff, behaviour=Behaviour(newest="in_beta"))
    august = span(date(2026, 8, 26))
    everyone = found(staff, NEWEST_USAGE, by=("actor",), asked=august, simulator=simulator)
    (gone,) = [row["group"]["actor"] for row in everyone if (row["group"]["actor"] or {}).get("deleted")]
    assert (gone["email_address"], gone["name"]) == (None, "Deleted User")
    present = found(
        staff,
        NEWEST_USAGE,
        ("exclude_deleted_users", "true"),
        by=("actor",),
        asked=august,
        simulator=simulator,
    )
    assert len(present) == len(everyone) - 1


def test_products_of_the_platform() -> None:
    assert {row["group"]["product"] for row in found(ACME, NEWEST_USAGE, by=("product",))} == {
        "messages_api",
        "message_batches_api",
        "managed_agents_api",
        "claude_console",
        "claude_code",
    }


def test_workspaces_are_real_ids_the_default_one_too() -> None:
    named = {row["group"]["workspace_id"] for row in found(ACME, NEWEST_USAGE, by=("workspace_id",))}
    assert named == {ACME.default_workspace_id, *(item.id for item in ACME.workspaces)}
    enterprise = {row["group"]["workspace_id"] for row in found(STAFF, NEWEST_USAGE, by=("workspace_id",))}
    assert None in enterprise and len(enterprise) == 2


def test_the_bill_names_tiers_as_usage_does() -> None:
    used = {row["group"]["service_tier"] for row in found(ACME, NEWEST_USAGE, by=("service_tier",))}
    bill = {
        row["group"]["service_tier"]
        for row in found(ACME, NEWEST_COST, by=("service_tier", *SPLITS))
        if row["group"]["token_type"]
    }
    assert used == {"standard", "batch", "priority", "flex"}
    assert bill == used - {"priority"}


def test_a_region_that_is_not_available_is_null() -> None:
    shown = {row["group"]["inference_geo"] for row in found(ACME, NEWEST_USAGE, by=("inference_geo",))}
    assert shown == {"global", "us", None}


def test_agents_have_sessions_environments_and_deployments() -> None:
    used = found(ACME, NEWEST_USAGE, by=AGENTS[:4])
    outside = [row for row in used if row["group"]["agent_id"] is None]
    assert len(outside) == 1 and {outside[0]["group"][name] for name in AGENTS[:4]} == {None}
    inside = [row["group"] for row in used if row["group"]["agent_id"]]
    assert len({group["session_id"] for group in inside}) == len(inside) == 2
    assert sum(group["deployment_id"] is None for group in inside) == 1
    time = found(ACME, NEWEST_COST, by=("agent_id", "cost_type"))
    assert {row["group"]["agent_id"] for row in time if row["group"]["cost_type"] == "session_usage"} == {
        group["agent_id"] for group in inside
    }


def test_priority_has_tokens_and_no_amounts_or_amounts_of_zero() -> None:
    used = found(ACME, NEWEST_USAGE, ("service_tiers[]", "priority"))
    assert sum(tokens(used).values()) > 0
    searches = found(ACME, NEWEST_COST, ("service_tiers[]", "priority"), by=("model", *SPLITS))
    assert not [row for row in searches if row["group"]["token_type"]]
    simulator = simulate(ACME, behaviour=Behaviour(newest_priority="zero"))
    zeros = found(ACME, NEWEST_COST, ("service_tiers[]", "priority"), by=SPLITS, simulator=simulator)
    assert {row["cost"]["amount"] for row in zeros if row["group"]["token_type"]} == {"0.000000"}
    assert amounts([row for row in zeros if row["group"]["token_type"]], "list_amount") > 0


# Spans and order


def test_days_without_use_have_no_rows() -> None:
    late = platform_organization("late", newest=True, start=date(2026, 9, 10))
    told = found(late, NEWEST_COST, asked=span(date(2026, 9, 8), 4))
    assert [row["starting_at"][:10] for row in told] == ["2026-09-10", "2026-09-11"]


def test_without_buckets_it_is_one_row_floored_to_the_hour() -> None:
    asked = [("starting_at", "2026-09-16T00:20:00Z"), ("ending_at", "2026-09-18T00:59:59Z")]
    (row,) = found(ACME, NEWEST_COST, asked=asked)
    assert (row["starting_at"], row["ending_at"]) == ("2026-09-16T00:00:00Z", "2026-09-18T00:00:00Z")
    assert amounts([row]) == sum(legacy_bill(ACME, day) for day in (DAY, DAY + timedelta(days=1)))


def test_an_end_may_be_left_out_without_buckets() -> None:
    (row,) = found(ACME, NEWEST_COST, asked=[("starting_at", "2026-09-16T00:00:00Z")])
    assert row["ending_at"] == "2026-10-17T00:00:00Z"
    (latest,) = found(ACME, NEWEST_COST, asked=[("starting_at", "2026-11-20T00:00:00Z")])
    assert latest["ending_at"] == "2026-11-23T11:00:00Z"


def test_hours_add_up_to_their_day() -> None:
    hours = found(ACME, NEWEST_USAGE, by=("model",), asked=span(width="1h"))
    assert tokens(hours) == tokens(found(ACME, NEWEST_USAGE, by=("model",)))
    assert len({row["starting_at"] for row in hours}) == 24


def _sizes(bill: list[Any], name: str = "amount") -> list[int]:
    return [amounts([row], name) for row in bill]


def test_the_largest_come_first_unless_asked_otherwise() -> None:
    usual = found(ACME, NEWEST_COST, by=("api_key_id",), asked=span(count=3))
    assert _sizes(usual) == sorted(_sizes(usual), reverse=True)
    smallest = found(ACME, NEWEST_COST, ("order", "asc"), by=("api_key_id",), asked=span(count=3))
    assert _sizes(smallest) == sorted(_sizes(usual))
    listed = found(ACME, NEWEST_COST, ("order_by", "list_amount"), by=("model",))
    assert _sizes(listed, "list_amount") == sorted(_sizes(listed, "list_amount"), reverse=True)
    used = found(ACME, NEWEST_USAGE, ("order_by", "output_tokens"), by=("model",))
    counts = [row["usage"]["output_tokens"] for row in used]
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_by_time_the_largest_of_each_day_come_first(order: str) -> None:
    bill = found(
        ACME, NEWEST_COST, ("order_by", "time"), ("order", order), by=("model",), asked=span(count=3)
    )
    times = [row["starting_at"] for row in bill]
    assert times == sorted(times, reverse=order == "desc") and len(set(times)) == 3
    for time in set(times):
        sizes = _sizes([row for row in bill if row["starting_at"] == time])
        assert sizes == sorted(sizes, reverse=True)


# Paging


@pytest.mark.parametrize("limit", [1, 3, 20, 1000])
def test_pages_are_of_groups_and_parts_of_them_do_not_count(limit: int) -> None:
    params = [*span(count=2), *grouped("model", "actor", *SPLITS), ("limit", str(limit))]
    told = list(pages(simulate(ACME), ACME, NEWEST_COST, params, headers=NEWEST))
    whole = found(ACME, NEWEST_COST, by=("model", "actor", *SPLITS), asked=span(count=2))
    assert [row for page in told for row in page["data"]] == whole
    for page in told:
        groups = {
            json.dumps([row["starting_at"], row["group"]["actor"], row["group"]["model"]])
            for row in page["data"]
        }
        assert len(groups) <= limit
    assert max(len(page["data"]) for page in told) > min(limit, 20)


def test_twenty_groups_a_page_unless_asked_otherwise() -> None:
    first = next(
        pages(simulate(ACME), ACME, NEWEST_USAGE, [*span(count=9), *grouped("model")], headers=NEWEST)
    )
    assert len(first["data"]) == 20 and first["has_more"]


def test_a_cursor_belongs_to_its_exact_query() -> None:
    simulator = simulate(ACME)
    params = [*span(), *grouped("model", "speed"), ("limit", "2")]
    cursor = ("page", next(pages(simulator, ACME, NEWEST_COST, params, headers=NEWEST))["next_page"])
    for path, other in (
        (NEWEST_USAGE, params),
        (NEWEST_COST, [*span(), *grouped("model"), ("limit", "2")]),
        (NEWEST_COST, [*span(), *grouped("model", "speed"), ("limit", "3")]),
        (NEWEST_COST, [*params, ("order", "asc")]),
        (NEWEST_COST, [*params, ("speeds[]", "fast")]),
        (NEWEST_COST, [*span(count=2), *params[3:]]),
    ):
        status, _, message = refused(simulator, ACME, path, [*other, cursor], headers=NEWEST)
        assert (status, "another query" in message) == (400, True)


def test_a_cursor_does_not_outlive_a_refresh() -> None:
    moments = [NOW]
    simulator = Simulator([ACME], lambda: moments[-1])
    params = [*span(), *grouped("model"), ("limit", "1")]
    cursor = ("page", next(pages(simulator, ACME, NEWEST_COST, params, headers=NEWEST))["next_page"])
    moments.append(NOW + timedelta(hours=4))
    assert refused(simulator, ACME, NEWEST_COST, [*params, cursor], headers=NEWEST)[0] == 410


# Filters


@origins
@pytest.mark.parametrize(
    ("name", "at", "null"),
    [
        ("api_key_ids[]", "api_key_id", ""),
        ("inference_geos[]", "inference_geo", "not_available"),
        ("models[]", "model", None),
        ("service_tiers[]", "service_tier", None),
        ("context_windows[]", "context_window", None),
        ("speeds[]", "speed", None),
        ("workspace_ids[]", "workspace_id", None),
        ("agent_ids[]", "agent_id", None),
        ("session_ids[]", "session_id", None),
        ("environment_ids[]", "environment_id", None),
        ("deployment_ids[]", "deployment_id", None),
        ("actor_types[]", "actor_type", None),
    ],
)
def test_a_filter_keeps_the_rows_of_its_values(
    organization: Organization, name: str, at: str, null: str | None
) -> None:
    whole = found(organization, NEWEST_USAGE, by=(at,))
    values = {row["group"][at] for row in whole}
    for value in values - ({None} if null is None else set()):
        word = null if value is None else value
        kept = found(organization, NEWEST_USAGE, (name, str(word)), by=(at,))
        assert kept == [row for row in whole if row["group"][at] == value]
    assert found(organization, NEWEST_COST, *[(name, str(v)) for v in values if v], by=(at,)) == [
        row for row in found(organization, NEWEST_COST, by=(at,)) if row["group"][at]
    ]


def test_actors_are_filtered_by_their_own_ids() -> None:
    person, key = ACME.people[0], ACME.api_keys[0]
    theirs = found(ACME, NEWEST_USAGE, ("actor_ids[]", person.id), by=("actor",))
    assert [row["group"]["actor"]["user_id"] for row in theirs] == [person.id]
    (alone,) = found(ACME, NEWEST_USAGE, ("actor_ids[]", key.id), by=("actor",))
    assert alone["group"]["actor"] == {"type": "api_actor", "api_key_id": key.id}
    assert not found(ACME, NEWEST_USAGE, ("actor_ids[]", "arn:aws:iam::42:role/reader"))
    assert not found(ACME, NEWEST_USAGE, ("rbac_group_ids[]", "rbac_group_1"))


# Watermarks and revisions


@reports
@origins
def test_the_watermark_is_some_hours_back_and_nothing_lies_beyond(
    organization: Organization, path: str
) -> None:
    simulator = simulate(organization)
    today = [*span(NOW.date()), ("limit", "1000")]
    (page,) = pages(simulator, organization, path, today, headers=NEWEST)
    assert page["data_refreshed_at"] == "2026-11-23T08:00:00Z"
    beyond = [("starting_at", "2026-11-23T08:00:00Z"), ("ending_at", "2026-11-23T11:00:00Z")]
    assert page["data"] and not found(organization, path, asked=beyond)


@reports
def test_a_watermark_may_be_late_or_null(path: str) -> None:
    late = simulate(ACME, behaviour=Behaviour(newest_lag=timedelta(days=2)))
    params = [*span(NOW.date() - timedelta(days=1)), ("limit", "1000")]
    (page,) = pages(late, ACME, path, params, headers=NEWEST)
    assert (page["data"], page["data_refreshed_at"]) == ([], "2026-11-21T08:00:00Z")
    null = simulate(ACME, behaviour=Behaviour(newest_null_watermark=True))
    (page,) = pages(null, ACME, path, [*span(), ("limit", "1000")], headers=NEWEST)
    assert (page["data"], page["data_refreshed_at"]) == ([], None)


def test_a_day_is_revised_in_every_report_or_in_these_alone() -> None:
    simulator = simulate(ACME)
    before = amounts(found(ACME, NEWEST_COST, simulator=simulator))
    simulator.revise(ACME.id, DAY, 50)
    (legacy,) = [
        exact([row["amount"] for row in rows(simulator, ACME, PLATFORM_COST, days(DAY))]),
    ]
    assert amounts(found(ACME, NEWEST_COST, simulator=simulator)) == legacy < before
    other = simulate(ACME, behaviour=Behaviour(newest_percents=((DAY, 50),)))
    assert amounts(found(ACME, NEWEST_COST, simulator=other)) == legacy
    assert exact([row["amount"] for row in rows(other, ACME, PLATFORM_COST, days(DAY))]) == before
    ((_, truth),) = other.newest_totals_by(ACME.id, DAY).items()
    assert truth.cost_microcents == legacy


def test_oddities_of_the_bill_are_told_once_a_day() -> None:
    behaviour = Behaviour(
        zero_amounts=True,
        days_without_amount=frozenset({DAY}),
        days_in_euro=frozenset({DAY}),
        unknown_fields=True,
        null_server_tool_use=True,
    )
    odd = simulate(ACME, behaviour=behaviour)
    bill = found(ACME, NEWEST_COST, by=("model", *SPLITS), simulator=odd)
    said = [row["cost"] for row in bill]
    assert sum(cost["amount"] is None for cost in said) == 1
    assert sum(cost["amount"] == "0E-10" for cost in said) == 1
    assert sum(cost["currency"] == "EUR" for cost in said) == 1
    assert "field_of_tomorrow" in bill[0]["group"]
    used = found(ACME, NEWEST_USAGE, by=("model", "speed"), simulator=odd)
    assert None in [row["usage"]["server_tool_use"] for row in used]


# Refusals


PLAIN = [*span(), ("limit", "1000")]


@reports
@pytest.mark.parametrize(
    ("params", "message"),
    [
        ([*PLAIN, ("bucket_width", "1d")], "bucket_width: Extra inputs are not permitted"),
        ([*PLAIN, ("limit", "5")], "limit: given more than once"),
        ([*span(), ("limit", "0")], "limit: Input should be a whole number from 1 to 1000"),
        ([*span(), ("limit", "1001")], "limit: Input should be a whole number from 1 to 1000"),
        ([("ending_at", "2026-09-17T00:00:00Z")], "starting_at: Field required"),
        ([*span()[:1], ("time_bucket_width", "1d")], "ending_at: required when time_bucket_width is set"),
        ([*span(width="1w")], "time_bucket_width: Input should be one of 1d, 1h, 1m"),
        (span(date(2025, 12, 31), 2), "starting_at: data is available from 2026-01-01"),
        (span(count=32), "ending_at: the range may span at most 31 days"),
        (span(count=2, width="1m"), "ending_at: the range may span at most 1 days"),
        ([*PLAIN, *grouped("description")], "group_by[]: 'description' is not one of"),
        ([*PLAIN, *grouped("model", "model")], "group_by[]: values must be unique"),
        ([*PLAIN, *grouped(*PRICE, "actor")], "Cannot specify more than 5 group_by[] dimensions."),
        ([*PLAIN, ("order", "up")], "order: Input should be one of asc, desc"),
        ([*PLAIN, ("order_by", "name")], "order_by: Input should be one of"),
        ([*PLAIN, ("products[]", "other")], "products[]: 'other' is not one of"),
        ([*PLAIN, ("service_tiers[]", "gold")], "service_tiers[]: 'gold' is not one of"),
        ([*PLAIN, ("workspace_ids[]", "")], "workspace_ids[]: values must not be empty"),
        ([*PLAIN, ("exclude_deleted_users", "true")], "exclude_deleted_users: requires group_by[]=actor"),
        (
            [*PLAIN, *grouped("rbac_group_id", "claude_tag_user_id")],
            "group_by[]: 'claude_tag_user_id' cannot be combined with RBAC groups",
        ),
        ([*PLAIN, ("page", "page_x")], "page: not a cursor"),
    ],
)
def test_what_may_not_be_asked_is_refused(path: str, params: list[tuple[str, str]], message: str) -> None:
    for organization in BOTH:
        status, kind, words = refused(simulate(organization), organization, path, params, headers=NEWEST)
        assert (status, kind) == (400, "invalid_request_error")
        assert words.startswith(message)


def test_beyond_a_year_is_refused() -> None:
    later = datetime(2027, 6, 1, tzinfo=UTC)
    words = refused(simulate(ACME, now=later), ACME, NEWEST_COST, span(date(2026, 5, 1)), headers=NEWEST)
    assert words[2] == "starting_at: must be within the last 365 days"


@reports
def test_types_of_cost_do_not_count_as_dimensions_and_usage_has_none(path: str) -> None:
    asked = [*PLAIN, *grouped(*PRICE, *SPLITS)]
    answer = send(simulate(ACME), ACME, path, asked, NEWEST)
    assert answer.status == (200 if path == NEWEST_COST else 400)


@reports
def test_a_smaller_cap_is_named(path: str) -> None:
    simulator = simulate(ACME, behaviour=Behaviour(newest_most_groups=3))
    words = refused(simulator, ACME, path, [*PLAIN, *grouped(*PRICE[:4])], headers=NEWEST)
    assert words[2] == "Cannot specify more than 3 group_by[] dimensions."
    assert found(ACME, path, by=PRICE[:3], simulator=simulator)


def test_orders_are_those_of_the_report() -> None:
    for path, order in ((NEWEST_COST, "total_tokens"), (NEWEST_USAGE, "amount")):
        words = refused(simulate(ACME), ACME, path, [*PLAIN, ("order_by", order)], headers=NEWEST)
        assert words[2].startswith("order_by: Input should be one of")


@reports
def test_only_a_parents_key_may_name_organizations(path: str) -> None:
    asked = [*PLAIN, ("organization_ids[]", "org_1")]
    assert said(send(simulate(ACME), ACME, path, asked, NEWEST))[::2] == (400, "parent_organization_required")


@reports
@origins
@pytest.mark.parametrize("headers", [{}, {"anthropic-beta": "fast-mode-2026-02-01"}])
def test_the_beta_header_is_required(
    organization: Organization, path: str, headers: Mapping[str, str]
) -> None:
    status, kind, words = refused(simulate(organization), organization, path, PLAIN, headers=headers)
    assert (status, kind, "anthropic-beta" in words) == (400, "invalid_request_error", True)


@reports
@pytest.mark.parametrize(
    ("newest", "expected"),
    [
        ("not_in_beta", (403, "organization_not_enrolled_in_beta")),
        ("not_found", (404, None)),
        ("not_supported", (400, "organization_type_not_supported")),
        ("hipaa", (400, None)),
    ],
)
def test_organizations_that_are_not_served(path: str, newest: Any, expected: tuple[int, Any]) -> None:
    for organization in BOTH:
        simulator = simulate(organization, behaviour=Behaviour(newest=newest))
        assert said(send(simulator, organization, path, PLAIN, NEWEST))[::2] == expected
    silent = simulate(ACME, behaviour=Behaviour(newest=newest, error_codes=False))
    assert said(send(silent, ACME, path, PLAIN, NEWEST))[2] is None


def test_the_demo_has_one_organization_of_each_origin_in_the_beta() -> None:
    simulator = simulate(*ORGANIZATIONS.values())
    answers = {
        name: said(send(simulator, item, NEWEST_COST, PLAIN, NEWEST))[::2]
        for name, item in ORGANIZATIONS.items()
        if item not in (ROBOTICS, FIELD)
    }
    not_in_it = (403, "organization_not_enrolled_in_beta")
    assert answers == {"Research labs": not_in_it, "Staff": not_in_it}
    agents = found(ROBOTICS, NEWEST_COST, by=("agent_id", "environment_id", "deployment_id"))
    groups = [row["group"] for row in agents if row["group"]["agent_id"]]
    assert len({group["agent_id"] for group in groups}) == 3
    assert len({group["environment_id"] for group in groups}) == 2
    assert sum(group["deployment_id"] is None for group in groups) == 1
    profiles = found(ROBOTICS, NEWEST_COST, by=("user_profile_id",))
    assert len({row["group"]["user_profile_id"] for row in profiles} - {None}) == 3
    tags = [row["group"] for row in found(FIELD, NEWEST_COST, by=("slack_channel_id", "claude_tag_category"))]
    assert {(group["slack_channel_id"], group["claude_tag_category"]) for group in tags} == {
        ("C05HELPDESK", "engaged"),
        ("C05ROBOTS", "engaged"),
        ("C05ROBOTS", "scheduled"),
        ("C05ONCALL", "monitoring"),
        (None, "dm"),
        (None, None),
    }
    by_agent = ("product", "agent_id", "environment_id", "deployment_id")
    agents = [row["group"] for row in found(FIELD, NEWEST_COST, by=by_agent)]
    of_one = [group for group in agents if group["agent_id"]]
    assert (
        len({group["agent_id"] for group in of_one})
        == len({group["environment_id"] for group in of_one})
        == 2
    )
    assert {group["product"] for group in of_one} == {"cowork"}
    assert {group["deployment_id"] is None for group in of_one} == {True, False}


@reports
def test_keys_methods_and_scopes(path: str) -> None:
    simulator = simulate(*BOTH)
    assert refused(simulator, "sk-ant-admin01-wrong", path, PLAIN, headers=NEWEST)[0] == 401
    posted = {"x-api-key": ACME.key, "anthropic-version": "2023-06-01", **NEWEST}
    assert simulator.handle(Request(path, PLAIN, posted, "POST")).status == 405
    scopeless = claude_ai_organization("staff", newest=True)
    object.__setattr__(scopeless, "scopes", ("read:members",))
    answer = send(simulate(scopeless), scopeless, path, PLAIN, NEWEST)
    assert said(answer)[::2] == (403, "api_key_scope_missing")
