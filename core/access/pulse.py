"""Tells an open page whether what it shows has changed, at next to no cost.

A page asks every moment. Were it Streamlit that is asked, each look would be a run, and each run makes the
browser draw the whole page anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from threading import Lock
from time import monotonic

from core.access.guard import App, Receive, Scope, Send, answer

PATH = "/_pulse"
"""Below the address of the app. No page has this name."""
KEPT_SECONDS = 1.0
"""However many pages ask, one look in this time answers them."""


class Pulse:
    """An ASGI middleware: answers at :data:`PATH` with the text that ``look`` returns, from a thread."""

    def __init__(self, app: App, *, look: Callable[[], str], base_path: str = "") -> None:
        self._app = app
        self._look = _kept(look)
        self._path = base_path.rstrip("/") + PATH

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self._path:
            await self._app(scope, receive, send)
            return
        text = await asyncio.to_thread(self._look)
        await answer(HTTPStatus.OK, text, {}, send, method=scope["method"])


def _kept(look: Callable[[], str], clock: Callable[[], float] = monotonic) -> Callable[[], str]:
    lock = Lock()
    text, until = "", float("-inf")

    def looked() -> str:
        nonlocal text, until
        with lock:
            if clock() >= until:
                text, until = look(), clock() + KEPT_SECONDS
            return text

    return looked
