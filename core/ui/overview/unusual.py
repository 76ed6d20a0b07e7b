"""The anomalies that nobody has answered yet, as what is worth a look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from core.explore.findings import Finding, Kind
from core.formats import count_of
from core.store.findings import Finding as Anomaly
from core.store.findings import days_of
from core.ui.app import data, html, ways
from core.ui.app.ways import Way
from core.ui.overview.overview import Overview
from core.watch import runs, words
from core.watch.shown import view_of

_KINDS = {
    runs.Kind.LEVEL: Kind.LEVEL,
    runs.Kind.DRIFT: Kind.LEVEL,
    runs.Kind.STOPPED: Kind.STOPPED,
    runs.Kind.NEW: Kind.NEW,
}


def unusual(overview: Overview, anomaly: Anomaly) -> Finding:
    """What it says, by how much, and the view of its days."""
    now = anomaly.now
    page, query = view_of(now, days_of(anomaly))
    cost = data.total(overview.ledger, query)["cost"] if query.measures == ("cost",) else None
    return Finding(
        _KINDS.get(runs.Kind(now.kind), Kind.UNUSUAL),
        words.sentence(now),
        words.difference_usd(now),
        page,
        query,
        None if cost is None else int(cost),
        difference=words.amounts(now)["Difference"],
        since=now.first,
    )


def to_answer(anomalies: Sequence[Anomaly], since: date) -> html.Node:
    """The way to where they are answered; how many are over since before the days that are listed."""
    older = sum(anomaly.now.last < since for anomaly in anomalies)
    left_out = f", {older:,} of them from before these days" if older else ""
    label = f"{count_of(len(anomalies), 'anomaly', 'anomalies')} to answer{left_out}"
    return html.div(ways.link(Way("anomalies"), label), cls="tl-quiet")
