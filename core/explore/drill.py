"""The steps that led into a view by clicking: enough to go back to any of them.

A step is written into the link as parameters of its own: a link opened elsewhere has the same way back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from core.dimensions import DIMENSIONS
from core.errors import InputError
from core.explore.engine import rows
from core.explore.labels import filter_param, is_filter_param, read_filter, read_filter_value
from core.explore.query import Filter, Match, Query, Value, find_dimension

if TYPE_CHECKING:
    from core.ledger.snapshot import Snapshot

MAX_STEPS = 8

NEXT: dict[str, tuple[str, ...]] = {
    "organization": ("cost_center", "model", "workspace", "product"),
    "cost_center": ("workspace", "product", "model", "user"),
    "origin": ("cost_center", "workspace", "product", "model"),
    "workspace": ("api_key", "model", "user"),
    "workspace_id": ("api_key", "model", "user"),
    "product": ("user", "model"),
    "model": ("workspace", "product", "api_key", "user", "token_type"),
    "api_key": ("model", "token_type"),
    "api_key_id": ("model", "token_type"),
    "user": ("product", "model", "token_type"),
    "user_id": ("product", "model", "token_type"),
}
"""What people ask after they narrowed to a value of a dimension, first choice first."""

_NEXT_OF_LISTED: dict[str, tuple[str, ...]] = {
    "workspace_id": ("workspace", "api_key", "model"),
    "api_key_id": ("api_key", "model", "token_type"),
    "user_id": ("user", "model", "token_type"),
}
"""The same after a value that is looked up by an id."""

_OTHERWISE = ("model", "workspace", "product", "user", "token_type")


@dataclass(frozen=True)
class Step:
    """One click: what was grouped by before it, the filters it added, and those they replaced."""

    group_by: tuple[str, ...]
    added: tuple[Filter, ...]
    replaced: tuple[Filter, ...] = ()


def encode_step(step: Step) -> str:
    """A step as text that :func:`decode_step` turns back into exactly it."""
    pairs = [("by", name) for name in step.group_by]
    pairs += [pair for condition in step.added for pair in _pairs("", condition)]
    pairs += [pair for condition in step.replaced for pair in _pairs("was.", condition)]
    return urlencode(pairs)


def decode_step(text: str) -> Step:
    """Undo :func:`encode_step`.

    Raises:
        InputError: it names no filter, or something unknown.
    """
    pairs = parse_qsl(text, keep_blank_values=True)
    group_by = tuple(find_dimension(name).name for key, name in pairs if key == "by")
    added = _filters((key, value) for key, value in pairs if not key.startswith("was."))
    replaced = _filters((key.removeprefix("was."), value) for key, value in pairs if key.startswith("was."))
    if not added:
        raise InputError("A step of the link names no filter.", field="step")
    return Step(tuple(dict.fromkeys(group_by)), added, replaced)


def next_dimension(ledger: Snapshot, query: Query, last: str) -> str:
    """What to group by after narrowing to a value of ``last``: the first choice that still has two values.

    A dimension already narrowed to one value is passed over. ``last`` itself where nothing is left to split.
    """
    pinned = {
        condition.dimension
        for condition in query.filters
        if condition.keeps_values and len(condition.values) == 1
    }
    after = NEXT.get(last) or _NEXT_OF_LISTED.get(DIMENSIONS[last].id, _OTHERWISE)
    choices = [name for name in after if name not in pinned | {last}]
    splitting = (name for name in choices if _distinct(ledger, query, name) > 1)
    return next(splitting, last)


def _distinct(ledger: Snapshot, query: Query, name: str) -> int:
    """How many values have rows; those that do not apply count once."""
    return rows(ledger, query.measuring(query.measures[0]).grouped(name)).height


def drilled(query: Query, values: Iterable[tuple[str, Value]]) -> tuple[Query, Step]:
    """The question narrowed to a group, and the step back."""
    added = tuple(Filter(name, (value,)) for name, value in values)
    return _stepped(query, added)


def drilled_into_others(query: Query, values: Iterable[Value]) -> tuple[Query, Step]:
    """The question without the values that have a name of their own; it groups by one dimension."""
    (name,) = query.series
    left_out = {
        value
        for condition in query.filters
        if condition.kind == (name, True, Match.IS)
        for value in condition.values
    }
    return _stepped(query, (Filter(name, (*left_out, *values), exclude=True),))


def _stepped(query: Query, added: tuple[Filter, ...]) -> tuple[Query, Step]:
    kinds = {condition.kind for condition in added}
    replaced = tuple(condition for condition in query.filters if condition.kind in kinds)
    return query.narrowed(*added), Step(query.series, added, replaced)


def live_steps(query: Query, steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps whose filters still stand: one that somebody changed by hand is no step any more."""
    standing, live = set(query.filters), []
    for step in reversed(tuple(steps)):
        if standing.issuperset(step.added):
            live.append(step)
            standing = standing.difference(step.added).union(step.replaced)
    return tuple(reversed(live))


def gone_back(query: Query, steps: tuple[Step, ...], to: int) -> tuple[Query, tuple[Step, ...]]:
    """The question as it was before step ``to``; filters that no step touched stay."""
    for step in reversed(steps[to:]):
        kept = [condition for condition in query.filters if condition not in step.added]
        taken = {condition.kind for condition in kept}
        restored = [condition for condition in step.replaced if condition.kind not in taken]
        query = replace(query, filters=(*kept, *restored), group_by=step.group_by)
    return query, steps[:to]


def _pairs(prefix: str, condition: Filter) -> list[tuple[str, str]]:
    key, values = filter_param(condition)
    return [(prefix + key, value) for value in values]


def _filters(pairs: Iterable[tuple[str, str]]) -> tuple[Filter, ...]:
    values_of: dict[str, list[Value]] = {}
    for key, text in pairs:
        if is_filter_param(key):
            values_of.setdefault(key, []).append(read_filter_value(key, text))
    return tuple(read_filter(key, values) for key, values in values_of.items())
