"""A view in words: what it is about, its range and its filters; alike in titles, files and messages."""

from __future__ import annotations

from datetime import date

from core.dimensions import DIMENSIONS, MEASURES
from core.explore.dashboard_files import problems
from core.explore.explorers import MEASURES_OF, view_of
from core.explore.filter_words import filter_words
from core.explore.links import RUNNING, Display
from core.explore.query import Query
from core.periods import PRESETS
from core.store.saved_views import ViewContent


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
