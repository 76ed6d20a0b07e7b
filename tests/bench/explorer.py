"""The explorer's five shapes: the project's way from Query to answer, DuckDB's own file, bare Polars."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

from core.ledger.snapshot import Snapshot
from tests.bench.bigledger import big_ledger
from tests.bench.engines import make_duckdb_file, serve
from tests.bench.shapes import SHAPES
from tests.bench.timing import ms, print_table, say

ENGINES = ("project", "duckdb", "polars")
MOST_IN_MEMORY = 20_000_000
"""Rows past which bare Polars is left out: it would need more memory than a small machine has."""


def run(sizes: list[int], folder: Path | None = None) -> None:
    """Print a table for each size; ``folder`` keeps the ledgers for the next run."""
    with tempfile.TemporaryDirectory() as temporary:
        for rows in sizes:
            _size(rows, (folder or Path(temporary)) / f"{rows}")


def _size(rows: int, folder: Path) -> None:
    say(f"\nBuilding a ledger of {rows:,} rows")
    ledger, database = big_ledger(folder, rows), folder / "ledger.duckdb"
    if not database.exists():
        make_duckdb_file(ledger, database)
    engines = ENGINES if rows <= MOST_IN_MEMORY else ENGINES[:2]
    times = 9 if rows <= MOST_IN_MEMORY else 5
    with _processes(engines, ledger, database) as processes:
        found = {shape.letter: _ask(processes, shape.letter, times) for shape in SHAPES}
        peaks = {name: _once(questions, "b")[2] for name, questions in processes.items()}
    _print(rows, found, peaks)


@contextmanager
def _processes(engines: tuple[str, ...], ledger: Snapshot, database: Path) -> Iterator[dict[str, Connection]]:
    spawn = multiprocessing.get_context("spawn")
    started, questions = [], {}
    for name in engines:
        questions[name], theirs = spawn.Pipe()
        process = spawn.Process(target=serve, args=(name, ledger, database, theirs), daemon=True)
        process.start()
        started.append(process)
    try:
        yield questions
    finally:
        for one in questions.values():
            one.send("")
        for process in started:
            process.join(10)


def _once(questions: Connection, letter: str) -> tuple[float, int, float]:
    questions.send(letter)
    answer: tuple[float, int, float] = questions.recv()
    return answer


def _ask(processes: dict[str, Connection], letter: str, times: int) -> dict[str, float]:
    """Median seconds of each engine, asked in turn after one round that warms up."""
    taken: dict[str, list[float]] = {name: [] for name in processes}
    for _ in range(times + 1):
        for name, questions in processes.items():
            taken[name].append(_once(questions, letter)[0])
    return {name: median(found[1:]) for name, found in taken.items()}


def _print(rows: int, found: dict[str, dict[str, float]], peaks: dict[str, float]) -> None:
    lines = []
    for shape in SHAPES:
        took = found[shape.letter]
        mine = took["project"]
        lines.append(
            [f"({shape.letter}) {shape.title}", ms(mine), *_beside(took, "duckdb"), *_beside(took, "polars")]
        )
    peak = {name: f"{mb:,.0f} MB" for name, mb in peaks.items()}
    lines.append(["peak memory", peak["project"], peak["duckdb"], "", peak.get("polars", "–"), ""])
    header = ["shape", "Token Ledger", "DuckDB's file", "ratio", "Polars in memory", "ratio"]
    print_table(
        f"Explorer, {rows:,} rows, medians; ratio: Token Ledger's time over the other's", header, lines
    )


def _beside(took: dict[str, float], other: str) -> list[str]:
    if other not in took:
        return ["–", ""]
    return [ms(took[other]), f"{took['project'] / took[other]:.2f}"]
