"""The rate limit of a connection's requests."""

from __future__ import annotations

from core.api.rate_limit import RateLimit, shared_rate_limit
from core.dimensions import Origin
from core.settings import Settings
from core.store.connections import Connection


def rate_limit_of(settings: Settings, connection: Connection) -> RateLimit | None:
    """claude.ai limits an organization's requests, whatever key they come with; the Platform does not."""
    if connection.origin is not Origin.CLAUDE_AI or connection.demo:
        return None
    return shared_rate_limit(settings.base_url, connection.organization_id)
