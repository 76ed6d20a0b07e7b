"""Every page where nothing can be written: what is stored is shown, and what is not possible is said."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import operations
from core.settings import Settings
from core.store.database import database
from core.sync.worker import start_worker
from core.ui.app import times
from tests.support.mounts import mounted_read_only, small_disk
from tests.ui import books
from tests.ui.conftest import PAGES, WITH_NUMBERS, shown

Open = Callable[..., AppTest]


@pytest.fixture
def read_only(settings: Settings, full_books: None) -> Iterator[None]:
    """A backup, mounted: as it was when the books were made."""
    with mounted_read_only(settings.data_dir):
        yield


@pytest.fixture
def full_disk(
    settings: Settings, books_made_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    size = sum(path.stat().st_size for path in books_made_once.rglob("*") if path.is_file())
    with small_disk(tmp_path / "disk", megabytes=size // 2**20 + 4) as disk:
        shutil.copytree(books_made_once, disk / "data")
        monkeypatch.setenv("TOKEN_LEDGER_DATA", str(disk / "data"))
        with (disk / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError, match="No space"):
            while True:
                filler.write(bytes(4096))
        assert os.statvfs(disk).f_bavail == 0
        yield


@pytest.fixture
def locked(settings: Settings, full_books: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another program is in the middle of a change, and stays there."""
    monkeypatch.setattr("core.store.database.BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(settings.database_path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.usefixtures("locked")
@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_what_is_stored_while_another_program_has_the_database(
    open_page: Open, page: str
) -> None:
    app = open_page(page)
    assert not app.exception
    assert "Last complete sync" in shown(app)
    assert all("in use by another program" in error.value for error in app.error)


@pytest.mark.parametrize("place", ["read_only", "full_disk"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_what_is_stored(
    open_page: Open, request: pytest.FixtureRequest, place: str, page: str
) -> None:
    request.getfixturevalue(place)
    app = open_page(page)
    assert not app.exception and not app.error
    assert "Last complete sync" in shown(app)
    assert bool(app.metric) or page not in WITH_NUMBERS or page == "agents", "these books tell of no agents"


@pytest.mark.parametrize(
    ("place", "says"),
    [("read_only", "its file system is mounted read-only"), ("full_disk", "The disk is full")],
)
def test_old_data_starts_no_sync_that_could_not_store_and_the_cause_is_said(
    open_page: Open,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    says: str,
) -> None:
    request.getfixturevalue(place)
    monkeypatch.setattr(operations, "start_sync", start_worker)
    monkeypatch.setattr("core.sync.worker._spawn", _never)
    monkeypatch.setattr(times, "utc_now", lambda: books.NOW + timedelta(days=2))
    app = open_page("cost")
    assert not app.exception and app.metric
    (error,) = app.error
    assert says.replace("-", r"\-") in error.value


def _never(*_: object, **__: object) -> None:
    raise AssertionError("a sync was started")


def test_a_month_that_is_not_built_is_said_under_the_number(
    open_page: Open, settings: Settings, full_books: None
) -> None:
    assert "not yet built" not in shown(open_page("cost"))
    with database(settings) as db:
        db.conn.execute("UPDATE month_revisions SET revision = revision + 1")
    text = shown(open_page("cost"))
    assert "pulled but not yet built" in text and "Sync again" in text
