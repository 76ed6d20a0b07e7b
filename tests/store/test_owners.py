"""Whose views, dashboards and plans are, and who does not see them."""

from datetime import UTC, date, datetime

import pytest

from core.errors import AccessDeniedError, InputError
from core.settings import Settings
from core.store.dashboards import add_dashboard
from core.store.database import database
from core.store.owners import (
    FOR_VIEWERS,
    Kind,
    Standing,
    hidden,
    owned,
    set_private,
    show_to_viewers,
    shown_to_viewers,
    standing,
)
from core.store.plans import PlanContent, add_plan
from core.store.saved_views import ViewContent, add_view

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ANN, BOB = "ann@example.com", "bob@example.com"


@pytest.fixture
def db(tmp_path):
    with database(Settings(tmp_path)) as opened:
        yield opened


def make(db, kind, name):
    if kind is Kind.VIEW:
        return add_view(db, name, ViewContent("cost", {"by": ["model"]}), NOW).id
    if kind is Kind.DASHBOARD:
        return add_dashboard(db, name).id
    return add_plan(db, name, PlanContent({}, "cost", "month", {date(2026, 11, 1): 1}), NOW).id


@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_made_is_its_makers_and_shared(db, kind):
    old = make(db, kind, "Old")
    with owned(db, ANN):
        new = make(db, kind, "New")
    assert (standing(db, kind, old), standing(db, kind, new)) == (Standing(None, False), Standing(ANN, False))
    assert hidden(db, kind, BOB) == set()


@pytest.mark.parametrize("kind", list(Kind))
def test_only_the_owner_sees_what_is_private_and_shares_it_again(db, kind):
    with owned(db, ANN):
        id_ = make(db, kind, "Mine")
    set_private(db, kind, id_, ANN, is_private=True)
    assert hidden(db, kind, BOB) == {id_}
    assert hidden(db, kind, ANN) == hidden(db, kind, None) == set()
    for person in (BOB, None):
        with pytest.raises(AccessDeniedError, match="not yours"):
            set_private(db, kind, id_, person, is_private=False)
    set_private(db, kind, id_, ANN, is_private=False)
    assert hidden(db, kind, BOB) == set()


@pytest.mark.parametrize("kind", list(Kind))
def test_nobodys_cannot_be_taken(db, kind):
    id_ = make(db, kind, "Old")
    for person in (ANN, None):
        with pytest.raises(AccessDeniedError):
            set_private(db, kind, id_, person, is_private=True)
    assert standing(db, kind, 99) == Standing(None, False)


def test_what_fails_is_neither_made_nor_owned(db):
    with pytest.raises(RuntimeError), owned(db, ANN):
        make(db, Kind.VIEW, "Half")
        raise RuntimeError
    assert db.table("saved_views").count == 0


def test_others_ownership_stays_when_somebody_makes_something(db):
    with owned(db, ANN):
        first = make(db, Kind.PLAN, "First")
    with owned(db, BOB):
        second = make(db, Kind.PLAN, "Second")
    assert [standing(db, Kind.PLAN, id_).owner for id_ in (first, second)] == [ANN, BOB]


@pytest.mark.parametrize("kind", FOR_VIEWERS)
def test_viewers_are_shown_what_its_owner_shows_them_and_nothing_else(db, kind):
    nobodys = make(db, kind, "Old")
    with owned(db, ANN):
        id_ = make(db, kind, "Mine")
    assert shown_to_viewers(db, kind) == set()
    with pytest.raises(AccessDeniedError, match="not yours"):
        show_to_viewers(db, kind, id_, BOB, shown=True)
    show_to_viewers(db, kind, nobodys, BOB, shown=True)
    show_to_viewers(db, kind, id_, ANN, shown=True)
    assert shown_to_viewers(db, kind) == {nobodys, id_}
    show_to_viewers(db, kind, nobodys, ANN, shown=False)
    assert shown_to_viewers(db, kind) == {id_}


@pytest.mark.parametrize("kind", FOR_VIEWERS)
def test_what_is_private_is_hidden_from_viewers(db, kind):
    with owned(db, ANN):
        id_ = make(db, kind, "Mine")
    show_to_viewers(db, kind, id_, ANN, shown=True)
    set_private(db, kind, id_, ANN, is_private=True)
    assert shown_to_viewers(db, kind) == set()
    with pytest.raises(InputError, match="private"):
        show_to_viewers(db, kind, id_, ANN, shown=True)
    set_private(db, kind, id_, ANN, is_private=False)
    assert shown_to_viewers(db, kind) == set(), "to be shown again somebody has to say so"
