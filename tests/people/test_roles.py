"""From claims and grants to a role and what it shows."""

from datetime import UTC, datetime

import pytest

from core.ledger.restriction import Restriction
from core.people.roles import Access, Person, access_of, person_of
from core.store.grants import NOTHING, Grant, Role, Scope, Subject, SubjectKind

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ANN = Person("ann@example.com", frozenset({"finance", "staff"}))


def grant(kind, text, role, scope=NOTHING):
    return Grant(1, Subject(SubjectKind(kind), text), role, scope, NOW, None)


OWN, FIRST = Scope(own=True), Scope(connections=(1,))


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"email": None},
        {"email": ["ann@example.com"]},
        {"email": "ann"},
        {"email": "ann@example.com", "email_verified": False},
        {"email": "ann@example.com", "email_verified": "false"},
        {"sub": "ann@example.com", "name": "ann@example.com"},
    ],
)
def test_who_has_no_address_that_counts_is_nobody(claims):
    assert person_of(claims, "groups") is None


@pytest.mark.parametrize(
    ("claimed", "groups"),
    [
        (["a", "b"], {"a", "b"}),
        ("a", {"a"}),
        (None, set()),
        ({"a": 1}, set()),
        ([1, "", None, "b"], {"b"}),
    ],
)
def test_groups_come_as_a_list_or_alone(claimed, groups):
    person = person_of({"email": "Ann@Example.com", "roles": claimed, "groups": ["x"]}, "roles")
    assert person == Person("ann@example.com", frozenset(groups))


def test_the_highest_role_counts_and_shows_everything():
    grants = [
        grant("email", "ann@example.com", Role.VIEWER, OWN),
        grant("group", "finance", Role.ANALYST),
        grant("domain", "example.com", Role.VIEWER, FIRST),
    ]
    assert access_of(ANN, grants, ()) == Access(ANN, Role.ANALYST)
    assert access_of(ANN, grants, {"ann@example.com"}) == Access(ANN, Role.ADMIN)


def test_what_a_viewer_was_granted_adds_up():
    grants = [grant("domain", "example.com", Role.VIEWER, OWN), grant("group", "staff", Role.VIEWER, FIRST)]
    access = access_of(ANN, grants, ())
    assert access and access.role is Role.VIEWER
    assert isinstance(access.restriction, Restriction)
    assert set(access.restriction.scopes) == {OWN, FIRST}
    assert access.restriction.email == "ann@example.com"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("email", "bob@example.com"),
        ("domain", "ample.com"),
        ("domain", "sub.example.com"),
        ("group", "Finance"),
        ("group", "ann@example.com"),
    ],
)
def test_what_was_granted_to_others_is_not_theirs(kind, text):
    assert access_of(ANN, [grant(kind, text, Role.ADMIN)], {"other@example.com"}) is None


def test_roles_may_what_those_below_may():
    assert Role.ADMIN.may(Role.VIEWER) and Role.ANALYST.may(Role.ANALYST)
    assert not Role.VIEWER.may(Role.ANALYST) and not Role.ANALYST.may(Role.ADMIN)
