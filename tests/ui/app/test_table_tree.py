"""Rows below their subtotals: as printed they add up, in whatever order, folded or cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl
import pytest

from core.dimensions import MEASURES
from core.ui.app import blocks, summed_table
from core.ui.app.summed_columns import Amount, Column, Growth, Indented, Places, Share, Step
from core.ui.app.summed_table import Order
from core.ui.app.table_tree import Level, Path, Tree

COST, HITS = MEASURES["cost"], MEASURES["cache_hit_rate"]
CENT = 10**6
ROWS = [
    ("a", "x", 100, 200),
    ("a", "y", 100, 0),
    ("a", "z", 100, 100),
    ("b", "x", 200, 100),
    ("b", "y", 50, 50),
]
"""Group, part, now and before in thirds of a cent, so that plain rounding would not add up."""
NOW, BEFORE = ([int(row[place]) * CENT // 3 for row in ROWS] for place in (2, 3))


def columns(names: Indented, now: Sequence[int], before: Sequence[int]) -> list[Column]:
    cost, earlier = (
        Amount(title, COST, pl.Series(values), sum(values))
        for title, values in (("Cost", now), ("Before", before))
    )
    step = Step("Change", cost, earlier)
    return [names, cost, Share("Share", cost), earlier, step, Growth("Change %", step)]


def level(
    depth: int, names: Sequence[str], parents: Sequence[int], now: Sequence[int], before: Sequence[int]
) -> Level:
    column = Indented("Group › Part", pl.Series(names), is_first=True, depth=depth)
    return Level(columns(column, now, before), parents, lambda _: None)


def planted() -> Tree:
    sums = ([sum(values[:3]), sum(values[3:])] for values in (NOW, BEFORE))
    return Tree(
        [level(0, ["a", "b"], [], *sums), level(1, [row[1] for row in ROWS], [0, 0, 0, 1, 1], NOW, BEFORE)]
    )


def drawn(
    order: Order = Order(),  # noqa: B008
    folded: Sequence[Path] = (),
    tree: Tree | None = None,
) -> list[tuple[str, ...]]:
    cells, lines = summed_table.tree_cells(tree or planted(), order, frozenset(folded))
    shown = list(zip(*cells.values(), strict=True))
    assert len(shown) == len(lines)
    return shown


def names(lines: Sequence[tuple[str, ...]]) -> list[str]:
    return [line[1].replace("\u2003", ">") for line in lines]


def test_rows_add_up_to_their_subtotal_and_subtotals_to_the_total_as_printed() -> None:
    """100 thirds are 33.33 cents: of three in a dollar one is printed as 34."""
    assert drawn() == [
        ("− 3", "a", "$1.00", "54.5%", "$1.00", "$0.00", "0.0%"),
        ("", "\u2003x", "$0.34", "18.2%", "$0.67", "−$0.33", "−49.3%"),
        ("", "\u2003y", "$0.33", "18.2%", "$0.00", "+$0.33", "–"),
        ("", "\u2003z", "$0.33", "18.1%", "$0.33", "$0.00", "0.0%"),
        ("− 2", "b", "$0.83", "45.5%", "$0.50", "+$0.33", "+66.0%"),
        ("", "\u2003x", "$0.67", "36.4%", "$0.33", "+$0.34", "+103.0%"),
        ("", "\u2003y", "$0.16", "9.1%", "$0.17", "−$0.01", "−5.9%"),
        ("", "Total", "$1.83", "100.0%", "$1.50", "+$0.33", "+22.0%"),
    ]


def deep() -> Tree:
    """The same rows below one more level: a has p (x, y) and q (z), b has p (x, y)."""
    sums = ([sum(values[:2]), values[2], sum(values[3:])] for values in (NOW, BEFORE))
    first, rows = planted().levels
    return Tree(
        [
            first,
            level(1, ["p", "q", "p"], [0, 0, 1], *sums),
            level(2, rows.labels, [0, 0, 1, 2, 2], NOW, BEFORE),
        ]
    )


def test_three_groups_are_three_levels_and_each_adds_up_to_the_one_above() -> None:
    assert [line[:4] for line in drawn(tree=deep())] == [
        ("− 3", "a", "$1.00", "54.5%"),
        ("− 2", "\u2003p", "$0.67", "36.3%"),
        ("", "\u2003\u2003x", "$0.34", "18.2%"),
        ("", "\u2003\u2003y", "$0.33", "18.1%"),
        ("− 1", "\u2003q", "$0.33", "18.2%"),
        ("", "\u2003\u2003z", "$0.33", "18.2%"),
        ("− 2", "b", "$0.83", "45.5%"),
        ("− 2", "\u2003p", "$0.83", "45.5%"),
        ("", "\u2003\u2003x", "$0.67", "36.4%"),
        ("", "\u2003\u2003y", "$0.16", "9.1%"),
        ("", "Total", "$1.83", "100.0%"),
    ]


def test_a_level_folds_by_its_path_and_not_by_its_name() -> None:
    lines = drawn(tree=deep(), folded=[("a", "p")])
    assert names(lines) == ["a", ">p", ">q", ">>z", "b", ">p", ">>x", ">>y", "Total"]
    assert [line[0] for line in lines[:3]] == ["− 3", "+ 2", "− 1"]
    assert names(drawn(tree=deep(), folded=[("a",), ("b", "p")])) == ["a", "b", ">p", "Total"]


@pytest.mark.parametrize(
    ("order", "ordered"),
    [
        (Order("Cost", falling=False), ["b", ">y", ">x", "a", ">x", ">y", ">z"]),
        (Order("Before", falling=True), ["a", ">x", ">z", ">y", "b", ">x", ">y"]),
        (Order("Group › Part", falling=True), ["b", ">y", ">x", "a", ">z", ">y", ">x"]),
    ],
)
def test_every_order_keeps_rows_below_what_they_are_part_of(order: Order, ordered: list[str]) -> None:
    assert names(drawn(order)) == [*ordered, "Total"]
    lines = summed_table.sorted_lines_in(planted(), order)
    read = [ROWS[line.row][1] if line.level else "ab"[line.row] for line in lines]
    assert read == [name.lstrip(">") for name in ordered]


def test_what_is_folded_keeps_its_subtotal() -> None:
    lines = drawn(folded=[("a",)])
    assert [line[0] for line in lines] == ["+ 3", "− 2", "", "", ""]
    assert lines[0][1:3] == ("a", "$1.00") and lines[-1][2] == "$1.83"


def test_a_subtotal_is_over_the_rows_not_shown_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is room for six lines: of each group one row is shown."""
    monkeypatch.setattr(blocks, "MOST_ROWS", 6)
    monkeypatch.setattr("core.ui.app.table_tree._MOST_BELOW", (2, 1))
    lines = drawn()
    assert [(line[0], name, line[2]) for line, name in zip(lines, names(lines), strict=True)] == [
        ("− 3", "a", "$1.00"), ("", ">x", "$0.33"), ("", ">2 more", "$0.67"),
        ("− 2", "b", "$0.83"), ("", ">x", "$0.67"), ("", ">1 more", "$0.16"), ("", "Total", "$1.83"),
    ]  # fmt: skip
    assert summed_table.tree_extent(planted()) == (
        "2 subtotals over 5 rows; of each the first, and how many more: the files have all of them"
    )


def test_groups_without_room_are_one_line_before_the_total(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MOST_ROWS", 4)
    assert [line[1:3] for line in drawn()][-2:] == [("1 more", "$0.83"), ("Total", "$1.83")]


def test_a_ratio_of_a_group_is_its_own_and_no_sum() -> None:
    levels = [
        Level([Indented("G", pl.Series(names), is_first=True, depth=depth), amount], [0, 0], lambda _: None)
        for depth, (names, amount) in enumerate([
            (["g"], Amount("Hits", HITS, pl.Series([0.3]), 0.3)),
            (["a", "b"], Amount("Hits", HITS, pl.Series([0.5, 0.25]), 0.4)),
        ])
    ]  # fmt: skip
    cells, _ = summed_table.tree_cells(Tree(levels), Order(), frozenset())
    assert cells["Hits"] == ["30.0%", "50.0%", "25.0%", "30.0%"]


def test_a_click_opens_what_its_line_is_of(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = list[str]()
    levels = [
        replace(level, picked=lambda row, depth=depth: opened.append(f"{depth}:{row}"))  # type: ignore[misc]
        for depth, level in enumerate(deep().levels)
    ]
    kept = list[summed_table._Opening]()
    monkeypatch.setattr(summed_table, "_draw", lambda *_: None)
    monkeypatch.setattr(summed_table, "_exactly", lambda _: None)
    monkeypatch.setattr(summed_table._Opening, "config", lambda self, *_, **__: kept.append(self))
    summed_table.show_tree("t", Tree(levels), "k", alt="")
    folds, opens = kept
    for click in filter(None, opens.clicks):
        click()
    assert opened == ["0:0", "1:0", "2:0", "2:1", "1:1", "2:2", "0:1", "1:2", "2:3", "2:4"]
    assert [place for place, click in enumerate(folds.clicks) if click] == [0, 1, 4, 6, 7]


def test_a_fold_is_undone_by_the_next_click_and_the_head_does_all(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = dict[str, frozenset[Path]]()
    monkeypatch.setattr(summed_table.st, "session_state", kept)
    a, b = ("a",), ("b",)
    for paths, folded in (([a], {a}), ([a, b], {a, b}), ([a], {b}), ([b], set())):
        summed_table._fold("t", frozenset(paths))
        assert summed_table._folded("t") == folded


def test_long_and_right_to_left_names_keep_their_telling_part_and_their_place() -> None:
    """On a phone there are 24 characters for a name, its indent taken off."""
    labels = ["claude-haiku-4-5-20251001", "ada.of.the.long.house@northwind.example", "موظفون · planner"]
    for depth in (0, 2):
        column = Indented("G", pl.Series(labels), depth=depth, is_first=True)
        *shown, total = column.cells(Places([0, 1, 2], 0))
        assert total.strip() == "Total" and all(cell.startswith("\u2003" * depth) for cell in shown)
        model, person, mixed = (cell.strip() for cell in shown)
        most = 24 - 2 * depth
        assert len(model) == len(person) == most
        assert model.endswith("-20251001") and person.startswith("ada.of.the.long.hou")
        assert mixed == "\u2068موظفون\u2069 · planner"
        width = summed_table._width(column, "Workspace › Model › API key › User › Product", [*shown, total])
        assert width <= 196, "beside 60 for the signs, 75 are left for a number in the 331 of a phone's table"
