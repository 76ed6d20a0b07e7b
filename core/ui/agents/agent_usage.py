"""Reads what managed agents cost and used, and what the ledger has for their product."""

from __future__ import annotations

import polars as pl

from core.explore import agents
from core.explore.query import Filter
from core.explore.scan import kept_connections
from core.ledger.snapshot import Snapshot
from core.periods import Period
from core.ui.app import data


def agents_of(
    ledger: Snapshot, period: Period, filters: tuple[Filter, ...] = ()
) -> tuple[pl.DataFrame, agents.Days, agents.Beside]:
    """What managed agents cost and used, of which days that is known, and the ledger's cost beside it."""

    def read() -> tuple[pl.DataFrame, agents.Days, agents.Beside]:
        with data.store() as db:
            facts = agents.narrowed(agents.agent_facts(db, ledger.connections, period), ledger, filters)
            kept = kept_connections(ledger, filters)
            known = agents.known_days(
                db, (connection for connection in ledger.connections if connection.id in kept)
            )
            compared = agents.compared_days(db, known, period)
        return facts, known, agents.beside(ledger, facts, period, compared, filters)

    return data.of_days("agents", ledger, (period, filters), read)
