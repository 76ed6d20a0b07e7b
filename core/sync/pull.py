"""One window: fetched to its last page, checked, then put in place of what was stored."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from core.api.client import Client
from core.api.records import BucketPage
from core.clock import Clock
from core.errors import CursorExpiredError, OversizedAnswerError
from core.periods import Period, day_of
from core.store.windows import Staging, Window, WindowSize, replace_window
from core.sync.context import WindowContext, covered, missing_days, tail_start
from core.sync.streams import Stream

_RESTARTS = 3
"""How often a window starts again from its first page after its cursor outlived a data refresh (410)."""


class WindowTooLargeError(Exception):
    """The window has more pages than it may, or a page is larger than is read at once: ask for fewer days."""


@dataclass
class _Received:
    """What the pages of a window said beside their rows. The watermark is the earliest of all pages."""

    pages: int = 0
    present: set[date] = field(default_factory=set)
    watermark_at: datetime | None = None

    def watermark(self, instant: datetime | None) -> None:
        if instant is not None and (self.watermark_at is None or instant < self.watermark_at):
            self.watermark_at = instant


@dataclass(frozen=True)
class Fetch:
    """A window's pages on their way, and since when."""

    began_at: datetime
    pages: Iterator[Any]


def begin_fetch(client: Client, stream: Stream, period: Period, clock: Clock) -> Fetch:
    """Have a window's pages fetched; a client that reads ahead begins at once."""
    return Fetch(clock(), stream.fetch(client, period))


def pull_window(
    db: Database,
    client: Client,
    stream: Stream,
    context: WindowContext,
    clock: Clock,
    run_id: int | None = None,
    *,
    begun: Fetch | None = None,
    received: Callable[[], object] = lambda: None,
) -> WindowSize:
    """Fetch a window and store it whole. Returns how large it is; on any error nothing changes.

    ``begun``: its pages, if they are on their way already. ``received`` is called when the last has come.

    Raises:
        WindowTooLargeError: it was given up; nothing is stored.
        ApiError: the answer could not be had, or is not what it must be.
        SyncStoppedError: the user stopped.
        StoreError: it could not be written.
    """
    for attempt in range(_RESTARTS + 1):
        fetch = begun or begin_fetch(client, stream, context.period, clock)
        try:
            return _pull(db, fetch, stream, context, clock, run_id, received)
        except CursorExpiredError:
            begun = None
            if attempt == _RESTARTS:
                raise
    raise AssertionError("unreachable")


def _pull(
    db: Database,
    fetch: Fetch,
    stream: Stream,
    context: WindowContext,
    clock: Clock,
    run_id: int | None,
    received: Callable[[], object],
) -> WindowSize:
    staging = Staging(db, stream.name, stream.key)
    try:
        found = _stage(staging, fetch.pages, stream, context, received)
        days = _covered_days(found, staging, context, day_of(fetch.began_at))
        window = Window(
            context.connection_id,
            stream.name,
            context.period,
            days,
            found.pages,
            min(fetch.began_at, clock()),  # a clock set back meanwhile was ahead before
            found.watermark_at,
            run_id,
        )
        replace_window(db, window, staging)
        return WindowSize(context.period.days, found.pages, staging.rows)
    except OversizedAnswerError as error:
        if context.period.days == 1:
            raise
        raise WindowTooLargeError from error
    finally:
        staging.drop()


def _stage(
    staging: Staging,
    pages: Iterator[Any],
    stream: Stream,
    context: WindowContext,
    received: Callable[[], object],
) -> _Received:
    """Every page in turn; the rest are not fetched if one is not what it must be."""
    found = _Received()
    try:
        for page in pages:
            if not page.more:
                received()
            _take(found, page, staging, stream, context)
    finally:
        if isinstance(pages, Generator):
            pages.close()
    return found


def _take(found: _Received, page: Any, staging: Staging, stream: Stream, context: WindowContext) -> None:
    found.pages += page.pages
    if context.most_pages and found.pages > context.most_pages:
        raise WindowTooLargeError
    found.watermark(page.data_refreshed_at)
    context.require_organization(page.organization_id, page.request_id)
    _note_days(found, page, context)
    staging.add(stream.rows(page, context))
    if staging.repeats:
        raise context.incomplete("holds a row twice", page.request_id)


def _note_days(received: _Received, page: Any, context: WindowContext) -> None:
    if not isinstance(page, BucketPage):
        received.present = set(context.period)  # a flat report says nothing of days without rows
        return
    for day, _ in context.days(page):
        if date.fromisoformat(day) in received.present:
            raise context.incomplete(f"holds {day} twice", page.request_id)
        received.present.add(date.fromisoformat(day))


def _covered_days(
    received: _Received, staging: Staging, context: WindowContext, today: date
) -> frozenset[date]:
    """The days the answer tells about; what it may not leave out, it must hold."""
    tail = tail_start(today, received.watermark_at)
    missing = missing_days(context.period, received.present, tail)
    if missing:
        raise context.incomplete(f"leaves out {missing[0]}")
    return covered(context.period, received.present, staging.days(), received.watermark_at)
