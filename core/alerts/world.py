"""What rules are judged by: the ledger and the books, as they are or as they were at an earlier time."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sqlite_utils import Database

from core.explore.insights import KnownDays, known_days_of
from core.explore.provenance import ConnectionCoverage, coverage
from core.ledger.snapshot import Snapshot
from core.periods import ONE_DAY, Period, day_of, month_start

_HISTORY = timedelta(days=100)
"""How far back a rule looks: three months."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class World:
    """``now``: the time as of which is judged; ``present``: the time that it is; ``first``: the earliest day
    as of which anybody asks. What is read is kept and shared by all times.
    """

    ledger: Snapshot
    db: Database
    now: datetime
    present: datetime
    first: date
    kept: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, ledger: Snapshot, db: Database, now: datetime, days: int = 0) -> World:
        """As it is now; ``days``: how many before it are asked for too."""
        return cls(ledger, db, now, now, day_of(now) - timedelta(days=days))

    def at(self, instant: datetime) -> World:
        """The same, as far as it was known at an earlier time."""
        return replace(self, now=instant)

    @property
    def today(self) -> date:
        return day_of(self.now)

    @property
    def is_past(self) -> bool:
        return self.now < self.present

    @property
    def is_looked_back_from(self) -> bool:
        """Whether somebody asks for earlier days too."""
        return self.first < day_of(self.present)

    def once(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """What ``make`` reads, read once."""
        if key not in self.kept:
            self.kept[key] = make()
        value: _T = self.kept[key]
        return value

    @property
    def looked_at(self) -> Period:
        """The days that are read."""
        return Period(month_start(self.first - _HISTORY), day_of(self.present) + ONE_DAY)

    @property
    def held(self) -> tuple[ConnectionCoverage, ...]:
        """What each connection holds of them."""
        return self.once(
            "held",
            lambda: coverage(self.db, self.ledger.connections, self.looked_at, day_of(self.present)),
        )

    def known(self, measure: str) -> list[KnownDays]:
        """The days before today that each connection knows."""
        return [
            replace(known, complete_until=min(known.complete_until, self.today))
            for known in known_days_of(self.held, measure)
        ]
