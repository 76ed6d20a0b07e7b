"""What returns on a day of the month: a batch on the first, a close of books on the last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from core.forecast.shape import History
from core.periods import ONE_DAY, month_start, next_month

_RECENT_DAYS = 63
"""Two months: the last two times lie within."""
_ALIKE = 0.5
"""How much of the larger one the smaller of two times must be."""

Place = tuple[str, int]


def day_of_month(day: date) -> Place:
    return "day", day.day


def days_to_end(day: date) -> Place:
    return "to end", (next_month(day) - day).days


def working_day(day: date) -> Place:
    """The how manieth from Monday to Friday; days of a weekend are none."""
    first = month_start(day)
    if day.weekday() > 4:
        return "weekend", day.day
    return "working", sum((first + n * ONE_DAY).weekday() < 5 for n in range(day.day))


Kind = Callable[[date], Place]
_KINDS: tuple[Kind, ...] = (day_of_month, days_to_end, working_day)


def returning(history: History, days: int) -> list[float]:
    """What each of the next ``days`` days has beyond its week; empty where nothing returns."""
    spikes = _spikes(history)
    if not spikes:
        return []
    candidates = [(kind, _by_place(spikes, kind, history.end)) for kind in _KINDS]
    kind, by_place = max(candidates, key=lambda pair: sum(pair[1].values()))
    ahead = (history.end + n * ONE_DAY for n in range(days))
    return [by_place.get(kind(day), 0.0) for day in ahead] if by_place else []


def _spikes(history: History) -> dict[date, float]:
    """What was cut off, by day."""
    pairs = enumerate(zip(history.values, history.smooth, strict=True))
    return {
        history.start + timedelta(days=n): value - smooth
        for n, (value, smooth) in pairs
        if value is not None and smooth is not None and value > smooth
    }


def _by_place(spikes: Mapping[date, float], kind: Kind, end: date) -> dict[Place, float]:
    """The mean of the last two times, where both are recent and of about the same size."""
    times: dict[Place, list[tuple[date, float]]] = defaultdict(list)
    for day, size in spikes.items():
        times[kind(day)].append((day, size))
    return {
        place: (earlier + later) / 2
        for place, occurrences in times.items()
        if len(occurrences) > 1
        for (first, earlier), (_, later) in [occurrences[-2:]]
        if (end - first).days <= _RECENT_DAYS and min(earlier, later) >= _ALIKE * max(earlier, later)
    }
