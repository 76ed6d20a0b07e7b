"""A table that ends with its total, whichever column it is sorted by."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from core.dimensions import MEASURES
from core.ui.app import blocks, summed_table
from core.ui.app.summed_columns import Amount, Column, Growth, Places, Share, Step, Text, sum_of
from core.ui.app.summed_table import Order

COST, HITS = MEASURES["cost"], MEASURES["cache_hit_rate"]
CENT = 10**6


def table(now: list[int | None], before: list[int | None]) -> list[Column]:
    """Thirds of a cent, so that plain rounding would not add up."""
    sides = (
        pl.Series([None if v is None else v * CENT // 3 for v in side], dtype=pl.Int64)
        for side in (now, before)
    )
    cost, earlier = (
        sum_of(title, COST, values) for title, values in zip(("Cost", "Before"), sides, strict=True)
    )
    step = Step("Change", cost, earlier)
    names = Text("Model", pl.Series([f"m{n}" for n in range(len(now))]), is_first=True)
    return [names, cost, Share("Share", cost), earlier, step, Growth("Change %", step)]


def cells(columns: list[Column], order: Order = Order()) -> list[tuple[str, ...]]:  # noqa: B008
    places = summed_table._places(columns, order)
    return list(zip(*(one.cells(places) for one in columns), strict=True))


def test_parts_add_up_to_the_last_row_and_rows_to_their_change() -> None:
    assert cells(table([1000, 1000, 1000], [500, 500, 0])) == [
        ("m0", "$3.34", "33.4%", "$1.67", "+$1.67", "+100.0%"),
        ("m1", "$3.33", "33.3%", "$1.66", "+$1.67", "+100.6%"),
        ("m2", "$3.33", "33.3%", "$0.00", "+$3.33", "–"),
        ("Total", "$10.00", "100.0%", "$3.33", "+$6.67", "+200.3%"),
    ]


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (Order("Cost", falling=True), ["m1", "m0", "m2", "Total"]),
        (Order("Cost", falling=False), ["m0", "m1", "m2", "Total"]),
        (Order("Model", falling=True), ["m2", "m1", "m0", "Total"]),
        (Order("Change", falling=False), ["m1", "m0", "m2", "Total"]),
        (Order("A column that is gone"), ["m0", "m1", "m2", "Total"]),
    ],
)
def test_the_total_stays_last_and_what_is_unknown_comes_before_it(order: Order, names: list[str]) -> None:
    assert [row[0] for row in cells(table([300, 900, None], [0, 900, 300]), order)] == names


def test_rows_that_are_left_over_are_one_before_the_total(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MOST_ROWS", 2)
    rows = cells(table([300, 600, 900, 1200], [0, 0, 0, 300]))
    assert [row[:2] for row in rows] == [
        ("m0", "$1.00"), ("m1", "$2.00"), ("2 more", "$7.00"), ("Total", "$10.00"),
    ]  # fmt: skip


def test_a_ratio_has_the_total_it_is_given_and_no_rest() -> None:
    ratio = Amount("Hits", HITS, pl.Series([0.5, None, 0.25]), 0.4)
    assert ratio.cells(Places([0, 1], 1)) == ["50.0%", "–", "–", "40.0%"]


def test_nothing_known_has_no_total() -> None:
    assert sum_of("Cost", COST, pl.Series([None, None], dtype=pl.Int64)).cells(Places([0, 1], 0)) == ["–"] * 3


def test_the_mean_of_days_of_different_number_is_compared_as_printed() -> None:
    now = Amount("Cost per day", COST, pl.Series([3000 * CENT]), 3000 * CENT, days=30)
    before = Amount("Before per day", COST, pl.Series([3100 * CENT]), 3100 * CENT, days=31)
    assert Step("Change", now, before).cells(Places([0], 0)) == ["$0.00", "$0.00"]
    assert now.cells(Places([0], 0)) == before.cells(Places([0], 0)) == ["$1.00", "$1.00"]


def test_a_click_on_a_name_gives_its_place_as_given_and_one_on_the_total_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sorted the other way round, the second row shown is the first that was given."""
    columns, picked = table([300, 900], [0, 0]), list[int]()
    columns.append(Text("State", pl.Series(["", "New"])))
    monkeypatch.setattr(summed_table, "_order", lambda _: Order("Cost", falling=True))
    monkeypatch.setattr(summed_table, "_exactly", lambda _: None)
    drawn = list[Any]()
    monkeypatch.setattr(summed_table, "_draw", lambda *given: drawn.append(given))
    openings, config = list[summed_table._Opening](), summed_table._Opening.config
    monkeypatch.setattr(
        summed_table._Opening,
        "config",
        lambda self, *given, **look: openings.append(self) or config(self, *given, **look),
    )
    summed_table.show("t", columns, "w", alt="", picked=picked.append)
    summed_table.show("t", columns, "w", alt="")
    (_, cells, configs, *_), (_, _, plain, *_) = drawn
    assert cells["Cost"] == ["$3.00", "$1.00", "$4.00"] and cells["Model"] == ["m1", "m0", "Total"]
    assert [title for title, given in configs.items() if not isinstance(given, dict)] == ["Model"]
    (opening,) = openings
    for row in (1, 2):
        monkeypatch.setattr(summed_table.st, "session_state", {"key.0": {"row": row, "label": "m"}})
        opening("key.0")
    assert picked == [0]
    assert all(isinstance(given, dict) for given in plain.values())


def test_a_number_that_is_longer_than_all_others_has_room_in_its_column() -> None:
    """Left to itself, the browser cut the dollar sign and a digit of it."""
    widths = []
    for long in (100_000, 10_000_000):
        columns = table([3 * long, *[300] * 20], [300] * 21)
        places = summed_table._places(columns, Order())
        shown = {column.title: column.cells(places) for column in columns}
        configs = summed_table._configs(columns, shown, Order(), None)
        widths.append((max(map(len, shown["Cost"])), configs["Cost"]["width"]))
    (few, narrow), (many, wide) = widths
    assert (few, many) == (len("$1,002.00"), len("$100,002.00")) and narrow >= 6 * few + 16
    assert wide >= narrow + 6 * (many - few)
