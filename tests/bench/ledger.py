"""Building a month of the ledger, beside a bare Polars read of the same rows and write of the same file."""

from __future__ import annotations

import multiprocessing
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

import polars as pl

from core.ledger.build import refresh_ledger
from core.ledger.facts import FACTS
from core.ledger.snapshot import open_ledger
from core.settings import Settings
from core.store.database import database
from tests.bench.engines import peak_mb
from tests.bench.months import make_month
from tests.bench.timing import print_table, seconds

SIZES = (100_000, 300_000, 1_000_000)
TIMES = 3


def run(sizes: tuple[int, ...] = SIZES) -> None:
    """Print build time over bare time, and the build's peak memory, at each size."""
    lines = [_measured(rows) for rows in sizes]
    header = ["ledger rows of a month", "build", "bare Polars", "ratio", "build's peak", "bare Polars' peak"]
    print_table("Ledger build: SQLite to rows and rollups, medians", header, lines)


def _measured(rows: int) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        settings = make_month(Path(folder), rows)
        found = {"build": [in_child(build, settings)], "bare": []}
        for _ in range(TIMES):  # in turn, each in a process of its own
            found["bare"].append(in_child(bare, settings))
            found["build"].append(in_child(build, settings))
        with_rows = open_ledger(settings).scan().select(pl.len()).collect().item()
    took = {name: median(one[0] for one in runs) for name, runs in found.items()}
    peak = {name: max(one[1] for one in runs) for name, runs in found.items()}
    ratio = took["build"] / took["bare"]
    times = [f"{took[name]:.1f} s" for name in ("build", "bare")]
    return [
        f"{with_rows:,}",
        *times,
        f"{ratio:.2f}",
        *(f"{peak[name]:,.0f} MB" for name in ("build", "bare")),
    ]


def in_child(work: Callable[[Settings], float], settings: Settings) -> tuple[float, float]:
    """Seconds, and peak megabytes of the process that did it."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_answer, args=(work, settings, theirs))
    process.start()
    theirs.close()  # so that a child that fails ends this run too
    found: tuple[float, float] = ours.recv()
    process.join()
    return found


def _answer(work: Callable[[Settings], float], settings: Settings, answer: Connection) -> None:
    answer.send((work(settings), peak_mb()))


def build(settings: Settings) -> float:
    """Both connections' months, from raw rows to the swapped-in files."""
    with database(settings) as db:
        db.conn.execute("UPDATE month_revisions SET revision = revision + 1")
    return seconds(lambda: refresh_ledger(settings))


def bare(settings: Settings) -> float:
    """Read what the build reads, write what it wrote: its rows, without rollups."""
    ledger = open_ledger(settings)
    written = [pl.read_parquet(file.path) for file in ledger.files]

    def read_and_write() -> None:
        with closing(sqlite3.connect(settings.database_path)) as conn:
            for table, schema in FACTS.items():
                pl.read_database(f"SELECT {', '.join(schema)} FROM {table}", conn, infer_schema_length=None)
        for number, rows in enumerate(written):
            rows.write_parquet(settings.data_dir / f"bare-{number}.parquet", compression="zstd")

    return seconds(read_and_write)
