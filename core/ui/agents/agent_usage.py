"""Reads what a report of its own tells, and what the ledger has for the same products."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from core.explore import agents
from core.explore.query import Filter
from core.explore.scan import kept_connections
from core.ledger.snapshot import Snapshot
from core.periods import Period
from core.ui.app import data


@dataclass(frozen=True)
class Told:
    """What a report tells: of ``products``, on the ``known`` days; and the ledger's cost beside it.

    ``left_out``: names of the connections whose report lacks what a filter asks for.
    """

    facts: pl.DataFrame
    products: tuple[str | None, ...]
    known: agents.Days
    beside: agents.Beside
    left_out: tuple[str, ...] = ()


def told_of(ledger: Snapshot, period: Period, group: str, filters: tuple[Filter, ...] = ()) -> Told:
    """What is told by the values of a group, of what passes the filters."""

    def read() -> Told:
        kept = kept_connections(ledger, filters)
        connections = [connection for connection in ledger.connections if connection.id in kept]
        answering = agents.answering(connections, group, filters)
        with data.store() as db:
            facts = agents.facts_of(db, answering, period, group)
            known = agents.known_days(db, connections, group)
            days = agents.compared_days(db, answering, known, period)
        products = agents.products_of(facts, group, answering)
        facts = agents.narrowed(agents.of_products(facts, products), ledger, filters)
        where = agents.Compared(days, products)
        names = tuple(products["product"].unique().sort(nulls_last=True))
        left_out = tuple(c.cost_center for c in connections if c.id in known and c not in answering)
        return Told(facts, names, known, agents.beside(ledger, facts, period, where, filters), left_out)

    return data.of_days("agents", ledger, (period, group, filters), read)
