"""What an explorer shows right now: a question, how its answer is shown, and the rows of its filters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import streamlit as st

from core.dimensions import Origin
from core.explore.drill import live_steps
from core.explore.explorers import Explorer, read_view
from core.explore.links import DEFAULT_DISPLAY, Display, is_parameter, short_params, to_params
from core.explore.query import Filter, Match, Query, Value
from core.periods import DEFAULT_PRESET, Period, preset
from core.ui.app import carried
from core.ui.app.address import Address


@dataclass(frozen=True)
class FilterRow:
    """A filter as the sidebar shows it; without values it does not filter yet."""

    id: int
    dimension: str
    exclude: bool = False
    values: tuple[Value, ...] = ()
    match: Match = Match.IS


@dataclass(frozen=True)
class ExplorerState:
    """Everything a link holds; and how the sidebar lays its filters out, where there is one.

    ``query`` asks for one measure and groups by no time. Its period follows ``display.preset``, if any.
    """

    query: Query
    display: Display = DEFAULT_DISPLAY
    rows: tuple[FilterRow, ...] = ()

    @property
    def measure(self) -> str:
        return self.query.measures[0]

    @property
    def period(self) -> Period:
        return self.query.period

    @property
    def group_by(self) -> tuple[str, ...]:
        return self.query.group_by

    def params(self) -> dict[str, list[str]]:
        """Of its link: what is so anyway is left out."""
        return short_params(self.query, self.display)

    def stored(self) -> dict[str, list[str]]:
        """All of it, so that it stays what it is whatever a page shows at first one day."""
        return to_params(self.query, self.display)

    def asking(self, query: Query) -> ExplorerState:
        """Another question. A filter that stays keeps its row, and so does one without values yet."""
        if query.filters == self.query.filters:
            return replace(self, query=query)
        empty = (row for row in self.rows if not row.values)
        return replace(self, query=query, rows=(*rows_of(query, self.rows), *empty))

    def filtered(self, rows: Iterable[FilterRow]) -> ExplorerState:
        """Narrowed by these rows; those of one kind on one dimension are joined."""
        kept, joined = tuple(rows), dict[tuple[str, bool, Match], tuple[Value, ...]]()
        for row in kept:
            if row.values:
                key = (row.dimension, row.exclude, row.match)
                joined[key] = joined.get(key, ()) + row.values
        filters = tuple(Filter(name, values, no, match) for (name, no, match), values in joined.items())
        return replace(self, query=replace(self.query, filters=filters), rows=kept)

    def ranging(self, name: str | None, period: Period) -> ExplorerState:
        """The same question over other days: those of a preset, or picked ones."""
        return self.asking(self.query.during(period)).displayed(preset=name)

    def displayed(self, **changes: Any) -> ExplorerState:
        """The same question, shown differently."""
        return replace(self, display=replace(self.display, **changes))


ADDRESS: Address[ExplorerState] = Address("view", is_parameter)
"""One for all explorers: going to another keeps range, groups and filters."""


def current(explorer: Explorer, today: date) -> ExplorerState:
    """The state of this session, reduced to what the page can show."""
    chosen = carried.take(ADDRESS.name)
    state = ADDRESS.arrive(lambda params: _arrived(params, explorer, today)) or standard(explorer, today)
    if chosen:
        state = state.ranging(chosen.preset, chosen.period)
    return ADDRESS.publish(fitting(state, explorer, today))


def put_link(params: Mapping[str, list[str]], explorer: Explorer, today: date) -> None:
    """Show what a link of this page would, from a click on it."""
    ADDRESS.put(fitting(_arrived(params, explorer, today)[0], explorer, today))


def _arrived(
    params: Mapping[str, list[str]], explorer: Explorer, today: date
) -> tuple[ExplorerState, list[str]]:
    state, problems = opened(params, explorer, today)
    before = ADDRESS.state
    return replace(state, rows=rows_of(state.query, before.rows if before else ())), problems


def standard(explorer: Explorer, today: date) -> ExplorerState:
    """What a page shows at first: the last four weeks by model."""
    return ExplorerState(Query(explorer.measures[:1], preset(DEFAULT_PRESET, today), ("model",)))


def opened(
    params: Mapping[str, list[str]], explorer: Explorer, today: date
) -> tuple[ExplorerState, list[str]]:
    """The state of a link, and a sentence for what could not be read."""
    view, problems = read_view(params, explorer, today)
    return ExplorerState(*view), problems


def fitting(state: ExplorerState, explorer: Explorer, today: date) -> ExplorerState:
    """A measure of the page, a range that follows today, and the steps that still stand."""
    query = state.query
    if state.measure not in explorer.measures:
        query = query.measuring(explorer.measures[0])
    if state.display.preset:
        query = query.during(preset(state.display.preset, today))
    return replace(state, query=query).displayed(steps=live_steps(query, state.display.steps))


def change(update: Callable[[ExplorerState], ExplorerState]) -> None:
    """Change the state, from a widget's callback."""
    ADDRESS.change(update)


def change_display(field: str, key: str) -> None:
    """Put a widget's value into how the answer is shown.

    None, which a browser was seen to send while it was slow though a choice is required, changes nothing.
    """
    value = st.session_state[key]
    if value is not None:
        change(lambda state: state.displayed(**{field: value}))


def narrow_to(origin: Origin | None) -> None:
    """Keep one Origin only, or all again."""

    def narrowed(state: ExplorerState) -> ExplorerState:
        others = (row for row in state.rows if row.dimension != "origin")
        if origin is None:
            return state.filtered(others)
        return state.filtered((*others, FilterRow(next_id(state.rows), "origin", values=(origin.value,))))

    change(narrowed)


def add_filter(dimension: str) -> None:
    """A filter without values yet, unless there is one: a slow browser may ask twice."""

    def added(state: ExplorerState) -> ExplorerState:
        if any(row.dimension == dimension and not row.values for row in state.rows):
            return state
        return state.filtered((*state.rows, FilterRow(next_id(state.rows), dimension)))

    change(added)


def change_filter(row_id: int, update: Callable[[FilterRow], FilterRow]) -> None:
    change(lambda state: state.filtered(update(row) if row.id == row_id else row for row in state.rows))


def remove_filters(*row_ids: int) -> None:
    change(lambda state: state.filtered(row for row in state.rows if row.id not in row_ids))


def remove_all_filters() -> None:
    """Those too that were added since the page was drawn."""
    change(lambda state: state.filtered(()))


def rows_of(query: Query, before: tuple[FilterRow, ...]) -> tuple[FilterRow, ...]:
    """Rows for the filters of ``query``: those that are in ``before`` stay, others get a new id."""
    rows = {(row.dimension, row.exclude, row.match, frozenset(row.values)): row for row in before}
    return tuple(
        rows.get((*condition.kind, frozenset(condition.values)))
        or FilterRow(
            next_id(before), condition.dimension, condition.exclude, condition.values, condition.match
        )
        for condition in query.filters
    )


def next_id(rows: tuple[FilterRow, ...]) -> int:
    """Never one that was used for a row still shown, so that no widget inherits another's value."""
    counter = int(st.session_state.get("explorer.filter_id", 0))
    st.session_state["explorer.filter_id"] = new = max([counter, *(row.id for row in rows)]) + 1
    return new
