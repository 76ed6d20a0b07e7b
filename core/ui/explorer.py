"""The blocks of an explorer, in the order a page puts them."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.charts.numbers import difference, exact, period_label, share, short
from core.dimensions import DIMENSIONS, MEASURES
from core.explore.compare import GONE, NEW
from core.ui import (
    blocks,
    change_card,
    data,
    demo,
    drilling,
    filters,
    gap_notice,
    library,
    origin_line,
    over_time,
    pivot_card,
    tables,
    times,
    toolbar,
    view,
)
from core.ui.answers import Answer
from core.ui.bases import without_cost
from core.ui.navigation import page_file
from core.ui.view import EXPLORERS


def ask(name: str) -> Answer:
    """Toolbar and sidebar of the explorer ``name``, and the answer to what they ask."""
    explorer, ledger, today = EXPLORERS[name], data.ledger(), times.today()
    if not ledger.connections:
        nothing_connected()
        st.stop()
    shown = view.current(explorer, today)
    toolbar.toolbar(explorer, shown, ledger)
    drilling.trail(shown)
    filters.sidebar(ledger, shown)
    blocks.notices(view.problems())
    return Answer(explorer, shown, ledger, today)


def nothing_connected() -> None:
    """Two ways to begin: connect, or look at a demo."""
    blocks.empty(
        "See what you spend on Anthropic, and on what",
        "Connect a Claude Platform or a Claude Enterprise organization with a reporting key, "
        "or look around in a demo organization first. Everything stays on this machine.",
    )
    with st.container(horizontal=True, horizontal_alignment="center"):
        if st.button("Connect an organization", type="primary", icon=":material/link:"):
            st.switch_page(page_file("settings"))
        demo.load_button()


def require_rows(answer: Answer) -> None:
    """Stop here, with the reason, when there is nothing to show."""
    if answer.groups.height and any(value is not None for value in answer.totals.values()):
        return
    coverage = answer.provenance.coverage
    if not coverage:
        blocks.empty("Nothing passes the filters", "No organization is left. Remove a filter.")
    elif not answer.knows_days:
        blocks.empty(*gap_notice.why_empty(answer.provenance, answer.view.period))
    elif answer.view.query.filters:
        blocks.empty("Nothing passes the filters", "There is data, and no row of it fits. Remove a filter.")
    else:
        blocks.empty(
            "Nothing was used in these days", "They are pulled, and Anthropic reports no use in them."
        )
    provenance_line(answer)
    st.stop()


def numbers(answer: Answer) -> None:
    """The totals, each with its change against the earlier period."""
    names = tuple(dict.fromkeys((answer.view.measure, *answer.explorer.numbers)))[:4]
    words = _comparison_words(answer)  # first: it reads the groups that the totals are added up from
    with st.container(key="numbers"):
        columns = st.columns(len(names))
    for column, name in zip(columns, names, strict=True):
        with column:
            _number(answer, name)
    blocks.quiet(words)
    gap_notice.show(answer.provenance)


def _number(answer: Answer, name: str) -> None:
    measure, value = MEASURES[name], answer.totals[name]
    versus, delta, words = answer.versus, None, ""
    if versus:
        now, before = versus.now[name], versus.before[name]
        delta, earlier = difference(measure, now, before), period_label(versus.periods.earlier)
        complete = period_label(versus.periods.period)
        words = f"{complete}: {exact(measure, now)}. {earlier}: {exact(measure, before)}."
    st.metric(
        measure.label, short(measure, value), delta=delta, delta_color="off", border=True, height="stretch",
        help=f"{measure.help} Exactly {exact(measure, value)}. {words}".replace("$", r"\$"),
    )  # fmt: skip


def _comparison_words(answer: Answer) -> str:
    """What is compared with what, or why nothing is; which groups are new, and which are gone."""
    versus, problem = answer.comparison
    if versus:
        problem = " ".join([versus.sentence(), *_turnover(answer)])
    return problem or "No comparison."


def _turnover(answer: Answer) -> list[str]:
    """``New: a, b and 3 more.`` and the same of what is gone, largest first."""
    sentences = []
    for state, column in ((NEW, "now"), (GONE, "before")):
        names = answer.named(state, column)
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        if names:
            sentences.append(f"{state}: {', '.join(names[:_NAMED])}{more}.")
    return sentences


_NAMED = 3
"""So many groups that are new, or gone, are named in the line; the table has all."""

_SHAPES: dict[str, Callable[[Answer], None]] = {
    "time": over_time.draw,
    "change": change_card.draw,
    "pivot": pivot_card.draw,
}


def chart_card(answer: Answer) -> None:
    """The shape: over time, what carries the change, or a pivot; in colours that stay with their value."""
    shape = answer.view.shown.shape
    with st.container(border=True, key="card-chart"):
        left, right = st.columns([2, 3], vertical_alignment="center")
        with left:
            blocks.card_title(library.title(answer.view))
            toolbar.shape_control(answer.view)
        with right:
            toolbar.shape_controls(answer.view, pivot_card.chosen_across(answer), answer.ledger)
        _SHAPES[shape](answer)


def notes(answer: Answer) -> None:
    """What the number leaves without a value or without a price, and the click that narrows it."""
    for item in answer.provenance.not_applicable:
        origins = " and ".join(item.origins)
        label = DIMENSIONS[item.dimension].label
        by_cost = answer.measure.column.endswith("_usd") and item.cost is not None
        name, value = ("cost", item.cost) if by_cost else ("tokens", item.tokens)
        part = share(value, data.total(answer.ledger, answer.query.measuring(name))[name])
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            blocks.quiet(
                f"{part} of the {name} here ({short(MEASURES[name], value)}) has no {label}: "
                f"it means something for {origins} only."
            )
            st.button(
                f"Show only {origins}", key=f"narrow-{item.dimension}", type="tertiary",
                icon=":material/filter_alt:", on_click=view.narrow_to, args=(item.origins[0],),
            )  # fmt: skip
    if answer.explorer.name == "cost":
        for line in without_cost(answer.provenance):
            blocks.quiet(f"{line} They are in Usage, and not in this cost.")


def table_card(answer: Answer) -> None:
    """The detail behind the chart, its total, and the file of it."""
    tables.card(answer)


def provenance_line(answer: Answer) -> None:
    """Where the number comes from, in one quiet line."""
    origin_line.show(answer.provenance)
