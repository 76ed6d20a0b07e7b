"""What a grouping leaves without a value, because the dimension means nothing for its Origin."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from core.dimensions import DIMENSIONS, Origin
from core.explore.query import Empty, Query

if TYPE_CHECKING:
    from core.ledger.snapshot import Snapshot


@dataclass(frozen=True)
class Inapplicable:
    """What has no value in one of the dimensions grouped by, and all there is, in one measure."""

    dimension: str
    measure: str
    value: int
    of_all: int

    @property
    def origins(self) -> tuple[Origin, ...]:
        """Where the dimension does mean something: what to narrow to."""
        return DIMENSIONS[self.dimension].origins

    @property
    def others(self) -> tuple[Origin, ...]:
        """Where it means nothing."""
        return tuple(origin for origin in Origin if origin not in self.origins)


def inapplicable(
    read: Callable[[Snapshot, Query], pl.DataFrame], ledger: Snapshot, query: Query
) -> Iterable[Inapplicable]:
    """For each dimension ``query`` groups by: what has no value in it, in the first measure that is known.

    Measures are additive. ``read`` is ``core.explore.engine.rows``, or what keeps its frames.
    """
    for name in query.series:
        if len(DIMENSIONS[name].origins) < len(Origin):
            frame = read(ledger, query.grouped(name))
            without = frame.filter(pl.col(f"{name}_empty") == Empty.NOT_APPLICABLE.value)
            for measure in [m for m in query.measures if without[m].count()][:1]:
                yield Inapplicable(name, measure, int(without[measure].sum()), int(frame[measure].sum()))
