"""What moved the month's cost most, and why: price, volume or mix."""

from __future__ import annotations

import streamlit as st

from core.bidi import isolated
from core.dimensions import DIMENSIONS
from core.explore import mover_words
from core.explore.drill import NEXT
from core.explore.movers import Mover
from core.explore.query import Filter
from core.formats import exact, period_label
from core.ui.app import blocks, data, html, ways
from core.ui.app.text import unbroken
from core.ui.overview.overview import COST, Overview

DIMENSION_CHOICES = ("model", "workspace", "user", "product", "api_key", "cost_center")


def movers(overview: Overview) -> None:
    """The five values whose cost changed most against the same days of last month."""
    if not overview.month.compared:
        return
    with st.container(border=True, key="card-movers"):
        with blocks.card_head("movers", "Largest changes", _days(overview)):
            dimension = st.selectbox(
                "Movers by", DIMENSION_CHOICES, format_func=lambda name: DIMENSIONS[name].label,
                label_visibility="collapsed", key="w.movers", width=200,
            )  # fmt: skip
        moved = data.movers_of(overview.ledger, dimension, overview.month)
        if not moved:
            blocks.quiet("Nothing changed.")
            return
        html.show(html.div((_row(overview, dimension, mover, moved) for mover in moved), cls="tl-tops"))


def _days(overview: Overview) -> str:
    month = overview.month
    return f"{period_label(month.complete_period)} against {period_label(month.previous_period)}"


def _row(overview: Overview, dimension: str, mover: Mover, beside: tuple[Mover, ...]) -> html.Node:
    compared, largest = (
        mover_words.compared(mover, beside),
        max(abs(neighbour.change) for neighbour in beside),
    )
    filters = (Filter(dimension, (mover.value,)),)
    to = overview.way_of(mover.sides, NEXT[dimension][0], filters=filters)
    rises = mover.change > 0
    bar = html.i(style=f"width:{abs(mover.change) / largest:.1%}", cls="rise" if rises else "fall")
    before, now = exact(COST, mover.previous_cost), exact(COST, mover.cost)
    return ways.link(
        to,
        html.span(html.parted(mover.label), cls="name"),
        html.span(compared.scale.signed(compared.change), cls="number"),
        html.span(bar, cls="track"),
        html.span(unbroken(mover_words.why(mover, compared)), cls="why"),
        title=f"{isolated(mover.label)}: {before} before, {now} now",
        cls="mover",
    )
