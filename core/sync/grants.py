"""What one connection's service grants, as far as is known.

It serves while a connection is pulled, and is kept for the next sync. A refusal teaches; what was learned
long ago is tried again, because services change.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlite_utils import Database

from core.errors import ApiError, InvalidRequestError, PermissionDeniedError
from core.store.learned import CAP, ROWS, Fact, Learned, forget, learn

_TRIAL_AFTER = timedelta(days=30)
"""What was learned longer ago is asked for again, once."""
_USUAL_CAP = 5
"""Dimensions a question where a refusal names no number: what two projects read live in 2026."""
_ROWS = (1000, 100, 20)
"""Rows a page: the most that is documented, then fewer."""
NAMED_CAP = re.compile(r"\b(?:more than|at most|maximum(?: of)?|up to)\s+(\d{1,2})\b", re.IGNORECASE)


class Grants:
    """Reads what was learned of a service, and what a run finds out."""

    def __init__(self, learned: Learned, now: datetime) -> None:
        self._now = now
        self._stale = {at for at, fact in learned.facts.items() if now - fact.learned_at > _TRIAL_AFTER}
        self._known = {at: fact.value for at, fact in learned.facts.items() if at not in self._stale}
        self._news: dict[tuple[str, str], str | None] = {}
        self._without_speed: set[str] = set()
        self._tried_without: set[str] = set()
        self._not_to_blame: set[str] = set()

    def text(self, stream: str, name: str) -> str | None:
        """What was learned, in its words; None where nothing is known, or a trial is due."""
        return self._known.get((stream, name))

    def whole(self, stream: str, name: str) -> int | None:
        """A number that was learned; None where nothing is known, or a trial is due."""
        value = self.text(stream, name)
        return int(value) if value and value.isdecimal() else None

    def tells_speed(self, stream: str) -> bool:
        """Whether a stream is asked for speed, in this run."""
        return stream not in self._without_speed

    def cap(self, stream: str) -> int | None:
        """How many dimensions a question may have; None: as many as there are."""
        return self.whole(stream, CAP)

    def rows(self, stream: str) -> int:
        """How many rows a page may have."""
        return self.whole(stream, ROWS) or _ROWS[0]

    def fewer_rows(self, stream: str) -> bool:
        """Ask for fewer rows a page from now on; False where there are none fewer."""
        fewer = [rows for rows in _ROWS if rows < self.rows(stream)]
        if fewer:
            self.note(stream, ROWS, fewer[0])
        return bool(fewer)

    def note(self, stream: str, name: str, value: int | str) -> None:
        """Something was learned."""
        at, text = (stream, name), str(value)
        self._stale.discard(at)
        if self._known.get(at) != text:
            self._known[at] = self._news[at] = text

    def granted(self, stream: str, name: str) -> None:
        """A trial succeeded: what was learned before does not hold any more."""
        if (stream, name) in self._stale:
            self._stale.discard((stream, name))
            self._news[stream, name] = None

    def outgrown(self, stream: str, name: str) -> None:
        """What was learned turned out not to hold."""
        if self._known.pop((stream, name), None) is not None:
            self._news[stream, name] = None

    def give_way(self, stream: str, error: ApiError, *, with_speed: bool, tries_all: bool = False) -> bool:
        """Learn from a refusal. True: the question may be asked again, and will be another one.

        ``tries_all``: it had all dimensions at once, which is a try: in parts it loses nothing.
        """
        if not isinstance(error, InvalidRequestError | PermissionDeniedError):
            return False
        usual = _USUAL_CAP if tries_all and isinstance(error, InvalidRequestError) else None
        if cap := self._smaller_cap(stream, error.said) or usual:
            self.note(stream, CAP, cap)
            return True
        if with_speed and self.tells_speed(stream) and stream not in self._not_to_blame:
            self._without_speed.add(stream)
            self._tried_without.add(stream)
            return True
        if stream in self._tried_without:  # it was refused without speed too: speed was not to blame
            self._without_speed.discard(stream)
            self._tried_without.discard(stream)
            self._not_to_blame.add(stream)
        return False

    def answered(self, stream: str) -> None:
        """The question was answered as it was asked last."""
        self._tried_without.discard(stream)

    def _smaller_cap(self, stream: str, said: str) -> int | None:
        if "group_by" not in said or ("dimension" not in said and not NAMED_CAP.search(said)):
            return None
        named = NAMED_CAP.search(said)
        known = self.cap(stream)
        cap = int(named[1]) if named else min(_USUAL_CAP, known - 1 if known else _USUAL_CAP)
        return cap if cap >= 1 and (known is None or cap < known) else None

    def save(self, db: Database, connection_id: int) -> None:
        """Keep what was learned since it was last kept."""
        news, self._news = self._news, {}
        for (stream, name), value in news.items():
            if value is None:
                forget(db, connection_id, stream, name)
            else:
                learn(db, connection_id, Fact(stream, name, value, self._now))
