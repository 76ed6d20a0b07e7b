"""Data folders with an empty database, made once in each process: migrations take longer than most tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from core.settings import Settings
from core.store.database import database


def empty_folder(settings: Settings) -> Settings:
    """Make the data folder, as the program makes it when it is first used."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.database_path.touch(mode=0o600)
    settings.database_path.write_bytes(_migrated())
    return settings


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        settings = Settings(Path(folder))
        with database(settings):
            pass
        return settings.database_path.read_bytes()
