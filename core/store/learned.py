"""What a connection's service was seen to grant: caps, sizes, reach, words. Learned by asking, never assumed.

Values are short texts. A thing learned serves the planner until a rare trial finds it changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from core.clock import rfc3339
from core.store.columns import stored_instant
from core.store.while_connected import put_while_connected

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
FILTERS = "filters"
"""0: filters are refused."""
SERVED = "served"
"""Of the newest report of cost: whether both newest reports are served; else why not, in a word."""
SERVED_YES = "yes"


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
    row = {
        "connection_id": connection_id,
        "stream": fact.stream,
        "name": fact.name,
        "value": fact.value,
        "learned_at": rfc3339(fact.learned_at),
    }
    put_while_connected(db, "learned", [row])


def forget(db: Database, connection_id: int, stream: str, name: str) -> None:
    """Know a thing no longer: a trial found that it does not hold."""
    db.table("learned").delete_where(
        "connection_id = :connection_id AND stream = :stream AND name = :name",
        {"connection_id": connection_id, "stream": stream, "name": name},
    )


def read_learned(db: Database, connection_id: int) -> Learned:
    """All that was learned of a connection's service."""
    rows = db.query(
        "SELECT * FROM learned WHERE connection_id = :connection_id ORDER BY stream, name",
        {"connection_id": connection_id},
    )
    facts = map(_fact, rows)
    return Learned({(fact.stream, fact.name): fact for fact in facts})


def _fact(row: Mapping[str, Any]) -> Fact:
    return Fact(row["stream"], row["name"], row["value"], stored_instant(row["learned_at"]))
