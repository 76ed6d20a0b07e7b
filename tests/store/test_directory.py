"""Names behind ids: nothing is deleted, only marked as gone."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest
from sqlite_utils import Database

from core.store.directory import (
    KINDS,
    Names,
    list_api_keys,
    list_users,
    listed_at,
    read_names,
    replace_directory,
)
from tests.store.books import NOW, connect

LATER = NOW + timedelta(days=1)


def workspace(identifier: str, name: str) -> dict[str, object]:
    return {"workspace_id": identifier, "name": name, "archived_at": None, "created_at": None, "tags": "{}"}


def gone(db: Database, connection_id: int = 1) -> dict[str, str | None]:
    query = "SELECT workspace_id, gone_at FROM workspaces WHERE connection_id = ?"
    return dict(db.conn.execute(query, [connection_id]).fetchall())


def test_what_vanished_is_kept_and_marked(db: Database) -> None:
    connect(db)
    replace_directory(db, 1, "workspaces", [workspace("a", "A"), workspace("b", "B")], NOW)
    assert replace_directory(db, 1, "workspaces", [workspace("a", "A, renamed")], LATER) == 1
    assert gone(db) == {"a": None, "b": "2026-11-24T09:30:00Z"}
    assert read_names(db, 1).workspaces == {"a": "A, renamed", "b": "B"}


def test_the_mark_tells_when_it_first_went_missing(db: Database) -> None:
    connect(db)
    replace_directory(db, 1, "workspaces", [workspace("a", "A")], NOW)
    for days in (1, 2):
        replace_directory(db, 1, "workspaces", [], NOW + timedelta(days=days))
    assert gone(db) == {"a": "2026-11-24T09:30:00Z"}


def test_what_comes_back_is_not_gone(db: Database) -> None:
    connect(db)
    for records in ([workspace("a", "A")], [], [workspace("a", "A")]):
        replace_directory(db, 1, "workspaces", records, LATER)
    assert gone(db) == {"a": None}


def test_a_list_that_breaks_off_changes_nothing(db: Database) -> None:
    connect(db)
    replace_directory(db, 1, "workspaces", [workspace("a", "A")], NOW)
    with pytest.raises(sqlite3.IntegrityError):
        replace_directory(
            db, 1, "workspaces", [workspace("b", "B"), {**workspace("c", "C"), "name": None}], LATER
        )
    assert gone(db) == {"a": None}


def test_two_connections_with_equal_ids_keep_their_own_names(db: Database) -> None:
    connect(db), connect(db, "Sales", "org_2")
    replace_directory(db, 1, "workspaces", [workspace("a", "One")], NOW)
    replace_directory(db, 2, "workspaces", [workspace("a", "Two")], NOW)
    replace_directory(db, 1, "workspaces", [], LATER)
    assert gone(db, 2) == {"a": None}
    assert (read_names(db, 1).workspaces, read_names(db, 2).workspaces) == ({"a": "One"}, {"a": "Two"})


def test_mistake_api_keys_joined_by_name_though_names_repeat(db: Database) -> None:
    connect(db)
    keys = [{"api_key_id": identifier, "name": "production"} for identifier in ("k1", "k2")]
    assert replace_directory(db, 1, "api_keys", keys, NOW) == 2
    assert read_names(db, 1).api_keys == {"k1": "production", "k2": "production"}


def test_users_are_named_by_e_mail_else_name_else_id(db: Database) -> None:
    connect(db)
    users = [
        {"user_id": "u1", "email": "ada@example.com", "name": "Ada"},
        {"user_id": "u2", "email": None, "name": "Bob"},
        {"user_id": "u3", "email": None, "name": None},
    ]
    replace_directory(db, 1, "users", users, NOW)
    assert read_names(db, 1).users == {"u1": "ada@example.com", "u2": "Bob", "u3": "u3"}


def test_without_lists_there_are_no_names(db: Database) -> None:
    connect(db)
    assert read_names(db, 1) == Names()
    assert set(KINDS) == {"workspaces", "api_keys", "users"}


def api_key(identifier: str, creator: str | None) -> dict[str, object]:
    return {
        "api_key_id": identifier, "name": identifier.upper(), "key_hint": None, "status": "inactive",
        "workspace_id": None, "created_by_id": creator, "created_at": "2026-01-02T00:00:00Z",
        "expires_at": None,
    }  # fmt: skip


def user(identifier: str, email: str | None) -> dict[str, object]:
    return {"user_id": identifier, "email": email, "name": None, "role": "user", "added_at": None}


def test_keys_come_with_what_the_list_of_users_says_of_their_creator(db: Database) -> None:
    connect(db)
    keys = [api_key("a", "user_1"), api_key("b", "user_2"), api_key("c", "user_3"), api_key("d", None)]
    replace_directory(db, 1, "api_keys", keys, NOW)
    replace_directory(db, 1, "users", [user("user_1", "one@x"), user("user_2", None)], NOW)
    replace_directory(db, 1, "users", [user("user_1", "one@x")], LATER)
    found = [(key.id, key.creator, key.creator_gone_at) for key in list_api_keys(db)]
    assert found == [("a", "one@x", None), ("b", "user_2", LATER), ("c", None, None), ("d", None, None)]
    first = list_api_keys(db)[0]
    assert (first.status, first.name, first.gone_at) == ("inactive", "A", None)
    assert first.created_at is not None and first.created_at.day == 2


def test_a_creator_is_looked_up_in_the_keys_own_organization(db: Database) -> None:
    connect(db), connect(db, "Sales", "org_2")
    replace_directory(db, 1, "api_keys", [api_key("a", "user_1")], NOW)
    replace_directory(db, 2, "users", [user("user_1", "one@x")], NOW)
    assert [key.creator for key in list_api_keys(db)] == [None]


def test_users_and_when_they_were_listed(db: Database) -> None:
    connect(db), connect(db, "Sales", "org_2")
    replace_directory(db, 1, "users", [user("user_1", "one@x"), user("user_2", None)], NOW)
    replace_directory(db, 1, "users", [user("user_1", "one@x")], LATER)
    assert [(one.id, one.name, one.gone_at) for one in list_users(db)] == [
        ("user_1", "one@x", None),
        ("user_2", "user_2", LATER),
    ]
    assert listed_at(db, "users") == {1: LATER}
    assert listed_at(db, "api_keys") == {}
