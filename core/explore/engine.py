"""A question answered: the ledger's rows grouped, summed exactly and labelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from core.dimensions import CONNECTION_DIMENSIONS, DIMENSIONS, TIME_DIMENSIONS, Dimension
from core.explore.labels import empty_labels, value_label
from core.explore.measures import component_sum, components, finished
from core.explore.query import Query
from core.explore.scan import EMPTY_CODES, connection_values, empty_code, scan_rows, time_bucket

if TYPE_CHECKING:
    from core.ledger.view import LedgerView


def rows(ledger: LedgerView, query: Query) -> pl.DataFrame:
    """One row per group that has ledger rows, sorted by its labels; one row when nothing is grouped by.

    Columns, for each name in ``query.group_by``: the label (String; Date for time dimensions),
    ``<name>_value`` (String; the API's spelling, null where empty, ISO for dates) and, except for time,
    ``<name>_empty`` (String; the ``Empty`` kind or null). Then each measure by name: Int64 (micro-cents or
    counts), Float64 (dollars per million tokens, ratios); null is unknown. Ratios bring their components
    along, in columns that begin with an underscore.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    parts = [component_sum(name).alias(name) for name in components(query.measures)]
    keys = [key for name in query.group_by for key in _keys(ledger, name)]
    source = scan_rows(ledger, query)
    grouped = source.group_by(keys).agg(parts) if keys else source.select(parts)
    frame = finished(grouped.collect(engine="streaming"), query.measures)
    for name in query.group_by:
        frame = frame.with_columns(_labelled(frame, ledger, name))
    return frame.select(columns(query)).sort(query.group_by)


def total(ledger: LedgerView, query: Query) -> dict[str, int | float | None]:
    """Each measure over all rows of the query, whatever it groups by; None is unknown.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    (row,) = rows(ledger, query.grouped()).rows(named=True)
    return {name: row[name] for name in query.measures}


def columns(query: Query) -> list[str]:
    """The columns of an answer, in order."""
    keys = [column for name in query.group_by for column in key_columns(name)]
    return [*keys, *query.measures, *(c for c in components(query.measures) if c not in query.measures)]


def key_columns(name: str) -> tuple[str, ...]:
    """The columns that hold a group dimension, its label first."""
    return (name, f"{name}_value") if name in TIME_DIMENSIONS else (name, f"{name}_value", f"{name}_empty")


def _keys(ledger: LedgerView, name: str) -> list[pl.Expr]:
    """What to group by: categoricals as they are stored, and small codes; text comes after."""
    if name in TIME_DIMENSIONS:
        return [time_bucket(name).alias(f"{name}_key")]
    if name in CONNECTION_DIMENSIONS:
        values = connection_values(ledger, name)
        codes = _codes(values)
        code = pl.col("connection_id").replace_strict(
            list(values), [codes[value] for value in values.values()], return_dtype=pl.Int32
        )
        return [code.alias(f"{name}_key")]
    code = empty_code(DIMENSIONS[name], ledger.connections)
    return [pl.col(name).alias(f"{name}_key"), code.alias(f"{name}_code")]


def _codes(values: dict[int, str]) -> dict[str, int]:
    return {value: code for code, value in enumerate(sorted(set(values.values())))}


def _labelled(frame: pl.DataFrame, ledger: LedgerView, name: str) -> list[pl.Expr | pl.Series]:
    key = frame[f"{name}_key"]
    if name in TIME_DIMENSIONS:
        return [key.alias(name), key.dt.to_string("%Y-%m-%d").alias(f"{name}_value")]
    if name in CONNECTION_DIMENSIONS:
        texts = {str(code): value for value, code in _codes(connection_values(ledger, name)).items()}
        value = key.cast(pl.String).replace(texts)
        label = labels_of(DIMENSIONS[name], value)
        nothing = pl.lit(None, pl.String).alias(f"{name}_empty")
        return [label.alias(name), value.alias(f"{name}_value"), nothing]
    return _ledger_labels(DIMENSIONS[name], key.cast(pl.String), frame[f"{name}_code"])


def _ledger_labels(dimension: Dimension, value: pl.Series, code: pl.Series) -> list[pl.Expr | pl.Series]:
    name = dimension.name
    kinds = {code: empty.value for empty, code in EMPTY_CODES.items()}
    reads = {EMPTY_CODES[empty]: label for empty, label in empty_labels(dimension).items()}
    empty_label = code.replace_strict(reads, default=None, return_dtype=pl.String)
    label = labels_of(dimension, value).fill_null(empty_label)
    empty = code.replace_strict(kinds, default=None, return_dtype=pl.String)
    return [label.alias(name), value.alias(f"{name}_value"), empty.alias(f"{name}_empty")]


def labels_of(dimension: Dimension, values: pl.Series) -> pl.Series:
    """Labels of values (String); null stays null."""
    differing = {
        value: label
        for value in values.unique().drop_nulls()
        if (label := value_label(dimension, value)) != value
    }
    return values.replace(differing) if differing else values
