"""What people do on pages is remembered, by whom, and shown to admins."""

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import AccessDeniedError
from core.store.audit import Action, entries, record
from core.store.database import database
from core.store.grants import Role, remove_grant
from core.ui.app import downloads, times
from tests.ui import books
from tests.ui.conftest import shown
from tests.ui.people import ANN, claims, grant, sent, sign_in


def kept(settings):
    """Who did what, the first first."""
    with database(settings) as db:
        return [(e.who, e.action, e.about) for e in reversed(list(entries(db)))]


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return app.run()


@pytest.fixture
def ann(settings, full_books, monkeypatch):
    grant(settings, Role.ADMIN)
    sign_in(monkeypatch, claims())


def test_signing_in_is_remembered_once(ann, settings, open_page):
    open_page("overview").run()
    open_page("cost")
    assert kept(settings) == [(ANN, "signed in", "")]


def test_removing_a_connection_is_remembered_without_its_name(ann, settings, open_page):
    app = open_page("settings")
    next(t for t in app.text_input if t.label.startswith("Type the connection")).set_value("Engineering")
    press(app, "Remove with its data")
    assert kept(settings)[-1] == (ANN, "removed a connection", "connection 1")
    assert "Engineering" not in str(kept(settings))


def test_what_did_not_happen_is_not_remembered(ann, settings, open_page):
    app = open_page("settings")
    next(t for t in app.text_input if t.label.startswith("Type the connection")).set_value("Wrong")
    press(app, "Remove with its data")
    assert [action for _, action, _ in kept(settings)] == ["signed in"]


def test_where_nobody_signs_in_nobody_is_named(settings, full_books, open_page):
    app = open_page("alerts")
    app.toggle[0].set_value(not app.toggle[0].value).run()
    ((who, action, about),) = kept(settings)
    assert (who, action) == (None, "changed an alert rule")
    assert "which was on" in about or "which was off" in about


def test_a_download_is_remembered_when_it_is_made_and_refused_afterwards(
    ann, settings, monkeypatch, open_page
):
    made = []
    monkeypatch.setattr(downloads.st, "download_button", lambda _, make, **look: made.append((make, look)))
    granted = grant(settings, Role.ADMIN)
    open_page("people")
    make, look = made[0]
    assert [action for _, action, _ in kept(settings)] == ["signed in"], "an offer is no download"
    assert make()
    assert kept(settings)[-1] == (ANN, "downloaded a file", look["file_name"])
    with database(settings) as db:
        remove_grant(db, granted)
    with pytest.raises(AccessDeniedError):
        make()
    grant(settings, Role.ANALYST)
    with pytest.raises(AccessDeniedError, match="has changed"):
        make()
    assert len(kept(settings)) == 2


def test_an_admin_sees_it_and_a_broken_chain(ann, settings, open_page):
    assert "1 entry" in shown(open_page("settings"))
    app = open_page("settings")
    assert ANN in sent(app) and not app.error
    with database(settings) as db:
        db.conn.execute("DROP TRIGGER audit_is_never_changed")
        db.conn.execute("UPDATE audit SET who = 'bob@example.com'")
    assert "Entry 1 is missing, or not as it was written" in open_page("settings").error[0].value


def test_an_entry_that_cannot_be_read_hides_no_other(ann, settings, open_page):
    open_page("overview")
    with database(settings) as db:
        record(db, "bob@example.com", Action.GRANTED, "c@example.com", books.NOW)
        db.conn.execute("DROP TRIGGER audit_is_never_changed")
        db.conn.execute("UPDATE audit SET at = CAST(x'32ff' AS TEXT) WHERE id = 1")
    app = open_page("settings")
    assert not app.exception
    assert "Entry 1 is missing, or not as it was written" in app.error[0].value
    (table,) = [frame.value for frame in app.dataframe if "When (UTC)" in frame.value.columns]
    assert table["When (UTC)"].tolist() == [times.instant_label(books.NOW), "Cannot be read"]
    assert table["Who"].tolist() == ["bob@example.com", ANN]
