"""What an explorer shows right now: one value, kept in the session and written to the address.

Widgets do not hold state of their own. Before a widget is made, its value is set from the view; when someone
changes it, a callback changes the view. So the address, the widgets and the answer cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from core.dimensions import MEASURES, TIME_DIMENSIONS, Origin
from core.explore.drill import live_steps
from core.explore.links import MAX_GROUPS, ViewState, from_params, to_params
from core.explore.query import Filter, Query, Value
from core.periods import Period, preset

VIEW = "view"
_WRITTEN = "view.written"
_TOUCHED = "view.touched"
_TURN = "view.turn"
_PROBLEMS = "view.problems"
_NAMES = frozenset(
    ("measure", "by", "range", "from", "to", "grain", "chart", "top", "vs", "vs.from", "vs.to", "show",
     "across", "step")
)  # fmt: skip


@dataclass(frozen=True)
class Explorer:
    """A page that explores: measures to choose from, those in its table and file, those shown as numbers."""

    name: str
    title: str
    measures: tuple[str, ...]
    companions: tuple[str, ...]
    numbers: tuple[str, ...]


COST = Explorer(
    "cost",
    "Cost",
    measures=("cost", "list_cost", "effective_rate"),
    companions=("cost", "list_cost", "tokens", "effective_rate"),
    numbers=("cost", "list_cost", "effective_rate", "tokens"),
)
_TOKEN_TYPES = (
    "uncached_input_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
    "output_tokens",
)
USAGE = Explorer(
    "usage",
    "Usage",
    measures=("tokens", *_TOKEN_TYPES, "requests", "web_searches", "cache_hit_rate"),
    companions=("tokens", *_TOKEN_TYPES, "requests", "web_searches", "cache_hit_rate"),
    numbers=("tokens", "requests", "web_searches", "cache_hit_rate"),
)
EXPLORERS = {explorer.name: explorer for explorer in (COST, USAGE)}


@dataclass(frozen=True)
class FilterRow:
    """A filter as the sidebar shows it; without values it does not filter yet."""

    id: int
    dimension: str
    exclude: bool = False
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class View:
    """Everything a link holds. ``period`` follows ``shown.preset`` where there is one."""

    measure: str
    period: Period
    group_by: tuple[str, ...]
    filters: tuple[FilterRow, ...]
    shown: ViewState

    @property
    def query(self) -> Query:
        """The question, with filters of one kind on one dimension joined."""
        joined: dict[tuple[str, bool], tuple[Value, ...]] = {}
        for row in self.filters:
            if row.values:
                key = (row.dimension, row.exclude)
                joined[key] = joined.get(key, ()) + row.values
        filters = tuple(Filter(name, values, exclude) for (name, exclude), values in joined.items())
        return Query((self.measure,), self.period, self.group_by, filters)

    def params(self) -> dict[str, list[str]]:
        return to_params(self.query, self.shown)


def current(explorer: Explorer, today: date) -> View:
    """The view of this session: from the address where that is new, else as it was left.

    Going to another explorer keeps range, groups and filters.
    """
    state = st.session_state
    params = _params()
    touched = state.pop(_TOUCHED, False)
    if params and params != state.get(_WRITTEN) and not touched:
        found, state[_PROBLEMS] = opened(params, explorer, today)
        state[VIEW] = replace(found, filters=rows_of(found.query, state.get(VIEW) or found))
    elif touched:
        state[_PROBLEMS] = []
    state[VIEW] = _fitting(state.get(VIEW) or standard(explorer, today), explorer, today)
    _publish(state[VIEW])
    view: View = state[VIEW]
    return view


def standard(explorer: Explorer, today: date) -> View:
    """What a page shows at first: the last 30 days by model."""
    return View(explorer.measures[0], preset("last_30", today), ("model",), (), ViewState())


def opened(params: Mapping[str, list[str]], explorer: Explorer, today: date) -> tuple[View, list[str]]:
    """The view of a link, and a sentence for what could not be read."""
    query, shown, problems = from_params(params, today=today, measures=explorer.measures[:1])
    grains = [name for name in query.group_by if name in TIME_DIMENSIONS]
    if grains:
        shown = replace(shown, grain=grains[0])
    rows = tuple(FilterRow(n, f.dimension, f.exclude, f.values) for n, f in enumerate(query.filters))
    view = View(query.measures[0], query.period, query.series[:MAX_GROUPS], rows, shown)
    if view.measure not in explorer.measures:
        label = MEASURES[view.measure].label
        problems = [*problems, f"{label} is not on this page; {explorer.title} shows its own measure."]
    return view, problems


def problems() -> list[str]:
    """What the opened link said that could not be read."""
    found: list[str] = st.session_state.get(_PROBLEMS, [])
    return found


def link() -> str:
    """The whole address of this view."""
    address = (st.context.url or "").split("?")[0].split("#")[0]
    return f"{address}?{urlencode(st.session_state[VIEW].params(), doseq=True)}"


def set_value(key: str, value: Any) -> str:
    """Give a widget its value before it is made; returns the key."""
    if st.session_state.get(key) != value or key not in st.session_state:
        st.session_state[key] = value
    return key


def change(update: Callable[[View], View]) -> None:
    """Change the view, from a widget's callback.

    A browser may send a widget that is no longer on the page once more, with the value it had: then the view
    stays as it is, and the address decides what is shown.
    """
    updated = update(st.session_state[VIEW])
    if updated != st.session_state[VIEW]:
        st.session_state[VIEW] = updated
        st.session_state[_TOUCHED] = True


def change_field(field: str, key: str) -> None:
    """Put a widget's value into a field of the view."""
    value = st.session_state[key]
    fields: dict[str, Any] = {field: tuple(value) if isinstance(value, list) else value}
    change(lambda view: replace(view, **fields))


def change_shown(field: str, key: str) -> None:
    """Put a widget's value into the view's way of showing.

    None, which a browser was seen to send while it was slow though a choice is required, changes nothing.
    """
    value = st.session_state[key]
    if value is None:
        return
    change(lambda view: replace(view, shown=replace(view.shown, **{field: value})))


def narrow_to(origin: Origin) -> None:
    """Keep one Origin only."""

    def narrowed(view: View) -> View:
        others = tuple(row for row in view.filters if row.dimension != "origin")
        return replace(view, filters=(*others, FilterRow(next_id(view), "origin", values=(origin.value,))))

    change(narrowed)


def narrow_by(*filters: Filter) -> None:
    """Add filters, in place of those that include values of the same dimensions."""

    def narrowed(view: View) -> View:
        named = {one.dimension for one in filters}
        kept = tuple(row for row in view.filters if row.exclude or row.dimension not in named)
        first = next_id(view)
        new = (FilterRow(first + n, f.dimension, f.exclude, f.values) for n, f in enumerate(filters))
        return replace(view, filters=(*kept, *new))

    change(narrowed)


def add_filter(dimension: str) -> None:
    """A filter without values yet, unless there is one: a slow browser may ask twice."""

    def added(view: View) -> View:
        if any(row.dimension == dimension and not row.values for row in view.filters):
            return view
        return replace(view, filters=(*view.filters, FilterRow(next_id(view), dimension)))

    change(added)


def change_filter(row_id: int, **changes: Any) -> None:
    def changed(view: View) -> View:
        rows = tuple(replace(row, **changes) if row.id == row_id else row for row in view.filters)
        return replace(view, filters=rows)

    change(changed)


def remove_filters(*row_ids: int) -> None:
    change(lambda view: replace(view, filters=tuple(row for row in view.filters if row.id not in row_ids)))


def reset() -> None:
    """Back to what the page shows at first."""
    st.session_state.pop(VIEW, None)
    st.session_state[_TOUCHED] = True


def turn() -> int:
    """A number that is another one after each change of the view: what was clicked before is then past."""
    return int(st.session_state.get(_TURN, 0))


def rows_of(query: Query, before: View) -> tuple[FilterRow, ...]:
    """Rows for the filters of ``query``: those that ``before`` has keep theirs, others get a new id."""
    rows = {(row.dimension, row.exclude, frozenset(row.values)): row for row in before.filters}
    return tuple(
        rows.get((one.dimension, one.exclude, frozenset(one.values)))
        or FilterRow(next_id(before), one.dimension, one.exclude, one.values)
        for one in query.filters
    )


def next_id(view: View) -> int:
    """Never one that was used for a row still shown, so that no widget inherits another's value."""
    counter = int(st.session_state.get("view.filter_id", 0))
    st.session_state["view.filter_id"] = new = max([counter, *(row.id for row in view.filters)]) + 1
    return new


def _fitting(view: View, explorer: Explorer, today: date) -> View:
    measure = view.measure if view.measure in explorer.measures else explorer.measures[0]
    period = preset(view.shown.preset, today) if view.shown.preset else view.period
    fitting = replace(view, measure=measure, period=period)
    return replace(fitting, shown=replace(view.shown, steps=live_steps(fitting.query, view.shown.steps)))


def _params() -> dict[str, list[str]]:
    names = [name for name in st.query_params if name in _NAMES or name.startswith(("in.", "not."))]
    return {name: st.query_params.get_all(name) for name in names}


def _publish(view: View) -> None:
    params = view.params()
    if _params() != params:
        st.query_params.from_dict(params)
    if st.session_state.get(_WRITTEN) != params:
        st.session_state[_TURN] = turn() + 1
    st.session_state[_WRITTEN] = params
