"""A saved view as those see it who see a part of the ledger: it names nothing that their part does not have.

On that part it asks the same. A value that the part does not have keeps no row of it, and drops none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import chain

from core.dimensions import TIME_DIMENSIONS
from core.explore.dashboard_files import problems
from core.explore.explorers import MEASURES_OF, View, view_of
from core.explore.links import to_params
from core.explore.list_lookup import dimension_names
from core.explore.query import Filter, Value
from core.explore.values import ValueOption
from core.ledger.snapshot import Snapshot
from core.store.saved_views import ViewContent

ValuesOf = Callable[[str], tuple[ValueOption, ...]]
"""All values of a dimension that a part of the ledger has."""


def shown_view(
    content: ViewContent, ledger: Snapshot, values_of: ValuesOf, today: date
) -> ViewContent | None:
    """None where nothing of the view is theirs to see, or it cannot be read."""
    if problems(content, MEASURES_OF):
        return None
    view, known = view_of(content, today), dimension_names(ledger)
    filters = tuple(_shown_filters(view, ledger, values_of))
    if None in filters:
        return None
    query = replace(
        view.query,
        group_by=tuple(name for name in view.query.group_by if name in known),
        filters=tuple(condition for condition in filters if condition),
    )
    across = view.display.across if view.display.across in known else None
    display = replace(view.display, across=across, steps=(), plan="")
    return ViewContent(content.page, to_params(query, display))


def _shown_filters(view: View, ledger: Snapshot, values_of: ValuesOf) -> Iterator[Filter | None]:
    """Each with the values that there are; None for one that lets nothing through."""
    for condition in view.query.filters:
        is_known = condition.dimension in dimension_names(ledger)
        texts = _texts(ledger, values_of(condition.dimension), condition.dimension) if is_known else set()
        values = tuple(value for value in condition.values if _is_seen(condition, value, texts))
        if values:
            yield replace(condition, values=values)
        elif not condition.exclude:
            yield None


def _texts(ledger: Snapshot, options: tuple[ValueOption, ...], dimension: str) -> set[str]:
    """The values, and the names that several of them share."""
    values = (option.value for option in options)
    shared = (namesake.name for namesake in ledger.labels.by_dimension.get(dimension, ()))
    return {value for value in chain(values, shared) if isinstance(value, str)}


def _is_seen(condition: Filter, value: Value, texts: set[str]) -> bool:
    if not isinstance(value, str) or condition.dimension in TIME_DIMENSIONS:
        return True
    return any(condition.match.fits(text, value) for text in texts)
