"""Splits what the newest reports tell by key alone, by the unit prices that their set *rates* tells.

A key's cost and its tokens stay as they are told; of which price they are is an estimate. Where the other
report tells a key's prices, they are shared as there. Where neither does, a key's tokens are shared so that
its cost is met and, as nearly as it goes, the tokens of each price: two prices leave no doubt, and a key that
pays one price is taken to use nothing else.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from core.ledger.newest_cells import IDS, JOIN, NAMES, PRICE, added_up, untold
from core.ledger.split import with_parts

RATES: dict[str, pl.DataType] = {
    "day": pl.Date(),
    "model": pl.String(),
    **{name: pl.String() for name in PRICE},
    "cost_type": pl.String(),
    "token_type": pl.String(),
    "cost": pl.Int64(),
    "list_cost": pl.Int64(),
    "tokens": pl.Int64(),
}
"""What a day's cells of one price cost in micro-cents, and the tokens behind it; null is not told."""

_ROUNDS = 40
_MET = 1e-6
"""So near to the tokens of each price is near enough."""
_EQUAL = 1e-9
_FINE = 2.0**50
"""Weights are whole numbers."""
_LEAST = 1e-12
_GROUP = ["day", "model", "token_type"]
_KEY = [*IDS, "token_type"]
_SHARE = [*_KEY, *PRICE, "share"]


class Sides(NamedTuple):
    """What is billed and what was used, a row for each of ``JOIN`` of ``newest_cells``."""

    billed: pl.DataFrame
    used: pl.DataFrame


def completed(sides: Sides, rates: pl.DataFrame) -> Sides:
    """Both with prices told where ``rates`` tell them; what is billed gets ``estimated``, 0 or 1."""
    billed, used = sides.billed.with_columns(estimated=pl.lit(0, pl.Int64)), sides.used
    prices = _unit_prices(rates)
    if prices.is_empty() or (_open(billed).is_empty() and _open(used).is_empty()):
        return Sides(billed, used)
    cells = _cells(billed, used, prices)
    paid = {"cost_microcents": pl.col("price"), "list_cost_microcents": pl.coalesce("list_price", "price")}
    costs = cells.with_columns(
        pl.lit(1, pl.Int64).alias("estimated"),
        *((pl.col("share") * price).fill_null(0.0).alias(f"of_{cost}") for cost, price in paid.items()),
    )
    tokens = cells.with_columns(of_tokens="share")
    return Sides(_split(billed, costs, tuple(paid)), _split(used, tokens, ("tokens",)))


def _unit_prices(rates: pl.DataFrame) -> pl.DataFrame:
    """Cells of tokens with ``price`` and ``list_price``; null where no cost is told of them."""
    of_tokens = rates.filter(pl.col("token_type").is_not_null(), pl.col("tokens") > 0)
    return of_tokens.select(
        *_GROUP,
        *PRICE,
        whole=pl.col("tokens").cast(pl.Float64),
        price=pl.col("cost") / pl.col("tokens"),
        list_price=pl.col("list_cost") / pl.col("tokens"),
    )


def _open(side: pl.DataFrame) -> pl.DataFrame:
    """Rows of tokens whose price is not told."""
    return side.filter(untold() & pl.col("token_type").is_not_null())


def _cells(billed: pl.DataFrame, used: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """The cells that each key is split over: ``share`` is how many tokens of them it used."""
    cost, use = _open(billed), _open(used)
    by_use = _priced(_only(used, billed), _without(cost, use), prices).with_columns(share=_float("tokens"))
    by_cost = _priced(_only(billed, used), _without(use, cost), prices).filter(pl.col("price") > 0)
    by_cost = by_cost.with_columns(share=_float("cost_microcents") / pl.col("price"))
    told = used.filter(~untold()).with_columns(share=_float("tokens"))
    left = _less(prices, pl.concat([told.select(_SHARE), by_cost.select(_SHARE)]))
    costs = cost.select(*_KEY, "cost_microcents")
    keys = _without(use, by_cost).join(costs, on=_KEY, how="left", nulls_equal=True, maintain_order="left")
    names = [*_SHARE, "price", "list_price"]
    return pl.concat([cells.select(names) for cells in (by_use, by_cost, _shared(keys.drop(PRICE), left))])


def _float(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Float64)


def _without(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    return rows.join(others, on=_KEY, how="anti", nulls_equal=True, maintain_order="left")


def _only(side: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """What one side alone tells of."""
    return side.filter(~untold()).join(other, on=JOIN, how="anti", nulls_equal=True, maintain_order="left")


def _priced(told: pl.DataFrame, keys: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    of_keys = told.join(keys, on=_KEY, how="semi", nulls_equal=True, maintain_order="left")
    return of_keys.join(prices, on=[*_GROUP, *PRICE], nulls_equal=True, maintain_order="left")


def _less(prices: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    """The cells with what is left of their ``whole``."""
    names = [*_GROUP, *PRICE]
    sums = counted.group_by(names).agg(counted=pl.col("share").sum())
    left = prices.join(sums, on=names, how="left", nulls_equal=True, maintain_order="left")
    less = left.with_columns(whole=pl.col("whole") - pl.col("counted").fill_null(0.0))
    return less.drop("counted").filter(pl.col("whole") > 0)


def _shared(keys: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """``share`` of each key, which has ``tokens`` and ``cost_microcents``, in each cell of its model."""
    pairs = keys.with_row_index("key").join(
        cells.with_row_index("cell"), on=_GROUP, nulls_equal=True, maintain_order="left"
    )
    paid = pl.col("price").fill_null(0.0)
    may_be = pl.col("cost_microcents").is_not_null() | (paid == 0)
    begun = _begun(pairs.filter(may_be).with_columns(paid=paid)).filter(pl.col("share") > 0)
    sure = begun.filter(pl.len().over("key") == 1)
    left = begun.join(sure, on="key", how="anti", maintain_order="left").join(
        sure.group_by("cell").agg(gone=pl.col("share").sum()), on="cell", how="left", maintain_order="left"
    )
    whole = pl.col("whole") - pl.col("gone").fill_null(0.0)
    rest = _begun(left.with_columns(whole=whole).drop("gone").filter(pl.col("whole") >= 1))
    return pl.concat([sure, _prices_met(rest)])


def _prices_met(pairs: pl.DataFrame) -> pl.DataFrame:
    """Meet the tokens of each price and those of each key in turn, keys last."""
    for _ in range(_ROUNDS):
        met = pl.col("share").sum().over("cell") / pl.col("whole")
        if not pairs.select((met - 1).abs().max() > _MET).item():
            break
        pairs = _keys_met(pairs.with_columns(share=pl.col("share") / met))
    return pairs


def _begun(pairs: pl.DataFrame) -> pl.DataFrame:
    """Keys by what there is of each price; those that pay just one price by that alone."""
    tokens, cost, paid = pl.col("tokens"), pl.col("cost_microcents").fill_null(0), pl.col("paid")
    is_its = (paid * tokens - cost).abs() <= 1 + cost.abs() * _EQUAL
    least, most = paid.min().over("key"), paid.max().over("key")
    return _keys_met(
        pairs.with_columns(
            share=pl.when(is_its | ~is_its.any().over("key")).then("whole").otherwise(0.0),
            average=pl.max_horizontal(least + most * _LEAST, pl.min_horizontal(cost / tokens, most)),
        )
    )


def _keys_met(pairs: pl.DataFrame) -> pl.DataFrame:
    """Scale what is cheaper than a key's average price, and what is dearer, so that the key's tokens and its
    cost are met.
    """
    share, paid, average = pl.col("share"), pl.col("paid"), pl.col("average")
    is_dear = paid >= average
    cheap, dear = (share.filter(of).sum().over("key") for of in (~is_dear, is_dear))
    low, high = ((share * paid).filter(of).sum().over("key") for of in (~is_dear, is_dear))
    low, high = low / cheap, high / dear
    part = pl.when(cheap == 0).then(1.0).when(dear == 0).then(0.0).otherwise((average - low) / (high - low))
    scaled = pl.when(is_dear).then(share * part / dear).otherwise(share * (1 - part) / cheap)
    return pairs.with_columns(share=pl.col("tokens") * scaled.fill_nan(0.0))


def _split(side: pl.DataFrame, cells: pl.DataFrame, amounts: tuple[str, ...]) -> pl.DataFrame:
    """Open rows shared among their cells, each amount by its ``of_…``; others stay as they are."""
    rows = _open(side).with_row_index("row")
    names = [*PRICE, *(["estimated"] if "estimated" in cells.columns else [])]
    weights = cells.select(*_KEY, *names, "share", *(f"of_{name}" for name in amounts))
    pairs = rows.drop(names).join(weights, on=_KEY, nulls_equal=True, maintain_order="left")
    if pairs.is_empty():
        return side
    for amount in amounts:
        pairs = _parted(pairs, amount)
    kept = side.join(rows.join(pairs, on="row", how="semi"), on=JOIN, how="anti", nulls_equal=True)
    parts = pairs.filter(pl.any_horizontal(pl.col(amounts).is_not_null())).select(side.columns)
    sums = [name for name in side.columns if name not in (*JOIN, *NAMES)]
    return added_up(pl.concat([kept, parts]), **{name: name for name in sums})


def _parted(pairs: pl.DataFrame, amount: str) -> pl.DataFrame:
    """``amount`` of each row split over its cells, by their shares where none has a weight; null for none."""
    weight, share = pl.col(f"of_{amount}"), pl.col("share")
    any_weight = pl.when(weight.max().over("row") > 0).then(weight).otherwise(share)
    weighed = pairs.with_row_index("pair").with_columns(_any=any_weight, _all=amount)
    whole = (pl.col("_any") / pl.col("_any").max().over("row") * _FINE).fill_nan(0.0).round().cast(pl.Int128)
    some = weighed.with_columns(_weight=whole).filter(pl.col("_weight") > 0, pl.col("_all").is_not_null())
    parts = with_parts(some, amount="_all", weight="_weight", group="row", part="_part")
    told = parts.filter((pl.col("_part") != 0) | (pl.col("_all") == 0)).select("pair", "_part")
    joined = weighed.join(told, on="pair", how="left", maintain_order="left")
    return joined.with_columns(pl.col("_part").alias(amount)).select(pairs.columns)
