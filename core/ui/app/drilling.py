"""Drills into a value by a click, and back by the trail above the answer."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.bidi import isolated_list
from core.dimensions import DIMENSIONS
from core.explore import drill
from core.explore.change import Group
from core.explore.drill import MAX_STEPS, Step
from core.explore.filter_words import filter_words
from core.explore.labels import JOINT, value_label
from core.explore.query import Match, Query, Value
from core.periods import Period
from core.ui.app import data, explorer_state, html
from core.ui.app.explorer_state import ExplorerState
from core.ui.app.text import markdown_text


def into(group: Group) -> None:
    """Narrow to a group's values, and group by what people ask next; from a widget's callback."""

    def changed(now: ExplorerState) -> ExplorerState:
        query, step = drill.drilled(now.query, group)
        if query == now.query:  # it is the only one left: there is nothing further in
            return now
        following = drill.next_dimension(data.ledger(), query, group[-1][0])
        return _asking(now, query.grouped(following), (*now.display.steps, step))

    explorer_state.change(changed)


def into_others(values: Sequence[Value]) -> None:
    """Leave out the values that have a colour of their own: the next ones come to light."""

    def changed(now: ExplorerState) -> ExplorerState:
        query, step = drill.drilled_into_others(now.query, values)
        return _asking(now, query, (*now.display.steps, step))

    explorer_state.change(changed)


def into_days(days: Period) -> None:
    """Show these days only."""
    explorer_state.change(lambda now: now.asking(now.query.during(days)).displayed(preset=None))


def back_to(step: int) -> None:
    """To the view as it was before step ``step``, with whatever else was changed since."""

    def changed(now: ExplorerState) -> ExplorerState:
        query, steps = drill.gone_back(now.query, now.display.steps, step)
        return _asking(now, query, steps)

    explorer_state.change(changed)


def _asking(now: ExplorerState, query: Query, steps: tuple[Step, ...]) -> ExplorerState:
    return now.asking(query.grouped(*query.series)).displayed(steps=steps[-MAX_STEPS:])


def trail(state: ExplorerState) -> None:
    """The steps that led here, each a button back to it; nothing without one.

    The place for it is always there, so that what is below keeps its own and does not flash.
    """
    steps = state.display.steps
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="trail"):
        if not steps:
            return
        for place, words in enumerate((_start(steps[0]), *map(_words, steps[:-1]))):
            st.button(
                markdown_text(words), key=f"trail-{place}", type="tertiary", on_click=back_to, args=(place,),
                help=f"Back to {markdown_text(words)}",
            )  # fmt: skip
            html.show(html.span("›", cls="tl-crumb", aria_hidden="true"), width="content")
        html.show(html.span(_words(steps[-1]), cls="tl-here"), width="content")


def _start(step: Step) -> str:
    names = [DIMENSIONS[name].plural for name in step.group_by]
    return f"All {names[0][:1].lower() + names[0][1:]}" if len(names) == 1 else "All"


def _words(step: Step) -> str:
    """``Model: claude-opus-5``; ``Models: all but 10``."""
    parts = []
    for condition in step.added:
        dimension = DIMENSIONS[condition.dimension]
        if condition.match is not Match.IS:
            parts.append(filter_words(condition))
        elif condition.exclude:
            parts.append(f"{dimension.plural}: all but {len(condition.values)}")
        else:
            names = isolated_list(value_label(dimension, value) for value in condition.values)
            parts.append(f"{dimension.label}: {names}")
    return JOINT.join(parts)
