"""Every page, for every role, by every dimension: nobody sees a name that is not theirs to see."""

import re

import pytest

from core.clock import rfc3339
from core.dimensions import DIMENSIONS
from core.explore.query import Filter
from core.people.sign_in import Setup
from core.store.dashboards import TileLook, add_dashboard, add_tile
from core.store.database import database, insert
from core.store.grants import Role, Scope, remove_grant
from core.store.owners import Kind, show_to_viewers
from core.store.runs import begin_run
from core.store.saved_views import ViewContent, add_view
from core.sync.lock import sync_lock
from core.ui.app import data, forecasts
from core.ui.app.menu import PAGES
from tests.ui import books, people
from tests.ui.conftest import shown
from tests.ui.people import ANN, PLANTED, SECRETS, claims, files_into, grant, plant, seen, sent, sign_in

VIEWERS = tuple(page.name for page in PAGES.values() if page.least is Role.VIEWER)
ANALYSTS = tuple(page.name for page in PAGES.values() if Role.ANALYST.may(page.least))
CLOSED = [
    *((Role.VIEWER, name) for name in PAGES if name not in VIEWERS),
    *((Role.ANALYST, name) for name in PAGES if name not in ANALYSTS),
]
THEIRS = {
    "workspace": {"Checkout", "wrkspc_1", "Key 1", "apikey_1", "Engineering", "Acme"},
    "product": {"person2@example.com", "person5@example.com", "claude_code", "Everyone"},
    "own": {"person3@example.com", "cowork", "Everyone"},
    "connection": {"Everyone", *(email for _, email, _ in people.books.PEOPLE)},
}
SCOPES = {
    "workspace": Scope(workspaces=("wrkspc_1",)),
    "product": Scope(products=("claude_code",)),
    "own": Scope(own=True),
}
NAMES = {
    *("Checkout", "wrkspc_1", "wrkspc_2", "Datenplattform", "wrkspc_3", "Key 1", "Key 2", "Key 3"),
    *("apikey_1", "apikey_2", "apikey_3", "Engineering", "org-platform", "Acme"),
    *(email for _, email, _ in people.books.PEOPLE),
    *("Everyone", "org-enterprise"),
}
"""Whom and what the rows name. Products of the Origin are words of pages too."""
NAMELESS = ("efficiency", "saved_views")
"""Pages that name nobody."""


@pytest.fixture
def planted(settings, full_books):
    plant(settings, full_books[0].id)
    return full_books


def as_viewer(monkeypatch, settings, planted, part):
    email = "person3@example.com" if part == "own" else ANN
    scope = SCOPES.get(part) or Scope(connections=(planted[1].id,))
    grant(settings, Role.VIEWER, scope, email)
    sign_in(monkeypatch, claims(email))


@pytest.mark.parametrize("part", THEIRS)
@pytest.mark.parametrize("name", VIEWERS)
def test_a_viewer_sees_on_no_page_and_in_no_file_what_was_not_granted(
    planted, settings, monkeypatch, open_page, name, part
):
    files: list[str] = []
    files_into(monkeypatch, files)
    as_viewer(monkeypatch, settings, planted, part)
    groups = ["workspace", "user", "api_key", "cost_center", "product"]
    by = {"by": groups} if name in ("cost", "usage") else {}
    app = open_page(name, {"range": ["last_90"], **by})
    hidden = {*PLANTED, *SECRETS, *(NAMES - THEIRS[part])}
    hidden -= {"org-enterprise"} if part != "workspace" else {"org-platform"}
    assert not seen([sent(app), *files], hidden)
    assert not app.exception and not app.error
    assert name in NAMELESS or seen([sent(app), *files], THEIRS[part]), "nobody's name would prove nothing"


@pytest.mark.parametrize("dimension", list(DIMENSIONS))
def test_no_view_and_no_dashboard_shows_more_by_any_dimension(
    planted, settings, monkeypatch, open_page, dimension
):
    """Of a view that is grouped by it, and names everybody in filters on it."""
    everybody = sorted({*PLANTED, *NAMES, "person"})
    time = dimension in ("day", "week", "month")
    kinds = ("not", "has", "hasnot", "starts", "startsnot") if not time else ()
    with database(settings) as db:
        board = add_dashboard(db, "Open to all").id
        for place, kind in enumerate(("in", *kinds)):
            params = {"by": [dimension], f"{kind}.{dimension}": ["2026-11-02"] if time else everybody}
            content = ViewContent("cost", {"range": ["last_90"], **params})
            view = add_view(db, f"Open {place}", content, books.NOW)
            add_tile(db, board, view.id, TileLook("table"))
        show_to_viewers(db, Kind.DASHBOARD, board, None, shown=True)
    as_viewer(monkeypatch, settings, planted, "workspace")
    hidden = {*PLANTED, *SECRETS, *(NAMES - THEIRS["workspace"] - {"org-platform"})}
    for name in ("dashboards", "saved_views"):
        app = open_page(name, {"board": [str(board)]})
        assert not seen([sent(app)], hidden)
        assert not app.exception and not app.error
        assert seen([sent(app)], {"Open to all"})


@pytest.mark.parametrize("dimension", list(DIMENSIONS))
def test_no_dimension_shows_or_offers_more(planted, settings, monkeypatch, open_page, dimension):
    """Grouped by it, with a filter on it whose values are offered, and all in files."""
    files: list[str] = []
    files_into(monkeypatch, files)
    as_viewer(monkeypatch, settings, planted, "workspace")
    time = dimension in ("day", "week", "month")
    filters = {} if time else {f"not.{dimension}": ["nobody"]}
    app = open_page("cost", {"by": [dimension], "range": ["last_90"], **filters})
    assert f"not.{dimension}" in app.query_params or time
    assert not seen(
        [sent(app), *files], {*PLANTED, *SECRETS, *(NAMES - THEIRS["workspace"] - {"org-platform"})}
    )
    assert not app.exception and not app.error


TIMES = ("day", "week", "month")


@pytest.mark.parametrize("part", THEIRS)
@pytest.mark.parametrize("name", VIEWERS)
def test_no_page_offers_more_by_filters_on_every_dimension(
    planted, settings, monkeypatch, open_page, name, part
):
    """On all of them at once: the values of each are offered."""
    as_viewer(monkeypatch, settings, planted, part)
    filters = {f"not.{dimension}": ["nobody"] for dimension in DIMENSIONS if dimension not in TIMES}
    app = open_page(name, {"range": ["last_90"], **filters})
    assert not seen([sent(app)], hidden_from(part))
    assert not app.exception and not app.error
    assert name == "saved_views" or seen([sent(app)], THEIRS[part]), "nobody's name would prove nothing"


SHAPES = (
    {"show": ["pivot"], "by": ["workspace", "user"], "across": ["cost_center"]},
    {"show": ["change"], "by": ["api_key"], "vs": ["month"]},
    {"chart": ["area"], "by": ["user"], "vs.from": ["2026-08-01"], "vs.to": ["2026-09-01"]},
    {"grain": ["month"], "chart": ["running"], "by": ["workspace_id"], "per": ["day"]},
    {"from": ["2026-11-01"], "to": ["2027-01-01"], "by": ["cost_center"], "chart": ["line"]},
    {"budget": ["Planted plan"], "by": ["model"]},
    {
        "step": ["by=user&in.workspace=Datenplattform+f%C3%BCr+M%C3%BCller"],
        "in.user": ["person1@example.com"],
    },
    {"in.workspace_id": ["wrkspc_3"], "starts.api_key": ["Planted idle"], "hasnot.user": ["planted-"]},
)
"""Whatever else Cost and Usage show: their shapes, comparisons, days to come, a plan, a way back."""


@pytest.mark.parametrize("part", ["workspace", "own"])
@pytest.mark.parametrize("params", SHAPES)
@pytest.mark.parametrize("name", ["cost", "usage"])
def test_no_shape_and_no_file_of_it_shows_more(planted, settings, monkeypatch, open_page, name, params, part):
    files: list[str] = []
    files_into(monkeypatch, files)
    as_viewer(monkeypatch, settings, planted, part)
    app = open_page(name, {"range": ["last_90"], **params})
    asked = {value for values in params.values() for value in values}
    hidden = {told for told in hidden_from(part) if not seen(asked, {told})}
    assert not seen([sent(app), *files], hidden - {"Datenplattform"})
    assert not app.exception and not app.error


def hidden_from(part):
    """What must not be read there; the Origin's own word is in pages' words too."""
    return {*PLANTED, *SECRETS, *(NAMES - THEIRS[part])} - {
        "org-enterprise" if part != "workspace" else "org-platform"
    }


def test_a_link_to_what_is_of_others_shows_nothing_of_it(planted, settings, monkeypatch, open_page):
    """A dashboard, a view and a plan by number: what is not shown to viewers is not there."""
    as_viewer(monkeypatch, settings, planted, "workspace")
    with database(settings) as db:
        numbers = [
            row["id"] for row in db.query("SELECT id FROM dashboards UNION SELECT id FROM saved_views")
        ]
    for number in map(str, [*numbers, 999]):
        for name in ("dashboards", "cost", "saved_views"):
            app = open_page(name, {"board": [number], "view": [number], "plan": [number]})
            assert not seen([sent(app)], hidden_from("workspace"))
            assert not app.exception and not app.error


@pytest.mark.parametrize("name", VIEWERS)
def test_a_running_sync_tells_a_viewer_no_name(planted, settings, monkeypatch, open_page, name):
    as_viewer(monkeypatch, settings, planted, "connection")
    with sync_lock(settings), database(settings) as db:
        run = begin_run(db, "page", books.NOW)
        part = {"run_id": run, "connection_id": planted[0].id, "stream": "planted report"}
        insert(db, "run_progress", {**part, "started_at": rfc3339(books.NOW), "waiting_for": "Planted wait"})
        app = open_page(name)
        assert seen([sent(app)], {"windows"}), "it is told that one runs"
        assert not seen([sent(app)], {*hidden_from("connection"), "planted report", "Planted wait"})
        grant(settings, Role.ADMIN)
        assert seen([sent(open_page(name))], {"planted report"}), "an admin reads what it does"


@pytest.mark.parametrize("measure", ["cost", "tokens"])
def test_what_is_expected_is_of_what_a_viewer_may_see(planted, settings, monkeypatch, measure):
    """As it is for an admin who narrows all to the same workspace; and all of it is another number."""
    today = books.NOW.date()
    grant(settings, Role.ADMIN)
    sign_in(monkeypatch, claims())
    only = (Filter("workspace_id", ("wrkspc_1",)),)
    narrowed = forecasts.month_total(data.ledger(), today, only, measure).expected
    whole = forecasts.month_total(data.ledger(), today, (), measure).expected
    with database(settings) as db:
        db.conn.execute("DELETE FROM grants")
    as_viewer(monkeypatch, settings, planted, "workspace")
    assert forecasts.month_total(data.ledger(), today, (), measure).expected == narrowed
    assert narrowed and whole and narrowed.point < whole.point


@pytest.mark.parametrize("name", VIEWERS)
def test_what_goes_wrong_tells_a_viewer_no_name(planted, settings, monkeypatch, open_page, name):
    """A fault's own text is for the log, whoever asks."""

    def broken(*_: object) -> None:
        raise RuntimeError("Planted trouble of Datenplattform and person1@example.com")

    as_viewer(monkeypatch, settings, planted, "workspace")
    monkeypatch.setattr(data, "connections", broken)
    app = open_page(name)
    assert "could not be shown" in app.error[0].value
    assert not seen([sent(app)], hidden_from("workspace"))


def test_the_search_of_the_test_finds_what_an_admin_is_shown(planted, settings, monkeypatch, open_page):
    """Else nothing that is not found would prove anything."""
    files: list[str] = []
    files_into(monkeypatch, files)
    grant(settings, Role.ADMIN)
    sign_in(monkeypatch, claims())
    told = [sent(open_page(name, {"range": ["last_90"]})) for name in PAGES]
    told.append(sent(open_page("cost", {"range": ["last_90"], "by": ["workspace_id"]})))
    everything = {*PLANTED, *SECRETS, *NAMES} - {"org-platform"}
    assert seen([*told, *files], everything) == everything


@pytest.mark.parametrize("wanted", ["e", "person", "planted", "apikey", "Check"])
def test_the_finder_finds_a_viewer_nothing_more(planted, settings, monkeypatch, open_page, wanted):
    as_viewer(monkeypatch, settings, planted, "own")
    app = open_page("cost")
    app.session_state["finder.wanted"] = wanted
    hidden = {*PLANTED, *SECRETS, *(NAMES - THEIRS["own"] - {"org-enterprise"})}
    assert not seen([sent(app.run())], hidden)


@pytest.mark.parametrize(("role", "name"), CLOSED)
def test_a_page_of_another_role_is_no_page(planted, settings, monkeypatch, open_page, role, name):
    grant(settings, role, Scope(own=True) if role is Role.VIEWER else None)
    sign_in(monkeypatch, claims())
    app = open_page(name)
    assert not seen([sent(app)], SECRETS)
    assert "Overview" in shown(app)
    assert not app.button_group and not [b for b in app.button if b.label in ("Sync now", "Connect")]


@pytest.mark.parametrize("name", ANALYSTS)
def test_an_analyst_sees_no_channel_and_starts_no_sync(planted, settings, monkeypatch, open_page, name):
    grant(settings, Role.ANALYST)
    sign_in(monkeypatch, claims())
    app = open_page(name)
    assert not seen([sent(app)], SECRETS)
    assert not app.exception
    labels = {button.label for button in app.button}
    assert not labels & {"Sync now", "Re-run…", "Test", "Add channel", "Load the demo", "Remove the demo"}


def test_who_was_granted_nothing_sees_that_and_nothing_else(planted, settings, monkeypatch, open_page):
    sign_in(monkeypatch, claims())
    for name in PAGES:
        app = open_page(name)
        assert "Nothing is granted to ann@example.com" in shown(app)
        assert not seen([sent(app)], {*PLANTED, *SECRETS, *NAMES, "Overview", "Settings"})


def test_who_has_not_signed_in_is_asked_to(planted, settings, monkeypatch, open_page):
    sign_in(monkeypatch, {}, Setup(("google", "okta"), "http://localhost"))
    app = open_page("cost")
    assert [button.label for button in app.button] == ["Sign in with google", "Sign in with okta"]
    assert not seen([sent(app)], {*PLANTED, *SECRETS, *NAMES, "Overview"})


def test_a_grant_that_is_taken_away_ends_at_the_next_click(planted, settings, monkeypatch, open_page):
    granted = grant(settings, Role.ADMIN)
    sign_in(monkeypatch, claims())
    app = open_page("settings")
    assert "Planted trouble" in sent(app)
    (removal,) = [b for b in app.button if b.label == "Remove with its data"][:1]
    name = next(t for t in app.text_input if t.label.startswith("Type the connection"))
    with database(settings) as db:
        remove_grant(db, granted)
    name.set_value("Engineering")
    removal.click()
    app.run()
    assert "Nothing is granted" in shown(app)
    with database(settings) as db:
        assert db.table("connections").count == 2


def test_what_a_former_admin_asked_for_is_not_done(planted, settings, monkeypatch, open_page):
    """Still let in, to other pages: the click of before must not be carried out there."""
    granted = grant(settings, Role.ADMIN)
    sign_in(monkeypatch, claims())
    app = open_page("settings")
    with database(settings) as db:
        remove_grant(db, granted)
    grant(settings, Role.ANALYST)
    next(t for t in app.text_input if t.label.startswith("Type the connection")).set_value("Engineering")
    next(b for b in app.button if b.label == "Remove with its data").click()
    app.run()
    with database(settings) as db:
        assert db.table("connections").count == 2


def test_two_viewers_do_not_see_what_the_other_was_answered(planted, settings, monkeypatch, open_page):
    """One after the other in one process, where answers are kept."""
    totals = {}
    for email in ("person3@example.com", "person4@example.com"):
        grant(settings, Role.VIEWER, Scope(own=True), email)
        sign_in(monkeypatch, claims(email))
        app = open_page("people", {"range": ["last_90"]})
        others = {other for _, other, _ in people.books.PEOPLE} - {email}
        assert not seen([sent(app)], others)
        totals[email] = app.metric[0].value
    assert len(set(totals.values())) == 2


def test_without_sign_in_everybody_is_an_admin(planted, open_page):
    app = open_page("settings")
    assert "Connections" in shown(app)
    assert not [b for b in app.button if b.label.startswith("Sign")]


VEILED = {email for _, email, _ in people.books.PEOPLE} - {"person3@example.com"}
IDS = {id_ for id_, _, _ in people.books.PEOPLE} - {"user_2"}
"""But for what begins in the name of a file: ``by-user_2026``."""


@pytest.mark.parametrize("name", VIEWERS)
def test_who_sees_pseudonyms_sees_no_name_on_any_page_or_in_any_file(
    planted, settings, monkeypatch, open_page, name
):
    files: list[str] = []
    files_into(monkeypatch, files)
    ids = tuple(connection.id for connection in planted)
    grant(settings, Role.VIEWER, Scope(connections=ids, pseudonyms=True), "person3@example.com")
    sign_in(monkeypatch, claims("person3@example.com"))
    by = {"by": ["user", "user_id", "api_key_creator"]} if name in ("cost", "usage") else {}
    app = open_page(name, {"range": ["last_90"], **by})
    assert not seen([sent(app), *files], {*VEILED, *IDS, *PLANTED, *SECRETS})
    assert not app.exception and not app.error
    assert name in (*NAMELESS, "keys") or seen([sent(app), *files], {"Person "}), "they name nobody"


def test_a_pseudonym_stays_as_it_is(planted, settings, monkeypatch, open_page):
    grant(settings, Role.VIEWER, Scope(connections=(planted[1].id,), pseudonyms=True))
    sign_in(monkeypatch, claims())
    told = {frozenset(re.findall(r"Person [A-Z2-7]{5}-[A-Z2-7]{5}", sent(open_page("people")))) for _ in "ab"}
    assert [len(names) for names in told] == [len(people.books.PEOPLE)]


def test_below_the_smallest_group_nobody_stands_apart(planted, settings, monkeypatch, open_page):
    monkeypatch.setenv("TOKEN_LEDGER_SMALLEST_GROUP", "8")
    grant(settings, Role.VIEWER, Scope(connections=(planted[1].id,), pseudonyms=True))
    sign_in(monkeypatch, claims())
    page = sent(open_page("people"))
    assert "Fewer than 8 people" in page and not re.findall(r"Person [A-Z2-7]{5}", page)


def test_names_are_shown_where_any_grant_shows_them(planted, settings, monkeypatch, open_page):
    grant(settings, Role.VIEWER, Scope(connections=(planted[1].id,), pseudonyms=True))
    grant(settings, Role.VIEWER, Scope(products=("chat",)))
    sign_in(monkeypatch, claims())
    assert seen([sent(open_page("people"))], VEILED)
