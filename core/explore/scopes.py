"""Filters of two sides put together: what passes both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.explore.query import Filter, Match, Value


def joined(first: Iterable[Filter], second: Iterable[Filter]) -> tuple[Filter, ...] | None:
    """The filters that keep what both sides keep; None where nothing passes, or no filters can say it."""
    kept = {condition.kind: condition for condition in first}
    for other in second:
        both = _both(kept.get(other.kind, other), other)
        if both is None:
            return None
        kept[other.kind] = both
    return tuple(kept.values())


def _both(condition: Filter, other: Filter) -> Filter | None:
    """Of the same kind."""
    if condition == other:
        return condition
    if condition.exclude:
        return _of(condition, [*condition.values, *other.values])
    shared = [value for value in condition.values if value in other.values]
    return _of(condition, shared) if condition.match is Match.IS and shared else None


def _of(condition: Filter, values: Iterable[Value]) -> Filter:
    return replace(condition, values=tuple(dict.fromkeys(values)))
