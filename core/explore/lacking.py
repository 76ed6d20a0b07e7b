"""Months that an earlier version built, and what their files do not know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from core.dimensions import DIMENSIONS
from core.explore.query import Query
from core.explore.scan import kept_files

if TYPE_CHECKING:
    from core.ledger.snapshot import Snapshot


@dataclass(frozen=True)
class LackingMonth:
    """``month`` is its first day. What ``labels`` name is unknown in it until a sync builds it anew."""

    connection_id: int
    month: date
    labels: tuple[str, ...]


def lacking_months(ledger: Snapshot, query: Query) -> tuple[LackingMonth, ...]:
    """Months of the query whose files lack columns that matter to it, latest first."""
    asked = {*query.group_by, *(one.dimension for one in query.filters)}
    files = sorted(kept_files(ledger, query), key=lambda file: file.month, reverse=True)
    lacks = ((file, [name for name in file.lacks if name not in _WORDS or name in asked]) for file in files)
    return tuple(
        LackingMonth(file.connection_id, file.month, tuple(map(_column_label, names)))
        for file, names in lacks
        if names
    )


_WORDS = ("billed_tier",)
"""Columns that nothing but a question by their name looks at."""


def _column_label(name: str) -> str:
    return DIMENSIONS[name].label if name in DIMENSIONS else name.replace("_", " ")
