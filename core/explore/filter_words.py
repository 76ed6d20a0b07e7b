"""Filters in words: the same on chips, in titles, under tiles, in files, notes and plans."""

from __future__ import annotations

from collections.abc import Iterable

from core.bidi import isolated
from core.dimensions import DIMENSIONS
from core.explore.labels import JOINT, read_filter, read_filter_value, value_label
from core.explore.query import Filter, Match
from core.store.saved_views import Params

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
    others = len(labels) - len(named)
    rest = [f"{others:,} other{'s' * (others > 1)}"] if others else []
    return f"{dimension.label} {_VERBS[condition.match, condition.exclude]} {' or '.join([*named, *rest])}"


def joined_words(filters: Iterable[Filter], *, all_values: bool = False) -> str:
    """All of them; nothing where there is none."""
    return JOINT.join(filter_words(condition, all_values=all_values) for condition in filters)


def scope_words(scope: Params, *, all_values: bool = False) -> str:
    """The same of filters as a link spells them: what a note or a plan holds for."""
    filters = (
        read_filter(key, [read_filter_value(key, text) for text in texts]) for key, texts in scope.items()
    )
    return joined_words(filters, all_values=all_values)
