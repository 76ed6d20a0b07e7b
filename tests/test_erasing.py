"""A person who is erased is nowhere any more, comes back with no pull, and takes no amount along."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import polars as pl
import pytest
from sqlite_utils import Database

from core import upkeep
from core.cli import main
from core.demo.company import Person
from core.errors import ConfigurationError, InputError, SyncBusyError
from core.explore.dashboard_exchange import shipped
from core.explore.explorers import MEASURES_OF
from core.settings import Settings, from_environment
from core.store.alert_files import AlertFile, FileKind, add_files
from core.store.annotations import add_annotation
from core.store.database import database
from core.store.erased_people import TOLD_IN
from core.store.findings import FoundNow, Part, SeriesKey, keep_findings, list_findings
from core.store.outbox import Alert, Phase, add_alert
from core.store.saved_filters import add_filter, list_filters
from core.store.saved_views import ViewContent, add_view, list_views
from core.streams import STREAMS
from core.sync.lock import sync_lock
from tests.support.organizations import NOW, World, clock, organizations, sync
from tests.test_removal import found, texts

DAY = NOW.date() - timedelta(days=5)
PEOPLE = {name: organization.people for name, organization in organizations().items()}


def words_of(person: Person) -> set[str]:
    return {person.id, person.email, person.name}


def sums(settings: Settings) -> dict[str, int]:
    """Every amount and count of every table of facts, in total."""
    with database(settings) as db:
        return {
            f"{stream.name}.{column.name}": sum(
                row[column.name] or 0 for row in db.query(f"SELECT {column.name} FROM {stream.name}")
            )
            for stream in STREAMS.values()
            for column in stream.columns
            if column.name in ("amount_microcents", "list_amount_microcents", "output_tokens", "requests")
        }


def ledger_sums(settings: Settings) -> tuple[int, int, int]:
    """Cost, tokens and persons of the ledger's files, read by themselves."""
    rows = pl.read_parquet(sorted((settings.ledger_dir / "rows").glob("*/*/*.parquet")))
    return rows["cost_microcents"].sum(), rows["tokens"].sum(), rows["user_id"].n_unique()


def plant(settings: Settings, person: Person) -> None:
    """The person in all that people and this program write of them."""
    key = SeriesKey("user", person.email)
    unusual = FoundNow(
        key, person.email, "spike", "usd", 1, DAY, DAY, DAY, 100, 900, (Part(key, person.email, 1.0),)
    )
    page = f"cost?in.user={quote(person.email)}"
    alert = Alert(
        "anomaly:1", "anomaly", Phase.BEGUN, f"User {person.email}", f"{person.name} spent more", page, NOW
    )
    with database(settings) as db:
        keep_findings(db, [unusual], DAY, NOW)
        html = AlertFile(FileKind.HTML, "", f"{person.name} ({person.email}) spent more".encode())
        add_files(db, add_alert(db, alert), [html])
        add_filter(db, f"Of {person.name}", {"in.user": [person.email], "in.user_id": [person.id]}, NOW)
        add_view(db, person.email, ViewContent("cost", {"in.user": [person.email]}), NOW)
        add_annotation(db, DAY, DAY, f"Asked {person.email.upper()}: fine.", {}, NOW)


@pytest.mark.slow
def test_nothing_of_an_erased_person_is_on_the_disk_and_nothing_comes_back(synced: World) -> None:
    settings, _, _ = synced
    person, other = PEOPLE["Staff"][:2]
    plant(settings, person)
    before, persons = sums(settings), ledger_sums(settings)
    assert {word for word, _ in found(settings.data_dir, words_of(person))} == words_of(person)
    assert upkeep.erase_person(settings, person.id, clock) == "Erased person 1"
    assert found(settings.data_dir, {*words_of(person), person.email.upper(), quote(person.email)}) == set()
    assert {word for word, _ in found(settings.data_dir, words_of(other))} == words_of(other)
    assert (sums(settings), ledger_sums(settings)) == (before, persons)
    assert sync(settings, full=True).outcome == "ok"  # Anthropic tells of them as before
    assert found(settings.data_dir, words_of(person)) == set()
    assert (sums(settings), ledger_sums(settings)) == (before, persons)


def views_of_people(db: Database) -> list[str]:
    """Names of views, but of those that ship."""
    of_program = {view.name for board in shipped(MEASURES_OF) for view in board.views}
    return sorted(view.name for view in list_views(db) if view.name not in of_program)


def test_what_was_said_of_them_says_the_stand_in(synced: World) -> None:
    settings, _, _ = synced
    person = PEOPLE["Staff"][0]
    plant(settings, person)
    upkeep.erase_person(settings, person.email.upper(), clock)
    with database(settings) as db:
        assert [(kept.name, kept.params) for kept in list_filters(db)] == [
            ("Of Erased person 1", {"in.user": ["Erased person 1"], "in.user_id": ["erased-1"]})
        ]
        assert views_of_people(db) == ["Erased person 1"]
        (finding,) = list_findings(db)
        assert (finding.now.key.value, finding.now.label) == ("Erased person 1", "Erased person 1")
        assert next(db.query("SELECT text FROM annotations"))["text"] == "Asked Erased person 1: fine."
        assert next(db.query("SELECT page FROM alerts"))["page"] == "cost?in.user=Erased person 1"


@pytest.mark.slow
def test_one_id_in_two_organizations_is_one_person(synced: World) -> None:
    settings, _, _ = synced
    person, twin = PEOPLE["Main"][0], PEOPLE["Twin"][0]
    assert person.id == twin.id and person.email != twin.email
    before, persons = sums(settings), ledger_sums(settings)
    upkeep.erase_person(settings, twin.email, clock)
    upkeep.erase_person(settings, PEOPLE["Staff"][0].id, clock)
    assert found(settings.data_dir, words_of(person) | words_of(twin)) == set()
    assert (sums(settings), ledger_sums(settings)) == (before, persons)
    with database(settings) as db:
        users = {row["user_id"] for row in db.query("SELECT user_id FROM users")}
        names = {
            row["account_email"] for row in db.query("SELECT DISTINCT account_email FROM platform_usage")
        }
    assert users == {PEOPLE["Main"][1].id}
    assert "Erased person 1" in names and PEOPLE["Main"][1].email in names


def test_who_had_several_ids_is_one_who_was_erased(synced: World) -> None:
    settings, _, _ = synced
    person = PEOPLE["Staff"][0]
    with database(settings) as db:
        for n, columns in enumerate(TOLD_IN):
            values = {"other": f"{person.id}-{n % 2}", "id": person.id, "day": DAY.isoformat()}
            sql = f"UPDATE {columns.table} SET {columns.id} = :other WHERE {columns.id} = :id AND day < :day"
            db.conn.execute(sql, values)
    before = sums(settings)
    upkeep.erase_person(settings, f"{person.id}-0", clock)
    assert found(settings.data_dir, words_of(person)) == set()
    assert sums(settings) == before
    with database(settings) as db:
        told = {
            (row["id"], row["shown"])
            for columns in TOLD_IN
            for row in db.query(
                f"SELECT DISTINCT {columns.id} AS id, {columns.name or columns.email} AS shown"
                f" FROM {columns.table} WHERE {columns.id} LIKE 'erased-%'"
            )
        }
    assert told == {("erased-1", "Erased person 1")}
    rows = pl.read_parquet(sorted((settings.ledger_dir / "rows").glob("*/*/*.parquet")))
    erased = rows.filter(pl.col("user").cast(pl.String).str.starts_with("Erased"))
    assert erased.height and set(erased["user_id"].cast(pl.String)) == {"erased-1"}


def test_part_of_a_longer_word_is_somebody_else(synced: World) -> None:
    settings, _, _ = synced
    person = PEOPLE["Staff"][0]
    kept = [f"jo{person.email}", f"{person.email}.au", f"{person.id}9", f"x-{person.email}"]
    with database(settings) as db:
        add_filter(db, "Others", {"in.user": kept}, NOW)
    upkeep.erase_person(settings, person.id, clock)
    with database(settings) as db:
        assert list_filters(db)[0].params == {"in.user": kept}


def test_a_name_that_is_there_once_only_is_numbered(synced: World) -> None:
    settings, _, _ = synced
    person = PEOPLE["Staff"][0]
    with database(settings) as db:
        for name in (person.email, "Erased person 1"):
            add_view(db, name, ViewContent("cost", {}), NOW)
    upkeep.erase_person(settings, person.id, clock)
    with database(settings) as db:
        assert views_of_people(db) == ["Erased person 1", "Erased person 1 (2)"]


@pytest.mark.slow
def test_nobody_is_erased_by_mistake(
    synced: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, _, _ = synced
    person = PEOPLE["Staff"][0]
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(settings.data_dir))
    for nobody in ("", "nobody@example.com", person.id[:-1], person.name, "%"):
        with pytest.raises(InputError, match="Nobody"):
            upkeep.erase_person(settings, nobody, clock)
    assert main(["erase-person", person.id]) == 1
    said = capsys.readouterr().out
    with database(settings) as db:
        rows = sum(
            row["told"] == person.id
            for columns in TOLD_IN
            for row in db.query(f"SELECT {columns.id} AS told FROM {columns.table}")
        )
    assert person.email in said and f"{rows:,} rows" in said and "Nothing was erased" in said
    with sync_lock(settings), pytest.raises(SyncBusyError):
        upkeep.erase_person(settings, person.id, clock)
    assert {word for word, _ in found(settings.data_dir, words_of(person))} == words_of(person)
    assert main(["erase-person", person.id, "--yes"]) == 0
    assert "Backups and files made before still name them" in capsys.readouterr().out
    assert main(["erase-person", person.id, "--yes"]) == 2


def days_naming(settings: Settings, emails: set[str]) -> dict[str, int]:
    """Day -> rows of facts that name one of them."""
    named: dict[str, int] = {}
    with database(settings) as db:
        for columns in TOLD_IN:
            for row in db.query(f"SELECT day, {columns.email} AS email FROM {columns.table}"):
                if row["email"] in emails:
                    named[row["day"]] = named.get(row["day"], 0) + 1
    return named


@pytest.mark.slow
def test_who_is_not_to_be_named_for_longer_is_not(synced: World) -> None:
    settings, _, _ = synced
    emails = {person.email for people in PEOPLE.values() for person in people}
    before, first = sums(settings), min(days_naming(settings, emails))
    whole = ledger_sums(settings)[:2]
    kept = replace(settings, names_days=20)  # fewer than may be set, for a world of six weeks
    cutoff = NOW.date() - timedelta(days=20)
    assert first < cutoff.isoformat()
    assert sync(kept).outcome == "ok"
    assert min(days_naming(kept, emails)) == cutoff.isoformat()
    assert sums(kept) == before
    rows = pl.read_parquet(sorted((kept.ledger_dir / "rows").glob("*/*/*.parquet")))
    old = rows.filter(pl.col("day") < cutoff)
    assert set(old["user_id"].drop_nulls().cast(pl.String)) == {"erased-by-age"}
    assert not emails & set(old["user"].drop_nulls().cast(pl.String))
    assert ledger_sums(kept)[:2] == whole


@pytest.mark.parametrize("days", ["59", "0", "-1", "1e3", "ten", "99999999"])
def test_a_range_that_later_pulls_would_undo_cannot_be_set(days: str) -> None:
    with pytest.raises(ConfigurationError, match="TOKEN_LEDGER_NAMES_DAYS"):
        from_environment({"TOKEN_LEDGER_NAMES_DAYS": days})
    assert from_environment({"TOKEN_LEDGER_NAMES_DAYS": "60"}).names_days == 60
    assert from_environment({}).names_days is None


def test_every_text_of_every_table_is_looked_through(synced: World) -> None:
    """A table that somebody adds is, too: the word is planted wherever it can stand."""
    settings, _, _ = synced
    person = PEOPLE["Staff"][0]
    planted = set()
    with database(settings) as db:
        facts = {columns.table for columns in TOLD_IN}
        for table in db.table_names():
            if (
                table in (*facts, "audit")
                or table.startswith(("sqlite_", "_sqlite"))
                or not db.table(table).count
            ):
                continue
            for column in db.query("SELECT name, type FROM pragma_table_info(:table)", {"table": table}):
                if column["type"] == "TEXT" and _takes(db, table, column["name"], f"by {person.email}"):
                    planted.add(f"{table}.{column['name']}")
        assert len(planted) > 25
        upkeep.erasing.erase_person(db, upkeep.erasing.find_person(db, person.id), NOW)
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.conn.execute("VACUUM")
    database_files = [content for path, content in texts(settings.data_dir) if "token-ledger.db" in path.name]
    assert not any(person.email.encode() in content for content in database_files)


def _takes(db: Database, table: str, column: str, text: str) -> bool:
    sql = f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = (SELECT min(rowid) FROM "{table}")'
    try:
        db.conn.execute(sql, [text])
    except sqlite3.Error:
        return False
    return True
