"""Connected organizations: names, twins, removal, and keys nobody sees again."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

import pytest
from sqlite_utils import Database

from core.dimensions import Origin
from core.errors import InputError, SecretKeyError
from core.explore.labels import filter_param
from core.explore.query import Filter
from core.settings import Settings
from core.store.annotations import add_annotation, list_annotations
from core.store.connections import (
    Connection,
    add_connection,
    find_connection,
    get_connection,
    list_connections,
    read_key,
    remove_connection,
    rename_connection,
    rename_organization,
    replace_key,
)
from core.store.database import database
from core.store.directory import replace_directory
from core.store.given_names import LONGEST_NAME
from core.store.meta import revision
from core.store.plans import PlanContent, add_plan, list_plans
from core.store.runs import begin_run, list_runs
from core.store.saved_filters import add_filter, list_filters
from core.store.saved_views import Params, ViewContent, add_view, list_views
from core.store.secrets import Vault
from core.store.states import OK, StreamState, record_state
from tests.store.books import KEY, NOW, PlainVault, connect, cost_row, dump, put, window


def test_a_connection_comes_back_as_it_was_stored(db: Database) -> None:
    stored = connect(db, "  Research ", demo=True)
    assert stored == get_connection(db, stored.id) == list_connections(db)[0]
    assert stored == Connection(
        id=1,
        name="Research",
        origin=Origin.PLATFORM,
        organization_id="org_1",
        organization_name="Example",
        key_hint="sk-ant-admin01-…f3Kq",
        since=date(2026, 3, 1),
        demo=True,
        created_at=NOW,
    )


@pytest.mark.parametrize("again", ["Research", "RESEARCH", " research  "])
def test_a_name_is_used_once_case_aside(db: Database, again: str) -> None:
    connect(db)
    with pytest.raises(InputError, match="“Research” is already used") as caught:
        connect(db, again, "org_2")
    assert caught.value.field == "name" and len(list_connections(db)) == 1


def test_case_aside_means_all_letters_not_only_ascii(db: Database) -> None:
    connect(db, "Größe Ä")
    with pytest.raises(InputError, match="already used"):
        connect(db, "GRÖSSE ä", "org_2")


@pytest.mark.parametrize("name", ["", "   ", "x" * (LONGEST_NAME + 1), "line\nbreak", "bell\a"])
def test_an_unusable_name_is_refused(db: Database, name: str) -> None:
    with pytest.raises(InputError) as caught:
        connect(db, name)
    assert caught.value.field == "name" and caught.value.remedy and not list_connections(db)


def test_an_organization_is_connected_once_for_each_origin(db: Database) -> None:
    connect(db)
    with pytest.raises(InputError, match="already connected, as “Research”"):
        connect(db, "Other name")
    assert connect(db, "Chat", origin=Origin.CLAUDE_AI).organization_id == "org_1"
    assert connect(db, "Sales", "org_2").id == 3


def test_connections_are_listed_by_name_case_aside(db: Database) -> None:
    for number, name in enumerate(("beta", "Alpha", "Gamma")):
        connect(db, name, f"org_{number}")
    assert [connection.name for connection in list_connections(db)] == ["Alpha", "beta", "Gamma"]


def test_finding_by_name_ignores_case_and_tells_what_there_is(db: Database) -> None:
    with pytest.raises(InputError, match="none yet"):
        find_connection(db, "Research")
    connect(db)
    assert find_connection(db, " rESEARCH ").id == 1
    with pytest.raises(InputError, match=r"No connection is named “Nope”.*“Research”"):
        find_connection(db, "Nope")


def test_renaming_may_change_case_but_not_take_a_used_name(db: Database) -> None:
    connect(db), connect(db, "Sales", "org_2")
    assert rename_connection(db, 1, "RESEARCH").name == "RESEARCH"
    with pytest.raises(InputError, match="already used"):
        rename_connection(db, 1, "sales")
    assert get_connection(db, 1).name == "RESEARCH"
    with pytest.raises(InputError, match="no longer exists"):
        rename_connection(db, 9, "Nine")


def test_the_organizations_own_name_is_kept_current(db: Database) -> None:
    connect(db)
    rename_organization(db, 1, "Example, Inc.")
    assert get_connection(db, 1).organization_name == "Example, Inc."


FILTERS = {
    "in.cost_center": ["Research", "Sales"],
    "not.cost_center": ["Research"],
    "in.workspace": ["Research"],
}


def saved_params(db: Database) -> list[Params]:
    kept = [*(view.content for view in list_views(db)), *list_filters(db)]
    return [one.params for one in kept]


def test_saved_views_and_filters_follow_a_connection_that_is_renamed(db: Database) -> None:
    connect(db)
    add_view(db, "Mine", ViewContent("cost", FILTERS), NOW)
    add_filter(db, "Ours", {"has.cost_center": ["Research"], "in.cost_center": ["Research", "R & D"]}, NOW)
    rename_connection(db, 1, "R & D")
    followed = {
        "in.cost_center": ["R & D", "Sales"],
        "not.cost_center": ["R & D"],
        "in.workspace": ["Research"],
    }
    parts = {"has.cost_center": ["Research"], "in.cost_center": ["R & D"]}
    assert saved_params(db) == [followed, parts]


def test_plans_and_annotations_follow_it_too(db: Database) -> None:
    connect(db)
    scope = {"in.cost_center": ["Research"]}
    add_plan(db, "Mine", PlanContent(scope, "cost", "month", {}), NOW)
    add_annotation(db, NOW.date(), NOW.date(), "Launch", scope, NOW)
    rename_connection(db, 1, "R & D")
    (plan,), (note,) = list_plans(db), list_annotations(db)
    assert plan.content.params == note.scope == {"in.cost_center": ["R & D"]}


def test_a_name_that_links_spell_otherwise_is_followed_too(db: Database) -> None:
    connect(db)
    for name, text in (("~none", "~~none"), ("Plain", "Plain")):
        rename_connection(db, 1, name)
        assert filter_param(Filter("cost_center", (name,)))[1] == [text]
        add_view(db, name, ViewContent("cost", {"in.cost_center": [text]}), NOW)
    assert saved_params(db) == [{"in.cost_center": ["Plain"]}, {"in.cost_center": ["Plain"]}]


def test_a_rename_that_is_refused_leaves_what_is_saved(db: Database) -> None:
    connect(db), connect(db, "Sales", "org_2")
    add_view(db, "Mine", ViewContent("cost", FILTERS), NOW)
    with pytest.raises(InputError):
        rename_connection(db, 1, "Sales")
    assert saved_params(db) == [FILTERS]


def test_an_organizations_filter_follows_once_no_connection_bears_the_name(db: Database) -> None:
    connect(db), connect(db, "Sales", "org_2")
    for connection_id in (1, 2):
        rename_organization(db, connection_id, "Acme")
    add_view(db, "Mine", ViewContent("cost", {"in.organization": ["Acme"]}), NOW)
    rename_organization(db, 1, "Acme, Inc.")
    assert saved_params(db) == [{"in.organization": ["Acme"]}]
    rename_organization(db, 2, "Acme, Inc.")
    assert saved_params(db) == [{"in.organization": ["Acme, Inc."]}]
    rename_organization(db, 9, "Of a connection that was removed meanwhile")


def _fill(db: Database, connection_id: int) -> None:
    run_id = begin_run(db, "test", NOW)
    for days in ((0, 1), (0, 2)):
        put(db, window(connection_id, *days, run_id=run_id), [cost_row(connection_id, 0, sum(days))])
    replace_directory(db, connection_id, "users", [{"user_id": "u", "email": "a@example.com"}], NOW)
    record_state(db, StreamState(connection_id, "platform_cost", OK, "", None, None, NOW))
    for table, values in {
        "run_progress (run_id, connection_id, started_at)": (run_id, connection_id, "2026-03-01T00:00:00Z"),
        "ledger_files (connection_id, month, file_name, revision, schema_version, rows, built_at)": (
            connection_id,
            "2026-03-01",
            "f",
            1,
            1,
            1,
            "2026",
        ),
        "control_checks": (connection_id, "2026-03-01", "cost", 1, 1),
    }.items():
        db.conn.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)


def _tables(db: Database) -> list[str]:
    found = db.conn.execute(
        "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
        " WHERE m.type = 'table' AND c.name = 'connection_id' ORDER BY 1"
    )
    return [name for (name,) in found]


def _counts(db: Database, connection_id: int) -> dict[str, int]:
    query = "SELECT count(*) FROM {} WHERE connection_id = ?"
    return {t: db.conn.execute(query.format(t), [connection_id]).fetchone()[0] for t in _tables(db)}


def test_removing_takes_every_row_of_it_and_none_of_another(db: Database) -> None:
    for number, name in ((1, "Research"), (2, "Sales")):
        connect(db, name, f"org_{number}")
        _fill(db, number)
    kept, before = _counts(db, 2), revision(db)
    assert sum(count > 0 for count in kept.values()) >= 10
    remove_connection(db, 1)
    assert set(_counts(db, 1).values()) == {0}
    assert _counts(db, 2) == kept and revision(db) == before + 1
    assert [connection.id for connection in list_connections(db)] == [2]
    assert len(list_runs(db)) == 2


def test_every_table_of_a_connection_goes_with_it(db: Database) -> None:
    for table in _tables(db):
        rules = {row[2]: row[6] for row in db.conn.execute(f"PRAGMA foreign_key_list({table})")}
        assert rules["connections"] == "CASCADE", table


def test_removing_twice_is_a_sentence(db: Database) -> None:
    connect(db)
    remove_connection(db, 1)
    before = dump(db, "meta")
    with pytest.raises(InputError, match="no longer exists"):
        remove_connection(db, 1)
    assert dump(db, "meta") == before


def test_a_new_key_takes_the_place_of_the_old(settings: Settings) -> None:
    vault = Vault(settings)
    with database(settings) as db:
        connect(db, vault=vault)
        changed = replace_key(db, vault, 1, "sk-ant-admin01-another-secret-Wx9z")
        assert changed.key_hint == "sk-ant-admin01-…Wx9z"
        assert read_key(db, vault, 1) == "sk-ant-admin01-another-secret-Wx9z"
        with pytest.raises(InputError, match="no longer exists"):
            replace_key(db, vault, 9, KEY)
        with pytest.raises(InputError, match="no longer exists"):
            read_key(db, vault, 9)


def test_the_key_stands_nowhere_in_the_clear(settings: Settings) -> None:
    with database(settings) as db:
        stored = connect(db, vault=Vault(settings))
        assert read_key(db, Vault(settings), 1) == KEY
        files = list(settings.data_dir.iterdir())  # while open: the write-ahead log is there too
        assert len(files) >= 3
        for file in files:
            content = file.read_bytes()
            assert KEY.encode() not in content and b"very_secret" not in content, file.name
    for text in (repr(stored), str(stored), repr(Vault(settings)), repr(settings)):
        assert KEY not in text and "very_secret" not in text
    assert not {"key", "encrypted_key"} & {field.name for field in fields(Connection)}


def test_a_key_that_cannot_be_encrypted_is_not_stored(db: Database) -> None:
    class Broken(PlainVault):
        def encrypt(self, text: str) -> bytes:
            raise SecretKeyError("No.")

    with pytest.raises(SecretKeyError):
        connect(db, vault=Broken())
    assert list_connections(db) == []


def test_an_insert_that_fails_leaves_no_transaction_open(db: Database) -> None:
    with pytest.raises(Exception, match="NOT NULL"):
        add_connection(
            db,
            PlainVault(),
            name="A",
            origin=Origin.PLATFORM,
            organization_id=None,  # type: ignore[arg-type]
            organization_name=None,
            key=KEY,
            since=date(2026, 1, 1),
            now=NOW,
        )
    assert not db.conn.in_transaction
