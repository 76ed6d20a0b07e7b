"""Blocks about an answer for every family: nothing to show, what it leaves out, where it comes from."""

from __future__ import annotations

import streamlit as st

from core.dimensions import DIMENSIONS, MEASURES, Unit
from core.explore.inapplicable import Inapplicable, inapplicable
from core.explore.query import Query
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
    blocks.stop()


def notes(answer: Answer) -> None:
    """What the number leaves without a value or without a price, and the click that narrows it."""
    for item in inapplicable(data.rows, answer.ledger, _in_numbers(answer)):
        _inapplicable(item)
    if "list_cost" in answer.totals and (whose := without_list_cost(answer.provenance)):
        blocks.quiet(f"List cost leaves out {whose}: Anthropic's legacy reports tell none.")
    if answer.explorer.name == "cost":
        for line in without_cost(answer.provenance):
            blocks.quiet(f"{line} They are in Usage, and not in this cost.")


def _in_numbers(answer: Answer) -> Query:
    """Cost, with dollars in view, and tokens: of the days of the numbers, or of all where these have none."""
    names = ("cost", "tokens") if answer.measure.unit is Unit.USD else ("tokens",)
    known = any(answer.totals.get(name) is not None for name in names)
    return (answer.query if known else answer.whole_query).measuring(*names)


def _inapplicable(item: Inapplicable) -> None:
    others = " and ".join(item.others)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        blocks.quiet(
            f"{share(item.value, item.of_all)} of the {item.measure} here "
            f"({short(MEASURES[item.measure], item.value)}) is of {others}, "
            f"whose reports have no {DIMENSIONS[item.dimension].plural_inline}."
        )
        st.button(
            f"Show only {' and '.join(item.origins)}", key=f"narrow-{item.dimension}", type="tertiary",
            icon=":material/filter_alt:", on_click=explorer_state.narrow_to, args=(item.origins[0],),
        )  # fmt: skip


def provenance_line(answer: Answer) -> None:
    """Where the number comes from, in one quiet line."""
    origin_line.show(answer.provenance)
