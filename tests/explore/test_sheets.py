"""Tables as CSV: exact, and never a formula."""

import csv
import io
from pathlib import Path

from core.dimensions import Unit
from core.explore.sheets import Column, sheet_bytes

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


def test_nothing_else_of_the_program_writes_csv():
    writers = {
        path.name for path in (ROOT / "core").rglob("*.py") if "import csv\n" in path.read_text("utf-8")
    }
    assert writers == set()
