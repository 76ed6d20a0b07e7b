"""The tables of the limits that Anthropic enforces, as their migration makes them."""

from __future__ import annotations

SPEND_LIMITS = """
CREATE TABLE spend_limits (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    scope_type TEXT NOT NULL,
    scope_id TEXT,
    amount TEXT,
    amount_microcents INTEGER,
    currency TEXT NOT NULL,
    period TEXT NOT NULL,
    is_enabled INTEGER NOT NULL,
    updated_at TEXT,
    PRIMARY KEY (connection_id, position)
) WITHOUT ROWID;
CREATE TABLE member_limits (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    user_id TEXT,
    user_email TEXT,
    user_name TEXT,
    amount TEXT,
    amount_microcents INTEGER,
    currency TEXT NOT NULL,
    period TEXT NOT NULL,
    source_type TEXT,
    source_id TEXT,
    spent TEXT,
    spent_microcents INTEGER,
    PRIMARY KEY (connection_id, position)
) WITHOUT ROWID;
CREATE TABLE limit_lists (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    list TEXT NOT NULL,
    read_at TEXT NOT NULL,
    refused TEXT,
    left_out INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (connection_id, list)
) WITHOUT ROWID;
"""
"""``position``: as the list had it. An amount of null is no limit; ``_microcents``: of its currency's minor
unit, whichever that is. ``limit_lists``: how each list was answered last; ``refused``: why it is not told,
else null; ``left_out``: entries that could not be read."""
