"""What ``status`` says of a connection that is not whole."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx

from core.cli.status import status_lines, status_of
from core.clock import utc_now
from core.settings import Settings
from core.store.database import database
from core.store.states import list_states
from tests.api.fakes import refused
from tests.sync.anthropic import USAGE_PATH, Anthropic, connected, sync


def test_the_days_that_are_missing_are_among_the_days_that_are_named(tmp_path: Path) -> None:
    """Only the latest days of only one report are known, so that all are missing, from the first on."""
    settings, now = Settings(tmp_path / "data", "https://api.anthropic.test"), utc_now()
    first = now.date() - timedelta(days=39)
    connected(settings, since=first)

    def refuse_most(request: httpx.Request) -> httpx.Response | None:
        older = request.url.params.get("starting_at", "9").startswith(first.isoformat())
        return refused(404) if older or request.url.path == USAGE_PATH else None

    assert sync(settings, Anthropic(rules=[refuse_most], until=now.date()), now).outcome == "partial"
    said = status_lines(status_of(settings))
    yesterday = now.date() - timedelta(days=1)
    assert f"days {first} to {yesterday} with 39 days missing" in said


def test_todays_cost_is_not_missing_and_yesterdays_is(tmp_path: Path) -> None:
    settings, now = Settings(tmp_path / "data", "https://api.anthropic.test"), utc_now()
    connected(settings, since=now.date() - timedelta(days=9))
    assert sync(settings, Anthropic(until=now.date()), now).outcome == "ok"
    assert "with no gaps" in status_lines(status_of(settings))
    with database(settings) as db:
        yesterday = (now.date() - timedelta(days=1)).isoformat()
        db.conn.execute("DELETE FROM coverage WHERE stream = 'platform_cost' AND day = ?", [yesterday])
    (found,) = status_of(settings)["connections"]
    assert [(gap["from"], gap["why"]) for gap in found["gaps"]] == [(yesterday, "not reported yet")]
    assert "with 1 day missing" in status_lines(status_of(settings))


def test_a_sentence_that_two_reports_share_is_said_once(tmp_path: Path) -> None:
    settings, now = Settings(tmp_path / "data", "https://api.anthropic.test"), utc_now()
    connected(settings, since=now.date() - timedelta(days=9))
    sync(settings, Anthropic(until=now.date()), now)
    with database(settings) as db:
        db.conn.execute("UPDATE stream_states SET state = 'reduced', message = '9 days with less.'")
        reports = len(list_states(db, 1))
    (found,) = status_of(settings)["connections"]
    assert len(found["problems"]) == reports > 1
    assert status_lines(status_of(settings)).count("9 days with less.") == 1


def test_rows_that_could_not_be_counted_are_told(tmp_path: Path) -> None:
    settings, now = Settings(tmp_path / "data", "https://api.anthropic.test"), utc_now()
    connected(settings, since=now.date() - timedelta(days=9))
    sync(settings, Anthropic(until=now.date()), now)
    days = [(now.date() - timedelta(days=n)).isoformat() for n in (3, 2)]
    with database(settings) as db:
        db.conn.execute("UPDATE coverage SET set_aside = 2 WHERE day IN (?, ?) AND stream LIKE '%cost'", days)
        db.conn.execute("UPDATE coverage SET reduced = 1 WHERE day = ?", days[:1])
    (found,) = status_of(settings)["connections"]
    assert (found["incomplete_days"], found["rows_set_aside"], found["reduced_days"]) == (days, 4, 1)
    said = status_lines(status_of(settings))
    assert "with no gaps, 4 rows of 2 days not counted, 1 day with fewer dimensions" in said
