"""Rows below their subtotals: as printed they add up, in whatever order, folded or cut."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from core.dimensions import MEASURES
from core.ui.app import blocks, summed_table
from core.ui.app.summed_columns import Amount, Column, Growth, Share, Step, Text, Told
from core.ui.app.summed_table import Order
from core.ui.app.table_tree import Tree

COST, HITS = MEASURES["cost"], MEASURES["cache_hit_rate"]
CENT = 10**6
ROWS = [
    ("a", "x", 100, 200),
    ("a", "y", 100, 0),
    ("a", "z", 100, 100),
    ("b", "x", 200, 100),
    ("b", "y", 50, 50),
]
"""Branch, row, now and before in thirds of a cent, so that plain rounding would not add up."""
NOW, BEFORE = ([int(row[place]) * CENT // 3 for row in ROWS] for place in (2, 3))


def columns(names: Sequence[Text], now: Sequence[int], before: Sequence[int]) -> list[Column]:
    cost, earlier = (
        Amount(title, COST, pl.Series(values), sum(values))
        for title, values in (("Cost", now), ("Before", before))
    )
    step = Step("Change", cost, earlier)
    return [*names, cost, Share("Share", cost), earlier, step, Growth("Change %", step)]


def planted() -> tuple[list[Column], Tree]:
    names = [Text("Group", pl.Series([row[0] for row in ROWS]), is_first=True, is_name=True)]
    names += [Text("Part", pl.Series([row[1] for row in ROWS]), is_name=True)]
    heads = [Text("Group", pl.Series(["a", "b"]), is_first=True)]
    heads += [Told("Part", pl.Series(["3 parts", "2 parts"]))]
    sums = ([sum(values[:3]), sum(values[3:])] for values in (NOW, BEFORE))
    return columns(names, NOW, BEFORE), Tree(columns(heads, *sums), [0, 0, 0, 1, 1], lambda _: None)


def drawn(order: Order = Order(), folded: Sequence[str] = ()) -> list[tuple[str, ...]]:  # noqa: B008
    rows, tree = planted()
    shown = summed_table._in_branches(rows, order, tree, frozenset(folded))
    return list(zip(*shown.cells.values(), strict=True))


def test_rows_add_up_to_their_subtotal_and_subtotals_to_the_total_as_printed() -> None:
    """100 thirds are 33.33 cents: of three in a dollar one is printed as 34."""
    assert drawn() == [
        ("−", "a", "3 parts", "$1.00", "54.5%", "$1.00", "$0.00", "0.0%"),
        ("", "", "x", "$0.34", "18.2%", "$0.67", "−$0.33", "−49.3%"),
        ("", "", "y", "$0.33", "18.2%", "$0.00", "+$0.33", "–"),
        ("", "", "z", "$0.33", "18.1%", "$0.33", "$0.00", "0.0%"),
        ("−", "b", "2 parts", "$0.83", "45.5%", "$0.50", "+$0.33", "+66.0%"),
        ("", "", "x", "$0.67", "36.4%", "$0.33", "+$0.34", "+103.0%"),
        ("", "", "y", "$0.16", "9.1%", "$0.17", "−$0.01", "−5.9%"),
        ("", "Total", None, "$1.83", "100.0%", "$1.50", "+$0.33", "+22.0%"),
    ]


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (Order("Cost", falling=False), ["b", "y", "x", "a", "x", "y", "z"]),
        (Order("Before", falling=True), ["a", "x", "z", "y", "b", "x", "y"]),
        (Order("Group", falling=True), ["b", "x", "y", "a", "x", "y", "z"]),
        (Order("Part", falling=True), ["a", "z", "y", "x", "b", "y", "x"]),
    ],
)
def test_every_order_keeps_rows_below_their_branch(order: Order, names: list[str]) -> None:
    assert [row[1] or row[2] for row in drawn(order)][:-1] == names
    rows, tree = planted()
    inner = summed_table.sorted_rows_in(rows, tree, order)
    assert [ROWS[row][1] for row in inner] == [name for name in names if name not in "ab"]


def test_a_folded_branch_keeps_its_subtotal() -> None:
    lines = drawn(folded=["a"])
    assert [line[0] for line in lines] == ["+", "−", "", "", ""]
    assert lines[0][1:4] == ("a", "3 parts", "$1.00") and lines[-1][3] == "$1.83"


def test_a_subtotal_is_over_the_rows_not_shown_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is room for six lines: of each branch one row is shown."""
    monkeypatch.setattr(blocks, "MOST_ROWS", 6)
    monkeypatch.setattr("core.ui.app.table_tree._MOST_BELOW", (2, 1))
    assert [line[1:4] for line in drawn()] == [
        ("a", "3 parts", "$1.00"), ("", "x", "$0.33"), (None, "2 more", "$0.67"),
        ("b", "2 parts", "$0.83"), ("", "x", "$0.67"), (None, "1 more", "$0.16"), ("Total", None, "$1.83"),
    ]  # fmt: skip
    rows, tree = planted()
    assert "how many more" in summed_table.tree_extent(rows, tree)


def test_branches_without_room_are_one_line_before_the_total(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MOST_ROWS", 4)
    assert [line[1:4] for line in drawn()][-2:] == [("1 more", None, "$0.83"), ("Total", None, "$1.83")]


def test_a_ratio_of_a_branch_is_its_own_and_no_sum() -> None:
    ratio = Amount("Hits", HITS, pl.Series([0.5, 0.25]), 0.4)
    upper = Amount("Hits", HITS, pl.Series([0.3]), 0.3)
    names = [Text(title, pl.Series(["a", "b"]), is_name=True) for title in ("Group", "Part")]
    tree = Tree([Text("Group", pl.Series(["g"]), is_first=True), upper], [0, 0], lambda _: None)
    shown = summed_table._in_branches([*names, ratio], Order(), tree, frozenset())
    assert shown.cells["Hits"] == ["30.0%", "50.0%", "25.0%", "30.0%"]


def test_a_click_opens_what_its_line_is_of() -> None:
    rows, tree = planted()
    shown = summed_table._in_branches(rows, Order(), tree, frozenset())
    opened = list[str]()
    tree = Tree(tree.columns, tree.parents, lambda branch: opened.append(f"branch {branch}"))
    for line in shown.lines:
        if click := summed_table._click(line, lambda row: opened.append(f"row {row}"), tree):
            click()
    assert opened == ["branch 0", "row 0", "row 1", "row 2", "branch 1", "row 3", "row 4"]


def test_a_fold_is_undone_by_the_next_click_and_the_head_does_all(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = dict[str, frozenset[str]]()
    monkeypatch.setattr(summed_table.st, "session_state", kept)
    for labels, folded in ((["a"], {"a"}), (["a", "b"], {"a", "b"}), (["a"], {"b"}), (["b"], set())):
        summed_table._fold("t", frozenset(labels))
        assert summed_table._folded("t") == folded
