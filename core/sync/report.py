"""A window's report on its way: its pages, how they become rows, and what must hold once all have come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeAlias

from core.api.pages import BucketPage, FlatPage
from core.store.windows import Row, Staging
from core.sync.context import WindowContext

Page: TypeAlias = BucketPage[Any] | FlatPage[Any]


class Report(Protocol):
    """``with_speed``: whether speed was asked for."""

    pages: Iterator[Page]
    with_speed: bool

    def rows(self, page: Page, context: WindowContext) -> list[Row]:
        """Rows of the fact table, in the order of its columns."""

    def settle(
        self, staging: Staging, context: WindowContext, today: date, *, again: bool
    ) -> frozenset[date]:
        """What is left to do once all rows are staged. Returns the days kept with fewer dimensions."""


@dataclass
class PlainReport:
    """A report of one question. ``is_reduced``: asked with fewer dimensions than the ledger has."""

    pages: Iterator[Page]
    to_rows: Callable[[Any, WindowContext], list[Row]]
    is_reduced: bool = False
    with_speed: bool = False

    def rows(self, page: Page, context: WindowContext) -> list[Row]:
        return self.to_rows(page, context)

    def settle(
        self,
        staging: Staging,  # noqa: ARG002 -- the protocol's signature
        context: WindowContext,
        today: date,  # noqa: ARG002
        *,
        again: bool,  # noqa: ARG002
    ) -> frozenset[date]:
        return frozenset(context.period if self.is_reduced else ())
