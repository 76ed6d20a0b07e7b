"""Scopes to choose from: filters that are in view, and those of saved filters and views."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from core.dimensions import TIME_DIMENSIONS
from core.explore.filter_words import joined_words
from core.explore.labels import filter_param, is_filter_param
from core.explore.links import from_params
from core.explore.query import Filter
from core.store.saved_filters import list_filters
from core.store.saved_views import Params, list_views
from core.ui.app import data, explorer_state


def kept_scopes(today: date) -> dict[str, Params]:
    """Filters in view on other pages, and those that were saved, by how they are called here.

    Those of time are left out: what has a scope has days of its own.
    """
    state = explorer_state.ADDRESS.state
    shown = _params(state.query.filters) if state else {}
    scopes = {f"Filters in view: {_words(state.query.filters)}": shown} if state and shown else {}
    with data.store() as db:
        saved = {f"Saved filter “{kept.name}”": kept.params for kept in list_filters(db)}
        saved |= {f"Saved view “{view.name}”": view.content.params for view in list_views(db)}
    for label, params in saved.items():
        filters = from_params(
            {key: texts for key, texts in params.items() if is_filter_param(key)}, today=today
        )[0].filters
        if narrowed := _params(filters):
            scopes[label] = narrowed
    return scopes


def _params(filters: Iterable[Filter]) -> Params:
    return dict(map(filter_param, _timeless(filters)))


def _words(filters: Iterable[Filter]) -> str:
    return joined_words(_timeless(filters))


def _timeless(filters: Iterable[Filter]) -> Iterator[Filter]:
    return (condition for condition in filters if condition.dimension not in TIME_DIMENSIONS)
