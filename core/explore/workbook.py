"""A table as an Excel workbook: real dates and numbers on one sheet, what they are on another.

Text is written as text, never as a formula or a link. Excel keeps fifteen digits of a number. Where a column
has an amount of more, the whole column stands beside it as text, under a header with ``_exact``.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from core.dimensions import Unit
from core.explore.cells import number_texts
from core.explore.sheets import Column
from core.money import MICROCENTS_PER_USD

About = Sequence[tuple[str, str]]
"""What a file holds, line by line: a word and what it says."""

MOST_ROWS = 1_048_575
"""Of a sheet, below its header; what is more goes to another sheet."""
MOST_TEXT = 32_767
"""Characters of a cell."""

_KEPT = 10**15
_FORMATS = {
    Unit.USD: "#,##0.00",
    Unit.USD_PER_MILLION: "#,##0.00####",
    Unit.COUNT: "#,##0",
    Unit.RATIO: "0.0%",
}
_DATE = "yyyy-mm-dd"
_DAY_ZERO = date(1899, 12, 30)
_WIDTHS = (10, 60)
_LOOKED_AT = 200
"""Rows, for the width of a column."""


@dataclass(frozen=True)
class Sheet:
    """A table beside the first, below a line of words on what it is."""

    name: str
    words: str
    columns: Sequence[Column]


def workbook_bytes(columns: Iterable[Column], about: About, more: Iterable[Sheet] = ()) -> bytes:
    """The table on the sheet "Data" (and "Data 2" where one is too small), ``about`` on "About"."""
    written = io.BytesIO()
    with Workbook(written, {"constant_memory": True}) as book:
        look = _Look(book)
        for sheet in (Sheet("Data", "", list(columns)), *more):
            _write_table(book, look, sheet)
        _write_about(book.add_worksheet("About"), look, about)
    return written.getvalue()


def _write_table(book: Workbook, look: _Look, table: Sheet) -> None:
    """On as many sheets as it takes."""
    shown = [part for column in table.columns for part in _with_exact(column)]
    head = int(bool(table.words))
    most = MOST_ROWS - head
    height = max((len(column.series) for column in shown), default=0)
    for place, start in enumerate(range(0, max(height, 1), most), 1):
        sheet = book.add_worksheet(table.name if place == 1 else f"{table.name} {place}")
        if table.words:
            sheet.write_string(0, 0, table.words)
        _write_rows(sheet, look, [_sliced(column, start, most) for column in shown], head)


def _sliced(column: Column, start: int, most: int) -> Column:
    return Column(column.header, column.series.slice(start, most), column.unit)


def _with_exact(column: Column) -> Iterator[Column]:
    yield column
    values = column.series
    if column.unit in (Unit.USD, Unit.COUNT) and (values.cast(pl.Int128).abs() >= _KEPT).any():
        yield Column(f"{column.header}_exact", number_texts(values, column.unit))


class _Look:
    """The formats of a workbook."""

    def __init__(self, book: Workbook) -> None:
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.day = book.add_format({"num_format": _DATE})
        self.numbers: dict[Unit, Format] = {
            unit: book.add_format({"num_format": pattern}) for unit, pattern in _FORMATS.items()
        }


def _write_rows(sheet: Worksheet, look: _Look, columns: Sequence[Column], head: int) -> None:
    """The header in row ``head``, and the rows below it."""
    for place, column in enumerate(columns):
        sheet.set_column(place, place, _width(column))
        sheet.write_string(head, place, _fit(column.header), look.head)
    writers = [_writer(sheet, look, place, column) for place, column in enumerate(columns)]
    cells = [_cells(column) for column in columns]
    for row, values in enumerate(zip(*cells, strict=True), head + 1):
        for write, value in zip(writers, values, strict=True):
            if value is not None:
                write(row, value)
    sheet.freeze_panes(head + 1, 0)
    if cells and len(cells[0]):
        sheet.autofilter(head, 0, head + len(cells[0]), len(columns) - 1)


def _cells(column: Column) -> pl.Series:
    """As Excel counts: days since its first, and dollars, the nearest number that a cell can hold."""
    values = column.series
    if values.dtype == pl.Date:
        return (values - _DAY_ZERO).dt.total_days()
    return values.cast(pl.Float64) / MICROCENTS_PER_USD if column.unit is Unit.USD else values


def _writer(sheet: Worksheet, look: _Look, place: int, column: Column) -> Callable[[int, Any], object]:
    kind = column.series.dtype
    if kind.is_numeric() or kind == pl.Date:
        number = look.day if kind == pl.Date else look.numbers[column.unit or Unit.COUNT]
        return lambda row, value: sheet.write_number(row, place, value, number)
    return lambda row, value: sheet.write_string(row, place, _fit(value))


def _fit(text: str) -> str:
    """As much as a cell holds. Two characters that XML has none for would make Excel refuse the file."""
    return text[:MOST_TEXT].replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


def _width(column: Column) -> int:
    """Wide enough for the header and for the first texts."""
    least, most = _WIDTHS
    values = column.series.head(_LOOKED_AT).drop_nulls()
    texts = [] if values.dtype.is_numeric() else [str(value) for value in values]
    return min(max(len(text) + 2 for text in (column.header, "x" * least, *texts)), most)


def _write_about(sheet: Worksheet, look: _Look, about: About) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 100)
    for row, (word, says) in enumerate(about):
        sheet.write_string(row, 0, word, look.head)
        sheet.write_string(row, 1, _fit(says), look.wrapped)
