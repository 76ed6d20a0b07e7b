"""The API's totals are the store's are the ledger's are the CSV's, to the micro-cent."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from core import operations
from core.demo.company import Organization
from core.demo.service import Simulator
from core.demo.truth import Totals
from core.dimensions import DIMENSIONS, LEDGER_DIMENSIONS, LIST_DIMENSIONS, TOKEN_MEASURES, Origin
from core.explore.engine import rows, total
from core.explore.export import csv_bytes, json_text
from core.explore.query import Filter, Query
from core.ledger.snapshot import Snapshot, open_ledger
from core.money import MICROCENTS_PER_USD
from core.periods import ONE_DAY, Period
from core.store.database import database
from core.streams import STREAMS, Stream
from tests.support.organizations import NOW, PERIOD, World, clock, copied, organizations, sync

TOKEN_COLUMNS = (
    "uncached_input_tokens",
    "ephemeral_5m_input_tokens",
    "ephemeral_1h_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
)
GROUPS = [(), ("origin",), ("cost_center", "day"), ("month", "model", "token_type"), ("api_key_id", "user")]


@pytest.fixture(scope="module")
def world(synced_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with copied(synced_once, tmp_path_factory.mktemp("end to end") / "data") as synced:
        yield synced


@pytest.fixture(scope="module")
def ledger(world: World) -> Snapshot:
    return open_ledger(world[0])


def truth(simulator: Simulator, organization: Organization) -> Totals:
    found = Totals()
    for day in PERIOD:
        one = simulator.totals(organization.id, day)
        found.cost_microcents += one.cost_microcents
        found.list_cost_microcents += one.list_cost_microcents
        found.tokens += one.tokens
        found.web_searches += one.web_searches
        found.requests += one.requests
        found.not_priced_tokens += one.not_priced_tokens
    return found


@pytest.mark.parametrize("name", organizations())
def test_each_connection_equals_the_api(world: World, ledger: Snapshot, name: str) -> None:
    organization = organizations()[name]
    expected = truth(world[1], organization)
    measures = ("cost", "list_cost", "tokens", "requests", "web_searches", *TOKEN_MEASURES)
    found = total(ledger, Query(measures, PERIOD, filters=(Filter("cost_center", (name,)),)))
    assert found["cost"] == expected.cost_microcents > 0
    assert found["tokens"] == expected.all_tokens > 0
    assert found["web_searches"] == expected.web_searches
    for measure, token_type in TOKEN_MEASURES.items():
        assert found[measure] == expected.tokens[token_type]
    if organization.origin is Origin.CLAUDE_AI:
        assert found["list_cost"] == expected.list_cost_microcents
        assert found["requests"] == expected.requests
    else:
        assert found["list_cost"] is None, "unknown, not zero"
        assert found["requests"] is None, "unknown, not zero"


@pytest.mark.parametrize("name", ["Main", "Twin"])
@pytest.mark.parametrize("group", ["api_key_id", "account_id"])
def test_equal_ids_of_two_organizations_never_mix(
    world: World, ledger: Snapshot, name: str, group: str
) -> None:
    dimension = {"account_id": "user_id"}.get(group, group)
    organization = organizations()[name]
    expected: dict[str | None, int] = {}
    for day in PERIOD:
        for key, one in world[1].totals_by(organization.id, day, group).items():
            expected[key] = expected.get(key, 0) + one.all_tokens
    query = Query(("tokens",), PERIOD, (dimension,), (Filter("cost_center", (name,)),))
    found: dict[str | None, int] = {}
    for row in rows(ledger, query).iter_rows(named=True):
        found[row[f"{dimension}_value"]] = found.get(row[f"{dimension}_value"], 0) + (row["tokens"] or 0)
    assert {k: v for k, v in found.items() if v} == {k: v for k, v in expected.items() if v}


def test_priority_tokens_have_no_price(world: World, ledger: Snapshot) -> None:
    """On finished days: what today costs is not reported yet."""
    finished = Period(PERIOD.start, NOW.date())
    not_priced = Filter("cost_basis", ("not priced",))
    platform = Filter("origin", (Origin.PLATFORM.value,))
    found = total(ledger, Query(("tokens", "cost"), finished, filters=(not_priced, platform)))
    expected = sum(
        world[1].totals(organization.id, day).not_priced_tokens
        for name, organization in organizations().items()
        for day in finished
        if name != "Staff"
    )
    assert found == {"tokens": expected, "cost": None}
    assert expected > 0


@pytest.mark.parametrize("group_by", GROUPS, ids=lambda group: "-".join(group) or "total")
def test_csv_and_json_add_up_to_the_page(world: World, ledger: Snapshot, group_by: tuple[str, ...]) -> None:
    query = Query(("cost", "tokens"), PERIOD, group_by)
    page = total(ledger, query)
    answer = rows(ledger, query)
    lines = list(csv.DictReader(io.StringIO(csv_bytes(answer, query).decode("utf-8-sig"))))
    objects = json.loads(json_text(answer, query))
    for found in (lines, objects):
        dollars = sum((Decimal(line["cost_usd"] or 0) for line in found), Decimal())
        assert dollars * MICROCENTS_PER_USD == page["cost"]
        assert sum(int(line["tokens"] or 0) for line in found) == page["tokens"]


@pytest.mark.parametrize("name", [n for n in DIMENSIONS if n != "description"])
def test_every_dimension_keeps_the_total(ledger: Snapshot, name: str) -> None:
    query = Query(("cost", "tokens"), PERIOD, (name,))
    answer = rows(ledger, query)
    assert {m: answer[m].sum() for m in ("cost", "tokens")} == total(ledger, query)


NOT_USED_HERE = "service_account_id"
"""No load of this world goes by one; ``tests/sync/test_usage.py`` has some."""


@pytest.mark.parametrize(
    ("origin", "name"),
    [(o, name) for name in LEDGER_DIMENSIONS if name != NOT_USED_HERE for o in DIMENSIONS[name].origins],
)
def test_every_column_is_filled(ledger: Snapshot, origin: Origin, name: str) -> None:
    """A dimension that is declared and never filled would read as empty for everybody."""
    query = Query(("cost", "tokens"), PERIOD, (name,), (Filter("origin", (origin.value,)),))
    assert rows(ledger, query)[f"{name}_value"].drop_nulls().len() > 0


def told_by_lists(organization: Organization, name: str) -> dict[str | None, str]:
    """What a dimension reads for each id, of those who made the organization up."""
    people = {person.id: person for person in organization.people}
    if name == "user_role":
        return {None: "No user", **{id_: person.role for id_, person in people.items()}}
    keys = {None: "No API key (Console)"}
    for one in organization.api_keys:
        creator = people[one.created_by].email if one.created_by else "Creator not told"
        keys[one.id] = one.status if name == "api_key_status" else creator
    return keys


@pytest.mark.parametrize(
    "stream", [s for s in STREAMS.values() if not s.optional], ids=lambda stream: stream.name
)
def test_every_stream_is_stored(world: World, stream: Stream) -> None:
    """Also one that the ledger does not read: no total would miss it. Optional ones are not served here."""
    with database(world[0]) as db:
        (row,) = db.query(f"SELECT sum({' + '.join(stream.magnitude)}) AS magnitude FROM {stream.name}")
    assert (row["magnitude"] or 0) > 0


LISTED = {"user_role": "account_id", "api_key_status": "api_key_id", "api_key_creator": "api_key_id"}


def test_every_dimension_from_a_list_is_compared() -> None:
    assert set(LISTED) == set(LIST_DIMENSIONS)


@pytest.mark.parametrize(("name", "column"), LISTED.items())
def test_what_a_list_tells_adds_up_as_the_raw_rows_do(
    world: World, ledger: Snapshot, name: str, column: str
) -> None:
    told = {center: told_by_lists(one, name) for center, one in organizations().items() if center != "Staff"}
    expected: Counter[tuple[str, str]] = Counter()
    with database(world[0]) as db:
        centers = {row["id"]: row["name"] for row in db.query("SELECT id, name FROM connections")}
        for row in db.query("SELECT * FROM platform_usage"):
            center = centers[row["connection_id"]]
            reads = told[center].get(row[column], "Not in the list")
            expected[center, reads] += sum(row[count] for count in TOKEN_COLUMNS)
    query = Query(("tokens",), PERIOD, ("cost_center", name), (Filter("origin", ("Claude Platform",)),))
    answer = rows(ledger, query).filter(pl.col("tokens") > 0)
    found = {
        (center, reads): tokens for center, reads, tokens in answer.select(*query.group_by, "tokens").rows()
    }
    assert found == expected
    assert len(expected) > 3


def test_control_totals_agree_for_every_day(world: World) -> None:
    with database(world[0]) as db:
        checks = db.conn.execute("SELECT count(*), sum(expected <> actual) FROM control_checks").fetchone()
    assert checks[0] > 300
    assert checks[1] == 0


@pytest.mark.slow
def test_a_second_sync_changes_nothing(world: World, ledger: Snapshot) -> None:
    query = Query(("cost", "tokens"), PERIOD, ("cost_center", "api_key_id", "user", "model"))
    before = rows(ledger, query)
    assert sync(world[0], full=True).outcome == "ok"
    assert rows(open_ledger(world[0]), query).equals(before)


@pytest.mark.slow
def test_a_revision_of_a_past_day_arrives(world: World) -> None:
    settings, simulator, _ = world
    main, day = organizations()["Main"], date(2026, 11, 10)
    simulator.revise(main.id, day, 50)
    try:
        sync(settings)
        query = Query(("cost",), PERIOD, ("day",), (Filter("cost_center", ("Main",)),))
        by_day = dict(rows(open_ledger(settings), query).select("day", "cost").rows())
        assert by_day[day] == simulator.totals(main.id, day).cost_microcents
        with database(settings) as db:
            changes = db.conn.execute("SELECT DISTINCT day FROM day_changes").fetchall()
        assert changes == [(day.isoformat(),)]
    finally:
        simulator.revise(main.id, day, 100)
        sync(settings)


@pytest.mark.slow
@pytest.mark.parametrize(("cost_center", "fewest"), [("Main", 11), ("Staff", 7)])
def test_a_daily_refresh_takes_the_fewest_requests(world: World, cost_center: str, fewest: int) -> None:
    """Main: three lists, its name, cost, its total, and usage in three questions: two tiers, two speeds.

    Both: one to learn that the newest reports are still not served, and one for each list of limits.
    """
    settings, simulator, server = world
    key = organizations()[cost_center].key
    sync(settings)
    before = len(server.requests(key=key))
    tomorrow = NOW + ONE_DAY
    simulator.clock = lambda: tomorrow
    try:
        run = operations.sync(settings, connection=cost_center, clock=lambda: tomorrow)
    finally:
        simulator.clock = clock
    assert run.outcome == "ok"
    assert len(server.requests(key=key)) - before == fewest
