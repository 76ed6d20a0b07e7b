"""A forecast as a file: by group over a range, or day by day."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.dimensions import MEASURES, Unit
from core.explore.projected_days import Total
from core.explore.projection import Projection
from core.explore.query import Query
from core.explore.sheets import Column
from core.forecast.outlook import Ahead
from core.money import usd_decimal
from core.periods import Period

Projections = Mapping[tuple[str, ...], Projection]


@dataclass(frozen=True)
class _Line:
    """A day of a group. ``total``: from the first day to this one; ``known`` and ``gain``, or ``ahead``."""

    group: tuple[str, ...]
    total: Total
    known: int | None
    gain: int | None
    ahead: int | None


@dataclass(frozen=True)
class ForecastFile:
    """``projections`` of a ``query``'s groups; the file is of the query's period."""

    query: Query
    projections: Projections

    @property
    def columns(self) -> list[Column]:
        """A row for each group: what is known, what the whole range is expected to be, and its range.

        In it is what known days that may still be revised are expected to gain.
        """
        totals = [
            (group, projection.within(self.query.period)) for group, projection in self.projections.items()
        ]
        return [
            *self._groups([group for group, _ in totals]),
            *self._amounts([total.actual for _, total in totals], [total.expected for _, total in totals]),
            Column(f"gain_{self._header}", [total.gained for _, total in totals], self._unit),
            Column("known_days", [len(total.known_days) for _, total in totals]),
            Column("estimated_days", [total.estimated_days for _, total in totals]),
            Column("unknown_days", [total.unknown_days for _, total in totals]),
        ]

    @property
    def by_day(self) -> list[Column]:
        """A row for each group and day: what is known of it or expected, then the sum from the first day on.

        The range is of that sum. Known days, what they are expected to gain, and days ahead add up to it.
        """
        lines = [
            line for group, projection in self.projections.items() for line in self._days(group, projection)
        ]
        return [
            Column("day", [line.total.period.last for line in lines]),
            *self._groups([line.group for line in lines]),
            Column(self._header, [line.known for line in lines], self._unit),
            Column(f"gain_{self._header}", [line.gain for line in lines], self._unit),
            Column(f"forecast_{self._header}", [line.ahead for line in lines], self._unit),
            *self._amounts([None] * len(lines), [line.total.expected for line in lines], "sum_")[1:],
        ]

    def _days(self, group: tuple[str, ...], of: Projection) -> Iterator[_Line]:
        totals = of.by_day(self.query.period)
        nothing = of.within(Period(self.query.period.start, self.query.period.start))
        for before, total in pairwise([nothing, *totals]):
            if total.period.last in total.known_days:
                known, gain = total.actual - before.actual, total.gained - before.gained
                yield _Line(group, total, known, gain or None, None)
            else:
                yield _Line(group, total, None, None, _step(before.expected, total.expected))

    @property
    def _unit(self) -> Unit:
        return MEASURES[self.query.measures[0]].unit

    @property
    def _header(self) -> str:
        return MEASURES[self.query.measures[0]].column

    def _groups(self, groups: Sequence[tuple[str, ...]]) -> Iterator[Column]:
        for place, name in enumerate(self.query.series):
            yield Column(name, [group[place] for group in groups])

    def _amounts(
        self, known: Sequence[int | None], expected: Sequence[Ahead | None], of: str = ""
    ) -> list[Column]:
        parts = {"forecast": "point", "forecast_low": "low", "forecast_high": "high"}
        return [
            Column(self._header, known, self._unit),
            *(
                Column(
                    f"{of}{name}_{self._header}",
                    [getattr(ahead, part) if ahead else None for ahead in expected],
                    self._unit,
                )
                for name, part in parts.items()
            ),
        ]


def _step(before: Ahead | None, after: Ahead | None) -> int | None:
    return after.point - before.point if before and after else None


def json_of(columns: Iterable[Column]) -> str:
    """A list of objects, keyed like the CSV: dollars as decimal strings, unknown null."""
    parts = list(columns)
    cells = [[_json_value(column, value) for value in column.values] for column in parts]
    headers = [column.header for column in parts]
    objects = (dict(zip(headers, row, strict=True)) for row in zip(*cells, strict=True))
    lines = ",\n".join(json.dumps(line, ensure_ascii=False) for line in objects)
    return f"[\n{lines}\n]\n" if lines else "[]\n"


def _json_value(column: Column, value: object) -> object:
    if isinstance(value, int) and column.unit is Unit.USD:
        return usd_decimal(value)
    return value if value is None or isinstance(value, int | str) else str(value)
