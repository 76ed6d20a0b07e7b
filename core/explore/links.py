"""A view as the parameters of a link, and back.

Whatever arrives is data from a stranger: what cannot be read is left out and named in a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TypeVar

from core.errors import InputError
from core.explore.labels import decode_value, encode_value
from core.explore.query import Filter, Query, find_dimension, find_measure
from core.periods import GRAINS, PRESETS, Period, preset

CHARTS: dict[str, str] = {"bar": "Stacked bar", "line": "Line", "area": "Area"}
"""Chart kinds by the name links use, with their label."""

MAX_TOP = 50
MAX_GROUPS = 3
_MAX_PROBLEMS = 5

_T = TypeVar("_T")


@dataclass(frozen=True)
class ViewState:
    """How an answer is shown. ``preset`` None means that the period was picked by hand."""

    grain: str = "day"
    chart: str = "bar"
    top: int = 10
    preset: str | None = "last_30"


DEFAULT_VIEW = ViewState()


def to_params(query: Query, view: ViewState) -> dict[str, list[str]]:
    """Parameters of the link that reopens this view. A preset stays relative to the day it is opened."""
    period = {"from": [query.period.start.isoformat()], "to": [query.period.end.isoformat()]}
    params = {
        "measure": list(query.measures),
        "by": list(query.group_by),
        **({"range": [view.preset]} if view.preset else period),
        "grain": [view.grain],
        "chart": [view.chart],
        "top": [str(view.top)],
    }
    for one in query.filters:
        key = f"{'not' if one.exclude else 'in'}.{one.dimension}"
        params[key] = [encode_value(value) for value in one.values]
    return {key: values for key, values in params.items() if values}


def from_params(
    params: Mapping[str, Sequence[str] | str],
    *,
    today: date,
    measures: tuple[str, ...] = ("cost",),
    view: ViewState = DEFAULT_VIEW,
) -> tuple[Query, ViewState, list[str]]:
    """Read a link. ``measures`` and ``view`` stand in for what it leaves out; other parameters are ignored.

    Returns the query, the view, and a sentence for each part that could not be read (a few at most).
    """
    reader = _Reader({key: [text] if isinstance(text, str) else list(text) for key, text in params.items()})
    period, preset_name = reader.period(today, view)
    query = Query(
        reader.names("measure", find_measure) or measures,
        period,
        reader.names("by", find_dimension, at_most=MAX_GROUPS),
        reader.filters(),
    )
    shown = ViewState(
        reader.choice("grain", GRAINS, view.grain),
        reader.choice("chart", CHARTS, view.chart),
        reader.top(view.top),
        preset_name,
    )
    return query, shown, reader.problems[:_MAX_PROBLEMS]


class _Reader:
    """Takes parameters apart and collects what is wrong with them."""

    def __init__(self, params: dict[str, list[str]]) -> None:
        self.params = params
        self.problems: list[str] = []

    def attempt(self, read: Callable[[], _T]) -> _T | None:
        try:
            return read()
        except InputError as error:
            self.problems.append(str(error))
            return None

    def names(self, key: str, find: Callable[[str], _T], at_most: int = 99) -> tuple[str, ...]:
        texts = dict.fromkeys(self.params.get(key, ()))
        found = tuple(text for text in texts if self.attempt(partial(find, text)) is not None)
        if len(found) > at_most:
            self.problems.append(f"The link groups by more than {at_most} dimensions; the rest is left out.")
        return found[:at_most]

    def filters(self) -> tuple[Filter, ...]:
        found = []
        for key, texts in self.params.items():
            kind, dot, name = key.partition(".")
            if dot and kind in ("in", "not"):
                found.append(self.attempt(partial(self._filter, name, texts, kind == "not")))
        return tuple(one for one in found if one)

    def _filter(self, name: str, texts: Iterable[str], exclude: bool) -> Filter:
        find_dimension(name)
        values = (self.attempt(partial(decode_value, text)) for text in texts)
        return Filter(name, tuple(value for value in values if value is not None), exclude)

    def period(self, today: date, view: ViewState) -> tuple[Period, str | None]:
        standard = view.preset or "last_30"
        if "range" not in self.params and ("from" in self.params or "to" in self.params):
            picked = self.attempt(self._picked)
            return (picked, None) if picked else (preset(standard, today), standard)
        name = self.choice("range", PRESETS, standard)
        return preset(name, today), name

    def _picked(self) -> Period:
        start, end = (self._date(key) for key in ("from", "to"))
        if end < start:
            raise InputError(f"The link's range ends ({end}) before it starts ({start}).", field="period")
        return Query(("cost",), Period(start, end)).period

    def _date(self, key: str) -> date:
        text = self._last(key)
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise InputError(
                f"The link's {key!r} is {text[:40]!r}, which is not a date.",
                field="period",
                remedy="Write it like 2026-10-05.",
            ) from None

    def choice(self, key: str, choices: Iterable[str], standard: str) -> str:
        text = self._last(key) if key in self.params else standard
        if text in choices:
            return text
        self.problems.append(f"The link's {key!r} is {text[:40]!r}, which is not one of the choices.")
        return standard

    def top(self, standard: int) -> int:
        numbers = [str(n) for n in range(1, MAX_TOP + 1)]
        return int(self.choice("top", numbers, str(standard)))

    def _last(self, key: str) -> str:
        return (self.params.get(key) or [""])[-1]
