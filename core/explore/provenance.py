"""Where a number comes from: its basis, what it leaves out, and how complete and fresh it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlite_utils import Database

from core.cost_basis import CostBasis
from core.dimensions import Origin
from core.explore.control_differences import ControlDifference, Uncompared, differences, uncompared
from core.explore.engine import rows
from core.explore.lacking import LackingMonth, lacking_months
from core.explore.query import Query
from core.explore.scan import kept_connections
from core.formats import count_of
from core.ledger.behind import UnbuiltMonth, unbuilt_months
from core.periods import Period, next_month, runs_of
from core.store.bills import Change, changes_within
from core.store.connections import Connection, list_connections
from core.store.days import OUTSIDE, DayKind, Gap, gaps_of, together
from core.store.known_days import known_days, told_until
from core.streams import streams_of

if TYPE_CHECKING:
    from core.ledger.manifest import ConnectionInfo
    from core.ledger.snapshot import Snapshot

REQUIRED: dict[Origin, tuple[str, ...]] = {
    origin: tuple(stream.name for stream in streams_of(origin)) for origin in Origin
}
"""The streams a day needs before it counts as covered."""


@dataclass(frozen=True)
class BasisTotal:
    """What rests on one cost basis (None: rows that carry no cost, as requests); ``cost`` in micro-cents."""

    basis: CostBasis | None
    cost: int | None
    tokens: int | None


@dataclass(frozen=True)
class ConnectionCoverage:
    """How much of the days asked for one connection holds, all its reports together.

    Days are UTC, none after today. ``asked_days`` leaves out those outside of the history that is wanted or
    that Anthropic ever reports.
    """

    connection_id: int
    cost_center: str
    origin: Origin
    demo: bool
    asked_days: int
    covered_days: int
    missing: tuple[Gap, ...]
    """Days that are not known, unknown and not zero, with the reason; latest first."""
    outside: tuple[date, ...]
    """Days before the history begins."""
    provisional: tuple[date, ...]
    """Days pulled whose values Anthropic may still revise."""
    data_as_of: datetime | None
    """Up to when the data reach: Anthropic's watermark, or the time of the last pull."""
    awaited: tuple[date, ...] = ()
    """Today, where its usage is known and its cost cannot be reported yet."""
    set_aside: tuple[date, ...] = ()
    """Days with rows that could not be counted: what is shown for them may be too low."""
    rows_set_aside: int | None = 0
    """None is unknown: whose they are is not told, so who sees a part is not told how many."""
    reduced: tuple[date, ...] = ()
    """Days whose rows are not told apart by every dimension; their sums are whole."""
    bills: tuple[Change, ...] = ()
    """Which bill the days rest on: that of the first, then each change."""

    @property
    def gaps(self) -> tuple[Period, ...]:
        """The days missing, latest first, whatever the reason."""
        return tuple(runs_of(day for gap in self.missing for day in gap.period))

    @property
    def gap_days(self) -> frozenset[date]:
        return frozenset(day for gap in self.missing for day in gap.period)

    def unknown_days(self, *, of_cost: bool = False) -> frozenset[date]:
        """Days with nothing to show. ``of_cost``: also those whose cost is awaited."""
        return self.gap_days.union(self.outside, self.awaited if of_cost else ())

    @property
    def set_aside_words(self) -> str:
        """How many rows could not be counted: ``3 rows``."""
        return "Some rows" if self.rows_set_aside is None else count_of(self.rows_set_aside, "row")


@dataclass(frozen=True)
class StreamProblem:
    """A stream whose last pull failed, or came back with less than was asked."""

    connection_id: int
    cost_center: str
    stream: str
    state: str
    message: str
    request_id: str | None


@dataclass(frozen=True)
class Provenance:
    """Everything the line under a view says."""

    basis: tuple[BasisTotal, ...]
    coverage: tuple[ConnectionCoverage, ...]
    problems: tuple[StreamProblem, ...]
    differences: tuple[ControlDifference, ...]
    unbuilt: tuple[UnbuiltMonth, ...] = ()
    """Months of the query that were pulled but are not yet built: what is shown of them is of before."""
    lacking: tuple[LackingMonth, ...] = ()
    """Months of the query that an earlier version built, without columns of today."""
    uncompared: tuple[Uncompared, ...] = ()

    @property
    def gaps(self) -> tuple[Period, ...]:
        """Days that at least one connection does not cover, latest first."""
        return tuple(runs_of(day for c in self.coverage for gap in c.gaps for day in gap))

    def dark_days(self, *, of_cost: bool = False) -> frozenset[date]:
        """Days that no connection knows. ``of_cost``: also days with known use and unknown cost."""
        unknown = [connection.unknown_days(of_cost=of_cost) for connection in self.coverage]
        return frozenset.intersection(*unknown) if unknown else frozenset()

    @property
    def partial_days(self) -> frozenset[date]:
        """Days that some connection lacks, or has in part: what is shown for them is too low."""
        short = (connection.gap_days.union(connection.set_aside) for connection in self.coverage)
        return frozenset().union(*short) - self.dark_days()

    @property
    def awaited_days(self) -> frozenset[date]:
        """Today, where some connection's cost of it cannot be reported yet."""
        return frozenset(day for connection in self.coverage for day in connection.awaited)

    @property
    def provisional_days(self) -> tuple[date, ...]:
        return tuple(sorted({day for c in self.coverage for day in c.provisional}))

    @property
    def data_as_of(self) -> datetime | None:
        """The instant up to which all connections reach; None as long as one has no data."""
        return reached_by_all(self.coverage)


def reached_by_all(coverage: Iterable[ConnectionCoverage]) -> datetime | None:
    """The instant up to which all of them reach; None as long as one has no data."""
    instants = [connection.data_as_of for connection in coverage]
    known = [instant for instant in instants if instant]
    return min(known) if known and len(known) == len(instants) else None


def provenance(
    ledger: Snapshot,
    db: Database,
    query: Query,
    today: date,
    known: Iterable[ConnectionCoverage] | None = None,
) -> Provenance:
    """Basis, coverage and freshness of what ``query`` asks, for the connections its filters leave.

    ``known``: what :func:`coverage` tells of all connections over the query's period, where it is at hand.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    kept = kept_connections(ledger, query.filters)
    connections = [c for c in ledger.connections if c.id in kept]
    return Provenance(
        basis_totals(ledger, query),
        tuple(connection for connection in known if connection.connection_id in kept)
        if known is not None
        else coverage(db, connections, query.period, today),
        _problems(db, connections),
        differences(db, connections, query.period),
        tuple(
            month
            for month in unbuilt_months(db)
            if month.connection_id in kept
            and month.month < query.period.end
            and next_month(month.month) > query.period.start
        ),
        lacking_months(ledger, query),
        uncompared(db, connections, query.period),
    )


def of_rows(whole: Provenance) -> Provenance:
    """Without what compares whole organizations, and without what Anthropic answered: for who sees a part."""
    return replace(whole, problems=(), differences=(), uncompared=())


def of_part(whole: Iterable[ConnectionCoverage]) -> tuple[ConnectionCoverage, ...]:
    """The same of the coverage."""
    return tuple(replace(where, rows_set_aside=None) if where.set_aside else where for where in whole)


def basis_totals(ledger: Snapshot, query: Query) -> tuple[BasisTotal, ...]:
    """Cost and tokens of the query's rows by cost basis."""
    frame = rows(ledger, query.measuring("cost", "tokens").grouped("cost_basis"))
    return tuple(
        BasisTotal(CostBasis(value) if value in set(CostBasis) else None, cost, tokens)
        for value, cost, tokens in frame.select("cost_basis_value", "cost", "tokens").iter_rows()
    )


def coverage(
    db: Database, connections: Iterable[ConnectionInfo], period: Period, today: date
) -> tuple[ConnectionCoverage, ...]:
    """What each connection holds of ``period``; one removed meanwhile is left out."""
    stored = {connection.id: connection for connection in list_connections(db)}
    return tuple(
        _connection_coverage(db, stored[connection.id], period, today)
        for connection in connections
        if connection.id in stored
    )


def _connection_coverage(
    db: Database, connection: Connection, period: Period, today: date
) -> ConnectionCoverage:
    streams = REQUIRED[connection.origin]
    states = together(known_days(db, connection, streams, period, today).values())
    covered = sum(state.is_known for state in states)
    return ConnectionCoverage(
        connection.id,
        connection.name,
        connection.origin,
        connection.demo,
        covered + sum(state.is_gap for state in states),
        covered,
        tuple(gaps_of(states)),
        tuple(state.day for state in states if state.kind in OUTSIDE),
        tuple(state.day for state in states if state.kind is DayKind.PROVISIONAL),
        told_until(db, connection, streams),
        tuple(state.day for state in states if state.awaited),
        tuple(state.day for state in states if state.set_aside),
        sum(state.set_aside for state in states),
        tuple(state.day for state in states if state.is_reduced),
        changes_within(db, connection.id, connection.origin, period),
    )


def _problems(db: Database, connections: list[ConnectionInfo]) -> tuple[StreamProblem, ...]:
    names = {c.id: c.cost_center for c in connections}
    rows = db.query(
        "SELECT connection_id, stream, state, message, request_id FROM stream_states"
        " WHERE state != 'ok' ORDER BY connection_id, stream"
    )
    known = (row for row in rows if row["connection_id"] in names)
    return tuple(StreamProblem(cost_center=names[row["connection_id"]], **row) for row in known)
