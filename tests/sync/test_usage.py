"""The Platform's usage, asked in parts: at full grain it equals the world, and no token gets lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlite_utils import Database

from core.errors import IncompleteAnswerError
from core.periods import Period
from core.settings import Settings
from core.store.learned import Learned
from core.sync.context import WindowContext
from core.sync.grants import Grants
from core.sync.pull import Pulled, Puller
from core.sync.streams import STREAMS
from tests.api.fakes import USAGE, refused
from tests.store.books import connect, dump, in_memory
from tests.sync.anthropic import NOW, TODAY, USAGE_PATH, Anthropic, add, api, groups_of

NAMES = (
    "workspace_id",
    "api_key_id",
    "account_id",
    "service_account_id",
    "model",
    "service_tier",
    "context_window",
    "inference_geo",
    "speed",
)
COUNTS = (
    "uncached_input_tokens",
    "ephemeral_5m_input_tokens",
    "ephemeral_1h_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
    "web_search_requests",
)
WINDOW = Period(TODAY - timedelta(days=2), TODAY)
"""Two finished days."""
(STREAM,) = (stream for stream in STREAMS if stream.name == "platform_usage")

World = list[dict[str, Any]]


def usage(number: int = 1, **dimensions: str | None) -> dict[str, Any]:
    """A row whose counts are told apart from those of other numbers."""
    return {
        **USAGE,
        "uncached_input_tokens": 7 * number,
        "cache_creation": {"ephemeral_5m_input_tokens": number, "ephemeral_1h_input_tokens": 2 * number},
        "cache_read_input_tokens": 5 * number,
        "output_tokens": 3 * number,
        "server_tool_use": {"web_search_requests": number},
        **dimensions,
    }


def counts(row: dict[str, Any]) -> list[int]:
    return [
        row["uncached_input_tokens"],
        *row["cache_creation"].values(),
        row["cache_read_input_tokens"],
        row["output_tokens"],
        row["server_tool_use"]["web_search_requests"],
    ]


def summed(rows: World, *names: str) -> dict[tuple[Any, ...], list[int]]:
    """The world by some of its dimensions."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for row in rows:
        key = tuple(row[name] for name in names)
        found[key] = [a + b for a, b in zip(found.get(key, [0] * 6), counts(row), strict=True)]
    return found


def stored(db: Database, *names: str, day: date = WINDOW.start) -> dict[tuple[Any, ...], list[int]]:
    columns = ", ".join((*names, *(f"sum({count})" for count in COUNTS)))
    group = f" GROUP BY {', '.join(names)}" if names else ""
    found = db.conn.execute(f"SELECT {columns} FROM platform_usage WHERE day = ?{group}", [day.isoformat()])
    return {row[: len(names)]: list(row[len(names) :]) for row in found}


def pull(db: Database, server: Anthropic, window: Period = WINDOW) -> Pulled:
    grants = Grants(Learned(), NOW)
    if server.cap is not None:
        grants.note("platform_usage", "dimensions a question", server.cap)
    with api(server) as client:
        return Puller(db, client, STREAM, grants, lambda: NOW).pull(WindowContext(1, "usage report", window))


def served(rows: World, cap: int | None = 5, *rules: Any) -> Anthropic:
    return Anthropic(rows={USAGE_PATH: lambda _: rows}, cap=cap, rules=list(rules))


@pytest.fixture(autouse=True)
def _connection(db: Database, settings: Settings) -> None:
    add(db, settings)


def everyone(*varied: str, of: int = 2) -> World:
    """Every combination of some dimensions, each with so many values."""
    values = product(*([f"{name}_{n}" for n in range(of)] for name in varied))
    return [usage(n, **dict(zip(varied, row, strict=True))) for n, row in enumerate(values, 1)]


@pytest.mark.parametrize(
    ("varied", "questions"),
    [
        (("api_key_id",), 2),  # the whole, and one part
        (("model", "api_key_id", "workspace_id"), 2),
        (("service_tier", "api_key_id", "workspace_id", "account_id", "service_account_id"), 2),
        (("model", "service_tier", "api_key_id"), None),
        (("model", "service_tier", "context_window", "inference_geo", "speed"), None),
        (("model", "service_tier", "api_key_id", "workspace_id", "account_id"), None),
    ],
)
def test_mistake_more_than_five_dimensions_asked_for(
    db: Database, varied: tuple[str, ...], questions: int | None
) -> None:
    world = everyone(*varied)
    server = served(world)
    found = pull(db, server)
    assert (found.problem, found.reduced_days) == (None, 0)
    for day in WINDOW:
        assert stored(db, *NAMES, day=day) == summed(world, *NAMES)
    assert max(len(groups_of(request)) for request in server.asked) <= 5
    assert questions is None or len(server.asked) == questions


@pytest.mark.parametrize("cap", [1, 2, 3, 4, 5, 6, 7, 8, 9, None])
def test_whatever_the_cap_no_token_is_lost(db: Database, cap: int | None) -> None:
    world = everyone("model", "service_tier", "api_key_id", "workspace_id")
    server = served(world, cap)
    assert pull(db, server).problem is None
    for day in WINDOW:
        assert stored(db, day=day) == {(): [sum(column) for column in zip(*map(counts, world), strict=True)]}
        assert stored(db, "model", day=day) == summed(world, "model") or (cap or 9) < 3
    if cap is None or cap >= 5:
        assert stored(db, *NAMES) == summed(world, *NAMES)


def test_a_window_without_usage_takes_one_question(db: Database) -> None:
    server = served([])
    assert pull(db, server).size.rows == 0 and len(server.asked) == 1
    found = db.conn.execute("SELECT day, rows FROM coverage").fetchall()
    assert found == [(day.isoformat(), 0) for day in WINDOW]


# What no filter can name


def test_what_no_filter_reaches_is_kept_and_says_that_it_is_not_told_apart(db: Database) -> None:
    named = everyone("model", "service_tier", "api_key_id", "workspace_id", "account_id")
    nameless = [
        usage(50 + n, model=f"model_{n % 2}", service_tier=None, api_key_id=f"key_{n}") for n in range(4)
    ]
    world = named + nameless
    found = pull(db, served(world))
    assert found.problem is None
    prices = ("model", "service_tier", "context_window", "inference_geo", "speed")
    assert stored(db, *prices) == summed(world, *prices)
    full = stored(db, *NAMES)
    for key, told in summed(named, *NAMES).items():
        assert full.pop(key) == told
    assert all(key[5] is None for key in full)  # nothing else is left than what has no tier


# Parts that are not the whole


def more(row: dict[str, Any]) -> None:
    row["output_tokens"] += 1


def less(row: dict[str, Any]) -> None:
    row["output_tokens"] -= 1


def skewed(
    world: World,
    days: set[date],
    change: Callable[[dict[str, Any]], None],
    times: int,
    but_coarse: bool = True,
) -> Anthropic:
    """A server whose parts differ from the whole, so many times.

    ``but_coarse``: a day that is asked for by itself, in fewer dimensions, is sound.
    """
    left = [times]
    server = served(world)

    def part(request: httpx.Request) -> bool:
        named = set(groups_of(request)) - {"model"}
        return bool(named & {"api_key_id", "workspace_id", "account_id", "service_account_id"})

    def coarse(request: httpx.Request) -> bool:
        start, end = (date.fromisoformat(request.url.params[f"{n}_at"][:10]) for n in ("starting", "ending"))
        return (end - start).days == 1

    def rule(request: httpx.Request) -> httpx.Response | None:
        if not part(request) or not left[0] or (but_coarse and coarse(request)):
            return None
        left[0] -= 1
        body = server._body(request)
        for bucket in body["data"]:
            if date.fromisoformat(bucket["starting_at"][:10]) in days:
                for row in bucket["results"]:
                    change(row)
        return httpx.Response(200, json=body)

    server.rules.append(rule)
    return server


def fresh() -> World:
    return everyone("api_key_id", "workspace_id")


@pytest.mark.parametrize("change", [more, less])
def test_parts_that_do_not_add_up_are_asked_again(
    db: Database, change: Callable[[dict[str, Any]], None]
) -> None:
    world = fresh()
    server = skewed(world, {WINDOW.start}, change, times=1)
    found = pull(db, server)
    assert (found.problem, found.reduced_days) == (None, 0)
    assert stored(db, *NAMES) == summed(world, *NAMES) and len(server.asked) == 4


def test_a_day_whose_parts_hold_more_than_the_whole_is_kept_with_fewer_dimensions(db: Database) -> None:
    world = fresh()
    found = pull(db, skewed(world, {WINDOW.start}, more, times=1000))
    assert (found.problem, found.reduced_days) == (None, 1)
    assert stored(db) == summed(world)
    assert stored(db, "api_key_id", "workspace_id", "model") == summed(
        world, "api_key_id", "workspace_id", "model"
    )
    tiers = {key for (key,) in stored(db, "service_tier")}
    assert tiers <= {"Not told apart", "standard"}
    assert stored(db, *NAMES, day=WINDOW.last) == summed(world, *NAMES)  # the other day is whole
    reduced = db.conn.execute("SELECT day, reduced FROM coverage ORDER BY day").fetchall()
    assert reduced == [(WINDOW.start.isoformat(), 1), (WINDOW.last.isoformat(), 0)]


def test_what_the_parts_leave_of_the_whole_is_kept_beside_them(db: Database) -> None:
    world = fresh()
    found = pull(db, skewed(world, {WINDOW.start}, less, times=1000))
    assert found.problem is None and stored(db) == summed(world)
    prices = ("model", "service_tier", "context_window", "inference_geo", "speed")
    assert stored(db, *prices) == summed(world, *prices)
    (rest,) = (told for key, told in stored(db, "api_key_id").items() if key == ("Not told apart",))
    assert rest == [0, 0, 0, 0, len(world), 0]


def test_a_day_that_adds_up_in_no_way_leaves_the_window_as_it_was(db: Database) -> None:
    world = fresh()
    pull(db, served([usage(9)]))
    before = dump(db, "platform_usage", "coverage", "day_changes", "windows")
    with pytest.raises(IncompleteAnswerError, match=f"does not add up for {WINDOW.start}") as caught:
        pull(db, skewed(world, {WINDOW.start}, more, times=1000, but_coarse=False))
    assert "what was stored before" in caught.value.means
    assert dump(db, "platform_usage", "coverage", "day_changes", "windows") == before


@pytest.mark.parametrize("change", [more, less])
def test_today_may_change_between_two_questions(
    db: Database, change: Callable[[dict[str, Any]], None]
) -> None:
    world = fresh()
    window = Period(TODAY - timedelta(days=1), TODAY + timedelta(days=1))
    server = skewed(world, {TODAY}, change, times=1000)
    found = pull(db, server, window)
    assert (found.problem, found.reduced_days, len(server.asked)) == (None, 0, 2)
    assert stored(db, *NAMES, day=window.start) == summed(world, *NAMES)


@pytest.mark.parametrize("appears", [1, 2, 3, 4, 5])
def test_a_value_that_appears_between_two_questions_is_there_whole_or_not_yet(
    db: Database, appears: int
) -> None:
    """A model that was not in use when it was asked which are: of before or after it, never of both."""
    old = everyone("model", "service_tier", "api_key_id")
    new = [*old, usage(99, model="model_new", service_tier="service_tier_0", api_key_id="api_key_id_0")]
    server = Anthropic()
    server.rows[USAGE_PATH] = lambda _: old if len(server.asked) <= appears else new
    assert pull(db, server).problem is None
    by = ("model", "service_tier", "api_key_id")
    assert stored(db, *by) in (summed(old, *by), summed(new, *by))


def test_a_refusal_in_the_middle_of_the_parts_stores_nothing(db: Database) -> None:
    world = everyone("model", "service_tier", "api_key_id", "workspace_id", "account_id")
    pull(db, served([usage(9)]))
    before = dump(db, "platform_usage", "coverage", "windows")
    server = served(world)
    server.rules.append(lambda _: refused(413) if len(server.asked) == 3 else None)
    with pytest.raises(Exception, match="No"):
        pull(db, server)
    assert dump(db, "platform_usage", "coverage", "windows") == before


# Any world

values = {
    "workspace_id": [None, "w1", "w2"],
    "api_key_id": [None, "k1", "k2"],
    "account_id": [None, "u1"],
    "service_account_id": [None, "s1"],
    "model": ["m1", "m2", "m3"],
    "service_tier": ["standard", "batch", None],
    "context_window": ["0-200k", "200k-1M", None],
    "inference_geo": ["global", "us"],
    "speed": ["standard", "fast", None],
}
worlds = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(found) for name, found in values.items()}), max_size=8
)


@examples(max_examples=60, deadline=None)
@given(worlds, st.integers(5, 9))
def test_in_any_world_prices_are_told_apart_and_add_up(world: list[dict[str, str | None]], cap: int) -> None:
    rows = [usage(number, **cells) for number, cells in enumerate(world, 1)]
    prices = ("model", "service_tier", "context_window", "inference_geo", "speed")
    with in_memory() as db:
        connect(db)
        found = pull(db, served(rows, cap))
        assert found.problem is None
        assert stored(db, *prices) == summed(rows, *prices)
        told = summed(rows, *NAMES)
        for key, sums in stored(db, *NAMES).items():
            if "Not told apart" not in key:
                assert told[key] == sums


@examples(max_examples=40, deadline=None)
@given(worlds, st.integers(1, 4))
def test_in_any_world_and_under_any_cap_every_token_is_kept_once(
    world: list[dict[str, str | None]], cap: int
) -> None:
    rows = [usage(number, **cells) for number, cells in enumerate(world, 1)]
    with in_memory() as db:
        connect(db)
        assert pull(db, served(rows, cap)).problem is None
        total = [sum(column) for column in zip(*map(counts, rows), strict=True)] or [None] * 6
        assert stored(db) == {(): total}
