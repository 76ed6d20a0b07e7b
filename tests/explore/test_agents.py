"""Managed agents from a sync of the simulated service to the numbers of their page, against what they did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from core import operations
from core.demo.behaviour import Behaviour
from core.demo.service import Simulator
from core.dimensions import NOT_TOLD
from core.explore import agents
from core.explore.query import Query
from core.explore.scan import scan_rows
from core.ledger.publish import list_connection_infos
from core.periods import ONE_DAY, Period
from core.settings import Settings
from core.store.database import database
from core.store.states import list_states
from tests.support.custom import claude_ai_organization, platform_organization
from tests.support.organizations import NOW, clock
from tests.support.server import serve

SINCE = date(2026, 11, 10)
FINISHED = Period(SINCE, NOW.date())
MADE = platform_organization("acme", users=2, api_keys=4, newest=True, discount_percent=4)
OTHER = platform_organization("other", users=1, api_keys=2)
STAFF = claude_ai_organization("staff", users=2, newest=True)
World = tuple[Settings, Simulator]


def synced(folder: Path, behaviour: Behaviour | None = None) -> World:
    organizations = (MADE, OTHER, STAFF)
    simulator = Simulator(organizations, clock, behaviour=behaviour or Behaviour())
    with serve(simulator) as server:
        settings = Settings(data_dir=folder, base_url=server.url)
        for one in organizations:
            operations.connect(settings, name=one.name, key=one.key, since=SINCE, clock=clock)
        assert operations.sync(settings, clock=clock).outcome == "ok"
    return settings, simulator


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield synced(tmp_path_factory.mktemp("agents"))


def facts_of(settings: Settings, period: Period = FINISHED) -> pl.DataFrame:
    with database(settings) as db:
        return agents.agent_facts(db, list_connection_infos(db), period)


def truth(simulator: Simulator, name: str) -> tuple[Counter[str | None], Counter[str | None]]:
    """Micro-cents and tokens of what ran in a session, by one dimension."""
    cost: Counter[str | None] = Counter()
    tokens: Counter[str | None] = Counter()
    for day in FINISHED:
        for (agent, value), total in simulator.newest_totals_by(MADE.id, day, "agent_id", name).items():
            if agent:
                cost[value] += total.cost_microcents
                tokens[value] += total.all_tokens
    return cost, tokens


@pytest.mark.parametrize("name", agents.GROUPS)
def test_cost_and_tokens_are_what_the_agents_did(world: World, name: str) -> None:
    settings, simulator = world
    rows = agents.by_group(facts_of(settings), name)
    cost, tokens = truth(simulator, name)
    assert dict(rows.select("value", "cost").iter_rows()) == dict(cost)
    assert {value: count or 0 for value, count in rows.select("value", "tokens").iter_rows()} == dict(tokens)
    assert rows["cost"].to_list() == sorted(rows["cost"], reverse=True) and rows["cost"].sum() > 0


def test_the_sum_has_list_cost_sessions_and_requests(world: World) -> None:
    settings, simulator = world
    (total,) = agents.summed(facts_of(settings)).to_dicts()
    told = [
        total
        for day in FINISHED
        for (agent,), total in simulator.newest_totals_by(MADE.id, day, "agent_id").items()
        if agent
    ]
    assert total["cost"] == sum(one.cost_microcents for one in told)
    assert total["list_cost"] == sum(one.list_cost_microcents for one in told) > total["cost"]
    assert total["requests"] == sum(one.requests for one in told) > 0
    assert total["web_searches"] == sum(one.web_searches for one in told) > 0
    assert total["sessions"] == 2 * FINISHED.days


def test_an_agent_without_deployment_is_kept_and_named_so(world: World) -> None:
    rows = agents.by_group(facts_of(world[0]), "deployment_id")
    assert rows["value"].null_count() == 1 and rows.height == 2
    assert agents.NAMELESS["deployment_id"] == "Started without a deployment"


def test_its_total_is_the_ledgers_of_the_same_product_and_is_not_added_to_it(world: World) -> None:
    settings, simulator = world
    ledger = operations.open_ledger(settings)
    with database(settings) as db:
        known = agents.known_days(db, ledger.connections)
        days = agents.compared_days(db, known, FINISHED)
    found = agents.beside(ledger, facts_of(settings), FINISHED, days)
    assert list(known) == [1] and found.days == FINISHED.days
    assert found.agents == found.ledger == sum(truth(simulator, "agent_id")[0].values())
    whole = ledger_cost(settings)
    told = sum(simulator.totals(MADE.id, day).cost_microcents for day in FINISHED)
    assert whole == told


def ledger_cost(settings: Settings) -> int:
    """All of the first organization's cost, by plain addition over the ledger's rows."""
    rows = scan_rows(operations.open_ledger(settings), Query(("cost",), FINISHED)).collect()
    mine = rows.filter(pl.col("connection_id") == 1)["cost_microcents"].to_list()
    return sum(cost for cost in mine if cost is not None)


def test_days_that_the_ledger_tells_otherwise_are_left_out_of_the_comparison(world: World) -> None:
    settings, _ = world
    ledger = operations.open_ledger(settings)
    first = {1: frozenset({SINCE})}
    found = agents.beside(ledger, facts_of(settings), FINISHED, first)
    one = agents.summed(facts_of(settings, Period(SINCE, SINCE + ONE_DAY)))["cost"].item()
    assert (found.agents, found.ledger, found.days) == (one, one, 1)
    assert agents.beside(ledger, facts_of(settings), FINISHED, {}) == agents.Beside(0, 0, 0)


@pytest.mark.slow
def test_nothing_is_known_before_and_where_they_are_not_served(world: World, tmp_path: Path) -> None:
    before = Period(SINCE - timedelta(days=9), SINCE)
    assert facts_of(world[0], before).is_empty()
    assert agents.summed(facts_of(world[0], before))["cost"].to_list() in ([], [None])
    settings, _ = synced(tmp_path, Behaviour(newest="hipaa"))
    with database(settings) as db:
        infos = list_connection_infos(db)
        assert agents.known_days(db, infos) == {}
        assert not [state for state in list_states(db, 1) if "agent" in state.stream]
        assert agents.agent_facts(db, infos, FINISHED).is_empty()


@pytest.mark.slow
def test_a_smaller_cap_keeps_the_sums_and_says_what_is_not_told(tmp_path: Path) -> None:
    settings, simulator = synced(tmp_path, Behaviour(newest_most_groups=3))
    facts = facts_of(settings)
    cost, tokens = truth(simulator, "environment_id")
    rows = agents.by_group(facts, "environment_id")
    assert dict(rows.select("value", "cost").iter_rows()) == dict(cost)
    assert set(facts["deployment_id"]) == set(facts["model"]) == {NOT_TOLD}
    assert rows["tokens"].sum() == sum(tokens.values())
