"""An amount of a table whose parts are columns beside it: each row adds up as printed, its total too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.figures import Steps
from core.ui.app.summed_columns import Amount, Places


@dataclass(frozen=True)
class Together(Amount):
    """An amount whose parts are columns of the same table: as printed it is their sum, in each row."""

    parts: tuple[Amount, ...] = ()

    def steps(self, places: Places) -> list[Steps]:
        rows = zip(*(part.steps(places) for part in self.parts), strict=True)
        return [None if set(row) == {None} else sum(steps or 0 for steps in row) for row in rows]


def together(amount: Amount, parts: Sequence[Amount]) -> tuple[Amount, list[Amount]]:
    """The amount and its parts, whose totals add up to its total as printed."""
    if not parts:
        return amount, []
    totals = amount.scale.apportioned([part.total for part in parts], amount.total)
    printed = [replace(part, printed=steps) for part, steps in zip(parts, totals, strict=True)]
    whole = Together(amount.title, amount.measure, amount.values, amount.total, amount.help)
    return replace(whole, parts=tuple(printed)), printed
