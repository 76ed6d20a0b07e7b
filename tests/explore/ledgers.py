"""Small ledgers for tests: rows written as Parquet files the way the ledger keeps them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from core.dimensions import Origin
from core.ledger.lists import Lists
from core.ledger.manifest import ConnectionInfo, ListEntry
from core.ledger.namesakes import Details, Labels, Named, Place, find_namesakes, find_persons
from core.ledger.rollups import ROLLUPS, rollup_rows
from core.ledger.schema import LEDGER_SCHEMA
from core.ledger.snapshot import LedgerFile, RollupFile, Snapshot
from core.periods import ONE_DAY, Period

PLATFORM = ConnectionInfo(1, "Research", "org-1", "Acme", Origin.PLATFORM, demo=False)
PLATFORM_2 = ConnectionInfo(2, "Products", "org-2", "Acme Labs", Origin.PLATFORM, demo=False)
CLAUDE_AI = ConnectionInfo(3, "Everyone", "org-3", None, Origin.CLAUDE_AI, demo=False)
CONNECTIONS = (PLATFORM, PLATFORM_2, CLAUDE_AI)

OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))

Row = dict[str, Any]
Part = tuple[tuple[tuple[str, Any], ...], ...]
"""Rows of one file, as a key."""


def row(connection: ConnectionInfo = PLATFORM, day: date | int = 5, **values: Any) -> Row:
    """A ledger row; ``day`` as a number is a day of October 2026, ``cost`` is micro-cents."""
    if isinstance(day, int):
        day = date(2026, 10, day)
    for short in ("cost", "list_cost"):
        if short in values:
            values[f"{short}_microcents"] = values.pop(short)
    return {"day": day, "connection_id": connection.id, **values}


def tokens(connection: ConnectionInfo = PLATFORM, type_: str = "output_tokens", **values: Any) -> Row:
    """A row of one token type."""
    return row(connection, cost_type="tokens", token_type=type_, **values)


def ledger_of(
    folder: Path, rows: Iterable[Row], connections: tuple[ConnectionInfo, ...] = CONNECTIONS
) -> Snapshot:
    """Write ``rows`` below ``folder``, a file per connection and month."""
    parts: dict[tuple[int, date], list[Row]] = defaultdict(list)
    for one in rows:
        parts[one["connection_id"], one["day"].replace(day=1)].append(one)
    files = []
    for (connection_id, month), part in sorted(parts.items()):
        days = Period(min(one["day"] for one in part), max(one["day"] for one in part) + ONE_DAY)
        paths = {}
        for name, content in _parquet(tuple(tuple(one.items()) for one in part)).items():
            paths[name] = folder / f"{connection_id}-{month}.{name}.parquet"
            paths[name].write_bytes(content)
        rollups = tuple(RollupFile(rollup.name, paths[rollup.name]) for rollup in ROLLUPS)
        files.append(LedgerFile(connection_id, month, paths["rows"], days, rollups=rollups))
    return Snapshot(1, tuple(files), connections)


@lru_cache(maxsize=200)
def _parquet(part: Part) -> dict[str, bytes]:
    """The rows and each rollup of them, made once: many tests ask of the same rows."""
    rows = pl.DataFrame([dict(row) for row in part], schema=LEDGER_SCHEMA)
    frames = {"rows": rows, **{rollup.name: rollup_rows(rows, rollup) for rollup in ROLLUPS}}
    return {name: _written(frame) for name, frame in frames.items()}


def _written(frame: pl.DataFrame) -> bytes:
    file = BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def told_apart(
    ledger: Snapshot, rows: Iterable[Row], details: Details | None = None, listed: Iterable[Named] = ()
) -> Snapshot:
    """The ledger with labels for those of its ``rows`` who read otherwise; ``listed``: newer names."""
    origins = {c.id: c.origin for c in ledger.connections}
    names = [
        Named(name, one["connection_id"], one.get(f"{name}_id"), one.get(name))
        for one in sorted(rows, key=lambda one: one["day"])
        for name in ("workspace", "api_key", "user")
        if one.get(name) is not None
        or (name == "workspace" and origins[one["connection_id"]] is Origin.PLATFORM)
    ]
    names += listed
    places = {c.id: Place(c.organization, c.cost_center) for c in ledger.connections}
    return replace(ledger, labels=Labels(find_namesakes(names, places, details or {}), find_persons(names)))


def with_lists(ledger: Snapshot, listed: Mapping[tuple[str, int, str | None], dict[str, str]]) -> Snapshot:
    """The ledger with lists: id dimension, connection and id -> the values the list has, by dimension.

    The value of ``name`` is what the list calls it.
    """
    entries = (
        ListEntry(
            dimension=dimension,
            connection_id=connection_id,
            id=id_,
            name=values.get("name", id_ or "Default"),
            values={name: value for name, value in values.items() if name != "name"},
        )
        for (dimension, connection_id, id_), values in listed.items()
    )
    return replace(ledger, lists=Lists(tuple(entries)))


def answer(frame: pl.DataFrame, *names: str) -> dict[Any, Any]:
    """The last of ``names`` by the others: a value, or a tuple where there are several."""
    *keys, value = names
    rows = frame.select(*keys, value).rows()
    return {(line[0] if len(keys) == 1 else line[:-1]): line[-1] for line in rows}
