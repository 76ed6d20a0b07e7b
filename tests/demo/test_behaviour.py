"""What a simulated Anthropic can be made to do: each behaviour, and that nothing else changes with it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core.demo.behaviour import Behaviour
from core.demo.company import Counts, Load, Organization, Workspace
from core.demo.service import Simulator
from core.dimensions import Origin
from tests.demo.asking import (
    CLAUDE_AI_COST,
    CLAUDE_AI_USAGE,
    FAST_MODE,
    NOW,
    PLATFORM_COST,
    PLATFORM_USAGE,
    USER_COST,
    USER_USAGE,
    ask,
    days,
    exact,
    grouped,
    pages,
    refused,
    rows,
    send,
    simulate,
)
from tests.support.custom import admin_key, claude_ai_organization, platform_organization

ACME = platform_organization("Acme", api_keys=7, users=3, workspaces=3)
STAFF = claude_ai_organization("Staff", users=6)
DAY = date(2026, 9, 16)
CLAUDE_AI = (USER_COST, USER_USAGE, CLAUDE_AI_COST, CLAUDE_AI_USAGE)
BY_DESCRIPTION = grouped("workspace_id", "description")

ME = "/v1/organizations/me"
WORKSPACES = "/v1/organizations/workspaces"
API_KEYS = "/v1/organizations/api_keys"
USERS = "/v1/organizations/users"


def world(now: datetime = NOW, **behaviour: Any) -> Simulator:
    return simulate(ACME, STAFF, now=now, behaviour=Behaviour(**behaviour))


def one_load(*loads: Load, **behaviour: Any) -> tuple[Simulator, Organization]:
    one = Organization("one", "One", Origin.PLATFORM, admin_key("One"), "One", loads)
    return simulate(one, behaviour=Behaviour(**behaviour)), one


def load(name: str = "l", model: str = "claude-opus-5", **more: Any) -> Load:
    more.setdefault("volume", Counts(output_tokens=1_000_000))
    return Load(name, ((date(2025, 1, 1), model),), rhythm="steady", **more)


def amounts(found: list[Any]) -> int:
    return exact([row["amount"] for row in found])


def bucket_days(page: Any) -> list[str]:
    return [bucket["starting_at"][:10] for bucket in page["data"]]


# How much may be asked at once


@pytest.mark.parametrize("most", [1, 3, 4])
def test_the_cap_of_dimensions(most: int) -> None:
    names = ["model", "service_tier", "inference_geo", "workspace_id", "api_key_id"]
    simulator = world(most_groups=most)
    assert rows(simulator, ACME, PLATFORM_USAGE, days(DAY) + grouped(*names[:most]))
    message = f"Cannot specify more than {most} group_by[] dimensions."
    answer = refused(simulator, ACME, PLATFORM_USAGE, days(DAY) + grouped(*names[: most + 1]))
    assert answer == (400, "invalid_request_error", message)


def test_the_cap_may_be_worded_otherwise_or_be_absent() -> None:
    names = ["model", "service_tier", "inference_geo", "workspace_id", "api_key_id", "account_id"]
    params = days(DAY) + grouped(*names)
    other = world(most_groups_message="group_by[]: too many")
    assert refused(other, ACME, PLATFORM_USAGE, params)[2] == "group_by[]: too many"
    assert rows(world(most_groups=None), ACME, PLATFORM_USAGE, params)


@pytest.mark.parametrize("path", CLAUDE_AI)
def test_claude_ai_may_have_a_cap_too(path: str) -> None:
    params = days(DAY) + grouped("product", "model", "context_window")
    assert rows(world(), STAFF, path, params)
    status, _, message = refused(world(claude_ai_most_groups=2), STAFF, path, params)
    assert status == 400 and "more than 2" in message


@pytest.mark.parametrize("path", [PLATFORM_USAGE, PLATFORM_COST])
def test_a_limit_may_be_refused_however_few_days_there_are(path: str) -> None:
    simulator = world(most_limit=7)
    assert rows(simulator, ACME, path, [*days(DAY, 20), ("limit", "7")])
    assert rows(simulator, ACME, path, days(DAY, 20))
    assert refused(simulator, ACME, path, [*days(DAY), ("limit", "8")])[:2] == (400, "invalid_request_error")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "invalid_request_error"), (413, "request_too_large"), (504, "timeout_error")],
)
def test_more_than_so_many_days_a_page_are_too_much(status: int, kind: str) -> None:
    simulator = world(most_buckets=3, too_much_status=status)
    for organization, path in ((ACME, PLATFORM_USAGE), (ACME, PLATFORM_COST), (STAFF, CLAUDE_AI_COST)):
        assert len(ask(simulator, organization, path, [*days(DAY, 9), ("limit", "3")])["data"]) == 3
        assert len(ask(simulator, organization, path, [*days(DAY, 3), ("limit", "31")])["data"]) == 3
        answer = refused(simulator, organization, path, [*days(DAY, 9), ("limit", "4")])
        assert answer[:2] == (status, kind)


def test_rows_by_user_may_be_too_many_days_or_too_many_a_page() -> None:
    simulator = world(most_days=7, most_rows=100, too_much_status=504)
    for path in (USER_COST, USER_USAGE):
        assert rows(simulator, STAFF, path, [*days(DAY, 7), ("limit", "100")])
        assert refused(simulator, STAFF, path, [*days(DAY, 8), ("limit", "100")])[0] == 504
        assert refused(simulator, STAFF, path, [*days(DAY, 7), ("limit", "101")])[0] == 504


def test_a_platform_organization_may_have_a_limit_of_requests_too() -> None:
    simulator = world(platform_requests_per_minute=2)
    assert [send(simulator, ACME, ME).status for _ in range(3)] == [200, 200, 429]
    assert [send(simulator, STAFF, USER_COST, days(DAY)).status for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize("said", [True, False])
def test_a_429_may_not_say_how_long_to_wait(said: bool) -> None:
    simulator = world(requests_per_minute=1, says_retry_after=said)
    first, second = (send(simulator, STAFF, USER_COST, days(DAY)) for _ in range(2))
    assert (first.status, second.status) == (200, 429)
    assert ("retry-after" in second.headers) is said


# Which days there are


def test_how_far_back_the_platform_reaches() -> None:
    simulator = world(platform_reach_days=62)
    first = date(2026, 9, 22)
    for path in (PLATFORM_USAGE, PLATFORM_COST):
        assert rows(simulator, ACME, path, days(first))
        status, kind, message = refused(simulator, ACME, path, days(first - timedelta(days=1)))
        assert (status, kind) == (400, "invalid_request_error") and "62 days" in message
        assert rows(world(), ACME, path, days(date(2025, 2, 3)))


@pytest.mark.parametrize(
    ("late", "known"),
    [
        (0, ["2026-11-20", "2026-11-21", "2026-11-22"]),
        (1, ["2026-11-20", "2026-11-21"]),
        (2, ["2026-11-20"]),
        (3, []),
    ],
)
def test_the_last_finished_days_of_the_bill_may_be_late(late: int, known: list[str]) -> None:
    simulator = world(late_cost_days=late)
    page = ask(simulator, ACME, PLATFORM_COST, days(date(2026, 11, 20), 9))
    assert bucket_days(page) == known
    assert (page["has_more"], page["next_page"]) == (False, None)
    for day in (20, 21, 22):
        truth = simulator.totals(ACME.id, date(2026, 11, day))
        assert (truth.cost_microcents > 0) is (f"2026-11-{day}" in known)
        assert truth.all_tokens > 0
    assert len(ask(simulator, ACME, PLATFORM_USAGE, days(date(2026, 11, 20), 9))["data"]) == 4


def test_a_day_is_billed_once_it_is_over() -> None:
    before, after = (
        simulate(ACME, now=datetime(2026, 11, day, hour, 59, tzinfo=UTC)) for day, hour in ((23, 23), (24, 0))
    )
    today = date(2026, 11, 23)
    assert before.totals(ACME.id, today).cost_microcents == 0
    bill = amounts(rows(after, ACME, PLATFORM_COST, days(today)))
    assert bill == after.totals(ACME.id, today).cost_microcents > 0
    by_key = after.totals_by(ACME.id, today, "api_key_id")
    assert sum(item.cost_microcents for item in by_key.values()) == bill
    assert {item.cost_microcents for item in before.totals_by(ACME.id, today, "api_key_id").values()} == {0}


def test_todays_cost_of_claude_ai_is_known() -> None:
    assert world().totals(STAFF.id, NOW.date()).cost_microcents > 0


@pytest.mark.parametrize(
    ("name", "path", "other"),
    [
        ("missing_cost_days", PLATFORM_COST, PLATFORM_USAGE),
        ("missing_usage_days", PLATFORM_USAGE, PLATFORM_COST),
    ],
)
def test_days_may_be_missing_in_the_middle(name: str, path: str, other: str) -> None:
    simulator = world(**{name: frozenset({date(2026, 9, 18)})})
    params = [*days(DAY, 5), ("limit", "2")]
    found = [bucket_days(page) for page in pages(simulator, ACME, path, params)]
    assert found == [["2026-09-16", "2026-09-17"], ["2026-09-19"], ["2026-09-20"]]
    assert sum(len(page["data"]) for page in pages(simulator, ACME, other, params)) == 5


@pytest.mark.parametrize("path", CLAUDE_AI)
def test_a_null_watermark_covers_nothing(path: str) -> None:
    assert ask(world(null_watermark=True), STAFF, path, days(DAY, 3)) == {
        "data": [],
        "has_more": False,
        "next_page": None,
        "data_refreshed_at": None,
        "organization_id": STAFF.id,
    }
    assert refused(world(null_watermark=True), STAFF, path, days(DAY, 32))[0] == 400


def test_buckets_may_be_refreshed_later_than_rows() -> None:
    simulator = world(bucket_lag=timedelta(hours=24))
    refreshed = [ask(simulator, STAFF, path, days(DAY))["data_refreshed_at"] for path in CLAUDE_AI]
    assert refreshed == ["2026-11-23T08:00:00Z"] * 2 + ["2026-11-22T08:00:00Z"] * 2
    today = days(NOW.date())
    assert rows(simulator, STAFF, USER_COST, today) and not rows(simulator, STAFF, CLAUDE_AI_COST, today)


@pytest.mark.parametrize(
    ("organization", "path"), [(ACME, PLATFORM_COST), (ACME, PLATFORM_USAGE), (STAFF, USER_COST)]
)
def test_a_day_may_be_revised_at_a_moment_to_come(organization: Organization, path: str) -> None:
    moments = [datetime(2026, 11, 3, 9, tzinfo=UTC)]
    simulator = Simulator([ACME, STAFF], lambda: moments[-1])
    first, when = date(2026, 10, 1), datetime(2026, 11, 6, 12, tzinfo=UTC)
    simulator.revise(organization.id, first, 50, at=when)
    before = rows(simulator, organization, path, days(first))
    other = rows(simulator, organization, path, days(date(2026, 10, 2)))
    truth = simulator.totals(organization.id, first)
    moments.append(when - timedelta(seconds=1))
    assert rows(simulator, organization, path, days(first)) == before
    moments.append(when)
    assert simulator.totals(organization.id, first).all_tokens < truth.all_tokens
    after = rows(simulator, organization, path, days(first))
    assert len(after) == len(before) and after != before
    assert rows(simulator, organization, path, days(date(2026, 10, 2))) == other


def test_revisions_take_place_in_the_order_of_their_moments() -> None:
    moments = [NOW]
    simulator, slow = (Simulator([ACME], lambda: moments[-1]) for _ in range(2))
    whole = simulator.totals(ACME.id, DAY).all_tokens
    for each in (simulator, slow):
        each.revise(ACME.id, DAY, 100, at=NOW + timedelta(days=2))
        each.revise(ACME.id, DAY, 0, at=NOW + timedelta(days=1))
    assert simulator.totals(ACME.id, DAY).all_tokens == whole
    moments.append(NOW + timedelta(days=1))
    assert simulator.totals(ACME.id, DAY).all_tokens == 0
    moments.append(NOW + timedelta(days=5))
    assert simulator.totals(ACME.id, DAY).all_tokens == whole
    assert slow.totals(ACME.id, DAY).all_tokens == whole, "both were due at once"


# How the bill names things


@pytest.mark.parametrize("tier", ["flex", "flex_discount", "priority_on_demand"])
@pytest.mark.parametrize("billed", ["standard", "batch", None])
def test_what_flex_is_billed_as(tier: str, billed: str | None) -> None:
    simulator, one = one_load(load(service_tier=tier), flex_billed_as=billed)
    (row,) = rows(simulator, one, PLATFORM_COST, days(DAY) + grouped("description"))
    assert row["service_tier"] == billed


@pytest.mark.parametrize(
    ("shown", "expected"),
    [("all", {"us", "global", "not_available"}), ("known", {"us", "global", None}), ("none", {None})],
)
def test_the_bill_may_have_no_geo(shown: str, expected: set[str | None]) -> None:
    loads = [load(geo, inference_geo=geo) for geo in ("us", "global", "not_available")]
    simulator, one = one_load(*loads, bill_geo=shown)
    found = rows(simulator, one, PLATFORM_COST, days(DAY) + grouped("description"))
    assert {row["inference_geo"] for row in found} == expected
    assert len({row["description"] for row in found}) == len(found) == 3
    assert amounts(found) == simulator.totals(one.id, DAY).cost_microcents


def test_the_bill_may_have_no_context_window() -> None:
    loads = [load(window, context_window=window) for window in ("0-200k", "200k-1M")]
    for shown, expected in ((True, {"0-200k", "200k-1M"}), (False, {None})):
        simulator, one = one_load(*loads, bill_context_window=shown)
        found = rows(simulator, one, PLATFORM_COST, days(DAY) + grouped("description"))
        assert {row["context_window"] for row in found} == expected and len(found) == 2


def test_what_neither_field_nor_description_tells_is_one_row() -> None:
    loads = [load("us", inference_geo="us"), load("global"), load("flex", service_tier="flex")]
    simulator, one = one_load(*loads, bill_geo="none", descriptions_name=frozenset())
    (row,) = rows(simulator, one, PLATFORM_COST, days(DAY) + grouped("description"))
    assert row["description"] == "Claude Opus 5 Usage - Output Tokens"
    assert amounts([row]) == simulator.totals(one.id, DAY).cost_microcents
    told, one = one_load(*loads, bill_geo="none")
    found = rows(told, one, PLATFORM_COST, days(DAY) + grouped("description"))
    assert {row["description"].split(", ", 1)[-1] for row in found} == {
        "Claude Opus 5 Usage - Output Tokens",
        "US Inference",
        "Flex",
    }
    assert {row["service_tier"] for row in found} == {"standard"}


def test_the_bill_tells_speeds_apart_where_the_header_is_sent() -> None:
    loads = load("slow"), load("fast", speed="fast")
    simulator, one = one_load(*loads)
    params = days(DAY) + grouped("description")
    (mixed,) = rows(simulator, one, PLATFORM_COST, params)
    assert "speed" not in mixed
    found = rows(simulator, one, PLATFORM_COST, params, headers=FAST_MODE)
    assert {row["speed"]: row["description"] for row in found} == {
        "standard": "Claude Opus 5 Usage - Output Tokens",
        "fast": "Claude Opus 5 Usage - Output Tokens, Fast",
    }
    assert amounts(found) == amounts([mixed])
    quiet, one = one_load(*loads, bill_speed=False)
    (row,) = rows(quiet, one, PLATFORM_COST, params, headers=FAST_MODE)
    assert row["speed"] is None and row["amount"] == mixed["amount"]


def test_descriptions_may_name_fast_use_without_the_header() -> None:
    loads = load("slow"), load("fast", speed="fast")
    simulator, one = one_load(*loads, descriptions_name=frozenset({"speed"}))
    found = rows(simulator, one, PLATFORM_COST, days(DAY) + grouped("description"))
    assert sorted(row["description"].rsplit(", ")[-1] for row in found)[-1] == "Fast" and len(found) == 2
    assert all("speed" not in row for row in found)


def test_an_organization_may_refuse_the_header_on_its_bill_too() -> None:
    plain = replace(ACME, fast_mode_header=False)
    assert refused(simulate(plain), plain, PLATFORM_COST, days(DAY), headers=FAST_MODE)[0] == 400


@pytest.mark.parametrize(("filled", "geo"), [(False, None), (True, "global")])
def test_what_is_not_tokens_may_have_a_geo(filled: bool, geo: str | None) -> None:
    sandbox = load(cost_type="code_execution", volume=Counts(units=1000))
    simulator, one = one_load(sandbox, bill_geo_of_others=filled)
    (row,) = rows(simulator, one, PLATFORM_COST, days(DAY) + grouped("description"))
    assert row["inference_geo"] == geo and row["token_type"] is None and row["model"] is None


# What answers look like


def test_lists_may_have_no_has_more() -> None:
    for path in (WORKSPACES, API_KEYS, USERS):
        assert "has_more" in ask(world(), ACME, path)
        page = ask(world(lists_say_has_more=False), ACME, path, [("limit", "2")])
        assert set(page) == {"data", "first_id", "last_id"} and len(page["data"]) == 2


def test_reports_may_have_no_has_more() -> None:
    simulator = world(reports_say_has_more=False)
    asked = [(ACME, PLATFORM_USAGE), (ACME, PLATFORM_COST), *((STAFF, path) for path in CLAUDE_AI)]
    for organization, path in asked:
        page = ask(simulator, organization, path, [*days(DAY, 3), ("limit", "2")])
        assert "has_more" not in page and page["next_page"]
        whole = ask(simulator, organization, path, [*days(DAY, 3), ("limit", "31")])
        assert "has_more" not in whole and whole["next_page"] is None


def test_tags_may_be_null() -> None:
    tagged = Workspace("wrkspc_t", "Tagged", tags={"team": "a"})
    organization = replace(ACME, workspaces=(tagged, Workspace("wrkspc_p", "Plain")))

    def tags(**behaviour: Any) -> list[Any]:
        simulator = simulate(organization, behaviour=Behaviour(**behaviour))
        return [item["tags"] for item in ask(simulator, organization, WORKSPACES)["data"]]

    assert tags() == [{"team": "a"}, {}]
    assert tags(null_tags=True) == [{"team": "a"}, None]


@pytest.mark.parametrize(
    ("organization", "path"), [(ACME, PLATFORM_USAGE), (STAFF, USER_USAGE), (STAFF, CLAUDE_AI_USAGE)]
)
def test_use_without_a_search_may_have_no_server_tool_use(organization: Organization, path: str) -> None:
    params = [*days(DAY), *grouped("model", "inference_geo")]
    plain = rows(world(), organization, path, params)
    found = rows(world(null_server_tool_use=True), organization, path, params)
    searches = [row["server_tool_use"]["web_search_requests"] for row in plain]
    assert [
        (row["server_tool_use"] or {"web_search_requests": 0})["web_search_requests"] for row in found
    ] == (searches)
    assert [row["server_tool_use"] is None for row in found] == [count == 0 for count in searches]
    assert 0 in searches and any(searches)


def test_objects_may_have_fields_nobody_knows() -> None:
    asked = [(ACME, ME, []), (ACME, WORKSPACES, []), (ACME, API_KEYS, []), (ACME, USERS, [])]
    asked += [(ACME, path, days(DAY)) for path in (PLATFORM_USAGE, PLATFORM_COST)]
    asked += [(STAFF, path, days(DAY)) for path in CLAUDE_AI]
    for organization, path, params in asked:
        found = ask(world(unknown_fields=True), organization, path, params)
        plain = ask(world(), organization, path, params)
        assert found != plain and without_unknown(found) == plain


def without_unknown(value: Any) -> Any:
    if isinstance(value, list):
        return [without_unknown(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: without_unknown(item) for name, item in value.items() if not name.startswith("field_of")}


@pytest.mark.parametrize(
    ("organization", "path"), [(ACME, PLATFORM_COST), (STAFF, USER_COST), (STAFF, CLAUDE_AI_COST)]
)
def test_nothing_may_be_written_with_an_exponent(organization: Organization, path: str) -> None:
    found = rows(world(zero_amounts=True), organization, path, days(DAY, 2))
    odd = [row for row in found if row["amount"] == "0E-10"]
    assert len(odd) == 2 and all(row["currency"] == "USD" for row in odd)
    rest = [row for row in found if row["amount"] != "0E-10"]
    assert rest == rows(world(), organization, path, days(DAY, 2))


@pytest.mark.parametrize(
    ("organization", "path"), [(ACME, PLATFORM_COST), (STAFF, USER_COST), (STAFF, CLAUDE_AI_COST)]
)
@pytest.mark.parametrize(
    ("name", "mark"), [("days_without_amount", (None, "USD")), ("days_in_euro", ("1234.500000", "EUR"))]
)
def test_one_days_bill_may_have_a_row_nobody_can_count(
    organization: Organization, path: str, name: str, mark: tuple[str | None, str]
) -> None:
    groups = BY_DESCRIPTION if path == PLATFORM_COST else grouped("product", "cost_type", "token_type")
    params = [*days(DAY, 3), *groups, ("limit", "31")]
    plain = rows(world(), organization, path, params)
    for odd_day, expected in ((date(2026, 9, 17), 1), (date(2026, 9, 20), 0)):
        found = rows(world(**{name: frozenset({odd_day})}), organization, path, params)
        odd = [row for row in found if (row["amount"], row["currency"]) == mark]
        assert len(odd) == expected
        assert [row for row in found if row not in odd] == plain
        if odd and path == USER_COST:
            assert odd[0]["starting_at"] == "2026-09-17T00:00:00Z"


def test_an_empty_bill_stays_empty() -> None:
    empty = platform_organization("Empty", end=date(2026, 1, 1))
    simulator = simulate(empty, behaviour=Behaviour(zero_amounts=True, days_in_euro=frozenset({DAY})))
    assert rows(simulator, empty, PLATFORM_COST, days(DAY)) == []


# What is refused altogether


def test_include_default_may_be_unknown() -> None:
    params = [("include_default", "true")]
    names = [item["name"] for item in ask(world(), ACME, WORKSPACES, params)["data"]]
    assert names == ["Default", *(place.name for place in ACME.workspaces)]
    older = world(include_default_known=False)
    answer = refused(older, ACME, WORKSPACES, params)
    assert answer == (400, "invalid_request_error", "include_default: Extra inputs are not permitted")
    assert len(ask(older, ACME, WORKSPACES)["data"]) == len(ACME.workspaces)


@pytest.mark.parametrize(
    ("versions", "taken"),
    [
        (frozenset({"2023-06-01", "2026-10-21"}), ["2023-06-01", "2026-10-21"]),
        (frozenset({"2026-10-21"}), ["2026-10-21"]),
        (None, ["2023-06-01", "2026-10-21", "2031-01-01"]),
    ],
)
def test_versions_that_are_taken(versions: frozenset[str] | None, taken: list[str]) -> None:
    simulator = world(versions=versions)
    asked = ["2023-06-01", "2026-10-21", "2031-01-01", ""]
    found = [send(simulator, ACME, ME, headers={"anthropic-version": version}).status for version in asked]
    assert found == [200 if version in taken else 400 for version in asked]


def test_both_versions_are_taken_unless_told_otherwise() -> None:
    asked = ["2023-06-01", "2026-10-21", "2022-01-01"]
    found = [send(world(), ACME, ME, headers={"anthropic-version": version}).status for version in asked]
    assert found == [200, 200, 400]


@pytest.mark.parametrize("said", [True, False])
def test_errors_may_say_more_by_a_code(said: bool) -> None:
    answer = send(world(error_codes=said), STAFF, PLATFORM_USAGE, days(DAY))
    error = json.loads(answer.body)["error"]
    assert answer.status == 403
    assert error.get("details") == ({"error_code": "api_key_scope_missing"} if said else None)
    plain = json.loads(send(world(), ACME, PLATFORM_USAGE).body)["error"]
    assert set(plain) == {"type", "message"}


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("organization_type_not_supported", 400),
        ("organization_on_hold", 403),
        ("organization_not_enrolled_in_beta", 403),
        ("parent_organization_required", 403),
    ],
)
def test_an_organization_may_be_refused_all_reports(code: str, status: int) -> None:
    simulator = world(refused_with=code)
    for organization, path in ((ACME, PLATFORM_COST), (STAFF, USER_COST)):
        answer = send(simulator, organization, path, days(DAY))
        assert answer.status == status
        assert json.loads(answer.body)["error"]["details"] == {"error_code": code}
    assert ask(simulator, ACME, ME)["id"] == ACME.id


# Changing it


def test_another_behaviour_holds_from_the_next_request_on() -> None:
    simulator = world()
    params = [*days(DAY, 3), ("limit", "100"), *grouped("product")]
    before = ask(simulator, STAFF, USER_COST, params)
    simulator.behaviour = Behaviour(zero_amounts=True)
    assert len(ask(simulator, STAFF, USER_COST, params)["data"]) == len(before["data"]) + 3
    simulator.behaviour = Behaviour()
    assert ask(simulator, STAFF, USER_COST, params) == before


def test_one_organization_may_behave_otherwise() -> None:
    other = platform_organization("Other")
    late, strict = Behaviour(late_cost_days=1), Behaviour(most_groups=1)
    simulator = simulate(ACME, other, behaviour=late, behaviours={other.id: strict})
    two, yesterday = days(DAY) + grouped("model", "speed"), date(2026, 11, 22)
    assert rows(simulator, ACME, PLATFORM_USAGE, two, headers=FAST_MODE)
    assert refused(simulator, other, PLATFORM_USAGE, two, headers=FAST_MODE)[0] == 400
    costs = [simulator.totals(item.id, yesterday).cost_microcents for item in (ACME, other)]
    bills = [amounts(rows(simulator, item, PLATFORM_COST, days(yesterday))) for item in (ACME, other)]
    assert bills == costs and costs[0] == 0 < costs[1]
    simulator.behaviours.clear()
    assert rows(simulator, other, PLATFORM_USAGE, two, headers=FAST_MODE)
