"""Digests on the Alerts page: set up, sent now, paused, and what is said when there is nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.alerts import services
from core.digests.sending import put_due
from core.people.roles import Access
from core.settings import Settings
from core.store.channels import add_channel
from core.store.connections import Connection
from core.store.dashboards import remove_view
from core.store.database import database
from core.store.digests import DigestContent, DigestKind, Schedule, add_digest, list_digests
from core.store.grants import Role
from core.store.saved_views import ViewContent, add_view
from core.store.secrets import Vault
from core.ui.app import visitor
from tests.support.postbox import Postbox, postbox
from tests.ui import books
from tests.ui.conftest import shown

Open = Callable[..., AppTest]


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as box:
        yield box


@pytest.fixture
def mail(full_books: list[Connection], settings: Settings, box: Postbox) -> None:
    with database(settings) as db:
        add_channel(db, Vault(settings), "Mail", box.channel(), books.NOW)


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def test_without_a_channel_it_says_what_to_do_first(full_books: list[Connection], open_page: Open) -> None:
    page = shown(open_page("alerts"))
    assert "There is none yet." in page and "Add a channel first" in page


def test_a_digest_is_added_sent_paused_and_deleted(
    mail: None, settings: Settings, open_page: Open, box: Postbox
) -> None:
    app = open_page("alerts")
    next(field for field in app.text_input if field.label == "Name of the digest").input("*Morning* <b>")
    next(field for field in app.selectbox if field.label == "Day").select(0)
    press(app, "Add digest")
    assert not app.exception and not app.error
    with database(settings) as db:
        (digest,) = list_digests(db)
    assert (digest.name, digest.content.schedule) == ("*Morning* <b>", Schedule(0, 8, "UTC"))
    page = shown(app)
    assert "\\*Morning\\*" in page and "Numbers of the last week" in page
    assert "Every Monday at 08:00, UTC. Next on Nov 30, 2026, 08:00 UTC. By Mail." in page
    press(app, "Send one now")
    assert len(box.mails) == 1 and "*Morning* <b>: $" in box.mails[0]["subject"]
    assert "Mail: sent Nov 23, 2026" in shown(app)
    press(app, "Pause")
    assert "Paused. By Mail." in shown(app)
    press(app, "Go on")
    assert "Next on" in shown(app)
    press(app, "Delete")  # the channel's stands above
    with database(settings) as db:
        (digest,) = list_digests(db)
    assert digest.content.channels == () and "Its channels were deleted" in shown(app)


def test_a_view_is_sent_and_one_that_was_deleted_said(
    mail: None, settings: Settings, open_page: Open, box: Postbox
) -> None:
    with database(settings) as db:
        view = add_view(db, "Models", ViewContent("cost", {"measure": ["cost"]}), books.NOW)
    app = open_page("alerts")
    next(field for field in app.selectbox if field.label == "What").select(DigestKind.VIEW).run()
    next(field for field in app.text_input if field.label == "Name of the digest").input("Models")
    next(field for field in app.selectbox if field.label == "Saved view").select(view.id)
    press(app, "Add digest")
    assert "Saved view “Models”" in shown(app).replace("\\", "")
    box.refuses = "550 no"
    press(app, "Send one now")
    assert "Mail did not take it" in shown(app) and "refused with 550" in shown(app)
    with database(settings) as db:
        remove_view(db, view.id)
        db.execute("UPDATE digests SET done_until = '2026-11-01T00:00:00Z'")
    put_due(replace(settings), lambda: books.NOW)
    app = open_page("alerts")
    page = shown(app)
    assert "Its saved view was deleted: nothing is sent" in page.replace("\\", "")
    assert "Not sent: The saved view of “Models” was deleted." in page
    assert "Send one now" not in [button.label for button in app.button]


def test_a_digest_is_changed(mail: None, settings: Settings, open_page: Open, box: Postbox) -> None:
    with database(settings) as db:
        content = DigestContent(DigestKind.NUMBERS, None, Schedule(2, 6, "Asia/Tokyo"), (1,))
        add_digest(db, "Morning", content, books.NOW)
        add_channel(db, Vault(settings), "Others", box.channel(), books.NOW)
    app = open_page("alerts")
    fields = {field.label: field for field in reversed((*app.text_input, *app.selectbox, *app.multiselect))}
    assert [fields[name].value for name in ("Name of the digest", "Day", "Time zone")] == [
        "Morning",
        2,
        "Asia/Tokyo",
    ]
    assert fields["Channels"].value == [1]
    fields["Name of the digest"].input("Evening")
    next(field for field in app.number_input if field.label == "Hour").set_value(18)
    fields["Channels"].set_value([2])
    press(app, "Save changes")
    with database(settings) as db:
        (digest,) = list_digests(db)
    assert (digest.name, digest.content) == (
        "Evening", replace(content, schedule=Schedule(2, 18, "Asia/Tokyo"), channels=(2,))
    )  # fmt: skip
    assert "By Others." in shown(app)


def test_what_is_no_digest_is_refused_in_its_place(mail: None, settings: Settings, open_page: Open) -> None:
    app = open_page("alerts")
    press(app, "Add digest")
    assert "name of the digest is empty" in shown(app)
    with database(settings) as db:
        assert list_digests(db) == []


def test_a_kind_chosen_just_before_the_press_is_not_sent_as_the_one_before(
    mail: None, settings: Settings, open_page: Open
) -> None:
    """The fields of a saved view are not drawn yet."""
    with database(settings) as db:
        add_view(db, "Models", ViewContent("cost", {"measure": ["cost"]}), books.NOW)
    app = open_page("alerts")
    next(field for field in app.text_input if field.label == "Name of the digest").input("Morning")
    next(field for field in app.selectbox if field.label == "What").select(DigestKind.VIEW)
    press(app, "Add digest")
    assert "still that of another kind" in shown(app)
    with database(settings) as db:
        assert list_digests(db) == []


def test_who_is_no_admin_sets_up_none(mail: None, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor, "ANYBODY", Access(None, Role.ANALYST))
    page = shown(open_page("alerts"))
    assert "What you are told" in page and "Digests and views on a schedule" not in page
    assert "Send one on a schedule" not in shown(open_page("saved_views"))


def test_apprise_is_offered_only_where_it_is_installed(
    full_books: list[Connection], open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("alerts")
    kinds = next(field for field in app.selectbox if field.label == "Kind")
    assert "Apprise" in kinds.options and "pip install" not in shown(app)
    monkeypatch.setattr(services, "find_spec", lambda _: None)
    app = open_page("alerts")
    kinds = next(field for field in app.selectbox if field.label == "Kind")
    assert "Apprise" not in kinds.options
    assert "More services, through Apprise: .venv/bin/python -m pip install" in shown(app)
