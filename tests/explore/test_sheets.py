"""Tables as CSV: exact, and never a formula."""

import csv
import io

from core.dimensions import Unit
from core.explore.sheets import Column, sheet_bytes


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
