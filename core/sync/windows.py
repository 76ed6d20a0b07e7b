"""The windows of a stream in turn, the next one being fetched while one is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database

from core.periods import Period
from core.reach import FINISHED_ONLY
from core.store.connections import Connection
from core.store.coverage import covered_days
from core.store.learned import REACH, read_learned
from core.store.windows import recent_sizes
from core.sync.planner import StreamPlan, due_days
from core.sync.pull import Fetch
from core.sync.streams import Stream


@dataclass
class StreamWindows:
    """``begin`` has the pages of a window fetched."""

    plan: StreamPlan
    begin: Callable[[Period], Fetch]
    _next: tuple[Period, Fetch] | None = None

    def take(self) -> tuple[Period, Fetch] | None:
        """The next window and its pages, which are on their way; None when no day is left."""
        taken, self._next = self._next or self._begun(), None
        return taken

    def begin_next(self) -> None:
        """Have the window after this one fetched already, if it is known how large one may be."""
        if self._next is None and self.plan.is_measured:
            self._next = self._begun()

    @property
    def left(self) -> int:
        """How many windows are still to be taken, as far as known."""
        return self.plan.windows_left + (self._next is not None)

    @property
    def pages_left(self) -> int:
        """How many requests they will need, as far as known."""
        return self.plan.pages_left + (self.plan.pages_of(self._next[0]) if self._next else 0)

    def abandon(self) -> int:
        """Take no more of them; returns how many that leaves out."""
        left = self.left
        self._next = None
        self.plan.days.clear()
        return left

    def _begun(self) -> tuple[Period, Fetch] | None:
        window = self.plan.take()
        return None if window is None else (window, self.begin(window))


def plan_stream(
    db: Database,
    connection: Connection,
    stream: Stream,
    today: date,
    *,
    full: bool = False,
    period: Period | None = None,
) -> StreamPlan:
    """What is due of a stream, sized by what the store knows of it."""
    held = covered_days(db, connection.id, stream.name)
    days = due_days(
        connection.origin,
        connection.since,
        today,
        held,
        finished_only=stream.name in FINISHED_ONLY,
        reached=read_learned(db, connection.id).whole(stream.name, REACH),
        full=full,
        period=period,
    )
    return StreamPlan(set(days), recent_sizes(db, connection.id, stream.name))
