"""Blocks about an answer for every family: nothing to show, what it leaves out, where it comes from."""

from __future__ import annotations

import polars as pl
import streamlit as st

from core.dimensions import DIMENSIONS, MEASURES, Origin
from core.explore.query import Empty
from core.formats import share, short
from core.ui.app import blocks, data, demo, explorer_state, gap_notice, origin_line
from core.ui.app.answers import Answer
from core.ui.app.bases import without_cost
from core.ui.app.bill_words import without_list_cost
from core.ui.app.menu import PAGES
from core.ui.app.navigation import here, may_open, page_file
from core.ui.app.presses import hold, whole


def nothing_connected() -> None:
    """What will be here, and two ways to begin: connect, or look at a demo."""
    if not may_open("settings"):
        blocks.empty(
            "There is nothing to see yet", "What you may see here is not connected, or was not used."
        )
        return
    will = PAGES[here()].will_show
    blocks.empty(
        "See what you spend on Anthropic, and on what",
        f"This page will show {will}. Connect a Claude Platform or a Claude Enterprise organization with a "
        "reporting key, or look around in a demo organization first. Everything stays on this machine.",
    )
    with st.container(horizontal=True, horizontal_alignment="center"):
        if st.button("Connect an organization", type="primary", icon=":material/link:", on_click=hold):
            with whole():
                st.switch_page(page_file("settings"))
        demo.load_button()


def has_rows(answer: Answer) -> bool:
    """Whether there is a number to show, of complete days or of others."""
    totals = (*answer.totals.values(), *answer.outside_totals.values())
    return bool(answer.groups.height) and any(value is not None for value in totals)


def require_rows(answer: Answer) -> None:
    """Stop here, with the reason, when there is nothing to show."""
    if has_rows(answer):
        return
    coverage = answer.provenance.coverage
    if not coverage:
        blocks.empty("Nothing passes the filters", "No organization is left. Remove a filter.")
    elif not answer.knows_days:
        blocks.empty(*gap_notice.why_empty(answer.provenance, answer.period))
    elif answer.state.query.filters:
        blocks.empty("Nothing passes the filters", "There is data, and no row of it fits. Remove a filter.")
    else:
        blocks.empty(
            "Nothing was used in these days", "They are pulled, and Anthropic reports no use in them."
        )
    provenance_line(answer)
    st.stop()


def notes(answer: Answer) -> None:
    """What the number leaves without a value or without a price, and the click that narrows it."""
    for item in answer.provenance.not_applicable:
        origins = " and ".join(item.origins)
        others = " and ".join(origin.value for origin in Origin if origin not in item.origins)
        by_cost = answer.measure.column.endswith("_usd") and item.cost is not None
        name = "cost" if by_cost else "tokens"
        value, of_all = _inapplicable(answer, item.dimension, name)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            blocks.quiet(
                f"{share(value, of_all)} of the {name} here ({short(MEASURES[name], value)}) is of {others}, "
                f"whose reports have no {DIMENSIONS[item.dimension].plural_inline}."
            )
            st.button(
                f"Show only {origins}", key=f"narrow-{item.dimension}", type="tertiary",
                icon=":material/filter_alt:", on_click=explorer_state.narrow_to, args=(item.origins[0],),
            )  # fmt: skip
    if "list_cost" in answer.totals and (whose := without_list_cost(answer.provenance)):
        blocks.quiet(f"List cost leaves out {whose}: Anthropic's legacy reports tell none.")
    if answer.explorer.name == "cost":
        for line in without_cost(answer.provenance):
            blocks.quiet(f"{line} They are in Usage, and not in this cost.")


def _inapplicable(answer: Answer, dimension: str, name: str) -> tuple[int, int]:
    """What a dimension means nothing for, and all there is, of the days of the numbers: as its row has it."""
    days = answer.query if answer.totals.get(name) is not None else answer.whole_query
    rows = data.rows(answer.ledger, days.measuring(name).grouped(dimension))
    without = rows.filter(pl.col(f"{dimension}_empty") == Empty.NOT_APPLICABLE.value)
    return int(without[name].sum()), int(rows[name].sum())


def provenance_line(answer: Answer) -> None:
    """Where the number comes from, in one quiet line."""
    origin_line.show(answer.provenance)
