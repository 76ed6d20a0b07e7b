"""Pulls one window: fetches it to its last page, checks it, then replaces what was stored."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime

from sqlite_utils import Database

from core.api.client import Client
from core.clock import Clock
from core.errors import ApiError, CursorExpiredError, InvalidRequestError, OversizedAnswerError
from core.periods import ONE_DAY, Period, day_of
from core.reach import STILL_COMES
from core.store.coverage import Coverage, coverage_of
from core.store.learned import FILTERS
from core.store.windows import Staging, Window, WindowSize, replace_window
from core.sync.context import WindowContext
from core.sync.grants import Grants
from core.sync.received import Received, WindowTooLargeError, take_page
from core.sync.report import DoesNotAddUpError, Report, Settled
from core.sync.sources import Source
from core.sync.told import Told, told
from core.sync.usage_questions import FiltersRefusedError

_RESTARTS = 3
"""How often a window starts again from its first page after its cursor outlived a data refresh (410)."""
LESSONS = 12
"""How often a window is asked again for less, each time after a refusal that taught what to ask for."""


@dataclass(frozen=True)
class Pulled:
    """A window was stored, as far as it was told of.

    ``late``: finished days at its end that are not reported yet. ``problem``: why others, ``missing``, keep
    what was stored before.
    """

    size: WindowSize
    late: int = 0
    reduced_days: int = 0
    problem: ApiError | None = None
    missing: Period | None = None


@dataclass(frozen=True)
class Fetch:
    """A window's report on its way, and since when."""

    began_at: datetime
    report: Report


@dataclass(frozen=True)
class Puller:
    """Pulls windows of one stream into the database. ``run_id`` is noted with what is stored."""

    db: Database
    client: Client
    source: Source
    grants: Grants
    clock: Clock
    run_id: int | None = None

    def begin(self, period: Period) -> Fetch:
        """Have a window's pages fetched; a client that reads ahead begins at once."""
        return Fetch(self.clock(), self.source.begin(self.client, period, self.grants))

    def pull(
        self,
        context: WindowContext,
        *,
        begun: Fetch | None = None,
        received: Callable[[], object] = lambda: None,
    ) -> Pulled:
        """Fetch a window and store what it tells of, whole days. On any error nothing changes.

        ``begun``: its pages, if they are on their way already. ``received`` is called when the last has come.

        Raises:
            WindowTooLargeError: it was given up; nothing is stored.
            ApiError: the answer could not be had, or is not what it must be.
            SyncStoppedError: the user stopped.
            StoreError: it could not be written.
        """
        restarts, again = 0, False
        for _ in range(LESSONS + _RESTARTS):
            fetch, begun = begun or self.begin(context.period), None
            context.aside.clear()
            try:
                return self._pull(fetch, context, received, again=again)
            except CursorExpiredError:
                restarts += 1
                if restarts > _RESTARTS:
                    raise
            except DoesNotAddUpError:
                again = True
            except (ApiError, FiltersRefusedError) as error:
                if not teaches(self.grants, self.source.stream.name, fetch.report, error):
                    raise
        raise context.incomplete("is refused however it is asked for")

    def is_refused(self, day: date) -> bool:
        """Whether the service refuses to tell even the total of a day (400). Raises ApiError for the rest."""
        try:
            for _ in self.client.prefetch(self.source.total(self.client, Period(day, day + ONE_DAY))):
                pass
        except InvalidRequestError:
            return True
        return False

    def _pull(
        self, fetch: Fetch, context: WindowContext, all_here: Callable[[], object], *, again: bool
    ) -> Pulled:
        staging = Staging(self.db, self.source.stream.name)
        try:
            received = self._stage(staging, fetch.report, context, all_here)
            growing = day_of(fetch.began_at - STILL_COMES)
            settled = fetch.report.settle(staging, context, growing, again=again)
            self.grants.answered(self.source.stream.name)
            return self._store(staging, received, fetch, context, settled)
        except OversizedAnswerError as error:
            if context.period.days == 1:
                raise
            raise WindowTooLargeError from error
        finally:
            staging.drop()

    def _stage(
        self, staging: Staging, report: Report, context: WindowContext, all_here: Callable[[], object]
    ) -> Received:
        """Every page in turn; the rest are not fetched if one is not what it must be."""
        received, pages = Received(), report.pages
        try:
            for page in pages:
                if not page.more:
                    all_here()
                take_page(received, page, context)
                staging.add(report.rows(page, context))
        finally:
            if isinstance(pages, Generator):
                pages.close()
        return received

    def _store(
        self,
        staging: Staging,
        received: Received,
        fetch: Fetch,
        context: WindowContext,
        settled: Settled,
    ) -> Pulled:
        size = WindowSize(context.period.days, received.pages, staging.rows)
        if not received.tells:  # null for a watermark: nothing of what was asked for is covered
            return Pulled(size, self._unheld(context, day_of(fetch.began_at)))
        days = self._days(staging, received, fetch, context, settled)
        staging.drop_days(staging.days() - days.covered)
        window = Window(
            context.connection_id,
            self.source.stream.name,
            context.period,
            days.covered,
            received.pages,
            min(fetch.began_at, self.clock()),  # a clock set back meanwhile was ahead before
            received.watermark_at,
            self.run_id,
            settled.fewer & days.covered,
            context.aside,
            received.request_id,
            {day: total for day, total in settled.totals.items() if day in days.covered},
            settled.rates,
        )
        replace_window(self.db, window, staging)
        late = days.finished_late(day_of(fetch.began_at))
        missing = Period(days.missing[0], days.missing[-1] + ONE_DAY) if days.missing else None
        problem = _problem(days, context, received, settled.unsound)
        return Pulled(size, late, len(window.reduced), problem, missing)

    def _unheld(self, context: WindowContext, today: date) -> int:
        """How many finished days at the window's end nothing is stored of."""
        held = self._held(context)
        last = max(held, default=context.period.start - ONE_DAY)
        return sum(last < day < today for day in context.period)

    def _held(self, context: WindowContext) -> Mapping[date, Coverage]:
        """What is stored of the window's days."""
        held = coverage_of(self.db, context.connection_id, context.period)
        return held.get(self.source.stream.name, {})

    def _days(
        self,
        staging: Staging,
        received: Received,
        fetch: Fetch,
        context: WindowContext,
        settled: Settled,
    ) -> Told:
        """The days the answer tells about, less those whose answer is not to be believed."""
        with_rows = staging.days()
        days = told(
            context.period, received.present, with_rows, received.watermark_at, day_of(fetch.began_at)
        )
        unread = {date.fromisoformat(day) for day, _ in context.aside} - with_rows
        emptied = self._doubted(days.covered - with_rows, context, settled.totals)
        doubted = unread | emptied | settled.unsound
        return Told(
            days.covered - doubted, days.late, tuple(sorted({*days.missing, *(doubted & days.covered)}))
        )

    def _doubted(self, empty: Set[date], context: WindowContext, known: Mapping[date, int]) -> set[date]:
        """Days that had rows and now have none, though the report's total says there is something.

        ``known``: totals that were told already.
        """
        if not empty:
            return set()
        held = self._held(context)
        emptied = {day for day in empty if day in held and held[day].rows}
        if emptied <= known.keys():
            return {day for day in emptied if known[day]}
        span = Period(min(emptied), max(emptied) + ONE_DAY)
        pages = self.client.prefetch(self.source.total(self.client, span))
        full = {
            bucket.starting_at.date()
            for page in pages
            for bucket in page.buckets
            if any(record.is_something for record in bucket.results)
        }
        return emptied & full


def teaches(grants: Grants, stream: str, report: Report, error: ApiError | FiltersRefusedError) -> bool:
    """Learn from a refusal. True: the question may be asked again, and will be another one."""
    if isinstance(error, FiltersRefusedError):
        grants.note(stream, FILTERS, 0)
        return True
    return grants.give_way(stream, error, with_speed=report.with_speed, tries_all=report.tries_all)


def _problem(
    days: Told, context: WindowContext, received: Received, unsound: frozenset[date]
) -> ApiError | None:
    """Why some days keep what was stored before; None where all is well."""
    if not days.missing:
        return None
    first = days.missing[0]
    unread = sum(rows for (day, _), rows in context.aside.items() if day == first.isoformat())
    if unread:
        reason = next(reason for day, reason in context.aside if day == first.isoformat())
        what = f"holds no row for {first} that can be counted ({reason})"
    elif first in unsound:
        what = f"does not add up for {first}, asked in two ways"
    elif first in received.present:
        what = f"is empty for {first}, where its total is not"
    else:
        what = f"leaves out {first}"
    return context.incomplete(what, received.request_id, days.missing)
