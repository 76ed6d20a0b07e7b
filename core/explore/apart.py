"""One row for each workspace, key and person: in the groups of an answer, and where a filter names them.

Rows are added up by name, id and connection only where a name reads otherwise; the few sums get their labels
afterwards. A label is a value like any other: what a link or a filter names. A name that is not a label means
all who ever carried it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import polars as pl

from core.ledger.namesakes import ID_COLUMNS

if TYPE_CHECKING:
    from core.ledger.namesakes import Namesake
    from core.ledger.snapshot import Snapshot

_DEFAULT_BY_ID = "workspace_id"
"""Of the ids, only the default workspace's is shared: it is empty in every organization."""


def namesakes(ledger: Snapshot, dimension: str) -> tuple[Namesake, ...]:
    """Whose value of the dimension reads otherwise, over all there is."""
    if dimension == _DEFAULT_BY_ID:
        return tuple(namesake for namesake in namesakes(ledger, "workspace") if namesake.name is None)
    return ledger.labels.by_dimension.get(dimension, ())


def id_column(dimension: str) -> str:
    """The ledger column that tells namesakes of one connection apart."""
    return ID_COLUMNS.get(dimension, dimension)


def telling_columns(ledger: Snapshot, dimension: str) -> dict[str, pl.Expr]:
    """What to group by beside a dimension, each by the name of its column; nothing where every value of it
    is namesake."""
    shared = namesakes(ledger, dimension)
    by_id = {_id(dimension): pl.col(id_column(dimension)).alias(_id(dimension))} if _needs_id(shared) else {}
    return {"connection_id": pl.col("connection_id"), **by_id} if shared else {}


def told_apart(
    sums: pl.LazyFrame, ledger: Snapshot, dimension: str, *, value: str, empty: str | None = None
) -> pl.LazyFrame:
    """Groups made with :func:`telling_columns`, the label of a namesake in place of its name in ``value``.

    ``empty``: the column that says what kind of empty a value is; a labelled one is not.
    """
    shared = namesakes(ledger, dimension)
    if not shared:
        return sums
    texts = [value, _id(dimension)] if _needs_id(shared) else [value]
    rows = [(namesake.name, namesake.id, namesake.connection_id, namesake.label) for namesake in shared]
    columns = {value: pl.String, _id(dimension): pl.String, "connection_id": pl.Int32, "_label": pl.String}
    table = pl.LazyFrame(rows, schema=columns, orient="row").select(*texts, "connection_id", "_label")
    told = sums.with_columns(pl.col(texts).cast(pl.String)).join(
        table.unique(), on=[*texts, "connection_id"], how="left", nulls_equal=True
    )
    kept = [pl.when(pl.col("_label").is_null()).then(pl.col(empty)).alias(empty)] if empty else []
    return told.with_columns(pl.coalesce("_label", value).alias(value), *kept).drop("_label")


def among(ledger: Snapshot, dimension: str, texts: Iterable[str]) -> pl.Expr:
    """Whether a ledger row's value is one of ``texts``: a value that it has, or a label that it reads by."""
    shared = namesakes(ledger, dimension)
    wanted = set(texts)
    wanted |= {namesake.label for namesake in shared if namesake.name in wanted}
    value = pl.col(dimension)
    found = value.is_not_null() & value.is_in(sorted(wanted)) if wanted else pl.lit(False)
    by_id = _needs_id(shared)
    for namesake in shared:
        if namesake.label in wanted and namesake.name not in wanted:
            found = found | _is_of(namesake, dimension, by_id=by_id)
    return found


def _is_of(namesake: Namesake, dimension: str, *, by_id: bool) -> pl.Expr:
    same = pl.col(dimension).eq_missing(pl.lit(namesake.name, pl.String)) & (
        pl.col("connection_id") == namesake.connection_id
    )
    same_id = pl.col(id_column(dimension)).eq_missing(pl.lit(namesake.id, pl.String))
    return same & same_id if by_id else same


def label_of(ledger: Snapshot, dimension: str, connection_id: int, id_: str | None, name: str) -> str:
    """The label of one that a list names; its name where it reads as itself."""
    return ledger.labels.by_bearer.get((dimension, connection_id, id_, name), name)


def _needs_id(shared: Sequence[Namesake]) -> bool:
    """Whether a name reads in two ways in a connection: else the connection is enough, and cheaper."""
    ways = {(namesake.connection_id, namesake.name, namesake.label) for namesake in shared}
    return len({way[:2] for way in ways}) < len(ways)


def _id(dimension: str) -> str:
    return f"{dimension}_of"
