"""The tables of alerts, of the channels they go out by, and of what is to be sent, as first made."""

from __future__ import annotations

ALERTS = """
CREATE TABLE channels (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    config TEXT NOT NULL,
    hint TEXT NOT NULL,
    encrypted_secrets BLOB NOT NULL,
    added_at TEXT NOT NULL
);
CREATE TABLE alert_rules (
    name TEXT PRIMARY KEY,
    is_on INTEGER NOT NULL,
    threshold INTEGER NOT NULL,
    on_since TEXT
) WITHOUT ROWID;
CREATE TABLE open_events (
    key TEXT PRIMARY KEY,
    level INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE alerts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_key TEXT NOT NULL,
    rule TEXT NOT NULL,
    phase TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    page TEXT NOT NULL,
    told_at TEXT NOT NULL
);
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    alert_id INTEGER NOT NULL REFERENCES alerts(id) ON DELETE CASCADE,
    channel_id INTEGER REFERENCES channels(id) ON DELETE SET NULL,
    channel_name TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT NOT NULL,
    sent_at TEXT,
    last_error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outbox_due ON outbox (state, next_attempt_at);
CREATE INDEX outbox_alert ON outbox (alert_id);
"""
"""``config``: JSON without any secret. ``level``: how grave an open event was when it was last told.
``next_attempt_at``: of a message that is being sent, when another process may take it over."""
