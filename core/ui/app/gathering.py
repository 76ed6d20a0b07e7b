"""Sends what a run draws in one piece, so that the browser draws it once.

Streamlit sends each element as soon as the script has come to it, and with every few that arrive the browser
draws the whole page anew: four or five times a click, and the last time, the one that shows the answer, waits
for the one before. A run that takes longer shows what it has in steps. A session's first run is sent as it
goes, for the browser fetches what it draws with meanwhile.

Importing this module does so for the whole server.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from weakref import WeakKeyDictionary, WeakSet

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession, AppSessionState

HELD_SECONDS = 0.2
"""So long at most what a run draws is held back."""

_SINCE: WeakKeyDictionary[AppSession, float] = WeakKeyDictionary()
"""Since when something of a session's run is held back."""
_DRAWN: WeakSet[AppSession] = WeakSet()
"""Sessions whose first run has ended."""

_flush = AppSession.flush_browser_queue


def _flushed(session: AppSession) -> list[ForwardMsg]:
    """All that waits, if the run has ended or was held back long enough; else nothing yet."""
    is_running = session._state is AppSessionState.APP_IS_RUNNING
    if is_running and session in _DRAWN and not session._browser_queue.is_empty():
        now = monotonic()
        if session not in _SINCE:
            _SINCE[session] = now
            asyncio.get_running_loop().call_later(HELD_SECONDS, _wake, session)
        if now - _SINCE[session] < HELD_SECONDS:
            return []
    _SINCE.pop(session, None)
    messages = _flush(session)
    if messages and not is_running:
        _DRAWN.add(session)
    return messages


def _wake(session: AppSession) -> None:
    """Have the server look again."""
    if session._message_enqueued_callback:
        session._message_enqueued_callback()


AppSession.flush_browser_queue = _flushed  # type: ignore[assignment, method-assign]
