"""A table as Parquet, for data tools: days as dates, amounts as decimals with eight places."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import polars as pl

from core.dimensions import Unit
from core.explore.cells import number_texts
from core.explore.sheets import Column


def parquet_bytes(columns: Iterable[Column]) -> bytes:
    """Text is as it is, for no cell of a Parquet file is a formula; unknown is null."""
    columns = list(columns)
    names = _unlike([column.header for column in columns])
    written = io.BytesIO()
    frame = [_exact(column).alias(name) for column, name in zip(columns, names, strict=True)]
    pl.DataFrame(frame).write_parquet(written, compression="zstd")
    return written.getvalue()


def _exact(column: Column) -> pl.Series:
    if column.unit is not Unit.USD:
        return column.series
    return number_texts(column.series.cast(pl.Int64), Unit.USD).cast(pl.Decimal(38, 8))


def _unlike(names: Sequence[str]) -> list[str]:
    """Each name once: the second "a" is "a (2)"."""
    found: list[str] = []
    for name in names:
        candidates = (name, *(f"{name} ({n})" for n in range(2, len(names) + 2)))
        found.append(next(one for one in candidates if one not in found))
    return found
