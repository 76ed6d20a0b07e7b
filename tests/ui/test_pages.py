"""Every page: empty, full, after a failed sync, and with a fault in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from markupsafe import escape
from streamlit.testing.v1 import AppTest

from core import follow_up
from core.dimensions import Origin
from core.errors import AuthenticationError, StoreError
from core.settings import Settings
from core.store import runs
from core.store.aftermath import keep_problems
from core.store.connections import Connection, add_connection
from core.store.database import database
from core.store.meta import set_meta
from core.store.secrets import Vault
from core.sync.lock import sync_lock
from core.ui.app import data, menu
from core.ui.app.text import markdown_text
from tests.support.folders import made_once
from tests.support.patience import PATIENCE
from tests.ui import books
from tests.ui.conftest import PAGES, PROJECT, WITH_NUMBERS, shown

Open = Callable[..., AppTest]


def test_the_menu_has_every_script_of_pages_and_no_other() -> None:
    assert sorted(PAGES) == sorted(path.stem for path in (PROJECT / "pages").glob("*.py"))


def _is_fine(app: AppTest) -> None:
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("page", PAGES)
def test_empty(open_page: Open, page: str) -> None:
    app = open_page(page)
    _is_fine(app)
    if page == "settings":
        assert "Connect an organization" in shown(app)
    elif page == "saved_views":
        assert "No view is saved yet" in shown(app)
    elif page == "sync":
        assert "Nothing was synced yet" in shown(app)
        assert "No past day has changed" in shown(app)
    else:
        labels = [button.label for button in app.button]
        assert "Connect an organization" in labels and "Load the demo" in labels
        assert f"This page will show {escape(menu.PAGES[page].will_show)}." in shown(app)


@pytest.fixture(scope="module")
def looked_through(books_made_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The books after what every sync does. Copy them, never change them."""

    def make(folder: Path) -> None:
        shutil.copytree(books_made_once, folder, dirs_exist_ok=True)
        follow_up.look_for_anomalies(Settings(folder), lambda: books.NOW)

    return made_once(tmp_path_factory, "looked through", make)


@pytest.mark.parametrize("page", PAGES)
def test_full(open_page: Open, settings: Settings, looked_through: Path, page: str) -> None:
    shutil.copytree(looked_through, settings.data_dir, dirs_exist_ok=True)
    with database(settings) as db:  # SQLite counts what others commit
        before = db.execute("PRAGMA data_version").fetchall()
        app = open_page(page)
        assert db.execute("PRAGMA data_version").fetchall() == before, (
            "a page that is only looked at writes nothing"
        )
    _is_fine(app)
    assert not app.warning
    assert "Demo data" not in shown(app)
    assert "Last complete sync" in shown(app)


@pytest.mark.parametrize("page", PAGES)
def test_after_a_failed_sync(
    open_page: Open, settings: Settings, full_books: list[Connection], page: str
) -> None:
    books.record_run(settings, full_books, "failed", "Anthropic refused the key *of* this connection.")
    app = open_page(page)
    _is_fine(app)
    (warning,) = app.warning
    assert "The last sync failed" in warning.value
    assert r"refused the key \*of\* this connection" in warning.value
    assert r"req\_011abc" in warning.value
    if page in ("dashboards", "cost", "usage"):
        assert app.metric, "what was pulled before is still shown"


def test_what_failed_after_a_sync_is_a_sentence_and_the_numbers_are_there(
    open_page: Open, settings: Settings, full_books: list[Connection]
) -> None:
    with database(settings) as db:
        keep_problems(db, ["Looking for anomalies: *The shelf* is gone.", "Sending alerts and digests: No."])
        set_meta(db, "backup_problem", "No room for a backup.")
    app = open_page("cost")
    _is_fine(app)
    (warning,) = app.warning
    told = ["**What follows a sync was not all done.** What was pulled is shown."]
    told += ["- No room for a backup.", "- Looking for anomalies: *The shelf* is gone."]
    assert r"\*The shelf\*" in warning.value
    assert warning.value.replace("\\", "").splitlines() == [*told, "- Sending alerts and digests: No."]
    assert app.metric


@pytest.mark.parametrize("page", WITH_NUMBERS)
def test_connected_but_nothing_pulled_yet(open_page: Open, settings: Settings, page: str) -> None:
    books.connect_only(settings)
    app = open_page(page)
    _is_fine(app)
    text = shown(app)
    assert "first sync is not done" in text or "not pulled yet" in text
    assert "$0.00" not in text


@pytest.mark.parametrize("page", PAGES)
def test_a_fault_of_ours_is_a_sentence(
    open_page: Open,
    full_books: None,
    page: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("secret detail sk-ant-admin01-xyz of https://hooks.example/T0p")

    monkeypatch.setattr(data, "connections", broken)
    app = open_page(page)
    assert not app.exception
    (error,) = app.error
    assert "could not be shown" in error.value
    assert "secret detail" not in shown(app)
    assert "in broken\n" in caplog.text and "secret detail" in caplog.text
    assert "xyz" not in caplog.text and "T0p" not in caplog.text


def test_a_store_that_cannot_be_read_says_what_to_do(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked() -> None:
        raise StoreError("The disk is full.", means="Nothing was lost.", remedy="Free some space.")

    monkeypatch.setattr(data, "ledger", locked)
    (error,) = open_page("cost").error
    assert error.value == r"**The disk is full\.** Nothing was lost\. Free some space\."


def test_names_are_text_everywhere(open_page: Open, settings: Settings, full_books: None) -> None:
    pivot = open_page("cost", {"by": ["workspace"], "measure": ["cost"], "show": ["pivot"]})
    assert "<b>bold</b>" not in "\n".join(element.proto.body for element in pivot.get("html"))
    app = open_page("cost", {"by": ["workspace"], "measure": ["cost"]})
    assert "<b>bold</b>" not in "\n".join(element.proto.body for element in app.get("html"))
    (legend,) = [button.label for button in app.button if "bold" in button.label]
    assert markdown_text(books.NASTY) in legend
    assert "<i>Platform</i>" not in "\n".join(e.proto.body for e in open_page("settings").get("html"))


def test_the_first_page_starts_a_sync_when_the_data_is_old(
    open_page: Open,
    settings: Settings,
    full_books: None,
    syncs: list[Settings],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_page("cost")
    assert syncs == []
    monkeypatch.setattr("core.ui.app.times.utc_now", lambda: books.NOW.replace(day=25))
    open_page("cost")
    assert len(syncs) == 1


def test_a_connection_made_while_a_sync_ran_is_pulled_after_it(
    open_page: Open, settings: Settings, full_books: None, syncs: list[Settings]
) -> None:
    app = open_page("cost")
    with sync_lock(settings), database(settings) as db:
        run_id = runs.begin_run(db, "page", books.NOW)
        app.run()
        runs.finish_run(db, run_id, "ok", books.NOW)
        add_connection(
            db, Vault(settings), name="Late", origin=Origin.PLATFORM, organization_id="org-late",
            organization_name=None, key="sk-ant-admin01-not-a-real-key-000000", since=books.DAYS.start,
            now=books.NOW,
        )  # fmt: skip
    assert syncs == []
    app.run()
    assert len(syncs) == 1


def test_a_deep_link_on_a_cold_server_registers_the_navigation(
    settings: Settings, syncs: list[Settings]
) -> None:
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=PATIENCE)
    app.switch_page("pages/settings.py").run()  # AppTest starts cold: it finds pages/ before app.py has run
    assert not app.exception and not app.error
    assert "What is connected" in shown(app)


def test_a_refused_key_is_explained_and_what_was_typed_stays(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, syncs: list[Settings]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AuthenticationError(
            "Anthropic refused this key.", remedy="Create a new one.", request_id="req_9"
        )

    monkeypatch.setattr("core.operations.connect", refuse)
    app = open_page("settings")
    app.text_input(key="connect.name").input("Engineering")
    app.text_input(key="connect.key").input("sk-ant-admin01-secret")
    _button(app, "Connect").click()
    app.run()
    (error,) = app.error
    assert "refused this key" in error.value and r"req\_9" in error.value
    assert app.text_input(key="connect.name").value == "Engineering"
    assert app.text_input(key="connect.key").value == ""
    assert "sk-ant-admin01-secret" not in shown(app)
    assert syncs == []


def test_a_connection_is_renamed_and_removed_only_when_its_name_is_typed(
    open_page: Open, settings: Settings, full_books: None
) -> None:
    app = open_page("settings")
    next(field for field in app.text_input if field.value == "Engineering").input("R&D *core*")
    _button(app, "Save name").click()
    app.run()
    assert "R\\&D \\*core\\*" in app.toast[0].value
    confirm = [field for field in app.text_input if field.label == "Type the connection’s name to confirm"]
    confirm[0].input("something else")
    _button(app, "Remove with its data").click()
    app.run()
    assert "Nothing was removed" in app.error[0].value
    assert len(data.ledger().connections) == 2


def test_gaps_are_named_not_drawn_as_zero(open_page: Open, settings: Settings) -> None:
    books.fill(settings, missing=[date(2026, 11, 3), date(2026, 11, 4)])
    app = open_page("cost", {"measure": ["cost"], "by": ["model"], "in.origin": ["Claude Platform"]})
    _is_fine(app)
    assert "Nov 3 – 4, 2026" in shown(app)
    assert "Unknown, not zero" in shown(app)


def _button(app: AppTest, label: str):
    return next(button for button in app.button if button.label == label)


@pytest.fixture
def first_sync(settings: Settings) -> Iterator[None]:
    """The first sync is at work."""
    books.connect_only(settings)
    with database(settings) as db:
        runs.begin_run(db, "manual", books.NOW)
    with sync_lock(settings):
        yield


@pytest.mark.parametrize("page", ["cost", "plans", "anomalies"])
def test_a_first_sync_that_goes_on_is_told_as_such(open_page: Open, first_sync: None, page: str) -> None:
    """No page takes what is not there yet for usual."""
    text = shown(open_page(page))
    assert "Days are still being pulled" in text
    assert "Nothing is unusual" not in text


def test_before_any_day_nothing_is_called_usual(open_page: Open, settings: Settings) -> None:
    books.connect_only(settings)
    text = shown(open_page("anomalies"))
    assert "No day is known yet" in text and "Nothing is unusual" not in text
