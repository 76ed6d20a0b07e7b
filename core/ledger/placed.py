"""Checks that the ledger holds the bill under the names that the bill itself uses.

Each cell of the bill goes to usage that may be spelled otherwise. Here the bill's own sums by tier, model,
context window, cost type and token type are compared with the ledger's: what one name lacks went to another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl
from sqlite_utils import Database

from core.dimensions import NOT_TOLD
from core.ledger.allocate.bill_names import alias
from core.ledger.facts import WITHIN, read_frame, within
from core.periods import Period

NAMES: Mapping[str, pl.Expr] = {
    "service_tier": pl.col("billed_tier"),
    "model": alias(),
    "context_window": pl.col("context_window"),
    "cost_type": pl.col("cost_type"),
    "token_type": pl.col("token_type"),
}
"""A name on the bill, and where the ledger has it. A model counts without its date."""

Sums = Mapping[date, Mapping[str | None, int]]


def placed(
    db: Database, connection_id: int, period: Period, ledger: pl.DataFrame
) -> Iterator[tuple[date, str, int, int]]:
    """Day, name, what the bill says of that name, and how much of it stands so in the ledger."""
    bill = _bill(db, connection_id, period)
    for name, found_in in NAMES.items():
        billed, held = _billed(bill, name), _held(ledger, found_in)
        for day, said in billed.items():
            yield day, name, sum(said.values()), as_said(said, held.get(day, {}))


def as_said(said: Mapping[str | None, int], held: Mapping[str | None, int]) -> int:
    """What usage does not tell apart may be under any name."""
    alike = sum(_common(amount, held.get(value, 0)) for value, amount in said.items())
    untold = held.get(None, 0) + held.get(NOT_TOLD, 0)
    return alike + _common(sum(said.values()) - alike, untold)


def _common(amount: int, other: int) -> int:
    """The smaller of two amounts, or of two credits; nothing where they are one of each."""
    return (min(amount, other) if amount > 0 else max(amount, other)) if amount * other > 0 else 0


def _bill(db: Database, connection_id: int, period: Period) -> pl.DataFrame:
    """The bill by day and all that it says."""
    said = ", ".join(NAMES)
    sql = f"SELECT day, {said}, amount_microcents FROM platform_cost WHERE {WITHIN}"
    schema = {"day": pl.String(), **dict.fromkeys(NAMES, pl.String()), "amount_microcents": pl.Int64()}
    return read_frame(db.conn, sql, within(connection_id, period), schema)


def _billed(bill: pl.DataFrame, name: str) -> Sums:
    """The bill's sums by what it says."""
    said = bill.filter(pl.col(name).is_not_null())
    return sums_by(said, alias() if name == "model" else pl.col(name), "amount_microcents")


def _held(ledger: pl.DataFrame, name: pl.Expr) -> Sums:
    """The ledger's; only what is few by then is spelled out."""
    (column,) = name.meta.root_names()
    sums = ledger.group_by("day", column).agg(pl.col("cost_microcents").cast(pl.Int128).sum())
    return sums_by(sums.with_columns(pl.col(column).cast(pl.String)), name, "cost_microcents")


def sums_by(rows: pl.DataFrame, name: pl.Expr, amount: str) -> Sums:
    sums: defaultdict[date, dict[str | None, int]] = defaultdict(dict)
    added = rows.group_by("day", name.alias("name")).agg(pl.col(amount).cast(pl.Int128).sum())
    for row in added.iter_rows(named=True):
        sums[row["day"]][row["name"]] = int(row[amount] or 0)
    return sums
