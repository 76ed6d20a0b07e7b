"""How much of the bill the ledger puts on the wrong key or tier, where the two reports spell a cell
differently.

Random organizations with known true costs (:mod:`tests.support.blurred`), each bill blurred in one way at a
time.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from core.ledger.platform import Known, platform_rows
from tests.bench.timing import print_table
from tests.support.blurred import BLURS, DEFAULT_ID, World, make_world

SEEDS = range(8)
KEYS = [
    "day", "workspace_id", "api_key_id", "model", "service_tier", "context_window", "inference_geo", "speed",
    "token_type",
]  # fmt: skip
_RATE = ["model", "service_tier", "context_window", "inference_geo", "speed", "token_type"]
_CACHED = (
    "cache_read_input_tokens",
    "cache_creation.ephemeral_5m_input_tokens",
    "cache_creation.ephemeral_1h_input_tokens",
)
EFFICIENCY: dict[str, tuple[str, tuple[str, ...], str]] = {
    "saved by batch": ("service_tier", ("batch",), "standard"),
    "saved by caching": ("token_type", _CACHED, "uncached_input_tokens"),
    "cost of fast mode": ("speed", ("fast",), "standard"),
    "cost of US-only": ("inference_geo", ("us",), "global"),
}
"""Of which tokens, and what they are priced as."""
HEADER = (
    "the bill blurs",
    "moved between keys",
    "worst key",
    "moved between tiers",
    *EFFICIENCY,
    "wrong billed",
    "billed",
    "allocated",
    "wrong allocated",
    "0.2.0: keys, worst, tiers, batch, wrong billed",
)
_ONE = 100
"""A micro-cent, as the true costs count."""


def run(seeds: Sequence[int] = SEEDS) -> None:
    """Print, for each blur, what goes wrong, and what went wrong before."""
    print_table(f"Split of the bill, over {len(seeds)} organizations and 61 days", HEADER, lines(seeds))


def lines(seeds: Sequence[int] = SEEDS) -> list[list[str]]:
    """The table; ``docs/how-it-stays-right.md`` has it too."""
    worlds = [make_world(seed) for seed in seeds]
    return [[blur, *_words(_measured(worlds, blur)), BEFORE[blur]] for blur in BLURS]


def _measured(worlds: Sequence[World], blur: str) -> dict[str, float]:
    return measures([compared(world, ledger_of(world, blur)) for world in worlds])


def ledger_of(world: World, blur: str) -> pl.DataFrame:
    """The ledger rows of a blurred bill."""
    return platform_rows(world.usage(), world.bill(blur), Known(world.days, None, DEFAULT_ID))


def compared(world: World, rows: pl.DataFrame) -> pl.DataFrame:
    """Each use with its ``true`` cost and the ledger's ``found``, and the ``basis``."""
    used = (
        rows.filter(pl.col("tokens").is_not_null())
        .group_by(KEYS)
        .agg(found=pl.col("cost_microcents").sum(), basis=pl.col("cost_basis").unique().sort().str.join("+"))
    )
    return (
        world.truth()
        .join(used, on=KEYS, how="left", nulls_equal=True)
        .with_columns(pl.col("true", "found").fill_null(0))
    )


def measures(worlds: Sequence[pl.DataFrame]) -> dict[str, float]:
    """What went wrong, as parts of all cost; the worst of all keys that have a hundredth of their bill."""
    whole = sum(rows["true"].sum() for rows in worlds)
    off = pl.col("found") - pl.col("true")
    wrong = off.abs() > _ONE
    return {
        "keys": sum(_moved(rows, ["api_key_id"]) for rows in worlds) / whole,
        "worst": max(_worst(rows) for rows in worlds),
        "tiers": sum(_moved(rows, ["service_tier"]) for rows in worlds) / whole,
        **{name: _error(worlds, *effect) for name, effect in EFFICIENCY.items()},
        "wrong billed": sum(_of(rows, (pl.col("basis") == "billed") & wrong) for rows in worlds) / whole,
        "billed": sum(_of(rows, pl.col("basis") == "billed") for rows in worlds) / whole,
        "allocated": sum(_of(rows, pl.col("basis") == "allocated") for rows in worlds) / whole,
        "wrong allocated": sum(_of(rows, (pl.col("basis") == "allocated") & wrong) for rows in worlds)
        / whole,
    }


def _of(rows: pl.DataFrame, which: pl.Expr) -> int:
    return int(rows.filter(which)["true"].sum())


def _moved(rows: pl.DataFrame, by: list[str]) -> float:
    sums = rows.group_by(by).agg(pl.col("true", "found").sum())
    return float((sums["found"] - sums["true"]).abs().sum()) / 2


def _worst(rows: pl.DataFrame) -> float:
    sums = rows.group_by("api_key_id").agg(pl.col("true", "found").sum())
    large = sums.filter(pl.col("true") > rows["true"].sum() / 100)
    return float(((large["found"] - large["true"]).abs() / large["true"]).max() or 0)


def _error(worlds: Sequence[pl.DataFrame], name: str, values: Sequence[str], reference: str) -> float:
    found, true = (
        sum(_saved(rows, cost, name, values, reference) for rows in worlds) for cost in ("found", "true")
    )
    return found / true - 1


def _saved(rows: pl.DataFrame, cost: str, name: str, values: Sequence[str], reference: str) -> float:
    """What some tokens would cost at the month's rate of others that are alike else, less what they did."""
    month = rows.with_columns(pl.col("day").dt.month_start())
    by = ["day", *(key for key in _RATE if key != name)]
    rate = (
        month.filter(pl.col(name) == reference)
        .group_by(by)
        .agg(rate=pl.col(cost).sum() / pl.col("tokens").sum())
    )
    some = month.filter(pl.col(name).is_in(values)).join(rate, on=by)
    return float((some["rate"] * some["tokens"] - some[cost]).sum())


def _words(found: dict[str, float]) -> list[str]:
    texts = (f"{100 * value:.3f} %" for value in found.values())
    return [text.replace("-0.000", "0.000") for text in texts]


BEFORE: dict[str, str] = {
    "nothing": "0.00, 0.0, 0.00, 0.0, 0.00 %",
    "tier collapsed to standard": "3.48, 56.3, 4.27, 225.5, 5.45 %",
    "tier collapsed to batch": "6.07, 195.2, 6.54, -43.6, 1.69 %",
    "tier collapsed to null": "0.05, 1.6, 0.08, 0.0, 0.00 %",
    "geo null": "1.78, 23.2, 2.13, -27.7, 0.00 %",
    "geo null for models without": "0.26, 9.1, 0.31, -5.6, 0.00 %",
    "context window null": "1.51, 23.2, 1.84, -27.6, 0.00 %",
    "speed absent": "0.00, 0.0, 0.00, 0.0, 0.00 %",
    "alias for dated models": "8.15, 100.0, 8.15, -15.0, 0.00 %",
    "default workspace by id": "0.00, 0.0, 0.00, 0.0, 0.00 %",
    "all at once": "9.15, 100.0, 8.77, -37.2, 0.00 %",
}
"""The same organizations with the split by equal names of 0.2.0."""
