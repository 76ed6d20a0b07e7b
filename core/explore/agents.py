"""What agents cost and used, and what is told of user profiles and of Claude Tag in Slack.

Read from reports of their own, which hold few other dimensions: never added to the ledger, whose cost of the
same products stands beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl
from sqlite_utils import Database

from core.dimensions import CONNECTION_DIMENSIONS, MANAGED_AGENTS, NOT_TOLD, Origin
from core.explore.query import Empty, Filter, Query
from core.explore.scan import kept_connections, scan_rows
from core.ledger.facts import PRODUCT, read_facts
from core.ledger.manifest import ConnectionInfo
from core.ledger.snapshot import Snapshot
from core.periods import Period
from core.store.bills import analytics_days
from core.store.coverage import covered_days
from core.streams import AGENTS, TAGS, TOKEN_COLUMNS, apart_streams_of

_AGENT_GROUPS = {
    "agent_id": "Agent",
    "session_id": "Session",
    "environment_id": "Environment",
    "deployment_id": "Deployment",
    "model": "Model",
}
_TAG_GROUPS = {
    "user_profile_id": "User profile",
    "slack_channel_id": "Slack channel",
    "claude_tag_category": "Claude Tag category",
}
GROUPS: dict[str, str] = {**_AGENT_GROUPS, **_TAG_GROUPS}
"""What can be compared, with its label."""
_PROPER = ("Slack", "Claude")


def in_text(group: str) -> str:
    """The label of a group inside a sentence."""
    label = GROUPS[group]
    return label if label.startswith(_PROPER) else label.lower()


NAMELESS = {
    "agent_id": "No agent",
    "session_id": "No session",
    "environment_id": "No environment",
    "deployment_id": "No deployment",
    "model": "No model (session time)",
    "user_profile_id": "No user profile",
    "slack_channel_id": "No Slack channel",
    "claude_tag_category": "No category",
}
"""How an empty value reads."""
SUMS = ("cost", "list_cost", "tokens", "requests", "web_searches")


@dataclass(frozen=True)
class Report:
    """A grouping of its own, with all the ``dimensions`` that it tells and what ``measures`` a value has."""

    apart: str
    dimensions: tuple[str, ...]
    measures: tuple[str, ...]


_OF_AGENTS = Report(
    AGENTS,
    ("product", *_AGENT_GROUPS),
    ("cost", "list_cost", "tokens", "sessions", "requests", "web_searches"),
)
_OF_TAGS = Report(TAGS, ("product", *_TAG_GROUPS, "model"), SUMS)
FILTERS = (*CONNECTION_DIMENSIONS, "product", "model")
"""Dimensions of the ledger that these reports have too."""


def report_of(group: str) -> Report:
    """The report that tells the values of a group apart."""
    return _OF_TAGS if group in _TAG_GROUPS else _OF_AGENTS


Days = Mapping[int, frozenset[date]]
"""Days by connection."""


@dataclass(frozen=True)
class Beside:
    """A report's own cost, and the ledger's of the same products on as many ``days``, in micro-cents."""

    told: int
    ledger: int
    days: int


def facts_of(db: Database, connections: Iterable[ConnectionInfo], period: Period, group: str) -> pl.DataFrame:
    """Cost and usage by the group's report, a row each a day.

    Columns are ``connection_id``, ``day``, ``product``, the report's dimensions and ``SUMS``.
    """
    report = report_of(group)
    parts = [part for connection in connections for part in _parts(db, connection, period, report)]
    return pl.concat([_empty(report), *parts], how="diagonal_relaxed").select(_empty(report).columns)


_DAY = ["connection_id", "day"]
_PRODUCT = ["connection_id", "product"]


def products_of(facts: pl.DataFrame, group: str, connections: Iterable[ConnectionInfo]) -> pl.DataFrame:
    """``connection_id`` and ``product``, wherever some use has a value of the group, or is an agent's.

    What has none in such a product is part of the answer; in any other, nobody asked for it.
    """
    if report_of(group) is _OF_TAGS:
        return facts.filter(pl.col(group).is_not_null()).select(_PRODUCT).unique()
    by_agents = facts.filter(pl.col("agent_id") != NOT_TOLD).select(_PRODUCT)
    platform = [connection.id for connection in connections if connection.origin is Origin.PLATFORM]
    own = pl.DataFrame(
        [(id_, MANAGED_AGENTS) for id_ in platform],
        schema={"connection_id": pl.Int64(), "product": pl.String()},
        orient="row",
    )
    return pl.concat([own, by_agents]).unique()


def of_products(facts: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    """The rows of these products."""
    return facts.join(products, on=_PRODUCT, how="semi", nulls_equal=True, maintain_order="left")


def _empty(report: Report) -> pl.DataFrame:
    texts = dict.fromkeys(("product", *report.dimensions), pl.String())
    counts = dict.fromkeys(SUMS, pl.Int64())
    return pl.DataFrame(schema={"connection_id": pl.Int64(), "day": pl.Date(), **texts, **counts})


def _parts(
    db: Database, connection: ConnectionInfo, period: Period, report: Report
) -> Iterable[pl.DataFrame]:
    for stream, sums in zip(apart_streams_of(connection.origin, report.apart), (_COSTS, _USED), strict=False):
        facts = read_facts(db.conn, stream.name, connection.id, period)
        product = PRODUCT if "product" in facts.columns else pl.lit(MANAGED_AGENTS).alias("product")
        untold = [pl.lit(NOT_TOLD).alias(name) for name in untold_of(connection, report)]
        facts = facts.with_columns(product, *untold, pl.lit(connection.id, pl.Int64).alias("connection_id"))
        yield facts.with_columns(**sums)


def untold_of(connection: ConnectionInfo, report: Report) -> set[str]:
    """Dimensions that the report of other connections has, and this one's has no room for."""
    streams = apart_streams_of(connection.origin, report.apart)
    return set(report.dimensions) - {"product", *(column.name for column in streams[0].columns)}


def answering(
    connections: Iterable[ConnectionInfo], group: str, filters: Iterable[Filter]
) -> list[ConnectionInfo]:
    """Those whose report tells all that the filters ask for."""
    asked, report = {condition.dimension for condition in filters}, report_of(group)
    return [connection for connection in connections if not asked & untold_of(connection, report)]


_COSTS = {"cost": pl.col("amount_microcents"), "list_cost": pl.col("list_amount_microcents")}
_USED = {
    "tokens": pl.sum_horizontal(*TOKEN_COLUMNS),
    "requests": pl.col("requests"),
    "web_searches": pl.col("web_search_requests"),
}


def narrowed(facts: pl.DataFrame, ledger: Snapshot, filters: Iterable[Filter]) -> pl.DataFrame:
    """The rows that pass the filters, which are on dimensions that they have."""
    filters = tuple(filters)
    kept = facts.filter(pl.col("connection_id").is_in(list(kept_connections(ledger, filters))))
    for condition in filters:
        if (name := condition.dimension) not in CONNECTION_DIMENSIONS:
            passing = [value for value in kept[name].unique() if _passes(condition, value)]
            kept = kept.filter(pl.col(name).is_in(passing, nulls_equal=True))
    return kept


def _passes(condition: Filter, value: str | None) -> bool:
    """Session time has no model: it is empty, as in the ledger."""
    if value is None:
        return (Empty.NONE in condition.values) is not condition.exclude
    return condition.fits(value)


def by_group(facts: pl.DataFrame, group: str) -> pl.DataFrame:
    """``value`` and the report's measures, the most expensive first. Unknown is null."""
    return summed(facts.with_columns(value=pl.col(group)), "value").sort(
        "cost", "tokens", descending=True, nulls_last=True
    )


def summed(facts: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """``keys`` and the report's measures; a sum of nothing known is null."""
    made = [_known_sum(name) for name in SUMS]
    report = _OF_AGENTS if "session_id" in facts.columns else _OF_TAGS
    if "sessions" in report.measures:
        made.append(pl.col("session_id").drop_nulls().n_unique().cast(pl.Int64).alias("sessions"))
    frame = facts if keys else facts.with_columns(pl.lit(0).alias("all"))
    sums = frame.group_by(*(keys or ("all",)), maintain_order=True).agg(*made)
    return sums.select(*keys, *report.measures)


def _known_sum(name: str) -> pl.Expr:
    return pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name)


def known_days(db: Database, connections: Iterable[ConnectionInfo], group: str) -> Days:
    """The days that the group's report tells cost and usage of; no connection where it is not served."""
    by_connection = {}
    for connection in connections:
        streams = apart_streams_of(connection.origin, report_of(group).apart)
        held = [covered_days(db, connection.id, stream.name).keys() for stream in streams]
        if days := frozenset.intersection(*map(frozenset, held)) if held else None:
            by_connection[connection.id] = days
    return by_connection


def compared_days(db: Database, connections: Iterable[ConnectionInfo], known: Days, period: Period) -> Days:
    """The known days for which the ledger also has products."""
    shared = {
        connection.id: known[connection.id] & analytics_days(db, connection.id, connection.origin, period)
        for connection in connections
        if connection.id in known
    }
    return {id_: days for id_, days in shared.items() if days}


@dataclass(frozen=True)
class Compared:
    """Where a report and the ledger are compared: days by connection, and :func:`products_of`."""

    days: Days
    products: pl.DataFrame


def beside(
    ledger: Snapshot, facts: pl.DataFrame, period: Period, where: Compared, filters: Iterable[Filter] = ()
) -> Beside:
    """The report's cost there, and what the ledger has for the same products, narrowed alike.

    Days whose products the ledger does not tell apart are left out.
    """
    some = pl.DataFrame(
        [(id_, day) for id_, its in where.days.items() for day in its],
        schema={"connection_id": pl.Int64(), "day": pl.Date()},
        orient="row",
    )
    rows = scan_rows(ledger, Query(("cost",), period, filters=tuple(filters))).select(
        pl.col("connection_id").cast(pl.Int64),
        "day",
        pl.col("product").cast(pl.String),
        cost="cost_microcents",
    )
    some = some.join(where.products, on="connection_id", how="semi")
    untold = rows.filter(pl.col("product") == NOT_TOLD).select(_DAY).unique().collect()
    some = some.join(untold, on=_DAY, how="anti")
    mine = rows.join(where.products.lazy(), on=_PRODUCT, how="semi", nulls_equal=True)
    return Beside(_cost_on(facts.lazy(), some), _cost_on(mine, some), some["day"].n_unique())


def _cost_on(rows: pl.LazyFrame, days: pl.DataFrame) -> int:
    known = rows.join(days.lazy(), on=_DAY, how="semi")
    return int(known.select(pl.col("cost").cast(pl.Int128).sum()).collect().item() or 0)
