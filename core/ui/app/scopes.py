"""Scopes to choose from: filters that are in view, and those of saved filters and views."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType

import streamlit as st

from core.dimensions import DIMENSIONS, TIME_DIMENSIONS
from core.explore.filter_words import joined_words
from core.explore.labels import filter_param, is_filter_param, value_label
from core.explore.links import from_params
from core.explore.query import Filter, Value
from core.store.saved_filters import list_filters
from core.store.saved_views import Params
from core.ui.app import data, explorer_state, library

_EVERYTHING, _ONE = "All use", "Some values of a dimension"
_MOST_VALUES = 2_000
_NO_OTHERS: Mapping[str, Params] = MappingProxyType({})


def choose_scope(
    today: date, key: str, names: Iterable[str] = tuple(DIMENSIONS), first: Mapping[str, Params] = _NO_OTHERS
) -> Params:
    """What something is of: all, some values of one of the dimensions ``names``, filters that are in view or
    saved. ``key``: what the keys of its widgets begin with. ``first``: what else is offered, at the top.
    """
    scopes = {**first, _EVERYTHING: Params(), _ONE: Params(), **kept_scopes(today)}
    chosen = st.selectbox("What it is of", list(scopes), key=f"{key}.scope")
    return _of_values(key, names) if chosen == _ONE else scopes[chosen]


def _of_values(key: str, among: Iterable[str]) -> Params:
    names = [name for name in among if name not in TIME_DIMENSIONS]
    name = st.selectbox(
        "Dimension", names, key=f"{key}.dimension", format_func=lambda key: DIMENSIONS[key].label
    )
    options: list[Value] = [
        option.value for option in data.dimension_values(data.ledger(), name)[:_MOST_VALUES]
    ]
    values = st.multiselect(
        "Values",
        options,
        key=f"{key}.values.{name}",
        format_func=lambda value: value_label(DIMENSIONS[name], value),
    )
    return dict([filter_param(Filter(name, tuple(values)))]) if values else {}


def kept_scopes(today: date) -> dict[str, Params]:
    """Filters in view on other pages, and those that were saved, by how they are called here.

    Those of time are left out: what has a scope has days of its own.
    """
    state = explorer_state.ADDRESS.state
    shown = _params(state.query.filters) if state else {}
    scopes = {f"Filters in view: {_words(state.query.filters)}": shown} if state and shown else {}
    with data.store() as db:
        saved = {f"Saved filter “{kept.name}”": kept.params for kept in list_filters(db)}
    views = library.read().views.values()
    saved |= {f"Saved view “{view.name}”": view.content.params for view in views}
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
