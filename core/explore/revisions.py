"""How much past days changed: sums, and the changes as a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from core.clock import rfc3339
from core.dimensions import Unit
from core.explore.cells import number_text
from core.explore.sheets import Column
from core.periods import day_of
from core.store.changes import DayChange
from core.stream import StreamUnit
from core.streams import UNITS


@dataclass(frozen=True)
class Moves:
    """The sums of what days moved, by unit (dollars in micro-cents). Reports by user are not in them.

    ``days`` is how many days of a connection moved, ``late`` how many of them after Anthropic's revisions
    should be over.
    """

    sums: Mapping[StreamUnit, int]
    days: int
    late: int


def moves(changes: Iterable[DayChange]) -> Moves:
    """Add up. Each day is counted once for a connection, whatever reports of it moved."""
    all_changes = list(changes)
    totals = [change for change in all_changes if change.is_total]
    return Moves(
        {unit: sum(change.moved for change in totals if change.unit is unit) for unit in UNITS},
        len({(change.cost_center, change.day) for change in all_changes}),
        len({(change.cost_center, change.day) for change in all_changes if change.late}),
    )


def change_columns(changes: Iterable[DayChange], reports: Mapping[str, str]) -> list[Column]:
    """One row for each change.

    Amounts are exact: US dollars with eight places, or whole tokens or counts. Where a report held no rows of
    the day, the cell is empty. ``reports`` names the streams.
    """
    rows = list(changes)
    return [
        Column("changed_at", [rfc3339(change.changed_at) for change in rows]),
        Column("day", pl.Series([change.day for change in rows], dtype=pl.Date)),
        Column("days_later", [(day_of(change.changed_at) - change.day).days for change in rows]),
        Column("cost_center", [change.cost_center for change in rows]),
        Column("report", [reports.get(change.stream, change.stream) for change in rows]),
        Column("unit", [change.unit.value for change in rows]),
        _amounts("before", rows),
        _amounts("after", rows),
        _amounts("moved", rows),
        Column("late", ["yes" if change.late else "no" for change in rows]),
    ]


def _amounts(name: str, changes: Iterable[DayChange]) -> Column:
    """Each amount in the unit of its own row."""
    texts = [_amount(getattr(change, name), is_cost=change.is_cost) for change in changes]
    return Column(name, written=pl.Series(texts, dtype=pl.String))


def _amount(amount: int | None, *, is_cost: bool) -> str | None:
    return None if amount is None else number_text(amount, Unit.USD if is_cost else Unit.COUNT)


def changes_file_stem(since: date) -> str:
    """Its name without extension."""
    return f"token-ledger_changes_since_{since.isoformat()}"
