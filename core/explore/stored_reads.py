"""Reads a view's frames straight from the ledger, and its days from the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
from sqlite_utils import Database

from core.explore import engine
from core.explore.asked import AskedView, Reads
from core.explore.compare import with_outside
from core.explore.provenance import ConnectionCoverage, coverage, reached_by_all
from core.explore.query import Query
from core.explore.scan import kept_connections
from core.periods import Period, day_of
from core.store.connections import list_connections

if TYPE_CHECKING:
    from core.ledger.snapshot import Snapshot


@dataclass(frozen=True)
class StoredReads:
    """Nothing is kept between two reads."""

    db: Database

    def rows(self, ledger: Snapshot, query: Query) -> pl.DataFrame:
        return engine.rows(ledger, query)

    def groups(self, ledger: Snapshot, query: Query, outside: Period) -> pl.DataFrame:
        groups = engine.rows(ledger, query)
        if not outside.days:
            return groups
        return with_outside(groups, engine.rows(ledger, query.during(outside)), query)

    def reached(self, ledger: Snapshot, query: Query, today: date) -> date:
        held = coverage(self.db, ledger.connections, query.period, today)
        return reached_of(held, ledger, query, today)


@dataclass(frozen=True)
class StoredView(AskedView):
    """A view outside of the pages."""

    db: Database

    @property
    def reads(self) -> Reads:
        return StoredReads(self.db)

    @property
    def is_demo(self) -> bool:
        kept = kept_connections(self.ledger, self.state.query.filters)
        return any(connection.demo for connection in list_connections(self.db) if connection.id in kept)


def reached_of(held: Iterable[ConnectionCoverage], ledger: Snapshot, query: Query, today: date) -> date:
    """The day up to which all connections that pass the filters know everything; at most today."""
    kept = kept_connections(ledger, query.filters)
    as_of = reached_by_all(connection for connection in held if connection.connection_id in kept)
    return min(day_of(as_of), today) if as_of else today
