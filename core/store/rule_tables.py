"""The table of alert rules, and those that are there from the start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

RULES = """
CREATE TABLE alert_rules (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    scope TEXT NOT NULL,
    terms TEXT NOT NULL,
    step INTEGER NOT NULL,
    channels TEXT,
    is_on INTEGER NOT NULL,
    on_since TEXT
);
"""
"""``scope``, ``terms``, ``channels``: JSON. ``channels``: ids; null is all."""

_USD = 10**8
_FIRST: tuple[tuple[str, str, Mapping[str, object], str], ...] = (
    ("Sync failed", "sync", {}, "sync"),
    ("Differs from Anthropic's totals", "totals", {}, "totals"),
    ("Data are late", "late", {"threshold": 48}, ""),
    ("Anomaly", "anomaly", {"threshold": 100 * _USD}, "anomaly"),
    ("Plan is used up", "plan_actual", {"shares": [80, 100, 150]}, "plan_actual"),
    ("Plan will be exceeded", "plan_forecast", {"shares": [100, 150]}, "plan_forecast"),
    (
        "Week up by half", "change",
        {"threshold": 50, "floor": 100 * _USD, "period": "week", "measure": "cost", "direction": "rise"}, "",
    ),
    ("New model", "new", {"threshold": 10 * _USD, "dimension": "model"}, "model"),
    ("New API key", "new", {"threshold": 10 * _USD, "dimension": "api_key"}, ""),
    ("Past days revised", "revised", {"threshold": 100 * _USD}, ""),
    ("First data of a connection", "first_data", {}, "first_data"),
)  # fmt: skip
"""Name, kind, terms, and what it was called while each rule stood for itself."""
_ON = ("sync", "totals")


def make_rules(db: Database) -> None:
    """Make the table, with its first rules, switched as they were before."""
    before = {row["name"]: row for row in db.query("SELECT * FROM alert_rules")}
    db.execute("DROP TABLE alert_rules")
    db.execute(RULES)
    db.execute("DELETE FROM open_events WHERE key NOT LIKE 'channel:%'")
    rows = [_row(name, kind, terms, before.get(was)) for name, kind, terms, was in _FIRST]
    db.table("alert_rules").insert_all(rows)


def _row(
    name: str, kind: str, terms: Mapping[str, object], old: Mapping[str, Any] | None
) -> dict[str, object]:
    in_dollars = old and "threshold" in terms
    return {
        "name": name,
        "kind": kind,
        "scope": "{}",
        "terms": json.dumps({**terms, "threshold": old["threshold"] * _USD} if old and in_dollars else terms),
        "step": 50,
        "channels": None,
        "is_on": old["is_on"] if old else int(kind in _ON),
        "on_since": old["on_since"] if old else None,
    }
