"""Ctrl+C and a service manager's stop end a sync as the page's Stop does."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Asked:
    """A plain flag: a lock, taken inside a signal handler, could be held by the very code it interrupts."""

    def __init__(self) -> None:
        self._yes = False

    def __call__(self) -> bool:
        return self._yes

    def hear(self, number: int, _: FrameType | None) -> None:
        self._yes = True
        signal.signal(number, signal.SIG_DFL)  # the same signal again ends the process at once


@contextmanager
def stop_on_signal() -> Iterator[Callable[[], bool]]:
    """Tells whether a signal asked to stop. Signals ignored so far, as under nohup, stay so."""
    asked = _Asked()
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    heard = [number for number in _SIGNALS if before[number] is not signal.SIG_IGN]
    for number in heard:
        signal.signal(number, asked.hear)
    try:
        yield asked
    finally:
        for number in heard:
            signal.signal(number, before[number])
