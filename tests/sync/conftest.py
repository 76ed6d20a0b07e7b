"""A data folder of its own for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from core.settings import Settings
from core.store.database import database
from tests.support.folders import empty_folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return empty_folder(Settings(data_dir=tmp_path / "data", base_url="https://api.anthropic.test"))


@pytest.fixture
def db(settings: Settings) -> Iterator[Database]:
    with database(settings) as opened:
        yield opened
