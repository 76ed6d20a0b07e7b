"""What the newest reports tell by key alone, split by the unit prices of *rates*: against plain Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from core.dimensions import NOT_TOLD, Origin
from core.ledger.by_rates import RATES
from core.ledger.facts import FACTS
from core.ledger.meanings import meaning_of
from core.ledger.newest import newest_rows
from core.ledger.reported_prices import by_price
from core.store.told_rates import Rate
from tests.ledger.books import DAY as BOOKS_DAY
from tests.ledger.books import checks_of, ledger_of, organization, pulled
from tests.properties import tried
from tests.store.books import in_memory

DAY = date(2026, 3, 5)
TIERS = ("standard", "batch", "flex", "priority")


class Use(NamedTuple):
    """Tokens of a key at a price, and what they cost: None where no cost is told of them."""

    key: str
    tier: str
    tokens: int
    cost: int | None


def used(prices: Mapping[str, int | None], *uses: tuple[str, str, int]) -> list[Use]:
    """``prices``: micro-cents a token."""
    return [
        Use(key, tier, tokens, None if (price := prices[tier]) is None else price * tokens)
        for key, tier, tokens in uses
    ]


def facts(table: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    schema = {**FACTS[f"platform_analytics_{table}"], "day": pl.Date()}
    zero = {name: 0 for name in schema if name.endswith(("_tokens", "_requests"))}
    price = {"context_window": "0-200k", "inference_geo": "global", "speed": "standard", "model": "m"}
    made = [{**dict.fromkeys(schema), **zero, **price, "day": DAY, **row} for row in rows]
    return pl.DataFrame(made, schema=schema)


def added(uses: Sequence[Use], *names: str) -> dict[tuple[str, ...], tuple[int, int | None]]:
    """Tokens and cost by ``names``; the cost of nothing but uses without one is not told."""
    tokens: defaultdict[tuple[str, ...], int] = defaultdict(int)
    costs: dict[tuple[str, ...], int] = {}
    for use in uses:
        at = tuple(getattr(use, name) for name in names)
        tokens[at] += use.tokens
        if use.cost is not None:
            costs[at] = costs.get(at, 0) + use.cost
    return {at: (many, costs.get(at)) for at, many in tokens.items()}


def cost_facts(told: Mapping[tuple[str, ...], tuple[int, int | None]]) -> pl.DataFrame:
    return facts(
        "cost",
        [
            {**_names(at), "cost_type": "tokens", "token_type": "output_tokens", "amount_microcents": cost,
             "list_amount_microcents": 2 * cost}
            for at, (_, cost) in told.items()
            if cost is not None
        ],
    )  # fmt: skip


def usage_facts(told: Mapping[tuple[str, ...], tuple[int, int | None]]) -> pl.DataFrame:
    return facts("usage", [{**_names(at), "output_tokens": tokens} for at, (tokens, _) in told.items()])


def _names(at: tuple[str, ...]) -> dict[str, str]:
    return {"api_key_id": at[0], "service_tier": at[1] if len(at) > 1 else NOT_TOLD}


def rates_of(uses: Sequence[Use]) -> pl.DataFrame:
    cell = {"day": DAY, "model": "m", "context_window": "0-200k", "inference_geo": "global",
            "speed": "standard", "cost_type": "tokens", "token_type": "output_tokens"}  # fmt: skip
    rows = [
        {**cell, "service_tier": tier, "tokens": tokens, "cost": cost,
         "list_cost": None if cost is None else 2 * cost}
        for (tier,), (tokens, cost) in added(uses, "tier").items()
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=RATES)


def ledger(uses: Sequence[Use], *, cost: tuple[str, ...], usage: tuple[str, ...]) -> pl.DataFrame:
    """``cost`` and ``usage``: what each report tells its rows apart by."""
    return newest_rows(cost_facts(added(uses, *cost)), usage_facts(added(uses, *usage)), None, rates_of(uses))


def sums(rows: pl.DataFrame, *names: str) -> dict[tuple[Any, ...], tuple[int, int | None]]:
    found: dict[tuple[Any, ...], tuple[int, int | None]] = {}
    for row in rows.iter_rows(named=True):
        at = tuple(row[name] for name in names)
        tokens, cost = found.get(at, (0, None))
        more = row["cost_microcents"]
        found[at] = (
            tokens + (row["tokens"] or 0), cost if more is None else (cost or 0) + more
        )  # fmt: skip
    return found


KEY, FULL = ("key",), ("key", "tier")
USES = st.lists(
    st.tuples(st.sampled_from(["k1", "k2", "k3", "k4"]), st.sampled_from(TIERS), st.integers(1, 10**9)),
    min_size=1,
    max_size=12,
)
PRICES = st.fixed_dictionaries(
    {**{tier: st.integers(1, 10_000) for tier in TIERS[:3]}, "priority": st.none() | st.integers(1, 10_000)}
)


@pytest.mark.slow
@tried(15)
@given(USES, PRICES, st.sampled_from([(KEY, KEY), (KEY, FULL), (FULL, KEY)]))
def test_each_key_keeps_its_cost_and_tokens_whatever_is_told(
    uses: list[tuple[str, str, int]], prices: dict[str, int | None], grains: tuple[Any, Any]
) -> None:
    truth = used(prices, *uses)
    cost, usage = grains
    rows = ledger(truth, cost=cost, usage=usage)
    assert sums(rows, "api_key_id") == added(truth, "key")
    listed = rows.group_by("api_key_id").agg(pl.col("list_cost_microcents", "cost_microcents").sum())
    assert all(list_cost == 2 * cost for _, list_cost, cost in listed.rows())
    assert set(rows["service_tier"]) <= {*(use.tier for use in truth), NOT_TOLD}
    told = rows.filter(pl.col("cost_microcents").is_not_null(), pl.col("service_tier") != NOT_TOLD)
    if cost == KEY:
        assert set(told["cost_basis"]) <= {"estimated"}
    else:
        assert set(told["cost_basis"]) <= {"billed"}


@tried(15)
@given(USES, PRICES)
def test_what_one_report_tells_of_prices_is_right_of_the_other_too(
    uses: list[tuple[str, str, int]], prices: dict[str, int | None]
) -> None:
    truth = used(prices, *uses)
    whole = added(truth, *FULL)
    by_use = sums(ledger(truth, cost=KEY, usage=FULL), "api_key_id", "service_tier")
    assert {at: cost for at, (_, cost) in by_use.items() if cost} == {
        at: cost for at, (_, cost) in whole.items() if cost
    }
    by_cost = sums(ledger(truth, cost=FULL, usage=KEY), "api_key_id", "service_tier")
    of_one = prices["priority"] is not None or not any(use.tier == "priority" for use in truth)
    for at, (tokens, _) in by_cost.items():
        assert not of_one or abs(tokens - whole[at][0]) <= 1


@tried(20)
@given(
    st.lists(
        st.tuples(st.sampled_from(["k1", "k2", "k3"]), st.sampled_from(["standard", "batch"]),
                  st.integers(1, 10**9)),
        min_size=1,
        max_size=10,
    ),
    st.integers(1, 5_000),
    st.integers(1, 5_000),
)  # fmt: skip
def test_two_prices_leave_no_doubt(uses: list[tuple[str, str, int]], low: int, more: int) -> None:
    """Tokens of two prices: n1 + n2 = n and n1 p1 + n2 p2 = c have one solution."""
    prices = {"batch": low, "standard": low + more}
    truth = used(prices, *uses)
    found = sums(ledger(truth, cost=KEY, usage=KEY), "api_key_id", "service_tier")
    rates = {tier: Fraction(cost or 0, tokens) for (tier,), (tokens, cost) in added(truth, "tier").items()}
    for (key,), (tokens, cost) in added(truth, "key").items():
        told = {tier: found.get((key, tier), (0, 0)) for tier in prices}
        if len(rates) == 2:
            dear = (cost - tokens * rates["batch"]) / (rates["standard"] - rates["batch"])  # type: ignore[operator]
            assert abs(told["standard"][0] - dear) <= 1
            assert abs((told["standard"][1] or 0) - dear * rates["standard"]) <= 1 + more
        assert sum(each[0] for each in told.values()) == tokens


def test_a_key_that_pays_one_price_uses_nothing_else_and_the_others_share_the_rest() -> None:
    """Batch 1, standard 2, flex 4: what k1 costs a token is the price of standard."""
    prices: dict[str, int | None] = {"batch": 1, "standard": 2, "flex": 4, "priority": None}
    truth = used(
        prices,
        ("k1", "standard", 1_000_000),
        ("k2", "batch", 400_000),
        ("k2", "standard", 600_000),
        ("k2", "flex", 300_000),
        ("k3", "priority", 50_000),
    )
    found = sums(ledger(truth, cost=KEY, usage=KEY), "api_key_id", "service_tier")
    assert found == added(truth, *FULL)
    rows = ledger(truth, cost=KEY, usage=KEY)
    free = rows.filter(pl.col("api_key_id") == "k3")
    assert free["cost_microcents"].to_list() == [None] and free["cost_basis"].to_list() == ["not priced"]


@pytest.mark.slow
@tried(20)
@given(USES, PRICES)
def test_the_sums_of_each_price_are_met(
    uses: list[tuple[str, str, int]], prices: dict[str, int | None]
) -> None:
    """As near as rounds go: within a hundredth of all that there is."""
    truth = used(prices, *uses)
    found = sums(ledger(truth, cost=KEY, usage=KEY), "service_tier")
    tokens = sum(use.tokens for use in truth)
    for (tier,), (told, _) in added(truth, "tier").items():
        assert abs(found.get((tier,), (0, None))[0] - told) <= 4 + tokens / 100


def test_without_rates_nothing_is_made_up() -> None:
    truth = used({"standard": 2, "batch": 1}, ("k1", "standard", 10), ("k1", "batch", 10))
    rows = newest_rows(cost_facts(added(truth, "key")), usage_facts(added(truth, "key")), None)
    assert rows.select("service_tier", "cost_microcents", "tokens", "cost_basis").rows() == [
        (NOT_TOLD, 30, 20, "billed")
    ]


CELL = ("m", "standard", "0-200k", "global", "standard")
BATCH = ("m", "batch", "0-200k", "global", "standard")


def of_platform(db: Database, *costs: tuple[str, str, str], rates: Sequence[Rate]) -> None:
    """A day of the newest reports: key, tier and amount in cents of each row of cost."""
    organization(db, Origin.PLATFORM)
    names = {"model": "m", "context_window": "0-200k", "inference_geo": "global", "speed": "standard"}
    split = {"cost_type": "tokens", "token_type": "output_tokens"}
    rows = [
        {**names, **split, "api_key_id": key, "service_tier": tier, "amount": amount, "list_amount": amount}
        for key, tier, amount in costs
    ]
    pulled(db, "platform_analytics_cost", *rows, rates=rates)
    pulled(db, "platform_analytics_usage")


def told(cell: tuple[str, ...], microcents: int) -> Rate:
    return Rate(*cell, "tokens", "output_tokens", microcents, microcents)  # type: ignore[arg-type]


def test_the_cost_of_each_price_is_compared_with_what_anthropic_says_of_it() -> None:
    """Standard 3 cents and batch 1 in the ledger, 2 and 2 at Anthropic: 3 of 4 cents are in place."""
    with in_memory() as db:
        of_platform(
            db,
            ("k1", "standard", "3"),
            ("k1", "batch", "1"),
            rates=[told(CELL, 2_000_000), told(BATCH, 2_000_000)],
        )
        assert checks_of(db)["cost_by_price"] == (4_000_000, 3_000_000)
        assert not meaning_of("cost_by_price").is_fault


def test_cost_whose_price_is_not_told_may_be_of_any() -> None:
    with in_memory() as db:
        of_platform(db, ("k1", NOT_TOLD, "4"), rates=[told(CELL, 2_000_000), told(BATCH, 2_000_000)])
        assert checks_of(db)["cost_by_price"] == (4_000_000, 4_000_000)


def test_a_microcent_that_was_rounded_is_no_difference() -> None:
    with in_memory() as db:
        rates = [told(CELL, 2_999_999), told(BATCH, 1_000_001)]
        of_platform(db, ("k1", "standard", "3"), ("k1", "batch", "1"), rates=rates)
        assert checks_of(db)["cost_by_price"] == (4_000_000, 4_000_000)
    with in_memory() as db:
        rates = [told(CELL, 2_999_990), told(BATCH, 1_000_010)]
        of_platform(db, ("k1", "standard", "3"), ("k1", "batch", "1"), rates=rates)
        assert checks_of(db)["cost_by_price"] == (4_000_000, 3_999_990)


@pytest.mark.parametrize(("off", "found"), [(3_000, 4 * 10**9), (5_000, 4 * 10**9 - 5_000)])
def test_an_estimate_meets_the_prices_to_a_millionth(off: int, found: int) -> None:
    """40 dollars, of which 3,000 or 5,000 micro-cents stand under the other price."""
    with in_memory() as db:
        rates = [told(CELL, 3 * 10**9 - off), told(BATCH, 10**9 + off)]
        of_platform(db, ("k1", "standard", "3000"), ("k1", "batch", "1000"), rates=rates)
        rows = ledger_of(db).with_columns(cost_basis=pl.lit("estimated"))
        ((_, expected, actual),) = by_price(db.conn, 1, Origin.PLATFORM, [BOOKS_DAY], rows)
        assert (expected, actual) == (4 * 10**9, found)
