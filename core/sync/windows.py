"""The windows of a stream in turn, the next one being fetched while one is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database

from core.dimensions import Origin
from core.periods import Period, day_of
from core.reach import MAX_DAYS
from core.store.connections import Connection
from core.store.coverage import covered_days
from core.store.learned import DAYS, REACH
from core.store.windows import recent_sizes
from core.sync.grants import Grants
from core.sync.planner import StreamPlan, due_days
from core.sync.pull import Fetch, Puller
from core.sync.sources import Source

_OLD_DAYS = 60
"""A day refused that is older than this may lie where the service's history ends."""


@dataclass
class StreamWindows:
    """``oldest``: the earliest day that was answered for in this run."""

    plan: StreamPlan
    puller: Puller
    oldest: date | None = None
    _next: tuple[Period, Fetch] | None = None

    def answered(self, window: Period) -> None:
        """A window was pulled."""
        self.oldest = min(self.oldest or window.start, window.start)

    def ends_history(self, connection: Connection, refused: Period) -> bool:
        """Whether a refused day lies before all that the service tells of; newer ones were answered.

        One that is refused by itself must not hide all before it: a day of the last two months does not end
        history, and of an older one the first day that is wanted must be refused as well.
        """
        if connection.origin is not Origin.PLATFORM or self.oldest is None or refused.start > self.oldest:
            return False
        if (day_of(self.puller.clock()) - refused.start).days <= _OLD_DAYS:
            return False
        first = min(self.plan.days, default=refused.start)
        return first >= refused.start or self.puller.is_refused(first)

    def take(self) -> tuple[Period, Fetch] | None:
        """The next window and its pages, which are on their way; None when no day is left."""
        taken, self._next = self._next or self._begun(), None
        return taken

    def begin_next(self) -> None:
        """Have the window after this one fetched already, if it is known how large one may be."""
        if self._next is None and self.plan.is_measured and self.plan.refused is None:
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
        return None if window is None else (window, self.puller.begin(window))


def plan_stream(
    db: Database,
    connection: Connection,
    source: Source,
    today: date,
    grants: Grants,
    *,
    full: bool = False,
    period: Period | None = None,
) -> StreamPlan:
    """What is due of a stream, sized by what the store knows of it."""
    stream = source.stream
    days = due_days(
        stream.limits,
        connection.since,
        today,
        covered_days(db, connection.id, stream.name),
        finished_only=stream.finished_only,
        reached=grants.whole(stream.name, REACH),
        full=full,
        period=period,
    )
    return StreamPlan(
        set(days),
        recent_sizes(db, connection.id, stream.name),
        granted=grants.whole(stream.name, DAYS) or MAX_DAYS,
        by_rows=source.by_rows,
    )
