"""Agents, user profiles, Slack channels: from a sync to their page's numbers, against the truth."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from core import operations
from core.demo.behaviour import Behaviour
from core.demo.company import Organization
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
from tests.support.folders import made_once
from tests.support.organizations import NOW, clock
from tests.support.server import serve

SINCE = date(2026, 11, 10)
FINISHED = Period(SINCE, NOW.date())
MADE = platform_organization("acme", users=2, api_keys=4, newest=True, discount_percent=4)
OTHER = platform_organization("other", users=1, api_keys=2)
STAFF = claude_ai_organization("staff", users=2, newest=True)
World = tuple[Settings, Simulator]


def simulated(behaviour: Behaviour | None = None) -> Simulator:
    return Simulator((MADE, OTHER, STAFF), clock, behaviour=behaviour or Behaviour())


def synced(folder: Path, behaviour: Behaviour | None = None) -> World:
    simulator = simulated(behaviour)
    with serve(simulator) as server:
        settings = Settings(data_dir=folder, base_url=server.url)
        for one in (MADE, OTHER, STAFF):
            operations.connect(settings, name=one.name, key=one.key, since=SINCE, clock=clock)
        assert operations.sync(settings, clock=clock).outcome == "ok"
    return settings, simulator


def copied(factory: pytest.TempPathFactory, folder: Path) -> World:
    """What was synced once, in a folder of one's own."""
    shutil.copytree(made_once(factory, "agents", synced), folder, dirs_exist_ok=True)
    return Settings(folder), simulated()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return copied(tmp_path_factory, tmp_path_factory.mktemp("agents"))


AGENT_GROUPS = ("agent_id", "session_id", "environment_id", "deployment_id", "model")
TAGS = {
    "user_profile_id": (MADE, "messages_api"),
    "slack_channel_id": (STAFF, "claude_tag"),
    "claude_tag_category": (STAFF, "claude_tag"),
}
"""Who has such values, and in which product alone."""


def facts_of(settings: Settings, period: Period = FINISHED, group: str = "agent_id") -> pl.DataFrame:
    with database(settings) as db:
        infos = list_connection_infos(db)
        facts = agents.facts_of(db, infos, period, group)
        products = agents.products_of(facts, group, infos)
    return agents.of_products(facts, products)


def by_agents(
    simulator: Simulator, name: str, *organizations: Organization
) -> Iterator[tuple[str | None, Any]]:
    """Value and total: what agents did on the Platform, and on claude.ai all of the product they work in."""
    for organization, of, works in ((MADE, "agent_id", bool), (STAFF, "product", "cowork".__eq__)):
        for day in FINISHED if organization in organizations else ():
            for (of_it, value), total in simulator.newest_totals_by(organization.id, day, of, name).items():
                if works(of_it):
                    is_told = (organization, name) != (STAFF, "model")
                    yield value if is_told else NOT_TOLD, total


def truth(
    simulator: Simulator, name: str, *organizations: Organization
) -> tuple[Counter[str | None], Counter[str | None]]:
    """Micro-cents and tokens of agents, by one dimension."""
    cost: Counter[str | None] = Counter()
    tokens: Counter[str | None] = Counter()
    for value, total in by_agents(simulator, name, *(organizations or (MADE, STAFF))):
        cost[value] += total.cost_microcents
        tokens[value] += total.all_tokens
    return cost, tokens


def tagged(simulator: Simulator, name: str) -> tuple[Counter[str | None], Counter[str | None]]:
    """Micro-cents and tokens by what a tag says, of all that is used in its product."""
    made, product = TAGS[name]
    cost: Counter[str | None] = Counter()
    tokens: Counter[str | None] = Counter()
    for day in FINISHED:
        for (used, value), total in simulator.newest_totals_by(made.id, day, "product", name).items():
            if used == product:
                cost[value] += total.cost_microcents
                tokens[value] += total.all_tokens
    return cost, tokens


def test_what_can_be_compared_is_known_by_hand() -> None:
    assert list(agents.GROUPS) == [*AGENT_GROUPS, *TAGS] == list(agents.NAMELESS)


@pytest.mark.parametrize("name", TAGS)
def test_cost_and_tokens_by_tag_are_those_of_its_product(world: World, name: str) -> None:
    settings, simulator = world
    facts = facts_of(settings, group=name)
    rows = agents.by_group(facts, name)
    cost, tokens = tagged(simulator, name)
    assert len(cost) > 2 and None in cost, "what has no value is part of the product"
    assert dict(rows.select("value", "cost").iter_rows()) == dict(cost)
    assert dict(rows.select("value", "tokens").iter_rows()) == dict(tokens)
    assert set(facts["product"]) == {TAGS[name][1].replace("_tag", "-tag")}, "as the ledger spells it"
    (total,) = agents.summed(facts).to_dicts()
    assert total["cost"] == cost.total() and total["list_cost"] > total["cost"] and total["requests"] > 0


@pytest.mark.parametrize("name", TAGS)
def test_a_tags_total_is_the_ledgers_of_the_same_product(world: World, name: str) -> None:
    settings, simulator = world
    beside = compared(settings, name)
    number = (MADE, OTHER, STAFF).index(TAGS[name][0]) + 1
    cost = tagged(simulator, name)[0].total()
    assert (beside.told, beside.ledger) == (cost, cost) and cost > 0
    with database(settings) as db:
        known = agents.known_days(db, list_connection_infos(db), name)
    assert known.keys() == {1, 3} and FINISHED.days <= len(known[number])


def compared(settings: Settings, group: str) -> agents.Beside:
    ledger = operations.open_ledger(settings)
    with database(settings) as db:
        known = agents.known_days(db, ledger.connections, group)
        days = agents.compared_days(db, ledger.connections, known, FINISHED)
    facts = facts_of(settings, group=group)
    products = agents.products_of(facts, group, ledger.connections)
    return agents.beside(ledger, facts, FINISHED, agents.Compared(days, products))


def test_a_tag_that_nobody_uses_leaves_nothing(tmp_path: Path) -> None:
    blank = {"day": date(2026, 11, 10), "connection_id": 1, "product": "chat"}
    facts = pl.DataFrame([{**blank, "user_profile_id": None}, {**blank, "user_profile_id": None}])
    products = agents.products_of(facts, "user_profile_id", ())
    assert products.is_empty() and agents.of_products(facts, products).is_empty()


def test_products_are_those_of_each_connection_alone() -> None:
    rows = [(1, "chat", "a"), (1, None, "a"), (1, "cowork", None), (2, "chat", None), (1, "chat", None)]
    facts = pl.DataFrame(rows, schema=["connection_id", "product", "slack_channel_id"], orient="row")
    products = agents.products_of(facts, "slack_channel_id", ())
    assert sorted(products.rows(), key=str) == [(1, "chat"), (1, None)]
    assert agents.of_products(facts, products).rows() == [rows[0], rows[1], rows[4]]


def test_only_products_that_agents_work_in_are_of_agents(world: World) -> None:
    facts = facts_of(world[0])
    assert set(facts.select("connection_id", "product").unique().rows()) == {
        (1, "managed_agents_api"),
        (3, "cowork"),
    }
    plain = {"connection_id": 3, "product": "chat"}
    rows = pl.DataFrame([{**plain, "agent_id": None}, {**plain, "agent_id": NOT_TOLD}])
    assert agents.products_of(rows, "agent_id", ()).is_empty(), "what is not told is no agent's"


@pytest.mark.parametrize("name", AGENT_GROUPS)
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
    told = [total for _, total in by_agents(simulator, "agent_id", MADE, STAFF)]
    assert total["cost"] == sum(one.cost_microcents for one in told)
    assert total["list_cost"] == sum(one.list_cost_microcents for one in told) > total["cost"]
    assert total["requests"] == sum(one.requests for one in told) > 0
    assert total["web_searches"] == sum(one.web_searches for one in told) > 0
    assert total["sessions"] == 3 * FINISHED.days


def test_an_agent_without_deployment_is_kept_and_named_so(world: World) -> None:
    rows = agents.by_group(facts_of(world[0]), "deployment_id")
    assert rows["value"].null_count() == 1 and rows.height == 3
    assert agents.NAMELESS["deployment_id"] == "No deployment"


def test_its_total_is_the_ledgers_of_the_same_product_and_is_not_added_to_it(world: World) -> None:
    settings, simulator = world
    beside = compared(settings, "agent_id")
    with database(settings) as db:
        assert list(agents.known_days(db, list_connection_infos(db), "agent_id")) == [1, 3]
    assert beside.days == FINISHED.days
    assert beside.told == beside.ledger == truth(simulator, "agent_id")[0].total()
    for number, made in ((1, MADE), (3, STAFF)):
        told = sum(simulator.totals(made.id, day).cost_microcents for day in FINISHED)
        assert ledger_cost(settings, number) == told > truth(simulator, "agent_id", made)[0].total() > 0


def ledger_cost(settings: Settings, connection_id: int) -> int:
    """All of an organization's cost, by plain addition over the ledger's rows."""
    rows = scan_rows(operations.open_ledger(settings), Query(("cost",), FINISHED)).collect()
    mine = rows.filter(pl.col("connection_id") == connection_id)["cost_microcents"].to_list()
    return sum(cost for cost in mine if cost is not None)


def test_days_that_the_ledger_tells_otherwise_are_left_out_of_the_comparison(world: World) -> None:
    settings, _ = world
    ledger = operations.open_ledger(settings)
    facts = facts_of(settings)
    products = agents.products_of(facts, "agent_id", ledger.connections)
    first = agents.Compared({1: frozenset({SINCE})}, products)
    beside = agents.beside(ledger, facts, FINISHED, first)
    on_it = facts_of(settings, Period(SINCE, SINCE + ONE_DAY))
    cost = agents.summed(on_it.filter(pl.col("connection_id") == 1))["cost"].item()
    assert (beside.told, beside.ledger, beside.days) == (cost, cost, 1)
    nowhere = agents.Compared({}, products)
    assert agents.beside(ledger, facts, FINISHED, nowhere) == agents.Beside(0, 0, 0)


@pytest.mark.slow
def test_nothing_is_known_before_and_where_they_are_not_served(world: World, tmp_path: Path) -> None:
    before = Period(SINCE - timedelta(days=9), SINCE)
    assert facts_of(world[0], before).is_empty()
    assert agents.summed(facts_of(world[0], before))["cost"].to_list() in ([], [None])
    settings, _ = synced(tmp_path, Behaviour(newest="hipaa"))
    with database(settings) as db:
        infos = list_connection_infos(db)
        for group in ("agent_id", *TAGS):
            assert agents.known_days(db, infos, group) == {}
            assert agents.facts_of(db, infos, FINISHED, group).is_empty()
        names = [state.stream for info in infos for state in list_states(db, info.id)]
        assert names and not [name for name in names if "agent" in name or "tag" in name]


@pytest.mark.slow
def test_a_smaller_cap_keeps_the_sums_and_says_what_is_not_told(tmp_path: Path) -> None:
    settings, simulator = synced(tmp_path, Behaviour(newest_most_groups=3))
    facts = facts_of(settings)
    cost, tokens = truth(simulator, "session_id")
    rows = agents.by_group(facts, "session_id")
    assert dict(rows.select("value", "cost").iter_rows()) == dict(cost)
    assert set(facts["deployment_id"]) == set(facts["model"]) == {NOT_TOLD}
    assert rows["tokens"].sum() == sum(tokens.values())
    environments = dict(agents.by_group(facts, "environment_id").select("value", "cost").iter_rows())
    assert environments.pop(NOT_TOLD) == truth(simulator, "agent_id", STAFF)[0].total()
    assert environments == dict(truth(simulator, "environment_id", MADE)[0])
    channels = agents.by_group(facts_of(settings, group="slack_channel_id"), "slack_channel_id")
    assert dict(channels.select("value", "cost").iter_rows()) == dict(
        tagged(simulator, "slack_channel_id")[0]
    )
    untold = facts_of(settings, group="claude_tag_category")
    assert set(untold["claude_tag_category"]) == set(untold["model"]) == {NOT_TOLD}
    for group in ("agent_id", "claude_tag_category"):
        assert compared(settings, group) == agents.Beside(0, 0, 0), "the ledger tells no products either"
