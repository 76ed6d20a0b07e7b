"""Bills that spell a cell otherwise than the usage report: who pays how much, and what it is called."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dimensions import NOT_TOLD
from core.ledger.platform import Known, platform_rows
from tests.ledger.frames import DAY, bill, facts, usage
from tests.properties import tried

MILLION, DOLLAR = 10**6, 10**8
OTHER = DAY.replace(day=6)
DAYS = (DAY, OTHER, date(2026, 10, 31), date(2026, 11, 1))
Row = dict[str, Any]


def ledger(uses: list[Row], bills: list[Row], **known: Any) -> pl.DataFrame:
    return platform_rows(facts("platform_usage", *uses), facts("platform_cost", *bills), Known(DAYS, **known))


def use(key: str, millions: int = 1, **values: Any) -> Row:
    return usage(api_key_id=key, output_tokens=millions * MILLION, **values)


def paid(rows: pl.DataFrame, day: date = DAY) -> dict[str, tuple[float | None, str]]:
    """Dollars and basis by key."""
    found = rows.filter(pl.col("day") == day).select("api_key_id", "cost_microcents", "cost_basis")
    return {key: (None if cost is None else cost / DOLLAR, basis) for key, cost, basis in found.iter_rows()}


def dollars(amount: float, **values: Any) -> Row:
    return bill(round(amount * DOLLAR), **values)


# The sets that bills cover


def test_flex_under_a_standard_bill_weighs_the_published_ratio() -> None:
    rows = ledger([use("k1"), use("k2", service_tier="flex")], [dollars(50)])
    assert paid(rows) == {"k1": (33.33333333, "estimated"), "k2": (16.66666667, "estimated")}


def test_flex_of_a_model_nobody_publishes_weighs_the_same_where_the_tier_is_unknown() -> None:
    rows = ledger([use("k1"), use("k2", service_tier="economy")], [dollars(50)])
    assert paid(rows) == {"k1": (25, "estimated"), "k2": (25, "estimated")}


def test_another_day_shows_what_standard_costs_and_so_what_flex_costs() -> None:
    uses = [use("k1"), use("k2", service_tier="flex"), use("k1", day=OTHER)]
    rows = ledger(uses, [dollars(50), dollars(33.33, day=OTHER)])
    assert paid(rows) == {"k1": (33.33, "estimated"), "k2": (16.67, "estimated")}
    assert paid(rows, OTHER) == {"k1": (33.33, "billed")}


@pytest.mark.parametrize("geo", ["global", "not_available"])
def test_on_demand_and_standard_share_a_standard_bill_whatever_the_geo_is_called(geo: str) -> None:
    uses = [use("k1"), use("k2", 3, service_tier="priority_on_demand", inference_geo=geo)]
    assert paid(ledger(uses, [dollars(100)])) == {"k1": (25, "estimated"), "k2": (75, "estimated")}


@pytest.mark.parametrize("name", ["inference_geo", "context_window", "speed"])
def test_what_only_one_side_names_does_not_mix_tiers(name: str) -> None:
    uses = [
        use("k1", inference_geo="not_available"),
        use("k2", inference_geo="not_available", service_tier="batch"),
    ]
    named = {"inference_geo": "not_available", name: None}
    rows = ledger(uses, [dollars(5, **named), dollars(2.5, service_tier="batch", **named)])
    assert paid(rows) == {"k1": (5, "billed"), "k2": (2.5, "billed")}


@pytest.mark.parametrize("untold", [None, NOT_TOLD])
def test_names_that_usage_lacks_stand_as_the_bill_says_them(untold: str | None) -> None:
    """Of two bills, each keeps its own: one says its speed in the description alone."""
    names = ("context_window", "inference_geo", "speed")
    bills = [
        dollars(25, context_window="0-200k", inference_geo="us", speed="standard", description="Opus"),
        dollars(75, context_window="0-200k", inference_geo="us", speed=None, description="Opus, Fast"),
    ]
    rows = ledger([use("k1", **dict.fromkeys(names, untold))], bills)
    told = rows.select(*names, "cost_microcents").sort("speed").rows()
    assert told == [("0-200k", "us", "fast", 75 * DOLLAR), ("0-200k", "us", "standard", 25 * DOLLAR)]
    assert rows["tokens"].sum() == MILLION and set(rows["cost_basis"]) == {"estimated"}


def test_names_that_usage_tells_are_not_the_bills_to_change() -> None:
    rows = ledger([use("k1", inference_geo="not_available")], [dollars(5, inference_geo="global")])
    assert rows["inference_geo"].to_list() == ["not_available"]


def test_a_bill_of_fast_mode_belongs_to_fast_tokens() -> None:
    bills = [dollars(25, description="Opus"), dollars(75, description="Opus, Fast")]
    rows = ledger([use("k1"), use("k2", speed="fast")], bills)
    assert paid(rows) == {"k1": (25, "billed"), "k2": (75, "billed")}
    assert dict(rows.select("api_key_id", "description").rows()) == {"k1": "Opus", "k2": "Opus, Fast"}


def test_a_bill_that_says_its_speed_belongs_to_that_speed() -> None:
    bills = [dollars(25, speed="standard"), dollars(75, speed="fast")]
    rows = ledger([use("k1"), use("k2", speed="fast")], bills)
    assert paid(rows) == {"k1": (25, "billed"), "k2": (75, "billed")}


def test_the_price_of_the_month_before_tells_what_a_first_mix_is_made_of() -> None:
    last, first = DAYS[2:]
    uses = [use("k1", day=last), use("k1", day=first), use("k2", day=first, speed="fast")]
    rows = ledger(uses, [dollars(25, day=last), dollars(100, day=first)])
    assert paid(rows, first) == {"k1": (25, "estimated"), "k2": (75, "estimated")}


def test_cost_types_stay_the_bills_own() -> None:
    bills = [
        dollars(0.10, cost_type="session_usage"),
        dollars(0.05, cost_type="surcharge_tokens"),
        dollars(2, cost_type=None),
    ]
    rows = ledger([use("k1")], bills)
    found = rows.select("cost_type", "cost_microcents", "cost_basis", "tokens").rows()
    assert sorted(found) == [
        ("session_usage", 10**7, "unattributed", None),
        ("surcharge_tokens", 5 * 10**6, "unattributed", None),
        ("tokens", 2 * DOLLAR, "billed", MILLION),
    ]


@pytest.mark.parametrize("dated", ["usage", "bill"])
def test_a_dated_model_and_its_alias_are_one_and_so_is_the_default_workspace(dated: str) -> None:
    names = ["claude-opus-4-5-20251101", "claude-opus-4-5"][:: 1 if dated == "usage" else -1]
    places = [None, "wrkspc_0"][:: 1 if dated == "usage" else -1]
    rows = ledger(
        [use("k1", model=names[0], workspace_id=places[0])],
        [dollars(5, model=names[1], workspace_id=places[1])],
        default_workspace="wrkspc_0",
    )
    assert paid(rows) == {"k1": (5, "billed")}
    assert rows["model"].to_list() == [names[0]]


def test_two_dates_of_one_alias_are_two_models() -> None:
    models = ["claude-opus-4-5-20251101", "claude-opus-4-5-20260301"]
    uses = [use(f"k{n}", model=model) for n, model in enumerate(models)]
    rows = ledger(uses, [dollars(n + 5, model=model) for n, model in enumerate(models)])
    assert paid(rows) == {"k0": (5, "billed"), "k1": (6, "billed")}


def test_one_names_flex_in_its_description() -> None:
    bills = [dollars(5, description="Opus"), dollars(2, description="Opus, Flex")]
    rows = ledger([use("k1"), use("k2", service_tier="flex")], bills)
    assert paid(rows) == {"k1": (5, "billed"), "k2": (2, "billed")}


def test_flex_that_batch_or_standard_may_cover_is_never_billed() -> None:
    uses = [use("k1"), use("k2", service_tier="batch"), use("k3", service_tier="flex")]
    found = paid(ledger(uses, [dollars(15), dollars(5, service_tier="batch")]))
    assert {basis for _, basis in found.values()} == {"estimated"}


def test_a_bill_of_batch_without_batch_usage_is_what_ran_as_flex() -> None:
    uses = [use("k1"), use("k2"), use("k3", service_tier="flex")]
    rows = ledger(uses, [dollars(10), dollars(2, service_tier="batch")])
    assert paid(rows) == {"k1": (5, "allocated"), "k2": (5, "allocated"), "k3": (2, "billed")}


def test_a_bill_that_shows_flex_as_batch_tells_where_flex_belongs_elsewhere() -> None:
    uses = [use("k1"), use("k2", service_tier="batch"), use("k3", service_tier="flex")]
    uses += [use("k3", day=OTHER, service_tier="flex")]
    bills = [dollars(10), dollars(10, service_tier="batch"), dollars(5, day=OTHER, service_tier="batch")]
    found = paid(ledger(uses, bills))
    assert {key: cost for key, (cost, _) in found.items()} == {"k1": 10, "k2": 5, "k3": 5}


def test_equal_names_prove_nothing_while_other_usage_is_left_without_a_cost() -> None:
    uses = [use("k1"), use("k2", inference_geo="us")]
    rows = ledger(uses, [dollars(2.1, inference_geo=None)])
    assert paid(rows) == {"k1": (1, "estimated"), "k2": (1.1, "estimated")}


def test_one_price_under_two_names_is_a_share_of_one_price() -> None:
    """The bills of two workspaces show that flex costs what standard does."""
    uses = [
        *(use("k1"), use("k2", service_tier="flex")),
        *(use("a", workspace_id="w1"), use("b", workspace_id="w2", service_tier="flex")),
    ]
    bills = [dollars(50), dollars(25, workspace_id="w1"), dollars(25, workspace_id="w2")]
    assert paid(ledger(uses, bills)) == {
        **dict.fromkeys(("k1", "k2"), (25, "allocated")),
        **dict.fromkeys(("a", "b"), (25, "billed")),
    }


def test_two_prices_of_one_cell_on_one_day_are_estimates() -> None:
    rows = ledger([use("k1")], [dollars(25, description="old"), dollars(20, description="new")])
    assert set(rows["cost_basis"]) == {"estimated"} and rows["cost_microcents"].sum() == 45 * DOLLAR
    assert sorted(rows.select("description", "tokens").rows()) == [("new", 444_444), ("old", 555_556)]


def test_usage_that_could_not_be_told_apart_is_an_estimate() -> None:
    rows = ledger([use("k1", service_tier=NOT_TOLD)], [dollars(25)])
    assert paid(rows) == {"k1": (25, "estimated")}


def test_a_day_whose_usage_is_older_than_its_cost_is_an_estimate() -> None:
    uses, bills = [use("k1"), use("k1", day=OTHER)], [dollars(25), dollars(25, day=OTHER)]
    rows = ledger(uses, bills, usage_days=[OTHER])
    assert paid(rows) == {"k1": (25, "estimated")} and paid(rows, OTHER) == {"k1": (25, "billed")}


# Why there is no cost, or no usage


def test_tokens_without_a_cost_say_why() -> None:
    late = date(2026, 11, 2)
    uses = [
        use("priority", service_tier="priority"),
        use("blocked"),
        use("odd", day=OTHER, model="claude-x"),
        use("priority", day=OTHER, service_tier="priority"),
        use("late", day=late),
    ]
    rows = ledger(uses, [dollars(3, day=OTHER, model="claude-y")])
    assert paid(rows) == {"priority": (None, "not priced"), "blocked": (None, "not billed")}
    assert paid(rows, OTHER) == {
        "odd": (None, "usage not matched"),
        "priority": (None, "not priced"),
        None: (3, "cost not matched"),
    }
    assert paid(rows, late) == {"late": (None, "cost missing")}


def test_cost_without_usage_says_why() -> None:
    code = {"cost_type": "code_execution", "token_type": None, "model": None}
    search = {"cost_type": "web_search", "token_type": None, "model": None}
    bills = [
        dollars(1, **code),
        dollars(2),
        dollars(3, **search),
        dollars(4, day=OTHER),
        dollars(5, day=OTHER, **search),
    ]
    rows = ledger([], bills, usage_days=[DAY])
    assert dict(rows.select(pl.col("cost_microcents") // DOLLAR, "cost_basis").rows()) == {
        1: "unattributed",
        **dict.fromkeys((2, 3), "cost not matched"),
        **dict.fromkeys((4, 5), "usage missing"),
    }


# Whatever the bills are

TIERS = ("standard", "batch", "flex", "priority_on_demand", "priority", NOT_TOLD, None)
NAMES = {
    "workspace_id": st.sampled_from([None, "w1"]),
    "model": st.sampled_from(["claude-opus-4-8", "claude-opus-4-5", "claude-opus-4-5-20251101"]),
    "context_window": st.sampled_from(["0-200k", "200k-1M", None]),
    "inference_geo": st.sampled_from(["global", "us", "not_available", None]),
    "speed": st.sampled_from(["standard", "fast", None]),
}
USES = st.lists(
    st.fixed_dictionaries(
        {
            **NAMES,
            "service_tier": st.sampled_from(TIERS),
            "api_key_id": st.sampled_from(["a", "b", "c"]),
            "output_tokens": st.integers(1, 10**12),
        }
    ),
    max_size=10,
    unique_by=lambda row: tuple(str(row[name]) for name in (*NAMES, "service_tier", "api_key_id")),
)
BILLS = st.lists(
    st.fixed_dictionaries(
        {
            **NAMES,
            "service_tier": st.sampled_from(["standard", "batch", "flex", None]),
            "amount_microcents": st.integers(-(10**15), 10**15),
            "description": st.sampled_from(["x", "x, Fast", "x, Flex", "x, Batch, US", None]),
            "cost_type": st.just("tokens"),
            "token_type": st.just("output_tokens"),
        }
    ),
    max_size=6,
)


@pytest.mark.slow
@tried(80)
@given(USES, BILLS, st.randoms())
def test_parts_add_up_keep_the_sign_and_do_not_depend_on_order(
    uses: list[Row], bills: list[Row], random: Any
) -> None:
    used, billed = facts("platform_usage", *uses), facts("platform_cost", *bills)
    rows = platform_rows(used, billed, Known(DAYS))
    assert rows["cost_microcents"].sum() == sum(row["amount_microcents"] for row in bills)
    assert rows["tokens"].sum() == sum(row["output_tokens"] for row in uses)
    by_bill = billed.group_by("description").agg(pl.col("amount_microcents").sum())
    assert dict(
        rows.filter(pl.col("cost_microcents").is_not_null())
        .group_by("description")
        .agg(pl.col("cost_microcents").sum())
        .rows()
    ).items() >= {(text, amount) for text, amount in by_bill.rows() if amount}
    if all(row["amount_microcents"] >= 0 for row in bills):
        assert all(cost is None or cost >= 0 for cost in rows["cost_microcents"])
    priority = rows.filter(pl.col("service_tier") == "priority", pl.col("tokens").is_not_null())
    assert set(priority["cost_microcents"]) <= {None} and set(priority["cost_basis"]) <= {"not priced"}
    seed = random.randrange(10**6)
    shuffled = platform_rows(
        used.sample(fraction=1, shuffle=True, seed=seed), billed.sample(fraction=1, shuffle=True, seed=seed),
        Known(DAYS),
    )  # fmt: skip
    assert shuffled.sort(rows.columns).equals(rows.sort(rows.columns))


@pytest.mark.slow
@tried(80)
@given(USES, BILLS)
def test_no_usage_that_a_bill_may_cover_is_left_without_a_cost(uses: list[Row], bills: list[Row]) -> None:
    """Held against a plain reading of which bill may cover which usage."""
    rows = ledger(uses, bills)
    left = rows.filter(pl.col("tokens").is_not_null() & pl.col("cost_microcents").is_null())
    for row in left.filter(pl.col("service_tier").ne_missing("priority")).iter_rows(named=True):
        assert not any(may_cover(one, row) for one in bills), row
    used = rows.filter(pl.col("tokens").is_not_null(), pl.col("service_tier").ne_missing("priority"))
    for one in rows.filter(pl.col("cost_basis") == "cost not matched").iter_rows(named=True):
        assert not any(may_cover(one, row) for row in used.iter_rows(named=True)), one


def may_cover(one: Row, row: Row) -> bool:
    words = one["description"] or ""
    tier = "flex" if "Flex" in words else one["service_tier"] or ("batch" if "Batch" in words else None)
    used = row["service_tier"]
    alike = {"global": "", "not_available": ""}
    said = {
        "speed": one["speed"] or ("fast" if "Fast" in words else None),
        "inference_geo": one["inference_geo"] or ("us" if "US" in words else None),
        "context_window": one["context_window"],
    }
    return (
        one["workspace_id"] == row["workspace_id"]
        and one["model"].removesuffix("-20251101") == row["model"].removesuffix("-20251101")
        and (tier in (None, used) or used in (None, NOT_TOLD) or (tier == "standard" and used != "batch"))
        and all(
            alike.get(value, value) == alike.get(row[name], row[name]) or None in (value, row[name])
            for name, value in said.items()
        )
    )
