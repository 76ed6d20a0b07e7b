"""Revisions of the month before arrive, whatever days a sync is run on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from core.dimensions import Origin
from core.settings import Settings
from core.store.changes import list_changes
from core.store.database import database
from tests.api.fakes import COST
from tests.sync.anthropic import ANALYTICS, CONTROL_COST, COST_PATH, Anthropic, connected, sync

DAY = date(2026, 10, 1)
PATHS = {
    Origin.PLATFORM: ("platform_cost", COST_PATH),
    Origin.CLAUDE_AI: ("claude_ai_cost", f"{ANALYTICS}/cost_report"),
}


def november(day: int) -> datetime:
    return datetime(2026, 11, day, 9, 30, tzinfo=UTC)


def amount_of(settings: Settings, table: str) -> list[str]:
    with database(settings) as db:
        found = db.conn.execute(f"SELECT amount FROM {table} WHERE day = ?", [DAY.isoformat()])
        return [amount for (amount,) in found]


@pytest.mark.slow
@pytest.mark.parametrize("origin", list(Origin))
@pytest.mark.parametrize(
    ("revised", "syncs"),
    [(3, (3, 5, 6, 7, 8, 9)), (3, (3, 5, 7, 8)), (6, (3, 5, 6, 7)), (7, (2, 8)), (7, (1, 9)), (6, (2, 20))],
)
def test_mistake_a_revision_at_the_months_end_never_arrives(
    settings: Settings, origin: Origin, revised: int, syncs: Sequence[int]
) -> None:
    """1 October is revised on a day of November, after that day's sync; the syncs are as named."""
    connected(settings, origin=origin, since=date(2026, 9, 20))
    table, path = PATHS[origin]
    row = COST if origin is Origin.PLATFORM else CONTROL_COST
    told = {"amount": "100"}
    sync_day = datetime(2026, 10, 31, 9, 30, tzinfo=UTC)
    for now in (sync_day, *map(november, syncs)):
        if now > november(revised):
            told["amount"] = "250"
        server = Anthropic(
            watermark=now, until=now.date(), rows={path: lambda day: [{**row, "amount": told["amount"]}]}
        )
        assert sync(settings, server, now).outcome == "ok"
    assert amount_of(settings, table) == ["250"]
    with database(settings) as db:
        changes = [c for c in list_changes(db, before_day=date(2026, 11, 20)) if c.day == DAY]
    assert [change.late for change in changes if change.stream == table] == [syncs[-1] > 9]


@pytest.mark.slow
@pytest.mark.parametrize("origin", list(Origin))
def test_after_its_last_pull_a_day_is_asked_for_no_more(settings: Settings, origin: Origin) -> None:
    connected(settings, origin=origin, since=date(2026, 9, 20))
    path = PATHS[origin][1]
    first = []
    for day in (8, 9, 10):
        server = Anthropic(watermark=november(day), until=date(2026, 11, day))
        sync(settings, server, november(day))
        starts = [r.url.params["starting_at"][:10] for r in server.asked if r.url.path == path]
        first.append(min(starts))
    assert first == ["2026-09-20", "2026-10-01", "2026-10-11"]
