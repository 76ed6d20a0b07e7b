"""What a token cost on a day, where a bill shows it.

A bill that covers usage of one price shows that price. One that mixes prices shows the last of them once all
others are known from bills of the same day. Nothing here is taken from a price list.
"""

from __future__ import annotations

import polars as pl

from core.ledger.allocate.bill_names import PRICE_KEY
from core.ledger.allocate.published import ratio

PRICES: dict[str, pl.DataType] = {
    "day": pl.Date(),
    **{name: pl.String() for name in PRICE_KEY},
    "billed_tier": pl.String(),
    "cost": pl.Int64(),
    "tokens": pl.Int64(),
}
"""``cost`` (micro-cents) over ``tokens`` is the price of a day; names without a value are empty text.
``billed_tier``: what the bill that shows it calls the tier."""

_ROUNDS = 4
"""How often what was found out may tell more."""
_LIKELY = (1 / 8, 8.0)
"""A price that follows from others lies in this range around the published one, or something else is wrong.
"""
_ODD = ~pl.col("price_service_tier").is_in(["", "standard", "batch"])
"""Tiers the bill has no name for."""
_PRICE = ["day", *PRICE_KEY]
_SHOWN = [*_PRICE, "billed_tier"]


def prices_shown(shares: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """The prices of some days, as ``PRICES``. ``shares``: see :func:`core.ledger.allocate.weigh.shares`.

    ``others``: with usage that may be under two bills under the other one. What it costs counts where that
    adds up; what else is under such a bill is not told by it.
    """
    sure = _merged(shares.filter(~pl.col("unsure").any().over("bill")))
    shown = _summed(sure.filter(pl.col("prices") == 1).rename({"amount_microcents": "cost"}))
    torn = [_merged(frame.filter(pl.col("unsure").any().over("bill"))) for frame in (shares, others)]
    for _ in range(_ROUNDS):
        before = shown.height
        for mixed, told in ((sure, pl.lit(value=True)), *((frame, _ODD) for frame in torn)):
            following = _following(mixed.filter(pl.col("prices") > 1), shown).filter(told)
            shown = pl.concat([shown, _summed(following)])
        if shown.height == before:
            break
    return shown.sort(_SHOWN)


def _merged(shares: pl.DataFrame) -> pl.DataFrame:
    """What bills without any contradiction cover, added up by price."""
    clear = ~pl.col("relaxed") & (pl.col("bills") == 1)
    kept = shares.filter(clear.all().over("bill"), pl.col("amount_microcents") > 0)
    return kept.group_by("bill", *_SHOWN, "prices").agg(
        pl.col("tokens").sum(), pl.col("amount_microcents").first()
    )


def tiers_under_batch(shown: pl.DataFrame) -> list[str]:
    """Tiers the bill has no name for that stand there as batch rather than as standard."""
    odd = shown.filter(_ODD)
    under = pl.col("tokens").filter(pl.col("billed_tier") == "batch").sum()
    beside = pl.col("tokens").filter(pl.col("billed_tier") == "standard").sum()
    tiers = odd.group_by("price_service_tier").agg(under=under, beside=beside)
    return sorted(tiers.filter(pl.col("under") > pl.col("beside"))["price_service_tier"])


def _per_token(shown: pl.DataFrame) -> pl.DataFrame:
    """``price`` of each day and name, whatever the bill called it."""
    price = pl.col("cost").sum() / pl.col("tokens").sum()
    return shown.group_by(_PRICE).agg(price=price).sort("day")


def _summed(rows: pl.DataFrame) -> pl.DataFrame:
    sums = rows.group_by(_SHOWN).agg(pl.col("cost").sum(), pl.col("tokens").sum())
    return sums.select(pl.col(name).cast(kind) for name, kind in PRICES.items())


def _following(mixed: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """Where a bill has one price that is not known: its tokens, and what is left of the bill for them."""
    known = pl.col("price").is_not_null()
    priced = mixed.join(_per_token(shown), on=_PRICE, how="left").with_columns(ratio=ratio())
    paid = (pl.col("price") * pl.col("tokens")).sum().over("bill")
    usual = paid / (pl.col("ratio") * pl.col("tokens")).filter(known).sum().over("bill")
    last = priced.with_columns(
        open=(~known).sum().over("bill"),
        cost=(pl.col("amount_microcents") - paid).round(),
        usual=usual * pl.col("ratio") * pl.col("tokens"),
    ).filter(~known, pl.col("open") == 1)
    return last.filter((pl.col("cost") / pl.col("usual")).is_between(*_LIKELY))


def nearest_prices(wanted: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """Add ``price`` (micro-cents a token), that of the nearest day which shows one; null where none does."""
    known = _per_token(shown).rename({"day": "shown_on"})
    days = wanted.select(_PRICE).unique().sort("day")
    nearest = days.join_asof(
        known,
        left_on="day",
        right_on="shown_on",
        by=PRICE_KEY,
        strategy="nearest",
        check_sortedness=False,  # both are sorted just above
    )
    return wanted.join(nearest.select(*_PRICE, "price"), on=_PRICE, how="left", maintain_order="left")
