"""Parts add up to the amount, whatever the weights."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from core.ledger.split import with_parts

AMOUNT = st.integers(-(2**62), 2**62)
WEIGHTS = st.lists(st.integers(1, 10**13), min_size=1, max_size=12)


def split(groups: list[tuple[int, list[int]]]) -> pl.DataFrame:
    rows = [(g, amount, w) for g, (amount, weights) in enumerate(groups) for w in weights]
    frame = pl.DataFrame(rows, schema={"g": pl.Int64, "amount": pl.Int64, "w": pl.Int64}, orient="row")
    return with_parts(frame, amount="amount", weight="w", group="g", part="part")


@given(st.lists(st.tuples(AMOUNT, WEIGHTS), min_size=1, max_size=5))
def test_parts_add_up_and_stay_within_one_unit_of_their_share(groups: list[tuple[int, list[int]]]) -> None:
    frame = split(groups)
    for g, (amount, weights) in enumerate(groups):
        parts = frame.filter(pl.col("g") == g)
        assert parts["part"].sum() == amount
        for part, weight in parts.select("part", "w").iter_rows():
            assert abs(part * sum(weights) - amount * weight) < sum(weights)


def test_leftover_units_go_to_the_largest_remainders_then_to_the_first() -> None:
    frame = split([(10, [1, 1, 1]), (-10, [1, 1, 1]), (7, [3, 5])])
    parts = {g: frame.filter(pl.col("g") == g)["part"].to_list() for g in range(3)}
    assert sorted(parts[0], reverse=True) == [4, 3, 3]
    assert sorted(parts[1]) == [-4, -3, -3]
    assert sorted(parts[2]) == [3, 4]
