"""What happened on a day: a function of the organization's seed, the load's name and the date alone.

All arithmetic is on integers and every chance comes from sha256, so a day reads the same on every machine, in
every year and at every time after it. A part of a day is the difference of two running totals: parts of a
day add up to the day exactly, and a day that is under way only grows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise

from core.demo.company import Counts, Load, ModelSchedule, Organization

_PARTS = 1000
_FULL_DAY = (0, 24 * 3600)

_CACHED_DAYS = 96

_RHYTHMS: dict[str, tuple[int, ...]] = {
    "office": (97, 104, 106, 102, 88, 13, 10),
    "steady": (100, 101, 102, 101, 99, 92, 90),
    "nightly": (105, 100, 100, 100, 100, 62, 58),
}
"""Percent of a full day's volume, Monday to Sunday."""

_WEEKEND_CHANCE = {"office": 34, "steady": 100, "nightly": 90}
"""Percent of the chance of any use that is left on a Saturday or Sunday."""

_CLOCK = ((0, 0), (6, 40_000), (9, 150_000), (12, 420_000), (18, 860_000), (24, 1_000_000))
"""Hour of day and millionths of the day's use before it."""

_CHANGEOVER_DAYS = 28
_SPIKE_MONTH_DAY = (10, 14)
_SPIKE = 24
_GROWTH_FROM, _GROWTH_DAYS = date(2025, 6, 1), 900


@dataclass(frozen=True, slots=True)
class Use:
    """What one load used of one model, in a day or a part of it."""

    load: Load
    model: str
    counts: Counts


class Activity:
    """The activity of one organization; days are remembered for a while, since pages ask for them again."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self._percent: dict[date, int] = {}
        self._day = lru_cache(maxsize=_CACHED_DAYS)(self._reckon)

    def revise(self, day: date, percent: int) -> None:
        """From now on the day reads as ``percent`` of what it was; at 0 its rows vanish."""
        self._percent[day] = percent
        self._day.cache_clear()

    def between(self, begin: datetime, end: datetime) -> Iterator[Use]:
        """Use in ``[begin, end)``, day by day."""
        while begin < end:
            midnight = datetime.combine(begin.date(), time(), UTC)
            upto = min(end, midnight + timedelta(days=1))
            yield from self._part(midnight, begin, upto)
            begin = upto

    def _part(self, midnight: datetime, begin: datetime, end: datetime) -> Iterable[Use]:
        seconds = _seconds(begin - midnight), _seconds(end - midnight)
        uses = self._day(midnight.date())
        return uses if seconds == _FULL_DAY else _used_within(uses, *seconds)

    def _reckon(self, day: date) -> tuple[Use, ...]:
        percent = self._percent.get(day, 100)
        uses = (use for load in self.organization.loads for use in _uses(self.organization.seed, load, day))
        return tuple(uses) if percent == 100 else tuple(scaled(uses, percent))


def _seconds(duration: timedelta) -> int:
    return duration // timedelta(seconds=1)


def _uses(seed: str, load: Load, day: date) -> Iterator[Use]:
    if not load.start <= day < load.end:
        return
    dice = _dice(seed, load.name, day)
    if next(dice) % 100 >= _chance(load, day):
        return
    level = _level(load, day) * (850 + next(dice) % 301)
    jittered = [volume * level * (900 + next(dice) % 201) for volume in load.volume]
    for model, share in _models_on(load.models, day):
        counts = Counts(*(volume * share // _PARTS**4 for volume in jittered))
        if any(counts):
            yield Use(load, model, counts)


def _dice(seed: str, name: str, day: date) -> Iterator[int]:
    """Sixteen numbers below 65536."""
    digest = hashlib.sha256(f"{seed}|{name}|{day.isoformat()}".encode()).digest()
    return (digest[at] << 8 | digest[at + 1] for at in range(0, 32, 2))


def _chance(load: Load, day: date) -> int:
    return load.chance * _WEEKEND_CHANCE[load.rhythm] // 100 if day.weekday() >= 5 else load.chance


def _level(load: Load, day: date) -> int:
    """Thousandths of the load's volume."""
    level = growth(day) * _RHYTHMS[load.rhythm][day.weekday()] // 100
    if load.spike and (day.month, day.day) == _SPIKE_MONTH_DAY:
        level *= _SPIKE
    if load.rhythm == "office" and _holidays(day):
        level = level * 2 // 5
    return level


def growth(day: date) -> int:
    """Thousandths: 500 on the first day, rising to 2300 over two and a half years and staying there."""
    return 500 + 2 * min(max((day - _GROWTH_FROM).days, 0), _GROWTH_DAYS)


def _holidays(day: date) -> bool:
    return (day.month, day.day) >= (12, 24) or (day.month, day.day) == (1, 1)


def _models_on(models: ModelSchedule, day: date) -> list[tuple[str, int]]:
    """Models in use with their share in thousandths: a new one takes over within four weeks."""
    begun = [(since, model) for since, model in models if since <= day] or [models[0]]
    since, model = begun[-1]
    if len(begun) == 1:
        return [(model, _PARTS)]
    share = min(_PARTS, _PARTS * ((day - since).days + 1) // _CHANGEOVER_DAYS)
    return [(name, part) for name, part in ((begun[-2][1], _PARTS - share), (model, share)) if part]


def _used_within(uses: Iterable[Use], begin: int, end: int) -> Iterator[Use]:
    before, after = _used_by(begin), _used_by(end)
    for use in uses:
        counts = Counts(*(count * after // 10**6 - count * before // 10**6 for count in use.counts))
        if any(counts):
            yield Use(use.load, use.model, counts)


def _used_by(second: int) -> int:
    """Millionths of a day's use that lie before ``second``."""
    for (hour, used), (next_hour, next_used) in pairwise(_CLOCK):
        if second <= next_hour * 3600:
            gone, whole = second - hour * 3600, (next_hour - hour) * 3600
            return used + (next_used - used) * gone // whole
    return 10**6


def scaled(uses: Iterable[Use], percent: int) -> Iterator[Use]:
    """So many percent of each use; what is left without a count is left out."""
    for use in uses:
        counts = Counts(*(count * percent // 100 for count in use.counts))
        if any(counts):
            yield Use(use.load, use.model, counts)
