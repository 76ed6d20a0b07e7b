"""Numbers that stand together: one precision for all of them, and sums that hold as printed.

A number is rounded to whole *steps* of a scale, such as dollars or cents. What stands beside it is counted in
the same steps: a change is the difference of two, and parts are rounded so that they add up to their total.
Exact numbers are a hover away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from math import floor

from core.dimensions import Measure, Unit
from core.formats import UNKNOWN, Number
from core.money import MICROCENTS_PER_USD, MINUS

Steps = int | None
"""A number in steps of a scale; None is unknown."""

_WHOLE_DOLLARS_FROM = 10_000
_CENTS_FROM = Decimal("0.01")
_SMALL_PLACES = 4
_DIGITS = 100
_COUNT_UNITS = ((10**12, 10**12, "T"), (10**9, 10**9, "B"), (10**6, 10**6, "M"), (10**4, 10**3, "K"))
"""From which count on, in which unit, and how that is written."""
_SIGNIFICANT = 4
_MANY_TIMES = 10
"""From so many times as much on, a change is said as such."""


@dataclass(frozen=True)
class Scale:
    """How numbers are written: ``step`` is the smallest printed difference, in the measure's own unit."""

    step: Decimal
    places: int = 0
    prefix: str = ""
    suffix: str = ""
    change_suffix: str | None = None

    def per(self, days: int) -> Scale:
        """Writes the mean of so many days, to the same printed difference."""
        return replace(self, step=self.step * days)

    def steps(self, value: Number | Decimal) -> Steps:
        """The number, rounded."""
        if value is None:
            return None
        with localcontext(prec=_DIGITS):
            return int((Decimal(value) / self.step).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))

    def text(self, steps: Steps) -> str:
        """``$1,240``, ``−$3.10``, ``84.2%``; a dash for unknown. Zero has no sign."""
        return UNKNOWN if steps is None else self._written(steps, self.suffix)

    def signed(self, steps: Steps) -> str:
        """A change: ``+$1,240``, ``−$3.10``, ``+1.2 pts``; a dash for unknown. Zero has no sign."""
        if steps is None:
            return UNKNOWN
        suffix = self.suffix if self.change_suffix is None else self.change_suffix
        return f"{'+' if steps > 0 else ''}{self._written(steps, suffix)}"

    def write(self, value: Number) -> str:
        return self.text(self.steps(value))

    def apportioned(self, parts: Sequence[Number], whole: Number, printed: Steps = None) -> list[Steps]:
        """Parts in steps that add up to the steps of ``whole``, their exact sum; each is off by under one.

        Those with the largest rest are rounded up, the first among equals. Unknown parts add nothing.
        ``printed``: the steps of the whole, where it is itself a part that was rounded.
        """
        return _apportioned(self._exact(parts), self.steps(whole) if printed is None else printed)

    def apportioned_to(self, parts: Sequence[int], steps: int) -> list[int]:
        """Parts in steps that add up to ``steps``, as their sum is printed: the largest takes the rest."""
        return completed(parts, [self.steps(part) or 0 for part in parts], steps)

    def _exact(self, parts: Sequence[Number]) -> list[Decimal | None]:
        with localcontext(prec=_DIGITS):
            return [None if part is None else Decimal(part) / self.step for part in parts]

    def _written(self, steps: int, suffix: str) -> str:
        digits = f"{Decimal(abs(steps)).scaleb(-self.places):,.{self.places}f}"
        return f"{MINUS if steps < 0 else ''}{self.prefix}{digits}{suffix}"


def completed(parts: Sequence[int], printed: Sequence[int], steps: int) -> list[int]:
    """Parts as ``printed``, in steps that add up to ``steps``: the largest takes the rest."""
    largest = max(range(len(parts)), key=lambda n: abs(parts[n]), default=0)
    rest = steps - sum(printed)
    return [part + rest * (n == largest) for n, part in enumerate(printed)]


def _apportioned(exact: Sequence[Decimal | None], whole: Steps) -> list[Steps]:
    floors: list[Steps] = [None if part is None else floor(part) for part in exact]
    missing = (whole or 0) - sum(part or 0 for part in floors)
    rests = {n: part - floor(part) for n, part in enumerate(exact) if part is not None and part % 1}
    if not 0 <= missing <= len(rests):  # not the parts of this whole: each for itself
        return [None if part is None else round(part) for part in exact]
    up = set(sorted(rests, key=lambda n: (-rests[n], n))[:missing])
    return [None if part is None else part + (n in up) for n, part in enumerate(floors)]


_RATIO = Scale(Decimal("0.001"), 1, suffix="%", change_suffix=" pts")
_RATE = Scale(Decimal("0.01"), 2, prefix="$", suffix=" / 1M")
_COUNT = Scale(Decimal(1))


def _usd(places: int) -> Scale:
    return Scale(Decimal(MICROCENTS_PER_USD).scaleb(-places), places, prefix="$")


def row_scale(measure: Measure, values: Iterable[Number]) -> Scale:
    """For a few numbers in a row, where space is short: as precise as the largest of them needs to be."""
    largest = max((abs(Decimal(value)) for value in values if value is not None), default=Decimal(0))
    if measure.unit is Unit.USD:
        return _usd(_dollar_places(largest / MICROCENTS_PER_USD))
    if measure.unit is Unit.COUNT:
        return _count_scale(largest)
    return table_scale(measure)


def _dollar_places(largest: Decimal) -> int:
    if largest >= _WHOLE_DOLLARS_FROM:
        return 0
    return 2 if largest >= _CENTS_FROM or not largest else _SMALL_PLACES


def _count_scale(largest: Decimal) -> Scale:
    """In thousands, millions, billions: four digits of the largest."""
    for threshold, unit, suffix in _COUNT_UNITS:
        if largest >= threshold:
            places = max(0, _SIGNIFICANT - len(str(int(largest / unit))))
            return Scale(Decimal(unit).scaleb(-places), places, suffix=suffix)
    return _COUNT


def table_scale(measure: Measure) -> Scale:
    """For a table: to the cent where it is money, counts in full."""
    if measure.unit is Unit.USD:
        return _usd(2)
    return {Unit.COUNT: _COUNT, Unit.RATIO: _RATIO, Unit.USD_PER_MILLION: _RATE}[measure.unit]


def shares(parts: Sequence[Number], whole: Number) -> list[str]:
    """``12.4%`` for each part, together 100.0%; a dash where it means nothing."""
    return [share_text(*part) for part in zip(parts, share_steps(parts, whole), strict=True)]


def share_steps(
    parts: Sequence[Number], whole: Number, total: Number = None, printed: Steps = None
) -> list[Steps]:
    """Each part of ``whole`` in tenths of a per cent; unknown where it means nothing.

    Where they add up to it, or to ``total``, which is a part of it: as printed too, to 100.0% or ``printed``.
    """
    if not whole:
        return [None for _ in parts]
    with localcontext(prec=_DIGITS):
        exact = [None if part is None else Decimal(part) * 1000 / Decimal(whole) for part in parts]
    if sum(part for part in parts if part is not None) == (whole if total is None else total):
        return _apportioned(exact, 1000 if printed is None else printed)
    return [None if part is None else round(part) for part in exact]


def share_text(part: Number, steps: Steps) -> str:
    """``12.4%``; ``<0.1%`` of what is there but less than a step."""
    return "<0.1%" if steps == 0 and part and part > 0 else _RATIO.text(steps)


def growth(now: Steps, before: Steps) -> str | None:
    """``+12.4%`` against before, of numbers as printed; None where there is nothing to compare with."""
    if now is None or not before or before < 0:
        return None
    ratio = Decimal(now - before) / before
    if abs(ratio) >= _MANY_TIMES:
        return f"{ratio + 1:,.0f}×"
    return _RATIO.signed(_RATIO.steps(ratio)).replace(" pts", "%")


@dataclass(frozen=True)
class Compared:
    """One measure over the days that are compared, before, and what lies outside; in one precision.

    ``before`` None: nothing to compare with. ``outside`` None: nothing lies outside. ``change`` is always the
    difference of what is printed. ``days``: of now and before, where both are to be the mean of their days.
    ``row``: other numbers beside it, which are to be as precise.
    """

    measure: Measure
    now: Number
    before: Number = None
    outside: Number = None
    days: tuple[int, int] = (1, 1)
    row: tuple[Number, ...] = ()

    @property
    def scale(self) -> Scale:
        values = zip((self.now, self.before), self.days, strict=True)
        own = (None if value is None else value / days for value, days in values)
        return row_scale(self.measure, (*own, *self.row))

    @property
    def _now(self) -> Steps:
        return self.scale.per(self.days[0]).steps(self.now)

    @property
    def _before(self) -> Steps:
        return self.scale.per(self.days[1]).steps(self.before)

    @property
    def now_text(self) -> str:
        return self.scale.text(self._now)

    @property
    def before_text(self) -> str:
        return self.scale.text(self._before)

    @property
    def change(self) -> Steps:
        """In steps of the scale."""
        now, before = self._now, self._before
        return None if now is None or before is None else now - before

    @property
    def change_text(self) -> str | None:
        """``+$1,240 (+12.4%)``; without the share where it means nothing; None without a comparison."""
        if self.change is None:
            return None
        text = self.scale.signed(self.change)
        if self.measure.unit is Unit.RATIO:
            return text
        part = growth(self._now, self._before)
        return f"{text} ({part})" if part else text

    @property
    def outside_text(self) -> str | None:
        """None where nothing lies outside; ``<$1`` where less than a step does."""
        if self.outside is None:
            return None
        steps = self.scale.steps(self.outside)
        return f"<{self.scale.text(1)}" if not steps and self.outside > 0 else self.scale.text(steps)
