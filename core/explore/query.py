"""A question to the ledger, as a value: hashable, checked, in one canonical form.

Equal questions are equal objects, whatever order filters and values were given in, so a Query can be a
cache key.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from difflib import get_close_matches
from enum import Enum

from core.dimensions import DIMENSIONS, MEASURES, TIME_DIMENSIONS, Dimension, Measure
from core.errors import InputError
from core.periods import FIRST_DAY, LAST_DAY, Period, month_start


class Empty(Enum):
    """Why a row has no value in a dimension. No two mean the same."""

    NONE = "none"
    """The dimension applies and the API left it empty, as for the default workspace."""
    UNATTRIBUTED = "unattributed"
    """Cost or use that Anthropic reports without saying whose it is."""
    NOT_APPLICABLE = "not_applicable"
    """The dimension means nothing for the row's Origin."""
    NO_VALUE = "no_value"
    """A list has the row's id, and no value for it."""
    NOT_LISTED = "not_listed"
    """No list has the row's id: its value is unknown."""


OF_ROWS = (Empty.NONE, Empty.UNATTRIBUTED, Empty.NOT_APPLICABLE)
"""Why a ledger row itself has no value; the others are of a list."""


EMPTY_CODES = {empty: code for code, empty in enumerate(Empty)}
"""Kinds of empty as the frames carry them."""

Value = str | Empty
"""What a filter names: a value as the API spells it, or one of the kinds of empty."""


class Match(Enum):
    """How a filter's values are compared with a row's."""

    IS = "is"
    CONTAINS = "contains"
    STARTS = "starts with"

    def fits(self, text: str, wanted: str) -> bool:
        """Whether ``text`` is, contains or starts with ``wanted``; but for "is", in upper or lower case."""
        if self is Match.IS:
            return text == wanted
        whole, part = text.lower(), wanted.lower()
        return whole.startswith(part) if self is Match.STARTS else part in whole


@dataclass(frozen=True)
class Filter:
    """Keep (or, with ``exclude``, drop) the rows whose value is one of ``values``, or has one in it.

    Values of time dimensions are ISO dates; any day names its week, and its month (``2026-10`` too). Parts of
    a text fit no row without a value, nor days.

    Raises:
        InputError: unknown dimension, no values, a time value that is not a date, or a part that is no text.
    """

    dimension: str
    values: tuple[Value, ...]
    exclude: bool = False
    match: Match = Match.IS

    @property
    def kind(self) -> tuple[str, bool, Match]:
        """A question has one filter of a kind."""
        return self.dimension, self.exclude, self.match

    @property
    def keeps_values(self) -> bool:
        """Whether it names all that passes."""
        return not self.exclude and self.match is Match.IS

    def fits(self, text: str) -> bool:
        """Whether a row of this value passes."""
        fits = any(isinstance(value, str) and self.match.fits(text, value) for value in self.values)
        return fits is not self.exclude

    def __post_init__(self) -> None:
        dimension = find_dimension(self.dimension)
        if not self.values:
            raise InputError(
                f"The filter on {dimension.label} names no value.",
                field=self.dimension,
                remedy="Choose at least one value, or remove the filter.",
            )
        if self.match is not Match.IS:
            _check_parts(self)
        values = {_canonical(dimension, value) for value in self.values}
        object.__setattr__(self, "dimension", dimension.name)
        object.__setattr__(self, "values", tuple(sorted(values, key=_value_order)))


@dataclass(frozen=True)
class Query:
    """Measures of the rows in a period that pass every filter, for each combination of ``group_by``.

    Raises:
        InputError: an unknown or repeated name, no measure, two filters of one kind on one dimension, or a
            period outside the years 2000 to 2199.
    """

    measures: tuple[str, ...]
    period: Period
    group_by: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "group_by", tuple(find_dimension(name).name for name in self.group_by))
        _check_names(self.measures, self.group_by)
        _check_period(self.period)
        _check_filters(self.filters)
        object.__setattr__(self, "measures", tuple(self.measures))
        object.__setattr__(self, "filters", tuple(sorted(self.filters, key=_filter_order)))

    @property
    def time_dimensions(self) -> tuple[str, ...]:
        return tuple(name for name in self.group_by if name in TIME_DIMENSIONS)

    @property
    def series(self) -> tuple[str, ...]:
        """The group dimensions that are not time: what a chart draws one colour for."""
        return tuple(name for name in self.group_by if name not in TIME_DIMENSIONS)

    def during(self, period: Period) -> Query:
        return replace(self, period=period)

    def grouped(self, *group_by: str) -> Query:
        return replace(self, group_by=group_by)

    def measuring(self, *measures: str) -> Query:
        return replace(self, measures=measures)

    def narrowed(self, *filters: Filter) -> Query:
        """With these filters in place of those of the same kind on the same dimensions."""
        given = {f.kind for f in filters}
        kept = tuple(f for f in self.filters if f.kind not in given)
        return replace(self, filters=kept + filters)

    def over_time(self, grain: str) -> Query:
        """The same question for each day, week or month."""
        return self.grouped(grain, *self.series)


def find_dimension(name: str) -> Dimension:
    """Look a dimension up by name. The key of a tag may be spelled as it is; the result's name is encoded.

    Raises:
        InputError: there is none.
    """
    try:
        return DIMENSIONS[name]
    except KeyError:
        raise _unknown("dimension", name, tuple(DIMENSIONS), "group_by") from None


def find_measure(name: str) -> Measure:
    """Look a measure up by name.

    Raises:
        InputError: there is none.
    """
    if name not in MEASURES:
        raise _unknown("measure", name, tuple(MEASURES), "measures")
    return MEASURES[name]


def _unknown(kind: str, name: str, names: tuple[str, ...], field: str) -> InputError:
    near = get_close_matches(name[:60], names, n=1)
    remedy = f"Did you mean {near[0]}?" if near else f"Choose from: {', '.join(names)}."
    return InputError(f"There is no {kind} named {name[:60]!r}.", field=field, remedy=remedy)


def _check_names(measures: tuple[str, ...], group_by: tuple[str, ...]) -> None:
    if not measures:
        raise InputError("No measure was asked for.", field="measures", remedy="Choose at least one.")
    for name in measures:
        find_measure(name)
    for names in (measures, group_by):
        repeated = [name for name in names if names.count(name) > 1]
        if repeated:
            raise InputError(f"{repeated[0]} was asked for twice.", remedy="Name it once.")


def _check_period(period: Period) -> None:
    if period.start < FIRST_DAY or period.end > LAST_DAY:
        raise InputError(
            f"The range {period.start} to {period.end} is out of bounds.",
            field="period",
            remedy=f"Choose days from {FIRST_DAY} on and before {LAST_DAY}.",
        )


def _check_filters(filters: tuple[Filter, ...]) -> None:
    kinds = [f.kind for f in filters]
    for kind in kinds:
        if kinds.count(kind) > 1:
            raise InputError(
                f"There are two filters of the same kind on {DIMENSIONS[kind[0]].label}.",
                field=kind[0],
                remedy="Put their values into one filter.",
            )


def _check_parts(condition: Filter) -> None:
    if condition.dimension in TIME_DIMENSIONS or not all(
        isinstance(v, str) and v.strip() for v in condition.values
    ):
        label = DIMENSIONS[condition.dimension].label
        raise InputError(
            f"The filter on {label} cannot look for a part of a text.",
            field=condition.dimension,
            remedy="Give some text, and a dimension that is not time.",
        )


def _canonical(dimension: Dimension, value: Value) -> Value:
    if isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value):
        # Bytes of a command line that are not UTF-8 arrive as these; no API value holds them.
        raise InputError(
            f"A value of the filter on {dimension.label} is not valid text.", field=dimension.name
        )
    if isinstance(value, Empty) or dimension.name not in TIME_DIMENSIONS:
        return value
    return bucket(dimension.name, _day(dimension, value)).isoformat()


def _day(dimension: Dimension, text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01" if len(text) == len("2026-10") else text)
    except ValueError:
        raise InputError(
            f"{text[:40]!r} is not a {dimension.label.lower()}.",
            field=dimension.name,
            remedy="Write it as a date, like 2026-10-05.",
        ) from None


def bucket(grain: str, day: date) -> date:
    """The first day of the day, week (from Monday) or month that ``day`` lies in."""
    if grain == "week":
        return day - timedelta(days=day.weekday())
    return month_start(day) if grain == "month" else day


def _value_order(value: Value) -> tuple[int, str]:
    return (1, value.value) if isinstance(value, Empty) else (0, value)


_PLACES = {name: place for place, name in enumerate(DIMENSIONS)}


def _filter_order(condition: Filter) -> tuple[int, str, bool, str]:
    """As declared; tags come last, by name."""
    place = _PLACES.get(condition.dimension, len(_PLACES))
    return (place, condition.dimension, condition.exclude, condition.match.value)
