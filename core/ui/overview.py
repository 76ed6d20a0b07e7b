"""The overview's blocks: this month, its origins, what moved, its course, and how fresh it all is."""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from core.charts.movers import change_chart
from core.charts.over_time import Plot, over_time_chart
from core.dimensions import DIMENSIONS, MEASURES
from core.explore.insights import MonthToDate
from core.explore.provenance import ConnectionCoverage, Provenance
from core.explore.query import Query
from core.formats import difference, exact, period_label, share, short
from core.ledger.snapshot import Snapshot
from core.periods import Period, day_of, preset
from core.ui.app import blocks, data, gap_notice, origin_line, states, times
from core.ui.app.answer_blocks import nothing_connected
from core.ui.app.answers import timeline_of
from core.ui.app.hues import hues
from core.ui.app.text import count_of, html_text

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
    """Month to date, the same days of last month, the run rate to month end."""
    today = times.today()
    month = data.month_to_date(ledger, today, _complete_until(ledger, today))
    delta = difference(_COST, month.complete_cost, month.previous_cost)
    with st.container(key="numbers"):
        left, middle, right = st.columns(3)
    before = period_label(month.previous_period) if month.complete_period.days else "No day is complete yet"
    compared = f"Compared: {period_label(month.complete_period)}, complete days only" if delta else ""
    with left:
        _number(
            "Cost month to date", month.cost, ". ".join(filter(None, (period_label(month.period), compared))),
            delta=delta, description=f"vs {before}" if delta else None,
        )  # fmt: skip
    with middle:
        _number("Same days of last month", month.previous_cost, before)
    with right:
        days = count_of(month.complete_period.days, "complete day")
        _number("Run rate to month end", month.run_rate, f"The whole month, should {days} go on like this")
    periods = (month.previous_period, month.period)
    gap_notice.show_for(one for period in periods for one in data.coverage(ledger, period, today))


def _number(
    label: str, value: int | None, text: str, *, delta: str | None = None, description: str | None = None
) -> None:
    words = f"{text}. Exactly {exact(_COST, value)}.".replace("$", r"\$")
    st.metric(
        label, short(_COST, value), delta=delta, delta_color="off", delta_description=description,
        border=True, help=words, height="stretch",
    )  # fmt: skip


def _complete_until(ledger: Snapshot, today: date) -> date | None:
    """The first day some connection's data does not reach the end of."""
    reached = [c.data_as_of for c in data.coverage(ledger, Period(today, today), today) if c.data_as_of]
    return day_of(min(reached)) if reached else None


def origins_and_movers(ledger: Snapshot) -> None:
    """Side by side; below each other where the window is narrow."""
    with st.container(key="pair"):
        left, right = st.columns([2, 3])
    with left:
        _by_origin(ledger)
    with right:
        _movers(ledger)


def _by_origin(ledger: Snapshot) -> None:
    """How this month's cost splits over Claude Platform and claude.ai."""
    period = preset("month_to_date", times.today())
    rows = data.rows(ledger, Query(("cost",), period, ("origin",)))
    rows = rows.sort("cost", descending=True, nulls_last=True)
    colors = hues(ledger, ("origin",), rows["origin"])
    whole = sum(cost or 0 for cost in rows["cost"])
    with st.container(border=True, key="card-origin", height="stretch"):
        blocks.card_title("By origin", f"Month to date, {period_label(period)}")
        st.html(_shares_html(rows, colors, whole) if rows.height else '<p class="tl-quiet">No cost yet.</p>')


def _shares_html(rows: pl.DataFrame, colors: dict[str, str], whole: int) -> str:
    lines = "".join(
        f"<span>{html_text(origin)}</span>"
        f'<span class="track"><i style="width:{max(0.0, (cost or 0) / whole if whole else 0):.1%};'
        f'background:{colors[origin]}"></i></span>'
        f'<span title="{html_text(exact(_COST, cost))}">{html_text(short(_COST, cost))} · '
        f"{html_text(share(cost, whole))}</span>"
        for origin, cost in rows.select("origin", "cost").iter_rows()
    )
    return f'<div class="tl-share">{lines}</div>'


def _movers(ledger: Snapshot) -> None:
    """The five values whose cost changed most against the same days of last month."""
    today = times.today()
    month = data.month_to_date(ledger, today, _complete_until(ledger, today))
    with st.container(border=True, key="card-movers"):
        left, right = st.columns([2, 1], vertical_alignment="center")
        with right:
            dimension = st.selectbox(
                "Movers by", MOVER_DIMENSIONS, format_func=lambda name: DIMENSIONS[name].label,
                label_visibility="collapsed", key="w.movers",
            )  # fmt: skip
        with left:
            blocks.card_title("Largest changes", _compared(month))
        found = data.movers(ledger, dimension, month.complete_period, month.previous_period)
        if not found:
            blocks.quiet("Nothing changed.")
            return
        rows = pl.DataFrame(
            [(mover.label, mover.previous_cost, mover.cost) for mover in found],
            schema={"label": pl.String, "before": pl.Int64, "after": pl.Int64},
            orient="row",
        )
        chart = change_chart(rows, blocks.theme())
        st.altair_chart(chart, width="stretch")


def _compared(month: MonthToDate) -> str:
    if not month.complete_period.days:
        return "No day of this month is complete yet"
    return f"{period_label(month.complete_period)} against {period_label(month.previous_period)}"


def cost_over_time(ledger: Snapshot) -> Provenance:
    """The last 90 days by Origin, and where their number comes from."""
    today = times.today()
    query = Query(("cost",), preset("last_90", today), ("origin",))
    found = data.origin_of(ledger, query, today)
    rows = data.rows(ledger, query.over_time("day"))
    series = tuple(rows.group_by("origin").agg(pl.col("cost").sum()).sort("cost", descending=True)["origin"])
    theme = blocks.theme()
    timeline = timeline_of(query.period, "day", found, "cost")
    plot = Plot(_COST, timeline, series, hues(ledger, ("origin",), series), theme)
    chart = over_time_chart(rows.select(start="day", series="origin", value="cost"), plot, "bar")
    with st.container(border=True, key="card-course"):
        blocks.card_title("Cost by day", f"Last 90 days, {period_label(query.period)}, UTC")
        st.altair_chart(chart, width="stretch")
        items = [(name, plot.colors[name], "") for name in series]
        blocks.legend(items, provisional=bool(found.provisional_days))
    return found


def freshness(ledger: Snapshot) -> None:
    """Coverage and freshness of every connection."""
    today = times.today()
    standing = states.connection_states()
    coverage = data.coverage(ledger, preset("last_90", today), today)
    with st.container(border=True, key="card-freshness"):
        blocks.card_title("Connections", "Coverage of the last 90 days")
        rows = "".join(_connection_row(one, standing.get(one.connection_id)) for one in coverage)
        st.html(f'<div class="tl-list">{rows}</div>')


def _connection_row(one: ConnectionCoverage, state: states.ConnectionState | None) -> str:
    kind, word = (state.kind, state.word) if state else ("calm", "Not synced yet")
    demo = f" {blocks.DEMO_BADGE}" if one.demo else ""
    days = f"{one.covered_days} of {count_of(one.asked_days, 'day')}"
    provisional = f", {len(one.provisional)} provisional" if one.provisional else ""
    missing = [f"{period_label(gap.period)} {gap.kind.value}" for gap in one.missing[:_NAMED_GAPS]]
    more = " and more" if one.missing[_NAMED_GAPS:] else ""
    gaps = f"; {', '.join(missing)}{more}" if missing else ""
    gaps += f"; {count_of(len(one.set_aside), 'day')} incomplete" if one.set_aside else ""
    as_of = f"Data as of {times.instant_label(one.data_as_of)} UTC" if one.data_as_of else "No data yet"
    synced = f"synced {times.ago(state.synced_at)}" if state and state.synced_at else ""
    return (
        f'<div class="tl-row"><span><b>{html_text(one.cost_center)}</b>{demo}<br>'
        f'<span class="tl-quiet">{html_text(one.origin.value)}</span></span>'
        f'<span><span class="tl-badge {kind}">{html_text(word)}</span></span>'
        f"<span>{html_text(days)}<br>"
        f'<span class="tl-quiet">{html_text((provisional + gaps).lstrip(",; "))}</span></span>'
        f'<span>{html_text(as_of)}<br><span class="tl-quiet">{html_text(synced)}</span></span></div>'
    )


def provenance_line(found: Provenance) -> None:
    origin_line.show(found)
