"""A view's range and filters in words: the same on chips, in titles, under tiles, in files and pictures."""

from __future__ import annotations

from core.bidi import isolated
from core.dimensions import DIMENSIONS
from core.explore.labels import value_label
from core.explore.query import Filter, Match
from core.formats import period_label
from core.periods import PRESETS
from core.ui.app.explorer_state import ExplorerState
from core.ui.app.text import count_of

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


def range_words(state: ExplorerState) -> str:
    """``Last 30 days · Oct 25 – Nov 23, 2026``."""
    days, name = period_label(state.period), state.display.preset
    return f"{PRESETS[name]} · {days}" if name and PRESETS[name] != days else days


def scope_words(state: ExplorerState) -> str:
    """What stands below a title: the range, and each filter."""
    return " · ".join((range_words(state), *map(filter_words, state.query.filters)))
