"""Values that a list tells of an id: looked up once rows are added up, turned into ids where a filter names
them.

What a list says now counts for all days. An id that no list has is unknown, which is not the same as an id of
which the list says nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import TYPE_CHECKING

import polars as pl

from core.dimensions import DIMENSIONS, NOT_TOLD, WORKSPACE_TAG, Dimension
from core.errors import InputError
from core.explore.query import EMPTY_CODES, Empty, Query, Value

if TYPE_CHECKING:
    from core.ledger.snapshot import Snapshot

_TAGS_NAMED = 20
"""As many as a sentence has room for."""


def dimension_names(ledger: Snapshot) -> tuple[str, ...]:
    """All that can be grouped and filtered by: what is declared, and the tags that the lists have."""
    return (*DIMENSIONS, *ledger.lists.tags)


def require_listed_tags(ledger: Snapshot, query: Query) -> None:
    """A tag that no list has is most likely a slip of the keyboard.

    Raises:
        InputError: the question names one.
    """
    known = dimension_names(ledger)
    for name in (*query.group_by, *(condition.dimension for condition in query.filters)):
        if name not in known:
            tags = ", ".join(ledger.lists.tags[:_TAGS_NAMED]) or "none"
            raise InputError(
                f"No workspace has the tag {name.removeprefix(WORKSPACE_TAG)[:60]}.",
                field=name,
                remedy=f"Tags there are: {tags}.",
            )


def looked_up(
    sums: pl.LazyFrame, ledger: Snapshot, dimension: Dimension, key: str, code: str
) -> pl.LazyFrame:
    """Sums by id in ``key`` and by connection, with the list's value in the id's place.

    ``code``: the column that says what kind of empty a row is; it is null where a list has to be asked.
    """
    table = _table(ledger, dimension).lazy().rename({"_id": key})
    joined = sums.with_columns(pl.col(key).cast(pl.String)).join(
        table, on=[key, "connection_id"], how="left", nulls_equal=True
    )
    asked, is_told = pl.col(code).is_null(), pl.col(key).ne_missing(NOT_TOLD)
    value = pl.when(is_told).then("_value").otherwise(pl.lit(NOT_TOLD))
    kind = pl.when(pl.col("_listed").is_null()).then(_code(Empty.NOT_LISTED)).otherwise(_code(Empty.NO_VALUE))
    return joined.with_columns(
        pl.when(asked).then(value).alias(key),
        pl.when(asked & is_told & pl.col("_value").is_null()).then(kind).otherwise(code).alias(code),
    ).drop("_value", "_listed")


def listed_texts(ledger: Snapshot, dimension: Dimension) -> set[str]:
    """Every value that the lists tell."""
    told = (value for values in _values(ledger, dimension).values() for value in values.values())
    return {NOT_TOLD, *(value for value in told if value is not None)}


def listed_among(
    ledger: Snapshot, dimension: Dimension, texts: Collection[str], empties: Collection[Empty]
) -> pl.Expr:
    """Whether the list's value of a ledger row is one of ``texts``, or missing for one of ``empties``."""
    wanted: set[Value] = {*texts, *empties}
    condition = pl.lit(False)
    for connection in ledger.connections:
        if connection.origin in dimension.origins:
            values = _values(ledger, dimension).get(connection.id, {})
            here = pl.col("connection_id") == connection.id
            condition = condition | (here & _is_wanted(dimension, values, wanted))
    return condition


def _is_wanted(dimension: Dimension, values: dict[str | None, str | None], wanted: set[Value]) -> pl.Expr:
    """Of the rows of one connection; ``values``: what its list says of each id."""
    id_ = pl.col(dimension.column)
    named = {key for key, value in values.items() if (Empty.NO_VALUE if value is None else value) in wanted}
    ids = [key for key in named if key is not None] + [NOT_TOLD] * (NOT_TOLD in wanted)
    condition = id_.is_not_null() & id_.is_in(pl.Series(ids, dtype=pl.String))
    if Empty.NOT_LISTED in wanted:
        known = pl.Series([*(key for key in values if key is not None), NOT_TOLD], dtype=pl.String)
        condition = condition | (id_.is_not_null() & ~id_.is_in(known))
    without_id = None in named or (Empty.NOT_LISTED in wanted and None not in values)
    return condition | id_.is_null() if without_id and dimension.is_listed_without_id else condition


def _table(ledger: Snapshot, dimension: Dimension) -> pl.DataFrame:
    """``_id``, ``connection_id``, ``_value`` (null where the list says nothing) and ``_listed``."""

    def made() -> pl.DataFrame:
        lines = [
            (id_, connection, value, True)
            for connection, values in _values(ledger, dimension).items()
            for id_, value in values.items()
        ]
        columns = {"_id": pl.String, "connection_id": pl.Int32, "_value": pl.String, "_listed": pl.Boolean}
        return pl.DataFrame(lines, schema=columns, orient="row")

    return ledger.lists.once(f"table {dimension.name}", made)


def _values(ledger: Snapshot, dimension: Dimension) -> dict[int, dict[str | None, str | None]]:
    """Connection -> id -> the list's value."""

    def made() -> dict[int, dict[str | None, str | None]]:
        by_connection: dict[int, dict[str | None, str | None]] = defaultdict(dict)
        for entry in ledger.lists.by_dimension.get(dimension.id, ()):
            by_connection[entry.connection_id][entry.id] = entry.values.get(dimension.name)
        return by_connection

    return ledger.lists.once(f"values {dimension.name}", made)


def _code(empty: Empty) -> pl.Expr:
    return pl.lit(EMPTY_CODES[empty], pl.UInt8)
