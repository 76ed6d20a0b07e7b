"""Savings recomputed the plain way, from fractions, on random ledgers; and what is left out of them."""

import tempfile
from collections import defaultdict
from datetime import date
from fractions import Fraction
from math import floor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.explore.efficiency import SUMS, discount_by, effect_by, effect_total
from core.explore.query import Filter, Query
from core.explore.rates import EFFECTS, RATE_KEYS, rate_cells
from core.periods import Period
from tests.explore.ledgers import (
    CLAUDE_AI,
    CONNECTIONS,
    OCTOBER,
    PLATFORM,
    PLATFORM_2,
    ledger_of,
    tokens,
)
from tests.explore.naive import TYPES, value_of
from tests.properties import tried

UNCACHED, WRITE_5M, WRITE_1H, READ, OUTPUT = TYPES.values()
QUERY = Query(("cost",), OCTOBER)
WHERE = {
    "model": "opus",
    "service_tier": "standard",
    "context_window": "0-200k",
    "inference_geo": "global",
    "speed": "standard",
    "cost_basis": "allocated",
}
STEADY = tried(60)


def few(*values):
    return st.sampled_from(values)


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "day": st.dates(date(2026, 9, 28), date(2026, 10, 4)),
            "connection_id": few(*(c.id for c in CONNECTIONS)),
            "workspace": few(None, "a", "b"),
            "model": few("opus", "haiku"),
            "service_tier": few("standard", "batch", None),
            "inference_geo": few("global", "us"),
            "speed": few("standard", "fast", None),
            "cost_type": st.just("tokens"),
            "token_type": few(*TYPES.values(), None),
            "cost_basis": few("billed", "estimated", "not priced", "unattributed"),
            "tokens": st.none() | st.integers(0, 10**9),
            "cost_microcents": st.none() | st.integers(-(10**6), 10**14),
            "list_cost_microcents": st.none() | st.integers(0, 10**14),
        }
    ),
    max_size=40,
)
"""So few values that rows and references meet."""


def counted_by_hand(lines, chosen, effect):
    """The sums of an effect over ``chosen``, with its rates off all ``lines``."""
    sums = dict.fromkeys(SUMS, 0)
    for row in chosen:
        if row.get(effect.dimension) not in effect.values:
            continue
        count, cost = row.get("tokens"), row.get("cost_microcents")
        rate = rate_by_hand(lines, row, effect) if count is not None and cost is not None else None
        sums["tokens"] += count or 0
        sums["unpriced_tokens"] += (count or 0) if cost is None else 0
        if rate is None:
            sums["left_out_cost"] += cost or 0
            continue
        price, of_month, estimated = rate
        sums["counted_tokens"] += count
        sums["cost"] += cost
        sums["reference_cost"] += floor(count * price + Fraction(1, 2))
        sums["month_tokens"] += count if of_month else 0
        sums["estimated_tokens"] += count if estimated or row.get("cost_basis") == "estimated" else 0
    return sums


def rate_by_hand(lines, row, effect):
    for of_month in (False, True):
        found = defaultdict(lambda: [0, 0])
        for other in lines:
            near = other["day"].month == row["day"].month if of_month else other["day"] == row["day"]
            alike = all(other.get(k) == row.get(k) for k in RATE_KEYS if k != effect.dimension)
            priced = other.get("tokens") is not None and other.get("cost_microcents") is not None
            if near and alike and priced and other.get(effect.dimension) == effect.reference:
                part = found[other.get("cost_basis") == "estimated"]
                part[0] += other["cost_microcents"]
                part[1] += other["tokens"]
        for estimated in (False, True):
            cost, count = found[estimated]
            if cost > 0 and count > 0:
                return Fraction(cost, count), of_month, estimated
    return None


@pytest.mark.slow
@STEADY
@given(ROWS, few(*EFFECTS), few((), (Filter("workspace", ("a",)),), (Filter("model", ("opus",), True),)))
def test_savings_are_what_fractions_give(lines, name, filters):
    period = Period(date(2026, 10, 1), date(2026, 10, 4))
    query = Query(("cost",), period, filters=filters)
    chosen = [
        row
        for row in lines
        if row["day"] in period
        and all((value_of(row, f.dimension, CONNECTIONS) in f.values) != f.exclude for f in filters)
    ]
    with tempfile.TemporaryDirectory() as folder:
        ledger = ledger_of(Path(folder), lines)
        cells = rate_cells(ledger, period)
        total = effect_total(ledger, query, name, cells)
        assert {sum_: getattr(total, sum_) for sum_ in SUMS} == counted_by_hand(lines, chosen, EFFECTS[name])
        parts = effect_by(ledger, query, name, cells, "workspace")
        for sum_ in SUMS:
            assert parts[sum_].sum() == getattr(total, sum_), "parts add up to the last micro-cent"


@pytest.mark.slow
@STEADY
@given(ROWS)
def test_the_discount_is_of_rows_with_a_list_cost(lines):
    with tempfile.TemporaryDirectory() as folder:
        found = discount_by(ledger_of(Path(folder), lines), Query(("cost",), OCTOBER), "model")
    for model, empty, cost, list_cost in found.rows():
        both = [
            row
            for row in lines
            if row["model"] == model and row["day"] in OCTOBER and row["list_cost_microcents"] is not None
        ]
        assert both and empty is None
        assert cost == sum(row["cost_microcents"] or 0 for row in both)
        assert list_cost == sum(row["list_cost_microcents"] for row in both)


def test_what_no_user_is_behind_has_a_discount_too(tmp_path):
    lines = [
        tokens(CLAUDE_AI, cost=10, list_cost=12, user="u1", product="chat", cost_basis="billed"),
        tokens(CLAUDE_AI, cost=None, list_cost=8, product="chat", cost_basis="unattributed"),
    ]
    found = discount_by(ledger_of(tmp_path, lines), Query(("cost",), OCTOBER), "product")
    assert found.select("cost", "list_cost").rows() == [(10, 20)]


def effect(folder, lines, name="cache_read", query=QUERY):
    ledger = ledger_of(folder, lines)
    return effect_total(ledger, query, name, rate_cells(ledger, query.period))


def line(type_, count, cost, connection=PLATFORM, **values):
    return tokens(connection, type_, **{**WHERE, "tokens": count, "cost": cost, **values})


def test_reads_are_priced_as_uncached_input_of_their_own_cell(tmp_path):
    lines = [
        line(UNCACHED, 100, 50_000),
        line(READ, 1_000, 50_000),
        line(UNCACHED, 100, 10, connection=PLATFORM_2),
        line(UNCACHED, 100, 90_000, model="other"),
        line(UNCACHED, 100, 25_000, service_tier="batch"),
    ]
    found = effect(tmp_path, lines)
    assert (found.counted_tokens, found.cost, found.reference_cost) == (1_000, 50_000, 500_000)
    assert found.saved == 450_000


def test_writes_cost_extra(tmp_path):
    lines = [line(UNCACHED, 10, 5_000), line(WRITE_5M, 10, 6_250), line(WRITE_1H, 10, 10_000)]
    assert effect(tmp_path, lines, "cache_write").saved == -6_250


def test_a_saving_nobody_can_see_is_unknown_not_zero(tmp_path):
    found = effect(tmp_path, [line(READ, 1_000, 50_000)])
    assert found.saved is None
    assert (found.without_reference, found.unpriced_tokens, found.left_out_cost) == (1_000, 0, 50_000)


def test_tokens_without_a_cost_are_left_out(tmp_path):
    lines = [line(UNCACHED, 10, 100), line(READ, 30, 30), line(READ, 70, None, cost_basis="not priced")]
    found = effect(tmp_path, lines)
    assert (found.tokens, found.counted_tokens, found.unpriced_tokens) == (100, 30, 70)
    assert found.saved == 270


def test_a_rate_comes_from_the_month_where_the_day_shows_none(tmp_path):
    lines = [
        line(UNCACHED, 10, 100, day=3),
        line(READ, 30, 30, day=7),
        line(UNCACHED, 10, 900, day=date(2026, 9, 30)),
    ]
    found = effect(tmp_path, lines)
    assert (found.saved, found.month_tokens) == (270, 30)


def test_a_day_reads_the_same_in_a_shorter_range(tmp_path):
    lines = [line(UNCACHED, 10, 100, day=3), line(READ, 30, 30, day=7)]
    week = Query(("cost",), Period(date(2026, 10, 5), date(2026, 10, 9)))
    assert effect(tmp_path, lines, query=week).saved == 270


def test_an_estimate_is_no_rate_where_the_bill_shows_one(tmp_path):
    lines = [
        line(UNCACHED, 10, 100),
        line(UNCACHED, 10, 700, cost_basis="estimated"),
        line(READ, 30, 30),
        line(READ, 5, 5, cost_basis="estimated"),
    ]
    found = effect(tmp_path, lines)
    assert (found.saved, found.estimated_tokens) == (315, 5)


def test_credits_are_no_rate(tmp_path):
    assert effect(tmp_path, [line(UNCACHED, 10, -100), line(READ, 30, 30)]).saved is None


def test_a_further_bill_of_the_same_use_counts_with_it(tmp_path):
    lines = [line(UNCACHED, 10, 60), line(UNCACHED, 0, 40), line(READ, 30, 20), line(READ, 0, 10)]
    assert effect(tmp_path, lines).saved == 270


def test_filters_choose_tokens_not_rates(tmp_path):
    lines = [line(UNCACHED, 10, 100, workspace="a"), line(READ, 30, 30, workspace="b")]
    only = Query(("cost",), OCTOBER, filters=(Filter("workspace", ("b",)),))
    assert effect(tmp_path, lines, query=only).saved == 270


@pytest.mark.parametrize(
    ("name", "there"),
    [("batch", {"service_tier": "batch"}), ("fast", {"speed": "fast"}), ("us", {"inference_geo": "us"})],
)
def test_other_effects_compare_token_type_with_token_type(tmp_path, name, there):
    lines = [
        line(OUTPUT, 10, 1_000),
        line(UNCACHED, 10, 200),
        line(OUTPUT, 4, 200, **there),
        line(UNCACHED, 4, 40, **there),
        line(READ, 4, 40, **there),
    ]
    found = effect(tmp_path, lines, name)
    assert (found.cost, found.reference_cost, found.without_reference) == (240, 480, 4)


def test_claude_ai_has_no_service_tier_and_is_compared_all_the_same(tmp_path):
    where = {"service_tier": None, "connection": CLAUDE_AI}
    assert effect(tmp_path, [line(UNCACHED, 10, 100, **where), line(READ, 30, 30, **where)]).saved == 270


def test_amounts_beyond_64_bits_on_the_way_are_exact(tmp_path):
    lines = [line(UNCACHED, 3, 10**13), line(READ, 10**6 + 1, 1)]
    assert effect(tmp_path, lines).reference_cost == floor(Fraction(10**13 * (10**6 + 1), 3) + Fraction(1, 2))


def test_a_sum_beyond_64_bits_is_refused(tmp_path):
    with pytest.raises(InputError, match="too large"):
        effect(tmp_path, [line(UNCACHED, 1, 10**15), line(READ, 10**6, 1)])


def test_without_use_nothing_is_saved(tmp_path):
    assert effect(tmp_path, []).saved == 0
    assert effect(tmp_path, [line(OUTPUT, 10, 100)]).saved == 0
