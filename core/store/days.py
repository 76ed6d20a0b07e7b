"""What is known about each day of a report, and where nothing is, why.

Every day up to today has exactly one kind: known (final or provisional), a gap (with its reason), or outside
of what was ever to be had (before the history that was wanted, before claude.ai's reports begin).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlite_utils import Database

from core.dimensions import Origin
from core.periods import ONE_DAY, Period, day_of
from core.reach import CLAUDE_AI_FIRST_DAY, LATE_DAYS, reach_start
from core.store.connections import Connection
from core.store.coverage import Coverage, coverage_of, is_final, last_covered
from core.store.failures import ANSWER, KEY, LIMIT, NETWORK, PERMISSION, STORE, SyncFailure, list_failures
from core.store.learned import LAG, REACH, Learned, read_learned
from core.streams import STREAMS


class DayKind(StrEnum):
    """The order is that of precedence when several reports of a day are told as one."""

    NO_PERMISSION = "no permission"
    FAILED = "failed"
    NOT_PULLED = "not pulled yet"
    NOT_REPORTED = "not reported yet"
    BEYOND_REACH = "beyond Anthropic's reach"
    BEFORE_HISTORY = "before history begins"
    NO_REPORT = "before reports begin"
    PROVISIONAL = "provisional"
    FINAL = "final"


KNOWN = frozenset({DayKind.FINAL, DayKind.PROVISIONAL})
OUTSIDE = frozenset({DayKind.BEFORE_HISTORY, DayKind.NO_REPORT})
GAPS = frozenset(DayKind) - KNOWN - OUTSIDE


@dataclass(frozen=True)
class DayState:
    """One day of one report, or of several told as one.

    ``rows`` and ``fetched_at`` are None where the day is not known. ``failure`` is set for FAILED and
    NO_PERMISSION. ``kept``: the API no longer reaches the day; what is stored stays as it is. ``awaited``: it
    is today, and a report of finished days cannot hold it yet: expected, so no gap.
    """

    day: date
    kind: DayKind
    coverage: Coverage | None = None
    failure: SyncFailure | None = None
    kept: bool = False
    awaited: bool = False

    @property
    def is_known(self) -> bool:
        return self.kind in KNOWN

    @property
    def is_gap(self) -> bool:
        return self.kind in GAPS and not self.awaited

    @property
    def is_zero(self) -> bool:
        """Pulled, and Anthropic reports nothing: a true zero."""
        return self.coverage is not None and not self.coverage.rows and not self.set_aside

    @property
    def set_aside(self) -> int:
        """Rows of the day that could not be counted: it is incomplete."""
        return self.coverage.set_aside if self.coverage else 0

    @property
    def is_reduced(self) -> bool:
        """Kept with fewer dimensions than the ledger has; its sums are whole."""
        return self.coverage is not None and self.coverage.reduced


@dataclass(frozen=True)
class History:
    """What bears on the days of one report of a connection.

    ``failures`` are the connection's, newest first; ``run_id`` is the latest run that ended its work on it.
    ``latest`` is the newest day covered, wherever the days asked for lie. ``reached``: how many days back the
    service was seen to answer; None: not known. ``lag``: when the service was last seen late, and by how
    many finished days; None: it was not.
    """

    stream: str
    origin: Origin
    since: date
    today: date
    covered: Mapping[date, Coverage]
    latest: tuple[date, Coverage] | None = None
    failures: Sequence[SyncFailure] = ()
    run_id: int | None = None
    reached: int | None = None
    lag: tuple[datetime, int] | None = None

    @property
    def finished_only(self) -> bool:
        """Whether the report holds finished days only."""
        return STREAMS[self.stream].finished_only

    def last_asked(self, asked_on: date) -> date:
        """The last day the report could have told of when it was asked on ``asked_on``."""
        return asked_on - ONE_DAY if self.finished_only else asked_on


@dataclass(frozen=True)
class Gap:
    """Neighbouring days that are not known for one reason. ``stream`` is empty where reports are one."""

    period: Period
    kind: DayKind
    failure: SyncFailure | None
    stream: str = ""


def day_states(history: History, period: Period) -> list[DayState]:
    """Each day of ``period`` up to today, earliest first."""
    until = max(period.start, min(period.end, history.today + ONE_DAY))
    reach = reach_start(history.origin, history.today, history.reached)
    return [_state(history, day, day >= reach) for day in Period(period.start, until)]


def _state(history: History, day: date, reached: bool) -> DayState:
    if coverage := history.covered.get(day):
        kind = DayKind.FINAL if is_final(coverage, day, history.today) else DayKind.PROVISIONAL
        return DayState(day, kind, coverage, kept=not reached)
    if history.origin is Origin.CLAUDE_AI and day < CLAUDE_AI_FIRST_DAY:
        return DayState(day, DayKind.NO_REPORT)
    if day < history.since:
        return DayState(day, DayKind.BEFORE_HISTORY)
    if not reached:
        return DayState(day, DayKind.BEYOND_REACH)
    if history.finished_only and day >= history.today:
        return DayState(day, DayKind.NOT_REPORTED, awaited=True)
    failure = _failure(history, day)
    if _is_late(history, day, failure) or _is_lagging(history, day, failure):
        return DayState(day, DayKind.NOT_REPORTED)
    if failure is None:
        return DayState(day, DayKind.NOT_PULLED)
    refused = failure.kind == PERMISSION
    return DayState(day, DayKind.NO_PERMISSION if refused else DayKind.FAILED, failure=failure)


def _failure(history: History, day: date) -> SyncFailure | None:
    """The newest failure of a window around the day, else the one that kept the last run from reaching it."""
    failed = (f for f in history.failures if f.stream == history.stream and f.period and day in f.period)
    cut = (f for f in history.failures if _cuts_off(f, history, day))
    return next(failed, None) or next(cut, None)


_ENDS_CONNECTION = frozenset({KEY, NETWORK, LIMIT, STORE})


def _cuts_off(failure: SyncFailure, history: History, day: date) -> bool:
    """Whether the failure may have ended the last work before it came to the day."""
    if failure.run_id is None or failure.run_id < (history.run_id or 0) or day_of(failure.failed_at) < day:
        return False
    if failure.stream in ("", history.stream):
        return failure.kind != ANSWER
    return failure.kind in _ENDS_CONNECTION


def _is_late(history: History, day: date, failure: SyncFailure | None) -> bool:
    """Asked for, and not told: Anthropic's data did not reach the day when it was last asked.

    Unless it has failed since then.
    """
    if history.latest is None:
        return False
    latest, coverage = history.latest
    asked_on, mark = day_of(coverage.fetched_at), coverage.watermark_at
    late_from = day_of(mark) if mark else asked_on - timedelta(days=LATE_DAYS)
    late = max(late_from, latest + ONE_DAY) <= day <= history.last_asked(asked_on)
    return late and (failure is None or failure.failed_at < coverage.fetched_at)


def _is_lagging(history: History, day: date, failure: SyncFailure | None) -> bool:
    """Asked for, and the answer said that it covers nothing, so that nothing was stored of it."""
    if not history.lag or (failure and failure.failed_at >= history.lag[0]):
        return False
    seen_at, days = history.lag
    first = day_of(seen_at) - timedelta(days=days) if history.latest else day
    return first <= day <= history.last_asked(day_of(seen_at))


def together(states: Iterable[Sequence[DayState]]) -> list[DayState]:
    """Several reports told as one: a day is as its worst report is; its rows are those of all.

    A report that is only awaited does not make a day worse; where the others know it, the day says so.
    """
    return [_together(same_day) for same_day in zip(*states, strict=True)]


_ORDER = {kind: place for place, kind in enumerate(DayKind)}


def _together(states: tuple[DayState, ...]) -> DayState:
    told = [state for state in states if not state.awaited] or states
    worst = min(told, key=lambda state: _ORDER[state.kind])
    known = [state.coverage for state in states if state.coverage]
    if worst.coverage is None:
        return worst
    awaited = len(told) < len(states)
    return replace(worst, coverage=_joined(worst.coverage, known), awaited=awaited)


def _joined(worst: Coverage, known: Sequence[Coverage]) -> Coverage:
    """The earliest pull, the rows of all; incomplete or reduced where one is."""
    return Coverage(
        min(coverage.fetched_at for coverage in known),
        worst.watermark_at,
        sum(coverage.rows for coverage in known),
        sum(coverage.set_aside for coverage in known),
        any(coverage.reduced for coverage in known),
    )


def gaps_of(states: Iterable[DayState], stream: str = "") -> list[Gap]:
    """Neighbouring gap days of one reason joined, latest first."""
    gaps: list[Gap] = []
    for state in states:
        if not state.is_gap:
            continue
        last = gaps[-1] if gaps else None
        after = Period(state.day, state.day + ONE_DAY)
        if last and last.period.end == state.day and (last.kind, last.failure) == (state.kind, state.failure):
            gaps[-1] = replace(last, period=Period(last.period.start, after.end))
        else:
            gaps.append(Gap(after, state.kind, state.failure, stream))
    return gaps[::-1]


def stream_days(
    db: Database, connection: Connection, streams: Iterable[str], period: Period, today: date
) -> dict[str, list[DayState]]:
    """The days of ``period`` up to today, for each of the connection's reports."""
    failures = list_failures(db, connection_id=connection.id, limit=_FAILURES_LOOKED_AT)
    covered, latest = coverage_of(db, connection.id, period), last_covered(db, connection.id)
    run_id, learned = _latest_run(db, connection.id), read_learned(db, connection.id)
    return {
        stream: day_states(
            History(
                stream,
                STREAMS[stream].limits,
                connection.since,
                today,
                covered.get(stream, {}),
                latest.get(stream),
                failures,
                run_id,
                learned.whole(stream, REACH),
                _lag(learned, stream),
            ),
            period,
        )
        for stream in streams
    }


def _lag(learned: Learned, stream: str) -> tuple[datetime, int] | None:
    days, fact = learned.whole(stream, LAG), learned.facts.get((stream, LAG))
    return (fact.learned_at, days) if fact and days else None


_FAILURES_LOOKED_AT = 500
"""A day still missing after so many later failures has met one of them."""


def days_mark(db: Database) -> tuple[int | str, ...]:
    """Changes whenever states of days may: with a window, a failure, a run's end, a thing learned."""
    counts = db.query(
        "SELECT (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'revision') AS revision,"
        " (SELECT coalesce(max(id), 0) FROM sync_failures) AS failures,"
        " (SELECT count(*) FROM run_progress WHERE finished_at IS NOT NULL) AS ends,"
        " (SELECT count(*) || coalesce(max(learned_at), '') FROM learned) AS learned"
    )
    return tuple(next(counts).values())


def _latest_run(db: Database, connection_id: int) -> int | None:
    rows = db.query(
        "SELECT max(run_id) AS id FROM run_progress"
        " WHERE connection_id = :connection_id AND finished_at IS NOT NULL",
        {"connection_id": connection_id},
    )
    run_id: int | None = next(rows)["id"]
    return run_id
