"""What alerts cost after a sync: every rule judged, anomalies looked for, in organizations of two sizes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sqlite_utils import Database

from core.alerts import book
from core.alerts.preview import preview
from core.clock import rfc3339
from core.explore.provenance import REQUIRED
from core.ledger.snapshot import Snapshot
from core.periods import ONE_DAY, Period, calendar_period
from core.store.alert_kinds import RuleKind, Terms
from core.store.alert_rules import RuleContent, add_rule, list_rules, switch_rule
from core.store.plans import PlanContent, add_plan, list_plans
from core.watch import evaluate
from tests.bench.anomalies import DAYS, END, MODELS, organization
from tests.bench.timing import print_table
from tests.explore.ledgers import CONNECTIONS
from tests.store.books import connect, in_memory

NOW = datetime.fromisoformat(f"{END}T08:00:00+00:00")
DOLLAR = 10**8
_KINDS = (RuleKind.AMOUNT, RuleKind.CHANGE, RuleKind.RATE, RuleKind.CACHE, RuleKind.NEW)
_SCOPES = {
    "in.api_key": [f"key {who}" for who in (0, 6, 12)],
    "in.user": [f"user{who}@example.com" for who in (1, 2, 3)],
    "in.workspace": ["Workspace 0", "Workspace 2"],
    "in.model": list(MODELS)[:2],
}


def run() -> None:
    """Print CPU seconds of each part of the look after a sync, and of a preview."""
    header = ["series", "rules", "plans", "anomalies", "all rules", "the same without plans", "a preview"]
    print_table("Alerts: CPU seconds after a sync", header, list(_lines()))


def _lines() -> Iterator[list[str]]:
    for users in (400, 4_800):
        with TemporaryDirectory() as folder, in_memory() as db:
            ledger = organization(Path(folder), users, np.random.default_rng(0))
            _know(db)
            _rules(db)
            found = _seconds(lambda: evaluate.evaluate(ledger, db, NOW))  # noqa: B023 - called at once
            _plans(db)
            plans = len(list_plans(db))
            judged = _seconds(lambda: book.evaluate(ledger, db, NOW))  # noqa: B023
            db.execute("DELETE FROM plans")
            without = _seconds(lambda: book.evaluate(ledger, db, NOW))  # noqa: B023
            shown = _seconds(lambda: _preview(ledger, db))  # noqa: B023
            yield [
                f"{users + 100:,}",
                f"{len(list_rules(db))}",
                f"{plans}",
                *(f"{s:.2f}" for s in (found, judged, without, shown)),
            ]


def _seconds(act: Callable[[], object]) -> float:
    started = time.process_time()
    act()
    return time.process_time() - started


def _know(db: Database) -> None:
    """All days of the ledger."""
    first = END - timedelta(days=DAYS)
    for info in CONNECTIONS:
        made = connect(db, info.cost_center, info.organization_id, origin=info.origin, since=first, now=NOW)
        rows = (
            {
                "connection_id": made.id,
                "stream": stream,
                "day": day.isoformat(),
                "fetched_at": rfc3339(NOW),
                "watermark_at": None,
                "rows": 1,
            }
            for stream in REQUIRED[info.origin]
            for day in Period(first, END)
        )
        db.table("coverage").insert_all(rows)


def _rules(db: Database) -> None:
    """Those that are there from the start, and each kind on scopes of its own."""
    for rule in list_rules(db):
        switch_rule(db, rule.id, NOW, is_on=True)
    for kind in _KINDS:
        for name, values in _SCOPES.items():
            for value in values:
                content = RuleContent(f"{kind} of {value}", kind, Terms(), {name: [value]})
                add_rule(db, content, NOW)


def _plans(db: Database) -> None:
    """One for each of those scopes."""
    start = calendar_period("month", END - ONE_DAY).start
    for name, values in _SCOPES.items():
        for value in values:
            content = PlanContent({name: [value]}, "cost", "month", {start: 1_000 * DOLLAR})
            add_plan(db, value, content, NOW)


def _preview(ledger: Snapshot, db: Database) -> None:
    terms = Terms(threshold=100 * DOLLAR, period="day", measure="cost")
    preview(ledger, db, RuleContent("", RuleKind.AMOUNT, terms, {"in.api_key": ["key 0"]}), NOW)
