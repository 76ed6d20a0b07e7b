"""Amounts with more than six decimals: what Anthropic adds up is rounded once, not row by row.

Five users at 1000.0000006 cents are 5000.000003 together. Each rounded alone, they would be two micro-cents
more than the organization's total, which nobody spent.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlite_utils import Database

from core.money import microcents_together
from core.stream import Stream

_FINER = "({0} GLOB '*.???????*' OR {0} GLOB '*[eE]*')"
"""More than six decimals, or an exponent."""


def round_together(db: Database, stream: Stream, table: str) -> None:
    """Round the finer amounts of ``table``, which has the stream's columns, within each total."""
    if stream.adds_up_by is None:
        return
    names = {column.name for column in stream.columns}
    for amount in sorted(name for name in names if f"{name}_microcents" in names):
        db.conn.executemany(
            f"UPDATE {table} SET {amount}_microcents = :after WHERE rowid = :row",
            list(_changes(db, table, amount, ("connection_id", "day", *stream.adds_up_by))),
        )


def _changes(db: Database, table: str, amount: str, total: tuple[str, ...]) -> Iterator[dict[str, int]]:
    names, order = ", ".join(total), ", ".join((*total, amount, "row"))
    amounts = db.query(
        f"SELECT rowid AS row, {names}, {amount} AS amount, {amount}_microcents AS before FROM {table}"
        f" WHERE {_FINER.format(amount)} ORDER BY {order}"
    )
    for _, rows in groupby(amounts, key=itemgetter(*total)):
        yield from _rounded(list(rows))


def _rounded(rows: list[dict[str, Any]]) -> Iterator[dict[str, int]]:
    for row, after in zip(rows, microcents_together([row["amount"] for row in rows]), strict=True):
        if after != row["before"]:
            yield {"row": row["row"], "after": after}
