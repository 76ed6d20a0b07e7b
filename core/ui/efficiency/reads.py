"""What the Efficiency page reads, cached as ``core.ui.app.data`` caches."""

from __future__ import annotations

import polars as pl

from core.explore import efficiency, rates
from core.explore.query import Query
from core.ledger.snapshot import Snapshot
from core.periods import Period
from core.ui.app import data


def effect(ledger: Snapshot, query: Query, name: str) -> efficiency.EffectTotal:
    """``core.explore.efficiency.effect_total``."""
    question, cells = query.grouped(), rate_cells(ledger, query.period)
    return data.cached(
        "effect", ledger, (question, name), lambda: efficiency.effect_total(ledger, question, name, cells)
    )


def effect_by(ledger: Snapshot, query: Query, name: str, dimension: str) -> pl.DataFrame:
    """``core.explore.efficiency.effect_by``; never change the frame."""
    question, cells = query.grouped(), rate_cells(ledger, query.period)
    return data.cached(
        "effect_by",
        ledger,
        (question, name, dimension),
        lambda: efficiency.effect_by(ledger, question, name, cells, dimension),
    )


def discount_by(ledger: Snapshot, query: Query, dimension: str) -> pl.DataFrame:
    """``core.explore.efficiency.discount_by``; never change the frame."""
    question = query.grouped()
    return data.cached(
        "discount", ledger, (question, dimension), lambda: efficiency.discount_by(ledger, question, dimension)
    )


def rate_cells(ledger: Snapshot, period: Period) -> pl.DataFrame:
    """``core.explore.rates.rate_cells``; never change the frame."""
    return data.cached("rate_cells", ledger, (period,), lambda: rates.rate_cells(ledger, period))
