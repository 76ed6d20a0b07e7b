"""Fetches the Platform's bill by workspace and description, and once more without either, as its control."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from core.api import platform
from core.api.client import Client
from core.api.records import TotalRecord
from core.errors import ApiError
from core.money import microcents
from core.store.windows import Staging
from core.sync.context import WindowContext
from core.sync.report import DoesNotAddUpError, PlainReport, Settled


@dataclass
class BillReport(PlainReport):
    """``client`` is asked for the total of each day when all rows are there."""

    client: Client | None = None

    def settle(
        self,
        staging: Staging,
        context: WindowContext,
        growing: date,  # noqa: ARG002 -- the protocol's signature
        *,
        again: bool,
    ) -> Settled:
        """With the days' totals; without, where they cannot be had: a control is no reason to lose a bill.

        Raises:
            DoesNotAddUpError: they are not the rows', and both were asked for once: the bill may have been
                revised in between.
        """
        try:
            totals = dict(self._totals(context))
        except ApiError:
            return Settled()
        staging.round_amounts()
        rows = {
            day["day"]: day["amount_microcents"] for day in staging.sums(("day",), ("amount_microcents",))
        }
        if not again and any(rows.get(day.isoformat(), 0) != total for day, total in totals.items()):
            raise DoesNotAddUpError
        return Settled(totals=totals)

    def _totals(self, context: WindowContext) -> Iterator[tuple[date, int]]:
        if self.client is None:
            return
        for page in self.client.prefetch(platform.fetch_cost_total(self.client, context.period)):
            for day, bucket in context.days(page):
                total = _total(bucket.results)
                if total is not None and not page.odd:
                    yield date.fromisoformat(day), total


def _total(rows: list[TotalRecord]) -> int | None:
    """In micro-cents, rounded once; None where a row is no amount in US dollars."""
    if any(row.amount is None or row.currency != "USD" for row in rows):
        return None
    try:
        return microcents(format(sum((Decimal(row.amount or "0") for row in rows), Decimal(0)), "f"))
    except (InvalidOperation, ValueError):
        return None
