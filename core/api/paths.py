"""The paths that Anthropic documents for reading. The client asks for these and for nothing else."""

from __future__ import annotations

ROOT = "/v1/organizations"
ANALYTICS = f"{ROOT}/analytics"

ME = f"{ROOT}/me"
WORKSPACES = f"{ROOT}/workspaces"
API_KEYS = f"{ROOT}/api_keys"
USERS = f"{ROOT}/users"
USAGE = f"{ROOT}/usage_report/messages"
CLAUDE_CODE = f"{ROOT}/usage_report/claude_code"
COST = f"{ROOT}/cost_report"
SPEND_LIMITS = f"{ROOT}/spend_limits"
EFFECTIVE_SPEND_LIMITS = f"{SPEND_LIMITS}/effective"
RATE_LIMITS = f"{ROOT}/rate_limits"
RBAC_GROUPS = f"{ROOT}/rbac_groups"

USER_COST = f"{ANALYTICS}/user_cost_report"
USER_USAGE = f"{ANALYTICS}/user_usage_report"
CLAUDE_AI_COST = f"{ANALYTICS}/cost_report"
CLAUDE_AI_USAGE = f"{ANALYTICS}/usage_report"
NEWEST_COST = f"{ANALYTICS}/cost"
NEWEST_USAGE = f"{ANALYTICS}/usage"

ADOPTION = {
    name: f"{ANALYTICS}/{name}"
    for name in ("summaries", "users", "skills", "connectors", "plugins", "apps/chat/projects")
}

DOCUMENTED = frozenset(
    {
        ME, WORKSPACES, API_KEYS, USERS, USAGE, CLAUDE_CODE, COST, SPEND_LIMITS, EFFECTIVE_SPEND_LIMITS,
        RATE_LIMITS, RBAC_GROUPS, USER_COST, USER_USAGE, CLAUDE_AI_COST, CLAUDE_AI_USAGE, NEWEST_COST,
        NEWEST_USAGE, *ADOPTION.values(),
    }
)  # fmt: skip


def require_documented(path: str) -> None:
    """Raises ValueError for a path that nothing here has a reason to ask for."""
    if path not in DOCUMENTED:
        raise ValueError(f"{path!r} is not among the documented paths of Anthropic's API.")
