"""Prices that bills of one month show, where another month is split by them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from sqlite_utils import Database

from core.dimensions import Origin
from core.ledger.allocate.prices import PRICES
from core.ledger.build import refresh_ledger
from core.ledger.months import Month, month_rows
from core.ledger.snapshot import open_ledger
from core.ledger.unit_prices import read_prices, renew_prices
from core.ledger.workspaces import default_workspace, inferred_default
from core.periods import Period, next_month
from core.settings import Settings
from core.store.connections import Connection, list_connections
from core.store.database import database
from core.store.meta import count_as_changed
from tests.store.books import connect, in_memory

LAST, FIRST = date(2026, 10, 31), date(2026, 11, 1)
SEPTEMBER = date(2026, 9, 5)
MODEL = "claude-opus-4-8"
DOLLAR = 10**8


@pytest.fixture
def db() -> Iterator[Database]:
    with in_memory() as opened:
        connect(opened)
        yield opened


def used(db: Database, day: date, key: str, speed: str = "standard", workspace: str | None = None) -> None:
    db["platform_usage"].insert(
        {
            "connection_id": 1,
            "day": day.isoformat(),
            "api_key_id": key,
            "workspace_id": workspace,
            "model": MODEL,
            "service_tier": "standard",
            "context_window": "0-200k",
            "inference_geo": "global",
            "speed": speed,
            "output_tokens": 10**6,
            **dict.fromkeys(
                ("uncached_input_tokens", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"), 0
            ),
            **dict.fromkeys(("cache_read_input_tokens", "web_search_requests"), 0),
        }
    )
    _pulled(db, day)


def billed(db: Database, day: date, dollars: int, workspace: str | None = None) -> None:
    db["platform_cost"].insert(
        {
            "connection_id": 1,
            "day": day.isoformat(),
            "workspace_id": workspace,
            "model": MODEL,
            "description": "Opus",
            "cost_type": "tokens",
            "token_type": "output_tokens",
            "service_tier": "standard",
            "context_window": "0-200k",
            "inference_geo": "global",
            "currency": "USD",
            "amount": str(dollars * 100),
            "amount_microcents": dollars * DOLLAR,
        }
    )
    _pulled(db, day)


def _pulled(db: Database, day: date) -> None:
    count_as_changed(db, 1, [day.replace(day=1).isoformat()])
    for stream in ("platform_usage", "platform_cost"):
        db.conn.execute(
            "INSERT OR REPLACE INTO coverage (connection_id, stream, day, fetched_at, rows) "
            "VALUES (1, ?, ?, '2026-11-27T00:00:00Z', 1)",
            (stream, day.isoformat()),
        )
    db.conn.commit()


def connection(db: Database) -> Connection:
    return next(one for one in list_connections(db) if one.origin is Origin.PLATFORM)


def paid(db: Database, month: date) -> dict[str, tuple[int, str]]:
    renew_prices(db, [connection(db)])
    rows = [rows for _, rows in month_rows(db, Month(connection(db), month, 1))]
    found = (row for piece in rows for row in piece.iter_rows(named=True))
    return {row["api_key_id"]: (row["cost_microcents"] // DOLLAR, row["cost_basis"]) for row in found}


def test_a_month_is_split_by_the_prices_of_the_month_before(db: Database) -> None:
    used(db, LAST, "k1")
    billed(db, LAST, 25)
    for key, speed in (("k1", "standard"), ("k2", "fast")):
        used(db, FIRST, key, speed)
    billed(db, FIRST, 100)
    assert paid(db, FIRST) == {"k1": (25, "estimated"), "k2": (75, "estimated")}


@pytest.mark.slow
def test_a_price_that_becomes_known_later_rebuilds_the_month_that_borrows_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with database(settings) as db:
        connect(db)
        for key, speed in (("k1", "standard"), ("k2", "fast")):
            used(db, LAST, key, speed)
        billed(db, LAST, 100)
        used(db, SEPTEMBER, "k1")
    assert refresh_ledger(settings) == 2
    assert shown(settings, LAST) == {"k1": 33, "k2": 67}, "by the published ratio: no bill shows a price"
    with database(settings) as db:
        used(db, FIRST, "k1")
        billed(db, FIRST, 25)
    assert refresh_ledger(settings) == 2, "October and November; September borrows nothing"
    assert shown(settings, LAST) == {"k1": 25, "k2": 75}
    assert refresh_ledger(settings) == 0


@pytest.mark.slow
def test_a_price_that_stays_the_same_rebuilds_nobody(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with database(settings) as db:
        connect(db)
        used(db, LAST, "k1")
        billed(db, LAST, 25)
        for key, speed in (("k1", "standard"), ("k2", "fast")):
            used(db, FIRST, key, speed)
        billed(db, FIRST, 100)
    assert refresh_ledger(settings) == 2
    with database(settings) as db:
        used(db, FIRST, "k3", workspace="other")
        billed(db, FIRST, 40, workspace="other")
        count_as_changed(db, 1, ["2026-10-01"])
    assert refresh_ledger(settings) == 2, "both have new facts"
    with database(settings) as db:
        count_as_changed(db, 1, ["2026-10-01"])
    assert refresh_ledger(settings) == 1, "November borrows from October, whose prices are the same"


def shown(settings: Settings, day: date) -> dict[str, int]:
    rows = open_ledger(settings).scan().filter(pl.col("day") == day).collect()
    return {row["api_key_id"]: round(row["cost_microcents"] / DOLLAR) for row in rows.iter_rows(named=True)}


def test_prices_are_read_off_again_only_where_facts_changed(db: Database) -> None:
    used(db, LAST, "k1")
    billed(db, LAST, 25)
    renew_prices(db, [connection(db)])
    assert read_prices(db, 1).select("cost", "tokens").rows() == [(25 * DOLLAR, 10**6)]
    db.conn.execute("UPDATE platform_cost SET amount_microcents = 30 * ?", (DOLLAR,))
    renew_prices(db, [connection(db)])
    assert read_prices(db, 1)["cost"].to_list() == [25 * DOLLAR], "the month's revision is the same"
    db.conn.execute("UPDATE month_revisions SET revision = revision + 1")
    renew_prices(db, [connection(db)])
    assert read_prices(db, 1)["cost"].to_list() == [30 * DOLLAR]


def test_a_connection_without_prices_has_none(db: Database) -> None:
    found = read_prices(db, 1)
    assert found.is_empty() and dict(found.schema) == PRICES


def test_the_default_workspace_is_told_by_what_only_one_report_names(db: Database) -> None:
    used(db, FIRST, "k1")
    used(db, FIRST, "k2", workspace="wrkspc_1")
    billed(db, FIRST, 25, "wrkspc_0")
    billed(db, FIRST, 30, "wrkspc_1")
    assert default_workspace(db, 1, Period(FIRST, next_month(FIRST))) == "wrkspc_0"
    assert paid(db, FIRST) == {"k1": (25, "billed"), "k2": (30, "billed")}


@pytest.mark.parametrize(
    ("used", "billed", "known"),
    [
        ({None, "a"}, {None, "a", "b"}, ()),
        ({"a"}, {"a", "b"}, ()),
        ({None, "a"}, {"a"}, ()),
        ({None, "a"}, {"a", "b", "c"}, ()),
        ({None, "a"}, {"a", "b"}, {"a", "b"}),
    ],
    ids=["both have null", "neither has", "none is left", "two are left", "it is another one"],
)
def test_no_default_workspace_is_made_up(
    used: set[str | None], billed: set[str | None], known: set[str | None]
) -> None:
    assert inferred_default(used, billed, set(known)) is None
    assert inferred_default(billed, used, set(known)) is None
