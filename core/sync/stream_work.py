"""One stream's part of a connection's run: its windows in turn, and what their answers teach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.errors import (
    AnswerTimeoutError,
    ApiError,
    InvalidRequestError,
    NotServed,
    NotServedError,
    RequestTooLargeError,
)
from core.periods import Period
from core.reach import MAX_DAYS
from core.store.connections import Connection
from core.store.learned import CAP, DAYS, FILTERS, LAG, REACH, ROWS
from core.stream import Stream
from core.sync.context import WindowContext
from core.sync.grants import Grants
from core.sync.pull import Fetch, Pulled
from core.sync.usage_questions import STREAM as USAGE
from core.sync.windows import StreamWindows

_NO_SPEED = (
    "Anthropic refused the fast-mode header. Usage is shown without speed, so fast and standard use of a "
    "model cannot be told apart. Nothing needs doing; the next sync asks again."
)
_FEWER = "{days} could only be read with {fallback}. Sums are complete. Nothing needs doing."
_TOO_MUCH = (InvalidRequestError, RequestTooLargeError, AnswerTimeoutError)
"""Refusals that a smaller question may not meet."""


@dataclass
class StreamWork:
    """``well``: whether everything so far was stored. ``reduced_days``: kept with fewer dimensions."""

    windows: StreamWindows
    connection: Connection
    grants: Grants
    today: date
    well: bool = True
    reduced_days: int = 0

    @property
    def stream(self) -> Stream:
        return self.windows.puller.source.stream

    def pull(self, context: WindowContext, fetch: Fetch) -> Pulled:
        """Pull one window, and note what its answer teaches. Raises as :meth:`Puller.pull`."""
        filters = self.grants.whole(self.stream.name, FILTERS)
        pulled = self.windows.puller.pull(context, begun=fetch, received=self.windows.begin_next)
        if self.grants.whole(self.stream.name, FILTERS) != filters:
            self.windows.plan.restore()
        self._learn(context.period, pulled)
        self.windows.answered(context.period)
        self.reduced_days += pulled.reduced_days
        self.well = self.well and pulled.problem is None
        return pulled

    def _learn(self, window: Period, pulled: Pulled) -> None:
        """How many days are granted at once, and how late they come."""
        name = self.stream.name
        if granted := self.windows.plan.measured(pulled.size):
            self.grants.note(name, DAYS, granted)
        elif window.days == MAX_DAYS:
            self.grants.granted(name, DAYS)
        if window.end >= self.today and (pulled.late or self.grants.whole(name, LAG)):
            self.grants.note(name, LAG, pulled.late)

    def asks_for_less(self, window: Period, error: ApiError) -> bool:
        """Whether a refused window is asked for again: fewer days, then fewer rows a page.

        Where the service reaches no further back, that is the end of history, and no failure.
        """
        if not isinstance(error, _TOO_MUCH):
            return False
        if self.windows.plan.ask_for_less(window):
            return True
        if self.windows.puller.source.by_rows and self.grants.fewer_rows(self.stream.name):
            self.windows.plan.days.update(window)
            return True
        self.grants.outgrown(self.stream.name, ROWS)  # fewer did not help: the rows were not to blame
        if isinstance(error, InvalidRequestError) and self.windows.ends_history(self.connection, window):
            self.grants.note(self.stream.name, REACH, (self.today - window.start).days)
            self.windows.abandon()
            return True
        return False

    def asks_for_newer(self, window: Period, refusal: NotServedError) -> bool:
        """Whether a window that reaches too far back is asked for again, in fewer days."""
        return refusal.reason is NotServed.TOO_OLD and self.windows.plan.ask_for_less(window)

    def conclude(self) -> str:
        """All windows are stored: what was pulled without, in sentences; empty where nothing was."""
        for name in (CAP, REACH, ROWS, FILTERS):  # whatever was due for a trial was asked for, or not needed
            self.grants.granted(self.stream.name, name)
        said = []
        if self.stream.name == USAGE and not self.grants.tells_speed(USAGE):
            said.append(_NO_SPEED)
        if self.reduced_days:
            days = "1 day" if self.reduced_days == 1 else f"{self.reduced_days} days"
            said.append(_FEWER.format(days=days, fallback=self.stream.fallback))
        return " ".join(said)
