from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import operations
from core.dimensions import MEASURES
from core.explore import engine
from core.explore.query import Filter, Query
from core.figures import Compared
from core.ledger.snapshot import open_ledger
from core.periods import Period
from core.settings import Settings
from core.store.connections import Connection, list_connections
from core.store.database import database
from core.ui.app import menu, times
from tests.support.patience import PATIENCE
from tests.ui import books

PROJECT = Path(__file__).resolve().parent.parent.parent
PAGES = tuple(menu.PAGES)
FIRST = PAGES[0]
WITHOUT_NUMBERS = {"saved_views", "anomalies", "plans", "alerts", "sync", "settings"}
"""Pages that tell of no cost, or of none before somebody asks; a new page counts as one that does."""
WITH_NUMBERS = tuple(name for name in PAGES if name not in WITHOUT_NUMBERS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A page takes half a second to open. While you work, ``test_full`` opens each once."""
    for item in items:
        if "open_page" in getattr(item, "fixturenames", ()) and not item.name.startswith("test_full["):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An empty data folder that the pages read, on the day the books were made."""
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(tmp_path))
    monkeypatch.delenv("TOKEN_LEDGER_SECRET_KEY", raising=False)
    monkeypatch.setattr(times, "utc_now", lambda: books.NOW)
    return Settings(tmp_path)


@pytest.fixture
def full_books(settings: Settings, books_made_once: Path) -> list[Connection]:
    """Two organizations with 115 days each, synced just now."""
    shutil.copytree(books_made_once, settings.data_dir, dirs_exist_ok=True)
    with database(settings) as db:
        return list_connections(db)


@pytest.fixture
def syncs(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Syncs the pages asked for; none is started."""
    asked: list[Settings] = []
    monkeypatch.setattr(operations, "start_sync", lambda settings, **_: asked.append(settings))
    return asked


@pytest.fixture(autouse=True, scope="session")
def _no_component_of_others() -> Iterator[None]:
    """``AppTest`` looks each time through every installed package for components; none here has any."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)
        yield


@pytest.fixture
def open_page(settings: Settings, syncs: list[Settings]) -> Callable[..., AppTest]:
    """Open a page, as a fresh browser with this address would: no page is shown before it."""

    def opened(name: str, params: dict[str, list[str]] | None = None) -> AppTest:
        app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=PATIENCE)
        if name != FIRST:
            app.switch_page(f"pages/{name}.py")
        for key, values in (params or {}).items():
            app.query_params[key] = values
        return app.run()

    return opened


def compared_cost(settings: Settings, now: Period, before: Period | None, *filters: Filter) -> Compared:
    """The cost of two periods, as the engine adds it up and as it is printed."""
    ledger = open_ledger(settings)
    sides = (
        engine.total(ledger, Query(("cost",), days, filters=filters))["cost"] if days else None
        for days in (now, before)
    )
    return Compared(MEASURES["cost"], *sides)


def number(text: object) -> float | object:
    """What a cell of a table says; other texts as they are."""
    found = re.fullmatch(r"([−+]?)\$?([\d,]+(?:\.\d+)?)%?", text) if isinstance(text, str) else None
    return float(found[1].replace("−", "-") + found[2].replace(",", "")) if found else text


def shown(app: AppTest) -> str:
    """Everything a page says, as one text."""
    kinds = (app.markdown, app.caption, app.error, app.warning, app.info, app.success, app.header)
    texts = [str(element.value) for elements in kinds for element in elements]
    texts += [element.proto.body for element in app.get("html")]
    texts += [f"{metric.label}: {metric.value} ({metric.delta})" for metric in app.metric]
    return "\n".join(texts)
