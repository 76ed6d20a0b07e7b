from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from tests.support.postbox import Postbox, postbox


@pytest.fixture
def settings(books_made_once: Path, tmp_path: Path) -> Settings:
    """Two organizations with 115 days each, up to the morning of November 23."""
    shutil.copytree(books_made_once, tmp_path / "data")
    return Settings(tmp_path / "data", public_url="https://ledger.example.com", allow_private_webhooks=True)


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as box:
        yield box
