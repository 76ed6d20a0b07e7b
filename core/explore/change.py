"""Finds which values changed a sum, and whether price, volume or mix changed it.

All amounts are whole micro-cents and add up: the steps to the change, the four effects of a step to the step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise
from math import floor
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from core.explore.compare import Comparison
from core.explore.engine import rows
from core.explore.labels import group_label
from core.explore.query import Empty, Filter, Query, Value
from core.explore.top import free_label

if TYPE_CHECKING:
    from core.ledger.snapshot import Snapshot

CELL = (
    "cost_center", "model", "token_type", "service_tier", "context_window", "inference_geo", "speed",
)  # fmt: skip
"""What a price is for: inside one cell, on one day, every token costs the same."""

Group = tuple[tuple[str, Value], ...]
"""A group's values by dimension: with them a filter finds it again."""

Key = tuple[Value, ...]
Parts = tuple[Fraction, Fraction, Fraction]
"""Price, volume and mix, not rounded yet."""


class Cell(NamedTuple):
    """Priced tokens and their cost in micro-cents, before and now."""

    tokens_before: int
    cost_before: int
    tokens_now: int
    cost_now: int


@dataclass(frozen=True)
class Effects:
    """Parts of a change, in micro-cents.

    ``price``: the same tokens at another effective rate. ``volume``: more or fewer tokens in all, at the
    earlier mix. ``mix``: tokens moved between dearer and cheaper cells, new cells and vanished ones.
    ``unpriced``: cost that is not for tokens, as web search, code execution and what is unattributed.
    """

    price: int
    volume: int
    mix: int
    unpriced: int

    @property
    def sum(self) -> int:
        return self.price + self.volume + self.mix + self.unpriced

    def __add__(self, other: Effects) -> Effects:
        return Effects(*(getattr(self, name) + getattr(other, name) for name in _NAMES))


NO_EFFECTS = Effects(0, 0, 0, 0)


@dataclass(frozen=True)
class ChangeStep:
    """One value, or all others together; ``before`` and ``now`` in micro-cents or counts.

    ``values``: by dimension, empty for the others. ``effects`` is None where the measure has no price.
    """

    label: str
    before: int
    now: int
    state: str = ""
    values: Group = ()
    effects: Effects | None = None

    @property
    def change(self) -> int:
        return self.now - self.before


@dataclass(frozen=True)
class Change:
    """A change from one total to another, largest step first, all others last."""

    steps: tuple[ChangeStep, ...]
    before: int
    now: int
    effects: Effects | None = None

    @property
    def change(self) -> int:
        return self.now - self.before


def change_of(compared: pl.DataFrame, query: Query, n: int) -> Change:
    """The ``n`` largest changes of an answer from :func:`core.explore.compare.compared`, the rest as one.

    What is not known adds nothing, as in a total.
    """
    ranked = sorted(_steps(compared, query), key=lambda step: (-abs(step.change), step.label))
    first, rest = ranked[:n], ranked[n:]
    first, still = [s for s in first if s.change], [s for s in first if not s.change]
    others = [*still, *rest]
    if any(step.before or step.now for step in others):
        label = free_label({step.label for step in first})
        first.append(ChangeStep(label, sum(s.before for s in others), sum(s.now for s in others)))
    return Change(tuple(first), sum(s.before for s in ranked), sum(s.now for s in ranked))


def _steps(compared: pl.DataFrame, query: Query) -> Iterable[ChangeStep]:
    labelled = compared.with_columns(group_label(query.series).alias("_label"))
    for row in labelled.iter_rows(named=True):
        before, now = row["before"] or 0, row[query.measures[0]] or 0
        yield ChangeStep(row["_label"], before, now, row["state"], values_of(row, query))


def values_of(row: Mapping[str, Any], query: Query) -> Group:
    """The values of a row of an answer."""
    return tuple((name, _value(row, name)) for name in query.series)


def _value(row: Mapping[str, Any], name: str) -> Value:
    value = row[f"{name}_value"]
    return Empty(row[f"{name}_empty"]) if value is None else str(value)


def explained(ledger: Snapshot, query: Query, periods: Comparison, change: Change) -> Change:
    """The change with the effects of each step and of the whole.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    whole = _cells(ledger, query.grouped(), periods).get((), {})
    named = _named(ledger, query, periods, change.steps)
    rest = dict(whole)
    for cells in named:
        rest = {key: _minus(cell, cells.get(key, _NOTHING)) for key, cell in rest.items()}
    steps = tuple(
        replace(step, effects=Effects(*part, step.change - sum(part)))
        for step, part in zip(change.steps, split([*named, rest]), strict=False)
    )
    return replace(change, steps=steps, effects=sum((s.effects for s in steps if s.effects), NO_EFFECTS))


def own_effects(
    ledger: Snapshot, query: Query, periods: Comparison, changes: Mapping[Key, int]
) -> dict[Key, Effects]:
    """The effects in the change of each group by itself: what it would have if nothing else were there.

    ``changes``: by the group's values.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    cells = _cells(ledger, query, periods)
    parts = {group: split([cells.get(group, {})])[0] for group in changes}
    return {group: Effects(*part, changes[group] - sum(part)) for group, part in parts.items()}


_NAMES = ("price", "volume", "mix", "unpriced")
_NOTHING = Cell(0, 0, 0, 0)


def _minus(cell: Cell, other: Cell) -> Cell:
    return Cell(*(mine - theirs for mine, theirs in zip(cell, other, strict=True)))


def _named(
    ledger: Snapshot, query: Query, periods: Comparison, steps: Sequence[ChangeStep]
) -> list[dict[Key, Cell]]:
    """The cells of each step that has values."""
    named = [step.values for step in steps if step.values]
    if not named:
        return [_cells(ledger, query.grouped(), periods).get((), {})] if not query.series else []
    wanted = (Filter(name, tuple({dict(values)[name] for values in named})) for name in query.series)
    cells_of_group = _cells(ledger, query.narrowed(*wanted), periods)
    return [cells_of_group.get(tuple(value for _, value in values), {}) for values in named]


def _cells(ledger: Snapshot, query: Query, periods: Comparison) -> dict[Key, dict[Key, Cell]]:
    """By group, then by cell: priced tokens and their cost on both sides."""
    by_group: dict[Key, dict[Key, Cell]] = {}
    for now, period in ((False, periods.earlier), (True, periods.period)):
        names = tuple(dict.fromkeys((*query.series, *CELL)))
        asked = query.during(period).measuring("effective_rate").grouped(*names)
        for row in rows(ledger, asked).iter_rows(named=True):
            group, cell = (tuple(_value(row, name) for name in part) for part in (query.series, CELL))
            amounts = (row["_priced_tokens"] or 0, row["_priced_cost"] or 0)
            cells = by_group.setdefault(group, {})
            if now:
                before = cells.get(cell, _NOTHING)
                cells[cell] = Cell(before.tokens_before, before.cost_before, *amounts)
            else:
                cells[cell] = Cell(*amounts, 0, 0)
    return by_group


def split(parts: Sequence[Mapping[Key, Cell]]) -> list[tuple[int, int, int]]:
    """Price, volume and mix of each part, in whole micro-cents that add up to the part's change.

    With q tokens and C cost before, q' and C' now, over all parts: a cell with tokens on both sides has
    price effect C' - q' C / q. Volume is a part's earlier cost times the growth of all tokens. Mix is the
    rest; a new or vanished cell has nothing to compare its rate with, so beyond volume it is mix. Without any
    earlier token all is volume. Running sums are rounded, so that the parts' effects add up as well.
    """
    whole = _whole(parts)
    before, now = (sum(getattr(c, name) for c in whole.values()) for name in ("tokens_before", "tokens_now"))
    growth = Fraction(now, before) - 1 if before else None
    exact = [_fractions(cells, whole, growth) for cells in parts]
    sums = [largest_remainder(running) for running in _running(exact)]
    return [
        (price - done[0], volume - done[1], mix - done[2])
        for done, (price, volume, mix) in pairwise([(0, 0, 0), *sums])
    ]


def _running(parts: Iterable[Parts]) -> Iterable[Parts]:
    return accumulate(parts, lambda a, b: (a[0] + b[0], a[1] + b[1], a[2] + b[2]))


def _whole(parts: Sequence[Mapping[Key, Cell]]) -> dict[Key, Cell]:
    whole: dict[Key, Cell] = {}
    for cells in parts:
        for key, cell in cells.items():
            whole[key] = Cell(*map(sum, zip(whole.get(key, _NOTHING), cell, strict=True)))
    return whole


def _fractions(cells: Mapping[Key, Cell], whole: Mapping[Key, Cell], growth: Fraction | None) -> Parts:
    before = sum(cell.cost_before for cell in cells.values())
    change = Fraction(sum(cell.cost_now for cell in cells.values()) - before)
    if growth is None:
        return Fraction(0), change, Fraction(0)
    price = sum((_price(cell, whole[key]) for key, cell in cells.items()), Fraction(0))
    volume = before * growth
    return price, volume, change - price - volume


def _price(cell: Cell, whole: Cell) -> Fraction:
    if not whole.tokens_before or not whole.tokens_now:
        return Fraction(0)
    return cell.cost_now - Fraction(whole.cost_before * cell.tokens_now, whole.tokens_before)


def largest_remainder(parts: Parts) -> tuple[int, int, int]:
    """Whole numbers near ``parts``, whose sum is whole, that add up to the same."""
    floors = [floor(part) for part in parts]
    missing = int(sum(parts)) - sum(floors)
    order = sorted(range(len(parts)), key=lambda n: (floors[n] - parts[n], n))
    first, second, third = (down + (n in order[:missing]) for n, down in enumerate(floors))
    return first, second, third
