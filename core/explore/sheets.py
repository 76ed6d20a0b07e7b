"""The only writer of CSV: turns columns into a file that spreadsheets and programs read alike.

Numbers are written exactly. Text came from an API in which anyone may name things, and is made safe.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from core.dimensions import Unit
from core.explore.cells import number_text, safe_text, safe_texts

Cell = str | int | float | None


@dataclass(frozen=True)
class Column:
    """A header that names its unit, and what stands below it.

    ``values`` are text, or numbers: micro-cents for ``Unit.USD``, else as they are. Instead of them, numbers
    that are text already may be given as ``written``. None is unknown.
    """

    header: str
    values: Sequence[Cell] | pl.Series = ()
    unit: Unit | None = None
    written: pl.Series | None = None

    def texts(self) -> pl.Series:
        """The cells; null where nothing is known."""
        if self.written is not None:
            return self.written
        if isinstance(self.values, pl.Series):
            return safe_texts(self.values)
        return pl.Series([_text(value, self.unit) for value in self.values], dtype=pl.String)


def sheet_bytes(columns: Iterable[Column]) -> bytes:
    """UTF-8 with a byte order mark, comma, CRLF. Unknown is an empty cell."""
    columns = list(columns)
    header = _lines([pl.Series([safe_text(column.header)]) for column in columns])
    body = _lines([column.texts().fill_null("") for column in columns])
    rows = [part.str.join("\r\n").item() for part in (header, body) if len(part)]
    return "\r\n".join(["\ufeff" + rows[0], *rows[1:], ""]).encode()


def _lines(columns: Sequence[pl.Series]) -> pl.Series:
    """Each row as a line, all columns at once; no two need have names of their own."""
    named = [column.alias(str(n)) for n, column in enumerate(columns)]
    fields = [_quoted(pl.col(column.name), alone=len(named) == 1) for column in named]
    return pl.DataFrame(named).select(pl.concat_str(fields, separator=",")).to_series()


def _quoted(texts: pl.Expr, *, alone: bool) -> pl.Expr:
    """As a CSV field: in quotation marks where a comma, a quotation mark or a line break is inside.

    An empty field that is ``alone`` in its line is quoted too, else the line would read as none.
    """
    inside = pl.concat_str(pl.lit('"'), texts.str.replace_all('"', '""', literal=True), pl.lit('"'))
    needs = texts.str.contains(r'[",\r\n]')
    return pl.when(needs | (texts == "") if alone else needs).then(inside).otherwise(texts)


def _text(value: Cell, unit: Unit | None) -> str | None:
    if value is None:
        return None
    return safe_text(value) if isinstance(value, str) else number_text(value, unit)
