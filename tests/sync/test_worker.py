"""The background worker, and when an opened page starts it."""

from __future__ import annotations

import stat
import subprocess
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from filelock import FileLock

from core.periods import Period
from core.settings import Settings
from core.store.connections import Connection
from core.store.database import database
from core.store.meta import set_refresh_hours
from core.store.runs import begin_run, finish_run, last_good_sync_at, list_runs, record_progress
from core.sync import worker
from core.sync.worker import needs_refresh, start_worker
from tests.store.test_runs import progress
from tests.sync.anthropic import ADMIN_KEY, NOW, connected

HOUR = timedelta(hours=1)


class Process:
    """Stands for a started program."""

    def __init__(self, command: list[str], **options: Any) -> None:
        self.command, self.options = command, options
        self.code: int | None = None
        self.code_when_waited_for: int | None = None

    def poll(self) -> int | None:
        return self.code

    def wait(self, seconds: float) -> int:
        if self.code_when_waited_for is None:
            raise subprocess.TimeoutExpired(self.command, seconds)
        self.code = self.code_when_waited_for
        return self.code


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    processes: list[Process] = []

    def popen(command: list[str], **options: Any) -> Process:
        processes.append(Process(command, **options))
        return processes[-1]

    monkeypatch.setattr(worker.subprocess, "Popen", popen)
    monkeypatch.setattr(worker, "_started", {})
    return processes


def test_no_key_stands_on_the_command_line_or_in_the_environment(
    settings: Settings, started: list[Process]
) -> None:
    connected(settings)
    start_worker(settings)
    (process,) = started
    assert process.command[1:] == ["-m", "core", "sync", "--trigger", "page"]
    told = [*process.command, *process.options["env"].values()]
    assert not any(ADMIN_KEY in word or "very_secret" in word for word in told)


def test_the_worker_uses_the_same_data_server_and_secret(
    settings: Settings, started: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN_LEDGER_DATA", "/elsewhere")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test")
    start_worker(replace(settings, secret_key="a secret"))
    environment = started[0].options["env"]
    assert environment["TOKEN_LEDGER_DATA"] == str(settings.data_dir)
    assert environment["ANTHROPIC_BASE_URL"] == "https://api.anthropic.test"
    assert environment["TOKEN_LEDGER_SECRET_KEY"] == "a secret"
    assert environment["HTTPS_PROXY"] == "http://proxy.test"


def test_the_worker_outlives_the_page_and_only_its_failures_are_kept(
    settings: Settings, started: list[Process]
) -> None:
    start_worker(settings)
    options = started[0].options
    assert options["start_new_session"] is True and (options["cwd"] / "core").is_dir()
    assert {options[name] for name in ("stdin", "stdout")} == {subprocess.DEVNULL}
    assert not isinstance(options["stderr"], int)
    assert options["env"]["PYTHONFAULTHANDLER"] == "1"
    assert stat.S_IMODE((settings.data_dir / "worker.log").stat().st_mode) == 0o600


def test_a_second_worker_is_not_started_beside_the_first(settings: Settings, started: list[Process]) -> None:
    start_worker(settings), start_worker(settings)
    assert len(started) == 1
    started[0].code = 0
    start_worker(settings)
    assert len(started) == 2


@pytest.mark.parametrize(("code", "expected"), [(0, 2), (None, 1)])
def test_a_worker_whose_run_is_over_is_let_end_and_does_not_stand_for_the_next(
    settings: Settings, started: list[Process], code: int | None, expected: int
) -> None:
    start_worker(settings, clock=lambda: NOW)
    with database(settings) as db:
        finish_run(db, begin_run(db, "page", NOW), "ok", NOW)
    started[0].code_when_waited_for = code
    start_worker(settings, clock=lambda: NOW)
    assert len(started) == expected


def test_a_worker_that_has_not_come_to_its_run_is_not_waited_for(
    settings: Settings, started: list[Process]
) -> None:
    with database(settings) as db:
        finish_run(db, begin_run(db, "page", NOW - HOUR), "ok", NOW)
    start_worker(settings, clock=lambda: NOW)
    started[0].code_when_waited_for = 0
    start_worker(settings, clock=lambda: NOW)
    assert len(started) == 1


def test_wishes_are_words_on_the_command_line_and_wait_for_a_running_sync(
    settings: Settings, started: list[Process]
) -> None:
    period = Period(date(2026, 1, 1), date(2026, 3, 1))
    with database(settings) as db, FileLock(settings.lock_path):
        begin_run(db, "page", NOW)
        start_worker(settings)
        for _ in range(2):
            start_worker(settings, period=period, connection="-- Sales")
    (process,) = started
    assert process.command[4:] == [
        "--trigger",
        "page",
        "--from=2026-01-01",
        "--to=2026-03-01",
        "--connection=-- Sales",
        "--lock-wait=86400",
    ]


def test_no_worker_beside_a_sync_of_the_command_line(settings: Settings, started: list[Process]) -> None:
    with database(settings) as db, FileLock(settings.lock_path):
        begin_run(db, "command line", NOW)
        start_worker(settings)
    assert started == []
    start_worker(settings)  # that run died
    assert len(started) == 1


def ran(
    settings: Settings, at: datetime, outcome: str, *connections: Connection, finish: bool = True
) -> None:
    with database(settings) as db:
        run_id = begin_run(db, "page", at)
        parts = [progress(c.id, name=c.name, outcome=outcome, finished_at=at) for c in connections]
        record_progress(db, run_id, parts, at)
        if finish:
            finish_run(db, run_id, outcome, at)


def test_with_nothing_connected_nothing_needs_a_refresh(settings: Settings) -> None:
    assert needs_refresh(settings, NOW) is False


def test_a_connection_never_synced_needs_one(settings: Settings) -> None:
    connected(settings)
    assert needs_refresh(settings, NOW) is True


@pytest.mark.parametrize(
    ("age", "needed"), [(HOUR, False), (24 * HOUR, False), (24 * HOUR + timedelta(seconds=1), True)]
)
def test_the_refresh_age_decides(settings: Settings, age: timedelta, needed: bool) -> None:
    ran(settings, NOW - age, "ok", *connected(settings))
    assert needs_refresh(settings, NOW) is needed


def test_the_refresh_age_is_a_setting(settings: Settings) -> None:
    ran(settings, NOW - 3 * HOUR, "ok", *connected(settings))
    with database(settings) as db:
        set_refresh_hours(db, 2)
    assert needs_refresh(settings, NOW) is True


@pytest.mark.parametrize("outcome", ["failed", "partial", "stopped"])
def test_only_a_good_sync_counts_but_a_failed_one_is_left_alone_for_a_while(
    settings: Settings, outcome: str
) -> None:
    connections = connected(settings)
    ran(settings, NOW - 48 * HOUR, "ok", *connections)
    ran(settings, NOW - timedelta(minutes=14), outcome, *connections)
    assert needs_refresh(settings, NOW) is False
    assert needs_refresh(settings, NOW + timedelta(minutes=2)) is True


def test_one_old_connection_is_enough(settings: Settings) -> None:
    first, second = connected(settings, "Research", "Sales")
    ran(settings, NOW - 30 * HOUR, "ok", first, second)
    ran(settings, NOW - HOUR, "ok", first)
    assert needs_refresh(settings, NOW) is True


def test_a_connection_made_after_the_last_run_does_not_wait(settings: Settings) -> None:
    first, second = connected(settings, "Research", "Sales")
    ran(settings, NOW - timedelta(minutes=1), "ok", first)
    assert needs_refresh(settings, NOW) is True
    ran(settings, NOW, "failed", first, second)
    assert needs_refresh(settings, NOW) is False


def test_the_last_good_sync_is_each_connections_own(settings: Settings) -> None:
    first, second = connected(settings, "Research", "Sales")
    ran(settings, NOW - 5 * HOUR, "ok", first)
    ran(settings, NOW - 2 * HOUR, "failed", first)
    with database(settings) as db:
        assert last_good_sync_at(db, first.id) == NOW - 5 * HOUR
        assert last_good_sync_at(db, second.id) is None
        assert len(list_runs(db)) == 2
