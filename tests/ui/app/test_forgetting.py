"""A session forgets what it knows of widgets that were not drawn for long, and nothing before."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import WStates
from streamlit.testing.v1 import AppTest

from core.ui.app import navigation
from core.ui.app.forgetting import RUNS, forget, remove_and_forget
from tests.ui import books


def knowing(*ids: str) -> WStates:
    states = WStates()
    for id_ in ids:
        states.set_widget_metadata(WidgetMetadata(id_, str, str, "trigger_value"))
    return states


def known(states: WStates) -> set[str]:
    return set(states.widget_metadata)


def test_it_forgets_what_was_not_drawn_in_so_many_runs() -> None:
    states = knowing("stays", "goes")
    for _ in range(RUNS):
        forget(states, frozenset({"stays"}))
    assert known(states) == {"stays", "goes"}
    forget(states, frozenset({"stays"}))
    assert known(states) == {"stays"}


def test_what_is_drawn_again_is_as_new() -> None:
    states = knowing("comes and goes")
    for _ in range(3):
        for _ in range(RUNS):
            forget(states, frozenset())
        forget(states, frozenset({"comes and goes"}))
    assert known(states) == {"comes and goes"}


def test_a_run_of_a_fragment_forgets_nothing_around_it() -> None:
    states = knowing("around")
    for _ in range(3 * RUNS):
        remove_and_forget(states, frozenset(), ["strip"])
    assert known(states) == {"around"}


def test_a_session_does_not_grow_with_its_runs() -> None:
    """Each run draws another widget, as each click draws a chart of other data."""
    assert navigation.WStates.remove_stale_widgets is remove_and_forget

    def another_each_time() -> None:
        import streamlit as st

        st.session_state["n"] = st.session_state.get("n", 0) + 1
        st.button("Now", key=f"w{st.session_state['n']}", on_click=print)

    app = AppTest.from_function(another_each_time)
    sizes = []
    for _ in range(3 * RUNS):
        app.run()
        sizes.append(len(app.session_state._state._state._new_widget_state.widget_metadata))
    assert not app.exception and max(sizes) == RUNS + 1 and sizes[0] == 1


def test_a_page_holds_no_more_answers_than_it_had_in_so_many_runs(
    open_page: Callable[..., AppTest], full_books: None
) -> None:
    app = open_page("cost", {"from": ["2026-10-01"], "to": ["2026-12-01"]})
    sizes = []
    for n in range(2 * RUNS):
        day = books.DAYS.last.replace(day=1 + n % 20).isoformat()
        app.query_params.update({"from": day, "to": "2026-12-01"})
        app.run()
        sizes.append(len(app.session_state._state._state._new_widget_state.widget_metadata))
    assert not app.exception
    assert sizes[RUNS - 1] > sizes[0] > 10, "each run draws some that are new to Streamlit"
    assert sizes[-1] <= max(sizes[: RUNS + 2]), "it has stopped growing"
