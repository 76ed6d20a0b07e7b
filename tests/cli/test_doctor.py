"""What the doctor finds wrong with an installation that was sound."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core import operations
from core.cli import codes, main
from core.cli.doctor import examine
from core.cli.finding import Finding, Level
from core.ledger.build import refresh_ledger
from core.settings import Settings
from core.store.audit import Action, record
from core.store.database import database
from core.store.runs import begin_run
from core.sync.lock import sync_lock
from tests.support.organizations import NOW, clock, copied, organizations
from tests.support.server import AnthropicServer, Fault

KEYS = ["Key of Main", "Key of Staff", "Key of Twin"]
SOUND = [
    *("Versions", "Data folder", "Address", "Service", "Secret", "Database", "Audit trail"),
    *KEYS,
    *("Backups", "Ledger"),
]
DOUBTFUL = {"Service", "Backups"}
"""In every test: keys are sent to a server of ours, and no backup is made by itself."""


@pytest.fixture(scope="module")
def world(
    synced_once: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Settings, AnthropicServer]]:
    with copied(synced_once, tmp_path_factory.mktemp("doctor") / "data") as (settings, _, server):
        yield settings, server


@pytest.fixture
def server(world: tuple[Settings, AnthropicServer]) -> Iterator[AnthropicServer]:
    yield world[1]
    world[1].faults.clear()


@pytest.fixture
def settings(world: tuple[Settings, AnthropicServer], tmp_path: Path) -> Settings:
    """A copy to break."""
    shutil.copytree(world[0].data_dir, tmp_path / "data")
    (tmp_path / "data").chmod(0o700)
    return replace(world[0], data_dir=tmp_path / "data")


def findings(settings: Settings) -> list[Finding]:
    return list(examine(settings, clock))


def wrong(settings: Settings) -> dict[str, str]:
    return {
        found.subject: f"{found.says} {found.cure}".strip() for found in findings(settings) if found.is_wrong
    }


@pytest.mark.slow
def test_a_sound_installation_is_told_so(settings: Settings) -> None:
    found = findings(settings)
    assert [finding.subject for finding in found] == SOUND
    assert {finding.subject for finding in found if finding.level is Level.WARNING} == DOUBTFUL
    assert not any(finding.is_wrong for finding in found) and all(
        bool(finding.cure) == (finding.level is Level.WARNING) for finding in found
    )
    assert int(found[-1].says.split()[0].replace(",", "")) > 500


@pytest.mark.slow
def test_an_audit_trail_that_was_changed(settings: Settings) -> None:
    with database(settings) as db:
        for about in ("1", "2"):
            record(db, None, Action.SET, about, clock())
        db.conn.execute("DROP TRIGGER audit_is_never_deleted")
        db.conn.execute("DELETE FROM audit WHERE id = 2")
    assert wrong(settings)["Audit trail"].startswith("Entry 2 of the audit trail is missing")


def test_nothing_is_made_where_nothing_is(tmp_path: Path) -> None:
    _, found = findings(Settings(tmp_path / "nowhere"))
    assert found.level is Level.OK and "no data yet" in found.says and not (tmp_path / "nowhere").exists()


@pytest.mark.slow
def test_files_that_others_can_read(settings: Settings) -> None:
    settings.secret_path.chmod(0o644)
    assert wrong(settings) == {}  # the folder hides it
    settings.data_dir.chmod(0o755)
    assert "chmod go=" in wrong(settings)["secret.key"]


@pytest.mark.slow
def test_a_full_disk_is_foreseen(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(settings.data_dir)._replace(free=1024)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert "free some space" in wrong(settings)["Data folder"]


def test_a_damaged_database_ends_the_examination(settings: Settings) -> None:
    with database(settings) as db:
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with settings.database_path.open("r+b") as file:
        file.seek(4096 * 20)
        file.write(b"\xff" * 4096 * 10)
    found = findings(settings)
    assert [finding.subject for finding in found if finding.is_wrong] == ["Database"] == [found[-1].subject]
    assert "damaged" in found[-1].says


def test_rows_that_belong_to_nothing(settings: Settings) -> None:
    with database(settings) as db:
        db.conn.execute("PRAGMA foreign_keys = OFF")
        db.conn.execute("DELETE FROM connections WHERE name = 'Twin'")
    assert "belong to nothing" in wrong(settings)["Database"]


@pytest.mark.slow
def test_a_lost_or_wrong_secret(settings: Settings) -> None:
    other = replace(settings, secret_key="open sesame")
    assert set(wrong(other)) == {"Key of Main", "Key of Twin", "Key of Staff"}
    assert "sesame" not in str(wrong(other))
    settings.secret_path.unlink()
    assert "is missing" in wrong(settings)["Key of Main"]


@pytest.mark.slow
def test_a_key_that_was_revoked_and_one_without_a_scope(settings: Settings, server: AnthropicServer) -> None:
    keys = {name: organization.key for name, organization in organizations().items()}
    server.faults.append(Fault(key=keys["Main"], status=401, times=None))
    server.faults.append(
        Fault(path="/v1/organizations/cost_report", key=keys["Twin"], status=403, times=None)
    )
    found = wrong(settings)
    assert set(found) == {"Key of Main", "Key of Twin"}
    assert all("req_fault" in says for says in found.values())
    assert not any(key in says for key in keys.values() for says in found.values())


@pytest.mark.slow
def test_a_report_that_refuses_is_not_blamed_on_the_key(settings: Settings, server: AnthropicServer) -> None:
    key = organizations()["Main"].key
    server.faults.append(Fault(path="/v1/organizations/cost_report", key=key, status=400, times=None))
    ((subject, says),) = wrong(settings).items()
    assert subject == "Service of Main" and "The key itself was not refused" in says and "req_fault" in says


@pytest.mark.slow
def test_a_key_of_another_organization(settings: Settings) -> None:
    with database(settings) as db:
        db.conn.execute("UPDATE connections SET organization_id = 'org_other' WHERE name = 'Staff'")
    assert "another organization" in wrong(settings)["Key of Staff"]


@pytest.mark.slow
def test_a_key_that_is_not_where_it_should_be(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(organizations()["Staff"].key)
    staff = next(c for c in operations.connections(settings) if c.name == "Staff")
    operations.change_key(settings, staff.id, f"file:{tmp_path}/key")
    assert wrong(settings) == {}
    (tmp_path / "key").unlink()
    assert str(tmp_path / "key") in wrong(settings)["Key of Staff"]


@pytest.mark.slow
def test_a_clock_that_is_not_the_services(settings: Settings, server: AnthropicServer) -> None:
    server.faults.append(Fault(headers={"date": "Mon, 23 Nov 2026 09:40:00 GMT"}, times=None))
    (told,) = [finding for finding in findings(settings) if finding.subject == "Clock"]
    assert told.level is Level.WARNING and told.says.startswith("It is 10 minutes from the service's")


@pytest.mark.slow
def test_a_report_that_failed(settings: Settings, server: AnthropicServer) -> None:
    server.faults.append(Fault(path="/v1/organizations/cost_report", status=403, times=None))
    operations.sync(settings, connection="Main", clock=clock)
    server.faults.clear()
    found = wrong(settings)
    assert set(found) == {"Main, platform_cost"} and "req_fault" in found["Main, platform_cost"]


@pytest.mark.slow
def test_a_ledger_that_differs_from_the_reports(settings: Settings) -> None:
    with database(settings) as db:
        db.conn.execute(
            "UPDATE platform_cost SET amount_microcents = amount_microcents + 1 WHERE rowid ="
            " (SELECT min(rowid) FROM platform_cost WHERE amount_microcents IS NOT NULL)"
        )
    ((subject, says),) = wrong(settings).items()
    assert subject.startswith("Ledger file ")
    assert says.startswith("1 sum differs from the reports', first cost of")
    assert (
        "It, or what it was made from, was changed since. Delete" in says
        and "Touched: every view of cost" in says
    )


@pytest.mark.slow
def test_a_file_that_would_be_made_the_same_is_not_to_be_deleted(settings: Settings) -> None:
    with database(settings) as db:
        db.conn.execute(
            "UPDATE told_totals SET amount = amount + 1 WHERE day = '2026-11-10'"
            " AND connection_id = (SELECT min(connection_id) FROM told_totals)"
        )
        db.conn.execute("UPDATE month_revisions SET revision = revision + 1")
    refresh_ledger(settings, clock)
    ((_, says),) = wrong(settings).items()
    assert says.startswith("1 sum differs from the reports', first total cost of 2026-11-10")
    assert "Re-run history" in says and "Delete" not in says


@pytest.mark.slow
def test_what_is_no_fault_is_said_all_the_same(settings: Settings) -> None:
    with database(settings) as db:
        db.conn.execute("UPDATE claude_ai_cost SET amount_microcents = 1 WHERE day = '2026-11-10'")
        db.conn.execute(
            "UPDATE coverage SET watermark_at = '2026-11-12T00:00:00Z' WHERE stream = 'claude_ai_usage'"
        )
        db.conn.execute("UPDATE month_revisions SET revision = revision + 1")
    refresh_ledger(settings, clock)
    assert wrong(settings) == {}
    said = [found.says for found in findings(settings) if found.subject == "Ledger"]
    assert any("not compared: totals and users" in text for text in said)
    assert any(text.startswith("2026-11-10, cost beyond the users'") for text in said)


@pytest.mark.slow
def test_ledger_files_that_are_damaged_or_lost(settings: Settings) -> None:
    first, second, *_ = (file.path for file in operations.open_ledger(settings).files)
    first.write_bytes(b"PAR1" + b"\0" * 100)
    second.unlink()
    assert wrong(settings)["Ledger"].startswith("2 months are missing, damaged or not built yet.")
    assert operations.sync(settings, clock=clock).outcome == "ok"
    assert wrong(settings) == {}


@pytest.mark.slow
@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_text("{}")], ids=["lost", "other"])
def test_a_manifest_that_other_programs_cannot_use(
    settings: Settings, damage: Callable[[Path], object]
) -> None:
    damage(settings.ledger_dir / "manifest.json")
    assert list(wrong(settings)) == ["Ledger's manifest"]
    operations.open_ledger(settings)
    assert wrong(settings) == {}


def test_sums_are_not_compared_while_a_sync_changes_them(settings: Settings) -> None:
    with sync_lock(settings), database(settings) as db:
        begin_run(db, "page", NOW)
        assert "while a sync is running" in findings(settings)[-1].says


@pytest.mark.slow
def test_the_command_prints_findings_and_its_exit_code_tells(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(settings.data_dir))
    monkeypatch.delenv("TOKEN_LEDGER_SECRET_KEY", raising=False)
    settings.secret_path.unlink()  # so that no key is tried
    assert main(["doctor"]) == codes.PARTLY
    said = capsys.readouterr().out
    assert said.startswith("ok       Versions: ") and "\nerror    Key of Main: The secret file" in said
    assert main(["doctor", "--json"]) == codes.PARTLY
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["subject"] for line in lines if line["level"] == "error"] == KEYS
    assert all(line["cure"] for line in lines if line["level"] != "ok")
    shutil.rmtree(settings.data_dir)
    assert main(["doctor"]) == codes.DONE
