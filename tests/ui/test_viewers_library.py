"""Views and dashboards of viewers: what they are shown, and what they keep for themselves."""

from datetime import date

import pytest

from core.cli import codes, main
from core.errors import AccessDeniedError
from core.settings_file.library import VIEWS
from core.store.audit import entries
from core.store.dashboards import TileLook, add_dashboard, add_tile
from core.store.database import database
from core.store.grants import Role, Scope
from core.store.owners import Kind, owned, set_private, show_to_viewers, standing
from core.store.saved_views import ViewContent, add_view, list_views
from core.ui.app import actions, library
from tests.ui import books
from tests.ui.conftest import shown
from tests.ui.people import ANN, claims, grant, plant, seen, sent, sign_in

BOB = "bob@example.com"


@pytest.fixture
def viewer(settings, full_books, monkeypatch):
    """Ann, who may see one workspace."""
    plant(settings, full_books[0].id)
    grant(settings, Role.VIEWER, Scope(workspaces=("wrkspc_1",)))
    sign_in(monkeypatch, claims())


def save(app, name):
    app.text_input(key="w.save.name").set_value(name)
    next(button for button in app.button if button.label == "Save as new").click()
    return app.run()


def kept(settings, keeper=ANN):
    with database(settings) as db:
        return [view for view in list_views(db, keeper) if view.keeper]


def test_a_viewer_is_shown_what_is_shown_to_viewers_and_nothing_else(viewer, open_page):
    views, board = open_page("saved_views"), open_page("dashboards")
    assert seen([sent(views)], {"Open view", "Planted view", "Planted view of one", BOB}) == {"Open view"}
    assert seen([sent(board)], {"Open board", "Open words", "Open title", "Planted board", "Finance"}) == {
        "Open board", "Open words", "Open title",
    }  # fmt: skip
    assert not [b for b in (*views.button, *board.button) if b.label in ("Create", "Duplicate", "Delete")]
    assert not board.toggle and not board.file_uploader


def test_its_numbers_are_of_what_was_granted(viewer, settings, open_page):
    """The cost of the workspace Checkout on one day, added up from the rows by hand."""
    day = books.DAYS.last
    cells = [(m, tokens) for w, m, tokens in books._platform_cells(day) if w == 1]
    micro = sum(t * weight // 3 * books.RATES[m] for m, t in cells for weight in books.WEIGHTS.values())
    with database(settings) as db:
        of_day = {"from": [day.isoformat()], "to": [books.DAYS.end.isoformat()]}
        view = add_view(db, "Open day", ViewContent("cost", of_day), books.NOW)
        board = add_dashboard(db, "Open number").id
        add_tile(db, board, view.id, TileLook("number"))
        show_to_viewers(db, Kind.DASHBOARD, board, None, shown=True)
    (metric,) = open_page("dashboards", {"board": [str(board)]}).metric
    assert metric.value == f"${micro / 10**8:,.2f}"


def test_a_viewer_keeps_views_that_nobody_else_sees(viewer, settings, monkeypatch, open_page):
    app = save(open_page("cost"), "Planted view")
    assert not app.error, "a name that is used by a view they do not see is free to them"
    (mine,) = kept(settings)
    with database(settings) as db:
        assert standing(db, Kind.VIEW, mine.id).owner == ANN
        assert standing(db, Kind.VIEW, mine.id).is_private
        last = next(entries(db))
        assert (last.who, last.about) == (ANN, "a view of their own"), "not even its name"
        assert "Planted view" in [entry.name for entry in VIEWS.stored(db)]
        assert len([entry for entry in VIEWS.stored(db) if entry.name == "Planted view"]) == 1
    assert "Yours, private." in shown(open_page("saved_views"))
    assert open_page("cost").text_input(key="w.save.name").value == ""
    grant(settings, Role.ANALYST, email=BOB)
    sign_in(monkeypatch, claims(BOB))
    assert "Of ann@example.com" not in shown(open_page("saved_views"))


def test_a_viewer_renames_copies_and_deletes_their_own(viewer, settings, open_page):
    save(open_page("cost"), "Mine")
    (mine,) = kept(settings)
    app = open_page("saved_views")
    app.button(key=f"w.view.copy.{mine.id}").click()
    app = app.run()
    assert [view.name for view in kept(settings)] == ["Mine", "Mine (2)"]
    app.button(key=f"w.view.star.{mine.id}").click()
    app = app.run()
    assert [view.starred for view in kept(settings)] == [True, False]
    app.button(key=f"w.view.delete.{mine.id}").click()
    app.run()
    assert [view.name for view in kept(settings)] == ["Mine (2)"]


def test_a_viewer_changes_nothing_of_others(viewer, settings, open_page, monkeypatch):
    """Whatever reaches the server: asked as a page's callback asks."""
    asked = []
    monkeypatch.setattr(actions, "request", lambda _, __, act, *___: asked.append(act))
    with database(settings) as db:
        others = next(view for view in list_views(db) if view.name == "Open view")
        with owned(db, ANN):
            mine = add_view(db, "Mine", ViewContent("cost", {}), books.NOW)
    changes = []
    library.ask_own("", "", others, changes.append)
    library.ask("", "", changes.append)
    for act in asked:
        with pytest.raises(AccessDeniedError):
            act()
    assert not changes
    library.ask_own("", "", mine, changes.append)
    asked[-1]()
    assert len(changes) == 1


def test_no_digest_sends_what_a_viewer_keeps(viewer, settings, capsys):
    """Neither by its name nor by its number; and what there is to choose from does not name it."""
    with database(settings) as db:
        mine = add_view(db, "Mine alone", ViewContent("cost", {}), books.NOW, keeper=ANN)
        open_view = next(view for view in list_views(db) if view.name == "Open view")
    for wanted in ("Mine alone", str(mine.id)):
        assert main(["digests", "add", "Morning", "--view", wanted]) == codes.WRONG
        told = capsys.readouterr()
        assert "There are: “" in told.err and "Mine alone" not in told.out + told.err.replace(wanted, "")
    assert (
        main(["digests", "add", "Morning", "--channel", "Planted channel", "--view", str(open_view.id)]) == 0
    )


def test_an_owner_shows_a_view_to_viewers_and_hides_it(settings, full_books, monkeypatch, open_page):
    for email, role in ((BOB, Role.ANALYST), ("eve@example.com", Role.ANALYST), (ANN, Role.VIEWER)):
        grant(settings, role, Scope(connections=(1,)) if role is Role.VIEWER else None, email)
    with database(settings) as db, owned(db, BOB):
        id_ = add_view(db, "Bobs view", ViewContent("cost", {}), books.NOW).id
    key = f"w.viewers.saved_views.{id_}"
    sign_in(monkeypatch, claims("eve@example.com"))
    assert not [button for button in open_page("saved_views").button if button.key == key]
    for label, told in (("Show to viewers", "Bobs view"), ("Hide from viewers", "No view is saved yet")):
        sign_in(monkeypatch, claims(BOB))
        app = open_page("saved_views")
        assert app.button(key=key).label == label
        app.button(key=key).click()
        app.run()
        sign_in(monkeypatch, claims(ANN))
        assert told in shown(open_page("saved_views"))


def test_a_viewer_is_not_told_whose_a_view_is(settings, full_books, monkeypatch, open_page):
    grant(settings, Role.VIEWER, Scope(connections=(1,)))
    with database(settings) as db, owned(db, BOB):
        id_ = add_view(db, "Bobs view", ViewContent("cost", {}), books.NOW).id
        show_to_viewers(db, Kind.VIEW, id_, None, shown=True)
    sign_in(monkeypatch, claims(ANN))
    page = sent(open_page("saved_views"))
    assert "Bobs view" in page and BOB not in page
    with database(settings) as db:
        set_private(db, Kind.VIEW, id_, BOB, is_private=True)
    assert "Bobs view" not in sent(open_page("saved_views"))


def test_without_a_dashboard_for_viewers_it_is_said_who_chooses(settings, full_books, monkeypatch, open_page):
    grant(settings, Role.VIEWER, Scope(connections=(1,)))
    sign_in(monkeypatch, claims())
    assert "No dashboard is shown to viewers" in shown(open_page("dashboards"))


def test_a_viewer_reads_why_days_are_unknown(settings, monkeypatch, open_page):
    """To tell whether a sync is at work takes no role that a viewer has not."""
    day = date(2026, 11, 10)
    platform, _ = books.fill(settings, missing=[day])
    grant(settings, Role.VIEWER, Scope(connections=(platform.id,)))
    sign_in(monkeypatch, claims())
    app = open_page("cost", {"from": [day.isoformat()], "to": ["2026-11-11"]})
    assert not app.error
    assert "These days are not pulled yet" in shown(app)


def test_a_viewer_is_not_told_how_many_rows_of_others_could_not_be_counted(viewer, settings, open_page):
    """They may be anybody's; that numbers may be too low is told all the same."""
    with database(settings) as db:
        db.conn.execute("UPDATE coverage SET set_aside = 37 WHERE connection_id = 1 AND day = '2026-11-20'")
    app = open_page("cost", {"range": ["last_90"]})
    assert "Some rows of Nov 20, 2026 of Engineering could not be counted" in shown(app)
    assert "37 rows" not in sent(app) and "74 rows" not in sent(app)
