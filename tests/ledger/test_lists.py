"""What lists say reaches the manifest: as it is now, and never more than is known."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from sqlite_utils import Database

from core.dimensions import LIST_DIMENSIONS, tag_dimension
from core.ledger.list_values import VALUES, read_lists
from core.ledger.lists import Lists
from core.ledger.names import keep_names, make_labels
from core.ledger.namesakes import Named
from core.ledger.publish import current_snapshot, publish
from core.settings import Settings
from core.store.database import database
from core.store.directory import replace_directory
from core.store.learned import DEFAULT_WORKSPACE, Fact, learn
from core.store.meta import ledger_revision
from tests.store.books import NOW, connect
from tests.support.folders import empty_folder

LATER = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(tmp_path)


@pytest.fixture
def db(settings: Settings):
    with database(empty_folder(settings)) as opened:
        connect(opened)
        yield opened


def workspace(id_: str, tags: str = "{}", name: str = "W") -> dict[str, object]:
    dates = {"created_at": "2026-03-01T08:00:00Z", "archived_at": None}
    return {"workspace_id": id_, "name": name, "tags": tags, **dates}


def key(id_: str, creator: str | None, status: str | None = "active") -> dict[str, object]:
    plain: dict[str, str | None] = {"key_hint": "sk-ant-api03-a1b...c2d3", "workspace_id": None}
    plain |= {"created_at": "2026-03-01T08:00:00Z", "expires_at": "2027-03-01T08:00:00Z"}
    return {"api_key_id": id_, "name": id_, "status": status, "created_by_id": creator, **plain}


def user(id_: str, email: str | None, name: str | None, role: str | None = "admin") -> dict[str, object]:
    return {"user_id": id_, "email": email, "name": name, "role": role, "added_at": "2026-03-01T08:00:00Z"}


def told(db: Database, dimension: str) -> dict[str | None, str | None]:
    return {entry.id: entry.values.get(dimension) for entry in read_lists(db)}


def test_every_dimension_of_a_list_is_read_and_none_without_its_declaration(db: Database) -> None:
    replace_directory(db, 1, "api_keys", [key("k", "u")], NOW)
    replace_directory(db, 1, "users", [user("u", "u@acme.example", "U")], NOW)
    replace_directory(db, 1, "workspaces", [workspace("w")], NOW)
    found = {name for entry in read_lists(db) for name in entry.values}
    assert found == set(LIST_DIMENSIONS) == set(VALUES)


def test_a_creator_reads_by_mail_else_name_else_id_and_two_of_one_name_stay_two(db: Database) -> None:
    people = [user("a", "a@acme.example", "Ann"), user("b", None, "Bob"), user("c", "", "Kim"),
              user("d", None, "Kim"), user("e", None, None)]  # fmt: skip
    replace_directory(db, 1, "users", people, NOW)
    keys = [key(f"k{maker}", maker) for maker in ("a", "b", "c", "d", "e", "gone", None)]
    replace_directory(db, 1, "api_keys", keys, NOW)
    assert told(db, "api_key_creator") | {"x": None} == {
        **dict.fromkeys("abcdex"), "ka": "a@acme.example", "kb": "Bob", "kc": "Kim · c", "kd": "Kim · d",
        "ke": "e", "kgone": "gone", "kNone": None,
    }  # fmt: skip


def test_who_left_the_list_keeps_what_he_made_and_has_no_role_or_status(db: Database) -> None:
    replace_directory(db, 1, "users", [user("u", "u@acme.example", "U")], NOW)
    replace_directory(db, 1, "api_keys", [key("k", "u")], NOW)
    replace_directory(db, 1, "workspaces", [workspace("w", '{"team": "red"}')], NOW)
    for kind in ("users", "api_keys", "workspaces"):
        replace_directory(db, 1, kind, [], LATER)
    assert told(db, "user_role") == {"u": None, "k": None, "w": None}
    assert told(db, "api_key_status")["k"] is None
    assert told(db, "api_key_creator")["k"] == "u@acme.example"
    assert told(db, "workspace_tag:team")["w"] == "red"


def test_the_default_workspace_is_found_without_its_id(db: Database) -> None:
    replace_directory(db, 1, "workspaces", [workspace("wd", '{"team": "red"}'), workspace("w")], NOW)
    assert set(told(db, "workspace_tag:team")) == {"w", "wd"}
    learn(db, 1, Fact("workspaces", DEFAULT_WORKSPACE, "wd", NOW))
    assert told(db, "workspace_tag:team") == {"wd": "red", None: "red", "w": None}


def test_tags_of_any_spelling_are_dimensions(db: Database) -> None:
    tags = {"team": "red", "=1+1": "x", "a,b=c!": "", "Zürich\n": "y", "": "z", "k" * 500: "v", "null": None}
    replace_directory(db, 1, "workspaces", [workspace("w", json.dumps(tags))], NOW)
    lists = Lists(read_lists(db))
    assert set(lists.tags) == {tag_dimension(name).name for name, value in tags.items() if value is not None}
    assert told(db, "workspace_tag:%3D1%2B1") == {"w": "x"}
    assert told(db, "workspace_tag:a%2Cb%3Dc%21") == {"w": ""}


def test_a_change_of_a_list_shows_at_the_next_opening_and_builds_nothing(
    db: Database, settings: Settings
) -> None:
    replace_directory(db, 1, "users", [user("u", "u@acme.example", "U", "developer")], NOW)
    publish(db, settings)
    before = current_snapshot(db, settings)
    replace_directory(db, 1, "users", [user("u", "u@acme.example", "U", "admin")], LATER)
    after = current_snapshot(db, settings)
    assert [entry.values for entry in before.lists.entries] == [{"user_role": "developer"}]
    assert [entry.values for entry in after.lists.entries] == [{"user_role": "admin"}]
    assert (before.key != after.key, before.files) == (True, after.files)


def test_a_list_that_says_the_same_changes_nothing(db: Database) -> None:
    replace_directory(db, 1, "users", [user("u", None, "U"), user("v", None, "V")], NOW)
    replace_directory(db, 1, "users", [user("u", None, "U")], NOW)
    revision = ledger_revision(db)
    replace_directory(db, 1, "users", [user("u", None, "U")], LATER)
    assert ledger_revision(db) == revision
    replace_directory(db, 1, "users", [user("u", None, "U"), user("v", None, "V")], LATER)
    assert ledger_revision(db) == revision + 1


def test_a_manifest_of_before_lists_is_made_anew(db: Database, settings: Settings) -> None:
    replace_directory(db, 1, "users", [user("u", None, "U")], NOW)
    publish(db, settings)
    path = settings.ledger_dir / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["lists"]
    path.write_text(json.dumps(manifest))
    assert [entry.id for entry in current_snapshot(db, settings).lists.entries] == ["u"]


def test_a_new_name_that_another_has_is_told_apart_before_any_file_has_it(db: Database) -> None:
    names = dict.fromkeys(
        (Named("api_key", 1, "k1", "old"), Named("api_key", 1, "k2", "prod")), date(2026, 11, 3)
    )
    keep_names(db, 1, date(2026, 11, 1), names)
    replace_directory(db, 1, "api_keys", [key("k1", None), key("k2", None), key("k3", None)], NOW)
    db.conn.execute("UPDATE api_keys SET name = 'prod'")
    assert {one[2:] for one in make_labels(db).namesakes} == {
        ("k1", "old", "prod · Default workspace · k1"),
        ("k1", "prod", "prod · Default workspace · k1"),
        ("k2", "prod", "prod · Default workspace · k2"),
    }
    db.conn.execute("UPDATE api_keys SET name = 'x' || api_key_id")
    assert {one[2:] for one in make_labels(db).namesakes} == {("k1", "old", "xk1"), ("k2", "prod", "xk2")}


def test_the_name_of_the_last_day_stands_for_all_where_no_list_tells(db: Database) -> None:
    days = {"new": date(2026, 11, 9), "old": date(2026, 11, 3)}
    named = {name: Named("user", 1, "u", name) for name in days}
    keep_names(db, 1, date(2026, 11, 1), {named[name]: day for name, day in days.items()})
    keep_names(db, 1, date(2026, 10, 1), {named["old"]: date(2026, 10, 31)})
    assert {one[2:] for one in make_labels(db).namesakes} == {("u", "old", "new")}
    db.conn.execute("UPDATE ledger_names SET last_day = NULL")
    assert len(make_labels(db).namesakes) == 1
