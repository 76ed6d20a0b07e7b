"""What the engine must answer, written the plain way: rows one by one, whole numbers, no Polars."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from core.dimensions import CONNECTION_DIMENSIONS, DIMENSIONS, TIME_DIMENSIONS, TOKEN_TYPES, Origin, Source
from core.explore.query import Empty, Filter, Match, Query, Value
from core.ledger.manifest import ConnectionInfo
from tests.explore.ledgers import Row

TYPES = {
    "uncached_input_tokens": "uncached_input_tokens",
    "cache_write_5m_tokens": "cache_creation.ephemeral_5m_input_tokens",
    "cache_write_1h_tokens": "cache_creation.ephemeral_1h_input_tokens",
    "cache_read_tokens": "cache_read_input_tokens",
    "output_tokens": "output_tokens",
}
COLUMNS = {"cost": "cost_microcents", "list_cost": "list_cost_microcents"}


Listed = dict[tuple[str, int, str | None], dict[str, str]]
"""Id dimension, connection and id -> what the list says of it, by dimension."""


def value_of(
    row: Row, dimension: str, connections: tuple[ConnectionInfo, ...], listed: Listed | None = None
) -> Value:
    """A row's value, or the kind of empty it is."""
    (connection,) = [c for c in connections if c.id == row["connection_id"]]
    if dimension in TIME_DIMENSIONS:
        return _first_day(dimension, row["day"]).isoformat()
    if dimension in CONNECTION_DIMENSIONS:
        return str(getattr(connection, dimension))
    if DIMENSIONS[dimension].source is Source.LIST:
        return _listed_value(row, dimension, connection, listed or {})
    if row.get(dimension) is not None:
        return str(row[dimension])
    if connection.origin not in DIMENSIONS[dimension].origins:
        return Empty.NOT_APPLICABLE
    if DIMENSIONS[dimension].unattributed and row.get("cost_basis") == "unattributed":
        return Empty.UNATTRIBUTED
    return Empty.NONE


def _listed_value(row: Row, dimension: str, connection: ConnectionInfo, listed: Listed) -> Value:
    if connection.origin is not Origin.PLATFORM:
        return Empty.NOT_APPLICABLE
    id_dimension = {
        "user_role": "user_id",
        "api_key_status": "api_key_id",
        "api_key_creator": "api_key_id",
    }.get(dimension, "workspace_id")
    id_ = row.get(id_dimension)
    if id_ is None and id_dimension != "workspace_id":
        return Empty.UNATTRIBUTED if row.get("cost_basis") == "unattributed" else Empty.NONE
    if id_ == "Not told apart":
        return "Not told apart"
    entry = listed.get((id_dimension, connection.id, id_))
    return Empty.NOT_LISTED if entry is None else entry.get(dimension, Empty.NO_VALUE)


def _first_day(grain: str, day: date) -> date:
    while (grain == "week" and day.weekday() != 0) or (grain == "month" and day.day != 1):
        day -= timedelta(days=1)
    return day


def passes(
    row: Row, query: Query, connections: tuple[ConnectionInfo, ...], listed: Listed | None = None
) -> bool:
    if not query.period.start <= row["day"] < query.period.end:
        return False
    return all(
        _fits(value_of(row, one.dimension, connections, listed), one) != one.exclude for one in query.filters
    )


def _fits(value: Value, one: Filter) -> bool:
    if one.match is Match.IS:
        return value in one.values
    if not isinstance(value, str):
        return False
    texts = [value.lower()]
    if one.dimension == "token_type":
        texts.append(TOKEN_TYPES.get(value, value).lower())
    parts = [str(part).lower() for part in one.values]
    if one.match is Match.CONTAINS:
        return any(part in text for part in parts for text in texts)
    return any(text[: len(part)] == part for part in parts for text in texts)


def grouped(
    rows: list[Row], query: Query, connections: tuple[ConnectionInfo, ...], listed: Listed | None = None
) -> dict[tuple[Value, ...], list[Row]]:
    groups: dict[tuple[Value, ...], list[Row]] = defaultdict(list)
    for row in rows:
        if passes(row, query, connections, listed):
            groups[tuple(value_of(row, name, connections, listed) for name in query.group_by)].append(row)
    return groups


def measured(rows: list[Row], measure: str) -> int | float | None:
    """A measure over rows; None is unknown."""
    if measure in TYPES:
        return _sum_of_types(rows, (measure,))
    if measure == "effective_rate":
        priced = [r for r in rows if r.get("tokens") and r.get("cost_microcents") is not None]
        count = sum(r["tokens"] for r in priced)
        return sum(r["cost_microcents"] for r in priced) / 10**8 / (count / 10**6) if count else None
    if measure == "billed_share":
        costs = [
            (r["cost_microcents"], r.get("cost_basis")) for r in rows if r.get("cost_microcents") is not None
        ]
        whole = sum(cost for cost, _ in costs)
        return sum(cost for cost, basis in costs if basis == "billed") / whole if whole > 0 else None
    if measure == "cache_hit_rate":
        read = _sum_of_types(rows, ("cache_read_tokens",))
        inputs = _sum_of_types(rows, tuple(TYPES)[:4])
        return read / inputs if inputs else None
    column = COLUMNS.get(measure, measure)
    known = [row[column] for row in rows if row.get(column) is not None]
    return sum(known) if known else None


def _sum_of_types(rows: list[Row], measures: tuple[str, ...]) -> Any:
    known = [row for row in rows if row.get("tokens") is not None]
    if not known:
        return None
    types = [TYPES[measure] for measure in measures]
    return sum(row["tokens"] for row in known if row.get("token_type") in types)
