"""What a connection's service was seen to grant: caps, sizes, reach, words. Learned by asking, never assumed.

Values are short texts. A thing learned serves the planner until a rare trial finds it changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlite_utils import Database

from core.clock import parse_rfc3339, rfc3339

CAP = "dimensions a question"
"""At most so many ``group_by[]`` in one question."""
DAYS = "days a question"
"""At most so many days in one question."""
ROWS = "rows a page"
"""At most so many rows on one page."""
REACH = "days reached back"
"""So many days back, today included, is answered; older days are refused."""
LAG = "days late"
"""So many finished days were missing at the end of the last answer."""
DEFAULT_WORKSPACE = "default workspace"
"""The real id of the workspace that the older reports leave null."""
SPEED = "speed"
"""Whether speed is told: "yes" or "no"."""
FILTERS = "filters"
"""0: filters are refused."""


@dataclass(frozen=True)
class Fact:
    """One thing learned of a report, list or (stream "") of the whole service."""

    stream: str
    name: str
    value: str
    learned_at: datetime


@dataclass(frozen=True)
class Learned:
    """What is known of one connection's service."""

    facts: Mapping[tuple[str, str], Fact] = field(default_factory=dict)

    def text(self, stream: str, name: str) -> str | None:
        """None where nothing was learned."""
        fact = self.facts.get((stream, name))
        return fact.value if fact else None

    def whole(self, stream: str, name: str) -> int | None:
        """The value as a whole number; None where nothing was learned, or no number."""
        text = self.text(stream, name)
        return int(text) if text and text.isdecimal() else None


def learn(db: Database, connection_id: int, fact: Fact) -> None:
    """Keep what was learned, in place of what was known before. A connection removed meanwhile is skipped."""
    db.conn.execute(
        "INSERT INTO learned (connection_id, stream, name, value, learned_at)"
        " SELECT :connection_id, :stream, :name, :value, :learned_at"
        " WHERE EXISTS (SELECT 1 FROM connections WHERE id = :connection_id)"
        " ON CONFLICT (connection_id, stream, name)"
        " DO UPDATE SET value = excluded.value, learned_at = excluded.learned_at",
        {
            "connection_id": connection_id,
            "stream": fact.stream,
            "name": fact.name,
            "value": fact.value,
            "learned_at": rfc3339(fact.learned_at),
        },
    )


def forget(db: Database, connection_id: int, stream: str, name: str) -> None:
    """Know a thing no longer: a trial found that it does not hold."""
    db.conn.execute(
        "DELETE FROM learned WHERE connection_id = ? AND stream = ? AND name = ?",
        [connection_id, stream, name],
    )


def read_learned(db: Database, connection_id: int) -> Learned:
    """All that was learned of a connection's service."""
    found = db.conn.execute(
        "SELECT stream, name, value, learned_at FROM learned WHERE connection_id = ? ORDER BY stream, name",
        [connection_id],
    )
    facts = (Fact(stream, name, value, parse_rfc3339(at)) for stream, name, value, at in found)
    return Learned({(fact.stream, fact.name): fact for fact in facts})
