"""What the demo's keys and people cost can be told from its two reports, though the bill names less than the
usage report: worked out by the ledger from the reports, compared with what each of them used."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import polars as pl
import pytest

from core.demo import truth
from core.demo.behaviour import Behaviour
from core.demo.company import Organization
from core.demo.northwind import ORGANIZATIONS
from core.demo.service import Simulator
from core.ledger.facts import FACTS
from core.ledger.platform import Known, platform_rows
from tests.demo.asking import FAST_MODE, PLATFORM_COST, PLATFORM_USAGE, days, exact, grouped, rows, simulate

EVERYTHING = (
    "account_id",
    "api_key_id",
    "context_window",
    "inference_geo",
    "model",
    "service_account_id",
    "service_tier",
    "speed",
    "workspace_id",
)
DAYS = [date(2025, 12, 10), date(2026, 2, 24), date(2026, 6, 9), date(2026, 8, 12), date(2026, 9, 20)]
DAYS += [date(2026, 11, n) for n in (4, 8, 22)]

platforms = pytest.mark.parametrize("name", ["Robotics products", "Research labs"])


def frame(table: str, found: list[dict[str, Any]]) -> pl.DataFrame:
    schema = FACTS[table]
    columns = {name: [row.get(name) for row in found] for name in schema}
    return pl.DataFrame(columns, schema=schema).with_columns(pl.col("day").str.to_date("%Y-%m-%d"))


def usage_facts(simulator: Simulator, organization: Organization, day: date) -> pl.DataFrame:
    asked = [*days(day), *grouped(*EVERYTHING)]
    found = rows(simulator, organization, PLATFORM_USAGE, asked, headers=FAST_MODE)
    flat = [
        {**row, **row["cache_creation"], **row["server_tool_use"], "day": day.isoformat()} for row in found
    ]
    return frame("platform_usage", flat)


def cost_facts(simulator: Simulator, organization: Organization, day: date, **more: Any) -> pl.DataFrame:
    asked = [*days(day), *grouped("workspace_id", "description")]
    found = rows(simulator, organization, PLATFORM_COST, asked, **more)
    amounts = [{**row, "amount_microcents": exact([row["amount"]]), "day": day.isoformat()} for row in found]
    return frame("platform_cost", amounts)


def costs(simulator: Simulator, organization: Organization, day: date) -> Counter[tuple[str | None, ...]]:
    """Micro-cents of tokens and searches by key and person, and of all else under nobody."""
    found: Counter[tuple[str | None, ...]] = Counter()
    for use in simulator.uses(organization.id, day):
        load = use.load
        who = (load.api_key_id, load.account_id) if load.cost_type == "tokens" else (None, None)
        found[who] += truth.cost(use, organization.discount_percent)
    return found


@platforms
@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("header", [{}, FAST_MODE], ids=["plain", "fast mode header"])
def test_each_key_and_person_costs_what_it_used(name: str, day: date, header: dict[str, str]) -> None:
    organization = ORGANIZATIONS[name]
    simulator = simulate(organization, behaviour=Behaviour(most_groups=None))
    cost = cost_facts(simulator, organization, day, headers=header)
    ledger = platform_rows(usage_facts(simulator, organization, day), cost, Known([day]))
    found: Counter[tuple[str | None, ...]] = Counter()
    for key, user, amount in ledger.select("api_key_id", "user_id", "cost_microcents").rows():
        found[key, user] += amount or 0
    expected = costs(simulator, organization, day)
    assert found.total() == expected.total() > 0
    off = {who: found[who] - expected[who] for who in expected if found[who] != expected[who]}
    assert not off
