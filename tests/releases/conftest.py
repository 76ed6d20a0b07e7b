from __future__ import annotations

import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.settings import Settings

HERE = Path(__file__).resolve().parent
ARCHIVES = sorted(HERE.glob("*.tar.xz"))


@dataclass(frozen=True)
class Release:
    """A data folder as a version left it, and the CSV that it then printed, by the question's name."""

    version: str
    settings: Settings
    answers: dict[str, bytes]


@pytest.fixture(params=ARCHIVES, ids=lambda path: path.name.removesuffix(".tar.xz"))
def release(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    with tarfile.open(request.param) as archive:
        archive.extractall(tmp_path, filter="data")
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("TOKEN_LEDGER_SECRET_KEY", raising=False)
    answers = {path.stem: path.read_bytes() for path in (tmp_path / "answers").iterdir()}
    return Release(request.param.name.removesuffix(".tar.xz"), Settings(tmp_path / "data"), answers)
