"""What follows a sync: each step fails alone, and is told."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core import follow_up, upkeep
from core.alerts import book, deliver
from core.cli.status import status_lines, status_of
from core.digests import sending
from core.errors import StoreError
from core.settings import Settings
from core.store.aftermath import list_problems
from core.store.connections import list_connections
from core.store.database import database
from core.store.meta import set_meta
from core.sync.runner import SyncOptions, run_sync
from tests.store.books import connect
from tests.support.folders import empty_folder

NOW = datetime(2026, 11, 28, 6, tzinfo=UTC)
KEY = "sk-ant-admin01-planted"
HOOK = "https://hooks.example.com/services/planted"
STEPS = {
    "Adding the dashboards that ship": (follow_up, "ship_dashboards"),
    "The daily backup": (upkeep, "back_up_daily"),
    "Looking for anomalies": (follow_up, "look_for_anomalies"),
    "Applying the alert rules": (book, "evaluate"),
    "Writing the digests that are due": (sending, "put_due"),
    "Sending alerts and digests": (deliver, "send_due"),
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return empty_folder(Settings(data_dir=tmp_path / "data"))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The steps that were done, each replaced by a note of it."""
    done: list[str] = []
    for what, (module, name) in STEPS.items():
        monkeypatch.setattr(module, name, _noting(done, what))
    return done


def _noting(done: list[str], what: str) -> Callable[..., int]:
    def step(*_: object) -> int:
        done.append(what)
        return 0

    return step


def _raising(error: BaseException) -> Callable[..., int]:
    def step(*_: object) -> int:
        raise error

    return step


def problems(settings: Settings) -> list[str]:
    with database(settings) as db:
        return list_problems(db)


def follow(settings: Settings) -> list[str]:
    follow_up.follow_up(settings, lambda: NOW)
    return problems(settings)


@pytest.mark.parametrize(
    "error", [StoreError("The shelf is gone.", remedy="Build it."), KeyError(KEY), sqlite3.OperationalError()]
)
@pytest.mark.parametrize("what", STEPS)
def test_a_step_that_fails_stops_no_other_and_no_sync(
    settings: Settings, calls: list[str], monkeypatch: pytest.MonkeyPatch, what: str, error: Exception
) -> None:
    good = getattr(*STEPS[what])
    monkeypatch.setattr(*STEPS[what], _raising(error))
    run = run_sync(settings, follow_up_alone())
    assert run.outcome == "ok"
    assert calls == [name for name in STEPS if name != what]
    (told,) = problems(settings)
    assert told.startswith(f"{what}: ") and KEY not in told
    if isinstance(error, StoreError):
        assert told.endswith("The shelf is gone. Build it.")
    else:
        assert f"({type(error).__name__})" in told and "The next sync tries again" in told
    monkeypatch.setattr(*STEPS[what], good)
    assert follow(settings) == []


def follow_up_alone() -> SyncOptions:
    """A sync of nothing, and what follows."""
    return SyncOptions(
        build=lambda _: None,
        afterwards=lambda given: follow_up.follow_up(given, lambda: NOW),
        clock=lambda: NOW,
    )


def test_a_fault_of_the_program_is_in_the_log_with_its_place_and_without_secrets(
    settings: Settings, calls: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(deliver, "send_due", _raising(RuntimeError(f"{KEY} to {HOOK} and mailto://ann:pw@x")))
    with caplog.at_level(logging.ERROR):
        follow(settings)
    (record,) = caplog.records
    text = record.getMessage() + str(record.exc_info or "")
    assert "Sending alerts and digests failed." in text
    assert "Traceback" in text and "in step\n" in text and "RuntimeError" in text
    assert not [secret for secret in (KEY, HOOK, "planted", "pw@x") if secret in text]


def test_what_ends_a_program_ends_it_there_too(
    settings: Settings, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "back_up_daily", _raising(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        follow(settings)


def test_one_cause_is_one_sentence(
    settings: Settings, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for what in ("Looking for anomalies", "Applying the alert rules"):
        monkeypatch.setattr(*STEPS[what], _raising(StoreError("The ledger is gone.")))
    assert follow(settings) == ["Looking for anomalies; Applying the alert rules: The ledger is gone."]


def test_nothing_is_told_of_a_folder_where_all_of_it_goes_well(settings: Settings) -> None:
    assert follow(settings) == []


def test_the_status_tells_it_and_the_backup_its_own(
    settings: Settings, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "send_due", _raising(StoreError("The shelf is gone.")))
    with database(settings) as db:
        connect(db, "Research", "org_1")
        assert list_connections(db)
        set_meta(db, "backup_problem", "No room for a backup.")
    assert follow(settings) == ["No room for a backup.", "Sending alerts and digests: The shelf is gone."]
    status = status_of(settings)
    assert status["after_sync"] == ["Sending alerts and digests: The shelf is gone."]
    lines = status_lines(status).splitlines()
    assert lines[:2] == ["No room for a backup.", "Sending alerts and digests: The shelf is gone."]


def test_where_it_cannot_be_kept_the_sync_is_as_it_was(
    settings: Settings, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "send_due", _raising(StoreError("The disk is full.")))
    monkeypatch.setattr(follow_up, "keep_problems", _raising(StoreError("The disk is full.")))
    assert run_sync(settings, follow_up_alone()).outcome == "ok"
