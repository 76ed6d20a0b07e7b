"""What is kept in memory is bounded, and never another question's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from core.dimensions import Origin
from core.explore.query import Filter, Query
from core.ledger.manifest import ConnectionInfo
from core.ledger.snapshot import LedgerFile, Snapshot
from core.periods import Period
from core.settings import Settings
from core.store.dashboards import MOST_TILES, TileLook, add_dashboard, add_tile
from core.store.database import database
from core.store.saved_views import ViewContent, add_view
from core.ui.app import data
from core.ui.app.kept import Kept
from tests.explore.ledgers import OCTOBER, ledger_of, row
from tests.ui import books

KB = pl.DataFrame({"a": list(range(128))})
"""1,024 bytes."""


def _asked(kept: Kept, *keys: str, value: object = 1) -> list[str]:
    """The keys whose value was read anew."""
    read: list[str] = []

    def reader(key: str) -> object:
        read.append(key)
        return value

    for key in keys:
        assert kept.get((key,), lambda key=key: reader(key)) is value
    return read


def test_what_was_read_is_kept_and_the_object_itself_is_handed_out() -> None:
    kept = Kept()
    assert _asked(kept, "a", "b", "a", "b", value=KB) == ["a", "b"]


def test_what_was_not_asked_for_longest_is_forgotten_first() -> None:
    kept = Kept(3 * (4_096 + 1_024))
    assert _asked(kept, "a", "b", "c", "a", "d", value=KB) == ["a", "b", "c", "d"]
    assert _asked(kept, "a", "c", "d", value=KB) == []
    assert _asked(kept, "b", value=KB) == ["b"]


@pytest.mark.parametrize("value", [KB, [0] * 1_000, 7])
def test_the_latest_stays_however_large(value: object) -> None:
    kept = Kept(10)
    assert _asked(kept, "a", "a", value=value) == ["a"]
    assert _asked(kept, "b", "b", "a", value=value) == ["b", "a"]


def test_what_is_kept_is_found_without_reading() -> None:
    kept = Kept()
    assert kept.find(("a",)) is None
    kept.get(("a",), lambda: KB)
    assert kept.find(("a",)) is KB


def test_a_total_is_added_up_from_its_own_groups_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = ledger_of(tmp_path, [row(model="a", cost=1), row(model="b", cost=2)])
    by_model = Query(("cost",), OCTOBER, ("model",))
    only_b = replace(by_model, filters=(Filter("model", ("b",)),))
    data.rows(view, by_model)
    with monkeypatch.context() as patched:
        patched.setattr(data.engine, "total", None)
        assert data.total(view, by_model) == {"cost": 3}
        for other in (
            only_b,
            by_model.measuring("list_cost"),
            by_model.during(Period(OCTOBER.start, date(2026, 10, 9))),
        ):
            with pytest.raises(TypeError):
                data.total(view, other)
        with pytest.raises(TypeError):
            data.total(replace(view, revision=view.revision + 1), by_model)
    assert data.total(view, only_b) == {"cost": 2}


def test_a_failure_is_not_kept() -> None:
    kept = Kept()
    with pytest.raises(ZeroDivisionError):
        kept.get(("a",), lambda: 1 // 0)
    assert _asked(kept, "a") == ["a"]


def test_a_view_has_the_key_of_its_equals_alone() -> None:
    connection = ConnectionInfo(1, "A", "org", None, Origin.PLATFORM, demo=False)
    file = LedgerFile(1, date(2026, 10, 1), Path("a"), Period(date(2026, 10, 1), date(2026, 11, 1)), 5)
    view = Snapshot(1, (file,), (connection,))
    others = [
        replace(view, revision=2),
        replace(view, files=(replace(file, checksum=6),)),
        replace(view, files=(replace(file, path=Path("b")),)),
        replace(view, connections=(replace(connection, cost_center="B"),)),
        replace(view, connections=(replace(connection, origin=Origin.CLAUDE_AI),)),
    ]
    assert replace(view).key == view.key
    assert len({one.key for one in (view, *others)}) == len(others) + 1


def test_the_largest_dashboard_reads_nothing_twice(
    open_page: object, settings: Settings, full_books: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database(settings) as db:
        board = add_dashboard(db, "All")
        for n in range(MOST_TILES):
            params = {"measure": ["cost"], "by": ["model"], "range": ["last_30"], "not.user": [f"nobody{n}"]}
            view = add_view(db, f"View {n}", ViewContent("cost", params), books.NOW)
            add_tile(db, board.id, view.id, TileLook("number"))
    app: AppTest = open_page("dashboards", {"board": [str(board.id)]})  # type: ignore[operator]
    assert not app.exception and len(app.metric) == MOST_TILES
    monkeypatch.setattr(data.engine, "rows", None)
    monkeypatch.setattr(data.engine, "total", None)
    assert not app.run().exception and len(app.metric) == MOST_TILES
