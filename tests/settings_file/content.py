"""Everything that people set up, once as a file says it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlite_utils import Database

from core.settings_file.applying import Step, applied, exported
from core.settings_file.form import decoded, encoded
from tests.store.books import PlainVault

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
MAIL = {
    "host": "smtp.example.com",
    "port": "587",
    "security": "starttls",
    "user": "ledger",
    "sender": "ledger@example.com",
    "recipients": "ann@example.com",
}

WHOLE: dict[str, Any] = {
    "format": "token-ledger-settings",
    "version": 1,
    "filters": [{"name": "Research", "parameters": {"in.workspace": ["Research"]}}],
    "views": [
        {
            "name": "By model",
            "page": "cost",
            "parameters": {"by": ["model"], "measure": ["cost"]},
            "starred": True,
            "owner": "ann@example.com",
            "private": True,
        },
        {
            "name": "Tokens",
            "page": "usage",
            "parameters": {"measure": ["tokens"], "range": ["last_30"]},
            "viewers": True,
        },
    ],
    "dashboards": [
        {
            "name": "Board",
            "tiles": [
                {"view": "By model", "kind": "chart", "width": "half", "height": "small"},
                {"kind": "text", "width": "full", "height": "small", "text": "Booked **monthly**."},
            ],
            "owner": "ben@example.com",
        }
    ],
    "plans": [
        {
            "name": "All",
            "measure": "cost",
            "period": "month",
            "scope": {"in.origin": ["claude.ai"]},
            "amounts": {"2026-11": "50000.00", "2026-12": "0.00000001"},
        }
    ],
    "annotations": [
        {
            "first": "2026-10-14",
            "last": "2026-10-14",
            "text": "Load test",
            "scope": {"not.user": ["ann@x.com"]},
        }
    ],
    "muted": [{"dimension": "api_key", "value": "nightly", "label": "nightly"}],
    "quiet_hours": [{"start": "22:00", "end": "07:00", "zone": "Europe/Berlin", "syncs_pass": True}],
    "rules": [{"name": "Anomaly", "kind": "anomaly", "on": True, "terms": {"threshold": "250.00"}}],
    "digests": [
        {
            "name": "Mondays", "kind": "numbers", "on": True, "hour": 8, "zone": "Europe/Berlin",
            "channels": ["Ops", "Post"], "weekday": "monday",
        },
        {
            "name": "Board by mail", "kind": "dashboard", "on": False, "hour": 17, "zone": "UTC",
            "channels": ["Post"], "of": "Board",
        },
    ],
    "channels": [{"name": "Ops", "kind": "slack"}, {"name": "Post", "kind": "email", "config": MAIL}],
}  # fmt: skip


def apply(db: Database, content: Any, **how: bool) -> list[Step]:
    """``content``: a file as JSON has it, or as its text."""
    text = content if isinstance(content, str) else json.dumps(content, indent=2)
    return applied(db, PlainVault(), decoded(text.encode()), NOW, **how)


def export(db: Database) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(encoded(exported(db)))
    return content


def only(**parts: Any) -> dict[str, Any]:
    """A file that has these parts and no other."""
    return {"format": "token-ledger-settings", "version": 1, **parts}


def said(steps: list[Step]) -> list[tuple[str, str, str]]:
    return [(step.verb.value, step.word, step.called) for step in steps]
