"""Forgets widgets that were not drawn for many runs.

Streamlit keeps what it knows of each widget as long as its session lives: the callback, and with it the
answer that was on the page. A widget of other data is another widget to it, so a session grew with every
click.
``core.ui.app.navigation`` puts :func:`remove_and_forget` in the place of Streamlit's own.
"""

from __future__ import annotations

from typing import Any

from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import WStates

RUNS = 20
"""So long a press of what a page has just left out is still heard."""

_remove = WStates.remove_stale_widgets


def remove_and_forget(
    self: WStates, active_widget_ids: frozenset[str], fragment_ids_this_run: list[str] | None
) -> None:
    """At the end of a run; one of a fragment says nothing of the widgets around it."""
    _remove(self, active_widget_ids, fragment_ids_this_run)
    if not fragment_ids_this_run:
        forget(self, active_widget_ids)


class _Known(dict[str, WidgetMetadata[Any]]):
    """What Streamlit knows of a session's widgets; ``absent``: in how many runs each was not drawn."""

    def __init__(self, known: dict[str, WidgetMetadata[Any]]) -> None:
        super().__init__(known)
        self.absent: dict[str, int] = {}


def forget(states: WStates, drawn: frozenset[str]) -> None:
    """Count a run, and forget what was not drawn in so many in a row."""
    known = states.widget_metadata
    if not isinstance(known, _Known):
        states.widget_metadata = known = _Known(known)
    known.absent = {id_: known.absent.get(id_, 0) + 1 for id_ in known if id_ not in drawn}
    for id_ in [id_ for id_, runs in known.absent.items() if runs > RUNS]:
        del known[id_], known.absent[id_]
