"""The tables of prices that bills show, and of the totals that Anthropic tells, as they were first made."""

from __future__ import annotations

PRICES = """
ALTER TABLE platform_cost ADD COLUMN speed TEXT;
CREATE TABLE unit_prices (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    month TEXT NOT NULL,
    shown_on TEXT NOT NULL,
    alias TEXT NOT NULL, token_type TEXT NOT NULL,
    service_tier TEXT NOT NULL, context_window TEXT NOT NULL, inference_geo TEXT NOT NULL,
    speed TEXT NOT NULL, billed_tier TEXT NOT NULL,
    cost_microcents INTEGER NOT NULL, tokens INTEGER NOT NULL
);
CREATE INDEX unit_prices_month ON unit_prices (connection_id, month);
CREATE TABLE priced_months (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    month TEXT NOT NULL,
    revision INTEGER NOT NULL,
    schema_version INTEGER NOT NULL,
    PRIMARY KEY (connection_id, month)
) WITHOUT ROWID;
"""
"""``unit_prices``: what a bill shows a token cost on a day; a name without a value is empty text.
``priced_months``: the state of the facts that a month's prices were read off."""

TOLD_TOTALS = """
CREATE TABLE told_totals (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    stream TEXT NOT NULL,
    day TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (connection_id, stream, day)
) WITHOUT ROWID;
ALTER TABLE claude_ai_user_usage ADD COLUMN total_tokens INTEGER;
ALTER TABLE claude_ai_usage ADD COLUMN total_tokens INTEGER;
"""
"""``told_totals``: what a report, asked without any dimension, says a day adds up to."""

WANTED_PRICES = """
CREATE TABLE wanted_prices (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    month TEXT NOT NULL,
    wanted_on TEXT NOT NULL,
    alias TEXT NOT NULL, token_type TEXT NOT NULL,
    service_tier TEXT NOT NULL, context_window TEXT NOT NULL, inference_geo TEXT NOT NULL,
    speed TEXT NOT NULL
);
CREATE INDEX wanted_prices_month ON wanted_prices (connection_id, month);
ALTER TABLE ledger_files ADD COLUMN prices TEXT;
"""
"""``wanted_prices``: whose price it takes to split a month. ``ledger_files.prices``: a mark of those that the
file was made with."""
