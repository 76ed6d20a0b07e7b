"""Makes ledger rows from bills and the usage they cover. Amounts are split exactly and say what they rest
on.
"""

from __future__ import annotations

import polars as pl

from core.cost_basis import CostBasis
from core.ledger.allocate.bill_names import told
from core.ledger.split import with_parts

_BILL = ["description", "cost_type", "billed_tier"]
"""The bill's own words that stay on the row, beside the usage's: its tier is often another one."""
_WHERE_UNTOLD = ("context_window", "inference_geo", "speed")
"""Names that stand as the bill says them where usage tells none."""


def spread(used: pl.DataFrame, bills: pl.DataFrame, weighed: pl.DataFrame) -> pl.DataFrame:
    """A row for each use and each bill that covers it, with ``cost_microcents`` and ``cost_basis``.

    ``used``: ``use``, ``cell``, ``tokens`` and who used, in an order that does not depend on how they came.
    ``bills``: ``bill`` with its words. ``weighed``: the shares with their weights. Each bill is split over
    its cells by weight, each part over its rows by tokens: all parts add up to the bill, to the micro-cent.
    """
    cells = with_parts(
        weighed.sort("bill", "cell"), amount="amount_microcents", weight="weight", group="bill", part="amount"
    ).with_row_index("share")
    kept = cells.select("share", "bill", "cell", "amount", "cells", "certain")
    rows = used.join(kept, on="cell", maintain_order="left")
    parts = with_parts(rows, amount="amount", weight="tokens", group="share", part="cost_microcents")
    said = [f"said_{name}" for name in _WHERE_UNTOLD]
    named = parts.join(bills.select("bill", *_BILL, *said), on="bill").sort("use", "bill")
    named = named.with_columns(pl.coalesce(told(name), f"said_{name}", name) for name in _WHERE_UNTOLD)
    # A use that several bills share is counted with each by what it costs there: once in all.
    worth = named.with_columns(
        cost_basis=_basis(), worth=pl.col("cost_microcents").abs().clip(lower_bound=1), whole="tokens"
    )
    counted = with_parts(worth, amount="whole", weight="worth", group="use", part="tokens")
    return counted.sort("use", "bill").filter((pl.col("tokens") > 0) | (pl.col("cost_microcents") != 0))


def _basis() -> pl.Expr:
    """Billed only where one row stands alone under its bill, and nothing else could stand there."""
    alone = (pl.len().over("share") == 1) & (pl.col("cells") == 1)
    return (
        pl.when(~pl.col("certain"))
        .then(pl.lit(CostBasis.ESTIMATED))
        .when(alone)
        .then(pl.lit(CostBasis.BILLED))
        .otherwise(pl.lit(CostBasis.ALLOCATED))
    )
