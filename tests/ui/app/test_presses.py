"""What Streamlit loses when presses come faster than pages are drawn, and the app does not."""

from __future__ import annotations

import contextvars
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit import config
from streamlit.delta_generator_singletons import context_dg_stack, get_default_dg_stack_value
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.scriptrunner_utils.script_requests import (
    RerunData,
    ScriptRequests,
    ScriptRequestType,
)
from streamlit.testing.v1 import AppTest

from core.ui.app import presses
from tests.support.patience import PATIENCE

TYPED = WidgetState(id="name", string_value="Ann")
SEEN = WidgetState(id="$$ID-5f-pulse__events", json_trigger_value='[{"event": "changed"}]')
PRESSED = WidgetState(id="save", trigger_value=True)


def asked(page: str, *fields: WidgetState, **more: object) -> RerunData:
    return RerunData(page_script_hash=page, widget_states=WidgetStates(widgets=fields), **more)  # type: ignore[arg-type]


def joined(*asking: RerunData) -> RerunData:
    """What is left of several, where all come before any is heard."""
    requests = ScriptRequests()
    for data in asking:
        assert requests.request_rerun(data)
    return requests.on_scriptrunner_ready().rerun_data


def fields(data: RerunData) -> list[WidgetState]:
    assert data.widget_states
    return sorted(data.widget_states.widgets, key=lambda field: field.id)


UNPRESSED = (
    asked("cost", fragment_id="strip", is_auto_rerun=True), asked("cost", SEEN, fragment_id="strip")
)  # fmt: skip
"""Of a timer, and of a page that saw a change."""


@pytest.mark.parametrize("timer", UNPRESSED)
def test_a_timer_does_not_bring_back_the_page_that_was_left(timer: RerunData) -> None:
    left = joined(asked("usage"), timer)
    assert (left.page_script_hash, left.fragment_id_queue) == ("usage", [])
    assert joined(timer).fragment_id_queue == ["strip"], "it is heard where nothing else waits"
    assert joined(timer, asked("usage")).page_script_hash == "usage"


def test_a_page_chosen_just_after_a_press_waits_until_the_press_is_heard() -> None:
    """Then the last one chosen is opened. What is typed until then is heard with the press."""
    newer = WidgetState(id="name", string_value="Bob")
    requests = ScriptRequests()
    for data in (asked("plans", TYPED, PRESSED), asked("usage"), asked("plans", newer), asked("cost")):
        assert requests.request_rerun(data)
    first, second = (requests.on_scriptrunner_ready().rerun_data for _ in range(2))
    assert (first.page_script_hash, fields(first)) == ("plans", [newer, PRESSED])
    assert (second.page_script_hash, fields(second)) == ("cost", [])
    assert requests.on_scriptrunner_ready().type is ScriptRequestType.STOP


def test_a_page_chosen_while_a_press_is_heard_comes_next() -> None:
    requests = ScriptRequests()
    requests.request_rerun(asked("plans", TYPED, PRESSED))
    requests.request_rerun(asked("cost"))
    requests.on_scriptrunner_ready()
    heard = requests.on_scriptrunner_yield()
    assert heard
    assert heard.rerun_data.page_script_hash == "cost"


def test_a_field_that_left_the_page_is_not_kept() -> None:
    assert fields(joined(asked("plans", TYPED), asked("plans"))) == []


@pytest.mark.parametrize(("waiting", "left"), [("usage", "usage"), ("cost", "cost")])
def test_what_a_page_asks_for_itself_does_not_undo_a_choice(
    waiting: str, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As ``st.rerun`` does on Cost, while the browser has asked for ``waiting``."""
    on_cost = SimpleNamespace(page_script_hash="cost", has_script_started=True)
    monkeypatch.setattr(presses, "get_script_run_ctx", lambda **_: on_cost)
    assert joined(asked(waiting), RerunData(page_script_hash="cost")).page_script_hash == left


def ran_on(page: str, request: RerunData, monkeypatch: pytest.MonkeyPatch) -> list[RerunData]:
    """What is run of ``request`` in a session whose server drew ``page`` last."""
    ran: list[RerunData] = []
    monkeypatch.setattr(presses, "_run", lambda _, data: ran.append(data))
    runner = SimpleNamespace(_pages_manager=SimpleNamespace(current_page_script_hash=page))
    presses._of_this_page(runner, request)  # type: ignore[arg-type]
    return ran


@pytest.mark.parametrize(
    ("data", "runs"),
    [*((data, False) for data in UNPRESSED), (asked("usage", SEEN), True), (asked("cost", PRESSED), True)],
)
def test_a_timer_of_another_page_does_nothing(
    data: RerunData, runs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bool(ran_on("usage", joined(data), monkeypatch)) is runs


@pytest.mark.parametrize("timer", UNPRESSED)
@pytest.mark.parametrize("chosen", [asked("plans"), asked("usage", PRESSED)])
def test_what_is_pressed_while_a_timer_waits_is_heard(
    chosen: RerunData, timer: RerunData, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though Streamlit makes one request of both; also where the page of the timer was left since."""
    (data,) = ran_on("efficiency", joined(timer, chosen), monkeypatch)
    assert data.page_script_hash == chosen.page_script_hash
    assert all(field in fields(data) for field in fields(chosen))


@pytest.mark.parametrize(("of", "parts"), [("cost", []), ("usage", ["strip"])])
def test_a_press_in_a_part_of_a_page_that_was_left_draws_all_of_it(
    of: str, parts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = ran_on("usage", asked(of, PRESSED, fragment_id_queue=["strip"]), monkeypatch)
    assert [(data.page_script_hash, data.fragment_id_queue, fields(data)) for data in ran] == [
        (of, parts, [PRESSED])
    ]


def test_a_run_begins_at_the_top_though_a_fragment_ran_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a fragment leaves behind in its thread; in one of its own, so that nothing stays here."""
    stacks: list[object] = []
    monkeypatch.setattr(presses, "_run", lambda *_: stacks.append(context_dg_stack.get()))
    on_usage = SimpleNamespace(_pages_manager=SimpleNamespace(current_page_script_hash="usage"))

    def run_after_a_fragment() -> None:
        context_dg_stack.set((*get_default_dg_stack_value(), st.container()))
        presses._of_this_page(on_usage, asked("usage"))  # type: ignore[arg-type]

    contextvars.Context().run(run_after_a_fragment)
    assert stacks == [get_default_dg_stack_value()]


def press_meanwhile() -> None:
    """As a browser that sends something while a run is under way."""
    from streamlit.proto.WidgetStates_pb2 import WidgetStates
    from streamlit.runtime.scriptrunner import get_script_run_ctx
    from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

    ctx = get_script_run_ctx()
    assert ctx
    assert ctx.script_requests
    ctx.script_requests.request_rerun(
        RerunData(page_script_hash=ctx.page_script_hash, widget_states=WidgetStates())
    )


def test_a_callback_is_called_to_its_end() -> None:
    def page() -> None:
        import streamlit as st

        from tests.ui.app.test_presses import press_meanwhile

        def keep() -> None:
            press_meanwhile()
            st.session_state["kept"] = st.session_state["name"]

        st.text_input("Name", key="name")
        st.button("Keep", on_click=keep)
        st.text(st.session_state.get("kept", "nothing"))

    app = AppTest.from_function(page, default_timeout=PATIENCE).run()
    assert [text.value for text in app.text] == ["nothing"]
    app.text_input[0].set_value("Ann")
    app.button[0].click().run()
    assert [text.value for text in app.text] == ["Ann"]


def test_a_page_that_stops_itself_stops_nothing_that_waits() -> None:
    def page() -> None:
        import streamlit as st

        from core.ui.app.presses import hold
        from tests.ui.app.test_presses import press_meanwhile

        st.session_state["draws"] = draws = st.session_state.get("draws", 0) + 1
        st.button("Go", on_click=hold)
        if draws == 2:
            press_meanwhile()
        st.text(f"Draw {draws}")
        st.stop()

    app = AppTest.from_function(page, default_timeout=PATIENCE).run()
    app.button[0].click().run()
    assert [text.value for text in app.text] == ["Draw 3"]


@pytest.mark.parametrize("begins_anew", [False, True])
def test_what_is_drawn_anew_acts_on_the_press_whatever_comes_meanwhile(begins_anew: bool) -> None:
    """A newer press, or the page itself, before the button is drawn."""

    def page(begins_anew: bool) -> None:
        import streamlit as st

        from core.ui.app import actions
        from tests.ui.app.test_presses import press_meanwhile

        st.session_state["draws"] = st.session_state.get("draws", 0) + 1
        actions.perform()
        if st.session_state["draws"] == 2:
            st.rerun() if begins_anew else press_meanwhile()
        name = st.text_input("Name")
        actions.typed_button("Keep", "keep", lambda: actions.request("here", "Keeping", lambda: name))
        actions.show_done()

    app = AppTest.from_function(page, kwargs={"begins_anew": begins_anew}, default_timeout=PATIENCE).run()
    app.text_input[0].set_value("Ann")
    app.button[0].click().run()
    assert [toast.value for toast in app.toast] == ["Ann"]
    assert app.session_state["draws"] > 2


def test_a_press_on_a_button_that_is_gone_is_forgotten() -> None:
    def page() -> None:
        import streamlit as st

        from core.ui.app import actions

        actions.perform()
        if st.checkbox("Shown", value=True):
            actions.typed_button("Keep", "keep", lambda: actions.request("here", "Keeping", lambda: "Kept"))
        actions.show_done()

    app = AppTest.from_function(page, default_timeout=PATIENCE).run()
    app.checkbox[0].uncheck()
    app.button[0].click().run()
    app.run()
    app.checkbox[0].check().run()
    assert app.button
    assert not app.toast


def test_two_presses_at_once_are_both_acted_on() -> None:
    def page() -> None:
        import streamlit as st

        from core.errors import InputError
        from core.ui.app import actions

        def refuse() -> str:
            raise InputError("It is too late.")

        actions.perform()
        st.button("One", on_click=actions.request, args=("here", "Doing one", lambda: "One"))
        st.button("Two", on_click=actions.request, args=("here", "Doing two", refuse))
        st.button("Three", on_click=actions.request, args=("here", "Doing three", lambda: "Three"))
        actions.show_done()
        actions.show_failure("here")

    app = AppTest.from_function(page, default_timeout=PATIENCE).run()
    for button in app.button:
        button.click()
    app.run()
    assert sorted(toast.value for toast in app.toast) == ["One", "Three"]
    assert len(app.error) + len(app.warning) == 1


def acting_page(fails: bool) -> None:
    import streamlit as st

    from core.errors import InputError
    from core.ui.app import actions
    from tests.ui.app.test_presses import press_meanwhile

    def act() -> str:
        press_meanwhile()
        st.session_state["times"] = st.session_state.get("times", 0) + 1
        if fails:
            raise InputError("It is too late")
        return "It is done"

    actions.perform()
    st.button("Do it", on_click=actions.request, args=("here", "Doing it", act))
    actions.show_done()
    actions.show_failure("here")
    st.text(st.session_state.get("times", 0))


@pytest.mark.parametrize("fails", [False, True])
def test_what_was_asked_for_is_done_once_and_its_end_is_told(fails: bool) -> None:
    app = AppTest.from_function(acting_page, kwargs={"fails": fails}, default_timeout=PATIENCE).run()
    app.button[0].click().run()
    assert [text.value for text in app.text] == ["1"]
    assert [toast.value for toast in app.toast] == ([] if fails else ["It is done"])
    told = " ".join(str(element.value) for element in (*app.error, *app.warning, *app.markdown))
    assert ("It is too late" in told) is fails


def test_a_failure_is_told_until_something_else_is_asked_for() -> None:
    app = AppTest.from_function(acting_page, kwargs={"fails": True}, default_timeout=PATIENCE).run()
    app.button[0].click().run()
    assert app.error or app.warning
    app.run()
    assert not (app.error or app.warning)


def test_no_run_begins_beside_another_one() -> None:
    assert config.get_option("runner.fastReruns") is False
