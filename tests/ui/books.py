"""A small data folder for the pages: one organization of each Origin, fabricated rows, a real ledger."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from core import follow_up
from core.dimensions import Origin
from core.explore.provenance import REQUIRED
from core.ledger.build import refresh_ledger
from core.periods import Period, runs_of
from core.settings import Settings
from core.store import runs
from core.store.connections import Connection, add_connection, list_connections
from core.store.database import database
from core.store.runs import ConnectionProgress
from core.store.secrets import Vault
from core.store.windows import Row, Staging, Window, replace_window

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DAYS = Period(date(2026, 8, 1), date(2026, 11, 24))
NASTY = "=cmd|'/c calc'! <b>bold</b> *stars* :red[x]"
MODELS = ("claude-opus-5", "claude-sonnet-4-6", "claude-haiku-4-5")
WORKSPACES = (
    (None, None),
    ("wrkspc_1", "Checkout"),
    ("wrkspc_2", NASTY),
    ("wrkspc_3", "Datenplattform für Müller"),
)
PRODUCTS = ("chat", "claude_code", "cowork")
PEOPLE = tuple((f"user_{n}", f"person{n}@example.com", f"Person {n}") for n in range(1, 8))
WEIGHTS = {"uncached_input_tokens": 3, "cache_read_input_tokens": 12, "output_tokens": 1}
"""Thirds of a cell's tokens by type."""
RATES = (900, 300, 60)
"""Micro-cents for a token of each model: enough to make plausible pictures."""


def fill(settings: Settings, *, missing: Iterable[date] = ()) -> list[Connection]:
    """Two connections with 115 days each, less ``missing`` on the Platform; a good run; the ledger built."""
    platform, enterprise = connect_only(settings)
    with database(settings) as db:
        _pull(db, platform, set(DAYS) - set(missing), 0)
        _pull(db, enterprise, set(DAYS), 0)
    record_run(settings, [platform, enterprise], "ok")
    refresh_ledger(settings, lambda: NOW)
    return [platform, enterprise]


def connect_only(settings: Settings) -> tuple[Connection, Connection]:
    """Two connections with the dashboards that come with the first, nothing pulled."""
    with database(settings) as db:
        connected = _connect(settings, db)
    follow_up.ship_dashboards(settings, lambda: NOW)
    return connected


def add_users(settings: Settings, count: int) -> None:
    """So many more users on the last day of the Enterprise organization."""
    with database(settings) as db:
        (enterprise,) = [c for c in list_connections(db) if c.origin is Origin.CLAUDE_AI]
        _pull(db, enterprise, {DAYS.last}, count)
    refresh_ledger(settings, lambda: NOW)


def record_run(
    settings: Settings, connections: Iterable[Connection], outcome: str, message: str = ""
) -> None:
    """A finished run, the same for every connection."""
    with database(settings) as db:
        run_id = runs.begin_run(db, "page", NOW - timedelta(minutes=20))
        progress = [
            ConnectionProgress(
                c.id, c.name, "Cost", 4, 4, 1200, 9, 0, None, NOW - timedelta(minutes=20), NOW, outcome,
                message,
                "req_011abc" if message else None,
            )
            for c in connections
        ]  # fmt: skip
        runs.record_progress(db, run_id, progress, NOW)
        runs.finish_run(db, run_id, outcome, NOW - timedelta(minutes=5))


def _connect(settings: Settings, db: object) -> tuple[Connection, Connection]:
    common = {"key": "sk-ant-admin01-not-a-real-key-000000", "since": DAYS.start, "now": NOW}
    platform = add_connection(
        db, Vault(settings), name="Engineering", origin=Origin.PLATFORM,
        organization_id="org-platform", organization_name="Acme <i>Platform</i>", **common,
    )  # fmt: skip
    enterprise = add_connection(
        db, Vault(settings), name="Everyone", origin=Origin.CLAUDE_AI,
        organization_id="org-enterprise", organization_name=None, **common,
    )  # fmt: skip
    return platform, enterprise


def _pull(db: object, connection: Connection, days: set[date], many_users: int) -> None:
    for stream in REQUIRED[connection.origin]:
        for period in runs_of(days, at_most=31):
            staging = Staging(db, stream)
            staging.add([row for day in period for row in _ROWS[stream](connection.id, day, many_users)])
            watermark = None if connection.origin is Origin.PLATFORM else NOW - timedelta(hours=5)
            replace_window(
                db, Window(connection.id, stream, period, frozenset(period), 1, NOW, watermark), staging
            )
            staging.drop()


def _volume(day: date, salt: int) -> int:
    """Tokens: less on weekends, slowly more, a little uneven."""
    week = 3 if day.weekday() > 4 else 10
    return week * (40 + (day - DAYS.start).days // 3) * (7 + (day.toordinal() * (salt + 3)) % 5) * 100


def _platform_cells(day: date) -> Iterable[tuple[int, int, int]]:
    for w in range(len(WORKSPACES)):
        for m in range(len(MODELS)):
            yield w, m, _volume(day, w * 3 + m)


def _usage(connection_id: int, day: date, many_users: int) -> list[Row]:
    found: list[Row] = []
    for w, m, tokens in _platform_cells(day):
        for tier in ("standard", "priority") if (w, m) == (1, 0) else ("standard",):
            found.append(
                (connection_id, day.isoformat(), *WORKSPACES[w], f"apikey_{w}" if w else None,
                 f"Key {w}" if w else None, None, None, None, MODELS[m], tier, "0-200k", "global", None,
                 tokens, 0, 0, tokens * 4, tokens // 3, 0)
            )  # fmt: skip
    return found


def _cost(connection_id: int, day: date, many_users: int) -> list[Row]:
    found: list[Row] = []
    for w, m, tokens in _platform_cells(day):
        for kind, weight in WEIGHTS.items():
            amount = tokens * weight // 3 * RATES[m]
            found.append(
                (connection_id, day.isoformat(), *WORKSPACES[w], f"{MODELS[m]} - {kind}", "tokens",
                 MODELS[m], "standard", "0-200k", "global", kind, "USD", f"{amount / 10**6:.6f}", amount,
                 None)
            )  # fmt: skip
    return found


def _users(many_users: int) -> list[tuple[str, str, str]]:
    return [*PEOPLE, *((f"user_x{n}", f"extra{n}@example.com", f"Extra {n}") for n in range(many_users))]


def _user_cells(day: date, many_users: int) -> Iterable[tuple[tuple[str, str, str], str, int]]:
    for u, person in enumerate(_users(many_users if day == DAYS.last else 0)):
        yield person, PRODUCTS[u % 3], _volume(day, u) // 3


def _user_cost(connection_id: int, day: date, many_users: int) -> list[Row]:
    return [
        (connection_id, day.isoformat(), *person, 0, product, MODELS[1], "0-200k", "global", "standard",
         "tokens", "output_tokens", "USD", "0", tokens * 500, "0", tokens * 600)
        for person, product, tokens in _user_cells(day, many_users)
    ]  # fmt: skip


def _user_usage(connection_id: int, day: date, many_users: int) -> list[Row]:
    return [
        (connection_id, day.isoformat(), *person, 0, product, MODELS[1], "0-200k", "global", "standard",
         0, 0, 0, 0, tokens, 0, 12, tokens)
        for person, product, tokens in _user_cells(day, many_users)
    ]  # fmt: skip


def _product_sums(day: date, many_users: int) -> dict[str, int]:
    sums = dict.fromkeys(PRODUCTS, 0)
    for _, product, tokens in _user_cells(day, many_users):
        sums[product] += tokens
    return sums


def _control_cost(connection_id: int, day: date, many_users: int) -> list[Row]:
    return [
        (connection_id, day.isoformat(), product, "USD", "0", tokens * 500 + 10**6, "0",
         tokens * 600 + 10**6, None)
        for product, tokens in _product_sums(day, many_users).items()
    ]  # fmt: skip


def _control_usage(connection_id: int, day: date, many_users: int) -> list[Row]:
    return [
        (connection_id, day.isoformat(), product, 0, 0, 0, 0, tokens, 0, 40, tokens)
        for product, tokens in _product_sums(day, many_users).items()
    ]


_ROWS = {
    "platform_usage": _usage,
    "platform_cost": _cost,
    "claude_ai_user_cost": _user_cost,
    "claude_ai_user_usage": _user_usage,
    "claude_ai_cost": _control_cost,
    "claude_ai_usage": _control_usage,
}
