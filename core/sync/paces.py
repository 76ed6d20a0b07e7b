"""How fast a connection's requests may follow each other."""

from __future__ import annotations

from core.api.pace import Pace, shared_pace
from core.dimensions import Origin
from core.settings import Settings
from core.store.connections import Connection


def pace_of(settings: Settings, connection: Connection) -> Pace | None:
    """claude.ai limits an organization's requests, whatever key they come with; the Platform does not."""
    if connection.origin is not Origin.CLAUDE_AI or connection.demo:
        return None
    return shared_pace(settings.base_url, connection.organization_id)
