"""A table of any columns as CSV, for pages whose table is not one answer: exact numbers, no formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.dimensions import Unit
from core.explore.export import safe_text
from core.money import usd_decimal

Cell = str | int | float | None


@dataclass(frozen=True)
class Column:
    """A header that names its unit; values are micro-cents for ``Unit.USD``, else as they are written."""

    header: str
    values: Sequence[Cell]
    unit: Unit | None = None


def sheet_bytes(columns: Iterable[Column]) -> bytes:
    """UTF-8 with a byte order mark, comma, CRLF. Unknown is an empty cell."""
    columns = list(columns)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.header for column in columns])
    writer.writerows(zip(*(_cells(column) for column in columns), strict=True))
    return text.getvalue().encode("utf-8-sig")


def _cells(column: Column) -> list[str]:
    return [_cell(column.unit, value) for value in column.values]


def _cell(unit: Unit | None, value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_text(value)
    if unit is Unit.USD:
        return usd_decimal(int(value))
    return str(value) if isinstance(value, int) else f"{value:.12f}".rstrip("0").rstrip(".")
