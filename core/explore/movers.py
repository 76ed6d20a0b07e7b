"""Finds what moved the cost of a month, and whether price, volume or mix did it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from core.explore.change import NO_EFFECTS, Effects, own_effects
from core.explore.compare import Comparison
from core.explore.engine import rows
from core.explore.insights import Sides, side_query, span
from core.explore.query import Empty, Filter, Query, Value
from core.periods import Period

if TYPE_CHECKING:
    from core.ledger.snapshot import Snapshot


@dataclass(frozen=True)
class Mover:
    """A value whose cost changed between two periods; micro-cents, a missing side counts as zero.

    ``sides``: where it has rows. ``effects``: of its own tokens alone.
    """

    value: Value
    label: str
    cost: int
    previous_cost: int
    sides: tuple[Sides, ...]
    effects: Effects

    @property
    def change(self) -> int:
        return self.cost - self.previous_cost


def movers(
    ledger: Snapshot,
    dimension: str,
    sides: Iterable[Sides],
    *,
    filters: tuple[Filter, ...] = (),
    limit: int = 5,
) -> tuple[Mover, ...]:
    """The values of ``dimension`` whose cost changed most, up or down, between the sides; largest first.

    Raises:
        InputError: unknown dimension, or a sum beyond 64 bits.
    """
    moved: dict[Value, list[_Moved]] = defaultdict(list)
    for pair in sides:
        for part in _moved(ledger, side_query(pair, (dimension,), filters), pair):
            moved[part.value].append(part)
    changes = {value: sum(part.change for part in parts) for value, parts in moved.items()}
    moving = sorted(
        (value for value, change in changes.items() if change),
        key=lambda value: (-abs(changes[value]), moved[value][0].label),
    )[:limit]
    effects = _effects(ledger, dimension, [part for value in moving for part in moved[value]], filters)
    return tuple(_mover(moved[value], effects[value]) for value in moving)


class _Moved(NamedTuple):
    """A value's cost on the two sides of a pair."""

    value: Value
    label: str
    cost: int
    previous_cost: int
    pair: Sides

    @property
    def change(self) -> int:
        return self.cost - self.previous_cost


def _moved(ledger: Snapshot, query: Query, pair: Sides) -> Iterator[_Moved]:
    now, before = (_costs(ledger, query.during(span(days))) for days in (pair.now, pair.before))
    for value in dict.fromkeys((*now, *before)):
        label = (now.get(value) or before[value])[0]
        yield _Moved(value, label, now.get(value, ("", 0))[1], before.get(value, ("", 0))[1], pair)


def _effects(
    ledger: Snapshot, dimension: str, parts: Iterable[_Moved], filters: tuple[Filter, ...]
) -> dict[Value, Effects]:
    """Of each value, over all pairs."""
    by_value: dict[Value, Effects] = defaultdict(lambda: NO_EFFECTS)
    of_pair: dict[Sides, dict[Value, int]] = defaultdict(dict)
    for part in parts:
        of_pair[part.pair][part.value] = part.change
    for pair, changes in of_pair.items():
        query = side_query(pair, (dimension,), filters).narrowed(Filter(dimension, tuple(changes)))
        periods = Comparison(span(pair.now), span(pair.before), Period(max(pair.now), max(pair.now)))
        own = own_effects(ledger, query, periods, {(value,): change for value, change in changes.items()})
        for (value,), effects in own.items():
            by_value[value] += effects
    return by_value


def _mover(parts: list[_Moved], effects: Effects) -> Mover:
    return Mover(
        parts[0].value,
        parts[0].label,
        sum(part.cost for part in parts),
        sum(part.previous_cost for part in parts),
        tuple(part.pair for part in parts),
        effects,
    )


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
