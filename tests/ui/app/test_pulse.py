"""The pulse is another whenever pages would be drawn otherwise, and the same as long as they would not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from filelock import FileLock

from core.settings import Settings
from core.store.database import database
from core.store.meta import raise_ledger_revision
from core.store.runs import begin_run, finish_run
from core.ui.app import pulse, sync_strip
from tests.ui import books

SCRIPT = (Path(pulse.__file__).parent / "pulse.js").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _here(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "from_environment", lambda: settings)


def test_it_stays_while_nothing_changes_and_changes_with_the_ledger_and_with_each_sync(
    settings: Settings, full_books: None
) -> None:
    told = [pulse.now(), pulse.now()]
    assert told[0] == told[1] != pulse.UNKNOWN
    with database(settings) as db:
        raise_ledger_revision(db)
        told.append(pulse.now())
        with FileLock(settings.lock_path):
            run = begin_run(db, "command line", books.NOW)
            told.append(pulse.now())
            finish_run(db, run, "ok", books.NOW)
        told.append(pulse.now())
    assert len(set(told)) == 4


def test_a_page_is_drawn_with_the_pulse_that_the_server_tells(settings: Settings, full_books: None) -> None:
    with database(settings) as db:
        assert pulse.read(db).pulse == pulse.now()


def test_where_nothing_can_be_read_there_is_none(settings: Settings) -> None:
    settings.database_path.mkdir(parents=True)
    assert pulse.now() == pulse.UNKNOWN


def test_looks_come_within_two_seconds() -> None:
    (every,) = re.findall(r"EVERY = (\d+)", SCRIPT)
    assert int(every) / 1000 <= 2 and sync_strip.BUSY_EVERY <= 2
