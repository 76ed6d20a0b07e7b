"""Lets Streamlit lose no press, however busy the machine is.

What a browser sends while a run is under way ends that run at its next step, and the next run begins.
Streamlit ends it wherever it is: before the press that began it was heard, in the middle of that press's
callback, or while what was asked for is being done. Two presses that wait become one request, which keeps the
newer one's page and fields: those typed on the page before are gone, and a timer brings back a page that was
left.

Importing this module mends these for the whole server. ``runner.fastReruns`` is off in
``.streamlit/config.toml``, for a run must not begin beside another one of the same session.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import (
    RerunData,
    ScriptRequest,
    ScriptRequests,
    ScriptRequestType,
)

_WHOLE: ContextVar[bool] = ContextVar("whole", default=False)


@contextmanager
def whole() -> Iterator[None]:
    """What is inside is done to its end, before anything newer is heard."""
    before = _WHOLE.set(True)
    try:
        yield
    finally:
        _WHOLE.reset(before)


def _is_whole() -> bool:
    """Inside :func:`whole`, and before the script begins: until then the callbacks are called."""
    ctx = get_script_run_ctx(suppress_warning=True)
    return _WHOLE.get() or (ctx is not None and not ctx.has_script_started)


_next_request = ScriptRequests.on_scriptrunner_yield
_ask = ScriptRequests._request_rerun_locked
_run = ScriptRunner._run_script


def _heard_later(requests: ScriptRequests) -> ScriptRequest | None:
    return None if _is_whole() else _next_request(requests)


def _joined(requests: ScriptRequests, asked: RerunData) -> bool:
    """Streamlit joins what is asked for with what waits already."""
    if requests._state is ScriptRequestType.RERUN:
        if _gives_way(requests._rerun_data, asked):
            return True
        asked = _with_fields_of_page_before(requests._rerun_data, asked)
    return _ask(requests, asked)


def _gives_way(waiting: RerunData, asked: RerunData) -> bool:
    """A timer, to anything; what the script asks for itself, to a page that was chosen since."""
    if asked.is_auto_rerun:
        return True
    ctx = get_script_run_ctx(suppress_warning=True)
    if ctx is None or asked.widget_states is not None or waiting.fragment_id_queue:
        return False
    return waiting.page_script_hash != ctx.page_script_hash


def _with_fields_of_page_before(waiting: RerunData, asked: RerunData) -> RerunData:
    """A browser that goes to another page leaves out what it typed on the one before, and sent just now."""
    before, now = waiting.widget_states, asked.widget_states
    if before is None or now is None or waiting.page_script_hash == asked.page_script_hash:
        return asked
    sent = {field.id for field in now.widgets}
    kept = [field for field in before.widgets if field.id not in sent]
    return replace(asked, widget_states=WidgetStates(widgets=[*kept, *now.widgets]))


def _of_this_page(runner: ScriptRunner, asked: RerunData) -> None:
    """A timer of the page before, whose browser has not heard of the next one yet, does nothing."""
    if asked.is_auto_rerun and asked.page_script_hash != runner._pages_manager.current_page_script_hash:
        return
    _run(runner, asked)


ScriptRequests.on_scriptrunner_yield = _heard_later  # type: ignore[assignment, method-assign]
ScriptRequests._request_rerun_locked = _joined  # type: ignore[assignment, method-assign]
ScriptRunner._run_script = _of_this_page  # type: ignore[assignment, method-assign]
