"""Which usage a bill covers: for each cell of usage the bills that name it best.

The two reports do not spell a cell alike. A bill that says nothing of a name may cover any value of it, and
one of the tier ``standard`` what ran as flex or on demand beside what ran as standard. So every bill of a
workspace, day, model and token type is held against every cell of usage there, and each cell goes with the
bill that needs the least to be read differently. No cell is left without a cost that some bill may cover;
what is left on both sides then meets with one name aside, and with two or three.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce
from operator import or_

import polars as pl

from core.dimensions import NOT_TOLD
from core.ledger.allocate.bill_names import FLEX, GEOS_ALIKE, PRICE, SET, told

_EXACT, _KIN, _NOT_SAID, _ALIKE, _UNDER_USUAL, _UNDER_OTHER = 0, 1, 2, 3, 3, 4
"""How far a name is from the bill's; null is further than may be."""
OWN_TIERS = ("standard", "batch", "priority")
"""Tiers that the bill knows, or leaves out: all else is billed under one of the first two, or none."""
_ASIDE = {"inference_geo": 1, "context_window": 2, "service_tier": 4}
_RELAXED = (1, 2, 4, 3, 5, 6, 7)
"""Names put aside for what is left over: geo, context window, tier, then two of them, then all three."""


def cover(cells: pl.DataFrame, bills: pl.DataFrame, under_batch: Collection[str] = ()) -> pl.DataFrame:
    """``cell`` and ``bill`` of all that belong together, each pair once.

    ``cells``: ``cell`` with :data:`core.ledger.allocate.bill_names.CELL`, without Priority tier. ``bills``:
    ``bill`` as :func:`core.ledger.allocate.bill_names.with_said` makes them. ``under_batch``: tiers that the
    bill is known to list as batch. ``relaxed``: some name of the pair contradicts. ``unsure``: usage that may
    be under this bill may also be under another one.
    """
    pairs = _with_gaps(
        cells.join(bills.select("bill", *SET, *_said()), on=SET, nulls_equal=True), list(under_batch)
    )
    fits = pairs.filter(pl.col("gap").is_not_null())
    best, second = _best(fits)
    torn = fits.join(_settled(pl.concat([best, second])), on="cell", how="anti").filter(_torn())
    vague = pl.concat([torn.select("bill"), fits.filter(_untold()).select("bill")])
    unsure = vague.unique().with_columns(unsure=pl.lit(value=True))
    levels = [best, second, *_relaxed(pairs, fits)]
    taken = pl.concat(
        [frame.select("cell", "bill", relaxed=pl.col("gap").is_null()) for frame in levels if frame.height]
        or [best.select("cell", "bill", relaxed=pl.col("gap").is_null())]
    )
    return taken.join(unsure, on="bill", how="left").with_columns(pl.col("unsure").fill_null(value=False))


def _best(fits: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Each cell with its nearest bills, and each bill that has none of them with its nearest cells.

    Such a bill has usage of a tier without a name on bills for itself, if the bill it is nearer to has other.
    """
    best = fits.filter(pl.col("gap") == pl.col("gap").min().over("cell"))
    lonely = fits.join(best.select("bill").unique(), on="bill", how="anti")
    second = lonely.filter(pl.col("gap") == pl.col("gap").min().over("bill"))
    odd = second.filter(_is_odd()).select("cell").unique()
    kept = best.join(odd, on="cell", how="anti").select("bill").unique()
    needed = best.join(kept, on="bill", how="anti").select("cell").unique()
    leaving = odd.join(needed, on="cell", how="anti")
    return best.join(leaving, on="cell", how="anti"), second


def _settled(met: pl.DataFrame) -> pl.DataFrame:
    """Each ``cell`` without which its only bill would cover nothing: it can stand nowhere else."""
    alone = (pl.len().over("bill") == 1) & (pl.len().over("cell") == 1)
    return met.filter(alone).select("cell")


def _is_odd() -> pl.Expr:
    return pl.col("service_tier").is_in(OWN_TIERS).not_().fill_null(value=True)


def _said() -> list[str]:
    return [f"said_{name}" for name in ("model", *PRICE)]


def _with_gaps(pairs: pl.DataFrame, under_batch: list[str]) -> pl.DataFrame:
    """Add ``gap_…`` of each name and ``gap``, their sum; null where the two contradict each other."""
    gaps = {
        "model": _model_gap(),
        "service_tier": _tier_gap(under_batch),
        "context_window": _gap("context_window"),
        "inference_geo": _gap("inference_geo", alike=GEOS_ALIKE),
        "speed": _gap("speed"),
    }
    each = pairs.with_columns(value.alias(f"gap_{name}") for name, value in gaps.items())
    return each.with_columns(gap=pl.sum_horizontal((f"gap_{n}" for n in gaps), ignore_nulls=False))


def _gap(name: str, alike: tuple[str, ...] = ()) -> pl.Expr:
    used, said = told(name), pl.col(f"said_{name}")
    kin = used.is_in(alike) & said.is_in(alike)
    return (
        pl.when(used.eq_missing(said))
        .then(_EXACT)
        .when(used.is_null() | said.is_null())
        .then(_NOT_SAID)
        .when(kin)
        .then(_ALIKE)
    )


def _tier_gap(under_batch: list[str]) -> pl.Expr:
    used, said = told("service_tier"), pl.col("said_service_tier")
    elsewhere = used.is_in(OWN_TIERS).not_()
    usual = pl.when(used.is_in(under_batch)).then(pl.lit("batch")).otherwise(pl.lit("standard"))
    return (
        pl.when(used.eq_missing(said))
        .then(_EXACT)
        .when(used.is_in(FLEX) & said.is_in(FLEX))
        .then(_KIN)
        .when(used.is_null() | said.is_null())
        .then(_NOT_SAID)
        .when(elsewhere & said.eq(usual))
        .then(_UNDER_USUAL)
        .when(elsewhere & said.is_in(("standard", "batch")))
        .then(_UNDER_OTHER)
    )


def _model_gap() -> pl.Expr:
    """A name without a date stands for any date, two dates are two models."""
    used, said = pl.col("model"), pl.col("said_model")
    undated = used.eq(pl.col("alias")) | said.eq(pl.col("alias"))
    return pl.when(used.eq_missing(said)).then(_EXACT).when(undated).then(_NOT_SAID)


def _torn() -> pl.Expr:
    """Pairs of usage that bills of several tiers may cover, none by name."""
    nowhere = pl.col("gap_service_tier").min().over("cell") >= _NOT_SAID
    several = pl.col("said_service_tier").n_unique().over("cell") > 1
    return _is_odd() & nowhere & several


def _untold() -> pl.Expr:
    """Pairs of usage whose names could not be told apart."""
    return reduce(or_, (pl.col(name).eq(NOT_TOLD).fill_null(value=False) for name in PRICE))


def _relaxed(pairs: pl.DataFrame, fits: pl.DataFrame) -> list[pl.DataFrame]:
    """What no bill may cover, and bills that may cover nothing, with ever more names put aside."""
    left = pairs.filter(pl.col("gap_model").is_not_null() & pl.col("gap_speed").is_not_null())
    aside = sum((pl.col(f"gap_{name}").is_null() * bit for name, bit in _ASIDE.items()), pl.lit(0))
    left = left.with_columns(aside=aside)
    met, levels = fits, []
    for names in _RELAXED:
        left = left.join(met.select("cell").unique(), on="cell", how="anti")
        left = left.join(met.select("bill").unique(), on="bill", how="anti")
        if left.is_empty():
            break
        met = left.filter(pl.col("aside") == names)
        levels.append(met)
    return levels
