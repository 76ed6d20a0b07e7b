"""Periods in a row beyond a line: each row is one event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from core.periods import Period


@dataclass(frozen=True)
class Reading:
    """A period as a rule reads it. ``beyond``: None where too little is known. ``level``: how far."""

    period: Period
    beyond: bool | None
    level: int
    says: str


@dataclass
class Run:
    """Readings beyond the line. ``after``: the end of the last one before that was not; ``ended``: the first
    one after that was not."""

    after: date
    readings: list[Reading] = field(default_factory=list)
    ended: Reading | None = None

    @property
    def period(self) -> Period:
        return Period(self.readings[0].period.start, self.readings[-1].period.end)

    @property
    def worst(self) -> Reading:
        return max(self.readings, key=lambda reading: reading.level)


def runs(readings: Iterable[Reading]) -> list[Run]:
    """A period of which too little is known neither ends a run nor makes it longer."""
    told, after, going = list[Run](), date.min, False
    for reading in readings:
        if reading.beyond and going:
            told[-1].readings.append(reading)
        elif reading.beyond:
            told.append(Run(after, [reading]))
        elif reading.beyond is False:
            if going:
                told[-1].ended = reading
            after = reading.period.end
        going = going if reading.beyond is None else reading.beyond
    return told


def each_alone(readings: Iterable[Reading]) -> list[Run]:
    """Every period beyond the line as an event of its own, that lasts as long as it is looked at."""
    return [Run(reading.period.start, [reading]) for reading in readings if reading.beyond]
