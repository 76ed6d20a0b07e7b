"""Every command on a full disk, in a read-only folder, and while another program has the database locked."""

from __future__ import annotations

import io
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import pytest

from core.cli import codes, main
from core.settings import Settings
from tests.support.mounts import mounted_read_only, small_disk
from tests.support.organizations import World, organizations

pytestmark = pytest.mark.slow

DAYS = ("--from", "2026-11-01", "--to", "2026-11-02")
COMMANDS: dict[str, tuple[str, ...]] = {
    "connect": ("--name", "New", "--key-from", "env:PLANTED"),
    "sync": ("--quiet", "--lock-wait", "0"),
    "stop": (),
    "status": (),
    "query": ("--measure", "cost", *DAYS),
    "forecast": (),
    "plans": (),
    "anomalies": (),
    "annotations": ("add", "A note", "--from", "2026-11-01"),
    "alerts": ("off", "Sync failed"),
    "channels": ("add", "Chat", "--kind", "slack", "--secret-env", "HOOK"),
    "digests": ("add", "Morning", "--hour", "7"),
    "notify": (),
    "people": ("--grant", "ann@example.com", "--role", "analyst"),
    "audit": (),
    "demo": ("--remove",),
    "doctor": (),
    "record": ("{out}/recording", "--connection", "Main"),
    "backup": ("{out}/copy.db",),
    "restore": ("{out}/whole.db",),
    "export": ("{out}/export",),
    "erase-person": (organizations()["Staff"].people[0].id, "--yes"),
    "rotate-secret": (),
    "export-settings": ("{out}/settings.json",),
    "apply": ("{out}/whole.json",),
}
READS = {"status", "query", "forecast", "plans", "audit", "export-settings"}
"""These only look, and work where nothing can be written."""
COPIES = {"backup", "export"}
"""These copy what is there, from a place where nothing can be written too."""


@contextmanager
def read_only(settings: Settings) -> Iterator[None]:
    with mounted_read_only(settings.data_dir):
        yield


@contextmanager
def locked(settings: Settings) -> Iterator[None]:
    """Another program is in the middle of a change, and stays there."""
    conn = sqlite3.connect(settings.database_path, isolation_level=None)
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        conn.close()


@contextmanager
def full(settings: Settings) -> Iterator[None]:
    """The data folder on a disk without a byte left."""
    kept = settings.data_dir.with_name("kept")
    shutil.move(settings.data_dir, kept)
    size = sum(path.stat().st_size for path in kept.rglob("*") if path.is_file())
    with small_disk(settings.data_dir, megabytes=size // 2**20 + 4):
        shutil.copytree(kept, settings.data_dir, dirs_exist_ok=True)
        with (settings.data_dir / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError):
            while True:
                filler.write(bytes(4096))
        yield


@pytest.fixture
def settings(synced: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings = synced[0]
    variables = {
        "TOKEN_LEDGER_DATA": str(settings.data_dir),
        "ANTHROPIC_BASE_URL": settings.base_url,
        "PLANTED": "sk-ant-admin01-nobody-has-this-key-0000",
        "HOOK": "https://hooks.example.com/services/T000/B000/XXXX",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for module in ("database", "backup"):
        monkeypatch.setattr(f"core.store.{module}.BUSY_SECONDS", 0.1)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    (tmp_path / "out").mkdir()
    assert main(["backup", str(tmp_path / "out" / "whole.db")]) == codes.DONE
    assert main(["export-settings", str(tmp_path / "out" / "whole.json")]) == codes.DONE
    return settings


Place = Callable[[Settings], AbstractContextManager[None]]


PLACES = {"read-only": read_only, "full": full, "locked": locked, "well": lambda _: nullcontext()}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_every_command_ends_in_sentences(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], place: Place
) -> None:
    wrong = {}
    capsys.readouterr()
    with place(settings):
        for name, words in COMMANDS.items():
            code = main([name, *(word.format(out=tmp_path / "out") for word in words)])
            out, err = capsys.readouterr()
            if "fault is in this program" in err or "Traceback" in err + out:
                wrong[name] = err
            elif code != codes.DONE and not re.search(r"[.!?”)]\n$", err or out):
                wrong[name] = f"{code} without a sentence: {err}{out}"[-300:]
            elif name in COPIES and place in (read_only, full) and code != codes.DONE:
                wrong[name] = f"only copies, and ended with {code}: {err}"
            elif name in READS and code != codes.DONE:
                wrong[name] = f"only looks, and ended with {code}: {err}"
    assert wrong == {}


def test_every_command_is_tried(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert set(re.findall(r"(?m)^    ([a-z][a-z-]+)(?: |$)", capsys.readouterr().out)) == set(COMMANDS)
