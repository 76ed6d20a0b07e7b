"""A view on a schedule sends the file that its page hands out, byte for byte."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from core.digests import views
from core.digests.views import files_of, stored_view
from core.errors import InputError
from core.explore.explorers import EXPLORERS
from core.explore.sheets import sheet_bytes
from core.explore.stored_reads import StoredView
from core.ledger.snapshot import open_ledger
from core.settings import Settings
from core.store.database import database
from core.store.saved_views import SavedView, ViewContent
from core.ui.app import explorer_state, times
from core.ui.app.answers import Answer
from core.ui.explorer import detail_files
from tests.explore.reading import read_csv
from tests.ui import books

TODAY = books.NOW.date()
VIEWS = {
    "by model": ("cost", {"measure": ["cost"], "by": ["model"], "range": ["last_30"]}),
    "by names that are formulas": ("cost", {"by": ["workspace", "user"], "range": ["month_to_date"]}),
    "by week": ("cost", {"by": ["model"], "range": ["last_90"], "grain": ["week"]}),
    "running total": ("cost", {"by": ["model"], "range": ["last_30"], "chart": ["running"]}),
    "no group": ("usage", {"measure": ["tokens"], "range": ["last_7"]}),
    "filtered": ("usage", {"measure": ["requests"], "by": ["user"], "in.origin": ["claude.ai"]}),
    "picked days": ("cost", {"by": ["model"], "from": ["2026-09-01"], "to": ["2026-09-08"]}),
    "all days": ("cost", {"by": ["cost_center"], "range": ["all"], "grain": ["month"]}),
    "too many for days": ("cost", {"by": ["user", "model"], "range": ["all"], "top": ["50"]}),
    "a day that is not over": ("cost", {"from": ["2026-11-23"], "to": ["2026-11-24"]}),
}


@pytest.fixture(autouse=True)
def as_pages_see_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(settings.data_dir))
    monkeypatch.setattr(times, "utc_now", lambda: books.NOW)


def saved(name: str) -> SavedView:
    page, params = VIEWS[name]
    return SavedView(1, name, ViewContent(page, params), books.NOW)


def of_the_page(view: SavedView, settings: Settings) -> tuple[str, bytes]:
    """What the second line of the page's Download menu hands out."""
    explorer = EXPLORERS[view.content.page]
    state, problems = explorer_state.opened(view.content.params, explorer, TODAY)
    answer = Answer(explorer, state, open_ledger(settings), TODAY)
    file = next(detail_files.others(answer))
    assert not problems and file.label.startswith("By ")
    return f"{file.stem}.csv", sheet_bytes(file.columns())


def opened(settings: Settings, view: SavedView, use: Callable[[StoredView], object]) -> None:
    with database(settings) as db:
        use(stored_view(open_ledger(settings), db, view, TODAY))


@pytest.mark.parametrize("name", VIEWS)
def test_the_file_is_the_pages(settings: Settings, name: str) -> None:
    expected = of_the_page(saved(name), settings)
    made: list[StoredView] = []
    with database(settings) as db:
        made.append(stored_view(open_ledger(settings), db, saved(name), TODAY))
        ((file,),) = (files_of(made, "x"),)
    assert (file.name, file.content) == expected
    assert len(file.content) > 40


def test_the_file_of_demo_data_says_so_as_the_pages_does(settings: Settings) -> None:
    with database(settings) as db:
        db.execute("UPDATE connections SET demo = 1")
        (file,) = files_of([stored_view(open_ledger(settings), db, saved("by model"), TODAY)], "x")
    assert (file.name, file.content) == of_the_page(saved("by model"), settings)
    assert file.name.startswith("demo_token-ledger_")


def test_the_file_adds_up_to_the_raw_rows(settings: Settings) -> None:
    with database(settings) as db:
        view = stored_view(open_ledger(settings), db, saved("by names that are formulas"), TODAY)
        (file,) = files_of([view], "x")
        days = {"from": "2026-11-01", "to": "2026-11-23"}
        bills = db.query(
            "SELECT amount_microcents AS n FROM platform_cost WHERE day BETWEEN :from AND :to"
            " UNION ALL SELECT amount_microcents FROM claude_ai_cost WHERE day BETWEEN :from AND :to",
            days,
        )
        expected = sum(row["n"] for row in bills)
    header, *lines = read_csv(file.content)
    column = header.index("cost_usd")
    assert sum(Decimal(line[column] or 0) for line in lines) == Decimal(expected) / 10**8
    cells = {cell for line in lines for cell in line}
    assert f"'{books.NASTY}" in cells and books.NASTY not in cells


@pytest.mark.slow
def test_many_files_come_in_one_and_none_is_lost(settings: Settings) -> None:
    names = ["by model", "by week", "no group", "filtered", "picked days"]
    with database(settings) as db:
        ledger = open_ledger(settings)
        few = [stored_view(ledger, db, saved(name), TODAY) for name in names]
        many = [*few, stored_view(ledger, db, saved("by model"), TODAY)]
        assert len(files_of(few, "Board")) == 5
        (archive,) = files_of(many, "Fin & Büro")
    assert archive.name == "token-ledger_fin-b-ro.zip"
    with zipfile.ZipFile(io.BytesIO(archive.content)) as opened_archive:
        members = {name: opened_archive.read(name) for name in opened_archive.namelist()}
    assert len(members) == 6 and len(set(members.values())) == 5
    for name in names:
        file_name, content = of_the_page(saved(name), settings)
        assert members[file_name] == content


def test_too_large_a_file_is_left_out_and_said(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with database(settings) as db:
        files = files_of([stored_view(open_ledger(settings), db, saved("by model"), TODAY)], "x")
    assert views._fitting(files) == (files, " By e-mail it comes with 1 file.")
    monkeypatch.setattr(views, "MOST_BYTES", 100)
    kept, note = views._fitting(files)
    assert kept == () and "too large" in note


def test_a_view_that_cannot_be_read_says_so(settings: Settings) -> None:
    wrong = replace(saved("by model"), content=ViewContent("cost", {"by": ["gone"]}))
    with database(settings) as db, pytest.raises(InputError, match="can no longer be read"):
        stored_view(open_ledger(settings), db, wrong, TODAY)


@pytest.mark.parametrize(
    ("name", "until", "awaited"),
    [
        ("by model", date(2026, 11, 23), False),
        ("by model", date(2026, 11, 24), True),
        ("picked days", date(2026, 11, 24), False),
    ],
)
def test_days_that_are_not_known_yet_are_awaited(
    settings: Settings, name: str, until: date, awaited: bool
) -> None:
    opened(settings, saved(name), lambda view: check(views.is_awaited([view], until), awaited))


def check(value: bool, expected: bool) -> None:
    assert value is expected
