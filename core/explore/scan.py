"""Turns a question into a LazyFrame of its ledger rows that reads no more than it must.

Connections and months that cannot hold an answer are never opened; everything else is a predicate Polars
pushes into the Parquet reader.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from core.cost_basis import WITHOUT_USAGE
from core.dimensions import (
    CONNECTION_DIMENSIONS,
    DIMENSIONS,
    LEDGER_DIMENSIONS,
    TIME_DIMENSIONS,
    TOKEN_TYPES,
    Dimension,
    Source,
)
from core.explore.apart import among, id_column, namesakes
from core.explore.list_lookup import listed_among, listed_texts
from core.explore.query import EMPTY_CODES, OF_ROWS, Empty, Filter, Match, Query, bucket
from core.ledger.rollups import ROLLUPS
from core.ledger.schema import LEDGER_SCHEMA
from core.periods import FIRST_DAY, Period, next_month

if TYPE_CHECKING:
    from core.ledger.manifest import ConnectionInfo
    from core.ledger.rollups import Rollup
    from core.ledger.snapshot import LedgerFile, Snapshot


def scan_rows(ledger: Snapshot, query: Query) -> pl.LazyFrame:
    """The ledger rows in the query's period that pass its filters; columns are ``LEDGER_SCHEMA``."""
    return ledger.scan(kept_files(ledger, query)).filter(*_predicates(ledger, query))


def kept_files(ledger: Snapshot, query: Query) -> list[LedgerFile]:
    """The months that can hold an answer."""
    kept = kept_connections(ledger, query.filters)
    return [f for f in ledger.files if f.connection_id in kept and _has_days(f, query)]


def _predicates(ledger: Snapshot, query: Query, *, by_day: bool = True) -> list[pl.Expr]:
    """What rows must pass; ``by_day`` is false for those that are wholly inside the period."""
    within = pl.col("day").is_between(query.period.start, query.period.end, closed="left")
    others = (f for f in query.filters if f.dimension not in CONNECTION_DIMENSIONS)
    return [within] * by_day + [_predicate(f, ledger) for f in others]


def scan_sums(ledger: Snapshot, query: Query, columns: Iterable[str]) -> pl.LazyFrame:
    """Like :func:`scan_rows`, with rows added up where ``query`` does not ask for them apart.

    Columns are those the query names, ``columns``, ``day``, ``connection_id`` and all measures. Each month is
    read from the smallest rollup that holds them; its days only where the query tells them apart.
    """
    filtered = [f.dimension for f in query.filters]
    asked = {DIMENSIONS[name].column for name in (*query.group_by, *filtered)}
    telling = [id_column(name) for name in filtered if namesakes(ledger, name)]
    dimensions = {*columns, *asked, *telling} & set(LEDGER_DIMENSIONS)
    read = [name for name in LEDGER_SCHEMA if name in dimensions or name not in LEDGER_DIMENSIONS]
    if ledger.restriction:
        dimensions |= ledger.restriction.columns
    by_rollup: dict[Rollup | None, list[LedgerFile]] = defaultdict(list)
    for file in kept_files(ledger, query):
        by_day = _asks_for_days(query, file)
        fitting = (
            rollup
            for rollup in ROLLUPS
            if file.rollup_path(rollup) and rollup.holds(dimensions, by_day=by_day)
        )
        by_rollup[next(fitting, None)].append(file)
    parts = [
        ledger.scan(files, rollup)
        .select(read)
        .filter(pl.lit(True), *_predicates(ledger, query, by_day=not rollup or rollup.by_day))
        for rollup, files in (by_rollup or {None: []}).items()
    ]
    return pl.concat(parts)


def _asks_for_days(query: Query, file: LedgerFile) -> bool:
    """Whether an answer from this file must tell its days apart."""
    named = {*query.group_by, *(f.dimension for f in query.filters)}
    return file.days.clipped(query.period) != file.days or not named.isdisjoint(("day", "week"))


def kept_connections(ledger: Snapshot, filters: Iterable[Filter]) -> frozenset[int]:
    """Ids of the connections that pass the filters on connection dimensions."""
    kept = {connection.id for connection in ledger.connections}
    for condition in filters:
        if condition.dimension in CONNECTION_DIMENSIONS:
            values = connection_values(ledger, condition.dimension)
            kept = {id_ for id_ in kept if condition.fits(values[id_])}
    return frozenset(kept)


def connection_values(ledger: Snapshot, dimension: str) -> dict[int, str]:
    """Each connection's value in a connection dimension.

    Organizations that share a name are told apart by their id.
    """
    ids_of: dict[str, set[str]] = defaultdict(set)
    for connection in ledger.connections:
        ids_of[connection.organization].add(connection.organization_id)

    def value(connection: ConnectionInfo) -> str:
        name = connection.organization
        if dimension == "organization" and len(ids_of[name]) > 1:
            return f"{name} ({connection.organization_id})"
        return str(getattr(connection, dimension))

    return {connection.id: value(connection) for connection in ledger.connections}


def whole_period(ledger: Snapshot) -> Period:
    """All months the ledger has; empty when it has none."""
    months = [file.month for file in ledger.files]
    return Period(min(months), next_month(max(months))) if months else Period(FIRST_DAY, FIRST_DAY)


def _has_days(file: LedgerFile, query: Query) -> bool:
    month = Period(file.month, next_month(file.month))
    filters = [f for f in query.filters if f.dimension in TIME_DIMENSIONS]
    return any(_day_passes(day, filters) for day in month.clipped(query.period))


def _day_passes(day: date, filters: list[Filter]) -> bool:
    return all((bucket(f.dimension, day).isoformat() in f.values) is not f.exclude for f in filters)


def time_bucket(grain: str) -> pl.Expr:
    """First day of each row's day, week (from Monday) or month, as Date."""
    every = {"day": "1d", "week": "1w", "month": "1mo"}[grain]
    day = pl.col("day")
    return day if grain == "day" else day.dt.truncate(every)


def empty_code(dimension: Dimension, connections: Iterable[ConnectionInfo]) -> pl.Expr:
    """Which kind of empty a row is in a dimension (UInt8, see ``EMPTY_CODES``); null where it has a value.

    Null too where a list has to be asked.
    """
    is_empty = pl.col(dimension.column).is_null()
    strangers = [c.id for c in connections if c.origin not in dimension.origins]
    strange = pl.col("connection_id").is_in(strangers) if strangers else pl.lit(False)
    code = _code(Empty.NONE)
    if dimension.unattributed:
        unattributed = pl.col("cost_basis").is_in([basis.value for basis in WITHOUT_USAGE]).fill_null(False)
        code = pl.when(unattributed).then(_code(Empty.UNATTRIBUTED)).otherwise(code)
    code = pl.when(strange).then(_code(Empty.NOT_APPLICABLE)).otherwise(code)
    if dimension.source is Source.LIST:
        return pl.when(strange if dimension.is_listed_without_id else strange | is_empty).then(code)
    return pl.when(is_empty).then(code)


def _code(empty: Empty) -> pl.Expr:
    return pl.lit(EMPTY_CODES[empty], pl.UInt8)


def _predicate(wanted: Filter, ledger: Snapshot) -> pl.Expr:
    dimension = DIMENSIONS[wanted.dimension]
    if wanted.match is not Match.IS:
        condition = _has_part(wanted, ledger)
        return ~condition if wanted.exclude else condition
    texts = [value for value in wanted.values if isinstance(value, str)]
    if dimension.source is Source.TIME:
        condition = time_bucket(wanted.dimension).is_in([date.fromisoformat(text) for text in texts])
        return ~condition if wanted.exclude else condition
    empties = [value for value in wanted.values if isinstance(value, Empty)]
    if dimension.source is Source.LIST:
        condition = listed_among(ledger, dimension, texts, empties)
    else:
        condition = among(ledger, wanted.dimension, texts)
    codes = [EMPTY_CODES[value] for value in empties if value in OF_ROWS]
    if codes:
        condition = condition | empty_code(dimension, ledger.connections).is_in(codes).fill_null(False)
    return ~condition if wanted.exclude else condition


def _has_part(wanted: Filter, ledger: Snapshot) -> pl.Expr:
    """Whether a ledger row's value, or what it reads by, has a part of ``wanted`` in it."""
    dimension = DIMENSIONS[wanted.dimension]
    parts = [str(value) for value in wanted.values]

    def fits(text: str) -> bool:
        return any(wanted.match.fits(text, part) for part in parts)

    if dimension.source is Source.LIST:
        return listed_among(ledger, dimension, [*filter(fits, listed_texts(ledger, dimension))], ())
    labels = [other.label for other in namesakes(ledger, wanted.dimension) if fits(other.label)]
    spelled = [text for text, label in TOKEN_TYPES.items() if fits(label)]
    named = [*labels, *(spelled if wanted.dimension == "token_type" else ())]
    text = pl.col(dimension.column).cast(pl.String).str.to_lowercase()
    starts = wanted.match is Match.STARTS
    condition = among(ledger, wanted.dimension, named)
    for part in (part.lower() for part in parts):
        here = text.str.starts_with(part) if starts else text.str.contains(part, literal=True)
        condition = condition | here.fill_null(False)
    return condition
