"""A backup a day: made, read again, kept for some days and weeks, and told where it failed."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from core import upkeep
from core.alerts import book
from core.cli.prometheus import exposition
from core.cli.status import status_lines, status_of
from core.errors import ConfigurationError
from core.ledger.publish import current_snapshot
from core.settings import Settings, from_environment
from core.store.backup_schedule import back_up_daily, backup_state, kept_days
from core.store.database import database
from core.store.outbox import list_alerts
from tests.store.books import KEY, NOW, connect
from tests.support.mounts import small_disk

TODAY = NOW.date()


@pytest.fixture
def scheduled(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    (tmp_path / "backups").mkdir()
    with database(settings) as db:
        connect(db, "Research")
    yield replace(settings, backup_dir=tmp_path / "backups")


def names(settings: Settings) -> list[str]:
    assert settings.backup_dir
    return sorted(path.name for path in settings.backup_dir.iterdir())


def problem(settings: Settings) -> str:
    with database(settings) as db:
        return backup_state(db).problem


def test_the_first_of_a_day_is_made_and_is_a_database_without_keys(scheduled: Settings) -> None:
    back_up_daily(scheduled, NOW)
    assert names(scheduled) == [f"token-ledger-{TODAY}.db"]
    file = scheduled.backup_dir / names(scheduled)[0]  # type: ignore[operator]
    assert file.stat().st_mode & 0o777 == 0o600 and KEY[::-1].encode() not in file.read_bytes()
    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("SELECT name FROM connections").fetchall() == [("Research",)]
    made = file.stat().st_mtime_ns
    back_up_daily(scheduled, NOW + timedelta(hours=3))
    assert file.stat().st_mtime_ns == made
    with database(scheduled) as db:
        assert (backup_state(db).at, backup_state(db).problem) == (NOW, "")
    back_up_daily(scheduled, NOW + timedelta(days=1))
    assert len(names(scheduled)) == 2


def test_nothing_is_made_where_nothing_is_set(settings: Settings) -> None:
    with database(settings):
        pass
    back_up_daily(settings, NOW)
    assert problem(settings) == ""
    assert not list(settings.data_dir.parent.rglob("token-ledger-*.db"))


def by_hand(made: list[date], days: int, weeks: int) -> set[date]:
    """Of each backup: is it among the newest, or the last of one of the last weeks, Monday to Sunday?"""
    kept = set(sorted(made)[-days:])
    mondays = sorted({day - timedelta(days=day.weekday()) for day in made})[-weeks:]
    return kept | {
        max(day for day in made if monday <= day <= monday + timedelta(days=6)) for monday in mondays
    }


@pytest.mark.parametrize("gaps", [(1,), (2,), (1, 1, 5), (9,), (40, 1)])
@pytest.mark.parametrize(("days", "weeks"), [(7, 4), (1, 1), (30, 2), (2, 60)])
def test_the_newest_days_and_weeks_are_kept(gaps: tuple[int, ...], days: int, weeks: int) -> None:
    made, day = [], date(2026, 1, 1)
    for n in range(60):
        made.append(day)
        day += timedelta(days=gaps[n % len(gaps)])
    assert kept_days(made, days, weeks) == by_hand(made, days, weeks)
    assert kept_days([], days, weeks) == set()


@pytest.mark.slow
def test_those_past_keeping_are_deleted_day_by_day_and_nothing_else(scheduled: Settings) -> None:
    scheduled = replace(scheduled, backup_days=2, backup_weeks=2)
    folder = scheduled.backup_dir
    assert folder
    others = ["notes.txt", "token-ledger-2020-01-01.db.bak", "token-ledger-2020-13-01.db", "my-2020-01-01.db"]
    for name in others:
        (folder / name).write_text("mine")
    for n in range(18):
        back_up_daily(scheduled, NOW + timedelta(days=n))  # from Monday, November 23
    days = ("2026-11-29", "2026-12-06", "2026-12-09", "2026-12-10")
    assert set(names(scheduled)) == {*others, *(f"token-ledger-{day}.db" for day in days[1:])}


def test_a_folder_that_is_not_there_is_told_everywhere_until_it_is(scheduled: Settings) -> None:
    gone = replace(scheduled, backup_dir=scheduled.data_dir / "not mounted")
    back_up_daily(gone, NOW)
    says = problem(gone)
    assert "No such file or directory" in says and "No backup was made today." in says
    assert not (scheduled.data_dir / "not mounted").exists()
    assert says in status_lines(status_of(gone))
    assert "token_ledger_backup_failed 1\n" in exposition(status_of(gone), NOW)
    with database(gone) as db:
        book.evaluate(current_snapshot(db, gone), db, NOW)
        assert [(alert.subject, alert.text) for alert, _ in list_alerts(db, NOW - timedelta(days=1))] == [
            ("Backups do not work", says)
        ]
    back_up_daily(scheduled, NOW)
    assert problem(scheduled) == "" and says not in status_lines(status_of(scheduled))
    with database(gone) as db:
        book.evaluate(current_snapshot(db, gone), db, NOW)
        subjects = [alert.subject for alert, _ in list_alerts(db, NOW - timedelta(days=1))]
        assert sorted(subjects) == ["Backups are made again", "Backups do not work"]


def test_a_full_disk_leaves_the_older_ones(scheduled: Settings, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=1) as disk:
        full = replace(scheduled, backup_dir=disk, backup_days=1, backup_weeks=1)
        (disk / "token-ledger-2026-11-01.db").write_bytes(bytes(900_000))
        back_up_daily(full, NOW)
        assert "full" in problem(full).lower() or "space" in problem(full).lower()
        assert names(full) == ["token-ledger-2026-11-01.db"]


def test_what_cannot_be_deleted_is_told(scheduled: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    scheduled = replace(scheduled, backup_days=1, backup_weeks=1)
    back_up_daily(scheduled, NOW)

    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        if path.name.startswith("token-ledger-2026"):
            raise OSError(errno.EPERM, "Operation not permitted")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        upkeep.back_up_daily(scheduled, lambda: NOW + timedelta(days=1))
    assert "cannot be deleted: Operation not permitted" in problem(scheduled)
    with database(scheduled) as db:
        assert backup_state(db).at == NOW + timedelta(days=1)


@pytest.mark.parametrize("value", ["0", "-3", "seven", "1.5"])
def test_how_many_are_kept_is_a_number(value: str) -> None:
    with pytest.raises(ConfigurationError, match="TOKEN_LEDGER_BACKUP_DAYS"):
        from_environment({"TOKEN_LEDGER_BACKUP_DAYS": value})
    given = from_environment({"TOKEN_LEDGER_BACKUP_DIR": "/mnt/b", "TOKEN_LEDGER_BACKUP_WEEKS": "9"})
    assert (given.backup_dir, given.backup_days, given.backup_weeks) == (Path("/mnt/b"), 7, 9)
