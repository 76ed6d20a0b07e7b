"""How much past days moved: sums, and the changes as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from core.clock import rfc3339
from core.explore.export import safe_text
from core.money import usd_decimal
from core.periods import day_of
from core.store.changes import DayChange
from core.streams import UNITS, StreamUnit


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
    found = list(changes)
    totals = [change for change in found if change.is_total]
    return Moves(
        {unit: sum(change.moved for change in totals if change.unit is unit) for unit in UNITS},
        len({(change.cost_center, change.day) for change in found}),
        len({(change.cost_center, change.day) for change in found if change.late}),
    )


_HEADER = (
    "changed_at",
    "day",
    "days_later",
    "cost_center",
    "report",
    "unit",
    "before",
    "after",
    "moved",
    "late",
)


def changes_csv(changes: Iterable[DayChange], reports: Mapping[str, str]) -> bytes:
    """One row for each change: UTF-8 with a byte order mark, comma, CRLF.

    Amounts are exact: US dollars with eight places, or whole tokens or counts. Where a report held no rows of
    the day, the cell is empty. ``reports`` names the streams.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_HEADER)
    writer.writerows(_csv_row(change, reports.get(change.stream, change.stream)) for change in changes)
    return text.getvalue().encode("utf-8-sig")


def _csv_row(change: DayChange, report: str) -> tuple[str, ...]:
    return (
        rfc3339(change.changed_at),
        change.day.isoformat(),
        str((day_of(change.changed_at) - change.day).days),
        safe_text(change.cost_center),
        safe_text(report),
        change.unit.value,
        _amount(change, change.before),
        _amount(change, change.after),
        _amount(change, change.moved),
        "yes" if change.late else "no",
    )


def _amount(change: DayChange, amount: int | None) -> str:
    if amount is None:
        return ""
    return usd_decimal(amount) if change.is_cost else str(amount)


def changes_csv_name(since: date) -> str:
    return f"token-ledger_changes_since_{since.isoformat()}.csv"
