"""Progress as it is written, and a stop as it is heard."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from core.api.rate_limit import RateLimit
from core.errors import SyncStoppedError
from core.settings import Settings
from core.store.database import database, writing
from core.store.runs import ConnectionProgress, RunStatus, begin_run, get_run, request_stop
from core.sync import progress
from core.sync.progress import RATE_LIMIT, ConnectionObserver, Outlook, Recorder
from tests.store.test_runs import progress as stored_progress
from tests.support.patience import PATIENCE
from tests.sync.anthropic import NOW, connected


class Watch:
    """A clock that others set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_TICK_SECONDS", 0.02)


def recorder(settings: Settings, **given: Callable[..., object]) -> Recorder:
    connections = connected(settings, "Research", "Sales")
    with database(settings) as db:
        run_id = begin_run(db, "page", NOW)
    clock = given.pop("clock", lambda: NOW)
    return Recorder(settings, run_id, connections, clock, lambda _: None, **given)  # type: ignore[arg-type]


def status(settings: Settings) -> RunStatus:
    with database(settings) as db:
        return get_run(db, 1)


def comes_true(met: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while not met() and time.monotonic() < end:
        time.sleep(0.01)
    return met()


def test_nothing_is_written_while_nothing_changes_but_a_sign_of_life(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[datetime] = []
    watch = Watch()
    one = recorder(settings, clock=watch)
    monkeypatch.setattr(progress, "record_progress", lambda _db, _run, _state, now: written.append(now))
    one._write(), one._write(), one._write()
    assert written == [NOW]
    one.add(1, rows=5)
    one._write(), one._write()
    assert written == [NOW, NOW]
    watch.now += timedelta(seconds=5)
    one._write(), one._write()
    assert written == [NOW, NOW, watch.now]


def test_a_stop_that_someone_asked_for_is_heard_by_all_connections(settings: Settings) -> None:
    with recorder(settings) as one:
        observers = [ConnectionObserver(one, number) for number in (1, 2)]
        for observer in observers:
            observer.check_stop()
        with database(settings) as db:
            request_stop(db)
        one.pause(PATIENCE)  # ends at once, as a wait for a rate limit does
        for observer in observers:
            with pytest.raises(SyncStoppedError, match="What was pulled is kept"):
                observer.check_stop()


def test_a_signal_is_heard_while_a_window_is_being_stored_and_is_told_to_all(settings: Settings) -> None:
    asked: list[bool] = []
    with recorder(settings, stop_asked=lambda: bool(asked)) as one:
        with database(settings) as db, writing(db):
            asked.append(True)
            assert comes_true(lambda: one.stopping)
            assert not status(settings).stop_requested
        assert comes_true(lambda: status(settings).stop_requested)


def test_a_stop_cuts_what_is_under_way_then_and_what_comes_after_but_nothing_that_is_over(
    settings: Settings,
) -> None:
    cut: list[str] = []
    with recorder(settings) as one:
        observer = ConnectionObserver(one, 1)
        with observer.under_way(lambda: cut.append("over")):
            pass
        with observer.under_way(lambda: cut.append("under way")):
            with database(settings) as db:
                request_stop(db)
            assert comes_true(lambda: bool(cut))
        with observer.under_way(lambda: cut.append("after")):
            pass
    assert set(cut) == {"under way", "after"}


def test_the_last_state_is_written_on_leaving(settings: Settings) -> None:
    with recorder(settings) as one:
        ConnectionObserver(one, 1).requested()
        one.update(2, outcome="ok", finished_at=NOW, windows_total=3)
    first, second = status(settings).connections
    assert (first.requests, second.outcome, second.windows_total) == (1, "ok", 3)
    assert one.outcomes() == [None, "ok"]


def part(**given: object) -> ConnectionProgress:
    begun = {"windows_done": 1, "windows_total": 4, "requests": 30, "started_at": NOW - timedelta(minutes=1)}
    return stored_progress(1, **{**begun, **given})


@pytest.mark.parametrize(
    ("total", "given", "seconds"),
    [
        (90, {}, 120.0),
        (90, {"waiting_until": NOW + timedelta(seconds=45)}, 165.0),
        (90, {"waiting_until": NOW - timedelta(seconds=45)}, 120.0),
        (20, {}, 0.0),
    ],
)
def test_the_end_follows_the_pace_so_far_and_the_present_wait(
    total: int, given: dict[str, object], seconds: float
) -> None:
    assert Outlook(total).ends_at(part(**given), NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("given", [{"windows_done": 0}, {"finished_at": NOW}])
def test_an_end_that_nothing_tells_of_is_not_told(given: dict[str, object]) -> None:
    assert Outlook(90).ends_at(part(**given), NOW) is None


def test_the_first_minutes_burst_does_not_promise_the_same_for_the_rest() -> None:
    rate_limit = RateLimit(60, 61.0, monotonic=lambda: 0.0)
    for _ in range(60):
        rate_limit.reserve()
    quick = part(requests=60, started_at=NOW - timedelta(seconds=3))
    assert Outlook(600, rate_limit).ends_at(quick, NOW) == NOW + timedelta(seconds=9 * 61)


def test_the_end_is_stored_with_the_progress(settings: Settings) -> None:
    with recorder(settings) as one:
        one.update(1, windows_done=1, started_at=NOW - timedelta(seconds=10))
        one.add(1, requests=5)
        one.expect(1, 20, None)
    first, second = status(settings).connections
    assert (first.ends_at, second.ends_at) == (NOW + timedelta(seconds=40), None)


def test_a_wait_ends_with_the_next_request(settings: Settings) -> None:
    """Without the thread, which may write what it saw before after what is written here."""
    until = NOW + timedelta(minutes=1)
    one = recorder(settings)
    observer = ConnectionObserver(one, 1)
    observer.retried("Too many requests.", until)
    one._write()
    (part, _) = status(settings).connections
    assert (part.retries, part.waiting_until) == (1, until)
    assert part.waiting_for == "Too many requests."
    observer.waiting(until)
    one._write()
    assert status(settings).connections[0].waiting_for == RATE_LIMIT
    observer.requested()
    one._write()
    (part, _) = status(settings).connections
    assert (part.requests, part.retries, part.waiting_until) == (1, 1, None)
