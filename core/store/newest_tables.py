"""The tables of the newest reports, as their migrations make them. What was released is never edited."""

from __future__ import annotations

EVERYTHING = """
    workspace_id TEXT, workspace_name TEXT,
    api_key_id TEXT, api_key_name TEXT,
    actor_type TEXT, user_id TEXT, user_email TEXT, user_name TEXT, user_deleted INTEGER,
    service_account_id TEXT, actor_subject TEXT,
    product TEXT, model TEXT, service_tier TEXT, context_window TEXT, inference_geo TEXT, speed TEXT"""
"""All that a ledger row tells apart."""

AGENTS = "agent_id TEXT, session_id TEXT, environment_id TEXT, deployment_id TEXT, model TEXT"
"""The set of managed agents."""

PRODUCT_AGENTS = "product TEXT, agent_id TEXT, session_id TEXT, environment_id TEXT, deployment_id TEXT"
"""The set of agents in the products of claude.ai."""

TAGS = "product TEXT, user_profile_id TEXT, slack_channel_id TEXT, claude_tag_category TEXT, model TEXT"
"""The set of user profiles, Slack channels and categories of Claude Tag."""

_FACTS = """
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    day TEXT NOT NULL,"""
_BOTH = """
CREATE TABLE {0}_cost ({1},
    cost_type TEXT, token_type TEXT,
    currency TEXT NOT NULL, amount TEXT NOT NULL, amount_microcents INTEGER NOT NULL,
    list_amount TEXT, list_amount_microcents INTEGER
);
CREATE INDEX {0}_cost_day ON {0}_cost (connection_id, day);
CREATE TABLE {0}_usage ({1},
    uncached_input_tokens INTEGER NOT NULL,
    ephemeral_5m_input_tokens INTEGER NOT NULL,
    ephemeral_1h_input_tokens INTEGER NOT NULL,
    cache_read_input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    web_search_requests INTEGER NOT NULL,
    requests INTEGER
);
CREATE INDEX {0}_usage_day ON {0}_usage (connection_id, day);
"""
TOLD_RATES = """
CREATE TABLE told_rates (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    stream TEXT NOT NULL, day TEXT NOT NULL,
    model TEXT, service_tier TEXT, context_window TEXT, inference_geo TEXT, speed TEXT,
    cost_type TEXT, token_type TEXT,
    amount INTEGER NOT NULL, list_amount INTEGER
);
CREATE INDEX told_rates_day ON told_rates (connection_id, stream, day);
"""
"""What a newest report says of prices alone, see :mod:`core.store.told_rates`."""


def newest_tables(name: str, grain: str) -> str:
    """SQL for the tables ``{name}_cost`` and ``{name}_usage``. ``grain``: the columns that both group by."""
    return _BOTH.format(name, f"{_FACTS} {grain.strip()}")
