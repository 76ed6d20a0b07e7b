"""The commands where nothing can be written."""

from __future__ import annotations

import json

import pytest

from core import operations
from core.cli import codes, main
from core.errors import StoreError
from core.settings import Settings
from core.store.database import database
from tests.store.test_unwritable import index_impossible, mounted
from tests.support.organizations import NOW, World

QUERY = ("query", "--measure", "cost", "--from", "2026-01-01", "--to", "2027-01-01")
CAUSE = "its file system is mounted read-only"


@pytest.fixture
def settings(synced: World, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A folder with data, and the commands look at it."""
    settings = synced[0]
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(settings.data_dir))
    monkeypatch.setenv("ANTHROPIC_BASE_URL", settings.base_url)
    return settings


@pytest.mark.slow
@pytest.mark.parametrize("make", [index_impossible, mounted], ids=["simulated", "mounted"])
def test_status_query_and_doctor_read_and_a_write_names_the_cause(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], make: object
) -> None:
    def said(*words: str) -> tuple[int, str, str]:
        code = main(words)
        return (code, *capsys.readouterr())

    before = {words: said(*words) for words in (("status",), QUERY)}
    assert all(code == codes.DONE for code, _, _ in before.values()) and before["status",][1]
    with make(settings, monkeypatch):  # type: ignore[operator]
        for words, whole in before.items():
            assert said(*words) == whole
        code, findings, _ = said("doctor", "--json")
        told = [json.loads(line) for line in findings.splitlines()]
        (first,) = [finding for finding in told if finding["subject"] == "Database"]
        assert code == codes.PARTLY and first["says"].startswith("Sound") and CAUSE in first["says"]
        assert any(finding["subject"] == "Ledger" and finding["level"] == "ok" for finding in told)
        assert said("stop")[0] == codes.DONE
        with pytest.raises(StoreError, match=CAUSE):
            operations.rename(settings, 1, "Another name")


def test_status_tells_of_a_sync_that_died_and_of_what_is_not_built(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with database(settings) as db:
        db.conn.execute(
            "INSERT INTO runs (started_at, heartbeat_at, finished_at, trigger, outcome, message)"
            " VALUES (?1, ?1, ?1, 'page', 'died', 'It left no word.')",
            [NOW.isoformat()],
        )
        db.conn.execute("UPDATE month_revisions SET revision = revision + 1 WHERE connection_id = 1")
        (months,) = db.conn.execute("SELECT count(*) FROM month_revisions WHERE connection_id = 1").fetchone()
    assert main(["status"]) == codes.DONE
    text = capsys.readouterr().out
    assert text.startswith("The last sync died. It left no word.\n")
    assert f"  {months} months pulled but not yet built: run sync again\n" in text
