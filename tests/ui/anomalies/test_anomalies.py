"""The Anomalies page: what it tells, and what can be said of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from core import follow_up
from core.settings import Settings
from core.store.annotations import list_annotations
from core.store.connections import Connection
from core.store.database import database
from core.store.findings import (
    FindingState,
    FoundNow,
    Part,
    SeriesKey,
    keep_findings,
    list_findings,
)
from core.store.saved_filters import add_filter, delete_filter, list_filters
from core.store.saved_views import ViewContent, add_view
from tests.ui import books
from tests.ui.conftest import shown

Open = Callable[..., AppTest]
DAY = date(2026, 10, 14)
DOLLAR = 10**8
FOUND = FoundNow(
    SeriesKey("api_key", "*nightly* <b>"), "*nightly* <b>", "spike", "cost", 1, DAY, DAY, DAY,
    95 * DOLLAR, 1465 * DOLLAR, (Part(SeriesKey("workspace", "Simulation"), "Simulation", 0.98),),
)  # fmt: skip


@pytest.fixture
def told(full_books: list[Connection], settings: Settings) -> None:
    """Looked through once, so that no later look withdraws what is put in here."""
    follow_up.look_for_anomalies(settings, lambda: books.NOW)
    with database(settings) as db:
        for finding in list_findings(db):
            db.table("findings").delete(finding.id)
        keep_findings(db, [FOUND], DAY, books.NOW)


def state(settings: Settings) -> FindingState:
    with database(settings) as db:
        (finding,) = list_findings(db)
    return finding.state


def test_a_finding_says_what_happened_and_what_carries_it(told: None, open_page: Open) -> None:
    page = shown(open_page("anomalies"))
    assert "API key *nightly* &lt;b&gt; spent more than expected" in page
    for said in ("$95.00", "$1,465.00", "+$1,370.00", "Carried by workspace Simulation 98%", "Oct 14, 2026"):
        assert said in page


def test_acknowledging_takes_it_from_what_is_open(told: None, open_page: Open, settings: Settings) -> None:
    app = open_page("anomalies")
    (button,) = [b for b in app.button if b.label == "Acknowledge"]
    button.click().run()
    assert state(settings) is FindingState.ACKNOWLEDGED
    assert "Nothing is unusual" in shown(app)


def test_marking_as_expected_needs_a_note(told: None, open_page: Open, settings: Settings) -> None:
    app = open_page("anomalies")
    (submit,) = [b for b in app.button if b.label == "Mark as expected"]
    submit.click().run()
    assert state(settings) is FindingState.OPEN
    assert "A note is some printable text" in shown(app)
    (field,) = [t for t in app.text_input if t.label == "Why it had to be so"]
    field.input("Load test of the line")
    (submit,) = [b for b in app.button if b.label == "Mark as expected"]
    submit.click().run()
    assert state(settings) is FindingState.EXPECTED
    with database(settings) as db:
        (note,) = list_annotations(db)
    assert note.text == "Load test of the line"
    assert "Load test of the line" in shown(app)


def test_a_muted_series_can_be_told_of_again(told: None, open_page: Open) -> None:
    app = open_page("anomalies")
    next(b for b in app.button if b.label == "Mute").click().run()
    assert "Nothing is unusual" in shown(app)
    next(b for b in app.button if b.label == "Unmute").click().run()
    assert "spent more than expected" in shown(app)


def test_a_note_is_added_and_deleted(told: None, open_page: Open, settings: Settings) -> None:
    app = open_page("anomalies")
    next(t for t in app.text_input if t.label == "What happened").input("Launch")
    next(b for b in app.button if b.label == "Add note").click().run()
    assert "Launch" in shown(app)
    next(b for b in app.button if b.label == "Delete").click().run()
    with database(settings) as db:
        assert list_annotations(db) == []


def test_a_note_can_hold_for_what_a_saved_filter_or_view_filters(
    told: None, open_page: Open, settings: Settings
) -> None:
    params = {"in.workspace": ["Checkout"], "not.model": ["claude-opus-5"]}
    with database(settings) as db:
        add_filter(db, "Shop", params, books.NOW)
        add_filter(db, "A week", {"in.week": ["2026-11-16"]}, books.NOW)
        add_view(db, "Keys", ViewContent("cost", {"by": ["model"], "in.api_key": ["Key 1"]}), books.NOW)
    for label, scope in (
        ("Saved filter “Shop”", params),
        ("Saved view “Keys”", {"in.api_key": ["Key 1"]}),
        ("Everything", {}),
    ):
        app = open_page("anomalies")
        (choice,) = [box for box in app.selectbox if box.label == "Holds for"]
        assert choice.value == "Everything"
        assert choice.options[:2] == ["Everything", "Saved filter “Shop”"], "none of days"
        assert "Saved view “Keys”" in choice.options, "beside those that ship"
        choice.select(label)
        next(t for t in app.text_input if t.label == "What happened").input(f"Of {label}")
        next(b for b in app.button if b.label == "Add note").click().run()
        assert not app.exception
        with database(settings) as db:
            note = list_annotations(db)[0]
        assert (note.text, note.scope) == (f"Of {label}", scope)
    said = shown(app).replace("\\", "")
    assert "Of Saved filter “Shop” (Workspace is Checkout · Model is not claude" in said


def test_a_filter_deleted_meanwhile_narrows_no_note(told: None, open_page: Open, settings: Settings) -> None:
    """What the form shows is what is noted: the filters as they were when it was chosen."""
    with database(settings) as db:
        add_filter(db, "Shop", {"in.workspace": ["Checkout"]}, books.NOW)
    app = open_page("anomalies")
    next(box for box in app.selectbox if box.label == "Holds for").select("Saved filter “Shop”")
    with database(settings) as db:
        delete_filter(db, list_filters(db)[0].id)
    next(t for t in app.text_input if t.label == "What happened").input("Launch")
    next(b for b in app.button if b.label == "Add note").click().run()
    assert not app.exception
    with database(settings) as db:
        (note,) = list_annotations(db)
    assert note.scope == {"in.workspace": ["Checkout"]}
