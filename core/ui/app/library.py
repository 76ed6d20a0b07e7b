"""Saved views and dashboards, as the pages read and change them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain

import streamlit as st
from sqlite_utils import Database

from core.explore.dashboard_files import quoted_words
from core.explore.explorers import EXPLORERS
from core.explore.links import DEFAULT_DISPLAY
from core.explore.shown_views import shown_view
from core.store import owners, saved_views
from core.store.audit import Action
from core.store.dashboards import PLAN, Dashboard, Tile, dashboards_showing, list_dashboards
from core.store.owners import Kind
from core.store.saved_views import SavedView, ViewContent, list_views
from core.ui.app import actions, data, explorer_state, ownership, times, visitor
from core.ui.app.explorer_state import ExplorerState

_NEXT = "library.next"
_OPENED = "library.opened"
_VIEW = "view"
"""The parameter of a link that says which saved view it opens."""
_LONGEST_ID = 19

Act = Callable[[Database], object]
"""Changes the library."""


@dataclass(frozen=True)
class Library:
    """Everything saved, as of one instant. ``showing``: which dashboards a view is on, by the view's id."""

    views: dict[int, SavedView]
    dashboards: list[Dashboard]
    showing: dict[int, list[str]]


def read() -> Library:
    """All saved views, by name, and all dashboards, oldest first, but others' private ones; to a viewer what
    viewers are shown, and their own.
    """
    person = visitor.current().email
    with data.shared_store() as db:
        return _seen_by(person, db) if visitor.sees_all() else _shown_to(person, db)


def _seen_by(person: str | None, db: Database) -> Library:
    """Without what others keep private. A view on a dashboard is seen with it."""
    hidden = owners.hidden(db, Kind.DASHBOARD, person)
    boards = [board for board in list_dashboards(db) if board.id not in hidden]
    shown = {tile.view_id for board in boards for tile in board.tiles}
    private = owners.hidden(db, Kind.VIEW, person) - shown
    names = {board.name for board in boards}
    return Library(
        {view.id: view for view in list_views(db, person or "") if view.id not in private},
        boards,
        {id_: [name for name in on if name in names] for id_, on in dashboards_showing(db).items()},
    )


def _shown_to(viewer: str | None, db: Database) -> Library:
    """Each view as far as their part of the ledger goes, without what tells how others use it."""
    shown, own = owners.shown_to_viewers(db, Kind.DASHBOARD), owners.owned_by(db, Kind.VIEW, viewer)
    boards = [board for board in list_dashboards(db) if board.id in shown]
    on_boards = {tile.view_id for board in boards for tile in board.tiles}
    listed = owners.shown_to_viewers(db, Kind.VIEW) | own | on_boards
    views = {
        view.id: replace(view, content=content, starred=view.starred and view.id in own, opened_at=None)
        for view in list_views(db, viewer or "")
        if view.id in listed and (content := _shown_content(view))
    }
    boards = [replace(board, tiles=tuple(t for t in board.tiles if _is_shown(t, views))) for board in boards]
    showing: dict[int, list[str]] = {}
    for board in boards:
        for id_ in dict.fromkeys(tile.view_id for tile in board.tiles if tile.view_id):
            showing.setdefault(id_, []).append(board.name)
    return Library(views, boards, showing)


def _shown_content(view: SavedView) -> ViewContent | None:
    ledger = data.ledger()
    return shown_view(
        view.content, ledger, lambda dimension: data.dimension_values(ledger, dimension), times.today()
    )


def _is_shown(tile: Tile, views: Mapping[int, SavedView]) -> bool:
    """A plan is of more than a part."""
    return tile.view_id is None or (tile.view_id in views and tile.look.kind != PLAN)


def ask(place: str, waiting: str, act: Act, *, done: str | None = None) -> None:
    """Note a change of the library, from a widget's callback. Says ``done``, else what ``act`` returns."""

    def perform() -> str:
        with data.store() as db, owners.owned(db, visitor.current().email):
            words = act(db)
        return str(words) if done is None else done

    actions.request(place, waiting, perform, Action.CHANGED_LIBRARY)


def ask_own(place: str, waiting: str, view: SavedView | None, act: Act, *, done: str | None = None) -> None:
    """The same of a saved view, or to save one, which a viewer may too: their own, for nobody else."""

    def perform() -> str:
        with _changing(view) as db:
            words = act(db)
        return str(words) if done is None else done

    about = None if visitor.sees_all() else "a view of their own"
    actions.request(place, waiting, perform, Action.CHANGED_LIBRARY, about)


@contextmanager
def _changing(view: SavedView | None) -> Iterator[Database]:
    person, is_viewer = visitor.current().email, not visitor.sees_all()
    with data.shared_store() as db, owners.owned(db, person, is_private=is_viewer):
        if is_viewer and view:
            owners.require_own(db, Kind.VIEW, view.id, person)
        yield db


def may_change(view: SavedView) -> bool:
    """Whether who asks may rename, change or delete it: a viewer what is theirs."""
    return visitor.sees_all() or ownership.is_own(Kind.VIEW, view.id)


def keeper() -> str:
    """Who keeps apart what is saved now: a viewer."""
    return "" if visitor.sees_all() else visitor.current().email or ""


def content_of(page: str, state: ExplorerState) -> ViewContent:
    """What is shown now, as it is saved: without the clicks that led there."""
    return ViewContent(page, state.displayed(steps=(), agents_by=DEFAULT_DISPLAY.agents_by).stored())


def opened(content: ViewContent, today: date) -> ExplorerState:
    """The view that was saved; only where ``problems`` finds none."""
    return explorer_state.opened(content.params, EXPLORERS[content.page], today)[0]


def opening_params(view: SavedView, today: date) -> dict[str, list[str]]:
    """Of the link that opens a saved view, and says which: see :func:`note_opened`."""
    return {**opened(view.content, today).params(), _VIEW: [str(view.id)]}


def note_opened() -> None:
    """Remember when a saved view was opened: once for each time somebody comes with its link."""
    given = st.query_params.get(_VIEW, "")
    if given != st.session_state.get(_OPENED, ""):
        st.session_state[_OPENED] = given
        note_use({_VIEW: [given]})


def note_use(params: Mapping[str, list[str]]) -> None:
    """Remember that the saved view of these parameters was opened, if they say one."""
    (given,) = params.get(_VIEW, [""])
    if not visitor.sees_all():
        return
    if given.isdecimal() and given.isascii() and len(given) < _LONGEST_ID:
        with data.store() as db:
            saved_views.note_opened(db, int(given), times.now())


def mentions(view: SavedView, wanted: str) -> bool:
    """Whether the name of a view, or what it groups and filters by, holds the text, case aside."""
    texts = chain([view.name], *view.content.params.values())
    return any(wanted.strip().casefold() in text.casefold() for text in texts)


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
