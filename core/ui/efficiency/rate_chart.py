"""The Efficiency page's chart: what a million tokens of each model cost over time, as billed."""

from __future__ import annotations

import polars as pl
import streamlit as st

from core.charts.over_time import Plot, over_time_chart
from core.charts.timeline import Timeline
from core.dimensions import MEASURES, TOKEN_TYPES
from core.explore.query import Filter, Query
from core.explore.top import top
from core.formats import short
from core.ui.app import blocks, data
from core.ui.app.answers import Answer, timeline_of
from core.ui.app.hues import hues
from core.ui.efficiency import wording
from core.ui.efficiency.effects import how

_RATE = MEASURES["effective_rate"]
_TOP_MODELS = 8
_DAILY_UP_TO = 45
"""Past so many days rates are drawn by week."""

_ALL = "All token types"


def rates_card(answer: Answer) -> None:
    """Effective rate by model over time."""
    grain = "day" if answer.shown_period.days <= _DAILY_UP_TO else "week"
    words = f"Dollars per million tokens, by {grain}"
    with st.container(border=True, key="card-chart"):
        with blocks.card_head("rates", "Effective rate by model", words):
            kind = st.selectbox(
                "Token type", [_ALL, *TOKEN_TYPES], key="w.rate_type", width=170,
                format_func=lambda name: TOKEN_TYPES.get(name, name), label_visibility="collapsed",
            )  # fmt: skip
            how(wording.RATES)
        _rates(answer, kind, grain)


def _rates(answer: Answer, kind: str, grain: str) -> None:
    query = _of_type(answer.query.grouped("model").measuring("cost", "effective_rate"), kind)
    if query is None:
        blocks.quiet("The filter on Token type leaves none of this kind.")
        return
    totals = top(data.rows(answer.ledger, query), query, _TOP_MODELS).filter(
        pl.col("effective_rate").is_not_null()
    )
    if totals.is_empty():
        blocks.quiet("No priced tokens of this kind in these days.")
        return
    over_time = query.over_time(grain)
    ranked = top(data.rows(answer.ledger, over_time), over_time, _TOP_MODELS)
    series = tuple(dict.fromkeys(totals["model"]))
    rows = ranked.select(start=grain, series="model", value="effective_rate")
    grey = totals.filter(pl.col("model_value").is_null())["model"]
    colors = hues(answer.ledger, ("model",), series, grey)
    timeline = _timeline(answer, grain)
    plot = Plot(_RATE, timeline, series, colors, blocks.theme())
    drawn = rows.filter(pl.col("series").is_in(list(series)))
    st.altair_chart(over_time_chart(drawn, plot, "line"), width="stretch")
    rates = zip(totals["model"], totals["effective_rate"], strict=True)
    blocks.legend((name, colors[name], short(_RATE, rate)) for name, rate in rates)


def _of_type(query: Query, kind: str) -> Query | None:
    """Of one token type; None where the view's own filter leaves it out."""
    if kind == _ALL:
        return query
    own = [
        condition.values
        for condition in query.filters
        if condition.dimension == "token_type" and condition.keeps_values
    ]
    return query.narrowed(Filter("token_type", (kind,))) if all(kind in values for values in own) else None


def _timeline(answer: Answer, grain: str) -> Timeline:
    return timeline_of(answer.shown_period, grain, answer.provenance, _RATE.name)
