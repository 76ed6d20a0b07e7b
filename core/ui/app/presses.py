"""Lets Streamlit lose no press, however busy the machine is.

What a browser sends while a run is under way ends that run at its next step, and the next run begins.
Streamlit ends it wherever it is: before the press that began it was heard, in the middle of that press's
callback, or while what was asked for is being done. Of two presses that wait it makes one request with the
page and the fields of the newer: what was typed on a page that is left is gone, and a timer brings back the
page that was left.

Importing this module mends these for the whole server. ``runner.fastReruns`` is off in
``.streamlit/config.toml``, for a run must not begin beside another one of the same session.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from weakref import WeakKeyDictionary

from streamlit.commands import execution_control
from streamlit.delta_generator_singletons import context_dg_stack, get_default_dg_stack_value
from streamlit.runtime.scriptrunner import StopException, get_script_run_ctx
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import (
    RerunData,
    ScriptRequest,
    ScriptRequests,
    ScriptRequestType,
)

from core.ui.app import ahead

UNPRESSED = "pulse"
"""Key of the element of :mod:`core.ui.app.pulse`: what it asks for nobody pressed, as with a timer."""
_WHOLE: ContextVar[bool] = ContextVar("whole", default=False)
_HELD: ContextVar[object] = ContextVar("held", default=None)
"""What only one run has, which no newer press ends."""
_LATER: WeakKeyDictionary[ScriptRequests, RerunData] = WeakKeyDictionary()
"""Another page that was chosen before the last press was heard."""


@contextmanager
def whole() -> Iterator[None]:
    """What is inside is done to its end, before anything newer is heard; it may end the run itself."""
    before = _WHOLE.set(True)
    try:
        yield
    finally:
        _WHOLE.reset(before)


def hold() -> None:
    """From a callback: the run that follows ends only by itself, for it is to act on the press."""
    ctx = get_script_run_ctx()
    _HELD.set(ctx and ctx.parallel_coordinator)


def _is_whole() -> bool:
    """Also before the script begins: until then the callbacks are called."""
    ctx = get_script_run_ctx(suppress_warning=True)
    if ctx is None:
        return False
    held = _HELD.get()
    is_held = held is not None and held is ctx.parallel_coordinator
    return _WHOLE.get() or not ctx.has_script_started or is_held


def _end_this_run() -> None:
    """As ``st.rerun``, ``st.stop`` and ``st.switch_page`` do."""
    _HELD.set(None)
    token = _WHOLE.set(False)
    try:
        _end()
    finally:
        _WHOLE.reset(token)


_end = execution_control._force_yield_point
_next_request = ScriptRequests.on_scriptrunner_yield
_first_request = ScriptRequests.on_scriptrunner_ready
_ask = ScriptRequests._request_rerun_locked
_stop = ScriptRequests.request_stop
_run = ScriptRunner._run_script


def _heard_meanwhile(requests: ScriptRequests) -> ScriptRequest | None:
    return None if _is_whole() else _and_later(requests, _next_request(requests))


def _heard_first(requests: ScriptRequests) -> ScriptRequest:
    _and_later(requests, request := _first_request(requests))
    return request


def _and_later(requests: ScriptRequests, heard: ScriptRequest | None) -> ScriptRequest | None:
    if heard and (later := _LATER.pop(requests, None)):
        requests.request_rerun(later)
    return heard


def _asked(requests: ScriptRequests, asked: RerunData) -> bool:
    """Streamlit joins what is asked for with what waits already.

    It gives an event of the pulse to the next press: told from one here, and not when both are one.
    """
    if _is_of_the_pulse(asked):
        asked = replace(asked, is_auto_rerun=True)
    if requests._state is ScriptRequestType.RERUN:
        waiting = requests._rerun_data
        if _gives_way(waiting, asked):
            return True
        if _is_another_page(waiting, asked):
            _LATER[requests] = asked
            return True
    return _ask(requests, asked)


def _stopped(requests: ScriptRequests) -> None:
    """What ``st.stop`` ends is this run, and not what waits."""
    if get_script_run_ctx(suppress_warning=True):
        raise StopException
    _stop(requests)


def _gives_way(waiting: RerunData, asked: RerunData) -> bool:
    """What nobody pressed, to anything; what the script asks for itself, to a page that was chosen since."""
    if asked.is_auto_rerun:
        return True
    ctx = get_script_run_ctx(suppress_warning=True)
    if ctx is None or asked.widget_states is not None or waiting.fragment_id_queue:
        return False
    return waiting.page_script_hash != ctx.page_script_hash


def _is_of_the_pulse(asked: RerunData) -> bool:
    """Streamlit names an element's events after its key."""
    states = asked.widget_states.widgets if asked.widget_states else ()
    events = (state.id for state in states if state.WhichOneof("value") == "json_trigger_value")
    return any(f"-{UNPRESSED}__" in event for event in events)


def _is_another_page(waiting: RerunData, asked: RerunData) -> bool:
    """A browser that goes to another page leaves out what it typed on the one before, and sent just now."""
    if waiting.fragment_id_queue or waiting.widget_states is None or asked.widget_states is None:
        return False
    return waiting.page_script_hash != asked.page_script_hash


def _of_this_page(runner: ScriptRunner, asked: RerunData) -> None:
    """What nobody pressed on the page before, whose browser has not heard of the next one yet, does nothing.
    What somebody pressed there draws all of that page: a part of it alone would not fit what the browser has.

    Any other run begins at the top of the page. Streamlit leaves it where the fragment ended that ran just
    before in the same thread, which no run does while ``runner.fastReruns`` is on.
    """
    ahead.wait()
    if asked.page_script_hash != runner._pages_manager.current_page_script_hash:
        if asked.is_auto_rerun:
            return
        asked = replace(asked, fragment_id=None, fragment_id_queue=[])
    context_dg_stack.set(get_default_dg_stack_value())
    _run(runner, asked)


execution_control._force_yield_point = _end_this_run
ScriptRequests.on_scriptrunner_yield = _heard_meanwhile  # type: ignore[assignment, method-assign]
ScriptRequests.on_scriptrunner_ready = _heard_first  # type: ignore[assignment, method-assign]
ScriptRequests.request_stop = _stopped  # type: ignore[assignment, method-assign]
ScriptRequests._request_rerun_locked = _asked  # type: ignore[assignment, method-assign]
ScriptRunner._run_script = _of_this_page  # type: ignore[assignment, method-assign]
