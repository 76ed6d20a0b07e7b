"""The sidebar's filters: any dimension, include or exclude, values searched on the server."""

from __future__ import annotations

import streamlit as st

from core.dimensions import DIMENSIONS
from core.explore.labels import value_label
from core.explore.query import Value
from core.ledger.view import LedgerView
from core.ui import data, view
from core.ui.text import count_of
from core.ui.view import FilterRow, View

MANY_VALUES = 200
"""Past so many, a search box narrows on the server."""

_ADD = "w.add_filter"
_KINDS = {False: "is", True: "is not"}


def sidebar(ledger: LedgerView, shown: View) -> None:
    """All filters of the view, and the way to add one."""
    with st.sidebar:
        st.subheader("Filters", anchor=False)
        for row in shown.filters:
            _filter(ledger, row)
        st.selectbox(
            "Add filter", list(DIMENSIONS), key=view.set_value(_ADD, None), index=None,
            format_func=lambda name: DIMENSIONS[name].label, placeholder="Add filter",
            label_visibility="collapsed", on_change=_add,
        )  # fmt: skip
        if shown.filters:
            ids = [row.id for row in shown.filters]
            st.button(
                "Clear all",
                type="tertiary",
                icon=":material/filter_alt_off:",
                on_click=view.remove_filters,
                args=ids,
            )


def _add() -> None:
    if dimension := st.session_state[_ADD]:
        view.add_filter(dimension)


def _filter(ledger: LedgerView, row: FilterRow) -> None:
    label = DIMENSIONS[row.dimension].label
    with st.container(border=True, gap="xsmall", key=f"filter-{row.id}"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.html(f'<span class="tl-filter">{label}</span>', width="content")
            st.button(
                "", icon=":material/close:", key=f"w.remove.{row.id}", help=f"Remove the filter on {label}",
                type="tertiary", on_click=view.remove_filters, args=(row.id,),
            )  # fmt: skip
        _kind(row, label)
        _values(ledger, row, label)


def _kind(row: FilterRow, label: str) -> None:
    key = view.set_value(f"w.kind.{row.id}", row.exclude)
    st.segmented_control(
        f"{label}: include or exclude", list(_KINDS), key=key, format_func=_KINDS.__getitem__, required=True,
        label_visibility="collapsed", on_change=_change_kind, args=(row.id, key), width="stretch",
    )  # fmt: skip


def _change_kind(row_id: int, key: str) -> None:
    view.change_filter(row_id, exclude=bool(st.session_state[key]))


def _values(ledger: LedgerView, row: FilterRow, label: str) -> None:
    search_key = f"w.search.{row.id}"
    found = data.dimension_values(ledger, row.dimension, st.session_state.get(search_key) or "")
    if found.total_count > MANY_VALUES or st.session_state.get(search_key):
        st.text_input(
            f"Search {label}", key=search_key, placeholder=f"Search {count_of(found.total_count, 'value')}",
            label_visibility="collapsed", icon=":material/search:",
        )  # fmt: skip
    options: list[Value] = list(dict.fromkeys([*row.values, *(option.value for option in found.options)]))
    key = view.set_value(f"w.values.{row.id}", list(row.values))
    dimension = DIMENSIONS[row.dimension]
    st.multiselect(
        f"{label} values", options, key=key, format_func=lambda value: value_label(dimension, value),
        placeholder="Choose values", label_visibility="collapsed", on_change=_change_values,
        args=(row.id, key), select_all=False,
    )  # fmt: skip


def _change_values(row_id: int, key: str) -> None:
    view.change_filter(row_id, values=tuple(st.session_state[key]))
