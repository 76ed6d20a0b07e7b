"""What every test starts without, and how every property is tried."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.properties import register_profiles
from tests.support.organizations import World, connected, copied, sync

register_profiles()


@pytest.fixture(autouse=True)
def _no_pace_of_an_earlier_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paces outlive a sync, and most tests only pretend to sleep."""
    monkeypatch.setattr("core.api.rate_limit._shared", {})


@pytest.fixture(scope="session")
def synced_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the small world, synced. Copy it, never change it."""
    folder = tmp_path_factory.mktemp("world") / "data"
    with connected(folder) as (settings, _, _):
        assert sync(settings).outcome == "ok"
    return folder


@pytest.fixture
def synced(synced_once: Path, tmp_path: Path) -> Iterator[World]:
    """The small world, synced: a data folder of the test's own, and the server it came from."""
    with copied(synced_once, tmp_path / "data") as world:
        yield world
