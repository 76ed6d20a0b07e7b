"""The blocks of an explorer, in the order a page puts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import streamlit as st

from core.bidi import isolated_list
from core.explore.compare import GONE, NEW
from core.explore.explorers import EXPLORERS
from core.explore.export import file_stem
from core.explore.view_words import view_title
from core.long_names import shortened
from core.ui.app import (
    answer_blocks,
    blocks,
    data,
    drilling,
    explorer_state,
    extent,
    filters,
    gap_notice,
    html,
    plan_lines,
    times,
)
from core.ui.app.answers import Answer
from core.ui.app.number_card import number_card
from core.ui.app.state_words import scope_words
from core.ui.explorer import change_card, controls, pivot_card, time_card


def ask(name: str) -> Answer:
    """Toolbar and sidebar of the explorer ``name``, and the answer to what they ask."""
    explorer, ledger, today = EXPLORERS[name], data.ledger(), times.today()
    if not ledger.connections:
        answer_blocks.nothing_connected()
        blocks.stop()
    state = explorer_state.current(explorer, today)
    controls.toolbar(explorer, state, ledger)
    filters.chips(state)
    drilling.trail(state)
    blocks.notices(explorer_state.ADDRESS.problems())
    return Answer(explorer, state, ledger, today)


def numbers(answer: Answer) -> None:
    """The totals over the complete days, each with its change; and what stands apart."""
    names = tuple(dict.fromkeys((answer.state.measure, *answer.explorer.numbers)))[:4]
    words = _comparison_words(answer)  # first: it reads the groups that the totals are added up from
    with blocks.number_row("numbers"):
        for name in names:
            number_card(answer, name, border=False)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="numbers-words"):
        blocks.quiet(f"{_capital(extent.words(answer, answer.state.measure))}. {words}")
        controls.per_day_switch(answer)
    gap_notice.show(answer.provenance)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _comparison_words(answer: Answer) -> str:
    """What is compared with what, or why nothing is; which groups are new, and which are gone."""
    versus, problem = answer.comparison
    if versus:
        problem = " ".join([versus.sentence(), *_turnover(answer)])
    return problem or "No comparison."


def _turnover(answer: Answer) -> list[str]:
    """``New: a, b and 3 more.`` and the same of what is gone, largest first."""
    sentences = []
    for state, column in ((NEW, answer.state.measure), (GONE, "before")):
        names = answer.named(state, column)
        if names:
            sentences.append(f"{state}: {_named(names)}.")
    return sentences


def _named(names: list[str]) -> str:
    """The first of them, as many as a line has room for; the table has all."""
    both = sum(map(len, names[:2])) <= _MOST_LETTERS
    named = names[:2] if both else [shortened(names[0], _MOST_LETTERS)]
    more = f" and {len(names) - len(named):,} more" if len(names) > len(named) else ""
    return f"{isolated_list(named)}{more}"


_MOST_LETTERS = 40

_SHAPES: dict[str, Callable[[Answer], None]] = {
    "time": time_card.draw,
    "change": change_card.draw,
    "pivot": pivot_card.draw,
}


def chart_card(answer: Answer) -> None:
    """The shape: over time, what carries the change, or a pivot; in colours that stay with their value."""
    shape = answer.state.display.shape
    with st.container(border=True, key="card-chart"):
        with blocks.card_head(
            "chart", html.joined([_title(answer), *_picture(answer)]), scope_words(answer.state)
        ):
            controls.shape_control(answer.state)
            controls.shape_controls(answer.state, pivot_card.chosen_across(answer), answer.ledger)
        _SHAPES[shape](answer)


def _title(answer: Answer) -> str:
    plan = plan_lines.plan_on_chart(answer) if answer.state.display.shape == "time" else None
    beside = f", beside the plan “{plan.line.name}”" if plan and plan.line else ""
    return view_title(answer.state.query, answer.state.display) + beside


def _picture(answer: Answer) -> Iterator[html.Node]:
    """What the picture of the chart is called, for the script that makes it."""
    if answer.state.display.shape != "pivot":
        yield html.span(cls="tl-picture-name", data_name=answer.file_name(file_stem(answer.over_time_query)))
