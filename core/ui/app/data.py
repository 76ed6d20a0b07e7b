"""Reads for the pages, cached by data folder, ledger revision and question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from typing import Any, TypeVar

import polars as pl
import streamlit as st
from sqlite_utils import Database

from core import operations
from core.explore import (
    compare,
    engine,
    insights,
    movers,
    provenance,
    ranking,
    values,
)
from core.explore.change import Change, change_of, explained
from core.explore.query import Filter, Query
from core.explore.scan import kept_connections
from core.explore.stored_reads import reached_of
from core.ledger.manifest import ConnectionInfo
from core.ledger.publish import list_connection_infos
from core.ledger.restricted import restricted
from core.ledger.snapshot import Snapshot
from core.periods import ONE_DAY, Period, previous_month
from core.settings import Settings
from core.store.days import days_mark
from core.store.grants import Role
from core.store.runs import current_run
from core.ui.app import of_run, visitor
from core.ui.app.kept import Kept, Key

T = TypeVar("T")


def settings() -> Settings:
    """The settings."""
    return of_run.settings()


@contextmanager
def store(least: Role = Role.ANALYST) -> Iterator[Database]:
    """The database, for a short read; it names everybody.

    Raises:
        AccessDeniedError: who asks does not have the role ``least``, or one that may do more.
    """
    visitor.require(least)
    with of_run.store() as db:
        yield db


def admin_settings() -> Settings:
    """The settings, for what only an admin may do.

    Raises:
        AccessDeniedError: who asks is none.
    """
    visitor.require(Role.ADMIN)
    return settings()


def admin_store() -> AbstractContextManager[Database]:
    """The database, for the same."""
    return store(Role.ADMIN)


def shared_store() -> AbstractContextManager[Database]:
    """The same to whom only a part is shown, for what names nobody, or only whom their ledger names."""
    return store(Role.VIEWER)


def ledger() -> Snapshot:
    """The ledger as it stands now: of it, what who asks may see."""
    access = visitor.current()
    whole, restriction = operations.open_ledger(settings()), access.restriction
    if restriction is None:
        return whole
    return cached("restricted", whole, (restriction,), lambda: restricted(whole, restriction))


def connections() -> tuple[ConnectionInfo, ...]:
    """Who is connected; to whom all is shown, without a look at the ledger's files."""
    if not visitor.sees_all():
        return ledger().connections
    with store() as db:
        return list_connection_infos(db)


def is_syncing() -> bool:
    """Whether a sync is at work, whoever started it."""
    with shared_store() as db:
        return current_run(db) is not None


def rows(ledger: Snapshot, query: Query) -> pl.DataFrame:
    """``core.explore.engine.rows``; the frame is shared between sessions: never change it."""
    return cached("rows", ledger, (query,), lambda: engine.rows(ledger, query))


def total(ledger: Snapshot, query: Query) -> dict[str, int | float | None]:
    """``core.explore.engine.total``; added up from the groups where those are at hand."""
    question = query.grouped()

    def read() -> dict[str, int | float | None]:
        groups: pl.DataFrame | None = _kept().find(_key("rows", ledger, (query,)))
        return engine.total(ledger, question) if groups is None else engine.total_of(groups, query.measures)

    return cached("total", ledger, (question,), read)


def dimension_values(
    ledger: Snapshot, dimension: str, period: Period | None = None
) -> tuple[values.ValueOption, ...]:
    """All values a filter can name, in ``period`` or over all there is: read once, searched often."""
    return cached("values", ledger, (dimension, period), lambda: values.all_values(ledger, dimension, period))


def month_to_date(
    ledger: Snapshot, today: date, filters: tuple[Filter, ...] = (), measure: str = "cost"
) -> insights.MonthToDate:
    """``core.explore.insights.month_to_date``, over the days that each connection knows."""
    covered = coverage(ledger, Period(previous_month(today), today + ONE_DAY), today)
    known = insights.known_days_of(covered, measure)
    return of_days(
        "month",
        ledger,
        (today, filters, measure),
        lambda: insights.month_to_date(ledger, today, filters, known, measure),
    )


def movers_of(ledger: Snapshot, dimension: str, month: insights.MonthToDate) -> tuple[movers.Mover, ...]:
    """What changed from the month before to this one, over the days that are compared."""
    sides = [(pair.connections, sorted(pair.now), sorted(pair.before)) for pair in month.sides]
    return cached("movers", ledger, (dimension, sides), lambda: movers.movers(ledger, dimension, month.sides))


def origin_of(ledger: Snapshot, query: Query, today: date) -> provenance.Provenance:
    """Where a view's number comes from. Not cached: a failed sync leaves the revision as it is."""
    known = coverage(ledger, query.period, today)
    with shared_store() as db:
        whole = provenance.provenance(ledger, db, query, today, known)
    return provenance.of_rows(whole) if ledger.restriction else whole


def groups(ledger: Snapshot, query: Query, outside: Period) -> pl.DataFrame:
    """The groups of ``query``, with what they have in the days ``outside``, where there are such."""
    if not outside.days:
        return rows(ledger, query)

    def read() -> pl.DataFrame:
        return compare.with_outside(rows(ledger, query), rows(ledger, query.during(outside)), query)

    return cached("groups", ledger, (query, outside), read)


def compared(ledger: Snapshot, query: Query, earlier: Period, outside: Period) -> pl.DataFrame:
    """The same beside the earlier answer: ``core.explore.compare.compared``."""

    def read() -> pl.DataFrame:
        return compare.compared(groups(ledger, query, outside), rows(ledger, query.during(earlier)), query)

    return cached("compared", ledger, (query, earlier, outside), read)


def change(ledger: Snapshot, query: Query, periods: compare.Comparison, n: int) -> Change:
    """The ``n`` largest changes between the periods; of cost, with their effects."""
    nothing = Period(periods.period.end, periods.period.end)

    def read() -> Change:
        frame = compared(ledger, query.during(periods.period), periods.earlier, nothing)
        largest = change_of(frame, query, n)
        explains = query.measures[0] == "cost"
        return explained(ledger, query, periods, largest) if explains else largest

    return cached("change", ledger, (query, periods, n), read)


def reached(ledger: Snapshot, query: Query, today: date) -> date:
    """The day up to which all connections that pass the filters know everything; at most today."""
    return reached_of(coverage(ledger, query.period, today), ledger, query, today)


def is_covered(ledger: Snapshot, query: Query, today: date) -> bool:
    """Whether every connection that passes the filters knows every day of the query's period."""
    kept = kept_connections(ledger, query.filters)
    connections = [
        connection for connection in coverage(ledger, query.period, today) if connection.connection_id in kept
    ]
    return bool(connections) and not any(
        connection.missing or connection.outside for connection in connections
    )


def coverage(ledger: Snapshot, period: Period, today: date) -> tuple[provenance.ConnectionCoverage, ...]:
    """Coverage of every connection."""

    def read() -> tuple[provenance.ConnectionCoverage, ...]:
        with shared_store() as db:
            whole = provenance.coverage(db, ledger.connections, period, today)
        return provenance.of_part(whole) if ledger.restriction else whole

    return of_days("coverage", ledger, (period, today), read)


def of_days(kind: str, ledger: Snapshot, question: tuple[Any, ...], read: Callable[[], T]) -> T:
    """What ``read`` tells of the states of days, kept as long as none of them can have changed."""
    with shared_store() as db:
        mark = days_mark(db)
    return cached(kind, ledger, (settings().data_dir, mark, *question), read)


def ranked(ledger: Snapshot, query: Query, of: ranking.Ranking) -> pl.DataFrame:
    """``core.explore.ranking.ranked``; never change the frame."""
    question = query.grouped()
    return cached("ranked", ledger, (question, of), lambda: ranking.ranked(ledger, question, of))


def ranked_apart(ledger: Snapshot, query: Query, outside: Period, of: ranking.Ranking) -> pl.DataFrame:
    """The same with those who are only in the days ``outside``, and everybody's cost in them."""
    if not outside.days:
        return ranked(ledger, query, of)

    def read() -> pl.DataFrame:
        return ranking.with_outside(ranked(ledger, query, of), ranked(ledger, query.during(outside), of))

    return cached("ranked_apart", ledger, (query.grouped(), outside, of), read)


def last_seen(ledger: Snapshot, of: ranking.Ranking) -> pl.DataFrame:
    """``core.explore.ranking.last_seen``; never change the frame."""
    return cached("last_seen", ledger, (of,), lambda: ranking.last_seen(ledger, of))


def used_by(
    ledger: Snapshot, query: Query, of: ranking.Ranking, dimension: str, ids: tuple[str, ...] | None
) -> pl.DataFrame:
    """``core.explore.ranking.used_by``; never change the frame."""
    question = query.grouped()
    return cached(
        "used_by",
        ledger,
        (question, of, dimension, ids),
        lambda: ranking.used_by(ledger, question, of, dimension, ids),
    )


def costs_over_time(
    ledger: Snapshot, query: Query, of: ranking.Ranking, grain: str, ids: tuple[str, ...] | None
) -> pl.DataFrame:
    """``core.explore.ranking.costs_over_time``; never change the frame."""
    question = query.grouped()
    return cached(
        "trend",
        ledger,
        (question, of, grain, ids),
        lambda: ranking.costs_over_time(ledger, question, of, grain, ids),
    )


def cached(kind: str, ledger: Snapshot, question: tuple[Any, ...], read: Callable[[], T]) -> T:
    """What ``read`` returns for a question to one state of the ledger; never change it."""
    return _kept().get(_key(kind, ledger, question), read)


def _key(kind: str, ledger: Snapshot, question: tuple[Any, ...]) -> Key:
    return kind, ledger.key, repr(question)


@st.cache_resource(show_spinner=False)
def _kept() -> Kept:
    """One for all sessions."""
    return Kept()
