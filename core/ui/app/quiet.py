"""Who did not use anything of late: idle people and keys, and seats without use at one Origin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database

from core.explore import idle, ranking
from core.explore.idle import UnusedSeat
from core.ledger.snapshot import Snapshot
from core.store import directory
from core.ui.app import data


@dataclass(frozen=True)
class Quiet:
    """Who is idle, and whose seats are unused: users, or API keys, which have one seat."""

    idle: list[idle.Idle]
    unused: list[UnusedSeat]


def quiet_of(ledger: Snapshot, of: ranking.Ranking, today: date) -> Quiet:
    """``core.explore.idle.find_idle`` and ``find_unused_seats``; never change the lists."""
    gaps = frozenset(
        c.connection_id
        for c in data.coverage(ledger, idle.idle_window(today), today)
        if c.missing or c.outside
    )
    kind = "users" if of is ranking.USERS else "api_keys"
    origins = {connection.id: connection.origin for connection in ledger.connections}
    with data.shared_store() as db:
        read_at = directory.listed_at(db, kind)

        def read() -> Quiet:
            listed = _listed(db, of) if ledger.restriction is None else _shown(_listed(db, of), ledger, of)
            holders = idle.holders_of(idle.seen_last(data.last_seen(ledger, of)), listed, today)
            return Quiet(
                idle.find_idle(holders, gaps, today), idle.find_unused_seats(holders, origins, gaps, today)
            )

        return data.cached("quiet", ledger, (of, today, sorted(gaps), read_at), read)


def _listed(db: Database, of: ranking.Ranking) -> list[idle.Listed]:
    if of is ranking.USERS:
        return idle.listed_users(directory.list_users(db))
    return idle.listed_keys(directory.list_api_keys(db))


def _shown(listed: list[idle.Listed], ledger: Snapshot, of: ranking.Ranking) -> list[idle.Listed]:
    """Of whom the lists tell, those whom a part of the ledger names."""
    named = {(entry.connection_id, entry.id) for entry in ledger.lists.by_dimension.get(of.id, ())}
    return [entry for entry in listed if (entry.connection_id, entry.id) in named]
