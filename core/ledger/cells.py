"""The cells of the Platform's bill: uses and bills that name the same thing meet, finest names first."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

_TOKEN_KEYS = ["day", "workspace_id", "model", "token_type"]
STAGES = (
    [*_TOKEN_KEYS, "service_tier", "context_window", "inference_geo"],
    [*_TOKEN_KEYS, "context_window", "inference_geo"],
    [*_TOKEN_KEYS, "inference_geo"],
    _TOKEN_KEYS,
)
"""What names a cell, finest first. A cost without usage is tried again without tier, then context window,
then geo."""


class Matching:
    """Uses and bills on their way through the stages; what no stage brought together stays open.

    ``open_use`` has ``use`` and the names of a cell, ``open_bill`` has ``bill``, those names, ``description``
    and ``amount_microcents``. Iterating gives, stage by stage, every use beside every bill of its cell.
    """

    def __init__(self, open_use: pl.DataFrame, open_bill: pl.DataFrame) -> None:
        self.open_use, self.open_bill = open_use, open_bill

    def __iter__(self) -> Iterator[pl.DataFrame]:
        for keys in STAGES:
            bills = self.open_bill.select("bill", *keys, "description", "amount_microcents")
            matched = self.open_use.join(bills, on=keys, how="inner", nulls_equal=True)
            yield matched
            self.open_use = self.open_use.join(matched.select("use").unique(), on="use", how="anti")
            self.open_bill = self.open_bill.join(matched.select("bill").unique(), on="bill", how="anti")
