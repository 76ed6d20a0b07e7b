"""Tables as CSV: exact, and never a formula."""

import csv
import io
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from core.dimensions import Unit
from core.explore.parquet import parquet_bytes
from core.explore.sheets import Column, Separators, sheet_bytes
from tests.properties import tried

ROOT = Path(__file__).resolve().parents[2]


def read(*columns):
    text = sheet_bytes(columns).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_amounts_are_exact_and_unknown_is_empty():
    amounts = Column("cost_usd", [1, -(10**17), None], Unit.USD)
    assert read(amounts) == [["cost_usd"], ["0.00000001"], ["-1000000000.00000000"], [""]]


def test_counts_and_ratios():
    assert read(Column("tokens", [2**60, 0]), Column("ratio", [0.125, 1.0])) == [
        ["tokens", "ratio"],
        [str(2**60), "0.125"],
        ["0", "1"],
    ]


def test_text_is_no_formula():
    (_, *cells) = read(Column("user", ["=1+1", "a,b\nc", "@x", "é"]))
    assert cells == [["'=1+1"], ["a,b\nc"], ["'@x"], ["é"]]


def test_headers_are_safe_too_may_be_equal_and_are_quoted_where_they_need_it():
    assert sheet_bytes([Column("=x", [1]), Column('a,"b"', [2]), Column("=x", [None])]) == (
        b'\xef\xbb\xbf\'=x,"a,""b""",\'=x\r\n1,2,\r\n'
    )


def test_no_rows_leave_the_header_and_an_empty_cell_alone_is_still_a_row():
    assert sheet_bytes([Column("user", [])]) == b"\xef\xbb\xbfuser\r\n"
    assert sheet_bytes([Column("user", [None, "a"])]) == b'\xef\xbb\xbfuser\r\n""\r\na\r\n'


def test_for_countries_with_a_decimal_comma_cells_end_at_semicolons():
    columns = [
        Column("model", ["a;b", "c,d", "x;=1"]),
        Column("day", [date(2026, 10, 1)] * 3),
        Column("cost_usd", [-1, 41_280_000_001, None], Unit.USD),
        Column("tokens", [1000, 2, 3]),
        Column("ratio", [0.125, 1.0, None]),
    ]
    assert sheet_bytes(columns, Separators.SEMICOLON).decode("utf-8-sig").splitlines() == [
        "model;day;cost_usd;tokens;ratio",
        '"a;b";2026-10-01;-0,00000001;1000;0,125',
        "c,d;2026-10-01;412,80000001;2;1",
        '"x;\'=1";2026-10-01;;3;',
    ]


def test_parquet_has_days_decimals_and_a_name_for_each_column():
    columns = [
        Column("Other", [date(2026, 10, 1)]),
        Column("Other", [10**15 + 1], Unit.USD),
        Column("Other", ["=1"]),
    ]
    read = pl.read_parquet(io.BytesIO(parquet_bytes(columns)))
    assert read.to_dicts() == [
        {"Other": date(2026, 10, 1), "Other (2)": Decimal("10000000.00000001"), "Other (3)": "=1"}
    ]


@tried(100)
@given(texts=st.lists(st.text(max_size=12) | st.sampled_from(["=1+1", "@x", "\x00", "\ufffe"]), max_size=4))
def test_parquet_keeps_every_text_as_it_is_names_of_columns_too(texts):
    """No program takes a Parquet cell for a formula, so nothing is put before one."""
    columns = [Column(header, texts) for header in ("name", *dict.fromkeys(texts))]
    read = pl.read_parquet(io.BytesIO(parquet_bytes(columns)))
    assert all(read[name].cast(pl.String).to_list() == texts for name in read.columns)
    assert len(read.columns) == len(columns) == len(set(read.columns))


WRITES = re.compile(r"csv\.(Dict)?[Ww]riter|write_csv")


def test_nothing_else_of_the_program_writes_csv():
    texts = {path.name: path.read_text("utf-8") for path in (ROOT / "core").rglob("*.py")}
    assert {name for name, text in texts.items() if WRITES.search(text)} == {"cells.py"}
