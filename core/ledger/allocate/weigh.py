"""How a bill is shared among the cells of usage it covers.

Usage of one price is shared by tokens. Where a bill mixes prices, tokens weigh what they cost where a bill
shows it, on the nearest day; the rest of the bill is what the others cost. Where no bill shows a price, the
published ratio stands in.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import polars as pl

from core.ledger.allocate.bill_names import PRICE, PRICE_KEY, SET, with_price_key
from core.ledger.allocate.match import OWN_TIERS, cover
from core.ledger.allocate.prices import nearest_prices, prices_shown
from core.ledger.allocate.published import ratio

_FINE, _LARGEST = 1000.0, 1e18
"""Weights are whole: thousandths of a micro-cent, or coarser where they would outgrow 128 bits."""
_LIKELY = (1 / 4, 4.0)
"""What is left of a bill is taken for what the unknown part cost if it is about what is published."""
_EQUAL = 1e-6


def shares(cells: pl.DataFrame, bills: pl.DataFrame, under_batch: Collection[str] = ()) -> pl.DataFrame:
    """A row for each bill and each cell it covers. ``under_batch``: see
    :func:`core.ledger.allocate.match.cover`.

    ``bill``, ``cell``, ``relaxed``, ``unsure``, ``tokens`` of the cell, ``amount_microcents`` of the bill,
    what the price goes by, ``billed_tier``; ``bills``: how many the cell has, ``cells`` and ``prices``: how
    many the bill has.
    """
    names = ["cell", "day", "alias", "token_type", *PRICE, "tokens"]
    covered = cover(cells, bills, under_batch).join(cells.select(names), on="cell")
    keyed = with_price_key(covered).drop(PRICE)
    tier = pl.col("said_service_tier").fill_null("").alias("billed_tier")
    amounts = keyed.join(bills.select("bill", "amount_microcents", tier), on="bill")
    return amounts.with_columns(
        bills=pl.len().over("cell"),
        cells=pl.len().over("bill"),
        prices=pl.struct(PRICE_KEY).n_unique().over("bill"),
    )


class Told(NamedTuple):
    """What bills tell of prices, and what they need: ``shown`` as
    :data:`core.ledger.allocate.prices.PRICES`, ``wanted`` by the names of a price, with ``day``."""

    shown: pl.DataFrame
    wanted: pl.DataFrame


def prices_of(cells: pl.DataFrame, bills: pl.DataFrame) -> Told:
    """The prices that these bills show, and those that it takes to split them.

    Where usage may stand under a bill of standard or of batch, what adds up tells which it is.
    """
    odd = cells.filter(pl.col("service_tier").is_in(OWN_TIERS).not_())
    among = cells.join(odd.select(SET).unique(), on=SET, how="semi", nulls_equal=True)
    other = shares(among, bills, odd["service_tier"].unique().to_list())
    usual = shares(cells, bills)
    wanted = pl.concat([usual, other]).filter(pl.col("prices") > 1).select("day", *PRICE_KEY)
    return Told(prices_shown(usual, other), wanted.unique().sort("day", *PRICE_KEY))


def weighed(shares: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """Add ``weight`` (Int128, positive), and ``certain``: all that the bill covers has one price, as far as
    known.

    ``shown``: as :data:`core.ledger.allocate.prices.PRICES`, of all days that may tell.
    """
    mixed = shares.filter(pl.col("prices") > 1)
    clear = ~pl.col("relaxed") & ~pl.col("unsure") & (pl.col("bills") == 1)
    plain = shares.filter(pl.col("prices") == 1).with_columns(
        weight=pl.col("tokens").cast(pl.Int128), certain=clear.all().over("bill")
    )
    if mixed.is_empty():
        return plain
    guessed = _guessed(nearest_prices(mixed.with_columns(ratio=ratio()), shown))
    cost = pl.col("guess") * pl.col("tokens")
    fine = pl.min_horizontal(pl.lit(_FINE), _LARGEST / cost.max().over("bill"))
    weight = (cost * fine).round().clip(lower_bound=1).cast(pl.Int128)
    alike = guessed.with_columns(weight=weight, certain=clear.all().over("bill") & _one_price())
    return pl.concat([plain, alike.select(plain.columns)])


def _guessed(mixed: pl.DataFrame) -> pl.DataFrame:
    """Add ``guess``: what a token cost, known or in proportion to what is known."""
    known, tokens = pl.col("price").is_not_null(), pl.col("tokens")
    paid = (pl.col("price") * tokens).sum().over("bill")
    usual = (pl.col("ratio") * tokens).filter(known).sum().over("bill")
    scale = pl.when(usual > 0).then(paid / usual).otherwise(1.0)
    rest = pl.col("amount_microcents") - pl.col("paid")
    open_ = (pl.col("guess") * tokens).filter(~known).sum().over("bill")
    fits = known.any().over("bill") & (rest / open_).is_between(*_LIKELY)
    return mixed.with_columns(paid=paid, guess=pl.coalesce("price", pl.col("ratio") * scale)).with_columns(
        guess=pl.when(~known & fits).then(pl.col("guess") * rest / open_).otherwise("guess")
    )


def _one_price() -> pl.Expr:
    """Bills show that all prices are the same, and this bill is just that much."""
    price, tokens, amount = pl.col("price"), pl.col("tokens"), pl.col("amount_microcents")
    known = price.is_not_null().all().over("bill")
    same = price.max().over("bill") <= price.min().over("bill") * (1 + _EQUAL)
    adds_up = ((price * tokens).sum().over("bill") - amount).abs() <= amount.abs() * _EQUAL
    return known & same & adds_up
