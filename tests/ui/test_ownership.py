"""Views, dashboards and plans of one's own: on every page, only who may see them does."""

from datetime import date

import pytest

from core.store.dashboards import TileLook, add_dashboard, add_tile
from core.store.database import database
from core.store.grants import Role
from core.store.owners import Kind, owned, set_private, standing
from core.store.plans import PlanContent, add_plan
from core.store.saved_views import ViewContent, add_view
from core.ui.app.menu import PAGES
from tests.ui import books
from tests.ui.conftest import shown
from tests.ui.people import claims, grant, seen, sent, sign_in

ANN, BOB = "ann@example.com", "bob@example.com"
NAMES = {"Planted view", "Planted board", "Planted plan"}


@pytest.fixture
def mine(settings, full_books):
    """Ann's view, dashboard and plan, by kind."""
    for email in (ANN, BOB):
        grant(settings, Role.ANALYST, email=email)
    with database(settings) as db, owned(db, ANN):
        content = PlanContent({}, "cost", "month", {date(2026, 11, 1): 1})
        return {
            Kind.VIEW: add_view(db, "Planted view", ViewContent("cost", {"by": ["model"]}), books.NOW).id,
            Kind.DASHBOARD: add_dashboard(db, "Planted board").id,
            Kind.PLAN: add_plan(db, "Planted plan", content, books.NOW).id,
        }


def hide(settings, mine, *kinds):
    with database(settings) as db:
        for kind in kinds or Kind:
            set_private(db, kind, mine[kind], ANN, is_private=True)


@pytest.mark.parametrize("name", [page.name for page in PAGES.values() if Role.ANALYST.may(page.least)])
def test_what_is_private_is_on_no_page_of_another(settings, mine, monkeypatch, open_page, name):
    hide(settings, mine)
    sign_in(monkeypatch, claims(BOB))
    ids = {"plans": {"plan": mine[Kind.PLAN]}, "dashboards": {"board": mine[Kind.DASHBOARD]}}
    app = open_page(name, {key: [str(id_)] for key, id_ in ids.get(name, {}).items()})
    app.session_state["finder.wanted"] = "planted"
    assert not seen([sent(app.run())], NAMES)
    assert not app.exception


def test_its_owner_sees_it_and_what_is_shared_everybody(settings, mine, monkeypatch, open_page):
    pages = ("saved_views", "dashboards", "plans")
    sign_in(monkeypatch, claims(BOB))
    assert seen([sent(open_page(name)) for name in pages], NAMES) == NAMES
    hide(settings, mine)
    sign_in(monkeypatch, claims(ANN))
    assert seen([sent(open_page(name)) for name in pages], NAMES) == NAMES


def test_a_view_on_a_shared_dashboard_is_seen_with_it(settings, mine, monkeypatch, open_page):
    hide(settings, mine, Kind.VIEW)
    with database(settings) as db:
        add_tile(db, mine[Kind.DASHBOARD], mine[Kind.VIEW], TileLook())
    sign_in(monkeypatch, claims(BOB))
    app = open_page("dashboards", {"board": [str(mine[Kind.DASHBOARD])]})
    assert seen([sent(app)], {"Planted view"})
    hide(settings, mine, Kind.DASHBOARD)
    assert not seen([sent(open_page("saved_views"))], NAMES)


def test_the_owner_has_the_switch_and_nobody_else(settings, mine, monkeypatch, open_page):
    key = f"w.private.saved_views.{mine[Kind.VIEW]}"
    sign_in(monkeypatch, claims(BOB))
    app = open_page("saved_views")
    assert "Of ann@example.com." in shown(app)
    assert not [button for button in app.button if button.key == key]
    sign_in(monkeypatch, claims(ANN))
    app = open_page("saved_views")
    app.button(key=key).click()
    app = app.run()
    assert "Yours, private." in shown(app)
    with database(settings) as db:
        assert standing(db, Kind.VIEW, mine[Kind.VIEW]).is_private
    app.button(key=key).click()
    assert "Yours, shared." in shown(app.run())


def test_what_is_saved_on_a_page_is_its_makers(settings, mine, monkeypatch, open_page):
    sign_in(monkeypatch, claims(BOB))
    app = open_page("cost")
    app.text_input(key="w.save.name").set_value("Saved by Bob")
    next(button for button in app.button if button.label == "Save as new").click()
    app.run()
    with database(settings) as db:
        (row,) = db.query("SELECT id FROM saved_views WHERE name = 'Saved by Bob'")
        assert standing(db, Kind.VIEW, row["id"]).owner == BOB


def test_where_nobody_signs_in_all_is_seen_and_nobodys(settings, mine, open_page):
    hide(settings, mine)
    app = open_page("saved_views")
    assert "Planted view" in shown(app)
    assert "Yours" not in shown(app) and "Of ann" not in shown(app)
