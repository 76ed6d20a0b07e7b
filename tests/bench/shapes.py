"""The five questions of the explorer bench, each as the project asks it, as SQL and as bare Polars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from core.dimensions import LEDGER_DIMENSIONS
from core.explore.query import Filter, Query
from core.periods import Period
from tests.bench.bigledger import YEAR

QUARTER = Period(YEAR.end - timedelta(days=90), YEAR.end)
USER = "person.00031@example.com"
TOP = 20


@dataclass(frozen=True)
class Shape:
    """``sql`` reads the table ``ledger``, with ``origin`` beside; ``bare`` what to keep and group by."""

    letter: str
    title: str
    query: Query
    sql: str
    bare: tuple[pl.Expr, tuple[str, ...]]


def _days(period: Period) -> str:
    return f"day >= DATE '{period.start}' AND day < DATE '{period.end}'"


def _within(period: Period) -> pl.Expr:
    return pl.col("day").is_between(period.start, period.end, closed="left")


_MONTH = "date_trunc('month', day) AS month"
SHAPES = (
    Shape(
        "a",
        "90 days, two filters, by model, workspace and day",
        Query(
            ("cost", "tokens"),
            QUARTER,
            ("model", "workspace", "day"),
            (Filter("service_tier", ("standard",)), Filter("token_type", ("output_tokens",))),
        ),
        "SELECT model, workspace, day, sum(cost_microcents), sum(tokens) FROM ledger WHERE "
        f"{_days(QUARTER)} AND service_tier = 'standard' AND token_type = 'output_tokens' GROUP BY ALL",
        (
            _within(QUARTER)
            & (pl.col("service_tier") == "standard")
            & (pl.col("token_type") == "output_tokens"),
            ("model", "workspace", "day"),
        ),
    ),
    Shape(
        "b",
        "a year, by month and Origin",
        Query(("cost", "tokens"), YEAR, ("month", "origin")),
        f"SELECT {_MONTH}, origin, sum(cost_microcents), sum(tokens) FROM ledger WHERE {_days(YEAR)} "
        "GROUP BY ALL",
        (_within(YEAR), ("month", "connection_id")),
    ),
    Shape(
        "c",
        "a year, one user, by product and day",
        Query(("cost", "tokens"), YEAR, ("product", "day"), (Filter("user", (USER,)),)),
        "SELECT product, day, sum(cost_microcents), sum(tokens) FROM ledger "
        f"WHERE {_days(YEAR)} AND \"user\" = '{USER}' GROUP BY ALL",
        (_within(YEAR) & (pl.col("user") == USER), ("product", "day")),
    ),
    Shape(
        "d",
        "a year, top 20 API keys of 5,000 with Other",
        Query(("cost", "tokens"), YEAR, ("api_key_id",)),
        f"WITH sums AS (SELECT api_key_id, sum(cost_microcents) AS cost, sum(tokens) AS tokens FROM ledger "
        f"WHERE {_days(YEAR)} GROUP BY ALL), "
        "ranked AS (SELECT *, row_number() OVER (ORDER BY abs(cost) DESC) AS rank FROM sums) "
        f"SELECT CASE WHEN rank <= {TOP} THEN api_key_id ELSE 'Other' END AS name, sum(cost), sum(tokens) "
        "FROM ranked GROUP BY ALL",
        (_within(YEAR), ("api_key_id",)),
    ),
    Shape(
        "e",
        "all values of every dimension",
        Query(("cost", "tokens"), YEAR, ("description",)),
        "SELECT {dimension}, sum(cost_microcents) AS cost, sum(tokens) FROM ledger GROUP BY ALL "
        "ORDER BY abs(cost) DESC",
        (pl.lit(True), LEDGER_DIMENSIONS),
    ),
)
