"""Granting and taking away roles on the Settings page."""

import pytest

from core.store.audit import entries
from core.store.database import database
from core.store.grants import Role, Scope, list_grants
from tests.ui.conftest import shown
from tests.ui.people import ANN, claims, grant, sign_in


@pytest.fixture
def ann(settings, full_books, monkeypatch):
    grant(settings, Role.ADMIN)
    sign_in(monkeypatch, claims())


def granted(settings):
    with database(settings) as db:
        return {(g.subject.text, g.role, g.scope, g.granted_by) for g in list_grants(db)}


def press(app, label):
    next(button for button in app.button if button.label == label).click()
    return app.run()


def test_an_admin_grants_and_the_trail_tells_who(ann, settings, open_page):
    app = open_page("settings")
    app.selectbox(key="w.grant.role").set_value("viewer").run()
    app.text_input(key="w.grant.who").set_value("@other.example")
    app.multiselect(key="w.grant.product").set_value(["chat"])
    app.toggle(key="w.grant.own").set_value(True)
    app = press(app, "Grant")
    scope = Scope(products=("chat",), own=True)
    assert ("other.example", Role.VIEWER, scope, ANN) in granted(settings)
    assert "Products: chat; own use only" in shown(app).replace("\\", "")
    with database(settings) as db:
        last = next(entries(db))
    about = "viewer to @other.example, products chat; own use only"
    assert (last.who, last.action, last.about) == (ANN, "granted a role", about)


def test_what_stays_in_the_form_of_a_viewer_does_not_limit_an_analyst(ann, settings, open_page):
    app = open_page("settings")
    app.selectbox(key="w.grant.role").set_value("viewer").run()
    app.toggle(key="w.grant.own").set_value(True)
    app.selectbox(key="w.grant.role").set_value("analyst")  # and pressed at once, before it is drawn
    app.text_input(key="w.grant.who").set_value("bob@example.com")
    press(app, "Grant")
    assert ("bob@example.com", Role.ANALYST, Scope(), ANN) in granted(settings)


def test_what_cannot_be_granted_is_said_where_it_was_asked(ann, settings, open_page):
    app = open_page("settings")
    app.text_input(key="w.grant.who").set_value("nobody")
    app = press(app, "Grant")
    assert "is no e-mail address" in app.error[0].value.replace("\\", "")
    assert len(granted(settings)) == 1


def test_a_role_is_taken_away(ann, settings, open_page):
    bob = grant(settings, Role.ANALYST, email="bob@example.com")
    app = open_page("settings")
    app.button(key=f"w.grant.remove.{bob}").click()
    app.run()
    assert [who for who, *_ in granted(settings)] == [ANN]
    with database(settings) as db:
        last = next(entries(db))
    assert (last.action, last.about) == ("took a role away", "analyst to bob@example.com")


def test_who_takes_the_own_role_away_is_out(ann, settings, open_page):
    app = open_page("settings")
    app.button(key="w.grant.remove.1").click()
    app.run()
    assert granted(settings) == set()
    assert "Nothing is granted to ann@example.com" in shown(app.run())
