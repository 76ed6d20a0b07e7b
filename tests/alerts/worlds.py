"""Rules, known days and looks, made with few words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlite_utils import Database

from core.alerts.book import evaluate
from core.clock import rfc3339
from core.ledger.snapshot import Snapshot
from core.periods import ONE_DAY, Period
from core.store.alert_kinds import RuleKind, Terms
from core.store.alert_rules import Rule, RuleContent, add_rule, list_rules, switch_rule
from core.store.outbox import list_alerts
from tests.explore.ledgers import PLATFORM, PLATFORM_2, Row, ledger_of, tokens
from tests.store.books import connect

DOLLAR = 10**8
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
SINCE = date(2026, 6, 1)
BOTH = (PLATFORM, PLATFORM_2)


def rule(db: Database, kind: str, at: datetime = LONG_AGO, scope: Mapping[str, list[str]] | None = None,
         step: int = 50, **terms: int | str | tuple[int, ...]) -> Rule:  # fmt: skip
    """The only rule that is on."""
    for other in list_rules(db):
        switch_rule(db, other.id, at, is_on=False)
    name = f"Rule {len(list_rules(db))}"
    content = RuleContent(name, RuleKind(kind), Terms(**terms), dict(scope or {}), step)  # type: ignore[arg-type]
    return add_rule(db, content, at)


def two_connections(db: Database) -> None:
    """Those of the ledgers of these tests."""
    for info in BOTH:
        connect(db, info.cost_center, info.organization_id, since=SINCE)


def know(db: Database, until: date, connection_id: int = 1, since: date = SINCE) -> None:
    """The days before ``until`` are pulled, and Anthropic tells of them to their end."""
    rows = [
        {
            "connection_id": connection_id,
            "stream": stream,
            "day": day.isoformat(),
            "fetched_at": rfc3339(morning(day + ONE_DAY)),
            "watermark_at": None,
            "rows": 1,
        }
        for stream in ("platform_usage", "platform_cost")
        for day in Period(since, until)
    ]
    db.table("coverage").upsert_all(rows, pk=("connection_id", "stream", "day"))


def forget_day(db: Database, day: date, connection_id: int = 1) -> None:
    db.execute("DELETE FROM coverage WHERE day = ? AND connection_id = ?", [day.isoformat(), connection_id])


def morning(day: date) -> datetime:
    return datetime.combine(day, time(8), UTC)


def spending(folder: Path, dollars: Mapping[date, int], connection_id: int = 1) -> Snapshot:
    """A ledger of so many dollars a day."""
    return ledger_of(folder, spent(dollars, connection_id), BOTH)


def spent(dollars: Mapping[date, int], connection_id: int = 1, **values: object) -> list[Row]:
    info = replace(BOTH[connection_id - 1])
    return [
        tokens(info, day=day, cost=amount * DOLLAR, list_cost=amount * DOLLAR, tokens=1_000_000, **values)  # type: ignore[arg-type]
        for day, amount in dollars.items()
    ]


def days(first: date, amounts: Iterable[int]) -> dict[date, int]:
    return {first + timedelta(days=n): amount for n, amount in enumerate(amounts)}


def look(db: Database, ledger: Snapshot, day: date) -> list[str]:
    """What is told in the morning of a day, as ``phase: subject``."""
    before = {alert.id for alert, _ in list_alerts(db, LONG_AGO)}
    evaluate(ledger, db, morning(day))
    told = reversed([alert for alert, _ in list_alerts(db, LONG_AGO) if alert.id not in before])
    return [f"{alert.phase}: {alert.subject}" for alert in told]
