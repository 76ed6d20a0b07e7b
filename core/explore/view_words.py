"""A view in words: what it is about, and its filters; alike on chips, in titles, files and messages."""

from __future__ import annotations

from datetime import date

from core.bidi import isolated
from core.dimensions import DIMENSIONS, MEASURES
from core.explore.dashboard_files import problems
from core.explore.explorers import MEASURES_OF, view_of
from core.explore.labels import value_label
from core.explore.links import RUNNING, Display
from core.explore.query import Filter, Match, Query
from core.formats import count_of
from core.periods import PRESETS
from core.store.saved_views import ViewContent

_VERBS = {
    (Match.IS, False): "is",
    (Match.IS, True): "is not",
    (Match.CONTAINS, False): "contains",
    (Match.CONTAINS, True): "does not contain",
    (Match.STARTS, False): "starts with",
    (Match.STARTS, True): "does not start with",
}
KINDS = {(exclude, match): verb for (match, exclude), verb in _VERBS.items()}
"""What a filter can do, by whether it excludes and how it matches."""


def filter_words(condition: Filter, *, all_values: bool = False) -> str:
    """``Model is claude-opus-5 or 2 others``; with ``all_values`` each is named."""
    dimension = DIMENSIONS[condition.dimension]
    labels = [
        isolated(value_label(dimension, value) if condition.match is Match.IS else f"“{value}”")
        for value in condition.values
    ]
    named = labels if all_values else labels[:1]
    rest = [count_of(len(labels) - 1, "other")] if len(labels) > len(named) else []
    return f"{dimension.label} {_VERBS[condition.match, condition.exclude]} {' or '.join([*named, *rest])}"


def view_title(query: Query, display: Display) -> str:
    """What a view is about: ``Cost by model and API key``."""
    labels = [DIMENSIONS[name].label for name in query.group_by]
    groups = [text[:1].lower() + text[1:] if text[1:2].islower() else text for text in labels]
    by = ", ".join(groups[:-1]) + " and " * bool(groups[1:]) + groups[-1] if groups else ""
    words = f"{MEASURES[query.measures[0]].label} by {by}" if by else MEASURES[query.measures[0]].label
    return f"{words}, running total" if is_running(query, display) else words


def is_running(query: Query, display: Display) -> bool:
    """Whether a running total is drawn."""
    is_chosen = display.shape == "time" and display.chart == RUNNING
    return is_chosen and MEASURES[query.measures[0]].additive


def view_line(content: ViewContent, today: date) -> str:
    """A view in a line: ``Cost by model, Last 30 days, Origin is claude.ai``; or why it cannot be read."""
    if faults := problems(content, MEASURES_OF):
        return f"Can no longer be read: {faults[0]}"
    query, display = view_of(content, today)
    days = f"{query.period.start} to {query.period.last}"
    named = PRESETS[display.preset] if display.preset else days
    return ", ".join([view_title(query, display), named, *map(filter_words, query.filters)])
