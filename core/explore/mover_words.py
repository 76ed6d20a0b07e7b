"""Says what moved a value's cost: from where to where, and whether price, volume or mix did it."""

from __future__ import annotations

from collections.abc import Iterable

from core.dimensions import MEASURES
from core.explore.movers import Mover
from core.figures import Compared

_EFFECTS = ("price", "volume", "mix", "not for tokens")


def compared(mover: Mover, beside: Iterable[Mover]) -> Compared:
    """As precise as those beside it."""
    row = tuple(number for neighbour in beside for number in (neighbour.cost, neighbour.previous_cost))
    return Compared(MEASURES["cost"], mover.cost, mover.previous_cost, row=row)


def why(mover: Mover, compared: Compared) -> str:
    """``New: $0 → $1,240. Volume +$1,300, price −$60``"""
    state = "" if mover.cost else "Gone: "
    if not mover.previous_cost:
        state = "New: "
    return f"{state}{compared.before_text} → {compared.now_text}. {_reason(mover, compared)}"


def _reason(mover: Mover, compared: Compared) -> str:
    """``Volume +$1,900, mix +$440, price −$12``: as printed they add up to the change."""
    effects = mover.effects
    parts = (effects.price, effects.volume, effects.mix, effects.unpriced)
    steps = compared.scale.apportioned_to(parts, compared.change or 0)
    order = sorted(range(len(parts)), key=lambda place: -abs(steps[place]))
    named = [f"{_EFFECTS[place]} {compared.scale.signed(steps[place])}" for place in order if steps[place]]
    return ", ".join(named)[:1].upper() + ", ".join(named)[1:]
