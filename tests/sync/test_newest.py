"""The newest reports of a window: whatever is in use, its parts add up to the whole, or the keys do.

The reports answer here as the reference says, from rows that a test makes up; what is expected is counted
from these rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

import httpx
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from core.clock import parse_rfc3339
from core.dimensions import NOT_TOLD
from core.ledger.months import Month, month_rows
from core.periods import ONE_DAY, Period
from core.store.connections import list_connections
from core.store.learned import CAP, Learned, read_learned
from core.sync.context import WindowContext
from core.sync.grants import Grants
from core.sync.pull import Pulled, Puller
from core.sync.sources import SOURCES
from tests.api.fakes import refused
from tests.properties import tried
from tests.store.books import in_memory
from tests.sync.anthropic import NOW, TODAY, api, span

WINDOW = Period(TODAY - timedelta(days=2), TODAY + ONE_DAY)
SPLITS = ("cost_type", "token_type")
PRICE = ("model", "service_tier", "context_window", "inference_geo", "speed")
GRAIN = ("workspace_id", "api_key_id", "actor", "product", *PRICE)
FILTERS = {
    "models[]": "model",
    "service_tiers[]": "service_tier",
    "context_windows[]": "context_window",
    "inference_geos[]": "inference_geo",
    "speeds[]": "speed",
    "products[]": "product",
}


class Use(NamedTuple):
    """A row at full grain: what it is ``of`` by dimension and split, its amount and its tokens."""

    day: date
    of: Mapping[str, Any]
    microcents: int
    tokens: int


def actor(number: int | None) -> Any:
    kinds: dict[int, dict[str, Any]] = {
        0: {"type": "user_actor", "user_id": "user_0", "email_address": "ada@example.com", "name": "Ada"},
        1: {"type": "service_account_actor", "service_account_id": "svac_1"},
        2: {"type": "api_actor", "api_key_id": "apikey_1"},
        3: {"type": "federated_actor", "subject": "arn:1", "provider": {"type": "aws", "account_id": "1"}},
        4: {"type": "hologram_actor", "name": "Nobody knows"},
    }
    return None if number is None else kinds[number]


@dataclass
class Newest:
    """Both reports over ``uses``. ``lose``: rows that the parts, and they alone, leave out."""

    uses: Sequence[Use]
    limit: int = 1000
    cap: int = 5
    lose: Callable[[Use], bool] = lambda _: False
    refuses_filters: bool = False
    asked: list[httpx.Request] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        params = request.url.params.multi_items()
        groups = [value for name, value in params if name == "group_by[]"]
        if len([name for name in groups if name not in SPLITS]) > self.cap:
            return refused(400, f"Cannot specify more than {self.cap} group_by[] dimensions.")
        filters: dict[str, set[str]] = {}
        for name, value in params:
            if name in FILTERS:
                filters.setdefault(FILTERS[name], set()).add(value)
        if filters and self.refuses_filters:
            return refused(400, "No filters today.")
        kept = set(groups) - set(SPLITS)
        whole = kept in (
            {*PRICE},
            {"workspace_id", "api_key_id", "actor", "product", "model"},
        )
        rows = list(self._rows(request, groups, filters, keeps_all=whole and not filters))
        start, size = int(request.url.params.get("page", "0")), self.limit
        more = start + size < len(rows)
        body = {
            "data": rows[start : start + size],
            "has_more": more,
            "next_page": str(start + size) if more else None,
            "data_refreshed_at": "2026-03-11T00:00:00Z",
        }
        return httpx.Response(200, json=body, headers={"request-id": "req_1"})

    def _rows(
        self, request: httpx.Request, groups: list[str], filters: Mapping[str, set[str]], *, keeps_all: bool
    ) -> Iterator[dict[str, Any]]:
        bounds = (parse_rfc3339(request.url.params[name]).date() for name in ("starting_at", "ending_at"))
        period, is_cost = Period(*bounds), request.url.path.endswith("/cost")
        sums: dict[tuple[Any, ...], tuple[int, int]] = {}
        for use in self.uses:
            if use.day not in period or not _kept(use, filters) or (not keeps_all and self.lose(use)):
                continue
            if not is_cost and use.of["cost_type"] != "tokens":
                continue
            key = (use.day, *(_hashable(use.of[name]) for name in groups))
            cents, tokens = sums.get(key, (0, 0))
            sums[key] = (cents + use.microcents, tokens + use.tokens)
        for (day, *values), (cents, tokens) in sorted(sums.items(), key=lambda one: str(one[0])):
            told = {name: _plain(value) for name, value in zip(groups, values, strict=True)}
            group = {**dict.fromkeys((*GRAIN, *(SPLITS if is_cost else ()))), **told}
            yield {**span(day), "group": group, **(_cost(cents) if is_cost else _usage(tokens))}


def _kept(use: Use, filters: Mapping[str, set[str]]) -> bool:
    """Null is asked for by a word of a geo alone."""
    named = {name: ("not_available" if name == "inference_geo" else None) for name in filters}
    return all((use.of[name] or named[name]) in values for name, values in filters.items())


def _hashable(value: Any) -> Any:
    return repr(value) if isinstance(value, dict) else value


def _plain(value: Any) -> Any:
    return next((a for a in map(actor, range(5)) if repr(a) == value), value)


def _cost(microcents: int) -> dict[str, Any]:
    amounts = {"amount": _six(microcents), "list_amount": _six(2 * microcents)}
    return {"cost": {**amounts, "currency": "USD", "requests": None}}


def _six(microcents: int) -> str:
    sign = "-" if microcents < 0 else ""
    return f"{sign}{abs(microcents) // 10**6}.{abs(microcents) % 10**6:06d}"


def _usage(tokens: int) -> dict[str, Any]:
    counts = {"uncached_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": tokens}
    written = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}
    more = {"cache_creation": written, "total_tokens": tokens, "server_tool_use": None, "requests": 1}
    return {"usage": {**counts, **more}}


MAYBE = st.none() | st.sampled_from(["a", "b"])


@st.composite
def uses(draw: st.DrawFn) -> list[Use]:
    """Tokens with any names, some of them empty; and costs that are no tokens, which have none."""
    found = []
    for _ in range(draw(st.integers(1, 14))):
        is_tokens = draw(st.integers(0, 4)) > 0
        price = {
            "model": draw(st.sampled_from(["m1", "m2", "m3"])),
            "service_tier": draw(st.sampled_from(["standard", "batch", None])),
            "context_window": draw(st.sampled_from(["0-200k", "200k-1M"])),
            "inference_geo": draw(st.sampled_from(["us", None])),
            "speed": draw(st.sampled_from(["standard", "fast", None])),
        }
        of = {
            "workspace_id": draw(st.sampled_from(["w1", "w2"])),
            "api_key_id": draw(MAYBE),
            "actor": actor(draw(st.none() | st.integers(0, 4))),
            "product": draw(st.sampled_from(["messages_api", "message_batches_api", None])),
            **(price if is_tokens else dict.fromkeys(PRICE)),
            "cost_type": "tokens" if is_tokens else draw(st.sampled_from(["web_search", "session_usage"])),
            "token_type": "output_tokens" if is_tokens else None,
        }
        day = draw(st.sampled_from(list(WINDOW)))
        found.append(Use(day, of, draw(st.integers(-(10**9), 10**12)), draw(st.integers(1, 10**9))))
    return found


def pulled(db: Database, server: Newest, name: str, grants: Grants | None = None) -> Pulled:
    with api(httpx.MockTransport(server.answer)) as client:
        grants = grants or Grants(Learned(), NOW)
        return Puller(db, client, SOURCES[name], grants, lambda: NOW).pull(WindowContext(1, name, WINDOW))


def connected(db: Database) -> None:
    db.conn.execute(
        "INSERT INTO connections (id, name, origin, organization_id, key_hint, encrypted_key, since,"
        " created_at)"
        " VALUES (1, 'One', 'Claude Platform', 'org', '', '', '2026-01-01', '2026-01-01T00:00:00Z')"
    )


COLUMNS = (
    "day, workspace_id, api_key_id, actor_type, user_id, service_account_id, product, model, service_tier,"
    " context_window, inference_geo, speed"
)


def stored(db: Database, table: str, columns: str, summed: str) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    for *of, value in db.conn.execute(f"SELECT {columns}, {summed} FROM {table}"):
        found[tuple(of)] += value
    return Counter({of: value for of, value in found.items() if value})


def true(rows: Sequence[Use], columns: str, *, cost: bool) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    for use in rows:
        if cost or use.of["cost_type"] == "tokens":
            who = use.of["actor"] or {}
            told = {
                **use.of,
                "day": use.day.isoformat(),
                "actor_type": who.get("type"),
                "user_id": who.get("user_id"),
                "service_account_id": who.get("service_account_id"),
            }
            of = tuple(told[name.strip()] for name in columns.split(","))
            found[of] += use.microcents if cost else use.tokens
    return Counter({of: value for of, value in found.items() if value})


WHO = "day, workspace_id, api_key_id, actor_type, user_id, service_account_id, product, model"
REPORTS = {
    "platform_analytics_cost": ("amount_microcents", True),
    "platform_analytics_usage": ("output_tokens", False),
}
reports = pytest.mark.parametrize("name", REPORTS)


@pytest.mark.slow
@reports
@tried(60)
@given(uses(), st.sampled_from([1, 3, 1000]))
def test_every_key_and_user_has_what_it_used_and_prices_are_told_where_they_are_known(
    name: str, rows: list[Use], limit: int
) -> None:
    summed, cost = REPORTS[name]
    with in_memory() as db:
        connected(db)
        assert pulled(db, Newest(rows, limit), name).problem is None
        assert stored(db, name, WHO, summed) == true(rows, WHO, cost=cost)
        truth = true(rows, COLUMNS, cost=cost)
        for of, value in stored(db, name, COLUMNS, summed).items():
            if NOT_TOLD not in of:
                assert truth[of] == value
        untold = db.execute(f"SELECT count(*) FROM {name} WHERE ? IN (service_tier, speed)", (NOT_TOLD,))
        (reduced,) = db.conn.execute("SELECT coalesce(max(reduced), 0) FROM coverage").fetchone()
        assert bool(untold.fetchone()[0]) == bool(reduced)


FULL = [
    Use(day, {**of, "cost_type": "tokens", "token_type": "output_tokens"}, 10**6 * number + 7, 100 + number)
    for day in WINDOW
    for number, of in enumerate(
        {
            "workspace_id": f"w{key % 2}",
            "api_key_id": f"apikey_{key}",
            "actor": actor(2 if key else 0),
            "product": "message_batches_api" if tier == "batch" else "messages_api",
            "model": model,
            "service_tier": tier,
            "context_window": "0-200k",
            "inference_geo": geo,
            "speed": speed,
        }
        for key in range(4)
        for model in ("m1", "m2")
        for tier in ("standard", "batch")
        for geo in ("us", None)
        for speed in ("standard", "fast")
    )
]


@reports
def test_names_that_are_all_told_stand_at_full_grain(name: str) -> None:
    summed, cost = REPORTS[name]
    with in_memory() as db:
        connected(db)
        server = Newest(FULL)
        pulled(db, server, name)
        assert stored(db, name, COLUMNS, summed) == true(FULL, COLUMNS, cost=cost)
        assert len(server.asked) < 12 and db.conn.execute("SELECT sum(reduced) FROM coverage").fetchone() == (
            0,
        )


@reports
@pytest.mark.parametrize("which", ["a day", "all days"])
def test_parts_that_are_not_the_whole_give_way_to_the_keys(name: str, which: str) -> None:
    summed, cost = REPORTS[name]
    first = WINDOW.start
    with in_memory() as db:
        connected(db)
        server = Newest(
            FULL, lose=lambda use: use.of["speed"] == "fast" and (which == "all days" or use.day == first)
        )
        assert pulled(db, server, name).problem is None
        assert stored(db, name, WHO, summed) == true(FULL, WHO, cost=cost)
        reduced = {day for (day,) in db.conn.execute("SELECT day FROM coverage WHERE reduced")}
        assert reduced == {day.isoformat() for day in ([first] if which == "a day" else WINDOW)}
        told = stored(db, name, COLUMNS, summed)
        truth = true(FULL, COLUMNS, cost=cost)
        whole = {of: value for of, value in told.items() if of[0] not in reduced}
        assert whole == {of: value for of, value in truth.items() if of[0] not in reduced}


@reports
@pytest.mark.parametrize("loses", [False, True], ids=["parts add up", "parts lose some"])
def test_what_prices_alone_say_is_kept_day_by_day(name: str, loses: bool) -> None:
    _, cost = REPORTS[name]
    with in_memory() as db:
        connected(db)
        for _ in range(2):  # the second pull takes the place of the first
            pulled(db, Newest(FULL, lose=lambda use: loses and use.of["speed"] == "fast"), name)
        found = {tuple(row) for row in db.conn.execute(f"SELECT {RATED}, amount FROM told_rates")}
        prices = true(FULL, RATED, cost=cost)
        assert found == {(*of[:4], of[4] or None, *of[5:], value) for of, value in prices.items()}


RATED = "day, model, service_tier, context_window, inference_geo, speed, cost_type, token_type"


@pytest.mark.slow
def test_a_key_keeps_its_cost_where_its_prices_are_estimated() -> None:
    """The ledger of days whose parts lose what is fast."""
    with in_memory() as db:
        connected(db)
        for name in REPORTS:
            pulled(db, Newest(FULL, lose=lambda use: use.of["speed"] == "fast"), name)
        (connection,) = list_connections(db)
        month = Month(connection, WINDOW.start.replace(day=1), 1)
        rows = pl.concat([rows for _, rows in month_rows(db, month)])
        told = rows.filter(pl.col("cost_microcents").is_not_null())
        assert set(told["cost_basis"]) == {"estimated"} and set(told["speed"]) == {"standard", "fast"}
        for measure, cost in (("cost_microcents", True), ("tokens", False)):
            names = ["day", "api_key_id", "model", "product"]
            found = rows.group_by(names).agg(pl.col(measure).sum()).rows()
            by_key = {(str(day), *of): value for day, *of, value in found}
            assert by_key == true(FULL, ", ".join(names), cost=cost)


def test_a_service_without_filters_is_asked_for_keys_and_learned() -> None:
    with in_memory() as db:
        connected(db)
        grants = Grants(Learned(), NOW)
        one_day = Period(TODAY - ONE_DAY, TODAY)
        rows = [use for use in FULL if use.day in one_day]
        server = Newest(rows, refuses_filters=True)
        with api(httpx.MockTransport(server.answer)) as client:
            source = SOURCES["platform_analytics_cost"]
            puller = Puller(db, client, source, grants, lambda: NOW)
            puller.pull(WindowContext(1, "analytics cost", one_day))
        assert stored(db, source.stream.name, WHO, "amount_microcents") == true(rows, WHO, cost=True)
        grants.save(db, 1)
        assert read_learned(db, 1).text("platform_analytics_cost", "filters") == "0"


@pytest.mark.parametrize("cap", [1, 2, 3, 4])
def test_a_service_of_fewer_dimensions_keeps_the_sums(cap: int) -> None:
    with in_memory() as db:
        connected(db)
        grants = Grants(Learned(), NOW)
        pulled(db, Newest(FULL, cap=cap), "platform_analytics_cost", grants)
        assert grants.cap("platform_analytics_cost") == cap
        found = stored(db, "platform_analytics_cost", "day, api_key_id", "amount_microcents")
        assert found == true(FULL, "day, api_key_id", cost=True)
        grants.save(db, 1)
        assert read_learned(db, 1).whole("platform_analytics_cost", CAP) == cap
