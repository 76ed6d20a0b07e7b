"""Ways from a number to the view it came from: links, and clicks on a chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import streamlit as st

from core.explore.links import Display
from core.explore.query import Query
from core.ui.app import html
from core.ui.app.explorer_state import ExplorerState
from core.ui.app.navigation import page_file
from core.ui.app.presses import whole

_NEXT = "ways.next"
"""Set by a click on a chart: the next run goes there."""


@dataclass(frozen=True)
class Way:
    """A page, and the parameters of its address."""

    page: str
    params: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def href(self) -> str:
        """Beside the page that it stands on, wherever the program is served."""
        return f"{self.page}?{urlencode(self.params, doseq=True)}" if self.params else self.page


def way(page: str, query: Query, **display: object) -> Way:
    """To an explorer, or a page of the same range and filters; over exactly the days of ``query``."""
    shown = Display(**{"preset": None, **display})  # type: ignore[arg-type]
    return Way(page, ExplorerState(query, shown).params())


def link(to: Way, *inside: html.Node, title: str | None = None, cls: str = "") -> html.Node:
    return html.a(*inside, href=to.href, cls=f"tl-way {cls}".strip(), title=title)


def go_next(to: Way) -> None:
    """From a callback: the run that follows goes there."""
    st.session_state[_NEXT] = to


def follow() -> None:
    """Go where a callback wants to."""
    with whole():
        if to := st.session_state.pop(_NEXT, None):
            st.switch_page(page_file(to.page), query_params=to.params)
