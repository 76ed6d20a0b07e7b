"""The tables of what is unusual and what people noted, as their migration makes them."""

from __future__ import annotations

WATCH = """
CREATE TABLE annotations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    text TEXT NOT NULL,
    scope TEXT NOT NULL DEFAULT '{}',
    added_at TEXT NOT NULL
);
CREATE TABLE findings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dimension TEXT NOT NULL,
    value TEXT,
    empty TEXT,
    label TEXT NOT NULL,
    kind TEXT NOT NULL,
    unit TEXT NOT NULL,
    sign INTEGER NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    found_day TEXT NOT NULL,
    expected INTEGER NOT NULL,
    actual INTEGER NOT NULL,
    carriers TEXT NOT NULL,
    along TEXT NOT NULL,
    state TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    found_at TEXT NOT NULL
);
CREATE TABLE muted_series (
    id INTEGER PRIMARY KEY,
    dimension TEXT NOT NULL,
    value TEXT,
    empty TEXT,
    label TEXT NOT NULL,
    muted_at TEXT NOT NULL
);
"""
"""``scope``, ``carriers`` and ``along`` are JSON. ``expected`` and ``actual``: in micro-cents, tokens
or millionths, by ``unit``. ``empty``: why there is no ``value``."""
