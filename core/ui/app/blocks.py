"""Blocks that every page shares: its head, its cards, what it says when there is nothing or a failure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NoReturn

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.charts.palette import DARK, LIGHT, Theme
from core.errors import TokenLedgerError
from core.store.aftermath import list_problems
from core.store.runs import RunStatus, list_runs
from core.ui.app import data, first_number, html, visitor
from core.ui.app.page_scripts import script_text
from core.ui.app.text import markdown_text, sentence

NAMED_PROBLEMS = 4
"""Connections whose failure every page tells; a hundred would push the page out of sight."""

ROW_HEIGHT = 33
"""Pixels of a table's row: Streamlit's 35 at our font size of 15."""
MOST_ROWS_IN_SIGHT = 12

MOST_ROWS = 1_000
"""What a person can look through; the file has all."""


def badge(kind: str, word: str) -> html.Node:
    """How something stands, in a word; ``kind`` is how it looks: ok, bad, calm or demo."""
    return html.span(word, cls=f"tl-badge {kind}")


DEMO_BADGE = badge("demo", "Demo data")


DARK_CSS = """
.tl-badge.demo { color: #f2ae66; }
.tl-badge.ok { color: #6fd0b5; }
.tl-badge.bad { color: #ef8b80; }
.tl-bar i { background: #5fc2a9; }
[data-testid^="stBaseButton-primary"], [data-testid="stMultiSelectTagsContainer"] span { color: #0b1110; }
[data-testid^="stBaseButton-primary"]:hover { color: #0b1110; }
[data-testid="stSidebarLogo"] { filter: brightness(1.45); }
"""


@cache
def _css() -> str:
    return (Path(__file__).parent / "styles.css").read_text(encoding="utf-8")


def style() -> None:
    """The few rules that the theme has no option for."""
    shown = theme()
    colors = (
        f":root {{ --tl-surface: {shown.surface}; --tl-heat: {shown.hues[0]}; --tl-focus: {shown.fall}; "
        f"--tl-rise: {shown.rise}; --tl-fall: {shown.fall}; }}"
    )
    html.style(_css() + colors + (DARK_CSS if shown is DARK else ""))


def scripts() -> None:
    """Small scripts of ours: Back leads to the former view, and who comes back finds the last; a link is
    copied, a chart becomes a picture; a link of ours opens its page without loading the program anew; the
    keyboard opens names in tables and goes into menus. Nobody sees their container."""
    with st.container(key="history"):
        html.script(script_text())


def theme() -> Theme:
    """The theme this browser shows."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def page_head(title: str, question: str) -> None:
    """The title, the question the page answers, and whether any of its data is a demo."""
    demo = any(connection.demo for connection in data.connections())
    badge = DEMO_BADGE if demo else None
    html.show(html.div(html.h1(title), html.p(question), badge, cls="tl-title"), width="content")


def table_height(rows: int) -> int:
    """Pixels for a table: whole rows, no more than twelve, and its head."""
    return 2 + ROW_HEIGHT * (1 + min(max(rows, 1), MOST_ROWS_IN_SIGHT))


def card_title(text: html.Node, quiet: str = "") -> None:
    """The heading of a card; ``quiet`` goes below it."""
    below = html.div(quiet, cls="tl-quiet", title=quiet) if quiet else None
    html.show(html.h2(text, cls="tl-card-title"), below)


def card_head(card: str, title: html.Node, quiet: str = "") -> DeltaGenerator:
    """A row at the top of a card: its heading grows, and what follows is at the right of it.

    No columns: they are four blocks more, and the browser draws each anew at every click.
    """
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"head-{card}")
    with row:
        card_title(title, quiet)
    return row


def number_row(key: str) -> DeltaGenerator:
    """A row for numbers, all of one width; as many lines as it takes."""
    return st.container(horizontal=True, gap="small", key=key)


def quiet(text: str) -> None:
    """One calm line of our own words and of text from elsewhere."""
    html.show(html.div(text, cls="tl-quiet"))


def legend(
    items: Iterable[tuple[str, str, str]],
    *,
    signs: Iterable[tuple[str, str]] = (),
    first: Iterable[html.Node] = (),
) -> None:
    """What the colours mean: (name, colour, amount) each; biggest first, after what is made already.

    ``signs``: of days, as ``core.charts.bands.signs`` tells them.
    """
    entries = [
        *first,
        *(legend_item("tl-swatch", name, amount, color=color, title=name) for name, color, amount in items),
        *(legend_item(f"tl-swatch {sign}", words) for sign, words in signs),
    ]
    html.show(html.div(entries, cls="tl-legend"))


def legend_item(
    swatch: str, name: str, amount: str | None = None, *, color: str = "", title: str | None = None
) -> html.Node:
    """A swatch of this class and colour, what it stands for, and how much that is."""
    return html.span(
        html.i(cls=swatch, style=f"background:{color}" if color else None),
        html.span(html.parted(name), cls="name"),
        None if amount is None else html.span(amount, cls="amount"),
        cls="item",
        title=title,
    )


def empty(title: str, text: str) -> None:
    """A calm statement that there is nothing to show, and why."""
    html.show(html.div(html.h2(title), html.p(text), cls="tl-empty"))


def stop() -> NoReturn:
    """The page ends here."""
    first_number.take_away()
    st.stop()


def total(label: str, amount: str, exact: str | None = None) -> html.Node:
    """An amount of a line of totals, exact on hover."""
    return html.span(f"{label} ", html.b(amount), title=exact)


def bar(done: int, whole: int) -> html.Node:
    """How far something has come."""
    return html.span(html.i(style=f"width:{done / whole if whole else 0:.0%}"), cls="tl-bar")


def failure(error: TokenLedgerError) -> None:
    """What happened, what it means, what to do."""
    request_id = getattr(error, "request_id", None)
    rest = " ".join(sentence(part) for part in (error.means, error.remedy) if part)
    tail = f" Anthropic request id: {request_id}." if request_id else ""
    st.error(
        f"**{markdown_text(sentence(error.happened))}** {markdown_text(rest + tail)}", icon=":material/error:"
    )


def unexpected() -> None:
    """For a fault of this program: no traceback, and nothing that was typed."""
    st.error(
        "**This page could not be shown.** The fault is in this program; your data is as it was. "
        "Reload the page; if it happens again, the program's log has the details for a bug report.",
        icon=":material/error:",
    )


def notices(texts: Iterable[str]) -> None:
    """Sentences about something that was left out or read differently."""
    for text in texts:
        st.info(markdown_text(text), icon=":material/info:")


def sync_problems() -> None:
    """What went wrong in the last sync and after it, one sentence for each; to whom all is shown."""
    if not visitor.sees_all():
        return
    with data.store() as db:
        runs, aftermath = list_runs(db, 1), list_problems(db)
    if runs and runs[0].outcome in ("partial", "failed", "died"):
        _sync_problem(runs[0])
    if aftermath:
        lines = ["**What follows a sync was not all done.** What was pulled is shown."]
        lines += [f"- {markdown_text(problem)}" for problem in aftermath]
        st.warning("\n".join(lines), icon=":material/assignment_late:")


def _sync_problem(run: RunStatus) -> None:
    failed = [c for c in run.connections if c.message]
    words = {
        "partial": "The last sync is incomplete. What it did pull is shown; the rest is as it was before.",
        "died": "The last sync died. What it pulled is kept.",
    }
    head = words.get(run.outcome or "", "The last sync failed. What was pulled before is shown.")
    lines = [f"**{head}**"]
    lines += [f"- {markdown_text(c.name)}: {markdown_text(c.explanation)}" for c in failed[:NAMED_PROBLEMS]]
    if more := len(failed[NAMED_PROBLEMS:]):
        lines.append(f"- and {more:,} more; the Sync page has all of them")
    if run.message and (not failed or run.outcome == "died"):
        lines.append(f"- {markdown_text(run.message)}")
    st.warning("\n".join(lines), icon=":material/sync_problem:")
