"""The sidebar's filters: any dimension, include or exclude, values searched on the server."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.dimensions import DIMENSIONS
from core.explore.labels import value_label
from core.explore.list_lookup import dimension_names
from core.explore.query import Value
from core.explore.values import ValueList, ValueOption, matching, named
from core.ledger.snapshot import Snapshot
from core.ui.app import blocks, data, html, view
from core.ui.app.address import set_value
from core.ui.app.text import count_of, markdown_text
from core.ui.app.view import FilterRow, View

MANY_VALUES = 200
"""Past so many, only the largest are listed, and a search on the server finds the others."""

_ADD = "w.add_filter"
_KINDS = {False: "is", True: "is not"}


def sidebar(ledger: Snapshot, shown: View) -> None:
    """All filters of the view, and the way to add one."""
    with st.sidebar:
        st.subheader("Filters", anchor=False)
        for row in shown.rows:
            _filter(ledger, row)
        st.selectbox(
            "Add filter", dimension_names(ledger), key=set_value(_ADD, None), index=None,
            format_func=lambda name: DIMENSIONS[name].label, placeholder="Add filter",
            label_visibility="collapsed", on_change=_add,
        )  # fmt: skip
        if shown.rows:
            ids = [row.id for row in shown.rows]
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


def _filter(ledger: Snapshot, row: FilterRow) -> None:
    text = DIMENSIONS[row.dimension].label
    label = markdown_text(text)
    with st.container(border=True, gap="xsmall", key=f"filter-{row.id}"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            html.show(html.span(text, cls="tl-filter"), width="content")
            st.button(
                "", icon=":material/close:", key=f"w.remove.{row.id}", help=f"Remove the filter on {label}",
                type="tertiary", on_click=view.remove_filters, args=(row.id,),
            )  # fmt: skip
        _kind(row, label)
        _values(ledger, row, label)


def _kind(row: FilterRow, label: str) -> None:
    key = set_value(f"w.kind.{row.id}", row.exclude)
    st.segmented_control(
        f"{label}: include or exclude", list(_KINDS), key=key, format_func=_KINDS.__getitem__, required=True,
        label_visibility="collapsed", on_change=_change_kind, args=(row.id, key), width="stretch",
    )  # fmt: skip


def _change_kind(row_id: int, key: str) -> None:
    view.change_filter(row_id, exclude=bool(st.session_state[key]))


def _values(ledger: Snapshot, row: FilterRow, label: str) -> None:
    everything = data.dimension_values(ledger, row.dimension)
    search_key, search = f"w.search.{row.id}", ""
    is_long = len(everything) > MANY_VALUES
    if is_long:
        search = st.text_input(
            f"Search {label}", key=search_key, icon=":material/search:", label_visibility="collapsed",
            placeholder=f"Search {count_of(len(everything), 'value')}",
        )  # fmt: skip
    listed = matching(everything, search, MANY_VALUES)
    options: list[Value] = list(dict.fromkeys([*row.values, *(option.value for option in listed.options)]))
    key = set_value(f"w.values.{row.id}", list(row.values))
    dimension = DIMENSIONS[row.dimension]
    st.multiselect(
        f"{label} values", options, key=key, format_func=lambda value: value_label(dimension, value),
        placeholder="Choose values", label_visibility="collapsed", on_change=_change_values,
        args=(row, key, search_key, everything), select_all=False, accept_new_options=is_long,
    )  # fmt: skip
    if is_long:
        blocks.quiet(listed_words(listed, search))


def listed_words(listed: ValueList, search: str) -> str:
    """How many values are listed, of how many, and the way to the others."""
    shown, wanted = len(listed.options), search.strip()
    of_all = f"of {listed.all_count:,} values"
    if not wanted:
        return f"The {shown:,} largest {of_all} are listed. Search finds the others."
    if not listed.total_count:
        return f"None {of_all} contains “{wanted[:60]}”."
    if shown < listed.total_count:
        return f"{listed.total_count:,} {of_all} contain “{wanted[:60]}”; the {shown:,} largest are listed."
    return f"{listed.total_count:,} {of_all} {'contains' if shown == 1 else 'contain'} “{wanted[:60]}”."


def _change_values(row: FilterRow, key: str, search_key: str, everything: Sequence[ValueOption]) -> None:
    """Take what was chosen. A text typed into the box is a value where one reads so, else a search."""
    chosen: list[Value] = []
    known = {option.value for option in everything} | set(row.values)
    for value in st.session_state[key]:
        meant = value if value in known else named(everything, str(value))
        if meant is None:
            st.session_state[search_key] = value
        else:
            chosen.append(meant)
    view.change_filter(row.id, values=tuple(dict.fromkeys(chosen)))
