"""Prepared data folders, and one record of what was seen."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from core.settings import Settings
from core.sync.runner import run_sync
from tests.faults.company import Company
from tests.faults.places import Kind, Place
from tests.faults.record import Record
from tests.faults.world import Content, answering, content, copied, options, prepare, servers

HERE = Path(__file__).parent


def pytest_itemcollected(item: pytest.Item) -> None:
    """All here are of the fault table."""
    item.add_marker(pytest.mark.faults)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The table's page is compared last, in the process that has seen all faults."""
    items.sort(key=lambda item: item.path.name == "test_document.py")


class Lab:
    """For each report: yesterday's data folder, what it holds, and what a sync of today makes of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.yesterday = cache(self._yesterday)
        self.held = cache(lambda kind: content(self.yesterday(kind)))
        self.undisturbed = cache(self._undisturbed)

    def _yesterday(self, kind: Kind) -> Settings:
        """Copy it, never change it."""
        return prepare(self._folder / kind.name, kind)

    def _undisturbed(self, kind: Kind) -> Content:
        settings = copied(self.yesterday(kind), self._folder / f"{kind.name} undisturbed")
        assert run_sync(settings, options(answering(servers()))).outcome == "ok"
        return content(settings)


@pytest.fixture(scope="session")
def seen() -> Record:
    """What the tests of this package saw, for the page that is written from it."""
    return Record()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab(tmp_path_factory.mktemp("lab"))


@pytest.fixture
def company(
    lab: Lab,
    place: Place,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Company:
    return Company(copied(lab.yesterday(place.kind), tmp_path / "data"), monkeypatch, capsys)
