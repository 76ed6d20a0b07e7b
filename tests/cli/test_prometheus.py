"""Figures for monitoring: the format, what is not known, and a file that is whole or not there."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core import __version__
from core.cli import main
from core.cli.prometheus import exposition, write_exposition
from core.cli.status import status_of
from core.clock import utc_now
from core.errors import ConfigurationError
from core.settings import Settings
from core.store.database import database
from tests.sync.anthropic import USAGE_PATH, Anthropic, connected, refuse, sync

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
LINE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (-?[0-9.]+)')
"""A sample as the format defines it, of the names that are used here."""


def connection(**given: Any) -> dict[str, Any]:
    return {
        "id": 3,
        "name": "Research",
        "origin": "claude.ai",
        "last_good_sync_at": "2026-11-23T09:00:00Z",
        "rows": 1200,
        "rows_set_aside": 0,
        "differences": 2,
        "provisional_days": 31,
        "gap_days": 1,
        "months_not_built": 0,
        "problems": [
            {"stream": "a", "state": "failed", "message": "", "request_id": None},
            {"stream": "b", "state": "reduced", "message": "", "request_id": None},
        ],
        **given,
    }


def text_of(*connections: Mapping[str, Any], **given: Any) -> str:
    backup = {"last_at": None, "problem": None}
    status = {"sync": None, "last_sync": None, "backup": backup, "connections": list(connections), **given}
    return exposition(status, NOW)


def samples(text: str) -> dict[str, float]:
    """Every line read by the format's own rules; each metric is told of before its first sample."""
    read: dict[str, float] = {}
    told: set[str] = set()
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# "):
            _, kind, name, rest = line.split(" ", 3)
            assert rest == "gauge" if kind == "TYPE" else kind == "HELP"
            told.add(f"{kind} {name}")
            continue
        match = LINE.fullmatch(line)
        assert match, line
        assert {f"HELP {match[1]}", f"TYPE {match[1]}"} <= told
        assert match[1] + (match[2] or "") not in read, "a series twice"
        read[match[1] + (match[2] or "")] = float(match[3])
    return read


OF_3 = 'id="3",connection="Research",origin="claude.ai"'


def test_the_figures_of_a_connection() -> None:
    read = samples(text_of(connection(), last_sync={"outcome": "partial"}))
    expected = {
        "last_good_sync_timestamp_seconds": datetime(2026, 11, 23, 9, tzinfo=UTC).timestamp(),
        "last_good_sync_age_seconds": 1800,
        "failed_reports": 1,
        "rows": 1200,
        "rows_set_aside": 0,
        "differences": 2,
        "provisional_days": 31,
        "missing_days": 1,
        "unbuilt_months": 0,
    }
    assert {name: read.pop(f"token_ledger_{name}{OF_3}") for name in expected} == expected
    outcomes = {name: read.pop(f'token_ledger_last_sync_outcomeoutcome="{name}"') for name in OUTCOMES}
    assert outcomes == {**dict.fromkeys(OUTCOMES, 0), "partial": 1}
    assert read == {
        f'token_ledger_infoversion="{__version__}"': 1,
        "token_ledger_written_timestamp_seconds": NOW.timestamp(),
        "token_ledger_sync_running": 0,
        "token_ledger_backup_failed": 0,
        "token_ledger_connections": 1,
    }


OUTCOMES = ("ok", "partial", "failed", "stopped", "died")


def test_what_is_not_known_has_no_sample_and_no_heading() -> None:
    never = connection(last_good_sync_at=None, gap_days=None, provisional_days=None)
    text = text_of(never)
    for name in ("last_good_sync", "missing_days", "provisional_days", "last_sync_outcome"):
        assert name not in text
    both = samples(text_of(never, connection(id=4, name="Other")))
    assert [name for name in both if "missing_days" in name] == [
        'token_ledger_missing_daysid="4",connection="Other",origin="claude.ai"'
    ]


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ('say "hi"', r"say \"hi\""),
        ("back\\slash", r"back\\slash"),
        ("two\nlines", r"two\nlines"),
        ('\\"} 1\ntoken_ledger_rows{x="', r"\\\"} 1\ntoken_ledger_rows{x=\""),
        ("Größe é 数", "Größe é 数"),
    ],
)
def test_a_name_cannot_leave_its_label(name: str, escaped: str) -> None:
    read = samples(text_of(connection(name=name)))
    assert read[f'token_ledger_rowsid="3",connection="{escaped}",origin="claude.ai"'] == 1200
    assert len(read) == len(samples(text_of(connection())))


def test_an_instant_to_come_is_no_negative_age() -> None:
    read = samples(text_of(connection(last_good_sync_at="2026-11-23T10:00:00Z")))
    assert read[f"token_ledger_last_good_sync_age_seconds{OF_3}"] == 0


def test_the_figures_are_those_that_the_database_holds(tmp_path: Path) -> None:
    settings, now = Settings(tmp_path / "data", "https://api.anthropic.test"), utc_now()
    connected(settings, since=now.date() - timedelta(days=39))
    sync(settings, Anthropic(until=now.date()), now)
    sync(settings, Anthropic(until=now.date(), rules=[refuse(USAGE_PATH, 404)]), now, full=True)
    with database(settings) as db:
        db.conn.execute(
            "INSERT INTO control_checks (connection_id, day, measure, expected, actual)"
            " VALUES (1, '2026-11-01', 'cost', 5, 4), (1, '2026-11-01', 'requests', 5, 5)"
        )
        tables = [name for name in db.table_names() if name.startswith("platform_")]
        rows = sum(db.table(name).count for name in tables)
        failed = len(list(db.query("SELECT 1 FROM stream_states WHERE state = 'failed'")))
        covered = list(db.query("SELECT DISTINCT day FROM coverage WHERE stream LIKE 'platform%'"))
    read = samples(exposition(status_of(settings), utc_now()))
    of = 'id="1",connection="Research",origin="Claude Platform"'
    assert read[f"token_ledger_rows{of}"] == rows > 0
    assert read[f"token_ledger_failed_reports{of}"] == failed >= 1
    assert read[f"token_ledger_differences{of}"] == 1
    assert 0 < read[f"token_ledger_provisional_days{of}"] < len(covered)
    assert 0 <= read[f"token_ledger_last_good_sync_age_seconds{of}"] < 600
    assert read['token_ledger_last_sync_outcomeoutcome="partial"'] == 1


def test_the_file_is_readable_by_others_and_replaced_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token_ledger.prom"
    previous = os.umask(0o077)
    try:
        write_exposition("old 1\n", file)
    finally:
        os.umask(previous)
    assert file.stat().st_mode & 0o777 == 0o644

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigurationError, match="No space left"):
        write_exposition("new 1\n", file)
    assert [path.name for path in tmp_path.iterdir()] == [file.name] and file.read_text() == "old 1\n"


def test_a_place_that_cannot_be_written_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(tmp_path / "data"))
    words = ["status", "--format", "prometheus", "--output", str(tmp_path / "no" / "file.prom")]
    assert main(words) == 2
    assert "cannot be written: No such file or directory" in capsys.readouterr().err
    assert main(["status", "--output", str(tmp_path / "file.prom")]) == 2
    assert "--format prometheus" in capsys.readouterr().err
    assert main(["status", "--format", "prometheus"]) == 0
    assert samples(capsys.readouterr().out)["token_ledger_connections"] == 0
