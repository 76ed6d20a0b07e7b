"""An organization that is served the newest reports, and the faults that its answers can have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from tests.faults import strikes
from tests.faults.catalog import FAULTS, Fault
from tests.faults.places import FIRST, ROWS, USER_COST, USER_USAGE, Kind, Place
from tests.faults.world import NOW, TODAY, PagedAnthropic
from tests.sync.anthropic import NEWEST, NEWEST_COST, NEWEST_USAGE


@dataclass(frozen=True)
class NewestKind(Kind):
    """A report whose rows hold what they measure in a part of their own."""

    measured: str = ""

    def records(self, body: Any) -> list[dict[str, Any]]:
        return [row[self.measured] for row in body["data"]]


COST = NewestKind("platform_analytics_cost", "analytics cost", NEWEST[0], ROWS, "cost")
USAGE = NewestKind("platform_analytics_usage", "analytics usage", NEWEST[1], ROWS, "usage")


class NewestAnthropic(PagedAnthropic):
    """Serves the newest reports too; they tell what the legacy ones tell."""

    def _results(self, path: str, day: date) -> list[dict[str, Any]]:
        number = day.toordinal() % 97 + 100 * self.revision
        if path == NEWEST[0]:
            cost = {**NEWEST_COST["cost"], "amount": f"{number}.25", "list_amount": f"{number}.5"}
            return [{**NEWEST_COST, "cost": cost}]
        if path == NEWEST[1]:
            usage = {**NEWEST_USAGE["usage"], "output_tokens": number, "total_tokens": number + 10}
            return [{**NEWEST_USAGE, "usage": usage}]
        return super()._results(path, day)


def server(revision: int, today: date) -> NewestAnthropic:
    made = NewestAnthropic(
        "org_1", per_page=11, until=today, serves_newest=True, watermark=NOW - timedelta(hours=4)
    )
    made.revision = revision
    return made


def today_server() -> NewestAnthropic:
    return server(1, TODAY)


def in_group(value: str) -> strikes.Strike:
    def change(hit: strikes.Hit) -> None:
        for row in hit.body["data"]:
            if row["group"]["product"]:
                row["group"]["product"] = value

    return strikes.changing(change)


_OTHERWISE: dict[str, strikes.Strike] = {
    "an unknown value of an enum": in_group(strikes.NEW_VALUE),
    "half a surrogate pair in a text": in_group("half \ud800"),
}
"""How those strike that change a name: the newest reports have names in a group."""
_OF_FLAT_ROWS = "a second row that cannot be counted"
_LIKE = {COST: USER_COST, USAGE: USER_USAGE}
"""The report in rows whose faults each can have."""


def fits(fault: Fault, kind: Kind) -> bool:
    return fault.title != _OF_FLAT_ROWS and fault.fits(Place(_LIKE[kind], FIRST))


MET = [
    replace(fault, strike=_OTHERWISE.get(fault.title, fault.strike))
    for fault in FAULTS
    if any(fits(fault, kind) for kind in (COST, USAGE))
]
