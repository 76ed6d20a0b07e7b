"""What the pages and the command line can have done."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import operations
from core.demo.transport import DEMO_KEYS
from core.errors import SyncBusyError
from core.settings import Settings
from core.store.connections import list_connections
from core.store.database import database
from core.sync.lock import sync_lock
from tests.support.organizations import World, clock


def names(settings: Settings) -> list[str]:
    with database(settings) as db:
        return [connection.name for connection in list_connections(db)]


@pytest.mark.slow
def test_a_lost_ledger_is_rebuilt_when_it_is_opened(synced: World) -> None:
    settings = synced[0]
    before = operations.open_ledger(settings)
    for file in before.files[:2]:
        file.path.unlink()
    after = operations.open_ledger(settings, clock)
    assert after.is_whole
    assert len(after.files) == len(before.files)


def test_a_lost_ledger_during_a_sync_says_to_wait(synced: World) -> None:
    settings = synced[0]
    operations.open_ledger(settings).files[0].path.unlink()
    with sync_lock(settings), pytest.raises(SyncBusyError):
        operations.open_ledger(settings)


def test_the_demo_loads_again_after_a_rename_and_beside_equal_names(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data")
    operations.load_demo(settings, clock)
    assert sorted(names(settings)) == sorted(demo.cost_center for demo in DEMO_KEYS)
    with database(settings) as db:
        first, second, third, *others = list_connections(db)
    operations.rename(settings, first.id, "Renamed")
    operations.remove(settings, second.id)
    operations.rename(settings, third.id, second.name)
    operations.load_demo(settings, clock)
    assert sorted(names(settings)) == sorted(
        ["Renamed", second.name, f"{second.name} (demo)", *(other.name for other in others)]
    )
    operations.remove_demo(settings)
    assert names(settings) == []
