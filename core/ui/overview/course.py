"""The Overview's chart: the last 90 days by Origin; a bar opens its day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import streamlit as st

from core.charts.bands import signs
from core.charts.over_time import PICK, Plot, over_time_chart
from core.explore.provenance import Provenance
from core.explore.query import Filter, Query
from core.formats import period_label
from core.periods import Period, preset
from core.ui.app import blocks, data, origin_line, ways
from core.ui.app.answers import timeline_of
from core.ui.app.hues import hues
from core.ui.overview.overview import COST, Overview

_CHART = "overview.course"
_HEIGHT = 250


def cost_over_time(overview: Overview) -> Provenance:
    """The chart, and where its number comes from."""
    ledger, today = overview.ledger, overview.today
    query = Query(("cost",), preset("last_90", today), ("origin",))
    provenance = data.origin_of(ledger, query, today)
    rows = data.rows(ledger, query.over_time("day"))
    series = tuple(rows.group_by("origin").agg(pl.col("cost").sum()).sort("cost", descending=True)["origin"])
    timeline = timeline_of(query.period, "day", provenance, "cost")
    colors = hues(ledger, ("origin",), series)
    plot = Plot(COST, timeline, series, colors, blocks.theme(), turn=0, height=_HEIGHT)
    chart = over_time_chart(rows.select(start="day", series="origin", value="cost"), plot, "bar")
    to = ways.way("cost", query, preset="last_90")
    with st.container(border=True, key="card-course"):
        days = f"Last 90 days, {period_label(query.period)}, UTC"
        blocks.card_title(ways.link(to, "Cost by day"), days)
        st.altair_chart(chart, width="stretch", key=_CHART, on_select=_picked)
        items = (
            ways.link(_of_origin(query, name), blocks.legend_item("tl-swatch", name, color=plot.colors[name]))
            for name in series
        )
        blocks.legend((), signs=signs(timeline), first=items)
    return provenance


def _of_origin(query: Query, name: str) -> ways.Way:
    asked = query.grouped("model").narrowed(Filter("origin", (name,)))
    return ways.way("cost", asked, preset="last_90")


def _picked() -> None:
    """A bar was clicked: to the cost of its day at its Origin."""
    points = st.session_state[_CHART]["selection"].get(PICK) or []
    if points:
        day = datetime.fromtimestamp(points[0]["mid"] / 1000, UTC).date()
        of_origin = Filter("origin", (str(points[0]["series"]),))
        query = Query(("cost",), Period(day, day + timedelta(days=1)), ("model",), (of_origin,))
        ways.go_next(ways.way("cost", query))


def provenance_line(provenance: Provenance) -> None:
    origin_line.show(provenance)
