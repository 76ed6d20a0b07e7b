"""Data folders that are made once and copied: an empty one in each process, a synced one in each run."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import pytest
from filelock import FileLock
from sqlite_utils import Database

from core.settings import Settings
from core.store.database import database
from core.store.migrations import MIGRATIONS


def empty_folder(settings: Settings) -> Settings:
    """Make the data folder, as the program makes it when it is first used."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.database_path.touch(mode=0o600)
    settings.database_path.write_bytes(_migrated())
    return settings


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder that the first process of a run to ask has made; the others wait for it. Never change it."""
    place = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent
    folder = place / name
    with FileLock(place / f"{name}.lock"):
        if not folder.exists():
            unfinished = Path(mkdtemp(dir=place))
            make(unfinished)
            unfinished.rename(folder)
    return folder


class Migrated:
    """Migrations that are done at once where the database is empty; on any other they are the program's."""

    name = MIGRATIONS.name

    def apply(self, db: Database) -> None:
        if db.table_names():
            MIGRATIONS.apply(db)
            return
        for statement in _statements():
            db.conn.execute(statement)


@cache
def _statements() -> tuple[str, ...]:
    """What makes an empty database as it is after all migrations, without its own BEGIN and COMMIT."""
    db = Database(memory=True, execute_plugins=False)
    MIGRATIONS.apply(db)
    return tuple(db.conn.iterdump())[1:-1]


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        settings = Settings(Path(folder))
        with database(settings):
            pass
        return settings.database_path.read_bytes()
