"""A backup a day in a folder of its own, some days and some weeks of them, and how the last one went."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlite_utils import Database

from core.clock import parse_rfc3339, rfc3339
from core.errors import ConfigurationError, InputError, StoreError, TokenLedgerError
from core.periods import day_of
from core.settings import Settings
from core.store.backup import back_up
from core.store.database import database, writing
from core.store.meta import get_meta, set_meta

_NAME = re.compile(r"token-ledger-(\d{4}-\d{2}-\d{2})\.db")
_LAST_AT, _PROBLEM = "last_backup_at", "backup_problem"


@dataclass(frozen=True)
class BackupState:
    """``at``: when the last one was made, None: never. ``problem``: of the latest, or nothing."""

    at: datetime | None
    problem: str


def back_up_daily(settings: Settings, now: datetime) -> None:
    """Make today's backup unless it is there, then delete old ones. A failure is kept, to be told."""
    if (folder := settings.backup_dir) is None:
        return
    made, problem = False, ""
    try:
        if made := _make(settings, folder, day_of(now)):
            _delete_old(settings, folder)
    except TokenLedgerError as error:
        problem = str(error)
    with database(settings) as db, writing(db):
        set_meta(db, _PROBLEM, problem)
        if made:
            set_meta(db, _LAST_AT, rfc3339(now))


def backup_state(db: Database) -> BackupState:
    """How it stands with the backups that are made by themselves."""
    at = get_meta(db, _LAST_AT)
    return BackupState(parse_rfc3339(at) if at else None, get_meta(db, _PROBLEM) or "")


def backups_in(folder: Path) -> dict[date, Path]:
    """Those that were made by themselves, by day; other files are none of them."""
    backups: dict[date, Path] = {}
    for path in folder.iterdir():
        if told := _NAME.fullmatch(path.name):
            try:
                backups[date.fromisoformat(told[1])] = path
            except ValueError:
                continue
    return backups


def kept_days(made: Iterable[date], days: int, weeks: int) -> set[date]:
    """The newest ``days`` backups, and the newest of each of the newest ``weeks`` weeks that have one."""
    newest_first = sorted(set(made), reverse=True)
    of_weeks: dict[tuple[int, int], date] = {}
    for day in newest_first:
        of_weeks.setdefault(day.isocalendar()[:2], day)
    return {*newest_first[:days], *list(of_weeks.values())[:weeks]}


def _make(settings: Settings, folder: Path, today: date) -> bool:
    """Whether it was made just now, and not earlier today."""
    try:
        if today in backups_in(folder):
            return False
        back_up(settings, folder / f"token-ledger-{today}.db", with_secrets=False)
    except OSError as error:
        raise StoreError(
            f"The folder of backups {folder} cannot be used: {error.strerror or error}.",
            means="No backup was made today.",
            remedy="Make the folder or mount it; the next sync tries again.",
        ) from error
    except (InputError, ConfigurationError) as error:
        raise StoreError(error.happened, means="No backup was made today.", remedy=error.remedy) from error
    return True


def _delete_old(settings: Settings, folder: Path) -> None:
    backups = backups_in(folder)
    kept = kept_days(backups, settings.backup_days, settings.backup_weeks)
    try:
        for day in backups.keys() - kept:
            backups[day].unlink()
    except OSError as error:
        raise StoreError(
            f"An old backup in {folder} cannot be deleted: {error.strerror or error}.",
            means="Today's was made.",
            remedy="Delete the old ones, and let the app's account do so.",
        ) from error
