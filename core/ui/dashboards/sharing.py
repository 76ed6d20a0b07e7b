"""What the Dashboards page shows right now: which dashboard, and what its tiles share; also in the address.

As in :mod:`core.ui.app.view`, widgets take their value from here before they are made; callbacks change it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from core.explore.labels import encode_value
from core.explore.links import from_params
from core.explore.query import Filter, Value
from core.periods import Period, preset
from core.store.dashboards import Dashboard
from core.ui.app.view import FilterRow, View

SHARED_FILTERS = ("origin", "cost_center")
"""Dimensions that a whole dashboard can be narrowed by."""

STATE = "board"
_WRITTEN = "board.written"
_TOUCHED = "board.touched"
_PROBLEMS = "board.problems"
_RANGE = frozenset({"range", "from", "to"})
_NAMES = frozenset({"board", *_RANGE})


@dataclass(frozen=True)
class BoardState:
    """``board`` as the link has it: an id, an id with the name behind it, or a name; empty for any.

    ``preset`` and ``period`` are what the tiles share; without either each keeps the range it was saved with.
    """

    board: str = ""
    preset: str | None = None
    period: Period | None = None
    filters: tuple[Filter, ...] = ()

    @property
    def is_as_saved(self) -> bool:
        return self.preset is None and self.period is None

    def params(self) -> dict[str, list[str]]:
        found = {"board": [self.board]} if self.board else {}
        if self.preset:
            found["range"] = [self.preset]
        elif self.period:
            found |= {"from": [self.period.start.isoformat()], "to": [self.period.end.isoformat()]}
        return found | {f"in.{one.dimension}": [*map(encode_value, one.values)] for one in self.filters}

    def values(self, dimension: str) -> tuple[Value, ...]:
        """What the tiles are narrowed to; empty for all."""
        return next((one.values for one in self.filters if one.dimension == dimension), ())


def current(today: date) -> BoardState:
    """The state of this session: from the address where that is new, else as it was left."""
    state = st.session_state
    params, touched = _params(), state.pop(_TOUCHED, False)
    if params and params != state.get(_WRITTEN) and not touched:
        state[STATE], state[_PROBLEMS] = opened(params, today)
    elif touched:
        state[_PROBLEMS] = []
    found: BoardState = state.setdefault(STATE, BoardState())
    return found


def opened(params: Mapping[str, Sequence[str]], today: date) -> tuple[BoardState, list[str]]:
    """The state of a link, and a sentence for what could not be read."""
    query, shown, problems = from_params(params, today=today)
    days = {name: texts for name, texts in params.items() if name in _RANGE}
    has_range = bool(days) and not from_params(days, today=today)[2]
    kept = tuple(one for one in query.filters if one.dimension in SHARED_FILTERS and not one.exclude)
    if len(kept) < len(query.filters):
        problems = [
            *problems,
            "A dashboard is narrowed by Origin and Cost center only; the rest is left out.",
        ]
    period = query.period if has_range and not shown.preset else None
    board = next(iter(params.get("board", ())), "")
    return BoardState(board, shown.preset if has_range else None, period, kept), problems


def publish(state: BoardState) -> None:
    """Write the state to the address."""
    params = state.params()
    if _params() != params:
        st.query_params.from_dict(params)
    st.session_state[STATE], st.session_state[_WRITTEN] = state, params


def problems() -> list[str]:
    """What the opened link said that could not be read."""
    found: list[str] = st.session_state.get(_PROBLEMS, [])
    return found


def link() -> str:
    """The whole address of this dashboard with its range and filters."""
    address = (st.context.url or "").split("?")[0].split("#")[0]
    return f"{address}?{urlencode(st.session_state[STATE].params(), doseq=True)}"


def change(**changes: Any) -> None:
    """Change the state, from a widget's callback or an action."""
    st.session_state[STATE] = replace(st.session_state.get(STATE) or BoardState(), **changes)
    st.session_state[_TOUCHED] = True


def show(dashboard: Dashboard) -> None:
    """Go to a dashboard, in this session."""
    change(board=address_of(dashboard))


def address_of(dashboard: Dashboard) -> str:
    """How links name it: the id tells, the name is for people."""
    return f"{dashboard.id}-{slug(dashboard.name)}".rstrip("-")


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40]


def chosen(board: str, dashboards: Sequence[Dashboard]) -> Dashboard | None:
    """The dashboard a link means, by id or by name; None when there is none (any more)."""
    number = re.match(r"(\d{1,18})(-|$)", board)
    by_id = (one for one in dashboards if number and one.id == int(number[1]))
    by_name = (
        one for one in dashboards if board and board.casefold() in (one.name.casefold(), slug(one.name))
    )
    return next(by_id, None) or next(by_name, None)


def narrowed(view: View, state: BoardState, today: date) -> View | None:
    """A tile's view with what all tiles share; None where its own filters leave nothing of that."""
    if period := preset(state.preset, today) if state.preset else state.period:
        view = replace(view, period=period, shown=replace(view.shown, preset=state.preset))
    for one in state.filters:
        kept = _kept_values(view, one)
        if not kept:
            return None
        others = tuple(row for row in view.filters if row.dimension != one.dimension or row.exclude)
        view = replace(view, filters=(*others, FilterRow(len(view.filters), one.dimension, values=kept)))
    return view


def _kept_values(view: View, shared: Filter) -> tuple[Value, ...]:
    """The shared values that the view's own including filter, where it has one, lets through."""
    own = [row.values for row in view.filters if row.dimension == shared.dimension and not row.exclude]
    wanted = {value for values in own for value in values}
    return tuple(value for value in shared.values if not wanted or value in wanted)


def _params() -> dict[str, list[str]]:
    names = [name for name in st.query_params if name in _NAMES or name.startswith(("in.", "not."))]
    return {name: st.query_params.get_all(name) for name in names}
