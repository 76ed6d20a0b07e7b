"""The tables of financial plans, as they were first made."""

from __future__ import annotations

PLANS = """
CREATE TABLE plans (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    params TEXT NOT NULL,
    measure TEXT NOT NULL,
    period TEXT NOT NULL CHECK (period IN ('month', 'quarter', 'year')),
    changed_at TEXT NOT NULL
);
CREATE TABLE plan_amounts (
    plan_id INTEGER NOT NULL REFERENCES plans(id) ON DELETE CASCADE,
    start_day TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (plan_id, start_day)
) WITHOUT ROWID;
"""
"""``params``: the scope, as saved filters are kept. ``amount``: micro-cents or tokens, by the measure."""
