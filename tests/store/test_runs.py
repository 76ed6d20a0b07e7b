"""Runs: told apart while they live, recognised when they died."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from filelock import FileLock
from sqlite_utils import Database

from core.settings import Settings
from core.store.runs import (
    ConnectionProgress,
    begin_run,
    current_run,
    finish_run,
    get_run,
    list_runs,
    record_progress,
    request_stop,
    stop_requested,
)
from tests.store.books import NOW, connect

LATER = NOW + timedelta(minutes=2)


def progress(connection_id: int, **given: object) -> ConnectionProgress:
    defaults: dict[str, object] = {
        **dict.fromkeys(("waiting_until", "finished_at", "outcome", "request_id")),
        **dict.fromkeys(("windows_done", "windows_total", "rows", "requests", "retries"), 0),
        "name": "Research",
        "stream": "",
        "message": "",
        "started_at": NOW,
    }
    return ConnectionProgress(connection_id, **{**defaults, **given})  # type: ignore[arg-type]


def test_a_run_is_current_while_its_process_holds_the_lock(db: Database, settings: Settings) -> None:
    assert current_run(db) is None
    with FileLock(settings.lock_path):
        run_id = begin_run(db, "page", NOW)
        run = current_run(db)
        assert run is not None and (run.id, run.trigger, run.outcome) == (run_id, "page", None)
        finish_run(db, run_id, "ok", LATER)
    assert current_run(db) is None
    assert (get_run(db, run_id).outcome, get_run(db, run_id).finished_at) == ("ok", LATER)


def test_a_run_whose_process_died_is_recognised(db: Database) -> None:
    run_id = begin_run(db, "page", NOW)
    record_progress(db, run_id, [], LATER)
    assert current_run(db) is None
    run = get_run(db, run_id)
    assert (run.outcome, run.finished_at) == ("died", LATER)  # the last sign of life
    assert "sync again" in run.message


def test_the_next_run_closes_one_that_died(db: Database) -> None:
    first = begin_run(db, "page", NOW)
    second = begin_run(db, "command line", LATER)
    assert [(run.id, run.outcome) for run in list_runs(db)] == [(second, None), (first, "died")]
    assert len(list_runs(db, limit=1)) == 1


def test_a_finished_run_never_becomes_a_dead_one(db: Database) -> None:
    run_id = begin_run(db, "page", NOW)
    finish_run(db, run_id, "partial", LATER, message="One of two.")
    begin_run(db, "page", LATER)
    assert (get_run(db, run_id).outcome, get_run(db, run_id).message) == ("partial", "One of two.")


def test_a_stop_reaches_the_run_that_lives(db: Database) -> None:
    assert request_stop(db) is False
    first = begin_run(db, "page", NOW)
    assert stop_requested(db, first) is False
    assert request_stop(db) is True and stop_requested(db, first) is True
    finish_run(db, first, "stopped", LATER)
    second = begin_run(db, "page", LATER)
    assert stop_requested(db, second) is False and stop_requested(db, 99) is False


def test_progress_is_replaced_and_adds_up(db: Database) -> None:
    connect(db), connect(db, "Sales", "org_2")
    run_id = begin_run(db, "page", NOW)
    record_progress(db, run_id, [progress(1, windows_total=9), progress(2)], NOW)
    wait = NOW + timedelta(seconds=30)
    one = progress(1, windows_done=2, windows_total=4, rows=10, requests=5, retries=1, waiting_until=wait)
    told = {"outcome": "failed", "message": "No.", "request_id": "req_1"}
    two = progress(2, name="Sales", windows_done=1, windows_total=6, rows=5, finished_at=LATER, **told)
    record_progress(db, run_id, [one, two], LATER)
    run = get_run(db, run_id)
    assert run.connections == (one, two) and run.heartbeat_at == LATER
    assert (run.windows_done, run.windows_total, run.rows) == (3, 10, 15)


def test_a_connection_removed_meanwhile_is_skipped(db: Database) -> None:
    connect(db)
    run_id = begin_run(db, "page", NOW)
    record_progress(db, run_id, [progress(1), progress(7)], NOW)
    assert [item.connection_id for item in get_run(db, run_id).connections] == [1]


@pytest.mark.parametrize(
    ("ends_in", "finished", "left"),
    [(None, None, None), (360, None, 360.0), (0, None, 0.0), (-5, None, 0.0), (None, LATER, 0.0)],
)
def test_the_time_left_is_never_negative_and_unknown_until_it_can_be_told(
    ends_in: int | None, finished: datetime | None, left: float | None
) -> None:
    ends_at = LATER + timedelta(seconds=ends_in) if ends_in is not None else None
    assert progress(1, ends_at=ends_at, finished_at=finished).seconds_left(LATER) == left


def test_the_slowest_connection_decides_and_one_unknown_makes_all_unknown(db: Database) -> None:
    connect(db), connect(db, "Sales", "org_2")
    run_id = begin_run(db, "page", NOW)
    assert get_run(db, run_id).seconds_left(LATER) is None
    one = progress(1, ends_at=LATER + timedelta(seconds=120))
    record_progress(db, run_id, [one, progress(2, ends_at=LATER + timedelta(seconds=360))], NOW)
    assert get_run(db, run_id).seconds_left(LATER) == 360.0
    record_progress(db, run_id, [one, progress(2, finished_at=LATER)], NOW)
    assert get_run(db, run_id).seconds_left(LATER) == 120.0
    record_progress(db, run_id, [one, progress(2)], NOW)
    assert get_run(db, run_id).seconds_left(LATER) is None


def test_nobody_can_tell_how_long_the_ledger_takes(db: Database) -> None:
    connect(db)
    run_id = begin_run(db, "page", NOW)
    record_progress(db, run_id, [progress(1, finished_at=LATER, outcome="ok")], NOW)
    assert get_run(db, run_id).seconds_left(LATER) is None
    finish_run(db, run_id, "ok", LATER)
    assert get_run(db, run_id).seconds_left(LATER) == 0.0


def test_an_unknown_run_is_a_lookup_error(db: Database) -> None:
    with pytest.raises(LookupError):
        get_run(db, 1)
