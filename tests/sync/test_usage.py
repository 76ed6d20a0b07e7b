"""Usage asked in parts: any world, any cap, and the rows are the world's; what no question told is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from core.periods import Period
from core.settings import Settings
from core.store.database import database
from core.store.learned import CAP, Fact, Learned
from core.sync.context import WindowContext
from core.sync.grants import Grants
from core.sync.pull import Pulled, Puller
from core.sync.sources import SOURCES
from tests.api.fakes import TOKENS, refused
from tests.support.folders import empty_folder
from tests.sync.anthropic import FILTERS, NOW, TODAY, USAGE_PATH, Anthropic, add, api, groups_of

USAGE = SOURCES["platform_usage"]
DIMENSIONS = tuple(sorted(set(FILTERS.values())))
UNKNOWN = "Not told apart"
YESTERDAY = TODAY - timedelta(days=1)
WINDOW = Period(YESTERDAY - timedelta(days=1), TODAY + timedelta(days=1))
COUNTED = (
    "uncached_input_tokens",
    "ephemeral_5m_input_tokens",
    "ephemeral_1h_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
    "web_search_requests",
)
Row = dict[str, Any]

PLAIN = {
    "account_id": None,
    "api_key_id": "k1",
    "context_window": "0-200k",
    "inference_geo": "global",
    "model": "m1",
    "service_account_id": None,
    "service_tier": "standard",
    "speed": "standard",
    "workspace_id": None,
}


def use(tokens: int = 1, **given: Any) -> Row:
    return {**TOKENS, **PLAIN, "output_tokens": tokens, **given}


def counts(row: Row) -> tuple[int, ...]:
    flat = {**row, **row["cache_creation"], **row["server_tool_use"]}
    return tuple(flat[name] for name in COUNTED)


def truth(rows: list[Row], names: tuple[str, ...] = DIMENSIONS) -> Counter[tuple[Any, ...]]:
    """Sums at full grain, counted here."""
    found: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        for kind, number in zip(COUNTED, counts(row), strict=True):
            found[(*(row[name] for name in names), kind)] += number
    return +found


def stored(db: Database, day: date, names: tuple[str, ...] = DIMENSIONS) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    columns = ", ".join((*names, *COUNTED))
    query = f"SELECT {columns} FROM platform_usage WHERE day = ?"
    for values in db.conn.execute(query, [day.isoformat()]):
        for kind, number in zip(COUNTED, values[len(names) :], strict=True):
            found[(*values[: len(names)], kind)] += number
    return +found


def world(rows: list[Row], cap: int | None = 5) -> Anthropic:
    return Anthropic(cap=cap, rows={USAGE_PATH: lambda _: rows})


def grants(cap: int | None) -> Grants:
    facts = {} if cap is None else {("platform_usage", CAP): Fact("platform_usage", CAP, str(cap), NOW)}
    return Grants(Learned(facts), NOW)


def pull(db: Database, server: Anthropic, known: Grants | None = None, window: Period = WINDOW) -> Pulled:
    with api(server) as client:
        puller = Puller(db, client, USAGE, known or grants(None), lambda: NOW)
        return puller.pull(WindowContext(1, "usage report", window))


@pytest.fixture(autouse=True)
def _connection(db: Database, settings: Settings) -> None:
    add(db, settings)


values_of = {
    "account_id": (None, "u1", "u2"),
    "api_key_id": (None, "k1", "k2", "k3"),
    "context_window": ("0-200k", "200k-1M"),
    "inference_geo": ("global", "us", "not_available"),
    "model": ("m1", "m2", "m3"),
    "service_account_id": (None, "s1"),
    "service_tier": ("standard", "batch", "flex"),
    "speed": ("standard", "fast"),
    "workspace_id": (None, "w1", "w2"),
}
uses = st.builds(
    use, st.integers(0, 10**12), **{name: st.sampled_from(values) for name, values in values_of.items()}
)
worlds = st.lists(uses, max_size=12)


def in_memory(check: Callable[[Database], None], folder: Any) -> None:
    settings = Settings(data_dir=folder.mktemp("data"), base_url="https://api.anthropic.test")
    with database(empty_folder(settings)) as db:
        add(db, settings)
        check(db)


@given(rows=worlds, cap=st.sampled_from([None, 4, 5, 6, 7, 8, 9]))
def test_any_world_under_any_cap_is_stored_at_full_grain(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], cap: int | None
) -> None:
    def check(db: Database) -> None:
        pulled = pull(db, world(rows, cap))
        assert (pulled.problem, pulled.reduced_days) == (None, 0)
        for day in WINDOW:
            assert stored(db, day) == truth(rows)

    in_memory(check, tmp_path_factory)


@pytest.mark.slow
@given(rows=worlds, cap=st.sampled_from([1, 2, 3]))
def test_under_a_cap_too_small_for_who_sums_are_whole_and_what_is_unknown_says_so(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], cap: int
) -> None:
    def check(db: Database) -> None:
        pull(db, world(rows, cap))
        for day in WINDOW:
            assert stored(db, day, ()) == truth(rows, ())
            for *cell, _ in stored(db, day):
                known = {n: v for n, v in zip(DIMENSIONS, cell, strict=True) if v != UNKNOWN}
                assert any(known.items() <= row.items() for row in rows)

    in_memory(check, tmp_path_factory)


empties = {
    **values_of,
    "inference_geo": (None, "us"),
    "context_window": (None, "0-200k"),
    "service_tier": (None, "s"),
}
with_empties = st.lists(
    st.builds(use, st.integers(0, 9), **{name: st.sampled_from(values) for name, values in empties.items()}),
    max_size=10,
)


@pytest.mark.slow
@given(rows=with_empties)
def test_what_no_filter_can_name_is_kept_with_its_price_and_without_who(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row]
) -> None:
    price = ("context_window", "inference_geo", "model", "service_tier", "speed")
    who = tuple(name for name in DIMENSIONS if name not in price)

    def check(db: Database) -> None:
        pulled = pull(db, world(rows))
        assert (pulled.problem, pulled.reduced_days) == (None, 0)
        assert stored(db, YESTERDAY, price) == truth(rows, price)
        for *cell, _ in stored(db, YESTERDAY, who):
            assert UNKNOWN not in cell or set(cell) == {UNKNOWN}

    in_memory(check, tmp_path_factory)


# How many questions


def asked_for(db: Database, rows: list[Row], known: Grants | None = None) -> int:
    server = world(rows)
    pull(db, server, known or grants(5))
    return len(server.asked)


def many(**values: tuple[Any, ...]) -> list[Row]:
    """A use of every combination, by two keys of one workspace."""
    found = [use(7, workspace_id="w1"), use(9, api_key_id="k2", workspace_id="w1")]
    for name, choices in values.items():
        found = [{**row, name: choice} for row in found for choice in choices]
    return found


TIERS, GEOS, WINDOWS = ("standard", "batch"), ("global", "us", "not_available"), ("0-200k", "200k-1M")


@pytest.mark.parametrize(
    ("values", "questions"),
    [
        ({}, 2),
        ({"model": ("m1", "m2", "m3")}, 2),
        ({"model": ("m1", "m2"), "service_tier": TIERS}, 3),
        ({"model": ("m1", "m2"), "service_tier": TIERS, "inference_geo": GEOS[:2]}, 3),
        ({"model": ("m1",), "service_tier": TIERS, "inference_geo": GEOS, "context_window": WINDOWS}, 3),
        (
            {
                "model": ("m1", "m2"),
                "service_tier": TIERS,
                "inference_geo": GEOS,
                "context_window": WINDOWS,
                "speed": ("standard", "fast"),
            },
            4,
        ),
    ],
)
def test_as_few_questions_as_hold_what_is_in_use(
    db: Database, values: dict[str, tuple[Any, ...]], questions: int
) -> None:
    assert asked_for(db, many(**values)) == questions


def test_a_service_without_a_cap_is_asked_once(db: Database) -> None:
    server = world(many(service_tier=TIERS, inference_geo=GEOS), cap=None)
    pull(db, server)
    assert [len(groups_of(request)) for request in server.asked] == [9]


def test_the_cap_is_learned_from_the_refusal(db: Database) -> None:
    server, known = world([use()], cap=5), grants(None)
    pull(db, server, known)
    assert known.cap("platform_usage") == 5
    assert [len(groups_of(request)) for request in server.asked] == [9, 5, 5]


# What goes wrong


def changed(server: Anthropic, change: Callable[[int, httpx.Request, Row], Row | None]) -> None:
    """``change``: number of the request, request, row -> the row as answered; None leaves it out."""

    def rule(request: httpx.Request) -> httpx.Response:
        body, number = server._body(request), len(server.asked)
        for bucket in body["data"]:
            found = (change(number, request, row) for row in bucket["results"])
            bucket["results"] = [row for row in found if row is not None]
        return httpx.Response(200, json=body)

    server.rules.append(rule)


def test_what_came_meanwhile_is_asked_for_again(db: Database) -> None:
    server = world([])
    server.rows[USAGE_PATH] = lambda _: [use(5), use(6 + (len(server.asked) > 1), api_key_id="k2")]
    pulled = pull(db, server, grants(5))
    assert pulled.reduced_days == 0 and len(server.asked) == 4
    assert stored(db, YESTERDAY, ("api_key_id",))["k2", "output_tokens"] == 7


def test_today_may_grow_between_two_questions(db: Database) -> None:
    server = world([use(5)])
    today = Period(TODAY, TODAY + timedelta(days=1))
    changed(server, lambda number, _, row: {**row, "output_tokens": row["output_tokens"] + number})
    pulled = pull(db, server, grants(5), today)
    assert (pulled.problem, pulled.reduced_days, len(server.asked)) == (None, 0, 2)


def test_parts_that_lack_something_leave_it_as_not_told_apart(db: Database) -> None:
    server = world([use(5), use(6, api_key_id="k2")])
    changed(server, lambda _, request, row: None if row["api_key_id"] == "k2" else row)
    pull(db, server, grants(5))
    assert stored(db, YESTERDAY, ("api_key_id",))["k1", "output_tokens"] == 5
    assert stored(db, YESTERDAY, ("api_key_id",))[UNKNOWN, "output_tokens"] == 6
    assert stored(db, YESTERDAY, ("model",))["m1", "output_tokens"] == 11


def test_filters_that_are_not_heeded_lead_to_fewer_dimensions_and_the_right_sum(db: Database) -> None:
    rows = many(model=("m1", "m2"), service_tier=TIERS)
    server = world(rows)

    def deaf(request: httpx.Request) -> httpx.Response:
        kept = [(n, v) for n, v in request.url.params.multi_items() if n not in FILTERS]
        return httpx.Response(
            200, json=server._body(httpx.Request("GET", request.url.copy_with(params=kept)))
        )

    server.rules.append(deaf)
    pulled = pull(db, server, grants(5))
    assert pulled.reduced_days == 3
    for day in WINDOW:  # today too, though it may grow between two questions
        assert stored(db, day, ("api_key_id", "model")) == truth(rows, ("api_key_id", "model"))
    assert {cell[0] for cell in stored(db, YESTERDAY, ("service_tier",))} == {UNKNOWN}
    flags = db.conn.execute("SELECT day, reduced FROM coverage WHERE reduced").fetchall()
    assert [day for day, _ in flags] == [day.isoformat() for day in WINDOW]


def test_filters_that_are_refused_lead_to_fewer_dimensions(db: Database) -> None:
    rows = many(model=("m1", "m2"), service_tier=TIERS)
    server = world(rows)
    server.rules.append(
        lambda request: (
            refused(400, "service_tiers: Extra inputs") if "service_tiers%5B%5D" in str(request.url) else None
        )
    )
    day = Period(YESTERDAY, TODAY)
    assert pull(db, server, grants(5), day).reduced_days == 1
    assert stored(db, YESTERDAY, ("api_key_id", "model")) == truth(rows, ("api_key_id", "model"))


def test_fewer_dimensions_are_compared_with_the_whole_as_well(db: Database) -> None:
    server = world(many(model=("m1", "m2"), service_tier=TIERS))
    server.rules.append(
        lambda request: refused(400, "Extra inputs.") if "service_tiers[]" in request.url.params else None
    )
    changed(server, lambda _, request, row: None if "api_key_id" in groups_of(request) else row)
    pulled = pull(db, server, grants(5), Period(YESTERDAY, TODAY))
    assert "does not add up" in str(pulled.problem) and not pulled.reduced_days
    assert not stored(db, YESTERDAY)


def test_a_day_that_never_adds_up_keeps_what_was_stored_and_the_others_are_stored(db: Database) -> None:
    pull(db, world([use(3)]), grants(5))
    odd, *_ = WINDOW
    server = world([use(50)])

    def never_the_same(request: httpx.Request) -> httpx.Response:
        body = server._body(request)
        for row in body["data"][0]["results"]:
            row["output_tokens"] = 100 * len(server.asked)
        return httpx.Response(200, json=body)

    server.rules.append(never_the_same)
    pulled = pull(db, server, grants(5))
    assert "does not add up" in str(pulled.problem)
    assert pulled.missing == Period(odd, odd + timedelta(days=1))
    assert stored(db, odd) == truth([use(3)])
    assert stored(db, YESTERDAY) == stored(db, TODAY) == truth([use(50)])


def test_yesterday_may_grow_for_an_hour_after_midnight(db: Database) -> None:
    """Usage is reported minutes after it happened, and schedules often run at midnight."""
    server = world([use(5)])
    changed(server, lambda number, _, row: {**row, "output_tokens": row["output_tokens"] + number})
    midnight = datetime.combine(TODAY, time(0, 2), UTC)
    day = Period(YESTERDAY, TODAY)
    with api(server) as client:
        puller = Puller(db, client, USAGE, grants(5), lambda: midnight)
        pulled = puller.pull(WindowContext(1, "usage report", day))
    assert (pulled.problem, pulled.reduced_days, len(server.asked)) == (None, 0, 2)
    assert stored(db, YESTERDAY)[(*(PLAIN[name] for name in DIMENSIONS), "output_tokens")] == 7


def test_a_row_that_lost_a_dimension_fails_the_window_for_rows_would_merge(db: Database) -> None:
    server = world([use(5)])
    changed(server, lambda number, _, row: {n: v for n, v in row.items() if number == 1 or n != "api_key_id"})
    with pytest.raises(Exception, match="leaves out a dimension"):
        pull(db, server, grants(5))
    assert not stored(db, YESTERDAY)
