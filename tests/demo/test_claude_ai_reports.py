"""claude.ai's reports against figures worked out by hand, and against the truth however they are asked."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.demo.behaviour import Behaviour
from core.demo.claude_ai_reports import watermark
from core.demo.company import Counts, Load, Organization, Person
from core.demo.reports import CLAUDE_AI_COST_GROUPS, CLAUDE_AI_USAGE_GROUPS
from core.demo.service import Simulator
from core.dimensions import Origin
from tests.demo.asking import (
    CLAUDE_AI_COST,
    CLAUDE_AI_USAGE,
    NOW,
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
    tokens_of,
)
from tests.properties import tried
from tests.support.custom import analytics_key, claude_ai_organization

DAY = date(2026, 9, 16)
ACME = claude_ai_organization("Acme", users=12, loads_per_user=3)
PEOPLE = claude_ai_organization("Acme", users=12, loads_per_user=3, unattributed=False)
USAGE_GROUPS = ("product", "model", "context_window", "inference_geo", "speed")
FULL = (*USAGE_GROUPS, "cost_type", "token_type")

REPORTS = (USER_COST, USER_USAGE, CLAUDE_AI_COST, CLAUDE_AI_USAGE)


def one_load(**more: Any) -> tuple[Simulator, Organization]:
    more.setdefault("volume", Counts(*[100_000] * 5, 20, 300))
    load = Load("l", ((date(2025, 1, 1), "claude-opus-5"),), user_id="user_1", rhythm="steady", **more)
    person = Person("user_1", "one@one.example", "One")
    organization = Organization(
        "one",
        "One",
        Origin.CLAUDE_AI,
        analytics_key("One"),
        "One",
        (load,),
        people=(person,),
        discount_percent=20,
    )
    return simulate(organization), organization


def amounts(found: list[Any], name: str = "amount") -> int:
    return exact([row[name] for row in found])


# Amounts and splits


def test_a_row_for_each_token_type_and_for_searches() -> None:
    simulator, organization = one_load(product="chat")
    (usage,) = rows(simulator, organization, USER_USAGE, days(DAY) + grouped(*USAGE_GROUPS))
    cost = rows(simulator, organization, USER_COST, days(DAY) + grouped(*FULL))
    prices = (400, 500, 800, 40, 2000)
    expected = {
        ("tokens", name): count * price
        for (name, count), price in zip(tokens_of(usage).items(), prices, strict=True)
    }
    expected["web_search", None] = usage["server_tool_use"]["web_search_requests"] * 800_000
    assert {(row["cost_type"], row["token_type"]): exact([row["amount"]]) for row in cost} == expected
    assert {(row["product"], row["model"]) for row in cost} == {("chat", "claude-opus-5")}
    assert amounts(cost) * 100 == amounts(cost, "list_amount") * 80
    assert all(row["requests"] is None for row in cost)


def test_token_type_alone_returns_token_rows_only() -> None:
    simulator, organization = one_load()
    by_type = rows(simulator, organization, USER_COST, days(DAY) + grouped("token_type"))
    both = rows(simulator, organization, USER_COST, days(DAY) + grouped("token_type", "cost_type"))
    assert len(by_type) == 5 and len(both) == 6
    assert None not in [row["token_type"] for row in by_type]
    assert all(row["cost_type"] is None for row in by_type)
    assert amounts(by_type) < amounts(both)


def test_requests_are_there_unless_cost_type_or_token_type_is_grouped() -> None:
    simulator, organization = one_load()
    (whole,) = rows(simulator, organization, USER_COST, days(DAY))
    (usage,) = rows(simulator, organization, USER_USAGE, days(DAY))
    assert whole["requests"] == usage["requests"] > 0
    for group in ("cost_type", "token_type"):
        split = rows(simulator, organization, USER_COST, days(DAY) + grouped(group))
        assert all(row["requests"] is None for row in split)


def test_code_execution_has_no_product_and_no_usage_row() -> None:
    simulator, organization = one_load(cost_type="code_execution", volume=Counts(units=500, requests=3))
    (row,) = rows(simulator, organization, USER_COST, days(DAY) + grouped(*FULL))
    assert row["cost_type"] == "code_execution"
    assert all(row[name] is None for name in (*USAGE_GROUPS, "token_type"))
    assert rows(simulator, organization, USER_USAGE, days(DAY) + grouped(*USAGE_GROUPS)) == []


def test_total_tokens_are_the_five_types_together() -> None:
    for row in rows(simulate(ACME), ACME, USER_USAGE, days(DAY) + grouped("product")):
        assert row["total_tokens"] == sum(tokens_of(row).values()) > 0


# Adding up


@tried(30)
@given(
    groups=st.sets(st.sampled_from(CLAUDE_AI_COST_GROUPS)),
    start=st.dates(date(2026, 1, 1), date(2026, 11, 12)),
    count=st.integers(1, 9),
    limit=st.integers(1, 200),
)
def test_user_cost_adds_up_to_the_truth_however_grouped_and_cut(
    groups: set[str], start: date, count: int, limit: int
) -> None:
    simulator = simulate(PEOPLE)
    groups = groups | {"cost_type"} if "token_type" in groups else groups
    params = [*days(start, count), ("limit", str(limit)), *grouped(*sorted(groups))]
    found = rows(simulator, PEOPLE, USER_COST, params)
    truth = [simulator.totals(PEOPLE.id, start + timedelta(days=n)) for n in range(count)]
    assert amounts(found) == sum(day.cost_microcents for day in truth) > 0
    assert amounts(found, "list_amount") == sum(day.list_cost_microcents for day in truth)
    keys = [
        json.dumps([row["actor"]["user_id"], row["starting_at"], *(row[g] for g in FULL)]) for row in found
    ]
    assert len(set(keys)) == len(keys)


@tried(30)
@given(
    groups=st.sets(st.sampled_from(CLAUDE_AI_USAGE_GROUPS)),
    start=st.dates(date(2026, 1, 1), date(2026, 11, 12)),
    count=st.integers(1, 9),
    limit=st.integers(1, 200),
)
def test_user_usage_adds_up_to_the_truth_however_grouped_and_cut(
    groups: set[str], start: date, count: int, limit: int
) -> None:
    simulator = simulate(PEOPLE)
    params = [*days(start, count), ("limit", str(limit)), *grouped(*sorted(groups))]
    found = rows(simulator, PEOPLE, USER_USAGE, params)
    expected: Counter[str] = Counter()
    requests = 0
    for n in range(count):
        day = simulator.totals(PEOPLE.id, start + timedelta(days=n))
        expected.update(day.tokens)
        requests += day.requests
    total: Counter[str] = Counter()
    for row in found:
        total.update(tokens_of(row))
    assert total == expected
    assert sum(row["requests"] for row in found) == requests


@pytest.mark.parametrize("groups", [(), ("product",), ("model", "product"), FULL])
def test_the_organizations_buckets_add_up_to_the_truth(groups: tuple[str, ...]) -> None:
    simulator = simulate(ACME)
    found = rows(simulator, ACME, CLAUDE_AI_COST, days(DAY, 5) + grouped(*groups))
    truth = [simulator.totals(ACME.id, DAY + timedelta(days=n)) for n in range(5)]
    assert amounts(found) == sum(day.cost_microcents for day in truth)


def test_the_organization_used_more_than_its_users() -> None:
    simulator = simulate(ACME)
    by_user = simulator.totals_by(ACME.id, DAY, "user_id")
    nobody = by_user.pop(None)
    users = sum(item.cost_microcents for item in by_user.values())
    assert amounts(rows(simulator, ACME, USER_COST, days(DAY))) == users
    whole = rows(simulator, ACME, CLAUDE_AI_COST, days(DAY) + grouped("product"))
    assert amounts(whole) == users + nobody.cost_microcents
    assert "cc_security_autopatch" in [row["product"] for row in whole]
    usage = rows(simulator, ACME, CLAUDE_AI_USAGE, days(DAY))
    people = sum(item.all_tokens for item in by_user.values())
    assert sum(row["total_tokens"] for row in usage) == people + nobody.all_tokens


def test_a_bucket_holds_its_hundred_largest_groups_and_no_remainder() -> None:
    loads = tuple(
        Load(
            str(n),
            ((date(2025, 1, 1), f"model-{n}"),),
            Counts(output_tokens=5_000 * (n + 1)),
            rhythm="steady",
        )
        for n in range(120)
    )
    many = Organization("many", "Many", Origin.CLAUDE_AI, analytics_key("Many"), "Many", loads)
    simulator = simulate(many)
    found = rows(simulator, many, CLAUDE_AI_COST, days(DAY) + grouped("model"))
    (total,) = rows(simulator, many, CLAUDE_AI_COST, days(DAY))
    truth = simulator.totals_by(many.id, DAY, "model")
    largest = sorted((item.cost_microcents for item in truth.values()), reverse=True)[:100]
    assert [exact([row["amount"]]) for row in found] == largest
    assert amounts([total]) == sum(item.cost_microcents for item in truth.values()) > sum(largest)


# Rows and pages


def test_largest_groups_come_first_and_a_split_group_stays_on_its_page() -> None:
    found = list(pages(simulate(ACME), ACME, USER_COST, [*days(DAY, 3), ("limit", "4"), *grouped(*FULL)]))
    sizes = []
    for page in found:
        groups = [
            json.dumps([row["actor"]["user_id"], row["starting_at"], *(row[g] for g in USAGE_GROUPS)])
            for row in page["data"]
        ]
        assert len(set(groups)) <= 4 < len(groups) or page is found[-1]
        for group in dict.fromkeys(groups):
            sizes.append(
                amounts([row for row, key in zip(page["data"], groups, strict=True) if key == group])
            )
    assert sizes == sorted(sizes, reverse=True)


def test_without_a_limit_a_page_holds_twenty_rows() -> None:
    first = ask(simulate(ACME), ACME, USER_USAGE, days(DAY, 9))
    assert len(first["data"]) == 20 and first["has_more"]


@pytest.mark.parametrize(("limit", "sizes"), [("12", [12]), ("6", [6, 6]), ("5", [5, 5, 2])])
def test_the_last_page_says_that_it_is_the_last(limit: str, sizes: list[int]) -> None:
    params = [*days(DAY)[:2], ("limit", limit)]
    assert [len(page["data"]) for page in pages(simulate(ACME), ACME, USER_COST, params)] == sizes


def test_rows_say_their_day_and_without_bucket_width_sum_the_range() -> None:
    simulator = simulate(ACME)
    daily = rows(simulator, ACME, USER_COST, days(DAY, 3))
    whole = rows(simulator, ACME, USER_COST, days(DAY, 3)[:2])
    assert {row["starting_at"] for row in daily} == {f"{DAY + timedelta(days=n)}T00:00:00Z" for n in range(3)}
    assert len(whole) == 12 < len(daily)
    assert amounts(whole) == amounts(daily)


def test_every_answer_names_watermark_and_organization() -> None:
    for path in REPORTS:
        page = ask(simulate(ACME), ACME, path, days(DAY))
        assert page["data_refreshed_at"] == "2026-11-23T08:00:00Z"
        assert page["organization_id"] == ACME.id


# People


@pytest.mark.parametrize(("newer", "field"), [(False, "email"), (True, "email_address")])
def test_the_mail_address_has_two_spellings(newer: bool, field: str) -> None:
    organization = claude_ai_organization("Spelt", users=1, newer_spelling=newer)
    (row, *_) = rows(simulate(organization), organization, USER_COST, days(DAY))
    person = organization.people[0]
    assert row["actor"] == {
        "type": "user_actor",
        "user_id": person.id,
        field: person.email,
        "name": person.name,
        "deleted": False,
    }


def test_a_deleted_user_keeps_the_id_alone_on_all_days() -> None:
    simulator, organization = one_load()
    gone = Organization(
        **{
            **{
                name: getattr(organization, name) for name in ("id", "name", "origin", "key", "seed", "loads")
            },
            "people": (Person("user_1", "one@one.example", "One", deleted_on=date(2026, 11, 1)),),
        }
    )
    before = rows(simulate(gone, now=datetime(2026, 10, 31, 12, tzinfo=UTC)), gone, USER_COST, days(DAY))
    after = rows(simulate(gone), gone, USER_COST, days(DAY))
    assert before[0]["actor"]["email"] == "one@one.example"
    assert after[0]["actor"] == {
        "type": "user_actor",
        "user_id": "user_1",
        "email": None,
        "name": "Deleted User",
        "deleted": True,
    }
    assert simulator


# Freshness


@pytest.mark.parametrize(
    ("now", "known"),
    [
        ("2026-11-23T11:00", "2026-11-23T08:00"),
        ("2026-11-23T09:59", "2026-11-23T04:00"),
        ("2026-11-23T10:00", "2026-11-23T08:00"),
        ("2026-11-23T01:30", "2026-11-22T20:00"),
    ],
)
def test_the_watermark_is_two_to_six_hours_back(now: str, known: str) -> None:
    assert watermark(datetime.fromisoformat(f"{now}+00:00")) == datetime.fromisoformat(f"{known}+00:00")


def test_beyond_the_watermark_a_day_is_partial_or_empty() -> None:
    night = simulate(ACME, now=datetime(2026, 11, 23, 1, 30, tzinfo=UTC))
    page = ask(night, ACME, CLAUDE_AI_USAGE, days(date(2026, 11, 20), 4))
    tokens = [sum(row["total_tokens"] for row in bucket["results"]) for bucket in page["data"]]
    later = ask(simulate(ACME), ACME, CLAUDE_AI_USAGE, days(date(2026, 11, 20), 4))
    full = [sum(row["total_tokens"] for row in bucket["results"]) for bucket in later["data"]]
    assert tokens[:2] == full[:2]
    assert 0 < tokens[2] < full[2] and tokens[3] == 0 < full[3]


def test_a_cursor_that_outlives_a_refresh_is_gone() -> None:
    moments = [NOW]
    simulator = Simulator([ACME], lambda: moments[-1])
    params = [*days(DAY, 5), ("limit", "5")]
    cursor = ("page", ask(simulator, ACME, USER_COST, params)["next_page"])
    moments.append(NOW + timedelta(hours=1))
    assert ask(simulator, ACME, USER_COST, [*params, cursor])["data"]
    moments.append(NOW + timedelta(hours=4))
    assert refused(simulator, ACME, USER_COST, [*params, cursor])[0] == 410
    assert ask(simulator, ACME, USER_COST, params)["data"]


def test_a_revision_shows_in_the_next_answer() -> None:
    simulator = simulate(ACME)
    before = amounts(rows(simulator, ACME, USER_COST, days(DAY)))
    simulator.revise(ACME.id, DAY, 50)
    assert 0 < amounts(rows(simulator, ACME, USER_COST, days(DAY))) < before
    simulator.revise(ACME.id, DAY, 0)
    assert rows(simulator, ACME, USER_COST, days(DAY)) == []


# Refusals


@pytest.mark.parametrize("path", REPORTS)
@pytest.mark.parametrize(
    ("params", "message"),
    [
        ([], "starting_at: Field required"),
        (days(date(2025, 12, 31)), "from 2026-01-01"),
        (days(date(2026, 9, 1), 32), "31 days"),
        (days(DAY)[:1], "31 days"),
        ([*days(DAY)[::2]], "ending_at: required"),
        ([*days(DAY, 2)[:2], ("bucket_width", "1m")], "1 days"),
        ([*days(DAY), *grouped("rbac_group_id")], "group_by[]"),
        ([*days(DAY), *grouped("workspace_id")], "group_by[]"),
        ([*days(DAY), ("limit", "0")], "limit"),
        ([*days(DAY), ("limit", "1001")], "limit"),
        ([*days(DAY), ("page", "page_x")], "page"),
        ([*days(DAY), ("date", "2026-09-16")], "date: Extra inputs"),
    ],
)
def test_wrong_parameters_are_refused(path: str, params: list[tuple[str, str]], message: str) -> None:
    status, kind, text = refused(simulate(ACME), ACME, path, params)
    assert (status, kind) == (400, "invalid_request_error")
    assert message in text


def test_31_days_are_not_too_many_and_365_not_too_far() -> None:
    simulator = simulate(ACME, now=datetime(2027, 3, 1, 18, tzinfo=UTC))
    assert ask(simulator, ACME, USER_COST, days(date(2026, 9, 1), 31))
    assert ask(simulator, ACME, USER_COST, days(date(2026, 3, 2)))
    status, _, text = refused(simulator, ACME, USER_COST, days(date(2026, 3, 1)))
    assert status == 400 and "365 days" in text


@pytest.mark.parametrize(("width", "default", "most"), [("1d", 7, 31), ("1h", 24, 168), ("1m", 60, 256)])
@pytest.mark.parametrize("path", [CLAUDE_AI_COST, CLAUDE_AI_USAGE])
def test_how_many_buckets_a_page_may_hold(path: str, width: str, default: int, most: int) -> None:
    simulator = simulate(ACME)
    params = [*days(DAY, 1 if width == "1m" else 31)[:2], ("bucket_width", width)]
    assert len(ask(simulator, ACME, path, params)["data"]) == default
    assert len(ask(simulator, ACME, path, [*params, ("limit", str(most))])["data"]) == most
    status, _, message = refused(simulator, ACME, path, [*params, ("limit", str(most + 1))])
    assert status == 400 and f"1 to {most}" in message


@pytest.mark.parametrize("group", ["cost_type", "token_type"])
@pytest.mark.parametrize("path", [USER_USAGE, CLAUDE_AI_USAGE])
def test_usage_has_no_cost_dimensions(path: str, group: str) -> None:
    assert refused(simulate(ACME), ACME, path, days(DAY) + grouped(group))[0] == 400


def test_a_cursor_belongs_to_its_query() -> None:
    simulator = simulate(ACME)
    params = [*days(DAY, 5), ("limit", "5"), *grouped("product")]
    cursor = ("page", ask(simulator, ACME, USER_COST, params)["next_page"])
    for changed in (
        [*days(DAY, 5), ("limit", "6"), *grouped("product")],
        [*days(DAY, 4), ("limit", "5"), *grouped("product")],
        [*days(DAY, 5), ("limit", "5"), *grouped("model")],
    ):
        assert refused(simulator, ACME, USER_COST, [*changed, cursor])[0] == 400
    assert refused(simulator, ACME, USER_USAGE, [*params, cursor])[0] == 400


def test_a_limit_of_requests_a_minute() -> None:
    moments = [NOW]
    simulator = Simulator([ACME], lambda: moments[-1], behaviour=Behaviour(requests_per_minute=3))
    for second in range(3):
        moments.append(NOW + timedelta(seconds=10 * second))
        ask(simulator, ACME, USER_COST, days(DAY))
    moments.append(NOW + timedelta(seconds=25))
    answer = send(simulator, ACME, USER_COST, days(DAY))
    assert answer.status == 429 and answer.headers["retry-after"] == "35"
    assert json.loads(answer.body)["error"]["type"] == "rate_limit_error"
    moments.append(NOW + timedelta(seconds=60))
    assert send(simulator, ACME, USER_COST, days(DAY)).status == 200
