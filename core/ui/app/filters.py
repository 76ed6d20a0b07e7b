"""Filters beside the groups, and in sight: any dimension, values searched on the server, or parts of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from core.dimensions import DIMENSIONS, MEASURES, TIME_DIMENSIONS, Origin
from core.explore.filter_words import KINDS, filter_words
from core.explore.labels import value_label
from core.explore.list_lookup import dimension_names
from core.explore.query import Filter, Match, Value
from core.explore.values import ValueList, ValueOption, matching, named
from core.formats import count_of, short
from core.ledger.snapshot import Snapshot
from core.ui.app import blocks, data, explorer_state, fields, filter_menu, html
from core.ui.app.explorer_state import ExplorerState, FilterRow
from core.ui.app.text import markdown_text

MANY_VALUES = 200
"""Past so many, only the largest are listed, and a search on the server finds the others."""

_COST = MEASURES["cost"]
_ADD = "w.add_filter"
_ORIGIN = "w.origin"
_ALL = "All"


def control(ledger: Snapshot, state: ExplorerState) -> None:
    """All filters of the view, and the way to add one, behind one button."""
    with st.popover("Filter", icon=":material/filter_alt:", key="filters"):
        for row in state.rows:
            _filter(ledger, row)
        fields.select(
            "Add filter", dimension_names(ledger), _ADD, None,
            format_func=lambda name: DIMENSIONS[name].label, placeholder="Add filter",
            label_visibility="collapsed", on_change=_add,
        )  # fmt: skip
        if state.rows:
            st.button(
                "Remove all filters",
                type="tertiary",
                icon=":material/filter_alt_off:",
                on_click=explorer_state.remove_all_filters,
            )
        filter_menu.saved(state)


def chips(state: ExplorerState) -> None:
    """What the view is narrowed by, in sight at every width; a click takes one away.

    The place for them is always there, so that what is below keeps its own and does not flash.
    """
    with st.container(horizontal=True, gap="xsmall", key="chips"):
        for row in state.rows:
            if row.values:
                words = filter_words(Filter(row.dimension, row.values, row.exclude, row.match))
                st.button(
                    markdown_text(words), key=f"chip-{row.id}", icon=":material/close:",
                    on_click=explorer_state.remove_filters, args=(row.id,),
                )  # fmt: skip


def origin_switch(ledger: Snapshot, state: ExplorerState) -> None:
    """All, or one Origin; nothing where only one is connected."""
    origins = [origin for origin in Origin if any(c.origin is origin for c in ledger.connections)]
    if len(origins) > 1:
        fields.segments(
            "Origin", [_ALL, *(origin.value for origin in origins)], _ORIGIN, _shown_origin(state),
            on_change=_change_origin, help="Where the use is billed.",
        )  # fmt: skip


def _shown_origin(state: ExplorerState) -> str | None:
    """None where the filters say something that the switch cannot."""
    named = [condition for condition in state.query.filters if condition.dimension == "origin"]
    if not named:
        return _ALL
    (first, *more) = named
    single = first.keeps_values and len(first.values) == 1 and not more
    return str(first.values[0]) if single else None


def _change_origin() -> None:
    """A second click on what is chosen takes the choice away: all."""
    chosen = st.session_state[_ORIGIN]
    explorer_state.narrow_to(None if chosen in (None, _ALL) else Origin(chosen))


def _add() -> None:
    if dimension := st.session_state[_ADD]:
        explorer_state.add_filter(dimension)


def _filter(ledger: Snapshot, row: FilterRow) -> None:
    text = DIMENSIONS[row.dimension].label
    label = markdown_text(text)
    with st.container(border=True, gap="xsmall", key=f"filter-{row.id}"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            html.show(html.span(text, cls="tl-filter"), width="content")
            st.button(
                "", icon=":material/close:", key=f"w.remove.{row.id}", help=f"Remove the filter on {label}",
                type="tertiary", on_click=explorer_state.remove_filters, args=(row.id,),
            )  # fmt: skip
        _kind(row, label)
        if row.match is Match.IS:
            _values(ledger, row, label)
        else:
            _parts(row, label)


def _kind(row: FilterRow, label: str) -> None:
    key = f"w.kind.{row.id}"
    kinds = [kind for kind in KINDS if kind[1] is Match.IS or row.dimension not in TIME_DIMENSIONS]
    fields.select(
        f"{label}: how it is compared", kinds, key, (row.exclude, row.match), format_func=KINDS.__getitem__,
        label_visibility="collapsed", on_change=_change_kind, args=(row.id, key),
    )  # fmt: skip


def _change_kind(row_id: int, key: str) -> None:
    """Values that no longer fit are dropped: a part of a text is no value, and the other way round."""
    exclude, match = st.session_state[key]

    def changed(row: FilterRow) -> FilterRow:
        stays = (row.match is Match.IS) is (match is Match.IS)
        return replace(row, exclude=exclude, match=match, values=row.values if stays else ())

    explorer_state.change_filter(row_id, changed)


def _parts(row: FilterRow, label: str) -> None:
    """Texts to look for, as many as one likes."""
    key = f"w.parts.{row.id}"
    fields.several(
        f"{label} text", row.values, key, row.values, accept_new_options=True,
        placeholder="Type a text, then Enter", label_visibility="collapsed", on_change=_change_parts,
        args=(row.id, key), format_func=str,
    )  # fmt: skip


def _change_parts(row_id: int, key: str) -> None:
    texts = (str(text) for text in st.session_state[key])
    _change_to(row_id, tuple(dict.fromkeys(text for text in texts if text.strip())))


def _change_to(row_id: int, values: tuple[Value, ...]) -> None:
    explorer_state.change_filter(row_id, lambda row: replace(row, values=values))


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
    key = f"w.values.{row.id}"
    reads = _reads(row.dimension, [option for option in everything if option.value in options])
    fields.several(
        f"{label} values", options, key, row.values, format_func=reads,
        placeholder="Choose values", label_visibility="collapsed", on_change=_change_values,
        args=(row, key, search_key, everything), accept_new_options=is_long,
    )  # fmt: skip
    if is_long:
        blocks.quiet(listed_words(listed, search))


def _reads(name: str, options: Sequence[ValueOption]) -> Callable[[Value], str]:
    """A value with what it cost, over all days."""
    costs = {option.value: option.cost for option in options}

    def reads(value: Value) -> str:
        label, cost = value_label(DIMENSIONS[name], value), costs.get(value)
        return f"{label} · {short(_COST, cost)}" if cost else label

    return reads


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
    _change_to(row.id, tuple(dict.fromkeys(chosen)))
