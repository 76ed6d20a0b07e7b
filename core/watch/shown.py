"""The view in which a finding is seen."""

from __future__ import annotations

from core.explore.query import Query
from core.periods import Period
from core.store.findings import FoundNow
from core.watch.evaluate import filters_of

_VIEWS = {
    "cost": ("cost", "cost"),
    "rate": ("cost", "effective_rate"),
    "tokens": ("usage", "tokens"),
    "cache": ("usage", "cache_hit_rate"),
}
"""Explorer and measure, by unit."""


def view_of(now: FoundNow, period: Period) -> tuple[str, Query]:
    """The explorer, and its series over ``period`` by the dimension that carries the difference."""
    page, measure = _VIEWS[now.unit]
    by = next((part.key.dimension for part in now.carriers if part.key.dimension != "origin"), "model")
    return page, Query((measure,), period, (by,), filters_of(now.key))
