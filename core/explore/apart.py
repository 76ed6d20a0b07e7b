"""Those who share a name, told apart: in the groups of an answer, and where a filter names one of them.

Rows are added up by name, id and connection only where a name of the dimension is shared; the few sums get
their labels afterwards. A label is a value like any other: what a link or a filter names. The bare name means
all who carry it.
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
    """Who shares a value of the dimension with another, over all there is."""
    if dimension == _DEFAULT_BY_ID:
        return tuple(namesake for namesake in namesakes(ledger, "workspace") if namesake.name is None)
    return tuple(namesake for namesake in ledger.labels.namesakes if namesake.dimension == dimension)


def id_column(dimension: str) -> str:
    """The ledger column that tells namesakes of one connection apart."""
    return ID_COLUMNS.get(dimension, dimension)


def telling_columns(ledger: Snapshot, dimension: str) -> dict[str, pl.Expr]:
    """What to group by beside a dimension, each by the name of its column; nothing where every value of it
    is one."""
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
        table, on=[*texts, "connection_id"], how="left", nulls_equal=True
    )
    kept = [pl.when(pl.col("_label").is_null()).then(pl.col(empty)).alias(empty)] if empty else []
    return told.with_columns(pl.coalesce("_label", value).alias(value), *kept).drop("_label")


def among(ledger: Snapshot, dimension: str, texts: Iterable[str]) -> pl.Expr:
    """Whether a ledger row's value is one of ``texts``: a value that it has, or a label that it reads by."""
    wanted = set(texts)
    value, id_ = pl.col(dimension), pl.col(id_column(dimension))
    condition = value.is_not_null() & value.is_in(sorted(wanted)) if wanted else pl.lit(False)
    for namesake in namesakes(ledger, dimension):
        if namesake.label in wanted:
            same = value.eq_missing(pl.lit(namesake.name, pl.String)) & id_.eq_missing(
                pl.lit(namesake.id, pl.String)
            )
            condition = condition | (same & (pl.col("connection_id") == namesake.connection_id))
    return condition


def label_of(ledger: Snapshot, dimension: str, connection_id: int, id_: str | None, name: str) -> str:
    """The label of one that a list names; its name where nobody else in the ledger has it."""
    return ledger.labels.by_bearer.get((dimension, connection_id, id_, name), name)


def _needs_id(shared: Sequence[Namesake]) -> bool:
    """Whether a connection has two of a name: else the connection tells them apart, and is cheaper."""
    return len({(namesake.connection_id, namesake.name) for namesake in shared}) < len(shared)


def _id(dimension: str) -> str:
    return f"{dimension}_of"
