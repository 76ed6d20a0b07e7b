"""The overview's blocks: this month, its origins, what moved, its course, and how fresh it all is."""

from __future__ import annotations

import polars as pl
import streamlit as st

from core.charts.movers import change_chart
from core.charts.over_time import Plot, over_time_chart
from core.dimensions import DIMENSIONS, MEASURES
from core.explore.insights import MonthToDate
from core.explore.provenance import ConnectionCoverage, Provenance
from core.explore.query import Query
from core.figures import Compared, Scale, shares
from core.formats import exact, period_label, short
from core.ledger.snapshot import Snapshot
from core.periods import Period, preset, runs_of
from core.ui.app import blocks, connection_states, data, gap_notice, html, origin_line, times
from core.ui.app.answer_blocks import nothing_connected
from core.ui.app.answers import timeline_of
from core.ui.app.bases import basis_mark
from core.ui.app.hues import hues
from core.ui.app.number_card import draw
from core.ui.app.text import count_of

MOVER_DIMENSIONS = ("model", "workspace", "user", "product", "api_key", "cost_center")
_COST = MEASURES["cost"]
_NAMED_GAPS = 2
"""Of a connection; the Sync page has all."""


def require_data() -> Snapshot:
    """The ledger; or, with nothing connected or pulled, what to do about it."""
    ledger = data.ledger()
    if not ledger.connections:
        nothing_connected()
        st.stop()
    if not ledger.files:
        blocks.empty(
            "The first sync is not done yet",
            "What is pulled appears here by itself. A year of history takes some minutes.",
        )
        freshness(ledger)
        st.stop()
    return ledger


def month_numbers(ledger: Snapshot) -> None:
    """Month to date against the same days of last month, what stands apart, the run rate to month end."""
    today = times.today()
    month = data.month_to_date(ledger, today)
    found = _compared(month)
    with st.container(key="numbers"):
        left, middle, right = st.columns(3)
    days = period_label(month.complete_period if month.compared else month.period)
    with left:
        words = f"{days}. {_compared_words(month)}{_basis(ledger, month)}. Exactly {exact(_COST, found.now)}."
        draw("Cost month to date", found, words, border=True)
    with middle:
        before = period_label(month.previous_period) if month.compared else "Nothing to compare with"
        words = f"{before}. {_compared_words(month)}. Exactly {exact(_COST, month.previous)}."
        _number("Same days of last month", found.before_text, words)
    with right:
        words = f"The whole month, should {count_of(month.rate_days, 'complete day')} go on like this"
        rate = f"{words}{_of(month.projected, month.connections)}{_mark(ledger, month)}."
        rate += f" Exactly {exact(_COST, month.run_rate)}."
        _number("Run rate to month end", found.scale.write(month.run_rate), rate)
    if month.compared:
        blocks.quiet(_apart(month, found))
    periods = (month.previous_period, month.period)
    gap_notice.show_for(
        connection for period in periods for connection in data.coverage(ledger, period, today)
    )


def _compared(month: MonthToDate) -> Compared:
    """The days that are compared, and what is left of the month; all of it where nothing is compared."""
    if not month.compared or month.complete is None:
        return Compared(_COST, month.value)
    outside = None if month.value is None else month.value - month.complete
    return Compared(_COST, month.complete, month.previous, outside)


def _apart(month: MonthToDate, found: Compared) -> str:
    """``26 complete days, and $103.59 today so far.``"""
    days = count_of(len(month.compared_days), "complete day")
    whole = month.compared == month.connections and not month.uncompared_days
    if not found.outside:
        return f"{days}, {_sides(month)}."
    left = Period(month.complete_period.end, month.period.end)
    is_today = left.days == 1 and whole
    what = "today so far" if is_today else "in days that are not compared or not complete yet"
    return f"{days}, and {found.outside_text} {what}. {_sides(month)}."


def _sides(month: MonthToDate) -> str:
    part = _of(month.compared, month.connections)
    return f"{period_label(month.complete_period)} against {period_label(month.previous_period)}{part}"


def _number(label: str, value: str, words: str) -> None:
    st.metric(label, value, border=True, help=words.replace("$", r"\$"), height="stretch")


def _basis(snapshot: Snapshot, month: MonthToDate) -> str:
    """How much of the month's cost is billed for exactly what used it, and how much a guess."""
    billed = data.total(snapshot, Query(("cost", "billed_share"), month.period))["billed_share"]
    words = f". {short(MEASURES['billed_share'], billed)} billed" if billed is not None else ""
    return words + _mark(snapshot, month)


def _mark(snapshot: Snapshot, month: MonthToDate) -> str:
    """How much of the month's cost is a guess, or has no usage."""
    mark = basis_mark(data.origin_of(snapshot, Query(("cost", "billed_share"), month.period), times.today()))
    return f". Of the month's cost, {mark}" if mark else ""


def _of(some: int, whole: int) -> str:
    """How many connections a number is of, where it is not of all."""
    return f", {some} of {count_of(whole, 'connection')}" if some < whole else ""


def _compared_words(month: MonthToDate) -> str:
    """Which days of which connections are compared; why others are not."""
    if not month.compared:
        return "Not compared: no connection knows the same days of both months"
    some = f"Compared: {month.compared} of {count_of(month.connections, 'connection')}, complete days only"
    left_out = runs_of(month.uncompared_days)
    if not left_out:
        return some
    days = ", ".join(period_label(run) for run in reversed(left_out))
    return f"{some}. Not compared: {days}, which the month before does not have, or not known there"


def origins_and_movers(ledger: Snapshot) -> None:
    """Side by side; below each other where the window is narrow."""
    with st.container(key="pair"):
        left, right = st.columns([2, 3])
    with left:
        _by_origin(ledger)
    with right:
        _movers(ledger)


def _by_origin(ledger: Snapshot) -> None:
    """How this month's cost splits over Claude Platform and claude.ai, over the days of the number above."""
    month = data.month_to_date(ledger, times.today())
    period = month.complete_period if month.compared else month.period
    rows = data.rows(ledger, Query(("cost",), period, ("origin",)))
    rows = rows.sort("cost", descending=True, nulls_last=True)
    colors = hues(ledger, ("origin",), rows["origin"])
    whole = sum(cost or 0 for cost in rows["cost"])
    scale = _compared(month).scale
    with st.container(border=True, key="card-origin", height="stretch"):
        blocks.card_title("By origin", f"{scale.write(whole)}, {period_label(period)}")
        shown = _shares(rows, colors, whole, scale)
        html.show(shown if rows.height else html.p("No cost yet.", cls="tl-quiet"))


def _shares(rows: pl.DataFrame, colors: dict[str, str], whole: int, scale: Scale) -> html.Node:
    costs = rows["cost"].to_list()
    texts = [scale.text(steps) for steps in scale.apportioned(costs, whole)]
    lengths = [max(0.0, (cost or 0) / whole if whole else 0) for cost in costs]
    columns = (rows["origin"], costs, lengths, texts, shares(costs, whole))
    lines = (
        _share(origin, cost, length, colors[origin], f"{text} ({part})")
        for origin, cost, length, text, part in zip(*columns, strict=True)
    )
    return html.div(lines, cls="tl-share")


def _share(origin: str, cost: int | None, part: float, color: str, text: str) -> html.Node:
    return (
        html.span(origin),
        html.span(html.i(style=f"width:{part:.1%};background:{color}"), cls="track"),
        html.span(text, title=exact(_COST, cost)),
    )


def _movers(ledger: Snapshot) -> None:
    """The five values whose cost changed most against the same days of last month."""
    today = times.today()
    month = data.month_to_date(ledger, today)
    with st.container(border=True, key="card-movers"):
        left, right = st.columns([2, 1], vertical_alignment="center")
        with right:
            dimension = st.selectbox(
                "Movers by", MOVER_DIMENSIONS, format_func=lambda name: DIMENSIONS[name].label,
                label_visibility="collapsed", key="w.movers",
            )  # fmt: skip
        with left:
            blocks.card_title("Largest changes", _moved_words(month))
        movers = data.movers(ledger, dimension, month)
        if not movers:
            blocks.quiet("Nothing changed.")
            return
        rows = pl.DataFrame(
            [(mover.label, mover.previous_cost, mover.cost) for mover in movers],
            schema={"label": pl.String, "before": pl.Int64, "after": pl.Int64},
            orient="row",
        )
        chart = change_chart(rows, blocks.theme())
        st.altair_chart(chart, width="stretch")


def _moved_words(month: MonthToDate) -> str:
    return _sides(month) if month.complete_period.days else "No day of this month is complete yet"


def cost_over_time(ledger: Snapshot) -> Provenance:
    """The last 90 days by Origin, and where their number comes from."""
    today = times.today()
    query = Query(("cost",), preset("last_90", today), ("origin",))
    provenance = data.origin_of(ledger, query, today)
    rows = data.rows(ledger, query.over_time("day"))
    series = tuple(rows.group_by("origin").agg(pl.col("cost").sum()).sort("cost", descending=True)["origin"])
    theme = blocks.theme()
    timeline = timeline_of(query.period, "day", provenance, "cost")
    plot = Plot(_COST, timeline, series, hues(ledger, ("origin",), series), theme)
    chart = over_time_chart(rows.select(start="day", series="origin", value="cost"), plot, "bar")
    with st.container(border=True, key="card-course"):
        blocks.card_title("Cost by day", f"Last 90 days, {period_label(query.period)}, UTC")
        st.altair_chart(chart, width="stretch")
        items = [(name, plot.colors[name], "") for name in series]
        blocks.legend(items, provisional=bool(provenance.provisional_days), hollow=timeline.has_cut)
    return provenance


def freshness(ledger: Snapshot) -> None:
    """Coverage and freshness of every connection."""
    today = times.today()
    standing = connection_states.by_connection()
    coverage = data.coverage(ledger, preset("last_90", today), today)
    with st.container(border=True, key="card-freshness"):
        blocks.card_title("Connections", "Coverage of the last 90 days")
        rows = (
            _connection_row(connection, standing.get(connection.connection_id)) for connection in coverage
        )
        html.show(html.div(rows, cls="tl-list"))


def _connection_row(
    connection: ConnectionCoverage, state: connection_states.ConnectionState | None
) -> html.Node:
    kind, word = (state.kind, state.word) if state else ("calm", "Not synced yet")
    demo = (" ", blocks.DEMO_BADGE) if connection.demo else None
    days = f"{connection.covered_days} of {count_of(connection.asked_days, 'day')}"
    provisional = f", {len(connection.provisional)} provisional" if connection.provisional else ""
    missing = [f"{period_label(gap.period)} {gap.kind.value}" for gap in connection.missing[:_NAMED_GAPS]]
    more = " and more" if connection.missing[_NAMED_GAPS:] else ""
    gaps = f"; {', '.join(missing)}{more}" if missing else ""
    gaps += f"; {count_of(len(connection.set_aside), 'day')} incomplete" if connection.set_aside else ""
    as_of = (
        f"Data as of {times.instant_label(connection.data_as_of)} UTC"
        if connection.data_as_of
        else "No data yet"
    )
    synced = f"synced {times.ago(state.synced_at)}" if state and state.synced_at else ""
    return html.div(
        html.span(
            html.b(connection.cost_center), demo, html.BR, html.span(connection.origin.value, cls="tl-quiet")
        ),
        html.span(blocks.badge(kind, word)),
        html.span(html.lines([days, html.span((provisional + gaps).lstrip(",; "), cls="tl-quiet")])),
        html.span(html.lines([as_of, html.span(synced, cls="tl-quiet")])),
        cls="tl-row",
    )


def provenance_line(provenance: Provenance) -> None:
    origin_line.show(provenance)
