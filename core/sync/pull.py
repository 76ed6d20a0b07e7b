"""One window: fetched to its last page, checked, then put in place of what was stored."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from core.api.client import Client
from core.api.records import BucketPage
from core.clock import Clock
from core.errors import CursorExpiredError, OversizedAnswerError
from core.periods import day_of
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


def pull_window(
    db: Database,
    client: Client,
    stream: Stream,
    context: WindowContext,
    clock: Clock,
    run_id: int | None = None,
) -> WindowSize:
    """Fetch a window and store it whole. Returns how large it is; on any error nothing changes.

    Raises:
        WindowTooLargeError: it was given up; nothing is stored.
        ApiError: the answer could not be had, or is not what it must be.
        SyncStoppedError: the user stopped.
        StoreError: it could not be written.
    """
    for attempt in range(_RESTARTS + 1):
        try:
            return _pull(db, client, stream, context, clock, run_id)
        except CursorExpiredError:
            if attempt == _RESTARTS:
                raise
    raise AssertionError("unreachable")


def _pull(
    db: Database, client: Client, stream: Stream, context: WindowContext, clock: Clock, run_id: int | None
) -> WindowSize:
    fetched_at = clock()
    staging = Staging(db, stream.name, stream.key)
    try:
        received = _stage(staging, client, stream, context)
        days = _covered_days(received, staging, context, day_of(fetched_at))
        if staging.repeats:
            raise context.incomplete("holds a row twice")
        window = Window(
            context.connection_id,
            stream.name,
            context.period,
            days,
            received.pages,
            min(fetched_at, clock()),  # a clock set back meanwhile was ahead before
            received.watermark_at,
            run_id,
        )
        replace_window(db, window, staging)
        return WindowSize(context.period.days, received.pages, staging.rows)
    except OversizedAnswerError as error:
        if context.period.days == 1:
            raise
        raise WindowTooLargeError from error
    finally:
        staging.drop()


def _stage(staging: Staging, client: Client, stream: Stream, context: WindowContext) -> _Received:
    received = _Received()
    for page in one_ahead(stream.fetch(client, context.period)):
        if context.most_pages and received.pages + page.pages > context.most_pages:
            raise WindowTooLargeError
        received.pages += page.pages
        received.watermark(page.data_refreshed_at)
        context.require_organization(page.organization_id, page.request_id)
        _note_days(received, page, context)
        staging.add(stream.rows(page, context))
    return received


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


def one_ahead(pages: Iterator[Any]) -> Iterator[Any]:
    """The same pages, the next one fetched while the present one is worked on."""
    with ThreadPoolExecutor(1, "fetch") as pool:
        upcoming: Future[Any] = pool.submit(next, pages, None)
        while (page := upcoming.result()) is not None:
            upcoming = pool.submit(next, pages, None)
            yield page
