"""The tiles of a dashboard: each a saved view or a text, and a failure in one does not affect the others."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

import streamlit as st

from core.errors import TokenLedgerError
from core.explore.dashboard_files import problems
from core.explore.explorers import EXPLORERS, MEASURES_OF
from core.explore.filter_words import filter_words
from core.explore.query import Filter
from core.ledger.snapshot import Snapshot
from core.secrecy import fault_text
from core.store.dashboards import PLAN, Dashboard, Tile
from core.store.saved_views import SavedView
from core.ui.app import answer_blocks, blocks, extent, gap_notice, html, library, origin_line, visitor
from core.ui.app.answers import Answer
from core.ui.app.explorer_state import ExplorerState
from core.ui.app.library import Library
from core.ui.app.navigation import page_file
from core.ui.app.state_words import range_words
from core.ui.app.text import markdown_text, sentence
from core.ui.dashboards import board_state, edit, text_tiles
from core.ui.dashboards.board_state import BoardState
from core.ui.dashboards.tile_kinds import KINDS

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Board:
    """A dashboard as it is shown: with what its tiles share, over one revision of the ledger."""

    dashboard: Dashboard
    saved: Library
    state: BoardState
    ledger: Snapshot
    today: date
    editing: bool


def tile_grid(board: Board) -> None:
    """All tiles in their places; the places are laid out by the style sheet."""
    if not board.dashboard.tiles:
        blocks.empty(
            "This dashboard has no tiles yet",
            "Open Cost or Usage and choose “Pin to dashboard”, or switch on Edit and add a saved view."
            if visitor.sees_all()
            else "Or none that shows anything of what was granted to you.",
        )
        return
    above = st.container()
    with st.container(key="board"):
        answers = [_tile(board, tile, place) for place, tile in enumerate(board.dashboard.tiles)]
    with above:
        differences = [
            difference for answer in answers if answer for difference in answer.provenance.differences
        ]
        origin_line.differences(tuple(dict.fromkeys(differences)))


def _tile(board: Board, tile: Tile, place: int) -> Answer | None:
    """Draw a tile; its answer, where there is one."""
    view, look = board.saved.views.get(tile.view_id or 0), tile.look
    key = f"tile-{look.width}-{look.height}-{tile.id}"
    with st.container(border=True, key=key, height="stretch", gap="xsmall"):
        if board.editing:
            edit.tile_controls(board.dashboard, tile, place, view.name if view else text_tiles.NAMELESS)
        with _failures_in_place():
            if view:
                return _content(board, tile, view)
            text_tiles.draw(tile)
    return None


def _content(board: Board, tile: Tile, view: SavedView) -> Answer | None:
    title = tile.look.title or view.name
    if faults := problems(view.content, MEASURES_OF):
        _head(title, [], None, view)
        _unreadable(view, faults[0])
        return None
    shared = replace(board.state, preset=None, period=None) if tile.look.range == "own" else board.state
    own = library.opened(view.content, board.today)
    shown = board_state.narrowed(own, shared, board.today)
    _head(title, [filter_words(condition) for condition in own.query.filters], shown, view)
    if shown is None:
        blocks.quiet("The filters of this dashboard and of this tile leave nothing in common.")
        return None
    answer = _answer(board, tile, view, shown)
    if reason := _nothing(answer):
        blocks.quiet(reason)
    else:
        KINDS[tile.look.kind].draw(answer, tile.look)
    if tile.look.kind == PLAN:
        blocks.quiet("Of the plan's own period, whatever the range of the dashboard")
        return answer
    keeps_range = tile.look.range == "own" and not board.state.is_as_saved
    blocks.quiet(_foot(answer, own.query.filters, keeps_range=keeps_range))
    return answer


def _head(title: str, filters: list[str], state: ExplorerState | None, view: SavedView) -> None:
    """The title with the view's own filters, and the way to the whole view with the range and filters of this
    tile."""
    whole = ", ".join([title, *filters])
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", wrap=False,
        gap="small",
    ):  # fmt: skip
        words = html.div(", ".join(filters), cls="tl-tile-filters") if filters else None
        html.show(html.div(html.div(html.name(title), cls="tl-tile-title"), words, title=whole))
        if state:
            st.page_link(
                page_file(view.content.page), query_params=state.params(),
                label=markdown_text(f"Open {whole}"), icon=":material/open_in_full:",
                help="The whole view, with this range and these filters",
            )  # fmt: skip


def _unreadable(view: SavedView, problem: str) -> None:
    blocks.quiet(
        f"The saved view “{view.name}” can no longer be read, so no number is shown. {sentence(problem)} "
        "Save it anew from the explorer, or take the tile off."
    )


def _answer(board: Board, tile: Tile, view: SavedView, state: ExplorerState) -> Answer:
    room = KINDS[tile.look.kind].most_groups[tile.look.height]
    fitting = state.displayed(top=min(state.display.top, room))
    return Answer(EXPLORERS[view.content.page], fitting, board.ledger, board.today)


def _nothing(answer: Answer) -> str:
    """Why there is nothing to draw; empty where there is something."""
    if answer_blocks.has_rows(answer):
        return ""
    coverage = answer.provenance.coverage
    if not coverage:
        return "No organization is left by the filters."
    if not answer.knows_days:
        return ". ".join(gap_notice.why_empty(answer.provenance, answer.period))
    if answer.state.query.filters:
        return "There is data, and no row of it passes the filters."
    return "Nothing was used in these days."


def _foot(answer: Answer, above: tuple[Filter, ...], *, keeps_range: bool) -> str:
    """The days, whose they are where a range for all is chosen, the filters that are not ``above``, and which
    days are missing."""
    shown = answer.state
    filters = [filter_words(condition) for condition in shown.query.filters if condition not in above]
    if answer.shown_period.days and answer.shown_period != shown.period:
        shown = shown.asking(shown.query.during(answer.shown_period))
    own = "Its own range" if keeps_range else ""
    words = (
        own,
        range_words(shown),
        extent.words(answer, shown.measure),
        *filters,
        gap_notice.brief(answer.provenance),
    )
    return " · ".join(part for part in words if part)


@contextmanager
def _failures_in_place() -> Iterator[None]:
    """An error of one tile is a sentence in its place; its traceback goes to the log."""
    try:
        yield
    except TokenLedgerError as error:
        blocks.failure(error)
    except Exception:
        log.error("A tile failed.\n%s", fault_text())
        blocks.quiet("This tile could not be shown. The fault is in this program; the log has its details.")
