"""Rows whose parts are columns, counted by hand."""

from __future__ import annotations

import polars as pl

from core.dimensions import MEASURES
from core.ui.app.summed_columns import Places, sum_of
from core.ui.app.summed_parts import together

COST = MEASURES["cost"]
MILLS = 10**5
"""A tenth of a cent, in micro-cents."""


def column(title: str, *mills: int | None) -> pl.Series:
    return pl.Series(title, [None if value is None else value * MILLS for value in mills], dtype=pl.Int64)


def test_rows_and_totals_add_up_at_once() -> None:
    """Totals of $2.507 and $0.503 are $3.01; the row of both has half of $1.006 in each."""
    parts = [sum_of("A", COST, column("a", 503, 2004)), sum_of("B", COST, column("b", 503, None))]
    cost, printed = together(sum_of("Cost", COST, column("cost", 1006, 2004)), parts)
    places = Places([0, 1], 0)
    assert printed[0].cells(places) == ["$0.50", "$2.01", "$2.51"]
    assert printed[1].cells(places) == ["$0.50", "–", "$0.50"]
    assert cost.cells(places) == ["$1.00", "$2.01", "$3.01"]


def test_what_is_left_over_adds_up_too_and_what_nobody_knows_stays_unknown() -> None:
    parts = [sum_of("A", COST, column("a", 503, 2004, None)), sum_of("B", COST, column("b", None, 503, None))]
    cost, (first, second) = together(sum_of("Cost", COST, column("cost", 503, 2507, None)), parts)
    places = Places([2, 0], 1)
    columns = [column.cells(places) for column in (cost, first, second)]
    assert columns == [
        ["–", "$0.50", "$2.51", "$3.01"],
        ["–", "$0.50", "$2.01", "$2.51"],
        ["–", "–", "$0.50", "$0.50"],
    ]


def test_without_parts_an_amount_is_its_own() -> None:
    amount = sum_of("Cost", COST, column("cost", 503))
    assert together(amount, []) == (amount, [])
