"""What every test starts without, how every property is tried, and what only a slow test may do."""

from __future__ import annotations

import gc
import logging
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Self

import pytest

from tests.properties import register_profiles

if TYPE_CHECKING:
    from xdist.remote import Producer

    from tests.support.organizations import World
    from tests.support.together import InTheirPlaces

NOT_FAST = ("slow", "browser", "faults")
"""Marks of tests that `make fast` leaves out."""

LONGEST_ID = 100

register_profiles()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Each process tells the others the names of its tests: a file of megabytes is told by its size."""
    if isinstance(val, (str, bytes)) and len(val) > LONGEST_ID:
        return f"{argname} of {len(val)}"
    return None


def pytest_collection_finish() -> None:
    """What was collected stays to the end: nobody need look through it again for what could go."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    _log_through_the_root()


def _log_through_the_root() -> None:
    """Else pytest puts two handlers on each of Streamlit's sixty loggers, three times a test."""
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.propagate = True


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> InTheirPlaces | None:
    from tests.support.together import InTheirPlaces

    return InTheirPlaces(config, log) if config.getoption("dist") == "loadgroup" else None


class _OthersOnly(subprocess.Popen[Any]):
    """Starts any program but this one and Streamlit."""

    def __new__(cls, args: Any, *_: Any, **__: Any) -> Self:
        if not isinstance(args, (str, bytes, Path)) and "-m" in map(str, args):
            pytest.fail(
                "A whole program takes a second to start. Mark this test slow, or call what it starts."
            )
        return super().__new__(cls)


@pytest.fixture(autouse=True)
def _starts_no_program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not any(request.node.get_closest_marker(name) for name in NOT_FAST):
        monkeypatch.setattr(subprocess, "Popen", _OthersOnly)


@pytest.fixture(autouse=True, scope="session")
def _waits_for_no_disk() -> Iterator[None]:
    """Nobody cuts a test's power. A program that a test starts waits for the disk as it always does."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("core.store.database.SYNCHRONOUS", "OFF")
        patched.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(autouse=True, scope="session")
def _migrates_new_databases_once() -> Iterator[None]:
    """What the migrations make of an empty database is made as quickly as SQLite can: they are many."""
    from tests.support.folders import Migrated

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("core.store.database.MIGRATIONS", Migrated())
        yield


@pytest.fixture(autouse=True, scope="session")
def _has_no_data_folder_but_its_own() -> Iterator[None]:
    """The one beside the program may hold somebody's ledger: a test that names none has none."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TOKEN_LEDGER_DATA", f"{os.devnull}/data")
        yield


@pytest.fixture(autouse=True)
def _no_pace_of_an_earlier_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paces outlive a sync, and most tests only pretend to sleep."""
    monkeypatch.setattr("core.api.rate_limit._shared", {})


@pytest.fixture(scope="session")
def synced_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the small world, synced. Copy it, never change it."""
    from tests.support.folders import made_once
    from tests.support.organizations import connected, sync

    def make(folder: Path) -> None:
        with connected(folder) as (settings, _, _):
            assert sync(settings).outcome == "ok"

    return made_once(tmp_path_factory, "world", make)


@pytest.fixture(scope="session")
def books_made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the pages' books. Copy it, never change it."""
    from core.settings import Settings
    from tests.support.folders import made_once
    from tests.ui import books

    return made_once(tmp_path_factory, "books", lambda folder: books.fill(Settings(folder)))


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """As pytest's, which looks through the folders of all tests before for a free number."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    return Path(mkdtemp(prefix=f"{name}-", dir=tmp_path_factory.getbasetemp()))


@pytest.fixture
def synced(synced_once: Path, tmp_path: Path) -> Iterator[World]:
    """The small world, synced: a data folder of the test's own, and the server it came from."""
    from tests.support.organizations import copied

    with copied(synced_once, tmp_path / "data") as world:
        yield world
