"""What ``status`` says of a connection that is not whole."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx

from core.cli.status import status_lines, status_of
from core.clock import utc_now
from core.settings import Settings
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
    assert f"days {first} to {now.date()} with 40 days missing" in said
