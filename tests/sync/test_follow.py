"""A sync that finds another at work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from core.errors import SyncBusyError, SyncStoppedError
from core.settings import Settings
from core.store.connections import Connection
from core.store.database import database
from core.store.runs import RunStatus, list_runs
from core.sync.follow import await_end, sync_or_join
from core.sync.lock import sync_lock
from core.sync.runner import SyncOptions
from tests.support.patience import PATIENCE
from tests.sync.anthropic import COST_PATH, NOW, Anthropic, add, connected, sync


class Other:
    """A sync in a thread, kept at its cost report until ``release``."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self.reached, self.release = threading.Event(), threading.Event()

    def begin(self, settings: Settings, server: Anthropic | None = None, **given: Any) -> Future[RunStatus]:
        server = server or Anthropic()
        server.rules.insert(0, self._hold)
        run = self._pool.submit(sync, settings, server, **given)
        assert self.reached.wait(PATIENCE)
        return run

    def _hold(self, request: httpx.Request) -> httpx.Response | None:
        if request.url.path == COST_PATH:
            self.reached.set()
            self.release.wait(PATIENCE)
        return None


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.sync.follow._LOOK_SECONDS", 0.02)


@pytest.fixture
def other() -> Iterator[Other]:
    with ThreadPoolExecutor(1) as pool:
        other = Other(pool)
        yield other
        other.release.set()


def join(settings: Settings, server: Anthropic | None = None, **given: Any) -> RunStatus:
    ours = server or Anthropic()

    def transport_for(_: Connection) -> httpx.BaseTransport:
        return ours.transport

    defaults = {"build": lambda _: None, "clock": lambda: NOW, "sleep": lambda _: None}
    options = {**defaults, "lock_seconds": PATIENCE, "transport_for": transport_for, **given}
    return sync_or_join(settings, SyncOptions(**options))  # type: ignore[arg-type]


def runs(settings: Settings) -> list[RunStatus]:
    with database(settings) as db:
        return list_runs(db)[::-1]


def test_with_no_other_it_syncs(settings: Settings) -> None:
    connected(settings)
    assert join(settings).outcome == "ok" and len(runs(settings)) == 1


def test_it_shows_the_other_ones_progress_and_takes_its_result(settings: Settings, other: Other) -> None:
    connected(settings)
    first = other.begin(settings, trigger="page")
    told: list[RunStatus] = []
    joined: list[RunStatus] = []

    def report(run: RunStatus) -> None:
        told.append(run)
        other.release.set()

    ours = Anthropic()
    run = join(settings, ours, report=report, joined=joined.append)
    assert run == first.result() and run.outcome == "ok"
    assert [found.trigger for found in joined] == ["page"] and {found.id for found in told} == {run.id}
    assert ours.asked == [] and len(runs(settings)) == 1


@pytest.mark.parametrize("wish", [{"full": True}, {"connection": "Research"}])
def test_a_wish_of_its_own_comes_after(settings: Settings, other: Other, wish: dict[str, Any]) -> None:
    connected(settings)
    other.begin(settings)
    run = join(settings, joined=lambda _: other.release.set(), **wish)
    assert [found.id for found in runs(settings)] == [1, run.id] and run.id == 2


def test_a_connection_that_the_other_leaves_out_is_pulled_after_it(settings: Settings, other: Other) -> None:
    connected(settings, "Research")
    other.begin(settings)
    with database(settings) as db:
        add(db, settings, "Sales", "org_2")
    run = join(settings, joined=lambda _: other.release.set())
    assert [len(found.connections) for found in runs(settings)] == [1, 2]
    assert [part.name for part in run.connections] == ["Research", "Sales"]


def test_time_up_is_busy_and_leaves_the_other_alone(settings: Settings, other: Other) -> None:
    connected(settings)
    first = other.begin(settings)
    with pytest.raises(SyncBusyError):
        join(settings, lock_seconds=0.1)
    assert not await_end(settings, 1, 0.0)
    other.release.set()
    assert first.result().outcome == "ok" and await_end(settings, 1, PATIENCE)


def test_who_waits_for_the_end_of_one_sync_does_not_wait_for_the_next(
    settings: Settings, other: Other
) -> None:
    """As “stop” does, when a sync with wishes of its own has waited for the one that it stopped."""
    connected(settings)
    assert sync(settings, Anthropic()).outcome == "ok"
    other.begin(settings)
    assert await_end(settings, 1, 0.0) and not await_end(settings, 2, 0.0)


def test_a_stop_while_waiting_ends_only_the_wait(settings: Settings, other: Other) -> None:
    connected(settings)
    first = other.begin(settings)
    with pytest.raises(SyncStoppedError, match="That sync goes on"):
        join(settings, stop_asked=lambda: True)
    other.release.set()
    assert first.result().outcome == "ok"


def test_a_lock_without_a_run_is_waited_for(settings: Settings) -> None:
    """As while a lost ledger is rebuilt."""
    connected(settings)
    with sync_lock(settings), pytest.raises(SyncBusyError):
        join(settings, lock_seconds=0.1)
    with ThreadPoolExecutor(1) as pool:
        with sync_lock(settings):
            waiting = pool.submit(join, settings)
        assert waiting.result(PATIENCE).outcome == "ok"
