"""Workspaces, keys and people who share a name: apart in every answer, filter, link and file."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections import defaultdict
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dimensions import NOT_TOLD, Origin
from core.explore.efficiency import effect_by
from core.explore.engine import rows, total
from core.explore.explorers import COST
from core.explore.export import columns_of, csv_bytes, json_text
from core.explore.labels import parse_filters
from core.explore.links import DEFAULT_DISPLAY, from_params, to_params
from core.explore.parquet import parquet_bytes
from core.explore.query import Empty, Filter, Query
from core.explore.ranking import API_KEYS, USERS, filters_of, last_seen, ranked, used_by
from core.explore.rates import rate_cells
from core.explore.top import top
from core.explore.values import all_values
from core.ledger.namesakes import Named
from core.ui.app.answers import Answer
from core.ui.app.explorer_state import ExplorerState
from tests.explore.ledgers import (
    CLAUDE_AI,
    CONNECTIONS,
    OCTOBER,
    PLATFORM,
    PLATFORM_2,
    answer,
    ledger_of,
    row,
    tokens,
    told_apart,
)
from tests.ledger.identities import identities
from tests.properties import tried

DETAILS = {
    ("workspace", 1, "w1"): ("archived 2026-03-01", "created 2025-01-01"),
    ("workspace", 1, "w2"): ("created 2026-03-02", "created 2026-03-02"),
    ("api_key", 1, "k1"): ("Checkout", "created 2026-01-01"),
    ("api_key", 1, "k2"): ("Search", "created 2026-01-01"),
}
OLD, NEW = "Builds · archived 2026-03-01", "Builds · created 2026-03-02"


def by(*names, filters=()):
    return Query(("cost",), OCTOBER, names, tuple(filters))


def both(folder, lines, details=None):
    return told_apart(ledger_of(folder, lines), lines, details or DETAILS)


@pytest.fixture
def builds(tmp_path):
    lines = [
        tokens(PLATFORM, 1, workspace="Builds", workspace_id="w1", api_key="prod", api_key_id="k1", cost=10),
        tokens(PLATFORM, 9, workspace="Builds", workspace_id="w2", api_key="prod", api_key_id="k2", cost=30),
        tokens(PLATFORM, 9, workspace="Checkout", workspace_id="w3", cost=500),
        row(CLAUDE_AI, user="Deleted User", user_id="user_01aaaa1111", cost=1_000),
        row(CLAUDE_AI, user="Deleted User", user_id="user_01aaaa2222", cost=3_000),
    ]
    return both(tmp_path, lines)


def test_two_workspaces_of_one_name_are_two_rows(builds):
    platform = Filter("origin", ("Claude Platform",))
    assert answer(rows(builds, by("workspace", filters=[platform])), "workspace", "cost") == {
        OLD: 10,
        NEW: 30,
        "Checkout": 500,
    }


def test_two_keys_and_two_deleted_users_are_two_rows_each(builds):
    found = answer(rows(builds, by("api_key")), "api_key", "cost")
    assert (found["prod · Checkout"], found["prod · Search"]) == (10, 30)
    people = answer(rows(builds, by("user")), "user", "cost")
    assert (people["Deleted User · …1111"], people["Deleted User · …2222"]) == (1_000, 3_000)


def test_a_label_is_a_filter_and_the_bare_name_means_all_who_carry_it(builds):
    for values, cost in (((OLD,), 10), ((NEW,), 30), (("Builds",), 40), ((OLD, "Checkout"), 510)):
        assert total(builds, by(filters=[Filter("workspace", values)])) == {"cost": cost}
    without = by(filters=[Filter("workspace", (OLD,), exclude=True)])
    assert total(builds, without) == {"cost": 4_530}
    assert total(builds, by(filters=parse_filters([f"workspace={NEW}"]))) == {"cost": 30}


def test_a_filters_values_are_the_labels(builds):
    labels = [option.label for option in all_values(builds, "workspace")]
    assert labels == ["Not applicable", "Checkout", NEW, OLD]
    values = [option.value for option in all_values(builds, "workspace")]
    assert values == [Empty.NOT_APPLICABLE, "Checkout", NEW, OLD]


def test_a_link_brings_a_label_back(builds):
    query = by("workspace", filters=[Filter("workspace", (OLD,))])
    read, _, problems = from_params(to_params(query, DEFAULT_DISPLAY), today=date(2026, 10, 31))
    assert not problems and read.filters == query.filters


def test_every_file_has_both(builds):
    query = by("workspace")
    found = rows(builds, query)
    table = list(csv.DictReader(io.StringIO(csv_bytes(found, query).decode("utf-8-sig"), newline="")))
    assert {line["workspace"]: line["cost_usd"] for line in table}[NEW] == "0.00000030"
    assert {one["workspace"] for one in json.loads(json_text(found, query))} == {OLD, NEW, "Checkout", None}
    read = pl.read_parquet(io.BytesIO(parquet_bytes(columns_of(found, query))))
    assert {OLD, NEW} <= set(read["workspace"])


def test_a_legend_has_both(builds):
    query = by("month", "workspace")
    shown = top(rows(builds, query), query, 10)
    assert {OLD, NEW} <= set(shown["workspace"])


def test_efficiency_has_both(tmp_path):
    def use(type_, count, **values):
        return tokens(PLATFORM, type_, model="m", tokens=count, cost_basis="billed", **values)

    lines = [
        use("uncached_input_tokens", 100, cost=1_000, workspace="Builds", workspace_id="w1"),
        use("cache_read_input_tokens", 100, cost=100, workspace="Builds", workspace_id="w1"),
        use("cache_read_input_tokens", 300, cost=300, workspace="Builds", workspace_id="w2"),
    ]
    ledger = both(tmp_path, lines)
    found = effect_by(ledger, by(), "cache_read", rate_cells(ledger, OCTOBER), "workspace")
    assert dict(found.select("value", "reference_cost").rows()) == {OLD: 1_000, NEW: 3_000}


def test_the_default_workspaces_of_two_organizations_are_two_rows(tmp_path):
    lines = [tokens(PLATFORM, cost=1), tokens(PLATFORM_2, cost=20), row(CLAUDE_AI, cost=300)]
    ledger = both(tmp_path, lines)
    for name in ("workspace", "workspace_id"):
        found = rows(ledger, by(name))
        assert answer(found, name, "cost") == {
            "Default workspace · Acme": 1,
            "Default workspace · Acme Labs": 20,
            "Not applicable": 300,
        }
        one = Filter(name, ("Default workspace · Acme Labs",))
        assert total(ledger, by(filters=[one])) == {"cost": 20}
        assert total(ledger, by(filters=[Filter(name, (Empty.NONE,))])) == {"cost": 21}
    objects = json.loads(json_text(rows(ledger, by("workspace")), by("workspace")))
    assert len(objects) == 3


def test_the_same_names_and_ids_in_two_organizations_are_two_rows(tmp_path):
    same = {"workspace": "Lab", "workspace_id": "w", "api_key": "ci", "api_key_id": "k"}
    ledger = both(tmp_path, [row(PLATFORM, cost=1, **same), row(PLATFORM_2, cost=2, **same)])
    for name, text in (("workspace", "Lab"), ("api_key", "ci")):
        assert answer(rows(ledger, by(name)), name, "cost") == {f"{text} · Acme": 1, f"{text} · Acme Labs": 2}


def test_one_person_is_one_row_whoever_asks(tmp_path):
    lines = [
        row(PLATFORM, user="ada@x.org", user_id="u1", cost=1),
        row(CLAUDE_AI, user="ada@x.org", user_id="u2", cost=20),
        row(PLATFORM, user="Bob", user_id="u3", cost=300),
        row(CLAUDE_AI, user="Bob", user_id="u3", cost=4_000),
    ]
    ledger = both(tmp_path, lines)
    assert answer(rows(ledger, by("user")), "user", "cost") == {"ada@x.org": 21, "Bob": 4_300}
    frame = ranked(ledger, by(), USERS)
    assert frame.select("label", "ids", "cost").rows() == [
        ("Bob", ["u3"], 4_300),
        ("ada@x.org", ["u1", "u2"], 21),
    ]
    (ada,) = frame.filter(pl.col("label") == "ada@x.org").rows(named=True)
    assert total(ledger, by(filters=filters_of(ada, USERS))) == {"cost": 21}
    assert set(last_seen(ledger, USERS)["identity"]) == set(frame["identity"])


def test_a_renamed_workspace_is_one_row_by_its_newest_name_and_the_old_name_still_finds_it(tmp_path):
    lines = [
        row(PLATFORM, 3, workspace="Old", workspace_id="w1", cost=1),
        row(PLATFORM, 9, workspace="New", workspace_id="w1", cost=2),
        row(PLATFORM, 9, workspace="Old", workspace_id="w2", cost=40),
    ]
    ledger = both(tmp_path, lines)
    other = "Old · created 2026-03-02"
    assert answer(rows(ledger, by("workspace")), "workspace", "cost") == {"New": 3, other: 40}
    for text, cost in (("New", 3), (other, 40), ("Old", 43)):
        assert total(ledger, by(filters=[Filter("workspace", (text,))])) == {"cost": cost}
    assert total(ledger, by(filters=[Filter("workspace", ("New",), exclude=True)])) == {"cost": 40}


def test_what_was_not_told_apart_is_never_told_apart_and_is_nobody(tmp_path):
    nobody = {"api_key": NOT_TOLD, "api_key_id": NOT_TOLD, "user": NOT_TOLD, "user_id": NOT_TOLD}
    nobody |= {"workspace": NOT_TOLD, "workspace_id": NOT_TOLD}
    lines = [
        row(PLATFORM, cost=1, **nobody),
        row(PLATFORM_2, cost=20, **nobody),
        row(PLATFORM, cost=300, **nobody | {"api_key": "ci", "api_key_id": "k"}),
    ]
    ledger = both(tmp_path, lines)
    for name in ("workspace", "user"):
        assert answer(rows(ledger, by(name)), name, "cost") == {NOT_TOLD: 321}
    for ranking in (API_KEYS, USERS):
        frame = ranked(ledger, by(), ranking)
        (found,) = frame.filter(pl.col("label") == NOT_TOLD).rows(named=True)
        assert (found["id"], found["named"], found["ids"]) == (None, None, [])
        assert total(ledger, by(filters=filters_of(found, ranking))) == {"cost": found["cost"]}
        assert frame["cost"].sum() == 321
    assert last_seen(ledger, USERS).is_empty()
    assert last_seen(ledger, API_KEYS)["id"].to_list() == ["k"]
    assert used_by(ledger, by(), API_KEYS, "workspace").is_empty()


IDS = {
    "workspace": ("w1", "w2", "w3"),
    "api_key": ("k1", "k2", "k3"),
    "user": ("u1", "u2", "u3"),
}
NAMES = ("a", "b", "a · b", "Default workspace", "ada@x.org", "Ada@X.org", "bob@x", NOT_TOLD)


@st.composite
def line(draw):
    found = {
        "day": draw(st.dates(date(2026, 10, 1), date(2026, 10, 3))),
        "connection_id": draw(st.sampled_from([c.id for c in CONNECTIONS])),
        "model": draw(st.sampled_from(["m", "n"])),
        "tokens": draw(st.integers(0, 9)),
        "cost_microcents": draw(st.integers(-9, 9)),
    }
    for name, ids in IDS.items():
        if draw(st.booleans()):
            found |= {name: draw(st.sampled_from(NAMES)), f"{name}_id": draw(st.sampled_from(ids))}
    if "user" not in found and draw(st.booleans()):
        found["user"] = "Claude Security"
    if found["connection_id"] == CLAUDE_AI.id:  # knows neither workspaces nor keys
        found = {key: value for key, value in found.items() if not key.startswith(("workspace", "api_key"))}
    return found


def everybody(lines):
    """Who each name in the lines is, found the plain way."""
    return identities(
        Named(name, one["connection_id"], one.get(f"{name}_id"), one[name])
        for one in lines
        for name in IDS
        if one.get(name) not in (None, NOT_TOLD)
    )


def who(one, name, known):
    """Whose a row is."""
    text, id_, connection = one.get(name), one.get(f"{name}_id"), one["connection_id"]
    if text is None and name != "user":
        applies = connection != CLAUDE_AI.id
        return ("default", connection) if applies and name == "workspace" else ("none", applies)
    return text if text in (None, NOT_TOLD) else known[name, connection, id_, text]


@pytest.mark.slow
@tried(150)
@given(
    st.lists(line(), max_size=14),
    st.lists(st.sampled_from(list(IDS)), min_size=1, max_size=3, unique=True),
    st.booleans(),
)
def test_every_row_is_one_identity_and_its_values_bring_exactly_it_back(lines, names, with_model):
    group_by = (*names, "model") if with_model else tuple(names)
    expected, known = defaultdict(lambda: [0, 0]), everybody(lines)
    for one in lines:
        key = (*(who(one, name, known) for name in names), one["model"] if with_model else None)
        expected[key][0] += one["cost_microcents"]
        expected[key][1] += one["tokens"]
    with tempfile.TemporaryDirectory() as folder:
        ledger = both(Path(folder), lines)
        query = Query(("cost", "tokens"), OCTOBER, group_by)
        found = rows(ledger, query)
        assert sorted(found.select("cost", "tokens").rows()) == sorted(map(tuple, expected.values()))
        assert found.select(group_by).is_unique().all() or found.is_empty()
        for one in found.rows(named=True):
            filters = [Filter(name, (_value(one, name),)) for name in group_by]
            assert total(ledger, query.grouped().narrowed(*filters)) == {m: one[m] for m in query.measures}


def _value(one, name):
    empty = one[f"{name}_empty"]
    return Empty(empty) if empty else one[f"{name}_value"]


@pytest.mark.slow
@tried(60)
@given(st.lists(line(), max_size=14), st.sampled_from([USERS, API_KEYS]))
def test_people_and_keys_add_up_and_each_opens_to_itself(lines, ranking):
    with tempfile.TemporaryDirectory() as folder:
        ledger = both(Path(folder), lines)
        frame = ranked(ledger, by(), ranking)
        assert frame["cost"].sum() == sum(one["cost_microcents"] for one in lines)
        assert frame["identity"].is_unique().all()
        for one in frame.rows(named=True):
            assert total(ledger, by(filters=filters_of(one, ranking))) == {"cost": one["cost"]}


@pytest.mark.slow
@tried(60)
@given(st.lists(line(), max_size=14), st.sampled_from([USERS, API_KEYS]), st.sampled_from([None, "m"]))
def test_cost_people_tile_filter_and_file_say_the_same_of_everybody(lines, ranking, model):
    known, name = everybody(lines), ranking.name
    expected = defaultdict(int)
    for one in lines:
        if model in (None, one["model"]):
            expected[who(one, name, known)] += one["cost_microcents"]
    wanted = [Filter("model", (model,))] if model else []
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setenv("TOKEN_LEDGER_DATA", folder)  # a tile looks there for who asks
        ledger, query = both(Path(folder), lines), by(name, filters=wanted)
        costs = answer(rows(ledger, query), name, "cost")
        assert sorted(costs.values()) == sorted(expected.values())
        frame = ranked(ledger, query, ranking)
        assert answer(frame, "label", "cost") == costs
        assert frame.select(one.value for one in Origin).sum_horizontal().to_list() == frame["cost"].to_list()
        tile = Answer(
            COST, ExplorerState(query).displayed(top=50), ledger, date(2026, 10, 31)
        ).ranked_groups()
        assert answer(tile, "series", "cost") == costs
        table = csv.DictReader(
            io.StringIO(csv_bytes(rows(ledger, query), query).decode("utf-8-sig"), newline="")
        )
        in_file = sorted(round(float(line["cost_usd"]) * 10**8) for line in table)
        assert in_file == sorted(expected.values())
        for option in all_values(ledger, name):
            opened = query.grouped().narrowed(Filter(name, (option.value,)))
            assert (total(ledger, opened)["cost"] or 0) == costs.get(option.label, 0)
