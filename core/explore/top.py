"""Keeps the largest groups and adds up the rest as "Other"."""

from __future__ import annotations

import polars as pl

from core.errors import InputError
from core.explore.engine import columns, key_columns
from core.explore.measures import regrouped
from core.explore.query import Query

OTHER = "Other"


def top(rows: pl.DataFrame, query: Query, n: int, *, by: pl.DataFrame | None = None) -> pl.DataFrame:
    """The ``n`` largest groups of an answer; all others added up, for each time bucket, as "Other".

    ``rows`` is what :func:`core.explore.engine.rows` gave for ``query``. Groups are the combinations of the
    dimensions that are not time, ranked over the whole period by the first measure's absolute value; ties by
    label, unknown last. ``by``: another answer that ranks them instead, with every group of ``rows``. Adds
    ``rank`` (Int64, from 1; Other comes last) and ``is_other`` (Boolean). Sums stay what they were; ratios of
    Other are taken from its sums. Sorted by time, then rank.

    Raises:
        InputError: ``n`` is below 1, or a sum beyond 64 bits.
    """
    if n < 1:
        raise InputError("The number of groups to show must be at least 1.", field="top")
    ranks = _ranks(rows if by is None else by, query)
    ranked = rows.join(ranks, on=list(query.series), how="left") if query.series else _unranked(rows)
    shown = (
        ranked.filter(pl.col("rank") <= n)
        .with_columns(is_other=pl.lit(False))
        .select(*columns(query), "rank", "is_other")
    )
    rest = ranked.filter(pl.col("rank") > n)
    if rest.height:
        shown = pl.concat([shown, _other(rest, query, n + 1, other_label(shown, query))])
    return shown.sort(*query.time_dimensions, "rank")


def other_label(rows: pl.DataFrame, query: Query) -> str:
    """ "Other", unless a group shown is really called that."""
    return free_label({label for name in query.series for label in rows[name].unique()})


def free_label(taken: set[str]) -> str:
    """ "Other", or words that say the same and are not in ``taken``."""
    candidates = (OTHER, "All other groups", *(f"All other groups ({n})" for n in range(2, len(taken) + 3)))
    return next(label for label in candidates if label not in taken)


def _unranked(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(rank=pl.lit(1, pl.Int64))


def _ranks(rows: pl.DataFrame, query: Query) -> pl.DataFrame:
    series, first = list(query.series), query.measures[0]
    return (
        regrouped(rows, series, (first,))
        .select(*series, _size=pl.col(first).abs())
        .sort("_size", *series, descending=[True, *(False for _ in series)], nulls_last=True)
        .select(*series, rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    )


def _other(rest: pl.DataFrame, query: Query, rank: int, label: str) -> pl.DataFrame:
    time_columns = [column for name in query.time_dimensions for column in key_columns(name)]
    nothing = pl.lit(None, pl.String)
    keys = [
        (pl.lit(label) if column == name else nothing).alias(column)
        for name in query.series
        for column in key_columns(name)
    ]
    summed = regrouped(rest, time_columns, query.measures)
    return summed.with_columns(*keys, rank=pl.lit(rank, pl.Int64), is_other=pl.lit(True)).select(
        *columns(query), "rank", "is_other"
    )
