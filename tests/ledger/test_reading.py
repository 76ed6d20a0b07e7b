"""What ``docs/reading-the-ledger.md`` tells other engines to do gives the page's numbers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from core.cli import main
from core.ledger.build import refresh_ledger
from core.settings import Settings
from core.store.database import database
from tests.support.organizations import PERIOD, World, clock

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reading-the-ledger.md"
BLOCKS = re.findall(r"```(sql|python)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
OF_FOLDER = [block for block in BLOCKS if "manifest.json" not in block[1]]
OF_MANIFEST = [block for block in BLOCKS if "manifest.json" in block[1]]
ENGINES = ["duckdb", "polars", "pandas"]
REBUILDS = 6

Block = tuple[str, str]
ByMonth = dict[str, int]
Said = pytest.CaptureFixture[bytes]


@pytest.fixture
def settings(synced: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A synced data folder, named as the page names it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKEN_LEDGER_DATA", "data")
    return synced[0]


def run(block: Block) -> ByMonth:
    """Micro-cents by month, as the lines of the page find them."""
    language, lines = block
    if language == "sql":
        with closing(duckdb.connect()) as connection:
            return {month: int(cost) for month, cost in connection.execute(lines).fetchall()}
    names: dict[str, Any] = {}
    exec(lines, names)  # noqa: S102 -- the page's own lines
    found = names["cost"]
    return {month: int(cost) for month, cost in zip(found["month"], found["cost_microcents"], strict=True)}


def queried(said: Said) -> ByMonth:
    """The same from the command line."""
    dates = ["--from", f"{PERIOD.start}", "--to", f"{PERIOD.end}"]
    assert main(["query", "--measure", "cost", "--group-by", "month", *dates]) == 0
    lines = csv.DictReader(io.StringIO(said.readouterr()[0].decode("utf-8-sig")))
    return {line["month"][:7]: int(Decimal(line["cost_usd"]) * 10**8) for line in lines}


def rebuilds(settings: Settings) -> Iterator[None]:
    """Each takes every file's place, with amounts that went up."""
    for _ in range(REBUILDS):
        with database(settings) as db:
            db.conn.execute("UPDATE platform_cost SET amount_microcents = amount_microcents + 7")
            db.conn.execute("UPDATE month_revisions SET revision = revision + 1")
        refresh_ledger(settings, clock)
        yield


def while_it_is_rebuilt(
    settings: Settings, read: Callable[[], ByMonth | None]
) -> tuple[list[ByMonth], list[ByMonth]]:
    """What was read meanwhile, and what there was to read before, between and after."""
    states = [stored(settings)]
    with ThreadPoolExecutor() as pool:
        building = pool.submit(lambda: [states.append(stored(settings)) for _ in rebuilds(settings)])
        found = []
        while not building.done():
            found += [one] if (one := read()) else []
        building.result()
    return found, states


def stored(settings: Settings) -> ByMonth:
    """From the raw reports, as SQLite adds them up."""
    with database(settings) as db:
        tables = ("platform_cost", "claude_ai_cost")
        union = " UNION ALL ".join(f"SELECT day, amount_microcents FROM {table}" for table in tables)
        rows = db.conn.execute(f"SELECT substr(day, 1, 7), sum(amount_microcents) FROM ({union}) GROUP BY 1")
        return dict(rows.fetchall())


def test_the_page_has_lines_for_each_engine_both_ways() -> None:
    for blocks in (OF_FOLDER, OF_MANIFEST):
        assert len(blocks) == 3
        assert all(any(word in lines for _, lines in blocks) for word in ("SELECT", "polars", "pandas"))


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_the_lines_give_the_pages_numbers(
    settings: Settings, block: tuple[str, str], capfdbinary: Said
) -> None:
    assert run(block) == queried(capfdbinary) == stored(settings)


@pytest.mark.slow
@pytest.mark.parametrize("block", OF_MANIFEST, ids=ENGINES)
def test_a_manifest_is_read_whole_while_files_are_replaced(settings: Settings, block: Block) -> None:
    found, states = while_it_is_rebuilt(settings, lambda: run(block))
    assert found and all(one in states for one in found)
    assert len({tuple(sorted(state.items())) for state in states}) == REBUILDS + 1


@pytest.mark.slow
@pytest.mark.parametrize("block", OF_FOLDER, ids=ENGINES)
def test_the_folder_is_never_counted_wrong_while_files_are_replaced(settings: Settings, block: Block) -> None:
    def read() -> ByMonth | None:
        try:
            return run(block)
        except (OSError, duckdb.Error, pl.exceptions.PolarsError):
            return None  # a file went before it was opened

    found, states = while_it_is_rebuilt(settings, read)
    assert found and all(one in states for one in found)
    assert run(block) == states[-1]
