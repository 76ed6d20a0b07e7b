"""The box that finds pages, saved views, dashboards, people, keys, models and workspaces, and opens them.

A script shows it and hears the shortcuts; what is found is looked for here, at each pause in typing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import streamlit as st

from core.dimensions import DIMENSIONS
from core.errors import TokenLedgerError
from core.explore.dashboard_files import problems
from core.explore.drill import NEXT
from core.explore.explorers import COST, EXPLORERS, MEASURES_OF
from core.explore.query import Filter
from core.ledger.snapshot import Snapshot
from core.periods import preset
from core.store.dashboards import Dashboard
from core.ui.app import data, explorer_state, first_number, html, library, times, visitor
from core.ui.app.components import component
from core.ui.app.menu import PAGES
from core.ui.app.presses import whole

VALUES = ("user", "api_key", "model", "workspace")
"""Dimensions whose values are found; each opens what it cost."""
MOST_OF_A_KIND = 5
LONGEST_SEARCH = 100

_SCRIPT = Path(__file__).with_name("finder.js")
_KEY = "finder"
_WANTED = "finder.wanted"
_GO = "finder.go"

Params = dict[str, list[str]]


@dataclass(frozen=True)
class Hit:
    """What is found: of which kind, how it reads, and the page and parameters that show it."""

    kind: str
    label: str
    page: str
    params: Params
    board: Dashboard | None = None


def opener() -> None:
    """The way to the box for those who do not know its key: below the menu."""
    with st.sidebar:
        html.show(html.button("Search", html.kbd("/", aria_hidden="true"), cls="tl-find", type="button"))


def box(here: str, page_file: Callable[[str], str]) -> None:
    """The box, closed at first; goes to what was chosen in it. ``here``: the page that is shown.

    The first thing on a page: an answer to what was typed may arrive when the next page has begun, and only
    the first place is there by then.
    """
    _box(here, page_file)


@st.fragment
def _box(here: str, page_file: Callable[[str], str]) -> None:
    wanted: str = st.session_state.get(_WANTED, "")
    pages = [
        {"page": page.name, "title": page.title, "letter": page.letter}
        for page in PAGES.values()
        if visitor.is_let_in() and visitor.may(page.least)
    ]
    hits = [{"kind": hit.kind, "label": hit.label} for hit in _found(wanted)]
    component(_SCRIPT)(
        key=_KEY, data={"pages": pages, "wanted": wanted, "hits": hits}, on_wanted_change=_search,
        on_go_change=_choose,
    )  # fmt: skip
    first_number.ask()
    with whole():
        _go(st.session_state.pop(_GO, None), here, page_file)


def _go(chosen: Hit | None, here: str, page_file: Callable[[str], str]) -> None:
    if chosen and chosen.page == here:
        _open_here(chosen)
        st.rerun()
    elif chosen and chosen.page in PAGES and visitor.may(PAGES[chosen.page].least):
        st.switch_page(page_file(chosen.page), query_params=chosen.params or None)


def _open_here(hit: Hit) -> None:
    """On the page that is shown, which stays, with its widgets."""
    if hit.board:
        library.show_next(hit.board)
    elif hit.params:
        explorer_state.put_link(hit.params, EXPLORERS[hit.page], times.today())
        library.note_use(hit.params)


def _search() -> None:
    wanted = st.session_state[_KEY].get("wanted")
    st.session_state[_WANTED] = wanted[:LONGEST_SEARCH].strip() if isinstance(wanted, str) else ""


def _choose() -> None:
    """A page by its name, anything else by its place among the hits."""
    chosen = st.session_state[_KEY].get("go") or {}
    page, place = chosen.get("page"), chosen.get("hit")
    if isinstance(page, str):
        st.session_state[_GO] = Hit("Page", page, page, {})
    elif isinstance(place, int) and chosen.get("wanted") == st.session_state.get(_WANTED):
        hits = _found(chosen["wanted"])
        st.session_state[_GO] = hits[place] if 0 <= place < len(hits) else None


def _found(wanted: str) -> list[Hit]:
    """Nothing where the ledger or the library cannot be read: the page says why."""
    try:
        return list(found(wanted, data.ledger())) if wanted else []
    except TokenLedgerError:
        return []


def found(wanted: str, ledger: Snapshot) -> Iterator[Hit]:
    """A few of each kind: names that begin so first, then those with a word that does, then the rest."""
    yield from _kept(wanted)
    for dimension in VALUES if ledger.connections else ():
        yield from _values(ledger, dimension, wanted)


def _kept(wanted: str) -> Iterator[Hit]:
    """Of dashboards and saved views."""
    saved, today = library.read(), times.today()
    for board in _best(saved.dashboards, wanted, lambda board: board.name):
        yield Hit("Dashboard", board.name, "dashboards", {"board": [str(board.id)]}, board)
    views = (view for view in saved.views.values() if library.mentions(view, wanted))
    readable = (view for view in views if not problems(view.content, MEASURES_OF))
    for view in _best(readable, wanted, lambda view: view.name, part_fits=True):
        yield Hit("Saved view", view.name, view.content.page, library.opening_params(view, today))


def _values(ledger: Snapshot, dimension: str, wanted: str) -> Iterator[Hit]:
    """What each cost in the range of this session; where it has no use in that, over all days."""
    shown = explorer_state.standard(COST, times.today())
    if now := explorer_state.ADDRESS.state:
        shown = shown.ranging(now.display.preset, now.period)
    always = shown.ranging("all", preset("all", times.today()))
    used = {option.value for option in data.dimension_values(ledger, dimension, shown.period)}
    options = (option for option in data.dimension_values(ledger, dimension) if isinstance(option.value, str))
    for option in _best(options, wanted, lambda option: option.label):
        begun = shown if option.value in used else always
        query = begun.query.grouped(NEXT[dimension][0]).narrowed(Filter(dimension, (option.value,)))
        yield Hit(DIMENSIONS[dimension].label, option.label, COST.name, begun.asking(query).params())


T = TypeVar("T")


def _best(things: Iterable[T], wanted: str, name: Callable[[T], str], *, part_fits: bool = False) -> list[T]:
    """The first few; of equals, in the order given. ``part_fits``: also those whose name does not hold it."""
    part = wanted.casefold()
    fitting = [thing for thing in things if part_fits or part in name(thing).casefold()]
    return sorted(fitting, key=lambda thing: _rank(name(thing).casefold(), part))[:MOST_OF_A_KIND]


def _rank(label: str, part: str) -> int:
    if label.startswith(part):
        return 0
    return 1 if f" {part}" in label else 2
