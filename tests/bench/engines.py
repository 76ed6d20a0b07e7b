"""The explorer bench's competitors, each in a process of its own so that its memory can be told."""

from __future__ import annotations

import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import polars as pl

from core.dimensions import CONNECTION_DIMENSIONS, LEDGER_DIMENSIONS
from core.explore.engine import rows
from core.explore.top import top
from core.explore.values import dimension_values
from core.ledger.snapshot import Snapshot
from tests.bench.shapes import SHAPES, TOP, Shape

Ask = Callable[[Shape], int]

DIMENSIONS = (*CONNECTION_DIMENSIONS, *LEDGER_DIMENSIONS)


def serve(engine: str, ledger: Snapshot, database: Path, questions: Connection) -> None:
    """Answer shapes by letter with (seconds, rows, peak megabytes), until an empty question."""
    ask = {"project": project, "duckdb": duckdb_file, "polars": bare_polars}[engine](ledger, database)
    while letter := questions.recv():
        (shape,) = [shape for shape in SHAPES if shape.letter == letter]
        start = time.perf_counter()
        found = ask(shape)
        taken = time.perf_counter() - start
        questions.send((taken, found, peak_mb()))


def peak_mb() -> float:
    """The most memory this process has held, in megabytes. ``getrusage`` would count its parent's too."""
    (line,) = [
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    ]
    return int(line.split()[1]) / 1024


def project(ledger: Snapshot, database: Path) -> Ask:
    """The way the pages go, without their cache of answers."""

    def ask(shape: Shape) -> int:
        if shape.letter == "e":
            return sum(dimension_values(ledger, name).total_count for name in DIMENSIONS)
        found = rows(ledger, shape.query)
        return top(found, shape.query, TOP).height if shape.letter == "d" else found.height

    return ask


def duckdb_file(ledger: Snapshot, database: Path) -> Ask:
    """A table in DuckDB's own file, by day, names as ENUM."""
    import duckdb

    connection = duckdb.connect(str(database), read_only=True, config={"threads": 2})
    connection.execute("SET enable_progress_bar = false")

    def ask(shape: Shape) -> int:
        if shape.letter == "e":
            names = ["connection_id", "connection_id", "origin", *LEDGER_DIMENSIONS]
            queries = [shape.sql.format(dimension=f'"{name}"') for name in names]
            return sum(len(connection.execute(query).fetchall()) for query in queries)
        return len(connection.execute(shape.sql).fetchall())

    return ask


def make_duckdb_file(ledger: Snapshot, database: Path) -> None:
    """The same rows, month by month in the order of days."""
    import duckdb

    with duckdb.connect(str(database), config={"threads": 2, "memory_limit": "4GB"}) as connection:
        connection.execute("SET enable_progress_bar = false")
        source = f"read_parquet({[str(file.path) for file in ledger.files]!r})"
        for name in LEDGER_DIMENSIONS:
            connection.execute(
                f'CREATE TYPE "{name}_names" AS ENUM (SELECT DISTINCT "{name}"::VARCHAR FROM {source} '
                f'WHERE "{name}" IS NOT NULL ORDER BY 1)'
            )
        columns = ", ".join(f'"{name}"::VARCHAR::"{name}_names" AS "{name}"' for name in LEDGER_DIMENSIONS)
        order = 'day, model, "user", api_key_id, token_type'
        for file in ledger.files:
            origin = {c.id: c.origin.value for c in ledger.connections}[file.connection_id]
            select = (
                f"SELECT day, connection_id, '{origin}' AS origin, {columns}, tokens, requests, "
                f"web_searches, cost_microcents, list_cost_microcents "
                f"FROM read_parquet('{file.path}') ORDER BY {order}"
            )
            exists = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'ledger'")
            into = "INSERT INTO ledger " if exists.fetchone()[0] else "CREATE TABLE ledger AS "
            connection.execute(into + select)


def bare_polars(ledger: Snapshot, database: Path) -> Ask:
    """All rows in memory, nothing but the group-by."""
    frame = ledger.scan().collect().rechunk()

    def ask(shape: Shape) -> int:
        keep, names = shape.bare
        sums = (pl.col("cost_microcents").sum(), pl.col("tokens").sum())
        if shape.letter == "e":
            lists = [frame.lazy().group_by(name).agg(sums) for name in ("connection_id", *names)]
            return sum(found.height for found in pl.collect_all(lists))
        source = frame.lazy().with_columns(month=pl.col("day").dt.truncate("1mo")).filter(keep)
        return source.group_by(names).agg(sums).collect(engine="streaming").height

    return ask
