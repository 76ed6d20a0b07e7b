"""A finding in words, the same on the page, at the command line and in a message."""

from __future__ import annotations

from datetime import timedelta

from core.bidi import isolated
from core.dimensions import DIMENSIONS, MEASURES
from core.figures import row_scale
from core.formats import UNKNOWN, Number, period_label
from core.periods import Period
from core.store.findings import FoundNow, Part, SeriesKey
from core.watch.evaluate import MILLIONTHS
from core.watch.runs import LASTING, Kind
from core.watch.series import LEVELS

_HAPPENED = {
    Kind.SPIKE: "spent more than expected",
    Kind.DROP: "spent less than expected",
    Kind.DRIFT: "has drifted from its level",
    Kind.STOPPED: "stopped",
    Kind.NEW: "is new",
    Kind.RATE: "costs more a token than expected",
    Kind.CACHE: "reads less from the cache than expected",
}
_OF_TOKENS = {Kind.SPIKE: "used more than expected", Kind.DROP: "used less than expected"}
_MEASURES = {"cost": "cost", "rate": "cost", "tokens": "tokens", "cache": "cache_hit_rate"}
_MOST_CARRIERS = 4


def name_of(now: FoundNow) -> str:
    """Of what it tells: ``API key nightly``, or ``Everything``."""
    return series_name(now.key, isolated(now.label))


def series_name(key: SeriesKey, label: str) -> str:
    """``API key nightly``, or ``Everything``."""
    return f"{DIMENSIONS[key.dimension].label} {label}" if key.dimension else "Everything"


def title(now: FoundNow) -> str:
    """``API key nightly spent more than expected``."""
    kind = Kind(now.kind)
    return f"{name_of(now)} {_happened(kind, now)}"


def _happened(kind: Kind, now: FoundNow) -> str:
    if kind is Kind.LEVEL:
        return f"moved to a {'higher' if now.sign > 0 else 'lower'} level"
    return _OF_TOKENS.get(kind, _HAPPENED[kind]) if now.unit == "tokens" else _HAPPENED[kind]


def days(now: FoundNow) -> str:
    """``Oct 14, 2026``; ``since Sep 20, 2026`` for what goes on."""
    if Kind(now.kind) in LASTING:
        return f"since {period_label(Period(now.first, now.first + timedelta(days=1)))}"
    return period_label(Period(now.first, now.last + timedelta(days=1)))


def amounts(now: FoundNow) -> dict[str, str]:
    """Expected, actual and, as these are printed, their difference."""
    measure = MEASURES[_MEASURES[now.unit]]
    numbers: list[Number] = [now.expected, now.actual]
    if now.unit == "cache":
        numbers = [now.expected / MILLIONTHS, now.actual / MILLIONTHS]
    scale = row_scale(measure, numbers)
    expected, actual = (scale.steps(number) or 0 for number in numbers)
    return {
        "Expected": scale.text(expected),
        "Actual": scale.text(actual),
        "Difference": scale.signed(actual - expected),
    }


def difference_usd(now: FoundNow) -> int | None:
    """In micro-cents; None where it is not known in dollars."""
    return now.difference if now.unit in ("cost", "rate") else None


def over(now: FoundNow) -> str:
    """Which days the amounts are of."""
    if now.unit == "cache":
        return "on average"
    count = (now.last - now.first).days + 1
    return "that day" if count == 1 else f"over {count} days"


def extent(now: FoundNow) -> str:
    """``Oct 14, 2026``; ``Since Sep 22, 2026, over 32 days``."""
    told = days(now) if now.first == now.last and now.unit != "cache" else f"{days(now)}, {over(now)}"
    return f"{told[:1].upper()}{told[1:]}"


def carried(now: FoundNow) -> str:
    """``API key nightly 98%, model opus 84%``: the largest of each dimension, narrowest first."""
    first = {part.key.dimension: part for part in reversed(now.carriers)}
    narrowest = sorted(first, key=LEVELS.index, reverse=True)
    return ", ".join(_part(first[name]) for name in narrowest[:_MOST_CARRIERS])


def _part(part: Part) -> str:
    share = UNKNOWN if part.share is None else f"{min(part.share, 1):.0%}"
    return f"{DIMENSIONS[part.key.dimension].inline} {isolated(part.label)} {share}"


def sentence(now: FoundNow) -> str:
    """All of it on one line of plain text."""
    told = amounts(now)
    line = (
        f"{title(now)}, {days(now)}: {told['Actual']} {over(now)} instead of {told['Expected']} "
        f"({told['Difference']})"
    )
    return f"{line}. Carried by {carried(now)}." if now.carriers else f"{line}."
