"""The files of the explorers: the table is the table, and each adds up to the page's number."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from core.dimensions import DIMENSIONS, MEASURES
from core.explore import explorers
from core.explore.links import Display
from core.explore.parquet import parquet_bytes
from core.explore.query import Filter, Query
from core.explore.sheets import Separators, sheet_bytes
from core.explore.workbook import workbook_bytes
from core.ledger.snapshot import open_ledger
from core.periods import Period, preset
from core.settings import Settings
from core.ui.app import explorer_state, summed_table
from core.ui.app.about import about
from core.ui.app.answers import Answer
from core.ui.app.summed_columns import Column
from core.ui.app.summed_table import Order
from core.ui.explorer import detail, detail_files, levels
from tests.explore.reading import formulas, read_csv, read_workbook
from tests.ui import books

Open = Callable[..., AppTest]
TODAY = books.NOW.date()
PLACES = Decimal(10) ** -8


@pytest.fixture(autouse=True)
def full(full_books: None) -> None:
    """Every test here begins with full books."""


def asked(settings: Settings, *group_by: str, measure: str = "cost", **display: object) -> Answer:
    query = Query((measure,), preset("last_30", TODAY), group_by)
    explorer = explorers.COST if measure == "cost" else explorers.USAGE
    shown = explorer_state.ExplorerState(query, Display(preset="last_30", **display))
    return Answer(explorer, shown, open_ledger(settings), TODAY)


def made(answer: Answer, file: str, *, over_time: bool = False) -> list[Column]:
    """The columns of a file, named by its place in the menu; the table's with the frame that it shows."""
    table = detail_files.table_file(answer, detail.rows_of(answer, over_time), over_time)
    names = ("table", "by day", "pivot", "days ahead")
    files = dict(zip(names, (table, *detail_files.others(answer)), strict=False))
    return files[file].columns()


def counted_by_hand(answer: Answer) -> Decimal:
    """The page's number in dollars, from the rows of the ledger's files."""
    days = answer.state.period
    scan = pl.scan_parquet([one.path for one in answer.ledger.files])
    within = pl.col("day").is_between(days.start, days.end, closed="left")
    cost = scan.filter(within).select(pl.col("cost_microcents").cast(pl.Int128).sum()).collect().item()
    return Decimal(int(cost)) * PLACES


def test_the_table_as_a_file_has_the_tables_rows_and_columns(settings: Settings) -> None:
    answer = asked(settings, "workspace", "user")
    rows = detail.rows_of(answer, over_time=False)
    shown = detail.columns(answer, rows, over_time=False)
    header, *lines = read_csv(sheet_bytes(made(answer, "table")))
    assert len(lines) == rows.height and len(header) == len(shown)
    assert [line[:2] for line in lines] == [[safe(text) for text in row] for row in texts(shown[:2])]
    assert header == [
        "workspace", "user", "cost_usd", "cost_share", "cost_usd_before", "cost_usd_change",
        "cost_change_ratio", "cost_usd_not_complete", "list_cost_usd", "tokens",
        "effective_rate_usd_per_million_tokens", "cost_basis_billed_ratio",
    ]  # fmt: skip


def test_per_day_the_file_has_the_means_that_the_table_shows(settings: Settings) -> None:
    """Counted again from the totals of the same table; both sides are of other days."""
    earlier = Period(date(2026, 10, 1), date(2026, 10, 11))
    options = {"versus": "chosen", "versus_period": earlier}
    totals = read_csv(sheet_bytes(made(asked(settings, "workspace", **options), "table")))
    answer = asked(settings, "workspace", per_day=True, **options)
    assert answer.versus and answer.versus.periods.period.days != earlier.days
    header, *lines = read_csv(sheet_bytes(made(answer, "table")))
    assert header[1:7] == [
        "cost_usd", "cost_share", "cost_usd_per_day", "cost_usd_before_per_day",
        "cost_usd_change_per_day", "cost_change_ratio",
    ]  # fmt: skip
    shown = detail.columns(answer, detail.rows_of(answer, over_time=False), over_time=False)
    assert [column.title for column in shown[3:6]] == ["Cost per day", "Before per day", "Change"]
    place = totals[0].index("cost_usd_before")
    assert lines
    for line, whole in zip(lines, totals[1:], strict=True):
        assert line[:2] == whole[:2]
        now = Decimal(line[1]) / answer.versus.periods.period.days
        before = Decimal(whole[place]) / earlier.days
        assert abs(Decimal(line[3]) - now) <= PLACES and abs(Decimal(line[4]) - before) <= PLACES
        assert Decimal(line[5]) == Decimal(line[3]) - Decimal(line[4])
        assert Decimal(line[6]) == pytest.approx((now - before) / before, abs=Decimal("1e-6"))


def texts(columns: list[Column]) -> list[list[str]]:
    """The rows of a table's columns of words."""
    return [list(row) for row in zip(*(column.key() for column in columns), strict=True)]


def test_groups_of_one_first_value_stand_together_the_largest_first(settings: Settings) -> None:
    answer = asked(settings, "workspace", "model")
    header, *lines = read_csv(sheet_bytes(made(answer, "table")))
    place = header.index("cost_usd")
    costs: dict[str, list[Decimal]] = {}
    for line in lines:
        costs.setdefault(line[0], []).append(Decimal(line[place] or 0))
    assert [line[0] for line in lines] == [name for name, found in costs.items() for _ in found]
    assert all(found == sorted(found, reverse=True) for found in costs.values())
    sums = [sum(found) for found in costs.values()]
    assert sums == sorted(sums, reverse=True) and len(sums) > 3


def test_subtotals_are_a_sheet_of_their_own_and_no_other_file_counts_them(settings: Settings) -> None:
    """Added up by hand from the rows of the file."""
    answer = asked(settings, "origin", "workspace", "model")
    groups = levels.levels_of(answer)
    lines = summed_table.sorted_lines_in(detail.tree_of(groups), Order())
    file = detail_files.tree_file(answer, groups, lines)
    header, *rows = read_csv(sheet_bytes(file.columns()))
    sheets = read_workbook(workbook_bytes(file.columns(), [], file.more()))
    assert list(sheets) == ["Data", "Subtotals", "About"] and len(sheets["Data"]) == len(rows) + 1
    (words, *_), head, *subtotals = sheets["Subtotals"]
    assert words.startswith("Subtotals: ") and head == header
    place = header.index("cost_usd")
    expected: dict[tuple[str, str | None], Decimal] = {}
    for origin, workspace, *_, cost in ([*row[:2], row[place]] for row in rows):
        for key in ((origin, None), (origin, workspace)):
            expected[key] = expected.get(key, Decimal(0)) + Decimal(cost or 0)
    read = {(row[0], safe(row[1]) if row[1] else None): row[place] for row in subtotals}
    assert list(read) == list(expected) and len(read) == len(subtotals) > 4
    assert all(row[2] is None for row in subtotals)
    for key, cost in expected.items():
        assert exact(read[key] or 0) == exact(cost)


def test_a_running_total_is_a_column_of_the_file_by_day(settings: Settings) -> None:
    """Counted from the file's own rows, group by group in the order of the days."""
    answer = asked(settings, "workspace", chart="running")
    header, *lines = read_csv(sheet_bytes(made(answer, "by day")))
    assert header[-1] == "cost_usd_running_total"
    sums: dict[str, Decimal] = {}
    for line in sorted(lines, key=lambda line: line[header.index("day")]):
        group, cost = line[header.index("workspace")], line[header.index("cost_usd")]
        if cost:
            sums[group] = sums.get(group, Decimal(0)) + Decimal(cost)
            assert Decimal(line[-1]) == sums[group]
    assert sum(sums.values()) == counted_by_hand(answer) and len(sums) > 3
    for other in (asked(settings, "workspace"), asked(settings, measure="cache_hit_rate", chart="running")):
        assert "running" not in read_csv(sheet_bytes(made(other, "by day")))[0][-1]


def safe(text: str) -> str:
    return f"'{text}" if text[:1] in "=+-@" else text


def test_the_table_over_time_is_written_as_shown_latest_first(settings: Settings) -> None:
    answer = asked(settings, "model")
    header, *lines = read_csv(sheet_bytes(made(answer, "table", over_time=True)))
    shown = detail.columns(answer, detail.rows_of(answer, over_time=True), True)
    assert header[:3] == ["day", "model", "cost_usd"]
    assert [line[:2] for line in lines] == texts(shown[:2])


def test_over_time_each_day_stands_above_its_groups_and_is_their_sum(settings: Settings) -> None:
    """Counted from the ledger's files, day by day."""
    answer = asked(settings, "workspace", "model")
    by_day, by_workspace, rows = levels.levels_of(answer, over_time=True)
    days = answer.state.period
    scan = pl.scan_parquet([file.path for file in answer.ledger.files])
    within = pl.col("day").is_between(days.start, days.end, closed="left")
    costs = scan.filter(within).group_by("day").agg(pl.col("cost_microcents").cast(pl.Int128).sum()).collect()
    by_hand = {day: int(cost) for day, cost in costs.iter_rows()}
    assert by_day.names == ("day",) and rows.names == ("day", "workspace", "model")
    shown = dict(by_day.rows.select("day", "cost").iter_rows())
    assert list(shown) == sorted(shown, reverse=True) and len(shown) > 25
    assert {day: cost or 0 for day, cost in shown.items()} == by_hand
    assert rows.rows["cost"].sum() == sum(by_hand.values())
    for above, level in ((by_day, by_workspace), (by_workspace, rows)):
        for row, parent in zip(level.rows.iter_rows(named=True), level.parents, strict=True):
            assert all(above.rows.row(parent, named=True)[key] == row[key] for key in above.keys)


def test_the_tree_over_time_is_a_file_with_a_sheet_of_its_days(settings: Settings) -> None:
    answer = asked(settings, "origin", "workspace")
    groups = levels.levels_of(answer, over_time=True)
    lines = summed_table.sorted_lines_in(detail.tree_of(groups), Order())
    file = detail_files.tree_file(answer, groups, lines)
    header, *rows = read_csv(sheet_bytes(file.columns()))
    assert header[:4] == ["day", "origin", "workspace", "cost_usd"] and len(rows) == groups[-1].rows.height
    sheets = read_workbook(workbook_bytes(file.columns(), [], file.more()))
    subtotals = sheets["Subtotals"][2:]
    assert len(subtotals) == groups[0].rows.height + groups[1].rows.height
    assert sum(exact(row[3] or 0) for row in subtotals if row[1] is None) == sum(
        exact(row[3] or 0) for row in rows
    )


def test_so_few_groups_as_are_above_are_by_the_same_weeks_as_all(settings: Settings) -> None:
    """Alone, the days of a year would fit into the chart; with all its series, weeks do."""
    answer = asked(settings, "user", "model", "token_type", top=50)
    answer = replace(
        answer, state=answer.state.asking(answer.state.query.during(preset("last_12_months", TODAY)))
    )
    groups = levels.levels_of(answer, over_time=True)
    assert answer.grain != "day"
    assert {level.grain for level in groups} == {answer.grain}


@pytest.mark.parametrize("kind", ["table", "by day", "pivot"])
def test_every_file_adds_up_to_the_page_to_the_micro_cent(settings: Settings, kind: str) -> None:
    answer = asked(settings, "workspace", "model")
    outside = answer.outside_totals["cost"] if kind == "by day" else 0  # of today, which is a day of its own
    whole = Decimal(answer.totals["cost"] + outside) * PLACES
    columns = made(answer, kind)
    for rows in (
        read_csv(sheet_bytes(columns)),
        [
            [cell.replace(",", ".") for cell in row]
            for row in read_csv(sheet_bytes(columns, Separators.SEMICOLON), ";")
        ],
        read_workbook(workbook_bytes(columns, []))["Data"],
        [
            [one.header for one in columns],
            *map(list, pl.read_parquet(io.BytesIO(parquet_bytes(columns))).rows()),
        ],
    ):
        assert summed(rows, kind) == whole


def summed(rows: list[list], kind: str) -> Decimal:
    """The amounts of a file; of a pivot those that are no totals."""
    header, *lines = rows
    if kind == "pivot":
        assert header[-1] == lines[-1][0] == "Total"
        cells = [cell for line in lines[:-1] for cell in line[1:-1]]
        assert exact(lines[-1][-1]) == sum(exact(line[-1]) for line in lines[:-1])
    else:
        cells = [line[header.index("cost_usd")] for line in lines]
    return sum((exact(cell) for cell in cells if cell not in ("", None)), Decimal(0))


def exact(cell: object) -> Decimal:
    return Decimal(str(cell)).quantize(PLACES)


def test_the_pages_number_is_the_ledgers(settings: Settings) -> None:
    answer = asked(settings, "model")
    both = answer.totals["cost"] + answer.outside_totals["cost"]  # complete days, and today so far
    assert Decimal(both) * PLACES == counted_by_hand(answer)


def test_the_pivots_file_has_every_row(settings: Settings) -> None:
    answer = asked(settings, "user", top=2, across="month", shape="pivot")
    header, *lines = read_csv(sheet_bytes(made(answer, "pivot")))
    users = answer.groups["user"].n_unique()
    assert header == ["User", "2026-10-01", "2026-11-01", "Total"]
    assert len(lines) == users + 1 and not any(line[0] == "Other" for line in lines)


def test_a_name_that_is_a_formula_is_none_in_any_file(settings: Settings) -> None:
    answer = asked(settings, "workspace")
    columns = made(answer, "table")
    assert any(row[0] == f"'{books.NASTY}" for row in read_csv(sheet_bytes(columns)))
    content = workbook_bytes(columns, about(answer))
    assert formulas(content) == 0
    assert any(row[0] == books.NASTY for row in read_workbook(content)["Data"])


def test_a_workbook_says_what_it_holds(settings: Settings) -> None:
    answer = asked(settings, "workspace")
    answer = Answer(
        answer.explorer,
        answer.state.asking(answer.state.query.narrowed(Filter("workspace", (books.NASTY, "Checkout")))),
        answer.ledger,
        TODAY,
    )
    lines = read_workbook(workbook_bytes([], about(answer, totals=("cost",))))["About"]
    said = dict(lines)
    assert said["Range (UTC days)"] == "Last 30 days · Oct 25 – Nov 23, 2026"
    assert said["Filters"] == f"Workspace is {books.NASTY} or Checkout"
    assert said["Total: Cost"].startswith("$") and said["Coverage"].startswith("all 30 days")
    assert "billed" in said["Cost basis"] or "allocated" in said["Cost basis"]
    assert any(word == "Not in these numbers" and "seat fees" in says for word, says in lines)


def test_one_menu_offers_the_tables_and_the_days_ahead_in_three_kinds(open_page: Open) -> None:
    app = open_page("cost")
    assert not app.exception
    labels = [button.label for button in app.get("download_button")]
    assert labels == ["CSV", "Excel", "Parquet"] * 4


def test_columns_and_headers_of_measures_are_those_of_the_dictionary(settings: Settings) -> None:
    answer = asked(settings, "model", measure="cache_hit_rate")
    columns = made(answer, "by day")
    known = {*DIMENSIONS, *(measure.column for measure in MEASURES.values())}
    assert {one.header for one in columns} <= known
