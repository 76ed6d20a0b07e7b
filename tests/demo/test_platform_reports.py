"""The Platform's reports against figures worked out by hand, and against the truth however they are asked."""

from __future__ import annotations

import base64
import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.demo.behaviour import Behaviour
from core.demo.bills import description
from core.demo.company import Counts, Load, Organization
from core.demo.reports import PLATFORM_COST_GROUPS, PLATFORM_USAGE_GROUPS
from core.demo.service import Simulator
from core.dimensions import TOKEN_TYPES, Origin
from tests.demo.asking import (
    FAST_MODE,
    NOW,
    PLATFORM_COST,
    PLATFORM_USAGE,
    ask,
    days,
    exact,
    grouped,
    pages,
    refused,
    rows,
    simulate,
    tokens_of,
)
from tests.properties import tried
from tests.support.custom import admin_key, platform_organization

DAY = date(2026, 9, 16)
ACME = platform_organization("Acme", api_keys=7, users=3, workspaces=3, discount_percent=7)


def one_load(*loads: Load) -> tuple[Simulator, Organization]:
    organization = Organization(
        "one", "One", Origin.PLATFORM, admin_key("One"), "One", loads, discount_percent=10
    )
    return simulate(organization), organization


def load(name: str = "l", model: str = "claude-opus-4-8", **more: Any) -> Load:
    more.setdefault("volume", Counts(*[1_000_000] * 6))
    return Load(name, ((date(2025, 1, 1), model),), rhythm="steady", **more)


def summed(found: Sequence[Any]) -> Counter[str]:
    total: Counter[str] = Counter()
    for row in found:
        total.update(tokens_of(row))
    return total


# Amounts


def test_a_cell_costs_its_tokens_times_the_price() -> None:
    simulator, organization = one_load(load(workspace_id="w"))
    usage = rows(simulator, organization, PLATFORM_USAGE, days(DAY))
    cost = rows(simulator, organization, PLATFORM_COST, days(DAY) + grouped(*PLATFORM_COST_GROUPS))
    tokens = tokens_of(usage[0])
    prices = {
        "uncached_input_tokens": 450,
        "cache_creation.ephemeral_5m_input_tokens": 562,  # 562.5, halves go to the even side
        "cache_creation.ephemeral_1h_input_tokens": 900,
        "cache_read_input_tokens": 45,
        "output_tokens": 2250,
    }
    billed = {row["token_type"]: exact([row["amount"]]) for row in cost}
    searches = usage[0]["server_tool_use"]["web_search_requests"]
    assert billed == {name: tokens[name] * price for name, price in prices.items()} | {
        None: searches * 900_000
    }


def test_amounts_are_cents_not_dollars() -> None:
    """A million output tokens of Opus 4.8 cost $25, less a tenth: 2250 cents."""
    simulator, organization = one_load(load(volume=Counts(output_tokens=1_000_000)))
    tokens = rows(simulator, organization, PLATFORM_USAGE, days(DAY))[0]["output_tokens"]
    (row,) = rows(simulator, organization, PLATFORM_COST, days(DAY))
    assert float(row["amount"]) / tokens * 1_000_000 == pytest.approx(2250)
    assert isinstance(row["amount"], str) and row["currency"] == "USD"


def test_fast_and_standard_use_of_a_cell_are_one_row() -> None:
    simulator, organization = one_load(load("slow"), load("fast", speed="fast"))
    usage = rows(simulator, organization, PLATFORM_USAGE, days(DAY) + grouped("speed"), headers=FAST_MODE)
    tokens = {row["speed"]: row["output_tokens"] for row in usage}
    cost = rows(simulator, organization, PLATFORM_COST, days(DAY) + grouped("description"))
    (amount,) = [row["amount"] for row in cost if row["token_type"] == "output_tokens"]
    assert "speed" not in cost[0]
    assert exact([amount]) == 2250 * tokens["standard"] + 4500 * tokens["fast"]


def test_priority_tier_has_tokens_and_no_cost() -> None:
    simulator, organization = one_load(load(service_tier="priority", volume=Counts(output_tokens=10_000)))
    (row,) = rows(simulator, organization, PLATFORM_USAGE, days(DAY) + grouped("service_tier"))
    assert row["service_tier"] == "priority" and row["output_tokens"] > 0
    assert rows(simulator, organization, PLATFORM_COST, days(DAY) + grouped("description")) == []


@pytest.mark.parametrize("cost_type", ["code_execution", "session_usage"])
def test_other_cost_is_not_in_the_usage_report_and_parsed_to_nulls(cost_type: str) -> None:
    simulator, organization = one_load(load(cost_type=cost_type, volume=Counts(units=1000), workspace_id="w"))
    assert rows(simulator, organization, PLATFORM_USAGE, days(DAY)) == []
    (row,) = rows(simulator, organization, PLATFORM_COST, days(DAY) + grouped(*PLATFORM_COST_GROUPS))
    assert (row["cost_type"], row["workspace_id"]) == (cost_type, "w") and row["description"]
    nulls = ("model", "service_tier", "context_window", "inference_geo", "token_type")
    assert all(row[name] is None for name in nulls)


@pytest.mark.parametrize(
    ("tier", "billed"),
    [
        ("standard", "standard"),
        ("batch", "batch"),
        ("flex", "standard"),
        ("flex_discount", "standard"),
        ("priority_on_demand", "standard"),
    ],
)
def test_the_bill_knows_two_tiers(tier: str, billed: str) -> None:
    simulator, organization = one_load(load(service_tier=tier, volume=Counts(output_tokens=10_000)))
    (usage,) = rows(simulator, organization, PLATFORM_USAGE, days(DAY) + grouped("service_tier"))
    (cost,) = rows(simulator, organization, PLATFORM_COST, days(DAY) + grouped("description"))
    assert (usage["service_tier"], cost["service_tier"]) == (tier, billed)


# Grouping


def test_all_fields_are_there_and_null_where_not_grouped() -> None:
    (usage,) = rows(simulate(ACME), ACME, PLATFORM_USAGE, days(DAY))
    assert all(usage[name] is None for name in PLATFORM_USAGE_GROUPS)
    (cost,) = rows(simulate(ACME), ACME, PLATFORM_COST, days(DAY))
    fields = ("cost_type", "model", "service_tier", "context_window", "inference_geo", "token_type")
    assert all(cost[name] is None for name in (*PLATFORM_COST_GROUPS, *fields))
    by_workspace = rows(simulate(ACME), ACME, PLATFORM_COST, days(DAY) + grouped("workspace_id"))
    assert all(row[name] is None for row in by_workspace for name in fields)
    assert None in [row["workspace_id"] for row in by_workspace]


def test_rows_of_a_bucket_are_unique_by_their_groups() -> None:
    everything = Behaviour(most_groups=None)
    params = days(DAY) + grouped(*PLATFORM_USAGE_GROUPS)
    found = rows(simulate(ACME, behaviour=everything), ACME, PLATFORM_USAGE, params, headers=FAST_MODE)
    keys = [tuple(row[name] for name in PLATFORM_USAGE_GROUPS) for row in found]
    assert len(set(keys)) == len(keys) > 10
    cost = rows(simulate(ACME), ACME, PLATFORM_COST, days(DAY) + grouped(*PLATFORM_COST_GROUPS))
    cells = [(row["workspace_id"], row["description"]) for row in cost]
    assert len(set(cells)) == len(cells) > 10


def test_a_description_says_everything_that_is_parsed_from_it() -> None:
    cost = rows(simulate(ACME), ACME, PLATFORM_COST, days(DAY) + grouped("description"))
    names = ("cost_type", "model", "service_tier", "context_window", "inference_geo", "token_type")
    parsed = {row["description"]: tuple(row[name] for name in names) for row in cost}
    assert len(set(parsed.values())) == len(parsed) == len(cost)


def test_no_two_cells_have_one_description() -> None:
    cells = list(
        itertools.product(
            ("claude-opus-5", "claude-opus-4-8", "claude-haiku-4-5-20251001", "claude-new"),
            ("standard", "batch", "flex", "priority_on_demand", "tier-of-tomorrow"),
            ("0-200k", "200k-1M"),
            ("global", "us", "not_available", "eu"),
            TOKEN_TYPES,
        )
    )
    assert len({description(*cell) for cell in cells}) == len(cells)
    usual = description("claude-opus-4-8", "standard", "0-200k", "global", "uncached_input_tokens")
    assert usual == "Claude Opus 4.8 Usage - Input Tokens"


@tried(30)
@given(
    groups=st.sets(st.sampled_from(PLATFORM_USAGE_GROUPS), max_size=5),
    start=st.dates(date(2026, 1, 1), date(2026, 11, 10)),
    count=st.integers(1, 9),
    limit=st.integers(1, 31),
)
def test_usage_adds_up_to_the_truth_however_grouped_and_cut(
    groups: set[str], start: date, count: int, limit: int
) -> None:
    simulator = simulate(ACME)
    params = [*days(start, count), ("limit", str(limit)), *grouped(*groups)]
    found = rows(simulator, ACME, PLATFORM_USAGE, params, headers=FAST_MODE)
    truth = [simulator.totals(ACME.id, start + timedelta(days=n)) for n in range(count)]
    expected: Counter[str] = Counter()
    for day in truth:
        expected.update(day.tokens)
    assert summed(found) == expected
    searches = sum(row["server_tool_use"]["web_search_requests"] for row in found)
    assert searches == sum(day.web_searches for day in truth)


@tried(30)
@given(
    groups=st.sets(st.sampled_from(PLATFORM_COST_GROUPS)),
    start=st.dates(date(2026, 1, 1), date(2026, 11, 20)),
    count=st.integers(1, 9),
    limit=st.integers(1, 31),
)
def test_cost_adds_up_to_the_truth_however_grouped_and_cut(
    groups: set[str], start: date, count: int, limit: int
) -> None:
    simulator = simulate(ACME)
    params = [*days(start, count), ("limit", str(limit)), *grouped(*groups)]
    found = rows(simulator, ACME, PLATFORM_COST, params)
    truth = [simulator.totals(ACME.id, start + timedelta(days=n)).cost_microcents for n in range(count)]
    assert exact([row["amount"] for row in found]) == sum(truth) > 0


# Buckets


def test_every_bucket_is_there_and_an_empty_one_has_no_results() -> None:
    quiet = platform_organization("Quiet", start=date(2026, 9, 3), end=date(2026, 9, 4))
    (page,) = pages(simulate(quiet), quiet, PLATFORM_USAGE, [*days(date(2026, 9, 1), 5), ("limit", "31")])
    spans = [(bucket["starting_at"], bucket["ending_at"]) for bucket in page["data"]]
    first = date(2026, 9, 1)
    assert spans == [
        (f"{first + timedelta(days=n)}T00:00:00Z", f"{first + timedelta(days=n + 1)}T00:00:00Z")
        for n in range(5)
    ]
    assert [bool(bucket["results"]) for bucket in page["data"]] == [False, False, True, False, False]


def test_without_a_limit_a_page_holds_seven_days() -> None:
    found = list(pages(simulate(ACME), ACME, PLATFORM_COST, days(date(2026, 9, 1), 16)))
    assert [len(page["data"]) for page in found] == [7, 7, 2]


def test_no_bucket_begins_after_now() -> None:
    page = ask(simulate(ACME), ACME, PLATFORM_USAGE, [*days(NOW.date(), 20), ("limit", "31")])
    assert [bucket["starting_at"] for bucket in page["data"]] == ["2026-11-23T00:00:00Z"]
    assert page["data"][0]["ending_at"] == "2026-11-24T00:00:00Z"


def test_a_start_within_a_day_is_taken_back_to_midnight() -> None:
    params = [("starting_at", "2026-09-16T13:45:00+02:00"), ("ending_at", "2026-09-16T18:00:00Z")]
    (page,) = pages(simulate(ACME), ACME, PLATFORM_COST, params)
    assert [bucket["starting_at"] for bucket in page["data"]] == ["2026-09-16T00:00:00Z"]


@pytest.mark.parametrize(("width", "count"), [("1h", 24), ("1m", 1440)])
def test_finer_buckets_add_up_to_the_day(width: str, count: int) -> None:
    simulator = simulate(ACME)
    params = [*days(DAY)[:2], ("bucket_width", width)]
    found = [bucket for page in pages(simulator, ACME, PLATFORM_USAGE, params) for bucket in page["data"]]
    assert len(found) == count
    total = summed([row for bucket in found for row in bucket["results"]])
    assert total == simulator.totals(ACME.id, DAY).tokens


def test_today_is_partial_and_grows() -> None:
    early, late, after = (simulate(ACME, now=NOW.replace(hour=hour)) for hour in (8, 15, 23))
    whole = simulate(ACME, now=NOW + timedelta(days=3))
    tokens = [
        summed(rows(simulator, ACME, PLATFORM_USAGE, days(NOW.date()))).total()
        for simulator in (early, late, after, whole)
    ]
    assert 0 < tokens[0] < tokens[1] < tokens[2] < tokens[3]


def test_today_is_still_empty_five_minutes_in() -> None:
    simulator = simulate(ACME, now=datetime(2026, 11, 23, 0, 4, tzinfo=UTC))
    page = ask(simulator, ACME, PLATFORM_USAGE, days(date(2026, 11, 22), 2))
    assert [bool(bucket["results"]) for bucket in page["data"]] == [True, False]


def test_a_past_day_reads_the_same_later() -> None:
    params = days(DAY) + grouped(*PLATFORM_COST_GROUPS)
    later = simulate(ACME, now=NOW + timedelta(days=200))
    assert rows(simulate(ACME), ACME, PLATFORM_COST, params) == rows(later, ACME, PLATFORM_COST, params)


def test_a_revision_shows_in_the_next_answer() -> None:
    simulator = simulate(ACME)
    before = rows(simulator, ACME, PLATFORM_USAGE, days(DAY))
    simulator.revise(ACME.id, DAY, 120)
    after = rows(simulator, ACME, PLATFORM_USAGE, days(DAY))
    assert after[0]["output_tokens"] > before[0]["output_tokens"]
    simulator.revise(ACME.id, DAY, 0)
    assert rows(simulator, ACME, PLATFORM_USAGE, days(DAY)) == []


# Two organizations


def test_organizations_with_equal_ids_answer_for_themselves() -> None:
    twins = [platform_organization(name, ids="twins") for name in ("First", "Second")]
    simulator = simulate(*twins)
    ids, amounts = [], []
    for twin in twins:
        found = rows(simulator, twin, PLATFORM_USAGE, days(DAY) + grouped("api_key_id", "workspace_id"))
        ids.append({(row["api_key_id"], row["workspace_id"]) for row in found})
        amounts.append(exact([row["amount"] for row in rows(simulator, twin, PLATFORM_COST, days(DAY))]))
    assert ids[0] == ids[1] and amounts[0] != amounts[1]
    assert twins[0].id != twins[1].id


# Refusals

USAGE_REFUSALS = [
    ([], "starting_at: Field required"),
    ([("starting_at", "2026-09-01")], "starting_at"),
    ([("starting_at", "2026-09-01T00:00:00")], "starting_at"),
    ([("starting_at", "yesterday")], "starting_at"),
    ([*days(DAY)[:1], ("ending_at", f"{DAY}T00:00:00Z")], "ending_at: must be after"),
    ([*days(DAY)[:2], ("bucket_width", "1w")], "bucket_width"),
    ([*days(DAY), ("limit", "0")], "limit"),
    ([*days(DAY), ("limit", "32")], "1 to 31"),
    ([*days(DAY), ("limit", "many")], "limit"),
    ([*days(DAY), ("limit", "-3")], "limit"),
    ([*days(DAY), ("limit", "3"), ("limit", "4")], "limit: given more than once"),
    ([*days(DAY), *grouped("colour")], "group_by[]"),
    ([*days(DAY), *grouped("model", "model")], "unique"),
    ([*days(DAY), ("group_by", "model")], "group_by: Extra inputs"),
    ([*days(DAY), ("page", "page_nonsense")], "page: not a cursor"),
    ([*days(DAY), ("page", "\u00e9")], "page: not a cursor"),
    ([*days(DAY), ("page", "")], "page: not a cursor"),
    ([*days(DAY), *grouped("speed")], "anthropic-beta"),
]


@pytest.mark.parametrize(("params", "message"), USAGE_REFUSALS)
def test_wrong_parameters_are_refused(params: list[tuple[str, str]], message: str) -> None:
    status, kind, text = refused(simulate(ACME), ACME, PLATFORM_USAGE, params)
    assert (status, kind) == (400, "invalid_request_error")
    assert message in text


@pytest.mark.parametrize("count", [6, 7, 9])
def test_more_than_five_dimensions_are_refused(count: int) -> None:
    params = days(DAY) + grouped(*PLATFORM_USAGE_GROUPS[:count])
    assert refused(simulate(ACME), ACME, PLATFORM_USAGE, params, headers=FAST_MODE) == (
        400,
        "invalid_request_error",
        "Cannot specify more than 5 group_by[] dimensions.",
    )
    assert rows(simulate(ACME), ACME, PLATFORM_USAGE, days(DAY) + grouped(*PLATFORM_USAGE_GROUPS[:5]))


@pytest.mark.parametrize("start", [NOW.date(), NOW.date() + timedelta(days=1)])
def test_cost_of_a_day_that_is_not_over_is_refused(start: date) -> None:
    message = "Invalid date range: ending date must be after starting date"
    assert refused(simulate(ACME), ACME, PLATFORM_COST, days(start)) == (
        400,
        "invalid_request_error",
        message,
    )


def test_cost_ends_with_the_last_finished_day() -> None:
    for params in (days(date(2026, 11, 21), 9), days(date(2026, 11, 21))[:1]):
        page = ask(simulate(ACME), ACME, PLATFORM_COST, params)
        assert [bucket["starting_at"][:10] for bucket in page["data"]] == ["2026-11-21", "2026-11-22"]
        assert all(bucket["results"] for bucket in page["data"])


@pytest.mark.parametrize("group", ["api_key_id", "model", "speed"])
def test_cost_cannot_be_grouped_by_api_key(group: str) -> None:
    assert refused(simulate(ACME), ACME, PLATFORM_COST, days(DAY) + grouped(group))[0] == 400


def test_cost_comes_by_whole_days_only() -> None:
    assert refused(simulate(ACME), ACME, PLATFORM_COST, [*days(DAY)[:2], ("bucket_width", "1h")])[0] == 400


def test_an_organization_may_refuse_the_fast_mode_header() -> None:
    plain = platform_organization("Plain", fast_mode_header=False)
    simulator = simulate(plain)
    params = days(DAY) + grouped("model")
    assert refused(simulator, plain, PLATFORM_USAGE, params, headers=FAST_MODE)[0] == 400
    assert rows(simulator, plain, PLATFORM_USAGE, params)


# Cursors


def _first_cursor(simulator: Simulator, params: list[tuple[str, str]]) -> str:
    return str(ask(simulator, ACME, PLATFORM_USAGE, params)["next_page"])


@pytest.mark.parametrize(
    "changed",
    [
        [*days(DAY, 5), ("limit", "3"), *grouped("model")],
        [*days(DAY, 6), ("limit", "2"), *grouped("model")],
        [*days(DAY, 5), ("limit", "2"), *grouped("model", "workspace_id")],
        [*days(DAY, 5), ("limit", "2")],
    ],
)
def test_a_cursor_belongs_to_its_query(changed: list[tuple[str, str]]) -> None:
    simulator = simulate(ACME)
    cursor = _first_cursor(simulator, [*days(DAY, 5), ("limit", "2"), *grouped("model")])
    status, _, text = refused(simulator, ACME, PLATFORM_USAGE, [*changed, ("page", cursor)])
    assert status == 400 and "another query" in text


def test_a_cursor_belongs_to_its_report_and_organization() -> None:
    other = platform_organization("Other")
    simulator = simulate(ACME, other)
    params = [*days(DAY, 5), ("limit", "2")]
    cursor = _first_cursor(simulator, params)
    assert refused(simulator, ACME, PLATFORM_COST, [*params, ("page", cursor)])[0] == 400
    assert refused(simulator, other, PLATFORM_USAGE, [*params, ("page", cursor)])[0] == 400


def test_an_altered_cursor_is_refused() -> None:
    simulator = simulate(ACME)
    params = [*days(DAY, 5), ("limit", "2")]
    cursor = _first_cursor(simulator, params)
    altered = cursor[:8] + ("A" if cursor[8] != "A" else "B") + cursor[9:]
    assert refused(simulator, ACME, PLATFORM_USAGE, [*params, ("page", altered)])[0] == 400


def test_a_forged_position_is_refused() -> None:
    simulator = simulate(ACME)
    params = [*days(DAY, 5), ("limit", "2")]
    cursor = _first_cursor(simulator, params)
    packed = cursor.removeprefix("page_")
    text = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    assert text.startswith("[2,")
    forged = "page_" + base64.urlsafe_b64encode(text.replace("[2,", "[4,", 1).encode()).decode().rstrip("=")
    assert refused(simulator, ACME, PLATFORM_USAGE, [*params, ("page", forged)])[0] == 400
