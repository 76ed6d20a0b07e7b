"""The overview's numbers: month to date, run rate, movers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from core.explore.compare import complete_part, same_period_last_month
from core.explore.engine import rows, total
from core.explore.query import Empty, Filter, Query, Value
from core.periods import ONE_DAY, Period, month_start, next_month

if TYPE_CHECKING:
    from core.ledger.snapshot import Snapshot


@dataclass(frozen=True)
class MonthToDate:
    """Cost of a month so far; micro-cents, None is unknown.

    ``complete`` days are over. ``previous`` is as many days of the month before (all of it, where that is
    shorter): what the complete days compare with. ``run_rate`` is the whole month's cost should the complete
    days go on like this, None before there is one.
    """

    period: Period
    cost: int | None
    complete_period: Period
    complete_cost: int | None
    previous_period: Period
    previous_cost: int | None
    run_rate: int | None

    @property
    def change(self) -> int | None:
        """From the previous days to the complete days."""
        if self.complete_cost is None or self.previous_cost is None:
            return None
        return self.complete_cost - self.previous_cost

    @property
    def change_ratio(self) -> float | None:
        """The change as a share of the month before; None where that is unknown, zero or a credit."""
        if self.change is None or not self.previous_cost or self.previous_cost < 0:
            return None
        return self.change / self.previous_cost


@dataclass(frozen=True)
class Mover:
    """A value whose cost changed between two periods; micro-cents, a missing side counts as zero."""

    value: Value
    label: str
    cost: int
    previous_cost: int

    @property
    def change(self) -> int:
        return self.cost - self.previous_cost


def month_to_date(
    ledger: Snapshot, today: date, filters: tuple[Filter, ...] = (), complete_until: date | None = None
) -> MonthToDate:
    """The month ``today`` lies in. Days from ``complete_until`` on (``today``, by default) may still grow.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    start = month_start(today)
    period = Period(start, today + ONE_DAY)
    complete = complete_part(period, min(complete_until or today, today))
    before = same_period_last_month(complete)

    def cost(days: Period) -> int | None:
        value = total(ledger, Query(("cost",), days, filters=filters))["cost"]
        return None if value is None else int(value)

    month_days = Period(start, next_month(start)).days
    so_far = cost(complete)
    rate = run_rate(so_far, complete.days, month_days)
    return MonthToDate(period, cost(period), complete, so_far, before, cost(before), rate)


def run_rate(cost: int | None, complete_days: int, month_days: int) -> int | None:
    """Cost of ``month_days`` at the mean of ``complete_days``, in whole micro-cents; None without either."""
    if cost is None or complete_days < 1:
        return None
    return round(Fraction(cost * month_days, complete_days))


def by_origin(ledger: Snapshot, period: Period, filters: tuple[Filter, ...] = ()) -> pl.DataFrame:
    """Cost and tokens per Origin: ``core.explore.engine.rows`` columns."""
    return rows(ledger, Query(("cost", "tokens"), period, ("origin",), filters))


def movers(
    ledger: Snapshot,
    dimension: str,
    period: Period,
    previous: Period,
    *,
    filters: tuple[Filter, ...] = (),
    limit: int = 5,
) -> tuple[Mover, ...]:
    """The values of ``dimension`` whose cost changed most, up or down, between the periods; largest first.

    Raises:
        InputError: unknown dimension, or a sum beyond 64 bits.
    """
    now, then = (_costs(ledger, Query(("cost",), days, (dimension,), filters)) for days in (period, previous))
    labels = {value: label for value, (label, _) in (*then.items(), *now.items())}
    changed = [
        Mover(value, label, now.get(value, ("", 0))[1], then.get(value, ("", 0))[1])
        for value, label in labels.items()
    ]
    moving = [mover for mover in changed if mover.change]
    return tuple(sorted(moving, key=lambda mover: (-abs(mover.change), mover.label))[:limit])


def _costs(ledger: Snapshot, query: Query) -> dict[Value, tuple[str, int]]:
    (name,) = query.group_by
    frame = rows(ledger, query)
    empties = frame[f"{name}_empty"] if f"{name}_empty" in frame.columns else [None] * frame.height
    return {
        (Empty(empty) if value is None else value): (str(label), cost or 0)
        for value, empty, label, cost in zip(
            frame[f"{name}_value"], empties, frame[name], frame["cost"], strict=True
        )
    }
