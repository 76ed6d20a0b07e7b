"""The Sync page's words about what a connection's service was seen to grant; nothing before anything was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

import streamlit as st

from core.formats import count_of
from core.store.connections import Connection
from core.store.learned import (
    CAP,
    DAYS,
    DEFAULT_WORKSPACE,
    FILTERS,
    LAG,
    REACH,
    ROWS,
    SERVED,
    SERVED_YES,
    Fact,
    read_learned,
)
from core.ui.app import blocks, data, html
from core.ui.app.bill_words import why_not
from core.ui.app.origin_line import report_word


def learned(connection: Connection) -> None:
    """What was learned of one connection's service, a line for each report."""
    with data.store() as db:
        lines = list(lines_of(read_learned(db, connection.id).facts.values()))
    if lines:
        with st.container(key="learned", gap="xsmall"):
            blocks.quiet("What Anthropic's service was seen to grant; a sync asks accordingly:")
            html.show(html.div(map(html.div, lines), cls="tl-quiet"))


def lines_of(facts: Iterable[Fact]) -> Iterator[str]:
    """``Usage report: at most 5 dimensions a question, answers 400 days back.``"""
    ordered = sorted(facts, key=lambda fact: (fact.stream, _place(fact.name), fact.name))
    for stream, of_stream in groupby(ordered, key=lambda fact: fact.stream):
        word = report_word(stream) if stream else "all reports"
        yield f"{word[:1].upper()}{word[1:]}: {', '.join(map(words_of, of_stream))}."


def words_of(fact: Fact) -> str:
    """A learned fact in plain words. One without words of its own is shown as it is stored."""
    if fact.name == FILTERS:
        return "takes no filters" if fact.value == "0" else "takes filters"
    if fact.name == DEFAULT_WORKSPACE:
        return f"the default workspace is {fact.value}"
    if fact.name == SERVED:
        return "served" if fact.value == SERVED_YES else f"not served ({why_not(fact.value)})"
    if (fact.name, fact.value) == (LAG, "0"):
        return "last seen on time"
    if fact.name in _COUNTED and fact.value.isdecimal():
        before, unit, after = _COUNTED[fact.name]
        return f"{before} {count_of(int(fact.value), unit)}{after}"
    return f"{fact.name}: {fact.value}"


_COUNTED = {
    CAP: ("at most", "dimension", " a question"),
    DAYS: ("at most", "day", " a question"),
    ROWS: ("at most", "row", " a page"),
    REACH: ("answers", "day", " back"),
    LAG: ("last seen", "finished day", " late"),
}
"""What stands before the count, what is counted, what stands after."""


def _place(name: str) -> int:
    order = [*_COUNTED, FILTERS]
    return order.index(name) if name in order else len(order)
