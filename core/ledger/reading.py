"""Reads the ledger's files, and turns what a disk or an engine refuses into a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from core.errors import StoreError


def collected(rows: pl.LazyFrame) -> pl.DataFrame:
    """What a scan of the ledger gives, read as a stream.

    Raises:
        StoreError: a file is gone or cannot be read.
    """
    with reading_errors():
        return rows.collect(engine="streaming")


@contextmanager
def reading_errors() -> Iterator[None]:
    """Turn what the file system or Polars says of a file into a sentence."""
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        raise StoreError(
            "The ledger could not be read.",
            means="A file of it is damaged, or went meanwhile. What was pulled is safe in the database.",
            remedy="Try again: what is damaged is then made anew. If it stays so, run: python -m core doctor",
        ) from error
