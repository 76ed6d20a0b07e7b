"""What Claude Managed Agents cost and used, by agent, session, environment, deployment and model.

Read from a report of its own, which holds no other dimension: never added to the ledger, whose cost of the
same product stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl
from sqlite_utils import Database

from core.dimensions import CONNECTION_DIMENSIONS, MANAGED_AGENTS, Origin
from core.explore.query import Empty, Filter, Query
from core.explore.scan import kept_connections, scan_rows
from core.ledger.facts import read_facts
from core.ledger.manifest import ConnectionInfo
from core.ledger.snapshot import Snapshot
from core.periods import Period
from core.store.bills import analytics_days
from core.store.coverage import covered_days
from core.streams import TOKEN_COLUMNS, agent_streams_of

GROUPS: dict[str, str] = {
    "agent_id": "Agent",
    "session_id": "Session",
    "environment_id": "Environment",
    "deployment_id": "Deployment",
    "model": "Model",
}
"""What can be compared, with its label."""
MEASURES = ("cost", "list_cost", "tokens", "sessions", "requests", "web_searches")
NAMELESS = {
    "agent_id": "No agent",
    "session_id": "No session",
    "environment_id": "No environment",
    "deployment_id": "Started without a deployment",
    "model": "No model (session time)",
}
"""How an empty value reads."""

_COST, _USAGE = (stream.name for stream in agent_streams_of(Origin.PLATFORM))
_KEYS = ("connection_id", "day", *GROUPS)
SUMS = ("cost", "list_cost", "tokens", "requests", "web_searches")
FILTERS = (*CONNECTION_DIMENSIONS, "model")
"""Dimensions of the ledger that this report has too."""


Days = Mapping[int, frozenset[date]]
"""Days by connection."""


@dataclass(frozen=True)
class Beside:
    """The agents' own cost, and the ledger's of the same product on the same ``days``, in micro-cents."""

    agents: int
    ledger: int
    days: int


def agent_facts(db: Database, connections: Iterable[ConnectionInfo], period: Period) -> pl.DataFrame:
    """Cost and usage of managed agents: ``connection_id``, ``day``, ``GROUPS`` and sums, a row each a day."""
    parts = [
        part
        for connection in connections
        if connection.origin is Origin.PLATFORM
        for part in (_costs(db, connection.id, period), _used(db, connection.id, period))
    ]
    return pl.concat([_EMPTY, *parts], how="diagonal_relaxed").select(*_KEYS, *SUMS)


_EMPTY = pl.DataFrame(
    schema={
        "connection_id": pl.Int64(),
        "day": pl.Date(),
        **dict.fromkeys(GROUPS, pl.String()),
        **dict.fromkeys(SUMS, pl.Int64()),
    }
)


def _costs(db: Database, connection_id: int, period: Period) -> pl.DataFrame:
    return _of(
        read_facts(db.conn, _COST, connection_id, period),
        connection_id,
        cost=pl.col("amount_microcents"),
        list_cost=pl.col("list_amount_microcents"),
    )


def _used(db: Database, connection_id: int, period: Period) -> pl.DataFrame:
    return _of(
        read_facts(db.conn, _USAGE, connection_id, period),
        connection_id,
        tokens=pl.sum_horizontal(*TOKEN_COLUMNS),
        requests=pl.col("requests"),
        web_searches=pl.col("web_search_requests"),
    )


def _of(facts: pl.DataFrame, connection_id: int, **sums: pl.Expr) -> pl.DataFrame:
    return facts.select(
        pl.lit(connection_id, pl.Int64).alias("connection_id"),
        "day",
        *GROUPS,
        *(made.alias(name) for name, made in sums.items()),
    )


def narrowed(facts: pl.DataFrame, ledger: Snapshot, filters: Iterable[Filter]) -> pl.DataFrame:
    """The rows that pass the filters, which are on ``FILTERS``."""
    filters = tuple(filters)
    kept = facts.filter(pl.col("connection_id").is_in(list(kept_connections(ledger, filters))))
    for condition in filters:
        if condition.dimension == "model":
            passing = [model for model in kept["model"].unique() if _passes(condition, model)]
            kept = kept.filter(pl.col("model").is_in(passing, nulls_equal=True))
    return kept


def _passes(condition: Filter, model: str | None) -> bool:
    """Session time has no model: it is empty, as in the ledger."""
    if model is None:
        return (Empty.NONE in condition.values) is not condition.exclude
    return condition.fits(model)


def by_group(facts: pl.DataFrame, group: str) -> pl.DataFrame:
    """``value`` and ``MEASURES``, the most expensive first. Unknown is null."""
    return summed(facts.with_columns(value=pl.col(group)), "value").sort(
        "cost", "tokens", descending=True, nulls_last=True
    )


def summed(facts: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """``keys`` and ``MEASURES``; a sum of nothing known is null."""
    made = [_known_sum(name) for name in SUMS]
    sessions = pl.col("session_id").drop_nulls().n_unique().cast(pl.Int64).alias("sessions")
    frame = facts if keys else facts.with_columns(pl.lit(0).alias("all"))
    sums = frame.group_by(*(keys or ("all",)), maintain_order=True).agg(*made, sessions)
    return sums.select(*keys, *MEASURES)


def _known_sum(name: str) -> pl.Expr:
    return pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name)


def known_days(db: Database, connections: Iterable[ConnectionInfo]) -> Days:
    """The days that both reports of agents tell of; no connection where they are not served."""
    by_connection = {}
    for connection in connections:
        days = covered_days(db, connection.id, _COST).keys() & covered_days(db, connection.id, _USAGE).keys()
        if days:
            by_connection[connection.id] = frozenset(days)
    return by_connection


def compared_days(db: Database, known: Days, period: Period) -> Days:
    """The days for which the ledger also has products."""
    shared = {id_: days & analytics_days(db, id_, Origin.PLATFORM, period) for id_, days in known.items()}
    return {id_: days for id_, days in shared.items() if days}


def beside(
    ledger: Snapshot, facts: pl.DataFrame, period: Period, days: Days, filters: Iterable[Filter] = ()
) -> Beside:
    """The agents' cost on these days, and what the ledger has for their product, narrowed alike."""
    some = pl.DataFrame(
        [(id_, day) for id_, its in days.items() for day in its],
        schema={"connection_id": pl.Int64(), "day": pl.Date()},
        orient="row",
    )
    query = Query(("cost",), period, filters=(Filter("product", (MANAGED_AGENTS,)), *filters))
    rows = scan_rows(ledger, query).select(
        pl.col("connection_id").cast(pl.Int64), "day", cost="cost_microcents"
    )
    return Beside(_cost_on(facts.lazy(), some), _cost_on(rows, some), sum(map(len, days.values())))


def _cost_on(rows: pl.LazyFrame, days: pl.DataFrame) -> int:
    known = rows.join(days.lazy(), on=["connection_id", "day"], how="semi")
    return int(known.select(pl.col("cost").cast(pl.Int128).sum()).collect().item() or 0)
