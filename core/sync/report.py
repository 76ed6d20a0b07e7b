"""A report being fetched for a window: its pages, how they become rows, and the final checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol, TypeAlias

from core.api.pages import BucketPage, FlatPage
from core.store.told_rates import Rates
from core.store.windows import Row, Staging
from core.sync.context import WindowContext

Page: TypeAlias = BucketPage[Any] | FlatPage[Any]


@dataclass(frozen=True)
class Settled:
    """Days kept with ``fewer`` dimensions, and days that are ``unsound``: they do not add up.

    ``totals``: Anthropic's own, in micro-cents, of the days that it was asked for and told. ``rates``: the
    same by price.
    """

    fewer: frozenset[date] = frozenset()
    unsound: frozenset[date] = frozenset()
    totals: Mapping[date, int] = field(default_factory=dict)
    rates: Rates = field(default_factory=dict)


class DoesNotAddUpError(Exception):
    """A window's rows are not what its total says: ask for it again."""


class Report(Protocol):
    """``with_speed``: whether speed was asked for. ``tries_all``: whether parts would bring the same."""

    pages: Iterator[Page]
    with_speed: bool
    tries_all: bool

    def rows(self, page: Page, context: WindowContext) -> list[Row]:
        """Rows of the fact table, in the order of its columns."""

    def settle(self, staging: Staging, context: WindowContext, growing: date, *, again: bool) -> Settled:
        """What is left to do once all rows are staged. Days from ``growing`` on may still grow."""


@dataclass
class PlainReport:
    """A report of one question. ``is_reduced``: asked with fewer dimensions than the ledger has."""

    pages: Iterator[Page]
    to_rows: Callable[[Any, WindowContext], list[Row]]
    is_reduced: bool = False
    with_speed: bool = False
    tries_all: bool = False

    def rows(self, page: Page, context: WindowContext) -> list[Row]:
        return self.to_rows(page, context)

    def settle(
        self,
        staging: Staging,  # noqa: ARG002 -- the protocol's signature
        context: WindowContext,
        growing: date,  # noqa: ARG002
        *,
        again: bool,  # noqa: ARG002
    ) -> Settled:
        return Settled(frozenset(context.period if self.is_reduced else ()))
