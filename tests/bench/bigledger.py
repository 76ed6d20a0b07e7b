"""A plausible ledger of any size, seeded, written month by month in the very format the build writes.

One Claude Platform organization with 5,000 API keys in 60 workspaces, one claude.ai organization with 20,000
users, half of the rows each, a year of days. A few keys and users cause most of the use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from core.dimensions import TOKEN_TYPES, Origin
from core.ledger.files import write_month
from core.ledger.layout import MonthPlace
from core.ledger.manifest import ConnectionInfo
from core.ledger.rollups import ROLLUPS
from core.ledger.schema import LEDGER_SCHEMA
from core.ledger.snapshot import LedgerFile, RollupFile, Snapshot
from core.periods import Period, months_in, next_month

YEAR = Period(date(2025, 11, 25), date(2026, 11, 25))
CONNECTIONS = (
    ConnectionInfo(1, "Engineering", "org-platform", "Acme", Origin.PLATFORM, demo=False),
    ConnectionInfo(2, "Everyone", "org-claude-ai", "Acme", Origin.CLAUDE_AI, demo=False),
)
API_KEYS, WORKSPACES, USERS = 5_000, 60, 20_000
MODELS = ("claude-opus-5", "claude-opus-4-8", "claude-sonnet-5", "claude-sonnet-4-6", "claude-haiku-5")
PRODUCTS = ("chat", "claude_code", "cowork", "office_agent", "claude_in_chrome")
_DOLLARS = {"claude-opus-5": 5, "claude-opus-4-8": 5, "claude-sonnet-5": 3, "claude-sonnet-4-6": 3}
_PRICE = {"uncached_input_tokens": 100, "cache_read_input_tokens": 10, "output_tokens": 500}


Random = np.random.Generator
Uses = Callable[[Period, int, Random], pl.DataFrame]


def big_ledger(folder: Path, rows: int, seed: int = 1) -> Snapshot:
    """Write about ``rows`` rows below ``folder``; kept for the next run there."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number, month in enumerate(months_in(YEAR)):
        days = Period(month, next_month(month)).clipped(YEAR)
        for connection in CONNECTIONS:
            place = MonthPlace(folder, connection.id, month, "r1")
            if not place.rows.exists():
                share = rows * days.days // (2 * YEAR.days)
                random = np.random.default_rng([seed, number, connection.id])
                write_month([month_rows(connection, days, share, random)], place)
            files.append(LedgerFile(connection.id, month, place.rows, days, rollups=_rollups(place)))
    return Snapshot(1, tuple(files), CONNECTIONS)


def _rollups(place: MonthPlace) -> tuple[RollupFile, ...]:
    paths = {rollup.name: place.rollup(rollup.name) for rollup in ROLLUPS}
    return tuple(RollupFile(name, path) for name, path in paths.items() if path.exists())


def month_rows(connection: ConnectionInfo, days: Period, rows: int, random: Random) -> pl.DataFrame:
    """About ``rows`` rows of one connection, as ``LEDGER_SCHEMA``."""
    uses = _platform_uses if connection.origin is Origin.PLATFORM else _claude_ai_uses
    drawn = pl.concat(_drawn(uses, days, rows, random)).unique(maintain_order=True).head(rows // 5)
    long = _token_rows(drawn, random).with_columns(connection_id=pl.lit(connection.id, pl.Int32))
    return long.select(
        (pl.col(name) if name in long.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in LEDGER_SCHEMA.items()
    )


def _drawn(uses: Uses, days: Period, rows: int, random: Random) -> Iterator[pl.DataFrame]:
    """More than are needed: those drawn twice are dropped."""
    left = int(rows / 5 * 1.6) + 1
    while left > 0:
        size = min(left, 500_000)
        yield uses(days, size, random)
        left -= size


def _few_cause_most(count: int, size: int, random: Random) -> np.ndarray:
    return (count * random.random(size) ** 2).astype(np.int64)


def _habit(usual: np.ndarray, random: Random) -> np.ndarray:
    """What a key or workspace is set to, and now and then the other."""
    return usual ^ (random.random(len(usual)) < 0.02)


def _platform_uses(days: Period, size: int, random: Random) -> pl.DataFrame:
    key = _few_cause_most(API_KEYS, size, random)
    workspace = key % WORKSPACES
    return pl.DataFrame(
        {
            "day": _days(days, size, random),
            "workspace_id": _pick([f"wrkspc_01{n:022d}" for n in range(WORKSPACES)], workspace),
            "workspace": _pick([f"Team {n:02d}" for n in range(WORKSPACES)], workspace),
            "api_key_id": _pick([f"apikey_01{n * 7919 % 10**9:022d}" for n in range(API_KEYS)], key),
            "api_key": _pick([f"service-{n * 31 % 4800:04d}" for n in range(API_KEYS)], key),
            "model": _pick(MODELS, (key + random.integers(0, 2, size)) % len(MODELS)),
            "service_tier": _pick(("standard", "batch"), _habit(key % 7 == 0, random)),
            "context_window": _pick(("0-200k", "200k-1M"), random.random(size) < 0.05),
            "inference_geo": _pick(("global", "us"), workspace % 5 == 0),
            "speed": _pick(("standard",), np.zeros(size, np.int64)),
            "cost_basis": _pick(("allocated", "billed"), key % 10 == 0),
        }
    )


def _claude_ai_uses(days: Period, size: int, random: Random) -> pl.DataFrame:
    user = _few_cause_most(USERS, size, random)
    return pl.DataFrame(
        {
            "day": _days(days, size, random),
            "user_id": _pick([f"user_01{n * 7919 % 10**9:022d}" for n in range(USERS)], user),
            "user": _pick([f"person.{n * 31 % USERS:05d}@example.com" for n in range(USERS)], user),
            "product": _pick(PRODUCTS, (user + random.integers(0, 3, size)) % len(PRODUCTS)),
            "model": _pick(MODELS, (user + random.integers(0, 3, size)) % len(MODELS)),
            "context_window": _pick(("0-200k", "200k-1M"), random.random(size) < 0.05),
            "inference_geo": _pick(("not_available",), np.zeros(size, np.int64)),
            "speed": _pick(("standard", "fast"), random.random(size) < 0.03),
            "cost_basis": _pick(("billed",), np.zeros(size, np.int64)),
        }
    )


def _days(days: Period, size: int, random: Random) -> pl.Series:
    numbers = days.start.toordinal() - date(1970, 1, 1).toordinal() + random.integers(0, days.days, size)
    return pl.Series(numbers.astype(np.int32)).cast(pl.Date)


def _pick(values: tuple[str, ...] | list[str], codes: np.ndarray) -> pl.Series:
    return pl.Series(values, dtype=pl.Categorical).gather(codes.astype(np.int64))


def _token_rows(uses: pl.DataFrame, random: Random) -> pl.DataFrame:
    """Each use by token type, with a cost at the model's price; list cost for claude.ai."""
    types = pl.DataFrame({"token_type": list(TOKEN_TYPES)}, schema={"token_type": pl.Categorical})
    long = uses.join(types, how="cross")
    tokens = pl.Series(random.lognormal(9, 2, long.height).astype(np.int64) + 1)
    dollars = pl.col("model").cast(pl.String).replace_strict(_DOLLARS, default=1, return_dtype=pl.Int64)
    price = pl.col("token_type").cast(pl.String).replace_strict(_PRICE, default=125, return_dtype=pl.Int64)
    whole = long.with_columns(tokens=tokens, cost_type=pl.lit("tokens", pl.Categorical))
    priced = whole.with_columns(cost_microcents=pl.col("tokens") * dollars * price)
    described = pl.format("{} usage, {}", pl.col("model"), pl.col("token_type")).cast(pl.Categorical)
    if "user_id" in uses.columns:
        return priced.with_columns(list_cost_microcents=pl.col("cost_microcents") * 5 // 4)
    return priced.with_columns(description=described)
