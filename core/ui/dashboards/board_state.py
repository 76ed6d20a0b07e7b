"""What the Dashboards page shows right now: which dashboard, and what its tiles share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from core.explore.labels import filter_param, is_filter_param
from core.explore.links import from_params
from core.explore.query import Filter, Value
from core.periods import Period, preset
from core.store.dashboards import Dashboard
from core.ui.app import carried
from core.ui.app.address import Address
from core.ui.app.carried import Range
from core.ui.app.explorer_state import ExplorerState

SHARED_FILTERS = ("origin", "cost_center")
"""Dimensions that a whole dashboard can be narrowed by."""

_RANGE = frozenset({"range", "from", "to"})


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
        params = {"board": [self.board]} if self.board else {}
        if self.preset:
            params["range"] = [self.preset]
        elif self.period:
            params |= {"from": [self.period.start.isoformat()], "to": [self.period.end.isoformat()]}
        return params | dict(map(filter_param, self.filters))

    def values(self, dimension: str) -> tuple[Value, ...]:
        """What the tiles are narrowed to; empty for all."""
        return next((condition.values for condition in self.filters if condition.dimension == dimension), ())

    def narrowed_to(self, dimension: str, values: tuple[Value, ...]) -> BoardState:
        """With these values of a dimension only; with all, if there are none."""
        others = tuple(condition for condition in self.filters if condition.dimension != dimension)
        return replace(self, filters=(*others, Filter(dimension, values)) if values else others)


def _is_parameter(name: str) -> bool:
    return name == "board" or name in _RANGE or is_filter_param(name)


ADDRESS: Address[BoardState] = Address("board", _is_parameter)


def current(today: date) -> BoardState:
    """The state of this session; the page publishes it once it knows the dashboard."""
    chosen = carried.take(ADDRESS.name)
    state = ADDRESS.arrive(lambda params: opened(params, today)) or BoardState()
    return ranging(state, chosen) if chosen else state


def ranging(state: BoardState, chosen: Range) -> BoardState:
    """With this range for all tiles."""
    return replace(state, preset=chosen.preset, period=None if chosen.preset else chosen.period)


def opened(params: Mapping[str, Sequence[str]], today: date) -> tuple[BoardState, list[str]]:
    """The state of a link, and a sentence for what could not be read."""
    query, shown, problems = from_params(params, today=today)
    days = {name: texts for name, texts in params.items() if name in _RANGE}
    has_range = bool(days) and not from_params(days, today=today)[2]
    kept = tuple(
        condition
        for condition in query.filters
        if condition.dimension in SHARED_FILTERS and condition.keeps_values
    )
    if len(kept) < len(query.filters):
        problems = [
            *problems,
            "A dashboard is narrowed by Origin and connection only; the rest is left out.",
        ]
    period = query.period if has_range and not shown.preset else None
    board = next(iter(params.get("board", ())), "")
    return BoardState(board, shown.preset if has_range else None, period, kept), problems


def change(**changes: Any) -> None:
    """Change the state, from a widget's callback or an action."""
    ADDRESS.put(replace(ADDRESS.state or BoardState(), **changes))


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
    by_id = (dashboard for dashboard in dashboards if number and dashboard.id == int(number[1]))
    by_name = (
        dashboard
        for dashboard in dashboards
        if board and board.casefold() in (dashboard.name.casefold(), slug(dashboard.name))
    )
    return next(by_id, None) or next(by_name, None)


def narrowed(state: ExplorerState, board: BoardState, today: date) -> ExplorerState | None:
    """A tile's view with what all tiles share; None where its own filters leave nothing of that."""
    if period := preset(board.preset, today) if board.preset else board.period:
        state = state.ranging(board.preset, period)
    for condition in board.filters:
        kept = _kept_values(state, condition)
        if not kept:
            return None
        state = state.asking(state.query.narrowed(Filter(condition.dimension, kept)))
    return state


def _kept_values(state: ExplorerState, shared: Filter) -> tuple[Value, ...]:
    """The shared values that the view's own including filter, where it has one, lets through."""
    wanted = {value for own in state.query.filters if own.kind == shared.kind for value in own.values}
    return tuple(value for value in shared.values if not wanted or value in wanted)
