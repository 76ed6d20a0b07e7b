"""Answers a question: groups the ledger's rows, sums them exactly and labels them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from core.dimensions import CONNECTION_DIMENSIONS, DIMENSIONS, TIME_DIMENSIONS, Dimension, Source
from core.explore.apart import namesakes, telling_columns, told_apart
from core.explore.labels import empty_labels, taken_labels, value_label
from core.explore.list_lookup import looked_up
from core.explore.measures import component_columns, component_sum, components, finished, known_sum, regrouped
from core.explore.query import EMPTY_CODES, Query
from core.explore.scan import connection_values, empty_code, scan_sums, time_bucket
from core.ledger.reading import collected
from core.visible import UNSEEN

if TYPE_CHECKING:
    from core.ledger.snapshot import Snapshot


def rows(ledger: Snapshot, query: Query) -> pl.DataFrame:
    """One row per group that has ledger rows, sorted by its labels; one row when nothing is grouped by.

    Columns, for each name in ``query.group_by``: the label (String; Date for time dimensions),
    ``<name>_value`` (String; the API's spelling, null where empty, ISO for dates) and, except for time,
    ``<name>_empty`` (String; the ``Empty`` kind or null). Then each measure by name: Int64 (micro-cents or
    counts), Float64 (dollars per million tokens, ratios); null is unknown. Ratios bring their components
    along, in columns that begin with an underscore.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    frame = finished(collected(_sums(ledger, query)), query.measures)
    for name in query.group_by:
        frame = frame.with_columns(_labelled(frame, ledger, name))
    return frame.select(columns(query)).sort(query.group_by)


def total(ledger: Snapshot, query: Query) -> dict[str, int | float | None]:
    """Each measure over all rows of the query, whatever it groups by; None is unknown.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    return total_of(rows(ledger, query.grouped()), query.measures)


def total_of(answer: pl.DataFrame, measures: tuple[str, ...]) -> dict[str, int | float | None]:
    """Each measure over all rows of an answer that has it: exactly what :func:`total` says of its question.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    (row,) = regrouped(answer, [], measures).rows(named=True)
    return {name: row[name] for name in measures}


def columns(query: Query) -> list[str]:
    """The columns of an answer, in order."""
    keys = [column for name in query.group_by for column in key_columns(name)]
    return [*keys, *query.measures, *(c for c in components(query.measures) if c not in query.measures)]


def key_columns(name: str) -> tuple[str, ...]:
    """The columns that hold a group dimension, its label first."""
    return (name, f"{name}_value") if name in TIME_DIMENSIONS else (name, f"{name}_value", f"{name}_empty")


def _sums(ledger: Snapshot, query: Query) -> pl.LazyFrame:
    """The components of each group; connections, namesakes and lists tell their values once they are few
    sums."""
    parts = [component_sum(name).alias(name) for name in components(query.measures)]
    shared = [name for name in query.group_by if namesakes(ledger, name)]
    finer = {key: telling for name in shared for key, telling in telling_columns(ledger, name).items()}
    telling = {column for expression in finer.values() for column in expression.meta.root_names()}
    source = scan_sums(ledger, query, _columns(query) | telling)
    connections = [name for name in query.group_by if name in CONNECTION_DIMENSIONS]
    keys = [key for name in query.group_by if name not in connections for key in _keys(ledger, name)]
    if connections or shared or any(map(_is_listed, query.group_by)):
        finer["connection_id"] = pl.col("connection_id")
        summed = source.group_by(*keys, *finer.values()).agg(parts)
        return _coarser(summed, ledger, query, [key.meta.output_name() for key in keys])
    return source.group_by(keys).agg(parts) if keys else source.select(parts)


def _coarser(summed: pl.LazyFrame, ledger: Snapshot, query: Query, keys: list[str]) -> pl.LazyFrame:
    """Sums of connections, namesakes and those on lists, added up by what they read as."""
    connections = [name for name in query.group_by if name in CONNECTION_DIMENSIONS]
    for name in (name for name in query.group_by if f"{name}_code" in keys):
        if _is_listed(name):
            summed = looked_up(summed, ledger, DIMENSIONS[name], f"{name}_key", f"{name}_code")
        else:
            summed = told_apart(summed, ledger, name, value=f"{name}_key", empty=f"{name}_code")
    return (
        summed.with_columns(_connection_key(ledger, name) for name in connections)
        .group_by(*(f"{name}_key" for name in connections), *keys)
        .agg(known_sum(pl.col(name)).alias(name) for name in components(query.measures))
    )


def _is_listed(name: str) -> bool:
    return DIMENSIONS[name].source is Source.LIST


def _columns(query: Query) -> set[str]:
    """Ledger columns that are read beside those the query names."""
    named = [DIMENSIONS[name] for name in (*query.group_by, *(f.dimension for f in query.filters))]
    basis = {"cost_basis"} if any(dimension.unattributed for dimension in named) else set()
    return basis | component_columns(query.measures)


def _keys(ledger: Snapshot, name: str) -> list[pl.Expr]:
    """What to group by: names as they are stored, and small codes; labels come after."""
    if name in TIME_DIMENSIONS:
        return [time_bucket(name).alias(f"{name}_key")]
    dimension = DIMENSIONS[name]
    code = empty_code(dimension, ledger.connections)
    return [pl.col(dimension.column).alias(f"{name}_key"), code.alias(f"{name}_code")]


def _connection_key(ledger: Snapshot, name: str) -> pl.Expr:
    values = connection_values(ledger, name)
    codes = _codes(values)
    code = pl.col("connection_id").replace_strict(
        list(values), [codes[value] for value in values.values()], return_dtype=pl.Int32
    )
    return code.alias(f"{name}_key")


def _codes(values: dict[int, str]) -> dict[str, int]:
    return {value: code for code, value in enumerate(sorted(set(values.values())))}


def _labelled(frame: pl.DataFrame, ledger: Snapshot, name: str) -> list[pl.Expr | pl.Series]:
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


_ODD = rf"^“|{UNSEEN}"
"""What else may read differently: quoted text, and what nobody can see."""


def labels_of(dimension: Dimension, values: pl.Series) -> pl.Series:
    """Labels of values (String); null stays null. Only the few that may read differently are asked for."""
    distinct = values.unique().drop_nulls()
    odd = distinct.filter(distinct.is_in(list(taken_labels(dimension))) | distinct.str.contains(_ODD))
    differing = {value: value_label(dimension, value) for value in odd}
    return values.replace(differing) if differing else values
