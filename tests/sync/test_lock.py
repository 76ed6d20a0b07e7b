"""The lock of a data folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import StoreError, SyncBusyError
from core.settings import Settings
from core.store.database import database
from core.store.runs import begin_run, current_run
from core.sync.lock import sync_lock
from tests.sync.anthropic import NOW


def test_one_at_a_time_and_free_afterwards(settings: Settings) -> None:
    with sync_lock(settings), pytest.raises(SyncBusyError), sync_lock(settings):
        pass
    with sync_lock(settings):
        pass


def test_a_fault_inside_frees_it(settings: Settings) -> None:
    with pytest.raises(ZeroDivisionError), sync_lock(settings):
        raise ZeroDivisionError
    with sync_lock(settings):
        pass


def test_a_lock_that_cannot_be_taken_is_a_sentence(settings: Settings) -> None:
    settings.lock_path.mkdir(parents=True)
    with pytest.raises(StoreError, match="cannot be taken") as caught, sync_lock(settings):
        pass
    assert caught.value.remedy


def test_a_data_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "a file")
    settings.data_dir.write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be taken"), sync_lock(settings):
        pass


def test_a_run_of_which_nobody_can_tell_is_taken_for_alive(settings: Settings) -> None:
    settings.lock_path.mkdir(parents=True)
    with database(settings) as db:
        begin_run(db, "page", NOW)
        assert current_run(db) is not None
