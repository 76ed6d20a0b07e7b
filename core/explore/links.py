"""A view as the parameters of a link, and back.

A link is data from a stranger: whatever cannot be read is left out and named in a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TypeVar

from core.dimensions import Dimension, Measure
from core.errors import InputError
from core.explore.agents import GROUPS as AGENT_GROUPS
from core.explore.drill import MAX_STEPS, Step, decode_step, encode_step
from core.explore.labels import filter_param, is_filter_param, read_filter, read_filter_value
from core.explore.query import Filter, Query, find_dimension, find_measure
from core.periods import DEFAULT_PRESET, GRAINS, PRESETS, Period, preset
from core.store.given_names import LONGEST_NAME

RUNNING = "running"
"""The chart of what has come together since the first bucket."""

CHARTS: dict[str, str] = {"bar": "Stacked bar", "line": "Line", "area": "Area", RUNNING: "Running total"}
"""Chart kinds by the name links use, with their label."""

SHAPES: dict[str, str] = {"time": "Over time", "change": "Change", "pivot": "Pivot"}
"""What stands between the number and the detail, by the name links use, with its label."""

COMPARISONS: dict[str, str] = {
    "previous": "Previous period",
    "month": "Same period last month",
    "year": "Same days last year",
    "chosen": "Chosen days",
    "none": "No comparison",
}
"""What a period is compared with, by the name links use, with its label."""

MAX_TOP = 50
MAX_GROUPS = 5
_MAX_PROBLEMS = 5

_UNNAMED = "last_30"
"""The range of a link that names none: what pages showed at first when such links were made."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class Display:
    """How an answer is shown. ``preset`` None means that the period was picked by hand.

    ``versus_period``: the days to compare with where ``versus`` is "chosen". ``across``: the pivot's columns,
    None to let the page choose. ``steps``: the clicks that led here. ``per_day``: both sides of a comparison
    as the mean of their days. ``agents_by``: what the Agents page compares by. ``plan``: the name of one
    whose line is laid on the chart; empty for none.
    """

    grain: str = "day"
    chart: str = "bar"
    top: int = 10
    preset: str | None = DEFAULT_PRESET
    versus: str = "previous"
    versus_period: Period | None = None
    shape: str = "time"
    across: str | None = None
    steps: tuple[Step, ...] = ()
    per_day: bool = False
    agents_by: str = "agent_id"
    plan: str = ""


DEFAULT_DISPLAY = Display()

_NAMES = frozenset(
    ("measure", "by", "range", "from", "to", "grain", "chart", "top", "vs", "vs.from", "vs.to", "show",
     "across", "step", "per", "agents_by", "budget")
)  # fmt: skip


def is_parameter(name: str) -> bool:
    """Whether links have a parameter of this name. Others may add more to an address."""
    return name in _NAMES or is_filter_param(name)


def to_params(query: Query, display: Display) -> dict[str, list[str]]:
    """Parameters of the link that reopens this view. A preset stays relative to the day it is opened."""
    params = {
        "measure": list(query.measures),
        "by": list(query.group_by),
        **({"range": [display.preset]} if display.preset else _days("", query.period)),
        "grain": [display.grain],
        "chart": [display.chart],
        "top": [str(display.top)],
        **(_days("vs.", display.versus_period) if display.versus_period else {"vs": [display.versus]}),
        "show": [display.shape],
        "across": [display.across] if display.across else [],
        "step": [encode_step(step) for step in display.steps],
        "per": ["day"] if display.per_day else [],
        "agents_by": [display.agents_by] if display.agents_by != Display.agents_by else [],
        "budget": [display.plan] if display.plan else [],
    }
    params |= dict(map(filter_param, query.filters))
    return {key: values for key, values in params.items() if values}


_FIRST_MEASURES = (["cost"], ["tokens"])
"""What an explorer shows at first; each is on one explorer only, so that a link need not say it."""


def short_params(query: Query, display: Display) -> dict[str, list[str]]:
    """Like :func:`to_params`, without what is so anyway. The range is always said."""
    standard = to_params(query, Display(preset=display.preset))
    named = ("grain", "chart", "top", "vs", "show")
    params = to_params(query, display)
    return {
        key: values
        for key, values in params.items()
        if not (key in named and values == standard[key])
        and not (key == "measure" and values in _FIRST_MEASURES)
    }


def _days(prefix: str, period: Period) -> dict[str, list[str]]:
    return {f"{prefix}from": [period.start.isoformat()], f"{prefix}to": [period.end.isoformat()]}


def from_params(
    params: Mapping[str, Sequence[str] | str],
    *,
    today: date,
    measures: tuple[str, ...] = ("cost",),
    display: Display = DEFAULT_DISPLAY,
) -> tuple[Query, Display, list[str]]:
    """Read a link. ``measures`` and ``display`` stand in for what it leaves out; other names are ignored.

    Returns the query, the display, and a sentence for each part that could not be read (a few at most).
    """
    reader = _Reader({key: [text] if isinstance(text, str) else list(text) for key, text in params.items()})
    period, preset_name = reader.period(today)
    query = Query(
        reader.names("measure", find_measure) or measures,
        period,
        reader.names("by", find_dimension, at_most=MAX_GROUPS),
        reader.filters(),
    )
    versus, versus_period = reader.versus(display)
    shown = Display(
        reader.choice("grain", GRAINS, display.grain),
        reader.choice("chart", CHARTS, display.chart),
        reader.top(display.top),
        preset_name,
        versus,
        versus_period,
        reader.choice("show", SHAPES, display.shape),
        next(iter(reader.names("across", find_dimension)), display.across),
        reader.steps(),
        "per" in reader.params and reader.choice("per", ("day",), "") == "day",
        reader.choice("agents_by", AGENT_GROUPS, display.agents_by),
        reader.plan(),
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

    def names(
        self, key: str, find: Callable[[str], Dimension | Measure], at_most: int = 99
    ) -> tuple[str, ...]:
        texts = dict.fromkeys(self.params.get(key, ()))
        read = (self.attempt(partial(find, text)) for text in texts)
        names = tuple(dict.fromkeys(part.name for part in read if part))
        if len(names) > at_most:
            self.problems.append(f"The link groups by more than {at_most} dimensions; the rest is left out.")
        return names[:at_most]

    def filters(self) -> tuple[Filter, ...]:
        filters = []
        for key, texts in self.params.items():
            if is_filter_param(key):
                filters.append(self.attempt(partial(self._filter, key, texts)))
        return tuple(part for part in filters if part)

    def _filter(self, key: str, texts: Iterable[str]) -> Filter:
        find_dimension(key.partition(".")[2])
        values = (self.attempt(partial(read_filter_value, key, text)) for text in texts)
        return read_filter(key, (value for value in values if value is not None))

    def period(self, today: date) -> tuple[Period, str | None]:
        if "range" not in self.params and ("from" in self.params or "to" in self.params):
            picked = self.attempt(partial(self._picked, ""))
            return (picked, None) if picked else (preset(_UNNAMED, today), _UNNAMED)
        name = self.choice("range", PRESETS, _UNNAMED)
        return preset(name, today), name

    def versus(self, display: Display) -> tuple[str, Period | None]:
        """Chosen days win over a name; without either it is what ``display`` says."""
        if "vs.from" in self.params or "vs.to" in self.params:
            if picked := self.attempt(partial(self._picked, "vs.")):
                return "chosen", picked
            return display.versus, display.versus_period
        name = self.choice("vs", COMPARISONS, display.versus)
        if name == "chosen" and not display.versus_period:
            self.problems.append("The link compares with chosen days and names none; the standard is shown.")
            return DEFAULT_DISPLAY.versus, None
        return name, display.versus_period if name == "chosen" else None

    def steps(self) -> tuple[Step, ...]:
        steps = (self.attempt(partial(decode_step, text)) for text in self.params.get("step", ())[:MAX_STEPS])
        return tuple(step for step in steps if step)

    def _picked(self, prefix: str) -> Period:
        start, end = (self._date(f"{prefix}{key}") for key in ("from", "to"))
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

    def plan(self) -> str:
        """The name of a plan; whether there is one of that name is the page's affair."""
        name = self._last("budget").strip()
        return name if name.isprintable() and len(name) <= LONGEST_NAME else ""

    def _last(self, key: str) -> str:
        return (self.params.get(key) or [""])[-1]
