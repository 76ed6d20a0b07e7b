"""Numbers and days as people read them: short where space is short, exact where they hover."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from core.dimensions import Measure, Unit
from core.money import MINUS, compact, usd_decimal, usd_label
from core.periods import Period, month_start, next_month

UNKNOWN = "–"
"""Stands where a number is not known. Never 0."""

Number = int | float | None


def short(measure: Measure, value: Number) -> str:
    """``$1.24M``, ``3.1B``, ``$3.42 / 1M``, ``84.2%``; a dash for unknown."""
    if value is None:
        return UNKNOWN
    if measure.unit is Unit.USD:
        return usd_label(int(value))
    if measure.unit is Unit.COUNT:
        return compact(int(value))
    return (
        f"{_fraction(measure, value)} / 1M"
        if measure.unit is Unit.USD_PER_MILLION
        else _fraction(measure, value)
    )


def exact(measure: Measure, value: Number) -> str:
    """Every digit: ``$1,240,051.33812``, ``3,104,220,118``; ratios to four significant places."""
    if value is None:
        return "unknown"
    if measure.unit is Unit.USD:
        return usd_exact(int(value))
    if measure.unit is Unit.COUNT:
        return f"{int(value):,}".replace("-", MINUS)
    return _fraction(measure, value)


def usd_exact(microcents: int) -> str:
    """All digits that are not trailing zeros, at least two decimals, thousands separated."""
    whole, _, fraction = usd_decimal(abs(microcents)).partition(".")
    sign = MINUS if microcents < 0 else ""
    return f"{sign}${int(whole):,}.{fraction.rstrip('0').ljust(2, '0')}"


def _fraction(measure: Measure, value: float) -> str:
    sign = MINUS if value < 0 else ""
    return f"{sign}{abs(value):.1%}" if measure.unit is Unit.RATIO else f"{sign}${abs(value):,.2f}"


def share(part: Number, whole: Number) -> str:
    """``12.4%``; a dash where it means nothing."""
    if part is None or not whole:
        return UNKNOWN
    ratio = Decimal(part) / Decimal(whole)
    text = f"{abs(ratio):.1%}"
    if ratio >= 0 or text == "0.0%":
        return "<0.1%" if 0 < ratio < Decimal("0.001") else text
    return f"{MINUS}{text}"


def signed(measure: Measure, step: Number) -> str:
    """``+$1,240``, ``−$3.10``, ``+1.2 pts`` for shares; a dash for unknown. Zero has no sign."""
    if step is None:
        return UNKNOWN
    plus = "+" if step > 0 else ""
    if measure.unit is Unit.RATIO:
        points = f"{abs(step) * 100:.1f} pts"
        return points if points == "0.0 pts" else f"{plus or MINUS}{points}"
    return f"{plus}{short(measure, step)}"


def cut_name(name: str, most: int) -> str:
    """A long name without what tells least: an e-mail's domain, the middle of others; joined ones part by
    part.
    """
    if len(name) <= most:
        return name
    parts = name.split(_JOINT)
    room = max(_LEAST, (most - len(_JOINT) * (len(parts) - 1)) // len(parts))
    return _JOINT.join(_cut(part, room) for part in parts)


_JOINT, _LEAST, _CUT = " · ", 8, "…"


def _cut(part: str, most: int) -> str:
    local, at, _ = part.partition("@")
    if len(part) <= most:
        return part
    if at and len(local) + 2 <= most:
        return f"{part[: most - 1]}{_CUT}"
    text = local if at else part
    tail = (most - 1) // 2
    return text if len(text) <= most else f"{text[: most - 1 - tail]}{_CUT}{text[-tail:]}"


def day_label(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"


def period_label(period: Period) -> str:
    """``Oct 5, 2026``, ``Oct 5 – 11, 2026``, ``October 2026``, ``Dec 29, 2025 – Jan 4, 2026``."""
    first, last = period.start, period.last
    if period.days <= 1:
        return day_label(first)
    if first == month_start(first) and period.end == next_month(first):
        return f"{first:%B %Y}"
    if first.year != last.year:
        return f"{day_label(first)} – {day_label(last)}"
    tail = f"{last.day}" if first.month == last.month else f"{last:%b} {last.day}"
    return f"{first:%b} {first.day} – {tail}, {last.year}"


def count_of(number: int, singular: str, plural: str = "") -> str:
    """``1 day``, ``3 days``, ``1,204 rows``."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def count_between(fewest: int, most: int, singular: str) -> str:
    """``26 to 27 days``; ``27 days`` where both are one."""
    return f"{fewest:,} to {count_of(most, singular)}" if fewest < most else count_of(most, singular)
