"""Recordings of the newest reports: drawn anew, adding up as they did, and of nobody."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from core import operations
from core.api import newest
from core.demo.service import Simulator
from core.periods import ONE_DAY, Period
from core.probe.disguise import disguised
from core.probe.recording import record
from core.probe.redraw import Exchange, redraw
from core.settings import Settings
from tests.cli.test_record import DAY, PLANTED, renamed
from tests.demo.asking import NEWEST, ask, pages, tokens_of
from tests.support.custom import platform_organization
from tests.support.organizations import clock
from tests.support.server import serve

MADE = platform_organization("Zephyr Holding", users=2, api_keys=6, newest=True)
ZEPHYR = replace(MADE, people=tuple(renamed(person) for person in MADE.people))
ONE = Period(DAY, DAY + ONE_DAY)


def exchange(
    path: str,
    groups: Sequence[str] = (),
    filters: Sequence[tuple[str, Sequence[str]]] = (),
    limit: int = 1000,
) -> list[Exchange]:
    """A question to the simulator with all its pages."""
    splits = newest.SPLITS if groups and path == newest.COST else ()
    params = newest.question(ONE, groups, splits, filters, limit)
    simulator = Simulator([ZEPHYR], clock)
    return [
        Exchange(path, params, 200, body) for body in pages(simulator, ZEPHYR, path, params, headers=NEWEST)
    ]


def rows(found: Sequence[Exchange]) -> list[Any]:
    return [row for item in found for row in item.body["data"]]


def amounts(found: Sequence[Exchange], name: str = "amount") -> Decimal:
    return sum((Decimal(row["cost"][name]) for row in rows(found)), Decimal(0))


def counts(found: Sequence[Exchange]) -> dict[str, int]:
    told = [tokens_of(row["usage"]) for row in rows(found)]
    return {name: sum(row[name] for row in told) for name in told[0]}


def test_a_set_adds_up_to_the_total_as_it_did() -> None:
    total, keys = exchange(newest.COST), exchange(newest.COST, newest.KEY_GROUPS, limit=5)
    whole, used = exchange(newest.USAGE), exchange(newest.USAGE, newest.KEY_GROUPS)
    before = amounts(total), counts(whole)
    assert len(keys) > 2
    found = redraw([*total, *keys, *whole, *used], random.Random(5))
    assert found.linear == []
    assert amounts(total) == amounts(keys) != before[0]
    assert amounts(total, "list_amount") == amounts(keys, "list_amount")
    assert counts(whole) == counts(used) != before[1]
    assert all(
        sum(tokens_of(r["usage"]).values()) == r["usage"]["total_tokens"] for r in rows([*whole, *used])
    )


def test_parts_by_filter_add_up_to_the_total() -> None:
    tiers = ("standard", "batch", "priority", "flex")
    total = exchange(newest.USAGE)
    parts = [
        item
        for tier in tiers
        for item in exchange(newest.USAGE, newest.KEY_GROUPS, [("service_tier", [tier])])
    ]
    census = exchange(newest.USAGE, newest.PRICE_GROUPS)
    before = counts(total)
    assert counts(parts) == before
    redraw([*total, *census, *parts], random.Random(5))
    assert counts(parts) == counts(total) == counts(census) != before


def test_sets_that_cannot_be_told_apart_are_multiplied_by_one_number() -> None:
    total = exchange(newest.COST)
    keys, rates = (exchange(newest.COST, by) for by in (newest.KEY_GROUPS, newest.PRICE_GROUPS))
    before = amounts(total)
    assert redraw([*total, *keys, *rates], random.Random(5)).linear == ["newest cost"]
    assert amounts(keys) == amounts(rates) == amounts(total)
    assert (amounts(total) / before) in range(2, 10)


def test_nobody_is_in_it_and_words_of_the_api_stay() -> None:
    told = disguised(exchange(newest.USAGE, ("actor", "api_key_id", "product", "service_tier", "agent_id")))
    text = json.dumps([item.body for item in told])
    assert not [word for word in PLANTED if word in text]
    true = {key.id for key in ZEPHYR.api_keys} | {person.id for person in ZEPHYR.people} | {"arn:aws"}
    assert not [word for word in true if word in text]
    groups = [row["group"] for row in rows(told)]
    assert {group["product"] for group in groups} >= {"messages_api", "managed_agents_api", "claude_code"}
    assert {group["service_tier"] for group in groups} == {"standard", "batch", "priority", "flex"}
    kinds = [group["actor"]["type"] for group in groups if group["actor"]]
    assert {"user_actor", "service_account_actor", "federated_actor", "api_actor"} == set(kinds)
    (role,) = {json.dumps(g["actor"]) for g in groups if g["actor"] and "provider" in g["actor"]}
    assert json.loads(role).keys() == {"type", "subject", "provider"}
    assert json.loads(role)["provider"].keys() == {"type", "account_id", "signed_principal"}


def test_values_of_filters_are_replaced_as_in_the_answers() -> None:
    key = ZEPHYR.api_keys[0].id
    (told,) = disguised(exchange(newest.USAGE, ("api_key_id", "model"), [("api_key_id", [key])]))
    (asked,) = [value for name, value in told.params if name == "api_key_ids[]"]
    assert {row["group"]["api_key_id"] for row in told.body["data"]} == {asked} != {key}


def test_the_command_records_them(tmp_path: Path) -> None:
    simulator = Simulator([ZEPHYR], clock)
    with serve(simulator) as server:
        settings = Settings(tmp_path / "data", base_url=server.url)
        operations.connect(settings, name="Zephyr", key=ZEPHYR.key, since=DAY, clock=clock)
        (connection,) = operations.connections(settings)
        into = tmp_path / "recorded"
        record(settings, connection, into, day=DAY, clock=clock, sleep=lambda _: None)
    found = [json.loads(file.read_text()) for file in sorted(into.glob("[0-9]*.json"))]
    mine = [told for told in found if told["path"] in (newest.COST, newest.USAGE)]
    assert {told["path"] for told in mine} == {newest.COST, newest.USAGE}
    assert all(told["status"] == 200 and told["body"]["data"] for told in mine)
    true = ask(simulator, ZEPHYR, newest.COST, newest.question(ONE), headers=NEWEST)["data"][0]["cost"]
    assert true["amount"] not in json.dumps(mine)
