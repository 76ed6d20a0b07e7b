"""Which of many scopes a view has anything of: one question for each dimension, not one for each scope."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from core.dimensions import TIME_DIMENSIONS
from core.explore.apart import namesakes
from core.explore.query import Empty, Filter, Query, Value
from core.explore.scopes import joined
from core.ledger.snapshot import Snapshot
from core.periods import Period

Rows = Callable[[Query], pl.DataFrame]


@dataclass(frozen=True)
class Place:
    """Some days of a part of the ledger; of all of it without a scope."""

    days: Period
    scope: tuple[Filter, ...]

    @property
    def series(self) -> tuple[str, Value] | None:
        """Dimension and value, where the scope is no more than that."""
        if len(self.scope) != 1:
            return None
        (condition,) = self.scope
        is_one = condition.keeps_values and len(condition.values) == 1
        return (condition.dimension, condition.values[0]) if is_one and not self._is_time else None

    @property
    def _is_time(self) -> bool:
        return self.scope[0].dimension in TIME_DIMENSIONS


def present(ledger: Snapshot, asked: tuple[Filter, ...], places: Sequence[Place], rows: Rows) -> list[bool]:
    """Of each place, whether a row of it passes ``asked``. ``rows`` answers a question to ``ledger``."""
    series: dict[str, list[int]] = defaultdict(list)
    for number, place in enumerate(places):
        if place.series:
            series[place.series[0]].append(number)
    told = dict[int, bool]()
    for dimension, numbers in series.items():
        told |= _of_series(ledger, asked, dimension, {number: places[number] for number in numbers}, rows)
    return [
        told[number] if number in told else _has_rows(asked, place, rows)
        for number, place in enumerate(places)
    ]


def _has_rows(asked: tuple[Filter, ...], place: Place, rows: Rows) -> bool:
    both = joined(asked, place.scope)
    return both is not None and not rows(Query(("cost",), place.days, ("cost_center",), both)).is_empty()


def _of_series(
    ledger: Snapshot, asked: tuple[Filter, ...], dimension: str, places: Mapping[int, Place], rows: Rows
) -> dict[int, bool]:
    """By the numbers of the places, which are all of one value of ``dimension`` each."""
    wanted = pl.DataFrame(
        [row for number, place in places.items() for row in _readings(ledger, number, place)],
        schema={"place": pl.Int64, "value": pl.String, "empty": pl.String, "from": pl.Date, "to": pl.Date},
        orient="row",
    )
    values = tuple({value for place in places.values() for value in place.scope[0].values})
    both = joined(asked, (Filter(dimension, values),))
    if both is None:
        return dict.fromkeys(places, False)
    hull = Period(min(p.days.start for p in places.values()), max(p.days.end for p in places.values()))
    named = pl.col(f"{dimension}_value").alias("value"), pl.col(f"{dimension}_empty").alias("empty")
    used = rows(Query(("cost",), hull, (dimension, "day"), both)).select(*named, "day")
    there = wanted.join(used, on=["value", "empty"], nulls_equal=True).filter(
        pl.col("day").is_between(pl.col("from"), pl.col("to"), closed="left")
    )
    with_rows = set(there["place"])
    return {number: number in with_rows for number in places}


def _readings(ledger: Snapshot, number: int, place: Place) -> Iterator[tuple[object, ...]]:
    """The value as answers spell it; a name that several bear is spelled as the label of each."""
    (condition,), days = place.scope, (place.days.start, place.days.end)
    (value,) = condition.values
    if isinstance(value, Empty):
        yield number, None, value.value, *days
        return
    labels = [other.label for other in namesakes(ledger, condition.dimension) if other.name == value]
    for text in dict.fromkeys((value, *labels)):
        yield number, text, None, *days
