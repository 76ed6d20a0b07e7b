"""The Overview's last card: how complete and fresh every connection is."""

from __future__ import annotations

from datetime import date

import streamlit as st

from core.explore.provenance import ConnectionCoverage
from core.formats import count_of, period_label
from core.ledger.snapshot import Snapshot
from core.periods import preset
from core.ui.app import blocks, connection_states, data, html, times, ways
from core.ui.app.connection_states import ConnectionState
from core.ui.app.ways import Way

_NAMED_GAPS = 2
"""Of a connection; the Sync page has all."""


def freshness(ledger: Snapshot, today: date) -> None:
    """Coverage and freshness of every connection; each opens the Sync page, for who has it."""
    if ledger.restriction:
        return
    standing = connection_states.by_connection()
    coverage = data.coverage(ledger, preset("last_90", today), today)
    with st.container(border=True, key="card-freshness"):
        blocks.card_title("Connections", "Coverage of the last 90 days")
        rows = (_row(connection, standing.get(connection.connection_id)) for connection in coverage)
        html.show(html.div(rows, cls="tl-list"))


def _row(connection: ConnectionCoverage, state: ConnectionState | None) -> html.Node:
    kind, word = (state.kind, state.word) if state else ("calm", "Not synced yet")
    demo = (" ", blocks.DEMO_BADGE) if connection.demo else None
    as_of = (
        f"Data as of {times.instant_label(connection.data_as_of)} UTC"
        if connection.data_as_of
        else "No data yet"
    )
    synced = f"synced {times.ago(state.synced_at)}" if state and state.synced_at else ""
    name = html.b(html.name(connection.cost_center))
    return ways.link(
        Way("sync"),
        html.span(name, demo, html.BR, html.span(connection.origin.value, cls="tl-quiet")),
        html.span(blocks.badge(kind, word)),
        html.span(html.lines([_days(connection), html.span(_lacking(connection), cls="tl-quiet")])),
        html.span(html.lines([as_of, html.span(synced, cls="tl-quiet")])),
        cls="tl-row",
    )


def _days(connection: ConnectionCoverage) -> str:
    return f"{connection.covered_days} of {count_of(connection.asked_days, 'day')}"


def _lacking(connection: ConnectionCoverage) -> str:
    """``30 provisional; Nov 3, 2026 failed and more; 1 day incomplete``"""
    provisional = [f"{len(connection.provisional)} provisional"] if connection.provisional else []
    named = [f"{period_label(gap.period)} {gap.kind.value}" for gap in connection.missing[:_NAMED_GAPS]]
    more = " and more" if connection.missing[_NAMED_GAPS:] else ""
    gaps = [f"{', '.join(named)}{more}"] if named else []
    short = [f"{count_of(len(connection.set_aside), 'day')} incomplete"] if connection.set_aside else []
    return "; ".join([*provisional, *gaps, *short])
