"""The lists of workspaces, API keys and users, as readers of the ledger look values up in them.

A value of ``Source.LIST`` is found by the id of a ledger row after the rows are added up. So a change in a
list shows at once, and no file of the ledger is built anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from core.dimensions import DIMENSIONS, LIST_DIMENSIONS
from core.ledger.manifest import ListEntry

T = TypeVar("T")


@dataclass(frozen=True)
class Lists:
    """What the lists say, those of all connections together."""

    entries: tuple[ListEntry, ...] = ()
    _kept: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def by_dimension(self) -> Mapping[str, tuple[ListEntry, ...]]:
        """Id dimension -> the entries that have such ids."""
        by_dimension: dict[str, list[ListEntry]] = defaultdict(list)
        for entry in self.entries:
            by_dimension[entry.dimension].append(entry)
        return {dimension: tuple(entries) for dimension, entries in by_dimension.items()}

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What ``make`` derives from these lists alone, kept for all later questions."""
        if name not in self._kept:
            self._kept[name] = make()
        kept: T = self._kept[name]
        return kept

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The names of the dimensions that are tags of workspaces."""
        values = (entry.values for entry in self.by_dimension.get("workspace_id", ()))
        names = {name for entry_values in values for name in entry_values} - set(LIST_DIMENSIONS)
        return tuple(sorted(names, key=lambda name: (DIMENSIONS[name].label.casefold(), name)))


NO_LISTS = Lists()
