"""A table as columns, and the one writer of CSV, which spreadsheets and programs read alike.

Numbers are written exactly. Text came from an API in which anyone may name things, and is made safe.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cached_property

import polars as pl

from core.dimensions import Unit
from core.explore.cells import number_texts, safe_text, safe_texts

Cell = str | int | float | date | None


class Separators(Enum):
    """What stands between cells, and before decimals: as spreadsheets of a country expect."""

    COMMA = (",", ".")
    SEMICOLON = (";", ",")


@dataclass(frozen=True)
class Column:
    """A header that names its unit, and what stands below it.

    ``values`` are text, days, or numbers: micro-cents for ``Unit.USD``, else as they are. None is unknown.
    Instead of them, numbers that are text already may be given as ``written``.
    """

    header: str
    values: Sequence[Cell] | pl.Series = ()
    unit: Unit | None = None
    written: pl.Series | None = None

    @cached_property
    def series(self) -> pl.Series:
        """The values: String, Date, or a number."""
        if self.written is not None:
            return self.written
        found = self.values if isinstance(self.values, pl.Series) else pl.Series(self.values, strict=False)
        return found if found.dtype.is_numeric() or found.dtype == pl.Date else found.cast(pl.String)

    def texts(self, separators: Separators = Separators.COMMA) -> pl.Series:
        """The cells of a CSV file; null where nothing is known."""
        if self.written is not None:
            return self.written
        values = self.series
        if values.dtype.is_numeric():
            return number_texts(values, self.unit).str.replace(".", separators.value[1], literal=True)
        return values.dt.to_string("%Y-%m-%d") if values.dtype == pl.Date else safe_texts(values)


def sheet_bytes(columns: Iterable[Column], separators: Separators = Separators.COMMA) -> bytes:
    """UTF-8 with a byte order mark, CRLF. Unknown is an empty cell."""
    columns, between = list(columns), separators.value[0]
    header = _lines([pl.Series([safe_text(column.header)]) for column in columns], between)
    body = _lines([column.texts(separators).fill_null("") for column in columns], between)
    rows = [part.str.join("\r\n").item() for part in (header, body) if len(part)]
    return "\r\n".join(["\ufeff" + rows[0], *rows[1:], ""]).encode()


def _lines(columns: Sequence[pl.Series], between: str) -> pl.Series:
    """Each row as a line, all columns at once; no two need have names of their own."""
    named = [column.alias(str(n)) for n, column in enumerate(columns)]
    fields = [_quoted(pl.col(column.name), between, alone=len(named) == 1) for column in named]
    return pl.DataFrame(named).select(pl.concat_str(fields, separator=between)).to_series()


def _quoted(texts: pl.Expr, between: str, *, alone: bool) -> pl.Expr:
    """As a CSV field: in quotation marks where a separator, a quotation mark or a line break is inside.

    An empty field that is ``alone`` in its line is quoted too, else the line would read as none.
    """
    inside = pl.concat_str(pl.lit('"'), texts.str.replace_all('"', '""', literal=True), pl.lit('"'))
    needs = texts.str.contains(f'["{between}\r\n]')
    return pl.when(needs | (texts == "") if alone else needs).then(inside).otherwise(texts)
