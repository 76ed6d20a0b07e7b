"""Grants: who they are for, what they hold, and what cannot be granted."""

from datetime import UTC, datetime

import pytest
from sqlite_utils import Database

from core.errors import InputError
from core.settings import Settings
from core.store.database import database
from core.store.grants import (
    NOTHING,
    Role,
    Scope,
    Subject,
    SubjectKind,
    add_grant,
    list_grants,
    remove_grant,
)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ANN = Subject(SubjectKind.EMAIL, "ann@example.com")


@pytest.fixture
def db(tmp_path):
    with database(Settings(tmp_path)) as opened:
        yield opened


def test_a_grant_is_read_as_it_was_made(db: Database) -> None:
    scope = Scope(connections=(3, 1, 3), workspaces=("w2", ""), products=("Chat",), own=True)
    add_grant(db, ANN, Role.VIEWER, scope, NOW, "root@example.com")
    (grant,) = list_grants(db)
    assert (grant.subject, grant.role, grant.granted_at) == (ANN, Role.VIEWER, NOW)
    assert grant.scope == Scope((1, 3), ("", "w2"), ("Chat",), True)
    assert grant.granted_by == "root@example.com"


def test_the_same_is_granted_once(db: Database) -> None:
    first = add_grant(db, ANN, Role.VIEWER, Scope(connections=(1, 2)), NOW)
    again = add_grant(db, ANN, Role.VIEWER, Scope(connections=(2, 1)), NOW)
    add_grant(db, ANN, Role.VIEWER, Scope(connections=(2,)), NOW)
    assert first == again
    assert len(list_grants(db)) == 2


def test_what_is_removed_is_gone_and_cannot_be_removed_again(db: Database) -> None:
    grant = add_grant(db, ANN, Role.ADMIN, NOTHING, NOW)
    assert remove_grant(db, grant.id) == grant
    assert list_grants(db) == []
    with pytest.raises(InputError, match="does not exist any more"):
        remove_grant(db, grant.id)


@pytest.mark.parametrize(
    ("role", "scope"), [(Role.VIEWER, NOTHING), (Role.ADMIN, Scope(own=True)), (Role.ANALYST, Scope((1,)))]
)
def test_only_a_viewer_is_limited_and_always(db: Database, role: Role, scope: Scope) -> None:
    with pytest.raises(InputError):
        add_grant(db, ANN, role, scope, NOW)
    assert list_grants(db) == []


@pytest.mark.parametrize(
    ("kind", "text", "kept"),
    [
        (SubjectKind.EMAIL, " Ann@Example.COM ", "ann@example.com"),
        (SubjectKind.DOMAIN, "@Example.com", "example.com"),
        (SubjectKind.GROUP, "Finance Team", "Finance Team"),
    ],
)
def test_subjects_have_one_spelling(kind: SubjectKind, text: str, kept: str) -> None:
    assert Subject(kind, text).text == kept


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (SubjectKind.EMAIL, "ann"),
        (SubjectKind.EMAIL, "a@b@c"),
        (SubjectKind.EMAIL, ""),
        (SubjectKind.DOMAIN, "com"),
        (SubjectKind.DOMAIN, "*"),
        (SubjectKind.DOMAIN, "ann@example.com"),
        (SubjectKind.GROUP, "  "),
        (SubjectKind.GROUP, "a\nb"),
        (SubjectKind.GROUP, "g" * 255),
    ],
)
def test_what_names_nobody_is_refused(kind: SubjectKind, text: str) -> None:
    with pytest.raises(InputError):
        Subject(kind, text)
