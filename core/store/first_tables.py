"""The tables of 0.1.0, as its one migration made them. Released: never edit."""

from __future__ import annotations

DIRECTORY = """
CREATE TABLE connections (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    origin TEXT NOT NULL CHECK (origin IN ('Claude Platform', 'claude.ai')),
    organization_id TEXT NOT NULL,
    organization_name TEXT,
    key_hint TEXT NOT NULL,
    encrypted_key BLOB NOT NULL,
    since TEXT NOT NULL,
    demo INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    UNIQUE (origin, organization_id)
);
CREATE TABLE workspaces (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    archived_at TEXT,
    created_at TEXT,
    tags TEXT NOT NULL DEFAULT '{}',
    seen_at TEXT NOT NULL,
    gone_at TEXT,
    PRIMARY KEY (connection_id, workspace_id)
);
CREATE TABLE api_keys (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    api_key_id TEXT NOT NULL,
    name TEXT NOT NULL,
    key_hint TEXT,
    status TEXT,
    workspace_id TEXT,
    created_by_id TEXT,
    created_at TEXT,
    expires_at TEXT,
    seen_at TEXT NOT NULL,
    gone_at TEXT,
    PRIMARY KEY (connection_id, api_key_id)
);
CREATE TABLE users (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    email TEXT,
    name TEXT,
    role TEXT,
    added_at TEXT,
    seen_at TEXT NOT NULL,
    gone_at TEXT,
    PRIMARY KEY (connection_id, user_id)
);
"""

FACTS = """
CREATE TABLE platform_usage (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    workspace_id TEXT, workspace_name TEXT,
    api_key_id TEXT, api_key_name TEXT,
    account_id TEXT, account_email TEXT,
    service_account_id TEXT,
    model TEXT, service_tier TEXT, context_window TEXT, inference_geo TEXT, speed TEXT,
    uncached_input_tokens INTEGER NOT NULL,
    ephemeral_5m_input_tokens INTEGER NOT NULL,
    ephemeral_1h_input_tokens INTEGER NOT NULL,
    cache_read_input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    web_search_requests INTEGER NOT NULL
);
CREATE INDEX platform_usage_day ON platform_usage (connection_id, day);
CREATE TABLE platform_cost (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    workspace_id TEXT, workspace_name TEXT,
    description TEXT, cost_type TEXT,
    model TEXT, service_tier TEXT, context_window TEXT, inference_geo TEXT, token_type TEXT,
    currency TEXT NOT NULL, amount TEXT NOT NULL, amount_microcents INTEGER NOT NULL
);
CREATE INDEX platform_cost_day ON platform_cost (connection_id, day);
CREATE TABLE claude_ai_user_cost (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    user_id TEXT, user_email TEXT, user_name TEXT, user_deleted INTEGER,
    product TEXT, model TEXT, context_window TEXT, inference_geo TEXT, speed TEXT,
    cost_type TEXT, token_type TEXT,
    currency TEXT NOT NULL, amount TEXT NOT NULL, amount_microcents INTEGER NOT NULL,
    list_amount TEXT, list_amount_microcents INTEGER
);
CREATE INDEX claude_ai_user_cost_day ON claude_ai_user_cost (connection_id, day);
CREATE TABLE claude_ai_user_usage (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    user_id TEXT, user_email TEXT, user_name TEXT, user_deleted INTEGER,
    product TEXT, model TEXT, context_window TEXT, inference_geo TEXT, speed TEXT,
    uncached_input_tokens INTEGER NOT NULL,
    ephemeral_5m_input_tokens INTEGER NOT NULL,
    ephemeral_1h_input_tokens INTEGER NOT NULL,
    cache_read_input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    web_search_requests INTEGER NOT NULL,
    requests INTEGER
);
CREATE INDEX claude_ai_user_usage_day ON claude_ai_user_usage (connection_id, day);
CREATE TABLE claude_ai_cost (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    product TEXT,
    currency TEXT NOT NULL, amount TEXT NOT NULL, amount_microcents INTEGER NOT NULL,
    list_amount TEXT, list_amount_microcents INTEGER,
    requests INTEGER
);
CREATE INDEX claude_ai_cost_day ON claude_ai_cost (connection_id, day);
CREATE TABLE claude_ai_usage (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    product TEXT,
    uncached_input_tokens INTEGER NOT NULL,
    ephemeral_5m_input_tokens INTEGER NOT NULL,
    ephemeral_1h_input_tokens INTEGER NOT NULL,
    cache_read_input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    web_search_requests INTEGER NOT NULL,
    requests INTEGER
);
CREATE INDEX claude_ai_usage_day ON claude_ai_usage (connection_id, day);
"""

BOOKS = """
CREATE TABLE coverage (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    stream TEXT NOT NULL,
    day TEXT NOT NULL,
    fetched_at TEXT NOT NULL,
    watermark_at TEXT,
    rows INTEGER NOT NULL,
    PRIMARY KEY (connection_id, stream, day)
) WITHOUT ROWID;
CREATE TABLE windows (
    id INTEGER PRIMARY KEY,
    run_id INTEGER REFERENCES runs(id) ON DELETE SET NULL,
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    stream TEXT NOT NULL,
    start_day TEXT NOT NULL,
    end_day TEXT NOT NULL,
    pages INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    fetched_at TEXT NOT NULL,
    watermark_at TEXT,
    revision INTEGER NOT NULL
);
CREATE TABLE day_changes (
    id INTEGER PRIMARY KEY,
    run_id INTEGER REFERENCES runs(id) ON DELETE SET NULL,
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    stream TEXT NOT NULL,
    day TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    before_amount INTEGER,
    after_amount INTEGER,
    before_rows INTEGER NOT NULL,
    after_rows INTEGER NOT NULL
);
CREATE INDEX day_changes_day ON day_changes (connection_id, day);
CREATE TABLE stream_states (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    stream TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ok', 'reduced', 'failed')),
    message TEXT NOT NULL DEFAULT '',
    request_id TEXT,
    start_day TEXT,
    end_day TEXT,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (connection_id, stream)
) WITHOUT ROWID;
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    heartbeat_at TEXT NOT NULL,
    trigger TEXT NOT NULL,
    outcome TEXT CHECK (outcome IN ('ok', 'partial', 'failed', 'stopped', 'died')),
    message TEXT NOT NULL DEFAULT '',
    stop_requested INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE run_progress (
    run_id INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    stream TEXT NOT NULL DEFAULT '',
    windows_done INTEGER NOT NULL DEFAULT 0,
    windows_total INTEGER NOT NULL DEFAULT 0,
    rows INTEGER NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0,
    retries INTEGER NOT NULL DEFAULT 0,
    waiting_until TEXT,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    outcome TEXT,
    message TEXT NOT NULL DEFAULT '',
    request_id TEXT,
    PRIMARY KEY (run_id, connection_id)
) WITHOUT ROWID;
CREATE TABLE month_revisions (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    month TEXT NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (connection_id, month)
) WITHOUT ROWID;
CREATE TABLE ledger_files (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    month TEXT NOT NULL,
    file_name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    schema_version INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    built_at TEXT NOT NULL,
    PRIMARY KEY (connection_id, month)
) WITHOUT ROWID;
CREATE TABLE control_checks (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    measure TEXT NOT NULL,
    expected INTEGER,
    actual INTEGER,
    PRIMARY KEY (connection_id, day, measure)
) WITHOUT ROWID;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('revision', '0'), ('ledger_revision', '0'), ('refresh_hours', '24');
"""
