"""Saved views and dashboards, as the pages read and change them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import streamlit as st
from sqlite_utils import Database

from core.dimensions import DIMENSIONS, MEASURES
from core.explore import dashboard_exchange
from core.explore.dashboard_files import Measures, problems, quoted_words
from core.periods import PRESETS
from core.store.dashboards import Dashboard, dashboards_showing, list_dashboards
from core.store.saved_views import SavedView, ViewContent, list_views
from core.ui.app import actions, data, explorer_state, times
from core.ui.app.explorer_state import EXPLORERS, ExplorerState
from core.ui.app.state_words import filter_words

_NEXT = "library.next"

MEASURES_OF: Measures = {name: explorer.measures for name, explorer in EXPLORERS.items()}

Act = Callable[[Database], object]
"""Changes the library."""


@dataclass(frozen=True)
class Library:
    """Everything saved, as of one instant. ``showing``: which dashboards a view is on, by the view's id."""

    views: dict[int, SavedView]
    dashboards: list[Dashboard]
    showing: dict[int, list[str]]


def read() -> Library:
    """All saved views, by name, and all dashboards, oldest first; those that ship, from the first time on."""
    with data.store() as db:
        dashboard_exchange.ensure_shipped(db, MEASURES_OF, times.now())
        views = {view.id: view for view in list_views(db)}
        return Library(views, list_dashboards(db), dashboards_showing(db))


def ask(place: str, waiting: str, act: Act, *, done: str | None = None) -> None:
    """Note a change of the library, from a widget's callback. Says ``done``, else what ``act`` returns."""

    def perform() -> str:
        with data.store() as db:
            words = act(db)
        return str(words) if done is None else done

    actions.request(place, waiting, perform)


def content_of(page: str, state: ExplorerState) -> ViewContent:
    """What is shown now, as it is saved: without the clicks that led there."""
    return ViewContent(page, state.displayed(steps=()).stored())


def opened(content: ViewContent, today: date) -> ExplorerState:
    """The view that was saved; only where ``problems`` finds none."""
    return explorer_state.opened(content.params, EXPLORERS[content.page], today)[0]


def words(content: ViewContent, today: date) -> str:
    """A view in a line: ``Cost by model, Last 30 days, Origin is claude.ai``; or why it cannot be read."""
    if faults := problems(content, MEASURES_OF):
        return f"Can no longer be read: {faults[0]}"
    state = opened(content, today)
    picked = f"{state.period.start} to {state.period.last}"
    days = PRESETS[state.display.preset] if state.display.preset else picked
    filters = map(filter_words, state.query.filters)
    return ", ".join([title(state), days, *filters])


def title(state: ExplorerState) -> str:
    """What a view is about: ``Cost by model and API key``."""
    labels = [DIMENSIONS[name].label for name in state.group_by]
    groups = [text[:1].lower() + text[1:] if text[1:2].islower() else text for text in labels]
    by = ", ".join(groups[:-1]) + " and " * bool(groups[1:]) + groups[-1] if groups else ""
    return f"{MEASURES[state.measure].label} by {by}" if by else MEASURES[state.measure].label


def showing_words(names: list[str]) -> str:
    """Which dashboards show a view, as a sentence."""
    return f"On the dashboards {quoted_words(names)}." if names[1:] else f"On the dashboard “{names[0]}”."


def kind_label(kind: str) -> str:
    """How a tile of this kind is named: ``Bars``."""
    return kind.replace("_", " ").capitalize()


def show_next(dashboard: Dashboard) -> None:
    """The Dashboards page shows this one when it is opened next in this session."""
    st.session_state[_NEXT] = dashboard


def pop_next() -> Dashboard | None:
    """What ``show_next`` was told since the last look; None for nothing."""
    dashboard: Dashboard | None = st.session_state.pop(_NEXT, None)
    return dashboard
