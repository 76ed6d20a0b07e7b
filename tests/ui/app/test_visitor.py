"""Who is let in, until when, and what takes it away."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import AccessDeniedError
from core.store.database import database
from core.store.grants import Role, Scope, Subject, SubjectKind, add_grant
from core.store.sign_ins import SignIn, end, is_new, is_open, note_use
from core.ui.app import of_run, times, visitor
from tests.ui import books
from tests.ui.people import ANN, ISSUED, claims, grant, sign_in


@pytest.fixture
def at(monkeypatch):
    """Sets the clock to so many minutes after the first click."""
    return lambda minutes: monkeypatch.setattr(
        times, "utc_now", lambda: books.NOW + timedelta(minutes=minutes)
    )


@pytest.fixture
def ann(settings, monkeypatch):
    grant(settings, Role.ANALYST)
    sign_in(monkeypatch, claims())
    monkeypatch.setattr(visitor.st, "logout", lambda: None)


def test_who_was_granted_a_role_is_let_in(ann):
    access = visitor.enter()
    assert (access.email, access.role, access.restriction) == (ANN, Role.ANALYST, None)
    assert visitor.require(Role.ANALYST) == access
    with pytest.raises(AccessDeniedError, match="takes the role admin"):
        visitor.require(Role.ADMIN)


def test_the_first_admin_needs_no_grant(settings, monkeypatch):
    monkeypatch.setenv("TOKEN_LEDGER_ADMINS", "x@y.z, Ann@Example.com")
    sign_in(monkeypatch, claims())
    assert visitor.enter().role is Role.ADMIN


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "Sign in to see"),
        (claims("bob@example.com"), "Nothing is granted to bob@example.com"),
        (claims(email_verified=False), "no e-mail address that is verified"),
        ({"is_logged_in": True, "sub": "1"}, "no e-mail address that is verified"),
    ],
)
def test_others_are_not(settings, monkeypatch, said, words):
    grant(settings, Role.ADMIN)
    sign_in(monkeypatch, said)
    with pytest.raises(AccessDeniedError, match=words):
        visitor.enter()
    assert not visitor.is_let_in()


def test_clicks_keep_a_sign_in_open_and_idleness_ends_it(ann, at, monkeypatch):
    monkeypatch.setenv("TOKEN_LEDGER_IDLE_MINUTES", "30")
    for minutes in (0, 29, 58):
        at(minutes)
        visitor.enter()
    at(87)
    assert visitor.current(), "what asks by itself finds it open"
    at(89)
    with pytest.raises(AccessDeniedError, match="You were signed out"):
        visitor.enter()
    sign_in(monkeypatch, claims(iat=ISSUED + 89 * 60))
    assert visitor.enter(), "signed in again"


def test_what_asks_by_itself_is_no_click(ann, at, monkeypatch):
    monkeypatch.setenv("TOKEN_LEDGER_IDLE_MINUTES", "30")
    visitor.enter()
    at(29)
    visitor.current()
    at(31)
    assert not visitor.is_let_in()


def test_without_a_limit_a_sign_in_does_not_end_by_itself(ann, at, monkeypatch):
    monkeypatch.setenv("TOKEN_LEDGER_IDLE_MINUTES", "0")
    visitor.enter()
    at(60 * 24 * 29)
    assert visitor.enter()


def test_a_cookie_opens_nothing_after_its_sign_out(ann, monkeypatch):
    visitor.enter()
    visitor.sign_out()
    assert not visitor.is_let_in()
    sign_in(monkeypatch, claims(iat=ISSUED + 1))
    assert visitor.is_let_in(), "another sign-in of the same person goes on"


def test_signing_out_everywhere_ends_sign_ins_that_were_never_seen_here(ann, at, monkeypatch):
    visitor.enter()
    visitor.sign_out(everywhere=True)
    sign_in(monkeypatch, claims(iat=ISSUED + 30))
    assert not visitor.is_let_in()
    sign_in(monkeypatch, {name: value for name, value in claims().items() if name != "iat"})
    assert not visitor.is_let_in(), "one that does not tell when it began"
    sign_in(monkeypatch, claims(iat=ISSUED + 61))
    assert visitor.is_let_in(), "signed in since"


def test_signing_out_everywhere_is_of_one_person(ann, settings, monkeypatch):
    grant(settings, Role.VIEWER, Scope(own=True), "bob@example.com")
    visitor.sign_out(everywhere=True)
    sign_in(monkeypatch, claims("bob@example.com"))
    assert visitor.is_let_in()


def test_ended_sign_ins_stay_ended_as_long_as_a_cookie_lives(settings):
    first = SignIn("a", ANN, books.NOW)
    with database(settings) as db:
        end(db, first, books.NOW)
        note_use(db, SignIn("b", ANN, books.NOW), books.NOW + timedelta(days=31))
        assert not is_open(db, first, books.NOW + timedelta(days=31), timedelta())
        note_use(db, SignIn("c", ANN, books.NOW), books.NOW + timedelta(days=91))
        assert is_new(db, first), "long after its cookie it is forgotten"


def test_groups_are_read_from_the_claim_that_is_named(settings, monkeypatch):
    with database(settings) as db:
        add_grant(db, Subject(SubjectKind.GROUP, "finance"), Role.ANALYST, Scope(), books.NOW)
    sign_in(monkeypatch, claims(groups=["staff"], roles=["finance"]))
    assert not visitor.is_let_in()
    monkeypatch.setenv("TOKEN_LEDGER_GROUPS_CLAIM", "roles")
    assert visitor.current().role is Role.ANALYST


def test_a_page_looks_up_once_who_asks_and_the_next_run_again(full_books, settings, monkeypatch, open_page):
    grant(settings, Role.ANALYST)
    sign_in(monkeypatch, claims())
    asked = []
    look_up = visitor._looked_up
    monkeypatch.setattr(visitor, "_looked_up", lambda **how: asked.append(how["noting"]) or look_up(**how))
    app = open_page("cost")
    asked.clear()
    for _ in range(2):
        app.run()
    first_without_the_frame = [False, True]  # as a deep link on a new server: that run starts over
    assert asked == first_without_the_frame * 2


def test_after_an_action_it_is_looked_up_again(ann):
    access = visitor.enter()
    with of_run.during_the_run(replace(access, role=Role.ADMIN)):
        assert visitor.may(Role.ADMIN)
        of_run.forget_access()
        assert not visitor.may(Role.ADMIN)
    assert visitor.current() == access
