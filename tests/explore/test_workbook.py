"""Excel workbooks: real dates and numbers, text that stays text, and what no cell can hold beside it."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dimensions import Unit
from core.explore import workbook
from core.explore.sheets import Column
from core.explore.workbook import Sheet, workbook_bytes
from tests.explore.reading import date_styles, formulas, read_workbook
from tests.explore.test_export import DANGEROUS
from tests.properties import tried

FIRST_OF_OCTOBER = 46_296
"""Days since December 30, 1899, counted by a spreadsheet."""


def data_of(*columns):
    return read_workbook(workbook_bytes(columns, []))["Data"]


def test_days_are_numbers_with_a_format_of_dates():
    content = workbook_bytes([Column("day", pl.Series([date(2026, 10, 1), None, date(2026, 10, 3)]))], [])
    assert read_workbook(content)["Data"] == [["day"], [FIRST_OF_OCTOBER], [FIRST_OF_OCTOBER + 2]]
    assert "yyyy-mm-dd" in date_styles(content)


def test_amounts_are_numbers_that_add_up_to_the_micro_cent():
    amounts = [41_280_000_001, -1, 99_999_999_999_999, 444_568_713_47, None]
    header, *rows = data_of(Column("who", list("abcde")), Column("cost_usd", amounts, Unit.USD))
    assert header == ["who", "cost_usd"]
    read = [Decimal(str(row[1])).quantize(Decimal(10) ** -8) for row in rows if len(row) > 1]
    assert sum(read) * 10**8 == sum(amount for amount in amounts if amount)


def test_an_amount_that_excel_would_round_stands_beside_as_text():
    rows = data_of(Column("cost_usd", [10**15 + 1, 1], Unit.USD), Column("tokens", [2**60, None], Unit.COUNT))
    assert rows[0] == ["cost_usd", "cost_usd_exact", "tokens", "tokens_exact"]
    assert (rows[1][1], rows[1][3]) == ("10000000.00000001", str(2**60))
    assert rows[2][1] == "0.00000001"


NO_XML = ("a\ufffeb", "\uffff", "\x0b\x1f", "\x7f\x85")
LINKS = ("http://example.com", "internal:Data!A1")


@pytest.mark.parametrize("text", [*DANGEROUS, *LINKS, "{=1}", "123", "_x0041_"])
def test_text_stays_text(text):
    content = workbook_bytes([Column(text, [text])], [("Filters", text)])
    assert formulas(content) == 0
    spelled = text.replace("\r", "_x000D_").replace("\x00", "_x0000_")
    if text == "_x0041_":
        spelled = "_x005F_x0041_"
    read = read_workbook(content)
    assert (read["Data"], read["About"]) == ([[spelled], [spelled]], [["Filters", spelled]])


@tried(150)
@given(texts=st.lists(st.text(max_size=12) | st.sampled_from([*DANGEROUS, *NO_XML]), min_size=1, max_size=4))
def test_no_text_breaks_the_file_or_becomes_a_formula(texts):
    """What XML cannot hold is shown as what stands for a character that is not known."""
    content = workbook_bytes([Column("who", texts)], [("Filters", texts[0])])
    assert formulas(content) == 0
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        written = "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))
    assert not set(written) & {"\ufffe", "\uffff", *map(chr, set(range(32)) - {9, 10, 13})}
    _, *rows = read_workbook(content)["Data"]
    told = [row[0] if row else "" for row in rows]
    assert len(told) == len(texts)
    for text, cell in zip(texts, told, strict=True):
        plain = all(" " <= char < "\ufffe" or char > "\uffff" for char in text) and "_x" not in text
        assert not plain or (cell or "") == text


def test_what_a_file_is_stands_on_its_own_sheet():
    read = read_workbook(workbook_bytes([Column("model", ["a"])], [("Range", "October 2026"), ("", "=x")]))
    assert list(read) == ["Data", "About"]
    assert read["About"][0] == ["Range", "October 2026"]


def test_no_rows_leave_the_header():
    assert data_of(Column("model", []), Column("cost_usd", [], Unit.USD)) == [["model", "cost_usd"]]


def test_more_rows_than_a_sheet_has_go_to_another(monkeypatch):
    monkeypatch.setattr(workbook, "MOST_ROWS", 2)
    read = read_workbook(workbook_bytes([Column("n", [1, 2, 3, 4, 5])], []))
    assert [read["Data"], read["Data 2"], read["Data 3"]] == [
        [["n"], [1], [2]], [["n"], [3], [4]], [["n"], [5]]
    ]  # fmt: skip


def test_a_text_longer_than_a_cell_is_cut_and_the_rest_of_the_row_stands():
    rows = data_of(Column("user", ["x" * 40_000]), Column("tokens", [7]))
    assert (len(rows[1][0]), rows[1][1]) == (32_767, 7)


def test_a_further_sheet_says_in_its_first_row_what_it_is(monkeypatch):
    monkeypatch.setattr("core.explore.workbook.MOST_ROWS", 3)
    more = Sheet("Subtotals", "=Each row is a sum.", [Column("n", [10, 20, 30])])
    read = read_workbook(workbook_bytes([Column("n", [1, 2, 3])], [], [more]))
    assert list(read) == ["Data", "Subtotals", "Subtotals 2", "About"]
    words = ["=Each row is a sum."]
    assert [read["Subtotals"], read["Subtotals 2"]] == [[words, ["n"], [10], [20]], [words, ["n"], [30]]]
