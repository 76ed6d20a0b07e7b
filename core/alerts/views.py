"""Where in the program more is to be seen of what is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlencode

from core.explore.links import DEFAULT_DISPLAY, short_params
from core.explore.query import Filter, Query
from core.periods import Period


def view(measure: str, period: Period, filters: Iterable[Filter], *within: Filter) -> str:
    """The page of an explorer that shows a measure of a scope, with the parameters of its link. ``within``:
    what narrows the scope.
    """
    query = Query((measure,), period, filters=tuple(filters)).narrowed(*within)
    page = "usage" if measure in ("tokens", "cache_hit_rate") else "cost"
    return f"{page}?{urlencode(short_params(query, replace(DEFAULT_DISPLAY, preset=None)), doseq=True)}"
