"""The schema that the migrations make, and that they run once."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

import pytest
from sqlite_utils import Database

from core.settings import Settings
from core.store.dashboards import TEXT, Tile, TileLook, add_text, list_dashboards
from core.store.database import _KNOWN, database, writing
from core.store.migrations import MIGRATIONS, run_script
from core.store.saved_views import list_views
from tests.store.books import connect, dump, in_memory

TABLES = {
    "connections",
    *("workspaces", "api_keys", "users"),
    *("platform_usage", "platform_cost"),
    *("claude_ai_user_cost", "claude_ai_user_usage", "claude_ai_cost", "claude_ai_usage"),
    *("platform_analytics_cost", "platform_analytics_usage"),
    *("claude_ai_analytics_cost", "claude_ai_analytics_usage"),
    *("platform_agent_cost", "platform_agent_usage", "claude_ai_agent_cost", "claude_ai_agent_usage"),
    *("platform_tag_cost", "platform_tag_usage", "claude_ai_tag_cost", "claude_ai_tag_usage"),
    *("coverage", "windows", "day_changes", "stream_states", "runs", "run_progress", "sync_failures"),
    *("month_revisions", "ledger_files", "control_checks", "meta"),
    *("saved_views", "saved_filters", "dashboards", "tiles", "plans", "plan_amounts"),
    *("learned", "set_aside"),
    *("findings", "muted_series", "annotations"),
    *("spend_limits", "member_limits", "limit_lists"),
    *("channels", "alert_rules", "open_events", "alerts", "outbox"),
    *("digests", "digest_channels", "alert_files"),
    "erased_people",
    *("ledger_names", "namesakes", "persons"),
    *("unit_prices", "priced_months", "told_totals", "told_rates", "wanted_prices"),
    *("grants", "sign_ins", "sign_outs", "audit"),
}
INDEXES = {
    *("day_changes_day", "day_changes_changed", "sync_failures_run", "sync_failures_connection"),
    *(
        "told_rates_day",
        "tiles_view",
        "ledger_names_month",
        "namesakes_connection",
        "unit_prices_month",
        "wanted_prices_month",
        "outbox_due",
        "outbox_alert",
        "digest_channels_channel",
        "grants_subject",
        "sign_ins_person",
        "audit_is_never_changed",
        "audit_is_never_deleted",
    ),
}
FACTS = {name for name in TABLES if name.startswith(("platform_", "claude_ai_"))}


def schema(db: Database) -> dict[str, str]:
    found = db.conn.execute(
        "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%sqlite_%' ORDER BY name"
    )
    return dict(found.fetchall())


def columns(db: Database, table: str) -> dict[str, str]:
    return {row[1]: row[2] for row in db.conn.execute(f"PRAGMA table_info({table})")}


def test_a_fresh_database_has_exactly_the_expected_tables() -> None:
    with in_memory() as db:
        names = set(schema(db))
        assert names - {f"{fact}_day" for fact in FACTS} - INDEXES == TABLES


def test_facts_keep_the_amount_as_received_beside_micro_cents() -> None:
    with in_memory() as db:
        for table in ("platform_cost", "claude_ai_user_cost", "claude_ai_cost"):
            kinds = columns(db, table)
            assert (kinds["amount"], kinds["amount_microcents"], kinds["currency"]) == (
                "TEXT",
                "INTEGER",
                "TEXT",
            )


def test_no_column_can_hold_a_binary_float() -> None:
    with in_memory() as db:
        kinds = {kind for table in TABLES for kind in columns(db, table).values()}
        assert kinds == {"INTEGER", "TEXT", "BLOB"}


def test_every_fact_carries_its_connection_and_day_and_is_found_by_them() -> None:
    with in_memory() as db:
        for table in FACTS:
            assert list(columns(db, table))[:2] == ["connection_id", "day"]
            plan = db.conn.execute(
                f"EXPLAIN QUERY PLAN DELETE FROM {table} WHERE connection_id = 1 AND day = '2026-01-01'"
            ).fetchall()
            assert f"{table}_day" in plan[0][3]


def test_applying_again_changes_nothing() -> None:
    with in_memory() as db:
        connect(db)
        before, meta = schema(db), dump(db, "meta", "connections")
        MIGRATIONS.apply(db)
        assert (schema(db), dump(db, "meta", "connections")) == (before, meta)
        assert meta["meta"] == [
            ("last_connection_id", "1"),
            ("ledger_revision", "1"),
            ("refresh_hours", "24"),
            ("revision", "0"),
        ]


def test_opening_again_keeps_everything(settings: Settings) -> None:
    with database(settings) as db:
        connect(db)
        before = dump(db, "connections", "_sqlite_migrations")
    with database(settings) as db:
        assert dump(db, "connections", "_sqlite_migrations") == before
        assert len(before["_sqlite_migrations"]) == len(_KNOWN)


def test_a_migration_that_breaks_leaves_nothing_behind() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        db = Database(conn, execute_plugins=False)
        with pytest.raises(sqlite3.OperationalError, match="already exists"), writing(db):
            run_script(db, "CREATE TABLE a (x INTEGER);\nCREATE TABLE a (x INTEGER);\n")
        assert schema(db) == {}


def test_processes_that_start_at_once_migrate_once(settings: Settings) -> None:
    barrier, problems = threading.Barrier(6), []

    def start() -> None:
        barrier.wait()
        try:
            with database(settings) as db:
                assert set(schema(db)) >= TABLES
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with database(settings) as db:
        assert len(dump(db, "_sqlite_migrations")["_sqlite_migrations"]) == len(_KNOWN)


def test_a_database_of_the_first_version_keeps_its_data_and_gains_dashboards(settings: Settings) -> None:
    settings.data_dir.mkdir()
    with closing(sqlite3.connect(settings.database_path, isolation_level=None)) as conn:
        old = Database(conn, execute_plugins=False)
        MIGRATIONS.apply(old, stop_before="0004_dashboards")
        conn.execute(
            "INSERT INTO connections"
            " (name, origin, organization_id, key_hint, encrypted_key, since, created_at)"
            " VALUES ('Old', 'claude.ai', 'org_1', 'sk-…', x'00', '2026-01-01', '2026-01-02T00:00:00Z')"
        )
        before = dump(old, "connections", "meta")
        assert "tiles" not in schema(old)
    with database(settings) as db:
        (kept,), meta = dump(db, "connections", "meta").values()
        assert kept[-1] is None  # its key is stored, not kept elsewhere
        assert {"connections": [kept[:-1]], "meta": meta} == before
        assert dump(db, "saved_views", "dashboards", "tiles") == {
            "saved_views": [],
            "dashboards": [],
            "tiles": [],
        }


def test_tiles_of_an_older_version_stay_and_their_ids_are_never_given_again(settings: Settings) -> None:
    settings.data_dir.mkdir()
    with closing(sqlite3.connect(settings.database_path, isolation_level=None)) as conn:
        old = Database(conn, execute_plugins=False)
        MIGRATIONS.apply(old, stop_before="0019_stars_and_last_use_of_saved_views")
        conn.execute(
            "INSERT INTO saved_views (name, page, params, changed_at)"
            " VALUES ('V', 'cost', '{}', '2026-01-01T00:00:00Z')"
        )
        conn.execute("INSERT INTO dashboards (name) VALUES ('D')")
        for position in (0, 1):
            conn.execute(
                "INSERT INTO tiles (dashboard_id, view_id, position, title, kind, width, height, range)"
                " VALUES (1, 1, :position, 't', 'bars', 'half', 'tall', 'own')",
                {"position": position},
            )
        conn.execute("DELETE FROM tiles WHERE id = 2")
    with database(settings) as db:
        (board,) = list_dashboards(db)
        assert board.tiles == (Tile(1, 1, TileLook("bars", "half", "tall", "own", "t")),)
        assert not list_views(db)[0].starred and list_views(db)[0].opened_at is None
        assert add_text(db, board.id, "New", TileLook(TEXT)).id == 3
