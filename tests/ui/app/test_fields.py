"""Fields: each has the value of the state, whatever the session or the browser still holds."""

from __future__ import annotations

from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest


def chooser() -> None:
    import streamlit as st

    from core.ui.app import fields

    st.session_state.setdefault("state", ["b"])
    fields.several("Choose", ["a", "b", "c"], "chosen", st.session_state["state"])


def is_told(app: AppTest) -> list[str]:
    """The values a field is told to take; none where the browser keeps its own."""
    proto = app.multiselect[0].proto
    return list(proto.raw_values) if proto.set_value else []


def default(app: AppTest) -> list[str]:
    """The values of a field that the browser makes only now."""
    proto = app.multiselect[0].proto
    return [proto.options[place] for place in proto.default]


def held_by_browser(app: AppTest, *values: str) -> WidgetStates:
    state = WidgetState(id=app.multiselect[0].proto.id)
    state.string_array_value.data[:] = values
    return WidgetStates(widgets=[state])


def test_a_field_has_its_value_from_whichever_run_drew_it_last() -> None:
    """A newer run overtakes the one that drew it first, and Streamlit drops what is not sent yet."""
    app = AppTest.from_function(chooser).run()
    assert default(app) == ["b"]
    assert default(app._run(WidgetStates())) == ["b"]
    app.session_state["state"] = ["c"]
    app.run()
    assert default(app._run(WidgetStates())) == ["c"]


def test_a_field_is_told_of_changes_only() -> None:
    """Told what it was told before, it would take back what is chosen at this moment."""
    app = AppTest.from_function(chooser).run()
    assert is_told(app) == is_told(app.run()) == []
    app.session_state["state"] = ["c"]
    assert is_told(app.run()) == ["c"]
    assert is_told(app.run()) == []
    assert app.multiselect[0].value == ["c"]


def test_a_field_that_does_not_change_is_the_same_message_from_the_first_run_on() -> None:
    """The browser draws an element anew for any other message."""
    app = AppTest.from_function(chooser).run()
    first = app.multiselect[0].proto.SerializeToString(deterministic=True)
    assert app.run().multiselect[0].proto.SerializeToString(deterministic=True) == first


def test_a_server_that_starts_anew_tells_a_field_that_the_browser_still_has() -> None:
    """The session is new, and the page in the browser is not."""
    before = AppTest.from_function(chooser).run()
    app = AppTest.from_function(chooser)._run(held_by_browser(before, "a", "c"))
    assert is_told(app) == ["b"]
    assert app.multiselect[0].value == ["b"]
