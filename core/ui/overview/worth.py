"""Worth a look: what stands out in this month, then in the last, dearest first; each opens what shows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl
import streamlit as st

from core.explore import findings
from core.explore.control_differences import ControlDifference, differences
from core.explore.findings import Finding
from core.explore.idle import idle_window
from core.explore.insights import known_days_of
from core.explore.query import Query
from core.explore.ranking import API_KEYS
from core.figures import table_scale
from core.formats import exact, period_label
from core.periods import Period, previous_month
from core.store.directory import listed_at
from core.store.findings import open_findings
from core.ui.app import blocks, data, gap_notice, html, ways
from core.ui.app.quiet import quiet_of
from core.ui.app.suspects import suspects_of
from core.ui.app.text import unbroken
from core.ui.app.ways import Way
from core.ui.overview.overview import COST, Overview
from core.ui.overview.unusual import to_answer, unusual

_SHOWN = 5
"""So many at first; the others are a click away."""
_ORDER = "What began this month first, then what is older; of each the dearest first"


def worth_a_look(overview: Overview) -> None:
    """Nothing where nothing stands out; and to whom a part is shown, for it tells of all of the ledger."""
    if overview.ledger.restriction:
        return
    days = _days(overview)
    with data.store() as db:
        anomalies = open_findings(db)
    told = [unusual(overview, anomaly) for anomaly in anomalies if anomaly.now.last >= days.start]
    listed = findings.latest_first([*told, *_findings(overview, days)], overview.days.start, days.start)
    if not listed and not anomalies:
        return
    with st.container(border=True, key="card-worth"):
        blocks.card_title("Worth a look", f"{period_label(days)}. {_ORDER}" if days.days else "")
        rows = [_row(finding) for finding in listed]
        first = html.div(rows[:_SHOWN], cls="tl-tops")
        rest = html.details(
            html.summary(f"{len(rows) - _SHOWN:,} more"), html.div(rows[_SHOWN:], cls="tl-tops")
        )
        answer = to_answer(anomalies, days.start) if anomalies else None
        html.show(html.div(first, rest if rows[_SHOWN:] else None, answer, cls="tl-worth"))


def _days(overview: Overview) -> Period:
    """Of last month and this one, up to where every connection knows them."""
    start = previous_month(overview.today)
    return Period(start, max(start, min(overview.days.end, overview.today)))


def _row(finding: Finding) -> html.Node:
    to = ways.way(finding.page, finding.query) if finding.query else Way(finding.page)
    return ways.link(
        to,
        html.span(finding.kind.value, cls="name"),
        html.span(_amount(finding), cls="number"),
        html.span(unbroken(finding.words), cls="why"),
        title=None if finding.cost is None else f"Opens a view of {exact(COST, finding.cost)}",
        cls="finding",
    )


def _amount(finding: Finding) -> str:
    """What is more or less than expected as its words print it, with its sign."""
    scale = table_scale(COST)
    is_told = finding.difference and finding.dollars is not None
    return finding.difference if is_told else scale.text(scale.steps(finding.dollars))


def _findings(overview: Overview, days: Period) -> list[Finding]:
    """Kept until the ledger, the lists, what is known of the days or the differences change."""
    ledger = overview.ledger
    with data.store() as db:
        apart = differences(db, ledger.connections, days)
        lists = [sorted(listed_at(db, kind).items()) for kind in ("api_keys", "users")]
    question = (overview.today, days, apart, lists)
    return data.of_days("worth", ledger, question, lambda: _read(overview, days, apart))


def _read(overview: Overview, days: Period, apart: tuple[ControlDifference, ...]) -> list[Finding]:
    ledger, today = overview.ledger, overview.today
    before = Period(days.start - timedelta(weeks=findings.WEEKS), days.end)
    course, coverage = _course(overview, before), data.coverage(ledger, before, today)
    known = {
        connection.cost_center: days_known.complete_days(before)
        for connection, days_known in zip(coverage, known_days_of(coverage, "cost"), strict=True)
    }
    gaps = (
        (connection.cost_center, gap)
        for connection in coverage
        for gap in connection.missing
        if not gap_notice.is_expected(gap.period, gap.kind)
    )
    idle = quiet_of(ledger, API_KEYS, today).idle
    return [
        *_keys(overview, days.end),
        *findings.idle_keys(idle),
        *findings.gaps_found(gaps, course, known, days),
        *findings.differences_found(apart, days),
    ]


def _course(overview: Overview, period: Period) -> findings.Course:
    course: dict[str, dict[date, int]] = defaultdict(dict)
    frame = data.rows(overview.ledger, Query(("cost",), period, ("day", "cost_center")))
    named = frame.filter(pl.col("cost").is_not_null())
    for day, connection, cost in named.select("day", "cost_center_value", "cost").iter_rows():
        course[connection][day] = cost
    return course


def _keys(overview: Overview, until: date) -> Iterator[Finding]:
    """Keys to look at, with their cost of thirty whole days."""
    window = idle_window(overview.today)
    days = Period(window.start, max(window.start, min(window.end, until)))
    ledger = overview.ledger
    watched = suspects_of(ledger, {connection.id for connection in ledger.connections}, overview.today)
    if not watched or not days.days:
        return
    frame = data.rows(ledger, Query(("cost",), days, ("api_key_id",)))
    costs = {id_: cost or 0 for id_, cost in frame.select("api_key_id_value", "cost").iter_rows()}
    yield from findings.watched_keys(watched, costs, days)
